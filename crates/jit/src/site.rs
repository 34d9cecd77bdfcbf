//! What a failure of a routine means to people.

use crate::syntax::Span;
use crate::types::Type;
use stook_types::DType;

/// An exception that compiled code may raise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its class.
    pub exception: Exception,
    /// Its message, some of it the values of the failure.
    pub message: Vec<Piece>,
    /// Where it was raised.
    pub span: Span,
    /// The function in which it was, by the host's number.
    pub function: usize,
}

/// The class of an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Exception {
    Index,
    Key,
    ZeroDivision,
    Value,
    Overflow,
    Memory,
    UnboundLocal,
    Assertion,
    /// The one that a call outside has raised.
    Raised,
    /// One that the user's code names.
    Named(String),
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// The next value of the failure, as a number of this type.
    Value(DType),
    /// The next values of the failure, as an object of this type. Where it is all of the message,
    /// the exception has the object itself.
    Object(Type),
    /// The next values of the failure, as what an object of this type is in a formatted string.
    Shown {
        /// The type.
        ty: Type,
        /// `s`, `r` or `a`, if it is converted first.
        conversion: Option<char>,
        /// How it is formatted.
        spec: String,
    },
}

impl Exception {
    /// Its name in Python.
    pub fn name(&self) -> &str {
        match self {
            Self::Index => "IndexError",
            Self::Key => "KeyError",
            Self::ZeroDivision => "ZeroDivisionError",
            Self::Value => "ValueError",
            Self::Overflow => "OverflowError",
            Self::Memory => "MemoryError",
            Self::UnboundLocal => "UnboundLocalError",
            Self::Assertion => "AssertionError",
            Self::Raised => "RuntimeError",
            Self::Named(name) => name,
        }
    }
}
