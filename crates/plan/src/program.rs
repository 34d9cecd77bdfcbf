//! The recorded program: instructions in program order on views of storages.
//!
//! A program says what the user asked for and nothing about how. Executed one instruction at a
//! time, in order, it is NumPy's meaning; every rewrite in this crate keeps that. Storages and
//! scalars are numbered by first use, so that two recordings of one loop body are equal and find
//! one plan; the scalars' values stay outside.

use smallvec::SmallVec;
use std::hash::{Hash, Hasher};
use stook_ops::{ReductionId, UfuncId};
use stook_types::{DType, Dims, View};

/// Recorded instructions and the storages they name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Program {
    /// What is known of each storage.
    pub storages: Vec<StorageFacts>,
    /// In program order.
    pub instructions: Vec<Instruction>,
}

/// What planning may rely on about a storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StorageFacts {
    /// Its size.
    pub bytes: usize,
    /// Someone may look at it after the program ran.
    pub live: bool,
    /// It has memory already, with contents.
    pub filled: bool,
    /// Its memory must not move: others hold its address.
    pub pinned: bool,
}

/// Elements of a storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which storage.
    pub storage: usize,
    /// Where in it.
    pub view: View,
    /// What it holds.
    pub dtype: DType,
}

impl Hash for Place {
    /// What tells programs apart: their shapes show in the sizes of storages and in strides.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let step = self.view.strides.first().copied().unwrap_or(0);
        state.write_usize(self.storage << 8 | self.dtype as usize);
        state.write_isize(self.view.offset ^ step << 32);
    }
}

/// What an instruction reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ref {
    /// Elements, with the shape of the instruction (broadcast by strides of 0).
    Place(Place),
    /// The scalar of this number.
    Scalar(usize, DType),
}

/// What an instruction does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A ufunc's loop, element by element; inputs and outputs are cast where their types differ
    /// from the loop's.
    Call {
        /// The row.
        ufunc: UfuncId,
        /// The loop.
        loop_index: usize,
    },
    /// The input as it is, cast to the output's type.
    Copy,
    /// A fold over some axes of the input; the output has the other axes, in order.
    Reduce {
        /// The row.
        reduction: ReductionId,
        /// The loop.
        loop_index: usize,
        /// The axes folded, ascending.
        axes: SmallVec<[usize; 4]>,
    },
    /// Running results along the last axis, by a loop that joins two elements into one.
    Scan {
        /// The row.
        ufunc: UfuncId,
        /// The loop.
        loop_index: usize,
    },
}

/// One recorded call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// What it does.
    pub op: Op,
    /// What it reads.
    pub ins: SmallVec<[Ref; 2]>,
    /// Where a bool holds, outputs are written; everywhere if absent.
    pub mask: Option<Ref>,
    /// What it writes.
    pub outs: SmallVec<[Place; 1]>,
    /// Whether floating-point conditions are watched.
    pub watch: bool,
    /// The caller's mark: a source line.
    pub tag: u32,
}

impl Instruction {
    /// The shape it walks: that of the input for folds, of the output otherwise.
    pub fn domain(&self) -> &Dims {
        match (&self.op, &self.ins[..]) {
            (Op::Reduce { .. }, [Ref::Place(input), ..]) => &input.view.shape,
            _ => &self.outs[0].view.shape,
        }
    }

    /// Changes the number of every storage it names.
    pub fn rename(&mut self, mut number: impl FnMut(&mut usize)) {
        for r in self.ins.iter_mut().chain(&mut self.mask) {
            if let Ref::Place(place) = r {
                number(&mut place.storage);
            }
        }
        self.outs.iter_mut().for_each(|out| number(&mut out.storage));
    }

    /// The places it reads.
    pub fn reads(&self) -> impl Iterator<Item = &Place> {
        self.ins.iter().chain(&self.mask).filter_map(|r| match r {
            Ref::Place(place) => Some(place),
            Ref::Scalar(..) => None,
        })
    }
}

impl Place {
    /// Whether two places share memory, for all that can be told cheaply.
    pub fn meets(&self, other: &Place) -> bool {
        self.storage == other.storage
            && self.view.overlap(self.dtype.size(), &other.view, other.dtype.size())
                != stook_types::Overlap::Disjoint
    }

    /// Whether it is every byte of its storage, in C order.
    pub fn covers(&self, bytes: usize) -> bool {
        self.view.offset == 0
            && self.view.size() * self.dtype.size() == bytes
            && self.view.is_c_contiguous(self.dtype.size())
    }
}
