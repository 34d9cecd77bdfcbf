//! The shortest way for the commonest small calls with places and masks: elements of one type that
//! lie one after another, a few, with nothing pending.
//!
//! Each says whether it has done its work; the general way does it else, and raises what is wrong.

use crate::array::NdArray;
use crate::error::OrRaise;
use crate::module::session;
use pyo3::prelude::*;
use pyo3::types::PyInt;
use std::sync::Arc;
use stook_libraries::{Alone, first_extreme};
use stook_runtime::{AT_ONCE, Array, Input};
use stook_types::DType;

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(take_few, m)?)?;
    m.add_function(wrap_pyfunction!(put_few, m)?)?;
    m.add_function(wrap_pyfunction!(copied_to, m)?)?;
    m.add_function(wrap_pyfunction!(repeat_few, m)?)
}

/// The elements at places on the only axis; None where it is not that simple.
#[pyfunction]
fn take_few<'py>(
    a: &Bound<'py, PyAny>,
    places: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, NdArray>>> {
    let Ok(array) = a.cast_exact::<NdArray>() else { return Ok(None) };
    gather(array.get().array(), places).map(|made| NdArray::object(a.py(), made)).transpose()
}

/// Writes a value to each of some places on the only axis; false where it is not that simple.
#[pyfunction]
fn put_few(a: &Bound<'_, PyAny>, places: &Bound<'_, PyAny>, values: &Bound<'_, PyAny>) -> bool {
    a.cast_exact::<NdArray>().is_ok_and(|array| {
        array.get().is_writeable() && scatter(array.get().array(), places, values)
    })
}

/// Each element so many times, in a vector; None where it is not that simple.
#[pyfunction]
fn repeat_few<'py>(
    a: &Bound<'py, PyAny>,
    times: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, NdArray>>> {
    let made = a.cast_exact::<NdArray>().ok().and_then(|array| {
        let times: usize = times.cast_exact::<PyInt>().ok()?.extract().ok()?;
        repeat(array.get().array(), times)
    });
    made.map(|made| NdArray::object(a.py(), made)).transpose()
}

/// Writes an array to another of the same type and shape; false where it is not that simple.
#[pyfunction]
fn copied_to(to: &Bound<'_, PyAny>, from: &Bound<'_, PyAny>) -> PyResult<bool> {
    let (Ok(to), Ok(from)) = (to.cast_exact::<NdArray>(), from.cast_exact::<NdArray>()) else {
        return Ok(false);
    };
    let (target, source) = (to.get().array(), from.get().array());
    let alike = target.dtype == source.dtype && target.view.shape == source.view.shape;
    if !alike || !to.get().is_writeable() {
        return Ok(false);
    }
    session().assign(target, Input::Array(source)).or_raise(to.py())?;
    Ok(true)
}

fn repeat(array: &Array, times: usize) -> Option<Array> {
    let from = contiguous(array, array.dtype)?;
    let n = array.view.size().checked_mul(times).filter(|n| (1..=AT_ONCE).contains(n))?;
    let made = session().blank(&[n], array.dtype).ok()?;
    let to = Line { start: made.start()?, ..from };
    let places = (0..n / times).flat_map(|k| std::iter::repeat_n(k, times)).enumerate();
    // SAFETY: element k of the result is element k / times of the array.
    unsafe { copy(array.dtype.size(), places.map(|(k, from_k)| (from.at(from_k), to.at(k)))) };
    Some(made)
}

/// Where elements are copied from or to: the first, and bytes from one to the next.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) start: *mut u8,
    pub(crate) step: isize,
}

impl Line {
    /// The address of element `k`.
    pub(crate) fn at(self, k: usize) -> *mut u8 {
        self.start.wrapping_offset(k as isize * self.step)
    }
}

/// The elements at the places that an array names on the only axis.
pub(crate) fn gather(array: &Array, index: &Bound<'_, PyAny>) -> Option<Array> {
    let (line, places) = placed(array, index)?;
    let shape = &index.cast::<NdArray>().ok()?.get().array().view.shape;
    let made = session().blank(shape, array.dtype).ok()?;
    let to = Line { start: made.start()?, step: array.dtype.size() as isize };
    let pairs = places.iter().enumerate().map(|(k, &place)| (line.at(place), to.at(k)));
    // SAFETY: the places are on the axis, and the result has one element for each.
    unsafe { copy(array.dtype.size(), pairs) };
    Some(made)
}

/// Writes values of the array's type, as many as places that an array names on the only axis.
pub(crate) fn scatter(array: &Array, index: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> bool {
    let Some((line, places)) = placed(array, index) else { return false };
    let Ok(values) = value.cast::<NdArray>() else { return false };
    let values = values.get().array();
    let shape = index.cast::<NdArray>().map(|index| &index.get().array().view.shape);
    let fits = shape.is_ok_and(|shape| *shape == values.view.shape);
    let apart = !Arc::ptr_eq(&values.storage, &array.storage);
    let (true, true, Some(from)) = (fits, apart, contiguous(values, array.dtype)) else {
        return false;
    };
    let pairs = places.iter().enumerate().map(|(k, &place)| (from.at(k), line.at(place)));
    // SAFETY: the places are on the axis, and there is one value for each.
    unsafe { copy(array.dtype.size(), pairs) };
    true
}

/// The place, in C order, of the first of the greatest elements, or of the least.
pub(crate) fn extreme(array: &Array, greatest: bool) -> Option<usize> {
    let line = contiguous(array, array.dtype)?;
    if !line.start.addr().is_multiple_of(array.dtype.size()) {
        return None;
    }
    // SAFETY: as many elements lie there, which nobody writes with the interpreter attached.
    unsafe { first_extreme(array.dtype, line.start, array.view.size(), greatest, &Alone) }.ok()?
}

/// Copies elements to where a mask of the same shape holds.
pub(crate) fn copy_where(target: &Array, source: &Array, mask: &Array) -> bool {
    let shape = &target.view.shape;
    let apart = |array: &Array| !Arc::ptr_eq(&array.storage, &target.storage);
    if *shape != source.view.shape
        || *shape != mask.view.shape
        || ![source, mask].into_iter().all(apart)
    {
        return false;
    }
    let lines = (
        contiguous(target, target.dtype),
        contiguous(source, target.dtype),
        contiguous(mask, DType::Bool),
    );
    let (Some(to), Some(from), Some(mask)) = lines else { return false };
    // SAFETY: contiguous arrays of one shape; bools are bytes that are not zero where they hold.
    unsafe {
        let chosen = (0..target.view.size()).filter(|&k| *mask.at(k) != 0);
        copy(target.dtype.size(), chosen.map(|k| (from.at(k), to.at(k))));
    }
    true
}

/// An array with few elements of this type one after another, and nothing pending.
pub(crate) fn contiguous(array: &Array, dtype: DType) -> Option<Line> {
    contiguous_up_to(AT_ONCE, array, dtype)
}

/// The same for up to `most` elements.
pub(crate) fn contiguous_up_to(most: usize, array: &Array, dtype: DType) -> Option<Line> {
    let size = dtype.size();
    let few = array.dtype == dtype
        && (1..=most).contains(&array.view.size())
        && array.view.is_c_contiguous(size);
    let start = session().settled(array).filter(|_| few)?;
    Some(Line { start: start.wrapping_offset(array.view.offset), step: size as isize })
}

/// The only axis of an array with nothing pending, and places on it, none out of bounds.
fn placed(array: &Array, index: &Bound<'_, PyAny>) -> Option<(Line, Vec<usize>)> {
    let places = index.cast::<NdArray>().ok()?.get().array();
    if array.view.ndim() != 1 || places.view.ndim() == 0 {
        return None;
    }
    let line = contiguous(places, places.dtype)?;
    let (n, count) = (array.view.shape[0] as i64, places.view.size());
    let found = match places.dtype {
        DType::I64 => on_axis::<i64>(line, count, n),
        DType::U32 => on_axis::<u32>(line, count, n),
        DType::I32 => on_axis::<i32>(line, count, n),
        DType::U16 => on_axis::<u16>(line, count, n),
        DType::I16 => on_axis::<i16>(line, count, n),
        DType::U8 => on_axis::<u8>(line, count, n),
        DType::I8 => on_axis::<i8>(line, count, n),
        _ => None,
    };
    let start = session().settled(array)?.wrapping_offset(array.view.offset);
    Some((Line { start, step: array.view.strides[0] }, found?))
}

/// Places on an axis of `n`, counted from the front, that a line of integers of this type names;
/// none where one is out of bounds.
fn on_axis<T: Copy + Into<i64>>(line: Line, count: usize, n: i64) -> Option<Vec<usize>> {
    let mut within = true;
    let place = |k: usize| {
        // SAFETY: as many elements of this type lie there.
        let place: i64 = unsafe { line.at(k).cast::<T>().read_unaligned() }.into();
        let place = place + (n & (place >> 63));
        within &= (place as u64) < n as u64;
        place as usize
    };
    let places = (0..count).map(place).collect();
    within.then_some(places)
}

/// Copies elements of `size` bytes, from the first of each pair to the second.
///
/// # Safety
/// There are elements at all addresses, and none that is written is read.
pub(crate) unsafe fn copy(size: usize, pairs: impl Iterator<Item = (*mut u8, *mut u8)>) {
    unsafe fn of<const SIZE: usize>(pairs: impl Iterator<Item = (*mut u8, *mut u8)>) {
        for (from, to) in pairs {
            // SAFETY: the caller's promise.
            unsafe {
                let element = from.cast::<[u8; SIZE]>().read_unaligned();
                to.cast::<[u8; SIZE]>().write_unaligned(element);
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        match size {
            1 => of::<1>(pairs),
            2 => of::<2>(pairs),
            4 => of::<4>(pairs),
            8 => of::<8>(pairs),
            _ => of::<16>(pairs),
        }
    }
}
