//! A bundle's loops cut into tiles, and one tile run.

use super::blocks::Blocks;
use super::is_scratch;
use super::launch::Launch;
use crate::compiler::Slot;
use smallvec::SmallVec;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};
use stook_kernel::{Access, KernelFn};
use stook_plan::{Bundle, Memory, Mode};
use stook_runtime::Workspace;
use stook_types::{Error, Result};

/// The most elements of a tile, and of a bundle that one thread runs alone.
const TILE: usize = 32 * 1024;
/// The fewest elements of a tile: handing it out costs nothing.
const SMALLEST: usize = 4 * 1024;
/// Tiles of a bundle that is cut in smaller ones, so that threads end at about one time.
const TILES: usize = 16;
/// Columns of a running fold that are done without a look at whether the user interrupts.
const RUN: usize = 1 << 20;

/// The code of a bundle.
pub(super) enum Code<'a> {
    /// All of it, compiled.
    Compiled(KernelFn),
    /// Shipped kernels in blocks, until what is being compiled is there.
    Blocks(&'a Blocks, Option<&'a Slot>),
}

impl Code<'_> {
    /// The compiled kernel, if it is there by now.
    fn function(&self) -> Option<KernelFn> {
        match self {
            Code::Compiled(function) => Some(*function),
            Code::Blocks(_, slot) => slot.and_then(Slot::ready).map(|compiled| compiled.function),
        }
    }
}

/// Pointers, one per operand.
pub(super) type Pointers = SmallVec<[*mut u8; 16]>;
/// Strides, one per operand.
pub(super) type Steps = SmallVec<[i64; 16]>;

/// A bundle's loops, the same in every run.
#[derive(Debug)]
pub(super) struct Loops {
    pub(super) row_steps: Steps,
    pub(super) column_steps: Steps,
    /// Lengths of the loops outside rows.
    outer: SmallVec<[usize; 4]>,
    /// Steps of each operand along the outer loops.
    outer_steps: Vec<SmallVec<[isize; 4]>>,
    /// All rows of a step of the outer loops.
    pub(super) rows: usize,
    /// Rows that follow each other by one step, and how the loops around them go, within `rows`.
    run: usize,
    around: SmallVec<[usize; 4]>,
    around_steps: Vec<SmallVec<[isize; 4]>>,
    pub(super) columns: usize,
}

impl Loops {
    pub(super) fn of(bundle: &Bundle) -> Self {
        let (shape, walkers) = (&bundle.nest.shape, &bundle.nest.operands);
        let last = shape.len() - 1;
        let outer = last - bundle.nest.folded;
        let step = |axis: usize| walkers.iter().map(|w| w.strides[axis] as i64).collect();
        let steps =
            |axes: Range<usize>| walkers.iter().map(|w| w.strides[axes.clone()].into()).collect();
        Self {
            row_steps: step(last - 1),
            column_steps: step(last),
            outer: shape[..outer].into(),
            outer_steps: steps(0..outer),
            rows: shape[outer..last].iter().product(),
            run: shape[last - 1],
            around: shape[outer..last - 1].into(),
            around_steps: steps(outer..last - 1),
            columns: shape[last],
        }
    }

    /// Steps of the outer loops together.
    pub(super) fn outer_count(&self) -> usize {
        self.outer.iter().product()
    }

    /// Rows, from the first on, in parts that follow each other by one step: first and how many.
    pub(super) fn runs(
        &self,
        (first, count): (usize, usize),
    ) -> impl Iterator<Item = (usize, usize)> {
        let (mut row, end, run) = (first, first + count, self.run.max(1));
        std::iter::from_fn(move || {
            let part = (row, (run - row % run).min(end - row));
            row += part.1;
            (part.1 > 0).then_some(part)
        })
    }
}

/// Where the operands of a bundle are and how they step.
pub(super) struct Walk<'a> {
    /// First elements; null for scratch and states.
    pub(super) bases: Pointers,
    pub(super) loops: &'a Loops,
}

// SAFETY: the addresses are handed to the threads of one launch, which touch separate elements.
unsafe impl Sync for Walk<'_> {}

/// A part of the loops.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile {
    /// Which of the outer loops' steps.
    pub(super) outer: usize,
    /// First row and how many.
    pub(super) rows: (usize, usize),
    /// First column and how many.
    pub(super) columns: (usize, usize),
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        bundle: &Bundle,
        loops: &'a Loops,
        workspace: &Workspace<'_>,
    ) -> Result<Self> {
        let mut bases = Pointers::new();
        for (o, walker) in bundle.body.operands.iter().zip(&bundle.nest.operands) {
            bases.push(base(o.memory, walker.offset, workspace)?);
        }
        Ok(Self { bases, loops })
    }

    /// The operands' elements at the first row and column of a tile.
    pub(super) fn at(&self, tile: &Tile) -> Pointers {
        let Loops {
            row_steps, column_steps, outer, outer_steps, run, around, around_steps, ..
        } = self.loops;
        let mut pointers = self.bases.clone();
        let (row, rest) = match around.is_empty() {
            true => (tile.rows.0, 0),
            false => (tile.rows.0 % run, tile.rows.0 / run),
        };
        for (k, pointer) in pointers.iter_mut().enumerate().filter(|(_, p)| !p.is_null()) {
            let shift = row as isize * row_steps[k] as isize
                + tile.columns.0 as isize * column_steps[k] as isize
                + place(outer, &outer_steps[k], tile.outer)
                + place(around, &around_steps[k], rest);
            *pointer = pointer.wrapping_offset(shift);
        }
        pointers
    }
}

/// Where step `number` of these loops is.
fn place(loops: &[usize], steps: &[isize], number: usize) -> isize {
    let (mut shift, mut rest) = (0, number);
    for (&n, &step) in loops.iter().zip(steps).rev() {
        shift += (rest % n) as isize * step;
        rest /= n;
    }
    shift
}

fn base(memory: Memory, offset: isize, workspace: &Workspace<'_>) -> Result<*mut u8> {
    match memory {
        Memory::Storage(s) => workspace.buffers[s]
            .as_ref()
            .map(|b| b.pointer().wrapping_offset(offset))
            .ok_or_else(|| Error::Internal(format!("storage {s} has no memory"))),
        Memory::Scalar(s) => Ok(std::ptr::from_ref(&workspace.scalars[s].bits).cast_mut().cast()),
        Memory::Scratch(_) | Memory::State(..) => Ok(std::ptr::null_mut()),
    }
}

/// Runs all tiles of a bundle whose kernel needs no help with its folds.
pub(super) fn all(
    bundle: &Bundle,
    walk: &Walk<'_>,
    code: &Code<'_>,
    begun: &mut Launch,
) -> Result<()> {
    if bundle.mode == Mode::Scan && walk.loops.columns > RUN {
        return runs(walk, code, begun);
    }
    let whole_rows = !matches!(bundle.mode, Mode::Map | Mode::Unrolled { .. });
    let (row_tile, column_tile) = tile_shape(bundle, walk.loops, whole_rows);
    let (down, across) =
        (walk.loops.rows.div_ceil(row_tile), walk.loops.columns.div_ceil(column_tile));
    let tile = |task: usize| {
        let (rest, column) = (task / across, task % across * column_tile);
        let row = rest % down * row_tile;
        Tile {
            outer: rest / down,
            rows: (row, row_tile.min(walk.loops.rows - row)),
            columns: (column, column_tile.min(walk.loops.columns - column)),
        }
    };
    let tasks = walk.loops.outer_count() * down * across;
    let parallel = bundle.nest.size() > TILE;
    let flags = &begun.flags;
    begun.done.run(0, tasks, parallel, &|task| run(bundle, walk, code, &tile(task), flags))
}

/// Runs the rows of a running fold, each in parts that go on from one another.
fn runs(walk: &Walk<'_>, code: &Code<'_>, begun: &mut Launch) -> Result<()> {
    let rows = walk.loops.outer_count() * walk.loops.rows;
    let flags = &begun.flags;
    for part in begun.done.stages(walk.loops.columns.div_ceil(RUN), rows) {
        let first = part * RUN;
        begun.done.run(part, rows, true, &|row| {
            let columns = (first, RUN.min(walk.loops.columns - first));
            let tile =
                Tile { outer: row / walk.loops.rows, rows: (row % walk.loops.rows, 1), columns };
            launch(code, walk, (1, columns.1), &walk.at(&tile), flags, first);
            Ok(())
        })?;
    }
    Ok(())
}

/// Rows and columns of a tile. No number of threads matters: an interrupted launch goes on with the
/// same tiles whatever it is then.
fn tile_shape(bundle: &Bundle, loops: &Loops, whole_rows: bool) -> (usize, usize) {
    let elements = (bundle.nest.size() / TILES).clamp(SMALLEST, TILE);
    if whole_rows || loops.columns < elements {
        let rows = (elements / loops.columns.max(1)).clamp(1, loops.rows.max(1));
        (rows, loops.columns.max(1))
    } else {
        (1, elements)
    }
}

/// Runs one tile.
fn run(
    bundle: &Bundle,
    walk: &Walk<'_>,
    code: &Code<'_>,
    tile: &Tile,
    flags: &[AtomicU8],
) -> Result<()> {
    let mut pointers = walk.at(tile);
    let mut rows = Vec::new();
    scratch_rows(bundle, tile.columns.1, &mut pointers, &mut rows);
    let head = head(bundle, &pointers).unwrap_or(0).min(tile.columns.1);
    if head > 0 {
        launch(code, walk, (tile.rows.1, head), &pointers, flags, 0);
        for (pointer, &step) in pointers.iter_mut().zip(&walk.loops.column_steps) {
            *pointer = pointer.wrapping_offset(head as isize * step as isize);
        }
    }
    launch(code, walk, (tile.rows.1, tile.columns.1 - head), &pointers, flags, 0);
    Ok(())
}

/// Whether compiled code may store past the caches: all outputs that do reach a boundary of 64 bytes
/// at one column. Memory of others may lie otherwise, and then blocks run.
pub(super) fn streams_in_step(bundle: &Bundle, walk: &Walk) -> bool {
    head(bundle, &walk.bases).is_some()
}

/// Columns before the streamed outputs reach a boundary of 64 bytes, if it is one number.
fn head(bundle: &Bundle, pointers: &Pointers) -> Option<usize> {
    let mut heads = bundle.kernel.operands.iter().zip(pointers).filter_map(|(o, p)| {
        let before = (64 - p.addr() % 64) % 64;
        (o.access == Access::Stream).then_some((before, o.dtype.size()))
    });
    let Some((before, size)) = heads.next() else {
        return Some(0);
    };
    let in_step = before % size == 0 && heads.all(|(b, s)| b % s == 0 && b / s == before / size);
    in_step.then_some(before / size)
}

/// Gives the tile rows of its own for values kept between passes.
pub(super) fn scratch_rows(
    bundle: &Bundle,
    columns: usize,
    pointers: &mut Pointers,
    rows: &mut Vec<Vec<u128>>,
) {
    for (o, pointer) in bundle.body.operands.iter().zip(pointers) {
        if is_scratch(o.memory) {
            let mut row = vec![0u128; (columns * o.dtype.size()).div_ceil(16)];
            *pointer = row.as_mut_ptr().cast();
            rows.push(row);
        }
    }
}

/// Runs code on rows and columns from `pointers` on.
pub(super) fn launch(
    code: &Code<'_>,
    walk: &Walk<'_>,
    (rows, columns): (usize, usize),
    pointers: &Pointers,
    flags: &[AtomicU8],
    first: usize,
) {
    let mut met: SmallVec<[u8; 64]> = SmallVec::from_elem(0, flags.len());
    match (code.function(), code) {
        // SAFETY: the plan's loops stay within the storages it names, each of which has memory;
        // tiles of one launch write separate elements.
        (Some(function), _) | (None, &Code::Compiled(function)) => unsafe {
            function(
                rows as i64,
                columns as i64,
                pointers.as_ptr(),
                walk.loops.row_steps.as_ptr(),
                walk.loops.column_steps.as_ptr(),
                met.as_mut_ptr(),
                first as i64,
            );
        },
        (None, Code::Blocks(blocks, _)) => {
            blocks.run(
                (rows, columns),
                pointers,
                &walk.loops.row_steps,
                &walk.loops.column_steps,
                &mut met,
                first,
            );
        }
    }
    for (flag, &now) in flags.iter().zip(&met) {
        if now != 0 {
            flag.store(1, Ordering::Relaxed);
        }
    }
}
