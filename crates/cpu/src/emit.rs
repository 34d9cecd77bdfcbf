//! Kernels to object code.

use crate::features::Level;
use crate::{Error, Result};
use stook_kernel::{Kernel, Unit};
use stook_llvm::{Effort, Target};

/// The name of the function in an object of one kernel.
pub const NAME: &str = "kernel";

/// Compiles one kernel quickly, as [`NAME`].
pub fn one(kernel: &Kernel, level: Level) -> Result<Vec<u8>> {
    object(&[(NAME, kernel)], level, Effort::Quick)
}

/// Compiles kernels under names of their own, for shipping. The full pipeline takes four times as
/// long and makes these kernels no faster.
pub fn many(kernels: &[(&str, &Kernel)], level: Level) -> Result<Vec<u8>> {
    object(kernels, level, Effort::Quick)
}

/// A kernel as text, for people: `llvm` as it leaves us, `asm` as it runs here, or `ptx`; `None`
/// where there is no such text.
pub fn text(kernel: &Kernel, level: Level, station: &str) -> Option<String> {
    let kernels = [(NAME, kernel)];
    let made = match station {
        "llvm" => stook_llvm::ir(&kernels, target(level)),
        "asm" => stook_llvm::assembly(&kernels, target(level), Effort::Quick),
        "ptx" => stook_llvm::assembly(&kernels, Target::Nvptx { sm: 80 }, Effort::Quick),
        _ => return None,
    };
    Some(made.unwrap_or_else(|error| error.to_string()))
}

/// Compiles a unit, its entry as [`NAME`].
pub fn unit(unit: &Unit, level: Level, effort: Effort) -> Result<Vec<u8>> {
    stook_llvm::unit_object(NAME, unit, target(level), effort)
        .map_err(|error| Error::Compile(error.to_string()))
}

/// A unit as text, for people: `routine` as it leaves us, `written` as LLVM gets it, `llvm` as it
/// leaves LLVM's passes, or `asm`; `None` where there is no such text.
pub fn unit_text(unit: &Unit, level: Level, station: &str) -> Option<String> {
    let made = match station {
        "routine" => return Some(stook_kernel::unit_to_text(unit)),
        "written" => stook_llvm::unit_ir(NAME, unit, target(level), false),
        "llvm" => stook_llvm::unit_ir(NAME, unit, target(level), true),
        "asm" => stook_llvm::unit_assembly(NAME, unit, target(level)),
        _ => return None,
    };
    Some(made.unwrap_or_else(|error| error.to_string()))
}

fn target(level: Level) -> Target {
    match level {
        Level::V3 => Target::X86_64V3,
        Level::V4 => Target::X86_64V4,
    }
}

fn object(kernels: &[(&str, &Kernel)], level: Level, effort: Effort) -> Result<Vec<u8>> {
    stook_llvm::object(kernels, target(level), effort)
        .map_err(|error| Error::Compile(error.to_string()))
}
