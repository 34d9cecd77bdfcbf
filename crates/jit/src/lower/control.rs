//! Branches: statements and expressions that take one of two ways, and truth.

use super::env::{Env, join};
use super::optional::names_none;
use super::{Followed, Lowerer, Stop};
use crate::host::Thing;
use crate::syntax::{CompareOp, Expr, ExprKind, Stmt, UnaryOp};
use crate::types::{BOOL, Type};
use crate::value::Value;
use stook_kernel::{Local, Step};
use stook_types::DType;

/// Whether something holds.
#[derive(Clone, Copy)]
pub(super) enum Truth {
    /// Known while compiling.
    Known(bool),
    /// A Bool.
    Local(Local),
}

impl Lowerer<'_, '_> {
    /// Whether a value is true, as `if` asks.
    pub(super) fn truth(&mut self, value: &Value) -> Followed<Truth> {
        Ok(match &value.ty {
            Type::None => Truth::Known(false),
            Type::Number { dtype, .. } => {
                let dtype = *dtype;
                Truth::Local(self.compute_one(&value.parts, |f, v| {
                    if dtype == DType::Bool {
                        return v[0];
                    }
                    let zero = f.like(v[0], 0.0);
                    let first = f.ne(v[0], zero);
                    v[1..].iter().fold(first, |holds, &part| {
                        let other = f.ne(part, zero);
                        f.or(holds, other)
                    })
                }))
            }
            Type::Optional(inner) => return self.truth_of_optional(value, inner),
            Type::Tuple(items) => Truth::Known(!items.is_empty()),
            Type::Record(..) | Type::Object(..) => return self.truth_of_object(value),
            Type::Array(_) | Type::Records(..) => {
                return self.error(
                    "the truth of an array is that of one element only",
                    Some("write a loop, or compare elements"),
                );
            }
            Type::Pointer(_) | Type::PointerToRecords(_) => {
                let there = self.local(stook_kernel::Type::Scalar(DType::Bool));
                self.emit(Step::Present { address: value.parts[0], into: there });
                Truth::Local(there)
            }
            Type::Thing(Thing::Text(text)) => Truth::Known(!text.is_empty()),
            Type::Container(_) | Type::Text | Type::Bytes => {
                let length = self.length_of(value)?.parts[0];
                Truth::Local(self.compute_one(&[length], |f, v| {
                    let zero = f.int(DType::I64, 0);
                    f.ne(v[0], zero)
                }))
            }
            Type::Range
            | Type::Generator
            | Type::Caught
            | Type::Closure(..)
            | Type::Thing(_)
            | Type::Unknown(_) => Truth::Known(true),
        })
    }

    /// Whether an expression is true; what it compares with None, and classes, are known from types.
    pub(super) fn test(&mut self, expr: &Expr) -> Followed<Truth> {
        if let ExprKind::Compare { left, rest } = &expr.kind
            && let [(op @ (CompareOp::Is | CompareOp::IsNot), right)] = &rest[..]
        {
            let (left, right) = (self.perhaps(left)?, self.perhaps(right)?);
            return self.identity(*op == CompareOp::Is, &left, &right);
        }
        if let ExprKind::Compare { left, rest } = &expr.kind
            && let [(op, right)] = &rest[..]
            && op.ufunc().1.is_some()
            && may_be_known(left)
            && may_be_known(right)
        {
            let (left, right) = (self.perhaps(left)?, self.perhaps(right)?);
            if let (Some(a), Some(b)) = (left.known, right.known) {
                return Ok(Truth::Known(op.holds(a, b)));
            }
            let made = self.compare(*op, &left, &right)?;
            return self.truth(&made);
        }
        if let Some(known) = written(expr) {
            return Ok(Truth::Known(known));
        }
        if let Some((value, classes)) = self.asks_for_class(expr) {
            return self.is_instance(value, classes);
        }
        match &expr.kind {
            ExprKind::Logical { all, values } => return self.tests(*all, values),
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                return Ok(match self.test(operand)? {
                    Truth::Known(known) => Truth::Known(!known),
                    Truth::Local(holds) => {
                        Truth::Local(self.compute_one(&[holds], |f, v| f.not(v[0])))
                    }
                });
            }
            _ => {}
        }
        let value = self.perhaps(expr)?;
        self.truth(&value)
    }

    /// Whether all of some expressions are true, or any, as far as it takes.
    fn tests(&mut self, all: bool, values: &[Expr]) -> Followed<Truth> {
        let (first, rest) = values.split_first().expect("Python has two values at least");
        if rest.is_empty() {
            return self.test(first);
        }
        let holds = match self.test(first)? {
            Truth::Known(known) if known == all => return self.tests(all, rest),
            Truth::Known(known) => return Ok(Truth::Known(known)),
            Truth::Local(holds) => holds,
        };
        let own = |l: &mut Self| Ok(l.as_value(Truth::Known(!all)));
        let others = |l: &mut Self| {
            let truth = l.tests(all, rest)?;
            Ok(l.as_value(truth))
        };
        let made = match all {
            true => self.choose(holds, others, own)?,
            false => self.choose(holds, own, others)?,
        };
        Ok(Truth::Local(made.parts[0]))
    }

    /// `if`, with the statements of both ways.
    pub(super) fn branch(&mut self, test: &Expr, then: &[Stmt], other: &[Stmt]) -> Followed<()> {
        match self.test(test)? {
            Truth::Known(true) => self.statements(then),
            Truth::Known(false) => self.statements(other),
            Truth::Local(condition) => {
                let before = self.env.clone();
                let narrowed = names_none(test);
                let (mut yes, ()) = self.block(|l| {
                    l.narrow(narrowed)?;
                    l.statements(then)
                })?;
                let after_yes = std::mem::replace(&mut self.env, before);
                let narrowed = narrowed.map(|(name, none)| (name, !none));
                let (mut no, ()) = self.block(|l| {
                    l.narrow(narrowed)?;
                    l.statements(other)
                })?;
                let after_no = self.env.take();
                self.env = self.meet((&mut yes, after_yes), (&mut no, after_no))?;
                self.emit(Step::If { condition, then: yes, otherwise: no });
                Ok(())
            }
        }
    }

    /// What variables are after two ways; each way is made to arrive there.
    pub(super) fn meet(
        &mut self,
        (yes, after_yes): (&mut Vec<Step>, Option<Env>),
        (no, after_no): (&mut Vec<Step>, Option<Env>),
    ) -> Followed<Option<Env>> {
        let (Some(first), Some(second)) = (&after_yes, &after_no) else {
            return Ok(after_yes.or(after_no));
        };
        let met = join(first, second, |_| true);
        for (steps, env) in [(yes, first), (no, second)] {
            self.env = Some(env.clone());
            let (more, ()) = self.block(|l| l.arrive(&met))?;
            steps.extend(more);
        }
        Ok(Some(met))
    }

    /// The value of one of two expressions, as a condition says.
    pub(super) fn choose(
        &mut self,
        condition: Local,
        yes: impl FnOnce(&mut Self) -> Followed<Value>,
        no: impl FnOnce(&mut Self) -> Followed<Value>,
    ) -> Followed<Value> {
        // Only `:=` gives values to variables on one way.
        let before = (!self.renamed.is_empty()).then(|| self.env.clone());
        let (mut then, first) = self.possible_block(yes)?;
        let after_yes = before.map(|before| std::mem::replace(&mut self.env, before));
        let (mut otherwise, second) = self.possible_block(no)?;
        let leads_on = (first.is_ok(), second.is_ok());
        let (first, second) = match (first, second) {
            (Ok(first), Ok(second)) => (first, second),
            // The other way is the only one that leads on.
            (Ok(value), Err(_)) | (Err(_), Ok(value)) => (value.clone(), value),
            (Err(step), Err(_)) => return Err(Stop::Never(Box::new(step))),
        };
        let Some(ty) = first.ty.join(&second.ty) else {
            return self.error(
                format!(
                    "this is {} on one way and {} on the other",
                    first.ty.describe(),
                    second.ty.describe()
                ),
                Some("let both ways have one type"),
            );
        };
        let parts = self.new_parts(&ty);
        for (steps, value) in [(&mut then, first), (&mut otherwise, second)] {
            if matches!(steps.last(), Some(Step::Fail { .. })) {
                continue;
            }
            let (more, ()) = self.block(|l| {
                let value = l.converted(&value, &ty)?;
                l.moved(&value.parts, &parts);
                Ok(())
            })?;
            steps.extend(more);
        }
        if let Some(after_yes) = after_yes {
            let after_yes = after_yes.filter(|_| leads_on.0);
            let after_no = self.env.take().filter(|_| leads_on.1);
            self.env = self.meet((&mut then, after_yes), (&mut otherwise, after_no))?;
        }
        self.emit(Step::If { condition, then, otherwise });
        Ok(Value::new(ty, parts))
    }

    /// What `follow` emits, as a block of its own, which ends in a failure where it leads nowhere.
    fn possible_block(
        &mut self,
        follow: impl FnOnce(&mut Self) -> Followed<Value>,
    ) -> Followed<(Vec<Step>, Result<Value, Step>)> {
        match self.possible(|l| l.block(follow))? {
            Ok((steps, value)) => Ok((steps, Ok(value))),
            Err(step) => Ok((vec![step.clone()], Err(step))),
        }
    }

    /// `and` and `or`: the last value that was looked at.
    pub(super) fn logical(&mut self, all: bool, values: &[Expr]) -> Followed<Value> {
        let (first, rest) = values.split_first().expect("Python has two values at least");
        if rest.is_empty() {
            return self.perhaps(first);
        }
        // What is compared with None, and what is of a class, may be known from types.
        let (value, truth) = if is_truth(first) || self.asks_for_class(first).is_some() {
            let truth = self.test(first)?;
            (self.as_value(truth), truth)
        } else {
            let value = self.perhaps(first)?;
            let truth = match written(first) {
                Some(known) => Truth::Known(known),
                None => self.truth(&value)?,
            };
            (value, truth)
        };
        match truth {
            Truth::Known(known) if known == all => self.logical(all, rest),
            Truth::Known(_) => Ok(value),
            Truth::Local(holds) => {
                let own = |_: &mut Self| Ok(value);
                if all {
                    self.choose(holds, |l| l.logical(all, rest), own)
                } else {
                    self.choose(holds, own, |l| l.logical(all, rest))
                }
            }
        }
    }

    /// A truth value as a value of Python's.
    pub(super) fn as_value(&mut self, truth: Truth) -> Value {
        match truth {
            Truth::Known(known) => {
                let part = self.compute_one(&[], |f, _| f.bits(DType::Bool, known.into()));
                Value::new(BOOL, vec![part])
            }
            Truth::Local(part) => Value::new(BOOL, vec![part]),
        }
    }
}

/// Whether an expression may be an int that is known while compiling: one that stands in the source,
/// the length of a tuple, or the number of an array's axes.
fn may_be_known(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Int(_) => true,
        ExprKind::Attribute { name, .. } => name == "ndim" || name == "itemsize",
        ExprKind::Call { function, args, .. } => {
            matches!(&function.kind, ExprKind::Name(name) if name == "len")
                && matches!(&args[..], [arg] if arg.is_only_read())
        }
        _ => false,
    }
}

/// Whether an expression is true, where it is a number that stands in the source.
fn written(expr: &Expr) -> Option<bool> {
    match expr.kind {
        ExprKind::Bool(known) => Some(known),
        ExprKind::Int(number) => Some(number != 0),
        ExprKind::Float(number) => Some(number != 0.0),
        _ => None,
    }
}

/// Whether an expression is a bool that its types may settle: `not`, `is` and `is not`.
fn is_truth(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Unary { op, .. } => *op == UnaryOp::Not,
        ExprKind::Compare { rest, .. } => {
            matches!(&rest[..], [(CompareOp::Is | CompareOp::IsNot, _)])
        }
        _ => false,
    }
}
