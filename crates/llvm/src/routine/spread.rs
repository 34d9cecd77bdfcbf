//! Rounds that run at the same time: each is a call of a function of its own, which finds the
//! variables that it sees as words of memory.

use super::{Held, Writer, emitter, mark, type_of};
use crate::emitter::{Emitted, Emitter};
use inkwell::module::Linkage;
use inkwell::types::StructType;
use inkwell::values::PointerValue;
use inkwell::{AddressSpace, AtomicOrdering, AtomicRMWBinOp};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::mem::offset_of;
use stook_kernel::{Context as Host, Local, Step, Unit};

impl<'c, 'm> Writer<'c, 'm, '_> {
    /// See [`Step::Spread`].
    pub(super) fn spread(&mut self, count: Local, index: Local, body: &[Step]) -> Emitted<()> {
        let mut seen = BTreeSet::new();
        let mut see = |local| {
            seen.insert(local);
        };
        body.iter().for_each(|step| step.locals(&mut see));
        seen.remove(&index);
        let mut written = BTreeSet::new();
        body.iter().for_each(|step| writes(step, &mut written));
        // A temporary that the round writes is the round's own.
        let is_here = |local: &Local| {
            let is_variable = matches!(self.locals.borrow()[local.0 as usize], Held::Memory(_));
            is_variable || !written.contains(local)
        };
        let seen: Vec<Local> = seen.into_iter().filter(is_here).collect();
        let (context, module, target) = (self.e.context, self.e.module, self.e.target);
        let pointer = context.ptr_type(AddressSpace::default());
        let word = context.i64_type();
        let params = [pointer.into(), word.into(), pointer.into()];
        let status = context.struct_type(&[word.into()], false);
        let name = format!("{}.round", self.e.function.get_name().to_string_lossy());
        let kind = inkwell::types::BasicType::fn_type(&status, &params, false);
        let function = module.add_function(&name, kind, Some(Linkage::Internal));
        mark(context, function, target);
        self.round(emitter(context, module, target, function), status, (index, &seen), body)?;

        let words = self.e.local(stook_types::DType::U64, seen.len().max(1) as u32)?;
        for (k, &local) in seen.iter().enumerate() {
            let at = place(&self.e, words, k)?;
            self.e.builder.build_store(at, self.e.number(0))?;
            self.e.store_local(self.routine.locals[local.0 as usize], at, self.get(local)?)?;
        }
        let at = self.e.number(offset_of!(Host, spread) as u64);
        let at = self.e.offset(self.host, at)?;
        let runs = self.e.builder.build_load(self.e.pointer_type(), at, "")?.into_pointer_value();
        let kind =
            word.fn_type(&[pointer.into(), pointer.into(), pointer.into(), word.into()], false);
        let round = function.as_global_value().as_pointer_value();
        let values = [self.host.into(), round.into(), words.into(), self.get(count)?.into()];
        let made = self.e.builder.build_indirect_call(kind, runs, &values, "")?;
        let Some(status) = made.try_as_basic_value().basic() else { return Ok(()) };
        self.leave_if_failed(status.into_int_value())
    }

    /// The function of a round.
    fn round(
        &self,
        e: Emitter<'c, 'm>,
        returned: StructType<'c>,
        (index, seen): (Local, &[Local]),
        body: &[Step],
    ) -> Emitted<()> {
        let given: Vec<_> = e.function.get_param_iter().collect();
        let (words, host) = (given[0].into_pointer_value(), given[2].into_pointer_value());
        let mut own = vec![Held::Nowhere; self.routine.locals.len()];
        for (k, local) in seen.iter().enumerate() {
            let t = self.routine.locals[local.0 as usize];
            let memory = e.builder.build_alloca(type_of(e.context, t), "")?;
            e.builder.build_store(memory, e.load_local(t, place(&e, words, k)?)?)?;
            own[local.0 as usize] = Held::Memory(memory);
        }
        let memory = e.builder.build_alloca(e.context.i64_type(), "")?;
        e.builder.build_store(memory, given[1])?;
        own[index.0 as usize] = Held::Memory(memory);
        let end = e.block("end");
        let mut writer = Writer {
            e,
            routine: self.routine,
            functions: self.functions,
            sets: self.sets,
            formulas: self.formulas,
            locals: RefCell::new(own),
            host,
            returned,
            loops: Vec::new(),
            handlers: Vec::new(),
            end,
            results: Vec::new(),
            is_shared: true,
            is_rare: self.is_rare,
        };
        writer.steps(body)?;
        writer.leave(writer.e.number(0), &[])?;
        writer.e.builder.build_unreachable()?;
        writer.e.builder.position_at_end(end);
        writer.e.builder.build_unreachable()?;
        Ok(())
    }

    /// See [`Step::Count`].
    pub(super) fn count(&self, address: Local, by: i64, into: Local) -> Emitted<()> {
        let (at, by) = (self.pointer(address)?, self.e.number(by as u64));
        let b = &self.e.builder;
        let new = if self.is_shared {
            let order = AtomicOrdering::SequentiallyConsistent;
            b.build_int_add(b.build_atomicrmw(AtomicRMWBinOp::Add, at, by, order)?, by, "")?
        } else {
            let old = b.build_load(self.e.context.i64_type(), at, "")?.into_int_value();
            let new = b.build_int_add(old, by, "")?;
            b.build_store(at, new)?;
            new
        };
        self.put(into, new.into())
    }
}

/// The place of a word.
fn place<'c>(e: &Emitter<'c, '_>, words: PointerValue<'c>, k: usize) -> Emitted<PointerValue<'c>> {
    e.element(words, e.context.i64_type().into(), e.number(k as u64))
}

/// Whether a unit has rounds that run at the same time.
pub(super) fn spreads(unit: &Unit) -> bool {
    unit.routines.iter().any(|routine| routine.body.iter().any(is_spread))
}

/// Adds the locals that a step or one within it writes.
fn writes(step: &Step, written: &mut BTreeSet<Local>) {
    step.operands(&mut |_| (), &mut |local| {
        written.insert(local);
    });
    step.inner().flatten().for_each(|step| writes(step, written));
}

fn is_spread(step: &Step) -> bool {
    matches!(step, Step::Spread { .. }) || step.inner().flatten().any(is_spread)
}
