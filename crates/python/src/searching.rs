//! Places among elements in order, lines between points, and counts of integers.

use crate::array::NdArray;
use crate::convert::Operand;
use crate::error::OrRaise;
use crate::memory::{InterruptibleCores, contiguous, make_from_memory};
use crate::module::session;
use crate::number::finish;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::slice::{from_raw_parts, from_raw_parts_mut};
use stook_libraries::{Interpolation, Search, bounds, count, weigh};
use stook_runtime::{Array, Buffer, Input, Results};
use stook_types::{DType, Error, promote};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(searched, m)?)?;
    m.add_function(wrap_pyfunction!(monotonic, m)?)?;
    m.add_function(wrap_pyfunction!(interpolated, m)?)?;
    m.add_function(wrap_pyfunction!(counted, m)?)
}

/// The array as contiguous elements of a type.
fn ready(py: Python<'_>, a: &Bound<'_, NdArray>, dtype: DType) -> PyResult<Array> {
    typed(py, a.get().array(), dtype)
}

fn typed(py: Python<'_>, array: &Array, dtype: DType) -> PyResult<Array> {
    match array.dtype == dtype {
        true => contiguous(py, array),
        false => session().cast(array, dtype).or_raise(py),
    }
}

/// An array of one axis, contiguous.
fn line(py: Python<'_>, a: &Bound<'_, NdArray>, dtype: DType) -> PyResult<Array> {
    if a.get().array().view.ndim() != 1 {
        return Err(PyValueError::new_err("an array without exactly one axis"));
    }
    ready(py, a, dtype)
}

/// How many elements of `a`, which are in order, come before each of `v`: those that equal it as
/// well where it goes `behind` them. A scalar of NumPy's for a value without axes; `None` where only
/// NumPy knows what the values are.
#[pyfunction]
fn searched<'py>(
    py: Python<'py>,
    a: &Bound<'py, NdArray>,
    v: &Bound<'py, PyAny>,
    behind: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(values) = values(py, v)? else {
        return Ok(None);
    };
    let dtype = promote(a.get().array().dtype, values.dtype);
    let (elements, values) = (line(py, a, dtype)?, typed(py, &values, dtype)?);
    let made = session().empty(&values.view.shape, DType::I64).or_raise(py)?;
    let (length, count) = (elements.view.size(), values.view.size());
    let search = Search { dtype, length, count, behind };
    make_from_memory(py, &[&elements, &values, &made], |starts| {
        let [elements, values, places] = [starts[0], starts[1], starts[2]];
        // SAFETY: contiguous elements and values of this type, and a new array of places.
        unsafe { search.run(elements, values, places.cast(), &InterruptibleCores) }
    })?;
    let scalar = made.view.ndim() == 0;
    finish(py, Results::from_elem(made, 1), scalar).map(Some)
}

/// An operand as an array; `None` where only NumPy knows how.
fn values(py: Python<'_>, object: &Bound<'_, PyAny>) -> PyResult<Option<Array>> {
    let scalar = match Operand::of(object)? {
        Some(Operand::Ours(ours)) => return Ok(Some(ours.get().array().clone())),
        Some(Operand::Copied(array)) => return Ok(Some(array)),
        Some(Operand::Strong(scalar)) => Some(scalar),
        Some(Operand::Weak(number)) => number.exactly(number.alone()),
        None => None,
    };
    let Some(scalar) = scalar else {
        return Ok(None);
    };
    let made = session().empty(&[], scalar.dtype).or_raise(py)?;
    session().assign(&made, Input::Scalar(scalar)).or_raise(py)?;
    Ok(Some(made))
}

/// 1 where elements never fall, -1 where they fall and never rise, else 0.
#[pyfunction]
fn monotonic(py: Python<'_>, a: &Bound<'_, NdArray>) -> PyResult<i8> {
    let array = line(py, a, DType::F64)?;
    let n = array.view.size();
    make_from_memory(py, &[&array], |starts| {
        if n == 0 {
            return Ok(1);
        }
        // SAFETY: contiguous numbers, which nobody writes while no other call runs.
        let line: &[f64] = unsafe { from_raw_parts(starts[0].cast(), n) };
        // What NumPy asks of NaN, which are neither more nor less than others.
        let Some(first) = line.windows(2).find(|pair| pair[0] != pair[1]) else {
            return Ok(1);
        };
        let rises = first[0] < first[1];
        let turns = |pair: &[f64]| if rises { pair[0] > pair[1] } else { pair[0] < pair[1] };
        Ok(match line.windows(2).any(turns) {
            true => 0,
            false if rises => 1,
            false => -1,
        })
    })
}

/// The numbers at `x` on the lines between the points of `xp` and `fp`, as `numpy.interp` has them;
/// `left` and `right` stand for those outside. A scalar of NumPy's for an array without axes.
#[pyfunction]
fn interpolated<'py>(
    py: Python<'py>,
    x: &Bound<'py, NdArray>,
    xp: &Bound<'py, NdArray>,
    fp: &Bound<'py, NdArray>,
    left: Option<(f64, f64)>,
    right: Option<(f64, f64)>,
) -> PyResult<Bound<'py, PyAny>> {
    let complex = fp.get().array().dtype.is_complex();
    let dtype = if complex { DType::C128 } else { DType::F64 };
    let values = ready(py, x, DType::F64)?;
    let (from, to) = (line(py, xp, DType::F64)?, line(py, fp, dtype)?);
    let (points, count) = (from.view.size(), values.view.size());
    if points == 0 || to.view.size() != points {
        return Err(PyValueError::new_err("fp and xp are not of the same length."));
    }
    let made = session().empty(&values.view.shape, dtype).or_raise(py)?;
    make_from_memory(py, &[&from, &to, &values, &made], |starts| {
        let numbers = |k: usize| starts[k].cast::<f64>();
        let [x, y, values, made] = [numbers(0), numbers(1), numbers(2), numbers(3)];
        let end = |point: usize| {
            let parts = if complex { 2 } else { 1 };
            // SAFETY: the numbers of a point.
            let part = |number: usize| unsafe { *y.add(point * parts + number) };
            [part(0), if complex { part(1) } else { 0.0 }]
        };
        let outside = [
            left.map_or_else(|| end(0), |(re, im)| [re, im]),
            right.map_or_else(|| end(points - 1), |(re, im)| [re, im]),
        ];
        let call = Interpolation { points, count, complex, outside };
        // SAFETY: contiguous numbers of these types, and a new array.
        unsafe { call.run(x, y, values, made, &InterruptibleCores) }
    })?;
    let scalar = made.view.ndim() == 0;
    finish(py, Results::from_elem(made, 1), scalar)
}

/// How often each integer from 0 on comes, or how much all of it weigh; at least `minlength` of
/// them.
#[pyfunction]
#[pyo3(signature = (numbers, weights, minlength))]
fn counted<'py>(
    py: Python<'py>,
    numbers: &Bound<'py, NdArray>,
    weights: Option<&Bound<'py, NdArray>>,
    minlength: usize,
) -> PyResult<Bound<'py, NdArray>> {
    let numbers = line(py, numbers, DType::I64)?;
    let n = numbers.view.size();
    let weights = weights.map(|weights| line(py, weights, DType::F64)).transpose()?;
    if weights.as_ref().is_some_and(|weights| weights.view.size() != n) {
        return Err(PyValueError::new_err("The weights and list don't have the same length."));
    }
    let arrays: Vec<&Array> = [Some(&numbers), weights.as_ref()].into_iter().flatten().collect();
    let made = make_from_memory(py, &arrays, |starts| {
        let integers: &[i64] = match n {
            0 => &[],
            // SAFETY: contiguous numbers, which nobody writes while no other call runs.
            _ => unsafe { from_raw_parts(starts[0].cast(), n) },
        };
        let (least, most) = bounds(integers, &InterruptibleCores)?.unwrap_or((0, -1));
        if least < 0 || most == i64::MAX {
            return Err(Error::Value("'list' argument must have no negative elements".into()));
        }
        let length = minlength.max(most as usize + 1);
        let bytes = length.checked_mul(8).ok_or(Error::Memory(usize::MAX))?;
        let buffer = Buffer::new(bytes)?;
        let Some(&weights) = starts.get(1).filter(|_| n > 0) else {
            // SAFETY: new memory for as many numbers.
            let into = unsafe { from_raw_parts_mut(buffer.pointer().cast(), length) };
            count(integers, into, &InterruptibleCores)?;
            return Ok(Array::over(buffer, &[length], DType::I64));
        };
        // SAFETY: as many weights, which nobody writes; and as above.
        let (weights, into) = unsafe {
            let weights = from_raw_parts(weights.cast(), n);
            (weights, from_raw_parts_mut(buffer.pointer().cast(), length))
        };
        weigh(integers, weights, into);
        Ok(Array::over(buffer, &[length], DType::F64))
    })?;
    NdArray::object(py, made)
}
