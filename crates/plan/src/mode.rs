//! How a group of instructions walks its domain; for folds, chosen by shape and axes alone, since
//! the order of a fold's elements is part of its result.

use stook_ops::{Fold, ReductionId, reductions};

/// The walk of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Element by element, in any order.
    Map,
    /// Folds over the last `axes` axes, whole rows at a time; what follows may use the results.
    Rows {
        /// How many axes make a row.
        axes: usize,
    },
    /// As [`Mode::Rows`], in rows too long to stay in a cache; they may be cut in pieces.
    LongRows {
        /// How many axes make a row.
        axes: usize,
    },
    /// Folds over axes `from..to`, with later ones kept: rows are added to a row of states.
    Columns {
        /// First axis folded.
        from: usize,
        /// One past the last axis folded.
        to: usize,
    },
    /// Folds over the last `axes` axes, so few elements that each is written out.
    Unrolled {
        /// How many axes are folded.
        axes: usize,
    },
    /// A fold that needs a copy with its axes last.
    Copied,
    /// A scan along the last axis.
    Scan,
}

/// The longest row that is worth keeping in a cache between passes over it, in elements.
pub const RESIDENT: usize = 16 * 1024;
/// The most elements that a fold writes out.
pub(crate) const UNROLLED: usize = 16;
/// Rows of a column fold that are added up one after another; such blocks are merged pairwise.
pub const BLOCK: usize = 64;
/// The fewest kept columns for which a column fold is worth its vectors.
const NARROW: usize = 16;

/// How a fold over `axes` (ascending) of an input of this shape is walked.
pub fn reduce_mode(shape: &[usize], axes: &[usize], fold: &Fold) -> Mode {
    let (first, count) = (axes.first().copied().unwrap_or(shape.len()), axes.len());
    let folded: usize = axes.iter().map(|&axis| shape[axis]).product();
    let kept: usize = shape.iter().product::<usize>() / folded.max(1);
    let adjacent = axes.iter().enumerate().all(|(k, &axis)| axis == first + k);
    let last = adjacent && first + count == shape.len();
    let trailing: usize = if adjacent { shape[first + count..].iter().product() } else { 0 };
    let simple = fold.state.len() == 1 && !fold.indexed;
    match () {
        () if last && simple && folded <= UNROLLED && kept >= NARROW => {
            Mode::Unrolled { axes: count }
        }
        () if last && folded <= RESIDENT => Mode::Rows { axes: count },
        () if last => Mode::LongRows { axes: count },
        () if trailing >= NARROW && !fold.indexed => {
            Mode::Columns { from: first, to: first + count }
        }
        () => Mode::Copied,
    }
}

/// The fold of a reduction's loop.
pub(crate) fn fold_of(reduction: ReductionId, loop_index: usize) -> &'static Fold {
    &reductions()[usize::from(reduction.0)].loops[loop_index].fold
}
