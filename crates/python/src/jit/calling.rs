//! What a running unit reaches outside: memory and output.

use super::memory::Memory;
use super::{Alone, Version, races};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use stook_kernel::{Context, FAILURE_VALUES, Service, Services, SpreadFn};
use stook_types::{DType, Scalar};

/// A call that is under way. What it allocated and gave to nobody goes when this does.
pub(super) struct Call<'a> {
    context: Context,
    /// Memory that the unit has been given and not taken back. Rounds that run at the same time are
    /// given some too, and print.
    pub(super) memory: Memory,
    printed: Mutex<String>,
    version: &'a Version,
    /// What calls outside have raised.
    raised: Mutex<Vec<PyErr>>,
    /// Python's context variables as they were where rounds began that are under way: what their
    /// calls outside see on any thread, `numpy.errstate` for one.
    variables: Mutex<Option<Py<PyAny>>>,
}

impl<'a> Call<'a> {
    #[inline]
    pub(super) fn new(version: &'a Version, memory: Memory) -> Self {
        let spread = match (version.watch.is_some(), version.rounds_call_outside) {
            (true, _) => races::in_order,
            (false, true) => in_turns,
            (false, false) => stook_cpu::spread,
        };
        let context = Context {
            values: [0; FAILURE_VALUES],
            owner: std::ptr::null_mut(),
            symbols: version.names.symbols(),
            spread,
            allocate,
            free,
            resize,
            print,
            call,
            matches,
        };
        let (printed, raised, variables) = Default::default();
        Self { context, memory, printed, version, raised, variables }
    }

    /// Calls a function of Python's.
    pub(super) fn call_python<'py>(
        &self,
        function: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        named: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = function.py();
        let variables = locked(&self.variables).as_ref().map(|variables| variables.clone_ref(py));
        let Some(variables) = variables else { return function.call(args, Some(named)) };
        // One context runs on one thread at a time.
        let own = variables.bind(py).call_method0("copy")?;
        let all: Vec<_> = std::iter::once(function.clone()).chain(args).collect();
        own.call_method("run", PyTuple::new(py, all)?, Some(named))
    }

    /// What a call outside has raised, by the status that it gave.
    pub(super) fn raised(&self, py: Python<'_>, number: i64) -> PyErr {
        locked(&self.raised)[number as usize - 1].clone_ref(py)
    }

    pub(super) fn context(&mut self) -> *mut Context {
        self.context.owner = (&raw mut *self).cast();
        &raw mut self.context
    }

    /// The values of a failure.
    pub(super) fn values(&self) -> &[u64] {
        &self.context.values
    }

    /// Leaves the values of a failure.
    pub(super) fn fail(&mut self, values: &[u64]) {
        self.context.values[..values.len()].copy_from_slice(values);
    }

    /// Writes what was printed.
    pub(super) fn show(&mut self, py: Python<'_>) -> PyResult<()> {
        let printed = self.printed.get_mut().unwrap_or_else(PoisonError::into_inner);
        if printed.is_empty() {
            return Ok(());
        }
        let printed = std::mem::take(printed);
        let options = PyDict::new(py);
        options.set_item("end", "")?;
        let print = py.import("builtins")?.getattr("print")?;
        print.call((printed,), Some(&options))?;
        Ok(())
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The call that a context belongs to.
///
/// # Safety
/// The context is one that [`Call::context`] gave, or a copy, and its call is under way.
unsafe fn call_of<'a>(context: *mut Context) -> &'a Call<'a> {
    // SAFETY: the caller's promise.
    unsafe { &*(*context).owner.cast::<Call>() }
}

pub(super) unsafe extern "C" fn allocate(context: *mut Context, bytes: i64) -> *mut u8 {
    // SAFETY: a unit gives the context that it was called with.
    let call = unsafe { call_of(context) };
    let made = call.memory.allocate(bytes);
    if call.version.watch.is_some() {
        races::allocated(made, bytes);
    }
    made
}

pub(super) unsafe extern "C" fn free(context: *mut Context, owner: *mut u8) {
    // SAFETY: a unit frees what it was given, once, with the context that it was called with.
    unsafe {
        let call = call_of(context);
        if call.version.watch.is_some() {
            races::freed(owner);
        }
        call.memory.free(owner);
    }
}

pub(super) unsafe extern "C" fn resize(
    context: *mut Context,
    owner: *mut u8,
    bytes: i64,
) -> *mut u8 {
    // SAFETY: as in `free`.
    let (call, made) = unsafe {
        let call = call_of(context);
        (call, call.memory.resize(owner, bytes))
    };
    if call.version.watch.is_some() && !made.is_null() {
        races::freed(owner);
        races::allocated(made, bytes);
    }
    made
}

pub(super) unsafe extern "C" fn print(context: *mut Context, what: i64, bits: u64) {
    // SAFETY: as in `allocate`.
    let mut printed = locked(&unsafe { call_of(context) }.printed);
    match usize::try_from(what - 1).ok().and_then(|k| DType::ALL.get(k)) {
        Some(&dtype) => printed.push_str(&number(dtype, bits)),
        None => printed.extend(char::from_u32(bits as u32)),
    }
}

pub(super) unsafe extern "C" fn call(
    context: *mut Context,
    number: i64,
    args: *const u64,
    results: *mut u64,
) -> i64 {
    // SAFETY: as in `allocate`; what the call gives and takes is as many words as its types have.
    Python::attach(|py| unsafe {
        let call = call_of(context);
        let outside = call.version.names.outside(number as usize);
        match outside.make(py, call, args, results) {
            Ok(()) => 0,
            Err(error) => {
                let mut raised = locked(&call.raised);
                raised.push(error);
                raised.len() as i64
            }
        }
    })
}

unsafe extern "C" fn matches(context: *mut Context, raised: i64, class: i64) -> i64 {
    // SAFETY: as in `allocate`.
    let call = unsafe { call_of(context) };
    Python::attach(|py| {
        let class = call.version.names.exception_of(py, class as usize);
        call.raised(py, raised).matches(py, class).unwrap_or(false).into()
    })
}

/// Runs rounds that make calls outside: each waits for the interpreter, which this thread lets go
/// of until all are done.
///
/// # Safety
/// As for [`stook_cpu::spread`], on a thread that is attached to the interpreter.
unsafe extern "C" fn in_turns(
    context: *mut Context,
    round: SpreadFn,
    seen: *const u64,
    count: i64,
) -> i64 {
    let given = (Alone(context), Alone(seen.cast_mut()));
    // SAFETY: as in `allocate`.
    let call = unsafe { call_of(context) };
    Python::attach(|py| {
        let found = py.import("contextvars").and_then(|module| module.call_method0("copy_context"));
        let variables = found.ok().map(Bound::unbind);
        let before = std::mem::replace(&mut *locked(&call.variables), variables);
        let status = py.detach(move || {
            let (context, seen) = (given.0.get(), given.1.get());
            // SAFETY: the caller's promise.
            unsafe { stook_cpu::spread(context, round, seen, count) }
        });
        let variables = std::mem::replace(&mut *locked(&call.variables), before);
        drop(variables);
        status
    })
}

/// For the interpreter of routines: the same services by the bits of their arguments.
impl Services for Call<'_> {
    fn symbol(&self, number: u32) -> u64 {
        self.version.names.address(number)
    }

    fn ask(&mut self, service: Service, args: &[u64]) -> Vec<u64> {
        let context = self.context();
        // SAFETY: the context is this call's, and a verified unit gives a service its arguments.
        unsafe {
            match (service, args) {
                (Service::Allocate, &[bytes]) => {
                    vec![allocate(context, bytes as i64).expose_provenance() as u64]
                }
                (Service::Free, &[owner]) => {
                    free(context, std::ptr::with_exposed_provenance_mut(owner as usize));
                    Vec::new()
                }
                (Service::Resize, &[owner, bytes]) => {
                    let owner = std::ptr::with_exposed_provenance_mut(owner as usize);
                    vec![resize(context, owner, bytes as i64).expose_provenance() as u64]
                }
                (Service::Print, &[what, bits]) => {
                    print(context, what as i64, bits);
                    Vec::new()
                }
                (Service::Matches, &[raised, class]) => {
                    vec![matches(context, raised as i64, class as i64) as u64]
                }
                (Service::Call, &[number, ref args @ ..]) => {
                    let result = &self.version.names.outside(number as usize).result;
                    let mut made = vec![0; 1 + result.parts().len()];
                    let results = made[1..].as_mut_ptr();
                    made[0] = call(context, number as i64, args.as_ptr(), results) as u64;
                    made
                }
                _ => unreachable!("a verified unit gives a service its arguments"),
            }
        }
    }
}

/// A number as Python writes it.
pub(super) fn number(dtype: DType, bits: u64) -> String {
    let value = Scalar { dtype, bits: bits.into() };
    if dtype == DType::Bool {
        return if bits != 0 { "True" } else { "False" }.to_owned();
    }
    if let Some(integer) = value.as_integer() {
        return integer.to_string();
    }
    let float = value.as_float().unwrap_or(f64::NAN);
    let mut text = String::new();
    let short = if dtype == DType::F32 {
        write!(text, "{:?}", float as f32)
    } else {
        write!(text, "{float:?}")
    };
    match short {
        Ok(()) if float.is_finite() => python_float(&text),
        _ => text.to_lowercase(),
    }
}

/// The digits that Rust writes, as Python does: an exponent has a sign and two digits.
fn python_float(text: &str) -> String {
    let Some((digits, exponent)) = text.split_once('e') else { return text.to_owned() };
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    let (sign, size) = match exponent.strip_prefix('-') {
        Some(size) => ('-', size),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{size:0>2}")
}
