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

fn object(kernels: &[(&str, &Kernel)], level: Level, effort: Effort) -> Result<Vec<u8>> {
    let target = match level {
        Level::V3 => Target::X86_64V3,
        Level::V4 => Target::X86_64V4,
    };
    stook_llvm::object(kernels, target, effort).map_err(|error| Error::Compile(error.to_string()))
}
