//! Values that may be None.
//!
//! A variable or a result that is None on one way and a value on another is of [`Type::Optional`].
//! Whoever needs the value takes it by [`Lowerer::present`], which fails where it is None; `is` looks
//! at it as it is. After `if x is None` each way knows which of both `x` is.

use super::control::Truth;
use super::env::Binding;
use super::{Followed, Lowerer};
use crate::site::{Exception, Piece};
use crate::syntax::{CompareOp, Expr, ExprKind, UnaryOp};
use crate::types::{BOOL, Type};
use crate::value::Value;

impl Lowerer<'_, '_> {
    /// The value of an expression, which may be None.
    pub(super) fn perhaps(&mut self, expr: &Expr) -> Followed<Value> {
        let outer = self.go(expr.span);
        let value = self.evaluated(expr)?;
        self.go(outer);
        Ok(value)
    }

    /// A value where None is none.
    pub(super) fn present(&mut self, value: &Value) -> Value {
        let Type::Optional(inner) = &value.ty else { return value.clone() };
        let missing = self.compute_one(&value.parts[..1], |f, v| f.not(v[0]));
        let text = format!("None where {} is expected", inner.describe());
        let class = Exception::Named("TypeError".to_owned());
        self.fail_if(missing, class, vec![Piece::Text(text)], Vec::new());
        Value::new((**inner).clone(), value.parts[1..].to_vec())
    }

    /// A value, or None, as one that may be None.
    pub(super) fn optional(&mut self, value: &Value, inner: &Type) -> Followed<Value> {
        let (flag, own) = match &value.ty {
            Type::None => (self.as_value(Truth::Known(false)).parts[0], None),
            Type::Optional(own) => {
                let own = Value::new((**own).clone(), value.parts[1..].to_vec());
                (value.parts[0], Some(own))
            }
            _ => (self.as_value(Truth::Known(true)).parts[0], Some(value.clone())),
        };
        let parts = match own {
            Some(own) => self.converted(&own, inner)?.parts,
            None => self.new_parts(inner),
        };
        let parts = std::iter::once(flag).chain(parts).collect();
        Ok(Value::new(Type::Optional(Box::new(inner.clone())), parts))
    }

    pub(super) fn truth_of_optional(&mut self, value: &Value, inner: &Type) -> Followed<Truth> {
        let (there, own) = (value.parts[0], Value::new(inner.clone(), value.parts[1..].to_vec()));
        Ok(match self.truth(&own)? {
            Truth::Known(true) => Truth::Local(there),
            Truth::Known(false) => Truth::Known(false),
            Truth::Local(holds) => {
                Truth::Local(self.compute_one(&[there, holds], |f, v| f.and(v[0], v[1])))
            }
        })
    }

    /// `is` and `is not`, of which one side is None.
    pub(super) fn identity(&mut self, same: bool, a: &Value, b: &Value) -> Followed<Truth> {
        let other = match (&a.ty, &b.ty) {
            (Type::Thing(first), Type::Thing(second)) if !(a.ty.is_text() && b.ty.is_text()) => {
                return Ok(Truth::Known((first == second) == same));
            }
            (_, Type::None) => a,
            (Type::None, _) => b,
            (a, b) if a.container().is_some() && b.container().is_some() => {
                return self.error(
                    "'is' of containers is not compiled",
                    Some("compare what they hold: =="),
                );
            }
            (Type::Object(..), Type::Object(..)) => {
                let [a, b] = [a, b].map(|value| value.parts[0]);
                return Ok(Truth::Local(self.is_one(a, b, same)));
            }
            (Type::Record(..), Type::Record(..)) => {
                return self.error(
                    "'is' of objects that nobody changes is not compiled",
                    Some("compare what they hold: =="),
                );
            }
            (a_type, b_type) if *a_type == BOOL && *b_type == BOOL => {
                let equal = self.compute_one(&[a.parts[0], b.parts[0]], |f, v| {
                    if same { f.eq(v[0], v[1]) } else { f.ne(v[0], v[1]) }
                });
                return Ok(Truth::Local(equal));
            }
            (a, b) if a.is_text() && b.is_text() => {
                return self.error("'is' of strings is not compiled", Some("compare by =="));
            }
            (Type::Optional(_), _)
            | (_, Type::Optional(_))
            | (Type::Number { .. }, Type::Number { .. })
            | (Type::Tuple(_), Type::Tuple(_))
            | (Type::Array(_), Type::Array(_))
            | (Type::Records(..), Type::Records(..))
            | (Type::Bytes, Type::Bytes)
            | (Type::Generator, Type::Generator) => {
                return self.error(
                    "'is' compares with None, and bools with each other, here",
                    Some("compare by =="),
                );
            }
            _ => return Ok(Truth::Known(!same)),
        };
        Ok(match &other.ty {
            Type::None => Truth::Known(same),
            Type::Optional(_) if same => {
                Truth::Local(self.compute_one(&other.parts[..1], |f, v| f.not(v[0])))
            }
            Type::Optional(_) => Truth::Local(other.parts[0]),
            _ => Truth::Known(!same),
        })
    }

    /// Lets a variable be what a test has shown it to be: None, or a value.
    pub(super) fn narrow(&mut self, known: Option<(&str, bool)>) -> Followed<()> {
        let Some((name, none)) = known else { return Ok(()) };
        let found = self.env.as_ref().and_then(|env| env.get(name).cloned());
        if let Some(Binding::Is { ty: ty @ Type::Optional(_), maybe: false }) = found {
            let parts = self.slots_of(name, &ty);
            let Type::Optional(inner) = ty else { return Ok(()) };
            let value = match none {
                true => Value::new(Type::None, Vec::new()),
                false => Value::new(*inner, parts[1..].to_vec()),
            };
            self.assign(name, &value);
        }
        Ok(())
    }
}

/// The variable that a test asks about whether it is None, and whether it is where the test holds.
pub(super) fn names_none(test: &Expr) -> Option<(&str, bool)> {
    match &test.kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } => {
            names_none(operand).map(|(name, none)| (name, !none))
        }
        ExprKind::Compare { left, rest } => match (&left.kind, &rest[..]) {
            (
                ExprKind::Name(name) | ExprKind::Named { name, .. },
                [(op, Expr { kind: ExprKind::None, .. })],
            ) => match op {
                CompareOp::Is => Some((name, true)),
                CompareOp::IsNot => Some((name, false)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
