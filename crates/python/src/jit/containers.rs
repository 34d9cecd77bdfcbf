//! Lists, dicts and sets of Python's as blocks of memory, and back.

use super::arguments::Given;
use super::memory::HEAD;
use super::records;
use crate::interop;
use pyo3::exceptions::{PyMemoryError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyDict, PyFloat, PyInt, PyList, PySet, PyString, PyTuple};
use std::collections::BTreeMap;
use stook_jit::memory::{CAPACITY, Cells, DATA, IDENTITY, LENGTH, USED, hash_code, size_of};
use stook_jit::{ArrayType, Container, ContainerKind, Layout, POINTS, Type};
use stook_kernel::Type as Part;
use stook_types::DType;

/// How deep objects may lie in each other.
const DEEPEST: usize = 200;

const INT: Type = Type::Number { dtype: DType::I64, python: true };
const FLOAT: Type = Type::Number { dtype: DType::F64, python: true };

/// A container of Python's and the block that stands for it in a call.
pub(super) struct Lent {
    pub(super) object: Py<PyAny>,
    pub(super) block: u64,
    pub(super) ty: Type,
}

/// Those of a call, with what they have within them.
#[derive(Default)]
pub(super) struct Loans {
    pub(super) all: Vec<Lent>,
    /// Their places there, by the objects' addresses.
    places: BTreeMap<usize, usize>,
}

/// The objects that an object lies in while its type is looked for.
#[derive(Default)]
pub(super) struct Path(Vec<usize>);

impl Path {
    /// What is found within an object.
    fn within<T>(
        &mut self,
        object: &Bound<'_, PyAny>,
        find: impl FnOnce(&mut Self) -> PyResult<T>,
    ) -> PyResult<T> {
        let address = object.as_ptr() as usize;
        if self.0.contains(&address) || self.0.len() == DEEPEST {
            return Err(PyTypeError::new_err(
                "holds objects that lead back to themselves, or lie too deep in each other",
            ));
        }
        self.0.push(address);
        let found = find(self);
        self.0.pop();
        found
    }
}

/// The type of an object within others: the same for all that a container has. Nothing where
/// compiled functions take no such object.
pub(super) fn type_of(object: &Bound<'_, PyAny>, path: &mut Path) -> PyResult<Option<Type>> {
    if object.is_exact_instance_of::<PyInt>() {
        return Ok(object.extract::<i64>().is_ok().then_some(INT));
    }
    if object.is_exact_instance_of::<PyFloat>() {
        return Ok(Some(FLOAT));
    }
    if object.is_exact_instance_of::<PyBool>() {
        return Ok(Some(Type::Number { dtype: DType::Bool, python: true }));
    }
    if object.is_exact_instance_of::<PyComplex>() {
        return Ok(Some(Type::Number { dtype: DType::C128, python: true }));
    }
    if object.is_none() {
        return Ok(Some(Type::None));
    }
    if object.is_exact_instance_of::<PyString>() {
        return Ok(Some(Type::Text));
    }
    if object.cast_exact::<PyTuple>().is_err()
        && crate::scalar::strong(object).is_none()
        && let Some(class) = records::class_of(&object.get_type())?
    {
        return path.within(object, |path| records::type_of_object(object, &class, path));
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        let mut items = Vec::with_capacity(tuple.len());
        for item in tuple.iter_borrowed() {
            let Some(ty) = type_of(&item, path)? else { return Ok(None) };
            items.push(ty);
        }
        return Ok(Some(Type::Tuple(items)));
    }
    if is_one(object) {
        return path.within(object, |path| type_of_container(object, path));
    }
    if let Some(value) = crate::scalar::strong(object) {
        return Ok(Some(Type::Number { dtype: value.dtype, python: false }));
    }
    type_of_array(object)
}

fn type_of_array(object: &Bound<'_, PyAny>) -> PyResult<Option<Type>> {
    let mut given = Given::new();
    if !given.add(object)? {
        return Ok(None);
    }
    Ok(super::arguments::types_of(&given.key).pop().filter(is_whole))
}

/// Whether a type is that of an object which a container has as it is.
fn is_whole(ty: &Type) -> bool {
    matches!(ty, Type::Array(_) | Type::Records(..) | Type::Generator | Type::Bytes)
}

/// Whether an object is a list, dict or set.
pub(super) fn is_one(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyList>()
        || object.is_instance_of::<PyDict>()
        || object.is_instance_of::<PySet>()
}

/// The kind of a container, its items or keys, and values of a dict.
type Items<'py> = (ContainerKind, Vec<Bound<'py, PyAny>>, Vec<Bound<'py, PyAny>>);

fn items_of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Items<'py>> {
    if let Ok(dict) = object.cast::<PyDict>() {
        let (keys, values) = dict.iter().unzip();
        return Ok((ContainerKind::Dict, keys, values));
    }
    let is_list = object.is_instance_of::<PyList>();
    let kind = if is_list { ContainerKind::List } else { ContainerKind::Set };
    Ok((kind, object.try_iter()?.collect::<PyResult<_>>()?, Vec::new()))
}

fn type_of_container(object: &Bound<'_, PyAny>, path: &mut Path) -> PyResult<Option<Type>> {
    let (kind, keys, values) = items_of(object)?;
    let Some(item) = common_type(kind, &keys, path)? else { return Ok(None) };
    let value = match kind {
        ContainerKind::Dict => common_type(kind, &values, path)?,
        _ => Some(Type::None),
    };
    Ok(value.map(|value| Type::Container(Box::new(Container { kind, item, value }))))
}

/// The type that all items of a container have.
fn common_type(
    kind: ContainerKind,
    items: &[Bound<'_, PyAny>],
    path: &mut Path,
) -> PyResult<Option<Type>> {
    let mut item = Type::Unknown(0);
    for object in items {
        let simple = (item == INT && object.is_exact_instance_of::<PyInt>())
            || (item == FLOAT && object.is_exact_instance_of::<PyFloat>());
        if simple && (item == FLOAT || object.extract::<i64>().is_ok()) {
            continue;
        }
        let Some(ty) = type_of(object, path)? else { return Ok(None) };
        let both = match (&item, &ty) {
            (Type::Array(_), Type::Array(_)) | (Type::Records(..), Type::Records(..)) => {
                item.join(&ty)
            }
            _ => item.unified(&ty, &mut |_, _| {}),
        };
        let Some(both) = both else {
            let name = match kind {
                ContainerKind::List => "list",
                ContainerKind::Dict => "dict",
                ContainerKind::Set => "set",
            };
            return Err(PyTypeError::new_err(format!(
                "has items of several types, {} and {}; a {name} that is passed to a compiled \
                 function has items of one type",
                item.describe(),
                ty.describe()
            )));
        };
        item = both;
    }
    Ok(Some(item))
}

/// The type with its unknown items numbered from a number on.
pub(super) fn numbered(ty: &Type, next: &mut usize) -> Type {
    match ty {
        Type::Unknown(_) => {
            *next += 1;
            Type::Unknown(*next - 1)
        }
        Type::Tuple(items) => Type::Tuple(items.iter().map(|item| numbered(item, next)).collect()),
        Type::Record(class, items) | Type::Object(class, items) => {
            class.of(items.iter().map(|item| numbered(item, next)).collect())
        }
        Type::Container(container) => {
            let (item, value) = (numbered(&container.item, next), numbered(&container.value, next));
            Type::Container(Box::new(Container { kind: container.kind, item, value }))
        }
        other => other.clone(),
    }
}

impl Given {
    /// Adds a container; whether it has a type that compiled functions take.
    pub(super) fn add_container(&mut self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some(ty) = type_of(object, &mut Path::default())? else { return Ok(false) };
        let ty = numbered(&ty, &mut self.unknown);
        super::arguments::add_type(&ty, &mut self.key);
        let block = self.block_of(object, &ty)?;
        self.words.push(block);
        Ok(true)
    }

    /// The block that stands for an object already; nothing if this is the first time that it is
    /// met, which is noted.
    pub(super) fn lent_before(
        &mut self,
        object: &Bound<'_, PyAny>,
        ty: &Type,
    ) -> PyResult<Option<u64>> {
        let loans = self.loans.get_or_insert_default();
        let place = *loans.places.entry(object.as_ptr() as usize).or_insert(loans.all.len());
        let Some(lent) = loans.all.get(place) else { return Ok(None) };
        if lent.ty != *ty {
            return Err(PyTypeError::new_err(format!(
                "has an object that is {} in one place and {} in another",
                lent.ty.describe(),
                ty.describe()
            )));
        }
        // SAFETY: the block is one of the call's, which begins with the count of its holders.
        unsafe { *(lent.block as *mut i64) += 1 };
        Ok(Some(lent.block))
    }

    /// Notes a container or object that was not met before.
    pub(super) fn lend(&mut self, lent: Lent) {
        self.loans.get_or_insert_default().all.push(lent);
    }

    /// A block for an object with so many bytes of fields.
    pub(super) fn block_with_identity(&mut self, bytes: usize) -> PyResult<*mut u8> {
        let block = self.memory.with_holder(bytes).ok_or_else(|| PyMemoryError::new_err(()))?;
        // SAFETY: a block has a head of 64 bytes, on a boundary of as many.
        unsafe { block.offset(IDENTITY as isize).cast::<u64>().write(block as u64) };
        Ok(block)
    }

    /// Moves words from a number on to the parts of a cell.
    ///
    /// # Safety
    /// The cell has room for the parts, of which there are as many as words.
    pub(super) unsafe fn store_words(&mut self, cell: *mut u8, cells: &Cells, first: usize) {
        for (part, bits) in self.words.drain(first..).enumerate() {
            let (offset, size) = (cells.offsets[part], size_of(cells.parts[part]));
            let bytes = bits.to_le_bytes();
            // SAFETY: the caller's promise.
            unsafe {
                let at = cell.offset(offset as isize);
                bytes.as_ptr().copy_to_nonoverlapping(at, size as usize);
            }
        }
    }

    /// The block that stands for a container: one for each, wherever it is met.
    fn block_of(&mut self, object: &Bound<'_, PyAny>, ty: &Type) -> PyResult<u64> {
        if let Some(block) = self.lent_before(object, ty)? {
            return Ok(block);
        }
        let container = ty.container().expect("a container has the type of one");
        let (kind, keys, values) = items_of(object)?;
        let (cells, count) = (Cells::of(container), keys.len());
        // Slots of a dict or set lead to their cells by the low bits of hash codes. The cells of an
        // empty one are of no known size yet.
        let is_table = kind != ContainerKind::List && count > 0;
        let room = if is_table { count.next_power_of_two().max(8) } else { count };
        let slots = if is_table { 2 * room } else { 0 };
        let memory = &self.memory;
        let block = memory.with_holder(0).ok_or_else(|| PyMemoryError::new_err(()))?;
        let data = memory.with_holder(room * cells.stride as usize + 4 * slots);
        let data = data.ok_or_else(|| PyMemoryError::new_err(()))?;
        let head = [(LENGTH, count), (CAPACITY, room), (DATA, data as usize), (USED, count)];
        for (at, word) in head {
            // SAFETY: a block has a head of 64 bytes, on a boundary of as many.
            unsafe { block.offset(at as isize).cast::<u64>().write(word as u64) };
        }
        let block = block as u64;
        self.lend(Lent { object: object.clone().unbind(), block, ty: ty.clone() });
        let mut codes = Vec::new();
        for (k, key) in keys.iter().enumerate() {
            // SAFETY: the data has room for the cells behind its head.
            let cell = unsafe { data.add(HEAD + k * cells.stride as usize) };
            let outer = self.words.len();
            if kind != ContainerKind::List {
                self.words.push(0);
            }
            self.words_of(key, &container.item)?;
            if kind != ContainerKind::List {
                // SAFETY: the words are those of the key, whose strings the call keeps.
                let code = unsafe { code_of(&container.item, &self.words[outer + 1..]) };
                self.words[outer] = code as u64;
                codes.push(code);
            }
            if let Some(value) = values.get(k) {
                self.words_of(value, &container.value)?;
            }
            // SAFETY: the cell has room for the parts of an item.
            unsafe { self.store_words(cell, &cells, outer) };
        }
        // SAFETY: the slots lie behind the cells, on a boundary of 4 bytes, and are nobody else's.
        let slots = unsafe {
            let first = data.add(HEAD + room * cells.stride as usize).cast::<i32>();
            first.write_bytes(0xff, slots);
            std::slice::from_raw_parts_mut(first, slots)
        };
        for (k, code) in codes.into_iter().enumerate() {
            let mut at = code as usize & (slots.len() - 1);
            while slots[at] >= 0 {
                at = (at + 1) & (slots.len() - 1);
            }
            slots[at] = k as i32;
        }
        Ok(block)
    }

    /// Adds the words of an object of a type.
    pub(super) fn words_of(&mut self, object: &Bound<'_, PyAny>, ty: &Type) -> PyResult<()> {
        match ty {
            // The most frequent ones by the shortest way.
            ty if *ty == INT => {
                self.words.push(object.extract::<i64>()? as u64);
                Ok(())
            }
            ty if *ty == FLOAT => {
                self.words.push(object.extract::<f64>()?.to_bits());
                Ok(())
            }
            Type::Tuple(items) => {
                let tuple = object.cast::<PyTuple>()?;
                tuple.iter().zip(items).try_for_each(|(item, ty)| self.words_of(&item, ty))
            }
            Type::Record(class, types) => self.words_of_fields(object, class, types),
            Type::Object(..) => {
                let block = self.block_of_object(object, ty)?;
                self.words.push(block);
                Ok(())
            }
            Type::Container(_) => {
                let block = self.block_of(object, ty)?;
                self.words.push(block);
                Ok(())
            }
            Type::Array(array) | Type::Records(_, array) => {
                let (keys, words) = (self.key.len(), self.words.len());
                self.add(object)?;
                self.key.truncate(keys);
                let size = super::structures::bytes_of(ty, array.dtype);
                self.with_strides(object, *array, size, words);
                Ok(())
            }
            _ => {
                let keys = self.key.len();
                self.add(object)?;
                self.key.truncate(keys);
                Ok(())
            }
        }
    }

    /// An array's words as those of a type with strides, where it has none of its own.
    fn with_strides(
        &mut self,
        object: &Bound<'_, PyAny>,
        ty: ArrayType,
        size: usize,
        first: usize,
    ) {
        let packed = self.words.len() - first == 2 + ty.ndim;
        if ty.layout == Layout::Any && packed && ty.ndim > 0 {
            let shape: Vec<u64> = self.words[first + 2..].to_vec();
            let mut stride = size as u64;
            let mut strides = vec![stride; ty.ndim];
            for k in (1..ty.ndim).rev() {
                stride *= shape[k];
                strides[k - 1] = stride;
            }
            self.words.extend(strides);
        }
        debug_assert!(interop::is_any_array(object.py(), object.as_ptr()) || self.has_ours);
    }
}

/// The hash code of a key, of strings by their code points.
///
/// # Safety
/// The words are the parts of such a key, whose strings lie in memory which nobody changes.
unsafe fn code_of(key: &Type, words: &[u64]) -> i64 {
    let (mut parts, mut all, mut rest) = (Vec::new(), Vec::new(), words);
    // SAFETY: the caller's promise.
    unsafe { spelled_out(key, &mut rest, &mut parts, &mut all) };
    hash_code(&parts, &all)
}

/// Adds what a key's hash code is made of.
///
/// # Safety
/// As for [`code_of`].
unsafe fn spelled_out(key: &Type, words: &mut &[u64], parts: &mut Vec<Part>, all: &mut Vec<u64>) {
    if let Type::Tuple(items) | Type::Record(_, items) = key {
        // SAFETY: the caller's promise.
        items.iter().for_each(|item| unsafe { spelled_out(item, words, parts, all) });
        return;
    }
    let types = key.parts();
    let (own, after) = words.split_at(types.len());
    *words = after;
    let (Type::Text, &[data, _, length]) = (key, own) else {
        parts.extend(types);
        all.extend(own);
        return;
    };
    let data = std::ptr::with_exposed_provenance::<u32>(data as usize);
    // SAFETY: the caller's promise.
    let points = unsafe { std::slice::from_raw_parts(data, length as usize) };
    parts.extend(points.iter().map(|_| Part::Scalar(POINTS.dtype)));
    all.extend(points.iter().map(|&point| u64::from(point)));
}

/// The words of a cell's parts from one on.
///
/// # Safety
/// They lie there.
unsafe fn words_in(cell: *const u8, cells: &Cells, first: usize) -> impl Iterator<Item = u64> {
    (first..cells.parts.len()).map(move |part| {
        let mut bits = [0; 8];
        // SAFETY: the caller's promise.
        unsafe {
            let at = cell.offset(cells.offsets[part] as isize);
            at.copy_to_nonoverlapping(bits.as_mut_ptr(), size_of(cells.parts[part]) as usize);
        }
        u64::from_le_bytes(bits)
    })
}

/// The words of an object's fields.
///
/// # Safety
/// The block is an object with fields of these types, which nobody changes.
pub(super) unsafe fn fields_in(block: u64, fields: &[Type]) -> Vec<u64> {
    let cells = Cells::with(fields.iter().flat_map(Type::parts).collect());
    // SAFETY: the caller's promise.
    unsafe { words_in((block as *const u8).add(HEAD), &cells, 0).collect() }
}

/// How many items a container has, and their words one after another: of a dict's item those of its
/// key and value.
///
/// # Safety
/// The block is a container of this type, which nobody changes.
pub(super) unsafe fn cells_in(block: u64, container: &Container) -> (usize, Vec<u64>) {
    let cells = Cells::of(container);
    let is_list = container.kind == ContainerKind::List;
    // SAFETY: the caller's promise: the block has these words, and the data its cells.
    unsafe {
        let word = |at: i64| (block as *const u8).offset(at as isize).cast::<u64>().read();
        let (count, data) = (word(LENGTH) as usize, word(DATA) as *const u8);
        let used = if is_list { count } else { word(USED) as usize };
        let mut words = Vec::with_capacity(count * cells.parts.len());
        for k in 0..used {
            let cell = data.add(HEAD + k * cells.stride as usize);
            if is_list {
                words.extend(words_in(cell, &cells, 0));
            } else if cell.cast::<i64>().read() >= 0 {
                words.extend(words_in(cell, &cells, 1));
            }
        }
        (count, words)
    }
}
