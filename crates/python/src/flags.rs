//! The `flags` of an array, as NumPy shows them.

use crate::array::{Access, NdArray};
use crate::making::{Maker, reused};
use pyo3::exceptions::{PyFutureWarning, PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;
use std::mem::ManuallyDrop;

/// How an array's memory lies, and whether it may be written.
#[pyclass(name = "flagsobj", module = "stook", frozen)]
pub(crate) struct Flags {
    array: ManuallyDrop<Py<NdArray>>,
}

impl Drop for Flags {
    fn drop(&mut self) {
        // SAFETY: this is the last use; Python's objects end with the interpreter attached, and so
        // do values that did not become one.
        unsafe { ManuallyDrop::take(&mut self.array).drop_ref(Python::assume_attached()) }
    }
}

static MAKER: Maker<Flags> = Maker::new();
reused!(Flags, MAKER);

/// What is known of an array.
#[derive(Clone, Copy)]
struct Facts {
    c: bool,
    fortran: bool,
    owned: bool,
    writeable: bool,
    /// The first write is warned of.
    warned: bool,
}

impl Facts {
    /// The flags as NumPy's bits; every array is aligned.
    fn bits(self) -> i32 {
        i32::from(self.c)
            | i32::from(self.fortran) << 1
            | i32::from(self.owned) << 2
            | 0x100
            | i32::from(self.writeable) << 10
            | i32::from(self.warned) << 31
    }
}

/// A flag's long name, the short ones, and when it is set.
type Row = (&'static str, &'static [&'static str], fn(Facts) -> bool);

const ROWS: &[Row] = &[
    ("C_CONTIGUOUS", &["C", "CONTIGUOUS"], |f| f.c),
    ("F_CONTIGUOUS", &["F", "FORTRAN"], |f| f.fortran),
    ("OWNDATA", &["O"], |f| f.owned),
    ("WRITEABLE", &["W"], |f| f.writeable),
    ("ALIGNED", &["A"], |_| true),
    ("WRITEBACKIFCOPY", &["X"], |_| false),
    ("BEHAVED", &["B"], |f| f.writeable),
    ("CARRAY", &["CA"], |f| f.writeable && f.c),
    // NumPy asks for any of aligned, writeable and in Fortran order; every array is aligned.
    ("FARRAY", &["FA"], |f| !f.c),
    ("FNC", &[], |f| f.fortran && !f.c),
    ("FORC", &[], |f| f.fortran || f.c),
];
/// As many of them are printed.
const SHOWN: usize = 6;

fn row(key: &Bound<'_, PyAny>) -> PyResult<&'static Row> {
    let name = key.cast::<PyString>().ok().and_then(|key| key.to_str().ok());
    let named = |row: &&Row| name.is_some_and(|name| row.0 == name || row.1.contains(&name));
    ROWS.iter().find(named).ok_or_else(|| PyKeyError::new_err("Unknown flag"))
}

/// Whether the memory of an array is its own, or that of something that is writeable.
fn may_be_written(array: &Bound<'_, NdArray>) -> PyResult<bool> {
    let mut base = array.getattr("base")?;
    while let Ok(ours) = base.cast::<NdArray>() {
        let next = ours.getattr("base")?;
        let writeable = ours.get().access() != Access::ReadOnly;
        if writeable || next.is_none() {
            return Ok(writeable);
        }
        base = next;
    }
    if base.is_none() {
        return Ok(true);
    }
    let memory = pyo3::types::PyMemoryView::from(&base);
    memory.map_or(Ok(false), |memory| Ok(!memory.getattr("readonly")?.is_truthy()?))
}

impl Flags {
    fn facts(&self) -> Facts {
        let ours = self.array.get();
        let (array, access) = (ours.array(), ours.access());
        let size = array.dtype.size();
        Facts {
            c: array.view.is_c_contiguous(size),
            fortran: array.view.is_f_contiguous(size),
            owned: ours.owns_memory(),
            writeable: access != Access::ReadOnly,
            warned: access == Access::Warned,
        }
    }
}

#[pymethods]
impl Flags {
    /// Elements follow one another in C order.
    #[getter]
    fn c_contiguous(&self) -> bool {
        self.facts().c
    }

    /// Elements follow one another in C order.
    #[getter]
    fn contiguous(&self) -> bool {
        self.facts().c
    }

    /// Elements follow one another in Fortran order.
    #[getter]
    fn f_contiguous(&self) -> bool {
        self.facts().fortran
    }

    /// Elements follow one another in Fortran order.
    #[getter]
    fn fortran(&self) -> bool {
        self.facts().fortran
    }

    /// The array has its own memory.
    #[getter]
    fn owndata(&self) -> bool {
        self.facts().owned
    }

    /// Elements may be written.
    #[getter]
    fn writeable(&self, py: Python<'_>) -> PyResult<bool> {
        if self.facts().warned {
            let text = c"future versions will not create a writeable array from broadcast_array. \
                Set the writable flag explicitly to avoid this warning.";
            PyErr::warn(py, &py.get_type::<PyFutureWarning>(), text, 1)?;
        }
        Ok(self.facts().writeable)
    }

    #[setter]
    fn set_writeable(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let value = value.is_truthy()?;
        if value && !may_be_written(self.array.bind(py))? {
            let text = "cannot set WRITEABLE flag to True of this array";
            return Err(PyValueError::new_err(text));
        }
        self.array.get().set_writeable(value);
        Ok(())
    }

    /// Lets the first write be warned of: NumPy's private flag, which cannot be read.
    #[setter(_warn_on_write)]
    fn set_warned(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let text = match (value.is_truthy()?, self.facts().writeable) {
            (true, true) => {
                self.array.get().set_access(Access::Warned);
                return Ok(());
            }
            (true, false) => "cannot set '_warn_on_write' flag when 'writable' is False",
            (false, _) => {
                "cannot clear '_warn_on_write', set writeable True to clear this private flag"
            }
        };
        Err(PyValueError::new_err(text))
    }

    /// Elements lie where the processor likes them.
    #[getter]
    fn aligned(&self) -> bool {
        true
    }

    /// The array is a copy that will be written back.
    #[getter]
    fn writebackifcopy(&self) -> bool {
        false
    }

    /// Aligned and writeable.
    #[getter]
    fn behaved(&self) -> bool {
        self.facts().writeable
    }

    /// Behaved and in C order.
    #[getter]
    fn carray(&self) -> bool {
        self.facts().writeable && self.facts().c
    }

    /// Not in C order, but behaved or in Fortran order.
    #[getter]
    fn farray(&self) -> bool {
        !self.facts().c
    }

    /// In Fortran order, but not in C order.
    #[getter]
    fn fnc(&self) -> bool {
        self.facts().fortran && !self.facts().c
    }

    /// In Fortran or C order.
    #[getter]
    fn forc(&self) -> bool {
        self.facts().fortran || self.facts().c
    }

    /// The flags as NumPy's bits.
    #[getter]
    fn num(&self) -> i32 {
        self.facts().bits()
    }

    fn __getitem__(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        match row(key)? {
            ("WRITEABLE", ..) => self.writeable(key.py()),
            (_, _, is_set) => Ok(is_set(self.facts())),
        }
    }

    fn __setitem__(&self, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        match row(key)?.0 {
            "WRITEABLE" => self.set_writeable(key.py(), value),
            _ => Err(PyKeyError::new_err("Unknown flag")),
        }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let bits = other.getattr("num").and_then(|bits| bits.extract::<i32>());
        bits.is_ok_and(|bits| bits == self.num())
    }

    fn __repr__(&self) -> String {
        let facts = self.facts();
        let word = |set| if set { "True" } else { "False" };
        let line = |&(name, _, is_set): &Row| {
            let warned = facts.warned && name == "WRITEABLE";
            let remark = if warned { "  (with WARN_ON_WRITE=True)" } else { "" };
            format!("  {name} : {}{remark}\n", word(is_set(facts)))
        };
        ROWS[..SHOWN].iter().map(line).collect()
    }
}

#[pymethods]
impl NdArray {
    /// How the memory lies, and whether it may be written.
    #[getter]
    pub(crate) fn flags<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Flags>> {
        MAKER.make(slf.py(), Flags { array: ManuallyDrop::new(slf.clone().unbind()) })
    }
}
