//! A kernel's function: arguments, the loop over rows, phases in order.
//!
//! On a GPU a function is a kernel of one thread per column, strided over the grid in x, and of
//! rows strided over the grid in y.

use crate::accumulate::{GROUP, groups};
use crate::emitter::{Emitted, Emitter};
use crate::memory::Place;
use crate::module::Error;
use crate::phase::{Prepared, Row};
use crate::target::Target;
use inkwell::AddressSpace;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::context::Context;
use inkwell::module::Module;
use inkwell::types::BasicTypeEnum;
use inkwell::values::{BasicValueEnum, FunctionValue, IntValue, PointerValue};
use std::cell::RefCell;
use std::collections::HashMap;
use stook_kernel::{Access, Extent, Kernel, Sink, Walk};

/// LLVM's number for the calling convention of GPU kernels.
const PTX_KERNEL: u32 = 71;

/// Adds the function of a kernel to a module.
pub(crate) fn emit<'c>(
    context: &'c Context,
    module: &Module<'c>,
    target: Target,
    name: &str,
    kernel: &Kernel,
) -> Emitted<()> {
    if target.is_gpu() {
        runs_on_a_gpu(kernel)?;
    }
    let function = declare(context, module, target, name);
    let builder = context.create_builder();
    builder.position_at_end(context.append_basic_block(function, "entry"));
    let tables = RefCell::new(HashMap::new());
    let e = Emitter { context, module, builder, target, function, tables };
    let body = e.block("start");
    e.builder.position_at_end(body);
    rows(&e, kernel)?;
    if kernel.operands.iter().any(|o| o.access == Access::Stream) && !target.is_gpu() {
        e.intrinsic("llvm.x86.sse.sfence", &[], &[])?;
    }
    e.builder.build_return(None)?;
    if let Some(entry) = function.get_first_basic_block() {
        e.builder.position_at_end(entry);
        e.builder.build_unconditional_branch(body)?;
    }
    Ok(())
}

fn runs_on_a_gpu(kernel: &Kernel) -> Emitted<()> {
    let stores = |sink: &Sink| matches!(sink, Sink::Store { .. });
    let maps = |p: &&stook_kernel::Phase| p.extent == Extent::Columns && p.sinks.iter().all(stores);
    match kernel.phases.iter().find(|p| !maps(p)) {
        Some(phase) => Err(Error::Unsupported(match phase.extent {
            Extent::Once => "a phase once per row".to_owned(),
            Extent::Columns => "a fold over columns".to_owned(),
        })),
        None => Ok(()),
    }
}

fn declare<'c>(
    context: &'c Context,
    module: &Module<'c>,
    target: Target,
    name: &str,
) -> FunctionValue<'c> {
    let (int, pointer) = (context.i64_type().into(), context.ptr_type(AddressSpace::default()));
    let pointer = pointer.into();
    let params = [int, int, pointer, pointer, pointer, pointer, int];
    let kind = context.void_type().fn_type(&params, false);
    let function = module.add_function(name, kind, None);
    let nounwind = Attribute::get_named_enum_kind_id("nounwind");
    function.add_attribute(AttributeLoc::Function, context.create_enum_attribute(nounwind, 0));
    let cpu = context.create_string_attribute("target-cpu", &target.cpu());
    function.add_attribute(AttributeLoc::Function, cpu);
    if target.is_gpu() {
        function.set_call_conventions(PTX_KERNEL);
    }
    function
}

/// The arguments of [`stook_kernel::KernelFn`].
struct Arguments<'c> {
    rows: IntValue<'c>,
    columns: IntValue<'c>,
    pointers: PointerValue<'c>,
    row_strides: PointerValue<'c>,
    column_strides: PointerValue<'c>,
    flags: PointerValue<'c>,
    first: IntValue<'c>,
}

impl<'c> Arguments<'c> {
    fn of(function: FunctionValue<'c>) -> Option<Self> {
        let all: Vec<BasicValueEnum> = function.get_param_iter().collect();
        let &[rows, columns, pointers, row_strides, column_strides, flags, first] = &all[..] else {
            return None;
        };
        Some(Self {
            rows: rows.into_int_value(),
            columns: columns.into_int_value(),
            pointers: pointers.into_pointer_value(),
            row_strides: row_strides.into_pointer_value(),
            column_strides: column_strides.into_pointer_value(),
            flags: flags.into_pointer_value(),
            first: first.into_int_value(),
        })
    }
}

/// An operand before the first row.
struct Base<'c> {
    pointer: PointerValue<'c>,
    row_stride: IntValue<'c>,
    column_stride: IntValue<'c>,
}

fn rows<'c>(e: &Emitter<'c, '_>, kernel: &Kernel) -> Emitted<()> {
    let arguments = Arguments::of(e.function)
        .ok_or_else(|| Error::Llvm("a function without its arguments".to_owned()))?;
    let bases = bases(e, kernel, &arguments)?;
    let phases = kernel
        .phases
        .iter()
        .map(|phase| Prepared::new(e, kernel, phase))
        .collect::<Emitted<Vec<_>>>()?;
    let (from, step) = match e.target.is_gpu() {
        true => (thread(e, "ctaid.y")?, thread(e, "nctaid.y")?),
        false => (e.number(0), e.number(1)),
    };
    let grid = if e.target.is_gpu() { Some(grid(e)?) } else { None };
    let row_at = |row| -> Emitted<Row<'c>> {
        Ok(Row {
            places: places(e, kernel, &bases, row)?,
            columns: arguments.columns,
            thread: grid,
            first: arguments.first,
            flags: arguments.flags,
            values: vec![None; kernel.row_values.len()],
        })
    };
    let mut from = from;
    if groups(kernel) && !e.target.is_gpu() {
        let whole = e.builder.build_and(arguments.rows, e.number(!(GROUP - 1)), "")?;
        e.repeat((from, whole, e.number(GROUP)), &[], |first, _| {
            let row = |k| row_at(e.builder.build_int_add(first, e.number(k), "")?);
            let rows = (0..GROUP).map(row).collect::<Emitted<Vec<_>>>()?;
            phases[0].emit_group(e, &rows)?;
            Ok(Vec::new())
        })?;
        from = whole;
    }
    e.repeat((from, arguments.rows, step), &[], |row, _| {
        let mut row = row_at(row)?;
        for phase in &phases {
            phase.emit(e, &mut row)?;
        }
        Ok(Vec::new())
    })?;
    Ok(())
}

fn bases<'c>(
    e: &Emitter<'c, '_>,
    kernel: &Kernel,
    arguments: &Arguments<'c>,
) -> Emitted<Vec<Base<'c>>> {
    let entry = |array, of: BasicTypeEnum<'c>, k: usize| -> Emitted<BasicValueEnum<'c>> {
        let at = e.element(array, of, e.number(k as u64))?;
        Ok(e.builder.build_load(of, at, "")?)
    };
    let int = e.context.i64_type().into();
    (0..kernel.operands.len())
        .map(|k| {
            Ok(Base {
                pointer: entry(arguments.pointers, e.pointer_type(), k)?.into_pointer_value(),
                row_stride: entry(arguments.row_strides, int, k)?.into_int_value(),
                column_stride: entry(arguments.column_strides, int, k)?.into_int_value(),
            })
        })
        .collect()
}

/// Where the operands of a row begin.
fn places<'c>(
    e: &Emitter<'c, '_>,
    kernel: &Kernel,
    bases: &[Base<'c>],
    row: IntValue<'c>,
) -> Emitted<Vec<Place<'c>>> {
    let mut places = Vec::with_capacity(bases.len());
    for (base, &operand) in bases.iter().zip(&kernel.operands) {
        let skipped = e.builder.build_int_mul(row, base.row_stride, "")?;
        let start = e.offset(base.pointer, skipped)?;
        places.push(Place { operand, start, stride: base.column_stride, placed: None });
    }
    for k in 0..places.len() {
        if let Walk::Placed(by) = places[k].operand.walk {
            places[k].placed = Some((places[by].start, places[by].stride));
        }
    }
    Ok(places)
}

/// A GPU thread's first column, and the step to its next.
fn grid<'c>(e: &Emitter<'c, '_>) -> Emitted<(IntValue<'c>, IntValue<'c>)> {
    let size = thread(e, "ntid.x")?;
    let block = e.builder.build_int_mul(thread(e, "ctaid.x")?, size, "")?;
    let from = e.builder.build_int_add(block, thread(e, "tid.x")?, "")?;
    let step = e.builder.build_int_mul(thread(e, "nctaid.x")?, size, "")?;
    Ok((from, step))
}

/// A special register of a GPU thread.
fn thread<'c>(e: &Emitter<'c, '_>, register: &str) -> Emitted<IntValue<'c>> {
    let name = format!("llvm.nvvm.read.ptx.sreg.{register}");
    let read = e.intrinsic(&name, &[], &[])?;
    let read = read.ok_or_else(|| Error::Llvm(format!("{name} makes nothing")))?;
    Ok(e.builder.build_int_z_extend(read.into_int_value(), e.context.i64_type(), "")?)
}
