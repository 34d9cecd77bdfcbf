//! Packages whose compiled functions' code comes with them: which one a function is of, and what
//! `python -m stook build` takes from the versions that there are.

use super::Version;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::{Path, PathBuf};
use stook_cpu::{Compiler, Level, PACKAGED};

/// A file of a package: its name, and what it holds.
type Packed<'py> = (String, Bound<'py, PyBytes>);

/// The folders, next ones first, in which code of these functions may lie: those of the packages
/// that their modules are in which have some.
pub(super) fn folders(functions: &[Bound<'_, PyAny>]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in functions.iter().filter_map(|function| file_of(function)) {
        for folder in Path::new(&file).ancestors().skip(1) {
            let folder = folder.to_owned();
            if folder.join(PACKAGED).is_dir() && !found.contains(&folder) {
                found.push(folder.clone());
            }
            if !folder.join("__init__.py").is_file() {
                break;
            }
        }
    }
    found
}

/// The file that a function was written in.
fn file_of(function: &Bound<'_, PyAny>) -> Option<String> {
    function.getattr("__code__").ok()?.getattr("co_filename").ok()?.extract().ok()
}

#[pymethods]
impl Version {
    /// The functions that it was made from, its own first.
    #[getter]
    fn functions<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyAny>> {
        self.names.functions(py)
    }

    /// The types of its arguments.
    #[getter]
    fn parameters(&self) -> Vec<String> {
        super::arguments::types_of(&self.key).iter().map(stook_jit::Type::describe).collect()
    }

    /// Its code for a processor (`v3`, `v4`) as a file of a package.
    fn packed<'py>(&self, py: Python<'py>, level: &str) -> PyResult<Packed<'py>> {
        let known = Level::ALL.into_iter().find(|known| known.name() == level);
        let level = known.ok_or_else(|| PyValueError::new_err(format!("no level {level:?}")))?;
        let compiler = Compiler::global().ok_or_else(super::no_compiler)?;
        let packed = compiler.packed(&self.unit, level);
        let (name, bytes) = packed.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        Ok((name, PyBytes::new(py, &bytes)))
    }
}
