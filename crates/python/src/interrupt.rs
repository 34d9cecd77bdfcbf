//! Ctrl-C while a bundle runs: besides Python's own handler, the machine is told to stop.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Python's handler while ours stands in its place, as an address.
static BEFORE: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);

extern "C" fn on_interrupt(signal: libc::c_int) {
    stook_cpu::interrupt();
    let before = BEFORE.load(Relaxed);
    if before != libc::SIG_DFL && before != libc::SIG_IGN {
        // SAFETY: the address was a handler of this type before ours took its place.
        let before: extern "C" fn(libc::c_int) = unsafe { std::mem::transmute(before) };
        before(signal);
    }
}

/// Runs `work`, which ends early where the user interrupts it: then the caller asks Python what to
/// do, and goes on with it if there is nothing.
///
/// The signal is Python's main thread's, the one that it raises `KeyboardInterrupt` on; others end
/// early too, since the main thread may be waiting for them. Only a plain handler, such as
/// Python's, is stood in for, and not a default or ignored signal: those mean that Python is not
/// to raise `KeyboardInterrupt`.
pub(crate) fn interruptible<T>(work: impl FnOnce() -> T) -> T {
    stook_cpu::stoppable(|| with_handler(work))
}

fn with_handler<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: the calls have no conditions.
    if unsafe { libc::getpid() != libc::gettid() } {
        return work();
    }
    // SAFETY: all-zero is a valid description of a signal's action; the calls read and write the
    // descriptions given here only, and what was there before is put back.
    unsafe {
        let mut before: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGINT, std::ptr::null(), &mut before);
        let address = before.sa_sigaction;
        let plain = before.sa_flags & libc::SA_SIGINFO == 0;
        if !plain || [libc::SIG_DFL, libc::SIG_IGN].contains(&address) {
            return work();
        }
        BEFORE.store(address, Relaxed);
        let mut action = before;
        action.sa_sigaction = on_interrupt as extern "C" fn(libc::c_int) as usize;
        stook_cpu::clear_interrupt();
        libc::sigaction(libc::SIGINT, &action, std::ptr::null_mut());
        let result = work();
        libc::sigaction(libc::SIGINT, &before, std::ptr::null_mut());
        stook_cpu::clear_interrupt();
        result
    }
}
