//! The seam between recorded work and a machine.

/// A machine that runs plans.
pub trait Backend: Send + Sync {}
