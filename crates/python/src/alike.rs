//! New arrays after the model of another, and arrays in an order of memory.
//!
//! An array like one of ours in its shape is made here; `stook._creation` makes all others.

use crate::array::NdArray;
use crate::create::{self, Order, check_device, convert, given, made_like};
use crate::interop::{self, numpy};
use pyo3::prelude::*;
use pyo3::types::PyDict;

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(asanyarray, m)?)?;
    m.add_function(wrap_pyfunction!(ascontiguousarray, m)?)?;
    m.add_function(wrap_pyfunction!(asfortranarray, m)?)?;
    m.add_function(wrap_pyfunction!(empty_like, m)?)
}

/// The object itself if it is an array of this type and order, or of a derived class, else a new
/// array of it.
#[pyfunction]
#[pyo3(signature = (a, dtype=None, order=None, *, device=None, copy=None, like=None))]
fn asanyarray<'py>(
    py: Python<'py>,
    a: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
    device: Option<&str>,
    copy: Option<create::Copies>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    check_device(device)?;
    let copy = copy.and_then(|copy| copy.0);
    let options = |options: &Bound<'py, PyDict>| {
        options.set_item("copy", copy)?;
        given(dtype, order)(options)
    };
    if let Some(made) = made_like(like, "asanyarray", (a,), options)? {
        return Ok(made);
    }
    if interop::is_any_array(py, a.as_ptr()) && !interop::is_array(a) {
        let all = PyDict::new(py);
        options(&all)?;
        return numpy(py).module(py).getattr("asanyarray")?.call((a,), Some(&all));
    }
    convert(py, a, dtype, copy, order, false)
}

/// The object in C order, with at least one axis; itself where it is so.
#[pyfunction]
#[pyo3(signature = (a, dtype=None, *, like=None))]
fn ascontiguousarray<'py>(
    a: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    in_order(a, dtype, like, "ascontiguousarray", "C")
}

/// The object in Fortran order, with at least one axis; itself where it is so.
#[pyfunction]
#[pyo3(signature = (a, dtype=None, *, like=None))]
fn asfortranarray<'py>(
    a: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    in_order(a, dtype, like, "asfortranarray", "F")
}

fn in_order<'py>(
    a: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    like: Option<&Bound<'py, PyAny>>,
    name: &str,
    order: &str,
) -> PyResult<Bound<'py, PyAny>> {
    if let Some(made) = made_like(like, name, (a,), given(dtype, None))? {
        return Ok(made);
    }
    let made = convert(a.py(), a, dtype, None, Some(order), false)?;
    let has_axes = match made.cast::<NdArray>() {
        Ok(ours) => ours.get().array().view.ndim() > 0,
        Err(_) => made.getattr("ndim")?.is_truthy()?,
    };
    if has_axes { Ok(made) } else { made.call_method1("reshape", (1,)) }
}

/// A new array of the shape and type of another, without contents.
#[pyfunction]
#[pyo3(signature = (prototype, dtype=None, order=None, subok=None, shape=None, *, device=None),
       text_signature = "(prototype, /, dtype=None, order='K', subok=True, shape=None, *, \
                         device=None)")]
fn empty_like<'py>(
    prototype: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&Bound<'py, PyAny>>,
    subok: Option<&Bound<'py, PyAny>>,
    shape: Option<&Bound<'py, PyAny>>,
    device: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = prototype.py();
    let to = dtype.map(interop::dtype_from).transpose()?;
    if let Ok(model) = prototype.cast_exact::<NdArray>()
        && order.is_none()
        && shape.is_none()
        && device.is_none()
        && to != Some(None)
    {
        let model = model.get().array();
        let made = create::empty_as(py, model, to.flatten().unwrap_or(model.dtype), Order::Kept)?;
        return Ok(NdArray::object(py, made)?.into_any());
    }
    let options = PyDict::new(py);
    let given = [("order", order), ("subok", subok), ("shape", shape), ("device", device)];
    for (name, value) in given {
        if let Some(value) = value {
            options.set_item(name, value)?;
        }
    }
    let function = py.import("stook._creation")?.getattr("_empty_like")?;
    function.call((prototype, dtype), Some(&options))
}
