//! The arguments of a call as words of memory, and a key that tells their types apart.

use super::containers::{self, Loans};
use super::memory::Memory;
use super::{Args, Dispatcher};
use super::{generators, records, structures};
use crate::array::NdArray;
use crate::interop;
use crate::module::read;
use crate::scalar::{self, Weak};
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyString, PyTuple};
use smallvec::SmallVec;
use stook_jit::{ArrayType, Container, ContainerKind, Layout, Thing, Type};
use stook_types::{DType, Scalar, View};

/// The arguments of a call. It is large, and stays where it was made: a call takes a hundred
/// nanoseconds.
pub(super) struct Given {
    /// Their types, each as one number, a tuple's items after the tuple.
    pub(super) key: SmallVec<[u32; 8]>,
    /// Their parts, as [`Type::parts`] says.
    pub(super) words: SmallVec<[u64; 32]>,
    /// Whether an array of ours is among them.
    pub(super) has_ours: bool,
    /// Containers and objects among them, if there are any: most calls have none to look for.
    pub(super) loans: Option<Box<Loans>>,
    /// How many items of unknown types they have.
    pub(super) unknown: usize,
    /// What the lists lie in.
    pub(super) memory: Memory,
}

// Numbers of types in a key: what it is in the low byte, more above.
const NONE: u32 = 0;
const NUMBER: u32 = 1;
const TUPLE: u32 = 2;
const ARRAY: u32 = 3;
const POINTER: u32 = 4;
const LIST: u32 = 5;
const UNKNOWN: u32 = 6;
const DICT: u32 = 7;
const SET: u32 = 8;
const FUNCTION: u32 = 9;
const TEXT: u32 = 10;
/// Records of a dtype of a number, then the array that they are.
const RECORDS: u32 = 11;
/// An address of records of a dtype of a number.
const RECORDS_AT: u32 = 12;
const GENERATOR: u32 = 13;
const BYTES: u32 = 14;
/// Objects of a class of a number, then the types of its fields.
const OBJECT: u32 = 32;
/// Fields that compiled functions do not take.
const OTHER: u32 = 33;

impl Given {
    /// No arguments.
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            key: SmallVec::new(),
            words: SmallVec::new(),
            has_ours: false,
            loans: None,
            unknown: 0,
            memory: Memory::new(),
        }
    }

    /// Adds the arguments of a call.
    pub(super) fn fill(
        &mut self,
        dispatcher: &Bound<'_, Dispatcher>,
        args: Args<'_, '_>,
    ) -> PyResult<()> {
        let params = &dispatcher.get().params;
        for (k, arg) in args.iter().enumerate() {
            match self.add(arg) {
                Ok(true) => {}
                Ok(false) => return Err(refused(dispatcher, params.get(k), arg)),
                Err(error) if error.is_instance_of::<PyTypeError>(arg.py()) => {
                    let text = error.value(arg.py()).to_string();
                    return Err(named(dispatcher, params.get(k), &text));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Adds an object; whether it has a type that compiled functions take.
    pub(super) fn add(&mut self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        if let Ok(value) = object.cast_exact::<PyFloat>() {
            self.key.push(number(DType::F64, true));
            self.words.push(value.value().to_bits());
            return Ok(true);
        }
        if let Ok(value) = object.cast_exact::<PyInt>() {
            let mut overflow = 0;
            // SAFETY: the object is an int; for those nothing else can go wrong.
            let value = unsafe { ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &mut overflow) };
            if overflow != 0 {
                return Ok(false);
            }
            self.key.push(number(DType::I64, true));
            self.words.push(value as u64);
            return Ok(true);
        }
        // Before asking what NumPy's class derives from, which takes as long as all else.
        if interop::is_array(object) {
            return self.numpys(object);
        }
        if let Ok(array) = object.cast::<NdArray>() {
            self.ours(array)?;
            return Ok(true);
        }
        if interop::is_any_array(object.py(), object.as_ptr()) {
            return self.numpys(object);
        }
        if object.is_none() {
            self.key.push(NONE);
            return Ok(true);
        }
        if let Ok(bytes) = object.cast_exact::<PyBytes>() {
            self.key.push(BYTES);
            let data = bytes.as_bytes();
            self.words.extend([data.as_ptr().expose_provenance() as u64, 0, data.len() as u64]);
            return Ok(true);
        }
        if self.add_record(object)? {
            return Ok(true);
        }
        if let Ok(text) = object.cast_exact::<PyString>() {
            self.key.push(TEXT);
            self.add_text(text)?;
            return Ok(true);
        }
        if containers::is_one(object) {
            return self.add_container(object);
        }
        if object.cast_exact::<PyTuple>().is_err() && scalar::strong(object).is_none() {
            if generators::is_one(object) {
                self.add_generator(object)?;
                return Ok(true);
            }
            if records::class_of(&object.get_type())?.is_some() {
                return self.add_object(object);
            }
        }
        if let Ok(tuple) = object.cast::<PyTuple>() {
            self.key.push(TUPLE | (tuple.len() as u32) << 8);
            for item in tuple.iter_borrowed() {
                if !self.add(&item)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let python = object.is_exact_instance_of::<PyBool>();
        let value = match scalar::weak(object) {
            Some(Weak::Complex(re, im)) => Some((Scalar::complex(DType::C128, re, im), true)),
            _ => scalar::strong(object).map(|value| (value, python)),
        };
        let Some((value, python)) = value else {
            let callable = object.is_callable();
            if callable {
                add_type(&Type::Thing(Thing::Function(object.as_ptr() as usize)), &mut self.key);
            }
            return Ok(callable);
        };
        self.key.push(number(value.dtype, python));
        let width = 8 * value.dtype.real().size() as u32;
        let mask = u128::MAX >> (128 - width);
        for part in 0..value.dtype.parts() as u32 {
            self.words.push((value.bits >> (part * width) & mask) as u64);
        }
        Ok(true)
    }

    fn ours(&mut self, array: &Bound<'_, NdArray>) -> PyResult<()> {
        let own = array.get();
        let start = read(array.py(), own.array())?;
        let View { shape, strides, .. } = &own.array().view;
        self.has_ours = true;
        let packed = own.array().view.is_c_contiguous(own.array().dtype.size());
        self.array(own.array().dtype, start, packed, own.is_writeable());
        self.axes(shape.iter().map(|&n| n as u64), strides, packed);
        Ok(())
    }

    fn numpys(&mut self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some(dtype) = interop::array_dtype(object) else {
            return if interop::has_bytes(object) { self.add_records(object) } else { Ok(false) };
        };
        let (shape, strides) = interop::array_axes(object);
        let (start, packed) = (interop::array_start(object).1, interop::array_packed(object));
        self.array(dtype, start.cast_mut(), packed, interop::array_writeable(object));
        self.axes(shape.iter().map(|&n| n as u64), strides, packed);
        Ok(true)
    }

    /// Adds an array, but for its axes.
    #[inline]
    fn array(&mut self, dtype: DType, start: *mut u8, packed: bool, writeable: bool) {
        let layout = if packed { Layout::C } else { Layout::Any };
        self.key.push(array_key(ArrayType { dtype, ndim: 0, layout, writeable }));
        self.words.extend([start as u64, 0]);
    }

    /// Adds the axes of the array that was added last.
    #[inline]
    fn axes(&mut self, shape: impl ExactSizeIterator<Item = u64>, strides: &[isize], packed: bool) {
        if let Some(last) = self.key.last_mut() {
            *last |= (shape.len() as u32) << 16;
        }
        self.words.extend(shape);
        if !packed {
            self.words.extend(strides.iter().map(|&s| s as u64));
        }
    }
}

fn number(dtype: DType, python: bool) -> u32 {
    NUMBER | (dtype as u32) << 8 | u32::from(python) << 16
}

/// The key of types.
pub(super) fn key_of(types: &[Type]) -> SmallVec<[u32; 8]> {
    let mut key = SmallVec::new();
    types.iter().for_each(|ty| add_type(ty, &mut key));
    key
}

/// Adds the numbers of a type to a key.
pub(super) fn add_type(ty: &Type, key: &mut SmallVec<[u32; 8]>) {
    match ty {
        Type::Number { dtype, python } => key.push(number(*dtype, *python)),
        Type::Tuple(items) => {
            key.push(TUPLE | (items.len() as u32) << 8);
            items.iter().for_each(|item| add_type(item, key));
        }
        Type::Record(class, items) | Type::Object(class, items) => {
            key.push(OBJECT | (class.number as u32) << 8);
            items.iter().for_each(|item| add_type(item, key));
        }
        Type::Thing(Thing::Other(_)) => key.push(OTHER),
        Type::Array(array) => key.push(array_key(*array)),
        Type::Records(structure, array) => {
            key.extend([RECORDS | (structure.number as u32) << 8, array_key(*array)]);
        }
        Type::Pointer(dtype) => key.push(POINTER | dtype.map_or(0, |d| 1 + d as u32) << 8),
        Type::Generator => key.push(GENERATOR),
        Type::Bytes => key.push(BYTES),
        Type::PointerToRecords(structure) => {
            key.push(RECORDS_AT | (structure.number as u32) << 8);
        }
        Type::Container(container) => {
            key.push(match container.kind {
                ContainerKind::List => LIST,
                ContainerKind::Dict => DICT,
                ContainerKind::Set => SET,
            });
            add_type(&container.item, key);
            if container.kind == ContainerKind::Dict {
                add_type(&container.value, key);
            }
        }
        Type::Text => key.push(TEXT),
        Type::Unknown(_) => key.push(UNKNOWN),
        Type::Thing(Thing::Function(address)) => {
            key.extend([FUNCTION, *address as u32, (*address as u64 >> 32) as u32]);
        }
        _ => key.push(NONE),
    }
}

fn array_key(ty: ArrayType) -> u32 {
    let flags = u32::from(ty.layout == Layout::C) | u32::from(ty.writeable) << 1;
    ARRAY | (ty.dtype as u32) << 8 | (ty.ndim as u32) << 16 | flags << 24
}

/// The types that a key stands for. The number of a function is its address: see
/// [`Names::with_numbers`](super::names::Names::with_numbers).
pub(super) fn types_of(mut key: &[u32]) -> Vec<Type> {
    let (mut types, mut unknown) = (Vec::new(), 0);
    while !key.is_empty() {
        types.push(next_type(&mut key, &mut unknown));
    }
    types
}

fn next_type(key: &mut &[u32], unknown: &mut usize) -> Type {
    let (first, rest) = key.split_first().expect("a key has a number for each type");
    *key = rest;
    let dtype = || DType::ALL[(first >> 8 & 0xff) as usize];
    match first & 0xff {
        NUMBER => Type::Number { dtype: dtype(), python: first >> 16 & 1 != 0 },
        TUPLE => Type::Tuple((0..first >> 8).map(|_| next_type(key, unknown)).collect()),
        POINTER => Type::Pointer(match first >> 8 {
            0 => None,
            k => Some(DType::ALL[k as usize - 1]),
        }),
        ARRAY => Type::Array(ArrayType {
            dtype: dtype(),
            ndim: (first >> 16 & 0xff) as usize,
            layout: if first >> 24 & 1 != 0 { Layout::C } else { Layout::Any },
            writeable: first >> 25 & 1 != 0,
        }),
        GENERATOR => Type::Generator,
        BYTES => Type::Bytes,
        RECORDS_AT => Type::PointerToRecords(structures::of_number((first >> 8) as usize)),
        RECORDS => match next_type(key, unknown) {
            Type::Array(array) => {
                Type::Records(structures::of_number((first >> 8) as usize), array)
            }
            other => other,
        },
        TEXT => Type::Text,
        LIST => Type::list(next_type(key, unknown)),
        kind @ (DICT | SET) => {
            let item = next_type(key, unknown);
            let (kind, value) = match kind {
                DICT => (ContainerKind::Dict, next_type(key, unknown)),
                _ => (ContainerKind::Set, Type::None),
            };
            Type::Container(Box::new(Container { kind, item, value }))
        }
        OBJECT => {
            let class = records::of_number((first >> 8) as usize);
            class.of(class.fields.iter().map(|_| next_type(key, unknown)).collect())
        }
        OTHER => Type::Thing(Thing::Other("an object".to_owned())),
        FUNCTION => {
            let (low, high) = (u64::from(key[0]), u64::from(key[1]));
            *key = &key[2..];
            Type::Thing(Thing::Function((high << 32 | low) as usize))
        }
        UNKNOWN => {
            *unknown += 1;
            Type::Unknown(*unknown - 1)
        }
        _ => Type::None,
    }
}

fn refused(
    dispatcher: &Bound<'_, Dispatcher>,
    param: Option<&String>,
    object: &Bound<'_, PyAny>,
) -> PyErr {
    let class = object.get_type();
    let what = match object.is_exact_instance_of::<PyInt>() {
        true => "an int of more than 64 bits".to_owned(),
        false if containers::is_one(object) => {
            format!(
                "a {} of other objects",
                class.name().map_or_else(|_| String::new(), |n| n.to_string())
            )
        }
        false => format!("an object of type {class}"),
    };
    let text = format!(
        "is {what}; compiled functions take numbers, bools, arrays of them and of records, strings, None, tuples, \
         lists, dicts and sets of these, named tuples, dataclasses, and functions that are compiled{}",
        if object.hasattr("__dict__").unwrap_or(false) {
            "; make its class a dataclass"
        } else {
            ""
        }
    );
    named(dispatcher, param, &text)
}

/// The error of an argument that is, or has in it, what can be called but is not compiled.
pub(super) fn not_compiled(dispatcher: &Bound<'_, Dispatcher>, number: usize) -> PyErr {
    let text = "is or has a function or object that is not compiled; decorate it with @stook.jit, \
                or pass one of NumPy's functions";
    named(dispatcher, dispatcher.get().params.get(number), text)
}

/// The error of an argument, by its name.
fn named(dispatcher: &Bound<'_, Dispatcher>, param: Option<&String>, text: &str) -> PyErr {
    let name = dispatcher.get().function.bind(dispatcher.py()).getattr("__name__");
    let name = name.map(|name| name.to_string()).unwrap_or_default();
    let param = param.map_or("?", String::as_str);
    PyTypeError::new_err(format!("{name}(): the argument '{param}' {text}"))
}
