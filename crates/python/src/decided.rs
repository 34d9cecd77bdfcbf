//! `any` and `all` of a long array whose first elements decide.
//!
//! NumPy's loops end at the first element that says all. A kernel of ours walks tiles on all cores
//! to their ends; so the first elements are looked at alone before.

use crate::module::{read, session};
use crate::reduce::fold;
use crate::scalar;
use pyo3::prelude::*;
use stook_ops::ReductionId;
use stook_runtime::Array;
use stook_types::DType;

/// Elements of an array from which the first few are worth a look of their own.
const LONG: usize = 1 << 15;
/// How many those are.
const FEW: usize = 512;

/// What the reduction of all elements gives if the first ones give `decisive`, as NumPy's scalar;
/// `None` where they do not, or must be computed first.
pub(crate) fn decided<'py>(
    py: Python<'py>,
    reduction: ReductionId,
    decisive: bool,
    array: &Array,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let n = array.view.size();
    if n < LONG || session().settled(array).is_none() {
        return Ok(None);
    }
    let Some(mut line) = array.view.reshape(&[n], array.dtype.size()) else {
        return Ok(None);
    };
    line.shape[0] = FEW;
    let first = array.with_view(line);
    let Some(made) = fold(py, reduction, &first, &[0], DType::Bool, false)? else {
        return Ok(None);
    };
    let start = read(py, &made)?;
    // SAFETY: an array without axes has one element, here a truth.
    unsafe {
        if (start.read() != 0) != decisive {
            return Ok(None);
        }
        scalar::at(py, DType::Bool, start).map(Some)
    }
}
