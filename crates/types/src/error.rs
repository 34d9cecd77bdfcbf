//! Errors that a user's call can cause, with the Python exception each becomes.

use std::fmt;

/// What a user's call got wrong; every variant names the Python exception it turns into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// `ValueError`: shapes that do not broadcast, a bad axis count, an empty reduction.
    Value(String),
    /// `TypeError`: a dtype that an operation has no loop for.
    Type(String),
    /// `IndexError`: an index outside its axis, or too many of them.
    Index(String),
    /// `numpy.exceptions.AxisError`: an axis that the array does not have.
    Axis {
        /// The axis as given.
        axis: i64,
        /// The number of dimensions there are.
        ndim: usize,
    },
    /// `numpy.exceptions.UFuncTypeError`: inputs or outputs cannot be cast under the rule in force.
    Casting(String),
    /// `OverflowError`: a Python integer outside the type it should take.
    Overflow(String),
    /// `MemoryError`: a buffer could not be had.
    Memory(usize),
    /// `KeyboardInterrupt`: the user stopped a running bundle.
    Interrupted,
    /// `RuntimeError`: an invariant of this library does not hold.
    Internal(String),
}

/// The result of anything that a user's call can make fail.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(text)
            | Self::Type(text)
            | Self::Index(text)
            | Self::Casting(text)
            | Self::Overflow(text) => f.write_str(text),
            Self::Axis { axis, ndim } => {
                write!(f, "axis {axis} is out of bounds for array of dimension {ndim}")
            }
            Self::Memory(bytes) => write!(f, "Unable to allocate {bytes} bytes for an array"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Internal(text) => write!(f, "internal error in stook: {text}"),
        }
    }
}

impl std::error::Error for Error {}
