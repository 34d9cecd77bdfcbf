//! Floor 3: kernels to machine code.
//!
//! Verified [`Kernel`]s enter; object code, or the text of a stage on the way, leaves. Each kernel
//! becomes one function of its name with the arguments of [`stook_kernel::KernelFn`], made of two
//! nested loops over rows and columns on vectors of fixed width, so that no vectoriser is needed
//! and the order of all arithmetic is the kernel's own. Floats are never reassociated or
//! contracted.
//!
//! Every call has an LLVM context of its own and may come from any thread. Nothing here loads or
//! runs code. Only this crate names LLVM.

mod accumulate;
mod cascade;
mod check;
mod control;
mod convert;
mod emitter;
mod fold;
mod function;
mod instruction;
mod lookup;
mod memory;
mod module;
mod phase;
mod routine;
mod target;

pub use module::{Error, assembly, ir, object, unit_assembly, unit_ir, unit_object};
pub use target::{Effort, Target};
