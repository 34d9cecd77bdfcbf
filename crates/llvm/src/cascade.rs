//! States that meet pairwise in order, as [`stook_kernel::Cascade`] has it, in emitted code.
//!
//! The stack lies in the function's own memory. Its slot 0 holds the start, so that a row without
//! columns needs no branch; the states wait in the slots from 1 on, one for each one bit of their
//! count.

use crate::emitter::{Emitted, Emitter, Vector};
use inkwell::values::{IntValue, PointerValue};
use stook_ops::Fold;
use stook_types::DType;

/// The waiting states of one sink.
pub(crate) struct Cascade<'c> {
    /// One array of 65 for each scalar of the state.
    stack: Vec<PointerValue<'c>>,
    count: PointerValue<'c>,
}

impl<'c> Cascade<'c> {
    /// Memory for a fold's states.
    pub(crate) fn new(e: &Emitter<'c, '_>, fold: &Fold) -> Emitted<Self> {
        let stack = fold.state.iter().map(|&t| e.local(t, 65)).collect::<Emitted<_>>()?;
        Ok(Self { stack, count: e.local(DType::I64, 1)? })
    }

    /// No states yet.
    pub(crate) fn clear(&self, e: &Emitter<'c, '_>, fold: &Fold) -> Emitted<()> {
        e.builder.build_store(self.count, e.number(0))?;
        let start = e.start(fold, 1)?;
        self.put(e, fold, e.number(0), &start)
    }

    /// Adds the next state.
    pub(crate) fn push(
        &self,
        e: &Emitter<'c, '_>,
        fold: &Fold,
        state: &[Vector<'c>],
    ) -> Emitted<()> {
        let (count, waiting) = self.waiting(e)?;
        let ones = self.trailing_ones(e, count)?;
        let rounds = (e.number(0), ones, e.number(1));
        let state = e.repeat(rounds, state, |k, state| {
            let slot = e.builder.build_int_sub(waiting, k, "")?;
            let earlier = self.get(e, fold, slot)?;
            e.region(&fold.merge, &[earlier, state].concat(), 1)
        })?;
        let left = e.builder.build_int_sub(waiting, ones, "")?;
        let slot = e.builder.build_int_add(left, e.number(1), "")?;
        self.put(e, fold, slot, &state)?;
        let count = e.builder.build_int_add(count, e.number(1), "")?;
        e.builder.build_store(self.count, count)?;
        Ok(())
    }

    /// The state of all.
    pub(crate) fn finish(&self, e: &Emitter<'c, '_>, fold: &Fold) -> Emitted<Vec<Vector<'c>>> {
        let (_, waiting) = self.waiting(e)?;
        let last = self.get(e, fold, waiting)?;
        e.repeat((e.number(1), waiting, e.number(1)), &last, |k, state| {
            let slot = e.builder.build_int_sub(waiting, k, "")?;
            let earlier = self.get(e, fold, slot)?;
            e.region(&fold.merge, &[earlier, state].concat(), 1)
        })
    }

    /// The number of states pushed, and of those that wait.
    fn waiting(&self, e: &Emitter<'c, '_>) -> Emitted<(IntValue<'c>, IntValue<'c>)> {
        let int = e.context.i64_type();
        let count = e.builder.build_load(int, self.count, "")?.into_int_value();
        let waiting = e.count_bits("llvm.ctpop", &[count.into()])?;
        Ok((count, waiting))
    }

    fn trailing_ones(&self, e: &Emitter<'c, '_>, count: IntValue<'c>) -> Emitted<IntValue<'c>> {
        let zeros = e.builder.build_not(count, "")?;
        let never_zero = e.context.bool_type().const_int(1, false);
        e.count_bits("llvm.cttz", &[zeros.into(), never_zero.into()])
    }

    fn get(
        &self,
        e: &Emitter<'c, '_>,
        fold: &Fold,
        slot: IntValue<'c>,
    ) -> Emitted<Vec<Vector<'c>>> {
        let each = fold.state.iter().zip(&self.stack);
        each.map(|(&t, &stack)| e.local_load(stack, t, slot, 1)).collect()
    }

    fn put(
        &self,
        e: &Emitter<'c, '_>,
        fold: &Fold,
        slot: IntValue<'c>,
        state: &[Vector<'c>],
    ) -> Emitted<()> {
        for ((&t, &stack), &value) in fold.state.iter().zip(&self.stack).zip(state) {
            e.local_store(stack, t, slot, value)?;
        }
        Ok(())
    }
}
