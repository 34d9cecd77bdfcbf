//! Functions of C's convention: calls of them, and an entry that is one.

use super::{Writer, emitter, mark, type_of};
use crate::emitter::{Emitted, Emitter};
use crate::module::Error;
use crate::target::Target;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::context::Context;
use inkwell::module::Module;
use inkwell::types::{BasicType, BasicTypeEnum, FunctionType};
use inkwell::values::{BasicValueEnum, FunctionValue};
use inkwell::{AddressSpace, IntPredicate};
use std::mem::{offset_of, size_of};
use stook_kernel::{Context as Host, Local, NativeData, NativeState, Routine, Type};
use stook_types::DType;

impl<'c> Writer<'c, '_, '_> {
    /// See [`stook_kernel::Step::Symbol`].
    pub(super) fn symbol(&self, number: u32, into: Local) -> Emitted<()> {
        let at = self.e.number(offset_of!(Host, symbols) as u64);
        let at = self.e.offset(self.host, at)?;
        let all = self.e.builder.build_load(self.e.pointer_type(), at, "")?.into_pointer_value();
        let at = self.e.offset(all, self.e.number(8 * u64::from(number)))?;
        self.put(into, self.e.builder.build_load(self.e.pointer_type(), at, "")?)
    }

    /// See [`stook_kernel::Step::Native`].
    pub(super) fn native(&self, address: Local, args: &[Local], into: &[Local]) -> Emitted<()> {
        let type_of = |local: &Local| self.routine.locals[local.0 as usize];
        let params: Vec<Type> = args.iter().map(type_of).collect();
        let result = into.first().map(type_of);
        let kind = function_type(self.e.context, &[], &params, result);
        let mut values = Vec::with_capacity(args.len());
        for (&arg, &t) in args.iter().zip(&params) {
            values.push(to_native(&self.e, t, self.get(arg)?)?.into());
        }
        let function = self.pointer(address)?;
        let made = self.e.builder.build_indirect_call(kind, function, &values, "")?;
        for (place, extension) in extensions(self.e.context, 0, &params, result) {
            made.add_attribute(place, extension);
        }
        match (into.first(), made.try_as_basic_value().basic()) {
            (Some(&local), Some(value)) => {
                self.put(local, from_native(&self.e, type_of(&local), value)?)
            }
            _ => Ok(()),
        }
    }
}

/// A function that C calls, called `name` with `.native` behind it; see [`NativeData`].
pub(super) fn entry<'c>(
    context: &'c Context,
    module: &Module<'c>,
    target: Target,
    name: &str,
    routine: &Routine,
    called: FunctionValue<'c>,
) -> Emitted<()> {
    let params = &routine.locals[..routine.params];
    let result = routine.results.first().copied();
    let kind = function_type(context, &[Type::Address], params, result);
    let function = module.add_function(&format!("{name}.native"), kind, None);
    mark(context, function, target);
    let nest = Attribute::get_named_enum_kind_id("nest");
    function.add_attribute(AttributeLoc::Param(0), context.create_enum_attribute(nest, 0));
    for (place, extension) in extensions(context, 1, params, result) {
        function.add_attribute(place, extension);
    }
    let e = emitter(context, module, target, function);
    let given: Vec<BasicValueEnum> = function.get_param_iter().collect();
    let data = given[0].into_pointer_value();
    // The context, and after it the state that is its owner.
    let words = (size_of::<Host>() + size_of::<NativeState>()).div_ceil(8);
    let host = e.local(DType::U64, words as u32)?;
    let size = e.number(size_of::<Host>() as u64);
    e.builder.build_memcpy(host, 8, data, 8, size).map_err(Error::llvm)?;
    let state = e.offset(host, size)?;
    let place = |base, at: usize| e.offset(base, e.number(at as u64));
    e.builder.build_store(place(state, offset_of!(NativeState, data))?, data)?;
    let call = place(state, offset_of!(NativeState, call))?;
    e.builder.build_store(call, e.context.ptr_type(AddressSpace::default()).const_null())?;
    e.builder.build_store(place(host, offset_of!(Host, owner))?, state)?;
    let mut values = Vec::with_capacity(params.len() + 1);
    for (&t, &value) in params.iter().zip(&given[1..]) {
        values.push(from_native(&e, t, value)?.into());
    }
    values.push(host.into());
    let made = e.builder.build_call(called, &values, "")?.try_as_basic_value().basic();
    let made = made.ok_or_else(|| Error::Llvm("a routine makes nothing".to_owned()))?;
    let made = made.into_struct_value();
    let status = e.builder.build_extract_value(made, 0, "")?.into_int_value();
    let (finish, end) = (e.block("finish"), e.block("end"));
    let b = &e.builder;
    let failed = b.build_int_compare(IntPredicate::NE, status, e.number(0), "")?;
    let kept = b.build_load(e.pointer_type(), call, "")?.into_pointer_value();
    let either = b.build_or(failed, b.build_is_not_null(kept, "")?, "")?;
    e.branch_rarely(either, finish, end)?;
    b.position_at_end(finish);
    let told = b.build_load(e.pointer_type(), place(data, offset_of!(NativeData, finish))?, "")?;
    let pointer = e.pointer_type().into();
    let kind = context.void_type().fn_type(&[pointer, context.i64_type().into()], false);
    b.build_indirect_call(kind, told.into_pointer_value(), &[host.into(), status.into()], "")?;
    b.build_unconditional_branch(end)?;
    b.position_at_end(end);
    let Some(t) = result else {
        b.build_return(None)?;
        return Ok(());
    };
    let value = b.build_extract_value(made, 1, "")?;
    let nothing = type_of(context, t).const_zero();
    let value = b.build_select(failed, nothing, value, "")?;
    b.build_return(Some(&to_native(&e, t, value)?))?;
    Ok(())
}

/// The type of a value where C has it: a bool is a byte.
fn native_type<'c>(context: &'c Context, t: Type) -> BasicTypeEnum<'c> {
    match t {
        Type::Scalar(DType::Bool) => context.i8_type().into(),
        other => type_of(context, other),
    }
}

fn function_type<'c>(
    context: &'c Context,
    first: &[Type],
    params: &[Type],
    result: Option<Type>,
) -> FunctionType<'c> {
    let params: Vec<_> =
        first.iter().chain(params).map(|&t| native_type(context, t).into()).collect();
    match result {
        Some(t) => native_type(context, t).fn_type(&params, false),
        None => context.void_type().fn_type(&params, false),
    }
}

/// How narrow integers fill their registers, from parameter `first` on.
fn extensions(
    context: &Context,
    first: u32,
    params: &[Type],
    result: Option<Type>,
) -> Vec<(AttributeLoc, Attribute)> {
    let of = |t: Type| {
        let Type::Scalar(dtype) = t else { return None };
        let name = match dtype {
            DType::I8 | DType::I16 | DType::I32 => "signext",
            DType::Bool | DType::U8 | DType::U16 | DType::U32 => "zeroext",
            _ => return None,
        };
        let kind = Attribute::get_named_enum_kind_id(name);
        Some(context.create_enum_attribute(kind, 0))
    };
    let places = (first..).map(AttributeLoc::Param).zip(params.iter().copied());
    let result = result.map(|t| (AttributeLoc::Return, t));
    places.chain(result).filter_map(|(place, t)| Some((place, of(t)?))).collect()
}

fn to_native<'c>(
    e: &Emitter<'c, '_>,
    t: Type,
    value: BasicValueEnum<'c>,
) -> Emitted<BasicValueEnum<'c>> {
    match t {
        Type::Scalar(DType::Bool) => e.byte_of(value),
        _ => Ok(value),
    }
}

fn from_native<'c>(
    e: &Emitter<'c, '_>,
    t: Type,
    value: BasicValueEnum<'c>,
) -> Emitted<BasicValueEnum<'c>> {
    match t {
        Type::Scalar(dtype) => e.register_of(dtype, value),
        Type::Address => Ok(value),
    }
}
