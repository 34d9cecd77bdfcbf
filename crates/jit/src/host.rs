//! What names of a function mean that it does not bind itself.

use crate::syntax::Function;
use std::rc::Rc;
use stook_types::{DType, Scalar};

/// What a name stands for while a function is compiled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A module, by the host's number.
    Module(usize),
    /// A function or class that the compiler may know, by its full name, such as `math.sqrt`.
    Known(String),
    /// A class of numbers, Python's own or NumPy's.
    Class {
        /// Its element type.
        dtype: DType,
        /// Whether it is Python's.
        python: bool,
    },
    /// A number, frozen.
    Number {
        /// Its value.
        value: Scalar,
        /// Whether it is Python's.
        python: bool,
    },
    /// None.
    None,
    /// A string, frozen.
    Text(String),
    /// A tuple of such things, frozen.
    Tuple(Vec<Thing>),
    /// Another function to compile, by the host's number.
    Function(usize),
    /// A class of exceptions, by its name.
    Exception(String),
    /// Anything else, by the name of its type.
    Other(String),
}

/// Whoever knows what names mean.
pub trait Host {
    /// What a global (or builtin) name of a function means.
    fn global(&mut self, function: usize, name: &str) -> Option<Thing>;
    /// What an attribute of a module means.
    fn attribute(&mut self, module: usize, name: &str) -> Option<Thing>;
    /// The syntax of a function; why there is none.
    fn function(&mut self, function: usize) -> Result<Rc<Function>, String>;
    /// The default of a function's parameter.
    fn default(&mut self, function: usize, param: &str) -> Option<Thing>;
}
