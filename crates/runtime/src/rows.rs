//! Ufuncs on rows of elements, for library calls: shipped kernels without a session around them.

use crate::session::Session;
use crate::small::{Raw, launch};
use stook_kernel::KernelFn;
use stook_ops::{UfuncId, reduction, reductions, table};
use stook_plan::ShippedKey;
use stook_types::DType;

/// What joins the elements of a row into one.
#[derive(Debug)]
pub struct RowFold {
    how: How,
    size: usize,
}

#[derive(Debug)]
enum How {
    /// Into a state, from which the result is made.
    Fold { reduce: KernelFn, finish: KernelFn, state: &'static [DType] },
    /// One after another; each result takes the place of the one before.
    Scan(KernelFn),
}

impl Session {
    /// What joins elements of a type by a ufunc, beginning with the first of them.
    pub fn row_fold(&self, ufunc: UfuncId, dtype: DType) -> Option<RowFold> {
        let row = &table()[usize::from(ufunc.0)];
        let kernel = |key| self.shipped(key);
        let folded = || {
            let id = reduction(row.name)?;
            let loops = &reductions()[usize::from(id.0)].loops;
            let found = loops.iter().position(|l| l.input == dtype && l.output == dtype)?;
            let state = loops[found].from_first.then_some(&loops[found].fold.state)?;
            Some(How::Fold {
                reduce: kernel(ShippedKey::Reduce(id, found as u16))?,
                finish: kernel(ShippedKey::Finish(id, found as u16))?,
                state,
            })
        };
        let scanned = || {
            let found = row.loops.iter().position(|l| l.joins() && l.outs[0] == dtype)?;
            kernel(ShippedKey::Scan(ufunc, found as u16)).map(How::Scan)
        };
        folded().or_else(scanned).map(|how| RowFold { how, size: dtype.size() })
    }
}

impl RowFold {
    /// Whether elements must follow one another, without gaps.
    pub fn wants_contiguous(&self) -> bool {
        matches!(self.how, How::Fold { .. })
    }

    /// Joins `count` elements, one at least, each `step` bytes from the one before.
    ///
    /// # Safety
    /// The elements can be read and the result written; nobody else writes any of them meanwhile.
    /// The step is the size of an element if [`RowFold::wants_contiguous`].
    pub unsafe fn run(&self, elements: *const u8, step: isize, count: usize, result: *mut u8) {
        if count == 1 {
            // SAFETY: the caller's promise.
            unsafe { std::ptr::copy(elements, result, self.size) };
            return;
        }
        let elements = Raw { pointer: elements.cast_mut(), step: step as i64 };
        match &self.how {
            How::Scan(scan) => {
                launch(*scan, count, &[elements, Raw { pointer: result, step: 0 }], &mut []);
            }
            How::Fold { reduce, finish, state } => {
                let mut cells = [0u128; 4];
                let mut raws = [elements; 6];
                for (raw, cell) in raws[1..].iter_mut().zip(&mut cells).take(state.len()) {
                    *raw = Raw { pointer: std::ptr::from_mut(cell).cast(), step: 0 };
                }
                launch(*reduce, count, &raws[..=state.len()], &mut []);
                raws[1 + state.len()] = Raw { pointer: result, step: self.size as i64 };
                for (raw, dtype) in raws[1..].iter_mut().zip(*state) {
                    raw.step = dtype.size() as i64;
                }
                launch(*finish, 1, &raws[1..state.len() + 2], &mut []);
            }
        }
    }
}
