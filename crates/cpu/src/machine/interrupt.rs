//! Ctrl-C while a bundle runs.
//!
//! The host sets a flag from its signal handler ([`request`]); tiles look at it before they begin.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Asks the running bundle to stop. May be called from a signal handler.
pub fn request() {
    REQUESTED.store(true, Ordering::Relaxed);
}

/// Forgets a request; whether there was one.
pub fn clear() -> bool {
    REQUESTED.swap(false, Ordering::Relaxed)
}

/// Whether someone asked.
pub(super) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
