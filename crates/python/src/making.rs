//! New objects of our classes by the shortest way.
//!
//! PyO3 makes an object by the `__new__` of `object`, which looks at arguments and finds the
//! class's own function again each time. A [`Maker`] keeps that function, and where in an object
//! the value lies, as it finds them with the first object, which PyO3 makes.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::{PyClass, PyClassInitializer};
use std::marker::PhantomData;
use std::sync::OnceLock;

/// Makes objects of one class, which has no `__dict__` and belongs to no one thread.
pub(crate) struct Maker<T> {
    found: OnceLock<Found>,
    class: PhantomData<fn(T)>,
}

struct Found {
    class: *mut ffi::PyTypeObject,
    /// What makes an object of the class, without a value.
    empty: ffi::allocfunc,
    /// Bytes from the start of an object to its value.
    place: usize,
}

// SAFETY: the pointers are to a class and a function, which live as long as the process and are
// used with the interpreter attached.
unsafe impl Send for Found {}
// SAFETY: as above.
unsafe impl Sync for Found {}

impl<T> Maker<T> {
    pub(crate) const fn new() -> Self {
        Self { found: OnceLock::new(), class: PhantomData }
    }
}

impl<T: PyClass<Frozen = True> + Sync + Into<PyClassInitializer<T>>> Maker<T> {
    /// The value as an object.
    #[inline]
    pub(crate) fn make<'py>(&self, py: Python<'py>, value: T) -> PyResult<Bound<'py, T>> {
        let Some(found) = self.found.get() else {
            return self.first(py, value);
        };
        // SAFETY: the class's own way to make an object, whose value has room at its place. All
        // else in it is the list of weak references, which is empty: the memory is zero when it is
        // new, and the list was emptied before memory is used again.
        unsafe {
            let object = (found.empty)(found.class, 0);
            if object.is_null() {
                return Err(PyErr::fetch(py));
            }
            ffi::PyObject_GC_UnTrack(object.cast());
            object.byte_add(found.place).cast::<T>().write(value);
            Ok(Bound::from_owned_ptr(py, object).cast_into_unchecked())
        }
    }

    #[cold]
    fn first<'py>(&self, py: Python<'py>, value: T) -> PyResult<Bound<'py, T>> {
        let made = Bound::new(py, value)?;
        let class = T::type_object_raw(py);
        // SAFETY: every class has this slot, which holds such a function.
        let empty = unsafe {
            std::mem::transmute::<*mut std::ffi::c_void, ffi::allocfunc>(ffi::PyType_GetSlot(
                class,
                ffi::Py_tp_alloc,
            ))
        };
        let place = std::ptr::from_ref(made.get()).addr() - made.as_ptr().addr();
        let _ = self.found.set(Found { class, empty, place });
        Ok(made)
    }
}
