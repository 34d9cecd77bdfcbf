//! How many rounds of `prange` run one after another, where a thread has said so.

use pyo3::prelude::*;
use std::cell::Cell;

thread_local! {
    /// Rounds of one part; 0 where the loop chooses.
    static CHUNK: Cell<i64> = const { Cell::new(0) };
}

extern "C" fn chunk() -> i64 {
    CHUNK.get()
}

extern "C" fn set_chunk(rounds: i64) -> i64 {
    CHUNK.replace(rounds.max(0))
}

/// The addresses of what gives a thread's number of rounds in a part, and of what sets it and gives
/// what it was, for compiled code.
#[pyfunction]
pub(super) fn chunk_functions() -> (usize, usize) {
    let get: extern "C" fn() -> i64 = chunk;
    let set: extern "C" fn(i64) -> i64 = set_chunk;
    (get as usize, set as usize)
}

/// Sets it for this thread; what it was.
#[pyfunction]
pub(super) fn set_chunk_size(rounds: i64) -> i64 {
    set_chunk(rounds)
}

/// The number of rounds in a part, for this thread.
#[pyfunction]
pub(super) fn chunk_size() -> i64 {
    chunk()
}
