//! Statements.

use super::session::owners;
use super::{Followed, Lowerer, Stop};
use crate::host::Thing;
use crate::signature::cost;
use crate::site::{Exception, Piece};
use crate::syntax::{Expr, ExprKind, Stmt, StmtKind};
use crate::types::Type;
use crate::value::Value;
use stook_kernel::{Local, Service, Step, Type as Part};
use stook_types::DType;

impl Lowerer<'_, '_> {
    pub(super) fn statements(&mut self, statements: &[Stmt]) -> Followed<()> {
        let outer = std::mem::take(&mut self.temporaries);
        for statement in statements {
            if self.env.is_none() {
                break;
            }
            self.at = statement.span;
            self.statement(statement)?;
            if self.env.is_some() {
                self.drop_temporaries();
            }
            self.temporaries.clear();
        }
        self.temporaries = outer;
        Ok(())
    }

    fn statement(&mut self, statement: &Stmt) -> Followed<()> {
        match &statement.kind {
            StmtKind::Assign { targets, value } => {
                let value = self.expression(value)?;
                targets.iter().try_for_each(|target| self.bind(target, &value))
            }
            StmtKind::AugAssign { target, op, value } => {
                let old = self.expression(target)?;
                let operation = Expr {
                    kind: ExprKind::Binary {
                        op: *op,
                        left: Box::new(target.clone()),
                        right: Box::new(value.clone()),
                    },
                    span: statement.span,
                };
                let new = self.expression(&operation)?;
                if old.array().is_some() {
                    self.copy_into(&old, &new)
                } else {
                    self.bind(target, &new)
                }
            }
            StmtKind::For { target, iter, body, otherwise } => {
                self.for_loop(target, iter, body, otherwise)
            }
            StmtKind::While { test, body, otherwise } => self.while_loop(test, body, otherwise),
            StmtKind::If { test, body, otherwise } => self.branch(test, body, otherwise),
            StmtKind::Return(value) => {
                let value = match value {
                    Some(value) => self.expression(value)?,
                    None => Value::new(Type::None, Vec::new()),
                };
                self.leave(&value)
            }
            StmtKind::Expr(value) => self.expression(value).map(|_| ()),
            StmtKind::Assert { test, message } => self.assertion(test, message.as_ref()),
            StmtKind::Raise { raised, cause } => self.raise(raised.as_ref(), cause.as_ref()),
            StmtKind::Try { body, handlers, otherwise, finally } => {
                self.try_statement(body, handlers, otherwise, finally)
            }
            StmtKind::Define(function) => self.define(function),
            StmtKind::Pass | StmtKind::Nonlocal(_) => Ok(()),
            StmtKind::Break => self.leave_loop(),
            StmtKind::Continue => self.next_round(),
            StmtKind::Other(name) => self.error(
                format!("'{name}' is not compiled"),
                Some("do this part outside of the compiled function"),
            ),
        }
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
                let array = self.expression(array)?;
                self.set_item(&array, index, value)
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let items = self.unpacked(value, targets.len())?;
                let outer = std::mem::take(&mut self.temporaries);
                items.iter().for_each(|item| self.hold(item));
                let mut pairs = targets.iter().zip(&items);
                pairs.try_for_each(|(target, item)| self.bind(target, item))?;
                self.drop_temporaries();
                self.temporaries = outer;
                Ok(())
            }
            _ => self.error(
                "this cannot be assigned to",
                Some("assign to a name, to an element of an array, or to several of them"),
            ),
        }
    }

    /// The items of a value in locals that no assignment changes.
    fn unpacked(&mut self, value: &Value, count: usize) -> Followed<Vec<Value>> {
        let Some(items) = value.items() else {
            let text = format!("{} cannot be unpacked", value.ty.describe());
            return self.error(text, Some("unpack tuples, and take elements of arrays by index"));
        };
        if items.len() != count {
            let text = format!("{} values for {count} names", items.len());
            return self.error(text, None);
        }
        Ok(items.iter().map(|item| self.copied(item)).collect())
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
            return self.error(text, Some("return numbers, arrays or tuples of them"));
        }
        self.session.routines[self.routine].result = Some(ty.clone());
        if known.is_some_and(|known| known != ty) {
            return Err(Stop::Again);
        }
        let value = self.converted(value, &ty)?;
        let value = self.copied(&value);
        self.retain(&value.ty, &value.parts);
        self.drop_temporaries();
        self.temporaries.clear();
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
        self.emit(Step::If { condition, then, otherwise: Vec::new() });
        Ok(())
    }

    /// The message of an exception: text, with numbers in it.
    pub(super) fn message(&mut self, expr: &Expr) -> Followed<(Vec<Piece>, Vec<Local>)> {
        let parts = match &expr.kind {
            ExprKind::Formatted(parts) => &parts[..],
            _ => std::slice::from_ref(expr),
        };
        let (mut pieces, mut values) = (Vec::new(), Vec::new());
        for part in parts {
            let value = self.expression(part)?;
            match &value.ty {
                Type::Thing(Thing::Text(text)) => pieces.push(Piece::Text(text.clone())),
                Type::Number { dtype, .. } if !dtype.is_complex() => {
                    pieces.push(Piece::Value(*dtype));
                    values.push(value.parts[0]);
                }
                other => {
                    let text = format!("{} cannot stand in a message", other.describe());
                    return self.error(text, Some("use strings and numbers"));
                }
            }
        }
        if values.len() > stook_kernel::FAILURE_VALUES {
            return self.error("a message has four numbers at most", None);
        }
        Ok((pieces, values))
    }

    // -- owners of arrays -------------------------------------------------------------------

    /// Counts one more holder of each array in a value.
    pub(super) fn retain(&mut self, ty: &Type, parts: &[Local]) {
        for owner in owners(ty, parts) {
            let there = self.is_present(owner);
            self.blocks.push(Vec::new());
            self.count(owner, 1);
            let then = self.blocks.pop().expect("the block pushed above");
            self.emit(Step::If { condition: there, then, otherwise: Vec::new() });
        }
    }

    /// Keeps the arrays in a value until temporaries are dropped: in `a, b = b, a` the variables
    /// that held them may be given others before.
    fn hold(&mut self, value: &Value) {
        self.retain(&value.ty, &value.parts);
        for owner in owners(&value.ty, &value.parts) {
            let held = self.local(Part::Address);
            self.emit(Step::Move { from: owner, into: held });
            self.temporaries.push(held);
        }
    }

    /// Counts one holder less, and forgets the owner.
    pub(super) fn release(&mut self, owner: Local) {
        let there = self.is_present(owner);
        self.blocks.push(Vec::new());
        let left = self.count(owner, -1);
        let none = self.compute_one(&[left], |f, v| {
            let zero = f.int(DType::I64, 0);
            f.eq(v[0], zero)
        });
        let free = Step::Ask { service: Service::Free, args: vec![owner], into: Vec::new() };
        self.emit(Step::If { condition: none, then: vec![free], otherwise: Vec::new() });
        let then = self.blocks.pop().expect("the block pushed above");
        self.emit(Step::If { condition: there, then, otherwise: Vec::new() });
        let null = self.local(Part::Address);
        self.emit(Step::Move { from: null, into: owner });
    }

    fn is_present(&mut self, address: Local) -> Local {
        let into = self.local(Part::Scalar(DType::Bool));
        self.emit(Step::Present { address, into });
        into
    }

    /// Adds to the count of holders, which lies where the owner does; the new count.
    fn count(&mut self, owner: Local, by: i64) -> Local {
        let into = self.local(Part::Scalar(DType::I64));
        self.emit(Step::Count { address: owner, by, into });
        into
    }

    /// Lets go of the arrays that the statement at hand made.
    pub(super) fn drop_temporaries(&mut self) {
        for owner in self.temporaries.clone() {
            self.release(owner);
        }
    }
}
