//! What a version is made of, for people: types of variables, checks in loops.

use super::Dispatcher;
use pyo3::prelude::*;
use stook_jit::syntax::Span;

/// Lines and columns: first, last.
type Place = (u32, u32, u32, u32);
/// A loop's function and file, its line, whether its rounds run at the same time, the indices that
/// are checked before it, and those that are checked in it, with the reasons.
type Told = (String, String, u32, bool, Vec<Place>, Vec<(Place, &'static str)>);

/// Compiles functions of at least so many steps quickly first; the number before.
#[pyfunction]
pub(super) fn compile_quickly_from(size: usize) -> usize {
    stook_cpu::compile_quickly_from(size)
}

#[pymethods]
impl Dispatcher {
    /// Where variables of a version are given values: line, name, type.
    fn variables(&self, py: Python<'_>, number: usize) -> PyResult<Vec<(u32, String, String)>> {
        Ok(self.numbered(py, number)?.get().variables.clone())
    }

    /// The loops of a version and of the functions that it calls.
    fn loops(&self, py: Python<'_>, number: usize) -> PyResult<Vec<Told>> {
        let version = self.numbered(py, number)?;
        let version = version.get();
        let mut told = Vec::with_capacity(version.loops.len());
        for found in &version.loops {
            let code = version.names.function(py, found.function).getattr("__code__")?;
            let name = code.getattr("co_name")?.extract()?;
            let file = code.getattr("co_filename")?.extract()?;
            let before = found.before.iter().map(place).collect();
            let within = found.within.iter().map(|(span, why)| (place(span), why.words()));
            let (line, within) = (found.span.line, within.collect());
            told.push((name, file, line, found.parallel, before, within));
        }
        Ok(told)
    }
}

fn place(span: &Span) -> Place {
    (span.line, span.column, span.end_line, span.end_column)
}
