//! Floor 6: running kernels on this machine's cores.
//!
//! Kernels enter; function pointers leave: at once from the library of kernels that ships with
//! the package ([`Shipped`]), later from the compiler behind it ([`Compiler`]), whose objects are
//! kept on disk ([`DiskCache`]) and loaded by [`Code`]. [`Pool`] spreads work over threads and
//! [`FloatState`] fixes rounding while it runs; [`Cpu`] runs bundles of a plan with all of them.

mod behind;
mod build_id;
mod cache;
mod compiler;
pub mod emit;
mod error;
mod features;
mod float_state;
mod forks;
mod futex;
mod gate;
mod key;
mod loader;
mod machine;
mod packaged;
pub mod perf;
mod pool;
pub mod shipped;
#[cfg(test)]
mod test_objects;
mod thread;
mod unit;

pub use behind::{Progress, compile_quickly_from};
pub use cache::{DiskCache, default_folder};
pub use compiler::{Compiled, Compiler, Counters, Emit, Slot, State};
pub use error::{Error, Result};
pub use features::{Level, level};
pub use float_state::FloatState;
pub use forks::shutdown;
pub use key::Key;
pub use loader::Code;
pub use machine::{
    Cpu, Tier, clear_interrupt, interrupt, interrupt_requested, may_stop, stoppable,
};
pub use packaged::FOLDER as PACKAGED;
pub use pool::{Pool, set_threads, threads};
pub use shipped::Shipped;
pub use unit::{NativeEntry, UnitCode, spread};
