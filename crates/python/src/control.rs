//! What a program asks of the session as a whole: counts, processor, threads, its end, its forks.

use crate::array::Loan;
use crate::conditions;
use crate::module::session;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::cell::RefCell;
use stook_cpu::Compiler;
use stook_runtime::Held;

/// What was recorded, run and compiled so far in this process.
///
/// `operations` were recorded and `at_once` were run at their call; `flushes` is how often pending
/// work ran, as `launches` bundles, `compiled` of them by compiled code, after `plans` plans;
/// `bytes_moved` they read and wrote, `bytes_numpy` one call per operation would have. Of the
/// compiler: `compilations`, `disk_hits` and `failures`.
#[pyfunction]
fn counters(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let ours = session().counters();
    let compiler = Compiler::global().map(|c| c.counters()).unwrap_or_default();
    let all = [
        ("operations", ours.operations),
        ("at_once", ours.at_once),
        ("flushes", ours.flushes),
        ("launches", ours.launches),
        ("compiled", ours.compiled),
        ("plans", ours.plans),
        ("bytes_moved", ours.bytes_moved),
        ("bytes_numpy", ours.bytes_unfused),
        ("compilations", compiler.compilations as u64),
        ("disk_hits", compiler.disk_hits as u64),
        ("failures", compiler.failures as u64),
    ];
    let counts = PyDict::new(py);
    for (name, count) in all {
        counts.set_item(name, count)?;
    }
    Ok(counts)
}

/// The level of this processor that kernels are made for, `v3` or `v4`; None where it has none.
#[pyfunction]
fn level() -> Option<&'static str> {
    stook_cpu::level().map(stook_cpu::Level::name)
}

/// How many threads compute.
#[pyfunction]
fn get_num_threads() -> usize {
    stook_cpu::threads()
}

/// Compute on this many threads from now on.
#[pyfunction]
fn set_num_threads(count: usize) -> PyResult<()> {
    if count == 0 {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "the number of threads must be positive",
        ));
    }
    stook_cpu::set_threads(count);
    Ok(())
}

/// Run every call before it returns, or no longer.
#[pyfunction]
fn set_eager(eager: bool) {
    session().set_eager(eager);
}

/// Whether `STOOK_EAGER` asks for every call to run before it returns.
pub(crate) fn eager_by_environment() -> bool {
    std::env::var("STOOK_EAGER").is_ok_and(|value| !value.is_empty() && value != "0")
}

/// Says why kernels did not compile, once each.
pub(crate) fn note_complaints() {
    let complaints = Compiler::global().map(Compiler::take_complaints);
    let complaints = complaints.unwrap_or_default();
    if !complaints.is_empty() {
        let said = complaints.join("; ");
        conditions::notice(format!("a kernel did not compile and runs in blocks instead: {said}"));
    }
}

thread_local! {
    /// The session's lock while this thread forks.
    static HELD: RefCell<Option<Held<'static>>> = const { RefCell::new(None) };
}

/// Makes what would else be made when it is first used. A process forked by another thread
/// meanwhile would find it half made, and wait for it forever.
#[pyfunction]
fn begin(py: Python<'_>) {
    session();
    stook_runtime::prepare();
    stook_cpu::Pool::global();
    py.get_type::<Loan>();
    let names = py.import("sys").and_then(|sys| sys.call_method0("is_stack_trampoline_active"));
    if names.and_then(|active| active.extract()).unwrap_or(false) {
        stook_cpu::perf::ask();
    }
}

/// Waits for what runs: who runs something never waits for a thread with the interpreter.
#[pyfunction]
fn before_fork() {
    HELD.with_borrow_mut(|held| *held = Some(session().hold()));
}

#[pyfunction]
fn after_fork() {
    HELD.with_borrow_mut(|held| *held = None);
}

extern "C" fn at_exit() {
    stook_cpu::shutdown();
}

/// Adds the functions, and sees to forks and the end of the process.
pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(counters, m)?)?;
    m.add_function(wrap_pyfunction!(level, m)?)?;
    m.add_function(wrap_pyfunction!(get_num_threads, m)?)?;
    m.add_function(wrap_pyfunction!(set_num_threads, m)?)?;
    m.add_function(wrap_pyfunction!(set_eager, m)?)?;
    m.add_function(wrap_pyfunction!(begin, m)?)?;
    // By Python, so that it comes before the handlers of the floors below, whose locks are taken
    // while the session's is held.
    let handlers = PyDict::new(m.py());
    let after = wrap_pyfunction!(after_fork, m)?;
    handlers.set_item("before", wrap_pyfunction!(before_fork, m)?)?;
    handlers.set_item("after_in_parent", &after)?;
    handlers.set_item("after_in_child", &after)?;
    let os = m.py().import("os")?;
    os.call_method("register_at_fork", (), Some(&handlers))?;
    // SAFETY: the handler only waits, after Python has ended.
    unsafe { ffi::Py_AtExit(Some(at_exit)) };
    Ok(())
}
