//! A ufunc along axes: the parts of its methods (`reduce` and kin) that `_ufunc_methods` composes.

use crate::array::NdArray;
use crate::error::{OrRaise, report_conditions};
use crate::interop::{self, numpy};
use crate::memory::{Cores, contiguous, with_memory};
use crate::module::session;
use crate::reduce::{axes, deliver, discards, fold, widened};
use crate::resolve::resolve;
use crate::scalar;
use crate::ufunc::PyUfunc;
use pyo3::prelude::*;
use stook_libraries::{Rest, Segments};
use stook_ops::{ReductionId, reduction, reductions};
use stook_runtime::Array;
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

/// The array with one axis last, and the other axes in order before it.
fn with_last(array: &Array, axis: usize) -> Array {
    let others = (0..array.view.ndim()).filter(|&k| k != axis);
    array.with_view(array.view.transpose(&others.chain([axis]).collect::<Vec<_>>()))
}

/// Where parts begin and end, as contiguous integers.
fn bounds(py: Python<'_>, given: &Bound<'_, NdArray>) -> PyResult<Array> {
    let array = given.get().array();
    if array.dtype == DType::I64 {
        return contiguous(py, array);
    }
    session().cast(array, DType::I64).or_raise(py)
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

    /// The elements of parts of an axis joined, from the first of each on, into as many elements;
    /// None where no loop joins elements of this type. Parts must lie within the axis.
    fn _segments<'py>(
        &self,
        a: &Bound<'py, NdArray>,
        axis: i64,
        starts: &Bound<'py, NdArray>,
        ends: &Bound<'py, NdArray>,
        dtype: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, NdArray>>> {
        let (py, array) = (a.py(), a.get().array());
        let Some(dtype) = interop::dtype_from(dtype)? else {
            return Ok(None);
        };
        let Some(fold) = session().row_fold(self.id, dtype) else {
            return Ok(None);
        };
        let axis = crate::shape::axis(py, axis, array.view.ndim())?;
        let mut rows = with_last(array, axis);
        let (last, size) = (rows.view.ndim() - 1, dtype.size());
        let gaps = fold.wants_contiguous() && rows.view.strides[last] != size as isize;
        if rows.dtype != dtype || gaps {
            rows = session().cast(&rows, dtype).or_raise(py)?;
        }
        let (starts, ends) = (bounds(py, starts)?, bounds(py, ends)?);
        let parts = starts.view.size();
        let mut shape = array.view.shape.clone();
        shape[axis] = parts;
        let made = session().empty(&shape, dtype).or_raise(py)?;
        let results = with_last(&made, axis);
        let (from, to) = (&rows.view, &results.view);
        with_memory(py, &[&rows, &results, &starts, &ends], |memory| {
            // SAFETY: contiguous integers, which nobody writes while no other call runs.
            let [starts, ends] = [(memory[2], parts), (memory[3], ends.view.size())]
                .map(|(start, n)| unsafe { std::slice::from_raw_parts(start.cast::<i64>(), n) });
            let segments = Segments {
                length: from.shape[last],
                stride: from.strides[last],
                starts,
                ends,
                step: to.strides[last],
                rest: Rest {
                    shape: from.shape[..last].into(),
                    array: from.strides[..last].into(),
                    other: to.strides[..last].into(),
                },
            };
            // SAFETY: the parts are checked to lie within the axis; results are new, and elements
            // follow one another where the fold wants it.
            let join = |elements, count, result| unsafe {
                fold.run(elements, segments.stride, count, result);
            };
            // SAFETY: the strides are those of the array and of the result.
            unsafe { segments.join(memory[0], memory[1], &join, &Cores) }
        })?;
        NdArray::object(py, made).map(Some)
    }
}
