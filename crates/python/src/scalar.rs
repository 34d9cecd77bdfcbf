//! Python's and NumPy's scalars to values of ours, and back.
//!
//! A value leaves as NumPy's own scalar object. A Python number enters as a [`Weak`] one: by NEP 50
//! it takes the type of what it meets.

use crate::interop::numpy;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyFloat, PyInt};
use stook_types::{DType, Kind, Scalar};

/// A Python number, which has a kind but no width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Weak {
    /// An `int`.
    Int(i128),
    /// A `float`.
    Float(f64),
    /// A `complex`.
    Complex(f64, f64),
}

impl Weak {
    /// The type this number takes beside an array of type `other`.
    pub(crate) fn beside(self, other: DType) -> DType {
        match (self, other.kind()) {
            (Self::Int(_), Kind::Bool) => DType::I64,
            (Self::Float(_), Kind::Bool | Kind::Signed | Kind::Unsigned) => DType::F64,
            (Self::Complex(..), Kind::Bool | Kind::Signed | Kind::Unsigned) => DType::C128,
            (Self::Complex(..), Kind::Float) if other == DType::F64 => DType::C128,
            (Self::Complex(..), Kind::Float) => DType::C64,
            _ => other,
        }
    }

    /// The type it has alone.
    pub(crate) fn alone(self) -> DType {
        match self {
            Self::Int(v) if i64::try_from(v).is_err() => DType::U64,
            Self::Int(_) => DType::I64,
            Self::Float(_) => DType::F64,
            Self::Complex(..) => DType::C128,
        }
    }

    /// The number as a value of `dtype`, where Python and NumPy agree on it without a warning.
    pub(crate) fn exactly(self, dtype: DType) -> Option<Scalar> {
        match (self, dtype.kind()) {
            (Self::Int(v), Kind::Signed | Kind::Unsigned) => {
                let scalar = Scalar::integer(dtype, v);
                (scalar.as_integer() == Some(v)).then_some(scalar)
            }
            // NumPy takes larger integers as truths in some places only.
            (Self::Int(v), Kind::Bool) => i64::try_from(v).is_ok().then(|| Scalar::bool(v != 0)),
            (Self::Int(v), Kind::Float | Kind::Complex) => {
                (v.unsigned_abs() < 1 << 53).then(|| float(dtype, v as f64)).flatten()
            }
            (Self::Float(v), Kind::Float | Kind::Complex) => float(dtype, v),
            (Self::Complex(re, im), Kind::Complex) => {
                let fits = dtype == DType::C128 || (narrows(re) && narrows(im));
                fits.then(|| Scalar::complex(dtype, re, im))
            }
            _ => None,
        }
    }
}

fn float(dtype: DType, v: f64) -> Option<Scalar> {
    let fits = match dtype.real() {
        DType::F64 => true,
        DType::F32 => narrows(v),
        _ => v.abs() < 65520.0 || !v.is_finite(),
    };
    fits.then(|| Scalar::float(dtype, v))
}

/// Whether single precision holds the value without overflow.
fn narrows(v: f64) -> bool {
    !v.is_finite() || (v as f32).is_finite()
}

/// A Python number, if the object is exactly one; integers of more than 127 bits are none.
pub(crate) fn weak(object: &Bound<'_, PyAny>) -> Option<Weak> {
    if let Ok(v) = object.cast_exact::<PyFloat>() {
        return Some(Weak::Float(v.value()));
    }
    if let Ok(v) = object.cast_exact::<PyInt>() {
        return v.extract::<i64>().map(i128::from).or_else(|_| v.extract()).ok().map(Weak::Int);
    }
    if let Ok(v) = object.cast_exact::<PyComplex>() {
        return Some(Weak::Complex(v.real(), v.imag()));
    }
    None
}

/// A value with a type of its own: a Python `bool` or one of NumPy's scalars.
pub(crate) fn strong(object: &Bound<'_, PyAny>) -> Option<Scalar> {
    if let Ok(v) = object.cast_exact::<PyBool>() {
        return Some(Scalar::bool(v.is_true()));
    }
    DType::ALL.into_iter().find_map(|dtype| of_type(object, dtype))
}

/// The value of NumPy's scalar of this type, if the object is one.
#[inline]
pub(crate) fn of_type(object: &Bound<'_, PyAny>, dtype: DType) -> Option<Scalar> {
    let numpy = numpy(object.py());
    if numpy.scalar_types[dtype as usize] != object.get_type_ptr() {
        return None;
    }
    if dtype == DType::F64 {
        // SAFETY: NumPy derives its class from Python's float.
        let value = unsafe { object.cast_unchecked::<PyFloat>() }.value();
        return Some(Scalar::float(dtype, value));
    }
    let mut bytes = [0u8; 16];
    // SAFETY: the object is a NumPy scalar of this type, whose value has at most 16 bytes.
    unsafe { numpy.scalar_as_ctype(object.as_ptr(), bytes.as_mut_ptr()) };
    Some(Scalar::from_bytes(dtype, &bytes))
}

/// NumPy's scalar object for the element at an address.
///
/// # Safety
/// `from` points at an element of this type.
pub(crate) unsafe fn at<'py>(
    py: Python<'py>,
    dtype: DType,
    from: *const u8,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the caller's promise; the call returns a new reference or null with an error set.
    unsafe { Bound::from_owned_ptr_or_err(py, numpy(py).scalar(dtype, from)) }
}

/// NumPy's scalar object for a value.
pub(crate) fn object<'py>(py: Python<'py>, value: Scalar) -> PyResult<Bound<'py, PyAny>> {
    let bytes = value.bytes();
    // SAFETY: the bytes hold a value of this type.
    unsafe { at(py, value.dtype, bytes.as_ptr()) }
}

/// A Python number for a value: `bool`, `int`, `float` or `complex`.
pub(crate) fn item<'py>(py: Python<'py>, value: Scalar) -> PyResult<Bound<'py, PyAny>> {
    let bytes = value.bytes();
    // SAFETY: the bytes hold a value of this type.
    unsafe { number(py, value.dtype, bytes.as_ptr()) }
}

/// A Python number for the element at an address.
///
/// # Safety
/// `from` points at an element of this type.
pub(crate) unsafe fn number<'py>(
    py: Python<'py>,
    dtype: DType,
    from: *const u8,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the caller's promise; it returns a new reference or null with an error set.
    unsafe { Bound::from_owned_ptr_or_err(py, number_maker(dtype)(from)) }
}

/// What makes a Python number, or null with an error set, for the element of a type at an address,
/// with the interpreter attached.
pub(crate) fn number_maker(dtype: DType) -> unsafe fn(*const u8) -> *mut ffi::PyObject {
    /// A row of the table: the element as a value, and what Python makes of it.
    macro_rules! maker {
        ($value:pat, $type:ty, $made:expr) => {{
            unsafe fn make(from: *const u8) -> *mut ffi::PyObject {
                // SAFETY: the caller has such an element there, and the interpreter attached.
                unsafe {
                    let $value = read::<$type>(from);
                    $made
                }
            }
            make
        }};
    }
    match dtype {
        DType::Bool => maker!(v, u8, ffi::PyBool_FromLong(v.into())),
        DType::I8 => maker!(v, i8, ffi::PyLong_FromLong(v.into())),
        DType::I16 => maker!(v, i16, ffi::PyLong_FromLong(v.into())),
        DType::I32 => maker!(v, i32, ffi::PyLong_FromLong(v.into())),
        DType::I64 => maker!(v, i64, ffi::PyLong_FromLongLong(v)),
        DType::U8 => maker!(v, u8, ffi::PyLong_FromLong(v.into())),
        DType::U16 => maker!(v, u16, ffi::PyLong_FromLong(v.into())),
        DType::U32 => maker!(v, u32, ffi::PyLong_FromUnsignedLongLong(v.into())),
        DType::U64 => maker!(v, u64, ffi::PyLong_FromUnsignedLongLong(v)),
        DType::F16 => maker!(bytes, [u8; 2], ffi::PyFloat_FromDouble(half(bytes))),
        DType::F32 => maker!(v, f32, ffi::PyFloat_FromDouble(v.into())),
        DType::F64 => maker!(v, f64, ffi::PyFloat_FromDouble(v)),
        DType::C64 => maker!([re, im], [f32; 2], ffi::PyComplex_FromDoubles(re.into(), im.into())),
        DType::C128 => maker!([re, im], [f64; 2], ffi::PyComplex_FromDoubles(re, im)),
    }
}

fn half(bytes: [u8; 2]) -> f64 {
    Scalar::from_bytes(DType::F16, &bytes).as_float().expect("a float")
}

/// A value from where it need not be aligned.
///
/// # Safety
/// `from` can be read.
unsafe fn read<T>(from: *const u8) -> T {
    // SAFETY: the caller's promise.
    unsafe { from.cast::<T>().read_unaligned() }
}
