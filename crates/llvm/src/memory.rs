//! Elements between memory and registers.
//!
//! An address, an operand and a width enter; an element's scalars leave or are stored. Unit strides
//! move whole vectors, complex numbers by one wide access and a shuffle; other strides go element
//! by element. Nothing is taken to be aligned but the rows of streamed operands (and, on a GPU,
//! each element). Truth values are bytes: any but 0 is true, 0 and 1 are stored.

use crate::emitter::{Emitted, Emitter, Vector, vector_of};
use crate::module::Error;
use crate::target::Target;
use inkwell::IntPredicate;
use inkwell::types::{BasicType, BasicTypeEnum, VectorType};
use inkwell::values::{InstructionOpcode as Llvm, InstructionValue, IntValue, PointerValue};
use stook_kernel::{Access, Operand, Walk};
use stook_types::DType;

/// How far ahead unit strides are prefetched, in bytes. Measured on Zen 1 over 80 MB from memory, one
/// thread: a sum of squares takes 12.3 ms without, 6.5 ms with 768 to 1024; 256 and 4096 help less.
const AHEAD: u64 = 1024;

/// An operand in the row at hand.
#[derive(Clone, Copy)]
pub(crate) struct Place<'c> {
    pub(crate) operand: Operand,
    /// Its first element of the row.
    pub(crate) start: PointerValue<'c>,
    /// Bytes from column to column.
    pub(crate) stride: IntValue<'c>,
}

/// Columns side by side.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'c> {
    pub(crate) first: IntValue<'c>,
    pub(crate) width: u32,
    /// Where not all of them count.
    pub(crate) some: Option<Counting<'c>>,
}

/// Which columns of a vector count; the others do as the last that does, so that nothing comes of
/// them that does not come of it.
#[derive(Clone, Copy)]
pub(crate) struct Counting<'c> {
    pub(crate) mask: Vector<'c>,
    last: IntValue<'c>,
    /// How many count; may exceed the width, where all do, or be negative, where none does.
    count: IntValue<'c>,
}

impl<'c> Columns<'c> {
    /// `width` columns, each of which counts.
    pub(crate) fn all(first: IntValue<'c>, width: u32) -> Self {
        Self { first, width, some: None }
    }
}

impl<'c> Emitter<'c, '_> {
    /// `width` columns from `first` on, of which those before `end` count.
    pub(crate) fn columns_before(
        &self,
        end: IntValue<'c>,
        first: IntValue<'c>,
        width: u32,
    ) -> Emitted<Columns<'c>> {
        let int = self.context.i32_type();
        let count = self.builder.build_int_sub(end, first, "")?;
        let each = self.builder.build_int_truncate(count, int, "")?;
        let each = self.splat(self.wrap(each.into())?, width)?;
        let lanes: Vec<_> = (0..width).map(|k| int.const_int(k.into(), false)).collect();
        let lanes = VectorType::const_vector(&lanes);
        let mask = self.builder.build_int_compare(IntPredicate::SLT, lanes, each, "")?;
        let last = self.builder.build_int_sub(end, self.number(1), "")?;
        Ok(Columns { first, width, some: Some(Counting { mask, last, count }) })
    }

    /// The numbers of some columns, where the row's first has the number `row`.
    pub(crate) fn numbers(&self, row: IntValue<'c>, columns: Columns<'c>) -> Emitted<Vector<'c>> {
        let of = |column| -> Emitted<Vector<'c>> {
            let number = self.builder.build_int_add(row, column, "")?;
            self.splat(self.wrap(number.into())?, columns.width)
        };
        let lanes: Vec<_> = (0..columns.width).map(|k| self.number(k.into())).collect();
        let lanes = VectorType::const_vector(&lanes);
        let numbers = self.binary(Llvm::Add, of(columns.first)?, lanes)?;
        match columns.some {
            None => Ok(numbers),
            Some(counting) => self.call("llvm.smin", &[numbers, of(counting.last)?]),
        }
    }

    /// The scalars of some elements.
    pub(crate) fn load(&self, place: &Place<'c>, columns: Columns<'c>) -> Emitted<Vec<Vector<'c>>> {
        let loaded = match (place.operand.walk, columns.some) {
            (Walk::Fixed, _) => self.load_wide(place, place.start, 1)?,
            (Walk::Unit, None) => {
                let from = self.column(place, columns.first)?;
                if columns.width > 1 {
                    self.prefetch(from)?;
                }
                self.load_wide(place, from, columns.width)?
            }
            (Walk::Unit, Some(counting)) => self.load_some(place, columns, counting)?,
            (Walk::Strided, _) => self.load_apart(place, columns.first, columns.width)?,
        };
        if place.operand.dtype != DType::Bool {
            return Ok(loaded);
        }
        loaded.into_iter().map(|v| self.truth(v)).collect()
    }

    /// Asks for memory that the columns ahead will load; an address past the end is harmless.
    fn prefetch(&self, from: PointerValue<'c>) -> Emitted<()> {
        if matches!(self.target, Target::Nvptx { .. }) {
            return Ok(());
        }
        let ahead = self.element(from, self.context.i8_type().into(), self.number(AHEAD))?;
        let number = |n: u64| self.context.i32_type().const_int(n, false).into();
        let (read, near, data) = (number(0), number(3), number(1));
        let args = [ahead.into(), read, near, data];
        self.intrinsic("llvm.prefetch", &[self.pointer_type()], &args)?;
        Ok(())
    }

    /// Elements side by side.
    fn load_wide(
        &self,
        place: &Place<'c>,
        from: PointerValue<'c>,
        width: u32,
    ) -> Emitted<Vec<Vector<'c>>> {
        let (scalar, parts) = self.scalars(place);
        let wide = vector_of(scalar, width * parts);
        let loaded = self.builder.build_load(wide, from, "")?.into_vector_value();
        if let Some(load) = inkwell::values::BasicValue::as_instruction_value(&loaded) {
            self.align(load, place)?;
        }
        self.parts(loaded, parts)
    }

    /// Elements side by side of which some count.
    fn load_some(
        &self,
        place: &Place<'c>,
        columns: Columns<'c>,
        counting: Counting<'c>,
    ) -> Emitted<Vec<Vector<'c>>> {
        let (scalar, parts) = self.scalars(place);
        let width = columns.width;
        let last = self.load_wide(place, self.column(place, counting.last)?, 1)?;
        let lanes: Vec<_> = last.iter().map(|&v| self.lane(v, 0)).collect::<Emitted<_>>()?;
        let last = self.pick(self.join(&lanes)?, (0..width * parts).map(|k| k % parts))?;
        let from = self.column(place, columns.first)?;
        let mask = self.each_part(counting.mask, parts)?;
        let over = [vector_of(scalar, width * parts).into(), self.pointer_type()];
        let args = [from.into(), mask.into(), last.into()];
        let loaded = self.intrinsic("llvm.masked.load", &over, &args)?;
        let loaded = loaded.ok_or_else(|| Error::Llvm("a load makes nothing".to_owned()))?;
        self.parts(loaded.into_vector_value(), parts)
    }

    /// A mask of elements as one of their scalars.
    fn each_part(&self, mask: Vector<'c>, parts: u32) -> Emitted<Vector<'c>> {
        if parts == 1 {
            return Ok(mask);
        }
        self.pick(mask, (0..mask.get_type().get_size() * parts).map(|k| k / parts))
    }

    /// Scalars of elements side by side, part by part.
    fn parts(&self, wide: Vector<'c>, parts: u32) -> Emitted<Vec<Vector<'c>>> {
        if parts == 1 {
            return Ok(vec![wide]);
        }
        let width = wide.get_type().get_size() / parts;
        (0..parts).map(|part| self.pick(wide, (0..width).map(|k| parts * k + part))).collect()
    }

    /// Elements one by one.
    fn load_apart(
        &self,
        place: &Place<'c>,
        column: IntValue<'c>,
        width: u32,
    ) -> Emitted<Vec<Vector<'c>>> {
        let (scalar, parts) = self.scalars(place);
        let mut found = vec![Vec::new(); parts as usize];
        for at in self.addresses(place, column, width)? {
            for (part, lanes) in found.iter_mut().enumerate() {
                let from = self.element(at, scalar, self.number(part as u64))?;
                let loaded = self.builder.build_load(scalar, from, "")?;
                if let Some(load) = inkwell::values::BasicValue::as_instruction_value(&loaded) {
                    self.align(load, place)?;
                }
                lanes.push(loaded);
            }
        }
        found.iter().map(|lanes| self.join(lanes)).collect()
    }

    /// Stores the scalars of some elements.
    pub(crate) fn store(
        &self,
        place: &Place<'c>,
        columns: Columns<'c>,
        values: &[Vector<'c>],
    ) -> Emitted<()> {
        let width = columns.width;
        let values = match place.operand.dtype {
            DType::Bool => {
                vec![self.cast(Llvm::ZExt, values[0], self.vector_type(DType::U8, width))?]
            }
            _ => values.to_vec(),
        };
        match (place.operand.walk, columns.some) {
            (Walk::Fixed, _) => self.store_wide(place, place.start, &values),
            (Walk::Unit, None) => {
                self.store_wide(place, self.column(place, columns.first)?, &values)
            }
            (Walk::Unit, Some(counting)) => self.store_some(place, columns, counting, &values),
            (Walk::Strided, _) => self.store_apart(place, columns.first, &values),
        }
    }

    fn store_some(
        &self,
        place: &Place<'c>,
        columns: Columns<'c>,
        counting: Counting<'c>,
        values: &[Vector<'c>],
    ) -> Emitted<()> {
        let wide = self.interleave(values)?;
        let parts = values.len() as u32;
        let to = self.column(place, columns.first)?;
        if self.target == Target::X86_64V3 {
            let scalars =
                self.builder.build_int_mul(counting.count, self.number(parts.into()), "")?;
            return self.store_first(to, wide, scalars);
        }
        let mask = self.each_part(counting.mask, parts)?;
        let over = [wide.get_type().into(), self.pointer_type()];
        self.intrinsic("llvm.masked.store", &over, &[wide.into(), to.into(), mask.into()])?;
        Ok(())
    }

    /// Stores the first `count` lanes, in halves: the lower half if it counts whole, and so on with
    /// what is left, down to one lane. A masked store of AVX2 is 42 instructions of microcode on Zen 1
    /// to 3, and scalars of one and two bytes have none.
    fn store_first(
        &self,
        mut to: PointerValue<'c>,
        mut wide: Vector<'c>,
        mut count: IntValue<'c>,
    ) -> Emitted<()> {
        let scalar = wide.get_type().get_element_type();
        loop {
            let width = wide.get_type().get_size();
            let half = (width / 2).max(1);
            let [low, high] = [self.pick(wide, 0..half)?, self.pick(wide, width - half..width)?];
            let size = self.number(half.into());
            let counts = self.builder.build_int_compare(IntPredicate::SGE, count, size, "")?;
            let (before, whole, left) = (self.here()?, self.block("whole"), self.block("left"));
            self.builder.build_conditional_branch(counts, whole, left)?;
            self.builder.position_at_end(whole);
            let store = self.builder.build_store(to, low)?;
            store.set_alignment(1).map_err(Error::llvm)?;
            let next = self.element(to, scalar, size)?;
            let fewer = self.builder.build_int_sub(count, size, "")?;
            self.builder.build_unconditional_branch(left)?;
            self.builder.position_at_end(left);
            if width == 1 {
                return Ok(());
            }
            wide = self.meet(&[(&[low], before), (&[high], whole)])?[0];
            let meeting = self.builder.build_phi(self.pointer_type(), "")?;
            meeting.add_incoming(&[(&to, before), (&next, whole)]);
            to = meeting.as_basic_value().into_pointer_value();
            let meeting = self.builder.build_phi(count.get_type(), "")?;
            meeting.add_incoming(&[(&count, before), (&fewer, whole)]);
            count = meeting.as_basic_value().into_int_value();
        }
    }

    /// The scalars of elements, element by element.
    fn interleave(&self, values: &[Vector<'c>]) -> Emitted<Vector<'c>> {
        let width = values[0].get_type().get_size();
        match values {
            [re, im] => self.shuffle(*re, *im, (0..2 * width).map(|k| k % 2 * width + k / 2)),
            _ => Ok(values[0]),
        }
    }

    fn store_wide(
        &self,
        place: &Place<'c>,
        to: PointerValue<'c>,
        values: &[Vector<'c>],
    ) -> Emitted<()> {
        let width = values[0].get_type().get_size();
        let store = self.builder.build_store(to, self.interleave(values)?)?;
        if place.operand.access != Access::Stream || width == 1 {
            return self.align(store, place);
        }
        let bytes = width * place.operand.dtype.size() as u32;
        store.set_alignment(bytes.min(64)).map_err(Error::llvm)?;
        let one = self.context.i32_type().const_int(1, false);
        let node = self.context.metadata_node(&[one.into()]);
        store.set_metadata(node, self.context.get_kind_id("nontemporal")).map_err(Error::llvm)
    }

    fn store_apart(
        &self,
        place: &Place<'c>,
        column: IntValue<'c>,
        values: &[Vector<'c>],
    ) -> Emitted<()> {
        let (scalar, _) = self.scalars(place);
        let width = values[0].get_type().get_size();
        for (k, at) in self.addresses(place, column, width)?.into_iter().enumerate() {
            for (part, &value) in values.iter().enumerate() {
                let to = self.element(at, scalar, self.number(part as u64))?;
                let store = self.builder.build_store(to, self.lane(value, k as u32)?)?;
                self.align(store, place)?;
            }
        }
        Ok(())
    }

    /// The addresses of `width` elements, each from the one before.
    fn addresses(
        &self,
        place: &Place<'c>,
        column: IntValue<'c>,
        width: u32,
    ) -> Emitted<Vec<PointerValue<'c>>> {
        let skipped = self.builder.build_int_mul(column, place.stride, "")?;
        let mut at = self.offset(place.start, skipped)?;
        let mut all = vec![at];
        for _ in 1..width {
            at = self.offset(at, place.stride)?;
            all.push(at);
        }
        Ok(all)
    }

    /// The address of a column of unit stride.
    fn column(&self, place: &Place<'c>, column: IntValue<'c>) -> Emitted<PointerValue<'c>> {
        let (scalar, parts) = self.scalars(place);
        self.element(place.start, BasicType::array_type(&scalar, parts).into(), column)
    }

    /// The type of an element's scalars in memory, and their number.
    fn scalars(&self, place: &Place<'c>) -> (BasicTypeEnum<'c>, u32) {
        let dtype = place.operand.dtype;
        (self.memory_type(dtype.real()), dtype.parts() as u32)
    }

    fn align(&self, access: InstructionValue<'c>, place: &Place<'c>) -> Emitted<()> {
        let size = place.operand.dtype.real().size() as u32;
        access.set_alignment(if self.target.is_gpu() { size } else { 1 }).map_err(Error::llvm)
    }
}
