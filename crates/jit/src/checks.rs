//! What became of the checks of indices in loops, for people.

use crate::syntax::Span;

/// The checks of a loop's own indices; those of loops within it are theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct LoopChecks {
    /// The function that the loop stands in, by the host's number.
    pub function: usize,
    /// Where the loop stands.
    pub span: Span,
    /// Whether its rounds run at the same time.
    pub parallel: bool,
    /// Indices that are checked once, before the first round.
    pub before: Vec<Span>,
    /// Indices that are checked in each round, and why.
    pub within: Vec<(Span, Why)>,
}

/// Why an index is checked in each round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Why {
    NoRange,
    NoSum,
    FromEnd,
    OfList,
    LoopWithin,
    Twice,
    ArrayChanges,
    VariableChanges,
}

impl Why {
    /// It in words, after "as".
    pub fn words(self) -> &'static str {
        match self {
            Self::NoRange => "the loop is not a for over a range",
            Self::NoSum => "it is not a sum of ints' names and numbers",
            Self::FromEnd => "it counts from the end",
            Self::OfList => "a list's length may change",
            Self::LoopWithin => "the loop has another loop in it",
            Self::Twice => "the loop's variable stands in it twice",
            Self::ArrayChanges => "the array's name is given other arrays in the loop",
            Self::VariableChanges => "a name in it is given other values in the loop",
        }
    }
}
