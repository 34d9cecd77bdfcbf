//! The reductions.

use super::rows::FLOATS;
use crate::formula::Region;
use crate::reduction::{Fold, Reduction, ReductionLoop, unchanged};
use stook_types::{DType, Scalar};

pub(super) fn rows() -> Vec<Reduction> {
    vec![Reduction {
        name: "add",
        loops: FLOATS[1..].iter().map(|&t| sum(t)).collect(),
        empty: true,
        doc: "Sum of the elements.",
    }]
}

fn sum(t: DType) -> ReductionLoop {
    let add = Region::build(&[t, t], |f, a| vec![f.add(a[0], a[1])]);
    let fold = Fold {
        state: vec![t],
        start: vec![Scalar::float(t, -0.0).bits as u64],
        step: add.clone(),
        merge: add,
        indexed: false,
    };
    ReductionLoop { input: t, output: t, fold, finish: unchanged(&[t]) }
}
