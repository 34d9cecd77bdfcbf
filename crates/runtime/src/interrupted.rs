//! A bundle that was interrupted, with all that is needed to finish it.
//!
//! What it writes is half written, and cannot be made again where it was written in place. So it
//! stays pending as it is, ahead of everything else, and the next run finishes it first.

use crate::array::Storage;
use crate::backend::Progress;
use crate::buffer::Buffer;
use std::sync::Arc;
use stook_plan::{Bundle, Memory, Plan, Program};
use stook_types::Scalar;

/// A bundle that has begun and is not finished.
#[derive(Debug)]
pub(crate) struct Interrupted {
    pub(crate) plan: Arc<Plan>,
    /// Which of the plan's bundles.
    pub(crate) number: usize,
    pub(crate) program: Program,
    pub(crate) scalars: Vec<Scalar>,
    /// Memory by storage of the plan.
    pub(crate) buffers: Vec<Option<Arc<Buffer>>>,
    pub(crate) progress: Progress,
    /// The storages that it works on, and whether it writes them.
    pub(crate) uses: Vec<(Arc<Storage>, bool)>,
}

/// The storages that a bundle works on and whether it writes them, given one for each of the plan's.
pub(crate) fn uses(bundle: &Bundle, homes: &[Arc<Storage>]) -> Vec<(Arc<Storage>, bool)> {
    let used = bundle.body.operands.iter().filter_map(|o| match o.memory {
        Memory::Storage(s) => Some((homes[s].clone(), o.written)),
        _ => None,
    });
    used.collect()
}
