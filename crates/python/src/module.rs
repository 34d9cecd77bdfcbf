//! The module's contents and the one session that all arrays share.

use crate::array::NdArray;
use crate::conditions::{mark_recorded, report_conditions};
use crate::error::OrRaise;
use crate::interrupt::interruptible;
use crate::{
    advanced, alike, array, attributes, bits, chosen, conditions, control, correlation, create,
    explain, fallback, few, flat, flat_places, interop, jit, join, long, machine, masked, plain,
    product, protocol, ranges, reduce, remarks, searching, shape, sorting, sources, ufunc, verify,
};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;
use std::sync::LazyLock;
use stook_runtime::{Array, Session, signal};
use stook_types::{Error, Result};

static SESSION: LazyLock<Session> = LazyLock::new(|| {
    let session = Session::new(machine::machine());
    session.set_host_flushes(true);
    session.set_eager(control::eager_by_environment());
    session
});

/// The session that records and runs every call of this process.
pub(crate) fn session() -> &'static Session {
    &SESSION
}

/// The address of an array's first element, with all that is pending on it done.
pub(crate) fn read(py: Python<'_>, array: &Array) -> PyResult<*mut u8> {
    read_before(py, array, None)
}

/// Like [`read`], for a caller that most likely drops the array `temporary` next.
pub(crate) fn read_before(
    py: Python<'_>,
    array: &Array,
    temporary: Option<&Array>,
) -> PyResult<*mut u8> {
    if let Some(start) = session().settled(array) {
        return Ok(start.wrapping_offset(array.view.offset));
    }
    mark_recorded(py);
    let start = if session().signals() & signal::HEAVY == 0 {
        session().read(array).or_raise(py)?
    } else {
        // Another thread may give the Python object another shape meanwhile.
        let own = array.clone();
        let before = temporary.map(|t| t.storage.clone());
        let read = || session().read_before(&own, before.as_ref()).map(|p| p as usize);
        run(py, read)? as *mut u8
    };
    report_conditions(py)?;
    Ok(start.wrapping_offset(array.view.offset))
}

/// Runs all that is pending; what finds no memory stays so.
pub(crate) fn flush(py: Python<'_>) -> PyResult<()> {
    flush_with(py, Session::flush_possible)
}

/// Runs all that is pending, for the call that was recorded last.
pub(crate) fn flush_recent(py: Python<'_>) -> PyResult<()> {
    flush_with(py, Session::flush_recent)
}

fn flush_with(py: Python<'_>, flush: fn(&Session) -> Result<()>) -> PyResult<()> {
    mark_recorded(py);
    let signals = session().signals();
    if signals & signal::HEAVY != 0 {
        run(py, || flush(session()))?;
    } else if signals & signal::PENDING != 0 {
        flush(session()).or_raise(py)?;
    }
    report_conditions(py)
}

/// Runs so much of what is pending that little is left.
pub(crate) fn flush_due(py: Python<'_>) -> PyResult<()> {
    run(py, || session().flush_due())?;
    report_conditions(py)
}

/// Does long work while other Python threads run, until the user interrupts it.
pub(crate) fn run<T: Send>(py: Python<'_>, work: impl Fn() -> Result<T> + Sync) -> PyResult<T> {
    loop {
        let result = py.detach(|| interruptible(&work));
        control::note_complaints();
        match result {
            // A handler of the user's may return, and then so does the work.
            Err(Error::Interrupted) => py.check_signals()?,
            result => return result.or_raise(py),
        }
    }
}

/// Finishes everything that is pending.
#[pyfunction]
fn sync(py: Python<'_>) -> PyResult<()> {
    flush_with(py, Session::flush)
}

/// Finishes everything that is pending and finds memory.
#[pyfunction]
fn sync_possible(py: Python<'_>) -> PyResult<()> {
    flush(py)
}

/// Runs calls on up to `elements` elements at once; with 0 every call is recorded first. The number
/// in force before is returned.
#[pyfunction]
fn run_at_once(elements: usize) -> usize {
    session().set_at_once(elements)
}

/// Makes `metaclass` the type of `stook.ndarray`, so that `isinstance` can be asked there.
#[pyfunction]
fn set_metaclass(metaclass: &Bound<'_, PyType>) {
    let class = metaclass.py().get_type::<NdArray>();
    // SAFETY: `class` is a heap type made by PyO3 whose type is `type` itself; `metaclass` is a
    // subclass of `type` without further C fields, so every access through the old type stays
    // valid. The reference that an object holds on its type is passed on: the new one is counted
    // here and `type` is immortal.
    unsafe {
        ffi::Py_INCREF(metaclass.as_ptr());
        (*class.as_ptr()).ob_type = metaclass.as_type_ptr();
    }
}

#[pymodule]
fn _stook(m: &Bound<'_, PyModule>) -> PyResult<()> {
    interop::load(m.py())?;
    sources::load(m.py());
    crate::dispatch::load(m.py())?;
    m.add_class::<NdArray>()?;
    m.add_class::<array::ArrayIterator>()?;
    m.add_function(wrap_pyfunction!(sync, m)?)?;
    m.add_function(wrap_pyfunction!(sync_possible, m)?)?;
    m.add_function(wrap_pyfunction!(set_metaclass, m)?)?;
    m.add_function(wrap_pyfunction!(run_at_once, m)?)?;
    m.add("AT_ONCE", stook_runtime::AT_ONCE)?;
    advanced::register(m)?;
    alike::register(m)?;
    bits::register(m)?;
    chosen::register(m)?;
    few::register(m)?;
    flat::register(m)?;
    flat_places::register(m)?;
    conditions::register(m)?;
    control::register(m)?;
    correlation::register(m)?;
    create::register(m)?;
    explain::register(m)?;
    long::register(m)?;
    fallback::register(m)?;
    jit::register(m)?;
    join::register(m)?;
    masked::register(m)?;
    product::register(m)?;
    protocol::register(m)?;
    ranges::register(m)?;
    reduce::register(m)?;
    remarks::register(m)?;
    searching::register(m)?;
    shape::register(m)?;
    sorting::register(m)?;
    ufunc::register(m)?;
    verify::register(m)?;
    attributes::load(m.py())?;
    plain::load(m)
}
