//! Objects of the user's classes, which compiled functions take and give by their fields. What is
//! asked of a class says `stook._records`.

use super::arguments::{self, Given};
use super::containers::{self, Lent};
use super::names::Names;
use super::{Dispatcher, signatures};
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stook_jit::memory::Cells;
use stook_jit::{Class, ClassKind, FieldDefault, FieldGiven, Maker, Member, Thing, Type};

/// Classes that were met, by their numbers, and what makes an object of its fields. It is locked by
/// threads that are attached only, and nothing of Python's runs meanwhile, so that no thread holds it
/// where another waits or the process forks.
static CLASSES: Mutex<Vec<Known>> = Mutex::new(Vec::new());

struct Known {
    own: Py<PyType>,
    class: Arc<Class>,
    make: Py<PyAny>,
}

/// What `described` of `stook._records` returns.
type Described<'py> =
    (String, Vec<String>, Vec<Option<Bound<'py, PyAny>>>, Vec<String>, (bool, bool), Py<PyAny>);

fn classes() -> MutexGuard<'static, Vec<Known>> {
    CLASSES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is known of a class that was met.
fn known(class: &Bound<'_, PyType>) -> Option<Arc<Class>> {
    classes().iter().find(|known| known.own.is(class)).map(|known| known.class.clone())
}

/// The class of a number.
pub(super) fn of_number(number: usize) -> Arc<Class> {
    classes()[number].class.clone()
}

/// Whether a class is another, or derived from it, by their numbers.
pub(super) fn inherits(py: Python<'_>, class: usize, from: usize) -> bool {
    let [class, from] = {
        let known = classes();
        [class, from].map(|number| known[number].own.clone_ref(py))
    };
    class.bind(py).is_subclass(from.bind(py)).unwrap_or(false)
}

/// What compiled functions know of a class, if its objects are nothing but their fields.
pub(super) fn class_of(class: &Bound<'_, PyType>) -> PyResult<Option<Arc<Class>>> {
    if let Some(found) = known(class) {
        return Ok(Some(found));
    }
    let may_be = ["_fields", "__dataclass_fields__", "__stook_spec__"];
    if !may_be.iter().any(|name| class.hasattr(name).unwrap_or(false)) {
        return Ok(None);
    }
    let read = class.py().import("stook._records")?.getattr("described")?.call1((class,))?;
    if read.is_none() {
        return Ok(None);
    }
    let (kind, fields, declared, operators, compares, make): Described<'_> = read.extract()?;
    let declared = declared.into_iter().map(|ty| ty.map(|ty| signatures::type_of(&ty)).transpose());
    let declared = declared.collect::<PyResult<_>>()?;
    let kind = match kind.as_str() {
        "tuple" => ClassKind::Tuple,
        "frozen" => ClassKind::Frozen,
        "shared" => ClassKind::Shared,
        _ => ClassKind::Typed,
    };
    let (name, own) = (class.name()?.to_string(), class.clone().unbind());
    let mut all = classes();
    // Another thread may have been here meanwhile.
    if let Some(known) = all.iter().find(|known| known.own.is(class)) {
        return Ok(Some(known.class.clone()));
    }
    let number = all.len();
    let class = Arc::new(Class { number, name, kind, fields, declared, operators, compares });
    all.push(Known { own, class: class.clone(), make });
    Ok(Some(class))
}

/// The fields of a value of a class that was met.
pub(super) fn value_fields<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyTuple>> {
    let class = known(&object.get_type())?;
    if class.is_value() { fields_of(object) } else { None }
}

/// The fields of an object of a class that was met, as far as they are set.
pub(super) fn fields_of<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyTuple>> {
    let class = known(&object.get_type())?;
    let fields = class.fields.iter().filter_map(|name| object.getattr(name.as_str()).ok());
    PyTuple::new(object.py(), fields.collect::<Vec<_>>()).ok()
}

/// The class and the fields of an object that nobody changes, if it is of such a class.
pub(super) fn value<'py>(
    object: &Bound<'py, PyAny>,
) -> PyResult<Option<(Arc<Class>, Bound<'py, PyTuple>)>> {
    let class = class_of(&object.get_type())?.filter(|class| class.is_value());
    Ok(class.and_then(|class| Some((class, fields_of(object)?))))
}

/// A new object of a class with these fields; those that are nothing stay unset.
pub(super) fn made<'py>(
    py: Python<'py>,
    class: &Class,
    fields: Vec<Option<Bound<'py, PyAny>>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (own, make) = {
        let known = &classes()[class.number];
        (known.own.clone_ref(py), known.make.clone_ref(py))
    };
    let given = PyDict::new(py);
    for (name, value) in class.fields.iter().zip(fields) {
        if let Some(value) = value {
            given.set_item(name, value)?;
        }
    }
    make.bind(py).call1((own, given))
}

/// The type of an object of a class, if compiled functions take its fields. What they do not take
/// of an object that is shared stays where it is.
pub(super) fn type_of_object(
    object: &Bound<'_, PyAny>,
    class: &Arc<Class>,
    path: &mut containers::Path,
) -> PyResult<Option<Type>> {
    let mut types = Vec::with_capacity(class.fields.len());
    for (k, name) in class.fields.iter().enumerate() {
        if let (ClassKind::Typed, Some(declared)) = (class.kind, &class.declared[k]) {
            types.push(declared.clone());
            continue;
        }
        match containers::type_of(&object.getattr(name.as_str())?, path)? {
            Some(ty) => types.push(class.field_type(k, &ty)),
            None if class.is_value() => {
                let field = object.getattr(name.as_str())?.get_type();
                return Err(PyTypeError::new_err(format!(
                    "has the field '{name}' of type {field}, which compiled functions do not take"
                )));
            }
            None => types.push(Type::Thing(Thing::Other("an object".to_owned()))),
        }
    }
    Ok(Some(class.of(types)))
}

impl Given {
    /// Adds an object of a class; whether it has a type that compiled functions take.
    pub(super) fn add_object(&mut self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some(ty) = containers::type_of(object, &mut containers::Path::default())? else {
            return Ok(false);
        };
        let ty = containers::numbered(&ty, &mut self.unknown);
        arguments::add_type(&ty, &mut self.key);
        self.words_of(object, &ty)?;
        Ok(true)
    }

    /// Adds the words of an object's fields.
    pub(super) fn words_of_fields(
        &mut self,
        object: &Bound<'_, PyAny>,
        class: &Class,
        types: &[Type],
    ) -> PyResult<()> {
        for (name, ty) in class.fields.iter().zip(types) {
            let (first, count) = (self.words.len(), ty.parts().len());
            if let Type::Thing(_) = ty {
                continue;
            }
            match object.getattr(name.as_str()) {
                Ok(value) => self.words_of(&value, ty)?,
                Err(error)
                    if class.kind == ClassKind::Typed
                        && error.is_instance_of::<PyAttributeError>(object.py()) =>
                {
                    self.words.resize(first + count, 0);
                }
                Err(error) => return Err(error),
            }
            if self.words.len() - first != count {
                return Err(PyTypeError::new_err(format!(
                    "has a field '{name}' that is not {}",
                    ty.describe()
                )));
            }
        }
        Ok(())
    }

    /// The block that stands for a shared object: one for each, wherever it is met.
    pub(super) fn block_of_object(
        &mut self,
        object: &Bound<'_, PyAny>,
        ty: &Type,
    ) -> PyResult<u64> {
        if let Some(block) = self.lent_before(object, ty)? {
            return Ok(block);
        }
        let Some((class, types)) = ty.class() else { return Ok(0) };
        let cells = Cells::with(types.iter().flat_map(Type::parts).collect());
        let block = self.block_with_identity(cells.stride as usize)?;
        self.lend(Lent { object: object.clone().unbind(), block: block as u64, ty: ty.clone() });
        let outer = self.words.len();
        self.words_of_fields(object, class, types)?;
        // SAFETY: the block has room for the cell behind its head.
        unsafe { self.store_words(block.add(super::memory::HEAD), &cells, outer) };
        Ok(block as u64)
    }
}

// -- what names mean in classes -------------------------------------------------------------------

impl<'py> Names<'py> {
    /// How objects of a class are made.
    pub(super) fn maker_of(&mut self, class: usize) -> PyResult<Maker> {
        let py = self.python();
        let own = classes()[class].own.clone_ref(py);
        let found = py.import("stook._records")?.getattr("maker")?.call1((own,))?;
        let found = found.cast_into::<PyTuple>()?;
        if found.get_item(0)?.extract::<String>()? == "init" {
            return Ok(Maker::Init(self.number_of(found.get_item(1)?.cast::<Dispatcher>()?)));
        }
        let mut fields = Vec::new();
        for field in found.get_item(1)?.try_iter()? {
            let (name, is_parameter, how, default): (String, bool, String, Bound<'py, PyAny>) =
                field?.extract()?;
            let default = match how.as_str() {
                "value" => Some(FieldDefault::Value(self.thing(&default)?)),
                "made" => Some(FieldDefault::Made(self.thing(&default)?)),
                _ => None,
            };
            fields.push(FieldGiven { name, is_parameter, default });
        }
        let after = found.get_item(3)?;
        let after = if after.is_none() { None } else { Some(self.number_of(after.cast()?)) };
        Ok(Maker::Fields { fields, positional: found.get_item(2)?.extract()?, after })
    }

    /// What a name that is no field means in a class.
    pub(super) fn member_of(&mut self, class: usize, name: &str) -> PyResult<Option<Member>> {
        let py = self.python();
        let own = classes()[class].own.clone_ref(py);
        let found = py.import("stook._records")?.getattr("member")?.call1((own, name))?;
        if found.is_none() {
            return Ok(None);
        }
        let (kind, object, other): (String, Bound<'py, PyAny>, Bound<'py, PyAny>) =
            found.extract()?;
        Ok(Some(match kind.as_str() {
            "method" => Member::Method(self.number_of(object.cast()?)),
            "class" => Member::OfClass(self.number_of(object.cast()?)),
            "property" => {
                let set = if other.is_none() { None } else { Some(self.number_of(other.cast()?)) };
                Member::Property(self.number_of(object.cast()?), set)
            }
            _ => Member::Constant(self.thing(&object)?),
        }))
    }
}

/// The type of a field that is of a class, by the class.
pub(super) fn instance_of(class: &Bound<'_, PyAny>) -> PyResult<Type> {
    let found = class_of(class.cast::<PyType>()?)?;
    match found {
        Some(class) if class.kind == ClassKind::Typed => {
            Ok(class.of(class.declared.iter().flatten().cloned().collect()))
        }
        _ => Err(PyTypeError::new_err(format!("{class} has no fields of declared types"))),
    }
}
