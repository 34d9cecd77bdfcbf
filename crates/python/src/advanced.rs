//! Indices with integer arrays and masks in them, mixed with integers, slices and new axes.
//!
//! An index becomes [`Places`]: the axes that arrays index, with their indices broadcast together,
//! and the axes walked whole, before and behind them. What NumPy alone knows, or refuses, is `None`.

use crate::array::NdArray;
use crate::convert::Operand;
use crate::create::MOST_AXES;
use crate::error::OrRaise;
use crate::few;
use crate::index::{Item, store, within};
use crate::masked;
use crate::memory::{Cores, InterruptibleCores, make_from_memory, with_memory};
use crate::module::session;
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice, PyTuple};
use smallvec::SmallVec;
use std::sync::Arc;
use stook_libraries::{Indexed, Rest, Selection};
use stook_runtime::{Array, RowCall};
use stook_types::{DType, Dims, Strides, View, broadcast_shapes};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(take, m)?)
}

/// The most arrays in an index that is followed here; NumPy refuses some more than that.
const MOST_ARRAYS: usize = 32;

/// An axis indexed by an array.
struct Axis {
    number: usize,
    length: usize,
    stride: isize,
    /// Contiguous, of type `int64`; of the common shape once the places are complete.
    indices: Array,
}

/// Where an index points.
pub(crate) struct Places {
    offset: isize,
    axes: SmallVec<[Axis; 2]>,
    /// The shape of the indices, and their views as they were given.
    common: Dims,
    indices: SmallVec<[View; 2]>,
    /// Axes walked whole, before the indices in the result and behind them.
    before: View,
    behind: View,
}

/// What an index with arrays in it names.
pub(crate) enum Target {
    /// The elements where a mask on the leading axes holds.
    Mask(Array),
    /// Elements at places.
    Places(Box<Places>),
}

/// The items of an index with arrays in it, if all can be followed here.
fn with_parts<T>(
    index: &Bound<'_, PyAny>,
    follow: impl FnOnce(&[Part<'_, '_>]) -> PyResult<Option<T>>,
) -> PyResult<Option<T>> {
    let objects: SmallVec<[Bound<'_, PyAny>; 4]> = match index.cast_exact::<PyTuple>() {
        Ok(tuple) => tuple.iter().collect(),
        Err(_) => SmallVec::from_iter([index.clone()]),
    };
    let mut parts: SmallVec<[Part<'_, '_>; 4]> = SmallVec::new();
    for object in &objects {
        parts.push(match Item::of(object.as_borrowed()) {
            Some(item) => Part::Basic(item),
            None => match indices_of(object)? {
                Some(indices) => Part::Indices(indices),
                None => return Ok(None),
            },
        });
    }
    follow(&parts)
}

/// What the index names, if it is one that can be followed here.
pub(crate) fn target(
    py: Python<'_>,
    array: &Array,
    index: &Bound<'_, PyAny>,
) -> PyResult<Option<Target>> {
    with_parts(index, |parts| match parts {
        [Part::Indices(mask)] if mask.dtype == DType::Bool && masked::fits(array, mask) => {
            Ok(Some(Target::Mask(mask.clone())))
        }
        _ => Ok(Places::of(py, array, parts)?.map(|places| Target::Places(Box::new(places)))),
    })
}

/// The elements that the index names, as a new array; `None` where only NumPy knows which.
pub(crate) fn get(
    py: Python<'_>,
    array: &Array,
    index: &Bound<'_, PyAny>,
) -> PyResult<Option<Array>> {
    if let Some(made) = few::gather(array, index) {
        return Ok(Some(made));
    }
    match target(py, array, index)? {
        Some(Target::Mask(mask)) => masked::get(py, array, &mask).map(Some),
        Some(Target::Places(places)) => {
            let room = places.room(array.dtype).or_raise(py)?;
            places.get(py, array, room)
        }
        None => Ok(None),
    }
}

/// The parts of an array along an axis at the places that an array of integers names, in C order;
/// `None` where only NumPy knows which.
#[pyfunction]
fn take<'py>(
    py: Python<'py>,
    a: &Bound<'py, NdArray>,
    axis: usize,
    places: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, NdArray>>> {
    let array = a.get().array();
    if let Some(made) = few::gather(array, places) {
        return NdArray::object(py, made).map(Some);
    }
    let Some(indices) = indices_of(places)? else {
        return Ok(None);
    };
    let mut walk = Walk::new(array);
    walk.ellipsis(axis);
    let followed = walk.indices(py, &indices)?;
    walk.ellipsis(array.view.ndim() - walk.axis);
    let Some(places) = walk.finish(py)?.filter(|_| followed) else {
        return Ok(None);
    };
    let room = session().empty(&places.shape(), array.dtype).or_raise(py)?;
    let made = places.get(py, array, room)?;
    made.map(|made| NdArray::object(py, made)).transpose()
}

/// Writes `value` to the elements that the index names; false where only NumPy knows how.
pub(crate) fn set(
    py: Python<'_>,
    array: &Array,
    index: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    if few::scatter(array, index, value) {
        return Ok(true);
    }
    match target(py, array, index)? {
        Some(Target::Mask(mask)) => masked::set(py, array, &mask, value),
        Some(Target::Places(places)) => places.apart(py, array)?.set(py, array, value),
        None => Ok(false),
    }
}

/// Replaces the elements that the index names, each as often as it is named, by a call's results on
/// them and on values (if it takes any) of its type; false where only NumPy knows how.
pub(crate) fn update(
    py: Python<'_>,
    array: &Array,
    index: &Bound<'_, PyAny>,
    values: Option<&Array>,
    call: &RowCall,
) -> PyResult<bool> {
    let places = with_parts(index, |parts| Places::of(py, array, parts))?;
    match places {
        Some(places) => places.apart(py, array)?.update(py, array, values, call),
        None => Ok(false),
    }
}

/// An array of integers or a mask, of one axis at least.
fn indices_of(object: &Bound<'_, PyAny>) -> PyResult<Option<Array>> {
    let Some(operand) = Operand::of(object)? else {
        return Ok(None);
    };
    let indices = |array: &&Array| {
        array.view.ndim() > 0 && (array.dtype.is_integer() || array.dtype == DType::Bool)
    };
    let found = operand.array();
    // An empty list has no type of its own.
    if object.is_instance_of::<PyList>() && found.is_some_and(|array| array.view.size() == 0) {
        return found
            .map(|array| session().cast(array, DType::I64))
            .transpose()
            .or_raise(object.py());
    }
    Ok(found.filter(indices).cloned())
}

/// Follows the items of an index along the axes of an array.
struct Walk<'a> {
    array: &'a Array,
    axis: usize,
    /// Runs of arrays and integers so far, and whether one is being walked.
    runs: usize,
    inside: bool,
    arrays: usize,
    places: Places,
}

/// An item that an index with arrays may have.
enum Part<'a, 'py> {
    Basic(Item<'a, 'py>),
    Indices(Array),
}

impl Places {
    /// Where the parts of an index point, if they can be followed here.
    fn of(py: Python<'_>, array: &Array, parts: &[Part<'_, '_>]) -> PyResult<Option<Self>> {
        let mut walk = Walk::new(array);
        let consumed: usize = parts.iter().map(Part::consumes).sum();
        let ellipses = parts.iter().filter(|p| matches!(p, Part::Basic(Item::Ellipsis))).count();
        let arrays = parts.iter().filter(|p| matches!(p, Part::Indices(_))).count();
        if consumed > array.view.ndim() || ellipses > 1 || arrays > MOST_ARRAYS {
            return Ok(None);
        }
        for part in parts {
            let followed = match part {
                Part::Basic(Item::Integer(k)) => walk.integer(*k)?,
                Part::Basic(Item::Slice(slice)) => walk.slice(slice)?,
                Part::Basic(Item::NewAxis) => walk.whole(1, 0),
                Part::Basic(Item::Ellipsis) => walk.ellipsis(array.view.ndim() - consumed),
                Part::Indices(indices) => walk.indices(py, indices)?,
            };
            if !followed {
                return Ok(None);
            }
        }
        walk.ellipsis(array.view.ndim() - walk.axis);
        let places = walk.finish(py)?;
        Ok(places.filter(|places| places.shape().len() <= MOST_AXES))
    }

    /// The shape of what is read, or written.
    fn shape(&self) -> Dims {
        let mut shape = self.before.shape.clone();
        shape.extend_from_slice(&self.common);
        shape.extend_from_slice(&self.behind.shape);
        shape
    }

    /// The axes walked whole, beside those of a view of the whole shape.
    fn rest(&self, other: &View) -> Rest {
        let (first, last) = (self.before.ndim(), other.ndim() - self.behind.ndim());
        let sides = |a: &[isize], b: &[isize]| a.iter().chain(b).copied().collect::<Strides>();
        Rest {
            shape: [&self.before.shape[..], &self.behind.shape].concat().into(),
            array: sides(&self.before.strides, &self.behind.strides),
            other: sides(&other.strides[..first], &other.strides[last..]),
        }
    }

    /// Bytes from one position to the next in a view of the whole shape, if it is one number.
    fn step(&self, other: &View, size: usize) -> Option<isize> {
        let axes = self.before.ndim()..self.before.ndim() + self.common.len();
        let part = View {
            offset: 0,
            shape: other.shape[axes.clone()].into(),
            strides: other.strides[axes].into(),
        };
        part.reshape(&[part.size()], size).map(|line| line.strides[0])
    }

    /// Runs a library call on the selection, with the array, `other` and all indices in memory; one
    /// that writes to the array runs to its end.
    fn with_selection(
        &self,
        py: Python<'_>,
        array: &Array,
        other: &Array,
        (step, rest): (isize, Rest),
        writes: bool,
        call: impl Fn(Selection<'_>, *mut u8, *mut u8) -> stook_types::Result<()> + Send + Sync,
    ) -> PyResult<()> {
        let mut view = View::contiguous(&[], 1);
        view.offset = self.offset;
        let array = array.with_view(view);
        let size: usize = self.common.iter().product();
        let mut arrays = vec![&array, other];
        arrays.extend(self.axes.iter().map(|axis| &axis.indices));
        let work = |starts: &[*mut u8]| {
            let axes = self.axes.iter().zip(&starts[2..]).map(|(axis, &start)| Indexed {
                axis: axis.number,
                length: axis.length,
                stride: axis.stride,
                // SAFETY: contiguous indices of the common shape, which nobody writes while no
                // other call runs.
                indices: unsafe { std::slice::from_raw_parts(start.cast::<i64>(), size) },
            });
            let axes = axes.collect();
            let rest = rest.clone();
            let selection = Selection { axes, rest, step, bytes: array.dtype.size() };
            call(selection, starts[0], starts[1])
        };
        if writes { with_memory(py, &arrays, work) } else { make_from_memory(py, &arrays, work) }
    }

    /// A new array for the elements there, which lies in memory as NumPy's does: positions
    /// outermost, the other axes in the order of the array; without those as the indices do.
    fn room(&self, dtype: DType) -> stook_types::Result<Array> {
        let size = dtype.size();
        let mut result = session().empty(&self.shape(), dtype)?;
        let (first, behind) = (self.before.ndim(), self.behind.ndim());
        if result.view.size() == 0 {
            return Ok(result);
        }
        if first + behind == 0 {
            result.view = View::after(&self.common, &self.indices, size);
            return Ok(result);
        }
        let strides = [&self.before.strides[..], &self.behind.strides].concat();
        let shape = [&self.before.shape[..], &self.behind.shape].concat();
        let inside = View { offset: 0, shape: shape.into(), strides: strides.into() }.packed(size);
        let outside = View::contiguous(&self.common, inside.size() * size);
        let (before, behind) = inside.strides.split_at(first);
        result.view.strides = [before, &outside.strides, behind].concat().into();
        Ok(result)
    }

    /// The elements there, in a new array of the right shape.
    fn get(&self, py: Python<'_>, array: &Array, result: Array) -> PyResult<Option<Array>> {
        let Some(step) = self.step(&result.view, array.dtype.size()) else {
            return Ok(None);
        };
        if result.view.size() == 0 && self.common.iter().all(|&n| n > 0) {
            return Ok(None);
        }
        let rest = self.rest(&result.view);
        let place = (step, rest);
        self.with_selection(py, array, &result, place, false, |selection, array, result| {
            // SAFETY: the strides are those of the array and of the result, which is new.
            unsafe { selection.gather(array, result, &InterruptibleCores) }
        })?;
        Ok(Some(result))
    }

    /// Writes `value`, broadcast and cast; false where only NumPy knows how, or what is wrong.
    fn set(&self, py: Python<'_>, array: &Array, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let shape = self.shape();
        if shape.contains(&0) {
            return Ok(false);
        }
        let Some(values) = values(py, array, value)? else {
            return Ok(false);
        };
        let extra = values.view.ndim().saturating_sub(shape.len());
        if values.view.shape[..extra].iter().any(|&n| n != 1) {
            return Ok(false);
        }
        let fitted = View {
            offset: values.view.offset,
            shape: values.view.shape[extra..].into(),
            strides: values.view.strides[extra..].into(),
        };
        let Ok(view) = fitted.broadcast_to(&shape) else {
            return Ok(false);
        };
        let size = array.dtype.size();
        let (values, step) = match self.step(&view, size) {
            Some(step) => (values.with_view(view), step),
            None => {
                let whole = session().cast(&values.with_view(view), array.dtype).or_raise(py)?;
                let step = self.step(&whole.view, size).unwrap_or_default();
                (whole, step)
            }
        };
        let rest = self.rest(&values.view);
        let place = (step, rest);
        self.with_selection(py, array, &values, place, true, |selection, array, values| {
            // SAFETY: the strides are those of the array and of the values, which are in a storage
            // of their own.
            unsafe { selection.scatter(array, values, &Cores) }
        })?;
        Ok(true)
    }

    /// Replaces the elements there by a call's results on them and on values.
    fn update(
        &self,
        py: Python<'_>,
        array: &Array,
        values: Option<&Array>,
        call: &RowCall,
    ) -> PyResult<bool> {
        let size = array.dtype.size();
        let rows = self.behind.is_c_contiguous(size);
        let row = if rows { self.behind.size() } else { 1 };
        let values = match values {
            Some(values) => match self.laid_out(py, values, rows)? {
                Some(values) => values,
                None => return Ok(false),
            },
            None => array.clone(),
        };
        let step = row * values.dtype.size();
        let positions: usize = self.common.iter().product();
        let mut rest = self.rest(&View::contiguous(&self.shape(), size));
        if rows {
            rest.shape.truncate(self.before.ndim());
            rest.array.truncate(self.before.ndim());
        }
        rest.other = View::contiguous(&rest.shape, positions * step).strides;
        let places = (step as isize, rest);
        self.with_selection(py, array, &values, places, true, |selection, array, values| {
            let selection = Selection { bytes: row * size, ..selection };
            // SAFETY: rows of the array and as many rows of values, which have storages apart.
            let replace = |n: usize, rows: *mut u8, values: *const u8| unsafe {
                call.run(n * row, rows, values);
            };
            // SAFETY: the strides are those of the array and of the values laid out for it.
            unsafe { selection.update(array, values, &replace, &Cores) }
        })?;
        Ok(true)
    }

    /// Values for all elements one after another: with the positions last, but for rows that are
    /// replaced whole; `None` where they do not fit.
    fn laid_out(&self, py: Python<'_>, values: &Array, rows: bool) -> PyResult<Option<Array>> {
        let shape = self.shape();
        let extra = values.view.ndim().saturating_sub(shape.len());
        if extra > 0 {
            return Ok(None);
        }
        let Ok(view) = values.view.broadcast_to(&shape) else {
            return Ok(None);
        };
        let (first, last) = (self.before.ndim(), self.before.ndim() + self.common.len());
        let order: Vec<usize> = match rows {
            true => (0..shape.len()).collect(),
            false => (0..first).chain(last..shape.len()).chain(first..last).collect(),
        };
        let spread = values.with_view(view.transpose(&order));
        session().cast(&spread, values.dtype).or_raise(py).map(Some)
    }

    /// The same places by indices that do not lie in the array's own memory.
    fn apart(mut self, py: Python<'_>, array: &Array) -> PyResult<Self> {
        for axis in &mut self.axes {
            if Arc::ptr_eq(&axis.indices.storage, &array.storage) {
                axis.indices = session().cast(&axis.indices, DType::I64).or_raise(py)?;
            }
        }
        Ok(self)
    }
}

/// The value as an array of the type of `array`, in memory of its own.
fn values(py: Python<'_>, array: &Array, value: &Bound<'_, PyAny>) -> PyResult<Option<Array>> {
    let Some(operand) = Operand::written(value, array.dtype)? else {
        return Ok(None);
    };
    let given = operand.array();
    if let Some(given) = given
        && given.dtype == array.dtype
        && !Arc::ptr_eq(&given.storage, &array.storage)
    {
        return Ok(Some(given.clone()));
    }
    let shape: Dims = given.map_or_else(Dims::new, |given| given.view.shape.clone());
    let made = session().empty(&shape, array.dtype).or_raise(py)?;
    Ok(store(py, &made, &operand, value)?.then_some(made))
}

impl Part<'_, '_> {
    fn consumes(&self) -> usize {
        match self {
            Self::Basic(item) => item.consumes(),
            Self::Indices(indices) if indices.dtype == DType::Bool => indices.view.ndim(),
            Self::Indices(_) => 1,
        }
    }
}

fn no_axes() -> View {
    View { offset: 0, shape: Dims::new(), strides: Strides::new() }
}

impl<'a> Walk<'a> {
    fn new(array: &'a Array) -> Self {
        let places = Places {
            offset: array.view.offset,
            axes: SmallVec::new(),
            common: Dims::new(),
            indices: SmallVec::new(),
            before: no_axes(),
            behind: no_axes(),
        };
        Self { array, axis: 0, runs: 0, inside: false, arrays: 0, places }
    }

    /// An array or an integer comes: it goes on with a run or begins one.
    fn enter(&mut self) {
        self.runs += usize::from(!self.inside);
        self.inside = true;
    }

    fn integer(&mut self, k: isize) -> PyResult<bool> {
        self.enter();
        let view = &self.array.view;
        self.places.offset += view.strides[self.axis] * within(k, self.axis, view)?;
        self.axis += 1;
        Ok(true)
    }

    fn slice(&mut self, slice: &Bound<'_, PySlice>) -> PyResult<bool> {
        let view = &self.array.view;
        let (n, stride) = (view.shape[self.axis], view.strides[self.axis]);
        let part = slice.indices(n as isize)?;
        if part.slicelength > 0 {
            self.places.offset += stride * part.start;
        }
        self.axis += 1;
        let step = if part.slicelength > 0 { part.step } else { 1 };
        Ok(self.whole(part.slicelength, stride * step))
    }

    fn whole(&mut self, length: usize, stride: isize) -> bool {
        self.inside = false;
        let side = if self.runs == 0 { &mut self.places.before } else { &mut self.places.behind };
        side.shape.push(length);
        side.strides.push(stride);
        true
    }

    /// The next axes as they are. NumPy counts arrays on the two sides of an ellipsis as apart
    /// even where it stands for no axis.
    fn ellipsis(&mut self, axes: usize) -> bool {
        if axes == 0 {
            self.inside = false;
        }
        for _ in 0..axes {
            let view = &self.array.view;
            let (n, stride) = (view.shape[self.axis], view.strides[self.axis]);
            self.axis += 1;
            self.whole(n, stride);
        }
        true
    }

    fn indices(&mut self, py: Python<'_>, indices: &Array) -> PyResult<bool> {
        self.enter();
        self.arrays += 1;
        let view = &self.array.view;
        let found = if indices.dtype == DType::Bool {
            let axes = self.axis..self.axis + indices.view.ndim();
            if view.shape[axes] != indices.view.shape[..] {
                return Ok(false);
            }
            masked::places(py, indices)?
        } else {
            vec![indices.clone()]
        };
        for indices in found {
            let (length, stride) = (view.shape[self.axis], view.strides[self.axis]);
            self.places.axes.push(Axis { number: self.axis, length, stride, indices });
            self.axis += 1;
        }
        Ok(true)
    }

    /// The places, with all indices of one shape and type.
    fn finish(mut self, py: Python<'_>) -> PyResult<Option<Places>> {
        let places = &mut self.places;
        let shapes = places.axes.iter().map(|axis| &axis.indices.view.shape[..]);
        let Ok(common) = broadcast_shapes(shapes) else {
            return Ok(None);
        };
        let given = places.axes.iter().map(|axis| axis.indices.view.clone()).collect();
        for axis in &mut places.axes {
            let found = &axis.indices;
            let view = found.view.broadcast_to(&common).or_raise(py)?;
            let ready = view == found.view && view.is_c_contiguous(8);
            if found.dtype != DType::I64 || !ready {
                let spread = found.with_view(view);
                axis.indices = session().cast(&spread, DType::I64).or_raise(py)?;
            }
        }
        places.common = common;
        places.indices = given;
        if self.runs > 1 {
            let behind = std::mem::replace(&mut places.behind, no_axes());
            let before = std::mem::replace(&mut places.before, no_axes());
            places.behind = before;
            places.behind.shape.extend(behind.shape);
            places.behind.strides.extend(behind.strides);
        }
        Ok((self.arrays > 0).then_some(self.places))
    }
}
