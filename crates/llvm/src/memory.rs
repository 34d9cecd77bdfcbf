//! Elements between memory and registers.
//!
//! An address, an operand and a width enter; an element's scalars leave or are stored. Unit strides
//! move whole vectors, complex numbers by one wide access and a shuffle; other strides go element
//! by element. Nothing is taken to be aligned but the rows of streamed operands (and, on a GPU,
//! each element). Truth values are bytes: any but 0 is true, 0 and 1 are stored.

use crate::emitter::{Emitted, Emitter, Vector, vector_of};
use crate::module::Error;
use crate::target::Target;
use inkwell::types::BasicTypeEnum;
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
    /// Where the offsets of a placed operand begin, and bytes from one to the next.
    pub(crate) placed: Option<(PointerValue<'c>, IntValue<'c>)>,
}

impl<'c> Emitter<'c, '_> {
    /// The scalars of `width` elements from `column` on.
    pub(crate) fn load(
        &self,
        place: &Place<'c>,
        column: IntValue<'c>,
        width: u32,
    ) -> Emitted<Vec<Vector<'c>>> {
        let loaded = match place.operand.walk {
            Walk::Fixed => self.load_wide(place, place.start, 1)?,
            Walk::Unit => {
                let from = self.element(place.start, self.array_of(place, 1), column)?;
                if width > 1 {
                    self.prefetch(from)?;
                }
                self.load_wide(place, from, width)?
            }
            Walk::Strided => self.load_apart(place, column, width)?,
            Walk::Placed(_) => self.load_wide(place, self.placed(place, column)?, 1)?,
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
        if parts == 1 {
            return Ok(vec![loaded]);
        }
        (0..parts).map(|part| self.pick(loaded, (0..width).map(|k| parts * k + part))).collect()
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

    /// Stores the scalars of `width` elements from `column` on.
    pub(crate) fn store(
        &self,
        place: &Place<'c>,
        column: IntValue<'c>,
        values: &[Vector<'c>],
    ) -> Emitted<()> {
        let width = values[0].get_type().get_size();
        let values = match place.operand.dtype {
            DType::Bool => {
                vec![self.cast(Llvm::ZExt, values[0], self.vector_type(DType::U8, width))?]
            }
            _ => values.to_vec(),
        };
        match place.operand.walk {
            Walk::Fixed => self.store_wide(place, place.start, &values),
            Walk::Unit => {
                let to = self.element(place.start, self.array_of(place, 1), column)?;
                self.store_wide(place, to, &values)
            }
            Walk::Strided => self.store_apart(place, column, &values),
            Walk::Placed(_) => self.store_wide(place, self.placed(place, column)?, &values),
        }
    }

    /// Where the column of a placed operand lies.
    fn placed(&self, place: &Place<'c>, column: IntValue<'c>) -> Emitted<PointerValue<'c>> {
        let (offsets, stride) = place.placed.expect("made with the places of a row");
        let skipped = self.builder.build_int_mul(column, stride, "")?;
        let from = self.offset(offsets, skipped)?;
        let offset = self.builder.build_load(self.context.i64_type(), from, "")?;
        self.offset(place.start, offset.into_int_value())
    }

    fn store_wide(
        &self,
        place: &Place<'c>,
        to: PointerValue<'c>,
        values: &[Vector<'c>],
    ) -> Emitted<()> {
        let width = values[0].get_type().get_size();
        let wide = match values {
            [re, im] => self.shuffle(*re, *im, (0..2 * width).map(|k| k % 2 * width + k / 2))?,
            _ => values[0],
        };
        let store = self.builder.build_store(to, wide)?;
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

    /// The type of an element's scalars in memory, and their number.
    fn scalars(&self, place: &Place<'c>) -> (BasicTypeEnum<'c>, u32) {
        let dtype = place.operand.dtype;
        (self.memory_type(dtype.real()), dtype.parts() as u32)
    }

    fn array_of(&self, place: &Place<'c>, elements: u32) -> BasicTypeEnum<'c> {
        let (scalar, parts) = self.scalars(place);
        inkwell::types::BasicType::array_type(&scalar, elements * parts).into()
    }

    fn align(&self, access: InstructionValue<'c>, place: &Place<'c>) -> Emitted<()> {
        let size = place.operand.dtype.real().size() as u32;
        access.set_alignment(if self.target.is_gpu() { size } else { 1 }).map_err(Error::llvm)
    }
}
