//! Recording calls and bringing arrays up to date.

use crate::array::{Array, Input};
use stook_ops::{ReductionId, UfuncId};
use stook_types::{DType, Result, Scalar, View};

/// Records calls and runs them.
#[derive(Debug, Default)]
pub struct Session {}

/// Floating-point conditions met by finished work, to be warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The ufunc that met them.
    pub ufunc: UfuncId,
    /// Bit 0 divide, bit 1 overflow, bit 2 invalid.
    pub flags: u8,
    /// The tag that the call was recorded with (a source line of the user's).
    pub tag: u32,
}

impl Session {
    /// A new array without contents, C order.
    pub fn empty(&self, shape: &[usize], dtype: DType) -> Result<Array> {
        let _ = (shape, dtype);
        todo!()
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
        let _ = (pointer, bytes, view, dtype, owner);
        todo!()
    }

    /// A ufunc's loop on inputs broadcast together (cast to the loop's input types where they
    /// differ); the results are new arrays, or are written to `outs` (cast to their type) where
    /// given; `mask` (bool) says where they are written.
    pub fn call(
        &self,
        ufunc: UfuncId,
        loop_index: usize,
        ins: &[Input<'_>],
        outs: &[Option<&Array>],
        mask: Option<Input<'_>>,
    ) -> Result<Vec<Array>> {
        let _ = (ufunc, loop_index, ins, outs, mask);
        todo!()
    }

    /// A copy of an array's elements as another (or the same) type: new, C order.
    pub fn cast(&self, input: &Array, dtype: DType) -> Result<Array> {
        let _ = (input, dtype);
        todo!()
    }

    /// `target[...] = source`, broadcast and cast; overlapping memory is read before it is written.
    pub fn assign(&self, target: &Array, source: Input<'_>) -> Result<()> {
        let _ = (target, source);
        todo!()
    }

    /// A reduction over `axes` (sorted, distinct) of elements of the loop's input type; the result
    /// has those axes removed, or of length one with `keepdims`.
    pub fn reduce(
        &self,
        reduction: ReductionId,
        loop_index: usize,
        input: &Array,
        axes: &[usize],
        keepdims: bool,
    ) -> Result<Array> {
        let _ = (reduction, loop_index, input, axes, keepdims);
        todo!()
    }

    /// A running reduction along one axis.
    pub fn scan(
        &self,
        reduction: ReductionId,
        loop_index: usize,
        input: &Array,
        axis: usize,
    ) -> Result<Array> {
        let _ = (reduction, loop_index, input, axis);
        todo!()
    }

    /// The address of the array's storage with all that is pending on it done; add the view's
    /// offset for the first element. Valid while the array's storage lives.
    pub fn read(&self, array: &Array) -> Result<*mut u8> {
        let _ = array;
        todo!()
    }

    /// The one element of an array of size one.
    pub fn scalar(&self, array: &Array) -> Result<Scalar> {
        let _ = array;
        todo!()
    }

    /// Like [`Session::read`], for memory that others may keep and write: marks the storage shared,
    /// so that from now on every call that touches it finishes before it returns.
    pub fn share(&self, array: &Array) -> Result<*mut u8> {
        let _ = array;
        todo!()
    }

    /// Runs all that is pending.
    pub fn flush(&self) -> Result<()> {
        todo!()
    }

    /// Conditions met since the last call, oldest first.
    pub fn conditions(&self) -> Vec<Conditions> {
        todo!()
    }
}
