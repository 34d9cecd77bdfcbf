//! Rows whose result no further piece changes: one true element says that any is true. The pieces
//! that have not begun by then are left out, which changes no bit.

use super::folds::States;
use std::sync::atomic::{AtomicBool, Ordering};
use stook_ops::reductions;
use stook_plan::{Bundle, CutFold, Memory};

/// Which rows are settled, if the bundle is one fold that can be.
pub(super) struct Settled {
    /// The state of such a row, and the rows that are known to have it.
    known: Option<(u64, Vec<AtomicBool>)>,
}

impl Settled {
    pub(super) fn new(bundle: &Bundle, rows: usize) -> Self {
        let loop_of =
            |cut: &CutFold| &reductions()[usize::from(cut.reduction.0)].loops[cut.loop_index];
        let state = match &bundle.folds[..] {
            [cut] if bundle.kernel.flags == 0 && only_folds(bundle) => loop_of(cut).settled,
            _ => None,
        };
        let unknown = || (0..rows).map(|_| AtomicBool::new(false)).collect();
        Self { known: state.map(|state| (state, unknown())) }
    }

    /// Whether nothing changes a row's result any more.
    pub(super) fn holds(&self, row: usize) -> bool {
        self.known.as_ref().is_some_and(|(_, rows)| rows[row].load(Ordering::Relaxed))
    }

    /// Looks at the state of a piece that has run.
    pub(super) fn look(&self, row: usize, states: &[States], task: usize) {
        let Some((state, rows)) = &self.known else { return };
        let size = states[0].size(0);
        let mut bits = [0; 8];
        // SAFETY: the task has written its state, of this size and at most eight bytes.
        unsafe {
            std::ptr::copy_nonoverlapping(states[0].at(0, task), bits.as_mut_ptr(), size);
        }
        if u64::from_le_bytes(bits) == *state {
            rows[row].store(true, Ordering::Relaxed);
        }
    }
}

/// Whether nothing is written but the states of folds and what comes of them.
fn only_folds(bundle: &Bundle) -> bool {
    let of_folds = |k: usize| bundle.folds.iter().any(|cut| cut.outputs.contains(&k));
    let mut written = bundle.body.operands.iter().enumerate().filter(|(_, o)| o.written);
    written.all(|(k, o)| matches!(o.memory, Memory::State(..)) || of_folds(k))
}
