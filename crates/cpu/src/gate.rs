//! A door that one thread passes at a time and that a fork can close.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Mutual exclusion for work of milliseconds, some of it urgent.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    closed: AtomicBool,
    urgent: AtomicUsize,
}

const PAUSE: Duration = Duration::from_micros(50);

impl Gate {
    pub(crate) const fn new() -> Self {
        Self { closed: AtomicBool::new(false), urgent: AtomicUsize::new(0) }
    }

    /// Does the work once nobody else is at it and nobody urgent waits.
    pub(crate) fn pass<T>(&self, work: impl FnOnce() -> T) -> T {
        while self.urgent.load(Ordering::SeqCst) > 0 {
            std::thread::sleep(PAUSE);
        }
        self.close();
        let result = work();
        self.open();
        result
    }

    /// Does the work before those who are not urgent.
    pub(crate) fn pass_urgently<T>(&self, work: impl FnOnce() -> T) -> T {
        self.urgent.fetch_add(1, Ordering::SeqCst);
        self.close();
        self.urgent.fetch_sub(1, Ordering::SeqCst);
        let result = work();
        self.open();
        result
    }

    /// Like [`Gate::close`], before those who are not urgent: they may have much to do.
    pub(crate) fn close_urgently(&self) {
        self.urgent.fetch_add(1, Ordering::SeqCst);
        self.close();
        self.urgent.fetch_sub(1, Ordering::SeqCst);
    }

    /// Keeps others out until [`Gate::open`].
    pub(crate) fn close(&self) {
        while !self.try_close() {
            std::thread::sleep(PAUSE);
        }
    }

    /// Like [`Gate::close`], but gives up in the end.
    pub(crate) fn close_within(&self, time: Duration) {
        // For good: nobody who is not urgent begins any more.
        self.urgent.fetch_add(1, Ordering::SeqCst);
        let until = Instant::now() + time;
        while !self.try_close() && Instant::now() < until {
            std::thread::sleep(PAUSE);
        }
    }

    /// Lets others in again.
    pub(crate) fn open(&self) {
        self.closed.store(false, Ordering::Release);
    }

    /// In a forked child: those who waited are not there.
    pub(crate) fn forget_others(&self) {
        self.urgent.store(0, Ordering::SeqCst);
    }

    fn try_close(&self) -> bool {
        !self.closed.swap(true, Ordering::Acquire)
    }
}
