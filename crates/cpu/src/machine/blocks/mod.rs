//! A bundle on shipped kernels: its values computed block by block, each in a register of a block's
//! length that stays in the nearest caches.
//!
//! Has the meaning and the signature of the compiled kernel: a rectangle of rows and columns from
//! given addresses. [`make`] turns a bundle's passes into calls, [`row`] runs a row, or some short
//! ones, and [`turned`] folds many rows at once. Folds go chunk by chunk into states that are merged
//! in the kernel's own order.

mod make;
mod row;
mod turned;

use super::tiles::{Pointers, Steps};
use crate::shipped::Shipped;
use make::Maker;
use row::Row;
use smallvec::SmallVec;
use std::cell::RefCell;
use stook_kernel::KernelFn;
use stook_ops::Fold;
use stook_plan::{Bundle, ShippedKey, ValueId};
use stook_types::DType;

/// Columns of a block: a power of two, and so of every fold's chunk.
const BLOCK: usize = 1024;

/// A bundle's passes as calls of shipped kernels.
#[derive(Debug)]
pub(crate) struct Blocks {
    passes: Vec<Calls>,
    values: Vec<Slot>,
    /// By operand, what stores to it.
    scatters: Vec<KernelFn>,
    /// Bytes of one register.
    register: usize,
    /// Whether short rows may be run several at once: one pass, whose calls take their rows apart.
    joins_rows: bool,
    /// Whether rows may be folded several at once where their elements follow one another.
    folds_rows: bool,
}

/// One pass.
#[derive(Debug)]
struct Calls {
    once: bool,
    calls: Vec<Call>,
    folds: Vec<FoldCall>,
    scans: Vec<ScanCall>,
    stores: Vec<(ValueId, usize)>,
}

impl Calls {
    /// Whether several rows may go into one call: none is folded but into a row of states, or
    /// accumulates from a constant.
    fn takes_rows_apart(&self) -> bool {
        let accumulates = |call: &Call| matches!(call.start, Start::Constant(_));
        let within = |fold: &FoldCall| matches!(fold.how, FoldHow::Row { .. });
        let folds = self.folds.iter().any(within) || !self.scans.is_empty();
        !self.once && !folds && !self.calls.iter().any(accumulates)
    }
}

/// Where a value is found.
#[derive(Clone, Debug)]
struct Slot {
    dtype: DType,
    row: bool,
    /// The operand it is loaded from.
    load: Option<usize>,
    /// The operand that keeps it between passes, and the pass that computes it.
    kept: Option<(usize, usize)>,
    fill: KernelFn,
    gather: KernelFn,
}

/// A kernel's call on registers.
#[derive(Debug)]
struct Call {
    kernel: KernelFn,
    args: SmallVec<[ValueId; 4]>,
    outs: SmallVec<[Option<ValueId>; 2]>,
    /// First condition flag.
    slot: Option<usize>,
    /// The first output starts as a copy of this value, or of this constant.
    start: Start,
}

/// What a call's output holds before it.
#[derive(Clone, Debug)]
enum Start {
    Nothing,
    Value(ValueId),
    Constant(u64),
}

/// A fold in a pass over the columns.
#[derive(Debug)]
struct FoldCall {
    value: ValueId,
    arg: ValueId,
    fold: &'static Fold,
    how: FoldHow,
    finish: KernelFn,
}

#[derive(Debug)]
enum FoldHow {
    /// Chunks to states, states to one; to operands if they leave.
    Row { reduce: KernelFn, merge: KernelFn, leave: Vec<usize> },
    /// Into operands, column by column.
    Step { step: KernelFn, states: Vec<usize> },
}

/// Running results from one operand to another.
#[derive(Debug)]
struct ScanCall {
    kernel: KernelFn,
    from: usize,
    to: usize,
}

impl Blocks {
    /// The calls of a bundle; nothing if a kernel is missing.
    pub(super) fn new(bundle: &Bundle, shipped: &Shipped) -> Option<Self> {
        let body = &bundle.body;
        let maker = Maker { bundle, shipped };
        let widest = body.values.iter().map(|v| v.dtype.size()).max().unwrap_or(1);
        let passes = (0..body.passes.len()).map(|p| maker.pass(p)).collect::<Option<Vec<_>>>()?;
        let values = (0..body.values.len()).map(|v| maker.slot(v)).collect::<Option<Vec<_>>>()?;
        Some(Self {
            joins_rows: matches!(&passes[..], [p] if p.takes_rows_apart()),
            folds_rows: turned::folds_rows(&passes, &values),
            passes,
            values,
            scatters: body
                .operands
                .iter()
                .map(|o| shipped.get(ShippedKey::Scatter(o.dtype)))
                .collect::<Option<_>>()?,
            register: BLOCK * widest,
        })
    }

    /// Runs the bundle on a rectangle.
    pub(super) fn run(
        &self,
        (rows, columns): (usize, usize),
        pointers: &Pointers,
        row_steps: &Steps,
        column_steps: &Steps,
        flags: &mut [u8],
        first: usize,
    ) {
        REGISTERS.with_borrow_mut(|memory| {
            let units = (self.values.len() + 1) * self.register / 16 + 8;
            if memory.len() < units {
                memory.resize(units, 0);
            }
            let start = memory.as_mut_ptr().cast::<u8>();
            let shift = start.align_offset(64);
            let mut row = Row {
                blocks: self,
                rows: 1,
                registers: start.wrapping_add(shift),
                cells: vec![[0; 4]; self.values.len()],
                pointers: pointers.clone(),
                steps: column_steps,
                row_steps,
                columns,
                first,
                flags,
                filled: vec![false; self.values.len()],
                is_turned: false,
            };
            let turned = self.folds_rows && row.reads_in_order();
            let together = match (turned, self.joins_rows) {
                (true, _) => BLOCK,
                (_, true) => (BLOCK / columns.max(1)).max(1),
                _ => 1,
            };
            for done in (0..rows).step_by(together) {
                let count = together.min(rows - done);
                if turned {
                    row.turned(count);
                } else {
                    row.rows = count;
                    row.run();
                }
                for (pointer, &step) in row.pointers.iter_mut().zip(row_steps) {
                    *pointer = pointer.wrapping_offset(together as isize * step as isize);
                }
            }
        });
    }
}

thread_local! {
    static REGISTERS: RefCell<Vec<u128>> = const { RefCell::new(Vec::new()) };
}
