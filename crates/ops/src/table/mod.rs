//! The tables, assembled from one file per family.

mod arithmetic;
mod bits;
pub(crate) mod comparison;
mod division;
mod elementary;
mod floats;
mod folds;
mod rows;

use crate::reduction::{Reduction, ReductionId};
use crate::ufunc::{Loop, Ufunc, UfuncId};
use std::collections::HashMap;
use std::sync::LazyLock;
use stook_types::DType;

static TABLE: LazyLock<Vec<Ufunc>> = LazyLock::new(|| {
    joined([
        arithmetic::rows(),
        division::rows(),
        comparison::rows(),
        bits::rows(),
        floats::rows(),
        elementary::rows(),
    ])
});

static BY_NAME: LazyLock<HashMap<&'static str, UfuncId>> = LazyLock::new(|| {
    TABLE.iter().enumerate().map(|(k, row)| (row.name, UfuncId(k as u16))).collect()
});

static REDUCTIONS: LazyLock<Vec<Reduction>> = LazyLock::new(folds::rows);

/// Every ufunc; a [`UfuncId`] is an index into it.
pub fn table() -> &'static [Ufunc] {
    &TABLE
}

/// The ufunc of this name.
pub fn ufunc(name: &str) -> Option<UfuncId> {
    BY_NAME.get(name).copied()
}

/// The ufunc, and the loop of it, that turns truth values around.
pub fn negation() -> (UfuncId, usize) {
    static FOUND: LazyLock<(UfuncId, usize)> = LazyLock::new(|| {
        let id = BY_NAME["logical_not"];
        let is_bool = |l: &Loop| l.ins[..] == [DType::Bool];
        let found = TABLE[usize::from(id.0)].loops.iter().position(is_bool);
        (id, found.expect("truth values can be turned around"))
    });
    *FOUND
}

/// Every reduction; a [`ReductionId`] is an index into it.
pub fn reductions() -> &'static [Reduction] {
    &REDUCTIONS
}

/// The reduction of this name.
pub fn reduction(name: &str) -> Option<ReductionId> {
    REDUCTIONS.iter().position(|row| row.name == name).map(|k| ReductionId(k as u16))
}

/// The families' rows; rows of one name become one, whose loops stand in the order given.
fn joined<const N: usize>(families: [Vec<Ufunc>; N]) -> Vec<Ufunc> {
    let mut rows: Vec<Ufunc> = Vec::new();
    for row in families.into_iter().flatten() {
        match rows.iter_mut().find(|known| known.name == row.name) {
            Some(known) => known.join(row),
            None => rows.push(row),
        }
    }
    rows
}
