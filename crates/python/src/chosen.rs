//! Few elements by masks and by numbers of choices, by the shortest way, as in `few`.
//!
//! Each function says whether it has done its work; the general way does it else, and raises what
//! is wrong.

use crate::array::NdArray;
use crate::few::{Line, contiguous, copy};
use crate::flat::MOST_AXES;
use crate::module::session;
use crate::scalar;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::sync::Arc;
use stook_libraries::{Alone, Mask, Rows};
use stook_runtime::Array;
use stook_types::{DType, Scalar};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(choose_few, m)?)?;
    m.add_function(wrap_pyfunction!(count_few, m)?)?;
    m.add_function(wrap_pyfunction!(place_few, m)?)?;
    m.add_function(wrap_pyfunction!(put_few_where, m)?)
}

/// An array that is exactly one of ours.
fn exactly<'a>(object: &'a Bound<'_, PyAny>) -> Option<&'a Array> {
    object.cast_exact::<NdArray>().ok().map(|array| array.get().array())
}

/// The elements of a mask of few elements, and how many of them are true.
fn mask_of(array: &Array) -> Option<Mask<'_>> {
    let line = contiguous(array, DType::Bool)?;
    // SAFETY: as many bytes lie there, which nobody writes with the interpreter attached.
    let bytes = unsafe { std::slice::from_raw_parts(line.start, array.view.size()) };
    Mask::count(bytes, &Alone).ok()
}

/// How many elements of a mask are true; None where it is not that simple.
#[pyfunction]
fn count_few<'py>(a: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let total = exactly(a).and_then(mask_of).map(|mask| mask.total());
    let scalar = |total| scalar::object(a.py(), Scalar::integer(DType::I64, total as i128));
    total.map(scalar).transpose()
}

/// The elements where a mask of the same shape holds; `None` where it is not that simple.
pub(crate) fn compress(array: &Array, mask: &Array) -> Option<Array> {
    if array.view.shape != mask.view.shape {
        return None;
    }
    let (from, mask) = (contiguous(array, array.dtype)?, mask_of(mask)?);
    let made = session().blank(&[mask.total()], array.dtype).ok()?;
    let bytes = array.dtype.size();
    let rows = Rows { start: from.start, stride: from.step, bytes };
    // SAFETY: the array has an element for each of the mask, and the result one for each true one.
    unsafe { mask.compress(rows, made.start()?, &Alone) }.ok()?;
    Some(made)
}

/// The places of the true elements of a line of few; `None` where it is not that simple.
pub(crate) fn nonzero(array: &Array) -> Option<Array> {
    if array.view.ndim() != 1 {
        return None;
    }
    let mask = mask_of(array)?;
    let made = session().blank(&[mask.total()], DType::I64).ok()?;
    // SAFETY: new memory for as many numbers, each of which is written before it is read.
    let run = unsafe { std::slice::from_raw_parts_mut(made.start()?.cast(), mask.total()) };
    mask.positions(&array.view.shape, &mut [run], &Alone).ok()?;
    Some(made)
}

/// Writes values of the array's type in turn where a mask holds; false where it is not that simple.
#[pyfunction]
fn place_few(a: &Bound<'_, PyAny>, mask: &Bound<'_, PyAny>, values: &Bound<'_, PyAny>) -> bool {
    let writeable = a.cast_exact::<NdArray>().is_ok_and(|a| a.get().is_writeable());
    let (Some(array), Some(mask), Some(values)) = (exactly(a), exactly(mask), exactly(values))
    else {
        return false;
    };
    writeable && place(array, mask, values).is_some()
}

fn place(array: &Array, mask: &Array, values: &Array) -> Option<()> {
    let apart = [mask, values].iter().all(|other| !Arc::ptr_eq(&other.storage, &array.storage));
    if !apart || array.view.shape != mask.view.shape {
        return None;
    }
    let to = contiguous(array, array.dtype)?;
    let from = contiguous(values, array.dtype)?;
    let mask = contiguous(mask, DType::Bool)?;
    // SAFETY: bools are bytes that are not zero where they hold; the others have elements there.
    unsafe {
        let chosen = (0..array.view.size()).filter(|&k| *mask.at(k) != 0);
        let given = (0..values.view.size()).cycle();
        copy(array.dtype.size(), given.zip(chosen).map(|(v, k)| (from.at(v), to.at(k))));
    }
    Some(())
}

/// Writes values of the array's type, each from its own place, where a mask holds; false where it is
/// not that simple.
#[pyfunction]
fn put_few_where(a: &Bound<'_, PyAny>, mask: &Bound<'_, PyAny>, values: &Bound<'_, PyAny>) -> bool {
    let writeable = a.cast_exact::<NdArray>().is_ok_and(|a| a.get().is_writeable());
    let (Some(array), Some(mask), Some(values)) = (exactly(a), exactly(mask), exactly(values))
    else {
        return false;
    };
    writeable && crate::few::copy_where(array, values, mask)
}

/// Elements of arrays of one type, from that whose number is given for each place; None where it is
/// not that simple.
#[pyfunction]
fn choose_few<'py>(
    numbers: &Bound<'py, PyAny>,
    choices: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, NdArray>>> {
    let listed = match choices.cast_exact::<PyList>() {
        Ok(list) => list.to_tuple(),
        Err(_) => match choices.cast_exact::<PyTuple>() {
            Ok(tuple) => tuple.clone(),
            Err(_) => return Ok(None),
        },
    };
    let made = exactly(numbers).and_then(|numbers| choose(numbers, &listed));
    made.map(|made| NdArray::object(choices.py(), made)).transpose()
}

/// The most choices that NumPy takes.
const MOST_CHOICES: usize = 63;

fn choose(numbers: &Array, choices: &Bound<'_, PyTuple>) -> Option<Array> {
    let known_axes = (1..=MOST_AXES).contains(&numbers.view.ndim());
    let line = contiguous(numbers, DType::I64).filter(|_| known_axes)?;
    let dtype = exactly(&choices.get_item(0).ok()?)?.dtype;
    let choice = |object: Bound<'_, PyAny>| {
        let array = exactly(&object).filter(|array| array.view.shape == numbers.view.shape)?;
        contiguous(array, dtype)
    };
    let lines: Vec<Line> = choices.iter().map(choice).collect::<Option<_>>()?;
    let n = numbers.view.size();
    // SAFETY: as many numbers lie there.
    let number = |k: usize| unsafe { line.at(k).cast::<i64>().read_unaligned() };
    let known = |k: usize| (0..lines.len() as i64).contains(&number(k));
    if lines.len() > MOST_CHOICES || !(0..n).all(known) {
        return None;
    }
    let made = session().blank(&numbers.view.shape, dtype).ok()?;
    let to = Line { start: made.start()?, step: dtype.size() as isize };
    let pairs = (0..n).map(|k| (lines[number(k) as usize].at(k), to.at(k)));
    // SAFETY: every choice has an element for each number, and so has the result.
    unsafe { copy(dtype.size(), pairs) };
    Some(made)
}

/// What a method written in Python does with what has no native form.
fn composed<'py, A>(slf: &Bound<'py, NdArray>, name: &str, args: A) -> PyResult<Bound<'py, PyAny>>
where
    A: pyo3::call::PyCallArgs<'py>,
{
    slf.py().import("stook._selecting")?.getattr(name)?.call1(args)
}

#[pymethods]
impl NdArray {
    /// The places of elements that are not zero: one array of integers for each axis.
    fn nonzero<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        crate::masked::nonzero(slf.py(), slf)
    }

    /// The elements, or the parts along an axis, at places.
    #[pyo3(signature = (indices, axis=None, out=None, mode=None),
           text_signature = "($self, indices, /, axis=None, out=None, mode='raise')")]
    fn take<'py>(
        slf: &Bound<'py, Self>,
        indices: &Bound<'py, PyAny>,
        axis: Option<&Bound<'py, PyAny>>,
        out: Option<&Bound<'py, PyAny>>,
        mode: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if axis.is_none()
            && out.is_none()
            && mode.is_none()
            && let Some(made) = crate::few::gather(slf.get().array(), indices)
        {
            return Ok(NdArray::object(slf.py(), made)?.into_any());
        }
        match mode {
            Some(mode) => composed(slf, "_take", (slf, indices, axis, out, mode)),
            None => composed(slf, "_take", (slf, indices, axis, out)),
        }
    }

    /// The parts along an axis, or the elements, where a condition holds.
    #[pyo3(signature = (condition, axis=None, out=None))]
    fn compress<'py>(
        slf: &Bound<'py, Self>,
        condition: &Bound<'py, PyAny>,
        axis: Option<&Bound<'py, PyAny>>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let array = slf.get().array();
        if axis.is_none()
            && out.is_none()
            && array.view.ndim() == 1
            && let Some(mask) = exactly(condition)
            && let Some(made) = compress(array, mask)
        {
            return Ok(NdArray::object(slf.py(), made)?.into_any());
        }
        composed(slf, "_compress", (slf, condition, axis, out))
    }
}
