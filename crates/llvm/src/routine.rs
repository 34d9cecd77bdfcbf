//! Routines: programs with branches, loops, memory and calls.
//!
//! A verified [`Unit`] enters; functions of a module leave: one for each routine, which nobody
//! outside can call, and the entry with the arguments of [`stook_kernel::UnitFn`]. A local is memory
//! of the function, which LLVM's first passes turn into registers, or, where it is written once, the
//! value itself. A routine returns its status (0,
//! or 1 more than a failure's site) and its results as one value.

mod failures;
mod formulas;
mod loops;
mod native;
mod spread;
mod temporaries;

pub(crate) use formulas::Formulas;

use crate::emitter::{Emitted, Emitter, vector_of};
use crate::module::Error;
use crate::target::Target;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::basic_block::BasicBlock;
use inkwell::context::Context;
use inkwell::module::{Linkage, Module};
use inkwell::types::{BasicType, BasicTypeEnum, StructType};
use inkwell::values::{
    AsValueRef, BasicValue, BasicValueEnum, FunctionValue, InstructionValue, IntValue, PointerValue,
};
use inkwell::{AddressSpace, IntPredicate};
use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::offset_of;
use stook_kernel::{
    Caught, Context as Host, Local, Place, Routine, Service, Step, Stride, Type, Unit,
};
use stook_ops::Region;
use stook_types::DType;

/// Adds the functions of a unit to a module; the entry is called `name`. The formulas that are
/// functions leave.
pub(crate) fn emit<'c>(
    context: &'c Context,
    module: &Module<'c>,
    target: Target,
    name: &str,
    unit: &Unit,
) -> Emitted<Formulas<'c>> {
    let formulas = Formulas::default();
    let numbered = unit.routines.iter().enumerate();
    let functions: Vec<_> =
        numbered.map(|(k, routine)| declare(context, module, target, (k, routine))).collect();
    for (routine, &function) in unit.routines.iter().zip(&functions) {
        let e = emitter(context, module, target, function);
        let spreads = spread::spreads(unit);
        Writer::new(e, routine, (&functions, unit), &formulas, spreads)?.write()?;
    }
    if unit.native {
        native::entry(context, module, target, name, &unit.routines[0], functions[0])?;
    }
    entry(context, module, target, name, &unit.routines[0], functions[0])?;
    Ok(formulas)
}

fn emitter<'c, 'm>(
    context: &'c Context,
    module: &'m Module<'c>,
    target: Target,
    function: FunctionValue<'c>,
) -> Emitter<'c, 'm> {
    let builder = context.create_builder();
    builder.position_at_end(context.append_basic_block(function, "entry"));
    Emitter { context, module, builder, target, function, tables: RefCell::new(HashMap::new()) }
}

/// The type of a local in registers.
fn type_of<'c>(context: &'c Context, t: Type) -> BasicTypeEnum<'c> {
    match t {
        Type::Address => context.ptr_type(AddressSpace::default()).into(),
        Type::Scalar(dtype) => match dtype {
            DType::Bool => context.bool_type().into(),
            DType::F16 => context.f16_type().into(),
            DType::F32 => context.f32_type().into(),
            DType::F64 => context.f64_type().into(),
            integer => match integer.size() {
                1 => context.i8_type().into(),
                2 => context.i16_type().into(),
                4 => context.i32_type().into(),
                _ => context.i64_type().into(),
            },
        },
    }
}

/// Status and results.
fn returned<'c>(context: &'c Context, routine: &Routine) -> StructType<'c> {
    let results = routine.results.iter().map(|&t| type_of(context, t));
    let all: Vec<_> = std::iter::once(context.i64_type().into()).chain(results).collect();
    context.struct_type(&all, false)
}

fn declare<'c>(
    context: &'c Context,
    module: &Module<'c>,
    target: Target,
    (number, routine): (usize, &Routine),
) -> FunctionValue<'c> {
    let params = routine.locals[..routine.params].iter().map(|&t| type_of(context, t));
    let host = std::iter::once(type_of(context, Type::Address));
    let params: Vec<_> = params.chain(host).map(Into::into).collect();
    let kind = returned(context, routine).fn_type(&params, false);
    // A name of its own: the user's may be that of the entry, or of a function that LLVM knows. The
    // number tells whoever loads it which one it is.
    let name = format!("routine.{number}.{}", routine.name);
    let function = module.add_function(&name, kind, Some(Linkage::Internal));
    mark(context, function, target);
    function
}

fn mark<'c>(context: &'c Context, function: FunctionValue<'c>, target: Target) {
    let nounwind = Attribute::get_named_enum_kind_id("nounwind");
    function.add_attribute(AttributeLoc::Function, context.create_enum_attribute(nounwind, 0));
    let cpu = context.create_string_attribute("target-cpu", &target.cpu());
    function.add_attribute(AttributeLoc::Function, cpu);
}

/// The function that is called from outside: from memory to arguments, from results to memory.
fn entry<'c>(
    context: &'c Context,
    module: &Module<'c>,
    target: Target,
    name: &str,
    routine: &Routine,
    called: FunctionValue<'c>,
) -> Emitted<()> {
    let pointer = context.ptr_type(AddressSpace::default());
    let kind = context.i64_type().fn_type(&[pointer.into(); 3], false);
    let function = module.add_function(name, kind, None);
    mark(context, function, target);
    let e = emitter(context, module, target, function);
    let given: Vec<PointerValue> =
        function.get_param_iter().map(BasicValueEnum::into_pointer_value).collect();
    let &[args, results, host] = &given[..] else {
        return Err(Error::Llvm("an entry without its arguments".to_owned()));
    };
    let word = |array, k: usize| e.element(array, e.context.i64_type().into(), e.number(k as u64));
    let mut values = Vec::new();
    for (k, &t) in routine.locals[..routine.params].iter().enumerate() {
        values.push(e.load_local(t, word(args, k)?)?.into());
    }
    values.push(host.into());
    let call = e.builder.build_call(called, &values, "")?;
    // Within this function, LLVM would go through the routine a second time.
    let apart = Attribute::get_named_enum_kind_id("noinline");
    call.add_attribute(AttributeLoc::Function, context.create_enum_attribute(apart, 0));
    let made = call.try_as_basic_value().basic();
    let made = made.ok_or_else(|| Error::Llvm("a routine makes nothing".to_owned()))?;
    let made = made.into_struct_value();
    for (k, &t) in routine.results.iter().enumerate() {
        let value = e.builder.build_extract_value(made, k as u32 + 1, "")?;
        e.store_local(t, word(results, k)?, value)?;
    }
    let status = e.builder.build_extract_value(made, 0, "")?;
    e.builder.build_return(Some(&status))?;
    Ok(())
}

impl<'c> Emitter<'c, '_> {
    /// A value from memory of our own, where a bool is a byte.
    fn load_local(&self, t: Type, from: PointerValue<'c>) -> Emitted<BasicValueEnum<'c>> {
        match t {
            Type::Address => Ok(self.builder.build_load(self.pointer_type(), from, "")?),
            Type::Scalar(dtype) => {
                let value = self.builder.build_load(self.memory_type(dtype), from, "")?;
                self.register_of(dtype, value)
            }
        }
    }

    fn store_local(
        &self,
        t: Type,
        into: PointerValue<'c>,
        value: BasicValueEnum<'c>,
    ) -> Emitted<InstructionValue<'c>> {
        let value = match t {
            Type::Scalar(DType::Bool) => self.byte_of(value)?,
            _ => value,
        };
        Ok(self.builder.build_store(into, value)?)
    }

    fn register_of(&self, dtype: DType, value: BasicValueEnum<'c>) -> Emitted<BasicValueEnum<'c>> {
        if dtype != DType::Bool {
            return Ok(value);
        }
        let (byte, zero) = (value.into_int_value(), self.context.i8_type().const_zero());
        Ok(self.builder.build_int_compare(IntPredicate::NE, byte, zero, "")?.into())
    }

    fn byte_of(&self, value: BasicValueEnum<'c>) -> Emitted<BasicValueEnum<'c>> {
        let byte = self.context.i8_type();
        Ok(self.builder.build_int_z_extend(value.into_int_value(), byte, "")?.into())
    }
}

/// Where a local's value is.
#[derive(Clone, Copy)]
enum Held<'c> {
    /// A temporary's, which has not been written yet.
    Nowhere,
    /// A temporary's.
    Value(BasicValueEnum<'c>),
    /// A variable's.
    Memory(PointerValue<'c>),
}

/// A routine that is being written.
struct Writer<'c, 'm, 'a> {
    e: Emitter<'c, 'm>,
    routine: &'a Routine,
    functions: &'a [FunctionValue<'c>],
    sets: &'a [Vec<u32>],
    formulas: &'a Formulas<'c>,
    locals: RefCell<Vec<Held<'c>>>,
    host: PointerValue<'c>,
    returned: StructType<'c>,
    /// Where `break` and `continue` go, innermost loop last.
    loops: Vec<(BasicBlock<'c>, BasicBlock<'c>)>,
    /// Where failures go that are taken, and their variables, innermost try last.
    handlers: Vec<(BasicBlock<'c>, Caught)>,
    /// Where returns go, and what they return until then.
    end: BasicBlock<'c>,
    results: Vec<PointerValue<'c>>,
    /// Whether other threads may count what this one does.
    is_shared: bool,
    /// Whether what is being written hardly ever runs.
    is_rare: bool,
}

impl<'c, 'm, 'a> Writer<'c, 'm, 'a> {
    fn new(
        e: Emitter<'c, 'm>,
        routine: &'a Routine,
        (functions, unit): (&'a [FunctionValue<'c>], &'a Unit),
        formulas: &'a Formulas<'c>,
        is_shared: bool,
    ) -> Emitted<Self> {
        let params: Vec<_> = e.function.get_param_iter().collect();
        let host = params[routine.params].into_pointer_value();
        let temporaries = temporaries::temporaries(routine);
        let mut locals = Vec::with_capacity(routine.locals.len());
        for (k, (&t, is_temporary)) in routine.locals.iter().zip(temporaries).enumerate() {
            let begins = (k < routine.params).then(|| params[k]);
            locals.push(match (is_temporary, begins) {
                (true, Some(value)) => Held::Value(value),
                (true, None) => Held::Nowhere,
                (false, _) => {
                    let kind = type_of(e.context, t);
                    let memory = e.builder.build_alloca(kind, "")?;
                    e.builder.build_store(memory, begins.unwrap_or_else(|| kind.const_zero()))?;
                    Held::Memory(memory)
                }
            });
        }
        let locals = RefCell::new(locals);
        let mut results = Vec::with_capacity(routine.results.len());
        for &t in &routine.results {
            results.push(e.builder.build_alloca(type_of(e.context, t), "")?);
        }
        let (returned, end) = (returned(e.context, routine), e.block("end"));
        Ok(Self {
            e,
            routine,
            functions,
            sets: &unit.sets,
            formulas,
            locals,
            host,
            returned,
            loops: Vec::new(),
            handlers: Vec::new(),
            end,
            results,
            is_shared,
            is_rare: false,
        })
    }

    fn write(&mut self) -> Emitted<()> {
        let routine = self.routine;
        self.steps(&routine.body)?;
        self.e.builder.build_unreachable()?;
        self.e.builder.position_at_end(self.end);
        self.steps(&routine.cleanup)?;
        let mut values = Vec::with_capacity(routine.results.len());
        for (&t, &result) in routine.results.iter().zip(&self.results) {
            values.push(self.e.builder.build_load(type_of(self.e.context, t), result, "")?);
        }
        self.leave(self.e.number(0), &values)?;
        self.e.builder.build_unreachable()?;
        Ok(())
    }

    fn steps(&mut self, steps: &[Step]) -> Emitted<()> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Emitted<()> {
        match step {
            Step::Compute { body, args, into, fast } => self.compute(body, args, into, *fast),
            Step::Move { from, into } => self.put(*into, self.get(*from)?),
            Step::Advance { base, bytes, into } => {
                let (base, bytes) = (self.pointer(*base)?, self.number(*bytes)?);
                self.put(*into, self.within(base, bytes)?.into())
            }
            Step::Present { address, into } => {
                let there = self.e.builder.build_is_not_null(self.pointer(*address)?, "")?;
                self.put(*into, there.into())
            }
            Step::Assume { condition } => {
                let holds = self.get(*condition)?.into();
                self.e.intrinsic("llvm.assume", &[], &[holds]).map(|_| ())
            }
            Step::Load { place, into } => {
                let t = self.routine.locals[into.0 as usize];
                let kind = match t {
                    Type::Address => self.e.pointer_type(),
                    Type::Scalar(dtype) => self.e.memory_type(dtype),
                };
                let value = self.e.builder.build_load(kind, self.address(place)?, "")?;
                unaligned(value.as_instruction_value())?;
                self.put(*into, self.e.register_of(place.dtype, value)?)
            }
            Step::Store { place, value: value_of } => {
                let (address, value) = (self.address(place)?, self.get(*value_of)?);
                let t = self.routine.locals[value_of.0 as usize];
                let stored = self.e.store_local(t, address, value)?;
                unaligned(Some(stored))
            }
            Step::If { condition, then, otherwise } => self.branch(*condition, then, otherwise),
            Step::Loop { body, next } => self.rounds(body, next),
            Step::Spread { count, index, body } => self.spread(*count, *index, body),
            Step::Count { address, by, into } => self.count(*address, *by, *into),
            Step::Break => self.jump(|(after, _)| *after),
            Step::Continue => self.jump(|(_, next)| *next),
            Step::Call { routine, args, into } => self.call(*routine, args, into),
            Step::Symbol { number, into } => self.symbol(*number, *into),
            Step::Native { address, args, into } => self.native(*address, args, into),
            Step::Ask { service, args, into } => self.ask(*service, args, into),
            Step::Return(values) => {
                for (&value, &result) in values.iter().zip(&self.results) {
                    self.e.builder.build_store(result, self.get(value)?)?;
                }
                self.e.builder.build_unconditional_branch(self.end)?;
                self.unreachable();
                Ok(())
            }
            Step::Fail { site, values } => self.fail(*site, values),
            Step::Rethrow(caught) => self.rethrow(caught),
            Step::Try { body, caught, handler, otherwise } => {
                self.tried(body, (*caught, handler), otherwise)
            }
            Step::Beyond { tries, body } => self.beyond(*tries, body),
            Step::Among { site, set, into } => self.among(*site, *set, *into),
            Step::Block(steps) => self.steps(steps),
            Step::Rare(steps) => {
                let around = std::mem::replace(&mut self.is_rare, true);
                self.steps(steps)?;
                self.is_rare = around;
                Ok(())
            }
        }
    }

    // -- values -----------------------------------------------------------------------------

    fn get(&self, local: Local) -> Emitted<BasicValueEnum<'c>> {
        let k = local.0 as usize;
        let held = self.locals.borrow()[k];
        match held {
            Held::Value(value) => Ok(value),
            Held::Memory(memory) => {
                let kind = type_of(self.e.context, self.routine.locals[k]);
                Ok(self.e.builder.build_load(kind, memory, "")?)
            }
            Held::Nowhere => unreachable!("a temporary is written before it is read"),
        }
    }

    fn number(&self, local: Local) -> Emitted<IntValue<'c>> {
        Ok(self.get(local)?.into_int_value())
    }

    fn pointer(&self, local: Local) -> Emitted<PointerValue<'c>> {
        Ok(self.get(local)?.into_pointer_value())
    }

    fn put(&self, local: Local, value: BasicValueEnum<'c>) -> Emitted<()> {
        let held = &mut self.locals.borrow_mut()[local.0 as usize];
        match *held {
            Held::Memory(memory) => {
                self.e.builder.build_store(memory, value)?;
            }
            Held::Nowhere | Held::Value(_) => *held = Held::Value(value),
        }
        Ok(())
    }

    fn compute(&self, body: &Region, args: &[Local], into: &[Local], fast: bool) -> Emitted<()> {
        let values = args.iter().map(|&arg| self.get(arg)).collect::<Emitted<Vec<_>>>()?;
        if let Some(made) = self.formula(body, &values)? {
            return self.put(into[0], made);
        }
        let here = self.e.here()?;
        let before = here.get_last_instruction();
        let mut params = Vec::with_capacity(args.len());
        for value in values {
            params.push(self.e.wrap(value)?);
        }
        let results = self.e.region(body, &params, 1)?;
        if fast {
            let first =
                before.map_or_else(|| here.get_first_instruction(), |b| b.get_next_instruction());
            std::iter::successors(first, |i| i.get_next_instruction()).for_each(make_fast);
        }
        for (&local, &value) in into.iter().zip(&results) {
            self.put(local, self.e.lane(value, 0)?)?;
        }
        Ok(())
    }

    fn address(&self, place: &Place) -> Emitted<PointerValue<'c>> {
        let b = &self.e.builder;
        let mut bytes = self.e.number(place.offset as u64);
        for &(index, stride) in &place.axes {
            let stride = match stride {
                Stride::Fixed(bytes) => self.e.number(bytes as u64),
                Stride::Local(local) => self.number(local)?,
            };
            let step = b.build_int_nsw_mul(self.number(index)?, stride, "")?;
            bytes = b.build_int_nsw_add(bytes, step, "")?;
        }
        self.within(self.pointer(place.base)?, bytes)
    }

    /// An address in the same piece of memory.
    fn within(&self, base: PointerValue<'c>, bytes: IntValue<'c>) -> Emitted<PointerValue<'c>> {
        let byte = self.e.context.i8_type();
        // SAFETY: no memory is touched here; that the address lies in the array that `base` lies in
        // is what the routine has checked, or its user has promised.
        Ok(unsafe { self.e.builder.build_in_bounds_gep(byte, base, &[bytes], "")? })
    }

    // -- control ----------------------------------------------------------------------------

    fn branch(&mut self, condition: Local, then: &[Step], otherwise: &[Step]) -> Emitted<()> {
        let condition = self.number(condition)?;
        let (yes, no) = (self.e.block("then"), self.e.block("else"));
        let after = self.e.block("after");
        match (is_rare(then), is_rare(otherwise)) {
            (true, false) => self.e.branch_rarely(condition, yes, no)?,
            (false, true) => {
                let other = self.e.builder.build_not(condition, "")?;
                self.e.branch_rarely(other, no, yes)?;
            }
            _ => {
                self.e.builder.build_conditional_branch(condition, yes, no)?;
            }
        }
        for (block, steps) in [(yes, then), (no, otherwise)] {
            self.e.builder.position_at_end(block);
            self.steps(steps)?;
            self.e.builder.build_unconditional_branch(after)?;
        }
        self.e.builder.position_at_end(after);
        Ok(())
    }

    /// A block for steps that nothing leads to.
    fn unreachable(&self) {
        self.e.builder.position_at_end(self.e.block("never"));
    }

    fn call(&self, routine: usize, args: &[Local], into: &[Local]) -> Emitted<()> {
        let mut values = Vec::with_capacity(args.len() + 1);
        for &arg in args {
            values.push(self.get(arg)?.into());
        }
        values.push(self.host.into());
        let made = self.e.builder.build_call(self.functions[routine], &values, "")?;
        let made = made.try_as_basic_value().basic();
        let made = made.ok_or_else(|| Error::Llvm("a routine makes nothing".to_owned()))?;
        let made = made.into_struct_value();
        let status = self.e.builder.build_extract_value(made, 0, "")?.into_int_value();
        self.leave_if_failed(status)?;
        for (k, &local) in into.iter().enumerate() {
            self.put(local, self.e.builder.build_extract_value(made, k as u32 + 1, "")?)?;
        }
        Ok(())
    }

    /// The address of a service's function.
    fn service(&self, service: Service) -> Emitted<PointerValue<'c>> {
        let at = match service {
            Service::Allocate => offset_of!(Host, allocate),
            Service::Free => offset_of!(Host, free),
            Service::Resize => offset_of!(Host, resize),
            Service::Print => offset_of!(Host, print),
            Service::Call => offset_of!(Host, call),
            Service::Matches => offset_of!(Host, matches),
        };
        let at = self.e.offset(self.host, self.e.number(at as u64))?;
        let function = self.e.builder.build_load(self.e.pointer_type(), at, "")?;
        Ok(function.into_pointer_value())
    }

    /// A call of the host's, its arguments and results in memory of this function's own.
    fn ask_call(&self, args: &[Local], into: &[Local]) -> Emitted<()> {
        let words = |count: usize| self.e.local(DType::U64, count.max(1) as u32);
        let (given, made) = (words(args.len() - 1)?, words(into.len() - 1)?);
        let word = |memory, k: usize| {
            self.e.element(memory, self.e.context.i64_type().into(), self.e.number(k as u64))
        };
        for (k, &arg) in args[1..].iter().enumerate() {
            let at = word(given, k)?;
            self.e.builder.build_store(at, self.e.number(0))?;
            self.e.store_local(self.routine.locals[arg.0 as usize], at, self.get(arg)?)?;
        }
        let (int, pointer) = (self.e.context.i64_type(), self.e.pointer_type().into());
        let kind = int.fn_type(&[pointer, int.into(), pointer, pointer], false);
        let function = self.service(Service::Call)?;
        let values = [self.host.into(), self.get(args[0])?.into(), given.into(), made.into()];
        let status = self.e.builder.build_indirect_call(kind, function, &values, "")?;
        if let Some(status) = status.try_as_basic_value().basic() {
            self.put(into[0], status)?;
        }
        for (k, &local) in into[1..].iter().enumerate() {
            let t = self.routine.locals[local.0 as usize];
            self.put(local, self.e.load_local(t, word(made, k)?)?)?;
        }
        Ok(())
    }

    fn ask(&self, service: Service, args: &[Local], into: &[Local]) -> Emitted<()> {
        if service == Service::Call {
            return self.ask_call(args, into);
        }
        let function = self.service(service)?;
        let mut values = vec![self.host.into()];
        let mut kinds = vec![self.e.pointer_type().into()];
        for &arg in args {
            let value = self.get(arg)?;
            kinds.push(value.get_type().into());
            values.push(value.into());
        }
        let kind = match into {
            [] => self.e.context.void_type().fn_type(&kinds, false),
            [one, ..] => {
                type_of(self.e.context, self.routine.locals[one.0 as usize]).fn_type(&kinds, false)
            }
        };
        let made = self.e.builder.build_indirect_call(kind, function, &values, "")?;
        if service == Service::Allocate {
            let fresh = Attribute::get_named_enum_kind_id("noalias");
            let fresh = self.e.context.create_enum_attribute(fresh, 0);
            made.add_attribute(AttributeLoc::Return, fresh);
        }
        match (into, made.try_as_basic_value().basic()) {
            ([one], Some(value)) => self.put(*one, value),
            _ => Ok(()),
        }
    }

    /// Returns a status, and results if there are any.
    fn leave(&self, status: IntValue<'c>, values: &[BasicValueEnum<'c>]) -> Emitted<()> {
        let mut made = self.returned.get_undef();
        for (k, value) in std::iter::once(&status.into()).chain(values).enumerate() {
            let value: BasicValueEnum = *value;
            let next = self.e.builder.build_insert_value(made, value, k as u32, "")?;
            made = next.into_struct_value();
        }
        self.e.builder.build_return(Some(&made))?;
        self.unreachable();
        Ok(())
    }
}

/// Whether the steps hardly ever run.
fn is_rare(steps: &[Step]) -> bool {
    match steps.last() {
        Some(Step::Fail { .. } | Step::Rethrow(_) | Step::Rare(_)) => true,
        Some(Step::Block(steps)) => is_rare(steps),
        _ => false,
    }
}

/// Arrays of NumPy's may lie anywhere.
fn unaligned(instruction: Option<InstructionValue<'_>>) -> Emitted<()> {
    instruction.map_or(Ok(()), |i| i.set_alignment(1).map_err(Error::llvm))
}

/// Lets LLVM take an operation of floats in another order or fused with others; infinities and NaN
/// keep their meaning.
fn make_fast(instruction: InstructionValue<'_>) {
    use llvm_sys::core::{LLVMCanValueUseFastMathFlags, LLVMSetFastMathFlags};
    use llvm_sys::{
        LLVMFastMathAllowContract, LLVMFastMathAllowReassoc, LLVMFastMathAllowReciprocal,
        LLVMFastMathNoSignedZeros,
    };
    let flags = LLVMFastMathAllowContract
        | LLVMFastMathAllowReassoc
        | LLVMFastMathAllowReciprocal
        | LLVMFastMathNoSignedZeros;
    // SAFETY: the instruction is one of the module that is being written, and is asked first
    // whether it takes such flags.
    unsafe {
        if LLVMCanValueUseFastMathFlags(instruction.as_value_ref()) != 0 {
            LLVMSetFastMathFlags(instruction.as_value_ref(), flags);
        }
    }
}
