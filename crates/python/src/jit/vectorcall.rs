//! Calls whose arguments come where they lie, without a tuple around them.
//!
//! Python calls an object by the function that lies in it, at the place that its class names, if it
//! names one (PEP 590). Classes of PyO3's name none. So [`without_tuples`] derives a class from one
//! of them by Python's own interface: it has room for that function behind what its base has, and
//! inherits everything else, the call with a tuple among it.
//!
//! Absent on purpose: the flag of classes that are derived further. Python 3.11 passes it on to none
//! that can be changed; objects of those are called with a tuple there.

use super::{Args, Dispatcher};
use pyo3::PyTypeInfo;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::impl_::trampoline::get_trampoline_function;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use std::ffi::{c_int, c_uint, c_ulong, c_void};
use std::sync::OnceLock;

/// The function that lies in an object, as Python names its type.
type Function = unsafe extern "C" fn(
    *mut ffi::PyObject,
    *const *mut ffi::PyObject,
    usize,
    *mut ffi::PyObject,
) -> *mut ffi::PyObject;

/// `Py_TPFLAGS_HAVE_VECTORCALL`: Python has it from 3.8 on, the stable interface names it from 3.12 on.
const HAS_FUNCTION: c_ulong = 1 << 11;
/// `PY_VECTORCALL_ARGUMENTS_OFFSET`: a flag beside the number of arguments.
const MAY_WRITE_BEFORE: usize = 1 << (usize::BITS - 1);

/// How far from an object's start the function lies.
static PLACE: OnceLock<usize> = OnceLock::new();

/// The class of compiled functions as one whose objects are called without tuples.
#[pyfunction]
pub(super) fn without_tuples<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    if !class.is_subclass_of::<Dispatcher>()? {
        return Err(PyTypeError::new_err("a class of compiled functions is expected"));
    }
    let size = class.getattr("__basicsize__")?.extract::<usize>()?;
    let place = *PLACE.get_or_init(|| size.next_multiple_of(align_of::<Function>()));
    if place < size {
        return Err(PyTypeError::new_err("its objects have no room for a function"));
    }
    // SAFETY: every class has this slot; this one's is that of `Dispatcher`.
    let call = unsafe { ffi::PyType_GetSlot(class.as_type_ptr(), ffi::Py_tp_call) };
    let mut members = [
        ffi::PyMemberDef {
            name: c"__vectorcalloffset__".as_ptr(),
            type_code: ffi::Py_T_PYSSIZET,
            offset: place as isize,
            flags: ffi::Py_READONLY,
            doc: std::ptr::null(),
        },
        ffi::PyMemberDef::default(),
    ];
    let new: ffi::newfunc = new;
    let slot = |slot: c_int, pfunc: *mut c_void| ffi::PyType_Slot { slot, pfunc };
    let mut slots = [
        slot(ffi::Py_tp_members, members.as_mut_ptr().cast()),
        slot(ffi::Py_tp_new, new as *mut c_void),
        slot(ffi::Py_tp_call, call),
        slot(0, std::ptr::null_mut()),
    ];
    let mut spec = ffi::PyType_Spec {
        name: c"stook._jit.Compiled".as_ptr(),
        basicsize: (place + size_of::<Function>()) as c_int,
        itemsize: 0,
        flags: (ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE | HAS_FUNCTION) as c_uint,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: what the description says holds: objects have room for the function at its place,
    // which `new` fills. Python copies the description; its strings live for ever.
    let made = unsafe {
        let made = ffi::PyType_FromSpecWithBases(&raw mut spec, class.as_ptr());
        Bound::from_owned_ptr_or_err(py, made)?
    };
    made.setattr("__doc__", class.getattr("__doc__")?)?;
    Ok(made)
}

/// A new object, as the base makes it, with its function.
///
/// # Safety
/// Python calls it for the class above, and those derived from it.
unsafe extern "C" fn new(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: Python calls it attached. The base is a class of PyO3's, whose slot has such a function.
    // The object is of a class that has room at the place, which was set before the class was made.
    unsafe {
        let base = Dispatcher::type_object_raw(Python::assume_attached());
        let new = ffi::PyType_GetSlot(base, ffi::Py_tp_new);
        let new = std::mem::transmute::<*mut c_void, ffi::newfunc>(new);
        let made = new(class, args, kwargs);
        if let (false, Some(&place)) = (made.is_null(), PLACE.get()) {
            made.cast::<u8>().add(place).cast::<Function>().write(function);
        }
        made
    }
}

/// The function that lies in objects.
///
/// # Safety
/// Python calls it with an object of the class above, arguments as PEP 590 says, and attached.
unsafe extern "C" fn function(
    object: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // What PyO3 puts around functions of such arguments: panics and errors become exceptions.
    let guarded = get_trampoline_function!(fastcall_cfunction_with_keywords, called);
    // SAFETY: the caller's promise.
    unsafe { guarded(object, args, (count & !MAY_WRITE_BEFORE) as isize, names) }
}

/// # Safety
/// As [`function`].
unsafe fn called(
    py: Python<'_>,
    object: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: isize,
    names: *mut ffi::PyObject,
) -> PyResult<*mut ffi::PyObject> {
    // SAFETY: the caller's promise; `Borrowed` is a pointer to an object, and Python holds all of
    // them while the call lasts.
    unsafe {
        let object = Borrowed::from_ptr(py, object).cast_unchecked::<Dispatcher>();
        let args: *const Borrowed<'_, '_, PyAny> = args.cast();
        let given =
            |count| if count == 0 { &[][..] } else { std::slice::from_raw_parts(args, count) };
        let count = count as usize;
        let own = object.get();
        let made = match Borrowed::from_ptr_or_opt(py, names) {
            None if count == own.params.len()
                && own.star.is_none()
                && own.frame.get().is_none() =>
            {
                Dispatcher::run(&object, given(count))
            }
            None => general(&object, given(count), None),
            Some(names) => {
                let names = names.cast_unchecked::<PyTuple>();
                let all = given(count + names.len());
                let (given, named) = all.split_at(count);
                general(&object, given, Some((&names, named)))
            }
        };
        made.map(Bound::into_ptr)
    }
}

/// A call with a tuple, and a dict of what has names.
#[cold]
fn general<'py>(
    object: &Bound<'py, Dispatcher>,
    args: Args<'_, 'py>,
    named: Option<(&Bound<'py, PyTuple>, Args<'_, 'py>)>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let args = PyTuple::new(py, args)?;
    let mut kwargs = None;
    if let Some((names, values)) = named {
        let all = kwargs.insert(PyDict::new(py));
        names
            .iter_borrowed()
            .zip(values)
            .try_for_each(|(name, value)| all.set_item(name, value))?;
    }
    Dispatcher::__call__(object, &args, kwargs.as_ref())
}
