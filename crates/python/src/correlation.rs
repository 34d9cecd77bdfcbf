//! Sums of products of an array and a short kernel that moves along it.

use crate::array::NdArray;
use crate::error::OrRaise;
use crate::memory::{contiguous, make_from_memory};
use crate::module::session;
use pyo3::prelude::*;
use stook_libraries::Correlation;
use stook_runtime::{Array, Buffer};
use stook_types::{DType, promote};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(correlated, m)?)
}

/// The sums of products of a line of real numbers and a kernel no longer than it, or the kernel
/// turned, at each place that a mode of `numpy.correlate` names; None where only NumPy knows.
#[pyfunction]
fn correlated<'py>(
    py: Python<'py>,
    line: &Bound<'py, NdArray>,
    kernel: &Bound<'py, NdArray>,
    mode: &str,
    turned: bool,
) -> PyResult<Option<Bound<'py, NdArray>>> {
    let (line, kernel) = (line.get().array(), kernel.get().array());
    let (length, m) = (line.view.size(), kernel.view.size());
    let dtype = promote(line.dtype, kernel.dtype);
    let (before, behind) = match mode {
        "valid" => (0, 0),
        "same" => (m / 2, m.wrapping_sub(m / 2 + 1)),
        "full" => (m.wrapping_sub(1), m.wrapping_sub(1)),
        _ => return Ok(None),
    };
    let lines = line.view.ndim() == 1 && kernel.view.ndim() == 1;
    let known =
        dtype.is_integer() && dtype != DType::Bool || matches!(dtype, DType::F32 | DType::F64);
    if !lines || !known || m == 0 || length < m {
        return Ok(None);
    }
    let places = length + before + behind - m + 1;
    let call = Correlation { dtype, length, kernel: m, turned, before, places };
    let (line, kernel) = (typed(py, line, dtype)?, typed(py, kernel, dtype)?);
    let made = make_from_memory(py, &[&line, &kernel], |starts| {
        let buffer = Buffer::new(places * dtype.size())?;
        // SAFETY: contiguous numbers of this type, and new memory for the sums.
        unsafe { call.run(starts[0], starts[1], buffer.pointer()) };
        Ok(Array::over(buffer, &[places], dtype))
    })?;
    NdArray::object(py, made).map(Some)
}

/// The array as contiguous and aligned elements of a type.
fn typed(py: Python<'_>, array: &Array, dtype: DType) -> PyResult<Array> {
    let aligned = array.start().is_none_or(|start| start.addr().is_multiple_of(dtype.size()));
    match array.dtype == dtype && aligned {
        true => contiguous(py, array),
        false => session().cast(array, dtype).or_raise(py),
    }
}
