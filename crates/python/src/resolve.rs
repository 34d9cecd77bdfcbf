//! Which loop of a ufunc a call runs; remembered for one type and for pairs of types.

use crate::convert::Operand;
use smallvec::SmallVec;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use stook_ops::{InputType, UfuncId};
use stook_types::{Casting, DType};

const TYPES: usize = DType::ALL.len();
const UNASKED: u8 = 255;
const NONE: u8 = 254;

/// Answers for ufuncs of one or two operands: one table of pairs of types for each, in which one
/// type is a pair with itself.
static PAIRS: LazyLock<Vec<[AtomicU8; TYPES * TYPES]>> = LazyLock::new(|| {
    stook_ops::table().iter().map(|_| [const { AtomicU8::new(UNASKED) }; TYPES * TYPES]).collect()
});

/// The loop for these types.
pub(crate) fn resolve(ufunc: UfuncId, types: &[DType]) -> Option<usize> {
    let (a, b) = match *types {
        [a] => (a, a),
        [a, b] => (a, b),
        _ => return decide(ufunc, types),
    };
    let slot = &PAIRS[ufunc.0 as usize][a as usize * TYPES + b as usize];
    match slot.load(Relaxed) {
        UNASKED => {
            let found = decide(ufunc, types);
            let code = found.and_then(|k| u8::try_from(k).ok()).filter(|&k| k < NONE);
            if found.is_none() || code.is_some() {
                slot.store(code.unwrap_or(NONE), Relaxed);
            }
            found
        }
        NONE => None,
        k => Some(k.into()),
    }
}

#[cold]
fn decide(ufunc: UfuncId, types: &[DType]) -> Option<usize> {
    let row = &stook_ops::table()[ufunc.0 as usize];
    if types.iter().all(|&d| d == DType::Bool) {
        let ins: SmallVec<[InputType; 3]> = types.iter().map(|&d| InputType::Array(d)).collect();
        if stook_ops::resolve(row, &ins, &[], Casting::SameKind).is_err() {
            return None;
        }
    }
    let whole = |d: &DType| d.is_integer() || *d == DType::Bool;
    if row.name == "divide" && types.iter().all(whole) {
        return row.resolve(&[DType::F64, DType::F64]).ok();
    }
    row.resolve(types).ok()
}

/// The types the operands take beside each other, Python numbers by NEP 50.
pub(crate) fn types(operands: &[Operand<'_, '_>]) -> SmallVec<[DType; 4]> {
    let common = operands.iter().filter_map(Operand::dtype).reduce(stook_types::promote);
    let of = |operand: &Operand<'_, '_>| match (operand, common) {
        (Operand::Weak(number), Some(other)) => number.beside(other),
        (Operand::Weak(number), None) => number.alone(),
        _ => operand.dtype().expect("only Python numbers have no type"),
    };
    operands.iter().map(of).collect()
}
