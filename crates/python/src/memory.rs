//! Library calls on the memory of arrays, on this machine's threads.

use crate::error::{OrRaise, report_conditions};
use crate::module::{flush, run, session};
use pyo3::prelude::*;
use stook_cpu::Pool;
use stook_libraries::Parallel;
use stook_runtime::{Array, signal};
use stook_types::{Error, Result};

/// The threads that all calls share.
pub(crate) struct Cores;

impl Parallel for Cores {
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) -> Result<()> {
        match tasks {
            0 => Ok(()),
            1 => {
                task(0);
                Ok(())
            }
            _ => Ok(Pool::global().run(tasks, task)?),
        }
    }

    fn threads(&self) -> usize {
        stook_cpu::threads()
    }
}

/// The same threads, until the user interrupts: for calls that can be made again.
pub(crate) struct InterruptibleCores;

impl Parallel for InterruptibleCores {
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) -> Result<()> {
        // Asked on the threads of the pool too, which may not stop on their own account.
        if !stook_cpu::may_stop() {
            return Cores.run(tasks, task);
        }
        let until = Pool::global().run_until(0..tasks, stook_cpu::interrupt_requested, task)?;
        if until < tasks { Err(Error::Interrupted) } else { Ok(()) }
    }

    fn threads(&self) -> usize {
        Cores.threads()
    }
}

/// Bytes from which a call lets other Python threads run.
const DETACH_FROM: usize = 1 << 16;

/// Runs `work` on the address of each array's first element, while no other call runs.
pub(crate) fn with_memory<T: Send>(
    py: Python<'_>,
    arrays: &[&Array],
    work: impl FnOnce(&[*mut u8]) -> Result<T> + Send,
) -> PyResult<T> {
    let bytes: usize = arrays.iter().map(|array| array.storage.bytes).sum();
    if session().signals() & signal::HEAVY != 0 {
        flush(py)?;
    }
    let result = if bytes < DETACH_FROM {
        session().with_memory(arrays, work)
    } else {
        py.detach(|| session().with_memory(arrays, work))
    };
    report_conditions(py)?;
    result.or_raise(py)
}

/// Like [`with_memory`], for work that writes nothing but what it makes: it may end early where the
/// user interrupts, and is done anew if Python has nothing to raise.
pub(crate) fn make_from_memory<T: Send>(
    py: Python<'_>,
    arrays: &[&Array],
    work: impl Fn(&[*mut u8]) -> Result<T> + Sync,
) -> PyResult<T> {
    let bytes: usize = arrays.iter().map(|array| array.storage.bytes).sum();
    if bytes < DETACH_FROM {
        return with_memory(py, arrays, |starts| work(starts));
    }
    if session().signals() & signal::HEAVY != 0 {
        flush(py)?;
    }
    let result = run(py, || session().with_memory(arrays, &work));
    report_conditions(py)?;
    result
}

/// The array itself if its elements follow one another in C order, else a copy of it.
pub(crate) fn contiguous(py: Python<'_>, array: &Array) -> PyResult<Array> {
    if array.view.is_c_contiguous(array.dtype.size()) {
        return Ok(array.clone());
    }
    session().cast(array, array.dtype).or_raise(py)
}
