//! Sleeping until a word in memory changes.

use std::ptr::null;
use std::sync::atomic::AtomicU32;

/// Sleeps while `word` is `value`, until somebody wakes it; may return early.
pub(crate) fn wait(word: &AtomicU32, value: u32) {
    let operation = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word lives across the call; no time limit is given.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), operation, value, null::<libc::timespec>());
    }
}

/// Wakes at most `count` threads that sleep on `word`.
pub(crate) fn wake(word: &AtomicU32, count: usize) {
    let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    let count = count.min(i32::MAX as usize) as i32;
    // SAFETY: the word lives across the call.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, count) };
}
