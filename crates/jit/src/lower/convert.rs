//! Values as values of another type.

use super::{Followed, Lowerer};
use crate::site::{Exception, Piece};
use crate::types::{INT, Layout, Type};
use crate::value::{Value, tuple};
use stook_kernel::{Local, Step};
use stook_ops::cast;
use stook_types::{DType, Kind};

impl Lowerer<'_, '_> {
    /// The value as one of a type that holds it.
    pub(super) fn converted(&mut self, value: &Value, to: &Type) -> Followed<Value> {
        if value.ty == *to {
            return Ok(value.clone());
        }
        match (&value.ty, to) {
            (Type::Number { dtype: from, .. }, Type::Number { dtype, .. }) => {
                let parts = self.cast(&value.parts, *from, *dtype);
                Ok(Value { known: value.known, ..Value::new(to.clone(), parts) })
            }
            (Type::Tuple(_), Type::Tuple(types)) => {
                let items = value.items().unwrap_or_default();
                let items = items
                    .iter()
                    .zip(types)
                    .map(|(item, ty)| self.converted(item, ty))
                    .collect::<Followed<Vec<_>>>()?;
                Ok(tuple(&items))
            }
            (Type::Record(_, own), Type::Record(_, types)) => {
                let items = value.split(own);
                let items = items.iter().zip(types).map(|(item, ty)| self.converted(item, ty));
                let parts = tuple(&items.collect::<Followed<Vec<_>>>()?).parts;
                Ok(Value::new(to.clone(), parts))
            }
            (Type::Array(_), Type::Array(wanted))
            | (Type::Records(..), Type::Records(_, wanted)) => {
                let array = value.grid().expect("it is an array");
                let mut parts = vec![array.data(), array.owner()];
                parts.extend(array.shape());
                if wanted.layout == Layout::Any {
                    parts.extend(self.strides(value));
                }
                Ok(Value::new(to.clone(), parts))
            }
            (Type::Container(_), Type::Container(_)) | (Type::Object(..), Type::Object(..)) => {
                match self.as_item(value, to)? {
                    Some(value) => Ok(value),
                    None => Ok(Value::new(to.clone(), value.parts.clone())),
                }
            }
            (_, Type::Optional(inner)) => self.optional(value, inner),
            (text, Type::Text) if text.is_text() => Ok(self.kept(value)),
            (from, to) => {
                let text = format!("{} where {} is expected", from.describe(), to.describe());
                self.error(text, None)
            }
        }
    }

    /// The scalars of a number in another type, as `astype` makes them.
    pub(super) fn cast(&mut self, parts: &[Local], from: DType, to: DType) -> Vec<Local> {
        if from == to {
            return parts.to_vec();
        }
        self.compute(parts, |f, v| cast(f, from, to, v))
    }

    /// A number as an element of a type, as assignment to one makes it: it must fit.
    pub(super) fn element(&mut self, value: &Value, to: DType) -> Followed<Vec<Local>> {
        // NumPy holds its own numbers to signed types, and casts them to unsigned ones.
        if to.kind() == Kind::Signed || matches!(value.ty, Type::Number { python: true, .. }) {
            self.fits(value, to)?;
        }
        self.cast_to_element(value, to)
    }

    /// A number as an element of a type, as `astype` makes it.
    pub(super) fn cast_to_element(&mut self, value: &Value, to: DType) -> Followed<Vec<Local>> {
        let Some(dtype) = value.ty.dtype() else {
            return self.error(
                format!("{} cannot be an element of an array of {to}", value.ty.describe()),
                Some("assign a number"),
            );
        };
        if dtype.is_complex() && !to.is_complex() {
            return self.error(
                format!("a complex number cannot be an element of an array of {to}"),
                Some("take its real part: z.real"),
            );
        }
        Ok(self.cast(&value.parts, dtype, to))
    }

    /// Sees to it that a real number, but for its fraction, lies within an integer type.
    pub(super) fn fits(&mut self, value: &Value, to: DType) -> Followed<()> {
        let from = match value.ty {
            Type::Number { dtype, .. } if to.is_integer() && !dtype.is_complex() => dtype,
            _ => return Ok(()),
        };
        if from.is_float() {
            return self.float_fits(value, from, to);
        }
        let ((least, most), (low, high)) = (bounds(to), bounds(from));
        if let Some(known) = value.known {
            return if (least..=most).contains(&i128::from(known)) {
                Ok(())
            } else {
                let text = format!("Python integer {known} out of bounds for {to}");
                self.error(text, Some("use a number that fits"))
            };
        }
        if low >= least && high <= most {
            return Ok(());
        }
        let outside = self.compute_one(&value.parts, |f, v| {
            let (least, most) = (f.int(from, least.max(low)), f.int(from, most.min(high)));
            let (below, above) = (f.lt(v[0], least), f.gt(v[0], most));
            f.or(below, above)
        });
        self.fail_if(outside, Exception::Overflow, out_of_bounds(from, to), value.parts.clone());
        Ok(())
    }

    fn float_fits(&mut self, value: &Value, from: DType, to: DType) -> Followed<()> {
        let (least, most) = bounds(to);
        let parts = self.cast(&value.parts, from, DType::F64);
        let outside = self.compute_one(&parts, |f, v| {
            // What lies between rounds to zero into the type; NaN lies nowhere.
            let (low, high) =
                (f.float(DType::F64, least as f64), f.float(DType::F64, most as f64 + 1.0));
            let above = if to == DType::I64 {
                f.ge(v[0], low)
            } else {
                let one = f.float(DType::F64, 1.0);
                let low = f.sub(low, one);
                f.gt(v[0], low)
            };
            let below = f.lt(v[0], high);
            let inside = f.and(above, below);
            f.not(inside)
        });
        let (then, ()) = self.block(|l| {
            l.finite(value)?;
            let large = l.compute_one(&parts, |f, v| {
                let (size, limit) = (f.abs(v[0]), f.float(DType::F64, 2_f64.powi(63)));
                f.ge(size, limit)
            });
            l.refuse_if(large, Exception::Overflow, "Python int too large to convert to C long");
            let whole = l.cast(&parts, DType::F64, DType::I64);
            let step = l.failure(Exception::Overflow, out_of_bounds(DType::I64, to), whole);
            l.emit(step);
            Ok(())
        })?;
        self.emit(Step::If { condition: outside, then, otherwise: Vec::new() });
        Ok(())
    }

    /// A float as Python's int, towards zero. What int64 cannot hold is the least int, as a cast
    /// makes it; only below what int32 holds are infinities and NaN looked for, which are refused. An
    /// instruction holds that bound, but not the least int.
    pub(super) fn towards_zero(&mut self, value: &Value, from: DType) -> Followed<Value> {
        let parts = self.cast(&value.parts, from, DType::F64);
        let made = self.compute_one(&parts, |f, v| f.whole(v[0]));
        let beyond = self.compute_one(&[made], |f, v| {
            let low = f.int(DType::I64, i32::MIN.into());
            f.lt(v[0], low)
        });
        let (then, ()) = self.block(|l| l.finite(value))?;
        let then = vec![Step::Rare(then)];
        self.emit(Step::If { condition: beyond, then, otherwise: Vec::new() });
        Ok(Value::new(INT, vec![made]))
    }

    /// Python makes no int of an infinity or of NaN.
    fn finite(&mut self, value: &Value) -> Followed<()> {
        for (name, class, text) in [
            ("isnan", Exception::Value, "cannot convert float NaN to integer"),
            ("isinf", Exception::Overflow, "cannot convert float infinity to integer"),
        ] {
            let found = self.ufunc(name, &[value])?;
            self.refuse_if(found.parts[0], class, text);
        }
        Ok(())
    }

    /// A number as a size or index.
    pub(super) fn index(&mut self, value: &Value) -> Followed<Local> {
        match value.ty {
            Type::Number { dtype, .. } if dtype.is_integer() || dtype == DType::Bool => {
                Ok(self.cast(&value.parts, dtype, DType::I64)[0])
            }
            _ => self.error(
                format!("an index or size is an integer, not {}", value.ty.describe()),
                Some("use int(...), or // in place of /"),
            ),
        }
    }
}

fn out_of_bounds(from: DType, to: DType) -> Vec<Piece> {
    vec![
        Piece::Text("Python integer ".to_owned()),
        Piece::Value(from),
        Piece::Text(format!(" out of bounds for {to}")),
    ]
}

/// The least and the greatest number of an integer type, or of bool.
fn bounds(dtype: DType) -> (i128, i128) {
    if dtype == DType::Bool {
        return (0, 1);
    }
    let bits = 8 * dtype.size() as u32;
    match dtype.kind() {
        Kind::Signed => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        _ => (0, (1 << bits) - 1),
    }
}
