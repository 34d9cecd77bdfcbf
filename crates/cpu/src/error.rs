//! What can go wrong between a kernel and its machine code.

use std::fmt;

/// A failure on this floor. None is the user's fault: the shipped kernels or NumPy take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// An object file that cannot be loaded, and why.
    Object(String),
    /// A kernel that did not compile, and why.
    Compile(String),
    /// A library of shipped kernels that cannot be used, and why.
    Shipped(String),
    /// A task of the thread pool that panicked, with its message.
    Task(String),
}

/// A result of this floor.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(why) => write!(f, "object code cannot be loaded: {why}"),
            Self::Compile(why) => write!(f, "a kernel did not compile: {why}"),
            Self::Shipped(why) => write!(f, "the shipped kernels cannot be used: {why}"),
            Self::Task(why) => write!(f, "a task of the thread pool failed: {why}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for stook_types::Error {
    fn from(error: Error) -> Self {
        Self::Internal(error.to_string())
    }
}
