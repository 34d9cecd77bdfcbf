//! Reductions of long arrays, with nothing pending on them, that library calls know.
//!
//! Where work is pending the fold runs in one bundle with it, and reads no array at all.

use crate::array::NdArray;
use crate::error::OrRaise;
use crate::memory::{InterruptibleCores, make_from_memory};
use crate::module::session;
use pyo3::prelude::*;
use stook_libraries::{Alone, Mask, first_extreme};
use stook_runtime::{AT_ONCE, Array};
use stook_types::DType;

/// Elements up to which one thread is done before others would have begun.
const ALONE: usize = 1 << 15;
/// Elements up to which a bundle takes longer than BLAS and what is pending is soon done.
const SHORT: usize = 1 << 14;

/// The first element of an array that is searched at once, with nothing pending on it.
fn settled(array: &Array) -> Option<*const u8> {
    let start = session().settled(array).filter(|_| array.view.size() <= ALONE)?;
    Some(start.wrapping_offset(array.view.offset))
}

/// Whether an array lies in one piece, with nothing pending.
fn is_settled(array: &Array) -> bool {
    array.view.is_c_contiguous(array.dtype.size())
        && (session().settled(array).is_some() || !session().is_pending(array))
}

/// Whether the product of an array and itself is worth more than a bundle that adds its squares:
/// by its size and order alone, so that the sum's bits hang on nothing else.
#[pyfunction]
fn is_short_line(array: &Bound<'_, NdArray>) -> bool {
    let array = array.get().array();
    array.view.size() <= SHORT && array.view.is_c_contiguous(array.dtype.size())
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(is_short_line, m)?)
}

/// The place, in C order, of the first of the greatest elements, or of the least; `None` where it is
/// not that simple.
pub(crate) fn extreme(py: Python<'_>, array: &Array, greatest: bool) -> PyResult<Option<usize>> {
    if array.view.size() <= AT_ONCE || !is_settled(array) {
        return Ok(None);
    }
    let (count, size) = (array.view.size(), array.dtype.size());
    if let Some(start) = settled(array) {
        if !start.addr().is_multiple_of(size) {
            return Ok(None);
        }
        // SAFETY: as many elements lie there, which nobody writes with the interpreter attached.
        return unsafe { first_extreme(array.dtype, start, count, greatest, &Alone) }.or_raise(py);
    }
    make_from_memory(py, &[array], |starts| {
        // An array of others may lie anywhere.
        if !starts[0].addr().is_multiple_of(size) {
            return Ok(None);
        }
        // SAFETY: as many elements lie there, and no other call runs.
        unsafe { first_extreme(array.dtype, starts[0], count, greatest, &InterruptibleCores) }
    })
}

/// How many elements of a mask are true; `None` where it is not that simple.
pub(crate) fn count(py: Python<'_>, array: &Array) -> PyResult<Option<usize>> {
    if array.dtype != DType::Bool || array.view.size() <= AT_ONCE || !is_settled(array) {
        return Ok(None);
    }
    let count = array.view.size();
    if let Some(start) = settled(array) {
        // SAFETY: as many bytes lie there, which nobody writes with the interpreter attached.
        let mask = unsafe { std::slice::from_raw_parts(start, count) };
        return Ok(Some(Mask::count(mask, &Alone).or_raise(py)?.total()));
    }
    make_from_memory(py, &[array], |starts| {
        // SAFETY: as many bytes lie there, and no other call runs.
        let mask = unsafe { std::slice::from_raw_parts(starts[0], count) };
        Ok(Mask::count(mask, &InterruptibleCores)?.total())
    })
    .map(Some)
}
