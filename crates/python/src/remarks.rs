//! Warnings that hang on data and are no floating-point conditions: "Mean of empty slice".
//!
//! A truth enters, or an array of them, any of which asks to warn. Where they are known the warning
//! is said at once, else when they have become known: asking would be a look, and cut in two what a
//! program computes from the result. The warning names the user's line.

use crate::array::NdArray;
use crate::conditions::{mark_recorded, warns_at_the_call};
use crate::error::OrRaise;
use crate::module::{flush, session};
use crate::{reduce, sources};
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use stook_runtime::{Array, signal};

struct Remark {
    /// One element: whether any of the flags is set.
    flag: Array,
    text: String,
    tag: u32,
}

/// Whether there is something in [`REMARKS`].
static AWAITED: AtomicBool = AtomicBool::new(false);
static REMARKS: Mutex<Vec<Remark>> = Mutex::new(Vec::new());

/// Adds the function.
pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(remark, m)?)
}

/// Warns of `text` if `flags`, or any of them, is true.
#[pyfunction]
fn remark(flags: &Bound<'_, PyAny>, text: &str) -> PyResult<()> {
    let py = flags.py();
    let Ok(array) = flags.cast::<NdArray>() else {
        return if flags.is_truthy()? { say(py, text, sources::here(py)) } else { Ok(()) };
    };
    let flag = reduce::any(py, array.get().array())?;
    if !session().is_pending(&flag) {
        return if is_set(py, &flag)? { say(py, text, sources::here(py)) } else { Ok(()) };
    }
    mark_recorded(py);
    remarks().push(Remark { flag, text: text.to_owned(), tag: sources::here(py) });
    AWAITED.store(true, Relaxed);
    if warns_at_the_call() { flush(py) } else { Ok(()) }
}

/// Whether remarks wait that are known, by the session's signals.
pub(crate) fn due(signals: u8) -> bool {
    signals & signal::PENDING == 0 && AWAITED.load(Relaxed)
}

/// Says the remarks that are known.
pub(crate) fn say_known(py: Python<'_>) -> PyResult<()> {
    AWAITED.store(false, Relaxed);
    let all = std::mem::take(&mut *remarks());
    let (waiting, known): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|remark| session().is_pending(&remark.flag));
    if !waiting.is_empty() {
        remarks().extend(waiting);
        AWAITED.store(true, Relaxed);
    }
    for remark in known {
        if is_set(py, &remark.flag)? {
            say(py, &remark.text, remark.tag)?;
        }
    }
    Ok(())
}

fn remarks() -> MutexGuard<'static, Vec<Remark>> {
    REMARKS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_set(py: Python<'_>, flag: &Array) -> PyResult<bool> {
    Ok(session().scalar(flag).or_raise(py)?.bits != 0)
}

fn say(py: Python<'_>, text: &str, tag: u32) -> PyResult<()> {
    let place = sources::source(py, tag);
    py.import("stook._warn")?.call_method1("warn", (text, place)).map(|_| ())
}
