//! Products of small arrays of one type, by the shortest way.

use super::library::blas;
use super::told;
use crate::array::NdArray;
use crate::error::OrRaise;
use crate::module::session;
use crate::scalar;
use pyo3::prelude::*;
use stook_libraries::{Alone, Matrix, Product, Sizes};
use stook_runtime::Array;
use stook_types::{DType, View};

/// Multiplications up to which a product takes the shortest way.
const SMALL: usize = 1 << 15;

/// The product of two small arrays of one type, by the shortest way; `None` where they are not of
/// that kind.
pub(crate) fn small<'py>(
    py: Python<'py>,
    left: &Array,
    right: &Array,
    name: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (dtype, size) = (left.dtype, left.dtype.size());
    let number = matches!(dtype, DType::F32 | DType::F64 | DType::C64 | DType::C128);
    let (Some((m, k, a)), Some((n, depth, b))) = (flat(&left.view), flat(&right.view)) else {
        return Ok(None);
    };
    // Of a matrix on the right, rows are what is summed.
    let (n, depth, b) = match right.view.ndim() {
        1 => (1, depth, [b[1], 0]),
        _ => (depth, n, b),
    };
    let work = m.saturating_mul(n).saturating_mul(k);
    let start = |array: &Array| Some(session().settled(array)?.wrapping_offset(array.view.offset));
    let (Some(from), Some(by)) = (start(left), start(right)) else {
        return Ok(None);
    };
    let of_lines = (m, n) == (1, 1);
    let fits = |rows, columns, strides, along| {
        Matrix::fits(rows, columns, strides, size) || of_lines && Matrix::is_line(k, along, size)
    };
    let plain = number
        && right.dtype == dtype
        && k == depth
        && (1..=SMALL).contains(&work)
        && fits(m, k, a, a[1])
        && fits(k, n, b, b[0])
        && [from, by].iter().all(|start| start.addr().is_multiple_of(dtype.real().size()));
    let Some(blas) = blas(py).filter(|_| plain) else {
        return Ok(None);
    };
    let at = |start: *mut u8, [rows, columns]: [isize; 2]| Matrix { start, rows, columns };
    let (left_matrix, right_matrix) = (at(from, a), at(by, b));
    let unit = size as isize;
    let multiply = |start: *mut u8| {
        let result = at(start, [unit * n as isize, unit]);
        let sizes = Sizes { m, n, k };
        let (left, right, stack) = (left_matrix, right_matrix, &[]);
        // SAFETY: nothing is pending, so both arrays have their values, and with the interpreter
        // attached nobody changes them; they fit. The result is new and as large as this.
        unsafe { Product { dtype, sizes, left, right, result, stack }.run(Some(blas), &Alone) }
    };
    let shape: &[usize] = match (left.view.ndim(), right.view.ndim()) {
        (1, 1) => {
            let mut value = [0_u64; 2];
            let start = (&raw mut value).cast::<u8>();
            let met = multiply(start).or_raise(py)?;
            told(py, met, name)?;
            // SAFETY: the product was just stored there.
            return unsafe { scalar::at(py, dtype, start) }.map(Some);
        }
        (1, _) => &[n],
        (_, 1) => &[m],
        _ => &[m, n],
    };
    let result = session().blank(shape, dtype).or_raise(py)?;
    let Some(start) = result.start() else {
        return Ok(None);
    };
    let met = multiply(start).or_raise(py)?;
    told(py, met, name)?;
    Ok(Some(NdArray::object(py, result)?.into_any()))
}

/// Rows, columns and strides of a vector, as a row, or of a matrix.
fn flat(view: &View) -> Option<(usize, usize, [isize; 2])> {
    match (&view.shape[..], &view.strides[..]) {
        (&[k], &[step]) => Some((1, k, [0, step])),
        (&[m, k], &[row, step]) => Some((m, k, [row, step])),
        _ => None,
    }
}
