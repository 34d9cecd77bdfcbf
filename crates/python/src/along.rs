//! A ufunc along axes: the parts of its methods (`reduce` and kin) that `_ufunc_methods` composes.

use crate::array::NdArray;
use crate::error::{OrRaise, report_conditions};
use crate::interop::{self, numpy};
use crate::module::session;
use crate::reduce::{axes, deliver, discards, fold, widened};
use crate::resolve::resolve;
use crate::scalar;
use crate::ufunc::PyUfunc;
use pyo3::prelude::*;
use stook_ops::{ReductionId, reduction, reductions};
use stook_types::DType;

impl PyUfunc {
    /// The loop that joins two elements of this type.
    fn joining(&self, dtype: DType) -> Option<usize> {
        self.row().loops.iter().position(|l| l.joins() && l.outs[0] == dtype)
    }

    /// The type of elements that are joined where nobody asks for one: that of the loop for a
    /// result so far, of the output's type if there is one, and an element.
    fn joined(&self, element: DType, output: Option<DType>) -> Option<DType> {
        let totals = ["add", "multiply"].contains(&self.row().name);
        let first = output.unwrap_or_else(|| if totals { widened(element) } else { element });
        let found = &self.row().loops[resolve(self.id, &[first, element])?];
        let made = found.outs[0];
        let takes_any = || reduction(self.row().name).is_some_and(|id| takes(id, element, made));
        (found.joins() || takes_any()).then_some(made)
    }
}

/// Whether the reduction has a loop from elements of one type to a result of another.
fn takes(id: ReductionId, element: DType, made: DType) -> bool {
    reductions()[usize::from(id.0)].resolve_to(element, made).is_some()
}

#[pymethods]
impl PyUfunc {
    /// The type of elements that methods join: `dtype`, or by the types of the array and the
    /// output; None where no loop joins two into a third.
    #[pyo3(signature = (a, dtype, out))]
    fn _joined<'py>(
        &self,
        a: &Bound<'py, NdArray>,
        dtype: Option<&Bound<'py, PyAny>>,
        out: Option<&Bound<'py, NdArray>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let element = a.get().array().dtype;
        let wanted = match dtype {
            Some(dtype) => interop::dtype_from(dtype)?,
            None if self.row().nin() == 2 => {
                self.joined(element, out.map(|out| out.get().array().dtype))
            }
            None => None,
        };
        let wanted = wanted.filter(|&t| self.joining(t).is_some() && !discards(element, t));
        Ok(wanted.map(|dtype| numpy(a.py()).dtype(a.py(), dtype).clone()))
    }

    /// The element of type `dtype` that leaves others as they are, or None.
    fn _neutral<'py>(
        &self,
        py: Python<'py>,
        dtype: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = reduction(self.row().name).zip(interop::dtype_from(dtype)?);
        let Some((id, dtype)) = found else {
            return Ok(None);
        };
        let row = &reductions()[usize::from(id.0)];
        let found = row.resolve_to(dtype, dtype).map(|k| row.loops[k].neutral());
        found.map(|neutral| scalar::object(py, neutral)).transpose()
    }

    /// The reduction over axes, a scalar where none is left; None where only NumPy knows how.
    fn _fold<'py>(
        &self,
        a: &Bound<'py, NdArray>,
        axis: Option<&Bound<'py, PyAny>>,
        dtype: &Bound<'py, PyAny>,
        keepdims: bool,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, array) = (a.py(), a.get().array());
        let found = reduction(self.row().name).zip(interop::dtype_from(dtype)?);
        let Some((id, output)) = found else {
            return Ok(None);
        };
        let axes = axes(py, axis, array.view.ndim())?;
        let made = fold(py, id, array, &axes, output, keepdims)?;
        made.map(|made| deliver(py, made, None)).transpose()
    }

    /// Running results along an axis.
    fn _scan<'py>(
        &self,
        a: &Bound<'py, NdArray>,
        axis: i64,
        dtype: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, NdArray>>> {
        let (py, array) = (a.py(), a.get().array());
        let found = interop::dtype_from(dtype)?.and_then(|dtype| self.joining(dtype));
        let Some(found) = found else {
            return Ok(None);
        };
        let axis = crate::shape::axis(py, axis, array.view.ndim())?;
        let made = session().scan(self.id, found, array, axis).or_raise(py)?;
        report_conditions(py)?;
        NdArray::object(py, made).map(Some)
    }
}
