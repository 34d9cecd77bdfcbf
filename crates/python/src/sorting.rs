//! Arrays in order along an axis: values or places, all of them or those that are wanted.

use crate::along::with_last;
use crate::array::NdArray;
use crate::error::OrRaise;
use crate::memory::{Cores, InterruptibleCores, contiguous, make_from_memory, with_memory};
use crate::module::session;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use stook_libraries::Lines;
use stook_runtime::{Array, Buffer, Input};
use stook_types::{DType, Dims, Result, View};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(sorted, m)?)?;
    m.add_function(wrap_pyfunction!(sort_in_place, m)?)?;
    m.add_function(wrap_pyfunction!(argsorted, m)?)?;
    m.add_function(wrap_pyfunction!(lexsorted, m)?)
}

/// The elements in order along an axis, in a new array; with `places`, those of these places alone.
#[pyfunction]
#[pyo3(signature = (a, axis, places=None))]
fn sorted<'py>(
    py: Python<'py>,
    a: &Bound<'py, NdArray>,
    axis: i64,
    places: Option<Vec<i64>>,
) -> PyResult<Bound<'py, NdArray>> {
    let array = a.get().array();
    let axis = crate::shape::axis(py, axis, array.view.ndim())?;
    let places = within(places, &array.view, axis)?;
    let mut made = session().empty(&array.view.shape, array.dtype).or_raise(py)?;
    if made.view.size() > 0 && made.view.ndim() > 1 {
        made.view = array.view.packed(array.dtype.size());
    }
    let lines = contiguous(py, &with_last(array, axis))?;
    fill(py, &with_last(&made, axis), |target| {
        let call = Call::of(&lines, &places, false);
        make_from_memory(py, &[&lines, target], |starts| {
            // SAFETY: contiguous lines, and a new array for as many elements.
            unsafe { call.run(starts[0], starts[1], &InterruptibleCores) }
        })
    })?;
    NdArray::object(py, made)
}

#[pymethods]
impl NdArray {
    /// Puts the elements in order along an axis: the last one here, what has options in
    /// `stook._sorting`.
    #[pyo3(
        signature = (*args, **kwargs),
        text_signature = "($self, axis=-1, kind=None, order=None, *, stable=None)"
    )]
    fn sort<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if args.is_empty() && kwargs.is_none() && slf.get().array().view.ndim() > 0 {
            sort_in_place(py, slf, -1, None)?;
            return Ok(py.None().into_bound(py));
        }
        with_options(slf, "sort_in_place", args, kwargs)
    }

    /// The places of the elements in order along an axis: the last one here, what has options in
    /// `stook._sorting`.
    #[pyo3(
        signature = (*args, **kwargs),
        text_signature = "($self, /, axis=-1, kind=None, order=None, *, stable=None)"
    )]
    fn argsort<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if args.is_empty() && kwargs.is_none() && slf.get().array().view.ndim() > 0 {
            return Ok(argsorted(slf.py(), slf, -1, None)?.into_any());
        }
        with_options(slf, "places_in_order", args, kwargs)
    }
}

/// What a function in `stook._sorting` does with an array and options.
fn with_options<'py>(
    array: &Bound<'py, NdArray>,
    name: &str,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    let args = [array.as_any().clone()].into_iter().chain(args);
    let args = PyTuple::new(py, args.collect::<Vec<_>>())?;
    py.import("stook._sorting")?.getattr(name)?.call(args, kwargs)
}

/// Puts the elements of an array in order along an axis.
#[pyfunction]
#[pyo3(signature = (a, axis, places=None))]
fn sort_in_place<'py>(
    py: Python<'py>,
    a: &Bound<'py, NdArray>,
    axis: i64,
    places: Option<Vec<i64>>,
) -> PyResult<()> {
    a.get().check_writeable("sort array")?;
    let array = a.get().array();
    let axis = crate::shape::axis(py, axis, array.view.ndim())?;
    let places = within(places, &array.view, axis)?;
    let lines = with_last(array, axis);
    let call = Call::of(&lines, &places, false);
    if lines.view.is_c_contiguous(array.dtype.size()) && !array.dtype.is_complex() {
        return with_memory(py, &[&lines], |starts| {
            // SAFETY: contiguous lines.
            unsafe { call.run(starts[0], starts[0], &Cores) }
        });
    }
    let from = contiguous(py, &lines)?;
    let made = session().empty(&lines.view.shape, array.dtype).or_raise(py)?;
    make_from_memory(py, &[&from, &made], |starts| {
        // SAFETY: contiguous lines, and a new array for as many elements.
        unsafe { call.run(starts[0], starts[1], &InterruptibleCores) }
    })?;
    session().assign(&lines, Input::Array(&made)).or_raise(py)
}

/// The places of the elements in order along an axis; with `places`, those of these places alone.
#[pyfunction]
#[pyo3(signature = (a, axis, places=None))]
fn argsorted<'py>(
    py: Python<'py>,
    a: &Bound<'py, NdArray>,
    axis: i64,
    places: Option<Vec<i64>>,
) -> PyResult<Bound<'py, NdArray>> {
    let array = a.get().array();
    let axis = crate::shape::axis(py, axis, array.view.ndim())?;
    let places = within(places, &array.view, axis)?;
    let made = session().room(&array.view.shape, DType::I64).or_raise(py)?;
    let lines = contiguous(py, &with_last(array, axis))?;
    fill(py, &with_last(&made, axis), |target| {
        let call = Call::of(&lines, &places, true);
        make_from_memory(py, &[&lines, target], |starts| {
            // SAFETY: contiguous lines, and a new array for as many places.
            unsafe { call.run(starts[0], starts[1], &InterruptibleCores) }
        })
    })?;
    NdArray::object(py, made)
}

/// The places of elements in the order of several keys of one shape, the last of them first.
#[pyfunction]
fn lexsorted<'py>(
    py: Python<'py>,
    keys: Vec<Bound<'py, NdArray>>,
    axis: i64,
) -> PyResult<Bound<'py, NdArray>> {
    let shape = keys.first().map(|key| &key.get().array().view.shape);
    let alike = |shape: &&Dims| keys.iter().all(|key| key.get().array().view.shape == **shape);
    let Some(shape) = shape.filter(alike) else {
        return Err(PyValueError::new_err("all keys need to be the same shape"));
    };
    let axis = crate::shape::axis(py, axis, shape.len())?;
    let made = session().empty(shape, DType::I64).or_raise(py)?;
    fill(py, &with_last(&made, axis), |target| {
        for (number, key) in keys.iter().enumerate() {
            let lines = contiguous(py, &with_last(key.get().array(), axis))?;
            let mut call = Call::of(&lines, &None, true);
            call.lines.again = number > 0;
            // What is written is read again, so that no call may be begun anew.
            with_memory(py, &[&lines, target], |starts| {
                // SAFETY: contiguous lines, and a new array for as many places.
                unsafe { call.run(starts[0], starts[1], &Cores) }
            })?;
        }
        Ok(())
    })?;
    NdArray::object(py, made)
}

/// Lets contiguous memory be written: the array's own, or some that is then copied to it.
fn fill(
    py: Python<'_>,
    target: &Array,
    write: impl FnOnce(&Array) -> PyResult<()>,
) -> PyResult<()> {
    if target.view.is_c_contiguous(target.dtype.size()) {
        return write(target);
    }
    let made = session().empty(&target.view.shape, target.dtype).or_raise(py)?;
    write(&made)?;
    session().assign(target, Input::Array(&made)).or_raise(py)
}

/// Places on an axis, counted from the front and in order; any at all where there is no element.
fn within(places: Option<Vec<i64>>, view: &View, axis: usize) -> PyResult<Option<Vec<usize>>> {
    let places = match places {
        Some(places) if view.size() > 0 => places,
        _ => return Ok(places.map(|_| Vec::new())),
    };
    let n = view.shape[axis] as i64;
    let counted = places.iter().map(|&place| {
        let counted = if place < 0 { place + n } else { place };
        if (0..n).contains(&counted) {
            return Ok(counted as usize);
        }
        Err(PyValueError::new_err(format!("kth(={place}) out of bounds ({n})")))
    });
    let mut counted = counted.collect::<PyResult<Vec<usize>>>()?;
    counted.sort_unstable();
    Ok(Some(counted))
}

/// A library call on contiguous lines.
struct Call<'a> {
    lines: Lines<'a>,
    /// Whether places are written, rather than elements.
    places: bool,
}

impl<'a> Call<'a> {
    fn of(array: &Array, wanted: &'a Option<Vec<usize>>, places: bool) -> Self {
        let view: &View = &array.view;
        let length = view.shape.last().copied().unwrap_or(1);
        let count = view.size().checked_div(length).unwrap_or(0);
        let lines =
            Lines { dtype: array.dtype, length, count, places: wanted.as_deref(), again: false };
        Self { lines, places }
    }

    /// # Safety
    /// Contiguous elements, and as many that can be written, of the same memory or of others.
    unsafe fn run(
        &self,
        from: *mut u8,
        to: *mut u8,
        parallel: &dyn stook_libraries::Parallel,
    ) -> Result<()> {
        if self.lines.count == 0 {
            return Ok(());
        }
        let room = Buffer::new(self.lines.room(self.places))?;
        // SAFETY: the caller's promise, and new room.
        unsafe {
            match self.places {
                true => self.lines.argsort(from, to.cast(), room.pointer(), parallel),
                false => self.lines.sort(from, to, room.pointer(), parallel),
            }
        }
    }
}
