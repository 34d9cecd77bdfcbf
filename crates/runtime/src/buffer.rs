//! Memory for arrays.
//!
//! A [`Buffer`] is a run of bytes that stays where it is for as long as somebody holds it. It comes
//! from the process's pool, or is adopted from an owner elsewhere.

use crate::memory::{self, ALIGNMENT, Block};
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use stook_types::{Error, Result};

/// Memory of a storage.
pub struct Buffer {
    pointer: *mut u8,
    bytes: usize,
    source: Source,
}

/// Where memory goes back to.
enum Source {
    Pool(Block),
    Owner(#[expect(dead_code, reason = "held for its drop")] Box<dyn Any + Send + Sync>),
}

// SAFETY: a buffer is an address and a length; who may read or write what it points to, and when,
// is decided by the holders of the storage.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// Memory with arbitrary contents, aligned to 64 bytes.
    pub fn new(bytes: usize) -> Result<Arc<Self>> {
        Self::from_pool(bytes, false)
    }

    /// Memory that reads as zeros, aligned to 64 bytes.
    pub fn zeroed(bytes: usize) -> Result<Arc<Self>> {
        Self::from_pool(bytes, true)
    }

    fn from_pool(bytes: usize, zeroed: bool) -> Result<Arc<Self>> {
        let block = memory::allocate(bytes, zeroed).ok_or(Error::Memory(bytes))?;
        debug_assert!((block.pointer.addr()).is_multiple_of(ALIGNMENT));
        Ok(Arc::new(Self { pointer: block.pointer, bytes, source: Source::Pool(block) }))
    }

    /// Other memory with the same contents, which nobody writes meanwhile.
    pub(crate) fn copied(&self) -> Result<Arc<Self>> {
        let copy = Self::new(self.bytes)?;
        // SAFETY: both have as many bytes, and nobody else knows the copy.
        unsafe { copy.pointer.copy_from_nonoverlapping(self.pointer, self.bytes) };
        Ok(copy)
    }

    /// Memory that [`memory::take`] gave; it goes back to the pool with the buffer.
    ///
    /// # Safety
    /// It was given for as many bytes, and is the buffer's alone from here on.
    pub unsafe fn of_taken(pointer: *mut u8, bytes: usize) -> Arc<Self> {
        let block = memory::block_at(pointer, bytes);
        Arc::new(Self { pointer, bytes, source: Source::Pool(block) })
    }

    /// Memory of another owner, which is dropped with the buffer. No alignment is asked for.
    ///
    /// # Safety
    /// `bytes` from `pointer` on stay valid until `owner` is dropped.
    pub unsafe fn adopt(
        pointer: *mut u8,
        bytes: usize,
        owner: Box<dyn Any + Send + Sync>,
    ) -> Arc<Self> {
        Arc::new(Self { pointer, bytes, source: Source::Owner(owner) })
    }

    /// The first byte.
    pub fn pointer(&self) -> *mut u8 {
        self.pointer
    }

    /// How many bytes there are.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the memory came from an owner elsewhere.
    pub fn is_adopted(&self) -> bool {
        matches!(self.source, Source::Owner(_))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Source::Pool(block) = &self.source {
            // SAFETY: the last holder is gone.
            unsafe { memory::release(block) };
        }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({:p}, {} bytes)", self.pointer, self.bytes)
    }
}

#[cfg(test)]
#[path = "buffer_tests.rs"]
mod tests;
