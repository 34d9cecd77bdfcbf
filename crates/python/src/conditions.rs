//! What is looked at after every call: marks for what was recorded, pending work that is due, runs
//! to be checked (`stook._verify`), and floating-point conditions, which become NumPy's warnings
//! from the user's line.
//!
//! The state of `numpy.errstate` is told by `stook._warn` whenever it changes ([`mark`]); it is a
//! thread's own, as NumPy's is a context's. Where a condition must act at its call (an exception, a
//! handler, a warning that is an error) the call is run at once.

use crate::module::{flush_due, flush_recent, session};
use crate::{remarks, sources};
use pyo3::exceptions::PyRuntimeWarning;
use pyo3::prelude::*;
use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use stook_runtime::{Conditions, signal};

thread_local! {
    /// Conditions are watched; calls run before they return.
    static MARK: Cell<(bool, bool)> = const { Cell::new((true, false)) };
}

/// Warnings are errors: calls that may warn run before they return.
static WARNINGS_ARE_ERRORS: AtomicBool = AtomicBool::new(false);

/// The signals that something is done about after a call.
const ACTED_ON: u8 = signal::MET | signal::RECORDED | signal::DUE | signal::TRACED;

/// Whether there is something in [`NOTICES`].
static NOTICED: AtomicBool = AtomicBool::new(false);
static NOTICES: Mutex<Vec<String>> = Mutex::new(Vec::new());

const NAMES: [(&str, &str); 3] =
    [("divide", "divide by zero"), ("over", "overflow"), ("invalid", "invalid value")];

/// Whether calls of this thread watch for floating-point conditions, and run before they return.
#[pyfunction]
fn mark(watch: bool, eager: bool) {
    MARK.set((watch, eager));
}

/// Whether calls of this thread run before they return, as what they warn of is an error.
pub(crate) fn warns_at_the_call() -> bool {
    MARK.get().1 || WARNINGS_ARE_ERRORS.load(Relaxed)
}

/// Whether warnings are errors now.
#[pyfunction]
fn mark_errors(errors: bool) {
    WARNINGS_ARE_ERRORS.store(errors, Relaxed);
}

/// Adds what Python calls here.
pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(mark, m)?)?;
    m.add_function(wrap_pyfunction!(mark_errors, m)?)
}

/// Something to warn of at the next call.
pub(crate) fn notice(text: String) {
    let mut notices = NOTICES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    notices.push(text);
    NOTICED.store(true, Relaxed);
}

/// Does what a call that just returned asks for.
pub(crate) fn report_conditions(py: Python<'_>) -> PyResult<()> {
    let signals = session().signals();
    if signals & ACTED_ON == 0 && !NOTICED.load(Relaxed) && !remarks::due(signals) {
        return Ok(());
    }
    attend(py, signals)
}

/// Makes a call whose conditions nobody is told of.
pub(crate) fn unwatched(py: Python<'_>, call: impl FnOnce() -> PyResult<()>) -> PyResult<()> {
    report_conditions(py)?;
    let before = MARK.replace((false, false));
    let told = call().and_then(|()| report_conditions(py));
    MARK.set(before);
    told
}

/// Marks what was recorded since the last time, before it runs.
pub(crate) fn mark_recorded(py: Python<'_>) {
    if session().signals() & signal::RECORDED != 0 {
        session().annotate(MARK.get().0, sources::here(py));
    }
}

#[cold]
fn attend(py: Python<'_>, signals: u8) -> PyResult<()> {
    let (watch, eager) = MARK.get();
    if signals & signal::RECORDED != 0 {
        mark_recorded(py);
        let now = eager || watch && WARNINGS_ARE_ERRORS.load(Relaxed);
        if now {
            return flush_recent(py);
        }
        if signals & signal::DUE != 0 {
            return flush_due(py);
        }
    }
    if session().signals() & signal::TRACED != 0 {
        py.import("stook._verify")?.call_method0("check")?;
    }
    if NOTICED.load(Relaxed) {
        warn_of_notices(py)?;
    }
    if remarks::due(session().signals()) {
        remarks::say_known(py)?;
    }
    if session().signals() & signal::MET != 0 {
        warn_of(py, session().conditions(), watch)?;
    }
    Ok(())
}

fn warn_of_notices(py: Python<'_>) -> PyResult<()> {
    NOTICED.store(false, Relaxed);
    let notices =
        std::mem::take(&mut *NOTICES.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    for text in notices {
        let text = std::ffi::CString::new(format!("stook: {text}"))?;
        PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &text, 1)?;
    }
    Ok(())
}

/// Warns of conditions; of those of a call just made only if it watched for them. What was recorded
/// earlier carries a tag, and whether to watch was asked then.
fn warn_of(py: Python<'_>, mut met: Vec<Conditions>, watch: bool) -> PyResult<()> {
    met.retain(|condition| watch || condition.tag != 0);
    if met.is_empty() {
        return Ok(());
    }
    for condition in met {
        let row = condition.ufunc.map(|u| &stook_ops::table()[usize::from(u.0)]);
        let name = row.map_or("cast", |row| row.warned);
        let tag = match condition.tag {
            0 => sources::here(py),
            tag => tag,
        };
        tell(py, condition.flags, name, tag)?;
    }
    Ok(())
}

/// Whether calls of this thread watch for floating-point conditions.
pub(crate) fn watches() -> bool {
    MARK.get().0
}

/// Warns of conditions that the call at hand has met, under NumPy's name for it.
pub(crate) fn warn_here(py: Python<'_>, flags: u8, name: &str) -> PyResult<()> {
    if flags == 0 { Ok(()) } else { tell(py, flags, name, sources::here(py)) }
}

fn tell(py: Python<'_>, flags: u8, name: &str, tag: u32) -> PyResult<()> {
    let state = py.import("numpy")?.call_method0("geterr")?;
    let report = py.import("stook._warn")?.getattr("report")?;
    for (bit, (key, what)) in NAMES.iter().enumerate() {
        if flags >> bit & 1 == 1 {
            let place = sources::source(py, tag);
            report.call1((state.get_item(key)?, *key, *what, name, place))?;
        }
    }
    Ok(())
}
