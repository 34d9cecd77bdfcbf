//! Kernels to object code.

use crate::features::Level;
use crate::{Error, Result};
use stook_kernel::Kernel;
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
