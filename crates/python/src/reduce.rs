//! Reductions, as methods.
//!
//! A reduction over everything is a look: it returns NumPy's scalar at once. One over axes is
//! recorded. Initial values, masks and outputs are composed in Python (`_ufunc_methods`).

use crate::array::NdArray;
use crate::decided::decided;
use crate::error::{self, OrRaise};
use crate::fallback::answered;
use crate::few;
use crate::fold_conditions::Watched;
use crate::interop::{self, numpy};
use crate::long;
use crate::module::{read_before, session};
use crate::scalar;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyTuple};
use std::sync::LazyLock;
use stook_ops::{ReductionId, reduction, reductions};
use stook_runtime::Array;
use stook_types::{DType, Dims, Kind, Scalar};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(reduce, m)?)?;
    m.add_function(wrap_pyfunction!(normalized, m)?)
}

/// A method's name, its row in the table, and the type of its result where nobody asks for one.
struct Method {
    name: &'static str,
    row: &'static str,
    gives: fn(DType) -> DType,
}

const fn method(name: &'static str, row: &'static str, gives: fn(DType) -> DType) -> Method {
    Method { name, row, gives }
}

const METHODS: &[Method] = &[
    method("sum", "add", widened),
    method("prod", "multiply", widened),
    method("min", "minimum", |dtype| dtype),
    method("max", "maximum", |dtype| dtype),
    method("any", "logical_or", |_| DType::Bool),
    method("all", "logical_and", |_| DType::Bool),
    method("argmin", "argmin", |_| DType::I64),
    method("argmax", "argmax", |_| DType::I64),
    method("count_nonzero", "count_nonzero", |_| DType::I64),
    method("nansum", "nansum", widened),
    method("nanprod", "nanprod", widened),
    method("fmin", "fmin", |dtype| dtype),
    method("fmax", "fmax", |dtype| dtype),
];

const SUM: usize = 0;
const PROD: usize = 1;
const MIN: usize = 2;
const MAX: usize = 3;
const ANY: usize = 4;
const ALL: usize = 5;
const ARGMIN: usize = 6;
const ARGMAX: usize = 7;
const COUNT: usize = 8;

static ROWS: LazyLock<Vec<Option<ReductionId>>> =
    LazyLock::new(|| METHODS.iter().map(|method| reduction(method.row)).collect());

/// The axes that an `axis` argument names, in order and distinct; all of them for `None`.
pub(crate) fn axes(
    py: Python<'_>,
    given: Option<&Bound<'_, PyAny>>,
    ndim: usize,
) -> PyResult<Dims> {
    let Some(given) = given else {
        return Ok((0..ndim).collect());
    };
    let mut axes = Dims::new();
    let listed: Vec<i64> = match given.cast::<PyTuple>() {
        Ok(tuple) => tuple.iter().map(|k| integer(&k)).collect::<PyResult<_>>()?,
        Err(_) => match integer(given)? {
            0 | -1 if ndim == 0 => return Ok(axes),
            k => vec![k],
        },
    };
    for k in listed {
        let k = crate::shape::axis(py, k, ndim)?;
        if axes.contains(&k) {
            return Err(PyValueError::new_err("duplicate value in 'axis'"));
        }
        axes.push(k);
    }
    axes.sort_unstable();
    Ok(axes)
}

fn integer(object: &Bound<'_, PyAny>) -> PyResult<i64> {
    if object.is_exact_instance_of::<PyBool>() {
        return Err(PyTypeError::new_err("an integer is required"));
    }
    object.extract().map_err(|_| {
        let name = object.get_type().name().map(|n| n.to_string()).unwrap_or_default();
        PyTypeError::new_err(format!("'{name}' object cannot be interpreted as an integer"))
    })
}

/// The type in which NumPy sums elements of this type.
pub(crate) fn widened(dtype: DType) -> DType {
    match dtype.kind() {
        Kind::Bool | Kind::Signed => DType::I64,
        Kind::Unsigned => DType::U64,
        _ => dtype,
    }
}

/// The fold of an array's elements over axes, to a result of type `output`; `None` where the table
/// has none.
pub(crate) fn fold(
    py: Python<'_>,
    id: ReductionId,
    array: &Array,
    axes: &[usize],
    output: DType,
    keepdims: bool,
) -> PyResult<Option<Array>> {
    let row = &reductions()[usize::from(id.0)];
    if let Some(found) = row.resolve_to(array.dtype, output) {
        return session().reduce(id, found, array, axes, keepdims).or_raise(py).map(Some);
    }
    let found = row.resolve_to(output, output).filter(|_| !discards(array.dtype, output));
    let Some(found) = found else {
        return Ok(None);
    };
    let cast = session().cast_in_order(array, output).or_raise(py)?;
    session().reduce(id, found, &cast, axes, keepdims).or_raise(py).map(Some)
}

/// Whether a cast drops imaginary parts, of which NumPy warns.
pub(crate) fn discards(from: DType, to: DType) -> bool {
    from.is_complex() && !to.is_complex() && to != DType::Bool
}

/// Whether any truth of an array holds, as an array of one element.
pub(crate) fn any(py: Python<'_>, flags: &Array) -> PyResult<Array> {
    let all: Dims = (0..flags.view.ndim()).collect();
    let made = match ROWS[ANY] {
        Some(id) => fold(py, id, flags, &all, DType::Bool, false)?,
        None => None,
    };
    made.ok_or_else(|| PyTypeError::new_err("truths have a reduction"))
}

/// An argument that may be `None` itself.
enum Given<'py> {
    Nothing,
    Value(Bound<'py, PyAny>),
}

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self::Value(object.to_owned()))
    }
}

/// A flag that may be given as an integer.
#[derive(Clone, Copy)]
struct Flag(bool);

impl FromPyObject<'_, '_> for Flag {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(flag) = object.cast_exact::<PyBool>() {
            return Ok(Self(flag.is_true()));
        }
        integer(&object).map(|k| Self(k != 0))
    }
}

impl<'py> Given<'py> {
    fn value(&self) -> Option<&Bound<'py, PyAny>> {
        match self {
            Self::Nothing => None,
            Self::Value(value) => Some(value),
        }
    }
}

fn is_set(flag: Option<Flag>) -> bool {
    matches!(flag, Some(Flag(true)))
}

/// What a reduction was asked for beyond its array.
#[derive(Clone, Copy, Default)]
struct Asked<'a, 'py> {
    axis: Option<&'a Bound<'py, PyAny>>,
    dtype: Option<&'a Bound<'py, PyAny>>,
    out: Option<&'a Bound<'py, PyAny>>,
    keepdims: bool,
    initial: Option<&'a Bound<'py, PyAny>>,
    r#where: Option<&'a Bound<'py, PyAny>>,
    /// The caller drops the array next. (One whose only reference is that of the interpreter's
    /// stack is such an array without being said to be.)
    temporary: bool,
}

fn run<'py>(
    slf: &Bound<'py, NdArray>,
    which: usize,
    asked: Asked<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let array = slf.get().array();
    let method = &METHODS[which];
    let plain = asked.out.is_none()
        && asked.initial.is_none()
        && asked.r#where.is_none_or(|w| w.is(PyBool::new(py, true)));
    let dtype = asked.dtype.map(interop::dtype_from).transpose()?;
    if !plain || dtype == Some(None) {
        return with_options(slf, which, &asked);
    }
    if let (ARGMIN | ARGMAX, Some(axis)) = (which, asked.axis) {
        integer(axis)?;
    }
    let axes = axes(py, asked.axis, array.view.ndim())?;
    if dtype.is_none() && !asked.keepdims && axes.len() == array.view.ndim() {
        let known = match which {
            ARGMIN | ARGMAX => match few::extreme(array, which == ARGMAX) {
                Some(place) => Some(place),
                None => long::extreme(py, array, which == ARGMAX)?,
            },
            COUNT => long::count(py, array)?,
            _ => None,
        };
        if let Some(number) = known {
            return scalar::object(py, Scalar::integer(DType::I64, number as i128));
        }
    }
    if method.name.starts_with("arg") && axes.len() != 1 && array.view.ndim() > 1 {
        return flat(slf, which, &asked);
    }
    let output = dtype.flatten().unwrap_or_else(|| (method.gives)(array.dtype));
    if axes.len() == array.view.ndim()
        && !asked.keepdims
        && output == DType::Bool
        && let (ANY | ALL, Some(id)) = (which, ROWS[which])
        && let Some(answer) = decided(py, id, which == ANY, array)?
    {
        return Ok(answer);
    }
    let made = match ROWS[which] {
        Some(id) => fold(py, id, array, &axes, output, asked.keepdims)?,
        None => None,
    };
    let Some(made) = made else {
        return with_options(slf, which, &asked);
    };
    let dropped_next = asked.temporary || references(slf) == 1;
    let watched = watched(method.row, output);
    deliver(py, made, dropped_next.then_some(array), watched.map(|fold| (fold, array)))
}

/// The fold by the ufunc of this name, if one joins elements of this type.
pub(crate) fn watched(ufunc: &str, dtype: DType) -> Option<Watched> {
    let ufunc = stook_ops::ufunc(ufunc)?;
    let loops = &stook_ops::table()[usize::from(ufunc.0)].loops;
    let loop_index = loops.iter().position(|l| l.joins() && l.outs[0] == dtype)?;
    Some(Watched { ufunc, loop_index, method: "reduce" })
}

/// References that are held on an array.
fn references(array: &Bound<'_, NdArray>) -> isize {
    // SAFETY: the pointer is that of a living object.
    unsafe { ffi::Py_REFCNT(array.as_ptr()) }
}

/// `argmin` and `argmax` over everything: along the elements in C order.
fn flat<'py>(
    slf: &Bound<'py, NdArray>,
    which: usize,
    asked: &Asked<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let line = slf.call_method0("ravel")?.cast_into::<NdArray>()?;
    let made = run(&line, which, *asked)?;
    if !asked.keepdims {
        return Ok(made);
    }
    made.call_method1("reshape", (vec![1; slf.get().array().view.ndim()],))
}

/// A scalar where there is no axis left, or an array; with what is warned of within the fold of
/// these elements to a scalar.
pub(crate) fn deliver<'py>(
    py: Python<'py>,
    made: Array,
    temporary: Option<&Array>,
    watched: Option<(Watched, &Array)>,
) -> PyResult<Bound<'py, PyAny>> {
    if made.view.ndim() == 0 {
        let start = read_before(py, &made, temporary)?;
        if let Some((fold, elements)) = watched {
            // SAFETY: an array without axes has one element.
            unsafe { fold.look_at_one(py, elements, (start, made.dtype)) }?;
        }
        // SAFETY: an array without axes has one element.
        return unsafe { scalar::at(py, made.dtype, start) };
    }
    error::report_conditions(py)?;
    Ok(NdArray::object(py, made)?.into_any())
}

/// A reduction with an output, a mask or an initial value: composed of ufuncs, or NumPy's.
fn with_options<'py>(
    slf: &Bound<'py, NdArray>,
    which: usize,
    asked: &Asked<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let Method { name, row, .. } = METHODS[which];
    let options = PyDict::new(py);
    options.set_item("axis", asked.axis)?;
    for (key, value) in [
        ("dtype", asked.dtype),
        ("out", asked.out),
        ("initial", asked.initial),
        ("where", asked.r#where),
    ] {
        if let Some(value) = value {
            options.set_item(key, value)?;
        }
    }
    if asked.keepdims {
        options.set_item("keepdims", true)?;
    }
    if stook_ops::ufunc(row).is_some() {
        let composed = py.import("stook._ufunc_methods")?.getattr("reduction")?;
        let made = composed.call((row, slf), Some(&options))?;
        if !made.is_none() {
            return Ok(made);
        }
    }
    if let (ARGMIN | ARGMAX, Some(out)) = (which, asked.out) {
        let made = run(slf, which, Asked { out: None, ..*asked })?;
        if takes_places(out, &made)? {
            out.set_item(py.Ellipsis(), made)?;
            return Ok(out.clone());
        }
    }
    let function = numpy(py).module(py).getattr(name)?;
    // `fmin` and `fmax` are ufuncs there.
    let function = function.getattr("reduce").unwrap_or(function);
    answered(py, name, &function, &(slf,).into_pyobject(py)?, Some(&options))
}

/// Whether an output is an array of ours for `argmin` and `argmax`, which cast nothing.
fn takes_places(out: &Bound<'_, PyAny>, made: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Ok(ours) = out.cast::<NdArray>() else {
        return Ok(false);
    };
    let ours = ours.get();
    let takes = ours.array().dtype == DType::I64 && ours.check_writeable("output array").is_ok();
    Ok(takes && out.getattr("shape")?.eq(made.getattr("shape")?)?)
}

/// The reduction of this name (`sum`, `count_nonzero` ...) over axes; `temporary` says that the
/// array is most likely dropped next.
#[pyfunction]
#[pyo3(signature = (a, name, axis=None, dtype=None, keepdims=None, temporary=false))]
fn reduce<'py>(
    a: &Bound<'py, NdArray>,
    name: &str,
    axis: Option<&Bound<'py, PyAny>>,
    dtype: Option<&Bound<'py, PyAny>>,
    keepdims: Option<Flag>,
    temporary: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let keepdims = is_set(keepdims);
    let which = METHODS.iter().position(|method| method.name == name);
    let which = which.ok_or_else(|| PyValueError::new_err(format!("no reduction {name}")))?;
    run(a, which, Asked { axis, dtype, keepdims, temporary, ..Asked::default() })
}

/// The axes that an `axis` argument names in an array of `ndim` axes, ascending.
#[pyfunction]
#[pyo3(signature = (axis, ndim))]
fn normalized<'py>(
    py: Python<'py>,
    axis: Option<&Bound<'py, PyAny>>,
    ndim: usize,
) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, axes(py, axis, ndim)?)
}

macro_rules! summing {
    ($($name:ident $which:ident;)*) => {
        #[pymethods]
        impl NdArray {
            $(
                #[pyo3(signature = (axis=None, dtype=None, out=None, keepdims=None,
                                    initial=Given::Nothing,
                                    r#where=Given::Nothing),
                       text_signature = "($self, /, axis=None, dtype=None, out=None, **kwargs)")]
                fn $name<'py>(
                    slf: &Bound<'py, Self>,
                    axis: Option<&Bound<'py, PyAny>>,
                    dtype: Option<&Bound<'py, PyAny>>,
                    out: Option<&Bound<'py, PyAny>>,
                    keepdims: Option<Flag>,
                    initial: Given<'py>,
                    r#where: Given<'py>,
                ) -> PyResult<Bound<'py, PyAny>> {
                    let asked = Asked {
                        axis,
                        dtype,
                        out,
                        keepdims: is_set(keepdims),
                        initial: initial.value(),
                        r#where: r#where.value(),
                        temporary: false,
                    };
                    run(slf, $which, asked)
                }
            )*
        }
    };
}

macro_rules! choosing {
    ($($name:ident $which:ident;)*) => {
        #[pymethods]
        impl NdArray {
            $(
                #[pyo3(signature = (axis=None, out=None, keepdims=None,
                                    initial=Given::Nothing,
                                    r#where=Given::Nothing),
                       text_signature = "($self, /, axis=None, out=None, **kwargs)")]
                fn $name<'py>(
                    slf: &Bound<'py, Self>,
                    axis: Option<&Bound<'py, PyAny>>,
                    out: Option<&Bound<'py, PyAny>>,
                    keepdims: Option<Flag>,
                    initial: Given<'py>,
                    r#where: Given<'py>,
                ) -> PyResult<Bound<'py, PyAny>> {
                    let keepdims = is_set(keepdims);
                    let (initial, r#where) = (initial.value(), r#where.value());
                    let asked =
                        Asked { axis, out, keepdims, initial, r#where, ..Asked::default() };
                    run(slf, $which, asked)
                }
            )*
        }
    };
}

macro_rules! testing {
    ($($name:ident $which:ident;)*) => {
        #[pymethods]
        impl NdArray {
            $(
                #[pyo3(signature = (axis=None, out=None, keepdims=None, *, r#where=Given::Nothing),
                       text_signature = "($self, /, axis=None, out=None, keepdims=False, *, \
                                         where=True)")]
                fn $name<'py>(
                    slf: &Bound<'py, Self>,
                    axis: Option<&Bound<'py, PyAny>>,
                    out: Option<&Bound<'py, PyAny>>,
                    keepdims: Option<Flag>,
                    r#where: Given<'py>,
                ) -> PyResult<Bound<'py, PyAny>> {
                    let (keepdims, r#where) = (is_set(keepdims), r#where.value());
                    let asked = Asked { axis, out, keepdims, r#where, ..Asked::default() };
                    run(slf, $which, asked)
                }
            )*
        }
    };
}

macro_rules! finding {
    ($($name:ident $which:ident;)*) => {
        #[pymethods]
        impl NdArray {
            $(
                #[pyo3(signature = (axis=None, out=None, *, keepdims=None),
                       text_signature = "($self, /, axis=None, out=None, *, keepdims=False)")]
                fn $name<'py>(
                    slf: &Bound<'py, Self>,
                    axis: Option<&Bound<'py, PyAny>>,
                    out: Option<&Bound<'py, PyAny>>,
                    keepdims: Option<Flag>,
                ) -> PyResult<Bound<'py, PyAny>> {
                    let keepdims = is_set(keepdims);
                    run(slf, $which, Asked { axis, out, keepdims, ..Asked::default() })
                }
            )*
        }
    };
}

summing! {
    sum SUM;
    prod PROD;
}

choosing! {
    min MIN;
    max MAX;
}

testing! {
    any ANY;
    all ALL;
}

finding! {
    argmin ARGMIN;
    argmax ARGMAX;
}
