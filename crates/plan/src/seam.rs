//! Conversions between element types, until the table has them.

use stook_ops::{Builder, Val};
use stook_types::DType;

pub(crate) fn cast(f: &mut Builder, from: DType, to: DType, parts: &[Val]) -> Vec<Val> {
    let x = parts[0];
    let re = if to == DType::Bool {
        let zero = f.like(x, 0.0);
        f.ne(x, zero)
    } else {
        f.convert(x, to.real())
    };
    if !to.is_complex() {
        return vec![re];
    }
    let im = if from.is_complex() {
        f.convert(parts[1], to.real())
    } else {
        f.float(to.real(), 0.0)
    };
    vec![re, im]
}
