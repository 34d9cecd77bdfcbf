//! What NumPy warns of within folds: overflow in a sum, infinities that cancel.
//!
//! A fold whose result is at hand enters. A finite float met nothing, and costs a look at its bits.
//! Behind another one, and behind an integer where the ufunc has conditions (division by zero), the
//! elements are joined again, one after another, by the ufunc itself, which watches for its own
//! conditions; NumPy names the method in what it warns of. Results that are still pending are not
//! watched.

use crate::conditions::{mark_recorded, warn_here, watches};
use crate::error::OrRaise;
use crate::module::{flush, session};
use pyo3::prelude::*;
use stook_ops::{UfuncId, table};
use stook_runtime::{Array, Input};
use stook_types::{DType, View};

/// A fold by a ufunc's loop, as NumPy names its method.
#[derive(Clone, Copy)]
pub(crate) struct Watched {
    pub(crate) ufunc: UfuncId,
    pub(crate) loop_index: usize,
    pub(crate) method: &'static str,
}

impl Watched {
    /// Warns of what the joining of all these elements into one has met. Where that is finite, the
    /// session is not asked, so that a temporary that was not stored stays so.
    ///
    /// # Safety
    /// An element of this type lies at the address.
    pub(crate) unsafe fn look_at_one(
        self,
        py: Python<'_>,
        elements: &Array,
        (made, dtype): (*const u8, DType),
    ) -> PyResult<()> {
        // SAFETY: the caller's promise.
        if !self.may_meet(dtype) || unsafe { is_unsuspected(made, dtype) } {
            return Ok(());
        }
        let flags = self.met(py, elements, None)?;
        warn_here(py, flags, self.method)
    }

    /// As [`Watched::look_at_one`], for running results along an axis.
    pub(crate) fn look_at_all(
        self,
        py: Python<'_>,
        elements: &Array,
        axis: usize,
        made: &Array,
    ) -> PyResult<()> {
        if !self.is_suspect(made) {
            return Ok(());
        }
        let flags = self.met(py, elements, Some(axis))?;
        warn_here(py, flags, self.method)
    }

    /// As [`Watched::look_at_one`], for parts of an axis, each joined into one element.
    pub(crate) fn look_at_parts(
        self,
        py: Python<'_>,
        elements: &Array,
        axis: usize,
        (starts, ends): (&[i64], &[i64]),
        made: &Array,
    ) -> PyResult<()> {
        if !self.is_suspect(made) {
            return Ok(());
        }
        let mut flags = 0;
        for (k, (&start, &end)) in starts.iter().zip(ends).enumerate() {
            if !met_nothing(&part(made, axis, k, k + 1)) {
                let elements = part(elements, axis, start as usize, end as usize);
                flags |= self.met(py, &elements, Some(axis))?;
            }
        }
        warn_here(py, flags, self.method)
    }

    /// Whether a result calls for a closer look.
    fn is_suspect(self, made: &Array) -> bool {
        self.may_meet(made.dtype) && !session().is_pending(made) && !met_nothing(made)
    }

    fn may_meet(self, dtype: DType) -> bool {
        let integers = !dtype.real().is_float();
        table()[usize::from(self.ufunc.0)].conditions.can_be_met(integers) && watches()
    }

    /// The conditions met where elements are joined one after another. What is pending runs first,
    /// for its own conditions are not these.
    fn met(self, py: Python<'_>, elements: &Array, axis: Option<usize>) -> PyResult<u8> {
        flush(py)?;
        let dtype = table()[usize::from(self.ufunc.0)].loops[self.loop_index].outs[0];
        let mut elements = session().cast(elements, dtype).or_raise(py)?;
        let axis = axis.unwrap_or_else(|| {
            let all = [elements.view.size()];
            elements = elements.with_view(View::contiguous(&all, dtype.size()));
            0
        });
        let n = elements.view.shape[axis];
        if n < 2 {
            return Ok(0);
        }
        let results = session().scan(self.ufunc, self.loop_index, &elements, axis).or_raise(py)?;
        let (before, others) = (part(&results, axis, 0, n - 1), part(&elements, axis, 1, n));
        let ins = [Input::Array(&before), Input::Array(&others)];
        session().call(self.ufunc, self.loop_index, &ins, &[], None).or_raise(py)?;
        mark_recorded(py);
        session().flush_possible().or_raise(py)?;
        let met = session().conditions();
        Ok(met.iter().filter(|met| met.ufunc.is_some()).fold(0, |flags, met| flags | met.flags))
    }
}

/// The elements of an array along an axis from one on, to another.
fn part(array: &Array, axis: usize, from: usize, to: usize) -> Array {
    let mut view = array.view.clone();
    view.offset += view.strides[axis] * from as isize;
    view.shape[axis] = to - from;
    array.with_view(view)
}

/// Whether no element of an array that has its values calls for a closer look.
fn met_nothing(array: &Array) -> bool {
    let Ok(start) = session().read(array) else {
        return true;
    };
    let view = &array.view;
    let mut offsets = vec![view.offset];
    for (&n, &stride) in view.shape.iter().zip(&view.strides) {
        let all = offsets.iter().flat_map(|&at| (0..n as isize).map(move |k| at + k * stride));
        offsets = all.collect();
    }
    // SAFETY: a view's elements lie in its storage, which nobody writes while nothing is pending on
    // it and Python waits for this call.
    offsets.into_iter().all(|at| unsafe { is_unsuspected(start.wrapping_offset(at), array.dtype) })
}

/// Whether an element is a finite float; integers tell nothing of what they come from.
///
/// # Safety
/// An element of this type lies at the address.
unsafe fn is_unsuspected(element: *const u8, dtype: DType) -> bool {
    let part = dtype.real();
    if !part.is_float() {
        return false;
    }
    (0..dtype.parts()).all(|k| {
        let place = element.wrapping_add(k * part.size());
        // SAFETY: the caller's promise.
        unsafe {
            match part {
                DType::F64 => place.cast::<f64>().read_unaligned().is_finite(),
                DType::F32 => place.cast::<f32>().read_unaligned().is_finite(),
                _ => place.cast::<u16>().read_unaligned() & 0x7c00 != 0x7c00,
            }
        }
    })
}
