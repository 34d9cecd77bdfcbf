//! `stook.ndarray`: a storage, a view, an element type; and the attributes that say so.

use crate::create;
use crate::error::OrRaise;
use crate::interop::{self, numpy};
use crate::making::{Maker, reused};
use crate::module::{flush, read, session};
use crate::scalar;
use pyo3::exceptions::{
    PyAttributeError, PyDeprecationWarning, PyStopIteration, PyTypeError, PyValueError,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMemoryView, PyTuple};
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};
use stook_runtime::{Array, Storage};
use stook_types::{DType, View};

/// An array; what NumPy's `ndarray` is, with calls that are recorded and run in bundles.
#[pyclass(name = "ndarray", module = "stook", subclass, weakref, frozen, sequence)]
pub(crate) struct NdArray {
    array: ManuallyDrop<UnsafeCell<Array>>,
    base: Option<Py<PyAny>>,
    access: AtomicU8,
}

/// Whether an array may be written.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub(crate) enum Access {
    ReadOnly,
    Writeable,
    /// It may be written, but the first write is warned of: several elements may share memory.
    Warned,
}

impl Access {
    fn of(writeable: bool) -> Self {
        if writeable { Self::Writeable } else { Self::ReadOnly }
    }
}

impl Drop for NdArray {
    fn drop(&mut self) {
        // SAFETY: this is the last use.
        unsafe { ManuallyDrop::take(&mut self.array) }.into_inner().retire();
        if let Some(base) = self.base.take() {
            // SAFETY: Python's objects end with the interpreter attached, and so do values that did
            // not become one.
            base.drop_ref(unsafe { Python::assume_attached() });
        }
    }
}

// SAFETY: the cell is used with the interpreter attached only, by one thread at a time, and no
// reference into it is kept while other threads may run: `module::read` clones first.
unsafe impl Sync for NdArray {}

static MAKER: Maker<NdArray> = Maker::new();
reused!(NdArray, MAKER);

impl NdArray {
    /// An array that owns its memory.
    pub(crate) fn new(array: Array) -> Self {
        Self::with_base(array, None, Access::Writeable)
    }

    fn with_base(array: Array, base: Option<Py<PyAny>>, access: Access) -> Self {
        let array = ManuallyDrop::new(UnsafeCell::new(array));
        Self { array, base, access: AtomicU8::new(access as u8) }
    }

    /// The storage, view and type.
    pub(crate) fn array(&self) -> &Array {
        // SAFETY: written by `replace` only, which never runs while such a reference is in use.
        unsafe { &*self.array.get() }
    }

    /// Gives the object another view or storage.
    pub(crate) fn replace(&self, array: Array) {
        // SAFETY: called from Python's own calls on this object, which hold no reference into the
        // cell, with the interpreter attached.
        unsafe { *self.array.get() = array };
    }

    /// Whether it has memory of its own.
    pub(crate) fn owns_memory(&self) -> bool {
        self.base.is_none()
    }

    /// Whether it may be written, and whether that is warned of.
    pub(crate) fn access(&self) -> Access {
        match self.access.load(Relaxed) {
            0 => Access::ReadOnly,
            1 => Access::Writeable,
            _ => Access::Warned,
        }
    }

    pub(crate) fn set_access(&self, access: Access) {
        self.access.store(access as u8, Relaxed);
    }

    /// Whether it may be written, and nobody is warned of it.
    pub(crate) fn is_writeable(&self) -> bool {
        self.access() == Access::Writeable
    }

    /// Lets it be written, or not.
    pub(crate) fn set_writeable(&self, writeable: bool) {
        self.set_access(Access::of(writeable));
    }

    /// The array as a Python object.
    pub(crate) fn object(py: Python<'_>, array: Array) -> PyResult<Bound<'_, NdArray>> {
        MAKER.make(py, Self::new(array))
    }

    /// Another view of the memory of `of`.
    pub(crate) fn view_of<'py>(
        of: &Bound<'py, NdArray>,
        view: View,
        dtype: DType,
    ) -> PyResult<Bound<'py, NdArray>> {
        let from = of.get();
        let base = match &from.base {
            Some(base) if base.bind(of.py()).is_exact_instance_of::<Self>() => {
                base.clone_ref(of.py())
            }
            _ => of.clone().into_any().unbind(),
        };
        let array = Array { storage: from.array().storage.clone(), view, dtype };
        MAKER.make(of.py(), Self::with_base(array, Some(base), from.access()))
    }

    /// An array on memory that another object keeps, its base.
    pub(crate) fn view_of_others<'py>(
        base: Bound<'py, PyAny>,
        array: Array,
    ) -> PyResult<Bound<'py, NdArray>> {
        let py = base.py();
        MAKER.make(py, Self::with_base(array, Some(base.unbind()), Access::Writeable))
    }

    /// An error unless the array may be written; `what` is how NumPy speaks of it.
    pub(crate) fn check_writeable(&self, what: &str) -> PyResult<()> {
        match self.access() {
            Access::Writeable => Ok(()),
            Access::Warned => Python::attach(|py| self.warn_of_write(py)),
            Access::ReadOnly => Err(PyValueError::new_err(format!("{what} is read-only"))),
        }
    }

    /// NumPy's warning of a write to a result of `broadcast_arrays`, which comes once.
    fn warn_of_write(&self, py: Python<'_>) -> PyResult<()> {
        let text = c"Numpy has detected that you (may be) writing to an array with\noverlapping \
            memory from np.broadcast_arrays. If this is intentional\nset the WRITEABLE flag True or \
            make a copy immediately before writing.";
        PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), text, 1)?;
        self.set_writeable(true);
        match self.base.as_ref().and_then(|base| base.bind(py).cast_exact::<Self>().ok()) {
            Some(base) if base.get().access() == Access::Warned => base.get().set_writeable(true),
            _ => {}
        }
        Ok(())
    }

    /// An array of NumPy's on this memory, for a look that ends before the next call of ours.
    pub(crate) fn look<'py>(slf: &Bound<'py, NdArray>) -> PyResult<Bound<'py, PyAny>> {
        let array = slf.get().array();
        let start = read(slf.py(), array)?;
        interop::view(slf.as_any(), &array.view, array.dtype, start, slf.get().is_writeable())
    }

    /// An array of NumPy's that shares this memory: as long as it or a view of it lives, every call
    /// that touches the memory finishes before it returns.
    pub(crate) fn share<'py>(slf: &Bound<'py, NdArray>) -> PyResult<Bound<'py, PyAny>> {
        let array = slf.get().array();
        let start = read(slf.py(), array)?;
        array.storage.lend();
        let loan = Loan { owner: slf.clone().unbind(), storage: array.storage.clone() };
        let loan = Bound::new(slf.py(), loan)?;
        interop::view(loan.as_any(), &array.view, array.dtype, start, slf.get().is_writeable())
    }
}

/// Memory of an array that others hold; the base of their arrays.
#[pyclass(module = "stook", frozen)]
pub(crate) struct Loan {
    owner: Py<NdArray>,
    storage: Arc<Storage>,
}

#[pymethods]
impl Loan {
    /// The array whose memory it is.
    #[getter]
    fn obj(&self, py: Python<'_>) -> Py<NdArray> {
        self.owner.clone_ref(py)
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.storage.take_back();
    }
}

/// Lengths or strides as a Python tuple; it makes signed integers by the shortest way.
pub(crate) fn tuple<'py, T: IntoPyObject<'py>>(
    py: Python<'py>,
    values: impl ExactSizeIterator<Item = T>,
) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, values)
}

#[pymethods]
impl NdArray {
    #[new]
    #[pyo3(signature = (shape, dtype=None, buffer=None, offset=0, strides=None, order=None))]
    fn make(
        py: Python<'_>,
        shape: &Bound<'_, PyAny>,
        dtype: Option<&Bound<'_, PyAny>>,
        buffer: Option<&Bound<'_, PyAny>>,
        offset: isize,
        strides: Option<&Bound<'_, PyAny>>,
        order: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let options = PyDict::new(py);
        options.set_item("dtype", dtype)?;
        options.set_item("buffer", buffer)?;
        options.set_item("offset", offset)?;
        options.set_item("strides", strides)?;
        options.set_item("order", order)?;
        let made = numpy(py).module(py).getattr("ndarray")?.call((shape,), Some(&options))?;
        match interop::array_dtype(&made) {
            Some(dtype) => {
                let writeable = interop::array_writeable(&made);
                let array = interop::adopt(made, dtype);
                if buffer.is_some() {
                    session().share(&array).or_raise(py)?;
                }
                let this = Self::new(array);
                this.set_writeable(writeable);
                Ok(this)
            }
            None => Err(PyTypeError::new_err("stook.ndarray has numeric and bool types only")),
        }
    }

    /// Lengths of the axes.
    #[getter]
    pub(crate) fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        tuple(py, self.array().view.shape.iter().map(|&n| n as isize))
    }

    #[setter]
    fn set_shape(slf: &Bound<'_, Self>, shape: &Bound<'_, PyAny>) -> PyResult<()> {
        let this = slf.get();
        let shape = create::shape_from(shape)?;
        let shape = crate::shape::fill_in(&shape, this.array().view.size())?;
        let array = this.array();
        match array.view.reshape(&shape, array.dtype.size()) {
            Some(view) => {
                let array = Array { view, ..array.clone() };
                this.replace(array);
                Ok(())
            }
            None => Err(PyAttributeError::new_err(
                "Incompatible shape for in-place modification. Use `.reshape()` to make a copy \
                 with the desired shape.",
            )),
        }
    }

    /// The element type, an object of NumPy's.
    #[getter]
    pub(crate) fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        numpy(py).dtype(py, self.array().dtype).clone()
    }

    /// Number of axes.
    #[getter]
    pub(crate) fn ndim(&self) -> isize {
        self.array().view.ndim() as isize
    }

    /// Number of elements.
    #[getter]
    pub(crate) fn size(&self) -> isize {
        self.array().view.size() as isize
    }

    /// Bytes of one element.
    #[getter]
    pub(crate) fn itemsize(&self) -> isize {
        self.array().dtype.size() as isize
    }

    /// Bytes of all elements.
    #[getter]
    pub(crate) fn nbytes(&self) -> isize {
        (self.array().view.size() * self.array().dtype.size()) as isize
    }

    /// Bytes from one element to the next along each axis.
    #[getter]
    pub(crate) fn strides<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        tuple(py, self.array().view.strides.iter().copied())
    }

    /// The array whose memory this one views, or None where it has its own.
    #[getter]
    pub(crate) fn base(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.base.as_ref().map(|base| base.clone_ref(py))
    }

    #[getter]
    fn _c_contiguous(&self) -> bool {
        self.array().view.is_c_contiguous(self.array().dtype.size())
    }

    #[getter]
    fn _f_contiguous(&self) -> bool {
        self.array().view.is_f_contiguous(self.array().dtype.size())
    }

    /// Whether it lies in Fortran order, and not in C order as well.
    #[getter]
    fn _fnc(&self) -> bool {
        let (view, size) = (&self.array().view, self.array().dtype.size());
        view.is_f_contiguous(size) && !view.is_c_contiguous(size)
    }

    #[getter]
    fn _writeable(&self) -> bool {
        self.access() != Access::ReadOnly
    }

    #[setter(_writeable)]
    fn set_flag_writeable(&self, writeable: bool) {
        self.set_writeable(writeable);
    }

    /// The memory, as a Python buffer.
    #[getter]
    pub(crate) fn data<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyMemoryView::from(slf)?.into_any())
    }

    /// The address, for `ctypes`; pins the memory for life.
    #[getter]
    fn ctypes<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        flush(py)?;
        let array = slf.get().array();
        let start = session().share(array).or_raise(py)?.wrapping_offset(array.view.offset);
        numpy(py).address_class(py)?.call1((slf, start.addr()))
    }

    /// Becomes another array, as `resize` does.
    fn _replace(&self, other: &Bound<'_, Self>) {
        self.replace(other.get().array().clone());
    }

    /// `len(a)`: the length of the first axis.
    fn __len__(&self) -> PyResult<usize> {
        let first = self.array().view.shape.first();
        first.copied().ok_or_else(|| PyTypeError::new_err("len() of unsized object"))
    }

    fn __concat__(&self, _other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Err(no_concatenation())
    }

    fn __inplace_concat__(&self, _other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Err(no_concatenation())
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, ArrayIterator>> {
        if slf.get().array().view.ndim() == 0 {
            return Err(PyTypeError::new_err("iteration over a 0-d array"));
        }
        let array = slf.clone().unbind();
        ITERATOR_MAKER.make(slf.py(), ArrayIterator { array, next: AtomicUsize::new(0) })
    }
}

fn no_concatenation() -> PyErr {
    PyTypeError::new_err(
        "Concatenation operation is not implemented for NumPy arrays, use np.concatenate() \
         instead. Please do not rely on this error; it may not be given on all Python \
         implementations.",
    )
}

/// Walks the first axis.
#[pyclass(module = "stook", frozen)]
pub(crate) struct ArrayIterator {
    array: Py<NdArray>,
    next: AtomicUsize,
}

static ITERATOR_MAKER: Maker<ArrayIterator> = Maker::new();
reused!(ArrayIterator, ITERATOR_MAKER);

#[pymethods]
impl ArrayIterator {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let owner = self.array.bind(py);
        let array = owner.get().array();
        let k = self.next.load(Relaxed);
        if k >= array.view.shape.first().copied().unwrap_or(0) {
            return Err(PyStopIteration::new_err(()));
        }
        self.next.store(k + 1, Relaxed);
        let offset = array.view.offset + k as isize * array.view.strides[0];
        if array.view.ndim() == 1 {
            let start = read(py, array)?.wrapping_offset(offset - array.view.offset);
            // SAFETY: `k` is within the axis, so an element of the array is there.
            return unsafe { scalar::at(py, array.dtype, start) };
        }
        let view = View {
            offset,
            shape: array.view.shape[1..].into(),
            strides: array.view.strides[1..].into(),
        };
        Ok(NdArray::view_of(owner, view, array.dtype)?.into_any())
    }
}
