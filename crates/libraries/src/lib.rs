//! Floor 5: the library calls, on raw memory.
//!
//! Addresses with strides enter, and memory for results; whole calls leave. Elements are moved by
//! their size, where no order is asked for: [`Mask`] keeps elements where a mask holds, [`Selection`] reads
//! and writes elements at places that integer arrays name, or hands them to what replaces them;
//! [`Segments`] hands parts of an axis to what joins them; [`Product`] multiplies matrices of a type.
//! [`Lines`] puts elements of a type in order, [`Search`] finds places among those in order,
//! [`Interpolation`] draws lines between points, and [`count`] and [`weigh`] fill bins; [`pack`] makes bits of flags.
//! [`Parallel`] is where tasks run; results never depend on how many threads there are, nor on which
//! vectors the processor has. Nothing here knows sessions, Python or a pool.

mod bits;
mod correlation;
mod counting;
mod extremes;
mod interpolation;
mod mask;
mod moves;
mod parallel;
mod product;
mod searching;
mod segments;
mod selection;
mod sorting;
mod update;
mod vectors;
mod words;

pub use bits::{First, pack, unpack};
pub use correlation::Correlation;
pub use counting::{bounds, count, weigh};
pub use extremes::first_extreme;
pub use interpolation::Interpolation;
pub use mask::Mask;
pub use moves::Rows;
pub use parallel::{Alone, Parallel};
pub use product::{Blas, Matrix, Product, Sizes, Stacked};
pub use searching::Search;
pub use segments::{Join, Segments};
pub use selection::{Indexed, Rest, Selection};
pub use sorting::Lines;
pub use update::Replace;
