//! Zeros and NaN, which keys do not tell apart: set aside in the order in which they were found, and
//! put back in the places that are theirs when a line is in order.

use super::keys::Real;
use super::many::LONG;
use crate::parallel::{Parallel, each};
use crate::vectors::{Loop, with_vectors};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use stook_types::Result;

/// What a line has that makes keys lose something.
#[derive(Default)]
pub(super) struct Met {
    negative_zero: AtomicBool,
    nan: AtomicBool,
}

impl Met {
    /// The key of an element that is looked at.
    #[inline(always)]
    pub(super) fn key<E: Real>(&self, element: E) -> E::Key {
        if element.is_negative_zero() {
            self.negative_zero.store(true, Relaxed);
        }
        if element.is_nan() {
            self.nan.store(true, Relaxed);
        }
        element.key()
    }

    /// Writes the keys of elements that are looked at.
    ///
    /// # Safety
    /// There is room for as many.
    pub(super) unsafe fn keys<E: Real>(&self, elements: &[E], to: *mut E::Key) {
        let (negative_zero, nan) = with_vectors(Loop(
            #[inline(always)]
            || {
                let (mut negative_zero, mut nan) = (false, false);
                for (k, &element) in elements.iter().enumerate() {
                    negative_zero |= element.is_negative_zero();
                    nan |= element.is_nan();
                    // SAFETY: the caller's promise.
                    unsafe { to.add(k).write(element.key()) };
                }
                (negative_zero, nan)
            },
        ));
        self.negative_zero.fetch_or(negative_zero, Relaxed);
        self.nan.fetch_or(nan, Relaxed);
    }

    /// Sets aside what keys do not tell apart, of a line that has been looked at.
    pub(super) fn set_aside<E: Real>(
        &self,
        length: usize,
        element: impl Fn(usize) -> E + Sync,
        aside: &mut Aside<E>,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        let (zeros, nans) = (self.negative_zero.load(Relaxed), self.nan.load(Relaxed));
        if !zeros && !nans {
            return Ok(());
        }
        let tasks = (length / LONG).max(1);
        let found = each(tasks, parallel, |task| {
            let part = length * task / tasks..length * (task + 1) / tasks;
            let those = |is: fn(E) -> bool| part.clone().map(&element).filter(move |&e| is(e));
            let taken = |wanted: bool, is| if wanted { those(is).collect() } else { Vec::new() };
            Aside { zeros: taken(zeros, E::is_zero), nans: taken(nans, E::is_nan) }
        })?;
        for part in found {
            aside.zeros.extend(part.zeros);
            aside.nans.extend(part.nans);
        }
        Ok(())
    }
}

/// Elements that keys do not tell apart, in the order in which they were found.
pub(super) struct Aside<E> {
    zeros: Vec<E>,
    nans: Vec<E>,
}

impl<E> Default for Aside<E> {
    fn default() -> Self {
        Self { zeros: Vec::new(), nans: Vec::new() }
    }
}

impl<E: Real> Aside<E> {
    /// Puts what was set aside in its places.
    pub(super) fn put_back(self, line: &mut [E]) {
        if self.zeros.is_empty() && self.nans.is_empty() {
            return;
        }
        let (mut zeros, mut nans) = (self.zeros.into_iter(), self.nans.into_iter());
        for element in line {
            let next = if element.is_zero() {
                zeros.next()
            } else if element.is_nan() {
                nans.next()
            } else {
                None
            };
            *element = next.unwrap_or(*element);
        }
    }
}
