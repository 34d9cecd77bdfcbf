//! Types of values in a function, and how they meet.
//!
//! A number is Python's or NumPy's. Python's own adapt to NumPy's beside them (NEP 50); an int of
//! Python's has 64 bits here and wraps. Where two ways meet with numbers of two types, the variable
//! takes the type that holds both, at least 64 bits where one of them was an int or float of
//! Python's: a sum that begins at `0` and takes elements of int8 does not overflow at 127.

use crate::class::Class;
use crate::host::Thing;
use crate::structure::Structure;
use std::sync::Arc;
use stook_kernel::Type as Part;
use stook_types::{DType, promote};

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// None.
    None,
    /// A value or None: whether there is one, and the value.
    Optional(Box<Type>),
    /// A number.
    Number {
        /// Its element type.
        dtype: DType,
        /// Whether it is Python's own.
        python: bool,
    },
    /// A tuple.
    Tuple(Vec<Type>),
    /// An object that nobody changes, by its fields.
    Record(Arc<Class>, Vec<Type>),
    /// An object that is shared: the address of a block of memory that has its fields, which holders
    /// count.
    Object(Arc<Class>, Vec<Type>),
    /// An array of numbers.
    Array(ArrayType),
    /// An array of records, as one of bytes whose strides are those of records; without axes it is
    /// one record.
    Records(Arc<Structure>, ArrayType),
    /// A string: the parts of a [`POINTS`], its code points, which nobody changes. Strings share them.
    Text,
    /// `bytes`: the parts of a [`BYTES`], which nobody changes. Others share them.
    Bytes,
    /// A list, dict or set.
    Container(Box<Container>),
    /// The items of a container that nothing has been put into, as far as the function was
    /// followed, by the number under which they will be known. No value has this type.
    Unknown(usize),
    /// What `range` makes.
    Range,
    /// An exception that is being handled.
    Caught,
    /// A function within another, by its number, with what it reads of that one's variables.
    Closure(usize, Vec<Type>),
    /// An address, perhaps of numbers of one type.
    Pointer(Option<DType>),
    /// An address of records.
    PointerToRecords(Arc<Structure>),
    /// A stream of random numbers of NumPy's: the address of what draws bits, and of the object.
    Generator,
    /// What is known when the function is compiled: a module, function, class or string.
    Thing(Thing),
}

/// The type of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArrayType {
    /// Type of its elements.
    pub dtype: DType,
    /// Number of its axes.
    pub ndim: usize,
    /// How it lies in memory.
    pub layout: Layout,
    /// Whether it may be written.
    pub writeable: bool,
}

/// The type of a list, dict or set. A value is the address of a block of memory, which holders
/// count, whatever the items are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Container {
    /// What it is.
    pub kind: ContainerKind,
    /// The type of the items of a list or set, or of a dict's keys.
    pub item: Type,
    /// The type of a dict's values; [`Type::None`] for others.
    pub value: Type,
}

/// Kinds of containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ContainerKind {
    List,
    Dict,
    Set,
}

/// How an array lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One element after another, the last axis fastest.
    C,
    /// By any strides.
    Any,
}

/// An int of Python's.
pub(crate) const INT: Type = Type::Number { dtype: DType::I64, python: true };
/// A float of Python's.
pub(crate) const FLOAT: Type = Type::Number { dtype: DType::F64, python: true };
/// A complex number of Python's.
pub(crate) const COMPLEX: Type = Type::Number { dtype: DType::C128, python: true };
/// A bool of Python's.
pub(crate) const BOOL: Type = Type::Number { dtype: DType::Bool, python: true };

/// The code points of a string, as an array.
pub const POINTS: ArrayType =
    ArrayType { dtype: DType::U32, ndim: 1, layout: Layout::C, writeable: false };

/// What `bytes` has, as an array.
pub const BYTES: ArrayType =
    ArrayType { dtype: DType::U8, ndim: 1, layout: Layout::C, writeable: false };

const SIZE: Part = Part::Scalar(DType::I64);

impl Type {
    /// A number of NumPy's.
    pub(crate) fn strong(dtype: DType) -> Self {
        Self::Number { dtype, python: false }
    }

    /// The element type, if it is a number.
    pub(crate) fn dtype(&self) -> Option<DType> {
        match self {
            Self::Number { dtype, .. } => Some(*dtype),
            _ => None,
        }
    }

    /// The variables that hold such a value.
    pub fn parts(&self) -> Vec<Part> {
        match self {
            Self::None | Self::Thing(_) => Vec::new(),
            Self::Optional(inner) => {
                let flag = Part::Scalar(DType::Bool);
                std::iter::once(flag).chain(inner.parts()).collect()
            }
            Self::Number { dtype, .. } => vec![Part::Scalar(dtype.real()); dtype.parts()],
            Self::Tuple(items) | Self::Record(_, items) | Self::Closure(_, items) => {
                items.iter().flat_map(Self::parts).collect()
            }
            Self::Array(array) | Self::Records(_, array) => array.parts(),
            Self::Text => POINTS.parts(),
            Self::Bytes => BYTES.parts(),
            Self::Container(_) | Self::Object(..) => vec![Part::Address],
            Self::Unknown(_) => Vec::new(),
            Self::Range => vec![SIZE; 3],
            Self::Caught => {
                let bits = [Part::Scalar(DType::U64); stook_kernel::FAILURE_VALUES];
                std::iter::once(SIZE).chain(bits).collect()
            }
            Self::Pointer(_) | Self::PointerToRecords(_) => vec![Part::Address],
            Self::Generator => vec![Part::Address; 2],
        }
    }

    /// Whether it is a string, one that is known while compiling or any.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Thing(Thing::Text(_)))
    }

    /// The type of such a value where it is kept: a string that is known is one of any.
    pub(crate) fn kept(&self) -> Self {
        match self {
            Self::Thing(Thing::Text(_)) => Self::Text,
            Self::Tuple(items) => Self::Tuple(items.iter().map(Self::kept).collect()),
            other => other.clone(),
        }
    }

    /// A list of items of a type.
    pub fn list(item: Self) -> Self {
        let kind = ContainerKind::List;
        Self::Container(Box::new(Container { kind, item, value: Self::None }))
    }

    /// Arrays of records, or one record where there are no axes.
    pub fn records(
        structure: Arc<Structure>,
        ndim: usize,
        layout: Layout,
        writeable: bool,
    ) -> Self {
        let layout = if ndim == 0 { Layout::C } else { layout };
        Self::Records(structure, ArrayType { dtype: DType::U8, ndim, layout, writeable })
    }

    /// Whether both are arrays of numbers of one type, or records of one dtype.
    pub fn has_elements_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Array(a), Self::Array(b)) => a.dtype == b.dtype,
            (Self::Records(a, _), Self::Records(b, _)) => a == b,
            _ => false,
        }
    }

    /// The container, if it is one.
    pub fn container(&self) -> Option<&Container> {
        match self {
            Self::Container(container) => Some(container),
            _ => None,
        }
    }

    /// The class of an object and the types of its fields, if it is one of a class.
    pub fn class(&self) -> Option<(&Arc<Class>, &[Self])> {
        match self {
            Self::Record(class, fields) | Self::Object(class, fields) => Some((class, fields)),
            _ => None,
        }
    }

    /// The type with what is known of unknown items, by their numbers.
    #[must_use]
    pub fn with_known(&self, known: &[Self]) -> Self {
        match self {
            Self::Unknown(number) => match known.get(*number) {
                Some(found) if found != self => found.with_known(known),
                _ => self.clone(),
            },
            Self::Optional(inner) => Self::Optional(Box::new(inner.with_known(known))),
            Self::Tuple(items) => {
                Self::Tuple(items.iter().map(|item| item.with_known(known)).collect())
            }
            Self::Record(class, items) | Self::Object(class, items) => {
                class.of(items.iter().map(|item| item.with_known(known)).collect())
            }
            Self::Closure(number, items) => {
                Self::Closure(*number, items.iter().map(|item| item.with_known(known)).collect())
            }
            Self::Container(container) => Self::Container(Box::new(Container {
                kind: container.kind,
                item: container.item.with_known(known),
                value: container.value.with_known(known),
            })),
            other => other.clone(),
        }
    }

    /// Calls `each` on the types that this one is made of, itself included.
    pub fn visit(&self, each: &mut dyn FnMut(&Self)) {
        each(self);
        match self {
            Self::Tuple(items)
            | Self::Record(_, items)
            | Self::Object(_, items)
            | Self::Closure(_, items) => {
                items.iter().for_each(|item| item.visit(each));
            }
            Self::Optional(inner) => inner.visit(each),
            Self::Container(container) => {
                container.item.visit(each);
                container.value.visit(each);
            }
            _ => {}
        }
    }

    /// The type that is both where the unknown items of either are as the other says; nothing where
    /// they differ otherwise. `learn` is told what unknown items are.
    pub fn unified(&self, other: &Self, learn: &mut dyn FnMut(usize, &Self)) -> Option<Self> {
        match (self, other) {
            _ if self == other => Some(self.clone()),
            (Self::Unknown(number), known) | (known, Self::Unknown(number)) => {
                learn(*number, known);
                Some(known.clone())
            }
            (Self::Container(a), Self::Container(b)) if a.kind == b.kind => {
                let item = a.item.unified(&b.item, learn)?;
                let value = a.value.unified(&b.value, learn)?;
                Some(Self::Container(Box::new(Container { kind: a.kind, item, value })))
            }
            (Self::Optional(a), Self::Optional(b)) => {
                a.unified(b, learn).map(|inner| Self::Optional(Box::new(inner)))
            }
            (Self::Tuple(a), Self::Tuple(b)) if a.len() == b.len() => {
                let items = a.iter().zip(b).map(|(a, b)| a.unified(b, learn));
                items.collect::<Option<_>>().map(Self::Tuple)
            }
            (Self::Record(class, a), Self::Record(other, b))
            | (Self::Object(class, a), Self::Object(other, b))
                if class == other =>
            {
                let items = a.iter().zip(b).map(|(a, b)| a.unified(b, learn));
                Some(class.of(items.collect::<Option<_>>()?))
            }
            _ => None,
        }
    }

    /// The type that holds values of both, if there is one.
    pub fn join(&self, other: &Self) -> Option<Self> {
        if self == other {
            return Some(self.clone());
        }
        match (self, other) {
            (
                &Self::Number { dtype: a, python: first },
                &Self::Number { dtype: b, python: second },
            ) => Some(meet((a, first), (b, second))),
            (Self::None, value) | (value, Self::None) => value.optional(),
            (Self::Optional(a), Self::Optional(b)) => a.join(b)?.optional(),
            (Self::Optional(a), b) | (b, Self::Optional(a)) => a.join(b)?.optional(),
            (a, b) if a.is_text() && b.is_text() => Some(Self::Text),
            (Self::Tuple(a), Self::Tuple(b)) if a.len() == b.len() => {
                let items = a.iter().zip(b).map(|(a, b)| a.join(b)).collect::<Option<_>>();
                items.map(Self::Tuple)
            }
            (Self::Record(class, a), Self::Record(other, b)) if class == other => {
                let items = a.iter().zip(b).map(|(a, b)| a.join(b)).collect::<Option<_>>();
                items.map(|items| class.of(items))
            }
            (Self::Array(a), Self::Array(b)) if (a.dtype, a.ndim) == (b.dtype, b.ndim) => {
                let layout = if a.layout == b.layout { a.layout } else { Layout::Any };
                let writeable = a.writeable && b.writeable;
                Some(Self::Array(ArrayType { layout, writeable, ..*a }))
            }
            (Self::Records(own, a), Self::Records(other, b))
                if (own, a.ndim) == (other, b.ndim) =>
            {
                let layout = if a.layout == b.layout { a.layout } else { Layout::Any };
                let writeable = a.writeable && b.writeable;
                Some(Self::records(own.clone(), a.ndim, layout, writeable))
            }
            (Self::Container(_), Self::Container(_)) | (Self::Object(..), Self::Object(..)) => {
                self.unified(other, &mut |_, _| {})
            }
            _ => None,
        }
    }

    /// The type of such a value or None, if variables hold it.
    fn optional(&self) -> Option<Self> {
        match self {
            Self::Optional(_) => Some(self.clone()),
            Self::Number { .. }
            | Self::Tuple(_)
            | Self::Array(_)
            | Self::Records(..)
            | Self::Text
            | Self::Bytes
            | Self::Container(_)
            | Self::Record(..)
            | Self::Object(..) => Some(Self::Optional(Box::new(self.clone()))),
            text if text.is_text() => Self::Text.optional(),
            _ => None,
        }
    }

    /// Whether a function within a function is in such a value.
    pub(crate) fn has_closure(&self) -> bool {
        match self {
            Self::Closure(..) => true,
            Self::Tuple(items) | Self::Record(_, items) => items.iter().any(Self::has_closure),
            _ => false,
        }
    }

    /// The type in the user's words.
    pub fn describe(&self) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::Number { dtype, python } => match (python, dtype) {
                (true, DType::I64) => "int".to_owned(),
                (true, DType::F64) => "float".to_owned(),
                (true, DType::C128) => "complex".to_owned(),
                (true, DType::Bool) => "bool".to_owned(),
                (false, DType::Bool) => "numpy.bool".to_owned(),
                _ => dtype.name().to_owned(),
            },
            Self::Optional(inner) => format!("{} or None", inner.describe()),
            Self::Tuple(items) => {
                let items: Vec<String> = items.iter().map(Self::describe).collect();
                let comma = if items.len() == 1 { "," } else { "" };
                format!("tuple ({}{comma})", items.join(", "))
            }
            Self::Array(array) => {
                format!("array of {} with {} axes", array.dtype, array.ndim)
            }
            Self::Records(structure, array) => {
                let fields = structure.names();
                match array.ndim {
                    0 => format!("record of {fields}"),
                    ndim => format!("array of records of {fields} with {ndim} axes"),
                }
            }
            Self::Text => "str".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Record(class, items) | Self::Object(class, items) => class.describe(items),
            Self::Container(container) => container.describe(),
            Self::Unknown(_) => "items of no known type".to_owned(),
            Self::Range => "range".to_owned(),
            Self::Closure(..) => "a function within a function".to_owned(),
            Self::Caught => "an exception".to_owned(),
            Self::Generator => "numpy.random.Generator".to_owned(),
            Self::Pointer(None) => "a pointer".to_owned(),
            Self::Pointer(Some(dtype)) => format!("a pointer to {dtype}"),
            Self::PointerToRecords(structure) => {
                format!("a pointer to records of {}", structure.names())
            }
            Self::Thing(thing) => thing.describe(),
        }
    }
}

impl Container {
    fn describe(&self) -> String {
        let of = |ty: &Type| match ty {
            Type::Unknown(_) => "?".to_owned(),
            known => known.describe(),
        };
        match self.kind {
            ContainerKind::List => format!("list of {}", of(&self.item)),
            ContainerKind::Set => format!("set of {}", of(&self.item)),
            ContainerKind::Dict => format!("dict of {} to {}", of(&self.item), of(&self.value)),
        }
    }
}

impl ArrayType {
    /// Address, owner, shape, and strides where they are not those of the shape.
    fn parts(&self) -> Vec<Part> {
        let numbers = match self.layout {
            Layout::C => self.ndim,
            Layout::Any => 2 * self.ndim,
        };
        let mut parts = vec![Part::Address; 2];
        parts.resize(2 + numbers, SIZE);
        parts
    }
}

impl Thing {
    /// What it is, in the user's words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Module(_) => "a module".to_owned(),
            Self::Known { name, .. } => format!("the function {name}"),
            Self::Class { dtype, .. } => format!("the class of {dtype}"),
            Self::Number { .. } => "a number".to_owned(),
            Self::None => "None".to_owned(),
            Self::Text(_) => "str".to_owned(),
            Self::Bytes(_) => "bytes".to_owned(),
            Self::Tuple(_) => "a tuple".to_owned(),
            Self::Value(class, _) => format!("an object of {}", class.name),
            Self::Inner(_) => "a function within a function".to_owned(),
            Self::Function(_) | Self::Elementwise(_) => "a compiled function".to_owned(),
            Self::Record(class) => format!("the class {}", class.name),
            Self::Generator { .. } => Type::Generator.describe(),
            Self::Array { ty, .. } => Type::Array(*ty).describe(),
            Self::Structure(structure) => format!("the dtype of records of {}", structure.names()),
            Self::Native(_) => "a function of C's".to_owned(),
            Self::Overloaded { otherwise, .. } => otherwise.describe(),
            Self::Exception(name) => format!("the exception {name}"),
            Self::Other(what) => what.clone(),
        }
    }
}

/// The type of a variable that is one number or another.
fn meet((a, first): (DType, bool), (b, second): (DType, bool)) -> Type {
    if first && second {
        let dtype = match promote(a, b) {
            DType::Bool => DType::Bool,
            both if both.is_integer() => DType::I64,
            both if both.is_float() => DType::F64,
            _ => DType::C128,
        };
        return Type::Number { dtype, python: true };
    }
    let unsigned = |dtype: DType, python: bool| dtype == DType::U64 && !python;
    let integers = a.is_integer() && b.is_integer();
    if first != second && integers && (unsigned(a, first) || unsigned(b, second)) {
        return Type::strong(DType::U64);
    }
    Type::strong(promote(a, b))
}
