//! Ufuncs on rows of elements, for library calls: shipped kernels without a session around them.

use crate::session::Session;
use crate::small::{Raw, launch, launch_rows, packed};
use std::cell::RefCell;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use stook_kernel::KernelFn;
use stook_ops::{FLAGS, UfuncId, reduction, reductions, table};
use stook_plan::ShippedKey;
use stook_types::DType;

/// What joins the elements of a row into one.
#[derive(Debug)]
pub struct RowFold {
    how: How,
}

#[derive(Debug)]
enum How {
    /// Into a state, which is the result, or is cast to it.
    Fold { reduce: KernelFn, cast: Option<KernelFn>, state: &'static [DType] },
    /// One after another; each result takes the place of the one before.
    Scan(KernelFn),
}

/// What replaces elements by a ufunc's results.
#[derive(Debug)]
pub struct RowCall {
    ufunc: UfuncId,
    call: KernelFn,
    inputs: usize,
    /// From the elements' type to the loop's, and back.
    casts: Option<Casts>,
    size: usize,
    value_size: usize,
    /// Condition flags met so far, of the ufunc and of casts.
    flags: [AtomicU8; 2],
}

#[derive(Debug)]
struct Casts {
    into: Option<KernelFn>,
    back: Option<KernelFn>,
    input_size: usize,
    output_size: usize,
}

thread_local! {
    /// Room for elements that are cast, or for states.
    static ROOM: RefCell<Vec<u128>> = const { RefCell::new(Vec::new()) };
}

/// Elements that are cast at a time, and parts that are joined at a time.
const BLOCK: usize = 1024;

impl Session {
    /// What joins elements of a type by a ufunc, beginning with the first of them.
    pub fn row_fold(&self, ufunc: UfuncId, dtype: DType) -> Option<RowFold> {
        let row = &table()[usize::from(ufunc.0)];
        let kernel = |key| self.shipped(key);
        let folded = || {
            let id = reduction(row.name)?;
            let loops = &reductions()[usize::from(id.0)].loops;
            let found = loops.iter().position(|l| l.input == dtype && l.output == dtype)?;
            let state = loops[found].from_first.then_some(&loops[found].fold.state)?;
            let reduce = kernel(ShippedKey::Reduce(id, found as u16))?;
            let cast = match dtype.real() == state[0] {
                true => None,
                false => Some(kernel(ShippedKey::Cast(state[0], dtype))?),
            };
            Some(How::Fold { reduce, cast, state })
        };
        let scanned = || {
            let found = row.loops.iter().position(|l| l.joins() && l.outs[0] == dtype)?;
            kernel(ShippedKey::Scan(ufunc, found as u16)).map(How::Scan)
        };
        folded().or_else(scanned).map(|how| RowFold { how })
    }
}

impl Session {
    /// What replaces elements of a type by the results of a ufunc's loop, whose first input they are
    /// and whose second, if it has one, are values of that input's type.
    pub fn row_call(&self, ufunc: UfuncId, loop_index: usize, dtype: DType) -> Option<RowCall> {
        let signature = &table()[usize::from(ufunc.0)].loops[loop_index];
        let (input, output) = (signature.ins[0], signature.outs[0]);
        let cast = |from: DType, to: DType| match from == to {
            true => Some(None),
            false => self.shipped(ShippedKey::Cast(from, to)).map(Some),
        };
        let casts = Casts {
            into: cast(dtype, input)?,
            back: cast(output, dtype)?,
            input_size: input.size(),
            output_size: output.size(),
        };
        Some(RowCall {
            ufunc,
            call: self.shipped(ShippedKey::Call(ufunc, loop_index as u16))?,
            inputs: signature.ins.len(),
            casts: (dtype != input || dtype != output).then_some(casts),
            size: dtype.size(),
            value_size: signature.ins.get(1).map_or(0, |d| d.size()),
            flags: Default::default(),
        })
    }

    /// Notes the conditions that a call met.
    pub fn meet(&self, call: &RowCall) {
        let [of_ufunc, of_casts] = [0, 1].map(|k| call.flags[k].load(Relaxed));
        self.note(None, of_casts);
        self.note(Some(call.ufunc), of_ufunc);
    }
}

impl RowCall {
    /// Replaces `count` elements, one after another, by the ufunc's results on them and on as many
    /// values, one after another.
    ///
    /// # Safety
    /// The elements can be read and written, and the values read; nobody else writes any of them
    /// meanwhile.
    pub unsafe fn run(&self, count: usize, elements: *mut u8, values: *const u8) {
        let values = values.cast_mut();
        let Some(casts) = &self.casts else {
            return self.call(count, elements, values, elements);
        };
        ROOM.with_borrow_mut(|room| {
            room.resize(2 * BLOCK, 0);
            let (first, second) = room.split_at_mut(BLOCK);
            let (first, second) = (first.as_mut_ptr().cast(), second.as_mut_ptr().cast());
            for from in (0..count).step_by(BLOCK) {
                let n = BLOCK.min(count - from);
                let here = elements.wrapping_add(from * self.size);
                let input = self.cast(casts.into, n, (here, self.size), (first, casts.input_size));
                let output = if casts.back.is_some() { second } else { here };
                self.call(n, input, values.wrapping_add(from * self.value_size), output);
                self.cast(casts.back, n, (output, casts.output_size), (here, self.size));
            }
        });
    }

    fn call(&self, count: usize, input: *mut u8, values: *mut u8, output: *mut u8) {
        let (size, output_size) =
            self.casts.as_ref().map_or((self.size, self.size), |c| (c.input_size, c.output_size));
        let raw = |pointer, size: usize| Raw { pointer, step: size as i64 };
        let operands = [raw(input, size), raw(values, self.value_size), raw(output, output_size)];
        let mut flags = [0; FLAGS];
        match self.inputs {
            1 => launch(self.call, count, &[operands[0], operands[2]], &mut flags),
            _ => launch(self.call, count, &operands, &mut flags),
        }
        self.flags[0].fetch_or(packed(flags), Relaxed);
    }

    /// Where the elements are in the type of the cast, if there is one.
    fn cast(
        &self,
        kernel: Option<KernelFn>,
        count: usize,
        (from, size): (*mut u8, usize),
        (to, to_size): (*mut u8, usize),
    ) -> *mut u8 {
        let Some(kernel) = kernel else {
            return from;
        };
        let operands = [(from, size), (to, to_size)];
        let raws = operands.map(|(pointer, size)| Raw { pointer, step: size as i64 });
        let mut flags = [0; FLAGS];
        launch(kernel, count, &raws, &mut flags);
        self.flags[1].fetch_or(packed(flags), Relaxed);
        to
    }
}

impl RowFold {
    /// Whether elements must follow one another, without gaps.
    pub fn wants_contiguous(&self) -> bool {
        matches!(self.how, How::Fold { .. })
    }

    /// Joins the elements of each part, one at least, which are `step` bytes from one to the next;
    /// results are `apart` bytes from one to the next.
    ///
    /// # Safety
    /// The elements can be read and the results written; nobody else writes any of them meanwhile.
    /// The step is the size of an element if [`RowFold::wants_contiguous`].
    pub unsafe fn run(
        &self,
        (elements, step): (*const u8, isize),
        (starts, ends): (&[i64], &[i64]),
        (results, apart): (*mut u8, isize),
    ) {
        let mut done = 0;
        while done < starts.len() {
            let block = BLOCK.min(starts.len() - done);
            let (starts, ends) = (&starts[done..done + block], &ends[done..done + block]);
            let results = results.wrapping_offset(done as isize * apart);
            match &self.how {
                How::Scan(scan) => {
                    for run in Runs::new(starts, ends) {
                        let from = elements.wrapping_offset(run.from as isize * step).cast_mut();
                        let to = results.wrapping_offset(run.first as isize * apart);
                        let raws = [
                            Raw { pointer: from, step: step as i64 },
                            Raw { pointer: to, step: 0 },
                        ];
                        let apart = [run.apart * step as i64, apart as i64];
                        launch_rows(*scan, (run.parts, run.count), &raws, &apart, &mut []);
                    }
                }
                How::Fold { .. } => self.fold((elements, step), (starts, ends), (results, apart)),
            }
            done += block;
        }
    }

    /// Folds each part into a state.
    fn fold(
        &self,
        (elements, step): (*const u8, isize),
        (starts, ends): (&[i64], &[i64]),
        (results, apart): (*mut u8, isize),
    ) {
        let How::Fold { reduce, cast, state } = &self.how else {
            return;
        };
        ROOM.with_borrow_mut(|room| {
            room.resize(BLOCK.max(room.len()), 0);
            let size = state[0].size();
            let (states, next) = match cast {
                None => (results, apart),
                Some(_) => (room.as_mut_ptr().cast(), size as isize),
            };
            for run in Runs::new(starts, ends) {
                let from = elements.wrapping_offset(run.from as isize * step).cast_mut();
                let to = states.wrapping_offset(run.first as isize * next);
                let mut raws = [Raw { pointer: from, step: step as i64 }; 3];
                for (part, raw) in raws[1..].iter_mut().enumerate() {
                    *raw = Raw { pointer: to.wrapping_add(part * size), step: 0 };
                }
                let rows = [run.apart * step as i64, next as i64, next as i64];
                let operands = 1 + state.len();
                let shape = (run.parts, run.count);
                launch_rows(*reduce, shape, &raws[..operands], &rows[..operands], &mut []);
            }
            if let Some(cast) = cast {
                let raws = [states, results].map(|pointer| Raw { pointer, step: size as i64 });
                let rows = [next as i64, apart as i64];
                let mut flags = [0; FLAGS];
                launch_rows(*cast, (starts.len(), 1), &raws, &rows, &mut flags);
            }
        });
    }
}

/// Parts that follow one another and are equally long and equally far apart.
struct Run {
    first: usize,
    parts: usize,
    from: i64,
    apart: i64,
    count: usize,
}

/// Parts by runs.
struct Runs<'a> {
    starts: &'a [i64],
    ends: &'a [i64],
    next: usize,
}

impl<'a> Runs<'a> {
    fn new(starts: &'a [i64], ends: &'a [i64]) -> Self {
        Self { starts, ends, next: 0 }
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let first = self.next;
        let from = *self.starts.get(first)?;
        let count = self.ends[first] - from;
        let apart = self.starts.get(first + 1).map_or(0, |next| next - from);
        let mut parts = 1;
        while let Some(&start) = self.starts.get(first + parts) {
            let follows = start == from + parts as i64 * apart;
            if !follows || self.ends[first + parts] - start != count {
                break;
            }
            parts += 1;
        }
        self.next += parts;
        Some(Run { first, parts, from, apart, count: count as usize })
    }
}
