//! Blocks up to 64 KiB, from free lists by size class.
//!
//! Each thread keeps a few free blocks of each class and meets the lock only to fetch or return
//! half of them. Blocks are cut from huge pages and never returned to the system. A block of a
//! page or more is cut a few cache lines longer than its class, so that arrays walked together
//! do not start in the same set of the cache.

use super::pages;
use crate::lock::SpinLock;
use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The largest block that is small.
pub(super) const LARGEST: usize = 64 << 10;
const SMALLEST: usize = 64;
const CLASSES: usize = (LARGEST / SMALLEST).ilog2() as usize + 1;
const SLAB: usize = pages::HUGE;

/// A free block; the next one's address stands at its start.
struct Free {
    next: *mut Free,
}

/// What all threads share.
struct Shared {
    lists: [*mut Free; CLASSES],
    slab: *mut u8,
    left: usize,
}

// SAFETY: free blocks belong to whoever holds the lock.
unsafe impl Send for Shared {}

static SHARED: SpinLock<Shared> =
    SpinLock::new(Shared { lists: [null_mut(); CLASSES], slab: null_mut(), left: 0 });
static MAPPED: AtomicUsize = AtomicUsize::new(0);

/// Free blocks of one thread.
struct Kept {
    lists: [Cell<*mut Free>; CLASSES],
    counts: [Cell<u32>; CLASSES],
}

thread_local! {
    static KEPT: Kept = const {
        Kept {
            lists: [const { Cell::new(null_mut()) }; CLASSES],
            counts: [const { Cell::new(0) }; CLASSES],
        }
    };
}

/// The class of a size: a block of class k has 64 << k bytes.
pub(super) fn class_of(bytes: usize) -> usize {
    debug_assert!(bytes <= LARGEST);
    (bytes.max(SMALLEST) - 1).ilog2() as usize - 5
}

/// How many blocks of a class a thread keeps.
fn most_kept(class: usize) -> u32 {
    ((512 << 10) / (SMALLEST << class)).clamp(8, 64) as u32
}

/// A block of a class, with arbitrary contents, or `None` if the system gives no memory.
pub(super) fn allocate(class: usize) -> Option<*mut u8> {
    KEPT.try_with(|kept| match kept.pop(class) {
        Some(block) => Some(block),
        None => kept.refill(class),
    })
    .unwrap_or_else(|_| fetch(class, 1).map(|list| list.cast()))
}

/// Takes a block back.
///
/// # Safety
/// It came from [`allocate`] with this class, and nothing uses it any more.
pub(super) unsafe fn release(block: *mut u8, class: usize) {
    let block = block.cast::<Free>();
    // SAFETY: the block is free, aligned to 64 bytes and at least that large.
    unsafe { (*block).next = null_mut() };
    // SAFETY: the block is a list of one.
    let gone = KEPT.try_with(|kept| kept.push(class, block));
    if gone.is_err() {
        give(class, block);
    }
}

/// Bytes taken from the system for small blocks.
pub(super) fn mapped() -> usize {
    MAPPED.load(Ordering::Relaxed)
}

pub(super) fn before_fork() {
    SHARED.acquire();
}

pub(super) fn after_fork() {
    SHARED.release();
}

impl Kept {
    fn pop(&self, class: usize) -> Option<*mut u8> {
        let head = self.lists[class].get();
        if head.is_null() {
            return None;
        }
        // SAFETY: blocks of the list are free and this thread's.
        self.lists[class].set(unsafe { (*head).next });
        self.counts[class].set(self.counts[class].get() - 1);
        Some(head.cast())
    }

    fn push(&self, class: usize, block: *mut Free) {
        // SAFETY: the block is free and this thread's.
        unsafe { (*block).next = self.lists[class].get() };
        self.lists[class].set(block);
        let count = self.counts[class].get() + 1;
        self.counts[class].set(count);
        if count > most_kept(class) {
            self.shed(class, count / 2);
        }
    }

    /// Hands the first `count` blocks to all threads.
    fn shed(&self, class: usize, count: u32) {
        let head = self.lists[class].get();
        let last = (1..count).fold(head, |block, _| {
            // SAFETY: the list is longer than `count`.
            unsafe { (*block).next }
        });
        // SAFETY: as above.
        unsafe {
            self.lists[class].set((*last).next);
            (*last).next = null_mut();
        }
        self.counts[class].set(self.counts[class].get() - count);
        give(class, head);
    }

    #[cold]
    fn refill(&self, class: usize) -> Option<*mut u8> {
        let list = fetch(class, most_kept(class) / 2)?;
        let mut count = 0;
        let mut block = list;
        while !block.is_null() {
            count += 1;
            // SAFETY: the list was handed to this thread.
            block = unsafe { (*block).next };
        }
        self.lists[class].set(list);
        self.counts[class].set(count);
        self.pop(class)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        for class in 0..CLASSES {
            let list = self.lists[class].replace(null_mut());
            if !list.is_null() {
                give(class, list);
            }
        }
    }
}

/// Adds a list of blocks to those that all threads share.
fn give(class: usize, list: *mut Free) {
    let mut last = list;
    // SAFETY: the list is free and was this thread's.
    unsafe {
        while !(*last).next.is_null() {
            last = (*last).next;
        }
        let mut shared = SHARED.lock();
        (*last).next = shared.lists[class];
        shared.lists[class] = list;
    }
}

/// Up to `count` blocks, at least one, as a list.
#[cold]
fn fetch(class: usize, count: u32) -> Option<*mut Free> {
    let mut shared = SHARED.lock();
    if shared.lists[class].is_null() {
        return shared.cut(class, count);
    }
    let head = shared.lists[class];
    let mut last = head;
    // SAFETY: blocks of the list are free and the lock is held.
    unsafe {
        for _ in 1..count {
            if (*last).next.is_null() {
                break;
            }
            last = (*last).next;
        }
        shared.lists[class] = (*last).next;
        (*last).next = null_mut();
    }
    Some(head)
}

impl Shared {
    /// New blocks from the slab.
    fn cut(&mut self, class: usize, count: u32) -> Option<*mut Free> {
        let size = SMALLEST << class;
        let pitch = if size >= pages::PAGE { size + 3 * 64 } else { size };
        if self.left < pitch {
            super::prepare();
            self.slab = pages::map(SLAB, 0)?;
            self.left = SLAB;
            MAPPED.fetch_add(SLAB, Ordering::Relaxed);
        }
        let mut list = null_mut();
        for _ in 0..count.min((self.left / pitch) as u32) {
            let block = self.slab.cast::<Free>();
            // SAFETY: `left` bytes from `slab` on are unused, and a pitch fits.
            unsafe {
                (*block).next = list;
                self.slab = self.slab.add(pitch);
            }
            self.left -= pitch;
            list = block;
        }
        Some(list)
    }
}
