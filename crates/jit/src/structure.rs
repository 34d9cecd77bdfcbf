//! Structured dtypes: what NumPy's records are made of.

use std::sync::Arc;
use stook_types::DType;

/// A structured dtype: fields that lie at offsets from a record's start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Structure {
    /// The number by which the host knows it.
    pub number: usize,
    /// Bytes from one record to the next.
    pub size: usize,
    /// Whether objects of Python's are in its records.
    pub has_objects: bool,
    /// Its fields, in order.
    pub fields: Vec<StructureField>,
}

/// A field of a structured dtype.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StructureField {
    /// Its name.
    pub name: String,
    /// Bytes from the record's start.
    pub offset: usize,
    /// The shape of the array that it is; empty where it is one element.
    pub shape: Vec<usize>,
    /// What its elements are.
    pub element: Element,
}

/// What the elements of a field are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// Numbers in the machine's order of bytes.
    Number(DType),
    /// Records.
    Records(Arc<Structure>),
    /// `bytes`, at most so many, with zeros behind them.
    Bytes(usize),
    /// A string of at most so many characters, with zeros behind them.
    Text(usize),
    /// What compiled code does not read, by the name of its dtype.
    Other(String),
}

impl Structure {
    /// The place of a field among the others.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// Names of its fields, for messages.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|field| &field.name[..]).collect();
        names.join(", ")
    }
}

impl StructureField {
    /// Bytes from one of its elements to the next.
    pub(crate) fn step(&self) -> usize {
        match &self.element {
            Element::Number(dtype) => dtype.size(),
            Element::Records(structure) => structure.size,
            Element::Bytes(_) | Element::Text(_) | Element::Other(_) => 0,
        }
    }
}
