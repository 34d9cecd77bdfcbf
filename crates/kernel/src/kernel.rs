//! The parts of a loop program.

use stook_ops::{Fold, Region};
use stook_types::DType;

/// A loop program over rows and columns.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Kernel {
    /// Memory it reads and writes.
    pub operands: Vec<Operand>,
    /// Types of the values that phases leave for later phases of the same row.
    pub row_values: Vec<DType>,
    /// What each row does, in order.
    pub phases: Vec<Phase>,
    /// Number of condition flags.
    pub flags: usize,
}

/// A piece of memory, walked by a row stride and a column stride that the launch gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operand {
    /// Type of the elements; complex elements are two scalars side by side.
    pub dtype: DType,
    /// How columns lie.
    pub walk: Walk,
    /// What is done with it.
    pub access: Access,
}

/// How the columns of an operand lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Walk {
    /// One after another: the column stride is the element size.
    Unit,
    /// All the same: the column stride is 0.
    Fixed,
    /// Any stride.
    Strided,
}

/// What a kernel does with an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Loads only.
    Read,
    /// Stores only.
    Write,
    /// Loads, then stores at the same place.
    Update,
    /// As [`Access::Update`] with a row stride of 0: each row goes on from what the one before
    /// left, and no other operand lies in its memory.
    Accumulate,
    /// Stores past the caches; the launch guarantees 64-byte aligned rows. [`Walk::Unit`] only.
    Stream,
}

/// One pass over a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phase {
    /// Per column or per row.
    pub extent: Extent,
    /// Where the region's parameters come from.
    pub sources: Vec<Source>,
    /// What is computed.
    pub body: Region,
    /// Where results go.
    pub sinks: Vec<Sink>,
    /// Floating-point conditions to watch for.
    pub check: Option<Check>,
}

/// How often a phase runs in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// For every column.
    Columns,
    /// Once, on row values and fixed operands.
    Once,
}

/// Where a parameter comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A scalar of an operand's element: part 0, or 1 for an imaginary part.
    Load {
        /// Which operand.
        operand: usize,
        /// Which scalar of its element.
        part: usize,
    },
    /// A value that an earlier phase of this row left.
    Row(usize),
    /// The column's number plus the launch's `first`, as I64.
    Index,
}

/// Where results of a region go; numbers are indices into its results.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sink {
    /// To memory: one result per scalar of the element.
    Store {
        /// Which operand.
        operand: usize,
        /// The results.
        values: Vec<usize>,
    },
    /// One result of a [`Extent::Once`] phase to a row value.
    Keep {
        /// The result.
        value: usize,
        /// The row value.
        into: usize,
    },
    /// Elements into a fold over the row: chunks of [`Fold::chunk`] columns, in each of them
    /// [`Fold::lanes`] lanes, element k to lane k % lanes; a chunk's lanes are merged in halves
    /// (lane i with lane i + lanes/2, and so on); chunks are merged pairwise in order, as a binary
    /// counter does: the state of chunk c meets the states below it while c's low bits are one;
    /// what is left at the end is merged from the last to the first, the earlier state on the left.
    Reduce {
        /// The fold.
        fold: Fold,
        /// The results that make an element (its index is added where the fold asks for it, as a
        /// result bound to [`Source::Index`] and listed here).
        values: Vec<usize>,
        /// The first of the row values that take the state.
        into: usize,
    },
    /// Whole states, one per column, into one, by the same pairwise order.
    Merge {
        /// The fold whose `merge` is used.
        fold: Fold,
        /// The results that make a state.
        values: Vec<usize>,
        /// The first of the row values that take the state.
        into: usize,
    },
    /// Running results, column after column: the first element as it is, then what `step` makes of
    /// the result before and the element. Where the launch's `first` is above 0, a row goes on from
    /// the result that lies one column before its first, as an earlier launch left it.
    Scan {
        /// (result so far, element) to result, all of one type.
        step: Region,
        /// The results that make an element.
        values: Vec<usize>,
        /// Where each result goes.
        operand: usize,
    },
}

/// Conditions that a phase watches for, such as a division by zero.
///
/// Wherever a suspect is a float that is not finite, or a true bool, `slow` runs on `args` before
/// anything is stored; each of its results, a bool, raises the flag of its slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Check {
    /// Results of the phase's body that call for a closer look.
    pub suspects: Vec<usize>,
    /// Results of the phase's body that `slow` takes.
    pub args: Vec<usize>,
    /// The closer look.
    pub slow: Region,
    /// The flag of each result of `slow`.
    pub slots: Vec<usize>,
}

/// A compiled kernel. `pointers`, `row_strides` and `column_strides` have one entry per operand,
/// strides in bytes; `flags` has [`Kernel::flags`] bytes, which are set to 1 and never cleared;
/// `first` is the number of the first column.
pub type KernelFn = unsafe extern "C" fn(
    rows: i64,
    columns: i64,
    pointers: *const *mut u8,
    row_strides: *const i64,
    column_strides: *const i64,
    flags: *mut u8,
    first: i64,
);
