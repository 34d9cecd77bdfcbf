//! Arrays one behind another in a new one.

use crate::array::NdArray;
use crate::error::{OrRaise, report_conditions};
use crate::interop;
use crate::module::session;
use pyo3::prelude::*;
use pyo3::types::PyList;
use smallvec::SmallVec;
use stook_runtime::{Array, Input};
use stook_types::{DType, View};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(join, m)?)
}

/// The arrays one behind another along `axis`, as elements of the type of them all, or of `dtype`;
/// `None` unless they are ours and fit.
#[pyfunction]
#[pyo3(signature = (parts, axis, dtype=None))]
fn join<'py>(
    py: Python<'py>,
    parts: &Bound<'py, PyList>,
    axis: isize,
    dtype: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, NdArray>>> {
    let mut arrays: SmallVec<[Array; 4]> = SmallVec::new();
    for part in parts.iter() {
        match part.cast_exact::<NdArray>() {
            Ok(ours) => arrays.push(ours.get().array().clone()),
            Err(_) => return Ok(None),
        }
    }
    let dtype = match dtype {
        Some(given) => interop::dtype_from(given)?,
        None => common_type(&arrays),
    };
    let (Some(axis), Some(dtype)) = (common_axis(&arrays, axis), dtype) else {
        return Ok(None);
    };
    let mut shape = arrays[0].view.shape.clone();
    shape[axis] = arrays.iter().map(|array| array.view.shape[axis]).sum();
    let mut whole = session().empty(&shape, dtype).or_raise(py)?;
    // Steps count in parts without elements, too.
    let plain = |a: &Array| a.view.size() > 0 && a.view.is_c_contiguous(a.dtype.size());
    if shape.len() > 1 && !arrays.iter().all(plain) {
        let views: SmallVec<[View; 4]> = arrays.iter().map(|a| a.view.clone()).collect();
        whole.view = View::joining(&shape, &views, dtype.size());
    }
    let mut target = whole.clone();
    for array in &arrays {
        let length = array.view.shape[axis];
        target.view.shape[axis] = length;
        session().assign(&target, Input::Array(array)).or_raise(py)?;
        target.view.offset += whole.view.strides[axis] * length as isize;
    }
    report_conditions(py)?;
    NdArray::object(py, whole).map(Some)
}

fn common_type(arrays: &[Array]) -> Option<DType> {
    let first = arrays.first()?.dtype;
    arrays.iter().all(|array| array.dtype == first).then_some(first)
}

/// The axis counted from the front, if the arrays can be joined along it.
fn common_axis(arrays: &[Array], axis: isize) -> Option<usize> {
    let first = arrays.first()?;
    let ndim = first.view.ndim();
    let axis = if axis < 0 { axis + ndim as isize } else { axis };
    let axis = usize::try_from(axis).ok().filter(|&axis| axis < ndim)?;
    let fits = |array: &Array| {
        array.view.ndim() == ndim
            && (0..ndim).all(|k| k == axis || array.view.shape[k] == first.view.shape[k])
    };
    arrays.iter().all(fits).then_some(axis)
}
