//! Library calls on the memory of arrays, on this machine's threads.

use crate::error::{OrRaise, report_conditions};
use crate::module::{flush, session};
use pyo3::prelude::*;
use stook_cpu::Pool;
use stook_libraries::Parallel;
use stook_runtime::{Array, signal};
use stook_types::Result;

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

/// The array itself if its elements follow one another in C order, else a copy of it.
pub(crate) fn contiguous(py: Python<'_>, array: &Array) -> PyResult<Array> {
    if array.view.is_c_contiguous(array.dtype.size()) {
        return Ok(array.clone());
    }
    session().cast(array, array.dtype).or_raise(py)
}
