//! Floor 7: the extension module `stook._stook`.
//!
//! Python calls enter; calls on one [`stook_runtime::Session`] leave. What is not native is handed
//! to NumPy on memory of ours (`interop`), and counted. Nothing is computed here: this floor knows
//! Python's and NumPy's conventions, and no arithmetic.

mod advanced;
mod alike;
mod along;
mod array;
mod at;
mod attributes;
mod bits;
mod buffer;
mod chosen;
mod conditions;
mod control;
mod convert;
mod correlation;
mod create;
mod decided;
mod dispatch;
mod elementwise;
mod error;
mod explain;
mod fallback;
mod few;
mod flags;
mod flat;
mod flat_places;
mod fold_conditions;
mod generalized;
mod index;
mod interop;
mod interrupt;
mod jit;
mod join;
mod lists;
mod long;
mod machine;
mod making;
mod masked;
mod memory;
mod methods;
mod module;
mod number;
mod operator;
mod options;
mod plain;
mod product;
mod protocol;
mod ranges;
mod reduce;
mod remarks;
mod resolve;
mod scalar;
mod searching;
mod shape;
mod sorting;
mod sources;
mod ufunc;
mod verify;
