//! The kernels that ship with the package.
//!
//! A shared library made at build time ([`write`]) enters; functions by key leave. It is opened
//! when first needed. Its fingerprint must be that of the tables compiled into this build: a
//! library made from other tables would compute something else under the same key.

mod library;
mod link;
mod write;

pub use library::Library;
pub use write::{EmitMany, Written, write};

use crate::compiler::Compiler;
use crate::features::Level;
use crate::{Error, Result};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use stook_kernel::KernelFn;
use stook_ops::{UfuncId, table};
use stook_plan::ShippedKey;
use stook_types::QuickHash;

/// The shipped kernels by key.
#[derive(Debug)]
pub struct Shipped {
    functions: HashMap<ShippedKey, KernelFn, QuickHash>,
    /// Those of ufuncs' loops once more, which small calls ask for: by ufunc, then loop.
    calls: Vec<Vec<KernelFn>>,
    /// Makes what is not there, for builds without a library.
    compiler: Option<&'static Compiler>,
    made: Mutex<HashMap<ShippedKey, Option<KernelFn>>>,
}

/// What a library for this build and a processor carries.
pub fn fingerprint(level: Level) -> String {
    format!("stook {} {} {level:?}", env!("CARGO_PKG_VERSION"), env!("STOOK_KERNELS"))
}

/// The name of the library's file.
pub fn file_name(level: Level) -> &'static str {
    match level {
        Level::V3 => "kernels_v3.so",
        Level::V4 => "kernels_v4.so",
    }
}

impl Shipped {
    /// Opens the library for a processor in a folder.
    pub fn open(folder: &Path, level: Level) -> Result<Self> {
        let library = Library::open(&folder.join(file_name(level)), &fingerprint(level))?;
        let keys = stook_plan::shipped::keys();
        if library.functions().len() != keys.len() {
            return Err(Error::Shipped("it has another number of kernels".to_owned()));
        }
        let functions: HashMap<_, _, _> =
            keys.into_iter().zip(library.functions().iter().copied()).collect();
        Ok(Self { calls: calls(&functions), functions, compiler: None, made: Mutex::default() })
    }

    /// No library: each kernel is compiled when it is first asked for.
    pub fn on_demand(compiler: &'static Compiler) -> Self {
        Self {
            functions: HashMap::default(),
            calls: Vec::new(),
            compiler: Some(compiler),
            made: Mutex::default(),
        }
    }

    /// The kernel of a key, valid for the life of the process.
    pub fn get(&self, key: ShippedKey) -> Option<KernelFn> {
        if let ShippedKey::Call(ufunc, k) = key
            && let Some(loops) = self.calls.get(usize::from(ufunc.0))
        {
            return loops.get(usize::from(k)).copied();
        }
        match self.compiler {
            None => self.functions.get(&key).copied(),
            Some(compiler) => {
                let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
                *made.entry(key).or_insert_with(|| compile(compiler, key))
            }
        }
    }

    /// How many kernels there are.
    pub fn count(&self) -> usize {
        self.functions.len()
    }
}

/// The kernel of every loop of every ufunc.
fn calls(functions: &HashMap<ShippedKey, KernelFn, QuickHash>) -> Vec<Vec<KernelFn>> {
    let of = |row: usize, k: usize| functions[&ShippedKey::Call(UfuncId(row as u16), k as u16)];
    let rows = table().iter().enumerate();
    rows.map(|(row, ufunc)| (0..ufunc.loops.len()).map(|k| of(row, k)).collect()).collect()
}

fn compile(compiler: &'static Compiler, key: ShippedKey) -> Option<KernelFn> {
    let slot = compiler.wait(&Arc::new(stook_plan::shipped::kernel(key)));
    slot.ready().map(|compiled| compiled.function)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
