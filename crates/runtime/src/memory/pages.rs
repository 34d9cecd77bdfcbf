//! Pages from the system.

use std::ptr::null_mut;

/// Size of a huge page.
pub(super) const HUGE: usize = 2 << 20;
/// Size of a page.
pub(super) const PAGE: usize = 4096;

/// Fresh zeroed pages, or `None` where the system would not give `spare` bytes more. From [`HUGE`]
/// on they start at a huge page and are advised to be huge; both sizes are multiples of [`PAGE`].
pub(super) fn map(bytes: usize, spare: usize) -> Option<*mut u8> {
    let slack = if bytes < HUGE { 0 } else { HUGE };
    let whole = bytes.checked_add(slack)?.checked_add(spare)?;
    let start = map_anywhere(whole)?;
    if bytes < HUGE {
        // SAFETY: the rest of a mapping that nothing uses yet.
        unsafe { unmap(start.add(bytes), spare) };
        return Some(start);
    }
    let before = start.align_offset(HUGE);
    // SAFETY: the mapping is `whole` long, `before` is at most HUGE, so all three parts lie in it;
    // nothing uses it yet.
    unsafe {
        let aligned = start.add(before);
        unmap(start, before);
        unmap(aligned.add(bytes), whole - before - bytes);
        // Advice may be refused; small pages then serve as well.
        libc::madvise(aligned.cast(), bytes, libc::MADV_HUGEPAGE);
        Some(aligned)
    }
}

fn map_anywhere(bytes: usize) -> Option<*mut u8> {
    let (access, kind) =
        (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new anonymous mapping at an address of the system's choice touches nothing else.
    let start = unsafe { libc::mmap(null_mut(), bytes, access, kind, -1, 0) };
    (start != libc::MAP_FAILED).then_some(start.cast())
}

/// Gives pages back.
///
/// # Safety
/// They were mapped by [`map`] and nothing uses them any more.
pub(super) unsafe fn unmap(start: *mut u8, bytes: usize) {
    if bytes > 0 {
        // SAFETY: the caller's promise.
        unsafe { libc::munmap(start.cast(), bytes) };
    }
}

/// Makes pages read as zeros; their memory returns when they are written.
///
/// # Safety
/// As for [`unmap`], but that the pages stay.
pub(super) unsafe fn forget(start: *mut u8, bytes: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { libc::madvise(start.cast(), bytes, libc::MADV_DONTNEED) == 0 }
}
