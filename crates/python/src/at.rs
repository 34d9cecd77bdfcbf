//! `ufunc.at`: elements at places replaced by results on them, each as often as it is named.
//!
//! Where an index names a view, no place comes twice, and the call is one like any other. Integer
//! arrays and masks go to the library call ([`advanced::update`]), which takes positions in order.

use crate::advanced;
use crate::array::NdArray;
use crate::elementwise::{Elementwise, casts};
use crate::error::{OrRaise, report_conditions};
use crate::index::view_of;
use crate::module::session;
use crate::resolve::resolve;
use crate::ufunc::PyUfunc;
use pyo3::prelude::*;
use smallvec::SmallVec;
use std::sync::Arc;
use stook_runtime::{Array, Input};
use stook_types::{Casting, DType};

impl Elementwise {
    /// Replaces every element of a view once; false where the values do not fit.
    fn replace(
        &self,
        py: Python<'_>,
        loop_index: usize,
        target: &Array,
        values: Option<&Array>,
    ) -> PyResult<bool> {
        let mut ins: SmallVec<[Input<'_>; 2]> = SmallVec::from_iter([Input::Array(target)]);
        if let Some(values) = values {
            let fits = values.view.ndim() <= target.view.ndim()
                && values.view.broadcast_to(&target.view.shape).is_ok();
            if !fits {
                return Ok(false);
            }
            ins.push(Input::Array(values));
        }
        session().call(self.id, loop_index, &ins, &[Some(target)], None).or_raise(py)?;
        report_conditions(py)?;
        Ok(true)
    }
}

/// Whether values are of this type and in memory that the array does not share.
fn apart(values: &Array, array: &Array, dtype: DType) -> bool {
    values.dtype == dtype && !Arc::ptr_eq(&values.storage, &array.storage)
}

impl Elementwise {
    /// Replaces the elements that an index names, each as often as it is named, by results on them
    /// and on values (if given); false where only NumPy knows how.
    pub(crate) fn update(
        &self,
        py: Python<'_>,
        array: &Array,
        index: &Bound<'_, PyAny>,
        values: Option<&Array>,
    ) -> PyResult<bool> {
        let types: SmallVec<[DType; 2]> =
            [Some(array), values].into_iter().flatten().map(|array| array.dtype).collect();
        let Some(found) = resolve(self.id, &types) else {
            return Ok(false);
        };
        let signature = &self.row().loops[found];
        let stores = casts(signature.outs[0], array.dtype, Casting::Unsafe);
        if !stores || array.view.repeats_elements(array.dtype.size()) {
            return Ok(false);
        }
        if let Some(view) = view_of(array, index)? {
            return self.replace(py, found, &array.with_view(view), values);
        }
        let Some(call) = session().row_call(self.id, found, array.dtype) else {
            return Ok(false);
        };
        let cast = match (values, signature.ins.get(1)) {
            (Some(values), Some(&dtype)) if apart(values, array, dtype) => Some(values.clone()),
            (Some(values), Some(&dtype)) => Some(session().cast(values, dtype).or_raise(py)?),
            _ => None,
        };
        let done = advanced::update(py, array, index, cast.as_ref(), &call)?;
        session().meet(&call);
        report_conditions(py)?;
        Ok(done)
    }
}

#[pymethods]
impl PyUfunc {
    /// Replaces elements at an index: see [`Elementwise::update`].
    #[pyo3(signature = (a, index, values=None))]
    fn _update<'py>(
        &self,
        a: &Bound<'py, NdArray>,
        index: &Bound<'py, PyAny>,
        values: Option<&Bound<'py, NdArray>>,
    ) -> PyResult<bool> {
        let values = values.map(|values| values.get().array());
        self.elementwise()?.update(a.py(), a.get().array(), index, values)
    }
}
