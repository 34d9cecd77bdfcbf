//! Folds whose states leave the kernel: long rows in pieces, and rows added up column by column.
//!
//! Pieces and blocks have lengths fixed by the fold, and their states meet pairwise in order, so
//! that neither threads nor tiers change a bit.

use super::launch::Launch;
use super::settled::Settled;
use super::tiles::{Code, Pointers, Steps, Tile, Walk, launch};
use crate::pool::threads;
use crate::shipped::Shipped;
use std::ops::Range;
use std::sync::atomic::AtomicU8;
use std::sync::{Arc, Mutex, PoisonError};
use stook_kernel::KernelFn;
use stook_ops::{Fold, reductions};
use stook_plan::{BLOCK, Bundle, CutFold, ShippedKey};
use stook_runtime::Buffer;
use stook_types::{Error, Result};

/// Columns of a piece of a long row: a power of two, and so of any fold's chunks.
const PIECE: usize = 64 * 1024;
/// Columns of a tile of a column fold: its states stay in the nearest cache.
const STRIP: usize = 4096;
/// Tasks of a column fold for each thread, at least.
const TASKS: usize = 8;
/// The most elements times operations of a task of a column fold: an interrupt waits for its end.
const SHORT: usize = 8 << 20;

/// States of a fold: for each scalar, memory of its own and the scalar's size.
pub(super) struct States {
    scalars: Vec<(Arc<Buffer>, usize)>,
}

impl States {
    /// Room for `count` states.
    fn new(fold: &Fold, count: usize) -> Result<Self> {
        let room = |size: usize| Ok((Buffer::new(count * size)?, size));
        Ok(Self { scalars: fold.state.iter().map(|d| room(d.size())).collect::<Result<_>>()? })
    }

    /// Room for `count` states of each fold of a bundle.
    fn of_all(bundle: &Bundle, count: usize) -> Result<Vec<Self>> {
        bundle.folds.iter().map(|cut| Self::new(fold_of(cut), count)).collect()
    }

    /// The address of state `k`'s scalar `part`. States are written by one task each.
    pub(super) fn at(&self, part: usize, k: usize) -> *mut u8 {
        let (memory, size) = &self.scalars[part];
        memory.pointer().wrapping_add(k * size)
    }

    /// The size of each state's scalar `part`.
    pub(super) fn size(&self, part: usize) -> usize {
        self.scalars[part].1
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
    walk: &Walk<'_>,
    code: &Code<'_>,
    shipped: &Shipped,
    Launch { flags, states, done }: &mut Launch,
) -> Result<()> {
    let pieces = walk.loops.columns.div_ceil(PIECE);
    let rows = walk.loops.outer_count() * walk.loops.rows;
    let (_, states) = match states.take() {
        Some(begun) => states.insert(begun),
        None => states.insert((1, States::of_all(bundle, rows * pieces)?)),
    };
    let flags = &flags[..];
    let settled = Settled::new(bundle, rows);
    let tile = |row: usize, piece: usize| {
        let first = piece * PIECE;
        Tile {
            outer: row / walk.loops.rows,
            rows: (row % walk.loops.rows, 1),
            columns: (first, PIECE.min(walk.loops.columns - first)),
        }
    };
    done.run(0, rows * pieces, true, &|task| {
        let row = task / pieces;
        if settled.holds(row) {
            let mut both = bundle.folds.iter().zip(&*states);
            return both.try_for_each(|(cut, states)| start(cut, states, task, 1, shipped));
        }
        let tile = tile(row, task % pieces);
        let mut pointers = walk.at(&tile);
        point_at_states(bundle, states, task, &mut pointers);
        launch(code, walk, (1, tile.columns.1), &pointers, flags, tile.columns.0);
        settled.look(row, states, task);
        Ok(())
    })?;
    for (cut, states) in bundle.folds.iter().zip(&*states) {
        let k = cut.loop_index as u16;
        let merge = kernel(shipped, ShippedKey::MergeRow(cut.reduction, k))?;
        let finish = kernel(shipped, ShippedKey::Finish(cut.reduction, k))?;
        for row in 0..rows {
            let first = row * pieces;
            if pieces > 1 {
                call(merge, pieces, &[(states, first), (states, first)], (true, false), None);
            }
            let ends = walk.at(&tile(row, 0));
            for &output in &cut.outputs {
                let out = Some((ends[output], 0));
                call(finish, 1, &[(states, first)], (true, true), out);
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
    starts: &[(&States, usize)],
    (first_steps, later_step): (bool, bool),
    output: Option<(*mut u8, i64)>,
) {
    let mut pointers = Pointers::new();
    let mut steps = Steps::new();
    for (group, &(states, start)) in starts.iter().enumerate() {
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

/// Folds that add rows to a row of states: tasks of some columns and as many blocks of rows, a
/// power of two, as leave work for all threads.
pub(super) fn columns(
    bundle: &Bundle,
    walk: &Walk<'_>,
    code: &Code<'_>,
    shipped: &Shipped,
    Launch { flags, states, done }: &mut Launch,
) -> Result<()> {
    let blocks = walk.loops.rows.div_ceil(BLOCK);
    let strips = walk.loops.columns.div_ceil(STRIP);
    // Before anything is written, so that a lack of memory changes nothing.
    let (together, states) = match states.take() {
        Some(begun) => states.insert(begun),
        None => {
            let together = blocks_together(bundle, blocks, strips);
            let count = blocks.div_ceil(together) * walk.loops.columns;
            states.insert((together, States::of_all(bundle, count)?))
        }
    };
    let (together, flags) = (*together, &flags[..]);
    let groups = blocks.div_ceil(together);
    let tasks = groups * strips;
    let desks = Desks::new(bundle, together, STRIP.min(walk.loops.columns), tasks)?;
    for outer in done.stages(walk.loops.outer_count(), tasks) {
        let parallel = walk.loops.rows * walk.loops.columns > PIECE;
        done.run(outer, tasks, parallel, &|task| {
            let (group, column) = (task / strips, task % strips * STRIP);
            let columns = (column, STRIP.min(walk.loops.columns - column));
            let first = group * together;
            let part = Strip { outer, columns, blocks: first..blocks.min(first + together) };
            let into = (&states[..], group * walk.loops.columns + column);
            let desk = desks.take(bundle)?;
            part.fold(bundle, walk, (code, shipped), (into, &desk), flags)?;
            desks.give(desk);
            Ok(())
        })?;
        for (cut, states) in bundle.folds.iter().zip(&*states) {
            finish_columns(cut, states, walk, outer, groups, shipped)?;
        }
    }
    Ok(())
}

/// How many blocks of rows a task adds up.
fn blocks_together(bundle: &Bundle, blocks: usize, strips: usize) -> usize {
    let shared = blocks * strips / (TASKS * threads());
    let short = SHORT / (BLOCK * STRIP * bundle.members.len().max(1));
    1 << shared.min(short).max(1).ilog2()
}

/// Room for the states that wait in a task: enough for all tasks that run at a time.
struct Desks {
    free: Mutex<Vec<Vec<States>>>,
    /// States of each fold.
    count: usize,
}

impl Desks {
    fn new(bundle: &Bundle, together: usize, columns: usize, tasks: usize) -> Result<Self> {
        let count = together.ilog2() as usize * columns;
        let made = (0..threads().min(tasks)).map(|_| States::of_all(bundle, count));
        Ok(Self { free: Mutex::new(made.collect::<Result<_>>()?), count })
    }

    /// Room of a task's own; new where another thread has just asked for more threads.
    fn take(&self, bundle: &Bundle) -> Result<Vec<States>> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.map_or_else(|| States::of_all(bundle, self.count), Ok)
    }

    fn give(&self, desk: Vec<States>) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(desk);
    }
}

/// Some columns of blocks of rows that follow each other.
struct Strip {
    outer: usize,
    /// First column and how many.
    columns: (usize, usize),
    blocks: Range<usize>,
}

impl Strip {
    /// Folds the rows into the states `into`; blocks meet pairwise, as a binary counter carries,
    /// and those that wait do so in `waiting`.
    fn fold(
        &self,
        bundle: &Bundle,
        walk: &Walk<'_>,
        (code, shipped): (&Code<'_>, &Shipped),
        ((into, k), waiting): ((&[States], usize), &[States]),
        flags: &[AtomicU8],
    ) -> Result<()> {
        let columns = self.columns.1;
        // The states that wait, earliest first: those of the first are `into`.
        let place = |cut: usize, depth: usize| match depth {
            0 => (&into[cut], k),
            _ => (&waiting[cut], (depth - 1) * columns),
        };
        let meet = |depth: usize| -> Result<()> {
            for (number, cut) in bundle.folds.iter().enumerate() {
                let key = ShippedKey::Merge(cut.reduction, cut.loop_index as u16);
                let pair = [place(number, depth), place(number, depth - 1)];
                call(kernel(shipped, key)?, columns, &pair, (true, true), None);
            }
            Ok(())
        };
        let mut depth = 0;
        for (done, block) in self.blocks.clone().enumerate() {
            let rows = (block * BLOCK, BLOCK.min(walk.loops.rows - block * BLOCK));
            for (number, cut) in bundle.folds.iter().enumerate() {
                let (states, k) = place(number, depth);
                start(cut, states, k, columns, shipped)?;
            }
            for rows in walk.loops.runs(rows) {
                let tile = Tile { outer: self.outer, rows, columns: self.columns };
                let mut pointers = walk.at(&tile);
                for (number, cut) in bundle.folds.iter().enumerate() {
                    let (states, k) = place(number, depth);
                    for (part, &operand) in cut.states.iter().enumerate() {
                        pointers[operand] = states.at(part, k);
                    }
                }
                launch(code, walk, (rows.1, columns), &pointers, flags, self.columns.0);
            }
            for _ in 0..done.trailing_ones() {
                meet(depth)?;
                depth -= 1;
            }
            depth += 1;
        }
        (1..depth).rev().try_for_each(meet)
    }
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
    walk: &Walk<'_>,
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
            let (earlier, later) =
                (block * walk.loops.columns, (block + apart) * walk.loops.columns);
            let pair = [(states, later), (states, earlier)];
            call(merge, walk.loops.columns, &pair, (true, true), None);
        }
        apart *= 2;
    }
    let whole = Tile { outer, rows: (0, 1), columns: (0, walk.loops.columns) };
    let ends = walk.at(&whole);
    let dtype = reductions()[usize::from(cut.reduction.0)].loops[cut.loop_index].output;
    for &output in &cut.outputs {
        let (out, step) = (ends[output], walk.loops.column_steps[output]);
        if step == dtype.size() as i64 {
            let out = Some((out, step));
            call(finish, walk.loops.columns, &[(states, 0)], (true, true), out);
            continue;
        }
        for column in 0..walk.loops.columns {
            let at = out.wrapping_offset(column as isize * step as isize);
            call(finish, 1, &[(states, column)], (true, true), Some((at, 0)));
        }
    }
    Ok(())
}
