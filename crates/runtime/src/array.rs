//! Handles: a storage and where an array lies in it.

use crate::buffer::Buffer;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use stook_types::{DType, Scalar, View};

/// Bits of a storage's number in a program; those above have its epoch.
const NUMBER_BITS: u32 = 20;

/// The memory that arrays view; its newest value may still be pending.
#[derive(Debug)]
pub struct Storage {
    /// Bytes.
    pub bytes: usize,
    /// The memory, once there is any.
    buffer: Mutex<Option<Arc<Buffer>>>,
    /// The memory's address, null until there is any.
    pointer: AtomicPtr<u8>,
    /// Others may hold the address: pending work is finished before a call returns.
    shared: AtomicBool,
    /// Exports of its memory that are alive.
    exports: AtomicUsize,
    /// Its number in the program being recorded: epoch above, index below.
    slot: AtomicU64,
}

impl Storage {
    /// A storage, with memory or without.
    pub(crate) fn new(bytes: usize, buffer: Option<Arc<Buffer>>) -> Arc<Self> {
        let pointer = buffer.as_ref().map_or(std::ptr::null_mut(), |b| b.pointer());
        Arc::new(Self {
            bytes,
            buffer: Mutex::new(buffer),
            pointer: AtomicPtr::new(pointer),
            shared: AtomicBool::new(false),
            exports: AtomicUsize::new(0),
            slot: AtomicU64::new(0),
        })
    }

    /// Its memory, if it has any.
    pub(crate) fn buffer(&self) -> Option<Arc<Buffer>> {
        self.buffer.lock().expect("no holder panics").clone()
    }

    /// The address of its memory, if it has any.
    pub(crate) fn pointer(&self) -> Option<*mut u8> {
        let pointer = self.pointer.load(Ordering::Acquire);
        (!pointer.is_null()).then_some(pointer)
    }

    /// Gives it other memory.
    pub(crate) fn replace(&self, buffer: Arc<Buffer>) {
        self.set_buffer(Some(buffer));
    }

    /// Gives it other memory, or none.
    pub(crate) fn set_buffer(&self, buffer: Option<Arc<Buffer>>) {
        let mut held = self.buffer.lock().expect("no holder panics");
        let pointer = buffer.as_ref().map_or(std::ptr::null_mut(), |b| b.pointer());
        self.pointer.store(pointer, Ordering::Release);
        *held = buffer;
    }

    /// Whether its memory may serve another array, the storage being its caller's alone.
    pub(crate) fn is_reusable(&mut self) -> bool {
        let shared = self.is_shared();
        let buffer = self.buffer.get_mut().expect("no holder panics");
        let alone = |buffer: &Arc<Buffer>| Arc::strong_count(buffer) == 1 && !buffer.is_adopted();
        !shared && buffer.as_ref().is_some_and(alone)
    }

    /// Whether others may hold its address.
    pub fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Relaxed) || self.exports.load(Ordering::Relaxed) > 0
    }

    /// Counts an export of its memory: the storage is shared until [`Storage::take_back`].
    pub fn lend(&self) {
        self.exports.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends an export that [`Storage::lend`] counted.
    pub fn take_back(&self) {
        self.exports.fetch_sub(1, Ordering::Relaxed);
    }

    /// Marks that others may hold its address, or no longer do.
    pub fn set_shared(&self, shared: bool) {
        self.shared.store(shared, Ordering::Relaxed);
    }

    /// Its number in the program of this epoch.
    pub(crate) fn slot(&self, epoch: u64) -> Option<usize> {
        let slot = self.slot.load(Ordering::Relaxed);
        (slot >> NUMBER_BITS == epoch).then_some((slot & ((1 << NUMBER_BITS) - 1)) as usize)
    }

    /// Numbers it in the program of this epoch.
    pub(crate) fn set_slot(&self, epoch: u64, index: usize) {
        debug_assert!(index < 1 << NUMBER_BITS);
        self.slot.store(epoch << NUMBER_BITS | index as u64, Ordering::Relaxed);
    }

    /// Whether a program of this epoch or a later one has numbered it.
    pub(crate) fn is_numbered_since(&self, epoch: u64) -> bool {
        self.slot.load(Ordering::Relaxed) >> NUMBER_BITS >= epoch
    }
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
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// An array, broadcast to the call's shape.
    Array(&'a Array),
    /// One value, the same everywhere.
    Scalar(Scalar),
}

impl Array {
    /// A new array in C order over a storage of its own.
    pub(crate) fn fresh(shape: &[usize], dtype: DType, buffer: Option<Arc<Buffer>>) -> Self {
        let view = View::contiguous(shape, dtype.size());
        let bytes = view.size() * dtype.size();
        Self { storage: Storage::new(bytes, buffer), view, dtype }
    }

    /// An array in C order over memory that has its elements already, as many bytes at least.
    pub fn over(buffer: Arc<Buffer>, shape: &[usize], dtype: DType) -> Self {
        let array = Self::fresh(shape, dtype, Some(buffer));
        debug_assert!(array.storage.buffer().is_some_and(|b| b.bytes() >= array.storage.bytes));
        array
    }

    /// Drops this handle; if it is the last one, the next array of its size may have its memory.
    pub fn retire(self) {
        crate::recycle::retire(self.storage);
    }

    /// Whether both are the same elements of the same storage.
    pub(crate) fn is_same(&self, other: &Array) -> bool {
        Arc::ptr_eq(&self.storage, &other.storage)
            && self.dtype == other.dtype
            && self.view == other.view
    }

    /// The address of the first element, if there is memory; nothing that is pending runs.
    pub fn start(&self) -> Option<*mut u8> {
        Some(self.storage.pointer()?.wrapping_offset(self.view.offset))
    }

    /// Another view of the same storage.
    pub fn with_view(&self, view: View) -> Self {
        Self { storage: self.storage.clone(), view, dtype: self.dtype }
    }
}

impl Input<'_> {
    /// The element type.
    pub fn dtype(&self) -> DType {
        match self {
            Input::Array(a) => a.dtype,
            Input::Scalar(s) => s.dtype,
        }
    }

    /// The shape; a scalar's is empty.
    pub fn shape(&self) -> &[usize] {
        match self {
            Input::Array(a) => &a.view.shape,
            Input::Scalar(_) => &[],
        }
    }
}
