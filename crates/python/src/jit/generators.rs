//! NumPy's streams of random numbers (`numpy.random.Generator`) as arguments of compiled functions,
//! and as objects that those name. What is drawn from them says `stook._generators`.

use super::arguments::Given;
use super::names::Names;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use stook_jit::{Thing, Type};

/// The classes of streams, once one was met of each: NumPy's own, and the one that stands for it in
/// our module. They tell others apart at once.
static CLASSES: [AtomicPtr<ffi::PyTypeObject>; 2] =
    [const { AtomicPtr::new(std::ptr::null_mut()) }; 2];

/// Where they are; NumPy makes its class when a program first asks for it.
const MODULES: [&str; 2] = ["numpy.random._generator", "stook._random"];

/// Which of the classes an object is of, if it is a stream.
fn class_of(object: &Bound<'_, PyAny>) -> Option<usize> {
    let class = object.get_type();
    let is_it = |known: &AtomicPtr<_>| known.load(Relaxed) == class.as_type_ptr();
    CLASSES.iter().position(is_it).or_else(|| {
        let is_named = |found: PyResult<Bound<'_, PyString>>, name: &str| {
            found.is_ok_and(|found| found == name)
        };
        if !is_named(class.name(), "Generator") {
            return None;
        }
        let k = MODULES.iter().position(|module| is_named(class.module(), module))?;
        CLASSES[k].store(class.as_type_ptr(), Relaxed);
        Some(k)
    })
}

/// Whether an object is a stream.
pub(super) fn is_one(object: &Bound<'_, PyAny>) -> bool {
    class_of(object).is_some()
}

/// Whether an object is a stream of NumPy's own class, or a tuple that has one: what it draws are
/// NumPy's arrays.
pub(super) fn is_numpys(object: &Bound<'_, PyAny>) -> bool {
    match object.cast::<PyTuple>() {
        Ok(items) => items.iter_borrowed().any(|item| is_numpys(&item)),
        Err(_) => class_of(object) == Some(0),
    }
}

/// The address of what draws a stream's bits, with its functions (`bitgen_t` of NumPy's C interface).
/// Waits for others who draw from it without the interpreter.
fn bits_of(generator: &Bound<'_, PyAny>) -> PyResult<u64> {
    let own = generator.getattr("bit_generator")?;
    wait_for(&own)?;
    let capsule = own.getattr("capsule")?;
    // SAFETY: the object is a capsule of this name, or there is an error.
    let bits = unsafe { ffi::PyCapsule_GetPointer(capsule.as_ptr(), c"BitGenerator".as_ptr()) };
    match bits.is_null() {
        true => Err(PyErr::fetch(generator.py())),
        false => Ok(bits.expose_provenance() as u64),
    }
}

/// Waits until nobody draws: who fills a large array lets others have the interpreter meanwhile, but
/// not the stream.
fn wait_for(bits: &Bound<'_, PyAny>) -> PyResult<()> {
    let lock = bits.getattr("lock")?;
    lock.call_method0("acquire")?;
    lock.call_method0("release").map(|_| ())
}

/// Waits until nobody draws from streams that a function names.
pub(super) fn wait_for_all(py: Python<'_>, generators: &[Py<PyAny>]) -> PyResult<()> {
    let mut all = generators.iter().map(|generator| generator.bind(py));
    all.try_for_each(|generator| wait_for(&generator.getattr("bit_generator")?))
}

impl Given {
    /// Adds a stream.
    pub(super) fn add_generator(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        super::arguments::add_type(&Type::Generator, &mut self.key);
        self.words.extend([bits_of(object)?, object.as_ptr().expose_provenance() as u64]);
        Ok(())
    }
}

/// The object whose address a compiled function has.
///
/// # Safety
/// It is alive.
pub(super) unsafe fn at(py: Python<'_>, address: u64) -> Bound<'_, PyAny> {
    let object = std::ptr::with_exposed_provenance_mut(address as usize);
    // SAFETY: the caller's promise.
    unsafe { Bound::from_borrowed_ptr(py, object) }
}

/// A stream for a call that is tried.
pub(super) fn sample(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("numpy.random")?.call_method1("default_rng", (0,))
}

impl<'py> Names<'py> {
    /// What a stream means that a function names.
    pub(super) fn generator(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Option<Thing>> {
        if !is_one(object) {
            return Ok(None);
        }
        let bits = bits_of(object)?;
        let own = object.getattr("bit_generator")?;
        self.generators.push(object.clone());
        Ok(Some(Thing::Generator {
            bits: self.address_number(&own, bits),
            object: self.address_number(object, object.as_ptr().expose_provenance() as u64),
        }))
    }

    /// A method of streams that functions stand for, by its number.
    pub(super) fn method_of_generators(&mut self, name: &str) -> PyResult<usize> {
        let known = self.python().import("stook._generators")?.getattr("METHODS")?;
        let found =
            known.get_item(name).map_err(|_| PyTypeError::new_err("it is called outside"))?;
        Ok(self.object_number(&found))
    }
}
