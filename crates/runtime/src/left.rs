//! What a run leaves undone.
//!
//! Where a bundle finds no memory, the bundles that need what it would have written, or overwrite
//! what it reads, wait with it, and all others run. After any other error nothing more runs.

use stook_plan::{Bundle, Memory, Plan};
use stook_types::Error;

/// Bundles of a plan that did not run, in order, and why.
#[derive(Debug)]
pub(crate) struct Left<'a> {
    plan: &'a Plan,
    pub(crate) bundles: Vec<usize>,
    pub(crate) error: Option<Error>,
    /// The bundle that failed last.
    pub(crate) failed: Option<usize>,
    /// By storage: whether a bundle that is left reads it, or is to write it.
    read: Vec<bool>,
    written: Vec<bool>,
}

impl<'a> Left<'a> {
    /// Nothing yet.
    pub(crate) fn of(plan: &'a Plan) -> Self {
        let none = vec![false; plan.storages.len()];
        Self {
            plan,
            bundles: Vec::new(),
            error: None,
            failed: None,
            read: none.clone(),
            written: none,
        }
    }

    /// Whether a bundle must wait for those that are left.
    pub(crate) fn holds_up(&self, number: usize) -> bool {
        let waits = |(s, written): (usize, bool)| self.written[s] || written && self.read[s];
        match &self.error {
            None => false,
            Some(Error::Memory(_)) => uses(&self.plan.bundles[number]).any(waits),
            Some(_) => true,
        }
    }

    /// Leaves a bundle that failed.
    pub(crate) fn fail(&mut self, number: usize, error: Error) {
        match &self.error {
            Some(_) if matches!(error, Error::Memory(_)) => {}
            _ => self.error = Some(error),
        }
        self.failed = Some(number);
        self.add(number);
    }

    /// Leaves a bundle.
    pub(crate) fn add(&mut self, number: usize) {
        let bundle = &self.plan.bundles[number];
        self.bundles.push(number);
        for (storage, written) in uses(bundle) {
            self.read[storage] |= !written;
            self.written[storage] |= written;
        }
        for &storage in &bundle.allocate {
            self.written[storage] = true;
        }
    }

    /// Whether a bundle that is left needs a storage's contents.
    pub(crate) fn needs(&self, storage: usize) -> bool {
        self.read[storage] || self.written[storage]
    }
}

/// The storages that a bundle works on, and whether it writes them.
fn uses(bundle: &Bundle) -> impl Iterator<Item = (usize, bool)> {
    bundle.body.operands.iter().filter_map(|o| match o.memory {
        Memory::Storage(s) => Some((s, o.written)),
        _ => None,
    })
}
