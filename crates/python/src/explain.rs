//! What `stook.explain` tells, as plain Python values; the words and pages are made in Python.

use crate::module::session;
use crate::sources;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use stook_plan::{instruction_text, op_name};
use stook_runtime::Report;

/// Begin to keep what every bundle does, or end it and forget.
#[pyfunction]
fn set_reporting(reporting: bool) {
    session().set_reporting(reporting);
}

/// What each bundle did since reporting began.
#[pyfunction]
fn reports(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let made = PyList::empty(py);
    for report in session().reports() {
        made.append(entry(py, &report)?)?;
    }
    Ok(made)
}

/// Adds the functions.
pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(set_reporting, m)?)?;
    m.add_function(wrap_pyfunction!(reports, m)?)
}

fn entry<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let bundle = &report.plan.bundles[report.bundle];
    let operations = PyList::empty(py);
    for &member in &bundle.members {
        let instruction = &report.plan.instructions[member];
        let (file, line) = match sources::source(py, instruction.tag) {
            Some((file, line, _)) => (file.to_string(), line),
            None => (String::new(), 0),
        };
        let shape = &instruction.domain()[..];
        let text = (op_name(&instruction.op), format!("{shape:?}"), instruction_text(instruction));
        operations.append((text.0, text.1, text.2, file, line))?;
    }
    let traffic = &report.traffic;
    let made = PyDict::new(py);
    made.set_item("plan", std::sync::Arc::as_ptr(&report.plan) as usize)?;
    made.set_item("bundle", report.bundle)?;
    made.set_item("mode", format!("{:?}", bundle.mode))?;
    made.set_item("loops", bundle.nest.shape.to_vec())?;
    made.set_item("cut", bundle.cut.reason())?;
    made.set_item("operations", operations)?;
    made.set_item("runs", report.runs)?;
    made.set_item("compiled", report.compiled)?;
    made.set_item("seconds", report.time.as_secs_f64())?;
    made.set_item("read", traffic.read)?;
    made.set_item("written", traffic.written)?;
    made.set_item("minimum", traffic.minimum)?;
    made.set_item("unfused", traffic.unfused)?;
    made.set_item("removed", traffic.removed)?;
    made.set_item("removed_bytes", traffic.removed_bytes)?;
    Ok(made)
}
