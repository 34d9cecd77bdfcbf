//! Compilers across forks and at the exit.
//!
//! A fork waits for the compilation under way: LLVM and its locks must not be copied in the middle
//! of one. At the exit the same wait keeps LLVM from being pulled from under the thread. The C
//! library ends what was begun last first, and LLVM begins some things with its first compilation;
//! so a program that can should call [`shutdown`] before it exits.

use crate::compiler::Compiler;
use crate::perf;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use stook_runtime::SpinLock;

/// Every compiler of the process.
static ALL: SpinLock<Vec<&'static Compiler>> = SpinLock::new(Vec::new());

/// Pauses this compiler around forks from now on, and stops it at the exit.
pub(crate) fn watch(compiler: &'static Compiler) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handlers take and give back locks of this crate, in a fixed order.
        unsafe {
            libc::pthread_atfork(Some(before), Some(after), Some(after_in_child));
        }
    });
    ALL.lock().push(compiler);
}

extern "C" fn before() {
    ALL.acquire();
    // SAFETY: the lock is held.
    unsafe { ALL.peek() }.iter().for_each(|compiler| compiler.pause());
    perf::pause();
}

extern "C" fn after() {
    perf::resume();
    // SAFETY: the lock is held since before the fork.
    unsafe { ALL.peek() }.iter().for_each(|compiler| compiler.resume());
    ALL.release();
}

extern "C" fn after_in_child() {
    perf::repeat();
    // SAFETY: the lock is held since before the fork.
    unsafe { ALL.peek() }.iter().for_each(|compiler| compiler.forget_threads());
    after();
}

/// Stops at the exit before what LLVM has begun so far is ended. To be called after the first
/// compilation.
pub(crate) fn stop_at_exit() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handler only waits.
        unsafe { libc::atexit(at_exit) };
    });
}

extern "C" fn at_exit() {
    shutdown();
}

/// Lets the compilation under way end and no other begin. For the last moments of a program: what
/// is pending stays so.
pub fn shutdown() {
    static DONE: AtomicBool = AtomicBool::new(false);
    if !DONE.swap(true, Ordering::SeqCst) {
        ALL.lock().iter().for_each(|compiler| compiler.stop());
    }
}
