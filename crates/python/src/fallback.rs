//! Calls that NumPy answers, on memory of ours.
//!
//! Arrays of ours are lent to the call as arrays of NumPy's; results become arrays of ours: views
//! where they view our memory, else by adopting theirs. What NumPy still holds of a lent array when
//! the call is over is shared memory from then on. Calls that users make are counted.

use crate::array::NdArray;
use crate::error::OrRaise;
use crate::interop;
use crate::module::{flush, session};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use stook_types::View;

/// Arrays of ours with those of NumPy's that stand for them.
type Lent<'py> = Vec<(Bound<'py, NdArray>, Bound<'py, PyAny>)>;

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(call_numpy, m)?)?;
    m.add_function(wrap_pyfunction!(call_apart, m)?)?;
    m.add_function(wrap_pyfunction!(wrap, m)?)?;
    m.add_function(wrap_pyfunction!(export, m)?)
}

/// Counts a call that is not native under `name`.
pub(crate) fn count(py: Python<'_>, name: &str) -> PyResult<()> {
    py.import("stook._fallback")?.getattr("note")?.call1((name,)).map(|_| ())
}

/// What NumPy answers to a call under `name`, counted unless it is an error.
pub(crate) fn answered<'py>(
    py: Python<'py>,
    name: &str,
    function: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let result = call_numpy(function, args, kwargs)?;
    count(py, name)?;
    Ok(result)
}

/// `function(*args, **kwargs)` with NumPy's arrays in place of ours, in nested tuples, lists and
/// dicts too; the result with ours in place of NumPy's.
#[pyfunction]
#[pyo3(signature = (function, args, kwargs=None))]
pub(crate) fn call_numpy<'py>(
    function: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    flush(function.py())?;
    let mut lent = Vec::new();
    let result = {
        let args = lend(args.as_any(), &mut lent, None)?.cast_into::<PyTuple>()?;
        let kwargs = kwargs.map(|kwargs| lend(kwargs.as_any(), &mut lent, None)).transpose()?;
        let kwargs = kwargs.map(Bound::cast_into::<PyDict>).transpose()?;
        match function.call(&args, kwargs.as_ref()) {
            Err(error) if gave_ours(function.py(), &error) => {
                let (args, kwargs) = (given(&args)?, kwargs.as_deref().map(given).transpose()?);
                let args = lend(&args, &mut lent, None)?.cast_into::<PyTuple>()?;
                let kwargs = kwargs.map(|kwargs| lend(&kwargs, &mut lent, None)).transpose()?;
                let kwargs = kwargs.map(Bound::cast_into::<PyDict>).transpose()?;
                function.call(args, kwargs.as_ref())
            }
            Err(error) if is_unknown_to_others(function.py(), &error) => {
                let ask = function.py().import("stook._likes")?.getattr("answer")?;
                let made = ask.call1((error.value(function.py()).to_string(), &args, &kwargs))?;
                if made.is(function.py().NotImplemented()) { Err(error) } else { Ok(made) }
            }
            result => result,
        }
    };
    let result = result.and_then(|result| received(result, &lent));
    settle(lent)?;
    result
}

/// As [`call_numpy`], for arguments that hold no array of ours: nothing is to be finished or lent.
#[pyfunction]
#[pyo3(signature = (function, args, kwargs=None))]
fn call_apart<'py>(
    function: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    received(function.call(args, kwargs)?, &Vec::new())
}

/// Whether NumPy was given an array of ours by an object's `__array__`, which it does not take.
pub(crate) fn gave_ours(py: Python<'_>, error: &PyErr) -> bool {
    let text = "object __array__ method not producing an array";
    error.is_instance_of::<PyValueError>(py) && error.value(py).to_string() == text
}

/// Whether classes of other arrays among the arguments do not know NumPy's function.
fn is_unknown_to_others(py: Python<'_>, error: &PyErr) -> bool {
    let text = "no implementation found for 'numpy.";
    error.is_instance_of::<PyTypeError>(py) && error.value(py).to_string().starts_with(text)
}

/// Arguments with the arrays that objects give by `__array__` in place of them, in lists too.
fn given<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    if let Ok(tuple) = object.cast_exact::<PyTuple>() {
        let items = tuple.iter().map(|item| given(&item)).collect::<PyResult<Vec<_>>>()?;
        return Ok(PyTuple::new(py, items)?.into_any());
    }
    if let Ok(list) = object.cast_exact::<PyList>() {
        let items = list.iter().map(|item| given(&item)).collect::<PyResult<Vec<_>>>()?;
        return Ok(PyList::new(py, items)?.into_any());
    }
    if let Ok(dict) = object.cast_exact::<PyDict>() {
        let made = PyDict::new(py);
        for (key, value) in dict {
            made.set_item(key, given(&value)?)?;
        }
        return Ok(made.into_any());
    }
    if interop::is_any_array(py, object.as_ptr()) || !object.get_type().hasattr("__array__")? {
        return Ok(object.clone());
    }
    let made = object.call_method0("__array__")?;
    Ok(if made.is_instance_of::<NdArray>() { made } else { object.clone() })
}

/// A result of NumPy's with arrays of ours in place of its own, in tuples and lists too.
#[pyfunction]
pub(crate) fn wrap<'py>(object: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    received(object, &Vec::new())
}

/// Memory of ours as an array of NumPy's that shares it, in tuples, lists and dicts too; any other
/// object as it is.
#[pyfunction]
fn export<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    flush(object.py())?;
    let mut lent = Vec::new();
    let made = lend(object, &mut lent, None)?;
    for (ours, _) in &lent {
        session().share(ours.get().array()).or_raise(object.py())?;
    }
    Ok(made)
}

/// A container that is being walked, and the one that it lies in.
struct Inside<'a, 'py> {
    container: &'a Bound<'py, PyAny>,
    outer: Option<&'a Inside<'a, 'py>>,
}

impl Inside<'_, '_> {
    /// Whether the object is one of the containers that are being walked.
    fn has(&self, object: &Bound<'_, PyAny>) -> bool {
        self.container.is(object) || self.outer.is_some_and(|outer| outer.has(object))
    }
}

/// The object with NumPy's arrays in place of ours. A container within itself stays as it is.
fn lend<'py>(
    object: &Bound<'py, PyAny>,
    lent: &mut Lent<'py>,
    outer: Option<&Inside<'_, 'py>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    if let Ok(ours) = object.cast::<NdArray>() {
        if let Some((_, view)) = lent.iter().find(|(known, _)| known.is(ours)) {
            return Ok(view.clone());
        }
        let view = NdArray::look(ours)?;
        lent.push((ours.clone(), view.clone()));
        return Ok(view);
    }
    if outer.is_some_and(|outer| outer.has(object)) {
        return Ok(object.clone());
    }
    let here = Inside { container: object, outer };
    let mut lend = |item: &Bound<'py, PyAny>| lend(item, lent, Some(&here));
    if let Ok(tuple) = object.cast_exact::<PyTuple>() {
        let items = tuple.iter().map(|item| lend(&item)).collect::<PyResult<Vec<_>>>()?;
        return Ok(PyTuple::new(py, items)?.into_any());
    }
    if let Ok(list) = object.cast_exact::<PyList>() {
        let items = list.iter().map(|item| lend(&item)).collect::<PyResult<Vec<_>>>()?;
        if !items.iter().zip(list).any(|(a, b)| !a.is(&b)) {
            return Ok(object.clone());
        }
        return Ok(PyList::new(py, items)?.into_any());
    }
    if let Ok(dict) = object.cast_exact::<PyDict>() {
        let made = PyDict::new(py);
        for (key, value) in dict {
            made.set_item(key, lend(&value)?)?;
        }
        return Ok(made.into_any());
    }
    if let Ok(ufunc) = object.cast_exact::<crate::ufunc::PyUfunc>() {
        return ufunc.get().numpys(py);
    }
    Ok(object.clone())
}

fn received<'py>(object: Bound<'py, PyAny>, lent: &Lent<'py>) -> PyResult<Bound<'py, PyAny>> {
    if interop::is_array(&object) {
        if let Some((ours, _)) = lent.iter().find(|(_, view)| view.is(&object)) {
            return Ok(ours.clone().into_any());
        }
        return wrap_array(object);
    }
    let py = object.py();
    if object.is_exact_instance_of::<PyTuple>() || object.is_exact_instance_of::<PyList>() {
        let is_tuple = object.is_exact_instance_of::<PyTuple>();
        let items = object.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        if !items.iter().any(interop::is_array) {
            return Ok(object);
        }
        drop(object);
        let items = items.into_iter().map(|item| received(item, lent));
        let items = items.collect::<PyResult<Vec<_>>>()?;
        return Ok(if is_tuple {
            PyTuple::new(py, items)?.into_any()
        } else {
            PyList::new(py, items)?.into_any()
        });
    }
    Ok(object)
}

/// An array of NumPy's as one of ours, if its type is one; on the same memory.
fn wrap_array(object: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    let py = object.py();
    let Some(dtype) = interop::array_dtype(&object) else {
        return Ok(object);
    };
    let writeable = interop::array_writeable(&object);
    let made = match interop::owner(&object) {
        Some(ours) => {
            let array = ours.get().array();
            let start = session().read(array).or_raise(py)?;
            let (_, first) = interop::array_start(&object);
            let offset = (first as isize).wrapping_sub(start as isize);
            let view = View { offset, ..interop::array_view(&object) };
            NdArray::view_of(&ours, view, dtype)?
        }
        None => {
            if interop::is_fresh(&object) {
                NdArray::object(py, interop::adopt(object, dtype))?
            } else {
                let base = interop::base(&object);
                let array = interop::adopt(object, dtype);
                session().share(&array).or_raise(py)?;
                NdArray::view_of_others(base, array)?
            }
        }
    };
    made.get().set_writeable(writeable);
    Ok(made.into_any())
}

/// Marks as shared whatever of the lent arrays is still held by others.
fn settle(lent: Lent<'_>) -> PyResult<()> {
    for (ours, view) in lent {
        // SAFETY: a live object.
        if unsafe { ffi::Py_REFCNT(view.as_ptr()) } > 1 {
            session().share(ours.get().array()).or_raise(ours.py())?;
        }
    }
    Ok(())
}
