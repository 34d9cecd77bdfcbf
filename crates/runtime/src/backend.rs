//! The seam between recorded work and a machine.

use crate::buffer::Buffer;
use std::any::Any;
use std::sync::Arc;
use stook_kernel::{Kernel, KernelFn};
use stook_plan::{Bundle, ShippedKey};
use stook_types::{Result, Scalar};

/// What a bundle works on.
#[derive(Debug)]
pub struct Workspace<'a> {
    /// Memory by storage of the plan; those that the bundle names have it.
    pub buffers: &'a [Option<Arc<Buffer>>],
    /// The recorded scalars.
    pub scalars: &'a [Scalar],
    /// Whether the bundle may be interrupted; else it runs to its end once it has begun.
    pub interruptible: bool,
}

/// How far a bundle is that was interrupted, as its machine knows it; nothing where it has not
/// begun.
pub type Progress = Option<Box<dyn Any + Send>>;

/// What running a bundle showed.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// Condition flags by watched call: bit 0 divide, 1 overflow, 2 invalid; empty where none was
    /// met.
    pub flags: Vec<u8>,
    /// Whether compiled code ran, rather than shipped kernels.
    pub compiled: bool,
}

/// A machine that runs bundles.
pub trait Backend: Send + Sync + std::fmt::Debug {
    /// Runs a bundle to its end, or until the user interrupts it: the same call on the same memory,
    /// with the progress that it left, goes on from there. After a lack of memory nothing has been
    /// written.
    fn run(
        &self,
        bundle: &Bundle,
        workspace: &Workspace<'_>,
        progress: &mut Progress,
    ) -> Result<Ran>;

    /// A kernel for calls too small to record.
    fn shipped(&self, key: ShippedKey) -> Option<KernelFn>;

    /// A kernel as text of this machine, for people: `llvm`, `asm` or `ptx`.
    fn text(&self, kernel: &Kernel, station: &str) -> Option<String> {
        let _ = (kernel, station);
        None
    }
}
