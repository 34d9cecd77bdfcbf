//! The interpreter: what a kernel means, element by element.
//!
//! A verified [`Kernel`] and the arguments of a [`crate::KernelFn`] enter; memory and flags are
//! left as any compiled form of the kernel leaves them, to the bit (a NaN's payload aside). It
//! is the oracle of all compilers, so it is plain: rows in order, phases in order, columns in
//! order; per column all loads, the region, the check, then the sinks. Speed is absent on purpose.

use crate::cascade::{Cascade, merge_lanes};
use crate::kernel::{Check, Extent, Kernel, Phase, Sink, Source, Walk};
use stook_ops::{Fold, evaluate};
use stook_types::{DType, Scalar};

/// Runs a kernel as its compiled form would; see [`crate::KernelFn`] for the arguments.
///
/// # Safety
/// `kernel` holds to [`crate::verify`]. For each operand, `pointers`, `row_strides` and
/// `column_strides` have an entry; every element that `rows` and `columns` reach from it may be
/// read, and written unless the operand's access is `Read`; so may the element before the first of
/// a scan's operand, where `first` is above 0. Operands overlap only where no element
/// of one is stored before another column or row loads it. `flags` has [`Kernel::flags`] bytes.
pub unsafe fn interpret(
    kernel: &Kernel,
    rows: i64,
    columns: i64,
    pointers: *const *mut u8,
    row_strides: *const i64,
    column_strides: *const i64,
    flags: *mut u8,
    first: i64,
) {
    let walks: Vec<Place> = (0..kernel.operands.len())
        .map(|k| {
            let operand = kernel.operands[k];
            // SAFETY: the caller gives each array an entry per operand.
            let (base, row, column) =
                unsafe { (*pointers.add(k), *row_strides.add(k), *column_strides.add(k)) };
            let column = match operand.walk {
                Walk::Unit => operand.dtype.size() as i64,
                Walk::Fixed => 0,
                Walk::Strided => column,
            };
            Place { base, row, column, dtype: operand.dtype }
        })
        .collect();
    let values = vec![0; kernel.row_values.len()];
    let mut machine = Machine { walks, values, flags, row: 0, columns, first };
    for row in 0..rows {
        machine.row = row;
        for phase in &kernel.phases {
            // SAFETY: as the caller promises; the phase is one of a verified kernel.
            unsafe { machine.phase(phase) };
        }
    }
}

/// Where an operand lies.
struct Place {
    base: *mut u8,
    row: i64,
    column: i64,
    dtype: DType,
}

impl Place {
    /// The address of a scalar of an element.
    fn at(&self, row: i64, column: i64, part: usize) -> *mut u8 {
        let offset = row * self.row + column * self.column;
        self.base.wrapping_offset(offset as isize + (part * self.dtype.real().size()) as isize)
    }
}

struct Machine {
    walks: Vec<Place>,
    /// The row values of the row at hand.
    values: Vec<u64>,
    flags: *mut u8,
    row: i64,
    columns: i64,
    first: i64,
}

/// What a sink holds between the columns of a row.
enum Running {
    Nothing,
    /// Lanes of the chunk at hand, elements in it, states of the chunks before.
    Reduce(Vec<Vec<u64>>, usize, Cascade<Vec<u64>>),
    Merge(Cascade<Vec<u64>>),
    Scan(Option<Vec<u64>>),
}

impl Machine {
    /// # Safety
    /// As for [`interpret`].
    unsafe fn phase(&mut self, phase: &Phase) {
        let columns = if phase.extent == Extent::Columns { self.columns } else { 1 };
        // SAFETY: as for `interpret`; a scan's operand has an element before its first.
        let before = |sink: &Sink| unsafe { self.before(sink) };
        let mut running: Vec<Running> = phase.sinks.iter().map(before).collect();
        for column in 0..columns {
            // SAFETY: as for `interpret`; `column` is one of the row's.
            let args: Vec<u64> =
                phase.sources.iter().map(|s| unsafe { self.source(s, column) }).collect();
            let results = evaluate(&phase.body, &args);
            if let Some(check) = &phase.check {
                // SAFETY: the check's slots are flags of the kernel.
                unsafe { self.check(check, phase, &results) };
            }
            for (sink, running) in phase.sinks.iter().zip(&mut running) {
                // SAFETY: as for `interpret`; the sink's operand is a written one.
                unsafe { self.sink(sink, running, &results, column) };
            }
        }
        for (sink, running) in phase.sinks.iter().zip(running) {
            self.leave(sink, running);
        }
    }

    /// What a sink holds before the first column.
    ///
    /// # Safety
    /// The operand of a scan has an element before its first, if the launch is not the first.
    unsafe fn before(&self, sink: &Sink) -> Running {
        match sink {
            Sink::Store { .. } | Sink::Keep { .. } => Running::Nothing,
            Sink::Reduce { fold, .. } => Running::Reduce(start_lanes(fold), 0, Cascade::default()),
            Sink::Merge { .. } => Running::Merge(Cascade::default()),
            Sink::Scan { .. } if self.first <= 0 => Running::Scan(None),
            Sink::Scan { operand, .. } => {
                let place = &self.walks[*operand];
                let real = place.dtype.real();
                let at = |part| place.at(self.row, -1, part);
                // SAFETY: the caller's promise.
                let part = |part| unsafe { load(real, at(part)) };
                Running::Scan(Some((0..place.dtype.parts()).map(part).collect()))
            }
        }
    }

    /// # Safety
    /// `column` is one of the row's.
    unsafe fn source(&self, source: &Source, column: i64) -> u64 {
        match *source {
            Source::Load { operand, part } => {
                let place = &self.walks[operand];
                // SAFETY: the caller of `interpret` gives memory for every element of the walk.
                unsafe { load(place.dtype.real(), place.at(self.row, column, part)) }
            }
            Source::Row(k) => self.values[k],
            Source::Index => (self.first + column) as u64,
        }
    }

    /// # Safety
    /// The slots are flags of the kernel.
    unsafe fn check(&self, check: &Check, phase: &Phase, results: &[u64]) {
        let suspect = |&k: &usize| is_suspect(phase.body.dtype(phase.body.results[k]), results[k]);
        if !check.suspects.iter().any(suspect) {
            return;
        }
        let raised = evaluate(&check.slow, &pick(results, &check.args));
        for (&slot, raised) in check.slots.iter().zip(raised) {
            if raised != 0 {
                // SAFETY: there is a byte for each flag.
                unsafe { *self.flags.add(slot) = 1 };
            }
        }
    }

    /// # Safety
    /// `column` is one of the row's and the sink's operand is a written one.
    unsafe fn sink(&mut self, sink: &Sink, running: &mut Running, results: &[u64], column: i64) {
        match (sink, running) {
            (Sink::Reduce { fold, values, .. }, Running::Reduce(lanes, count, chunks)) => {
                let lane = *count % fold.lanes();
                lanes[lane] = step(fold, &lanes[lane], &pick(results, values));
                *count += 1;
                if *count == fold.chunk() {
                    close_chunk(fold, lanes, count, chunks);
                }
            }
            (Sink::Merge { fold, values, .. }, Running::Merge(states)) => {
                states.push(pick(results, values), |a, b| merge(fold, a, b));
            }
            (Sink::Scan { step, values, operand }, Running::Scan(state)) => {
                let element = pick(results, values);
                let after = |state: &Vec<u64>| evaluate(step, &[&state[..], &element].concat());
                let result = state.as_ref().map_or_else(|| element.clone(), after);
                // SAFETY: as the caller promises.
                unsafe { self.store(*operand, column, &result) };
                *state = Some(result);
            }
            (Sink::Keep { value, into }, _) => self.values[*into] = results[*value],
            (Sink::Store { operand, values }, _) => {
                // SAFETY: as the caller promises.
                unsafe { self.store(*operand, column, &pick(results, values)) };
            }
            _ => unreachable!("each sink runs on what it began with"),
        }
    }

    /// Stores an element's scalars, the first of those given.
    ///
    /// # Safety
    /// `column` is one of the row's and the operand is a written one.
    unsafe fn store(&self, operand: usize, column: i64, scalars: &[u64]) {
        let place = &self.walks[operand];
        for (part, &bits) in scalars.iter().enumerate().take(place.dtype.parts()) {
            // SAFETY: the caller of `interpret` gives memory for every element of the walk.
            unsafe { store(place.dtype.real(), place.at(self.row, column, part), bits) };
        }
    }

    /// What a sink leaves after the last column.
    fn leave(&mut self, sink: &Sink, running: Running) {
        let (fold, into, state) = match (sink, running) {
            (
                Sink::Reduce { fold, into, .. },
                Running::Reduce(mut lanes, mut count, mut chunks),
            ) => {
                if count > 0 {
                    close_chunk(fold, &mut lanes, &mut count, &mut chunks);
                }
                (fold, *into, chunks.finish(|a, b| merge(fold, a, b)))
            }
            (Sink::Merge { fold, into, .. }, Running::Merge(states)) => {
                (fold, *into, states.finish(|a, b| merge(fold, a, b)))
            }
            _ => return,
        };
        let state = state.unwrap_or_else(|| fold.start.clone());
        self.values[into..into + state.len()].copy_from_slice(&state);
    }
}

fn start_lanes(fold: &Fold) -> Vec<Vec<u64>> {
    vec![fold.start.clone(); fold.lanes()]
}

/// Merges a chunk's lanes, hands the state on, and begins the next chunk.
fn close_chunk(
    fold: &Fold,
    lanes: &mut Vec<Vec<u64>>,
    count: &mut usize,
    chunks: &mut Cascade<Vec<u64>>,
) {
    let done = std::mem::replace(lanes, start_lanes(fold));
    let state = merge_lanes(done, |a, b| merge(fold, a, b)).expect("a fold has lanes");
    chunks.push(state, |a, b| merge(fold, a, b));
    *count = 0;
}

fn step(fold: &Fold, state: &[u64], element: &[u64]) -> Vec<u64> {
    evaluate(&fold.step, &[state, element].concat())
}

fn merge(fold: &Fold, earlier: Vec<u64>, later: Vec<u64>) -> Vec<u64> {
    evaluate(&fold.merge, &[earlier, later].concat())
}

fn pick(results: &[u64], values: &[usize]) -> Vec<u64> {
    values.iter().map(|&k| results[k]).collect()
}

/// Whether a value calls for a closer look: a float that is not finite, or a true bool.
fn is_suspect(dtype: DType, bits: u64) -> bool {
    if dtype == DType::Bool {
        return bits != 0;
    }
    let value = Scalar { dtype, bits: bits.into() }.as_float();
    value.is_some_and(|x| !x.is_finite())
}

/// A scalar's bits from memory; any byte but 0 is true.
///
/// # Safety
/// The scalar's bytes may be read.
unsafe fn load(dtype: DType, from: *const u8) -> u64 {
    let mut bytes = [0; 8];
    // SAFETY: a scalar has at most 8 bytes, and the caller says that they may be read.
    unsafe { std::ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), dtype.size()) };
    let bits = u64::from_le_bytes(bytes);
    if dtype == DType::Bool { (bits != 0).into() } else { bits }
}

/// A scalar's bits to memory.
///
/// # Safety
/// The scalar's bytes may be written.
unsafe fn store(dtype: DType, to: *mut u8, bits: u64) {
    let bytes = bits.to_le_bytes();
    // SAFETY: a scalar has at most 8 bytes, and the caller says that they may be written.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, dtype.size()) };
}

#[cfg(test)]
mod tests;
