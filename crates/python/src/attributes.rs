//! The shortest way to attributes of arrays.
//!
//! PyO3 notes around each getter that the interpreter is attached and catches panics, which takes as
//! long as most attributes do. So what PyO3 made stands behind a getter without that; setting goes
//! on to it. As in `plain`, a panic here ends the process.

use crate::array::NdArray;
use pyo3::IntoPyObjectExt;
use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::{CString, c_int, c_void};

type Raw = *mut ffi::PyObject;

/// An attribute with a short way.
struct Attribute {
    name: &'static str,
    get: ffi::getter,
}

/// A row of the table: the name, and what has the value.
macro_rules! attribute {
    ($name:literal, $value:expr) => {{
        unsafe extern "C" fn get(slf: Raw, _closure: *mut c_void) -> Raw {
            // SAFETY: Python calls it so.
            unsafe { value(slf, $value) }
        }
        Attribute { name: $name, get }
    }};
}

fn attributes() -> [Attribute; 15] {
    [
        attribute!("T", NdArray::transposed),
        attribute!("base", |a| Ok(a.get().base(a.py()))),
        attribute!("data", NdArray::data),
        attribute!("dtype", |a| Ok(a.get().dtype(a.py()))),
        attribute!("flags", NdArray::flags),
        attribute!("flat", NdArray::flat),
        attribute!("imag", NdArray::imag),
        attribute!("itemsize", |a| Ok(a.get().itemsize())),
        attribute!("mT", NdArray::matrix_transposed),
        attribute!("nbytes", |a| Ok(a.get().nbytes())),
        attribute!("ndim", |a| Ok(a.get().ndim())),
        attribute!("real", NdArray::real),
        attribute!("shape", |a| a.get().shape(a.py())),
        attribute!("size", |a| Ok(a.get().size())),
        attribute!("strides", |a| a.get().strides(a.py())),
    ]
}

/// Puts short ways before the attributes of arrays.
pub(crate) fn load(py: Python<'_>) -> PyResult<()> {
    let class = py.get_type::<NdArray>();
    for attribute in attributes() {
        let full = class.getattr(attribute.name)?;
        let doc = full.getattr("__doc__")?.extract::<Option<String>>()?.unwrap_or_default();
        let definition = Box::into_raw(Box::new(ffi::PyGetSetDef {
            name: CString::new(attribute.name)?.into_raw(),
            get: Some(attribute.get),
            set: Some(set),
            doc: CString::new(doc)?.into_raw(),
            closure: full.into_ptr().cast(),
        }));
        // SAFETY: the definition, and what it names, live for ever.
        let made = unsafe {
            let made = ffi::PyDescr_NewGetSet(class.as_type_ptr(), definition);
            Bound::from_owned_ptr_or_err(py, made)?
        };
        class.setattr(attribute.name, made)?;
    }
    Ok(())
}

/// The value of an attribute, or null with an error set.
///
/// # Safety
/// `slf` is an array of ours, and the interpreter is attached.
#[inline(always)]
unsafe fn value<'py, V: IntoPyObject<'py>>(
    slf: Raw,
    value: impl FnOnce(&Bound<'py, NdArray>) -> PyResult<V>,
) -> Raw {
    // SAFETY: the caller's promise.
    let (py, array) = unsafe {
        let py = Python::assume_attached();
        (py, Borrowed::from_ptr(py, slf).cast_unchecked::<NdArray>())
    };
    match value(&array).and_then(|value| value.into_bound_py_any(py)) {
        Ok(value) => value.into_ptr(),
        Err(error) => {
            error.restore(py);
            std::ptr::null_mut()
        }
    }
}

/// Sets an attribute, or deletes it, as the descriptor that PyO3 made does.
///
/// # Safety
/// Python calls it for an array of ours, with the interpreter attached.
unsafe extern "C" fn set(slf: Raw, value: Raw, full: *mut c_void) -> c_int {
    // SAFETY: what PyO3 made is a descriptor of Python's, whose class has this function.
    unsafe {
        let set = ffi::PyType_GetSlot(ffi::Py_TYPE(full.cast()), ffi::Py_tp_descr_set);
        let set = std::mem::transmute::<*mut c_void, ffi::descrsetfunc>(set);
        set(full.cast(), slf, value)
    }
}
