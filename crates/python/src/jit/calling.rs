//! What a running unit reaches outside: memory and output.

use super::Version;
use crate::module::session;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::fmt::Write;
use std::sync::Arc;
use stook_kernel::{Context, FAILURE_VALUES};
use stook_runtime::Array;
use stook_types::{DType, Scalar};

/// Bytes before the elements of an array; the count of its holders lies there.
pub(super) const HEAD: usize = 64;

/// A call that is under way. What it allocated and gave to nobody goes when this does.
#[repr(C)]
pub(super) struct Call {
    context: Context,
    /// Arrays that the unit has made, by the address of their memory.
    memory: Vec<(*mut u8, Array)>,
    printed: String,
    version: Arc<Version>,
    /// What a call outside has raised.
    raised: Option<PyErr>,
}

impl Call {
    pub(super) fn new(version: &Arc<Version>) -> Self {
        let context = Context { values: [0; FAILURE_VALUES], allocate, free, print, call };
        let (memory, printed, version) = (Vec::new(), String::new(), version.clone());
        Self { context, memory, printed, version, raised: None }
    }

    /// What a call outside has raised.
    pub(super) fn raised(&mut self) -> Option<PyErr> {
        self.raised.take()
    }

    /// New memory of an array, which one holder has; nothing where there is none.
    pub(super) fn new_memory(&mut self, bytes: usize) -> Option<*mut u8> {
        // SAFETY: the context is this call's.
        let owner = unsafe { allocate(self.context(), (HEAD + bytes) as i64) };
        if owner.is_null() {
            return None;
        }
        // SAFETY: the memory has room for the count at its start.
        unsafe { owner.cast::<i64>().write(1) };
        Some(owner)
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

    /// An array that the unit made, as bytes; the call no longer keeps it.
    pub(super) fn take(&mut self, owner: *mut u8) -> Option<Array> {
        let at = self.memory.iter().position(|&(known, _)| known == owner)?;
        Some(self.memory.swap_remove(at).1)
    }
}

unsafe extern "C" fn allocate(context: *mut Context, bytes: i64) -> *mut u8 {
    let made = usize::try_from(bytes).ok().and_then(|bytes| {
        let array = session().blank(&[bytes], DType::U8).ok()?;
        Some((session().read(&array).ok()?, array))
    });
    let Some((owner, array)) = made else { return std::ptr::null_mut() };
    // SAFETY: the context is the first field of a `Call`, which nobody else uses while its unit
    // runs.
    unsafe { (*context.cast::<Call>()).memory.push((owner, array)) };
    owner
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

unsafe extern "C" fn call(
    context: *mut Context,
    number: i64,
    args: *const u64,
    results: *mut u64,
) -> i64 {
    // SAFETY: as in `allocate`; units run with the interpreter attached, and what they give and
    // take is as many words as the call's types have.
    let made = unsafe {
        let (py, call) = (Python::assume_attached(), &mut *context.cast::<Call>());
        let version = call.version.clone();
        let made = version.names.outside(number as usize).make(py, call, args, results);
        made.map_err(|error| call.raised = Some(error))
    };
    made.is_err().into()
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
