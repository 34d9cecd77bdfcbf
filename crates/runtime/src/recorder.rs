//! The program being recorded, with the storages it names.

use crate::array::{Array, Input, Storage};
use crate::buffer::Buffer;
use crate::interrupted::Interrupted;
use crate::rest::renumbered;
use smallvec::SmallVec;
use std::sync::Arc;
use stook_plan::{Instruction, Op, Place, Program, Ref, StorageFacts};
use stook_types::{Dims, Result, Scalar, View};

/// Instructions recorded so far, and the storages they name by number.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    epoch: u64,
    storages: Vec<Entry>,
    instructions: Vec<Instruction>,
    scalars: Vec<Scalar>,
    /// Instructions that have their marks.
    annotated: usize,
    /// Bytes of the storages named.
    bytes: usize,
    /// A shared storage is among them.
    shared: bool,
    /// Instructions and bytes that could not run before.
    left: (usize, usize),
    /// A bundle that was interrupted and comes before all instructions; its storages are named.
    interrupted: Option<Interrupted>,
}

/// A storage of the program being recorded.
#[derive(Debug)]
struct Entry {
    storage: Arc<Storage>,
    written: bool,
}

/// A finished recording.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) program: Program,
    pub(crate) storages: Vec<Arc<Storage>>,
    pub(crate) scalars: Vec<Scalar>,
}

/// The most instructions that stay pending.
const MOST_INSTRUCTIONS: usize = 128;
/// The most bytes that pending instructions name.
const MOST_BYTES: usize = 8 << 30;

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { epoch: 1, ..Self::default() }
    }

    /// The number of this recording: each has a greater one than those before.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether anything is pending.
    pub(crate) fn is_empty(&self) -> bool {
        self.instructions.is_empty() && self.interrupted.is_none()
    }

    /// The instruction that is all there is pending.
    pub(crate) fn only(&self) -> Option<&Instruction> {
        match &self.instructions[..] {
            [only] if self.interrupted.is_none() => Some(only),
            _ => None,
        }
    }

    /// A storage that an instruction names.
    pub(crate) fn storage(&self, number: usize) -> &Arc<Storage> {
        &self.storages[number].storage
    }

    /// The value of a scalar that an instruction names.
    pub(crate) fn scalar(&self, number: usize) -> Scalar {
        self.scalars[number]
    }

    /// Makes a bundle pending that was interrupted.
    pub(crate) fn interrupt(&mut self, bundle: Interrupted) {
        for (storage, written) in &bundle.uses {
            let slot = self.slot(storage);
            self.storages[slot].written |= written;
        }
        self.interrupted = Some(bundle);
    }

    /// The bundle that was interrupted, to be finished or given back.
    pub(crate) fn interrupted(&mut self) -> &mut Option<Interrupted> {
        &mut self.interrupted
    }

    /// Whether enough is pending to run it.
    pub(crate) fn is_due(&self) -> bool {
        self.has_more_than(1)
    }

    /// Whether so much is pending, or on memory of others, that it cannot wait for the host.
    pub(crate) fn is_urgent(&self) -> bool {
        self.has_more_than(2)
    }

    fn has_more_than(&self, bounds: usize) -> bool {
        let (instructions, bytes) = self.left;
        self.shared
            || self.instructions.len() >= instructions + bounds * MOST_INSTRUCTIONS
            || self.bytes > bytes + bounds * MOST_BYTES
    }

    /// Bytes that pending instructions name.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Marks the instructions since the last time.
    pub(crate) fn annotate(&mut self, watch: bool, tag: u32) {
        for instruction in &mut self.instructions[self.annotated..] {
            (instruction.watch, instruction.tag) = (watch, tag);
        }
        self.annotated = self.instructions.len();
    }

    /// Makes a recording pending again, after what is.
    pub(crate) fn append(&mut self, recording: Recording) {
        let slots: Vec<usize> = recording.storages.iter().map(|s| self.slot(s)).collect();
        let first = self.scalars.len();
        for mut instruction in recording.program.instructions {
            instruction.rename(|storage| *storage = slots[*storage]);
            for input in instruction.ins.iter_mut().chain(&mut instruction.mask) {
                if let Ref::Scalar(scalar, _) = input {
                    *scalar += first;
                }
            }
            for out in &instruction.outs {
                self.storages[out.storage].written = true;
            }
            self.instructions.push(instruction);
        }
        self.scalars.extend(recording.scalars);
        self.annotated = self.instructions.len();
    }

    /// Makes pending again what could not run.
    pub(crate) fn leave(&mut self, recording: Recording) {
        self.append(recording);
        self.left = (self.instructions.len(), self.bytes);
    }

    /// The storages that the last instruction writes, and whether it is the only one to do so.
    pub(crate) fn recent(&self) -> (SmallVec<[Arc<Storage>; 1]>, bool) {
        let Some((last, earlier)) = self.instructions.split_last() else {
            return (SmallVec::new(), true);
        };
        let writes = |i: &Instruction, slot| i.outs.iter().any(|out| out.storage == slot);
        let alone = |out: &Place| !earlier.iter().any(|i| writes(i, out.storage));
        let storages = last.outs.iter().map(|out| self.storages[out.storage].storage.clone());
        (storages.collect(), last.outs.iter().all(alone))
    }

    /// Drops the pending instructions that write these storages, which get the memory back that they
    /// had before: those that read it under another name meanwhile, as it was to be renamed, read
    /// theirs again.
    pub(crate) fn forget(&mut self, storages: &[Arc<Storage>], before: &[Option<Arc<Buffer>>]) {
        let slots: Vec<_> = storages.iter().filter_map(|s| s.slot(self.epoch)).collect();
        self.instructions.retain(|i| !i.outs.iter().any(|out| slots.contains(&out.storage)));
        self.annotated = self.annotated.min(self.instructions.len());
        for slot in slots {
            self.storages[slot].written = false;
        }
        for (storage, buffer) in storages.iter().zip(before) {
            storage.set_buffer(buffer.clone());
            let pointer = storage.pointer();
            let is_it = |entry: &Entry| pointer.is_some() && entry.storage.pointer() == pointer;
            for (k, entry) in self.storages.iter_mut().enumerate().filter(|(_, e)| is_it(e)) {
                entry.storage = storage.clone();
                storage.set_slot(self.epoch, k);
            }
        }
    }

    /// Makes a storage one that no pending instruction names: those that read it get a copy of
    /// their own. False where one writes it.
    pub(crate) fn part(&mut self, storage: &Storage) -> Result<bool> {
        let Some(slot) = storage.slot(self.epoch) else {
            return Ok(true);
        };
        if self.storages[slot].written {
            return Ok(false);
        }
        let buffer = storage.buffer().map(|buffer| buffer.copied()).transpose()?;
        let copy = Storage::new(storage.bytes, buffer);
        copy.set_slot(self.epoch, slot);
        storage.set_slot(0, 0);
        self.storages[slot].storage = copy;
        Ok(true)
    }

    /// Whether a pending instruction writes the storage.
    pub(crate) fn writes(&self, storage: &Storage) -> bool {
        storage.slot(self.epoch).is_some_and(|k| self.storages[k].written)
    }

    /// Whether a pending instruction names the storage.
    pub(crate) fn names(&self, storage: &Storage) -> bool {
        storage.slot(self.epoch).is_some()
    }

    /// Records an instruction; inputs are broadcast to `shape`.
    pub(crate) fn push(
        &mut self,
        op: Op,
        shape: &[usize],
        ins: &[Input<'_>],
        mask: Option<Input<'_>>,
        outs: &[Array],
        mark: (bool, u32),
    ) -> Result<()> {
        let mut instruction = Instruction {
            op,
            ins: SmallVec::new(),
            mask: mask.map(|mask| self.reference(mask, shape)).transpose()?,
            outs: SmallVec::new(),
            watch: mark.0,
            tag: mark.1,
        };
        for input in ins {
            instruction.ins.push(self.reference(*input, shape)?);
        }
        for out in outs {
            instruction.outs.push(self.written(out));
        }
        self.instructions.push(instruction);
        Ok(())
    }

    fn reference(&mut self, input: Input<'_>, shape: &[usize]) -> Result<Ref> {
        Ok(match input {
            Input::Scalar(scalar) => {
                self.scalars.push(scalar);
                Ref::Scalar(self.scalars.len() - 1, scalar.dtype)
            }
            Input::Array(array) => {
                let view = if array.view.shape[..] == *shape {
                    array.view.clone()
                } else {
                    array.view.broadcast_to(shape)?
                };
                let storage = self.slot(&array.storage);
                Ref::Place(Place { storage, view, dtype: array.dtype })
            }
        })
    }

    fn written(&mut self, array: &Array) -> Place {
        let storage = self.slot(&array.storage);
        self.storages[storage].written = true;
        Place { storage, view: array.view.clone(), dtype: array.dtype }
    }

    fn slot(&mut self, storage: &Arc<Storage>) -> usize {
        if let Some(known) = storage.slot(self.epoch) {
            return known;
        }
        let index = self.storages.len();
        storage.set_slot(self.epoch, index);
        self.bytes += storage.bytes;
        self.shared |= storage.is_shared();
        self.storages.push(Entry { storage: storage.clone(), written: false });
        index
    }

    /// Ends the recording of a loop after whole rounds, if it is one, and goes on with the rest: so
    /// a long loop is the same program again and again. Else ends all of it.
    pub(crate) fn take_rounds(&mut self) -> Recording {
        let whole = self.whole_rounds();
        if whole == self.instructions.len() {
            return self.take();
        }
        let instructions = self.instructions.split_off(whole);
        let storages: Vec<_> = self.storages.iter().map(|e| e.storage.clone()).collect();
        let rest = renumbered(instructions, &storages, &self.scalars);
        drop(storages);
        self.forget_unnamed();
        let rounds = self.take();
        self.append(rest);
        rounds
    }

    /// Takes the last instruction out.
    pub(crate) fn split_last(&mut self) -> Recording {
        let last = self.instructions.pop().into_iter().collect();
        let storages: Vec<_> = self.storages.iter().map(|e| e.storage.clone()).collect();
        renumbered(last, &storages, &self.scalars)
    }

    /// How many instructions precede the last one that is like the first; all if none is, or if
    /// more than their number makes them due.
    fn whole_rounds(&self) -> usize {
        let all = self.instructions.len();
        if all < 2 || self.shared || self.bytes > MOST_BYTES || self.annotated < all {
            return all;
        }
        let again = |&k: &usize| is_like(&self.instructions[0], &self.instructions[k]);
        (all / 2..all).rev().find(again).unwrap_or(all)
    }

    /// Drops storages and scalars after the last that an instruction names.
    fn forget_unnamed(&mut self) {
        let (mut storages, mut scalars) = (0, 0);
        for instruction in &mut self.instructions {
            for input in instruction.ins.iter().chain(&instruction.mask) {
                if let Ref::Scalar(scalar, _) = input {
                    scalars = scalars.max(scalar + 1);
                }
            }
            instruction.rename(|storage| storages = storages.max(*storage + 1));
        }
        self.storages.truncate(storages);
        self.scalars.truncate(scalars);
    }

    /// Ends a recording that has been run, and begins another with its memory.
    pub(crate) fn end(&mut self) {
        self.storages.clear();
        self.instructions.clear();
        self.scalars.clear();
        *self = Self {
            epoch: self.epoch + 1,
            storages: std::mem::take(&mut self.storages),
            instructions: std::mem::take(&mut self.instructions),
            scalars: std::mem::take(&mut self.scalars),
            ..Self::default()
        };
    }

    /// Ends the recording and begins another, which has room for as much: that of a loop needs it.
    pub(crate) fn take(&mut self) -> Recording {
        let next = Self {
            epoch: self.epoch + 1,
            storages: Vec::with_capacity(self.storages.len()),
            instructions: Vec::with_capacity(self.instructions.len()),
            scalars: Vec::with_capacity(self.scalars.len()),
            ..Self::default()
        };
        let done = std::mem::replace(self, next);
        let storages: Vec<Arc<Storage>> = done.storages.into_iter().map(|e| e.storage).collect();
        let facts = storages.iter().map(|s| StorageFacts {
            bytes: s.bytes,
            live: Arc::strong_count(s) > 1,
            filled: s.pointer().is_some(),
            pinned: s.is_shared(),
        });
        let program = Program { storages: facts.collect(), instructions: done.instructions };
        Recording { program, storages, scalars: done.scalars }
    }
}

/// Whether two instructions are the same call of the same line on arrays of the same kind.
fn is_like(one: &Instruction, other: &Instruction) -> bool {
    let place = |a: &Place, b: &Place| a.dtype == b.dtype && a.view == b.view;
    let input = |(a, b): (&Ref, &Ref)| match (a, b) {
        (Ref::Place(a), Ref::Place(b)) => place(a, b),
        (Ref::Scalar(_, a), Ref::Scalar(_, b)) => a == b,
        _ => false,
    };
    one.op == other.op
        && one.tag == other.tag
        && one.ins.len() == other.ins.len()
        && one.ins.iter().zip(&other.ins).all(input)
        && one.outs.iter().zip(&other.outs).all(|(a, b)| place(a, b))
}

/// The view's axes but `axes`.
pub(crate) fn without_axes(view: &View, axes: &[usize]) -> View {
    let kept = || (0..view.ndim()).filter(|axis| !axes.contains(axis));
    View {
        offset: view.offset,
        shape: kept().map(|axis| view.shape[axis]).collect::<Dims>(),
        strides: kept().map(|axis| view.strides[axis]).collect(),
    }
}
