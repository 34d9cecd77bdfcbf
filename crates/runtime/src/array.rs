//! Handles: a storage and where an array lies in it.

use crate::buffer::Buffer;
use std::sync::{Arc, Mutex};
use stook_types::{DType, Scalar, View};

/// The memory that arrays view; its newest value may still be pending.
#[derive(Debug)]
pub struct Storage {
    /// Bytes.
    pub bytes: usize,
    /// The memory, once there is any.
    pub(crate) buffer: Mutex<Option<Arc<Buffer>>>,
}

/// An array: elements of a type, in a view of a storage. Cloning makes another handle, not a copy.
#[derive(Clone, Debug)]
pub struct Array {
    /// The memory.
    pub storage: Arc<Storage>,
    /// Where the elements are.
    pub view: View,
    /// Their type.
    pub dtype: DType,
}

/// What a recorded call takes.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// An array, broadcast to the call's shape.
    Array(&'a Array),
    /// One value, the same everywhere.
    Scalar(Scalar),
}
