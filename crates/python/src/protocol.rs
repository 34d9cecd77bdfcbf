//! How an array presents itself to Python and NumPy: as a number, as text, as a buffer, as a pickle.

use crate::array::NdArray;
use crate::create::{self, Order};
use crate::error::OrRaise;
use crate::index::{element, element_offset};
use crate::interop::{self, numpy};
use crate::memory::{Cores, with_memory};
use crate::module::{flush, read, session};
use crate::scalar;
use pyo3::exceptions::{PyAttributeError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};
use stook_libraries::Parallel;
use stook_runtime::{Array, Input};
use stook_types::{DType, Scalar};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(look, m)?)
}

/// An array of NumPy's on memory of ours, for a look that ends before the next call of ours.
#[pyfunction]
fn look<'py>(a: &Bound<'py, NdArray>) -> PyResult<Bound<'py, PyAny>> {
    NdArray::look(a)
}

/// The one element of an array that has one.
fn only(slf: &Bound<'_, NdArray>) -> PyResult<Scalar> {
    let array = slf.get().array();
    let start = read(slf.py(), array)?;
    // SAFETY: callers check that there is an element.
    let bytes = unsafe { std::slice::from_raw_parts(start, array.dtype.size()) };
    Ok(Scalar::from_bytes(array.dtype, bytes))
}

/// The elements along axes as numbers in nested lists; one number where there are no axes.
///
/// # Safety
/// `start` points at the first of elements of this type that lie so.
unsafe fn listed<'py>(
    py: Python<'py>,
    dtype: DType,
    shape: &[usize],
    strides: &[isize],
    start: *const u8,
) -> PyResult<Bound<'py, PyAny>> {
    let (Some((&n, shape)), Some((&stride, strides))) =
        (shape.split_first(), strides.split_first())
    else {
        // SAFETY: the caller's promise.
        return unsafe { scalar::number(py, dtype, start) };
    };
    // SAFETY: the list has as many places, each of which is set once; the parts along the axis lie
    // as the caller promised.
    unsafe {
        let list = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(n as isize))?;
        let number = scalar::number_maker(dtype);
        for k in 0..n as isize {
            let part = start.wrapping_offset(k * stride);
            let item = if !shape.is_empty() {
                listed(py, dtype, shape, strides, part)?.into_ptr()
            } else {
                number(part)
            };
            if item.is_null() {
                return Err(PyErr::fetch(py));
            }
            ffi::PyList_SetItem(list.as_ptr(), k, item);
        }
        Ok(list)
    }
}

/// Bytes that one task copies: new memory is mapped as it is written, which takes longer than the
/// copy, and which threads do side by side.
const COPIED_AT_ONCE: usize = 1 << 20;

/// The bytes of an array in C order as `bytes`, copied by all threads.
fn copied_by_parts<'py>(
    py: Python<'py>,
    array: &Array,
    bytes: usize,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: Python makes an object whose bytes are written below, before anyone sees it.
    let (made, into) = unsafe {
        let made = ffi::PyBytes_FromStringAndSize(std::ptr::null(), bytes as isize);
        let made = Bound::from_owned_ptr_or_err(py, made)?;
        let into = ffi::PyBytes_AsString(made.as_ptr()) as usize;
        (made, into)
    };
    with_memory(py, &[array], |starts| {
        let from = starts[0] as usize;
        Cores.run(bytes.div_ceil(COPIED_AT_ONCE), &|k| {
            let begin = k * COPIED_AT_ONCE;
            let count = COPIED_AT_ONCE.min(bytes - begin);
            let (from, into) = ((from + begin) as *const u8, (into + begin) as *mut u8);
            // SAFETY: parts of memory of this many bytes, each of one task; the object's is new.
            unsafe { std::ptr::copy_nonoverlapping(from, into, count) };
        })
    })?;
    Ok(made)
}

/// Python's number for an array without axes; for others what NumPy's conversion says.
fn number<'py>(slf: &Bound<'py, NdArray>, method: &str) -> PyResult<Bound<'py, PyAny>> {
    if slf.get().array().view.ndim() == 0 {
        let value = only(slf)?;
        return scalar::object(slf.py(), value)?.call_method0(method);
    }
    NdArray::look(slf)?.call_method0(method)
}

#[pymethods]
impl NdArray {
    fn __bool__(slf: &Bound<'_, Self>) -> PyResult<bool> {
        let array = slf.get().array();
        match array.view.size() {
            1 => {
                let value = only(slf)?;
                match value.as_float() {
                    Some(v) => Ok(v != 0.0),
                    None => scalar::object(slf.py(), value)?.is_truthy(),
                }
            }
            0 => Err(PyValueError::new_err(
                "The truth value of an empty array is ambiguous. Use `array.size > 0` to check \
                 that an array is not empty.",
            )),
            _ => Err(PyValueError::new_err(
                "The truth value of an array with more than one element is ambiguous. Use a.any() \
                 or a.all()",
            )),
        }
    }

    fn __int__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        number(slf, "__int__")
    }

    fn __float__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        number(slf, "__float__")
    }

    fn __complex__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        number(slf, "__complex__")
    }

    fn __index__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let array = slf.get().array();
        if array.view.ndim() != 0 || !array.dtype.is_integer() {
            return Err(PyTypeError::new_err(
                "only integer scalar arrays can be converted to a scalar index",
            ));
        }
        scalar::item(slf.py(), only(slf)?)
    }

    fn __contains__<'py>(slf: &Bound<'py, Self>, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        let equal = slf.as_any().rich_compare(value, pyo3::basic::CompareOp::Eq)?;
        if equal.is_instance_of::<Self>() {
            return equal.call_method0("any")?.is_truthy();
        }
        equal.is_truthy()
    }

    fn __repr__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Ok(Self::look(slf)?.repr()?.into_any())
    }

    fn __str__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Ok(Self::look(slf)?.str()?.into_any())
    }

    fn __format__<'py>(
        slf: &Bound<'py, Self>,
        format: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::look(slf)?.call_method1("__format__", (format,))
    }

    /// The elements as Python numbers in nested lists.
    fn tolist<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        // The collector may run while lists are made, and what it ends may write or resize the array.
        let array = slf.get().array().clone();
        let start = read(slf.py(), &array)?;
        array.storage.lend();
        let (shape, strides) = (&array.view.shape, &array.view.strides);
        // SAFETY: the first element of the view, in memory that is lent.
        let made = unsafe { listed(slf.py(), array.dtype, shape, strides, start) };
        array.storage.take_back();
        made
    }

    /// One element as a Python number.
    #[pyo3(signature = (*args))]
    fn item<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let array = slf.get().array();
        if args.is_empty() && array.view.size() == 1 {
            return scalar::item(slf.py(), only(slf)?);
        }
        if let Some(offset) = element_offset(&array.view, args) {
            let start = read(slf.py(), array)?.wrapping_offset(offset - array.view.offset);
            // SAFETY: the indices were checked against the axes, so an element is there.
            return unsafe { scalar::number(slf.py(), array.dtype, start) };
        }
        Self::look(slf)?.call_method1("item", args)
    }

    /// The elements' bytes, in C order unless said.
    #[pyo3(signature = (order=Some("C")), text_signature = "($self, /, order='C')")]
    fn tobytes<'py>(slf: &Bound<'py, Self>, order: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let array = slf.get().array();
        let bytes = array.view.size() * array.dtype.size();
        if bytes == 0 || order != Some("C") || !array.view.is_c_contiguous(array.dtype.size()) {
            return Self::look(slf)?.call_method1("tobytes", (order,));
        }
        if bytes >= 2 * COPIED_AT_ONCE {
            return copied_by_parts(slf.py(), array, bytes);
        }
        let start = read(slf.py(), array)?;
        // SAFETY: a contiguous array has as many bytes from its first element on.
        let all = unsafe { std::slice::from_raw_parts(start, bytes) };
        Ok(PyBytes::new(slf.py(), all).into_any())
    }

    /// A copy.
    #[pyo3(signature = (order=Some("C")), text_signature = "($self, /, order='C')")]
    fn copy<'py>(slf: &Bound<'py, Self>, order: Option<&str>) -> PyResult<Bound<'py, Self>> {
        create::copied(slf, slf.get().array().dtype, Order::parse(order, Order::C)?)
    }

    fn __copy__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        create::copied(slf, slf.get().array().dtype, Order::Kept)
    }

    #[pyo3(signature = (memo, /))]
    fn __deepcopy__<'py>(
        slf: &Bound<'py, Self>,
        memo: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, Self>> {
        let _ = memo;
        create::copied(slf, slf.get().array().dtype, Order::Kept)
    }

    /// The elements as another type; a copy unless `copy` is false and nothing changes.
    #[pyo3(signature = (dtype, order="K", casting="unsafe", subok=true, copy=true))]
    fn astype<'py>(
        slf: &Bound<'py, Self>,
        dtype: &Bound<'py, PyAny>,
        order: &str,
        casting: &str,
        subok: bool,
        copy: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let array = slf.get().array();
        let to = interop::dtype_from(dtype)?;
        let casts = |rule| to.is_some_and(|to| stook_types::can_cast(array.dtype, to, rule));
        let allowed = stook_types::Casting::parse(casting).is_some_and(casts);
        let (Some(to), true) = (to, allowed) else {
            let options = PyDict::new(slf.py());
            options.set_item("casting", casting)?;
            options.set_item("subok", subok)?;
            let made = Self::look(slf)?.call_method("astype", (dtype, order), Some(&options))?;
            return crate::fallback::wrap(made);
        };
        let order = Order::parse(Some(order), Order::Kept)?;
        if !copy && to == array.dtype && order.is_that_of(array) {
            return Ok(slf.clone().into_any());
        }
        Ok(create::copied(slf, to, order)?.into_any())
    }

    /// One value everywhere.
    #[pyo3(signature = (value, /))]
    fn fill(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let array = slf.get().array();
        if let Some(value) = element(value, array.dtype) {
            slf.get().check_writeable("assignment destination")?;
            return session().assign(array, Input::Scalar(value)).or_raise(slf.py());
        }
        if value.len().is_ok() {
            // No value, of which NumPy knows what to say.
            flush(slf.py())?;
            return Self::share(slf)?.call_method1("fill", (value,)).map(|_| ());
        }
        slf.set_item(pyo3::types::PyEllipsis::get(slf.py()), value)
    }

    #[pyo3(signature = (dtype=None, /, *, copy=None))]
    fn __array__<'py>(
        slf: &Bound<'py, Self>,
        dtype: Option<&Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        flush(slf.py())?;
        let plain = dtype.is_none() && copy != Some(true);
        let shared = if plain { Self::share(slf)? } else { Self::look(slf)? };
        if plain {
            return Ok(shared);
        }
        let options = PyDict::new(slf.py());
        options.set_item("dtype", dtype)?;
        options.set_item("copy", copy)?;
        let made = numpy(slf.py()).module(slf.py()).getattr("array")?;
        let made = made.call((&shared,), Some(&options))?;
        if made.is(&shared) {
            session().share(slf.get().array()).or_raise(slf.py())?;
        }
        Ok(made)
    }

    #[getter]
    fn __array_interface__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        flush(slf.py())?;
        session().share(slf.get().array()).or_raise(slf.py())?;
        Self::look(slf)?.getattr("__array_interface__")
    }

    /// Where the elements lie: `"cpu"`.
    #[getter]
    fn device<'py>(&self, py: Python<'py>) -> &Bound<'py, PyString> {
        pyo3::intern!(py, "cpu")
    }

    #[setter]
    fn set_device(&self, _device: &Bound<'_, PyAny>) -> PyResult<()> {
        let text = "attribute 'device' of 'numpy.ndarray' objects is not writable";
        Err(PyAttributeError::new_err(text))
    }

    #[classattr]
    fn __array_priority__() -> f64 {
        0.0
    }
}
