//! Folds over a row: lanes, chunks, running states.
//!
//! A chunk's lanes are vectors that a loop carries in registers; between loops they lie in the
//! function's own memory, where the columns left over after the last whole vector reach them one by
//! one. At a chunk's end they are merged in halves and go to the [`Cascade`].

use crate::cascade::Cascade;
use crate::emitter::{Emitted, Emitter, Vector};
use crate::module::Error;
use inkwell::IntPredicate;
use inkwell::values::{
    BasicMetadataValueEnum, BasicValue, InstructionOpcode as Llvm, IntValue, PointerValue,
};
use stook_ops::{Fold, Region};
use stook_types::DType;

/// A reduction of a phase.
pub(crate) struct Reduction<'k, 'c> {
    pub(crate) fold: &'k Fold,
    /// The results that make an element.
    pub(crate) values: &'k [usize],
    /// The first row value it leaves.
    pub(crate) into: usize,
    /// An array of lanes for each scalar of the state.
    lanes: Vec<PointerValue<'c>>,
    pub(crate) cascade: Cascade<'c>,
}

impl<'k, 'c> Reduction<'k, 'c> {
    /// Memory for a reduction.
    pub(crate) fn new(
        e: &Emitter<'c, '_>,
        fold: &'k Fold,
        values: &'k [usize],
        into: usize,
    ) -> Emitted<Self> {
        let count = fold.lanes() as u32;
        let lanes = fold.state.iter().map(|&t| e.local(t, count)).collect::<Emitted<_>>()?;
        Ok(Self { fold, values, into, lanes, cascade: Cascade::new(e, fold)? })
    }

    /// Begins a row.
    pub(crate) fn clear(&self, e: &Emitter<'c, '_>, width: u32) -> Emitted<()> {
        self.start_lanes(e, width)?;
        self.cascade.clear(e, self.fold)
    }

    fn start_lanes(&self, e: &Emitter<'c, '_>, width: u32) -> Emitted<()> {
        let start = e.start(self.fold, width)?;
        let all: Vec<_> = (0..self.vectors(width)).flat_map(|_| start.clone()).collect();
        self.put(e, &all, width)
    }

    /// Vectors that make up the lanes of one scalar.
    pub(crate) fn vectors(&self, width: u32) -> usize {
        self.fold.lanes() / width as usize
    }

    /// All lanes from memory: the state of the first vector of lanes, of the second and so on.
    pub(crate) fn get(&self, e: &Emitter<'c, '_>, width: u32) -> Emitted<Vec<Vector<'c>>> {
        let mut all = Vec::new();
        for k in 0..self.vectors(width) {
            all.extend(self.load(e, e.number(k as u64 * u64::from(width)), width)?);
        }
        Ok(all)
    }

    /// All lanes to memory.
    pub(crate) fn put(&self, e: &Emitter<'c, '_>, all: &[Vector<'c>], width: u32) -> Emitted<()> {
        for (k, state) in all.chunks(self.fold.state.len()).enumerate() {
            self.save(e, e.number(k as u64 * u64::from(width)), state)?;
        }
        Ok(())
    }

    fn load(
        &self,
        e: &Emitter<'c, '_>,
        lane: IntValue<'c>,
        width: u32,
    ) -> Emitted<Vec<Vector<'c>>> {
        let each = self.fold.state.iter().zip(&self.lanes);
        each.map(|(&t, &lanes)| e.local_load(lanes, t, lane, width)).collect()
    }

    fn save(&self, e: &Emitter<'c, '_>, lane: IntValue<'c>, state: &[Vector<'c>]) -> Emitted<()> {
        for ((&t, &lanes), &value) in self.fold.state.iter().zip(&self.lanes).zip(state) {
            e.local_store(lanes, t, lane, value)?;
        }
        Ok(())
    }

    /// The state after one more element in each lane.
    pub(crate) fn step(
        &self,
        e: &Emitter<'c, '_>,
        state: &[Vector<'c>],
        results: &[Vector<'c>],
        width: u32,
    ) -> Emitted<Vec<Vector<'c>>> {
        let element = self.values.iter().map(|&k| results[k]);
        let args: Vec<Vector> = state.iter().copied().chain(element).collect();
        e.region(&self.fold.step, &args, width)
    }

    /// One element into the lane of its column, in memory.
    pub(crate) fn step_one(
        &self,
        e: &Emitter<'c, '_>,
        column: IntValue<'c>,
        results: &[Vector<'c>],
    ) -> Emitted<()> {
        let last = e.number(self.fold.lanes() as u64 - 1);
        let lane = e.builder.build_and(column, last, "")?;
        let state = self.load(e, lane, 1)?;
        let state = self.step(e, &state, results, 1)?;
        self.save(e, lane, &state)
    }

    /// Closes the chunk that ends before column `end`, if one does, and begins the next.
    pub(crate) fn close(
        &self,
        e: &Emitter<'c, '_>,
        end: IntValue<'c>,
        columns: IntValue<'c>,
        block: usize,
        width: u32,
    ) -> Emitted<()> {
        if self.fold.chunk() == block {
            return self.close_chunk(e, width);
        }
        let (close, next) = (e.block("close"), e.block("next"));
        let mask = e.number(self.fold.chunk() as u64 - 1);
        let within = e.builder.build_and(end, mask, "")?;
        let whole = e.builder.build_int_compare(IntPredicate::EQ, within, e.number(0), "")?;
        let last = e.builder.build_int_compare(IntPredicate::EQ, end, columns, "")?;
        let closes = e.builder.build_or(whole, last, "")?;
        e.builder.build_conditional_branch(closes, close, next)?;
        e.builder.position_at_end(close);
        self.close_chunk(e, width)?;
        e.builder.build_unconditional_branch(next)?;
        e.builder.position_at_end(next);
        Ok(())
    }

    fn close_chunk(&self, e: &Emitter<'c, '_>, mut width: u32) -> Emitted<()> {
        let merge = &self.fold.merge;
        let mut all = self.get(e, width)?;
        self.start_lanes(e, width)?;
        let scalars = self.fold.state.len();
        while all.len() > scalars {
            let upper = all.split_off(all.len() / 2);
            let pairs = all.chunks(scalars).zip(upper.chunks(scalars));
            let merged: Emitted<Vec<_>> =
                pairs.map(|(a, b)| e.region(merge, &[a, b].concat(), width)).collect();
            all = merged?.concat();
        }
        while width > 1 {
            width /= 2;
            let low = all.iter().map(|&v| e.pick(v, 0..width));
            let high = all.iter().map(|&v| e.pick(v, width..2 * width));
            let args = low.chain(high).collect::<Emitted<Vec<_>>>()?;
            all = e.region(merge, &args, width)?;
        }
        self.cascade.push(e, self.fold, &all)
    }
}

impl<'c> Emitter<'c, '_> {
    /// A fold's start in every lane.
    pub(crate) fn start(&self, fold: &Fold, width: u32) -> Emitted<Vec<Vector<'c>>> {
        let each = fold.state.iter().zip(&fold.start);
        each.map(|(&t, &bits)| self.constant(t, bits, width)).collect()
    }

    /// Results after each of `width` elements that follow each other, from that of a number on;
    /// `state` becomes the last. The element of number 0 is its own result.
    pub(crate) fn scan(
        &self,
        step: &Region,
        state: &mut Vec<Vector<'c>>,
        elements: &[Vector<'c>],
        (number, width): (IntValue<'c>, u32),
    ) -> Emitted<Vec<Vector<'c>>> {
        let zero = self.number(0);
        let first = self.builder.build_int_compare(IntPredicate::EQ, number, zero, "")?;
        let mut seen = vec![Vec::new(); elements.len()];
        for k in 0..width {
            let own: Emitted<Vec<_>> = elements.iter().map(|&v| self.pick(v, k..k + 1)).collect();
            let own = own?;
            *state = self.region(step, &[&state[..], &own].concat(), 1)?;
            if k == 0 {
                for (state, &own) in state.iter_mut().zip(&own) {
                    let chosen = self.builder.build_select(first, own, *state, "")?;
                    *state = chosen.into_vector_value();
                }
            }
            for (seen, &v) in seen.iter_mut().zip(state.iter()) {
                seen.push(self.lane(v, 0)?);
            }
        }
        seen.iter().map(|lanes| self.join(lanes)).collect()
    }

    /// Whole states, `width` of them that follow each other, into a cascade.
    pub(crate) fn merge_states(
        &self,
        fold: &Fold,
        cascade: &Cascade<'c>,
        states: &[Vector<'c>],
        shelf: &[PointerValue<'c>],
        width: u32,
    ) -> Emitted<()> {
        if width == 1 {
            return cascade.push(self, fold, states);
        }
        for ((&t, &shelf), &v) in fold.state.iter().zip(shelf).zip(states) {
            self.local_store(shelf, t, self.number(0), v)?;
        }
        let rounds = (self.number(0), self.number(width.into()), self.number(1));
        self.repeat(rounds, &[], |k, _| {
            let each = fold.state.iter().zip(shelf);
            let state: Emitted<Vec<_>> =
                each.map(|(&t, &shelf)| self.local_load(shelf, t, k, 1)).collect();
            cascade.push(self, fold, &state?)?;
            Ok(Vec::new())
        })?;
        Ok(())
    }

    /// Scalars from the function's own memory; truth values lie there as bytes.
    pub(crate) fn local_load(
        &self,
        array: PointerValue<'c>,
        dtype: DType,
        index: IntValue<'c>,
        width: u32,
    ) -> Emitted<Vector<'c>> {
        let scalar = self.memory_type(dtype);
        let from = self.element(array, scalar, index)?;
        let wide = crate::emitter::vector_of(scalar, width);
        let loaded = self.builder.build_load(wide, from, "")?.into_vector_value();
        if let Some(load) = loaded.as_instruction_value() {
            let bytes = width * dtype.size() as u32;
            load.set_alignment(bytes).map_err(Error::llvm)?;
        }
        if dtype == DType::Bool { self.truth(loaded) } else { Ok(loaded) }
    }

    /// Scalars to the function's own memory.
    pub(crate) fn local_store(
        &self,
        array: PointerValue<'c>,
        dtype: DType,
        index: IntValue<'c>,
        value: Vector<'c>,
    ) -> Emitted<()> {
        let width = value.get_type().get_size();
        let to = self.element(array, self.memory_type(dtype), index)?;
        let value = match dtype {
            DType::Bool => self.cast(Llvm::ZExt, value, self.vector_type(DType::U8, width))?,
            _ => value,
        };
        let store = self.builder.build_store(to, value)?;
        store.set_alignment(width * dtype.size() as u32).map_err(Error::llvm)
    }

    /// An intrinsic that counts the bits of a number.
    pub(crate) fn count_bits(
        &self,
        name: &str,
        args: &[BasicMetadataValueEnum<'c>],
    ) -> Emitted<IntValue<'c>> {
        let made = self.intrinsic(name, &[self.context.i64_type().into()], args)?;
        made.map(|v| v.into_int_value()).ok_or_else(|| Error::Llvm(format!("{name} makes nothing")))
    }
}
