//! Reductions and running reductions, as methods.
//!
//! A reduction over everything is a look: it returns NumPy's scalar at once. One over axes is
//! recorded. Initial values, masks and outputs other than ours are NumPy's work.

use crate::array::NdArray;
use crate::conditions;
use crate::error::{self, OrRaise};
use crate::fallback::{call_numpy, count};
use crate::interop::{self, numpy};
use crate::module::{read_before, session};
use crate::scalar;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::LazyLock;
use stook_ops::{ReductionId, reduction, reductions};
use stook_runtime::{Array, Input};
use stook_types::{Casting, DType, Dims, Kind, can_cast, promote};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(reduce, m)?)?;
    m.add_function(wrap_pyfunction!(scan, m)?)
}

/// A method's name, its row in the table, and whether small integers are widened.
struct Method {
    name: &'static str,
    row: &'static str,
    widens: bool,
}

const METHODS: &[Method] = &[
    Method { name: "sum", row: "add", widens: true },
    Method { name: "prod", row: "multiply", widens: true },
    Method { name: "min", row: "minimum", widens: false },
    Method { name: "max", row: "maximum", widens: false },
    Method { name: "any", row: "logical_or", widens: false },
    Method { name: "all", row: "logical_and", widens: false },
    Method { name: "argmin", row: "argmin", widens: false },
    Method { name: "argmax", row: "argmax", widens: false },
    Method { name: "count_nonzero", row: "count_nonzero", widens: false },
    Method { name: "nansum", row: "nansum", widens: true },
    Method { name: "nanprod", row: "nanprod", widens: true },
    Method { name: "fmin", row: "fmin", widens: false },
    Method { name: "fmax", row: "fmax", widens: false },
];

const SUM: usize = 0;
const PROD: usize = 1;
const MIN: usize = 2;
const MAX: usize = 3;
const ANY: usize = 4;
const ALL: usize = 5;
const ARGMIN: usize = 6;
const ARGMAX: usize = 7;

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
    let listed: Vec<i64> = match given.cast::<PyTuple>() {
        Ok(tuple) => tuple.iter().map(|k| integer(&k)).collect::<PyResult<_>>()?,
        Err(_) => vec![integer(given)?],
    };
    let only = listed.len() == 1;
    let mut axes = Dims::new();
    for k in listed {
        if ndim == 0 && only && (k == 0 || k == -1) {
            return Ok(axes);
        }
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
    object.extract().map_err(|_| {
        let name = object.get_type().name().map(|n| n.to_string()).unwrap_or_default();
        PyTypeError::new_err(format!("'{name}' object cannot be interpreted as an integer"))
    })
}

/// The type in which NumPy sums elements of this type.
fn widened(dtype: DType) -> DType {
    match dtype.kind() {
        Kind::Bool | Kind::Signed => DType::I64,
        Kind::Unsigned => DType::U64,
        _ => dtype,
    }
}

/// A reduction's result; `None` where only NumPy knows how.
fn native(
    py: Python<'_>,
    which: usize,
    array: &Array,
    axes: &[usize],
    dtype: Option<DType>,
    keepdims: bool,
) -> PyResult<Option<Array>> {
    let Some(id) = ROWS[which] else {
        return Ok(None);
    };
    if dtype.is_some_and(|to| discards(array.dtype, to)) {
        return Ok(None);
    }
    let row = &reductions()[id.0 as usize];
    let method = &METHODS[which];
    let wanted = dtype.unwrap_or(if method.widens { widened(array.dtype) } else { array.dtype });
    let found = if method.widens { row.resolve_to(wanted, wanted) } else { row.resolve(wanted) };
    let Some(found) = found else {
        return Ok(None);
    };
    if !row.empty && axes.iter().any(|&k| array.view.shape[k] == 0) {
        return empty_error(method, array, axes).map_or(Ok(None), Err);
    }
    let cast;
    let input = if row.loops[found].input == array.dtype {
        array
    } else {
        cast = session().cast_in_order(array, row.loops[found].input).or_raise(py)?;
        &cast
    };
    session().reduce(id, found, input, axes, keepdims).or_raise(py).map(Some)
}

/// Whether a cast drops imaginary parts, of which NumPy warns.
fn discards(from: DType, to: DType) -> bool {
    from.is_complex() && !to.is_complex()
}

/// Whether any truth of an array holds, as an array of one element.
pub(crate) fn any(py: Python<'_>, flags: &Array) -> PyResult<Array> {
    let all: Dims = (0..flags.view.ndim()).collect();
    let made = native(py, ANY, flags, &all, None, false)?;
    made.ok_or_else(|| PyTypeError::new_err("truths have a reduction"))
}

fn empty_error(method: &Method, array: &Array, axes: &[usize]) -> Option<PyErr> {
    let rows: usize =
        (0..array.view.ndim()).filter(|k| !axes.contains(k)).map(|k| array.view.shape[k]).product();
    let arg = method.name.starts_with("arg");
    (rows > 0 || arg).then(|| {
        PyValueError::new_err(if arg {
            format!("attempt to get {} of an empty sequence", method.name)
        } else {
            format!("zero-size array to reduction operation {} which has no identity", method.row)
        })
    })
}

/// What a reduction was asked for beyond its array.
#[derive(Clone, Copy, Default)]
struct Asked<'a, 'py> {
    axis: Option<&'a Bound<'py, PyAny>>,
    dtype: Option<&'a Bound<'py, PyAny>>,
    out: Option<&'a Bound<'py, PyAny>>,
    keepdims: Option<bool>,
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
    let dtype = asked.dtype.map(interop::dtype_from).transpose()?;
    let out = asked.out.map(|out| out.cast::<NdArray>().ok());
    let plain = asked.initial.is_none()
        && asked.r#where.is_none_or(|w| w.is(pyo3::types::PyBool::new(py, true)))
        && dtype != Some(None)
        && !matches!(out, Some(None));
    let places = METHODS[which].name.starts_with("arg");
    let held =
        |out: &Bound<'py, NdArray>| can_cast(out.get().array().dtype, DType::I64, Casting::Safe);
    if !plain || places && !out.flatten().is_none_or(held) {
        return by_numpy(slf, which, &asked);
    }
    if let (ARGMIN | ARGMAX, Some(axis)) = (which, asked.axis) {
        integer(axis)?;
    }
    let axes = axes(py, asked.axis, array.view.ndim())?;
    if places && axes.len() != 1 && array.view.ndim() > 1 {
        return flat(slf, which, &asked);
    }
    let keepdims = asked.keepdims == Some(true);
    let into = out.flatten().map(|out| out.get().array().dtype);
    let added = into.filter(|_| METHODS[which].widens).map(|to| promote(array.dtype, to));
    let Some(made) = native(py, which, array, &axes, dtype.flatten().or(added), keepdims)? else {
        return by_numpy(slf, which, &asked);
    };
    if into.is_some_and(|to| discards(made.dtype, to)) {
        return by_numpy(slf, which, &asked);
    }
    let dropped_next = asked.temporary || references(slf) == 1;
    // NumPy tells of the cast of a sum as of the sum, and of other folds' as of a cast.
    let told = !METHODS[which].widens;
    deliver(py, made, out.flatten(), told, dropped_next.then_some(array))
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
    let keeps = asked.keepdims == Some(true);
    if keeps && asked.out.is_some() {
        return by_numpy(slf, which, asked);
    }
    let line = slf.call_method0("ravel")?.cast_into::<NdArray>()?;
    let made = run(&line, which, *asked)?;
    if !keeps {
        return Ok(made);
    }
    made.call_method1("reshape", (vec![1; slf.get().array().view.ndim()],))
}

/// The result in `out`, with what its cast meets told or not, or a scalar where there is no axis left, or an array.
fn deliver<'py>(
    py: Python<'py>,
    made: Array,
    out: Option<&Bound<'py, NdArray>>,
    told: bool,
    temporary: Option<&Array>,
) -> PyResult<Bound<'py, PyAny>> {
    if let Some(out) = out {
        let target = out.get().array();
        out.get().check_writeable("output array")?;
        if target.view.shape != made.view.shape {
            return Err(PyValueError::new_err(format!(
                "output parameter for reduction operation has the wrong shape: {} is not {}",
                stook_types::shape_text(&target.view.shape),
                stook_types::shape_text(&made.view.shape)
            )));
        }
        let assign = || session().assign(target, Input::Array(&made)).or_raise(py);
        if told {
            assign()?;
        } else {
            conditions::unwatched(py, assign)?;
        }
        return Ok(out.clone().into_any());
    }
    if made.view.ndim() == 0 {
        let start = read_before(py, &made, temporary)?;
        // SAFETY: an array without axes has one element.
        return unsafe { scalar::at(py, made.dtype, start) };
    }
    error::report_conditions(py)?;
    Ok(NdArray::object(py, made)?.into_any())
}

fn by_numpy<'py>(
    slf: &Bound<'py, NdArray>,
    which: usize,
    asked: &Asked<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let name = METHODS[which].name;
    count(py, name)?;
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
    if let Some(keepdims) = asked.keepdims {
        options.set_item("keepdims", keepdims)?;
    }
    let function = numpy(py).module(py).getattr(name)?;
    // `fmin` and `fmax` are ufuncs there.
    let function = function.getattr("reduce").unwrap_or(function);
    call_numpy(&function, &(slf,).into_pyobject(py)?, Some(&options))
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
    keepdims: Option<bool>,
    temporary: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let which = METHODS.iter().position(|method| method.name == name);
    let which = which.ok_or_else(|| PyValueError::new_err(format!("no reduction {name}")))?;
    run(a, which, Asked { axis, dtype, keepdims, temporary, ..Asked::default() })
}

/// A running sum (`add`) or product (`multiply`) along an axis, all elements in C order if None;
/// `None` where only NumPy knows how.
#[pyfunction]
#[pyo3(signature = (a, row, axis=None, dtype=None))]
fn scan<'py>(
    a: &Bound<'py, NdArray>,
    row: &str,
    axis: Option<i64>,
    dtype: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, NdArray>>> {
    let py = a.py();
    let line = if axis.is_none() || a.get().array().view.ndim() == 0 {
        a.call_method0("ravel")?.cast_into()?
    } else {
        a.clone()
    };
    let array = line.get().array();
    let axis = crate::shape::axis(py, axis.unwrap_or(0), array.view.ndim())?;
    let wanted = dtype.map(interop::dtype_from).transpose()?.unwrap_or(Some(widened(array.dtype)));
    let Some((id, wanted)) = reduction(row).zip(wanted) else {
        return Ok(None);
    };
    let Some(found) = reductions()[id.0 as usize].running(wanted) else {
        return Ok(None);
    };
    if discards(array.dtype, wanted) {
        return Ok(None);
    }
    let input = if wanted == array.dtype {
        array.clone()
    } else {
        session().cast_in_order(array, wanted).or_raise(py)?
    };
    let made = session().scan(id, found, &input, axis).or_raise(py)?;
    NdArray::object(py, made).map(Some)
}

/// `ufunc.reduce` of an array of ours, along its first axis unless said; `None` where only NumPy
/// knows how.
pub(crate) fn along<'py>(
    row: &str,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let which = METHODS.iter().position(|method| method.row == row);
    let (Some(which), Some((first, axis))) = (which, one_axis(args, kwargs)?) else {
        return Ok(None);
    };
    if ROWS[which].is_none() || first.get().array().view.ndim() == 0 {
        return Ok(None);
    }
    run(&first, which, Asked { axis: Some(&axis), ..Asked::default() }).map(Some)
}

/// `ufunc.accumulate` of an array of ours, along its first axis unless said.
pub(crate) fn running<'py>(
    row: &str,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some((first, axis)) = one_axis(args, kwargs)? else {
        return Ok(None);
    };
    if !["add", "multiply"].contains(&row) || first.get().array().view.ndim() == 0 {
        return Ok(None);
    }
    Ok(scan(&first, row, Some(integer(&axis)?), None)?.map(Bound::into_any))
}

type OneAxis<'py> = (Bound<'py, NdArray>, Bound<'py, PyAny>);

/// The array of ours and the axis of a call that gives nothing else, the axis an integer.
fn one_axis<'py>(
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Option<OneAxis<'py>>> {
    let py = args.py();
    let Some(Ok(first)) = args.iter().next().map(|a| a.cast_into::<NdArray>()) else {
        return Ok(None);
    };
    let named = kwargs.map(|kwargs| kwargs.get_item("axis")).transpose()?.flatten();
    let given = args.len() + kwargs.map_or(0, |kwargs| kwargs.len());
    let axis = match (args.len(), named) {
        (1, None) if given == 1 => 0i64.into_pyobject(py)?.into_any(),
        (1, Some(axis)) if given == 2 => axis,
        (2, None) if given == 2 => args.get_item(1)?,
        _ => return Ok(None),
    };
    Ok(axis.extract::<i64>().is_ok().then_some((first, axis)))
}

macro_rules! summing {
    ($($name:ident $which:ident;)*) => {
        #[pymethods]
        impl NdArray {
            $(
                #[pyo3(signature = (axis=None, dtype=None, out=None, keepdims=None, initial=None,
                                    r#where=None))]
                fn $name<'py>(
                    slf: &Bound<'py, Self>,
                    axis: Option<&Bound<'py, PyAny>>,
                    dtype: Option<&Bound<'py, PyAny>>,
                    out: Option<&Bound<'py, PyAny>>,
                    keepdims: Option<bool>,
                    initial: Option<&Bound<'py, PyAny>>,
                    r#where: Option<&Bound<'py, PyAny>>,
                ) -> PyResult<Bound<'py, PyAny>> {
                    let asked = Asked { axis, dtype, out, keepdims, initial, r#where, temporary: false };
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
                #[pyo3(signature = (axis=None, out=None, keepdims=None, initial=None,
                                    r#where=None))]
                fn $name<'py>(
                    slf: &Bound<'py, Self>,
                    axis: Option<&Bound<'py, PyAny>>,
                    out: Option<&Bound<'py, PyAny>>,
                    keepdims: Option<bool>,
                    initial: Option<&Bound<'py, PyAny>>,
                    r#where: Option<&Bound<'py, PyAny>>,
                ) -> PyResult<Bound<'py, PyAny>> {
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
                #[pyo3(signature = (axis=None, out=None, keepdims=None, *, r#where=None))]
                fn $name<'py>(
                    slf: &Bound<'py, Self>,
                    axis: Option<&Bound<'py, PyAny>>,
                    out: Option<&Bound<'py, PyAny>>,
                    keepdims: Option<bool>,
                    r#where: Option<&Bound<'py, PyAny>>,
                ) -> PyResult<Bound<'py, PyAny>> {
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
                #[pyo3(signature = (axis=None, out=None, *, keepdims=None))]
                fn $name<'py>(
                    slf: &Bound<'py, Self>,
                    axis: Option<&Bound<'py, PyAny>>,
                    out: Option<&Bound<'py, PyAny>>,
                    keepdims: Option<bool>,
                ) -> PyResult<Bound<'py, PyAny>> {
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
