//! Words that a unit returns, as objects of Python's.

use super::Version;
use super::calling::Call;
use crate::array::NdArray;
use crate::interop;
use crate::scalar;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyFloat, PyInt, PyTuple};
use stook_jit::{ArrayType, Layout, Type};
use stook_runtime::Array;
use stook_types::{DType, Scalar, View};

/// The object that a version's words stand for.
pub(super) fn object<'py>(
    py: Python<'py>,
    version: &Version,
    words: &[u64],
    args: &Bound<'py, PyTuple>,
    call: &Call<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    match (&version.result, words) {
        (Type::Number { dtype, python }, [word]) => {
            return number(py, *dtype, *python, (*word).into());
        }
        (Type::None, _) => return Ok(py.None().into_bound(py)),
        _ => {}
    }
    let mut made = Made { py, version, words, args, call, owners: Vec::new() };
    made.next(&version.result)
}

struct Made<'a, 'py> {
    py: Python<'py>,
    version: &'a Version,
    words: &'a [u64],
    args: &'a Bound<'py, PyTuple>,
    call: &'a Call<'a>,
    /// Memory that results share, as arrays of bytes.
    owners: Vec<(u64, Array)>,
}

impl<'py> Made<'_, 'py> {
    fn take(&mut self) -> u64 {
        let (first, rest) = self.words.split_first().expect("a word for each part of a type");
        self.words = rest;
        *first
    }

    fn next(&mut self, ty: &Type) -> PyResult<Bound<'py, PyAny>> {
        match ty {
            Type::Number { dtype, python } => {
                let low = u128::from(self.take());
                let width = 8 * dtype.real().size() as u32;
                let high = if dtype.is_complex() { u128::from(self.take()) << width } else { 0 };
                number(self.py, *dtype, *python, low | high)
            }
            Type::Tuple(items) => {
                let items =
                    items.iter().map(|item| self.next(item)).collect::<PyResult<Vec<_>>>()?;
                Ok(PyTuple::new(self.py, items)?.into_any())
            }
            Type::Array(array) => self.array(*array),
            Type::Range => {
                let parts = (self.take() as i64, self.take() as i64, self.take() as i64);
                self.py.import("builtins")?.getattr("range")?.call1(parts)
            }
            Type::Pointer(_) => Ok(self.take().into_pyobject(self.py)?.into_any()),
            Type::None | Type::Thing(_) | Type::Caught | Type::Closure(..) => {
                Ok(self.py.None().into_bound(self.py))
            }
        }
    }

    fn array(&mut self, ty: ArrayType) -> PyResult<Bound<'py, PyAny>> {
        let (data, owner) = (self.take(), self.take());
        let shape: Vec<usize> = (0..ty.ndim).map(|_| self.take() as usize).collect();
        let mut view = View::contiguous(&shape, ty.dtype.size());
        if ty.layout == Layout::Any {
            for k in 0..ty.ndim {
                view.strides[k] = self.take() as isize;
            }
        }
        let start = data as *mut u8;
        if owner == 0 {
            return self.of_an_argument(&view, ty, start);
        }
        let bytes = match self.owners.iter().find(|(known, _)| *known == owner) {
            Some((_, bytes)) => bytes.clone(),
            None => {
                let bytes = self.call.take(owner as *mut u8);
                let bytes = bytes.ok_or_else(|| lost("the memory of its result"))?;
                self.owners.push((owner, bytes.clone()));
                bytes
            }
        };
        view.offset = start as isize - owner as isize;
        let array = Array { storage: bytes.storage, view, dtype: ty.dtype };
        let made = NdArray::object(self.py, array)?;
        // Of NumPy's class where the function names NumPy.
        if self.version.names.makes_numpys() { NdArray::share(&made) } else { Ok(made.into_any()) }
    }

    /// An array that lies in the memory of an argument: that argument, or a view of it.
    fn of_an_argument(
        &self,
        view: &View,
        ty: ArrayType,
        start: *mut u8,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Some(found) = self.among(self.args, view, ty, Some(start))? {
            return Ok(found);
        }
        // A view of no elements may begin beside its array.
        let found = if view.size() == 0 { self.among(self.args, view, ty, None)? } else { None };
        found.ok_or_else(|| lost("the array that its result lies in"))
    }

    fn among(
        &self,
        args: &Bound<'py, PyTuple>,
        view: &View,
        ty: ArrayType,
        start: Option<*mut u8>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        for arg in args.iter() {
            let found = if let Ok(tuple) = arg.cast::<PyTuple>() {
                self.among(tuple, view, ty, start)?
            } else {
                within(&arg, view, ty, start)?
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// The array itself, or a view of it, where elements at `start` lie in it; a view of it anyway where
/// they lie nowhere.
fn within<'py>(
    arg: &Bound<'py, PyAny>,
    view: &View,
    ty: ArrayType,
    start: Option<*mut u8>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = arg.py();
    let (own, first, dtype) = if let Ok(ours) = arg.cast::<NdArray>() {
        let array = ours.get().array();
        (array.view.clone(), crate::module::read(py, array)?, array.dtype)
    } else if interop::is_any_array(py, arg.as_ptr()) {
        let Some(dtype) = interop::array_dtype(arg) else { return Ok(None) };
        (interop::array_view(arg), interop::array_start(arg).1.cast_mut(), dtype)
    } else {
        return Ok(None);
    };
    if dtype != ty.dtype {
        return Ok(None);
    }
    let start = start.unwrap_or(first);
    if first == start && own.shape[..] == view.shape[..] && own.strides[..] == view.strides[..] {
        return Ok(Some(arg.clone()));
    }
    let base = View { offset: 0, ..own.clone() };
    let (low, high) = base.extent(dtype.size());
    let at = start as isize - first as isize;
    if !(low..=high).contains(&at) {
        return Ok(None);
    }
    if let Ok(ours) = arg.cast::<NdArray>() {
        let view = View { offset: own.offset + at, ..view.clone() };
        return Ok(Some(NdArray::view_of(ours, view, dtype)?.into_any()));
    }
    let writeable = interop::array_writeable(arg);
    interop::view(arg, view, dtype, start, writeable).map(Some)
}

fn lost(what: &str) -> PyErr {
    PyRuntimeError::new_err(format!("internal error in stook: a compiled function lost {what}"))
}

pub(super) fn number<'py>(
    py: Python<'py>,
    dtype: DType,
    python: bool,
    bits: u128,
) -> PyResult<Bound<'py, PyAny>> {
    let value = Scalar { dtype, bits };
    if !python {
        let bytes = value.bytes();
        // SAFETY: the bytes are an element of this type.
        return unsafe { scalar::at(py, dtype, bytes.as_ptr()) };
    }
    Ok(match dtype {
        DType::Bool => PyBool::new(py, bits != 0).to_owned().into_any(),
        DType::C128 => {
            let (re, im) = (f64::from_bits(bits as u64), f64::from_bits((bits >> 64) as u64));
            PyComplex::from_doubles(py, re, im).into_any()
        }
        DType::F64 => PyFloat::new(py, f64::from_bits(bits as u64)).into_any(),
        _ => PyInt::new(py, bits as u64 as i64).into_any(),
    })
}
