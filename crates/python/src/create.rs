//! New arrays: by shape, from other objects, and copies.

use crate::array::NdArray;
use crate::error::OrRaise;
use crate::interop::{self, numpy};
use crate::module::session;
use crate::shape::reversed;
use crate::{convert::Operand, fallback, scalar};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use smallvec::SmallVec;
use stook_runtime::{Array, Input};
use stook_types::{DType, Dims, Scalar};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(array, m)?)?;
    m.add_function(wrap_pyfunction!(asarray, m)?)?;
    m.add_function(wrap_pyfunction!(empty, m)?)?;
    m.add_function(wrap_pyfunction!(zeros, m)?)?;
    m.add_function(wrap_pyfunction!(ones, m)?)?;
    m.add_function(wrap_pyfunction!(full, m)?)?;
    m.add_function(wrap_pyfunction!(empty_in_order, m)?)?;
    m.add_function(wrap_pyfunction!(made_by_numpy, m)?)
}

/// The order of elements in memory that a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Rows follow one another.
    C,
    /// Columns follow one another.
    Fortran,
    /// Fortran order where the array is in it and not in C order.
    Any,
    /// The array's own order of axes.
    Kept,
}

impl Order {
    /// NumPy's letter for it.
    pub(crate) fn parse(letter: Option<&str>, default: Order) -> PyResult<Order> {
        Ok(match letter {
            None => default,
            Some("C" | "c") => Self::C,
            Some("F" | "f") => Self::Fortran,
            Some("A" | "a") => Self::Any,
            Some("K" | "k") => Self::Kept,
            Some(other) => {
                return Err(PyValueError::new_err(format!(
                    "order must be one of 'C', 'F', 'A', or 'K' (got '{other}')"
                )));
            }
        })
    }

    /// Whether this array is in it already.
    pub(crate) fn is_that_of(self, array: &Array) -> bool {
        let (size, view) = (array.dtype.size(), &array.view);
        match self {
            Self::C => view.is_c_contiguous(size),
            Self::Fortran => view.is_f_contiguous(size),
            Self::Any => view.is_c_contiguous(size) || view.is_f_contiguous(size),
            Self::Kept => true,
        }
    }

    /// Whether a copy of this array is in Fortran order.
    pub(crate) fn is_fortran(self, array: &Array) -> bool {
        let size = array.dtype.size();
        match self {
            Self::C => false,
            Self::Fortran => true,
            Self::Any | Self::Kept => {
                array.view.is_f_contiguous(size) && !array.view.is_c_contiguous(size)
            }
        }
    }
}

/// An `int` or a sequence of them; negative ones are kept.
pub(crate) fn shape_from(object: &Bound<'_, PyAny>) -> PyResult<SmallVec<[isize; 4]>> {
    let listed =
        object.is_exact_instance_of::<PyTuple>() || object.is_exact_instance_of::<PyList>();
    if !listed && let Ok(n) = object.extract::<isize>() {
        return Ok(SmallVec::from_slice(&[n]));
    }
    let mut shape = SmallVec::new();
    let items = object.try_iter().map_err(|_| not_a_shape(object))?;
    for item in items {
        let item = item?;
        shape.push(item.extract::<isize>().map_err(|error| {
            if error.is_instance_of::<PyTypeError>(item.py()) { not_a_shape(&item) } else { error }
        })?);
    }
    Ok(shape)
}

fn not_a_shape(object: &Bound<'_, PyAny>) -> PyErr {
    let name = object.get_type().name().map(|n| n.to_string()).unwrap_or_default();
    PyTypeError::new_err(format!("'{name}' object cannot be interpreted as an integer"))
}

/// A shape of a new array: no negative length.
pub(crate) fn lengths_from(object: &Bound<'_, PyAny>) -> PyResult<Dims> {
    let shape = shape_from(object)?;
    if shape.iter().any(|&n| n < 0) {
        return Err(PyValueError::new_err("negative dimensions are not allowed"));
    }
    Ok(shape.iter().map(|&n| n as usize).collect())
}

fn new<'py>(
    py: Python<'py>,
    shape: &[usize],
    dtype: DType,
    fortran: bool,
) -> PyResult<Bound<'py, NdArray>> {
    check_memory(py, shape, dtype)?;
    if !fortran {
        return NdArray::object(py, session().empty(shape, dtype).or_raise(py)?);
    }
    let turned: Dims = shape.iter().rev().copied().collect();
    let mut array = session().empty(&turned, dtype).or_raise(py)?;
    array.view = reversed(&array.view);
    NdArray::object(py, array)
}

/// Bytes that no machine has: memory is given when it is first touched, an array this large never.
const ABSURD: usize = 1 << 46;

fn check_memory(py: Python<'_>, shape: &[usize], dtype: DType) -> PyResult<()> {
    let bytes = shape.iter().try_fold(dtype.size(), |all, &n| all.checked_mul(n));
    if bytes.is_some_and(|bytes| bytes >= ABSURD) {
        let class = py.import("numpy._core._exceptions")?.getattr("_ArrayMemoryError")?;
        let shape = crate::array::tuple(py, shape.iter().copied())?;
        return Err(PyErr::from_value(class.call1((shape, numpy(py).dtype(py, dtype)))?));
    }
    Ok(())
}

/// A new array with one value everywhere.
pub(crate) fn filled<'py>(
    py: Python<'py>,
    shape: &[usize],
    value: Scalar,
    fortran: bool,
) -> PyResult<Bound<'py, NdArray>> {
    check_memory(py, shape, value.dtype)?;
    if value.bits == 0 && !fortran {
        return NdArray::object(py, session().zeros(shape, value.dtype).or_raise(py)?);
    }
    let made = new(py, shape, value.dtype, fortran)?;
    session().assign(made.get().array(), Input::Scalar(value)).or_raise(py)?;
    Ok(made)
}

/// What a creation function's `dtype` argument says, `None` for types that stay NumPy's.
fn element_type(dtype: Option<&Bound<'_, PyAny>>, default: DType) -> PyResult<Option<DType>> {
    dtype.map_or(Ok(Some(default)), interop::dtype_from)
}

/// NumPy's own function of this name.
fn numpys<'py>(
    py: Python<'py>,
    name: &str,
    args: Bound<'py, PyTuple>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = PyDict::new(py);
    options.set_item("dtype", dtype)?;
    options.set_item("order", order.unwrap_or("C"))?;
    numpy(py).module(py).getattr(name)?.call(args, Some(&options))
}

/// A new array without contents.
#[pyfunction]
#[pyo3(signature = (shape, dtype=None, order=None, *, device=None, like=None))]
fn empty<'py>(
    py: Python<'py>,
    shape: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
    device: Option<&str>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let _ = (device, like);
    match element_type(dtype, DType::F64)? {
        Some(of) => {
            let fortran = Order::parse(order, Order::C)? == Order::Fortran;
            Ok(new(py, &lengths_from(shape)?, of, fortran)?.into_any())
        }
        None => numpys(py, "empty", (shape,).into_pyobject(py)?, dtype, order),
    }
}

/// A new array of zeros.
#[pyfunction]
#[pyo3(signature = (shape, dtype=None, order=None, *, device=None, like=None))]
fn zeros<'py>(
    py: Python<'py>,
    shape: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
    device: Option<&str>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let _ = (device, like);
    constant(py, "zeros", shape, dtype, order, 0)
}

/// A new array of ones.
#[pyfunction]
#[pyo3(signature = (shape, dtype=None, order=None, *, device=None, like=None))]
fn ones<'py>(
    py: Python<'py>,
    shape: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
    device: Option<&str>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let _ = (device, like);
    constant(py, "ones", shape, dtype, order, 1)
}

fn constant<'py>(
    py: Python<'py>,
    name: &str,
    shape: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
    value: i128,
) -> PyResult<Bound<'py, PyAny>> {
    match element_type(dtype, DType::F64)? {
        Some(of) => {
            let value = scalar::Weak::Int(value).exactly(of).expect("every type has 0 and 1");
            let fortran = Order::parse(order, Order::C)? == Order::Fortran;
            Ok(filled(py, &lengths_from(shape)?, value, fortran)?.into_any())
        }
        None => numpys(py, name, (shape,).into_pyobject(py)?, dtype, order),
    }
}

/// A new array with `fill_value`, broadcast, everywhere.
#[pyfunction]
#[pyo3(signature = (shape, fill_value, dtype=None, order=None, *, device=None, like=None))]
fn full<'py>(
    py: Python<'py>,
    shape: &Bound<'py, PyAny>,
    fill_value: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
    device: Option<&str>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let _ = (device, like);
    let of = match dtype {
        Some(dtype) => interop::dtype_from(dtype)?,
        None => match Operand::of(fill_value)? {
            Some(Operand::Weak(number)) => Some(number.alone()),
            Some(other) => other.dtype(),
            None => None,
        },
    };
    let Some(of) = of else {
        return numpys(py, "full", (shape, fill_value).into_pyobject(py)?, dtype, order);
    };
    let fortran = Order::parse(order, Order::C)? == Order::Fortran;
    let made = new(py, &lengths_from(shape)?, of, fortran)?;
    made.set_item(pyo3::types::PyEllipsis::get(py), fill_value)?;
    Ok(made.into_any())
}

/// A new array from any object that NumPy makes one of.
#[pyfunction]
#[pyo3(signature = (object, dtype=None, *, copy=Some(true), order=None, subok=false, ndmin=0,
                    ndmax=None, like=None))]
fn array<'py>(
    py: Python<'py>,
    object: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    copy: Option<bool>,
    order: Option<&str>,
    subok: bool,
    ndmin: usize,
    ndmax: Option<usize>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let _ = (like, ndmax);
    let made = convert(py, object, dtype, copy, order, subok)?;
    let Ok(ours) = made.cast::<NdArray>() else {
        return Ok(made);
    };
    let view = &ours.get().array().view;
    if view.ndim() >= ndmin {
        return Ok(made);
    }
    let mut shape = vec![1; ndmin - view.ndim()];
    shape.extend_from_slice(&view.shape);
    made.call_method1("reshape", (shape,))
}

/// The object itself if it is an array of ours of this type and order, else a new array.
#[pyfunction]
#[pyo3(signature = (a, dtype=None, order=None, *, device=None, copy=None, like=None))]
fn asarray<'py>(
    py: Python<'py>,
    a: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
    device: Option<&str>,
    copy: Option<bool>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let _ = (device, like);
    convert(py, a, dtype, copy, order, false)
}

fn convert<'py>(
    py: Python<'py>,
    object: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    copy: Option<bool>,
    order: Option<&str>,
    subok: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let to = dtype.map(interop::dtype_from).transpose()?;
    if let (Ok(ours), None | Some(Some(_))) = (object.cast::<NdArray>(), to) {
        return ours_as(ours, to.flatten(), copy, order);
    }
    let is_array = interop::is_array(object);
    let from = if is_array { interop::array_dtype(object) } else { None };
    if let (Some(from), None) = (from, dtype)
        && copy != Some(false)
        && order.is_none_or(|o| o == "K" || o == "A")
    {
        let array = interop::snapshot(object, from)?;
        return Ok(NdArray::object(py, array)?.into_any());
    }
    let options = PyDict::new(py);
    options.set_item("dtype", dtype)?;
    // An array of a type that only NumPy knows stays NumPy's, and need not be copied.
    let copies = if is_array && from.is_none() { copy } else { Some(copy != Some(false)) };
    options.set_item("copy", copies)?;
    options.set_item("order", order.unwrap_or("K"))?;
    options.set_item("subok", subok)?;
    let function = numpy(py).module(py).getattr("array")?;
    let args = (object,).into_pyobject(py)?;
    if holds_ours(object) {
        return fallback::call_numpy(&function, &args, Some(&options));
    }
    fallback::wrap(function.call(args, Some(&options))?)
}

/// Whether an array of ours stands first in nested lists or tuples.
fn holds_ours(object: &Bound<'_, PyAny>) -> bool {
    if object.is_instance_of::<NdArray>() {
        return true;
    }
    let first = match (object.cast_exact::<PyList>(), object.cast_exact::<PyTuple>()) {
        (Ok(list), _) => list.get_item(0),
        (_, Ok(tuple)) => tuple.get_item(0),
        _ => return false,
    };
    first.is_ok_and(|first| holds_ours(&first))
}

fn ours_as<'py>(
    ours: &Bound<'py, NdArray>,
    to: Option<DType>,
    copy: Option<bool>,
    order: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let array = ours.get().array();
    let to = to.unwrap_or(array.dtype);
    let (size, view) = (array.dtype.size(), &array.view);
    let ordered = match order {
        Some("C" | "c") => view.is_c_contiguous(size),
        Some("F" | "f") => view.is_f_contiguous(size),
        _ => true,
    };
    if copy != Some(true) && to == array.dtype && ordered {
        return Ok(ours.clone().into_any());
    }
    if copy == Some(false) {
        return Err(PyValueError::new_err(
            "Unable to avoid copy while creating an array as requested.\n\
             If using `np.array(obj, copy=False)` replace it with `np.asarray(obj)` to allow a \
             copy when needed (no behavior change in NumPy 1.x).\n\
             For more details, see https://numpy.org/devdocs/numpy_2_0_migration_guide.html\
             #adapting-to-changes-in-the-copy-keyword.",
        ));
    }
    Ok(copied(ours, to, Order::parse(order, Order::Kept)?)?.into_any())
}

/// A copy of the elements as another, or the same, type.
pub(crate) fn copied<'py>(
    ours: &Bound<'py, NdArray>,
    to: DType,
    order: Order,
) -> PyResult<Bound<'py, NdArray>> {
    let py = ours.py();
    let array = ours.get().array();
    let made = empty_as(py, array, to, order)?;
    session().assign(&made, Input::Array(array)).or_raise(py)?;
    crate::error::report_conditions(py)?;
    NdArray::object(py, made)
}

/// A new array in the shape of another, in its order of memory or one that is asked for.
pub(crate) fn empty_as(
    py: Python<'_>,
    like: &Array,
    dtype: DType,
    order: Order,
) -> PyResult<Array> {
    let axes: Dims = match order {
        Order::Kept => like.view.axes_in_memory(),
        _ if order.is_fortran(like) => (0..like.view.ndim()).rev().collect(),
        _ => (0..like.view.ndim()).collect(),
    };
    let lengths: Dims = axes.iter().map(|&axis| like.view.shape[axis]).collect();
    let mut made = session().empty(&lengths, dtype).or_raise(py)?;
    let mut back: Dims = axes.clone();
    for (place, &axis) in axes.iter().enumerate() {
        back[axis] = place;
    }
    made.view = made.view.transpose(&back);
    Ok(made)
}

/// A new array without contents in the shape and memory order of another.
#[pyfunction]
fn empty_in_order<'py>(
    a: &Bound<'py, NdArray>,
    dtype: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, NdArray>>> {
    let Some(dtype) = interop::dtype_from(dtype)? else {
        return Ok(None);
    };
    let made = empty_as(a.py(), a.get().array(), dtype, Order::Kept)?;
    NdArray::object(a.py(), made).map(Some)
}

/// `numpy.name(*args, **kwargs)` as an array of ours, for functions that only make new values.
#[pyfunction]
#[pyo3(signature = (name, args, kwargs))]
fn made_by_numpy<'py>(
    py: Python<'py>,
    name: &str,
    args: &Bound<'py, PyTuple>,
    kwargs: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    fallback::wrap(numpy(py).module(py).getattr(name)?.call(args, Some(kwargs))?)
}
