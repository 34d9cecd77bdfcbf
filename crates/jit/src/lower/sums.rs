//! Python's `sum`.
//!
//! From 3.12 on Python keeps what each addition of floats rounds off, and adds it at the end; from
//! 3.14 on it does so for complex numbers. So does compiled code, but not under `fastmath`. The method
//! is Neumaier's: Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54
//! (1974). NumPy's numbers are added plainly, in all versions.

use super::lists::list_type;
use super::{Followed, Lowerer};
use crate::syntax::{BinaryOp, Expr};
use crate::types::{COMPLEX, FLOAT, Type};
use crate::value::Value;
use stook_ops::{Builder, Val};
use stook_types::{DType, Scalar};

impl Lowerer<'_, '_> {
    /// The sum of an iterable's items and of what it starts from.
    pub(super) fn sum_of(&mut self, iter: &Expr, start: &Value) -> Followed<Value> {
        let (total, rest) = (self.hidden("sum"), self.hidden("rest of sum"));
        self.assign(&total, start);
        let zero = self.constant(Scalar::float(DType::F64, 0.0), true);
        self.assign(&rest, &zero);
        self.items_of(iter, None, &mut |l, item| {
            let Some(own) = l.variable(&total)? else { return Ok(()) };
            let Some(lost) = l.variable(&rest)? else { return Ok(()) };
            let are_lists = [item, &own].iter().all(|value| list_type(value).is_some());
            if !are_lists && (item.ty.dtype().is_none() || own.ty.dtype().is_none()) {
                let text = format!("sum of {} and {}", own.ty.describe(), item.ty.describe());
                return l.error(text, Some("write a loop for anything else"));
            }
            if l.keeps_rest(&own.ty) && matches!(item.ty, FLOAT | COMPLEX) && holds(&own, item) {
                let (new, lost) = l.added(&own, item, &lost)?;
                l.assign(&total, &new);
                l.assign(&rest, &lost);
            } else {
                let new = l.binary(BinaryOp::Add, &own, item)?;
                l.assign(&total, &new);
            }
            Ok(())
        })?;
        let (total, rest) = (self.taken(&total)?, self.taken(&rest)?);
        if self.keeps_rest(&total.ty) { self.with_rest(&total, &rest) } else { Ok(total) }
    }

    /// Whether a sum of this type keeps what additions round off.
    fn keeps_rest(&self, total: &Type) -> bool {
        let version = self.session.host.minor_version();
        let keeps = (*total == FLOAT && version >= 12) || (*total == COMPLEX && version >= 14);
        keeps && !self.session.options.fast
    }

    /// A sum and its rest after one more item.
    fn added(&mut self, total: &Value, item: &Value, rest: &Value) -> Followed<(Value, Value)> {
        let (item, rest) = (self.converted(item, &total.ty)?, self.converted(rest, &total.ty)?);
        let (mut totals, mut rests) = (Vec::new(), Vec::new());
        for ((&total, &item), &rest) in total.parts.iter().zip(&item.parts).zip(&rest.parts) {
            let made = self.compute(&[total, item, rest], |f, v| {
                let sum = f.add(v[0], v[1]);
                let lost = rounded_off(f, v[0], v[1], sum);
                vec![sum, f.add(v[2], lost)]
            });
            totals.push(made[0]);
            rests.push(made[1]);
        }
        let ty = || total.ty.clone();
        Ok((Value::new(ty(), totals), Value::new(ty(), rests)))
    }

    /// A sum and its rest as one number. Infinities have no rest, and a zero keeps its sign.
    fn with_rest(&mut self, total: &Value, rest: &Value) -> Followed<Value> {
        let rest = self.converted(rest, &total.ty)?;
        let pairs = total.parts.iter().zip(&rest.parts);
        let parts = pairs.map(|(&total, &rest)| {
            self.compute_one(&[total, rest], |f, v| {
                let (zero, infinity) = (f.like(v[1], 0.0), f.like(v[1], f64::INFINITY));
                let size = f.abs(v[1]);
                let (is_some, is_finite) = (f.ne(v[1], zero), f.lt(size, infinity));
                let counts = f.and(is_some, is_finite);
                let whole = f.add(v[0], v[1]);
                f.select(counts, whole, v[0])
            })
        });
        let parts = parts.collect();
        Ok(Value::new(total.ty.clone(), parts))
    }
}

/// Whether the type of a sum holds an item as it is.
fn holds(total: &Value, item: &Value) -> bool {
    total.ty == COMPLEX || item.ty == FLOAT
}

/// What the sum of two numbers has lost.
fn rounded_off(f: &mut Builder, a: Val, b: Val, sum: Val) -> Val {
    let (size_a, size_b) = (f.abs(a), f.abs(b));
    let a_is_larger = f.ge(size_a, size_b);
    let (large, small) = (f.select(a_is_larger, a, b), f.select(a_is_larger, b, a));
    let left = f.sub(large, sum);
    f.add(left, small)
}
