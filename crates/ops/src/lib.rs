//! Floor 1: what operations mean.
//!
//! Plain tables of ufuncs and reductions. A row's formula is written in scalar instructions
//! ([`Builder`]); every machine, tier and test reads the same row. Nothing here knows of arrays,
//! loops or memory.

mod cast;
mod conditions;
mod evaluate;
mod formula;
mod reduction;
mod resolve;
mod table;
mod telling;
mod ufunc;

pub use cast::{cast, watch_cast};
pub use conditions::{Conditions, FLAGS, Flags, Predicate, Watch};
pub use evaluate::{UNDEFINED, evaluate};
pub use formula::{BinaryOp, Builder, CompareOp, Complex, Inst, Region, UnaryOp, Val};
pub use reduction::{Fold, Reduction, ReductionId, ReductionLoop, unchanged};
pub use resolve::{InputType, Resolution, check_output, resolve};
pub use table::{negation, reduction, reductions, table, ufunc};
pub use telling::telling;
pub use ufunc::{Formula, Loop, Ufunc, UfuncId};
