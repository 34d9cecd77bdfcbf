//! Compiled functions that C calls: [`stook_cpu::NativeEntry`] with what a call needs.
//!
//! A call has no [`Call`] until it asks for something, so that one that computes only costs what a
//! function of C's costs. Nobody takes its exceptions: they are shown where Python shows those that
//! it cannot raise, and the function returns 0.

use super::arguments::key_of;
use super::calling::{Call, allocate, free, print, resize};
use super::memory::Memory;
use super::signatures::type_of;
use super::{Dispatcher, Version, raised};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use stook_cpu::NativeEntry;
use stook_jit::Type;
use stook_kernel::{Context, FAILURE_VALUES, NativeData, NativeState};

/// A function of C's.
#[pyclass(frozen)]
pub(super) struct NativeFunction {
    entry: NativeEntry,
    made: Box<Made>,
}

/// What a native function was made of.
struct Made {
    version: Py<Version>,
    function: Py<PyAny>,
}

#[pymethods]
impl NativeFunction {
    /// Where it lies, while this object lives.
    #[getter]
    fn address(&self) -> usize {
        self.entry.address()
    }

    /// Its text; see [`Dispatcher::text`].
    fn text(&self, station: &str) -> PyResult<String> {
        self.made.version.get().text(station)
    }
}

#[pymethods]
impl Dispatcher {
    /// The function that C calls with arguments of these types.
    fn native(slf: &Bound<'_, Self>, types: Vec<Bound<'_, PyAny>>) -> PyResult<NativeFunction> {
        if slf.get().options.races {
            let text = "races are not looked for in a function that C calls: call it from Python";
            return Err(PyTypeError::new_err(text));
        }
        let types = types.iter().map(type_of).collect::<PyResult<Vec<_>>>()?;
        let is_native = |ty: &Type| match ty {
            Type::Number { dtype, .. } => !dtype.is_complex() && *dtype != stook_types::DType::F16,
            other => matches!(other, Type::Pointer(_) | Type::PointerToRecords(_)),
        };
        if let Some(other) = types.iter().find(|ty| !is_native(ty)) {
            let text = format!("C passes no {}: use pointers and real numbers", other.describe());
            return Err(PyTypeError::new_err(text));
        }
        let made = Py::new(slf.py(), Self::compiled(slf, &key_of(&types), true)?)?;
        let version = made.get();
        if !is_native(&version.result) && version.result != Type::None {
            let text = format!("C's functions return no {}", version.result.describe());
            return Err(PyTypeError::new_err(text));
        }
        if version.names.calls_outside() {
            return Err(PyTypeError::new_err(
                "a function that C calls cannot make calls outside of compiled code",
            ));
        }
        let context = Context {
            values: [0; FAILURE_VALUES],
            owner: std::ptr::null_mut(),
            symbols: version.names.symbols(),
            spread: stook_cpu::spread,
            allocate: allocate_native,
            free: free_native,
            resize: resize_native,
            print: print_native,
            call: refuse_call,
            matches: refuse_match,
        };
        let function = slf.get().function.clone_ref(slf.py());
        let made = Box::new(Made { version: made, function });
        let data = NativeData { context, finish, owner: (&raw const *made).cast() };
        let entry = made.version.get().code.native(data);
        let entry = entry.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        Ok(NativeFunction { entry, made })
    }
}

/// The call that a context belongs to, which begins here if it has not.
///
/// # Safety
/// The context is that of a native entry's call which is under way.
unsafe fn begun<'a>(context: *mut Context) -> &'a mut Call<'a> {
    // SAFETY: the caller's promise; what the data belongs to lives as long as the entry.
    unsafe {
        let state = &mut *(*context).owner.cast::<NativeState>();
        if state.call.is_null() {
            let made = &*(*state.data).owner.cast::<Made>();
            state.call =
                Box::into_raw(Box::new(Call::new(made.version.get(), Memory::new()))).cast();
        }
        &mut *state.call.cast::<Call>()
    }
}

unsafe extern "C" fn allocate_native(context: *mut Context, bytes: i64) -> *mut u8 {
    // SAFETY: a unit gives the context that it was called with.
    unsafe { allocate(begun(context).context(), bytes) }
}

unsafe extern "C" fn free_native(context: *mut Context, owner: *mut u8) {
    // SAFETY: as above.
    unsafe { free(begun(context).context(), owner) }
}

unsafe extern "C" fn resize_native(context: *mut Context, owner: *mut u8, bytes: i64) -> *mut u8 {
    // SAFETY: as above.
    unsafe { resize(begun(context).context(), owner, bytes) }
}

unsafe extern "C" fn print_native(context: *mut Context, what: i64, bits: u64) {
    // SAFETY: as above.
    unsafe { print(begun(context).context(), what, bits) }
}

unsafe extern "C" fn refuse_call(_: *mut Context, _: i64, _: *const u64, _: *mut u64) -> i64 {
    1
}

unsafe extern "C" fn refuse_match(_: *mut Context, _: i64, _: i64) -> i64 {
    0
}

/// Shows what a call printed, and the exception of one that failed.
unsafe extern "C" fn finish(context: *mut Context, status: i64) {
    // SAFETY: as in `begun`; nobody uses the call after this.
    let (mut call, made) = unsafe {
        let state = &mut *(*context).owner.cast::<NativeState>();
        begun(context).fail(&(*context).values);
        let call = Box::from_raw(state.call.cast::<Call>());
        state.call = std::ptr::null_mut();
        (call, &*(*state.data).owner.cast::<Made>())
    };
    Python::attach(|py| {
        let function = made.function.bind(py);
        if let Err(error) = call.show(py) {
            error.write_unraisable(py, Some(function));
        }
        if status != 0 {
            let error = raised::failure(py, made.version.get(), status as usize - 1, &call);
            error.write_unraisable(py, Some(function));
        }
    });
}
