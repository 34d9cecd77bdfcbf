//! Floor 3: from a recorded program to bundles.
//!
//! A [`Program`] of instructions on views enters; a [`Plan`] leaves: groups of instructions, each
//! with its values in registers, its loops and its kernel. Path: [`prepare`](prepare) rewrites,
//! [`group`](group) decides what runs together, [`body`](body) names values and passes,
//! [`nest`](nest) orders loops, [`lower`](lower) makes a kernel. No memory is touched and no
//! machine is known; the only thing a plan relies on is in the program, which is its cache key.

mod body;
mod group;
mod lower;
mod mode;
mod nest;
mod plan;
mod prepare;
mod program;
pub mod shipped;
mod text;
mod unroll;

pub use body::{Body, BodyOperand, Def, Memory, Pass, Value, ValueId};
pub use group::Cut;
pub use mode::{BLOCK, Mode, RESIDENT, reduce_mode};
pub use nest::{Nest, Walker};
pub use plan::{Bundle, CutFold, Plan, Watched, plan};
pub use program::{Instruction, Op, Place, Program, Ref, StorageFacts};
pub use shipped::ShippedKey;
pub use text::{instruction_text, op_name, plan_text, program_text};
