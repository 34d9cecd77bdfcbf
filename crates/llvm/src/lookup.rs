//! Entries of constant tables.
//!
//! With AVX-512, a table of F64 that fills two registers is held in them, and one permutation finds
//! the entries of all lanes. Every other table lies in memory, and its entries are loaded lane by
//! lane.

use crate::emitter::{Emitted, Emitter, Vector};
use crate::instruction::Values;
use crate::target::Target;
use inkwell::module::Linkage;
use inkwell::types::VectorType;
use inkwell::values::{BasicValueEnum, PointerValue};
use stook_ops::{BinaryOp, Inst, Region, Val};
use stook_types::DType;

/// Entries of a table that two registers hold.
const HELD: usize = 16;

impl<'c> Emitter<'c, '_> {
    /// Entries of a constant table.
    pub(crate) fn lookup(
        &self,
        table: &'static [u64],
        (region, index): (&Region, Val),
        values: &Values<'c>,
        dtype: DType,
        width: u32,
    ) -> Emitted<Vector<'c>> {
        let held = dtype == DType::F64 && table.len() == HELD && 2 * width as usize == HELD;
        if held && self.target == Target::X86_64V4 {
            return self.permuted(table, values.get(unmasked(region, index)));
        }
        self.loaded(table, values.get(index), dtype, width)
    }

    /// Entries of a table that is held in two registers; bits of the index beyond it do not matter.
    fn permuted(&self, table: &'static [u64], index: Vector<'c>) -> Emitted<Vector<'c>> {
        let (low, high) = table.split_at(HELD / 2);
        let register = |entries: &[u64]| {
            let integer = self.context.i64_type();
            let all: Vec<_> = entries.iter().map(|&bits| integer.const_int(bits, false)).collect();
            let lanes = entries.len() as u32;
            self.bitcast(VectorType::const_vector(&all), self.vector_type(DType::F64, lanes))
        };
        let args = [register(low)?.into(), index.into(), register(high)?.into()];
        let made = self.intrinsic("llvm.x86.avx512.vpermi2var.pd.512", &[], &args)?;
        Ok(made.map(BasicValueEnum::into_vector_value).expect("a permutation makes a vector"))
    }

    /// Entries of a table in memory, lane by lane.
    fn loaded(
        &self,
        table: &'static [u64],
        index: Vector<'c>,
        dtype: DType,
        width: u32,
    ) -> Emitted<Vector<'c>> {
        let start = self.table(table, dtype);
        let scalar = self.memory_type(dtype);
        let mut lanes = Vec::with_capacity(width as usize);
        for k in 0..width {
            let at = self.lane(index, k)?.into_int_value();
            let place = self.element(start, scalar, at)?;
            lanes.push(self.builder.build_load(scalar, place, "")?);
        }
        let loaded = self.join(&lanes)?;
        if dtype == DType::Bool { self.truth(loaded) } else { Ok(loaded) }
    }

    fn table(&self, table: &'static [u64], dtype: DType) -> PointerValue<'c> {
        let key = (table.as_ptr() as usize, table.len(), dtype);
        if let Some(&known) = self.tables.borrow().get(&key) {
            return known;
        }
        let integer = self.integer_type(dtype.size());
        let entries: Vec<_> = table.iter().map(|&bits| integer.const_int(bits, false)).collect();
        let entries = integer.const_array(&entries);
        let global = self.module.add_global(entries.get_type(), None, "table");
        global.set_initializer(&entries);
        global.set_constant(true);
        global.set_linkage(Linkage::Private);
        global.set_unnamed_addr(true);
        let pointer = global.as_pointer_value();
        self.tables.borrow_mut().insert(key, pointer);
        pointer
    }
}

/// The index of a table of [`HELD`] entries before bits beyond it are cleared.
fn unmasked(region: &Region, index: Val) -> Val {
    let made_by = |v: Val| &region.insts[v.0 as usize];
    let cleared = match made_by(index) {
        Inst::Bitcast(word) => *word,
        _ => index,
    };
    match made_by(cleared) {
        Inst::Binary(BinaryOp::And, word, mask)
            if *made_by(*mask) == Inst::Const(HELD as u64 - 1) =>
        {
            *word
        }
        _ => index,
    }
}
