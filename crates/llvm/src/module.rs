//! From kernels to a module, and from a module to bytes or text.

use crate::function::emit;
use crate::routine::{self, Formulas};
use crate::target::{Effort, Target};
use inkwell::builder::BuilderError;
use inkwell::context::Context;
use inkwell::module::Module;
use inkwell::passes::PassBuilderOptions;
use inkwell::targets::{FileType, TargetMachine};
use stook_kernel::{Kernel, Unit};

/// Why there is no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The target cannot do what the kernel asks for.
    Unsupported(String),
    /// LLVM's own words.
    Llvm(String),
}

impl Error {
    pub(crate) fn llvm(text: impl ToString) -> Self {
        Self::Llvm(text.to_string())
    }
}

impl From<BuilderError> for Error {
    fn from(error: BuilderError) -> Self {
        Self::llvm(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsupported(text) => write!(f, "not supported by the target: {text}"),
            Self::Llvm(text) => write!(f, "LLVM: {text}"),
        }
    }
}

impl std::error::Error for Error {}

/// A relocatable, position-independent ELF object that defines one function per kernel, of the
/// name given, with the arguments of [`stook_kernel::KernelFn`]. For a GPU, the text of PTX.
///
/// It refers to no symbol outside.
///
/// # Errors
/// [`Error::Unsupported`] where a GPU is asked for what it cannot do yet.
pub fn object(
    kernels: &[(&str, &Kernel)],
    target: Target,
    effort: Effort,
) -> Result<Vec<u8>, Error> {
    let kind = if target.is_gpu() { FileType::Assembly } else { FileType::Object };
    generate(kernels, target, effort, kind)
}

/// The text of the machine code: x86 assembly, or PTX.
///
/// # Errors
/// As [`object`].
pub fn assembly(
    kernels: &[(&str, &Kernel)],
    target: Target,
    effort: Effort,
) -> Result<String, Error> {
    let bytes = generate(kernels, target, effort, FileType::Assembly)?;
    String::from_utf8(bytes).map_err(Error::llvm)
}

/// The text of the LLVM module before LLVM changes it, verified.
///
/// # Errors
/// As [`object`].
pub fn ir(kernels: &[(&str, &Kernel)], target: Target) -> Result<String, Error> {
    let context = Context::create();
    let machine = target.machine(Effort::Quick)?;
    let module = build(&context, kernels, target, &machine)?;
    module.verify().map_err(Error::llvm)?;
    Ok(module.print_to_string().to_string())
}

/// LLVM's passes over units: one column at a time becomes scalars, and branches that only choose
/// between values are gone before anything is copied.
const FIRST_UNIT_PASSES: &str = "function(scalarizer,sroa,simplifycfg)";
/// Everything, when formulas have functions of several columns. Sums are put in order again when
/// loops have been, and loops of a unit have addresses to be stepped through, unlike those of
/// kernels.
const UNIT_PASSES: &str = "default<O3>,function(reassociate,loop(loop-reduce))";
/// Those that keep the rest short, where a unit is to be there soon: variables into registers, which
/// takes time with the square of how many there are, and what is computed twice or for nobody.
const QUICK_UNIT_PASSES: &str = "function(scalarizer,sroa,early-cse,simplifycfg)";
const LEAST_UNIT_PASSES: &str = "function(scalarizer)";

/// An object as [`object`] makes them, with one function of a name that runs a unit's entry, and
/// has the arguments of [`stook_kernel::UnitFn`]. What it computes has the same bits with any effort,
/// unless the unit is fast ([`Unit::is_fast`]).
///
/// # Errors
/// [`Error::Llvm`] where LLVM refuses.
pub fn unit_object(
    name: &str,
    unit: &Unit,
    target: Target,
    effort: Effort,
) -> Result<Vec<u8>, Error> {
    generate_unit(name, unit, (target, effort), FileType::Object)
}

/// The text of a unit's machine code.
///
/// # Errors
/// As [`unit_object`].
pub fn unit_assembly(name: &str, unit: &Unit, target: Target) -> Result<String, Error> {
    let bytes = generate_unit(name, unit, (target, Effort::Full), FileType::Assembly)?;
    String::from_utf8(bytes).map_err(Error::llvm)
}

/// The text of a unit's LLVM module, verified: as LLVM's passes leave it, or before them.
///
/// # Errors
/// As [`unit_object`].
pub fn unit_ir(name: &str, unit: &Unit, target: Target, passed: bool) -> Result<String, Error> {
    let context = Context::create();
    let machine = target.machine(Effort::Full)?;
    let (module, formulas) = build_unit(&context, name, unit, target, &machine)?;
    module.verify().map_err(Error::llvm)?;
    if passed {
        optimise(&context, &module, &formulas, target, &machine)?;
    }
    Ok(module.print_to_string().to_string())
}

fn generate_unit(
    name: &str,
    unit: &Unit,
    (target, effort): (Target, Effort),
    kind: FileType,
) -> Result<Vec<u8>, Error> {
    let context = Context::create();
    let selection = if effort == Effort::Full { Effort::Full } else { Effort::Least };
    let machine = target.machine(selection)?;
    let (module, formulas) = build_unit(&context, name, unit, target, &machine)?;
    if cfg!(debug_assertions) {
        module.verify().map_err(Error::llvm)?;
    }
    match effort {
        Effort::Least => run(&module, LEAST_UNIT_PASSES, &machine)?,
        Effort::Quick => run(&module, QUICK_UNIT_PASSES, &machine)?,
        Effort::Full => optimise(&context, &module, &formulas, target, &machine)?,
    }
    let buffer = machine.write_to_memory_buffer(&module, kind).map_err(Error::llvm)?;
    Ok(buffer.as_slice().to_vec())
}

fn optimise<'c>(
    context: &'c Context,
    module: &Module<'c>,
    formulas: &Formulas<'c>,
    target: Target,
    machine: &TargetMachine,
) -> Result<(), Error> {
    run(module, FIRST_UNIT_PASSES, machine)?;
    formulas.widen(context, module, target)?;
    run(module, UNIT_PASSES, machine)?;
    if Formulas::release(module) {
        run(module, "globaldce", machine)?;
    }
    Ok(())
}

fn run(module: &Module<'_>, passes: &str, machine: &TargetMachine) -> Result<(), Error> {
    module.run_passes(passes, machine, PassBuilderOptions::create()).map_err(Error::llvm)
}

fn build_unit<'c>(
    context: &'c Context,
    name: &str,
    unit: &Unit,
    target: Target,
    machine: &TargetMachine,
) -> Result<(Module<'c>, Formulas<'c>), Error> {
    let module = context.create_module("unit");
    module.set_triple(&target.triple());
    module.set_data_layout(&machine.get_target_data().get_data_layout());
    let formulas = routine::emit(context, &module, target, name, unit)?;
    Ok((module, formulas))
}

fn generate(
    kernels: &[(&str, &Kernel)],
    target: Target,
    effort: Effort,
    kind: FileType,
) -> Result<Vec<u8>, Error> {
    let context = Context::create();
    let machine = target.machine(effort)?;
    let module = build(&context, kernels, target, &machine)?;
    if cfg!(debug_assertions) {
        module.verify().map_err(Error::llvm)?;
    }
    if effort == Effort::Full {
        let options = PassBuilderOptions::create();
        module.run_passes("default<O3>", &machine, options).map_err(Error::llvm)?;
    }
    let buffer = machine.write_to_memory_buffer(&module, kind).map_err(Error::llvm)?;
    Ok(buffer.as_slice().to_vec())
}

fn build<'c>(
    context: &'c Context,
    kernels: &[(&str, &Kernel)],
    target: Target,
    machine: &TargetMachine,
) -> Result<Module<'c>, Error> {
    let module = context.create_module("kernels");
    module.set_triple(&target.triple());
    module.set_data_layout(&machine.get_target_data().get_data_layout());
    for (name, kernel) in kernels {
        emit(context, &module, target, name, kernel)?;
    }
    Ok(module)
}
