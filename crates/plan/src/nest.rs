//! The loops of a body: which axes, in which order, and how each operand steps along them.

use crate::body::{Body, Memory};
use crate::mode::Mode;
use smallvec::SmallVec;
use stook_types::{Dims, Strides};

/// Loops from the outermost to rows and columns, the last two.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Nest {
    /// Lengths; at least two.
    pub shape: Dims,
    /// How many loops, the last of them the rows, go over the rows that a column fold adds up.
    pub folded: usize,
    /// Where each operand starts and how it steps, by loop.
    pub operands: Vec<Walker>,
}

/// An operand's walk through the loops.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Walker {
    /// Bytes from the start of its memory.
    pub offset: isize,
    /// Bytes per step of each loop.
    pub strides: Strides,
}

/// The shortest row worth vectors; shorter ones give way to a longer axis.
const SHORT: usize = 8;

/// The loops of `body` over `domain`.
pub(crate) fn nest(body: &Body, domain: &[usize], mode: Mode) -> Nest {
    let mut nest = Nest {
        shape: domain.into(),
        folded: 1,
        operands: body
            .operands
            .iter()
            .map(|o| Walker { offset: o.offset, strides: padded(&o.strides, domain.len()) })
            .collect(),
    };
    let n = domain.len();
    let sections: SmallVec<[(usize, usize); 4]> = match mode {
        Mode::Map | Mode::Unrolled { .. } => {
            nest.sort_axes(body);
            SmallVec::from_slice(&[(0, n)])
        }
        Mode::Rows { axes } | Mode::LongRows { axes } => {
            SmallVec::from_slice(&[(0, n - axes), (n - axes, n)])
        }
        Mode::Scan => SmallVec::from_slice(&[(0, n - 1), (n - 1, n)]),
        Mode::Columns { from, to } => SmallVec::from_slice(&[(0, from), (from, to), (to, n)]),
        Mode::Copied => unreachable!("copied before grouping"),
    };
    let lengths = nest.join(&sections);
    match mode {
        Mode::Map | Mode::Unrolled { .. } => nest.longest_last(),
        Mode::Columns { .. } => nest.rows_second_last(&lengths),
        _ => nest.single_columns(&lengths),
    }
    while nest.shape.len() < 2 {
        nest.insert(0);
    }
    nest.scratch_steps(body);
    nest
}

fn padded(strides: &[isize], n: usize) -> Strides {
    if strides.len() == n { strides.into() } else { Strides::from_elem(0, n) }
}

impl Nest {
    /// Elements in all.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Elements that an operand has in the loops, repeated ones once.
    pub fn touched(&self, walker: &Walker) -> usize {
        let steps = self.shape.iter().zip(&walker.strides);
        steps.filter(|&(_, &step)| step != 0).map(|(&n, _)| n).product()
    }

    /// Axes in the order of the first output's memory, which then is walked forwards.
    fn sort_axes(&mut self, body: &Body) {
        let lead = body.operands.iter().position(|o| o.written).unwrap_or(0);
        let Some(strides) = self.operands.get(lead).map(|o| o.strides.clone()) else {
            return;
        };
        for axis in 0..self.shape.len() {
            if strides[axis] < 0 {
                let last = self.shape[axis] as isize - 1;
                for o in &mut self.operands {
                    o.offset += o.strides[axis] * last;
                    o.strides[axis] = -o.strides[axis];
                }
            }
        }
        let mut order: Vec<usize> = (0..self.shape.len()).collect();
        order.sort_by_key(|&axis| std::cmp::Reverse(strides[axis].unsigned_abs()));
        self.permute(&order);
    }

    fn permute(&mut self, order: &[usize]) {
        self.shape = order.iter().map(|&axis| self.shape[axis]).collect();
        for o in &mut self.operands {
            o.strides = order.iter().map(|&axis| o.strides[axis]).collect();
        }
    }

    /// Joins neighbouring loops of a section that every operand walks as one, and drops loops of
    /// length one; the numbers of loops left in each section.
    fn join(&mut self, sections: &[(usize, usize)]) -> SmallVec<[usize; 4]> {
        let mut joined = Nest { shape: Dims::new(), folded: 1, operands: Vec::new() };
        for o in &self.operands {
            joined.operands.push(Walker { offset: o.offset, strides: Strides::new() });
        }
        let mut counts = SmallVec::new();
        for &(from, to) in sections {
            let start = joined.shape.len();
            for axis in (from..to).filter(|&axis| self.shape[axis] != 1) {
                joined.append(self, axis, start);
            }
            counts.push(joined.shape.len() - start);
        }
        *self = joined;
        counts
    }

    fn append(&mut self, from: &Nest, axis: usize, start: usize) {
        let length = from.shape[axis];
        let previous = self.shape.len();
        let follows = previous > start
            && self.operands.iter().zip(&from.operands).all(|(have, new)| {
                have.strides[previous - 1] == new.strides[axis] * length as isize
            });
        if follows {
            self.shape[previous - 1] *= length;
        } else {
            self.shape.push(length);
        }
        for (have, new) in self.operands.iter_mut().zip(&from.operands) {
            if follows {
                have.strides[previous - 1] = new.strides[axis];
            } else {
                have.strides.push(new.strides[axis]);
            }
        }
    }

    /// A loop of length one, outermost at `at`.
    fn insert(&mut self, at: usize) {
        self.shape.insert(at, 1);
        for o in &mut self.operands {
            o.strides.insert(at, 0);
        }
    }

    fn longest_last(&mut self) {
        let n = self.shape.len();
        if n < 2 || self.shape[n - 1] >= SHORT {
            return;
        }
        let longest = (0..n).max_by_key(|&axis| self.shape[axis]).unwrap_or(n - 1);
        let mut order: Vec<usize> = (0..n).filter(|&axis| axis != longest).collect();
        order.push(longest);
        self.permute(&order);
    }

    /// Rows' own loops first, then the joined columns (of length one if there are none).
    fn single_columns(&mut self, lengths: &[usize]) {
        if lengths[1] == 0 {
            self.insert(self.shape.len());
        }
    }

    /// Kept loops, all but the last, then the folded rows in order, then the last kept loop.
    fn rows_second_last(&mut self, lengths: &[usize]) {
        if lengths[1] == 0 {
            self.insert(lengths[0]);
        }
        self.folded = lengths[1].max(1);
        let (outer, n) = (lengths[0], self.shape.len());
        let kept = outer + self.folded;
        let mut order: Vec<usize> = (0..outer).chain(kept..n - 1).collect();
        order.extend(outer..kept);
        order.push(n - 1);
        self.permute(&order);
    }

    /// Scratch rows start anew in each row; a lone column of a map counts as unit steps.
    fn scratch_steps(&mut self, body: &Body) {
        let columns = self.shape.len() - 1;
        for (walker, o) in self.operands.iter_mut().zip(&body.operands) {
            let scratch = matches!(o.memory, Memory::Scratch(_));
            let lone = body.folded == (0, 0) && self.shape[columns] == 1;
            if scratch || lone && !matches!(o.memory, Memory::Scalar(_)) {
                walker.strides[columns] = o.dtype.size() as isize;
            }
        }
    }
}
