//! Methods of numbers.

use super::{Followed, Lowerer};
use crate::syntax::Expr;
use crate::types::{BOOL, INT, Type};
use crate::value::Value;
use stook_types::DType;

impl Lowerer<'_, '_> {
    /// A call of a number's method.
    pub(super) fn number_method(
        &mut self,
        value: &Value,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        if let ("item", [], []) = (name, args, keywords) {
            let dtype = value.ty.dtype().unwrap_or(DType::Bool);
            let own = match dtype {
                DType::Bool => DType::Bool,
                _ if dtype.is_integer() => DType::I64,
                _ if dtype.is_complex() => DType::C128,
                _ => DType::F64,
            };
            return self.converted(value, &Type::Number { dtype: own, python: true });
        }
        // Python's bools have the methods of its ints.
        if value.ty == BOOL {
            let value = self.converted(value, &INT)?;
            return self.number_method(&value, name, args, keywords);
        }
        if let (Type::Number { dtype, python }, [], []) = (&value.ty, args, keywords) {
            let since = if *python { 12 } else { 0 };
            let is_asked = self.session.host.minor_version() >= since;
            match name {
                "conjugate" if *dtype != DType::Bool => return Ok(self.conjugate(value, *dtype)),
                "bit_length" if *python && dtype.is_integer() => {
                    return Ok(self.bit_length(value));
                }
                "bit_count" if dtype.is_integer() => {
                    let part = self.compute_one(&value.parts, |f, v| {
                        let size = f.abs(v[0]);
                        f.popcount(size)
                    });
                    return Ok(Value::new(INT, self.cast(&[part], *dtype, DType::I64)));
                }
                "is_integer" if dtype.is_float() => return self.is_whole(value),
                "is_integer" if dtype.is_integer() && is_asked => {
                    return Ok(self.as_value(super::control::Truth::Known(true)));
                }
                _ => {}
            }
        }
        let text = format!("the method '{name}' of {} is not compiled here", value.ty.describe());
        self.error(text, Some("write what it does with operators and functions"))
    }

    fn conjugate(&mut self, value: &Value, dtype: DType) -> Value {
        if !dtype.is_complex() {
            return value.clone();
        }
        let other = self.compute_one(&value.parts[1..], |f, v| f.neg(v[0]));
        Value::new(value.ty.clone(), vec![value.parts[0], other])
    }

    /// How many bits the size of an int has: those below its first one are set, and all counted.
    fn bit_length(&mut self, value: &Value) -> Value {
        let size = self.compute_one(&value.parts, |f, v| f.abs(v[0]));
        let bits = self.cast(&[size], DType::I64, DType::U64);
        let count = self.compute_one(&bits, |f, v| {
            let set = [1, 2, 4, 8, 16, 32].into_iter().fold(v[0], |set, by| {
                let by = f.int(DType::U64, by);
                let below = f.shr(set, by);
                f.or(set, below)
            });
            f.popcount(set)
        });
        Value::new(INT, self.cast(&[count], DType::U64, DType::I64))
    }

    /// Whether a float is a finite whole number.
    fn is_whole(&mut self, value: &Value) -> Followed<Value> {
        let whole = self.ufunc("floor", &[value])?;
        let part = self.compute_one(&[value.parts[0], whole.parts[0]], |f, v| {
            let (size, infinity) = (f.abs(v[0]), f.like(v[0], f64::INFINITY));
            let (same, finite) = (f.eq(v[0], v[1]), f.lt(size, infinity));
            f.and(same, finite)
        });
        Ok(Value::new(BOOL, vec![part]))
    }
}
