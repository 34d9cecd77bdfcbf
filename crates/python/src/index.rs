//! Indexing: integers, slices, new axes and an ellipsis make a view or an element at once, and
//! arrays of integers and masks have a file of their own (`advanced`); what else NumPy allows is
//! answered by NumPy on our memory.

use crate::advanced;
use crate::array::NdArray;
use crate::convert::{Operand, is_sequence};
use crate::create::MOST_AXES;
use crate::error::OrRaise;
use crate::fallback::{call_numpy, count};
use crate::interop::{self, numpy};
use crate::module::{read, session};
use crate::scalar::{self, Weak};
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyEllipsis, PyInt, PySlice, PyTuple};
use smallvec::SmallVec;
use stook_runtime::{Array, Input};
use stook_types::{DType, Dims, Kind, Scalar, Strides, View, shape_text};

/// What an index names.
enum Selected {
    /// One element, by its byte offset in the storage.
    Element(isize),
    /// Some elements, by strides.
    View(View),
    /// What strides cannot say.
    Advanced,
}

/// One item of an index.
pub(crate) enum Item<'a, 'py> {
    Integer(isize),
    Slice(Borrowed<'a, 'py, PySlice>),
    NewAxis,
    Ellipsis,
}

impl<'a, 'py> Item<'a, 'py> {
    pub(crate) fn of(object: Borrowed<'a, 'py, PyAny>) -> Option<Self> {
        if let Ok(slice) = object.cast_exact::<PySlice>() {
            return Some(Self::Slice(slice));
        }
        if object.is_none() {
            return Some(Self::NewAxis);
        }
        if object.is_exact_instance_of::<PyEllipsis>() {
            return Some(Self::Ellipsis);
        }
        integer(&object).map(Self::Integer)
    }

    pub(crate) fn consumes(&self) -> usize {
        matches!(self, Self::Integer(_) | Self::Slice(_)).into()
    }
}

/// The integer that an `int` or one of NumPy's integer scalars is.
fn integer(object: &Bound<'_, PyAny>) -> Option<isize> {
    if let Ok(k) = object.cast_exact::<PyInt>() {
        return k.extract().ok();
    }
    let class = object.get_type_ptr();
    let scalar_types = &numpy(object.py()).scalar_types;
    let known = DType::ALL.iter().any(|&d| d.is_integer() && scalar_types[d as usize] == class);
    if !known {
        return None;
    }
    scalar::strong(object)?.as_integer()?.try_into().ok()
}

/// The view that an index names, without axes for one element; `None` where strides cannot say it.
pub(crate) fn view_of(array: &Array, index: &Bound<'_, PyAny>) -> PyResult<Option<View>> {
    Ok(match select(array, index)? {
        Selected::Element(offset) => Some(element_at(offset)),
        Selected::View(view) => Some(view),
        Selected::Advanced => None,
    })
}

/// A view of one element.
fn element_at(offset: isize) -> View {
    View { offset, shape: Dims::new(), strides: Strides::new() }
}

fn select(array: &Array, index: &Bound<'_, PyAny>) -> PyResult<Selected> {
    let view = &array.view;
    if let Ok(tuple) = index.cast_exact::<PyTuple>() {
        let mut items: SmallVec<[Item<'_, '_>; 4]> = SmallVec::new();
        for object in tuple.iter_borrowed() {
            match Item::of(object) {
                Some(item) => items.push(item),
                None => return Ok(Selected::Advanced),
            }
        }
        return select_items(view, &items);
    }
    match Item::of(index.as_borrowed()) {
        Some(item) => select_items(view, &[item]),
        None => Ok(Selected::Advanced),
    }
}

/// An `int` that is a place in memory; `None` for larger ones.
#[inline]
pub(crate) fn small(k: &Bound<'_, PyInt>) -> Option<isize> {
    // SAFETY: an `int`, with the interpreter attached.
    let value = unsafe { ffi::PyLong_AsSsize_t(k.as_ptr()) };
    if value == -1 && PyErr::take(k.py()).is_some() {
        return None;
    }
    Some(value)
}

/// The offset of the element that one integer for each axis names, by the shortest way; `None` for
/// other indices, and for integers out of bounds.
pub(crate) fn element_offset(view: &View, index: &Bound<'_, PyAny>) -> Option<isize> {
    let Ok(tuple) = index.cast_exact::<PyTuple>() else {
        return if view.ndim() == 1 { Some(view.offset + step(view, 0, index)?) } else { None };
    };
    if tuple.len() != view.ndim() || tuple.is_empty() {
        return None;
    }
    let mut steps = tuple.iter_borrowed().enumerate();
    steps.try_fold(view.offset, |offset, (axis, k)| Some(offset + step(view, axis, &k)?))
}

/// The same for indices that are not in a tuple.
pub(crate) fn offset_of(view: &View, indices: &[Borrowed<'_, '_, PyAny>]) -> Option<isize> {
    if indices.len() != view.ndim() || indices.is_empty() {
        return None;
    }
    let mut steps = indices.iter().enumerate();
    steps.try_fold(view.offset, |offset, (axis, k)| Some(offset + step(view, axis, k)?))
}

/// Bytes from the start of an axis to the place that an `int` names.
#[inline]
fn step(view: &View, axis: usize, k: &Bound<'_, PyAny>) -> Option<isize> {
    let k = small(k.cast_exact::<PyInt>().ok()?)?;
    let n = view.shape[axis] as isize;
    let k = if k < 0 { k + n } else { k };
    (0..n).contains(&k).then(|| view.strides[axis] * k)
}

fn select_items(view: &View, items: &[Item<'_, '_>]) -> PyResult<Selected> {
    let ndim = view.ndim();
    let consumed: usize = items.iter().map(Item::consumes).sum();
    let ellipses = items.iter().filter(|item| matches!(item, Item::Ellipsis)).count();
    if ellipses > 1 {
        return Ok(Selected::Advanced);
    }
    if consumed > ndim {
        return Err(PyIndexError::new_err(format!(
            "too many indices for array: array is {ndim}-dimensional, but {consumed} were indexed"
        )));
    }
    let mut offset = view.offset;
    let (mut shape, mut strides) = (Dims::new(), Strides::new());
    let mut axis = 0;
    for item in items {
        match item {
            Item::Integer(k) => offset += view.strides[axis] * within(*k, axis, view)?,
            Item::Slice(slice) => {
                let part = slice.indices(view.shape[axis] as isize)?;
                // NumPy gives slices of no elements a step of one.
                let (start, step) =
                    if part.slicelength > 0 { (part.start, part.step) } else { (0, 1) };
                offset += view.strides[axis] * start;
                shape.push(part.slicelength);
                strides.push(view.strides[axis] * step);
            }
            Item::NewAxis => {
                shape.push(1);
                strides.push(0);
            }
            Item::Ellipsis => {
                let all = axis..axis + ndim - consumed;
                shape.extend_from_slice(&view.shape[all.clone()]);
                strides.extend_from_slice(&view.strides[all.clone()]);
                axis = all.end;
            }
        }
        axis += item.consumes();
    }
    if ellipses == 0 && shape.is_empty() && axis == ndim {
        return Ok(Selected::Element(offset));
    }
    if axis < ndim {
        shape.extend_from_slice(&view.shape[axis..]);
        strides.extend_from_slice(&view.strides[axis..]);
    }
    if shape.len() > MOST_AXES {
        return Err(too_many_axes(shape.len()));
    }
    Ok(Selected::View(View { offset, shape, strides }))
}

fn too_many_axes(axes: usize) -> PyErr {
    PyIndexError::new_err(format!(
        "number of dimensions must be within [0, {MOST_AXES}], indexing result would have {axes}"
    ))
}

/// The place on an axis that an integer names.
#[inline]
pub(crate) fn within(k: isize, axis: usize, view: &View) -> PyResult<isize> {
    let n = view.shape[axis] as isize;
    if k < -n || k >= n {
        return Err(PyIndexError::new_err(format!(
            "index {k} is out of bounds for axis {axis} with size {n}"
        )));
    }
    Ok(if k < 0 { k + n } else { k })
}

#[pymethods]
impl NdArray {
    fn __getitem__<'py>(
        slf: &Bound<'py, Self>,
        index: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let array = slf.get().array();
        match element_offset(&array.view, index) {
            Some(offset) => element_of(slf.py(), array, offset),
            None => get_selected(slf, index),
        }
    }

    fn __setitem__(
        slf: &Bound<'_, Self>,
        index: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let py = slf.py();
        slf.get().check_writeable("assignment destination")?;
        let array = slf.get().array();
        if let Some(offset) = element_offset(&array.view, index)
            && let Some(value) = element(value, array.dtype)
            && session().put(array, offset, value)
        {
            return Ok(());
        }
        let view = match select(array, index)? {
            Selected::Element(offset) => element_at(offset),
            Selected::View(view) => view,
            Selected::Advanced => {
                if advanced::set(py, array, index, value)? {
                    return crate::error::report_conditions(py);
                }
                count(py, "ndarray.__setitem__")?;
                by_numpy(slf, "setitem", (slf, index, value).into_pyobject(py)?)?;
                return Ok(());
            }
        };
        let target = Array { storage: array.storage.clone(), view, dtype: array.dtype };
        if !assign(py, &target, value)? {
            by_numpy(slf, "setitem", (slf, index, value).into_pyobject(py)?)?;
        }
        Ok(())
    }

    fn __delitem__(&self, _index: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyValueError::new_err("cannot delete array elements"))
    }
}

/// NumPy's scalar of the element at an offset that the indices were found to name.
fn element_of<'py>(py: Python<'py>, array: &Array, offset: isize) -> PyResult<Bound<'py, PyAny>> {
    let start = read(py, array)?.wrapping_offset(offset - array.view.offset);
    // SAFETY: the indices were checked against the axes, so an element is there.
    unsafe { scalar::at(py, array.dtype, start) }
}

/// What an index names that is not one integer for each axis. Apart from elements, whose way is
/// short: moving views about costs more than reading one.
#[inline(never)]
fn get_selected<'py>(
    slf: &Bound<'py, NdArray>,
    index: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let array = slf.get().array();
    match select(array, index)? {
        Selected::Element(offset) => element_of(py, array, offset),
        Selected::View(view) => Ok(NdArray::view_of(slf, view, array.dtype)?.into_any()),
        Selected::Advanced => {
            if let Some(made) = advanced::get(py, array, index)? {
                return Ok(NdArray::object(py, made)?.into_any());
            }
            count(py, "ndarray.__getitem__")?;
            by_numpy(slf, "getitem", (slf, index).into_pyobject(py)?)
        }
    }
}

fn by_numpy<'py>(
    slf: &Bound<'py, NdArray>,
    operator: &str,
    args: Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let function = slf.py().import("operator")?.getattr(operator)?;
    call_numpy(&function, &args, None)
}

/// `target[...] = value`; false where only NumPy knows how.
pub(crate) fn assign(py: Python<'_>, target: &Array, object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let axes = target.view.ndim();
    // What a list nested deeper than the target has axes comes to, NumPy says.
    if is_sequence(object) && axes == 0 {
        return Ok(false);
    }
    let Some(operand) = Operand::written(object, target.dtype)? else {
        return Ok(false);
    };
    // Whether an array with axes may become an element hangs on NumPy's version.
    if operand.ndim() > axes && (is_sequence(object) || axes == 0) {
        return Ok(false);
    }
    store(py, target, &operand, object)
}

/// `target[...] = operand`, which `object` was; false where only NumPy knows how.
pub(crate) fn store(
    py: Python<'_>,
    target: &Array,
    operand: &Operand<'_, '_>,
    object: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    let to = target.dtype;
    if operand.dtype().is_some_and(|from| from.is_complex() && !to.is_complex()) {
        return Ok(false);
    }
    match *operand {
        Operand::Weak(number) => {
            let Some(value) = number.exactly(to).or_else(|| truncated(number, to)) else {
                return Ok(false);
            };
            session().assign(target, Input::Scalar(value)).or_raise(py)?;
        }
        Operand::Strong(value) => {
            let whole = value.as_integer().filter(|_| value.dtype.is_integer() && to.is_integer());
            let outside = whole.is_some_and(|v| Weak::Int(v).exactly(to).is_none());
            if outside || value.dtype.is_float() && to.is_integer() {
                return Ok(false);
            }
            if target.view.size() == 0 && !interop::is_array(object) {
                cast_alone(py, value, to)?;
            }
            session().assign(target, Input::Scalar(value)).or_raise(py)?;
        }
        Operand::Ours(_) | Operand::Copied(_) => {
            let source = operand.array().expect("an array");
            let source = fitted(source, &target.view)?;
            session().assign(target, Input::Array(&source)).or_raise(py)?;
        }
    }
    crate::error::report_conditions(py)?;
    Ok(true)
}

/// Meets the conditions of a scalar's cast, which NumPy makes even where there is no element.
pub(crate) fn cast_alone(py: Python<'_>, value: Scalar, to: DType) -> PyResult<()> {
    let one = session().empty(&[], to).or_raise(py)?;
    session().assign(&one, Input::Scalar(value)).or_raise(py)?;
    read(py, &one).map(|_| ())
}

/// A number as a value of `dtype`, where it becomes one without a warning.
pub(crate) fn element(value: &Bound<'_, PyAny>, dtype: DType) -> Option<Scalar> {
    if let Some(value) = scalar::of_type(value, dtype) {
        return Some(value);
    }
    if let Some(number) = scalar::weak(value) {
        return number.exactly(dtype).or_else(|| truncated(number, dtype));
    }
    scalar::strong(value).filter(|value| value.dtype == dtype)
}

/// A Python float as an integer of `dtype`, where its whole part is one.
fn truncated(number: Weak, dtype: DType) -> Option<Scalar> {
    match (number, dtype.kind()) {
        (Weak::Float(v), Kind::Signed | Kind::Unsigned) if v.abs() < 9e18 => {
            Weak::Int(v.trunc() as i128).exactly(dtype)
        }
        (Weak::Float(v), Kind::Bool) => Some(Scalar::bool(v != 0.0)),
        (Weak::Complex(re, im), Kind::Bool) => Some(Scalar::bool(re != 0.0 || im != 0.0)),
        _ => None,
    }
}

/// The source without leading axes of length one that the target lacks, if it can be broadcast.
fn fitted(source: &Array, target: &View) -> PyResult<Array> {
    let extra = source.view.ndim().saturating_sub(target.ndim());
    let mut fitted = source.clone();
    if source.view.shape[..extra].iter().all(|&n| n == 1) {
        fitted.view.shape = source.view.shape[extra..].into();
        fitted.view.strides = source.view.strides[extra..].into();
    }
    if fitted.view.broadcast_to(&target.shape).is_err() {
        return Err(PyValueError::new_err(format!(
            "could not broadcast input array from shape {} into shape {}",
            shape_text(&source.view.shape),
            shape_text(&target.shape)
        )));
    }
    Ok(fitted)
}
