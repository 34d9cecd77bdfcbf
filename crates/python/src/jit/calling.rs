//! What a running unit reaches outside: memory and output.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::fmt::Write;
use stook_kernel::{Context, FAILURE_VALUES};
use stook_types::{DType, Scalar};

/// Bytes that memory is aligned to.
const ALIGNMENT: usize = 64;
/// Where in a piece of memory its size lies; the count of its holders lies before, elements after.
const SIZE_AT: usize = 8;

/// A call that is under way. What it allocated and gave to nobody goes when this does.
#[repr(C)]
pub(super) struct Call {
    context: Context,
    memory: Vec<*mut u8>,
    printed: String,
}

impl Call {
    pub(super) fn new() -> Self {
        let context = Context { values: [0; FAILURE_VALUES], allocate, free, print };
        Self { context, memory: Vec::new(), printed: String::new() }
    }

    pub(super) fn context(&mut self) -> *mut Context {
        (&raw mut *self).cast()
    }

    /// The values of a failure.
    pub(super) fn values(&self) -> &[u64] {
        &self.context.values
    }

    /// Writes what was printed.
    pub(super) fn show(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.printed.is_empty() {
            return Ok(());
        }
        let options = PyDict::new(py);
        options.set_item("end", "")?;
        let print = py.import("builtins")?.getattr("print")?;
        print.call((std::mem::take(&mut self.printed),), Some(&options))?;
        Ok(())
    }

    /// Memory that the call no longer has to free.
    pub(super) fn take(&mut self, owner: *mut u8) -> Option<Owned> {
        let at = self.memory.iter().position(|&known| known == owner)?;
        Some(Owned(self.memory.swap_remove(at)))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.memory.drain(..).for_each(|owner| drop(Owned(owner)));
    }
}

/// Memory of an array that a call made.
pub(super) struct Owned(*mut u8);

// SAFETY: the memory belongs to this value alone.
unsafe impl Send for Owned {}
// SAFETY: nothing is read or written through it.
unsafe impl Sync for Owned {}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the memory was allocated by `allocate`, which wrote its size, and goes once.
        unsafe {
            let bytes = self.0.add(SIZE_AT).cast::<usize>().read();
            dealloc(self.0, Layout::from_size_align_unchecked(bytes, ALIGNMENT));
        }
    }
}

unsafe extern "C" fn allocate(context: *mut Context, bytes: i64) -> *mut u8 {
    let layout = usize::try_from(bytes).ok().filter(|&n| n >= ALIGNMENT);
    let layout = layout.and_then(|n| Layout::from_size_align(n, ALIGNMENT).ok());
    let Some(layout) = layout else { return std::ptr::null_mut() };
    // SAFETY: the layout is not empty; the context is the first field of a `Call`, which nobody
    // else uses while its unit runs.
    unsafe {
        let made = alloc_zeroed(layout);
        if !made.is_null() {
            made.add(SIZE_AT).cast::<usize>().write(layout.size());
            (*context.cast::<Call>()).memory.push(made);
        }
        made
    }
}

unsafe extern "C" fn free(context: *mut Context, owner: *mut u8) {
    // SAFETY: as in `allocate`.
    let call = unsafe { &mut *context.cast::<Call>() };
    drop(call.take(owner));
}

unsafe extern "C" fn print(context: *mut Context, what: i64, bits: u64) {
    // SAFETY: as in `allocate`.
    let printed = unsafe { &mut (*context.cast::<Call>()).printed };
    match usize::try_from(what - 1).ok().and_then(|k| DType::ALL.get(k)) {
        Some(&dtype) => printed.push_str(&number(dtype, bits)),
        None => printed.extend(char::from_u32(bits as u32)),
    }
}

/// A number as Python writes it.
pub(super) fn number(dtype: DType, bits: u64) -> String {
    let value = Scalar { dtype, bits: bits.into() };
    if dtype == DType::Bool {
        return if bits != 0 { "True" } else { "False" }.to_owned();
    }
    if let Some(integer) = value.as_integer() {
        return integer.to_string();
    }
    let float = value.as_float().unwrap_or(f64::NAN);
    let mut text = String::new();
    let short = if dtype == DType::F32 {
        write!(text, "{:?}", float as f32)
    } else {
        write!(text, "{float:?}")
    };
    match short {
        Ok(()) if float.is_finite() => python_float(&text),
        _ => text.to_lowercase(),
    }
}

/// The digits that Rust writes, as Python does: an exponent has a sign and two digits.
fn python_float(text: &str) -> String {
    let Some((digits, exponent)) = text.split_once('e') else { return text.to_owned() };
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    let (sign, size) = match exponent.strip_prefix('-') {
        Some(size) => ('-', size),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{size:0>2}")
}
