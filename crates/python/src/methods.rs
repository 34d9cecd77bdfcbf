//! The methods of ufuncs as Python calls them: the shortest way for plain calls.
//!
//! A call of an array of ours with an axis, and nothing else, is done here; what has options goes to
//! `stook._ufunc_methods`, which composes it or asks NumPy.

use crate::array::NdArray;
use crate::convert::Operand;
use crate::elementwise::Elementwise;
use crate::error::OrRaise;
use crate::module::session;
use crate::ufunc::PyUfunc;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyInt, PyTuple};
use stook_runtime::{Array, Input};
use stook_types::{DType, Kind};

/// The array and the axis of a plain call, whose axis comes after `before` arguments.
fn plain<'a, 'py>(
    first: &'a Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
    before: usize,
) -> PyResult<Option<(&'a Bound<'py, NdArray>, usize)>> {
    let given = match (args.len().checked_sub(before), kwargs) {
        (Some(0), None) => None,
        (Some(1), None) => Some(args.get_item(before)?),
        (Some(0), Some(kwargs)) if kwargs.len() == 1 => match kwargs.get_item("axis")? {
            Some(axis) => Some(axis),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    let Ok(array) = first.cast_exact::<NdArray>() else {
        return Ok(None);
    };
    let axis = match given {
        None => 0,
        Some(axis) => match axis.cast_exact::<PyInt>().ok().and_then(|k| k.extract().ok()) {
            Some(axis) => axis,
            None => return Ok(None),
        },
    };
    let ndim = array.get().array().view.ndim() as isize;
    let inside = (-ndim..ndim).contains(&axis);
    Ok(inside.then(|| (array, axis.rem_euclid(ndim) as usize)))
}

/// What the call comes to by way of `stook._ufunc_methods`.
fn composed<'py>(
    slf: &Bound<'py, PyUfunc>,
    name: &str,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    static METHOD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = slf.py();
    let method = METHOD.get_or_try_init(py, || {
        py.import("stook._ufunc_methods")?.getattr("method").map(Bound::unbind)
    })?;
    method.bind(py).call1((slf, name, args, kwargs))
}

impl Elementwise {
    /// The type of elements that a plain call joins. Powers of integers may be refused.
    fn plain_type(&self, array: &Array) -> Option<DType> {
        let found = self.joined_type(array.dtype, None);
        found.filter(|dtype| self.row().name != "power" || dtype.kind() != Kind::Signed)
    }

    /// Replaces elements at places; false where only NumPy knows how.
    fn plain_at(&self, args: &Bound<'_, PyTuple>) -> PyResult<bool> {
        let py = args.py();
        let row = self.row();
        if args.len() != row.nin() + 1 || row.nin() > 2 || row.nout() != 1 || row.name == "power" {
            return Ok(false);
        }
        let (target, index) = (args.get_item(0)?, args.get_item(1)?);
        let Ok(target) = target.cast_exact::<NdArray>() else {
            return Ok(false);
        };
        if target.get().check_writeable("output array").is_err() {
            return Ok(false);
        }
        if row.nin() == 1 {
            return self.update(py, target.get().array(), &index, None);
        }
        let value = args.get_item(2)?;
        let Some(operand) = Operand::of(&value)? else {
            return Ok(false);
        };
        match as_array(py, &operand)? {
            Some(values) => self.update(py, target.get().array(), &index, Some(&values)),
            None => Ok(false),
        }
    }
}

/// An operand as an array: a number is one without axes.
fn as_array(py: Python<'_>, operand: &Operand<'_, '_>) -> PyResult<Option<Array>> {
    if let Some(array) = operand.array() {
        return Ok(Some(array.clone()));
    }
    let dtype = match operand {
        Operand::Weak(number) => number.alone(),
        _ => operand.dtype().expect("only Python numbers have no type"),
    };
    let Some(Input::Scalar(value)) = operand.input(dtype) else {
        return Ok(None);
    };
    let made = session().empty(&[], dtype).or_raise(py)?;
    session().assign(&made, Input::Scalar(value)).or_raise(py)?;
    Ok(Some(made))
}

#[pymethods]
impl PyUfunc {
    /// Joins all elements along axes into one.
    #[pyo3(signature = (*args, **kwargs))]
    fn reduce<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(elementwise) = slf.get().elementwise()
            && let Ok(first) = args.get_item(0)
            && let Some((array, axis)) = plain(&first, args, kwargs, 1)?
            && let array = array.get().array()
            && let Some(dtype) = elementwise.plain_type(array)
            && let Some(made) = elementwise.reduced(slf.py(), array, axis, dtype)?
        {
            return Ok(made);
        }
        composed(slf, "reduce", args, kwargs)
    }

    /// Joins elements along an axis one after another, and returns every result on the way.
    #[pyo3(signature = (*args, **kwargs))]
    fn accumulate<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(elementwise) = slf.get().elementwise()
            && let Ok(first) = args.get_item(0)
            && let Some((array, axis)) = plain(&first, args, kwargs, 1)?
            && let array = array.get().array()
            && let Some(dtype) = elementwise.plain_type(array)
            && let Some(made) = elementwise.scanned(slf.py(), array, axis, dtype)?
        {
            return Ok(made.into_any());
        }
        composed(slf, "accumulate", args, kwargs)
    }

    /// Joins the elements from each index to the next.
    #[pyo3(signature = (*args, **kwargs))]
    fn reduceat<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(elementwise) = slf.get().elementwise()
            && let (Ok(first), Ok(second)) = (args.get_item(0), args.get_item(1))
            && let Some((array, axis)) = plain(&first, args, kwargs, 2)?
            && let Some(dtype) = elementwise.plain_type(array.get().array())
            && let Some(indices) = places(&second)
            && let Some(made) = elementwise.parts(array, axis, indices, dtype)?
        {
            return Ok(made.into_any());
        }
        composed(slf, "reduceat", args, kwargs)
    }

    /// Applies the ufunc to every element of one array with every element of another.
    #[pyo3(signature = (*args, **kwargs))]
    fn outer<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        composed(slf, "outer", args, kwargs)
    }

    /// Replaces elements by results, each as often as its index comes.
    #[pyo3(signature = (*args, **kwargs))]
    fn at<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if kwargs.is_none()
            && let Ok(elementwise) = slf.get().elementwise()
            && elementwise.plain_at(args)?
        {
            return Ok(slf.py().None().into_bound(slf.py()));
        }
        composed(slf, "at", args, kwargs)
    }
}

/// A line of places that need no cast.
fn places<'a, 'py>(object: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, NdArray>> {
    let found = object.cast_exact::<NdArray>().ok()?;
    let array = found.get().array();
    (array.dtype == DType::I64 && array.view.ndim() == 1).then_some(found)
}
