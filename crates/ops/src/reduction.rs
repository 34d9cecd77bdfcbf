//! What a row of the reduction table is: a state, how an element enters it, how two states become
//! one, and what leaves.
//!
//! The order in which states meet is not said here: a [`Fold`] is applied over a tree that depends
//! on the number of elements alone (see `stook-kernel`), which is why every tier, thread count and
//! machine gives the same bits.

use crate::evaluate;
use crate::formula::{Builder, Region, Val};
use stook_types::{DType, Error, Scalar};

/// A reduction of elements of one type, as regions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fold {
    /// Types of the state's scalars.
    pub state: Vec<DType>,
    /// The state before any element, by bits; a neutral element of `merge`.
    pub start: Vec<u64>,
    /// (state, element's scalars and, if `indexed`, its I64 index) to state.
    pub step: Region,
    /// (state of earlier elements, state of later ones) to state.
    pub merge: Region,
    /// Whether `step` takes the element's index.
    pub indexed: bool,
}

impl Fold {
    /// Virtual lanes: element k of a chunk enters the state of lane `k % lanes`.
    pub fn lanes(&self) -> usize {
        let widest = self.state.iter().map(|d| d.size()).max().unwrap_or(8);
        (128 / widest).clamp(16, 32)
    }

    /// Elements of a chunk; chunks' states are merged pairwise, in order.
    pub fn chunk(&self) -> usize {
        32 * self.lanes()
    }
}

/// One signature of a reduction.
#[derive(Clone, Debug)]
pub struct ReductionLoop {
    /// Type of the elements.
    pub input: DType,
    /// Type of the result.
    pub output: DType,
    /// The fold over elements of `input`.
    pub fold: Fold,
    /// Final state to the result's scalars.
    pub finish: Region,
    /// Whether a fold that begins at its start might as well begin with the first element.
    pub from_first: bool,
    /// The state, of one scalar, that no element changes any more.
    pub settled: Option<u64>,
}

impl ReductionLoop {
    /// The result of no elements; an element that leaves results as they are.
    pub fn neutral(&self) -> Scalar {
        Scalar::of_parts(self.output, &evaluate(&self.finish, &self.fold.start))
    }
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Reduction {
    /// NumPy's name of the ufunc (`add`, `maximum`) or function (`argmax`, `count_nonzero`).
    pub name: &'static str,
    /// Signatures, by input type.
    pub loops: Vec<ReductionLoop>,
    /// Whether no elements at all have a result: [`ReductionLoop::neutral`].
    pub empty: bool,
    /// One line: what it computes.
    pub doc: &'static str,
}

/// A reduction's place in [`crate::reductions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReductionId(pub u16);

impl Reduction {
    /// The loop from elements of one type to a result of another, as `dtype=` asks.
    pub fn resolve_to(&self, input: DType, output: DType) -> Option<usize> {
        self.loops.iter().position(|l| l.input == input && l.output == output)
    }

    /// NumPy's error for a reduction of no elements that has no result.
    pub fn no_identity(&self) -> Error {
        Error::Value(match self.name {
            "argmax" | "argmin" => format!("attempt to get {} of an empty sequence", self.name),
            name => format!("zero-size array to reduction operation {name} which has no identity"),
        })
    }

    /// The loop for elements of this type, to NumPy's default type of result.
    pub fn resolve(&self, input: DType) -> Option<usize> {
        self.loops.iter().position(|l| l.input == input)
    }
}

/// The region that hands its parameters on.
pub fn unchanged(types: &[DType]) -> Region {
    Region::build(types, |_: &mut Builder, args: &[Val]| args.to_vec())
}
