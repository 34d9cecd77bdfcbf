//! Memory for arrays.

/// Memory of a storage.
#[derive(Debug)]
pub struct Buffer {}
