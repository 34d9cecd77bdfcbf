//! Ctrl-C while a bundle runs.
//!
//! The host sets a flag from its signal handler ([`request`]); launches look at it before each
//! task, if their caller can go on with them later ([`stoppable`]).

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static STOPPABLE: Cell<bool> = const { Cell::new(false) };
}

/// Asks the running bundle to stop. May be called from a signal handler.
pub fn request() {
    REQUESTED.store(true, Ordering::Relaxed);
}

/// Forgets a request; whether there was one.
pub fn clear() -> bool {
    REQUESTED.swap(false, Ordering::Relaxed)
}

/// Runs `work`, in which launches end with [`stook_types::Error::Interrupted`] once someone asks.
pub fn stoppable<T>(work: impl FnOnce() -> T) -> T {
    STOPPABLE.set(true);
    let result = work();
    STOPPABLE.set(false);
    result
}

/// Whether someone asked.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

/// Whether launches of this thread may stop.
pub fn may_stop() -> bool {
    STOPPABLE.get()
}
