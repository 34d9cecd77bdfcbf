//! New arrays: by shape, from other objects, and copies.

use crate::array::NdArray;
use crate::convert::{Operand, is_sequence};
use crate::error::{OrRaise, report_conditions};
use crate::index::store;
use crate::interop::{self, numpy};
use crate::lists;
use crate::module::session;
use crate::reduce::discards;
use crate::{fallback, scalar};
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple};
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
    m.add_function(wrap_pyfunction!(empty_in_order, m)?)
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

/// The most axes that NumPy's arrays have.
pub(crate) const MOST_AXES: usize = 64;

/// An `int` or a sequence of them; negative ones are kept.
pub(crate) fn shape_from(object: &Bound<'_, PyAny>) -> PyResult<SmallVec<[isize; 4]>> {
    let listed =
        object.is_exact_instance_of::<PyTuple>() || object.is_exact_instance_of::<PyList>();
    if object.is_exact_instance_of::<PyBool>() {
        let got = if object.is_truthy()? { "True" } else { "False" };
        return Err(PyTypeError::new_err(format!(
            "expected a sequence of integers or a single integer, got '{got}'"
        )));
    }
    if !listed && let Ok(n) = object.extract::<isize>() {
        return Ok(SmallVec::from_slice(&[n]));
    }
    if object.is_instance_of::<PyInt>() {
        return Err(PyValueError::new_err("Maximum allowed dimension exceeded"));
    }
    let mut shape = SmallVec::<[isize; 4]>::new();
    let items = object.try_iter().map_err(|_| not_a_shape(object))?;
    for item in items {
        let item = item?;
        if item.is_exact_instance_of::<PyBool>() {
            return Err(PyTypeError::new_err("an integer is required"));
        }
        shape.push(item.extract::<isize>().map_err(|error| {
            if error.is_instance_of::<PyTypeError>(item.py()) {
                not_a_shape(&item)
            } else if error.is_instance_of::<PyOverflowError>(item.py()) {
                PyValueError::new_err("Maximum allowed dimension exceeded")
            } else {
                error
            }
        })?);
    }
    if shape.len() > MOST_AXES {
        return Err(PyValueError::new_err(format!(
            "maximum supported dimension for an ndarray is currently {MOST_AXES}, found {}",
            shape.len()
        )));
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
    array.view = array.view.reversed();
    NdArray::object(py, array)
}

/// Bytes that no machine has: memory is given when it is first touched, an array this large never.
/// What cannot be addressed is an error of its own.
const ABSURD: usize = 1 << 46;

fn check_memory(py: Python<'_>, shape: &[usize], dtype: DType) -> PyResult<()> {
    let bytes = shape.iter().try_fold(dtype.size(), |all, &n| all.checked_mul(n));
    if bytes.is_some_and(|bytes| (ABSURD..=isize::MAX as usize).contains(&bytes)) {
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
    given(dtype, Some(order.unwrap_or("C")))(&options)?;
    numpy(py).module(py).getattr(name)?.call(args, Some(&options))
}

/// What the argument `copy` says: whether to copy, `None` where needed.
#[derive(Clone, Copy)]
pub(crate) struct Copies(pub(crate) Option<bool>);

impl FromPyObject<'_, '_> for Copies {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyString>() {
            return Err(PyValueError::new_err(
                "strings are not allowed for 'copy' keyword. Use True/False/None instead.",
            ));
        }
        let modes = numpy(object.py()).module(object.py()).getattr("_CopyMode")?;
        if object.get_type().is(&modes) {
            return Ok(Self(object.getattr("value")?.extract().ok()));
        }
        object.is_truthy().map(|copy| Self(Some(copy)))
    }
}

/// An error where an array is to lie on anything but the processor.
pub(crate) fn check_device(device: Option<&str>) -> PyResult<()> {
    match device {
        None | Some("cpu") => Ok(()),
        Some(other) => Err(PyValueError::new_err(format!(
            "Device not understood. Only \"cpu\" is allowed, but received: {other}"
        ))),
    }
}

/// What the class of `like` makes in place of an array of ours; nothing where it is one of ours.
pub(crate) fn made_like<'py>(
    like: Option<&Bound<'py, PyAny>>,
    name: &str,
    args: impl IntoPyObject<'py, Target = PyTuple>,
    options: impl FnOnce(&Bound<'py, PyDict>) -> PyResult<()>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(like) = like else {
        return Ok(None);
    };
    let given = PyDict::new(like.py());
    options(&given)?;
    let ask = like.py().import("stook._likes")?.getattr("made_like")?;
    let made = ask.call1((name, like, args, given))?;
    Ok(Some(made).filter(|made| !made.is_none()))
}

/// Type and order among the options that were given.
pub(crate) fn given<'py>(
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
) -> impl FnOnce(&Bound<'py, PyDict>) -> PyResult<()> {
    move |options| {
        options.set_item("dtype", dtype)?;
        options.set_item("order", order)
    }
}

/// A new array without contents.
#[pyfunction]
#[pyo3(signature = (shape, dtype=None, order=None, *, device=None, like=None),
       text_signature = "(shape, dtype=None, order='C', *, device=None, like=None)")]
fn empty<'py>(
    py: Python<'py>,
    shape: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
    device: Option<&str>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    check_device(device)?;
    if let Some(made) = made_like(like, "empty", (shape,), given(dtype, order))? {
        return Ok(made);
    }
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
#[pyo3(signature = (shape, dtype=None, order=None, *, device=None, like=None),
       text_signature = "(shape, dtype=None, order='C', *, device=None, like=None)")]
fn zeros<'py>(
    py: Python<'py>,
    shape: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
    device: Option<&str>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    check_device(device)?;
    if let Some(made) = made_like(like, "zeros", (shape,), given(dtype, order))? {
        return Ok(made);
    }
    constant(py, "zeros", shape, dtype, order, 0)
}

/// A new array of ones.
#[pyfunction]
#[pyo3(signature = (shape, dtype=None, order=None, *, device=None, like=None),
       text_signature = "(shape, dtype=None, order='C', *, device=None, like=None)")]
fn ones<'py>(
    py: Python<'py>,
    shape: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
    device: Option<&str>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    check_device(device)?;
    if let Some(made) = made_like(like, "ones", (shape,), given(dtype, order))? {
        return Ok(made);
    }
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
#[pyo3(signature = (shape, fill_value, dtype=None, order=None, *, device=None, like=None),
       text_signature = "(shape, fill_value, dtype=None, order='C', *, device=None, like=None)")]
fn full<'py>(
    py: Python<'py>,
    shape: &Bound<'py, PyAny>,
    fill_value: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    order: Option<&str>,
    device: Option<&str>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    check_device(device)?;
    if let Some(made) = made_like(like, "full", (shape, fill_value), given(dtype, order))? {
        return Ok(made);
    }
    let operand = Operand::of(fill_value)?;
    let of = match (dtype, &operand) {
        (Some(dtype), _) => interop::dtype_from(dtype)?,
        (None, Some(Operand::Weak(number))) => Some(number.alone()),
        (None, Some(other)) => other.dtype(),
        (None, None) => None,
    };
    let Some(of) = of else {
        return numpys(py, "full", (shape, fill_value).into_pyobject(py)?, dtype, order);
    };
    let fortran = Order::parse(order, Order::C)? == Order::Fortran;
    let made = new(py, &lengths_from(shape)?, of, fortran)?;
    let filled = match &operand {
        Some(operand) => store(py, made.get().array(), operand, fill_value)?,
        _ => false,
    };
    if !filled {
        let unsafely = PyDict::new(py);
        unsafely.set_item("casting", "unsafe")?;
        let copy = numpy(py).module(py).getattr("copyto")?;
        fallback::call_numpy(&copy, &(&made, fill_value).into_pyobject(py)?, Some(&unsafely))?;
    }
    Ok(made.into_any())
}

/// A new array from any object that NumPy makes one of.
#[pyfunction]
#[pyo3(signature = (object, dtype=None, *, copy=Some(Copies(Some(true))), order=None, subok=false,
                    ndmin=0, ndmax=None, like=None),
       text_signature = "(object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, \
                         ndmax=0, like=None)")]
fn array<'py>(
    py: Python<'py>,
    object: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    copy: Option<Copies>,
    order: Option<&str>,
    subok: bool,
    ndmin: isize,
    ndmax: Option<isize>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let copy = copy.and_then(|copy| copy.0);
    let options = |options: &Bound<'py, PyDict>| {
        options.set_item("copy", copy)?;
        options.set_item("subok", subok)?;
        options.set_item("ndmin", ndmin)?;
        options.set_item("ndmax", ndmax)?;
        given(dtype, order)(options)
    };
    if let Some(made) = made_like(like, "array", (object,), options)? {
        return Ok(made);
    }
    if ndmax.is_some() {
        let all = PyDict::new(py);
        options(&all)?;
        let function = numpy(py).module(py).getattr("array")?;
        return fallback::call_numpy(&function, &(object,).into_pyobject(py)?, Some(&all));
    }
    let made = convert(py, object, dtype, copy, order, subok)?;
    let ndmin = usize::try_from(ndmin).unwrap_or(0);
    if ndmin > MOST_AXES {
        return Err(PyValueError::new_err(format!("ndmin must be <= ndmax ({MOST_AXES})")));
    }
    if ndmin == 0 {
        return Ok(made);
    }
    let lengths: Vec<usize> = made.getattr("shape")?.extract()?;
    if lengths.len() >= ndmin {
        return Ok(made);
    }
    let mut shape = vec![1; ndmin - lengths.len()];
    shape.extend(lengths);
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
    copy: Option<Copies>,
    like: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    check_device(device)?;
    let options = |options: &Bound<'py, PyDict>| {
        options.set_item("copy", copy.map(|copy| copy.0))?;
        given(dtype, order)(options)
    };
    if let Some(made) = made_like(like, "asarray", (a,), options)? {
        return Ok(made);
    }
    convert(py, a, dtype, copy.and_then(|copy| copy.0), order, false)
}

/// What `numpy.array` makes of an object, as an array of ours.
pub(crate) fn convert<'py>(
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
    if copy != Some(false)
        && order.is_none_or(|order| matches!(order, "K" | "A" | "C"))
        && let None | Some(Some(_)) = to
        && let Some(array) = lists::array(object, to.flatten())?
    {
        return Ok(NdArray::object(py, array)?.into_any());
    }
    let options = PyDict::new(py);
    options.set_item("copy", copy)?;
    options.set_item("subok", subok)?;
    given(dtype, Some(order.unwrap_or("K")))(&options)?;
    let function = numpy(py).module(py).getattr("array")?;
    let args = (object,).into_pyobject(py)?;
    // In an array of objects, arrays of ours may be elements.
    let of_objects = || -> PyResult<bool> {
        let kind =
            dtype.map(|d| numpy(py).module(py).getattr("dtype")?.call1((d,))?.getattr("kind"));
        Ok(kind.transpose()?.is_some_and(|kind| kind.eq("O").unwrap_or(false)))
    };
    if holds_ours(object, MOST_AXES) && !of_objects()? {
        return fallback::call_numpy(&function, &args, Some(&options));
    }
    let made = match function.call(&args, Some(&options)) {
        Err(error) if fallback::gave_ours(py, &error) => {
            if is_sequence(object) {
                return fallback::call_numpy(&function, &args, Some(&options));
            }
            let made = given_by(object, dtype, to.flatten(), copy, order)?;
            return made.ok_or(error);
        }
        made => made?,
    };
    // What others hold is copied, unless a copy was asked for or forbidden.
    let held = copy.is_none() && interop::is_array(&made) && !interop::is_fresh(&made);
    match Some(&made).filter(|_| held).and_then(interop::array_dtype) {
        Some(dtype) => Ok(NdArray::object(py, interop::snapshot(&made, dtype)?)?.into_any()),
        None => fallback::wrap(made),
    }
}

/// The array of ours that an object's `__array__` gives, if it gives one, of this type and order.
fn given_by<'py>(
    object: &Bound<'py, PyAny>,
    dtype: Option<&Bound<'py, PyAny>>,
    to: Option<DType>,
    copy: Option<bool>,
    order: Option<&str>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    let options = PyDict::new(py);
    if let Some(dtype) = dtype {
        options.set_item("dtype", dtype)?;
    }
    if let Some(copy) = copy {
        options.set_item("copy", copy)?;
    }
    let (made, copy) = match object.call_method("__array__", (), Some(&options)) {
        Err(error) if copy.is_some() && error.is_instance_of::<PyTypeError>(py) => {
            (object.call_method0("__array__")?, copy)
        }
        // It is trusted with the copy.
        made => (made?, None),
    };
    made.cast::<NdArray>().ok().map(|ours| ours_as(ours, to, copy, order)).transpose()
}

/// Whether an array of ours stands first in lists or tuples, nested as deeply as axes may be.
fn holds_ours(object: &Bound<'_, PyAny>, depth: usize) -> bool {
    if object.is_instance_of::<NdArray>() {
        return true;
    }
    let first = match (object.cast_exact::<PyList>(), object.cast_exact::<PyTuple>()) {
        (Ok(list), _) => list.get_item(0),
        (_, Ok(tuple)) => tuple.get_item(0),
        _ => return false,
    };
    depth > 0 && first.is_ok_and(|first| holds_ours(&first, depth - 1))
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
    let order = Order::parse(order, Order::Kept)?;
    let ordered = match order {
        Order::C => view.is_c_contiguous(size),
        Order::Fortran => view.is_f_contiguous(size),
        Order::Any | Order::Kept => true,
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
    Ok(copied(ours, to, order)?.into_any())
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
    if discards(array.dtype, to) {
        warn_of_discarded(py)?;
    }
    session().assign(&made, Input::Array(array)).or_raise(py)?;
    report_conditions(py)?;
    NdArray::object(py, made)
}

/// NumPy's warning of imaginary parts that a cast drops.
fn warn_of_discarded(py: Python<'_>) -> PyResult<()> {
    let class = py.import("numpy.exceptions")?.getattr("ComplexWarning")?;
    let text = c"Casting complex values to real discards the imaginary part";
    PyErr::warn(py, &class, text, 1)
}

/// A new array in the shape of another, in its order of memory or one that is asked for.
pub(crate) fn empty_as(
    py: Python<'_>,
    like: &Array,
    dtype: DType,
    order: Order,
) -> PyResult<Array> {
    let size = like.dtype.size();
    if order != Order::Fortran && like.view.is_c_contiguous(size) {
        return session().room(&like.view.shape, dtype).or_raise(py);
    }
    let axes: Dims = match order {
        Order::Kept if !like.view.is_f_contiguous(size) => like.view.axes_in_memory(),
        _ if order.is_fortran(like) => (0..like.view.ndim()).rev().collect(),
        _ => (0..like.view.ndim()).collect(),
    };
    let lengths: Dims = axes.iter().map(|&axis| like.view.shape[axis]).collect();
    let mut made = session().room(&lengths, dtype).or_raise(py)?;
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
