//! A shared library with a table of kernels.

use crate::{Error, Result};
use std::ffi::{CStr, CString, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use stook_kernel::KernelFn;

/// An open library. It is never closed, so that its functions stay.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    functions: &'static [KernelFn],
}

/// Names of what a library exports: who made it, how many kernels, and where they are.
pub(super) const FINGERPRINT: &CStr = c"stook_fingerprint";
pub(super) const COUNT: &CStr = c"stook_count";
pub(super) const TABLE: &CStr = c"stook_table";

impl Library {
    /// Opens a library, which must carry this fingerprint.
    pub fn open(path: &Path, fingerprint: &str) -> Result<Self> {
        let name = CString::new(path.as_os_str().as_bytes())
            .map_err(|_| Error::Shipped("a path with a zero byte".to_owned()))?;
        // SAFETY: the name ends in zero; libraries of this kind run nothing when they are loaded.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if handle.is_null() {
            return Err(Error::Shipped(last_error()));
        }
        let found = symbol(handle, FINGERPRINT, path)?.cast::<c_char>();
        // SAFETY: the symbol is a text that ends in zero.
        let found = unsafe { CStr::from_ptr(found) }.to_string_lossy();
        if found != fingerprint {
            return Err(Error::Shipped(format!(
                "{} was made by \"{found}\", this is \"{fingerprint}\"; build it again",
                path.display()
            )));
        }
        let count = symbol(handle, COUNT, path)?.cast::<usize>();
        let table = symbol(handle, TABLE, path)?.cast::<KernelFn>();
        // SAFETY: the fingerprint says that this build's `write` made the library, which puts that
        // many functions into the table, and it stays loaded.
        let functions = unsafe { std::slice::from_raw_parts(table, *count) };
        Ok(Self { functions })
    }

    /// The kernels, in the order that they were written in.
    pub fn functions(&self) -> &'static [KernelFn] {
        self.functions
    }
}

fn symbol(handle: *mut c_void, name: &CStr, path: &Path) -> Result<*mut c_void> {
    // SAFETY: the handle is open and the name ends in zero.
    let address = unsafe { libc::dlsym(handle, name.as_ptr()) };
    if address.is_null() {
        return Err(Error::Shipped(format!("{} has no {name:?}", path.display())));
    }
    Ok(address)
}

fn last_error() -> String {
    // SAFETY: the text stays until the next call of this family on this thread.
    unsafe {
        let text = libc::dlerror();
        if text.is_null() {
            return "no reason given".to_owned();
        }
        CStr::from_ptr(text).to_string_lossy().into_owned()
    }
}
