//! `stook.ufunc`: a row of the table as Python sees it, or products of vectors and matrices.

use crate::elementwise::Elementwise;
use crate::fallback::answered;
use crate::generalized::{self, Generalized};
use crate::interop::numpy;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use stook_ops::{UfuncId, table};

/// A function of elements, or of vectors and matrices, applied to whole arrays with broadcasting.
#[pyclass(name = "ufunc", module = "stook", frozen)]
pub(crate) struct PyUfunc {
    meaning: Meaning,
}

enum Meaning {
    Elements(Elementwise),
    Cores(Generalized),
}

/// Adds an object for every row that NumPy has a ufunc for.
pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyUfunc>()?;
    m.add_function(wrap_pyfunction!(generalized::generalized, m)?)?;
    let made = PyDict::new(m.py());
    for (k, row) in table().iter().enumerate() {
        if numpy(m.py()).module(m.py()).hasattr(row.name)? {
            let meaning = Meaning::Elements(Elementwise { id: UfuncId(k as u16) });
            made.set_item(row.name, Bound::new(m.py(), PyUfunc { meaning })?)?;
        }
    }
    m.add("ufuncs", made)
}

impl PyUfunc {
    pub(crate) fn of_cores(generalized: Generalized) -> Self {
        Self { meaning: Meaning::Cores(generalized) }
    }

    pub(crate) fn name(&self) -> &str {
        match &self.meaning {
            Meaning::Elements(elementwise) => elementwise.row().name,
            Meaning::Cores(generalized) => &generalized.name,
        }
    }

    /// The function of elements that it is.
    pub(crate) fn elementwise(&self) -> PyResult<Elementwise> {
        match &self.meaning {
            Meaning::Elements(elementwise) => Ok(*elementwise),
            Meaning::Cores(_) => Err(PyTypeError::new_err("a ufunc of elements is required")),
        }
    }

    /// NumPy's ufunc of the same name.
    pub(crate) fn numpys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        numpy(py).module(py).getattr(self.name())
    }
}

#[pymethods]
impl PyUfunc {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match &self.meaning {
            Meaning::Elements(elementwise) => match elementwise.call(args, kwargs)? {
                Some(result) => Ok(result),
                None => answered(py, self.name(), &self.numpys(py)?, args, kwargs),
            },
            Meaning::Cores(generalized) => generalized.call(args, kwargs),
        }
    }

    /// NumPy's name.
    #[getter]
    fn __name__(&self) -> &str {
        self.name()
    }

    #[getter]
    fn __qualname__(&self) -> &str {
        self.name()
    }

    /// Number of inputs.
    #[getter]
    fn nin(&self) -> usize {
        match &self.meaning {
            Meaning::Elements(elementwise) => elementwise.row().nin(),
            Meaning::Cores(_) => 2,
        }
    }

    /// Number of outputs.
    #[getter]
    fn nout(&self) -> usize {
        match &self.meaning {
            Meaning::Elements(elementwise) => elementwise.row().nout(),
            Meaning::Cores(_) => 1,
        }
    }

    /// Number of inputs and outputs.
    #[getter]
    fn nargs(&self) -> usize {
        self.nin() + self.nout()
    }

    /// Number of loops.
    #[getter]
    fn ntypes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.numpys(py)?.getattr("ntypes")
    }

    /// The loops, in NumPy's letters; those that are not native run in NumPy.
    #[getter]
    fn types<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.numpys(py)?.getattr("types")
    }

    /// What it gives for no elements.
    #[getter]
    fn identity<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.numpys(py)?.getattr("identity")
    }

    /// The axes that are joined, of each operand and of the result; None element by element.
    #[getter]
    fn signature<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.meaning {
            Meaning::Elements(_) => Ok(py.None().into_bound(py)),
            Meaning::Cores(_) => self.numpys(py)?.getattr("signature"),
        }
    }

    #[getter]
    fn __doc__(&self) -> &str {
        match &self.meaning {
            Meaning::Elements(elementwise) => elementwise.row().doc,
            Meaning::Cores(generalized) => &generalized.doc,
        }
    }

    /// It equals NumPy's of the same name, which other libraries' objects are asked for.
    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        match other.cast::<Self>() {
            Ok(other) => Ok(other.get().name() == self.name()),
            Err(_) => Ok(other.is(&self.numpys(py)?)),
        }
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.numpys(py)?.hash()
    }

    fn __repr__(&self) -> String {
        format!("<ufunc '{}'>", self.name())
    }

    fn __reduce__(&self) -> &str {
        self.name()
    }

    /// The loop's types for operands of these types, as NumPy resolves them.
    #[pyo3(signature = (*args, **kwargs))]
    fn resolve_dtypes<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.numpys(py)?.getattr("resolve_dtypes")?.call(args, kwargs)
    }
}
