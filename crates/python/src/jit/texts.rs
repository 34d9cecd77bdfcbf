//! Strings of Python's as code points in memory, and back; numbers as their text.

use super::arguments::Given;
use super::calling::{Call, number};
use super::memory::{HEAD, Memory};
use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use stook_jit::memory::{CAPACITY, LENGTH};
use stook_types::DType;

/// Code points that a number takes, at most.
const MOST: usize = 32;

impl Given {
    /// Adds a string, whose code points the call keeps.
    pub(super) fn add_text(&mut self, text: &Bound<'_, PyString>) -> PyResult<()> {
        let (owner, length) = points_of(&self.memory, text)?;
        self.words.extend([owner as u64 + HEAD as u64, 0, length as u64]);
        Ok(())
    }
}

/// The words of a string that a call outside has made, which one holder has.
pub(super) fn give_text(
    call: &Call<'_>,
    text: &Bound<'_, PyString>,
    into: &mut Vec<u64>,
) -> PyResult<()> {
    let (owner, length) = points_of(&call.memory, text)?;
    into.extend([owner as u64 + HEAD as u64, owner as u64, length as u64]);
    Ok(())
}

/// A new block with a string's code points behind its head, and how many there are.
fn points_of(memory: &Memory, text: &Bound<'_, PyString>) -> PyResult<(*mut u8, usize)> {
    // SAFETY: the object is a string.
    let length = unsafe { ffi::PyUnicode_GetLength(text.as_ptr()) };
    let count = usize::try_from(length).map_err(|_| PyErr::fetch(text.py()))?;
    let owner = memory.with_holder(count * size_of::<u32>());
    let owner = owner.ok_or_else(|| PyMemoryError::new_err(()))?;
    // SAFETY: the object is a string of so many characters, for which the block has room.
    let made = unsafe {
        owner.offset(CAPACITY as isize).cast::<i64>().write(0);
        ffi::PyUnicode_AsUCS4(text.as_ptr(), owner.add(HEAD).cast::<u32>(), length, 0)
    };
    if made.is_null() {
        return Err(PyErr::fetch(text.py()));
    }
    Ok((owner, count))
}

/// The string that words stand for.
///
/// # Safety
/// They are the parts of a string that lies in memory which lives on.
pub(super) unsafe fn text_of<'py>(
    py: Python<'py>,
    data: u64,
    length: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let mut order = if cfg!(target_endian = "little") { -1 } else { 1 };
    let bytes = length as isize * size_of::<u32>() as isize;
    let data = std::ptr::with_exposed_provenance(data as usize);
    // SAFETY: the caller's promise; what is made is a new object, or nothing with an exception.
    unsafe {
        let made = ffi::PyUnicode_DecodeUTF32(data, bytes, c"surrogatepass".as_ptr(), &mut order);
        Bound::from_owned_ptr_or_err(py, made)
    }
}

/// Writes a real number as Python does; how many code points that took.
///
/// # Safety
/// There is room for [`MOST`].
unsafe extern "C" fn write_number(what: i64, bits: u64, into: *mut u32) -> i64 {
    let dtype = DType::ALL[what as usize];
    let text = number(dtype, bits);
    let mut count = 0;
    for (k, character) in text.chars().take(MOST).enumerate() {
        // SAFETY: the caller's promise.
        unsafe { into.add(k).write(character.into()) };
        count += 1;
    }
    count
}

/// Takes the room behind a string for so many code points more, if it is there and nobody has it: 1,
/// else 0. Several threads may ask.
///
/// # Safety
/// The string lies in the block, or that is null.
unsafe extern "C" fn claim(data: *const u32, owner: *mut u8, length: i64, more: i64) -> i64 {
    if owner.is_null() {
        return 0;
    }
    // SAFETY: the caller's promise; a block of code points has these words.
    let (taken, room) = unsafe {
        let taken = &*owner.offset(LENGTH as isize).cast::<AtomicI64>();
        (taken, owner.offset(CAPACITY as isize).cast::<i64>().read())
    };
    let start = (data as usize - owner as usize - HEAD) / size_of::<u32>();
    let end = start as i64 + length;
    let fits = more <= room - end;
    let is_ours = || taken.compare_exchange(end, end + more, Relaxed, Relaxed).is_ok();
    (fits && is_ours()).into()
}

/// The addresses of what writes numbers and of what takes room, for compiled code.
#[pyfunction]
pub(super) fn text_functions() -> (usize, usize) {
    let write: unsafe extern "C" fn(i64, u64, *mut u32) -> i64 = write_number;
    let claim: unsafe extern "C" fn(*const u32, *mut u8, i64, i64) -> i64 = claim;
    (write as usize, claim as usize)
}

/// `bytes` of so many bytes at an address.
///
/// # Safety
/// They lie there.
pub(super) unsafe fn bytes_of(py: Python<'_>, data: u64, length: u64) -> Bound<'_, PyAny> {
    if length == 0 {
        return PyBytes::new(py, b"").into_any();
    }
    let data = std::ptr::with_exposed_provenance::<u8>(data as usize);
    // SAFETY: the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(data, length as usize) };
    PyBytes::new(py, bytes).into_any()
}

/// Words of new memory that has these bytes.
pub(super) fn give_bytes(call: &Call<'_>, bytes: &[u8], into: &mut Vec<u64>) -> PyResult<()> {
    let owner = call.memory.with_holder(bytes.len()).ok_or_else(|| PyMemoryError::new_err(()))?;
    let data = owner.wrapping_add(HEAD);
    // SAFETY: the memory has room for them behind its head.
    unsafe { data.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    into.extend([data as u64, owner as u64, bytes.len() as u64]);
    Ok(())
}
