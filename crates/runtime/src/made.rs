//! New arrays, and their memory.

use crate::array::{Array, Input, Storage};
use crate::buffer::Buffer;
use crate::session::{Session, signal};
use crate::{memory, recycle};
use smallvec::SmallVec;
use stook_types::{DType, Dims, Error, Result, View};

impl Session {
    /// A new array without contents, C order. It has no memory until it is written, but more than
    /// the machine has is an error here.
    pub fn empty(&self, shape: &[usize], dtype: DType) -> Result<Array> {
        let bytes = allocatable(shape, dtype)?;
        if bytes > memory::total() {
            return Err(Error::Memory(bytes));
        }
        Ok(Array::fresh(shape, dtype, None))
    }

    /// A new array of arbitrary contents, C order; a small one has memory already.
    pub fn blank(&self, shape: &[usize], dtype: DType) -> Result<Array> {
        let bytes = allocatable(shape, dtype)?;
        if bytes > recycle::LARGEST {
            return self.empty(shape, dtype);
        }
        let storage = recycle::storage(bytes)?;
        Ok(Array { storage, view: View::contiguous(shape, dtype.size()), dtype })
    }

    /// A new array of arbitrary contents, C order, with memory.
    pub fn allocated(&self, shape: &[usize], dtype: DType) -> Result<Array> {
        let bytes = allocatable(shape, dtype)?;
        if bytes <= recycle::LARGEST {
            return self.blank(shape, dtype);
        }
        Ok(Array::fresh(shape, dtype, Some(Buffer::new(bytes)?)))
    }

    /// A new array for a copy, C order; with memory already where the copy runs at once.
    pub fn room(&self, shape: &[usize], dtype: DType) -> Result<Array> {
        let at_once = self.signals() & signal::PENDING == 0;
        if at_once { self.blank(shape, dtype) } else { self.empty(shape, dtype) }
    }

    /// A new array of zeros, C order.
    pub fn zeros(&self, shape: &[usize], dtype: DType) -> Result<Array> {
        let bytes = allocatable(shape, dtype)?;
        Ok(Array::fresh(shape, dtype, Some(Buffer::zeroed(bytes)?)))
    }

    /// A storage's worth of foreign memory as an array: `view` from `pointer`; `owner` is dropped
    /// with the last handle.
    ///
    /// # Safety
    /// The memory stays valid, and is not written by others, until `owner` is dropped.
    pub unsafe fn adopt(
        &self,
        pointer: *mut u8,
        bytes: usize,
        view: View,
        dtype: DType,
        owner: Box<dyn std::any::Any + Send + Sync>,
    ) -> Array {
        // SAFETY: the caller's promise is the one asked for.
        let buffer = unsafe { Buffer::adopt(pointer, bytes, owner) };
        Array { storage: Storage::new(bytes, Some(buffer)), view, dtype }
    }

    /// Memory that [`crate::take`] gave, as an array of bytes.
    ///
    /// # Safety
    /// It was given for as many bytes, and is the array's alone from here on.
    pub unsafe fn taken(&self, pointer: *mut u8, bytes: usize) -> Array {
        // SAFETY: the caller's promise is the one asked for.
        let buffer = unsafe { Buffer::of_taken(pointer, bytes) };
        let view = View::contiguous(&[bytes], 1);
        Array { storage: Storage::new(bytes, Some(buffer)), view, dtype: DType::U8 }
    }
}

/// A new array for a call's result, in the memory order of the inputs.
pub(crate) fn made_after(shape: &[usize], ins: &[Input<'_>], dtype: DType) -> Result<Array> {
    let in_order = |input: &Input<'_>| match input {
        Input::Array(a) => a.view.walks_in_c_order(),
        Input::Scalar(_) => true,
    };
    if ins.iter().all(in_order) {
        return made_as(shape, &[], dtype);
    }
    // NumPy walks these without looking at steps, which shows where axes of length one lie.
    let in_fortran_order = |input: &Input<'_>| match input {
        Input::Array(a) if a.view.ndim() > 0 => {
            a.view.shape[..] == *shape && a.view.is_f_contiguous(a.dtype.size())
        }
        _ => true,
    };
    if ins.len() <= 2 && ins.iter().all(in_fortran_order) {
        let mut made = made_as(shape, &[], dtype)?;
        let backwards: Dims = shape.iter().rev().copied().collect();
        made.view = View::contiguous(&backwards, dtype.size()).reversed();
        return Ok(made);
    }
    let views: SmallVec<[View; 4]> = ins
        .iter()
        .filter_map(|input| match input {
            Input::Array(a) => Some(a.view.clone()),
            Input::Scalar(_) => None,
        })
        .collect();
    made_as(shape, &views, dtype)
}

/// A new array in the memory order of these views, C order if there are none.
pub(crate) fn made_as(shape: &[usize], views: &[View], dtype: DType) -> Result<Array> {
    allocatable(shape, dtype)?;
    let mut made = Array::fresh(shape, dtype, None);
    if !views.is_empty() && shape.len() > 1 && !shape.contains(&0) {
        made.view = View::after(shape, views, dtype.size());
    }
    Ok(made)
}

/// The bytes of an array's elements; an error where nothing could hold them.
fn allocatable(shape: &[usize], dtype: DType) -> Result<usize> {
    let bytes = shape.iter().try_fold(dtype.size(), |all, &n| all.checked_mul(n.max(1)));
    match bytes {
        Some(bytes) if bytes <= isize::MAX as usize => {
            Ok(if shape.contains(&0) { 0 } else { bytes })
        }
        _ => Err(Error::Value(
            "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum \
             possible size."
                .into(),
        )),
    }
}
