//! Places counted as if an array were flat, and their coordinates: a few, by the shortest way, as in
//! `few`.

use crate::array::NdArray;
use crate::few::{Line, contiguous_up_to};
use crate::module::session;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyTuple};
use smallvec::SmallVec;
use stook_runtime::Array;
use stook_types::DType;

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(unravel_few, m)?)?;
    m.add_function(wrap_pyfunction!(ravel_few, m)?)
}

/// The most places that are counted here; more are worth all threads.
const MOST: usize = 1 << 14;
/// Lengths of axes.
type Lengths = SmallVec<[i64; 4]>;

/// The lengths in a tuple of positive integers whose product counts elements.
fn lengths(object: &Bound<'_, PyAny>) -> Option<(Lengths, i64)> {
    let tuple = object.cast_exact::<PyTuple>().ok()?;
    let length =
        |k: Bound<'_, PyAny>| k.cast_exact::<PyInt>().ok()?.extract().ok().filter(|&n: &i64| n > 0);
    let found: Lengths = tuple.iter().map(length).collect::<Option<_>>()?;
    let size = found.iter().try_fold(1, |size: i64, &n| size.checked_mul(n))?;
    (!found.is_empty()).then_some((found, size))
}

/// Few integers one after another, along axes: without any, NumPy gives numbers.
fn integers(object: &Bound<'_, PyAny>) -> Option<(Line, Array)> {
    let array = object.cast_exact::<NdArray>().ok()?.get().array();
    let line = contiguous_up_to(MOST, array, DType::I64).filter(|_| array.view.ndim() > 0)?;
    Some((line, array.clone()))
}

/// # Safety
/// There is an integer of this number.
unsafe fn number(line: Line, k: usize) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { line.at(k).cast::<i64>().read_unaligned() }
}

/// New arrays of as many integers as one has, and where they lie.
fn made_like(array: &Array) -> Option<(Array, Line)> {
    let made = session().allocated(&array.view.shape, DType::I64).ok()?;
    let line = Line { start: made.start()?, step: 8 };
    Some((made, line))
}

/// The coordinates, in C order, of flat places; None where it is not that simple.
#[pyfunction]
fn unravel_few<'py>(
    places: &Bound<'py, PyAny>,
    shape: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyTuple>>> {
    let Some(made) = unravel(places, shape) else { return Ok(None) };
    let made: PyResult<Vec<_>> =
        made.into_iter().map(|array| NdArray::object(places.py(), array)).collect();
    PyTuple::new(places.py(), made?).map(Some)
}

fn unravel(places: &Bound<'_, PyAny>, shape: &Bound<'_, PyAny>) -> Option<Vec<Array>> {
    let (lengths, size) = lengths(shape)?;
    let (from, places) = integers(places)?;
    let n = places.view.size();
    // SAFETY: as many integers lie there.
    let place = |k: usize| unsafe { number(from, k) };
    if !(0..n).all(|k| (0..size).contains(&place(k))) {
        return None;
    }
    let made: Vec<(Array, Line)> =
        lengths.iter().map(|_| made_like(&places)).collect::<Option<_>>()?;
    for k in 0..n {
        let mut rest = place(k);
        for (&length, (_, to)) in lengths.iter().zip(&made).rev() {
            // SAFETY: each of the new arrays has as many integers.
            unsafe { to.at(k).cast::<i64>().write(rest % length) };
            rest /= length;
        }
    }
    Some(made.into_iter().map(|(array, _)| array).collect())
}

/// The flat places of coordinates in C order; None where it is not that simple.
#[pyfunction]
fn ravel_few<'py>(
    coordinates: &Bound<'py, PyAny>,
    shape: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, NdArray>>> {
    let made = ravel(coordinates, shape);
    made.map(|made| NdArray::object(shape.py(), made)).transpose()
}

fn ravel(coordinates: &Bound<'_, PyAny>, shape: &Bound<'_, PyAny>) -> Option<Array> {
    let (lengths, _) = lengths(shape)?;
    let given = coordinates.cast_exact::<PyTuple>().ok()?;
    let lines: Vec<(Line, Array)> =
        given.iter().map(|axis| integers(&axis)).collect::<Option<_>>()?;
    let first = &lines.first()?.1;
    let alike = lines.iter().all(|(_, array)| array.view.shape == first.view.shape);
    if !alike || lines.len() != lengths.len() {
        return None;
    }
    let (made, to) = made_like(first)?;
    // SAFETY: the new array has as many integers, which lie one after another.
    let places = unsafe {
        to.start.write_bytes(0, first.view.size() * 8);
        std::slice::from_raw_parts_mut(to.start.cast::<i64>(), first.view.size())
    };
    let mut inside = true;
    for (&length, (line, _)) in lengths.iter().zip(&lines) {
        for (k, place) in places.iter_mut().enumerate() {
            // SAFETY: every axis has as many coordinates.
            let coordinate = unsafe { number(*line, k) };
            inside &= (0..length).contains(&coordinate);
            *place = place.wrapping_mul(length).wrapping_add(coordinate);
        }
    }
    inside.then_some(made)
}
