//! One pass over a row.
//!
//! A phase becomes a loop over whole vectors of columns and, for the columns left over, the same body
//! once more on a vector of which only some columns count: sources, region, check, stores, folds.
//! Where memory cannot be reached through a mask the columns left over go one by one. With
//! reductions, both lie in a loop over blocks of columns, at whose ends chunks close, and a round
//! takes as many vectors as there are lanes.

use crate::cascade::Cascade;
use crate::emitter::{Emitted, Emitter, Vector};
use crate::fold::Reduction;
use crate::memory::{Columns, Place};
use crate::target::Target;
use inkwell::IntPredicate;
use inkwell::values::{IntValue, PointerValue};
use std::collections::HashMap;
use stook_kernel::{Extent, Kernel, Phase, Sink, Source, Walk};
use stook_ops::{Fold, Inst, Region};
use stook_types::DType;

/// What a function keeps for a phase, made before its loops.
pub(crate) struct Prepared<'k, 'c> {
    pub(crate) kernel: &'k Kernel,
    pub(crate) phase: &'k Phase,
    pub(crate) width: u32,
    /// Whether the columns after the last whole vector go as one more, through a mask.
    pub(crate) masked: bool,
    reductions: Vec<Reduction<'k, 'c>>,
    merges: Vec<Merge<'k, 'c>>,
    scans: Vec<Scan<'k>>,
}

struct Merge<'k, 'c> {
    fold: &'k Fold,
    values: &'k [usize],
    into: usize,
    cascade: Cascade<'c>,
    /// Room for a vector of states.
    shelf: Vec<PointerValue<'c>>,
}

struct Scan<'k> {
    step: &'k Region,
    values: &'k [usize],
    operand: usize,
}

impl Scan<'_> {
    /// What is before the first column of a launch: nothing that counts, or what the launch before
    /// stored last.
    fn begin<'c>(&self, e: &Emitter<'c, '_>, row: &Row<'c>) -> Emitted<Vec<Vector<'c>>> {
        let parts = &self.step.params[..self.values.len()];
        let start =
            parts.iter().map(|&part| e.constant(part, 0, 1)).collect::<Emitted<Vec<_>>>()?;
        let (none, one) = (e.number(0), e.number(1));
        let later = e.builder.build_int_compare(IntPredicate::SGT, row.first, none, "")?;
        let rounds = e.builder.build_select(later, one, none, "")?.into_int_value();
        e.repeat((none, rounds, one), &start, |_, _| {
            e.load(&row.places[self.operand], Columns::all(e.number(u64::MAX), 1))
        })
    }
}

/// The row at hand.
pub(crate) struct Row<'c> {
    pub(crate) places: Vec<Place<'c>>,
    pub(crate) columns: IntValue<'c>,
    /// The first column of this thread and the step to its next: 0 and 1 on a CPU.
    pub(crate) thread: Option<(IntValue<'c>, IntValue<'c>)>,
    pub(crate) first: IntValue<'c>,
    pub(crate) flags: PointerValue<'c>,
    pub(crate) values: Vec<Option<Vector<'c>>>,
}

/// Parameters that stay the same in a row: of one column, and in all lanes.
pub(crate) type Fixed<'c> = Vec<Option<(Vector<'c>, Vector<'c>)>>;

impl<'k, 'c> Prepared<'k, 'c> {
    /// Memory for a phase, at the start of its function.
    pub(crate) fn new(e: &Emitter<'c, '_>, kernel: &'k Kernel, phase: &'k Phase) -> Emitted<Self> {
        let width = if e.target.is_gpu() { 1 } else { width(phase) };
        let mut made = Self {
            kernel,
            phase,
            width,
            masked: width > 1 && any_order(phase) && reachable(e, kernel, phase),
            reductions: Vec::new(),
            merges: Vec::new(),
            scans: Vec::new(),
        };
        for sink in &phase.sinks {
            match sink {
                Sink::Store { .. } | Sink::Keep { .. } => {}
                Sink::Reduce { fold, values, into } => {
                    made.reductions.push(Reduction::new(e, fold, values, *into)?);
                }
                Sink::Merge { fold, values, into } => {
                    let shelf: Emitted<_> = fold.state.iter().map(|&t| e.local(t, width)).collect();
                    let (cascade, shelf) = (Cascade::new(e, fold)?, shelf?);
                    made.merges.push(Merge { fold, values, into: *into, cascade, shelf });
                }
                Sink::Scan { step, values, operand } => {
                    made.scans.push(Scan { step, values, operand: *operand });
                }
            }
        }
        Ok(made)
    }

    /// The phase in a row; what it folds is left in the row's values.
    pub(crate) fn emit(&self, e: &Emitter<'c, '_>, row: &mut Row<'c>) -> Emitted<()> {
        let fixed = self.fixed(e, row)?;
        if self.phase.extent == Extent::Once {
            let results = self.body(e, row, &fixed, Columns::all(e.number(0), 1))?;
            for sink in &self.phase.sinks {
                if let Sink::Keep { value, into } = sink {
                    row.values[*into] = Some(results[*value]);
                }
            }
            return Ok(());
        }
        for reduction in &self.reductions {
            reduction.clear(e, self.width)?;
        }
        for merge in &self.merges {
            merge.cascade.clear(e, merge.fold)?;
        }
        let mut running = Vec::new();
        for scan in &self.scans {
            running.extend(scan.begin(e, row)?);
        }
        match (row.thread, self.reductions.is_empty()) {
            (Some(thread), _) => self.strided(e, row, &fixed, thread)?,
            (None, true) => {
                let all = (e.number(0), row.columns);
                self.span(e, row, &fixed, all, &running)?;
            }
            (None, false) => self.blocks(e, row, &fixed, &running)?,
        }
        self.leave(e, row)
    }

    /// The columns of one GPU thread.
    fn strided(
        &self,
        e: &Emitter<'c, '_>,
        row: &Row<'c>,
        fixed: &Fixed<'c>,
        (from, step): (IntValue<'c>, IntValue<'c>),
    ) -> Emitted<()> {
        e.repeat((from, row.columns, step), &[], |column, _| {
            self.body(e, row, fixed, Columns::all(column, 1))?;
            Ok(Vec::new())
        })?;
        Ok(())
    }

    /// All columns, block by block; blocks are as long as the shortest chunk.
    fn blocks(
        &self,
        e: &Emitter<'c, '_>,
        row: &Row<'c>,
        fixed: &Fixed<'c>,
        running: &[Vector<'c>],
    ) -> Emitted<()> {
        let block = self.reductions.iter().map(|r| r.fold.chunk()).min().unwrap_or(1);
        let rounds = (e.number(0), row.columns, e.number(block as u64));
        e.repeat(rounds, running, |from, running| {
            let whole = e.builder.build_int_add(from, e.number(block as u64), "")?;
            let short = e.builder.build_int_compare(IntPredicate::SLT, row.columns, whole, "")?;
            let end = e.builder.build_select(short, row.columns, whole, "")?.into_int_value();
            let running = self.span(e, row, fixed, (from, end), &running)?;
            for reduction in &self.reductions {
                reduction.close(e, end, row.columns, block, self.width)?;
            }
            Ok(running)
        })?;
        Ok(())
    }

    /// Some columns: whole rounds of vectors, then what is left.
    fn span(
        &self,
        e: &Emitter<'c, '_>,
        row: &Row<'c>,
        fixed: &Fixed<'c>,
        (from, to): (IntValue<'c>, IntValue<'c>),
        running: &[Vector<'c>],
    ) -> Emitted<Vec<Vector<'c>>> {
        let lanes = self.reductions.iter().map(|r| r.fold.lanes() as u32).max();
        let round = lanes.unwrap_or(self.width);
        let mut running = running.to_vec();
        let mut middle = from;
        if round > 1 {
            let length = e.builder.build_int_sub(to, from, "")?;
            let whole = e.builder.build_and(length, e.number(!u64::from(round - 1)), "")?;
            middle = e.builder.build_int_add(from, whole, "")?;
            running = self.vectors(e, row, fixed, (from, middle, to), round, &running)?;
        }
        if self.masked {
            return Ok(running);
        }
        e.repeat((middle, to, e.number(1)), &running, |column, mut running| {
            let results = self.body(e, row, fixed, Columns::all(column, 1))?;
            for reduction in &self.reductions {
                reduction.step_one(e, column, &results)?;
            }
            self.fold_in_order(e, row, &results, column, &mut running, 1)?;
            Ok(running)
        })
    }

    /// Rounds of vectors, whole ones until `middle`, with the lanes of reductions in registers.
    fn vectors(
        &self,
        e: &Emitter<'c, '_>,
        row: &Row<'c>,
        fixed: &Fixed<'c>,
        (from, middle, to): (IntValue<'c>, IntValue<'c>, IntValue<'c>),
        round: u32,
        running: &[Vector<'c>],
    ) -> Emitted<Vec<Vector<'c>>> {
        let mut carried = running.to_vec();
        for reduction in &self.reductions {
            carried.extend(reduction.get(e, self.width)?);
        }
        let step = e.number(round.into());
        let mut left = e.repeat((from, middle, step), &carried, |column, carried| {
            self.round(e, row, fixed, (column, None), round, carried)
        })?;
        if self.masked {
            left = e.repeat((middle, to, step), &left, |column, carried| {
                self.round(e, row, fixed, (column, Some(to)), round, carried)
            })?;
        }
        let mut lanes = &left[running.len()..];
        for reduction in &self.reductions {
            let (mine, rest) =
                lanes.split_at(reduction.vectors(self.width) * reduction.fold.state.len());
            reduction.put(e, mine, self.width)?;
            lanes = rest;
        }
        Ok(left[..running.len()].to_vec())
    }

    /// A round of vectors from `first` on, of which the columns before `end` count; what is carried:
    /// the states of scans, then the lanes of reductions.
    fn round(
        &self,
        e: &Emitter<'c, '_>,
        row: &Row<'c>,
        fixed: &Fixed<'c>,
        (first, end): (IntValue<'c>, Option<IntValue<'c>>),
        round: u32,
        mut carried: Vec<Vector<'c>>,
    ) -> Emitted<Vec<Vector<'c>>> {
        let width = self.width;
        let running = self.scans.iter().map(|scan| scan.values.len()).sum();
        let mut lanes = carried.split_off(running);
        for k in 0..round / width {
            let column = e.builder.build_int_add(first, e.number((k * width).into()), "")?;
            let columns = match end {
                None => Columns::all(column, width),
                Some(end) => e.columns_before(end, column, width)?,
            };
            let results = self.body(e, row, fixed, columns)?;
            let mut at = 0;
            for reduction in &self.reductions {
                let scalars = reduction.fold.state.len();
                let vectors = reduction.vectors(width);
                let here = at + k as usize % vectors * scalars;
                let state = &mut lanes[here..here + scalars];
                let stepped = reduction.step(e, state, &results, width)?;
                for (state, stepped) in state.iter_mut().zip(stepped) {
                    *state = match columns.some {
                        None => stepped,
                        Some(some) => e.select(some.mask, stepped, *state)?,
                    };
                }
                at += vectors * scalars;
            }
            self.fold_in_order(e, row, &results, column, &mut carried, width)?;
        }
        carried.extend(lanes);
        Ok(carried)
    }

    /// Scans and merges of a vector of columns.
    fn fold_in_order(
        &self,
        e: &Emitter<'c, '_>,
        row: &Row<'c>,
        results: &[Vector<'c>],
        column: IntValue<'c>,
        running: &mut Vec<Vector<'c>>,
        width: u32,
    ) -> Emitted<()> {
        let pick = |values: &[usize]| values.iter().map(|&k| results[k]).collect::<Vec<_>>();
        for merge in &self.merges {
            let states = pick(merge.values);
            e.merge_states(merge.fold, &merge.cascade, &states, &merge.shelf, width)?;
        }
        let mut before = std::mem::take(running);
        for scan in &self.scans {
            let after = before.split_off(scan.values.len());
            let number = e.builder.build_int_add(row.first, column, "")?;
            let seen = e.scan(scan.step, &mut before, &pick(scan.values), (number, width))?;
            e.store(&row.places[scan.operand], Columns::all(column, width), &seen)?;
            running.extend(before);
            before = after;
        }
        Ok(())
    }

    /// Sources, region, check and stores of some columns; the region's results.
    fn body(
        &self,
        e: &Emitter<'c, '_>,
        row: &Row<'c>,
        fixed: &Fixed<'c>,
        columns: Columns<'c>,
    ) -> Emitted<Vec<Vector<'c>>> {
        let results = self.compute(e, row, fixed, columns, HashMap::new())?;
        self.store(e, row, columns, &results)?;
        Ok(results)
    }

    /// Sources, region and check of some columns, given what is loaded already.
    pub(crate) fn compute(
        &self,
        e: &Emitter<'c, '_>,
        row: &Row<'c>,
        fixed: &Fixed<'c>,
        columns: Columns<'c>,
        mut loaded: HashMap<usize, Vec<Vector<'c>>>,
    ) -> Emitted<Vec<Vector<'c>>> {
        let mut params = Vec::with_capacity(fixed.len());
        for (source, fixed) in self.phase.sources.iter().zip(fixed) {
            params.push(match (source, fixed) {
                (_, Some((one, all))) => {
                    if columns.width == 1 {
                        *one
                    } else {
                        *all
                    }
                }
                (Source::Load { operand, part }, None) => {
                    if !loaded.contains_key(operand) {
                        loaded.insert(*operand, e.load(&row.places[*operand], columns)?);
                    }
                    loaded[operand][*part]
                }
                (_, None) => e.numbers(row.first, columns)?,
            });
        }
        let results = e.region(&self.phase.body, &params, columns.width)?;
        if let Some(check) = &self.phase.check {
            e.check(check, &self.phase.body, &results, row.flags, columns.width)?;
        }
        Ok(results)
    }

    /// Results of some columns to memory.
    pub(crate) fn store(
        &self,
        e: &Emitter<'c, '_>,
        row: &Row<'c>,
        columns: Columns<'c>,
        results: &[Vector<'c>],
    ) -> Emitted<()> {
        for sink in &self.phase.sinks {
            if let Sink::Store { operand, values } = sink {
                let scalars: Vec<_> = values.iter().map(|&k| results[k]).collect();
                e.store(&row.places[*operand], columns, &scalars)?;
            }
        }
        Ok(())
    }

    /// Row values and fixed operands, once.
    pub(crate) fn fixed(&self, e: &Emitter<'c, '_>, row: &Row<'c>) -> Emitted<Fixed<'c>> {
        let mut fixed = Vec::with_capacity(self.phase.sources.len());
        for source in &self.phase.sources {
            let one = match *source {
                Source::Row(k) => row.values[k],
                Source::Load { operand, part }
                    if self.kernel.operands[operand].walk == Walk::Fixed =>
                {
                    Some(e.load(&row.places[operand], Columns::all(e.number(0), 1))?[part])
                }
                _ => None,
            };
            let both = one.map(|one| e.splat(one, self.width).map(|all| (one, all)));
            fixed.push(both.transpose()?);
        }
        Ok(fixed)
    }

    /// Final states to the row's values.
    fn leave(&self, e: &Emitter<'c, '_>, row: &mut Row<'c>) -> Emitted<()> {
        let reductions = self.reductions.iter().map(|r| (r.fold, &r.cascade, r.into));
        let merges = self.merges.iter().map(|m| (m.fold, &m.cascade, m.into));
        for (fold, cascade, into) in reductions.chain(merges) {
            for (k, v) in cascade.finish(e, fold)?.into_iter().enumerate() {
                row.values[into + k] = Some(v);
            }
        }
        Ok(())
    }
}

/// Whether a phase takes its columns in any order.
fn any_order(phase: &Phase) -> bool {
    !phase.sinks.iter().any(|sink| matches!(sink, Sink::Merge { .. } | Sink::Scan { .. }))
}

/// Whether a mask reaches what a phase loads and stores: columns side by side, on AVX2 of four bytes
/// at least.
fn reachable(e: &Emitter<'_, '_>, kernel: &Kernel, phase: &Phase) -> bool {
    let least = if e.target == Target::X86_64V4 { 1 } else { 4 };
    let unit = |k: usize| {
        let operand = &kernel.operands[k];
        operand.walk == Walk::Unit && operand.dtype.real().size() >= least
    };
    let loads = phase.sources.iter().all(|source| match *source {
        Source::Load { operand, .. } => {
            kernel.operands[operand].walk == Walk::Fixed || unit(operand)
        }
        _ => true,
    });
    loads
        && phase.sinks.iter().all(|sink| match sink {
            Sink::Store { operand, .. } => unit(*operand),
            _ => true,
        })
}

/// Instructions from which the step of a scan is not written out for each of several columns.
const LONG: usize = 32;

/// Columns that a phase does at a time: 64 bytes of its widest scalar, at most 32; few where a scan
/// takes them one by one.
fn width(phase: &Phase) -> u32 {
    let mut widest = widest_of(&phase.body);
    let mut most = 32;
    for sink in &phase.sinks {
        match sink {
            Sink::Store { .. } | Sink::Keep { .. } => {}
            Sink::Reduce { fold, .. } => widest = widest.max(widest_state(fold)),
            Sink::Merge { fold, .. } => {
                widest = widest.max(widest_state(fold));
                most = most.min(8);
            }
            Sink::Scan { step, .. } => {
                widest = widest.max(widest_of(step));
                most = most.min(if step.insts.len() > LONG { 1 } else { 8 });
            }
        }
    }
    (64 / widest).clamp(1, most) as u32
}

fn widest_state(fold: &Fold) -> usize {
    fold.state.iter().map(|d| d.size()).max().unwrap_or(1)
}

/// Bytes of the widest scalar that a region computes with; rare paths do not
/// count.
fn widest_of(region: &Region) -> usize {
    let own = region.types.iter().map(|d: &DType| d.size()).max().unwrap_or(1);
    let inner = region.insts.iter().map(|inst| match inst {
        Inst::RepeatUntil { round, .. } => widest_of(round),
        _ => 1,
    });
    inner.fold(own, usize::max)
}
