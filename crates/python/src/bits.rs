//! Flags packed to bits along an axis, and bits unpacked to flags.

use crate::along::with_last;
use crate::array::NdArray;
use crate::create::{Order, empty_as};
use crate::error::OrRaise;
use crate::memory::{InterruptibleCores, contiguous, make_from_memory};
use crate::module::session;
use pyo3::prelude::*;
use stook_libraries::{First, pack, unpack};
use stook_runtime::{Array, Input};
use stook_types::DType;

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(packed, m)?)?;
    m.add_function(wrap_pyfunction!(unpacked, m)?)
}

fn first(little: bool) -> First {
    if little { First::Low } else { First::High }
}

/// Whether elements are nonzero, along an axis of `a`, as bits of bytes.
#[pyfunction]
fn packed<'py>(
    py: Python<'py>,
    a: &Bound<'py, NdArray>,
    axis: usize,
    little: bool,
) -> PyResult<Bound<'py, NdArray>> {
    let array = a.get().array();
    let rows = with_last(array, axis);
    let flags = match array.dtype {
        DType::Bool => contiguous(py, &rows)?,
        _ => session().cast(&rows, DType::Bool).or_raise(py)?,
    };
    let n = array.view.shape[axis];
    along(py, array, &flags, axis, n.div_ceil(8), |from, into, rows| {
        // SAFETY: contiguous rows of flags, and a new array of as many rows of bytes.
        unsafe { pack(from, into, [rows, n], first(little), &InterruptibleCores) }
    })
}

/// The bits of bytes along an axis of `a`, `length` of them and zeros where there are fewer.
#[pyfunction]
fn unpacked<'py>(
    py: Python<'py>,
    a: &Bound<'py, NdArray>,
    axis: usize,
    length: usize,
    little: bool,
) -> PyResult<Bound<'py, NdArray>> {
    let array = a.get().array();
    let bytes = contiguous(py, &with_last(array, axis))?;
    let n = array.view.shape[axis];
    along(py, array, &bytes, axis, length, |from, into, rows| {
        // SAFETY: contiguous rows of bytes, and a new array of as many rows of flags.
        unsafe { unpack(from, into, [rows, n, length], first(little), &InterruptibleCores) }
    })
}

/// A new array of bytes, made from contiguous rows along what becomes an axis of `a` again; in
/// Fortran order if `a` is.
fn along<'py>(
    py: Python<'py>,
    a: &Array,
    rows_of: &Array,
    axis: usize,
    length: usize,
    make: impl Fn(*const u8, *mut u8, usize) -> stook_types::Result<()> + Sync,
) -> PyResult<Bound<'py, NdArray>> {
    let last = a.view.ndim() - 1;
    let rows = rows_of.view.shape[..last].iter().product();
    let mut shape = rows_of.view.shape.clone();
    shape[last] = length;
    let made = session().blank(&shape, DType::U8).or_raise(py)?;
    if made.view.size() > 0 {
        make_from_memory(py, &[rows_of, &made], |starts| make(starts[0], starts[1], rows))?;
    }
    if last == 0 {
        return NdArray::object(py, made);
    }
    let back: Vec<usize> = (0..axis).chain([last]).chain(axis..last).collect();
    let made = made.with_view(made.view.transpose(&back));
    let order = if Order::Any.is_fortran(a) { Order::Fortran } else { Order::C };
    let placed = empty_as(py, &made, DType::U8, order)?;
    session().assign(&placed, Input::Array(&made)).or_raise(py)?;
    NdArray::object(py, placed)
}
