//! `a[mask]` and `a[mask] = value` where the mask has the shape of the leading axes of `a`, and the
//! places of elements that are not zero.

use crate::array::NdArray;
use crate::chosen;
use crate::convert::Operand;
use crate::error::{OrRaise, report_conditions};
use crate::few;
use crate::index::{element, store};
use crate::memory::{Cores, InterruptibleCores, contiguous, make_from_memory, with_memory};
use crate::module::session;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use stook_libraries::{Mask, Rows};
use stook_runtime::{Array, Buffer, Input};
use stook_types::{DType, Dims, Error, Result, View};

/// Elements from which an assignment of one value is recorded rather than run.
const RECORD_FROM: usize = 2048;

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(copy_where, m)?)?;
    m.add_function(wrap_pyfunction!(nonzero, m)?)
}

/// Whether the mask lies on the leading axes of the array.
pub(crate) fn fits(array: &Array, mask: &Array) -> bool {
    let n = mask.view.ndim();
    n > 0 && array.view.shape.get(..n) == Some(&mask.view.shape[..])
}

/// What the mask has a byte for.
struct Masked {
    view: View,
    /// Bytes between rows, and of a row, where the rows lie so.
    stride: isize,
    bytes: usize,
    /// The shape of a row.
    inner: Dims,
}

/// The rows of the array under a mask of `ndim` axes, if strides can say where they are.
fn rows(array: &Array, ndim: usize) -> Option<Masked> {
    let (view, size) = (&array.view, array.dtype.size());
    let part = |axes: std::ops::Range<usize>| View {
        offset: view.offset,
        shape: view.shape[axes.clone()].into(),
        strides: view.strides[axes].into(),
    };
    let (outer, inner) = (part(0..ndim), part(ndim..view.ndim()));
    let line = outer.reshape(&[outer.size()], size)?;
    (view.size() == 0 || inner.is_c_contiguous(size)).then(|| Masked {
        stride: line.strides[0],
        bytes: inner.size() * size,
        inner: inner.shape,
        view: line,
    })
}

/// # Safety
/// `start` is the first element of a contiguous array of this many booleans, which nobody writes
/// while the mask is in use.
unsafe fn counted<'a>(start: *mut u8, size: usize) -> Result<Mask<'a>> {
    // SAFETY: the caller's promise.
    Mask::count(unsafe { std::slice::from_raw_parts(start, size) }, &InterruptibleCores)
}

/// `array[mask]`, for a mask that fits: rows behind one another, the axes of a row in the order in
/// which they lie in the array.
pub(crate) fn get(py: Python<'_>, array: &Array, mask: &Array) -> PyResult<Array> {
    if let Some(made) = chosen::compress(array, mask) {
        return Ok(made);
    }
    let outer = mask.view.ndim();
    let inner = View {
        offset: 0,
        shape: array.view.shape[outer..].into(),
        strides: array.view.strides[outer..].into(),
    };
    let axes = inner.axes_in_memory();
    let turned: Dims = (0..outer).chain(axes.iter().map(|&axis| outer + axis)).collect();
    let mut made = rows_under(py, &array.with_view(array.view.transpose(&turned)), mask)?;
    let place = |axis: usize| axes.iter().position(|&a| a == axis).map(|k| k + 1);
    let back: Dims = std::iter::once(0).chain((0..axes.len()).filter_map(place)).collect();
    made.view = made.view.transpose(&back);
    Ok(made)
}

/// The rows under a mask, in C order.
fn rows_under(py: Python<'_>, array: &Array, mask: &Array) -> PyResult<Array> {
    let mask = contiguous(py, mask)?;
    let size = mask.view.size();
    let (source, masked) = match rows(array, mask.view.ndim()) {
        Some(masked) => (array.clone(), masked),
        None => {
            let copy = session().cast(array, array.dtype).or_raise(py)?;
            let masked = rows(&copy, mask.view.ndim());
            let masked = masked.ok_or_else(|| Error::Internal("a copy has no gaps".into()));
            (copy, masked.or_raise(py)?)
        }
    };
    let dtype = array.dtype;
    make_from_memory(py, &[&mask, &source], |starts| {
        // SAFETY: a contiguous mask, and no other call runs.
        let mask = unsafe { counted(starts[0], size) }?;
        let mut shape: Dims = [mask.total()].as_slice().into();
        shape.extend_from_slice(&masked.inner);
        let buffer = Buffer::new(shape.iter().product::<usize>() * dtype.size())?;
        if masked.bytes > 0 {
            let (stride, bytes) = (masked.stride, masked.bytes);
            let rows = Rows { start: starts[1], stride, bytes };
            // SAFETY: the array has a row for every byte of the mask; the buffer is new and has
            // room for those that are kept.
            unsafe { mask.compress(rows, buffer.pointer(), &InterruptibleCores) }?;
        }
        Ok(Array::over(buffer, &shape, dtype))
    })
}

/// `array[mask] = value`, for a mask that fits; false where only NumPy knows how, or what is wrong.
pub(crate) fn set(
    py: Python<'_>,
    array: &Array,
    mask: &Array,
    value: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    if mask.view.shape == array.view.shape
        && array.view.size() >= RECORD_FROM
        && let Some(scalar) = element(value, array.dtype)
    {
        let (source, mask) = (Input::Scalar(scalar), Input::Array(mask));
        session().assign_where(array, source, mask).or_raise(py)?;
        return Ok(true);
    }
    let Some(masked) = rows(array, mask.view.ndim()) else {
        return Ok(false);
    };
    let own = std::sync::Arc::ptr_eq(&mask.storage, &array.storage);
    let mask =
        if own { session().cast(mask, DType::Bool).or_raise(py)? } else { contiguous(py, mask)? };
    let size = mask.view.size();
    let total = make_from_memory(py, &[&mask], |starts| {
        // SAFETY: a contiguous mask, and no other call runs.
        Ok(unsafe { counted(starts[0], size) }?.total())
    })?;
    let Some(values) = values_for(py, array, &masked, total, value)? else {
        return Ok(false);
    };
    if total == 0 || masked.bytes == 0 {
        return Ok(true);
    }
    let step = if values.view.ndim() > masked.inner.len() { masked.bytes as isize } else { 0 };
    let target = array.with_view(masked.view);
    let (stride, bytes) = (masked.stride, masked.bytes);
    with_memory(py, &[&mask, &values, &target], |starts| {
        // SAFETY: a contiguous mask, and no other call runs.
        let mask = unsafe { counted(starts[0], size) }?;
        if mask.total() != total {
            return Err(Error::Internal("another thread changed the mask".into()));
        }
        let values = Rows { start: starts[1], stride: step, bytes };
        let target = Rows { start: starts[2], stride, bytes };
        // SAFETY: the target has a row for every byte; the values are contiguous: one row, or one
        // for each true byte. They and the mask are in storages of their own.
        unsafe { mask.expand(values, target, &Cores) }
    })?;
    Ok(true)
}

/// The values as a contiguous array of rows, or one row, of the array's type; `None` where they do
/// not fit.
fn values_for(
    py: Python<'_>,
    array: &Array,
    masked: &Masked,
    total: usize,
    value: &Bound<'_, PyAny>,
) -> PyResult<Option<Array>> {
    let Some(operand) = Operand::written(value, array.dtype)? else {
        return Ok(None);
    };
    let given: &[usize] = operand.array().map_or(&[], |array| &array.view.shape);
    let mut shape: Dims = masked.inner.clone();
    if shape.is_empty() && given.len() > 1 {
        return Ok(None);
    }
    let whole = given.len() > shape.len();
    if whole && !(given.len() == shape.len() + 1 && given[0] == 1) {
        shape.insert(0, total);
    }
    let broadcasts = given.len() <= shape.len() + 1
        && given.iter().rev().zip(shape.iter().rev()).all(|(&a, &b)| a == b || a == 1);
    if !broadcasts || given.len() > shape.len() && given[0] != 1 {
        return Ok(None);
    }
    if let Some(given) = operand.array() {
        let ready = given.dtype == array.dtype
            && given.view.shape == shape
            && given.view.is_c_contiguous(array.dtype.size())
            && !std::sync::Arc::ptr_eq(&given.storage, &array.storage);
        if ready {
            return Ok(Some(given.clone()));
        }
    }
    let values = session().empty(&shape, array.dtype).or_raise(py)?;
    Ok(store(py, &values, &operand, value)?.then_some(values))
}

/// Writes `source`, broadcast and cast, where a mask that broadcasts to `target` holds.
#[pyfunction]
fn copy_where(
    py: Python<'_>,
    target: &Bound<'_, NdArray>,
    source: &Bound<'_, NdArray>,
    mask: &Bound<'_, NdArray>,
) -> PyResult<()> {
    target.get().check_writeable("assignment destination")?;
    let (source, mask) = (source.get().array(), mask.get().array());
    if few::copy_where(target.get().array(), source, mask) {
        return Ok(());
    }
    let (source, mask) = (Input::Array(source), Input::Array(mask));
    session().assign_where(target.get().array(), source, mask).or_raise(py)?;
    report_conditions(py)
}

/// The places of the elements that are not zero: one array of integers for each axis.
#[pyfunction]
pub(crate) fn nonzero<'py>(
    py: Python<'py>,
    a: &Bound<'py, NdArray>,
) -> PyResult<Bound<'py, PyTuple>> {
    let array = a.get().array();
    if let Some(found) = chosen::nonzero(array) {
        return PyTuple::new(py, [NdArray::object(py, found)?]);
    }
    if array.view.ndim() == 0 {
        return Err(PyValueError::new_err(
            "Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() \
             instead.",
        ));
    }
    let found = places(py, array)?;
    let found: PyResult<Vec<_>> = found.into_iter().map(|run| NdArray::object(py, run)).collect();
    PyTuple::new(py, found?)
}

/// The places of the elements of an array that are not zero, along each axis.
pub(crate) fn places(py: Python<'_>, array: &Array) -> PyResult<Vec<Array>> {
    let mask = if array.dtype == DType::Bool {
        contiguous(py, array)?
    } else {
        session().cast(array, DType::Bool).or_raise(py)?
    };
    let shape: Dims = mask.view.shape.clone();
    let size = mask.view.size();
    make_from_memory(py, &[&mask], |starts| {
        // SAFETY: a contiguous mask, and no other call runs.
        let mask = unsafe { counted(starts[0], size) }?;
        let total = mask.total();
        let made = shape.iter().map(|_| Buffer::new(total * 8));
        let buffers = made.collect::<Result<Vec<_>>>()?;
        let mut runs: Vec<&mut [i64]> = buffers
            .iter()
            // SAFETY: the buffer is new, aligned, and has room for this many; every number is
            // written before it is read.
            .map(|b| unsafe { std::slice::from_raw_parts_mut(b.pointer().cast(), total) })
            .collect();
        mask.positions(&shape, &mut runs, &InterruptibleCores)?;
        let arrays = buffers.into_iter().map(|b| Array::over(b, &[total], DType::I64));
        Ok(arrays.collect())
    })
}
