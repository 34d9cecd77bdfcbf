//! `hash` of numbers and tuples, as Python's; strings have a secret, so theirs are asked for outside.

use super::{Followed, Lowerer};
use crate::class::ClassKind;
use crate::types::{FLOAT, INT, Type};
use crate::value::Value;
use stook_types::{DType, Scalar};

/// Where the code of a tuple begins.
const START: u64 = 2_870_177_450_012_600_261;

impl Lowerer<'_, '_> {
    /// `hash(x)`.
    pub(super) fn hash_of(&mut self, value: &Value) -> Followed<Value> {
        match &value.ty {
            Type::Number { dtype, .. } if dtype.is_complex() => {
                let parts = value.parts.iter().map(|&part| {
                    let number = Value::new(Type::strong(dtype.real()), vec![part]);
                    self.converted(&number, &FLOAT)
                });
                let parts = parts.collect::<Followed<Vec<_>>>()?;
                self.call_library("hash_of_complex", &parts)
            }
            Type::Number { dtype, .. } if dtype.is_float() => {
                let float = self.converted(value, &FLOAT)?;
                self.call_library("hash_of_float", &[float])
            }
            Type::Number { dtype: DType::U64, .. } => {
                self.call_library("hash_of_unsigned", std::slice::from_ref(value))
            }
            Type::Number { .. } => {
                let int = self.converted(value, &INT)?;
                let int = Value { known: None, ..int };
                self.call_library("hash_of_int", &[int])
            }
            Type::None | Type::Bytes => self.call_builtin("hash", vec![value.clone()]),
            ty if ty.is_text() => self.call_builtin("hash", vec![value.clone()]),
            Type::Record(class, _) if class.kind != ClassKind::Tuple => {
                let text = format!("hash of {} is not compiled", value.ty.describe());
                self.error(text, Some("hash a tuple of its fields"))
            }
            Type::Tuple(_) | Type::Record(..) => {
                let items = value.items().unwrap_or_default();
                let mut code =
                    self.constant(Scalar { dtype: DType::U64, bits: START.into() }, false);
                for item in &items {
                    let hash = self.hash_of(item)?;
                    code = self.call_library("mixed", &[code, hash])?;
                }
                let count = Value { known: None, ..self.int(items.len() as i64) };
                self.call_library("whole", &[code, count])
            }
            other => self.error(
                format!("unhashable type: {}", other.describe()),
                Some("hash numbers, strings and tuples of them"),
            ),
        }
    }
}
