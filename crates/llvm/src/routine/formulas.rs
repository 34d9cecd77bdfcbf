//! Formulas with a rare path, such as exponentials: functions of their own.
//!
//! In a loop, LLVM would make one path of both for its vectors, and compute the rare one each time;
//! and each loop would hold the formula several times over. So a routine calls a function, and
//! [`Formulas::widen`] adds those that do as many columns at once as LLVM's vectors may have, by the
//! names that the calls tell. There a rare path is a branch again, and tables lie in registers.

use super::{Writer, emitter, mark};
use crate::emitter::{Emitted, Emitter, Vector};
use crate::target::Target;
use inkwell::AddressSpace;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::context::Context;
use inkwell::module::{Linkage, Module};
use inkwell::types::{BasicType, BasicTypeEnum};
use inkwell::values::{BasicMetadataValueEnum, BasicValueEnum, FunctionValue};
use std::cell::RefCell;
use stook_ops::{Inst, Region};
use stook_types::DType;

/// The list of functions that LLVM is to keep though nothing calls them yet.
const KEPT: &str = "llvm.compiler.used";

/// The formulas that are functions of a module.
#[derive(Default)]
pub(crate) struct Formulas<'c> {
    known: RefCell<Vec<(Region, FunctionValue<'c>)>>,
}

impl<'c> Formulas<'c> {
    fn find(&self, body: &Region) -> Option<FunctionValue<'c>> {
        let known = self.known.borrow();
        known.iter().find(|(region, _)| region == body).map(|&(_, function)| function)
    }

    /// Adds functions of several columns, which LLVM finds as it makes vectors of loops.
    pub(crate) fn widen(
        &self,
        context: &'c Context,
        module: &Module<'c>,
        target: Target,
    ) -> Emitted<()> {
        let mut made = Vec::new();
        for (region, function) in self.known.borrow().iter() {
            let name = function.get_name().to_string_lossy();
            let mut widest = None;
            for width in widths(region, target) {
                let add = |dtype: DType| super::vector_of(scalar(context, dtype), width).into();
                let types: Vec<BasicTypeEnum> = params(region).map(add).collect();
                let types: Vec<_> = types.into_iter().map(Into::into).collect();
                let result: BasicTypeEnum = add(region.dtype(region.results[0]));
                let kind = result.fn_type(&types, false);
                let wide =
                    module.add_function(&wide_name(&name, width), kind, Some(Linkage::Internal));
                describe(context, wide, target);
                let e = emitter(context, module, target, wide);
                let given: Vec<Vector> =
                    wide.get_param_iter().map(BasicValueEnum::into_vector_value).collect();
                let value = match widest {
                    None => e.region(region, &given, width)?[0],
                    Some((function, most)) => narrowed(&e, (function, most), &given, width)?,
                };
                e.builder.build_return(Some(&value))?;
                widest = widest.or(Some((wide, width)));
                made.push(wide.as_global_value().as_pointer_value());
            }
        }
        if made.is_empty() {
            return Ok(());
        }
        let list = context.ptr_type(AddressSpace::default()).const_array(&made);
        let kept = module.add_global(list.get_type(), None, KEPT);
        kept.set_initializer(&list);
        kept.set_linkage(Linkage::Appending);
        kept.set_section(Some("llvm.metadata"));
        Ok(())
    }

    /// Lets LLVM drop the functions of several columns that no loop has come to call.
    pub(crate) fn release(module: &Module<'c>) -> bool {
        let kept = module.get_global(KEPT);
        if let Some(kept) = kept {
            // SAFETY: nothing refers to a list that LLVM alone reads.
            unsafe { kept.delete() };
        }
        kept.is_some()
    }
}

impl<'c> Writer<'c, '_, '_> {
    /// The value of a formula that is a function of its own; `None` where it is none.
    pub(super) fn formula(
        &self,
        body: &Region,
        args: &[BasicValueEnum<'c>],
    ) -> Emitted<Option<BasicValueEnum<'c>>> {
        if body.results.len() != 1 || !body.insts.iter().any(|i| matches!(i, Inst::Rare { .. })) {
            return Ok(None);
        }
        let known = self.formulas.find(body);
        let function = match known {
            Some(function) => function,
            None => self.add_formula(body)?,
        };
        let args: Vec<BasicMetadataValueEnum> = args.iter().map(|&arg| arg.into()).collect();
        let call = self.e.builder.build_call(function, &args, "")?;
        let name = function.get_name().to_string_lossy();
        let wide: Vec<String> = widths(body, self.e.target)
            .map(|width| {
                let each = "v".repeat(args.len());
                format!("_ZGV_LLVM_N{width}{each}_{name}({})", wide_name(&name, width))
            })
            .collect();
        if !wide.is_empty() {
            let key = "vector-function-abi-variant";
            let told = self.e.context.create_string_attribute(key, &wide.join(","));
            call.add_attribute(AttributeLoc::Function, told);
        }
        Ok(call.try_as_basic_value().basic())
    }

    fn add_formula(&self, body: &Region) -> Emitted<FunctionValue<'c>> {
        let (context, module, target) = (self.e.context, self.e.module, self.e.target);
        let mut known = self.formulas.known.borrow_mut();
        let types: Vec<_> = params(body).map(|dtype| scalar(context, dtype).into()).collect();
        let kind = scalar(context, body.dtype(body.results[0])).fn_type(&types, false);
        let name = format!("formula.{}", known.len());
        let function = module.add_function(&name, kind, Some(Linkage::Internal));
        describe(context, function, target);
        let e = emitter(context, module, target, function);
        let given: Emitted<Vec<Vector>> = function.get_param_iter().map(|v| e.wrap(v)).collect();
        let made = e.region(body, &given?, 1)?;
        e.builder.build_return(Some(&e.lane(made[0], 0)?))?;
        known.push((body.clone(), function));
        Ok(function)
    }
}

/// The types of a formula's parameters.
fn params(region: &Region) -> impl Iterator<Item = DType> {
    region.params.iter().copied()
}

fn scalar(context: &Context, dtype: DType) -> BasicTypeEnum<'_> {
    super::type_of(context, stook_kernel::Type::Scalar(dtype))
}

/// How many columns are done at once: what fills a register, then what fills parts of it.
fn widths(region: &Region, target: Target) -> impl Iterator<Item = u32> {
    let types = || params(region).chain([region.dtype(region.results[0])]);
    let is_wide = types().all(|dtype| !matches!(dtype, DType::Bool | DType::F16));
    let size = types().map(DType::size).max().unwrap_or(1);
    let widest = target.register() / size;
    [1, 2, 4].into_iter().map(move |part| (widest / part) as u32).filter(move |&w| is_wide && w > 1)
}

fn wide_name(name: &str, width: u32) -> String {
    format!("{name}.{width}")
}

/// Tells LLVM that a function computes and does nothing else.
fn describe<'c>(context: &'c Context, function: FunctionValue<'c>, target: Target) {
    mark(context, function, target);
    for (name, value) in [("noinline", 0), ("willreturn", 0), ("memory", 0)] {
        let kind = Attribute::get_named_enum_kind_id(name);
        let attribute = context.create_enum_attribute(kind, value);
        function.add_attribute(AttributeLoc::Function, attribute);
    }
}

/// Columns by a function of more of them, which has each more than once.
fn narrowed<'c>(
    e: &Emitter<'c, '_>,
    (function, most): (FunctionValue<'c>, u32),
    given: &[Vector<'c>],
    width: u32,
) -> Emitted<Vector<'c>> {
    let mut args: Vec<BasicMetadataValueEnum> = Vec::with_capacity(given.len());
    for &v in given {
        args.push(e.pick(v, (0..most).map(|k| k % width))?.into());
    }
    let made = e.builder.build_call(function, &args, "")?.try_as_basic_value().basic();
    let made = made.map(BasicValueEnum::into_vector_value).expect("a formula makes a value");
    e.pick(made, 0..width)
}
