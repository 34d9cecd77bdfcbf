//! A user's mistakes as Python exceptions, and floating-point conditions as NumPy's warnings.

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
        Error::Memory(_) => PyMemoryError::new_err(text),
        Error::Interrupted => PyKeyboardInterrupt::new_err(()),
        Error::Internal(_) => PyRuntimeError::new_err(text),
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
    let made = py
        .import("numpy")
        .and_then(|m| m.getattr(ufunc))
        .and_then(|ufunc| {
            let classes = py.import("numpy._core._exceptions")?;
            classes
                .getattr("_UFuncOutputCastingError")?
                .call1((ufunc, "same_kind", from, to, 0))
        });
    made.map_or_else(|error| error, PyErr::from_value)
}

const CONDITIONS: [(&str, &str); 3] = [
    ("divide", "divide by zero"),
    ("over", "overflow"),
    ("invalid", "invalid value"),
];

/// Warns of the conditions that finished work met, as `numpy.errstate` has it now.
pub(crate) fn report_conditions(py: Python<'_>) -> PyResult<()> {
    let met = crate::module::session().conditions();
    if met.is_empty() {
        return Ok(());
    }
    let state = py.import("numpy")?.call_method0("geterr")?;
    let report = py.import("stook._warn")?.getattr("report")?;
    for condition in met {
        let row = condition
            .ufunc
            .map(|u| &stook_ops::table()[usize::from(u.0)]);
        let name = row.map_or("cast", |row| row.name);
        for (bit, (key, what)) in CONDITIONS.iter().enumerate() {
            if condition.flags >> bit & 1 == 1 {
                report.call1((state.get_item(key)?, *key, *what, name))?;
            }
        }
    }
    Ok(())
}
