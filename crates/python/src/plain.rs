//! The shortest way into calls that are made most: plain ones of an array of ours are answered
//! before arguments are looked at any further.
//!
//! Such a call has positional arguments only, of Python's own types, and makes a view or returns the
//! array. What is not plain goes on to the function that PyO3 made, which says what the call means;
//! the short one bears its name, its signature and its text.
//!
//! Absent on purpose: errors, which the full way finds again, and code of the user's. A panic here
//! ends the process, as nothing is guarded as PyO3's functions are; what may raise is guarded where it
//! is (`dispatch.rs`).

use crate::array::NdArray;
use crate::create::MOST_AXES;
use crate::index::{offset_of, small};
use crate::module::session;
use crate::{dispatch, scalar, shape};
use pyo3::PyTypeInfo;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyTuple};
use smallvec::SmallVec;
use std::ffi::{CString, c_int};
use std::sync::OnceLock;
use stook_types::{Dims, View};

pub(crate) type Raw = *mut ffi::PyObject;
pub(crate) type Object<'a, 'py> = Borrowed<'a, 'py, PyAny>;
/// What answers a plain call; `None` where it is not.
type Answer =
    for<'a, 'py> fn(&Bound<'py, NdArray>, &[Object<'a, 'py>]) -> Option<Bound<'py, PyAny>>;

unsafe extern "C" {
    // The stable interface names it from 3.12 on, Python has it from 3.11 on.
    fn PyObject_Vectorcall(callable: Raw, args: *const Raw, count: usize, names: Raw) -> Raw;
}

/// A function or a method with a short way.
struct Short {
    name: &'static str,
    entry: ffi::PyCFunctionFastWithKeywords,
    /// What PyO3 made, which answers all other calls.
    full: &'static OnceLock<Py<PyAny>>,
}

/// A row of a table of short ways: the name, and what answers.
macro_rules! short {
    ($called:ident, $name:literal, $answer:expr) => {{
        static FULL: OnceLock<Py<PyAny>> = OnceLock::new();
        unsafe extern "C" fn entry(slf: Raw, args: *const Raw, count: isize, names: Raw) -> Raw {
            // SAFETY: Python calls it so.
            unsafe { $called(slf, args, count as usize, names, $answer, &FULL) }
        }
        Short { name: $name, entry, full: &FULL }
    }};
}

fn functions() -> [Short; 4] {
    [
        short!(function, "asarray", |a, _| Some(a.clone().into_any())),
        short!(function, "asanyarray", |a, _| Some(a.clone().into_any())),
        short!(function, "ascontiguousarray", |a, _| in_order(a, false)),
        short!(function, "asfortranarray", |a, _| in_order(a, true)),
    ]
}

fn methods() -> [Short; 8] {
    [
        Short { name: "__array_ufunc__", entry: dispatch::entry, full: &dispatch::FULL },
        short!(method, "diagonal", diagonal),
        short!(method, "item", item),
        short!(method, "ravel", raveled),
        short!(method, "reshape", reshaped),
        short!(method, "squeeze", squeezed),
        short!(method, "transpose", transposed),
        short!(method, "view", same_view),
    ]
}

/// Puts short ways before the functions of the module and the methods of arrays.
pub(crate) fn load(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    for short in functions() {
        let full = m.getattr(short.name)?;
        let definition = short.definition(&full)?;
        // SAFETY: the definition lives for ever.
        let made = unsafe {
            let name = m.name()?;
            let made =
                ffi::PyCMethod_New(definition, m.as_ptr(), name.as_ptr(), std::ptr::null_mut());
            Bound::from_owned_ptr_or_err(py, made)?
        };
        m.setattr(short.name, made)?;
        let _ = short.full.set(full.unbind());
    }
    let class = py.get_type::<NdArray>();
    for short in methods() {
        let full = class.getattr(short.name)?;
        let definition = short.definition(&full)?;
        // SAFETY: the definition lives for ever.
        let made = unsafe {
            let made = ffi::PyDescr_NewMethod(class.as_type_ptr(), definition);
            Bound::from_owned_ptr_or_err(py, made)?
        };
        class.setattr(short.name, made)?;
        let _ = short.full.set(full.unbind());
    }
    Ok(())
}

impl Short {
    /// What Python is told of it.
    fn definition(&self, full: &Bound<'_, PyAny>) -> PyResult<*mut ffi::PyMethodDef> {
        let text =
            |name| full.getattr(name)?.extract::<Option<String>>().map(Option::unwrap_or_default);
        let (signature, doc) = (text("__text_signature__")?, text("__doc__")?);
        let doc = CString::new(format!("{}{signature}\n--\n\n{doc}", self.name))?;
        Ok(Box::into_raw(Box::new(ffi::PyMethodDef {
            ml_name: CString::new(self.name)?.into_raw(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: self.entry },
            ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS as c_int,
            ml_doc: doc.into_raw(),
        })))
    }
}

/// An object as an array of ours, if it is exactly one.
///
/// # Safety
/// It is an object that lives as long as `'a`.
unsafe fn exactly<'a, 'py>(py: Python<'py>, object: Raw) -> Option<Borrowed<'a, 'py, NdArray>> {
    // SAFETY: the caller's promise; what has the class of arrays is one.
    unsafe {
        let ours = ffi::Py_TYPE(object) == NdArray::type_object_raw(py);
        ours.then(|| Borrowed::from_ptr(py, object).cast_unchecked())
    }
}

/// A call of a function, whose first argument is the array.
///
/// # Safety
/// Python calls it with the interpreter attached and arguments as PEP 590 says.
#[inline(always)]
unsafe fn function(
    _module: Raw,
    args: *const Raw,
    count: usize,
    names: Raw,
    answer: Answer,
    full: &OnceLock<Py<PyAny>>,
) -> Raw {
    // SAFETY: the caller's promise.
    unsafe {
        let py = Python::assume_attached();
        if names.is_null()
            && count == 1
            && let Some(array) = exactly(py, *args)
            && let Some(made) = answer(&array, &[])
        {
            return made.into_ptr();
        }
        let full = full.get().expect("set when the function was made");
        PyObject_Vectorcall(full.as_ptr(), args, count, names)
    }
}

/// A call of a method.
///
/// # Safety
/// As [`function`].
#[inline(always)]
unsafe fn method(
    slf: Raw,
    args: *const Raw,
    count: usize,
    names: Raw,
    answer: Answer,
    full: &OnceLock<Py<PyAny>>,
) -> Raw {
    // SAFETY: the caller's promise; `Borrowed` is a pointer to an object.
    unsafe {
        let py = Python::assume_attached();
        if names.is_null()
            && let Some(array) = exactly(py, slf)
        {
            let given: &[Object<'_, '_>] =
                if count == 0 { &[] } else { std::slice::from_raw_parts(args.cast(), count) };
            if let Some(made) = answer(&array, given) {
                return made.into_ptr();
            }
        }
        in_full(slf, args, count, names, full)
    }
}

/// A call of a method with its object as the first argument.
///
/// # Safety
/// As [`function`].
#[cold]
pub(crate) unsafe fn in_full(
    slf: Raw,
    args: *const Raw,
    count: usize,
    names: Raw,
    full: &OnceLock<Py<PyAny>>,
) -> Raw {
    // SAFETY: the caller's promise: values of names follow the positional ones.
    unsafe {
        let named = if names.is_null() { 0 } else { ffi::PyTuple_Size(names) as usize };
        let mut all: SmallVec<[Raw; 8]> = SmallVec::with_capacity(1 + count + named);
        all.push(slf);
        for k in 0..count + named {
            all.push(*args.add(k));
        }
        let full = full.get().expect("set when the method was made");
        PyObject_Vectorcall(full.as_ptr(), all.as_ptr(), 1 + count, names)
    }
}

fn in_order<'py>(a: &Bound<'py, NdArray>, fortran: bool) -> Option<Bound<'py, PyAny>> {
    let array = a.get().array();
    let (view, size) = (&array.view, array.dtype.size());
    let fits = if fortran { view.is_f_contiguous(size) } else { view.is_c_contiguous(size) };
    (fits && view.ndim() > 0).then(|| a.clone().into_any())
}

/// A view as an object; nothing where there is no memory for it, of which the full way tells.
fn viewed<'py>(a: &Bound<'py, NdArray>, view: View) -> Option<Bound<'py, PyAny>> {
    NdArray::view_of(a, view, a.get().array().dtype).ok().map(Bound::into_any)
}

fn same_view<'py>(a: &Bound<'py, NdArray>, args: &[Object<'_, 'py>]) -> Option<Bound<'py, PyAny>> {
    args.is_empty().then(|| viewed(a, a.get().array().view.clone())).flatten()
}

fn item<'py>(a: &Bound<'py, NdArray>, args: &[Object<'_, 'py>]) -> Option<Bound<'py, PyAny>> {
    let array = a.get().array();
    let offset = match args {
        [] if array.view.size() == 1 => array.view.offset,
        _ => offset_of(&array.view, args)?,
    };
    let start = session().settled(array)?.wrapping_offset(offset);
    // SAFETY: the indices were checked against the axes, so an element is there.
    unsafe { scalar::number(a.py(), array.dtype, start) }.ok()
}

fn raveled<'py>(a: &Bound<'py, NdArray>, args: &[Object<'_, 'py>]) -> Option<Bound<'py, PyAny>> {
    let array = a.get().array();
    if !args.is_empty() || !array.view.is_c_contiguous(array.dtype.size()) {
        return None;
    }
    viewed(a, shape::in_one(&array.view, array.dtype))
}

/// Numbers by axis, as separate arguments or in one tuple or list.
fn numbers(args: &[Object<'_, '_>]) -> Option<SmallVec<[isize; 4]>> {
    let mut found: SmallVec<[isize; 4]> = SmallVec::new();
    let mut push = |object: &Bound<'_, PyAny>| {
        found.push(small(object.cast_exact::<PyInt>().ok()?)?);
        Some(())
    };
    let one = if let [one] = args { Some(one) } else { None };
    if let Some(tuple) = one.and_then(|one| one.cast_exact::<PyTuple>().ok()) {
        tuple.iter_borrowed().try_for_each(|object| push(&object))?;
    } else if let Some(list) = one.and_then(|one| one.cast_exact::<PyList>().ok()) {
        list.iter().try_for_each(|object| push(&object))?;
    } else {
        args.iter().try_for_each(|object| push(object))?;
    }
    (found.len() <= MOST_AXES).then_some(found)
}

fn reshaped<'py>(a: &Bound<'py, NdArray>, args: &[Object<'_, 'py>]) -> Option<Bound<'py, PyAny>> {
    if args.is_empty() {
        return None;
    }
    let array = a.get().array();
    let lengths = shape::lengths(&numbers(args)?, array.view.size())?;
    viewed(a, array.view.reshape(&lengths, array.dtype.size())?)
}

fn diagonal<'py>(a: &Bound<'py, NdArray>, args: &[Object<'_, 'py>]) -> Option<Bound<'py, PyAny>> {
    let made = if args.is_empty() { NdArray::diagonal(a, 0, 0, 1).ok() } else { None };
    made.map(Bound::into_any)
}

fn squeezed<'py>(a: &Bound<'py, NdArray>, args: &[Object<'_, 'py>]) -> Option<Bound<'py, PyAny>> {
    let whole = args.is_empty() && !a.get().array().view.shape.contains(&1);
    whole.then(|| a.clone().into_any())
}

fn transposed<'py>(a: &Bound<'py, NdArray>, args: &[Object<'_, 'py>]) -> Option<Bound<'py, PyAny>> {
    let view = &a.get().array().view;
    if args.is_empty() || (args.len() == 1 && args[0].is_none()) {
        return viewed(a, view.reversed());
    }
    let (given, ndim) = (numbers(args)?, view.ndim());
    let mut order = Dims::new();
    for &k in &given {
        let k = usize::try_from(if k < 0 { k + ndim as isize } else { k }).ok()?;
        if k >= ndim || order.contains(&k) {
            return None;
        }
        order.push(k);
    }
    if order.len() < ndim {
        return None;
    }
    viewed(a, view.transpose(&order))
}
