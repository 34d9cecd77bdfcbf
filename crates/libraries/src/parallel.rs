//! Where tasks run.

use stook_types::Result;

/// Runs numbered tasks, on several threads or one.
pub trait Parallel: Sync {
    /// Runs `task` for every number below `tasks`, in any order; all have run when it returns.
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) -> Result<()>;
}

/// The caller's thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Parallel for Alone {
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) -> Result<()> {
        (0..tasks).for_each(task);
        Ok(())
    }
}
