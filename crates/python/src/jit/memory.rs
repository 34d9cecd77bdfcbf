//! Memory that a call's unit is given: blocks of the pool, which a list keeps together.

use crate::module::session;
use std::ptr::null_mut;
use stook_runtime::{Array, SpinLock};

/// Bytes before the elements of an array; the count of its holders lies there.
pub(super) const HEAD: usize = stook_jit::memory::HEAD as usize;

/// What stands at the start of each block of memory that a unit is given.
#[repr(C)]
struct Head {
    /// How many hold it: the unit's own word.
    count: i64,
    /// The call's other blocks.
    previous: *mut Head,
    next: *mut Head,
    /// How many bytes were taken from the pool.
    bytes: usize,
}

/// Blocks that a call has been given, linked through their heads.
struct Blocks {
    first: *mut Head,
}

// SAFETY: the blocks belong to whoever holds the lock around them.
unsafe impl Send for Blocks {}

impl Blocks {
    /// # Safety
    /// The head starts a block that is in no list.
    unsafe fn add(&mut self, head: *mut Head) {
        // SAFETY: the caller's promise; heads in the list are alive.
        unsafe {
            (*head).previous = null_mut();
            (*head).next = self.first;
            if !self.first.is_null() {
                (*self.first).previous = head;
            }
        }
        self.first = head;
    }

    /// # Safety
    /// The head is in the list.
    unsafe fn remove(&mut self, head: *mut Head) {
        // SAFETY: the caller's promise; heads in the list are alive.
        unsafe {
            let Head { previous, next, .. } = *head;
            if previous.is_null() {
                self.first = next;
            } else {
                (*previous).next = next;
            }
            if !next.is_null() {
                (*next).previous = previous;
            }
        }
    }
}

/// The blocks of a call. What is left of them goes when this does. Rounds that run at the same time
/// are given some too.
pub(super) struct Memory {
    blocks: SpinLock<Blocks>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { blocks: SpinLock::new(Blocks { first: null_mut() }) }
    }

    /// A new block, whose count is not set; null where there is no memory.
    pub(super) fn allocate(&self, bytes: i64) -> *mut u8 {
        let bytes = usize::try_from(bytes).ok().filter(|&bytes| bytes < isize::MAX as usize);
        let bytes = bytes.map(|bytes| bytes.max(HEAD));
        let Some((bytes, owner)) = bytes.and_then(|n| Some((n, stook_runtime::take(n)?))) else {
            return null_mut();
        };
        let head = owner.cast::<Head>();
        // SAFETY: the block has room for a head, and is in no list.
        unsafe {
            (*head).bytes = bytes;
            self.blocks.lock().add(head);
        }
        owner
    }

    /// A new block with room for so many bytes, which one holder has.
    pub(super) fn with_holder(&self, bytes: usize) -> Option<*mut u8> {
        let owner = self.allocate(i64::try_from(HEAD + bytes).ok()?);
        if owner.is_null() {
            return None;
        }
        // SAFETY: the block has room for the count at its start.
        unsafe { (*owner.cast::<Head>()).count = 1 };
        Some(owner)
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// It is one of these, and nobody uses it any more.
    pub(super) unsafe fn free(&self, owner: *mut u8) {
        let head = owner.cast::<Head>();
        // SAFETY: the caller's promise.
        unsafe {
            self.blocks.lock().remove(head);
            stook_runtime::give_back(owner, (*head).bytes);
        }
    }

    /// Another block that begins as one did, which is taken back unless it is null.
    ///
    /// # Safety
    /// As in `free`.
    pub(super) unsafe fn resize(&self, owner: *mut u8, bytes: i64) -> *mut u8 {
        let made = self.allocate(bytes);
        if made.is_null() || owner.is_null() {
            return made;
        }
        // SAFETY: the caller's promise; both blocks have as many bytes as are copied.
        unsafe {
            let (old, new) = (owner.cast::<Head>(), made.cast::<Head>());
            let same = (*old).bytes.min((*new).bytes) - HEAD;
            owner.add(HEAD).copy_to_nonoverlapping(made.add(HEAD), same);
            self.free(owner);
        }
        made
    }

    /// A block as an array of bytes, which is one of these no more.
    ///
    /// # Safety
    /// It is one of these, and the unit runs no more.
    pub(super) unsafe fn take(&self, owner: *mut u8) -> Array {
        let head = owner.cast::<Head>();
        // SAFETY: the caller's promise.
        unsafe {
            self.blocks.lock().remove(head);
            session().taken(owner, (*head).bytes)
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let mut head = self.blocks.get_mut().first;
        while !head.is_null() {
            // SAFETY: the block is one of these, and nobody else uses it any more.
            unsafe {
                let Head { next, bytes, .. } = *head;
                stook_runtime::give_back(head.cast(), bytes);
                head = next;
            }
        }
    }
}
