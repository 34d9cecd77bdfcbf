//! Folds too small to record, run at once on shipped kernels.
//!
//! Elements come one after another, in the order in which the fold walks them, and leave as states
//! and then results. Which walk it is says the plan's own rule, so the bits are those of a bundle.
//! What would need many calls of a kernel is left to be recorded.

use crate::array::{Array, Input};
use crate::backend::Backend;
use crate::small::{Raw, Small, is_direct, launch, launch_rows};
use smallvec::SmallVec;
use stook_ops::{ReductionId, ReductionLoop, reductions};
use stook_plan::{BLOCK, Mode, ShippedKey, reduce_mode};
use stook_types::{DType, Dims, Result};

/// The most rows that are folded one after another.
const ROWS: usize = 128;
/// Memory of a fold's states, for each of its scalars.
type States = SmallVec<[Raw; 4]>;

/// A fold and where its kernels come from.
struct Folding<'a> {
    backend: &'a dyn Backend,
    reduction: ReductionId,
    loop_index: u16,
    signature: &'static ReductionLoop,
}

impl Small {
    /// Folds axes of an array (ascending); false if the call had better be recorded.
    pub(crate) fn reduce(
        &mut self,
        backend: &dyn Backend,
        (reduction, loop_index): (ReductionId, usize),
        input: &Array,
        axes: &[usize],
        result: &Array,
    ) -> Result<bool> {
        self.begin();
        let signature = &reductions()[usize::from(reduction.0)].loops[loop_index];
        let loop_index = loop_index as u16;
        let folding = Folding { backend, reduction, loop_index, signature };
        let ndim = input.view.ndim();
        if axes.len() == ndim {
            return self.fold_rows(&folding, input, ndim, result);
        }
        let kept = (0..ndim).filter(|axis| !axes.contains(axis));
        match reduce_mode(&input.view.shape, axes, &signature.fold) {
            Mode::Columns { from, to } => self.fold_columns(&folding, input, (from, to), result),
            Mode::Unrolled { .. } => {
                let order: Dims = axes.iter().copied().chain(kept).collect();
                let turned = input.with_view(input.view.transpose(&order));
                self.fold_planes(&folding, &turned, axes.len(), result)
            }
            _ => {
                let order: Dims = kept.chain(axes.iter().copied()).collect();
                let last = input.with_view(input.view.transpose(&order));
                self.fold_rows(&folding, &last, axes.len(), result)
            }
        }
    }

    /// Folds the last `axes` axes, a row at a time.
    fn fold_rows(
        &mut self,
        folding: &Folding<'_>,
        input: &Array,
        axes: usize,
        result: &Array,
    ) -> Result<bool> {
        let (outer, row) = input.view.shape.split_at(input.view.ndim() - axes);
        let (rows, columns): (usize, usize) = (outer.iter().product(), row.iter().product());
        let Some(reduce) = folding.kernel(ShippedKey::Reduce).filter(|_| rows <= ROWS) else {
            return Ok(false);
        };
        let Some(elements) = self.elements(folding, input)? else { return Ok(false) };
        let states = self.states(folding, rows);
        let mut raws: States = SmallVec::from_slice(&[elements]);
        let mut apart: SmallVec<[i64; 4]> = SmallVec::from_slice(&[elements.step * columns as i64]);
        for state in &states {
            raws.push(Raw { step: 0, ..*state });
            apart.push(state.step);
        }
        launch_rows(reduce, (rows, columns), &raws, &apart, &mut []);
        self.finish(folding, &states, rows, result)
    }

    /// Folds axes `from..to`: rows are added to a row of states, which those of one block are in
    /// order.
    fn fold_columns(
        &mut self,
        folding: &Folding<'_>,
        input: &Array,
        (from, to): (usize, usize),
        result: &Array,
    ) -> Result<bool> {
        let length = |from: usize, to: usize| input.view.shape[from..to].iter().product::<usize>();
        let (outer, rows, columns) =
            (length(0, from), length(from, to), length(to, input.view.ndim()));
        let Some(step) = folding.kernel(ShippedKey::Step).filter(|_| rows <= BLOCK) else {
            return Ok(false);
        };
        let Some(elements) = self.elements(folding, input)? else { return Ok(false) };
        let Some(states) = self.started(folding, outer * columns) else { return Ok(false) };
        let apart = [elements.step * columns as i64, 0, 0, 0, 0];
        for k in 0..outer {
            let mut raws: States = SmallVec::from_slice(&[elements.from(k * rows * columns)]);
            raws.extend(states.iter().map(|state| state.from(k * columns)));
            launch_rows(step, (rows, columns), &raws, &apart[..raws.len()], &mut []);
        }
        self.finish(folding, &states, outer * columns, result)
    }

    /// Folds the first `axes` axes, few elements each, as a row's lanes meet: in halves.
    fn fold_planes(
        &mut self,
        folding: &Folding<'_>,
        input: &Array,
        axes: usize,
        result: &Array,
    ) -> Result<bool> {
        let (folded, kept) = input.view.shape.split_at(axes);
        let (mut planes, columns): (usize, usize) =
            (folded.iter().product(), kept.iter().product());
        let kernels = folding.kernel(ShippedKey::Step).zip(folding.kernel(ShippedKey::Merge));
        let Some((step, merge)) = kernels else { return Ok(false) };
        let Some(elements) = self.elements(folding, input)? else { return Ok(false) };
        let Some(states) = self.started(folding, planes * columns) else { return Ok(false) };
        let mut raws: States = SmallVec::from_slice(&[elements]);
        raws.extend(states.iter().copied());
        launch(step, planes * columns, &raws, &mut []);
        let mut width = folding.signature.fold.lanes() / 2;
        while width > 0 {
            if planes > width {
                let later = states.iter().map(|state| state.from(width * columns));
                let raws: States = later.chain(states.iter().copied()).collect();
                launch(merge, (planes - width) * columns, &raws, &mut []);
                planes = width;
            }
            width /= 2;
        }
        self.finish(folding, &states, columns, result)
    }

    fn elements(&mut self, folding: &Folding<'_>, input: &Array) -> Result<Option<Raw>> {
        let shape = &input.view.shape;
        self.contiguous(folding.backend, Input::Array(input), shape, folding.signature.input)
    }

    /// Room for `count` states, one after another.
    fn states(&mut self, folding: &Folding<'_>, count: usize) -> States {
        let of = |dtype: &DType| Raw {
            pointer: self.room(count * dtype.size()),
            step: dtype.size() as i64,
        };
        folding.signature.fold.state.iter().map(of).collect()
    }

    /// `count` states into which no element has gone.
    fn started(&mut self, folding: &Folding<'_>, count: usize) -> Option<States> {
        let states = self.states(folding, count);
        let fold = &folding.signature.fold;
        for ((state, &dtype), bits) in states.iter().zip(&fold.state).zip(&fold.start) {
            let fill = folding.backend.shipped(ShippedKey::Fill(dtype))?;
            let cell = Raw { pointer: std::ptr::from_ref(bits).cast_mut().cast(), step: 0 };
            launch(fill, count, &[cell, *state], &mut []);
        }
        Some(states)
    }

    /// Writes the results of `count` states.
    fn finish(
        &mut self,
        folding: &Folding<'_>,
        states: &[Raw],
        count: usize,
        result: &Array,
    ) -> Result<bool> {
        let Some(finish) = folding.kernel(ShippedKey::Finish) else { return Ok(false) };
        let dtype = folding.signature.output;
        let direct = is_direct(result, dtype);
        let target = self.target(result, dtype, count, direct)?;
        let mut raws: States = SmallVec::from_slice(states);
        raws.push(target);
        launch(finish, count, &raws, &mut []);
        match direct {
            true => Ok(true),
            false => self.deliver(folding.backend, target.pointer, dtype, result),
        }
    }
}

impl Folding<'_> {
    fn kernel(&self, key: fn(ReductionId, u16) -> ShippedKey) -> Option<stook_kernel::KernelFn> {
        self.backend.shipped(key(self.reduction, self.loop_index))
    }
}

impl Raw {
    /// The operand from its element `k` on.
    fn from(self, k: usize) -> Self {
        Self { pointer: self.pointer.wrapping_offset(k as isize * self.step as isize), ..self }
    }
}
