//! Values as values of another type.

use super::{Followed, Lowerer};
use crate::site::{Exception, Piece};
use crate::types::{Layout, Type};
use crate::value::{Value, tuple};
use stook_kernel::Local;
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
            (Type::Array(_), Type::Array(wanted)) => {
                let array = value.array().expect("it is an array");
                let mut parts = vec![array.data(), array.owner()];
                parts.extend(array.shape());
                if wanted.layout == Layout::Any {
                    parts.extend(self.strides(value));
                }
                Ok(Value::new(to.clone(), parts))
            }
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

    /// A number as an element of a type, as assignment makes it: an int of Python's must fit.
    pub(super) fn element(&mut self, value: &Value, to: DType) -> Followed<Vec<Local>> {
        let Type::Number { dtype, python } = value.ty else {
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
        if python && dtype == DType::I64 {
            self.fits(value, to)?;
        }
        Ok(self.cast(&value.parts, dtype, to))
    }

    /// Sees to it that an int of Python's lies within an integer type.
    pub(super) fn fits(&mut self, value: &Value, to: DType) -> Followed<()> {
        if !to.is_integer() || to == DType::I64 {
            return Ok(());
        }
        let (least, most) = bounds(to);
        let out_of_bounds =
            |number: &str| format!("Python integer {number} out of bounds for {to}");
        if let Some(known) = value.known {
            return if (least..=most).contains(&i128::from(known)) {
                Ok(())
            } else {
                self.error(out_of_bounds(&known.to_string()), Some("use a number that fits"))
            };
        }
        let outside = self.compute_one(&value.parts, |f, v| {
            let low = f.int(DType::I64, least);
            let below = f.lt(v[0], low);
            if to == DType::U64 {
                return below;
            }
            let high = f.int(DType::I64, most);
            let above = f.gt(v[0], high);
            f.or(below, above)
        });
        let message = vec![
            Piece::Text("Python integer ".to_owned()),
            Piece::Value(DType::I64),
            Piece::Text(format!(" out of bounds for {to}")),
        ];
        self.fail_if(outside, Exception::Overflow, message, value.parts.clone());
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

fn bounds(dtype: DType) -> (i128, i128) {
    let bits = 8 * dtype.size() as u32;
    match dtype.kind() {
        Kind::Signed => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        _ => (0, (1 << bits) - 1),
    }
}
