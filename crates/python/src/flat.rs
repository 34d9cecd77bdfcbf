//! The elements of an array one after another: `a.flat`, which can be indexed and written.
//!
//! It stands on NumPy's iterator over our memory, which is shared from its first use on for as long
//! as the iterator lives. What it gives are arrays of ours, and it takes them as indices and values.

use crate::array::NdArray;
use crate::fallback::{call_numpy, wrap};
use crate::module::flush;
use pyo3::basic::CompareOp;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<FlatIter>()
}

/// The most axes that NumPy's iterators take at once.
pub(crate) const MOST_AXES: usize = 32;

/// An iterator over the elements of an array in C order; arrays make it as their ``flat``.
///
/// Examples
/// --------
/// >>> import stook as np
/// >>> a = np.arange(6).reshape(2, 3)
/// >>> a.flat[1:4]
/// array([1, 2, 3])
/// >>> a.flat[[0, 5]] = 9
/// >>> a
/// array([[9, 1, 2],
///        [3, 4, 9]])
#[pyclass(name = "flatiter", module = "stook", frozen)]
pub(crate) struct FlatIter {
    array: Py<NdArray>,
    /// NumPy's iterator, from when it is first needed.
    made: PyOnceLock<Py<PyAny>>,
}

impl FlatIter {
    fn numpys<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        let made = self.made.get_or_try_init(py, || {
            flush(py)?;
            NdArray::share(self.array.bind(py))?.getattr("flat").map(Bound::unbind)
        });
        Ok(made?.bind(py))
    }
}

#[pymethods]
impl FlatIter {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn refuse(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Err(PyTypeError::new_err("cannot create 'numpy.flatiter' instances"))
    }

    /// The array that is walked.
    #[getter]
    fn base(&self, py: Python<'_>) -> Py<NdArray> {
        self.array.clone_ref(py)
    }

    /// The next element's place.
    #[getter]
    fn coords<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.numpys(py)?.getattr("coords")
    }

    /// How many elements were passed.
    #[getter]
    fn index<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.numpys(py)?.getattr("index")
    }

    /// A copy of all elements, along one axis.
    fn copy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        wrap(self.numpys(py)?.call_method0("copy")?)
    }

    #[pyo3(signature = (dtype=None, /, *, copy=None))]
    fn __array__<'py>(
        &self,
        py: Python<'py>,
        dtype: Option<&Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = PyDict::new(py);
        options.set_item("copy", copy)?;
        self.numpys(py)?.call_method("__array__", (dtype,), Some(&options))
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.numpys(py)?.len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.numpys(py).cloned()
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.numpys(py)?.try_iter()?.next().transpose()
    }

    fn __getitem__<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let get = self.numpys(py)?.getattr("__getitem__")?;
        call_numpy(&get, &(key,).into_pyobject(py)?, None)
    }

    fn __setitem__<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'py, PyAny>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let set = self.numpys(py)?.getattr("__setitem__")?;
        call_numpy(&set, &(key, value).into_pyobject(py)?, None).map(|_| ())
    }

    fn __delitem__(&self, _key: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyTypeError::new_err("Cannot delete iterator elements"))
    }

    fn __richcmp__<'py>(
        &self,
        py: Python<'py>,
        other: &Bound<'py, PyAny>,
        compare: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mine = self.copy(py)?;
        match other.cast::<Self>() {
            Ok(other) => mine.rich_compare(other.get().copy(py)?, compare),
            Err(_) => mine.rich_compare(other, compare),
        }
    }
}

#[pymethods]
impl NdArray {
    /// The elements one after another, as an iterator that can be indexed.
    #[getter]
    pub(crate) fn flat(slf: &Bound<'_, Self>) -> PyResult<FlatIter> {
        let made = FlatIter { array: slf.clone().unbind(), made: PyOnceLock::new() };
        // NumPy says at once where there are too many axes.
        if slf.get().array().view.ndim() > MOST_AXES {
            made.numpys(slf.py())?;
        }
        Ok(made)
    }

    #[setter]
    fn set_flat(slf: &Bound<'_, Self>, values: &Bound<'_, PyAny>) -> PyResult<()> {
        flush(slf.py())?;
        Self::share(slf)?.setattr("flat", values)
    }
}
