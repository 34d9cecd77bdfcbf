//! A ufunc along axes: the parts of its methods (`reduce` and kin) that `_ufunc_methods` composes.

use crate::array::NdArray;
use crate::elementwise::Elementwise;
use crate::error::{OrRaise, report_conditions};
use crate::fold_conditions::Watched;
use crate::interop::{self, numpy};
use crate::memory::{Cores, contiguous, with_memory};
use crate::module::session;
use crate::reduce::{axes, deliver, discards, fold, watched, widened};
use crate::resolve::resolve;
use crate::scalar;
use crate::ufunc::PyUfunc;
use pyo3::prelude::*;
use std::ops::Range;
use std::slice::from_raw_parts;
use stook_libraries::{Rest, Segments};
use stook_ops::{ReductionId, reduction, reductions};
use stook_runtime::Array;
use stook_types::{DType, View};

impl Elementwise {
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

impl Elementwise {
    /// The type of elements that methods join where nobody asks for one, if they can.
    pub(crate) fn joined_type(&self, element: DType, output: Option<DType>) -> Option<DType> {
        let found = if self.row().nin() == 2 { self.joined(element, output) } else { None };
        found.filter(|&dtype| self.takes_in(element, dtype))
    }

    fn takes_in(&self, element: DType, dtype: DType) -> bool {
        self.joining(dtype).is_some() && !discards(element, dtype)
    }

    /// The reduction along one axis; `None` where only NumPy knows how.
    pub(crate) fn reduced<'py>(
        &self,
        py: Python<'py>,
        array: &Array,
        axis: usize,
        dtype: DType,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let folded = match reduction(self.row().name) {
            Some(id) => fold(py, id, array, &[axis], dtype, false)?,
            None => None,
        };
        if let Some(made) = folded {
            let watched = watched(self.row().name, dtype).map(|fold| (fold, array));
            return deliver(py, made, None, watched).map(Some);
        }
        let n = array.view.shape[axis] as i64;
        if n == 0 {
            return Ok(None);
        }
        let made = self.segments(py, array, axis, (&[0], &[n]), dtype, "reduce")?;
        let made = made.map(|made| made.with_view(without_axis(&made.view, axis)));
        made.map(|made| deliver(py, made, None, None)).transpose()
    }

    /// Running results along an axis, by the loop that joins elements of this type.
    pub(crate) fn scanned<'py>(
        &self,
        py: Python<'py>,
        array: &Array,
        axis: usize,
        dtype: DType,
    ) -> PyResult<Option<Bound<'py, NdArray>>> {
        let Some(found) = self.joining(dtype) else {
            return Ok(None);
        };
        let made = session().scan(self.id, found, array, axis).or_raise(py)?;
        self.watched(found, "accumulate").look_at_all(py, array, axis, &made)?;
        report_conditions(py)?;
        NdArray::object(py, made).map(Some)
    }

    /// The elements from each index to the next joined, the one at an index that is not less;
    /// `None` where only NumPy knows how.
    pub(crate) fn parts<'py>(
        &self,
        a: &Bound<'py, NdArray>,
        axis: usize,
        indices: &Bound<'py, NdArray>,
        dtype: DType,
    ) -> PyResult<Option<Bound<'py, NdArray>>> {
        let (py, array) = (a.py(), a.get().array());
        let length = array.view.shape[axis] as i64;
        let starts = integers(py, indices)?;
        if starts.iter().any(|start| !(0..length).contains(start)) {
            return Ok(None);
        }
        let next = starts.iter().skip(1).chain([&length]);
        let ends: Vec<i64> = starts.iter().zip(next).map(|(k, &next)| next.max(k + 1)).collect();
        let made = self.segments(py, array, axis, (&starts, &ends), dtype, "reduceat")?;
        made.map(|made| NdArray::object(py, made)).transpose()
    }

    fn watched(&self, loop_index: usize, method: &'static str) -> Watched {
        Watched { ufunc: self.id, loop_index, method }
    }

    /// The elements of parts of an axis joined, from the first of each on, for a method of this
    /// name.
    fn segments(
        &self,
        py: Python<'_>,
        array: &Array,
        axis: usize,
        (starts, ends): (&[i64], &[i64]),
        dtype: DType,
        method: &'static str,
    ) -> PyResult<Option<Array>> {
        let fold = session().row_fold(self.id, dtype);
        let Some((fold, found)) = fold.zip(self.joining(dtype)) else {
            return Ok(None);
        };
        let mut rows = with_last(array, axis);
        let (last, size) = (rows.view.ndim() - 1, dtype.size());
        let gaps = fold.wants_contiguous() && rows.view.strides[last] != size as isize;
        if rows.dtype != dtype || gaps {
            rows = session().cast(&rows, dtype).or_raise(py)?;
        }
        let mut shape = array.view.shape.clone();
        shape[axis] = starts.len();
        // NumPy orders the other axes as those of the array, and this one among them as it comes.
        let mut order = array.view.clone();
        (order.shape[axis], order.strides[axis]) = (starts.len(), 0);
        let mut made = session().empty(&shape, dtype).or_raise(py)?;
        made.view = View::after(&shape, std::slice::from_ref(&order), size);
        let results = with_last(&made, axis);
        let (from, to) = (&rows.view, &results.view);
        with_memory(py, &[&rows, &results], |memory| {
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
            let join = |row, parts: Range<usize>, result| {
                let parts = (&starts[parts.clone()], &ends[parts]);
                // SAFETY: the parts are checked to lie within the axis; results are new, and
                // elements follow one another where the fold wants it.
                unsafe { fold.run((row, segments.stride), parts, (result, segments.step)) };
            };
            // SAFETY: the strides are those of the array and of the result.
            unsafe { segments.join(memory[0], memory[1], &join, &Cores) }
        })?;
        self.watched(found, method).look_at_parts(py, array, axis, (starts, ends), &made)?;
        Ok(Some(made))
    }
}

/// A view without an axis, which has one element.
fn without_axis(view: &View, axis: usize) -> View {
    let mut kept = view.clone();
    kept.shape.remove(axis);
    kept.strides.remove(axis);
    kept
}

/// Whether the reduction has a loop from elements of one type to a result of another.
fn takes(id: ReductionId, element: DType, made: DType) -> bool {
    reductions()[usize::from(id.0)].resolve_to(element, made).is_some()
}

/// The array with one axis last, and the other axes in order before it.
pub(crate) fn with_last(array: &Array, axis: usize) -> Array {
    let others = (0..array.view.ndim()).filter(|&k| k != axis);
    array.with_view(array.view.transpose(&others.chain([axis]).collect::<Vec<_>>()))
}

/// The integers of an array, one after another.
fn integers(py: Python<'_>, given: &Bound<'_, NdArray>) -> PyResult<Vec<i64>> {
    let array = given.get().array();
    let array = match array.dtype {
        DType::I64 => contiguous(py, array)?,
        _ => session().cast(array, DType::I64).or_raise(py)?,
    };
    let n = array.view.size();
    with_memory(py, &[&array], |memory| {
        // SAFETY: contiguous integers, which nobody writes while no other call runs; without any
        // there may be no memory.
        let found = if n == 0 { &[] } else { unsafe { from_raw_parts(memory[0].cast(), n) } };
        Ok(found.to_vec())
    })
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
        let (element, ufunc) = (a.get().array().dtype, self.elementwise()?);
        let wanted = match dtype {
            Some(dtype) => interop::dtype_from(dtype)?.filter(|&t| ufunc.takes_in(element, t)),
            None => ufunc.joined_type(element, out.map(|out| out.get().array().dtype)),
        };
        Ok(wanted.map(|dtype| numpy(a.py()).dtype(a.py(), dtype).clone()))
    }

    /// The element of type `dtype` that leaves others as they are, or None.
    fn _neutral<'py>(
        &self,
        py: Python<'py>,
        dtype: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = reduction(self.name()).zip(interop::dtype_from(dtype)?);
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
        let found = reduction(self.name()).zip(interop::dtype_from(dtype)?);
        let Some((id, output)) = found else {
            return Ok(None);
        };
        let axes = axes(py, axis, array.view.ndim())?;
        let made = fold(py, id, array, &axes, output, keepdims)?;
        let watched = watched(self.name(), output).map(|fold| (fold, array));
        made.map(|made| deliver(py, made, None, watched)).transpose()
    }

    /// Running results along an axis.
    fn _scan<'py>(
        &self,
        a: &Bound<'py, NdArray>,
        axis: i64,
        dtype: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, NdArray>>> {
        let (py, array) = (a.py(), a.get().array());
        let axis = crate::shape::axis(py, axis, array.view.ndim())?;
        match interop::dtype_from(dtype)? {
            Some(dtype) => self.elementwise()?.scanned(py, array, axis, dtype),
            None => Ok(None),
        }
    }

    /// The elements of parts of an axis joined, from the first of each on, into as many elements;
    /// None where no loop joins elements of this type. Parts must lie within the axis.
    fn _segments<'py>(
        &self,
        a: &Bound<'py, NdArray>,
        axis: usize,
        starts: &Bound<'py, NdArray>,
        ends: &Bound<'py, NdArray>,
        dtype: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, NdArray>>> {
        let (py, array) = (a.py(), a.get().array());
        let Some(dtype) = interop::dtype_from(dtype)? else {
            return Ok(None);
        };
        let (starts, ends) = (integers(py, starts)?, integers(py, ends)?);
        let made =
            self.elementwise()?.segments(py, array, axis, (&starts, &ends), dtype, "reduce")?;
        made.map(|made| NdArray::object(py, made)).transpose()
    }

    /// The elements from each index of an axis to the next joined; None where an index lies outside
    /// of the axis, or no loop joins elements of this type.
    fn _parts<'py>(
        &self,
        a: &Bound<'py, NdArray>,
        axis: usize,
        indices: &Bound<'py, NdArray>,
        dtype: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, NdArray>>> {
        match interop::dtype_from(dtype)? {
            Some(dtype) => self.elementwise()?.parts(a, axis, indices, dtype),
            None => Ok(None),
        }
    }
}
