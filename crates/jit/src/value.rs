//! A value while a function is compiled: its type, the variables that hold it, and what is known
//! of it already.

use crate::class::ClassKind;
use crate::types::{ArrayType, Layout, Type};
use stook_kernel::Local;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) ty: Type,
    /// As [`Type::parts`].
    pub(crate) parts: Vec<Local>,
    /// An int of Python's that stands in the source.
    pub(crate) known: Option<i64>,
    /// The same of a tuple's items, if any of them is known.
    pub(crate) known_items: Vec<Option<i64>>,
    /// An array that nothing else views.
    pub(crate) fresh: bool,
}

impl Value {
    pub(crate) fn new(ty: Type, parts: Vec<Local>) -> Self {
        Self { ty, parts, known: None, known_items: Vec::new(), fresh: false }
    }

    /// The items of a tuple.
    pub(crate) fn items(&self) -> Option<Vec<Value>> {
        match &self.ty {
            Type::Tuple(types) => {
                let mut items = self.split(types);
                items
                    .iter_mut()
                    .zip(&self.known_items)
                    .for_each(|(item, &known)| item.known = known);
                Some(items)
            }
            Type::Record(class, types) if class.kind == ClassKind::Tuple => Some(self.split(types)),
            _ => None,
        }
    }

    /// The values of these types that it is made of.
    pub(crate) fn split(&self, types: &[Type]) -> Vec<Value> {
        let mut rest = &self.parts[..];
        let mut items = Vec::with_capacity(types.len());
        for ty in types {
            let (own, after) = rest.split_at(ty.parts().len());
            items.push(Self::new(ty.clone(), own.to_vec()));
            rest = after;
        }
        items
    }

    /// Its array, if it is one of numbers or records.
    pub(crate) fn grid(&self) -> Option<Array<'_>> {
        match self.ty {
            Type::Array(ty) | Type::Records(_, ty) => Some(Array { ty, parts: &self.parts }),
            _ => None,
        }
    }

    /// Its array, if it is one of numbers.
    pub(crate) fn array(&self) -> Option<Array<'_>> {
        match self.ty {
            Type::Array(ty) => Some(Array { ty, parts: &self.parts }),
            _ => None,
        }
    }
}

/// A tuple of values.
pub(crate) fn tuple(items: &[Value]) -> Value {
    let types = items.iter().map(|item| item.ty.clone()).collect();
    let parts = items.iter().flat_map(|item| item.parts.iter().copied()).collect();
    let known = |item: &Value| item.known;
    let any = items.iter().any(|item| item.known.is_some());
    let known_items = if any { items.iter().map(known).collect() } else { Vec::new() };
    Value { known_items, ..Value::new(Type::Tuple(types), parts) }
}

/// The variables of an array.
#[derive(Clone, Copy)]
pub(crate) struct Array<'a> {
    pub(crate) ty: ArrayType,
    parts: &'a [Local],
}

impl Array<'_> {
    pub(crate) fn data(&self) -> Local {
        self.parts[0]
    }

    /// What keeps its memory: null where the caller does.
    pub(crate) fn owner(&self) -> Local {
        self.parts[1]
    }

    pub(crate) fn length(&self, axis: usize) -> Local {
        self.parts[2 + axis]
    }

    pub(crate) fn shape(&self) -> Vec<Local> {
        self.parts[2..2 + self.ty.ndim].to_vec()
    }

    /// The strides, where it has its own.
    pub(crate) fn own_stride(&self, axis: usize) -> Option<Local> {
        match self.ty.layout {
            Layout::C => None,
            Layout::Any => Some(self.parts[2 + self.ty.ndim + axis]),
        }
    }
}
