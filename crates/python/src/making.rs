//! New objects of our classes by the shortest way.
//!
//! PyO3 makes an object by the `__new__` of `object`, which looks at arguments and finds the
//! class's own function again each time. A [`Maker`] keeps that function, and where in an object
//! the value lies, as it finds them with the first object, which PyO3 makes. Memory of objects that
//! are gone waits in it for new ones; PyO3's own list of such memory takes a lock each time.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::{PyClass, PyClassInitializer};
use std::cell::{Cell, UnsafeCell};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::OnceLock;

/// As much memory waits for new objects.
const MOST_FREE: usize = 64;

/// Makes objects of one class, which has no `__dict__` and belongs to no one thread.
pub(crate) struct Maker<T> {
    found: OnceLock<Found>,
    free: Free,
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

/// Objects that are gone, with their memory, the last one first.
struct Free {
    objects: UnsafeCell<[*mut ffi::PyObject; MOST_FREE]>,
    count: Cell<usize>,
}

// SAFETY: used with the interpreter attached only, so by one thread at a time.
unsafe impl Sync for Free {}

impl Free {
    const fn new() -> Self {
        Self { objects: UnsafeCell::new([std::ptr::null_mut(); MOST_FREE]), count: Cell::new(0) }
    }

    /// # Safety
    /// The interpreter is attached.
    unsafe fn pop(&self) -> Option<*mut ffi::PyObject> {
        let left = self.count.get().checked_sub(1)?;
        self.count.set(left);
        // SAFETY: the caller's promise; so many are there.
        Some(unsafe { (*self.objects.get())[left] })
    }

    /// Whether there was room.
    ///
    /// # Safety
    /// The interpreter is attached.
    unsafe fn push(&self, object: *mut ffi::PyObject) -> bool {
        let count = self.count.get();
        // SAFETY: the caller's promise.
        let Some(place) = (unsafe { (*self.objects.get()).get_mut(count) }) else {
            return false;
        };
        *place = object;
        self.count.set(count + 1);
        true
    }
}

impl<T> Maker<T> {
    pub(crate) const fn new() -> Self {
        Self { found: OnceLock::new(), free: Free::new(), class: PhantomData }
    }

    /// Takes the memory of an object that is gone: what `tp_free` is for a class with [`reused`].
    ///
    /// # Safety
    /// Python calls it once for an object of the class, or of one that inherits its `tp_free`, with
    /// the interpreter attached; the value has been dropped.
    pub(crate) unsafe fn take_back(&self, object: *mut c_void) {
        // SAFETY: the caller's promise; the object's head is still there.
        unsafe {
            let exact = self.found.get().is_some_and(|f| f.class == ffi::Py_TYPE(object.cast()));
            if !(exact && self.free.push(object.cast())) {
                ffi::PyObject_GC_Del(object);
            }
        }
    }
}

impl<T: PyClass<Frozen = True> + Sync + Into<PyClassInitializer<T>>> Maker<T> {
    /// The value as an object.
    #[inline]
    pub(crate) fn make<'py>(&self, py: Python<'py>, value: T) -> PyResult<Bound<'py, T>> {
        let Some(found) = self.found.get() else {
            return self.first(py, value);
        };
        // SAFETY: an object of the class, whose value has room at its place. All else in it is the
        // list of weak references, which is empty: the memory is zero when it is new, and the list
        // was emptied before memory is used again.
        unsafe {
            let object = self.object(found);
            if object.is_null() {
                return Err(PyErr::fetch(py));
            }
            object.byte_add(found.place).cast::<T>().write(value);
            Ok(Bound::from_owned_ptr(py, object).cast_into_unchecked())
        }
    }

    /// An object without a value, which the collector of garbage does not follow.
    ///
    /// # Safety
    /// The interpreter is attached.
    #[inline]
    unsafe fn object(&self, found: &Found) -> *mut ffi::PyObject {
        // SAFETY: the caller's promise; memory that was taken back is an object's of this class.
        unsafe {
            if let Some(object) = self.free.pop() {
                return ffi::PyObject_Init(object, found.class);
            }
            let object = (found.empty)(found.class, 0);
            if !object.is_null() {
                ffi::PyObject_GC_UnTrack(object.cast());
            }
            object
        }
    }

    #[cold]
    fn first<'py>(&self, py: Python<'py>, value: T) -> PyResult<Bound<'py, T>> {
        let made = Bound::new(py, value)?;
        let class = T::type_object_raw(py);
        // SAFETY: every class has this slot, which holds such a function.
        let empty = unsafe {
            std::mem::transmute::<*mut c_void, ffi::allocfunc>(ffi::PyType_GetSlot(
                class,
                ffi::Py_tp_alloc,
            ))
        };
        let place = std::ptr::from_ref(made.get()).addr() - made.as_ptr().addr();
        let _ = self.found.set(Found { class, empty, place });
        Ok(made)
    }
}

/// Lets memory of objects of a class go back to their maker, a static.
///
/// `reused!(Flags, MAKER)` adds one slot to those that PyO3 has of the class.
macro_rules! reused {
    ($class:ty, $maker:path) => {
        pyo3::inventory::submit! {
            type Inventory = <$class as pyo3::impl_::pyclass::PyClassImpl>::Inventory;
            Inventory::new(pyo3::impl_::pyclass::PyClassItems {
                methods: &[],
                slots: &[pyo3::ffi::PyType_Slot {
                    slot: pyo3::ffi::Py_tp_free,
                    pfunc: {
                        unsafe extern "C" fn free(object: *mut std::ffi::c_void) {
                            // SAFETY: Python calls it so.
                            unsafe { $maker.take_back(object) }
                        }
                        free as *mut std::ffi::c_void
                    },
                }],
            })
        }
    };
}
pub(crate) use reused;
