//! Floor 5: the library calls, on raw memory.
//!
//! Addresses with strides enter, and memory for results; whole calls leave. Elements are moved by
//! their size, never by their type: [`Mask`] keeps elements where a mask holds, [`Selection`] reads
//! and writes elements at places that integer arrays name, or hands them to what replaces them;
//! [`Segments`] hands parts of an axis to what joins them; [`Product`] multiplies matrices of a type.
//! [`Parallel`] is where tasks run; results
//! never depend on how many threads there are. Nothing here knows sessions, Python or a pool.

mod mask;
mod moves;
mod parallel;
mod product;
mod segments;
mod selection;
mod update;

pub use mask::Mask;
pub use moves::Rows;
pub use parallel::{Alone, Parallel};
pub use product::{Blas, Matrix, Product, Sizes, Stacked};
pub use segments::{Join, Segments};
pub use selection::{Indexed, Rest, Selection};
pub use update::Replace;
