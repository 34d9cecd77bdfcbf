//! What a call is given, as operands of ours.

use crate::array::NdArray;
use crate::lists;
use crate::scalar::{self, Weak};
use crate::{fallback, interop};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use stook_runtime::{Array, Input};
use stook_types::{DType, Scalar};

/// One operand of a call.
#[derive(Clone)]
pub(crate) enum Operand<'a, 'py> {
    /// An array of ours.
    Ours(&'a Bound<'py, NdArray>),
    /// An array copied from elsewhere.
    Copied(Array),
    /// A value with a type.
    Strong(Scalar),
    /// A Python number.
    Weak(Weak),
}

impl<'a, 'py> Operand<'a, 'py> {
    /// The object as an operand; `None` where only NumPy knows what to do with it.
    pub(crate) fn of(object: &'a Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        if let Ok(ours) = object.cast::<NdArray>() {
            return Ok(Some(Self::Ours(ours)));
        }
        if let Some(number) = scalar::weak(object) {
            return Ok(Some(Self::Weak(number)));
        }
        if let Some(value) = scalar::strong(object) {
            return Ok(Some(Self::Strong(value)));
        }
        if interop::is_array(object) {
            return numpys(object);
        }
        if is_sequence(object) {
            return listed(object, None);
        }
        Ok(None)
    }

    /// As [`Operand::of`], for what is written to elements of a type: by NumPy's rules the numbers
    /// of a list must fit there, whatever they would be alone.
    pub(crate) fn written(object: &'a Bound<'py, PyAny>, to: DType) -> PyResult<Option<Self>> {
        if !is_sequence(object) {
            return Self::of(object);
        }
        listed(object, Some(to))
    }

    /// Its array, if it is one.
    pub(crate) fn array(&self) -> Option<&Array> {
        match self {
            Self::Ours(ours) => Some(ours.get().array()),
            Self::Copied(array) => Some(array),
            _ => None,
        }
    }

    /// Its type, if it has one of its own.
    pub(crate) fn dtype(&self) -> Option<DType> {
        match self {
            Self::Strong(value) => Some(value.dtype),
            _ => self.array().map(|array| array.dtype),
        }
    }

    /// The number of its dimensions.
    pub(crate) fn ndim(&self) -> usize {
        self.array().map_or(0, |array| array.view.ndim())
    }

    /// What the session takes; a Python number as a value of `dtype`, if it is one exactly.
    pub(crate) fn input(&self, dtype: DType) -> Option<Input<'_>> {
        match self {
            Self::Ours(ours) => Some(Input::Array(ours.get().array())),
            Self::Copied(array) => Some(Input::Array(array)),
            Self::Strong(value) => Some(Input::Scalar(*value)),
            Self::Weak(number) => number.exactly(dtype).map(Input::Scalar),
        }
    }
}

pub(crate) fn is_sequence(object: &Bound<'_, PyAny>) -> bool {
    object.is_exact_instance_of::<PyList>() || object.is_exact_instance_of::<PyTuple>()
}

fn numpys<'a, 'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Operand<'a, 'py>>> {
    let Some(dtype) = interop::array_dtype(object) else {
        return Ok(None);
    };
    let (ndim, start) = interop::array_start(object);
    if ndim == 0 {
        let mut bytes = [0u8; 16];
        // SAFETY: an array without dimensions has one element.
        unsafe { std::ptr::copy_nonoverlapping(start, bytes.as_mut_ptr(), dtype.size()) };
        return Ok(Some(Operand::Strong(Scalar::from_bytes(dtype, &bytes))));
    }
    Ok(Some(Operand::Copied(interop::snapshot_of_operand(object, dtype)?)))
}

/// What `numpy.array` makes of a list, of a type if one is given.
fn listed<'a, 'py>(
    object: &Bound<'py, PyAny>,
    to: Option<DType>,
) -> PyResult<Option<Operand<'a, 'py>>> {
    let py = object.py();
    if let Some(array) = lists::array(object, to)? {
        return Ok(Some(Operand::Copied(array)));
    }
    let dtype = to.map(|to| interop::numpy(py).dtype(py, to));
    let args = match dtype {
        Some(dtype) => (object, dtype).into_pyobject(py)?,
        None => (object,).into_pyobject(py)?,
    };
    let function = interop::numpy(py).module(py).getattr("array")?;
    let made = match function.call1(&args) {
        Err(error) if fallback::gave_ours(py, &error) => {
            fallback::call_numpy(&function, &args, None)?
        }
        made => made?,
    };
    if let Ok(ours) = made.cast::<NdArray>() {
        return Ok(Some(Operand::Copied(ours.get().array().clone())));
    }
    if !interop::is_array(&made) {
        return Ok(None);
    }
    Ok(interop::array_dtype(&made).map(|dtype| Operand::Copied(interop::adopt(made, dtype))))
}
