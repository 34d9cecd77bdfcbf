//! How NumPy's ufuncs come to ours, as in `numpy.float64(2) * array` or `numpy.exp(array)`.
//!
//! NumPy calls `__array_ufunc__` with one of its ufuncs; plain calls of functions of elements go
//! straight to the table's row. Methods, options and objects of other libraries are looked at in
//! Python (`_array.py`).

use crate::array::NdArray;
use crate::convert::Operand;
use crate::interop::{is_array, numpy};
use crate::number;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};
use smallvec::SmallVec;
use std::collections::HashMap;
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

/// A plain call of a function of elements, or a product with an array of NumPy's on the left; `None`
/// where there is more to look at.
fn plain<'py>(
    ufunc: &Bound<'py, PyAny>,
    method: &Bound<'py, PyAny>,
    inputs: &Bound<'py, PyTuple>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = ufunc.py();
    let (numpys, address) =
        (NUMPYS.get(py).expect("loaded with the module"), ufunc.as_ptr().addr());
    if method.cast::<PyString>()?.to_str()? != "__call__" {
        return Ok(None);
    }
    if address == numpys.matmul
        && let Ok((left, right)) = inputs.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>()
        && let (true, Ok(right)) = (is_array(&left), right.cast_exact::<NdArray>())
    {
        return number::binary(right, &left, number::MATMUL, true).map(Some);
    }
    let row = numpys.rows.get(&address);
    let Some(&row) = row.filter(|row| table()[usize::from(row.0)].nin() == inputs.len()) else {
        return Ok(None);
    };
    let objects: SmallVec<[Bound<'py, PyAny>; 3]> = inputs.iter().collect();
    let mut operands: SmallVec<[Operand<'_, 'py>; 3]> = SmallVec::new();
    for object in &objects {
        match Operand::of(object)? {
            Some(operand) => operands.push(operand),
            None => return Ok(None),
        }
    }
    number::call(py, row, &operands)
}

#[pymethods]
impl NdArray {
    /// Answers a ufunc of NumPy's that was called with an array of ours.
    #[pyo3(signature = (ufunc, method, *inputs, **kwargs),
           text_signature = "($self, ufunc, method, /, *inputs, **kwargs)")]
    fn __array_ufunc__<'py>(
        slf: &Bound<'py, Self>,
        ufunc: &Bound<'py, PyAny>,
        method: &Bound<'py, PyAny>,
        inputs: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if kwargs.is_none()
            && let Some(result) = plain(ufunc, method, inputs)?
        {
            return Ok(result);
        }
        let py = slf.py();
        let mut args = vec![ufunc.clone(), method.clone()];
        args.extend(inputs);
        let composed = py.import("stook._array")?.getattr("_array_ufunc")?;
        composed.call(PyTuple::new(py, args)?, kwargs)
    }
}
