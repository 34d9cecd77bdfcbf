//! The shortest way for a recording of one plain call on few elements: no plan is looked for and no
//! bundle begins, as its shipped kernel does it.
//!
//! Contiguous operands of one shape and of the loop's types enter, scalars beside them; the result
//! is written to new memory, or in place. So do copies, from one type to another as well. A call of
//! another kind is left to its plan.

use crate::array::{Array, Input};
use crate::buffer::Buffer;
use crate::quick::MOST;
use crate::session::{AT_ONCE, Conditions, State};
use crate::small::packed;
use std::sync::Arc;
use stook_kernel::KernelFn;
use stook_ops::{FLAGS, UfuncId, table};
use stook_plan::{Instruction, Op, Place, Ref, ShippedKey};
use stook_types::DType;

/// The most elements of such a call, which one thread walks in any case.
pub(crate) const MOST_ALONE: usize = 32 << 10;

/// What a kernel walks: addresses, and bytes from one row and column to the next.
#[derive(Clone, Copy)]
pub(crate) struct Operands {
    count: usize,
    pointers: [*mut u8; MOST + 1],
    rows: [i64; MOST + 1],
    columns: [i64; MOST + 1],
}

impl State {
    /// Runs what is pending if it is one plain call; false where it needs a plan.
    pub(crate) fn run_alone(&mut self) -> bool {
        if self.tracer.is_some() || !self.runner.is_unobserved() {
            return false;
        }
        let Some(call) = self.recorder.only().filter(|call| is_plain(call)) else {
            return false;
        };
        let (watch, tag, n) = (call.watch, call.tag, call.outs[0].view.size());
        let ran = match call.op {
            Op::Call { ufunc, loop_index } => self.call_alone(ufunc, loop_index, n),
            Op::Copy => self.copy_alone(n),
            _ => None,
        };
        let Some((ufunc, flags, bytes)) = ran else {
            return false;
        };
        if watch && flags != 0 {
            self.met.push(Conditions { ufunc, flags, tag });
        }
        self.runner.count_alone(bytes);
        self.recorder.end();
        true
    }

    /// Runs the only instruction, a call; its ufunc, the conditions it met, and the bytes it moved.
    fn call_alone(
        &mut self,
        ufunc: UfuncId,
        loop_index: usize,
        n: usize,
    ) -> Option<(Option<UfuncId>, u8, usize)> {
        let key = ShippedKey::Call(ufunc, loop_index as u16);
        let kernel = self.runner.backend().shipped(key)?;
        let (operands, made) = self.operands_alone(ufunc, loop_index, n)?;
        // SAFETY: every operand has `n` elements one after another, or a row that is read again and
        // again; those that overlap are the same.
        let flags = unsafe { operands.launch(kernel, n) };
        if let (Some(buffer), Some(call)) = (made, self.recorder.only()) {
            self.recorder.storage(call.outs[0].storage).replace(buffer);
        }
        Some((Some(ufunc), flags, operands.bytes(n)))
    }

    /// What the kernel of the only instruction walks, and new memory for its result.
    fn operands_alone(
        &mut self,
        ufunc: UfuncId,
        loop_index: usize,
        n: usize,
    ) -> Option<(Operands, Option<Arc<Buffer>>)> {
        let signature = &table()[usize::from(ufunc.0)].loops[loop_index];
        let call = self.recorder.only()?;
        let out = &call.outs[0];
        let (mut operands, mut scalars) = (Operands::none(), [None; MOST]);
        if out.dtype != signature.outs[0] {
            return None;
        }
        for (k, (input, &dtype)) in call.ins.iter().zip(&signature.ins).enumerate() {
            match input {
                Ref::Place(place) => operands.add(self.start_of(place, out, dtype)?, dtype.size()),
                Ref::Scalar(number, from) if *from == dtype => {
                    scalars[k] = Some(self.recorder.scalar(*number));
                    operands.add(std::ptr::null_mut(), dtype.size());
                    operands.rows[k] = 0;
                }
                Ref::Scalar(..) => return None,
            }
        }
        let storage = self.recorder.storage(out.storage);
        let (start, made) = match storage.pointer() {
            Some(start) => (start, None),
            None => {
                let made = Buffer::new(storage.bytes).ok().filter(|_| out.covers(storage.bytes))?;
                (made.pointer(), Some(made))
            }
        };
        operands.add(start.wrapping_offset(out.view.offset), out.dtype.size());
        for (k, scalar) in scalars.into_iter().enumerate() {
            if let Some(scalar) = scalar {
                operands.pointers[k] = self.spread(scalar, n.min(AT_ONCE), k)?;
            }
        }
        Some((operands, made))
    }

    /// The address of an input's first element, if it is one that is walked beside the output.
    fn start_of(&self, place: &Place, out: &Place, dtype: DType) -> Option<*mut u8> {
        let same = place.view == out.view && place.dtype == out.dtype;
        let fits = place.dtype == dtype
            && place.view.is_c_contiguous(dtype.size())
            && (place.storage != out.storage || same);
        let start = self.recorder.storage(place.storage).pointer().filter(|_| fits)?;
        Some(start.wrapping_offset(place.view.offset))
    }

    /// Runs the only instruction, a copy of an array; as [`State::call_alone`].
    fn copy_alone(&mut self, n: usize) -> Option<(Option<UfuncId>, u8, usize)> {
        let call = self.recorder.only()?;
        let [Ref::Place(from)] = &call.ins[..] else {
            return None;
        };
        let array = |place: &Place| Array {
            storage: self.recorder.storage(place.storage).clone(),
            view: place.view.clone(),
            dtype: place.dtype,
        };
        let (source, target) = (array(from), array(&call.outs[0]));
        let whole = target.storage.pointer().is_some() || call.outs[0].covers(target.storage.bytes);
        let fits = source.view.is_c_contiguous(source.dtype.size())
            && source.storage.pointer().is_some()
            && whole;
        let backend = self.runner.backend();
        if !fits || !self.small.copy(backend, Input::Array(&source), &target).ok()? {
            return None;
        }
        let bytes = n * (source.dtype.size() + target.dtype.size());
        Some((None, self.small.take_cast_flags(), bytes))
    }
}

impl Operands {
    pub(crate) fn none() -> Self {
        let (pointers, steps) = ([std::ptr::null_mut(); MOST + 1], [0; MOST + 1]);
        Self { count: 0, pointers, rows: steps, columns: steps }
    }

    /// Adds elements of this size, one after another.
    pub(crate) fn add(&mut self, pointer: *mut u8, size: usize) {
        self.pointers[self.count] = pointer;
        self.columns[self.count] = size as i64;
        self.rows[self.count] = (size * AT_ONCE) as i64;
        self.count += 1;
    }

    /// Runs a kernel on `n` elements, by rows of [`AT_ONCE`]; the conditions it met.
    ///
    /// # Safety
    /// The kernel has these operands, whose elements are there, and one group of flags.
    pub(crate) unsafe fn launch(self, kernel: KernelFn, n: usize) -> u8 {
        let (mut flags, whole) = ([0u8; FLAGS], n / AT_ONCE);
        let mut rest = self;
        for (pointer, &step) in rest.pointers.iter_mut().zip(&self.rows) {
            *pointer = pointer.wrapping_offset(whole as isize * step as isize);
        }
        for (part, rows, columns) in [(self, whole, AT_ONCE), (rest, 1, n % AT_ONCE)] {
            if rows == 0 || columns == 0 {
                continue;
            }
            let (rows, columns) = (rows as i64, columns as i64);
            let steps = (part.rows.as_ptr(), part.columns.as_ptr());
            // SAFETY: the caller's promise, for a part of the elements.
            unsafe {
                let to = flags.as_mut_ptr();
                kernel(rows, columns, part.pointers.as_ptr(), steps.0, steps.1, to, 0);
            }
        }
        packed(flags)
    }

    fn bytes(&self, n: usize) -> usize {
        self.columns.iter().map(|&step| n * step as usize).sum()
    }
}

/// Whether a call has one output in C order, few elements and no mask.
fn is_plain(call: &Instruction) -> bool {
    let [out] = &call.outs[..] else {
        return false;
    };
    (1..=MOST_ALONE).contains(&out.view.size())
        && out.view.is_c_contiguous(out.dtype.size())
        && call.ins.len() <= MOST
        && call.mask.is_none()
}
