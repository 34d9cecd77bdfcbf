//! The same syntax with other names.
//!
//! What a generator computes is written where it is looped over, where its variables must not be
//! those of the function around. Names that nobody renames stay, and so do attributes and keywords.

use crate::syntax::{Clause, Expr, ExprKind, Function, Stmt, StmtKind};
use std::rc::Rc;

/// What a name becomes, if it does not stay what it is.
type To<'t> = dyn Fn(&str) -> Option<String> + 't;

/// Statements with other names.
pub(crate) fn renamed(statements: &[Stmt], to: &To<'_>) -> Vec<Stmt> {
    let mut made = statements.to_vec();
    made.iter_mut().for_each(|stmt| stmt.rename(to));
    made
}

fn name(own: &mut String, to: &To<'_>) {
    if let Some(other) = to(own) {
        *own = other;
    }
}

fn function(own: &mut Rc<Function>, to: &To<'_>) {
    let mut made = Function::clone(own);
    made.defaults.iter_mut().for_each(|default| default.rename(to));
    let within = |name: &str| {
        let outer = !own.binds(name) || own.nonlocals.iter().any(|known| known == name);
        if outer { to(name) } else { None }
    };
    made.body.iter_mut().for_each(|stmt| stmt.rename(&within));
    made.nonlocals.iter_mut().for_each(|own| name(own, to));
    *own = Rc::new(made);
}

impl Stmt {
    fn rename(&mut self, to: &To<'_>) {
        let each = |all: &mut Vec<Stmt>| all.iter_mut().for_each(|stmt| stmt.rename(to));
        let exprs = |all: &mut Vec<Expr>| all.iter_mut().for_each(|expr| expr.rename(to));
        match &mut self.kind {
            StmtKind::Assign { targets, value } => {
                exprs(targets);
                value.rename(to);
            }
            StmtKind::AugAssign { target, value, .. } => {
                target.rename(to);
                value.rename(to);
            }
            StmtKind::For { target, iter, body, otherwise } => {
                target.rename(to);
                iter.rename(to);
                each(body);
                each(otherwise);
            }
            StmtKind::While { test, body, otherwise } | StmtKind::If { test, body, otherwise } => {
                test.rename(to);
                each(body);
                each(otherwise);
            }
            StmtKind::Return(value) => value.iter_mut().for_each(|value| value.rename(to)),
            StmtKind::Expr(value) => value.rename(to),
            StmtKind::Assert { test, message } => {
                test.rename(to);
                message.iter_mut().for_each(|message| message.rename(to));
            }
            StmtKind::Raise { raised, cause } => {
                raised.iter_mut().chain(cause).for_each(|expr| expr.rename(to));
            }
            StmtKind::Try { body, handlers, otherwise, finally } => {
                each(body);
                each(otherwise);
                each(finally);
                for handler in handlers {
                    handler.classes.iter_mut().for_each(|classes| classes.rename(to));
                    handler.name.iter_mut().for_each(|own| name(own, to));
                    each(&mut handler.body);
                }
            }
            StmtKind::Define(own) => {
                function(own, to);
                let mut made = Function::clone(own);
                name(&mut made.name, to);
                *own = Rc::new(made);
            }
            StmtKind::Nonlocal(names) => names.iter_mut().for_each(|own| name(own, to)),
            StmtKind::Delete(targets) => exprs(targets),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::Other(_) => {}
        }
    }
}

impl Clause {
    fn rename(&mut self, to: &To<'_>) {
        self.target.rename(to);
        self.iter.rename(to);
        self.tests.iter_mut().for_each(|test| test.rename(to));
    }
}

impl Expr {
    fn rename(&mut self, to: &To<'_>) {
        let each = |all: &mut Vec<Expr>| all.iter_mut().for_each(|expr| expr.rename(to));
        match &mut self.kind {
            ExprKind::Name(own) => name(own, to),
            ExprKind::Named { name: own, value } => {
                name(own, to);
                value.rename(to);
            }
            ExprKind::Tuple(items)
            | ExprKind::List(items)
            | ExprKind::Set(items)
            | ExprKind::Formatted(items)
            | ExprKind::Logical { values: items, .. } => each(items),
            ExprKind::Binary { left, right, .. } => {
                left.rename(to);
                right.rename(to);
            }
            ExprKind::Unary { operand: value, .. }
            | ExprKind::Attribute { value, .. }
            | ExprKind::Starred(value) => value.rename(to),
            ExprKind::Compare { left, rest } => {
                left.rename(to);
                rest.iter_mut().for_each(|(_, expr)| expr.rename(to));
            }
            ExprKind::Call { function, args, keywords } => {
                function.rename(to);
                each(args);
                keywords.iter_mut().for_each(|(_, expr)| expr.rename(to));
            }
            ExprKind::Subscript { value, index } => {
                value.rename(to);
                index.rename(to);
            }
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().flatten().for_each(|end| end.rename(to));
            }
            ExprKind::IfElse { test, then, otherwise } => {
                [test, then, otherwise].into_iter().for_each(|expr| expr.rename(to));
            }
            ExprKind::Yield(value) => value.iter_mut().for_each(|value| value.rename(to)),
            ExprKind::Lambda(own) => function(own, to),
            ExprKind::Dict(pairs) => pairs.iter_mut().for_each(|(key, value)| {
                key.rename(to);
                value.rename(to);
            }),
            ExprKind::Comprehension(made) => {
                made.clauses.iter_mut().for_each(|clause| clause.rename(to));
                made.item.rename(to);
                made.value.iter_mut().for_each(|value| value.rename(to));
            }
            ExprKind::Format { value, spec, .. } => {
                value.rename(to);
                spec.iter_mut().for_each(|spec| spec.rename(to));
            }
            ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Imaginary(_)
            | ExprKind::Text(_)
            | ExprKind::Bytes(_)
            | ExprKind::Other(_) => {}
        }
    }
}
