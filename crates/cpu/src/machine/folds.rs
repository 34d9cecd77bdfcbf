//! Folds whose states leave the kernel: long rows in pieces, and rows added up column by column.
//!
//! Pieces and blocks have lengths fixed by the fold, and their states meet pairwise in order, so
//! that neither threads nor tiers change a bit.

use super::tiles::{Code, Pointers, Steps, Tile, Walk, launch, spread};
use crate::shipped::Shipped;
use std::sync::atomic::AtomicU8;
use stook_kernel::KernelFn;
use stook_ops::{Fold, reductions};
use stook_plan::{BLOCK, Bundle, CutFold, ShippedKey};
use stook_types::{Error, Result};

/// Columns of a piece of a long row: a power of two, and so of any fold's chunks.
const PIECE: usize = 64 * 1024;
/// Columns of a tile of a column fold: its states stay in the nearest cache.
const STRIP: usize = 1024;

/// States of a fold: for each scalar, `count` of them.
struct States {
    scalars: Vec<(Vec<u128>, usize)>,
}

impl States {
    fn new(fold: &Fold, count: usize) -> Self {
        let room = |size: usize| (vec![0u128; (count * size).div_ceil(16)], size);
        Self { scalars: fold.state.iter().map(|d| room(d.size())).collect() }
    }

    /// The address of state `k`'s scalar `part`. States are written by one task each.
    fn at(&self, part: usize, k: usize) -> *mut u8 {
        let (memory, size) = &self.scalars[part];
        memory.as_ptr().cast::<u8>().wrapping_add(k * size).cast_mut()
    }

    fn parts(&self) -> usize {
        self.scalars.len()
    }
}

fn fold_of(cut: &CutFold) -> &'static Fold {
    &reductions()[usize::from(cut.reduction.0)].loops[cut.loop_index].fold
}

fn kernel(shipped: &Shipped, key: ShippedKey) -> Result<KernelFn> {
    shipped.get(key).ok_or_else(|| Error::Internal(format!("no shipped kernel {key:?}")))
}

/// Folds over rows too long for a cache.
pub(super) fn long_rows(
    bundle: &Bundle,
    walk: &Walk,
    code: &Code<'_>,
    shipped: &Shipped,
    flags: &[AtomicU8],
) -> Result<()> {
    let pieces = walk.columns.div_ceil(PIECE);
    let rows = walk.outer_count() * walk.rows;
    let states: Vec<States> =
        bundle.folds.iter().map(|cut| States::new(fold_of(cut), rows * pieces)).collect();
    let tile = |row: usize, piece: usize| {
        let first = piece * PIECE;
        Tile {
            outer: row / walk.rows,
            rows: (row % walk.rows, 1),
            columns: (first, PIECE.min(walk.columns - first)),
        }
    };
    spread(rows * pieces, true, walk.interruptible, &|task| {
        let tile = tile(task / pieces, task % pieces);
        let mut pointers = walk.at(&tile);
        point_at_states(bundle, &states, task, &mut pointers);
        launch(code, walk, (1, tile.columns.1), &pointers, flags, tile.columns.0);
        Ok(())
    })?;
    for (cut, states) in bundle.folds.iter().zip(&states) {
        let k = cut.loop_index as u16;
        let merge = kernel(shipped, ShippedKey::MergeRow(cut.reduction, k))?;
        let finish = kernel(shipped, ShippedKey::Finish(cut.reduction, k))?;
        for row in 0..rows {
            let first = row * pieces;
            if pieces > 1 {
                call(merge, pieces, states, &[first, first], (true, false), None);
            }
            let ends = walk.at(&tile(row, 0));
            for &output in &cut.outputs {
                let out = Some((ends[output], 0));
                call(finish, 1, states, &[first], (true, true), out);
            }
        }
    }
    Ok(())
}

fn point_at_states(bundle: &Bundle, states: &[States], k: usize, pointers: &mut Pointers) {
    for (cut, states) in bundle.folds.iter().zip(states) {
        for (part, &operand) in cut.states.iter().enumerate() {
            pointers[operand] = states.at(part, k);
        }
    }
}

/// Calls a kernel of states: one group of operands for each entry of `starts`, the first and the
/// later ones stepping by column or not, then an output.
fn call(
    kernel: KernelFn,
    columns: usize,
    states: &States,
    starts: &[usize],
    (first_steps, later_step): (bool, bool),
    output: Option<(*mut u8, i64)>,
) {
    let mut pointers = Pointers::new();
    let mut steps = Steps::new();
    for (group, &start) in starts.iter().enumerate() {
        let stepping = if group == 0 { first_steps } else { later_step };
        for part in 0..states.parts() {
            pointers.push(states.at(part, start));
            steps.push(if stepping { states.scalars[part].1 as i64 } else { 0 });
        }
    }
    if let Some((pointer, step)) = output {
        pointers.push(pointer);
        steps.push(step);
    }
    let rows = Steps::from_elem(0, steps.len());
    // SAFETY: states and output have `columns` elements from their starts on.
    unsafe {
        kernel(
            1,
            columns as i64,
            pointers.as_ptr(),
            rows.as_ptr(),
            steps.as_ptr(),
            std::ptr::null_mut(),
            0,
        );
    }
}

/// Folds that add rows to a row of states.
pub(super) fn columns(
    bundle: &Bundle,
    walk: &Walk,
    code: &Code<'_>,
    shipped: &Shipped,
    flags: &[AtomicU8],
) -> Result<()> {
    let blocks = walk.rows.div_ceil(BLOCK);
    let strips = walk.columns.div_ceil(STRIP);
    for outer in 0..walk.outer_count() {
        let states: Vec<States> = bundle
            .folds
            .iter()
            .map(|cut| States::new(fold_of(cut), blocks * walk.columns))
            .collect();
        let parallel = walk.rows * walk.columns > PIECE;
        spread(blocks * strips, parallel, walk.interruptible, &|task| {
            let (block, strip) = (task / strips, task % strips);
            let (row, column) = (block * BLOCK, strip * STRIP);
            let tile = Tile {
                outer,
                rows: (row, BLOCK.min(walk.rows - row)),
                columns: (column, STRIP.min(walk.columns - column)),
            };
            let mut pointers = walk.at(&tile);
            let k = block * walk.columns + column;
            point_at_states(bundle, &states, k, &mut pointers);
            for (cut, states) in bundle.folds.iter().zip(&states) {
                start(cut, states, k, tile.columns.1, shipped)?;
            }
            launch(code, walk, (tile.rows.1, tile.columns.1), &pointers, flags, column);
            Ok(())
        })?;
        for (cut, states) in bundle.folds.iter().zip(&states) {
            finish_columns(cut, states, walk, outer, blocks, shipped)?;
        }
    }
    Ok(())
}

/// Fills `columns` states from `k` on with the fold's start.
fn start(
    cut: &CutFold,
    states: &States,
    k: usize,
    columns: usize,
    shipped: &Shipped,
) -> Result<()> {
    let fold = fold_of(cut);
    for (part, (&dtype, &bits)) in fold.state.iter().zip(&fold.start).enumerate() {
        let fill = kernel(shipped, ShippedKey::Fill(dtype))?;
        let cell = std::ptr::from_ref(&bits).cast::<u8>().cast_mut();
        let pointers = [cell, states.at(part, k)];
        let steps = [0, dtype.size() as i64];
        // SAFETY: one value is read, and `columns` states of this task are written.
        unsafe {
            fill(
                1,
                columns as i64,
                pointers.as_ptr(),
                [0, 0].as_ptr(),
                steps.as_ptr(),
                std::ptr::null_mut(),
                0,
            );
        }
    }
    Ok(())
}

/// Merges the blocks' states pairwise and writes the results.
fn finish_columns(
    cut: &CutFold,
    states: &States,
    walk: &Walk,
    outer: usize,
    blocks: usize,
    shipped: &Shipped,
) -> Result<()> {
    let k = cut.loop_index as u16;
    let merge = kernel(shipped, ShippedKey::Merge(cut.reduction, k))?;
    let finish = kernel(shipped, ShippedKey::Finish(cut.reduction, k))?;
    let mut apart = 1;
    while apart < blocks {
        for block in (0..blocks - apart).step_by(2 * apart) {
            let (earlier, later) = (block * walk.columns, (block + apart) * walk.columns);
            call(merge, walk.columns, states, &[later, earlier], (true, true), None);
        }
        apart *= 2;
    }
    let whole = Tile { outer, rows: (0, 1), columns: (0, walk.columns) };
    let ends = walk.at(&whole);
    let dtype = reductions()[usize::from(cut.reduction.0)].loops[cut.loop_index].output;
    for &output in &cut.outputs {
        let (out, step) = (ends[output], walk.column_steps[output]);
        if step == dtype.size() as i64 {
            let out = Some((out, step));
            call(finish, walk.columns, states, &[0], (true, true), out);
            continue;
        }
        for column in 0..walk.columns {
            let at = out.wrapping_offset(column as isize * step as isize);
            call(finish, 1, states, &[column], (true, true), Some((at, 0)));
        }
    }
    Ok(())
}
