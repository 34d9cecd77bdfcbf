//! Threads of our own within somebody else's program.

use std::io;
use std::ptr::null_mut;

/// Starts a thread that leaves the process's signals to the program's threads.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let elsewhere = SignalsBlocked::enter();
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    drop(elsewhere);
    thread.map(drop)
}

/// Makes this thread step back where others want to run.
pub(crate) fn lower_priority() {
    // SAFETY: the calls touch no memory; on Linux the priority is the thread's own.
    unsafe {
        let thread = libc::syscall(libc::SYS_gettid) as libc::id_t;
        libc::setpriority(libc::PRIO_PROCESS, thread, 5);
    }
}

/// While it lives, threads that are started have all signals blocked.
struct SignalsBlocked(libc::sigset_t);

impl SignalsBlocked {
    fn enter() -> Self {
        // SAFETY: both sets are local; an all-zero set is a valid one to overwrite.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            let mut found: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut found);
            Self(found)
        }
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: the set was read from this thread.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, null_mut()) };
    }
}
