//! Generalised ufuncs: functions of whole vectors and matrices, such as `numpy.matmul`.
//!
//! What they compute is composed in Python (`stook._cores`); here they become ufuncs.

use crate::ufunc::PyUfunc;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// A function that joins axes of two operands.
pub(crate) struct Generalized {
    pub(crate) name: String,
    pub(crate) doc: String,
    plain: Py<PyAny>,
    full: Py<PyAny>,
}

impl Generalized {
    pub(crate) fn call<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = args.py();
        if kwargs.is_none() && args.len() == 2 {
            let made = self.plain.bind(py).call1(args)?;
            if !made.is_none() {
                return Ok(made);
            }
        }
        self.full.bind(py).call(args, kwargs)
    }
}

/// The ufunc of vectors and matrices that `full` computes, by the name and with the text that it
/// has. `plain` is asked first where two operands are all that is given; None is no answer.
#[pyfunction]
pub(crate) fn generalized(full: &Bound<'_, PyAny>, plain: &Bound<'_, PyAny>) -> PyResult<PyUfunc> {
    Ok(PyUfunc::of_cores(Generalized {
        name: full.getattr("__name__")?.extract()?,
        doc: full.getattr("__doc__")?.extract()?,
        plain: plain.clone().unbind(),
        full: full.clone().unbind(),
    }))
}
