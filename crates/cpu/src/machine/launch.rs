//! A launch, and how far it is.
//!
//! A launch runs in stages, one after another, each of so many tasks, which threads share. Tasks
//! are begun in order, and whatever has begun ends: so one number says what is left of a launch
//! that was interrupted.

use super::folds::States;
use super::interrupt;
use crate::pool::Pool;
use smallvec::SmallVec;
use std::ops::Range;
use std::sync::atomic::AtomicU8;
use std::sync::{Mutex, PoisonError};
use stook_plan::Bundle;
use stook_types::{Error, Result};

/// What a launch keeps when it is interrupted.
pub(super) struct Launch {
    /// Condition flags that were met.
    pub(super) flags: SmallVec<[AtomicU8; 32]>,
    /// States of cut folds, and how their tasks were cut.
    pub(super) states: Option<(usize, Vec<States>)>,
    pub(super) done: Done,
}

/// How many tasks of a launch have run, those of earlier stages included.
pub(super) struct Done {
    tasks: usize,
    stop: fn() -> bool,
}

impl Launch {
    /// A launch that has not begun.
    pub(super) fn new(bundle: &Bundle) -> Self {
        let flags = (0..bundle.kernel.flags).map(|_| AtomicU8::new(0)).collect();
        Self { flags, states: None, done: Done { tasks: 0, stop: never } }
    }

    /// Says whether it may be interrupted from now on.
    pub(super) fn set_interruptible(&mut self, interruptible: bool) {
        self.done.stop = if interruptible { interrupt::requested } else { never };
    }
}

impl Done {
    /// The stages that are left of `count` with so many tasks each.
    pub(super) fn stages(&self, count: usize, tasks: usize) -> Range<usize> {
        self.tasks / tasks.max(1)..count
    }

    /// Runs the tasks that are left of a stage, on all threads or here.
    pub(super) fn run(
        &mut self,
        stage: usize,
        tasks: usize,
        parallel: bool,
        task: &(dyn Fn(usize) -> Result<()> + Sync),
    ) -> Result<()> {
        let before = stage * tasks;
        let left = self.tasks - before..tasks;
        let until = if parallel && left.len() > 1 {
            spread(left, self.stop, task)?
        } else {
            in_order(left, self.stop, task)?
        };
        self.tasks = before + until;
        if until < tasks { Err(Error::Interrupted) } else { Ok(()) }
    }
}

fn never() -> bool {
    false
}

/// Runs tasks on all threads; the first that was not begun.
fn spread(
    tasks: Range<usize>,
    stop: fn() -> bool,
    task: &(dyn Fn(usize) -> Result<()> + Sync),
) -> Result<usize> {
    let failure = Mutex::new(None);
    let watched = |k: usize| {
        if let Err(error) = task(k) {
            *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    };
    let until = Pool::global().run_until(tasks, stop, &watched)?;
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(until), Err)
}

/// Runs tasks here; the first that was not begun.
fn in_order(
    tasks: Range<usize>,
    stop: fn() -> bool,
    task: &(dyn Fn(usize) -> Result<()> + Sync),
) -> Result<usize> {
    let end = tasks.end;
    for k in tasks {
        if stop() {
            return Ok(k);
        }
        task(k)?;
    }
    Ok(end)
}
