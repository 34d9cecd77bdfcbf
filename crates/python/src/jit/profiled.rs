//! Compiled functions in reports of profilers.
//!
//! `perf` asks for names of code: [`names`] says what people call each routine. Python's own
//! profilers hear of calls of functions that are written in Python and of builtin ones, not of
//! objects that are called. So where one watches while a function is compiled, or `STOOK_PERF` is
//! set, calls of the function go through a [`frame`] of Python's under its name and line.

use super::Dispatcher;
use super::names::Names;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use stook_kernel::Unit;

/// What people call a unit's routines, such as `mandelbrot (script.py:12)`.
pub(super) fn names(
    names: &Names<'_>,
    unit: &Unit,
    places: &[Option<(usize, u32)>],
) -> PyResult<Vec<String>> {
    let named = unit.routines.iter().zip(places);
    let name = |(routine, place): (&stook_kernel::Routine, &Option<(usize, u32)>)| {
        let Some((function, line)) = *place else { return Ok("memory given back".to_owned()) };
        let code = names.function(function).getattr("__code__")?;
        let path: String = code.getattr("co_filename")?.extract()?;
        let file = path.rsplit('/').next().unwrap_or(&path);
        Ok(format!("{} ({file}:{line})", routine.name))
    };
    named.map(name).collect()
}

/// A call that no profiler hears of.
#[pyclass(frozen)]
struct Direct(Py<Dispatcher>);

#[pymethods]
impl Direct {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Dispatcher::call(self.0.bind(py), args, kwargs)
    }
}

impl Dispatcher {
    /// Has calls go through a function of Python's from now on, if a profiler watches.
    pub(super) fn frame(&self, py: Python<'_>) -> PyResult<()> {
        let module = py.import("stook._profiled")?;
        let watched = || module.getattr("watched")?.call0()?.extract::<bool>();
        if self.frame.get().is_none() && (stook_cpu::perf::by_environment() || watched()?) {
            let frame = module.getattr("frame")?.call1((&self.function,))?;
            let _ = self.frame.set(frame.unbind());
        }
        Ok(())
    }

    /// Calls by way of that function.
    #[cold]
    pub(super) fn call_framed<'py>(
        slf: &Bound<'py, Self>,
        frame: &Py<PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let itself = Bound::new(py, Direct(slf.clone().unbind()))?.into_any();
        let all = std::iter::once(itself).chain(args.iter());
        frame.bind(py).call(PyTuple::new(py, all.collect::<Vec<_>>())?, kwargs)
    }
}
