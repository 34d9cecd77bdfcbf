//! Pages from the system.

use std::ptr::null_mut;

/// Size of a huge page.
pub(super) const HUGE: usize = 2 << 20;
/// Size of a page.
pub(super) const PAGE: usize = 4096;

/// Fresh zeroed pages, or `None`. From [`HUGE`] on they start at a huge page and are advised to
/// be huge; `bytes` is a multiple of [`PAGE`].
pub(super) fn map(bytes: usize) -> Option<*mut u8> {
    if bytes < HUGE {
        return map_anywhere(bytes);
    }
    let whole = bytes.checked_add(HUGE)?;
    let start = map_anywhere(whole)?;
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
