//! The BLAS that NumPy's wheel brings along, found beside NumPy.

use crate::interop::numpy;
use pyo3::prelude::*;
use std::ffi::CString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::OnceLock;
use stook_libraries::Blas;

/// How the names of the library begin that NumPy's wheels bring along.
const PREFIX: &str = "libscipy_openblas64_";

static BLAS: OnceLock<Option<Blas>> = OnceLock::new();

/// NumPy's BLAS, if it is one that is known here.
pub(crate) fn blas(py: Python<'_>) -> Option<&'static Blas> {
    let find = || Blas::loaded(&CString::new(library_path(py)?.into_os_string().into_vec()).ok()?);
    BLAS.get_or_init(find).as_ref()
}

fn library_path(py: Python<'_>) -> Option<PathBuf> {
    let file = numpy(py).module(py).getattr("__file__").ok()?;
    let package = file.extract::<PathBuf>().ok()?.parent()?.to_path_buf();
    let beside = std::fs::read_dir(package.with_file_name("numpy.libs")).ok()?;
    let paths = beside.filter_map(|entry| Some(entry.ok()?.path()));
    let named = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
    };
    paths.into_iter().find(named)
}
