//! Blocks above 64 KiB: pages of their own, kept for reuse.
//!
//! A fresh page costs several times the work that is done on it, so released blocks wait, by
//! size class, up to a share of the machine's memory; beyond it the oldest goes back to the
//! system. Classes divide each power of two in eight. A block starts a varying number of cache
//! lines into its first page, so that arrays walked together spread over the cache's sets.

use super::{available, pages};
use crate::lock::SpinLock;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

const LEAST_LOG: usize = 16;
const CLASSES: usize = (47 - LEAST_LOG) * 8;
/// Requests from here on are held against free memory.
const CHECKED: usize = 64 << 20;
/// Blocks from here on are zeroed by giving their pages back.
const FORGOTTEN: usize = 4 << 20;

/// What large blocks leave of the memory that the system would give: compilers, threads and Python
/// itself end, or lose work, where they find none.
const SPARE: usize = 64 << 20;

/// A block in use.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) pointer: *mut u8,
    pub(super) class: usize,
    /// Whether it is known to read as zeros.
    pub(super) fresh: bool,
}

/// A block waiting to be used again, and when it began to.
struct Waiting {
    pointer: *mut u8,
    since: u64,
}

struct Cache {
    classes: [VecDeque<Waiting>; CLASSES],
    bytes: usize,
    clock: u64,
}

// SAFETY: waiting blocks belong to whoever holds the lock.
unsafe impl Send for Cache {}

static CACHE: SpinLock<Cache> =
    SpinLock::new(Cache { classes: [const { VecDeque::new() }; CLASSES], bytes: 0, clock: 0 });
static IN_USE: AtomicUsize = AtomicUsize::new(0);
static COLOUR: AtomicUsize = AtomicUsize::new(0);

/// The class of a size and how many bytes its blocks have; `None` for more than there can be.
fn class_of(bytes: usize) -> Option<(usize, usize)> {
    let bytes = bytes.checked_add(pages::PAGE)?;
    let log = (bytes - 1).ilog2() as usize;
    let step = 1_usize << (log - 3);
    let class = (log - LEAST_LOG) * 8 + ((bytes - 1) >> (log - 3)) - 8;
    (class < CLASSES).then(|| (class, bytes.next_multiple_of(step)))
}

/// Bytes mapped for a block of a class.
fn size_of(class: usize) -> usize {
    let log = LEAST_LOG + class / 8;
    let bytes = (class % 8 + 9) << (log - 3);
    bytes.next_multiple_of(if bytes < pages::HUGE { pages::PAGE } else { pages::HUGE })
}

/// A block of at least `bytes`, or `None` if there is not that much memory.
pub(super) fn allocate(bytes: usize) -> Option<Block> {
    let (class, _) = class_of(bytes)?;
    let waiting = {
        let mut cache = CACHE.lock();
        let found = cache.classes[class].pop_back();
        if found.is_some() {
            cache.bytes -= size_of(class);
        }
        found
    };
    let block = match waiting {
        Some(block) => Block { pointer: block.pointer, class, fresh: false },
        None => Block { pointer: fresh(bytes, class)?, class, fresh: true },
    };
    IN_USE.fetch_add(size_of(class), Ordering::Relaxed);
    Some(block)
}

/// The class of blocks of at least `bytes`.
pub(super) fn class_for(bytes: usize) -> Option<usize> {
    class_of(bytes).map(|(class, _)| class)
}

/// Makes the first `bytes` of a block zeros.
pub(super) fn zero(block: &Block, bytes: usize) {
    if block.fresh {
        return;
    }
    // SAFETY: the block is the caller's alone and has at least `bytes` from its pointer on.
    unsafe {
        let (start, size) = (start_of(block.pointer), size_of(block.class));
        if bytes < FORGOTTEN || !pages::forget(start, size) {
            block.pointer.write_bytes(0, bytes);
        }
    }
}

/// Takes a block back.
///
/// # Safety
/// It came from [`allocate`] and nothing uses it any more.
pub(super) unsafe fn release(pointer: *mut u8, class: usize) {
    IN_USE.fetch_sub(size_of(class), Ordering::Relaxed);
    let over = {
        let mut cache = CACHE.lock();
        cache.clock += 1;
        cache.bytes += size_of(class);
        let since = cache.clock;
        cache.classes[class].push_back(Waiting { pointer, since });
        cache.bytes > most_waiting()
    };
    if over {
        shrink(most_waiting());
    }
}

/// Bytes of blocks that wait to be used again.
pub(super) fn waiting() -> usize {
    CACHE.lock().bytes
}

/// Gives waiting blocks back to the system, oldest first, until at most `bytes` wait.
pub(super) fn shrink(bytes: usize) {
    loop {
        let Some((pointer, class)) = CACHE.lock().oldest_beyond(bytes) else {
            return;
        };
        // SAFETY: a block that waited is used by nobody and is this thread's now.
        unsafe { pages::unmap(start_of(pointer), size_of(class)) };
    }
}

pub(super) fn before_fork() {
    CACHE.acquire();
}

pub(super) fn after_fork() {
    CACHE.release();
}

fn most_waiting() -> usize {
    available::total() / 8
}

/// Where the pages of a block begin.
fn start_of(pointer: *mut u8) -> *mut u8 {
    pointer.map_addr(|address| address & !(pages::PAGE - 1))
}

impl Cache {
    fn oldest_beyond(&mut self, bytes: usize) -> Option<(*mut u8, usize)> {
        if self.bytes <= bytes {
            return None;
        }
        let ages = self.classes.iter().map(|blocks| blocks.front().map(|block| block.since));
        let (_, class) = ages.zip(0..).filter_map(|(age, class)| Some((age?, class))).min()?;
        let block = self.classes[class].pop_front()?;
        self.bytes -= size_of(class);
        Some((block.pointer, class))
    }
}

/// New pages; what waits is given up before a request fails.
#[cold]
fn fresh(bytes: usize, class: usize) -> Option<*mut u8> {
    super::prepare();
    let size = size_of(class);
    if bytes >= CHECKED && !affordable(bytes) {
        return None;
    }
    let start = pages::map(size, SPARE).or_else(|| {
        shrink(0);
        pages::map(size, SPARE)
    })?;
    let colour = COLOUR.fetch_add(5, Ordering::Relaxed) % (pages::PAGE / 64);
    // SAFETY: a class is at least a page larger than what is asked of it.
    Some(unsafe { start.add(colour * 64) })
}

/// Whether memory for `bytes` more is there, once waiting blocks have been given up for it.
fn affordable(bytes: usize) -> bool {
    let used = IN_USE.load(Ordering::Relaxed);
    if used.saturating_add(bytes) > available::total() {
        return false;
    }
    if bytes > available::free() {
        shrink(0);
    }
    bytes <= available::free()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_its_sizes_and_a_page_more() {
        for bytes in (65_537..20_000_000).step_by(4_099) {
            let (class, rounded) = class_of(bytes).unwrap();
            assert!(size_of(class) >= bytes + pages::PAGE, "{bytes}");
            assert!(size_of(class) >= rounded && rounded <= bytes + bytes / 8 + 2 * pages::PAGE);
            assert!(class == 0 || size_of(class - 1) <= size_of(class));
        }
    }

    #[test]
    fn sizes_beyond_the_address_space_have_no_class() {
        assert!(class_of(usize::MAX).is_none());
        assert!(class_of(1 << 50).is_none());
    }
}
