//! NumPy's structured dtypes, by which compiled functions know records, and records as arguments and
//! results.

use super::arguments::Given;
use super::names::Names;
use crate::interop;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stook_jit::{ArrayType, Element, Layout, Structure, StructureField, Thing, Type};
use stook_types::{DType, View};

/// Dtypes that were met, by their numbers. It is locked by threads that are attached only, and
/// nothing of Python's runs meanwhile, so that no thread holds it where another waits or the process
/// forks.
static STRUCTURES: Mutex<Vec<Known>> = Mutex::new(Vec::new());

struct Known {
    dtype: Py<PyAny>,
    /// Another object of the same dtype, the last that was met.
    last: Py<PyAny>,
    structure: Arc<Structure>,
}

fn structures() -> MutexGuard<'static, Vec<Known>> {
    STRUCTURES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The dtype of a number.
pub(super) fn of_number(number: usize) -> Arc<Structure> {
    structures()[number].structure.clone()
}

/// The object that a dtype is.
pub(super) fn dtype_of<'py>(py: Python<'py>, structure: &Structure) -> Bound<'py, PyAny> {
    structures()[structure.number].dtype.bind(py).clone()
}

/// What compiled functions know of a dtype, if it has fields.
pub(super) fn of_dtype(dtype: &Bound<'_, PyAny>) -> PyResult<Option<Arc<Structure>>> {
    let is_known = |known: &&Known| known.dtype.is(dtype) || known.last.is(dtype);
    if let Some(known) = structures().iter().find(is_known) {
        return Ok(Some(known.structure.clone()));
    }
    let names = dtype.getattr("names")?;
    if names.is_none() {
        return Ok(None);
    }
    let py = dtype.py();
    let met: Vec<Py<PyAny>> = structures().iter().map(|known| known.dtype.clone_ref(py)).collect();
    for (number, other) in met.iter().enumerate() {
        if dtype.eq(other)? {
            let last = dtype.clone().unbind();
            let before = std::mem::replace(&mut structures()[number].last, last);
            // The lock is free again.
            drop(before);
            return Ok(Some(of_number(number)));
        }
    }
    let by_name = dtype.getattr("fields")?;
    let fields = names.try_iter()?.map(|name| field(&name?, &by_name));
    let fields = fields.collect::<PyResult<Vec<_>>>()?;
    let size = dtype.getattr("itemsize")?.extract()?;
    let has_objects = dtype.getattr("hasobject")?.extract()?;
    // New records are NumPy's plain ones, whatever class those that were met have.
    let void = interop::numpy(py).module(py).getattr("void")?;
    let plain = interop::dtype_object(PyTuple::new(py, [&void, dtype])?.as_any())?;
    let mut all = structures();
    let number = all.len();
    let structure = Arc::new(Structure { number, size, has_objects, fields });
    let (dtype, last) = (plain.unbind(), dtype.clone().unbind());
    all.push(Known { dtype, last, structure: structure.clone() });
    Ok(Some(structure))
}

fn field(name: &Bound<'_, PyAny>, fields: &Bound<'_, PyAny>) -> PyResult<StructureField> {
    let found = fields.get_item(name)?;
    let (whole, offset) = (found.get_item(0)?, found.get_item(1)?.extract()?);
    let parts = whole.getattr("subdtype")?;
    let (dtype, shape) = match parts.is_none() {
        true => (whole, Vec::new()),
        false => (parts.get_item(0)?, parts.get_item(1)?.extract()?),
    };
    let (letter, native): (char, bool) =
        (dtype.getattr("char")?.extract()?, dtype.getattr("isnative")?.extract()?);
    let bytes: usize = dtype.getattr("itemsize")?.extract()?;
    let element = match (interop::native_dtype(&dtype), of_dtype(&dtype)?) {
        (Some(number), _) => Element::Number(number),
        (None, Some(structure)) => Element::Records(structure),
        (None, None) if letter == 'S' => Element::Bytes(bytes),
        (None, None) if letter == 'U' && native => Element::Text(bytes / size_of::<u32>()),
        (None, None) => Element::Other(dtype.str()?.to_string()),
    };
    Ok(StructureField { name: name.extract()?, offset, shape, element })
}

// -- arguments ------------------------------------------------------------------------------------

impl Given {
    /// Adds an array of NumPy's of records; whether it is one.
    pub(super) fn add_records(&mut self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some(structure) = of_dtype(&interop::array_dtype_object(object))? else {
            return Ok(false);
        };
        let (shape, strides) = interop::array_axes(object);
        let (start, packed) = (interop::array_start(object).1, interop::array_packed(object));
        let layout = if packed { Layout::C } else { Layout::Any };
        let writeable = interop::array_writeable(object);
        let ty = Type::records(structure, shape.len(), layout, writeable);
        super::arguments::add_type(&ty, &mut self.key);
        self.words.extend([start as u64, 0]);
        self.words.extend(shape.iter().map(|&n| n as u64));
        if !packed {
            self.words.extend(strides.iter().map(|&s| s as u64));
        }
        Ok(true)
    }

    /// Adds a record of NumPy's; whether it is one.
    pub(super) fn add_record(&mut self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some(record) = interop::record(object) else { return Ok(false) };
        let Some(structure) = of_dtype(&record.dtype)? else { return Ok(false) };
        let ty = Type::records(structure, 0, Layout::C, record.writeable);
        super::arguments::add_type(&ty, &mut self.key);
        self.words.extend([record.data as u64, 0]);
        Ok(true)
    }
}

// -- results --------------------------------------------------------------------------------------

/// Records of NumPy's at an address, kept by a base: an array, or a record where there are no axes.
pub(super) fn made<'py>(
    base: &Bound<'py, PyAny>,
    dtype: &Bound<'py, PyAny>,
    view: &View,
    start: *mut u8,
    writeable: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let made = interop::view_of(base, view, dtype, start, writeable)?;
    match view.ndim() {
        0 => made.get_item(PyTuple::empty(base.py())),
        _ => Ok(made),
    }
}

/// Records that lie in those of an argument, as that has them: of its class, with its dtype.
pub(super) fn within<'py>(
    argument: &Bound<'py, PyAny>,
    structure: &Structure,
    view: &View,
    start: *mut u8,
    writeable: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, is_array) = (argument.py(), interop::is_any_array(argument.py(), argument.as_ptr()));
    let own = argument.getattr("dtype")?;
    let same = of_dtype(&own)?.is_some_and(|found| found.number == structure.number);
    let dtype = if same { own } else { dtype_of(py, structure) };
    let records = made(argument, &dtype, view, start, writeable)?;
    if !is_array || interop::is_array(argument) || view.ndim() == 0 {
        return Ok(records);
    }
    records.call_method1("view", (argument.get_type(),))
}

/// A type of records as `stook._number_types` describes it.
pub(super) fn described<'py>(
    py: Python<'py>,
    structure: &Structure,
    array: ArrayType,
) -> PyResult<Bound<'py, PyTuple>> {
    let layout = if array.layout == Layout::C { "C" } else { "A" };
    let dtype = dtype_of(py, structure);
    ("records", dtype, array.ndim, layout, array.writeable).into_pyobject(py)
}

fn with_fields(dtype: &Bound<'_, PyAny>) -> PyResult<Arc<Structure>> {
    of_dtype(dtype)?.ok_or_else(|| PyTypeError::new_err("records have fields"))
}

/// The type of addresses of records.
pub(super) fn pointer_to(dtype: &Bound<'_, PyAny>) -> PyResult<Type> {
    with_fields(dtype).map(Type::PointerToRecords)
}

/// A type of records from its description.
pub(super) fn type_of(described: &Bound<'_, PyTuple>) -> PyResult<Type> {
    let item = |k: usize| described.get_item(k);
    let structure = with_fields(&item(1)?)?;
    let layout = if item(3)?.extract::<String>()? == "C" { Layout::C } else { Layout::Any };
    Ok(Type::records(structure, item(2)?.extract()?, layout, item(4)?.extract()?))
}

/// A small array of records, or one record, for a call that is tried.
pub(super) fn sample<'py>(
    py: Python<'py>,
    structure: &Structure,
    ndim: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let options = PyDict::new(py);
    options.set_item("dtype", dtype_of(py, structure))?;
    let shape = PyTuple::new(py, vec![2; ndim])?;
    let made = interop::numpy(py).module(py).getattr("zeros")?.call((shape,), Some(&options))?;
    if ndim == 0 { made.get_item(PyTuple::empty(py)) } else { Ok(made) }
}

impl<'py> Names<'py> {
    /// What a dtype means that the function names.
    pub(super) fn dtype(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Option<Thing>> {
        if !interop::is_dtype(object) {
            return Ok(None);
        }
        if let Some(dtype) = interop::native_dtype(object) {
            return Ok(Some(Thing::Class { dtype, python: false }));
        }
        Ok(of_dtype(object)?.map(Thing::Structure))
    }
}

/// How many bytes one of an array's elements has, or a record.
pub(super) fn bytes_of(ty: &Type, dtype: DType) -> usize {
    match ty {
        Type::Records(structure, _) => structure.size,
        _ => dtype.size(),
    }
}
