//! A user's mistakes as Python exceptions.

pub(crate) use crate::conditions::report_conditions;
use pyo3::exceptions::{
    PyIndexError, PyKeyboardInterrupt, PyMemoryError, PyOverflowError, PyRuntimeError, PyTypeError,
    PyValueError,
};
use pyo3::prelude::*;
use stook_types::{Error, Result};

/// Turns the errors of lower floors into Python exceptions.
pub(crate) trait OrRaise<T> {
    /// The value, or the exception NumPy raises for this mistake.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| exception(py, &error))
    }
}

fn exception(py: Python<'_>, error: &Error) -> PyErr {
    let text = error.to_string();
    match error {
        Error::Value(_) => PyValueError::new_err(text),
        Error::Type(_) | Error::Casting(_) => PyTypeError::new_err(text),
        Error::Index(_) => PyIndexError::new_err(text),
        Error::Axis { axis, ndim } => axis_error(py, *axis, *ndim),
        Error::Overflow(_) => PyOverflowError::new_err(text),
        Error::Memory(bytes) => memory_error(py, *bytes),
        Error::Interrupted => PyKeyboardInterrupt::new_err(()),
        Error::Internal(_) => PyRuntimeError::new_err(text),
    }
}

/// Python's `MemoryError` in NumPy's words, as far as they are known here.
fn memory_error(py: Python<'_>, bytes: usize) -> PyErr {
    let size = py
        .import("numpy._core._exceptions")
        .and_then(|module| module.getattr("_ArrayMemoryError"))
        .and_then(|class| class.call_method1("_size_to_string", (bytes,)))
        .and_then(|size| size.extract::<String>());
    match size {
        Ok(size) => PyMemoryError::new_err(format!("Unable to allocate {size} for an array")),
        Err(error) => error,
    }
}

/// NumPy's `AxisError` for an axis that an array of `ndim` dimensions does not have.
pub(crate) fn axis_error(py: Python<'_>, axis: i64, ndim: usize) -> PyErr {
    let made = py
        .import("numpy.exceptions")
        .and_then(|m| m.getattr("AxisError"))
        .and_then(|class| class.call1((axis, ndim)));
    made.map_or_else(|error| error, PyErr::from_value)
}

/// NumPy's error for a ufunc result that may not be cast to the type of its output.
pub(crate) fn output_casting_error(
    py: Python<'_>,
    ufunc: &str,
    from: &Bound<'_, PyAny>,
    to: &Bound<'_, PyAny>,
) -> PyErr {
    let made = py.import("numpy").and_then(|m| m.getattr(ufunc)).and_then(|ufunc| {
        let classes = py.import("numpy._core._exceptions")?;
        classes.getattr("_UFuncOutputCastingError")?.call1((ufunc, "same_kind", from, to, 0))
    });
    made.map_or_else(|error| error, PyErr::from_value)
}
