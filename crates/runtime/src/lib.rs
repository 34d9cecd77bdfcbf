//! Floor 5: arrays, their memory, and when recorded work runs.
//!
//! An [`Array`] is a storage and a view. Calls on the [`Session`] record instructions or, for small
//! work with nothing pending, run at once; [`Session::read`] brings an array's memory up to date.
//! A [`Backend`] runs bundles. Nothing here knows Python, NumPy or a machine's instructions.

mod alone;
mod array;
mod aside;
mod backend;
mod buffer;
mod flush;
mod interrupted;
mod left;
mod lock;
mod made;
mod memory;
mod quick;
mod recorder;
mod recycle;
mod report;
mod rest;
mod rows;
mod run;
mod session;
mod show;
mod small;
mod small_folds;
mod trace;

pub use array::{Array, Input, Storage};
pub use backend::{Backend, Progress, Ran, Workspace};
pub use buffer::Buffer;
pub use lock::{Guard, SpinLock};
pub use memory::{give_back, is_there, pool_bytes, prepare, take, trim};
pub use report::{Report, Traffic};
pub use rows::{RowCall, RowFold};
pub use run::Counters;
pub use session::{AT_ONCE, Conditions, Held, Results, Session, signal};
pub use trace::Trace;
