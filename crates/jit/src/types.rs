//! Types of values in a function, and how they meet.
//!
//! A number is Python's or NumPy's. Python's own adapt to NumPy's beside them (NEP 50); an int of
//! Python's has 64 bits here and wraps. Where two ways meet with numbers of two types, the variable
//! takes the type that holds both, at least 64 bits where one of them was an int or float of
//! Python's: a sum that begins at `0` and takes elements of int8 does not overflow at 127.

use crate::host::Thing;
use stook_kernel::Type as Part;
use stook_types::{DType, promote};

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// None.
    None,
    /// A number.
    Number {
        /// Its element type.
        dtype: DType,
        /// Whether it is Python's own.
        python: bool,
    },
    /// A tuple.
    Tuple(Vec<Type>),
    /// An array.
    Array(ArrayType),
    /// What `range` makes.
    Range,
    /// An exception that is being handled.
    Caught,
    /// A function within another, by its number, with what it reads of that one's variables.
    Closure(usize, Vec<Type>),
    /// An address, perhaps of numbers of one type.
    Pointer(Option<DType>),
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
            Self::Number { dtype, .. } => vec![Part::Scalar(dtype.real()); dtype.parts()],
            Self::Tuple(items) | Self::Closure(_, items) => {
                items.iter().flat_map(Self::parts).collect()
            }
            Self::Array(array) => array.parts(),
            Self::Range => vec![SIZE; 3],
            Self::Caught => {
                let bits = [Part::Scalar(DType::U64); stook_kernel::FAILURE_VALUES];
                std::iter::once(SIZE).chain(bits).collect()
            }
            Self::Pointer(_) => vec![Part::Address],
        }
    }

    /// The type that holds values of both, if there is one.
    pub(crate) fn join(&self, other: &Self) -> Option<Self> {
        if self == other {
            return Some(self.clone());
        }
        match (self, other) {
            (
                &Self::Number { dtype: a, python: first },
                &Self::Number { dtype: b, python: second },
            ) => Some(meet((a, first), (b, second))),
            (Self::Tuple(a), Self::Tuple(b)) if a.len() == b.len() => {
                let items = a.iter().zip(b).map(|(a, b)| a.join(b)).collect::<Option<_>>();
                items.map(Self::Tuple)
            }
            (Self::Array(a), Self::Array(b)) if (a.dtype, a.ndim) == (b.dtype, b.ndim) => {
                let layout = if a.layout == b.layout { a.layout } else { Layout::Any };
                let writeable = a.writeable && b.writeable;
                Some(Self::Array(ArrayType { layout, writeable, ..*a }))
            }
            _ => None,
        }
    }

    /// Whether a function within a function is in such a value.
    pub(crate) fn has_closure(&self) -> bool {
        match self {
            Self::Closure(..) => true,
            Self::Tuple(items) => items.iter().any(Self::has_closure),
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
            Self::Tuple(items) => {
                let items: Vec<String> = items.iter().map(Self::describe).collect();
                let comma = if items.len() == 1 { "," } else { "" };
                format!("tuple ({}{comma})", items.join(", "))
            }
            Self::Array(array) => {
                format!("array of {} with {} axes", array.dtype, array.ndim)
            }
            Self::Range => "range".to_owned(),
            Self::Closure(..) => "a function within a function".to_owned(),
            Self::Caught => "an exception".to_owned(),
            Self::Pointer(None) => "a pointer".to_owned(),
            Self::Pointer(Some(dtype)) => format!("a pointer to {dtype}"),
            Self::Thing(thing) => thing.describe(),
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
            Self::Text(_) => "a string".to_owned(),
            Self::Tuple(_) => "a tuple".to_owned(),
            Self::Inner(_) => "a function within a function".to_owned(),
            Self::Function(_) | Self::Elementwise(_) => "a compiled function".to_owned(),
            Self::Native(_) => "a function of C's".to_owned(),
            Self::Overloaded { otherwise, .. } => otherwise.describe(),
            Self::Exception(name) => format!("the exception {name}"),
            Self::Other(name) => format!("an object of type {name}"),
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
