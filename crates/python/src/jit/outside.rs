//! Calls that compiled code makes of NumPy's functions and Python's, on its own memory.
//!
//! Words become objects, the function is called, and what it returns becomes words. The type of
//! that is known beforehand, from a call on small arrays of the same types.

use super::calling::Call;
use super::memory::HEAD;
use super::names::Names;
use super::texts::{bytes_of, give_bytes, give_text, text_of};
use super::{generators, results, structures};
use crate::{interop, scalar};
use pyo3::exceptions::{PyMemoryError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyComplex, PyDict, PyFloat, PyInt, PyString, PyTuple};
use std::sync::atomic::{AtomicI64, Ordering};
use stook_jit::{ArrayType, Layout, Outside, Passed, Thing, Type};
use stook_types::{DType, Scalar, View};

/// A call, with all that is known of it before it is made.
pub(super) struct OutsideCall {
    /// The function; nothing where it is a method of the first argument.
    function: Option<Py<PyAny>>,
    method: String,
    args: Vec<Argument>,
    /// Names of the last arguments.
    keywords: Vec<String>,
    pub(super) result: Type,
}

enum Argument {
    Value(Type),
    Frozen(Py<PyAny>),
}

impl OutsideCall {
    /// Shows the collector of garbage what is held.
    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.function.iter().try_for_each(|function| visit.call(function))?;
        self.args.iter().try_for_each(|arg| match arg {
            Argument::Frozen(object) => visit.call(object),
            Argument::Value(_) => Ok(()),
        })
    }

    /// The call, after it has been tried on small arrays.
    pub(super) fn tried(names: &Names<'_>, py: Python<'_>, call: &Outside) -> PyResult<Self> {
        let all = call.args.iter().chain(call.keywords.iter().map(|(_, passed)| passed));
        let args = all
            .map(|passed| {
                Ok(match passed {
                    Passed::Value(ty) => Argument::Value(ty.clone()),
                    Passed::Frozen(thing) => Argument::Frozen(object(names, py, thing)?.unbind()),
                })
            })
            .collect::<PyResult<Vec<_>>>()?;
        let mut made = Self {
            function: call.object.map(|number| names.object(number).clone().unbind()),
            method: call.method.clone(),
            args,
            keywords: call.keywords.iter().map(|(name, _)| name.clone()).collect(),
            result: Type::None,
        };
        let declared = made.function.as_ref().map(|f| f.bind(py).getattr("__stook_result__"));
        if let Some(Ok(declared)) = declared {
            made.result = super::signatures::type_of(&declared)?;
            return Ok(made);
        }
        if let (None, "reshape", Some(result)) = (call.object, &*call.method, reshaped(&call.args))
        {
            made.result = result;
            return Ok(made);
        }
        let first = made.on_samples(py, 3, false);
        made.result = first
            .or_else(|error| made.on_samples(py, 2, false).map_err(|_| error))
            .or_else(|error| made.on_samples(py, 2, true).map_err(|_| error))?;
        Ok(made)
    }

    /// The type of what the call returns for samples whose axes have such a length. Numbers that are
    /// known may be places that only larger arrays have: these are small where `near` says so.
    fn on_samples(&self, py: Python<'_>, length: usize, near: bool) -> PyResult<Type> {
        let sampled = |arg: &Argument| match arg {
            Argument::Value(ty) => sample(py, ty, length),
            Argument::Frozen(object) => {
                let object = object.bind(py);
                let number = number(object).filter(|(_, python)| *python && near);
                let large = number.and_then(|(value, _)| value.as_integer());
                match large.filter(|large| large.abs() > 1) {
                    Some(large) => Ok(large.signum().into_pyobject(py)?.into_any()),
                    None => Ok(object.clone()),
                }
            }
        };
        let samples = self.args.iter().map(sampled).collect::<PyResult<Vec<_>>>()?;
        let quiet = py.import("stook._jit")?.getattr("tried")?;
        let found = quiet.call1((
            self.callable(py, &samples)?,
            self.positional(py, &samples)?,
            self.named(py, &samples)?,
        ))?;
        type_of(&found, &samples)
    }

    fn callable<'py>(
        &self,
        py: Python<'py>,
        args: &[Bound<'py, PyAny>],
    ) -> PyResult<Bound<'py, PyAny>> {
        match &self.function {
            Some(function) => Ok(function.bind(py).clone()),
            None => args[0].getattr(self.method.as_str()),
        }
    }

    fn positional<'py>(
        &self,
        py: Python<'py>,
        args: &[Bound<'py, PyAny>],
    ) -> PyResult<Bound<'py, PyTuple>> {
        let first = usize::from(self.function.is_none());
        PyTuple::new(py, &args[first..args.len() - self.keywords.len()])
    }

    fn named<'py>(
        &self,
        py: Python<'py>,
        args: &[Bound<'py, PyAny>],
    ) -> PyResult<Bound<'py, PyDict>> {
        let named = PyDict::new(py);
        for (name, value) in self.keywords.iter().zip(&args[args.len() - self.keywords.len()..]) {
            named.set_item(name, value)?;
        }
        Ok(named)
    }

    /// Makes the call on words, and leaves words.
    ///
    /// # Safety
    /// `words` has those of the arguments' parts, `into` room for those of the result's; arrays
    /// among the arguments lie in memory that lives on.
    pub(super) unsafe fn make(
        &self,
        py: Python<'_>,
        call: &Call<'_>,
        words: *const u64,
        into: *mut u64,
    ) -> PyResult<()> {
        let mut given = Words { py, next: words, arrays: Vec::new() };
        let mut args = Vec::with_capacity(self.args.len());
        for arg in &self.args {
            args.push(match arg {
                // SAFETY: the caller's promise.
                Argument::Value(ty) => unsafe { given.object(ty)? },
                Argument::Frozen(object) => object.bind(py).clone(),
            });
        }
        let named = self.named(py, &args)?;
        let (function, positional) = (self.callable(py, &args)?, self.positional(py, &args)?);
        let found = call.call_python(&function, &positional, &named)?;
        let mut made = Vec::new();
        give(call, &found, &self.result, &given.arrays, &mut made)?;
        for (k, word) in made.into_iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { into.add(k).write(word) };
        }
        Ok(())
    }
}

/// An array among the arguments: where it lies, and what keeps it.
struct Lent {
    low: usize,
    high: usize,
    owner: u64,
}

struct Words<'py> {
    py: Python<'py>,
    next: *const u64,
    arrays: Vec<Lent>,
}

impl<'py> Words<'py> {
    /// # Safety
    /// There is a word left.
    unsafe fn take(&mut self) -> u64 {
        // SAFETY: the caller's promise.
        unsafe {
            let word = self.next.read();
            self.next = self.next.add(1);
            word
        }
    }

    /// # Safety
    /// The words left begin with those of the type's parts.
    unsafe fn object(&mut self, ty: &Type) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: the caller's promise, for each part.
        unsafe {
            match ty {
                Type::Number { dtype, python } => {
                    let low = u128::from(self.take());
                    let width = 8 * dtype.real().size() as u32;
                    let high = if dtype.is_complex() { self.take() } else { 0 };
                    let bits = low | if high == 0 { 0 } else { u128::from(high) << width };
                    results::number(self.py, *dtype, *python, bits)
                }
                Type::Tuple(items) => {
                    let mut made = Vec::new();
                    for item in items {
                        made.push(self.object(item)?);
                    }
                    Ok(PyTuple::new(self.py, made)?.into_any())
                }
                Type::Bytes => {
                    let (data, _, length) = (self.take(), self.take(), self.take());
                    Ok(bytes_of(self.py, data, length))
                }
                Type::Generator => {
                    let (_, object) = (self.take(), self.take());
                    Ok(generators::at(self.py, object))
                }
                Type::Array(_) | Type::Records(..) => self.array(ty),
                Type::Text => {
                    let (data, _, length) = (self.take(), self.take(), self.take());
                    text_of(self.py, data, length)
                }
                Type::Container(container) => {
                    let (count, words) = super::containers::cells_in(self.take(), container);
                    let after = std::mem::replace(&mut self.next, words.as_ptr());
                    let mut pairs = Vec::with_capacity(count);
                    for _ in 0..count {
                        let item = self.object(&container.item)?;
                        pairs.push((item, self.object(&container.value)?));
                    }
                    self.next = after;
                    results::collected(self.py, container.kind, pairs)
                }
                Type::Range => {
                    let parts = (self.take() as i64, self.take() as i64, self.take() as i64);
                    self.py.import("builtins")?.getattr("range")?.call1(parts)
                }
                Type::Pointer(_) | Type::PointerToRecords(_) => {
                    Ok(self.take().into_pyobject(self.py)?.into_any())
                }
                Type::None | Type::Thing(_) | Type::Unknown(_) => {
                    Ok(self.py.None().into_bound(self.py))
                }
                Type::Caught
                | Type::Closure(..)
                | Type::Optional(_)
                | Type::Record(..)
                | Type::Object(..) => Err(stays(ty)),
            }
        }
    }

    /// # Safety
    /// As in `object`.
    unsafe fn array(&mut self, whole: &Type) -> PyResult<Bound<'py, PyAny>> {
        let (Type::Array(ty) | Type::Records(_, ty)) = *whole else { return Err(stays(whole)) };
        let size = structures::bytes_of(whole, ty.dtype);
        // SAFETY: the caller's promise.
        let view = |words: &mut Self| unsafe {
            let (data, owner) = (words.take() as *mut u8, words.take());
            let shape: Vec<usize> = (0..ty.ndim).map(|_| words.take() as usize).collect();
            let mut view = View::contiguous(&shape, size);
            if ty.layout == Layout::Any {
                for k in 0..ty.ndim {
                    view.strides[k] = words.take() as isize;
                }
            }
            (data, owner, view)
        };
        let (data, owner, view) = view(self);
        let (low, high) = view.extent(size);
        let at = |offset: isize| (data as usize).wrapping_add_signed(offset);
        self.arrays.push(Lent { low: at(low), high: at(high), owner });
        let base = self.py.None().into_bound(self.py);
        match whole {
            Type::Records(structure, _) => {
                let dtype = structures::dtype_of(self.py, structure);
                structures::made(&base, &dtype, &view, data, ty.writeable)
            }
            _ => interop::view(&base, &view, ty.dtype, data, ty.writeable),
        }
    }
}

/// The words of an object, which must be of a type.
fn give(
    call: &Call<'_>,
    object: &Bound<'_, PyAny>,
    ty: &Type,
    lent: &[Lent],
    into: &mut Vec<u64>,
) -> PyResult<()> {
    match ty {
        Type::None | Type::Thing(_) => Ok(()),
        Type::Tuple(items) => {
            let tuple = object.cast::<PyTuple>().map_err(|_| other(object, ty))?;
            if tuple.len() != items.len() {
                return Err(other(object, ty));
            }
            tuple.iter().zip(items).try_for_each(|(item, ty)| give(call, &item, ty, lent, into))
        }
        Type::Number { dtype, .. } => {
            let value = number(object).filter(|(value, _)| value.dtype == *dtype);
            let (value, _) = value.ok_or_else(|| other(object, ty))?;
            let width = 8 * dtype.real().size() as u32;
            let mask = u128::MAX >> (128 - width);
            let parts = 0..dtype.parts() as u32;
            into.extend(parts.map(|k| (value.bits >> (k * width) & mask) as u64));
            Ok(())
        }
        Type::Array(array) => give_array(call, object, *array, lent, into),
        Type::Bytes => {
            let bytes = object.cast::<PyBytes>().map_err(|_| other(object, ty))?;
            give_bytes(call, bytes.as_bytes(), into)
        }
        Type::Text => {
            let text = object.cast::<PyString>().map_err(|_| other(object, ty))?;
            give_text(call, text, into)
        }
        Type::Range
        | Type::Pointer(_)
        | Type::PointerToRecords(_)
        | Type::Generator
        | Type::Caught
        | Type::Closure(..)
        | Type::Container(_)
        | Type::Unknown(_)
        | Type::Records(..)
        | Type::Record(..)
        | Type::Object(..)
        | Type::Optional(_) => Err(other(object, ty)),
    }
}

fn give_array(
    call: &Call<'_>,
    object: &Bound<'_, PyAny>,
    ty: ArrayType,
    lent: &[Lent],
    into: &mut Vec<u64>,
) -> PyResult<()> {
    let py = object.py();
    let refused = || other(object, &Type::Array(ty));
    let numpys = numpys(object)?;
    if !interop::is_any_array(py, numpys.as_ptr())
        || interop::array_dtype(&numpys) != Some(ty.dtype)
    {
        return Err(refused());
    }
    let (ndim, start) = interop::array_start(&numpys);
    if ndim != ty.ndim {
        return Err(refused());
    }
    let (view, at) = (interop::array_view(&numpys), start as usize);
    let size = ty.dtype.size();
    let own = lent.iter().find(|l| (l.low..l.high).contains(&at));
    if let Some(own) = own
        && (ty.layout == Layout::Any || view.is_c_contiguous(size))
    {
        if own.owner != 0 {
            // SAFETY: an owner is memory of this call's, whose count of holders lies first.
            let holders = unsafe { AtomicI64::from_ptr(own.owner as *mut i64) };
            holders.fetch_add(1, Ordering::Relaxed);
        }
        into.extend([at as u64, own.owner]);
        into.extend(view.shape.iter().map(|&n| n as u64));
        if ty.layout == Layout::Any {
            into.extend(view.strides.iter().map(|&s| s as u64));
        }
        return Ok(());
    }
    let packed = View::contiguous(&view.shape, size);
    let bytes = view.size() * size;
    let owner = call.memory.with_holder(bytes).ok_or_else(|| PyMemoryError::new_err(()))?;
    let data = owner.wrapping_add(HEAD);
    let base = py.None().into_bound(py);
    let copy = interop::view(&base, &packed, ty.dtype, data, true)?;
    copy.set_item(py.Ellipsis(), &numpys)?;
    into.extend([data as u64, owner as u64]);
    into.extend(packed.shape.iter().map(|&n| n as u64));
    if ty.layout == Layout::Any {
        into.extend(packed.strides.iter().map(|&s| s as u64));
    }
    Ok(())
}

/// An array as one of NumPy's.
fn numpys<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match object.cast::<crate::array::NdArray>() {
        Ok(ours) => crate::array::NdArray::look(ours),
        Err(_) => Ok(object.clone()),
    }
}

fn number(object: &Bound<'_, PyAny>) -> Option<(Scalar, bool)> {
    if object.is_exact_instance_of::<PyInt>() {
        let value = object.extract::<i64>().ok()?;
        return Some((Scalar::integer(DType::I64, value.into()), true));
    }
    if let Ok(value) = object.cast_exact::<PyFloat>() {
        return Some((Scalar::float(DType::F64, value.value()), true));
    }
    if let Ok(value) = object.cast_exact::<PyComplex>() {
        return Some((Scalar::complex(DType::C128, value.real(), value.imag()), true));
    }
    let value = scalar::strong(object)?;
    Some((value, object.is_exact_instance_of::<PyBool>()))
}

/// The type of what a call returned for samples.
fn type_of(object: &Bound<'_, PyAny>, samples: &[Bound<'_, PyAny>]) -> PyResult<Type> {
    if object.is_none() {
        return Ok(Type::None);
    }
    if let Some((value, python)) = number(object) {
        return Ok(Type::Number { dtype: value.dtype, python });
    }
    if object.is_instance_of::<PyString>() {
        return Ok(Type::Text);
    }
    if object.is_instance_of::<PyBytes>() {
        return Ok(Type::Bytes);
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        let items = tuple.iter().map(|item| type_of(&item, samples)).collect::<PyResult<_>>()?;
        return Ok(Type::Tuple(items));
    }
    let py = object.py();
    let numpys = numpys(object)?;
    if !interop::is_any_array(py, numpys.as_ptr()) {
        let text = format!("it returns an object of type {}", object.get_type());
        return Err(PyTypeError::new_err(text));
    }
    let Some(dtype) = interop::array_dtype(&numpys) else {
        return Err(PyTypeError::new_err("it returns an array of other elements than numbers"));
    };
    let shares = |sample: &Bound<'_, PyAny>| -> PyResult<bool> {
        let numpy = interop::numpy(py).module(py);
        numpy.call_method1("may_share_memory", (sample, &numpys))?.extract()
    };
    let mut is_view = false;
    for sample in samples.iter().filter(|s| interop::is_any_array(py, s.as_ptr())) {
        is_view |= shares(sample)?;
    }
    let ndim = interop::array_start(&numpys).0;
    let layout = if is_view { Layout::Any } else { Layout::C };
    Ok(Type::Array(ArrayType { dtype, ndim, layout, writeable: true }))
}

/// The type of an array in another shape, which tells its axes by its length.
fn reshaped(args: &[Passed]) -> Option<Type> {
    let [Passed::Value(Type::Array(array)), shape] = args else { return None };
    let ndim = match shape {
        Passed::Value(Type::Tuple(sizes)) => sizes.len(),
        Passed::Frozen(Thing::Tuple(sizes)) => sizes.len(),
        _ => return None,
    };
    Some(Type::Array(ArrayType { ndim, layout: Layout::Any, ..*array }))
}

/// An object of a type: an array is a small one that most functions take, whose axes have a length.
fn sample<'py>(py: Python<'py>, ty: &Type, length: usize) -> PyResult<Bound<'py, PyAny>> {
    match ty {
        Type::Number { dtype, python } => {
            let one = match dtype.is_integer() || *dtype == DType::Bool {
                true => Scalar::integer(*dtype, 1),
                false => Scalar::float(*dtype, 1.0),
            };
            results::number(py, *dtype, *python, one.bits)
        }
        Type::Tuple(items) => {
            let items =
                items.iter().map(|item| sample(py, item, length)).collect::<PyResult<Vec<_>>>()?;
            Ok(PyTuple::new(py, items)?.into_any())
        }
        Type::Array(array) => {
            let dtype = interop::numpy(py).dtype(py, array.dtype);
            let packed = array.layout == Layout::C;
            py.import("stook._jit")?.getattr("sample")?.call1((array.ndim, dtype, packed, length))
        }
        Type::Generator => generators::sample(py),
        // As many as the widest numbers have, so that numbers can be made of them.
        Type::Bytes => Ok(PyBytes::new(py, b"1234567812345678").into_any()),
        Type::Records(structure, array) => structures::sample(py, structure, array.ndim),
        Type::Range => py.import("builtins")?.getattr("range")?.call1((2,)),
        // One that numbers can be made of.
        Type::Text => Ok(PyString::new(py, "1").into_any()),
        Type::Pointer(_) | Type::PointerToRecords(_) => Ok(0_u64.into_pyobject(py)?.into_any()),
        Type::Container(container) => {
            let of = |ty: &Type| sample(py, ty, length);
            let (item, value) = (of(&container.item)?, of(&container.value)?);
            results::collected(py, container.kind, vec![(item, value)])
        }
        Type::None | Type::Thing(_) | Type::Unknown(_) => Ok(py.None().into_bound(py)),
        Type::Caught
        | Type::Closure(..)
        | Type::Optional(_)
        | Type::Record(..)
        | Type::Object(..) => Err(stays(ty)),
    }
}

/// What is known while compiling, as an object.
fn object<'py>(names: &Names<'py>, py: Python<'py>, thing: &Thing) -> PyResult<Bound<'py, PyAny>> {
    match thing {
        Thing::None => Ok(py.None().into_bound(py)),
        Thing::Text(text) => Ok(text.into_pyobject(py)?.into_any()),
        Thing::Number { value, python } => results::number(py, value.dtype, *python, value.bits),
        Thing::Class { dtype, python: false } => Ok(interop::numpy(py).dtype(py, *dtype).clone()),
        Thing::Class { dtype, python: true } => {
            let name = match dtype {
                DType::I64 => "int",
                DType::F64 => "float",
                DType::Bool => "bool",
                _ => "complex",
            };
            py.import("builtins")?.getattr(name)
        }
        Thing::Tuple(items) => {
            let items =
                items.iter().map(|item| object(names, py, item)).collect::<PyResult<Vec<_>>>()?;
            Ok(PyTuple::new(py, items)?.into_any())
        }
        Thing::Bytes(bytes) => Ok(PyBytes::new(py, bytes).into_any()),
        Thing::Structure(structure) => Ok(structures::dtype_of(py, structure)),
        Thing::Known { object: Some(number), .. } => Ok(names.object(*number).clone()),
        _ => Err(PyTypeError::new_err("one of them has no value outside of compiled code")),
    }
}

/// The error of a value that has no object outside of compiled code.
fn stays(ty: &Type) -> PyErr {
    PyTypeError::new_err(format!("{} stays within compiled code", ty.describe()))
}

fn other(object: &Bound<'_, PyAny>, ty: &Type) -> PyErr {
    PyTypeError::new_err(format!(
        "a call in a compiled function returned an object of type {}, where {} was expected",
        object.get_type(),
        ty.describe()
    ))
}
