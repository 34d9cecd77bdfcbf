//! Arrays one behind another in a new one, for the commonest call of `concatenate`.

use crate::array::NdArray;
use crate::error::{OrRaise, report_conditions};
use crate::module::session;
use pyo3::prelude::*;
use pyo3::types::PyList;
use smallvec::SmallVec;
use stook_runtime::{Array, Input};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(join, m)?)
}

/// The arrays one behind another along `axis`; `None` unless they are of one type, fit, and the
/// first is in C order.
#[pyfunction]
fn join<'py>(
    py: Python<'py>,
    parts: &Bound<'py, PyList>,
    axis: isize,
) -> PyResult<Option<Bound<'py, NdArray>>> {
    let mut arrays: SmallVec<[Array; 4]> = SmallVec::new();
    for part in parts.iter() {
        match part.cast_exact::<NdArray>() {
            Ok(ours) => arrays.push(ours.get().array().clone()),
            Err(_) => return Ok(None),
        }
    }
    let Some(axis) = common_axis(&arrays, axis) else {
        return Ok(None);
    };
    let mut shape = arrays[0].view.shape.clone();
    shape[axis] = arrays.iter().map(|array| array.view.shape[axis]).sum();
    let whole = session().empty(&shape, arrays[0].dtype).or_raise(py)?;
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

/// The axis counted from the front, if the arrays can be joined along it as they are.
fn common_axis(arrays: &[Array], axis: isize) -> Option<usize> {
    let first = arrays.first()?;
    let ndim = first.view.ndim();
    let axis = if axis < 0 { axis + ndim as isize } else { axis };
    let axis = usize::try_from(axis).ok().filter(|&axis| axis < ndim)?;
    let fits = |array: &Array| {
        array.dtype == first.dtype
            && array.view.ndim() == ndim
            && (0..ndim).all(|k| k == axis || array.view.shape[k] == first.view.shape[k])
    };
    let plain = ndim == 1 || first.view.is_c_contiguous(first.dtype.size());
    (plain && arrays.iter().all(fits)).then_some(axis)
}
