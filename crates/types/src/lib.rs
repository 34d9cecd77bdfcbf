//! Floor 0: what every other floor speaks of.
//!
//! Element types and their promotion ([`DType`]), one value of such a type ([`Scalar`]), where an
//! array lies in its storage ([`View`]), and the errors a user can cause ([`Error`]). Nothing here
//! touches array memory; a view is numbers only.

mod cast;
mod dtype;
mod error;
mod hash;
mod order;
mod overlap;
mod scalar;
mod view;

pub use cast::{Casting, can_cast, promote};
pub use dtype::{DType, Kind};
pub use error::{Error, Result};
pub use hash::{QuickHash, QuickHasher};
pub use scalar::Scalar;
pub use view::{Dims, Overlap, Strides, View, broadcast_shapes, shape_text};
