//! NumPy's arrays, dtypes and scalars by way of its C interface, whose layout is stable.
//!
//! An array of NumPy's enters as a copy ([`snapshot`]) or, when nobody else holds it, by its memory
//! ([`adopt`]); memory of ours leaves as an array of NumPy's that keeps ours alive ([`view`]).

use crate::array::NdArray;
use crate::error::OrRaise;
use crate::module::session;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PySlice, PyTuple};
use smallvec::SmallVec;
use std::ffi::{c_char, c_int, c_void};
use stook_runtime::Array;
use stook_types::{DType, View};

/// NumPy's numbers of our element types, in the order of [`DType::ALL`].
const TYPE_NUMBERS: [c_int; 14] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 23, 11, 12, 14, 15];
const C_CONTIGUOUS: c_int = 0x1;
const WRITEABLE: c_int = 0x400;
const ALIGNED: c_int = 0x100;
const OWNS_DATA: c_int = 0x4;

/// The head of NumPy's array object.
#[repr(C)]
struct RawArray {
    head: ffi::PyObject,
    data: *mut u8,
    ndim: c_int,
    shape: *mut isize,
    strides: *mut isize,
    base: *mut ffi::PyObject,
    dtype: *mut RawDType,
    flags: c_int,
}

/// The head of NumPy's dtype object.
#[repr(C)]
struct RawDType {
    head: ffi::PyObject,
    scalar_type: *mut ffi::PyTypeObject,
    kind: c_char,
    letter: c_char,
    byte_order: c_char,
    former_flags: c_char,
    number: c_int,
}

/// The head of NumPy's record object.
#[repr(C)]
struct RawRecord {
    head: ffi::PyVarObject,
    data: *mut u8,
    dtype: *mut RawDType,
    flags: c_int,
}

/// The number of dtypes whose elements are bytes, records among them.
const VOID: c_int = 20;

/// What this module uses of NumPy.
pub(crate) struct Numpy {
    api: *const *const c_void,
    array_type: *mut ffi::PyTypeObject,
    record_type: *mut ffi::PyTypeObject,
    dtype_class: Py<PyAny>,
    dtypes: [Py<PyAny>; 14],
    /// The scalar classes, in the order of [`DType::ALL`].
    pub(crate) scalar_types: [*mut ffi::PyTypeObject; 14],
    /// What makes an object of each of these classes.
    scalar_makers: [ffi::allocfunc; 14],
    module: Py<PyModule>,
    address_class: PyOnceLock<Py<PyAny>>,
}

// SAFETY: the pointers are to NumPy's function table and to types, which live as long as the
// process and are used with the interpreter attached.
unsafe impl Send for Numpy {}
// SAFETY: as above.
unsafe impl Sync for Numpy {}

static NUMPY: PyOnceLock<Numpy> = PyOnceLock::new();

/// Loads NumPy's interface; called once, before anything else here.
pub(crate) fn load(py: Python<'_>) -> PyResult<()> {
    NUMPY.get_or_try_init(py, || Numpy::new(py)).map(|_| ())
}

/// NumPy's interface.
pub(crate) fn numpy(py: Python<'_>) -> &'static Numpy {
    NUMPY.get(py).expect("loaded when the module is")
}

impl Numpy {
    fn new(py: Python<'_>) -> PyResult<Self> {
        let module = py.import("numpy")?;
        let table = py.import("numpy._core._multiarray_umath")?.getattr("_ARRAY_API")?;
        // SAFETY: the object is NumPy's capsule, made without a name.
        let api = unsafe { ffi::PyCapsule_GetPointer(table.as_ptr(), std::ptr::null()) };
        if api.is_null() {
            return Err(PyErr::fetch(py));
        }
        let dtype_class = module.getattr("dtype")?;
        let named = |d: DType| dtype_class.call1((d.name(),));
        let mut dtypes = Vec::new();
        let mut scalar_types = [std::ptr::null_mut(); 14];
        for d in DType::ALL {
            let dtype = named(d)?;
            scalar_types[d as usize] = dtype.getattr("type")?.as_ptr().cast();
            dtypes.push(dtype.unbind());
        }
        // SAFETY: classes of NumPy's, and every class has this slot, which holds such a function.
        let maker = |class| unsafe {
            std::mem::transmute::<*mut c_void, ffi::allocfunc>(ffi::PyType_GetSlot(
                class,
                ffi::Py_tp_alloc,
            ))
        };
        let scalar_makers = scalar_types.map(maker);
        let array_type = module.getattr("ndarray")?.as_ptr().cast();
        let record_type = module.getattr("void")?.as_ptr().cast();
        Ok(Self {
            api: api.cast(),
            array_type,
            record_type,
            dtype_class: dtype_class.unbind(),
            dtypes: dtypes.try_into().expect("one for each type"),
            scalar_types,
            scalar_makers,
            module: module.unbind(),
            address_class: PyOnceLock::new(),
        })
    }

    /// The module `numpy`.
    pub(crate) fn module<'py>(&self, py: Python<'py>) -> &Bound<'py, PyModule> {
        self.module.bind(py)
    }

    /// The class of arrays' attribute `ctypes`, made of an array and its address.
    pub(crate) fn address_class<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        let made = self.address_class.get_or_try_init(py, || {
            let array = self.module.bind(py).call_method1("empty", (0,))?;
            Ok::<_, PyErr>(array.getattr("ctypes")?.get_type().into_any().unbind())
        });
        Ok(made?.bind(py))
    }

    /// NumPy's dtype object.
    pub(crate) fn dtype<'py>(&self, py: Python<'py>, dtype: DType) -> &Bound<'py, PyAny> {
        self.dtypes[dtype as usize].bind(py)
    }

    /// NumPy's dtype object, borrowed.
    pub(crate) fn dtype_ptr(&self, dtype: DType) -> *mut ffi::PyObject {
        self.dtypes[dtype as usize].as_ptr()
    }

    /// # Safety
    /// `F` is the C type of the entry at `index` of NumPy's table.
    unsafe fn entry<F: Copy>(&self, index: usize) -> F {
        // SAFETY: the table has more entries than any index used here, and the caller knows the
        // type of this one, a function pointer.
        unsafe { std::mem::transmute_copy(&*self.api.add(index)) }
    }

    /// `PyArray_ScalarAsCtype`: a scalar's value.
    ///
    /// # Safety
    /// `scalar` is a NumPy scalar and `into` has room for its value.
    pub(crate) unsafe fn scalar_as_ctype(&self, scalar: *mut ffi::PyObject, into: *mut u8) {
        type Entry = unsafe extern "C" fn(*mut ffi::PyObject, *mut u8);
        // SAFETY: entry 62 has this type; the rest is the caller's promise.
        unsafe { self.entry::<Entry>(62)(scalar, into) }
    }

    /// A new scalar object, or null with an error set: what `PyArray_Scalar` makes, without finding
    /// out again which type it is.
    ///
    /// # Safety
    /// `from` points at an element of this type.
    #[inline]
    pub(crate) unsafe fn scalar(&self, dtype: DType, from: *const u8) -> *mut ffi::PyObject {
        if dtype == DType::Bool {
            // SAFETY: the caller's promise.
            return unsafe { self.truth(from) };
        }
        let class = self.scalar_types[dtype as usize];
        // SAFETY: the class's own way to make an object, and a class that it belongs to.
        let object = unsafe { self.scalar_makers[dtype as usize](class, 0) };
        if !object.is_null() {
            // SAFETY: an object of these classes is a head and its value, which is aligned there.
            unsafe {
                let value = object.add(1).cast::<u8>();
                match dtype.size() {
                    1 => copy::<u8>(from, value),
                    2 => copy::<u16>(from, value),
                    4 => copy::<u32>(from, value),
                    8 => copy::<u64>(from, value),
                    _ => copy::<[u64; 2]>(from, value),
                }
            }
        }
        object
    }

    /// One of NumPy's two truth values, by `PyArray_Scalar`.
    ///
    /// # Safety
    /// `from` points at a bool.
    unsafe fn truth(&self, from: *const u8) -> *mut ffi::PyObject {
        type Entry = unsafe extern "C" fn(
            *const u8,
            *mut ffi::PyObject,
            *mut ffi::PyObject,
        ) -> *mut ffi::PyObject;
        let dtype = self.dtype_ptr(DType::Bool);
        // SAFETY: entry 60 has this type; the rest is the caller's promise.
        unsafe { self.entry::<Entry>(60)(from, dtype, std::ptr::null_mut()) }
    }
}

/// Copies a value from where it need not be aligned.
///
/// # Safety
/// `from` can be read, `to` can be written, and it is aligned.
unsafe fn copy<T>(from: *const u8, to: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe { to.cast::<T>().write(from.cast::<T>().read_unaligned()) }
}

type NewFromDescr = unsafe extern "C" fn(
    *mut ffi::PyTypeObject,
    *mut ffi::PyObject,
    c_int,
    *const isize,
    *const isize,
    *mut u8,
    c_int,
    *mut ffi::PyObject,
) -> *mut ffi::PyObject;
type SetBase = unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject) -> c_int;

/// Whether the object is exactly a `numpy.ndarray`.
pub(crate) fn is_array(object: &Bound<'_, PyAny>) -> bool {
    object.get_type_ptr() == numpy(object.py()).array_type
}

/// Whether the object is a `numpy.ndarray` or of a subclass.
pub(crate) fn is_any_array(py: Python<'_>, object: *mut ffi::PyObject) -> bool {
    // SAFETY: both are live objects.
    unsafe { ffi::PyObject_TypeCheck(object, numpy(py).array_type) != 0 }
}

/// Whether arrays of NumPy's, and none of ours, are among objects and the items of their tuples.
pub(crate) fn are_numpys<'a, 'py: 'a>(
    objects: impl IntoIterator<Item = &'a Bound<'py, PyAny>>,
) -> bool {
    let (theirs, ours) = objects.into_iter().map(arrays_among).fold((false, false), both);
    theirs && !ours
}

/// Whether an object is, or has, arrays of NumPy's, and ours.
fn arrays_among(object: &Bound<'_, PyAny>) -> (bool, bool) {
    match object.cast::<PyTuple>() {
        Ok(items) => items.iter().map(|item| arrays_among(&item)).fold((false, false), both),
        Err(_) => (is_any_array(object.py(), object.as_ptr()), object.is_instance_of::<NdArray>()),
    }
}

fn both(a: (bool, bool), b: (bool, bool)) -> (bool, bool) {
    (a.0 | b.0, a.1 | b.1)
}

fn raw<'a>(object: &'a Bound<'_, PyAny>) -> &'a RawArray {
    debug_assert!(is_any_array(object.py(), object.as_ptr()));
    // SAFETY: the object is an array of NumPy's, whose first fields are these.
    unsafe { &*object.as_ptr().cast::<RawArray>() }
}

/// The element type that a dtype object names, if it is one of ours in native byte order.
fn known(dtype: *const RawDType) -> Option<DType> {
    // SAFETY: a dtype object of NumPy's, whose first fields are these.
    let dtype = unsafe { &*dtype };
    if dtype.byte_order as u8 == b'>' {
        return None;
    }
    *DTYPE_OF_NUMBER.get(usize::try_from(dtype.number).ok()?)?
}

/// What [`TYPE_NUMBERS`] says, by number; `long long` is `long` under another one.
const DTYPE_OF_NUMBER: [Option<DType>; 24] = {
    let mut found = [None; 24];
    let mut k = 0;
    while k < TYPE_NUMBERS.len() {
        found[TYPE_NUMBERS[k] as usize] = Some(DType::ALL[k]);
        k += 1;
    }
    (found[9], found[10]) = (found[7], found[8]);
    found
};

/// `numpy.dtype(object)`.
pub(crate) fn dtype_object<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    numpy(object.py()).dtype_class.bind(object.py()).call1((object,))
}

/// What `numpy.dtype(object)` says, if it is an element type of ours.
pub(crate) fn dtype_from(object: &Bound<'_, PyAny>) -> PyResult<Option<DType>> {
    let py = object.py();
    if let Some(d) = DType::ALL.into_iter().find(|&d| numpy(py).dtype_ptr(d) == object.as_ptr()) {
        return Ok(Some(d));
    }
    let dtype = dtype_object(object)?;
    Ok(known(dtype.as_ptr().cast::<RawDType>()))
}

/// The element type of an array of NumPy's.
pub(crate) fn array_dtype(object: &Bound<'_, PyAny>) -> Option<DType> {
    known(raw(object).dtype)
}

/// The element type that a dtype object of NumPy's names, if it is one of ours in native order.
pub(crate) fn native_dtype(dtype: &Bound<'_, PyAny>) -> Option<DType> {
    known(dtype.as_ptr().cast::<RawDType>())
}

/// Whether an object is a dtype of NumPy's.
pub(crate) fn is_dtype(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance(numpy(object.py()).dtype_class.bind(object.py())).unwrap_or(false)
}

/// The dtype object of an array of NumPy's.
pub(crate) fn array_dtype_object<'py>(object: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
    // SAFETY: an array keeps its dtype, which is an object.
    unsafe { Bound::from_borrowed_ptr(object.py(), raw(object).dtype.cast()) }
}

/// A record of NumPy's: its memory.
pub(crate) struct Record<'py> {
    pub(crate) data: *mut u8,
    pub(crate) dtype: Bound<'py, PyAny>,
    pub(crate) writeable: bool,
}

/// An object as a record of NumPy's, if it is one.
pub(crate) fn record<'py>(object: &Bound<'py, PyAny>) -> Option<Record<'py>> {
    let py = object.py();
    // SAFETY: both are live objects; a scalar of this type begins with these fields, and keeps its
    // dtype.
    unsafe {
        if ffi::PyObject_TypeCheck(object.as_ptr(), numpy(py).record_type) == 0 {
            return None;
        }
        let raw = &*object.as_ptr().cast::<RawRecord>();
        let dtype = Bound::from_borrowed_ptr(py, raw.dtype.cast());
        Some(Record { data: raw.data, dtype, writeable: raw.flags & WRITEABLE != 0 })
    }
}

/// Whether an array of NumPy's may have records as its elements.
pub(crate) fn has_bytes(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: an array's dtype is a dtype object, whose first fields are these.
    unsafe { (*raw(object).dtype).number == VOID }
}

/// Whether an array of NumPy's may be written.
pub(crate) fn array_writeable(object: &Bound<'_, PyAny>) -> bool {
    raw(object).flags & WRITEABLE != 0
}

/// The number of dimensions of an array of NumPy's, and its first element.
pub(crate) fn array_start(object: &Bound<'_, PyAny>) -> (usize, *const u8) {
    (raw(object).ndim as usize, raw(object).data)
}

/// Whether the elements of an array of NumPy's lie one after another.
pub(crate) fn array_packed(object: &Bound<'_, PyAny>) -> bool {
    raw(object).flags & C_CONTIGUOUS != 0
}

/// The lengths and strides of an array of NumPy's.
pub(crate) fn array_axes<'a>(object: &'a Bound<'_, PyAny>) -> (&'a [isize], &'a [isize]) {
    let array = raw(object);
    let n = array.ndim as usize;
    if n == 0 {
        return (&[], &[]);
    }
    // SAFETY: NumPy keeps `ndim` lengths and strides behind these pointers.
    unsafe {
        (std::slice::from_raw_parts(array.shape, n), std::slice::from_raw_parts(array.strides, n))
    }
}

/// The array's shape and strides, as a view whose storage starts at its first element.
pub(crate) fn array_view(object: &Bound<'_, PyAny>) -> View {
    let (shape, strides) = array_axes(object);
    View { offset: 0, shape: shape.iter().map(|&n| n as usize).collect(), strides: strides.into() }
}

/// A copy of a NumPy array's elements in memory of ours; in Fortran order where the array is.
pub(crate) fn snapshot(object: &Bound<'_, PyAny>, dtype: DType) -> PyResult<Array> {
    let py = object.py();
    let mut view = array_view(object);
    let size = dtype.size();
    if !view.is_c_contiguous(size) && !view.is_f_contiguous(size) {
        return Ok(adopt(object.call_method1("copy", ("K",))?, dtype));
    }
    if view.is_c_contiguous(size) && view.size() > 0 {
        view = View::contiguous(&view.shape, size);
    }
    let mut array = session().empty(&view.shape, dtype).or_raise(py)?;
    let into = crate::module::read(py, &array)?;
    // SAFETY: both hold this many bytes without gaps, and the new memory is nobody else's.
    unsafe { std::ptr::copy_nonoverlapping(raw(object).data, into, view.size() * size) };
    view.offset = array.view.offset;
    array.view = view;
    Ok(array)
}

/// A copy for a call, as views of memory: where an array repeats its elements, the copy does.
pub(crate) fn snapshot_of_operand(object: &Bound<'_, PyAny>, dtype: DType) -> PyResult<Array> {
    let py = object.py();
    let whole = array_view(object);
    let repeats = |k: &usize| whole.strides[*k] == 0 && whole.shape[*k] > 1;
    let repeated: SmallVec<[usize; 4]> = (0..whole.ndim()).filter(repeats).collect();
    if repeated.is_empty() {
        return snapshot(object, dtype);
    }
    let parts = (0..whole.ndim()).map(|k| match repeats(&k) {
        true => PySlice::new(py, 0, 1, 1),
        false => PySlice::full(py),
    });
    let once = object.get_item(PyTuple::new(py, parts.collect::<Vec<_>>())?)?;
    let mut array = snapshot(&once, dtype)?;
    for k in repeated {
        (array.view.shape[k], array.view.strides[k]) = (whole.shape[k], 0);
    }
    Ok(array)
}

/// The memory of an array of NumPy's as an array of ours, which keeps the object alive.
pub(crate) fn adopt(object: Bound<'_, PyAny>, dtype: DType) -> Array {
    let mut view = array_view(&object);
    let (low, high) = view.extent(dtype.size());
    let start = raw(&object).data.wrapping_offset(low);
    view.offset = -low;
    // SAFETY: the elements lie between these bounds, and the object keeps them.
    unsafe { session().adopt(start, (high - low) as usize, view, dtype, Box::new(object.unbind())) }
}

/// An array of NumPy's on memory of ours: elements from `start` on that lie as `view` says, kept
/// alive by `base`.
pub(crate) fn view<'py>(
    base: &Bound<'py, PyAny>,
    view: &View,
    dtype: DType,
    start: *mut u8,
    writeable: bool,
) -> PyResult<Bound<'py, PyAny>> {
    view_of(base, view, numpy(base.py()).dtype(base.py(), dtype), start, writeable)
}

/// The same of elements of any dtype.
pub(crate) fn view_of<'py>(
    base: &Bound<'py, PyAny>,
    view: &View,
    dtype: &Bound<'py, PyAny>,
    start: *mut u8,
    writeable: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = base.py();
    let numpy = numpy(py);
    let shape: SmallVec<[isize; 4]> = view.shape.iter().map(|&n| n as isize).collect();
    let flags = if writeable { WRITEABLE | ALIGNED } else { ALIGNED };
    // SAFETY: entries 94 and 282 have these types. The dtype reference and the base reference are
    // new, as the calls take them over; shape and strides have as many entries as said; the memory
    // lives as long as `base`.
    unsafe {
        let dtype = dtype.clone().into_ptr();
        let made = numpy.entry::<NewFromDescr>(94)(
            numpy.array_type,
            dtype,
            shape.len() as c_int,
            shape.as_ptr(),
            view.strides.as_ptr(),
            start,
            flags,
            std::ptr::null_mut(),
        );
        let made = Bound::from_owned_ptr_or_err(py, made)?;
        ffi::Py_INCREF(base.as_ptr());
        if numpy.entry::<SetBase>(282)(made.as_ptr(), base.as_ptr()) < 0 {
            return Err(PyErr::fetch(py));
        }
        Ok(made)
    }
}

/// The array of ours whose memory an array of NumPy's views, if any.
pub(crate) fn owner<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, NdArray>> {
    let py = object.py();
    let mut next = object.clone();
    loop {
        if let Ok(ours) = next.cast::<NdArray>() {
            return Some(ours.clone());
        }
        // Behind a buffer or a loan stands what it was made of.
        next = match is_any_array(py, next.as_ptr()) {
            true if raw(&next).base.is_null() => return None,
            true => base(&next),
            false => next.getattr("obj").ok()?,
        };
    }
}

/// What keeps the memory of an array of NumPy's, which may be the array itself.
pub(crate) fn base<'py>(object: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
    let base = raw(object).base;
    if base.is_null() {
        return object.clone();
    }
    // SAFETY: a base is a live object as long as the array that has it.
    unsafe { Bound::from_borrowed_ptr(object.py(), base) }
}

/// Whether nobody but the one reference to the object can reach its memory.
pub(crate) fn is_fresh(object: &Bound<'_, PyAny>) -> bool {
    let mut next = object.as_ptr();
    loop {
        // SAFETY: a live object: the array or, further on, the base that it keeps alive.
        let count = unsafe { ffi::Py_REFCNT(next) };
        if count > 1 || !is_any_array(object.py(), next) {
            return false;
        }
        // SAFETY: just checked to be an array.
        let array = unsafe { &*next.cast::<RawArray>() };
        if array.base.is_null() {
            return array.flags & OWNS_DATA != 0;
        }
        next = array.base;
    }
}
