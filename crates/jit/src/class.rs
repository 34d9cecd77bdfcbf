//! Classes of the user's whose objects compiled functions take, make and give back.

use crate::host::Thing;
use crate::types::Type;

/// A class whose objects are their fields and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Class {
    /// The number by which the host knows it.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// What its objects are.
    pub kind: ClassKind,
    /// Names of its fields, in order.
    pub fields: Vec<String>,
    /// The types that fields are declared to have, as far as that counts: of a [`ClassKind::Typed`]
    /// class whatever is assigned, of others where an int would be assigned to a float.
    pub declared: Vec<Option<Type>>,
    /// The methods for operators that are written in Python, such as `__add__`.
    pub operators: Vec<String>,
    /// Whether `==` compares fields, and whether `<` does.
    pub compares: (bool, bool),
}

/// What objects of a class are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClassKind {
    /// Tuples with names for their items.
    Tuple,
    /// Fields that nobody changes: values as tuples are.
    Frozen,
    /// Memory that all share who have the object.
    Shared,
    /// The same, with fields of declared types, which are unset until they are assigned.
    Typed,
}

/// How objects of a class are made.
#[derive(Clone, Debug)]
pub enum Maker {
    /// By a method that assigns the fields, the host's number of it.
    Init(usize),
    /// From a value for each field.
    Fields {
        /// The fields, those that are given by position first.
        fields: Vec<Given>,
        /// How many may be given by position.
        positional: usize,
        /// A method that is called after, by the host's number.
        after: Option<usize>,
    },
}

/// Where a field's value comes from when an object is made.
#[derive(Clone, Debug)]
pub struct Given {
    /// The field's name.
    pub name: String,
    /// Whether the caller may give it.
    pub is_parameter: bool,
    /// What it is otherwise.
    pub default: Option<Default>,
}

/// What a field is where nothing is given.
#[derive(Clone, Debug)]
pub enum Default {
    /// An object.
    Value(Thing),
    /// What a call without arguments makes.
    Made(Thing),
}

/// What a name means in a class that is no field.
#[derive(Clone, Debug)]
pub enum Member {
    /// A method, by the host's number of the function.
    Method(usize),
    /// A method that is given the class in place of an object.
    OfClass(usize),
    /// Methods that stand for reading and perhaps writing an attribute.
    Property(usize, Option<usize>),
    /// What all objects share.
    Constant(Thing),
}

impl Class {
    /// Whether its objects are values, which nobody can change.
    pub fn is_value(&self) -> bool {
        matches!(self.kind, ClassKind::Tuple | ClassKind::Frozen)
    }

    /// Whether objects with equal fields are equal, and no others.
    pub(crate) fn is_compared_by_fields(&self) -> bool {
        self.compares.0 && !self.operators.iter().any(|name| name == "__eq__")
    }

    /// The place of a field.
    pub(crate) fn position(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|name| name == field)
    }

    /// Objects with fields of these types.
    pub fn of(self: &std::sync::Arc<Self>, fields: Vec<Type>) -> Type {
        if self.is_value() {
            Type::Record(self.clone(), fields)
        } else {
            Type::Object(self.clone(), fields)
        }
    }

    /// The type of a field that is given a value of a type: ints become floats where these are
    /// declared.
    pub fn field_type(&self, k: usize, given: &Type) -> Type {
        match &self.declared[k] {
            Some(declared) if self.kind == ClassKind::Typed => declared.clone(),
            Some(declared) if given.join(declared).as_ref() == Some(declared) => match given {
                Type::Number { python: true, .. } => declared.clone(),
                _ => given.clone(),
            },
            _ => given.clone(),
        }
    }

    pub(crate) fn describe(&self, types: &[Type]) -> String {
        let fields = self.fields.iter().zip(types);
        let fields: Vec<String> =
            fields.map(|(name, ty)| format!("{name}: {}", ty.describe())).collect();
        format!("{}({})", self.name, fields.join(", "))
    }
}
