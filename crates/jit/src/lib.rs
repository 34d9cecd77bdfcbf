//! Floor 4: Python functions to routines.
//!
//! A function's syntax ([`syntax::Function`]) and the types of a call's arguments enter; a
//! [`stook_kernel::Unit`] leaves, with the type of its result and what each of its failures means to
//! people ([`Site`]). There is one pass: the function is followed as it would run, on types in place
//! of values, and steps are written on the way. Where ways meet, a variable's types meet
//! ([`Type::join`]); a loop is followed again until its variables' types stay what they are.
//!
//! Numbers follow Python where both operands are Python's, else NumPy (NEP 50): the same table of
//! ufuncs as for arrays says what an operation means. Names are looked up by a [`Host`]. Nothing here
//! knows of Python objects, machines or memory.

mod checks;
mod class;
mod error;
mod host;
mod known;
mod lower;
pub mod memory;
mod renaming;
mod signature;
mod site;
mod structure;
pub mod syntax;
mod touch;
mod types;
mod value;

pub use checks::{LoopChecks, Why};
pub use class::{Class, ClassKind, Default as FieldDefault, Given as FieldGiven, Maker, Member};
pub use error::CompileError;
pub use host::{Host, Native, Outside, Passed, Thing};
pub use lower::{Compiled, Options, compile};
pub use signature::{Signature, cost};
pub use site::{Exception, Piece, Site};
pub use structure::{Element, Structure, StructureField};
pub use touch::{Note, TOLD_INDICES, Touch, TouchKind, Watch, WatchedLoop};
pub use types::{ArrayType, BYTES, Container, ContainerKind, Layout, POINTS, Type};
