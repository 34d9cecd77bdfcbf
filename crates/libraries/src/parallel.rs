//! Where tasks run.

use std::sync::Mutex;
use stook_types::Result;

/// Runs numbered tasks, on several threads or one.
pub trait Parallel: Sync {
    /// Runs `task` for every number below `tasks`, in any order; all have run when it returns.
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) -> Result<()>;

    /// How many tasks run at the same time.
    fn threads(&self) -> usize;
}

/// The caller's thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Parallel for Alone {
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) -> Result<()> {
        (0..tasks).for_each(task);
        Ok(())
    }

    fn threads(&self) -> usize {
        1
    }
}

/// What each task makes.
pub(crate) fn each<R: Send>(
    tasks: usize,
    parallel: &dyn Parallel,
    make: impl Fn(usize) -> R + Sync,
) -> Result<Vec<R>> {
    let made: Vec<Mutex<Option<R>>> = (0..tasks).map(|_| Mutex::new(None)).collect();
    parallel.run(tasks, &|task| {
        let result = make(task);
        *made[task].lock().expect("one task for each") = Some(result);
    })?;
    let results = made.into_iter().map(|one| one.into_inner().ok().flatten());
    Ok(results.map(|one| one.expect("every task has run")).collect())
}
