//! How NumPy's ufuncs come to ours, as in `numpy.float64(2) * array` or `numpy.exp(array)`.
//!
//! NumPy calls `__array_ufunc__` with one of its ufuncs; plain calls of functions of elements go
//! straight to the table's row. Methods, options and objects of other libraries are looked at in
//! Python (`_array.py`).

use crate::array::NdArray;
use crate::convert::Operand;
use crate::interop::{is_array, numpy};
use crate::number;
use crate::plain::{Object, Raw, in_full};
use pyo3::impl_::trampoline::get_trampoline_function;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::OnceLock;
use stook_ops::{UfuncId, table};
use stook_types::QuickHash;

static NUMPYS: PyOnceLock<Numpys> = PyOnceLock::new();

/// NumPy's ufuncs by their addresses, which NumPy keeps for ever.
struct Numpys {
    rows: HashMap<usize, UfuncId, QuickHash>,
    matmul: usize,
}

/// Finds NumPy's ufuncs; called once, when the module is loaded.
pub(crate) fn load(py: Python<'_>) -> PyResult<()> {
    let module = numpy(py).module(py);
    let class = module.getattr("ufunc")?;
    let mut rows = HashMap::default();
    for (k, row) in table().iter().enumerate() {
        if let Some(ufunc) = module.getattr_opt(row.name)?
            && ufunc.is_instance(&class)?
        {
            rows.insert(ufunc.as_ptr().addr(), UfuncId(k as u16));
        }
    }
    let matmul = module.getattr("matmul")?.as_ptr().addr();
    NUMPYS.get_or_init(py, || Numpys { rows, matmul });
    Ok(())
}

/// What PyO3 made of `__array_ufunc__`.
pub(crate) static FULL: OnceLock<Py<PyAny>> = OnceLock::new();

/// `__array_ufunc__` by the shortest way, where the call is plain.
///
/// # Safety
/// Python calls it as a method of arrays, with the interpreter attached and arguments as PEP 590
/// says.
pub(crate) unsafe extern "C" fn entry(slf: Raw, args: *const Raw, count: isize, names: Raw) -> Raw {
    // What PyO3 puts around functions of such arguments: panics and errors become exceptions.
    let guarded = get_trampoline_function!(fastcall_cfunction_with_keywords, answered);
    // SAFETY: the caller's promise.
    unsafe { guarded(slf, args, count, names) }
}

/// # Safety
/// As [`entry`].
unsafe fn answered(
    py: Python<'_>,
    slf: Raw,
    args: *const Raw,
    count: isize,
    names: Raw,
) -> PyResult<Raw> {
    // SAFETY: the caller's promise; `Borrowed` is a pointer to an object.
    unsafe {
        if names.is_null() && count > 2 {
            let given: &[Object<'_, '_>] = std::slice::from_raw_parts(args.cast(), count as usize);
            if let Some(result) = plain(&given[0], &given[1], &given[2..])? {
                return Ok(result.into_ptr());
            }
        }
        let made = in_full(slf, args, count as usize, names, &FULL);
        Bound::from_owned_ptr_or_err(py, made).map(Bound::into_ptr)
    }
}

/// A plain call of a function of elements, or a product with an array of NumPy's on the left; `None`
/// where there is more to look at.
fn plain<'py>(
    ufunc: &Bound<'py, PyAny>,
    method: &Bound<'py, PyAny>,
    inputs: &[Object<'_, 'py>],
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = ufunc.py();
    let (numpys, address) =
        (NUMPYS.get(py).expect("loaded with the module"), ufunc.as_ptr().addr());
    if method.cast::<PyString>()?.to_str()? != "__call__" {
        return Ok(None);
    }
    let Some(&row) = numpys.rows.get(&address) else {
        return match inputs {
            [left, right] if address == numpys.matmul && is_array(left) => {
                let Ok(right) = right.cast_exact::<NdArray>() else { return Ok(None) };
                number::binary(&right, left, number::MATMUL, true).map(Some)
            }
            _ => Ok(None),
        };
    };
    let description = &table()[usize::from(row.0)];
    if description.nin() != inputs.len() {
        return Ok(None);
    }
    if let [left, right] = inputs
        && description.nout() == 1
        && let Ok(right) = right.cast_exact::<NdArray>()
        && let Some(result) = number::alike(&right, left, row, true)?
    {
        return Ok(Some(result));
    }
    let mut operands: SmallVec<[Operand<'_, 'py>; 3]> = SmallVec::new();
    for object in inputs {
        match Operand::of(object)? {
            Some(operand) => operands.push(operand),
            None => return Ok(None),
        }
    }
    number::call(py, row, &operands)
}

#[pymethods]
impl NdArray {
    /// Answers a ufunc of NumPy's that was called with an array of ours; see [`entry`].
    #[pyo3(signature = (ufunc, method, *inputs, **kwargs),
           text_signature = "($self, ufunc, method, /, *inputs, **kwargs)")]
    fn __array_ufunc__<'py>(
        slf: &Bound<'py, Self>,
        ufunc: &Bound<'py, PyAny>,
        method: &Bound<'py, PyAny>,
        inputs: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let mut args = vec![ufunc.clone(), method.clone()];
        args.extend(inputs);
        let composed = py.import("stook._array")?.getattr("_array_ufunc")?;
        composed.call(PyTuple::new(py, args)?, kwargs)
    }
}
