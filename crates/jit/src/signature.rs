//! Signatures: types that a function's arguments are converted to, and perhaps its result.

use crate::types::{Layout, Type};
use stook_types::{DType, promote};

/// The types of a function's parameters, and of its result if it is settled.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// The types of the parameters.
    pub params: Vec<Type>,
    /// The type of the result.
    pub result: Option<Type>,
}

/// What a conversion costs that can lose something of a number.
const LOSS: u32 = 1 << 16;

impl Signature {
    /// Which of several signatures takes arguments of these types with the least change: the
    /// first of equals.
    pub fn best(all: &[Self], args: &[Type]) -> Option<usize> {
        let costs = all.iter().enumerate().filter(|(_, s)| s.params.len() == args.len());
        let costs = costs.filter_map(|(k, signature)| {
            let each = args.iter().zip(&signature.params).map(|(from, to)| cost(from, to));
            Some((each.sum::<Option<u32>>()?, k))
        });
        costs.min().map(|(_, k)| k)
    }

    /// The signature in the user's words.
    pub fn describe(&self) -> String {
        let params: Vec<String> = self.params.iter().map(Type::describe).collect();
        format!("({})", params.join(", "))
    }
}

/// How far a type is from another that its values can be converted to.
pub fn cost(from: &Type, to: &Type) -> Option<u32> {
    if from == to {
        return Some(0);
    }
    match (from, to) {
        (&Type::Number { dtype, .. }, &Type::Number { dtype: wanted, .. }) => {
            number_cost(dtype, wanted)
        }
        (Type::Array(own), Type::Array(wanted)) => {
            let same = (own.dtype, own.ndim) == (wanted.dtype, wanted.ndim);
            let lies = own.layout == wanted.layout || wanted.layout == Layout::Any;
            (same && lies && (own.writeable || !wanted.writeable)).then_some(1)
        }
        (Type::Records(structure, own), Type::Records(wanted_structure, wanted)) => {
            let same = structure == wanted_structure && own.ndim == wanted.ndim;
            let lies = own.layout == wanted.layout || wanted.layout == Layout::Any;
            (same && lies && (own.writeable || !wanted.writeable)).then_some(1)
        }
        (Type::Tuple(own), Type::Tuple(wanted)) if own.len() == wanted.len() => {
            own.iter().zip(wanted).map(|(from, to)| cost(from, to)).sum()
        }
        _ => None,
    }
}

fn number_cost(from: DType, to: DType) -> Option<u32> {
    if from == to {
        return Some(0);
    }
    if from.is_complex() && !to.is_complex() {
        return None;
    }
    let distance = 2 + u32::from(from.kind() != to.kind()) * 32 + to.size() as u32;
    Some(if promote(from, to) == to { distance } else { LOSS + distance })
}
