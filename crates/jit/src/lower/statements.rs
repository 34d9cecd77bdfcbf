//! Statements.

use super::control::Truth;
use super::{Followed, Lowerer, Stop};
use crate::signature::cost;
use crate::site::Exception;
use crate::syntax::{BinaryOp, Expr, ExprKind, Stmt, StmtKind};
use crate::types::Type;
use crate::value::Value;
use stook_kernel::Step;
use stook_types::{Casting, can_cast};

impl Lowerer<'_, '_> {
    pub(super) fn statements(&mut self, statements: &[Stmt]) -> Followed<()> {
        for statement in statements {
            if self.env.is_none() {
                break;
            }
            self.at = statement.span;
            let mut renamed = Vec::new();
            statement.bind_within(&mut renamed);
            let outer = std::mem::replace(&mut self.renamed, renamed);
            let ended = self.possible(|l| l.apart(|l| l.statement(statement)))?;
            self.renamed = outer;
            if let Err(step) = ended {
                self.emit(step);
                self.env = None;
            }
        }
        Ok(())
    }

    /// Follows a part of the function; the step that it ends in where nothing leads on from it.
    pub(super) fn possible<T>(
        &mut self,
        follow: impl FnOnce(&mut Self) -> Followed<T>,
    ) -> Followed<Result<T, Step>> {
        let (loops, depth) = (self.loops.len(), self.temporaries.len());
        let (tries, finals) = (self.tries.len(), self.finals.len());
        let generators = (self.function, self.generators, self.generating.clone());
        match follow(self) {
            Err(Stop::Never(step)) => {
                self.loops.truncate(loops);
                self.indices.truncate(loops);
                self.temporaries.truncate(depth);
                self.tries.truncate(tries);
                self.finals.truncate(finals);
                (self.function, self.generators, self.generating) = generators;
                self.is_dead = true;
                Ok(Err(*step))
            }
            other => other.map(Ok),
        }
    }

    fn statement(&mut self, statement: &Stmt) -> Followed<()> {
        match &statement.kind {
            StmtKind::Assign { targets, value } => {
                let value = self.perhaps(value)?;
                targets.iter().try_for_each(|target| self.bind(target, &value))
            }
            StmtKind::AugAssign { target, op, value } => {
                let old = self.expression(target)?;
                if let Some(made) = self.augmented_object(&old, *op, value)? {
                    return self.bind(target, &made);
                }
                if old.ty.container().is_some() {
                    return self.augment(&old, *op, value);
                }
                let operation = Expr {
                    kind: ExprKind::Binary {
                        op: *op,
                        left: Box::new(target.clone()),
                        right: Box::new(value.clone()),
                    },
                    span: statement.span,
                };
                let new = self.expression(&operation)?;
                self.casts_in_place(*op, &old, &new)?;
                if old.array().is_some() && !old.fresh {
                    self.copy_into(&old, &new)
                } else {
                    self.bind(target, &new)
                }
            }
            StmtKind::For { target, iter, body, otherwise } => {
                self.for_loop(target, iter, body, otherwise)?;
                self.leave_with_generator()
            }
            StmtKind::While { test, body, otherwise } => {
                self.while_loop(test, body, otherwise)?;
                self.leave_with_generator()
            }
            StmtKind::If { test, body, otherwise } => self.branch(test, body, otherwise),
            // As two returns, of which the second may call the function itself.
            StmtKind::Return(Some(Expr {
                kind: ExprKind::IfElse { test, then, otherwise },
                ..
            })) => {
                let returns = |value: &Expr| Stmt {
                    kind: StmtKind::Return(Some(value.clone())),
                    span: statement.span,
                };
                self.branch(test, &[returns(then)], &[returns(otherwise)])
            }
            StmtKind::Return(_) if self.end_generator()? => Ok(()),
            StmtKind::Return(value) => {
                let value = match value {
                    Some(value) => self.perhaps(value)?,
                    None => Value::new(Type::None, Vec::new()),
                };
                self.leave(&value)
            }
            StmtKind::Expr(Expr { kind: ExprKind::Yield(value), .. }) => {
                let value = match value {
                    Some(value) => self.perhaps(value)?,
                    None => Value::new(Type::None, Vec::new()),
                };
                self.yielded(&value)
            }
            StmtKind::Expr(value) => self.perhaps(value).map(|_| ()),
            StmtKind::Assert { test, message } => self.assertion(test, message.as_ref()),
            StmtKind::Raise { raised, cause } => self.raise(raised.as_ref(), cause.as_ref()),
            StmtKind::Try { body, handlers, otherwise, finally } => {
                self.try_statement(body, handlers, otherwise, finally)
            }
            StmtKind::Define(function) => self.define(function),
            StmtKind::Delete(targets) => targets.iter().try_for_each(|target| self.delete(target)),
            StmtKind::Pass | StmtKind::Nonlocal(_) => Ok(()),
            StmtKind::Break => self.leave_loop(),
            StmtKind::Continue => self.next_round(),
            StmtKind::Other(name) => self.error(
                format!("'{name}' is not compiled"),
                Some("do this part outside of the compiled function"),
            ),
        }
    }

    /// NumPy writes what an operator makes into the array before it, where elements of its type can
    /// become elements of that one.
    fn casts_in_place(&self, op: BinaryOp, old: &Value, new: &Value) -> Followed<()> {
        let (Some(old), Some(new)) = (old.array(), new.array()) else { return Ok(()) };
        let (from, to) = (new.ty.dtype, old.ty.dtype);
        if op == BinaryOp::MatMult || can_cast(from, to, Casting::SameKind) {
            return Ok(());
        }
        let (sign, ufunc) = op.ufunc();
        let text = format!(
            "Cannot cast ufunc '{ufunc}' output from dtype('{from}') to dtype('{to}') with casting \
             rule 'same_kind'"
        );
        let hint = format!("make a new array: a = a {sign} b, or choose its type: .astype({to})");
        self.error(text, Some(&hint))
    }

    /// Gives a value to a target: a name, an element, or several of them.
    pub(super) fn bind(&mut self, target: &Expr, value: &Value) -> Followed<()> {
        self.go(target.span);
        match &target.kind {
            ExprKind::Name(name) => {
                self.assign(name, value);
                Ok(())
            }
            ExprKind::Subscript { value: array, index } => {
                let (array, value) = (self.expression(array)?, self.present(value));
                self.set_item(&array, index, &value)
            }
            ExprKind::Attribute { value: object, name } => {
                let object = self.expression(object)?;
                self.set_attribute(&object, name, value)
            }
            ExprKind::Starred(rest) => self.bind(rest, value),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let is_star = |target: &Expr| matches!(target.kind, ExprKind::Starred(_));
                let items = match targets.iter().position(is_star) {
                    Some(star) => self.unpacked_with_rest(value, targets.len(), star)?,
                    None => self.unpacked(value, targets.len())?,
                };
                self.apart(|l| {
                    items.iter().for_each(|item| l.hold(item));
                    let mut pairs = targets.iter().zip(&items);
                    pairs.try_for_each(|(target, item)| l.bind(target, item))
                })
            }
            _ => self.error(
                "this cannot be assigned to",
                Some("assign to a name, to an element of an array, or to several of them"),
            ),
        }
    }

    pub(super) fn copied(&mut self, value: &Value) -> Value {
        let parts = self.new_parts(&value.ty);
        self.moved(&value.parts, &parts);
        Value { parts, ..value.clone() }
    }

    /// Returns a value.
    pub(super) fn leave(&mut self, value: &Value) -> Followed<()> {
        if self.in_round {
            return self.error(
                "a round of prange cannot return",
                Some("use range, or note in an array what was found"),
            );
        }
        let value = &self.with_nonlocals(value)?;
        let value = &self.kept(value);
        let known = self.result();
        let joined = match &known {
            None => Some(value.ty.clone()),
            Some(known) if self.is_declared() => cost(&value.ty, known).map(|_| known.clone()),
            Some(known) => known.join(&value.ty),
        };
        let Some(ty) = joined else {
            let before = known.unwrap_or(Type::None).describe();
            if self.is_declared() {
                let text = format!("this returns {}, the signature {before}", value.ty.describe());
                return self.error(text, Some("return what the signature says, or change it"));
            }
            return self.error(
                format!("this returns {}, another return {before}", value.ty.describe()),
                Some("return one type everywhere"),
            );
        };
        let leaves = self.routine == 0 && ty.has_closure();
        if leaves || matches!(ty, Type::Thing(_) | Type::Caught) {
            let text = format!("{} cannot be returned", ty.describe());
            return self.error(text, Some("return numbers, strings, arrays or tuples of them"));
        }
        self.session.routines[self.routine].result = Some(ty.clone());
        if known.is_some_and(|known| known != ty) {
            return Err(Stop::Again);
        }
        let value = self.converted(value, &ty)?;
        let value = self.copied(&value);
        self.retain(&value.ty, &value.parts);
        self.leave_statements(0);
        self.do_finals(0)?;
        if self.env.is_none() {
            return Ok(());
        }
        self.emit(Step::Return(value.parts));
        self.env = None;
        Ok(())
    }

    /// The message is made where the test fails only: it may fail itself.
    fn assertion(&mut self, test: &Expr, message: Option<&Expr>) -> Followed<()> {
        let truth = self.test(test)?;
        if let Truth::Known(true) = truth {
            return Ok(());
        }
        let holds = self.as_value(truth).parts[0];
        let condition = self.compute_one(&[holds], |f, v| f.not(v[0]));
        let (then, ()) = self.block(|l| {
            let (pieces, values) = match message {
                Some(message) => l.message(message)?,
                None => (Vec::new(), Vec::new()),
            };
            let step = l.failure(Exception::Assertion, pieces, values);
            l.emit(step);
            Ok(())
        })?;
        if let Truth::Known(false) = truth {
            self.emit(Step::Block(then));
            self.env = None;
            return Ok(());
        }
        self.emit(Step::If { condition, then, otherwise: Vec::new() });
        Ok(())
    }
}
