//! Rewrites of the program before it is grouped: dead work goes, writes that would wait for their
//! readers are renamed, and folds over axes that no kernel can walk get a copy that it can.

use crate::mode::{Mode, fold_of, reduce_mode};
use crate::program::{Instruction, Op, Place, Program, Ref, StorageFacts};
use smallvec::smallvec;
use std::collections::HashMap;
use stook_types::{Overlap, View};

/// The smallest storage that is renamed where part of it stays, in bytes: in a cache, a temporary
/// costs less than the copies of that.
const RENAMED: usize = 1 << 20;

/// The program with its rewrites, and which storage's memory replaces which at the end.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) storages: Vec<StorageFacts>,
    pub(crate) instructions: Vec<Instruction>,
    /// `renames[s]` holds the contents of storage `s` when the program is done.
    pub(crate) renames: Vec<usize>,
    /// For a storage that a write was renamed to, the instruction that writes it. The copies of the
    /// rest run no earlier, or every version of a loop's array would have memory at once.
    pub(crate) begun_by: HashMap<usize, usize>,
    /// For each storage, the instructions that read it.
    readers: Vec<Vec<usize>>,
}

/// Applies all rewrites.
pub(crate) fn prepare(program: &Program) -> Prepared {
    let mut prepared = Prepared {
        storages: program.storages.clone(),
        instructions: Vec::new(),
        renames: (0..program.storages.len()).collect(),
        begun_by: HashMap::new(),
        readers: vec![Vec::new(); program.storages.len()],
    };
    for instruction in &live(program) {
        let renamed = prepared.follow_renames(instruction);
        prepared.push(renamed);
    }
    prepared
}

/// The instructions whose results someone needs.
fn live(program: &Program) -> Vec<Instruction> {
    let mut needed: Vec<bool> = program.storages.iter().map(|s| s.live).collect();
    let mut kept: Vec<Instruction> = Vec::new();
    for instruction in program.instructions.iter().rev() {
        if !instruction.outs.iter().any(|out| needed[out.storage]) {
            continue;
        }
        for out in &instruction.outs {
            let whole = out.covers(program.storages[out.storage].bytes);
            if whole && instruction.mask.is_none() {
                needed[out.storage] = false;
            }
        }
        for place in instruction.reads() {
            needed[place.storage] = true;
        }
        kept.push(instruction.clone());
    }
    kept.reverse();
    kept
}

impl Prepared {
    fn follow_renames(&self, instruction: &Instruction) -> Instruction {
        let mut new = instruction.clone();
        for r in new.ins.iter_mut().chain(&mut new.mask) {
            if let Ref::Place(place) = r {
                place.storage = self.renames[place.storage];
            }
        }
        for out in &mut new.outs {
            out.storage = self.renames[out.storage];
        }
        new
    }

    fn push(&mut self, mut instruction: Instruction) {
        self.copy_for_fold(&mut instruction);
        if let Some(copies) = self.rename(&mut instruction) {
            self.add(instruction);
            copies.into_iter().for_each(|copy| self.add(copy));
            return;
        }
        if self.reads_what_it_overwrites(&instruction) {
            self.through_temporary(instruction);
        } else {
            self.add(instruction);
        }
    }

    fn add(&mut self, instruction: Instruction) {
        for place in instruction.reads() {
            self.readers[place.storage].push(self.instructions.len());
        }
        self.instructions.push(instruction);
    }

    fn temporary(&mut self, bytes: usize) -> usize {
        self.storages.push(StorageFacts { bytes, live: false, filled: false, pinned: false });
        self.renames.push(self.storages.len() - 1);
        self.readers.push(Vec::new());
        self.storages.len() - 1
    }

    /// A fold over axes that cannot be walked in place reads a copy with those axes last.
    fn copy_for_fold(&mut self, instruction: &mut Instruction) {
        let Op::Reduce { reduction, loop_index, axes } = &instruction.op else {
            return;
        };
        let Ref::Place(input) = &instruction.ins[0] else {
            return;
        };
        let shape = &input.view.shape;
        let mode = reduce_mode(shape, axes, fold_of(*reduction, *loop_index));
        let walkable = match mode {
            Mode::Rows { axes: k } | Mode::LongRows { axes: k } => {
                joins(&shape[..], &input.view.strides, shape.len() - k, shape.len())
            }
            Mode::Columns { .. } | Mode::Unrolled { .. } => true,
            Mode::Copied => false,
            Mode::Map | Mode::Scan => unreachable!("a fold has a mode of folds"),
        };
        if walkable {
            return;
        }
        let kept = (0..shape.len()).filter(|axis| !axes.contains(axis));
        let order: Vec<usize> = kept.chain(axes.iter().copied()).collect();
        let source = Place { view: input.view.transpose(&order), ..input.clone() };
        let size = source.dtype.size();
        let view = View::contiguous(&source.view.shape, size);
        let storage = self.temporary(view.size() * size);
        let copy = Place { storage, view, dtype: source.dtype };
        let first = shape.len() - axes.len();
        if let Op::Reduce { axes, .. } = &mut instruction.op {
            *axes = (first..shape.len()).collect();
        }
        instruction.ins[0] = Ref::Place(copy.clone());
        self.add(copy_of(Ref::Place(source), copy, instruction.tag));
    }

    /// A write into most of a storage that pending instructions read at other places goes to a new
    /// storage instead, with the rest copied: nobody waits, nothing is read after it is overwritten.
    fn rename(&mut self, instruction: &mut Instruction) -> Option<Vec<Instruction>> {
        let [out] = &instruction.outs[..] else {
            return None;
        };
        let facts = self.storages[out.storage];
        let whole = out.covers(facts.bytes);
        let covered = out.view.size() * out.dtype.size() * 4 >= facts.bytes * 3;
        if facts.pinned
            || instruction.mask.is_some()
            || !whole && (facts.bytes < RENAMED || !covered)
            || !self.is_read_elsewhere(out, instruction)
        {
            return None;
        }
        let rest = if whole { Vec::new() } else { complement(out, facts.bytes)? };
        let old = out.storage;
        let new = self.temporary(facts.bytes);
        self.storages[new].live = facts.live;
        self.storages[old].live = false;
        for name in &mut self.renames {
            if *name == old {
                *name = new;
            }
        }
        instruction.outs[0].storage = new;
        self.begun_by.insert(new, self.instructions.len());
        let copies = rest.into_iter().map(|view| {
            let place =
                |storage| Place { storage, view: view.clone(), dtype: instruction.outs[0].dtype };
            copy_of(Ref::Place(place(old)), place(new), instruction.tag)
        });
        Some(copies.collect())
    }

    fn is_read_elsewhere(&self, out: &Place, instruction: &Instruction) -> bool {
        let elsewhere = |place: &Place| {
            place.storage == out.storage
                && place.view.overlap(place.dtype.size(), &out.view, out.dtype.size())
                    == Overlap::Unknown
        };
        let readers = self.readers[out.storage].iter().map(|&k| &self.instructions[k]);
        readers.flat_map(Instruction::reads).any(elsewhere) || instruction.reads().any(elsewhere)
    }

    fn reads_what_it_overwrites(&self, instruction: &Instruction) -> bool {
        let folds = !matches!(instruction.op, Op::Call { .. } | Op::Copy);
        instruction.outs.iter().any(|out| {
            out.view.repeats_elements(out.dtype.size()) && !folds
                || instruction.reads().any(|read| {
                    let overlap = read.view.overlap(read.dtype.size(), &out.view, out.dtype.size());
                    read.storage == out.storage
                        && (overlap == Overlap::Unknown || folds && overlap == Overlap::Same)
                })
        })
    }

    /// The same instruction into fresh memory, then copies from there.
    fn through_temporary(&mut self, mut instruction: Instruction) {
        let mut copies = Vec::new();
        for k in 0..instruction.outs.len() {
            let target = instruction.outs[k].clone();
            let view = View::contiguous(&target.view.shape, target.dtype.size());
            let storage = self.temporary(view.size() * target.dtype.size());
            let fresh = Place { storage, view, dtype: target.dtype };
            if instruction.mask.is_some() {
                let before = copy_of(Ref::Place(target.clone()), fresh.clone(), instruction.tag);
                self.add(before);
            }
            copies.push(copy_of(Ref::Place(fresh.clone()), target, instruction.tag));
            instruction.outs[k] = fresh;
        }
        self.add(instruction);
        copies.into_iter().for_each(|copy| self.add(copy));
    }
}

fn copy_of(source: Ref, target: Place, tag: u32) -> Instruction {
    Instruction {
        op: Op::Copy,
        ins: smallvec![source],
        mask: None,
        outs: smallvec![target],
        watch: false,
        tag,
    }
}

/// Whether axes `from..to` can be walked as one.
pub(crate) fn joins(shape: &[usize], strides: &[isize], from: usize, to: usize) -> bool {
    let mut outer: Option<isize> = None;
    for axis in (from..to).filter(|&axis| shape[axis] != 1) {
        if outer.is_some_and(|stride| stride != strides[axis] * shape[axis] as isize) {
            return false;
        }
        outer = Some(strides[axis]);
    }
    true
}

/// The boxes of a C-ordered storage that a box-shaped view leaves out; nothing if the view is no
/// box of unit steps.
fn complement(out: &Place, bytes: usize) -> Option<Vec<View>> {
    let (view, size) = (&out.view, out.dtype.size());
    let whole = enclosing_shape(view, size, bytes)?;
    let full = View::contiguous(&whole, size);
    let mut rest = Vec::new();
    let mut inner = full.clone();
    let mut at = view.offset;
    for (axis, (&stride, &length)) in full.strides.iter().zip(&whole).enumerate() {
        let start = (at / stride) as usize;
        at %= stride;
        let count = view.shape[axis];
        for (from, to) in [(0, start), (start + count, length)] {
            if from < to {
                let mut slab = inner.clone();
                slab.offset += from as isize * stride;
                slab.shape[axis] = to - from;
                rest.push(slab);
            }
        }
        inner.offset += start as isize * stride;
        inner.shape[axis] = count;
    }
    Some(rest)
}

/// The shape of a C-ordered array that fills `bytes` and of which `view` is a box.
fn enclosing_shape(view: &View, size: usize, bytes: usize) -> Option<Vec<usize>> {
    let mut shape = Vec::with_capacity(view.ndim());
    let mut outer = bytes;
    for &stride in &view.strides {
        let stride = usize::try_from(stride).ok().filter(|&s| s >= size)?;
        if !outer.is_multiple_of(stride) {
            return None;
        }
        shape.push(outer / stride);
        outer = stride;
    }
    if outer != size || view.offset < 0 {
        return None;
    }
    let mut at = view.offset as usize;
    for (&whole, (&stride, &count)) in shape.iter().zip(view.strides.iter().zip(&view.shape)) {
        if at / stride as usize + count > whole {
            return None;
        }
        at %= stride as usize;
    }
    (at == 0).then_some(shape)
}
