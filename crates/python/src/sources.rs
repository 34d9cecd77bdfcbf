//! Where in the user's program a call stands, as a number that instructions carry.
//!
//! The running frame enters; a tag leaves, and from a tag the file, the line and what
//! `warnings.warn_explicit` wants to know. Frames of this package and of NumPy are passed over.
//! A known call costs a look at its frame and into a table; nothing runs Python code.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use stook_types::QuickHash;

/// Names of attributes. Made when the module is loaded: making one lets other threads run, and a
/// process that one of them forks then would wait for it forever.
static NAMES: PyOnceLock<Names> = PyOnceLock::new();

struct Names {
    f_lasti: Py<PyString>,
    f_back: Py<PyString>,
    f_globals: Py<PyString>,
    co_filename: Py<PyString>,
}

static SOURCES: LazyLock<Mutex<Sources>> = LazyLock::new(Mutex::default);

/// The most calls remembered.
const MOST_CALLS: usize = 16 * 1024;

#[derive(Default)]
struct Sources {
    /// Tags by the address of a code object and the place of a call in it; none where it is passed
    /// over. (A frame's line is found by walking the code's table of lines.)
    calls: HashMap<(usize, i32), Option<u32>, QuickHash>,
    /// The code objects of `calls`, so that their addresses stay theirs.
    codes: Vec<Py<PyAny>>,
    /// Files by the address of their name's object, which is held.
    files: HashMap<usize, File>,
    tags: HashMap<(usize, i32), u32>,
    /// Tag k + 1 is entry k.
    lines: Vec<(usize, i32)>,
}

struct File {
    name: Py<PyString>,
    /// The namespace of the first frame seen in it.
    globals: Py<PyDict>,
    /// Whether it is of this package or NumPy's.
    passed_over: bool,
}

/// Makes what later calls need; called once, before anything else here.
pub(crate) fn load(py: Python<'_>) {
    let name = |text: &str| PyString::intern(py, text).unbind();
    NAMES.get_or_init(py, || Names {
        f_lasti: name("f_lasti"),
        f_back: name("f_back"),
        f_globals: name("f_globals"),
        co_filename: name("co_filename"),
    });
}

fn names(py: Python<'_>) -> &'static Names {
    NAMES.get(py).expect("loaded when the module is")
}

fn sources() -> MutexGuard<'static, Sources> {
    SOURCES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The tag of the user's line that is running; 0 where there is none.
pub(crate) fn here(py: Python<'_>) -> u32 {
    find(py).unwrap_or_default()
}

fn find(py: Python<'_>) -> PyResult<u32> {
    // SAFETY: the interpreter is attached; the frame is borrowed from it, or null.
    let frame = unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast()) };
    let mut frame: Option<Bound<'_, PyAny>> = frame;
    while let Some(now) = frame {
        // SAFETY: the object is a frame; its code is a new reference.
        let code = unsafe {
            let code = ffi::PyFrame_GetCode(now.as_ptr().cast()).cast::<ffi::PyObject>();
            Bound::<PyAny>::from_owned_ptr(py, code)
        };
        let call = (code.as_ptr() as usize, now.getattr(&names(py).f_lasti)?.extract()?);
        let known = sources().calls.get(&call).copied();
        let tag = match known {
            Some(tag) => tag,
            None => add_call(py, &now, code, call)?,
        };
        if let Some(tag) = tag {
            return Ok(tag);
        }
        let back = now.getattr(&names(py).f_back)?;
        frame = (!back.is_none()).then_some(back);
    }
    Ok(0)
}

#[cold]
fn add_call(
    py: Python<'_>,
    frame: &Bound<'_, PyAny>,
    code: Bound<'_, PyAny>,
    call: (usize, i32),
) -> PyResult<Option<u32>> {
    let name = code.getattr(&names(py).co_filename)?;
    let key = name.as_ptr() as usize;
    let known = sources().files.get(&key).map(|file| file.passed_over);
    let passed_over = match known {
        Some(passed_over) => passed_over,
        None => add_file(py, frame, name)?,
    };
    // SAFETY: the object is a frame.
    let line = unsafe { ffi::PyFrame_GetLineNumber(frame.as_ptr().cast()) };
    let mut sources = sources();
    let tag = (!passed_over).then(|| sources.tag(key, line));
    let full = sources.calls.len() >= MOST_CALLS;
    let forgotten = if full { std::mem::take(&mut sources.codes) } else { Vec::new() };
    if full {
        sources.calls.clear();
    }
    sources.calls.insert(call, tag);
    sources.codes.push(code.unbind());
    // Dropping a code object may run code of others, which may call here.
    drop(sources);
    drop(forgotten);
    Ok(tag)
}

fn add_file(py: Python<'_>, frame: &Bound<'_, PyAny>, name: Bound<'_, PyAny>) -> PyResult<bool> {
    let name = name.cast_into::<PyString>()?;
    let text = name.to_str()?;
    let folder = |module: &str| -> PyResult<String> {
        let file: String = py.import(module)?.getattr("__file__")?.extract()?;
        Ok(file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned() + "/")
    };
    let passed_over = text.starts_with(&folder("stook")?) || text.starts_with(&folder("numpy")?);
    let globals = frame.getattr(&names(py).f_globals)?.cast_into::<PyDict>()?;
    let file = File { name: name.clone().unbind(), globals: globals.unbind(), passed_over };
    sources().files.insert(name.as_ptr() as usize, file);
    Ok(passed_over)
}

impl Sources {
    fn tag(&mut self, file: usize, line: i32) -> u32 {
        let next = self.lines.len() as u32 + 1;
        let tag = *self.tags.entry((file, line)).or_insert(next);
        if tag == next {
            self.lines.push((file, line));
        }
        tag
    }
}

/// File name, line and the file's namespace.
pub(crate) type Source<'py> = (Bound<'py, PyString>, i32, Bound<'py, PyDict>);

/// Where a tag stands.
pub(crate) fn source(py: Python<'_>, tag: u32) -> Option<Source<'_>> {
    let sources = sources();
    let &(file, line) = sources.lines.get((tag as usize).checked_sub(1)?)?;
    let file = sources.files.get(&file)?;
    Some((file.name.bind(py).clone(), line, file.globals.bind(py).clone()))
}
