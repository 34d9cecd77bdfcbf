//! Floor 2: loop programs.
//!
//! A [`Kernel`] walks a rectangle of `rows` by `columns`, row by row. In each row its phases run in
//! order; a phase runs its region once per column, or once per row, on scalars from memory and from
//! earlier phases of the row, and hands the results to sinks. It knows element types and how memory
//! is walked, never addresses, shapes or ufuncs. Outer axes, threads and tiles are the launcher's.
//!
//! Invariants, held by [`verify`]: a region's parameters have the types of the phase's sources; row
//! values are made in an earlier phase than they are used; a written operand is stored once.
//! [`interpret`] says what a kernel means, [`Cascade`] in what order a row's states meet, and
//! [`to_text`] shows it. A row of no columns leaves each fold's start.
//!
//! A [`Unit`] is a program of loops and branches, which Python functions become; its arithmetic is
//! in regions as a kernel's is.

mod cascade;
mod interpret;
mod kernel;
mod routine;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod text;
mod typing;
mod verify;

pub use cascade::{Cascade, merge_lanes, piece_columns, split_columns};
pub use interpret::interpret;
pub use kernel::{Access, Check, Extent, Kernel, KernelFn, Operand, Phase, Sink, Source, Walk};
pub use routine::{
    Caught, Context, FAILURE_VALUES, Local, NativeData, NativeState, Outcome, Place, Routine,
    Service, Services, SpreadFn, Step, Stride, Type, Unit, UnitFn, interpret_unit, unit_to_text,
    verify_unit,
};
pub use text::{region_to_text, to_text};
pub use typing::{result_types, verify_region};
pub use verify::verify;
