//! What names of a function mean that it does not bind itself.

use crate::class::{Class, Maker, Member};
use crate::signature::Signature;
use crate::structure::Structure;
use crate::syntax::Function;
use crate::touch::Note;
use crate::types::{ArrayType, Type};
use std::rc::Rc;
use std::sync::Arc;
use stook_types::{DType, Scalar};

/// What a name stands for while a function is compiled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A module, by the host's number.
    Module(usize),
    /// A function or class that the compiler may know.
    Known {
        /// Its full name, such as `math.sqrt`.
        name: String,
        /// The host's number of it, if it may be called outside of compiled code.
        object: Option<usize>,
    },
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
    /// `bytes`, frozen.
    Bytes(Vec<u8>),
    /// A tuple of such things, frozen.
    Tuple(Vec<Thing>),
    /// An object of a class that nobody changes, by its fields, frozen.
    Value(Arc<Class>, Vec<Thing>),
    /// Another function to compile, by the host's number.
    Function(usize),
    /// A function within the function that is being compiled, by the compilation's number.
    Inner(usize),
    /// A function of C's, by the host's number.
    Native(usize),
    /// A function of numbers that takes arrays too, by the host's number of it.
    Elementwise(usize),
    /// A function that others may stand for in compiled code.
    Overloaded {
        /// The host's number of it.
        object: usize,
        /// What it is where none does.
        otherwise: Box<Thing>,
    },
    /// A class of objects with fields.
    Record(Arc<Class>),
    /// A structured dtype.
    Structure(Arc<Structure>),
    /// A stream of random numbers, by the numbers of the symbols that lead to what draws its bits and
    /// to the object.
    Generator {
        /// What draws bits.
        bits: usize,
        /// The object.
        object: usize,
    },
    /// An array of numbers, which stays where it is.
    Array {
        /// Its type.
        ty: ArrayType,
        /// The number of the symbol that leads to its first element.
        symbol: usize,
        /// The lengths of its axes, and the strides where it has its own.
        axes: Vec<i64>,
    },
    /// A class of exceptions, by its name.
    Exception(String),
    /// Anything else, in words.
    Other(String),
}

/// A function of C's.
#[derive(Clone, Debug, PartialEq)]
pub struct Native {
    /// Its name, for messages.
    pub name: String,
    /// The types of its parameters: numbers and pointers.
    pub params: Vec<Type>,
    /// The type of its result, or None.
    pub result: Type,
    /// Whether it is called while the thread has the interpreter only, as calls outside are.
    pub attached: bool,
}

/// A call of a function outside of compiled code.
#[derive(Clone, Debug, PartialEq)]
pub struct Outside {
    /// The function, by the host's number; nothing where it is a method of the first argument.
    pub object: Option<usize>,
    /// The method's name.
    pub method: String,
    /// The arguments.
    pub args: Vec<Passed>,
    /// Arguments by keyword.
    pub keywords: Vec<(String, Passed)>,
}

/// An argument of a call outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Passed {
    /// A value of a type, whose parts are passed when the call is made.
    Value(Type),
    /// What is known while compiling.
    Frozen(Thing),
}

/// Whoever knows what names mean.
pub trait Host {
    /// What a global (or builtin) name of a function means.
    fn global(&mut self, function: usize, name: &str) -> Option<Thing>;
    /// What an attribute of a module means.
    fn attribute(&mut self, module: usize, name: &str) -> Option<Thing>;
    /// The syntax of a function; why there is none.
    fn function(&mut self, function: usize) -> Result<Rc<Function>, String>;
    /// A call that is made outside of compiled code: its number, and the type of what it returns;
    /// why there is none.
    fn outside(&mut self, call: &Outside) -> Result<(i64, Type), String>;
    /// A function of C's.
    fn native(&self, number: usize) -> Native;
    /// The symbol that leads to the code points of a string, by its number.
    fn text(&mut self, text: &str) -> usize;
    /// The symbol that leads to bytes, by its number.
    fn bytes(&mut self, bytes: &[u8]) -> usize;
    /// A builtin function or class, by the number under which it is called outside.
    fn builtin_object(&mut self, name: &str) -> usize;
    /// The function of C's that says how many rounds of `prange` a part has, or 0, by its number.
    fn chunk_size(&mut self) -> usize;
    /// The function of C's that takes a note for the check of races, by its number.
    fn recorder(&mut self, note: Note) -> usize;
    /// A method of streams of random numbers that functions stand for, by its number.
    fn generator_method(&mut self, name: &str) -> Option<usize>;
    /// The function that stands for another where arguments have these types, by its number; why
    /// that cannot be said.
    fn overload(
        &mut self,
        object: usize,
        args: &[Type],
        keywords: &[(String, Type)],
    ) -> Result<Option<usize>, String>;
    /// The signatures that a function's arguments are converted to, if it has any.
    fn signatures(&mut self, function: usize) -> Vec<Signature>;
    /// Whether a class of exceptions, by its name, is one of another or under it.
    fn descends(&mut self, class: &str, from: &str) -> bool;
    /// The number by which [`stook_kernel::Service::Matches`] knows a class of exceptions.
    fn exception(&mut self, class: &str) -> usize;
    /// How objects of a class are made, by its number; why compiled code cannot.
    fn maker(&mut self, class: usize) -> Result<Maker, String>;
    /// Whether a class is another, or derived from it, by their numbers.
    fn inherits(&self, class: usize, from: usize) -> bool;
    /// What a name that is no field means in a class.
    fn member(&mut self, class: usize, name: &str) -> Option<Member>;
    /// A function of the library that the compiler itself calls, by its name there.
    fn library(&mut self, name: &str) -> usize;
    /// The generator function that stands for one of `itertools`, for so many iterables or items in
    /// each of its own, by its number.
    fn iterator(&mut self, name: &str, count: usize) -> Option<usize>;
    /// Python's version after the 3: some of its messages differ by it.
    fn minor_version(&self) -> u8;
    /// The default of a function's parameter.
    fn default(&mut self, function: usize, param: &str) -> Option<Thing>;
}
