//! What a check of races is told, and what people call it.

use crate::syntax::Span;

/// A place in the source that reads or writes memory, or a variable of a round of `prange`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Touch {
    /// What it does.
    pub kind: TouchKind,
    /// The variable that leads to what it touches; empty where none is known.
    pub name: String,
    /// How many bytes of memory it touches.
    pub bytes: u64,
    /// How many indices are told with it.
    pub axes: usize,
    /// Whether what it touches is a list, dict or set.
    pub contained: bool,
    /// Where it stands; on line 0 in the library, where the last [`TouchKind::Call`] says it.
    pub span: Span,
    /// The function in which it does, by the host's number.
    pub function: usize,
}

/// What a [`Touch`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TouchKind {
    /// Reads memory.
    Read,
    /// Writes memory.
    Write,
    /// Reads a variable.
    Get,
    /// Gives a value to a variable.
    Set,
    /// Calls a function of the library, which touches what the variable leads to.
    Call,
}

/// A loop over `prange`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchedLoop {
    /// Where it stands.
    pub span: Span,
    /// The function in which it does, by the host's number.
    pub function: usize,
}

/// All that a unit tells of, by its numbers.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// What it touches.
    pub touches: Vec<Touch>,
    /// Its loops over `prange`.
    pub loops: Vec<WatchedLoop>,
}

/// The most indices that are told with a touch.
pub const TOLD_INDICES: usize = 4;

/// A function of the host's that compiled code tells something; arguments and results are I64s,
/// unless they are said to be something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// (loop) -> depth: a loop begins; how many are under way around it.
    Enter,
    /// (depth, number): a round of the loop at a depth begins, and those in it have ended.
    Round,
    /// (depth): the loop at a depth has ended, and those in it.
    Leave,
    /// () -> depth: how many loops are under way.
    Depth,
    /// (Address, bytes further on, touch, [`TOLD_INDICES`] indices): memory is about to be touched.
    Memory,
    /// (depth, touch): a variable of the loop at a depth is touched.
    Variable,
    /// (touch): a function of the library is about to be called.
    Call,
}

impl Note {
    /// Whether it has a result.
    pub fn answers(self) -> bool {
        matches!(self, Self::Enter | Self::Depth)
    }
}
