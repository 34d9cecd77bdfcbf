//! Words that a unit returns, as objects of Python's.

use super::calling::Call;
use super::containers::{self, Lent};
use super::texts::{bytes_of, text_of};
use super::{Args, Version};
use super::{generators, records, structures};
use crate::array::NdArray;
use crate::interop;
use crate::scalar;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyComplex, PyDict, PyFloat, PyInt, PyList, PySet, PyString, PyTuple,
};
use std::collections::HashMap;
use stook_jit::{ArrayType, Class, Container, ContainerKind, Layout, Type};
use stook_runtime::Array;
use stook_types::{DType, Scalar, View};

/// The object that a version's words stand for.
pub(super) fn object<'py>(
    py: Python<'py>,
    (version, words): (&Version, &[u64]),
    args: Args<'_, 'py>,
    call: &Call<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    match (&version.result, words) {
        (Type::Number { dtype, python }, [word]) => {
            return number(py, *dtype, *python, (*word).into());
        }
        (Type::None, _) => return Ok(py.None().into_bound(py)),
        _ => {}
    }
    Made::of(py, (version, words), args, call, &[]).next(&version.result)
}

/// Gives containers and objects that a call was passed what it left in them, and makes the object
/// that its words stand for, if it has `returned`.
pub(super) fn with_lent<'py>(
    py: Python<'py>,
    (version, words): (&Version, &[u64]),
    args: Args<'_, 'py>,
    call: &Call<'_>,
    (lent, returned): (&[Lent], bool),
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut made = Made::of(py, (version, words), args, call, lent);
    let result = if returned { Some(made.next(&version.result)?) } else { None };
    // All is looked up before anything is replaced, as arrays are found where they lay before.
    let left = lent.iter().map(|lent| made.left_in(lent)).collect::<PyResult<Vec<_>>>()?;
    for (lent, left) in lent.iter().zip(left) {
        write_back(lent.object.bind(py), left)?;
    }
    Ok(result)
}

/// What a call leaves in a container or an object.
enum Left<'py> {
    AsItWas,
    Items(Bound<'py, PyAny>),
    Fields(Vec<(String, Bound<'py, PyAny>)>),
}

fn write_back<'py>(object: &Bound<'py, PyAny>, left: Left<'py>) -> PyResult<()> {
    let items = match left {
        Left::AsItWas => return Ok(()),
        Left::Items(items) => items,
        Left::Fields(fields) => {
            return fields.into_iter().try_for_each(|(name, value)| object.setattr(name, value));
        }
    };
    if let Ok(list) = object.cast::<PyList>() {
        return list.set_slice(0, list.len(), &items);
    }
    object.call_method0("clear")?;
    object.call_method1("update", (items,)).map(|_| ())
}

/// What a call leaves, as objects.
struct Made<'a, 'py> {
    py: Python<'py>,
    version: &'a Version,
    words: &'a [u64],
    args: Args<'a, 'py>,
    call: &'a Call<'a>,
    lent: &'a [Lent],
    /// Memory that results share, as arrays of bytes.
    owners: Vec<(u64, Array)>,
    /// Lists by their blocks: those that the call was passed, and those made of its results.
    lists: HashMap<u64, Bound<'py, PyAny>>,
}

/// The object that words stand for, of a type without arrays and containers.
///
/// # Safety
/// Strings among them lie in memory that lives on.
pub(super) unsafe fn of_words<'py>(
    py: Python<'py>,
    ty: &Type,
    words: &[u64],
) -> PyResult<Bound<'py, PyAny>> {
    match ty {
        Type::Tuple(items) => {
            let mut rest = words;
            let mut made = Vec::with_capacity(items.len());
            for item in items {
                let (own, after) = rest.split_at(item.parts().len().min(rest.len()));
                // SAFETY: the caller's promise.
                made.push(unsafe { of_words(py, item, own)? });
                rest = after;
            }
            Ok(PyTuple::new(py, made)?.into_any())
        }
        Type::Record(class, items) => {
            // SAFETY: the caller's promise.
            let made = unsafe { of_words(py, &Type::Tuple(items.clone()), words)? };
            let fields = made.try_iter()?.map(|field| field.map(Some));
            records::made(py, class, fields.collect::<PyResult<_>>()?)
        }
        Type::Text => match *words {
            // SAFETY: the caller's promise.
            [data, _, length, ..] => unsafe { text_of(py, data, length) },
            _ => Ok(PyString::new(py, "").into_any()),
        },
        Type::Bytes => match *words {
            // SAFETY: the caller's promise.
            [data, _, length, ..] => Ok(unsafe { bytes_of(py, data, length) }),
            _ => Ok(PyBytes::new(py, b"").into_any()),
        },
        Type::Number { dtype, python } => {
            let width = 8 * dtype.real().size() as u32;
            let part = |k: usize| u128::from(words.get(k).copied().unwrap_or(0));
            let high = if dtype.is_complex() { part(1) << width } else { 0 };
            number(py, *dtype, *python, part(0) | high)
        }
        _ => Ok(py.None().into_bound(py)),
    }
}

/// A container of items, of a dict's keys and values.
pub(super) fn collected<'py>(
    py: Python<'py>,
    kind: ContainerKind,
    pairs: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
) -> PyResult<Bound<'py, PyAny>> {
    let items = pairs.iter().map(|(item, _)| item);
    Ok(match kind {
        ContainerKind::List => PyList::new(py, items)?.into_any(),
        ContainerKind::Set => PySet::new(py, items)?.into_any(),
        ContainerKind::Dict => {
            let made = PyDict::new(py);
            pairs.iter().try_for_each(|(key, value)| made.set_item(key, value))?;
            made.into_any()
        }
    })
}

impl<'a, 'py> Made<'a, 'py> {
    fn of(
        py: Python<'py>,
        (version, words): (&'a Version, &'a [u64]),
        args: Args<'a, 'py>,
        call: &'a Call<'a>,
        lent: &'a [Lent],
    ) -> Self {
        let lists = lent.iter().map(|lent| (lent.block, lent.object.bind(py).clone()));
        let lists = lists.collect();
        Self { py, version, words, args, call, lent, owners: Vec::new(), lists }
    }

    fn left_in(&mut self, lent: &Lent) -> PyResult<Left<'py>> {
        let ty = lent.ty.with_known(&self.version.known);
        if !self.version.changed.contains(&ty) {
            return Ok(Left::AsItWas);
        }
        match &ty {
            Type::Container(container) => self.items(lent.block, container).map(Left::Items),
            Type::Object(class, types) => {
                let fields = self.fields(lent.block, types)?;
                let named = class.fields.iter().cloned().zip(fields);
                Ok(Left::Fields(named.filter_map(|(name, f)| Some((name, f?))).collect()))
            }
            _ => Ok(Left::AsItWas),
        }
    }

    /// The fields in an object's block; nothing for those that are unset, and those that compiled
    /// functions do not take.
    fn fields(&mut self, block: u64, types: &[Type]) -> PyResult<Vec<Option<Bound<'py, PyAny>>>> {
        // SAFETY: a unit leaves objects of this type in memory that the call keeps.
        let words = unsafe { containers::fields_in(block, types) };
        self.with_words(&words, |within| types.iter().map(|ty| within.field(ty)).collect())
    }

    fn field(&mut self, ty: &Type) -> PyResult<Option<Bound<'py, PyAny>>> {
        let is_unset = match ty {
            Type::Thing(_) => true,
            Type::Array(_)
            | Type::Records(..)
            | Type::Text
            | Type::Bytes
            | Type::Container(_)
            | Type::Object(..) => self.words[0] == 0,
            _ => false,
        };
        if is_unset {
            self.words = &self.words[ty.parts().len()..];
            return Ok(None);
        }
        self.next(ty).map(Some)
    }

    fn shared_object(&mut self, class: &Class, types: &[Type]) -> PyResult<Bound<'py, PyAny>> {
        let block = self.take();
        if let Some(known) = self.lists.get(&block) {
            return Ok(known.clone());
        }
        let fields = self.fields(block, types)?;
        let made = records::made(self.py, class, fields)?;
        self.lists.insert(block, made.clone());
        Ok(made)
    }

    fn with_words<T>(
        &mut self,
        words: &[u64],
        make: impl FnOnce(&mut Made<'_, 'py>) -> PyResult<T>,
    ) -> PyResult<T> {
        let mut within = Made {
            py: self.py,
            version: self.version,
            words,
            args: self.args,
            call: self.call,
            lent: self.lent,
            owners: std::mem::take(&mut self.owners),
            lists: std::mem::take(&mut self.lists),
        };
        let made = make(&mut within);
        (self.owners, self.lists) = (within.owners, within.lists);
        made
    }

    fn items(&mut self, block: u64, container: &Container) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: a unit leaves containers of this type in memory that the call keeps.
        let (count, words) = unsafe { containers::cells_in(block, container) };
        let mut pairs = Vec::with_capacity(count);
        self.with_words(&words, |within| {
            for _ in 0..count {
                let item = within.next(&container.item)?;
                pairs.push((item, within.next(&container.value)?));
            }
            Ok(())
        })?;
        collected(self.py, container.kind, pairs)
    }

    fn container(&mut self, container: &Container) -> PyResult<Bound<'py, PyAny>> {
        let block = self.take();
        if let Some(known) = self.lists.get(&block) {
            return Ok(known.clone());
        }
        let made = self.items(block, container)?;
        self.lists.insert(block, made.clone());
        Ok(made)
    }

    fn take(&mut self) -> u64 {
        let (first, rest) = self.words.split_first().expect("a word for each part of a type");
        self.words = rest;
        *first
    }

    fn next(&mut self, ty: &Type) -> PyResult<Bound<'py, PyAny>> {
        match ty {
            Type::Number { dtype, python } => {
                let low = u128::from(self.take());
                let width = 8 * dtype.real().size() as u32;
                let high = if dtype.is_complex() { u128::from(self.take()) << width } else { 0 };
                number(self.py, *dtype, *python, low | high)
            }
            Type::Optional(inner) => {
                if self.take() != 0 {
                    return self.next(inner);
                }
                self.words = &self.words[inner.parts().len()..];
                Ok(self.py.None().into_bound(self.py))
            }
            Type::Tuple(items) => {
                let items =
                    items.iter().map(|item| self.next(item)).collect::<PyResult<Vec<_>>>()?;
                Ok(PyTuple::new(self.py, items)?.into_any())
            }
            Type::Record(class, types) => {
                let fields = types.iter().map(|ty| self.next(ty).map(Some));
                let fields = fields.collect::<PyResult<_>>()?;
                records::made(self.py, class, fields)
            }
            Type::Object(class, types) => self.shared_object(class, types),
            Type::Array(_) | Type::Records(..) => self.array(ty),
            Type::Text => {
                let (data, _, length) = (self.take(), self.take(), self.take());
                // SAFETY: a unit leaves strings in memory that the call keeps, or that is the code's.
                unsafe { text_of(self.py, data, length) }
            }
            Type::Container(container) => self.container(container),
            Type::Range => {
                let parts = (self.take() as i64, self.take() as i64, self.take() as i64);
                self.py.import("builtins")?.getattr("range")?.call1(parts)
            }
            Type::Bytes => {
                let (data, _, length) = (self.take(), self.take(), self.take());
                // SAFETY: a unit leaves bytes in memory that the call keeps, or that is the code's.
                Ok(unsafe { bytes_of(self.py, data, length) })
            }
            Type::Generator => {
                let (_, object) = (self.take(), self.take());
                // SAFETY: it is an argument, or an object that the function keeps.
                Ok(unsafe { generators::at(self.py, object) })
            }
            Type::Pointer(_) | Type::PointerToRecords(_) => {
                Ok(self.take().into_pyobject(self.py)?.into_any())
            }
            Type::None | Type::Thing(_) | Type::Caught | Type::Closure(..) | Type::Unknown(_) => {
                Ok(self.py.None().into_bound(self.py))
            }
        }
    }

    fn array(&mut self, whole: &Type) -> PyResult<Bound<'py, PyAny>> {
        let (Type::Array(ty) | Type::Records(_, ty)) = *whole else {
            return Err(lost("the type of an array"));
        };
        let size = structures::bytes_of(whole, ty.dtype);
        let (data, owner) = (self.take(), self.take());
        let shape: Vec<usize> = (0..ty.ndim).map(|_| self.take() as usize).collect();
        let mut view = View::contiguous(&shape, size);
        if ty.layout == Layout::Any {
            for k in 0..ty.ndim {
                view.strides[k] = self.take() as isize;
            }
        }
        let start = data as *mut u8;
        if owner == 0 {
            return self.of_an_argument(&view, whole, start);
        }
        let bytes = match self.owners.iter().find(|(known, _)| *known == owner) {
            Some((_, bytes)) => bytes.clone(),
            None => {
                // SAFETY: a unit returns owners that it was given and has not freed.
                let bytes = unsafe { self.call.memory.take(owner as *mut u8) };
                self.owners.push((owner, bytes.clone()));
                bytes
            }
        };
        if let Type::Records(structure, _) = whole {
            let base = NdArray::share(&NdArray::object(self.py, bytes)?)?;
            let dtype = structures::dtype_of(self.py, structure);
            return structures::made(&base, &dtype, &view, start, true);
        }
        view.offset = start as isize - owner as isize;
        let array = Array { storage: bytes.storage, view, dtype: ty.dtype };
        let made = NdArray::object(self.py, array)?;
        if self.version.names.makes_numpys(self.py, self.args) {
            NdArray::share(&made)
        } else {
            Ok(made.into_any())
        }
    }

    /// An array that lies in the memory of an argument: that argument, or a view of it.
    fn of_an_argument(
        &self,
        view: &View,
        ty: &Type,
        start: *mut u8,
    ) -> PyResult<Bound<'py, PyAny>> {
        let args = || self.args.iter().map(|arg| (**arg).clone());
        if let Some(found) = among(args(), view, ty, Some(start))? {
            return Ok(found);
        }
        if let Some(found) = among(self.version.names.arrays(self.py), view, ty, Some(start))? {
            return Ok(found);
        }
        for lent in self.lent {
            let fields = records::fields_of(lent.object.bind(self.py));
            if let Some(fields) = fields
                && let Some(found) = among(fields.iter(), view, ty, Some(start))?
            {
                return Ok(found);
            }
        }
        // A view of no elements may begin beside its array.
        let found = if view.size() == 0 { among(args(), view, ty, None)? } else { None };
        found.ok_or_else(|| lost("the array that its result lies in"))
    }
}

/// What [`within`] finds first in objects, and in those that they have.
fn among<'py>(
    objects: impl Iterator<Item = Bound<'py, PyAny>>,
    view: &View,
    ty: &Type,
    start: Option<*mut u8>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    for object in objects {
        let items = if let Ok(tuple) = object.cast::<PyTuple>() {
            Some(tuple.clone())
        } else if let Ok(list) = object.cast::<PyList>() {
            Some(list.to_tuple())
        } else if let Ok(dict) = object.cast::<PyDict>() {
            Some(dict.values().to_tuple())
        } else {
            records::value_fields(&object)
        };
        let found = match items {
            Some(items) => among(items.iter(), view, ty, start)?,
            None => within(&object, view, ty, start)?,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The object itself, or a view of it, where elements at `start` lie in it; a view of it anyway where
/// they lie nowhere.
fn within<'py>(
    arg: &Bound<'py, PyAny>,
    view: &View,
    ty: &Type,
    start: Option<*mut u8>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(own) = Lying::of(arg)? else { return Ok(None) };
    let start = start.unwrap_or(own.first);
    let (shape, strides) = (&own.view.shape[..], &own.view.strides[..]);
    let alike = own.ty.has_elements_of(ty);
    if alike && own.first == start && shape == &view.shape[..] && strides == &view.strides[..] {
        return Ok(Some(arg.clone()));
    }
    let base = View { offset: 0, ..own.view.clone() };
    let (low, high) = base.extent(own.bytes);
    let at = start as isize - own.first as isize;
    // A field lies in records of another type.
    if !(low..=high).contains(&at) || !(alike || matches!(own.ty, Type::Records(..))) {
        return Ok(None);
    }
    match ty {
        Type::Records(structure, _) => {
            structures::within(arg, structure, view, start, own.writeable).map(Some)
        }
        Type::Array(array) => match arg.cast::<NdArray>() {
            Ok(ours) => {
                let view = View { offset: own.view.offset + at, ..view.clone() };
                Ok(Some(NdArray::view_of(ours, view, array.dtype)?.into_any()))
            }
            Err(_) => interop::view(arg, view, array.dtype, start, own.writeable).map(Some),
        },
        _ => Ok(None),
    }
}

/// How an argument lies in memory that has elements.
struct Lying {
    ty: Type,
    view: View,
    first: *mut u8,
    /// Bytes of an element.
    bytes: usize,
    writeable: bool,
}

impl Lying {
    fn of(arg: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let py = arg.py();
        let numbers = |dtype: DType| {
            let array = ArrayType { dtype, ndim: 0, layout: Layout::Any, writeable: true };
            (Type::Array(array), dtype.size())
        };
        let records = |dtype: &Bound<'_, PyAny>| -> PyResult<Option<(Type, usize)>> {
            let found = structures::of_dtype(dtype)?;
            Ok(found.map(|s| (Type::records(s.clone(), 0, Layout::C, true), s.size)))
        };
        if let Ok(ours) = arg.cast::<NdArray>() {
            let array = ours.get().array();
            let (ty, bytes) = numbers(array.dtype);
            let first = crate::module::read(py, array)?;
            let view = array.view.clone();
            return Ok(Some(Self { ty, view, first, bytes, writeable: true }));
        }
        if let Some(record) = interop::record(arg) {
            let Some((ty, bytes)) = records(&record.dtype)? else { return Ok(None) };
            let (view, writeable) = (View::contiguous(&[], bytes), record.writeable);
            return Ok(Some(Self { ty, view, first: record.data, bytes, writeable }));
        }
        if !interop::is_any_array(py, arg.as_ptr()) {
            return Ok(None);
        }
        let found = match interop::array_dtype(arg) {
            Some(dtype) => Some(numbers(dtype)),
            None if interop::has_bytes(arg) => records(&interop::array_dtype_object(arg))?,
            None => None,
        };
        let Some((ty, bytes)) = found else { return Ok(None) };
        let (view, first) = (interop::array_view(arg), interop::array_start(arg).1.cast_mut());
        Ok(Some(Self { ty, view, first, bytes, writeable: interop::array_writeable(arg) }))
    }
}

fn lost(what: &str) -> PyErr {
    PyRuntimeError::new_err(format!("internal error in stook: a compiled function lost {what}"))
}

pub(super) fn number<'py>(
    py: Python<'py>,
    dtype: DType,
    python: bool,
    bits: u128,
) -> PyResult<Bound<'py, PyAny>> {
    let value = Scalar { dtype, bits };
    if !python {
        let bytes = value.bytes();
        // SAFETY: the bytes are an element of this type.
        return unsafe { scalar::at(py, dtype, bytes.as_ptr()) };
    }
    Ok(match dtype {
        DType::Bool => PyBool::new(py, bits != 0).to_owned().into_any(),
        DType::C128 => {
            let (re, im) = (f64::from_bits(bits as u64), f64::from_bits((bits >> 64) as u64));
            PyComplex::from_doubles(py, re, im).into_any()
        }
        DType::F64 => PyFloat::new(py, f64::from_bits(bits as u64)).into_any(),
        _ => PyInt::new(py, bits as u64 as i64).into_any(),
    })
}
