//! Memory of arrays as Python's buffers.
//!
//! What lies in C order is described here, and the buffer's object is the array, as NumPy has it.
//! Other arrays, and requests that an array does not meet, are NumPy's to answer, on our memory.

use crate::array::{Access, NdArray};
use crate::module::{flush, read};
use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::{CStr, c_int};
use std::sync::Arc;
use stook_runtime::Storage;
use stook_types::{Strides, View};

/// The letters of an element type in the language of `struct`, in the order of `DType::ALL`.
const FORMATS: [&CStr; 14] =
    [c"?", c"b", c"B", c"h", c"H", c"i", c"I", c"l", c"L", c"e", c"f", c"d", c"Zf", c"Zd"];

/// What a buffer rests on: the array may have another shape, or memory, before the buffer ends.
struct Export {
    storage: Arc<Storage>,
    shape: Strides,
    strides: Strides,
}

/// Whether a request is met by memory in C order that may be written or not.
fn is_met(flags: c_int, writeable: bool) -> bool {
    let has = |flag| flags & flag == flag;
    (writeable || !has(ffi::PyBUF_WRITABLE)) && !has(ffi::PyBUF_F_CONTIGUOUS)
}

#[pymethods]
impl NdArray {
    /// Fills in a buffer's description.
    ///
    /// # Safety
    /// Python calls this with a description that it owns.
    unsafe fn __getbuffer__(
        slf: Bound<'_, Self>,
        description: *mut ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        flush(slf.py())?;
        // The array may have other memory, and another shape, once other code has run.
        let (array, access) = (slf.get().array().clone(), slf.get().access());
        let (view, size) = (&array.view, array.dtype.size());
        let plain = view.is_c_contiguous(size) && view.size() > 0 && access != Access::Warned;
        if !plain || !is_met(flags, access == Access::Writeable) {
            let shared = Self::share(&slf)?;
            // SAFETY: the caller's description, passed on with the flags to an object that has
            // buffers.
            let status = unsafe { ffi::PyObject_GetBuffer(shared.as_ptr(), description, flags) };
            return if status < 0 { Err(PyErr::fetch(slf.py())) } else { Ok(()) };
        }
        let start = read(slf.py(), &array)?;
        array.storage.lend();
        let mut export = Box::new(Export {
            storage: array.storage,
            shape: view.shape.iter().map(|&n| n as isize).collect(),
            strides: View::contiguous(&view.shape, size).strides,
        });
        let asked = |flag: c_int, axes: &mut [isize]| {
            let given = flags & flag == flag && !axes.is_empty();
            if given { axes.as_mut_ptr() } else { std::ptr::null_mut() }
        };
        let format = if flags & ffi::PyBUF_FORMAT == 0 {
            std::ptr::null_mut()
        } else {
            FORMATS[array.dtype as usize].as_ptr().cast_mut()
        };
        let filled = ffi::Py_buffer {
            buf: start.cast(),
            len: (view.size() * size) as isize,
            itemsize: size as isize,
            readonly: (access == Access::ReadOnly).into(),
            ndim: if flags & ffi::PyBUF_ND == 0 { 0 } else { view.ndim() as c_int },
            format,
            shape: asked(ffi::PyBUF_ND, &mut export.shape),
            strides: asked(ffi::PyBUF_STRIDES, &mut export.strides),
            suboffsets: std::ptr::null_mut(),
            internal: Box::into_raw(export).cast(),
            obj: slf.into_ptr(),
        };
        // SAFETY: the caller's description.
        unsafe { description.write(filled) };
        Ok(())
    }

    /// Ends the life of a buffer that the array filled in.
    ///
    /// # Safety
    /// Python calls this once with such a description.
    unsafe fn __releasebuffer__(&self, description: *mut ffi::Py_buffer) {
        // SAFETY: the array put it there.
        let export = unsafe { Box::from_raw((*description).internal.cast::<Export>()) };
        export.storage.take_back();
    }
}
