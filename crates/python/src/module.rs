//! The module's contents and the one session that all arrays share.

use crate::array::NdArray;
use crate::interrupt::interruptible;
use crate::{array, create, fallback, interop, machine, masked, protocol, reduce, shape, ufunc};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;
use std::sync::LazyLock;
use stook_runtime::{Array, Session};

static SESSION: LazyLock<Session> = LazyLock::new(|| Session::new(machine::machine()));

/// The session that records and runs every call of this process.
pub(crate) fn session() -> &'static Session {
    &SESSION
}

/// Bytes from which bringing an array up to date lets other Python threads run.
const DETACH_FROM: usize = 1 << 16;

/// The address of an array's first element, with all that is pending on it done.
pub(crate) fn read(py: Python<'_>, array: &Array) -> PyResult<*mut u8> {
    use crate::error::OrRaise;
    let start = if array.storage.bytes < DETACH_FROM {
        session().read(array).or_raise(py)?
    } else {
        // Another thread may give the Python object another shape meanwhile.
        let own = array.clone();
        let address = py.detach(|| interruptible(|| session().read(&own).map(|p| p as usize)));
        address.or_raise(py)? as *mut u8
    };
    crate::error::report_conditions(py)?;
    Ok(start.wrapping_offset(array.view.offset))
}

/// Runs all that is pending.
pub(crate) fn flush(py: Python<'_>) -> PyResult<()> {
    use crate::error::OrRaise;
    py.detach(|| interruptible(|| session().flush()))
        .or_raise(py)?;
    crate::error::report_conditions(py)
}

/// Finishes everything that is pending.
#[pyfunction]
fn sync(py: Python<'_>) -> PyResult<()> {
    flush(py)
}

/// Whether calls from now on watch for floating-point conditions, and run before they return.
#[pyfunction]
fn mark(watch: bool, eager: bool) {
    session().mark(watch, 0);
    session().set_eager(eager);
}

/// Runs calls on up to `elements` elements at once; with 0 every call is recorded first.
#[pyfunction]
fn run_at_once(elements: usize) {
    session().set_at_once(elements);
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
    m.add_class::<NdArray>()?;
    m.add_class::<array::ArrayIterator>()?;
    m.add_function(wrap_pyfunction!(sync, m)?)?;
    m.add_function(wrap_pyfunction!(mark, m)?)?;
    m.add_function(wrap_pyfunction!(set_metaclass, m)?)?;
    m.add_function(wrap_pyfunction!(run_at_once, m)?)?;
    m.add("AT_ONCE", stook_runtime::AT_ONCE)?;
    create::register(m)?;
    fallback::register(m)?;
    masked::register(m)?;
    protocol::register(m)?;
    reduce::register(m)?;
    shape::register(m)?;
    ufunc::register(m)
}
