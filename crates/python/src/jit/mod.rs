//! `stook.jit`: functions compiled for the types of a call.
//!
//! A [`Dispatcher`] stands for a function of Python's. A call's arguments become words of memory
//! and a key of their types (`arguments`); the key finds a [`Version`], which is compiled where
//! there is none (`names` says what the function's globals mean, `syntax` what its source says).
//! The version runs, and words become objects (`results`) or an exception (`raised`).

mod arguments;
mod calling;
mod chunks;
mod containers;
mod generators;
mod inspection;
mod meanings;
mod memory;
mod names;
mod native;
mod outside;
mod packages;
mod placement;
mod profiled;
mod races;
mod raised;
mod records;
mod results;
mod signatures;
mod streams;
mod structures;
mod syntax;
mod texts;
mod vectorcall;

use crate::conditions::report_conditions;
use crate::module::flush;
use arguments::Given;
use calling::Call;
use names::Names;
use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use smallvec::SmallVec;
use std::cell::UnsafeCell;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use stook_cpu::{Compiler, Progress, UnitCode};
use stook_jit::syntax::Places;
use stook_jit::{Compiled, LoopChecks, Options, Signature, Type, Watch, compile};
use stook_kernel::{Outcome, Unit, interpret_unit};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<native::NativeFunction>()?;
    m.add_class::<Version>()?;
    m.add_function(wrap_pyfunction!(chunks::chunk_functions, m)?)?;
    m.add_function(wrap_pyfunction!(chunks::chunk_size, m)?)?;
    m.add_function(wrap_pyfunction!(chunks::set_chunk_size, m)?)?;
    m.add_function(wrap_pyfunction!(inspection::compile_quickly_from, m)?)?;
    m.add_function(wrap_pyfunction!(streams::set_numpys_stream, m)?)?;
    m.add_function(wrap_pyfunction!(streams::set_kept_normal, m)?)?;
    m.add_function(wrap_pyfunction!(streams::set_twister, m)?)?;
    m.add_function(wrap_pyfunction!(streams::stream_functions, m)?)?;
    m.add_function(wrap_pyfunction!(texts::text_functions, m)?)?;
    m.add_function(wrap_pyfunction!(vectorcall::without_tuples, m)?)?;
    m.add_class::<Dispatcher>()
}

/// The arguments of a call.
type Args<'a, 'py> = &'a [Borrowed<'a, 'py, PyAny>];

/// A function of Python's that is compiled when it is called.
///
/// A call takes a hundred nanoseconds, so nothing that it passes is locked or counted in one go:
/// the interpreter, which the calling thread is attached to, guards all of it.
#[pyclass(module = "stook", frozen, dict, weakref, subclass)]
pub(crate) struct Dispatcher {
    /// The function.
    pub(crate) function: Py<PyAny>,
    /// Names of its parameters, which of them are given by place, and defaults of some.
    params: Vec<String>,
    places: Places,
    defaults: Vec<(String, Py<PyAny>)>,
    options: Options,
    /// What arguments are converted to, if it has any.
    signatures: Vec<Signature>,
    /// Whether other threads of Python's go on while it runs.
    nogil: bool,
    versions: Versions,
    /// What calls go through where a profiler is to hear of them.
    frame: OnceLock<Py<PyAny>>,
}

/// The versions of a function, newest last.
struct Versions(UnsafeCell<Vec<Py<Version>>>);

// SAFETY: the cell is reached by methods that take a token of the interpreter, which one thread at
// a time is attached to, and that call nothing of Python's meanwhile.
unsafe impl Sync for Versions {}

impl Versions {
    fn new() -> Self {
        Self(UnsafeCell::new(Vec::new()))
    }

    /// The version for arguments of these types.
    #[inline]
    fn find<'py>(&self, py: Python<'py>, key: &[u32]) -> Option<Bound<'py, Version>> {
        // SAFETY: as said above; comparing keys is no business of Python's.
        let all = unsafe { &*self.0.get() };
        all.iter().map(|version| version.bind(py)).find(|version| version.get().takes(key)).cloned()
    }

    /// Adds a version in place of the one for the same types.
    fn replace(&self, made: &Bound<'_, Version>) {
        let key = &made.get().key;
        // SAFETY: as said above; what leaves is dropped after the list is whole again.
        let all = unsafe { &mut *self.0.get() };
        let old = all.iter().position(|version| version.get().key == *key).map(|k| all.remove(k));
        all.push(made.clone().unbind());
        drop(old);
    }

    fn all<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, Version>> {
        // SAFETY: as said above; counting holders runs nothing.
        unsafe { &*self.0.get() }.iter().map(|version| version.bind(py).clone()).collect()
    }
}

/// A function compiled for arguments of some types.
#[pyclass(module = "stook", frozen)]
pub(super) struct Version {
    /// The types, as [`Given::key`].
    key: Vec<u32>,
    code: UnitCode,
    unit: Arc<Unit>,
    sites: Vec<stook_jit::Site>,
    result: Type,
    /// Where variables are given values: line, name, type.
    variables: Vec<(u32, String, String)>,
    /// What became of the checks in its loops.
    loops: Vec<LoopChecks>,
    /// What unknown items of arguments are, and which containers it changes.
    known: Vec<Type>,
    changed: Vec<Type>,
    /// How many words the result has.
    words: usize,
    /// What it tells of, if races are looked for.
    watch: Option<Arc<Watch>>,
    /// Whether rounds of its loops over `prange` make calls outside.
    rounds_call_outside: bool,
    /// What it was made from that may change.
    names: names::Used,
    /// Seconds that its compilation took, and whether its code was on the disk.
    seconds: f64,
    from_disk: bool,
}

impl Version {
    /// Whether it was compiled for arguments of these types.
    #[inline]
    fn takes(&self, key: &[u32]) -> bool {
        // Keys are a few numbers, for which the general comparison takes longer.
        self.key.len() == key.len() && self.key.iter().zip(key).all(|(a, b)| a == b)
    }
}

#[pymethods]
impl Version {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.names.traverse(&visit)
    }
}

#[pymethods]
impl Dispatcher {
    #[new]
    #[pyo3(signature = (function, params, places, defaults, bounds=true, fast=false, parallel=false, numpy_errors=false, nogil=false, races=false, signatures=Vec::new()))]
    #[expect(clippy::too_many_arguments, reason = "they have names in Python")]
    fn new(
        py: Python<'_>,
        function: Py<PyAny>,
        params: Vec<String>,
        places: (usize, bool),
        defaults: Vec<(String, Py<PyAny>)>,
        bounds: bool,
        fast: bool,
        parallel: bool,
        numpy_errors: bool,
        nogil: bool,
        races: bool,
        signatures: Vec<(Vec<Bound<'_, PyAny>>, Bound<'_, PyAny>)>,
    ) -> PyResult<Self> {
        let options = Options { bounds, fast, parallel, numpy_errors, races };
        let signatures = signatures::read(&signatures)?;
        let (versions, frame) = (Versions::new(), OnceLock::new());
        let places = Places { own: places.0, rest: places.1 };
        let made = Self {
            function,
            params,
            places,
            defaults,
            options,
            signatures,
            nogil,
            versions,
            frame,
        };
        made.frame(py)?;
        Ok(made)
    }

    /// The function itself, not compiled.
    #[getter]
    fn py_func(&self, py: Python<'_>) -> Py<PyAny> {
        self.function.clone_ref(py)
    }

    /// The function itself, as `functools.wraps` names it.
    #[getter]
    fn __wrapped__(&self, py: Python<'_>) -> Py<PyAny> {
        self.function.clone_ref(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.function)?;
        self.defaults.iter().try_for_each(|(_, default)| visit.call(default))?;
        // SAFETY: as for `Versions`: the collector runs attached, and between calls of methods.
        unsafe { &*self.versions.0.get() }.iter().try_for_each(|version| visit.call(version))
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match slf.get().frame.get() {
            None => Self::call(slf, args, kwargs),
            Some(frame) => Self::call_framed(slf, frame, args, kwargs),
        }
    }

    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        object: &Bound<'py, PyAny>,
        _class: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if object.is_none() {
            return Ok(slf.clone().into_any());
        }
        slf.py().import("types")?.getattr("MethodType")?.call1((slf, object))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = self.function.bind(py).getattr("__qualname__")?;
        Ok(format!("<compiled function {name}>"))
    }

    /// The versions so far: types of the arguments and of the result, seconds that a call waited for
    /// the code, whether it was on the disk, which of LLVM's passes it had, the seconds that full
    /// code took behind the program where that has come, how many steps and instructions it is, and
    /// whether rounds of `prange` make calls outside.
    fn versions<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let mut told = Vec::new();
        for version in self.versions.all(py) {
            let version = version.get();
            let types = arguments::types_of(&version.key);
            let types: Vec<String> = types.iter().map(Type::describe).collect();
            let (passes, behind) = match version.code.progress() {
                Progress::Full => ("full", None),
                Progress::Quick => ("quick, full under way", None),
                Progress::Swapped(time) => ("quick, then full", Some(time.as_secs_f64())),
                Progress::Stays => ("quick, as full failed", None),
            };
            let (result, seconds) = (version.result.describe(), version.seconds);
            let size = version.unit.size();
            let turns = version.rounds_call_outside;
            let row = (types, result, seconds, version.from_disk, passes, behind, size, turns);
            told.push(row.into_pyobject(py)?);
        }
        Ok(told)
    }

    /// A version as text: `routine`, `written`, `llvm` or `asm`.
    fn text(&self, py: Python<'_>, number: usize, station: &str) -> PyResult<String> {
        self.numbered(py, number)?.get().text(station)
    }

    /// What a call gives by the meaning of its routines, in place of their machine code.
    #[pyo3(signature = (*args))]
    fn interpret<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let own = slf.get();
        let fits = own.takes(args.len());
        let bound = if fits { None } else { Some(own.bound(slf.py(), args, None)?) };
        let args: SmallVec<[_; 8]> = bound.as_ref().unwrap_or(args).iter_borrowed().collect();
        Self::run_on(slf, &args, |version, words, results, call| {
            // SAFETY: as where machine code runs.
            match unsafe { interpret_unit(&version.unit, words, call) } {
                Outcome::Returned(made) => {
                    results.copy_from_slice(&made);
                    0
                }
                Outcome::Failed(site, values) => {
                    call.fail(&values);
                    i64::from(site) + 1
                }
            }
        })
    }

    /// Compiles for arguments like these, unless it has been done; the type of the result.
    #[pyo3(signature = (*args))]
    fn result_of(slf: &Bound<'_, Self>, args: &Bound<'_, PyTuple>) -> PyResult<String> {
        let args: SmallVec<[_; 8]> = args.iter_borrowed().collect();
        let mut given = Given::new();
        given.fill(slf, &args)?;
        signatures::fit(slf, &args, &mut given)?;
        Ok(Self::version(slf, &given)?.get().result.describe())
    }
}

impl Dispatcher {
    /// The default of a parameter.
    pub(super) fn default(&self, param: &str) -> Option<&Py<PyAny>> {
        self.defaults.iter().find(|(name, _)| name == param).map(|(_, default)| default)
    }

    /// Whether so many arguments by place are one for each parameter.
    pub(super) fn takes(&self, count: usize) -> bool {
        count == self.params.len() && count == self.places.own
    }

    /// Arguments in the order of parameters, with defaults; Python's own error where they do not
    /// fit.
    fn bound<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let no_names = kwargs.is_none_or(|kwargs| kwargs.is_empty());
        if let Some(star) = self.places.star()
            && star + 1 == self.params.len()
            && no_names
            && star <= args.len()
        {
            let rest = args.get_slice(star, args.len()).into_any();
            let all: Vec<_> = args.iter().take(star).chain([rest]).collect();
            return PyTuple::new(py, all);
        }
        let annotations = py.import("stook._annotations")?;
        let signature = annotations.call_method1("signature", (&self.function,))?;
        let bound = signature.call_method("bind", args, kwargs)?;
        bound.call_method0("apply_defaults")?;
        let arguments = bound.getattr("arguments")?.cast_into::<PyDict>()?;
        Ok(arguments.values().to_tuple())
    }

    /// A call of it.
    fn call<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, own) = (slf.py(), slf.get());
        let is_plain = own.takes(args.len()) && kwargs.is_none_or(|k| k.is_empty());
        let bound = if is_plain { None } else { Some(own.bound(py, args, kwargs)?) };
        let args: SmallVec<[_; 8]> = bound.as_ref().unwrap_or(args).iter_borrowed().collect();
        Self::run(slf, &args)
    }

    /// A call with an argument for each parameter.
    fn run<'py>(slf: &Bound<'py, Self>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let (py, nogil) = (slf.py(), slf.get().nogil);
        Self::run_on(slf, args, |version, words, results, call| {
            let context = call.context();
            if nogil && !version.names.calls_outside() {
                let context = Alone(context);
                // SAFETY: as below; the context is used by nobody else meanwhile.
                return py
                    .detach(move || unsafe { version.code.run(words, results, context.get()) });
            }
            // SAFETY: the version was compiled for arguments of these types, and the arrays among
            // them are kept by the caller.
            unsafe { version.code.run(words, results, context) }
        })
    }

    /// Runs the version for these arguments on a machine, which takes words of arguments, gives
    /// those of the result, and returns as a [`stook_kernel::UnitFn`] does.
    fn run_on<'py>(
        slf: &Bound<'py, Self>,
        args: Args<'_, 'py>,
        machine: impl FnOnce(&Version, &[u64], &mut [u64], &mut Call<'_>) -> i64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let mut given = Given::new();
        given.fill(slf, args)?;
        signatures::fit(slf, args, &mut given)?;
        let version = Self::version(slf, &given)?;
        let version = version.get();
        if version.names.draws() {
            py.import("stook._streams")?.call_method0("refresh")?;
            version.names.wait_for_generators(py)?;
        }
        let memory = std::mem::replace(&mut given.memory, memory::Memory::new());
        let mut call = Call::new(version, memory);
        let (mut few, mut many) = ([0; 16], Vec::new());
        let results = match few.get_mut(..version.words) {
            Some(words) => words,
            None => {
                many.resize(version.words, 0);
                &mut many[..]
            }
        };
        let recording = version.watch.clone().map(races::Recording::begin);
        let status = machine(version, &given.words, results, &mut call);
        let race = recording.and_then(races::Recording::end);
        call.show(py)?;
        let made = match &given.loans {
            None => None,
            Some(loans) => {
                let lent = (&loans.all[..], status == 0);
                results::with_lent(py, (version, results), args, &call, lent)?
            }
        };
        if let Some(race) = race {
            return Err(raised::race(py, version, &race));
        }
        if status != 0 {
            return Err(raised::failure(py, version, status as usize - 1, &call));
        }
        if given.has_ours {
            report_conditions(py)?;
        }
        match made {
            Some(made) => Ok(made),
            None => results::object(py, (version, results), args, &call),
        }
    }

    /// The version for arguments of these types; it is compiled where there is none, or where names
    /// that it was made from have changed.
    fn version<'py>(slf: &Bound<'py, Self>, given: &Given) -> PyResult<Bound<'py, Version>> {
        Self::version_of(slf, &given.key)
    }

    fn version_of<'py>(slf: &Bound<'py, Self>, key: &[u32]) -> PyResult<Bound<'py, Version>> {
        let (py, own) = (slf.py(), slf.get());
        if let Some(version) = own.versions.find(py, key)
            && version.get().names.hold(py)
        {
            return Ok(version);
        }
        flush(py)?;
        let made = Bound::new(py, Self::compiled(slf, key, false)?)?;
        own.versions.replace(&made);
        Ok(made)
    }

    /// A version, and the function that C calls if it is to be `native`.
    fn compiled(slf: &Bound<'_, Self>, key: &[u32], native: bool) -> PyResult<Version> {
        let py = slf.py();
        let begun = Instant::now();
        let mut names = Names::new(slf);
        // SAFETY: functions among the arguments are kept by the call, and by its version then.
        let types = unsafe { names.with_numbers(arguments::types_of(key)) };
        let types = types.map_err(|k| arguments::not_compiled(slf, k))?;
        let own = slf.get();
        let declared = own.declared(&types);
        let made = compile(&mut names, 0, &types, declared.as_ref(), own.options);
        let made = match made {
            Ok(made) => made,
            Err(error) => return Err(raised::refusal(py, &names, &error)),
        };
        let Compiled {
            mut unit,
            places,
            sites,
            known,
            result,
            changed,
            variables,
            loops,
            watch,
            rounds_call_outside,
        } = made;
        unit.native = native;
        let unit = Arc::new(unit);
        let compiler = Compiler::global().ok_or_else(no_compiler)?;
        let asked = stook_cpu::perf::asked();
        let called = if asked { profiled::names(&names, &unit, &places)? } else { Vec::new() };
        let made = compiler.unit(&unit, &packages::folders(&names.functions()), &called);
        let (code, from_disk) = made.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        own.frame(py)?;
        let words = result.parts().len();
        let watch = own.options.races.then(|| Arc::new(watch));
        let (key, names) = (key.to_vec(), names.used());
        let seconds = begun.elapsed().as_secs_f64();
        Ok(Version {
            key,
            code,
            unit,
            sites,
            result,
            variables,
            loops,
            known,
            changed,
            words,
            watch,
            rounds_call_outside,
            names,
            seconds,
            from_disk,
        })
    }
}

impl Version {
    /// It as text; see [`Dispatcher::text`].
    pub(super) fn text(&self, station: &str) -> PyResult<String> {
        let compiler = Compiler::global();
        let text = compiler
            .and_then(|compiler| stook_cpu::emit::unit_text(&self.unit, compiler.level(), station));
        text.ok_or_else(|| PyRuntimeError::new_err("there is no such text"))
    }
}

fn no_compiler() -> PyErr {
    PyRuntimeError::new_err("this processor has no compiled code")
}

/// What one thread uses.
struct Alone<T>(*mut T);

// SAFETY: it goes to the function that runs while other threads have the interpreter, on the same
// thread.
unsafe impl<T> Send for Alone<T> {}

impl<T> Alone<T> {
    fn get(&self) -> *mut T {
        self.0
    }
}
