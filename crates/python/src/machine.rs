//! The machine that the session runs on.

use pyo3::prelude::*;
use std::path::PathBuf;
use stook_cpu::Cpu;
use stook_kernel::KernelFn;
use stook_plan::{Bundle, ShippedKey};
use stook_runtime::{Backend, Progress, Ran, Workspace};
use stook_types::{Error, Result};

/// The machine of this process.
pub(crate) fn machine() -> Box<dyn Backend> {
    let folder = package_folder().unwrap_or_default().join("_kernels");
    match Cpu::open(&folder) {
        Some(cpu) => {
            if let Some(text) = cpu.notice() {
                crate::conditions::notice(text.to_owned());
            }
            Box::new(cpu)
        }
        None => Box::new(Unsupported),
    }
}

/// Where the package lies: the shipped kernels are beside the extension module.
fn package_folder() -> Option<PathBuf> {
    Python::attach(|py| {
        let module = py.import("stook._stook").ok()?;
        let file: PathBuf = module.getattr("__file__").ok()?.extract().ok()?;
        Some(file.parent()?.to_path_buf())
    })
}

/// A processor that stook has no kernels for. The package leaves all work to NumPy then, so only
/// who goes past its front door comes here.
#[derive(Debug)]
struct Unsupported;

impl Backend for Unsupported {
    fn run(&self, _: &Bundle, _: &Workspace<'_>, _: &mut Progress) -> Result<Ran> {
        Err(Error::Internal("there are no kernels for this processor; use numpy itself".into()))
    }

    fn shipped(&self, _: ShippedKey) -> Option<KernelFn> {
        None
    }
}
