//! Which instructions run together.
//!
//! Prepared instructions enter in program order; groups leave in the order they run. An
//! instruction joins the first group, not before any it must follow, that walks its domain. Two
//! instructions in one group that share memory touch the same element at the same step
//! ([`Group::aligned`]), so a group may keep the value in a register.

use crate::mode::{Mode, fold_of, reduce_mode};
use crate::prepare::{Prepared, joins};
use crate::program::{Instruction, Op, Place};
use stook_types::{Dims, Strides};

/// The most instructions in a group; compile time grows with them.
const LARGEST: usize = 48;

/// Instructions that run as one.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) domain: Dims,
    pub(crate) mode: Mode,
    pub(crate) members: Vec<Member>,
    pub(crate) cut: Cut,
}

/// Why a group begins where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It is the first.
    First,
    /// No earlier group walks this shape, or none folds these axes.
    Shape,
    /// It needs the finished result of a fold that no cache holds the elements of.
    Fold,
    /// It touches, at other places, what an earlier group writes, or writes what that one reads.
    Overlap,
    /// Earlier groups are full.
    Full,
}

impl Cut {
    /// The reason in words.
    pub fn reason(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Shape => "another shape or other axes",
            Self::Fold => "needs a finished fold",
            Self::Overlap => "shares memory with earlier work at shifted places",
            Self::Full => "earlier bundles are full",
        }
    }
}

/// An instruction's part in a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) instruction: usize,
    pub(crate) role: Role,
}

/// How an instruction walks the group's domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Every element.
    Full,
    /// Once for all elements of a row.
    Row,
    /// Every element, into one state a row.
    Fold,
}

/// Instructions by the storages that they read and write, earliest first.
struct Touched {
    readers: Vec<Vec<usize>>,
    writers: Vec<Vec<usize>>,
}

impl Touched {
    fn new(storages: usize) -> Self {
        Self { readers: vec![Vec::new(); storages], writers: vec![Vec::new(); storages] }
    }

    fn add(&mut self, index: usize, instruction: &Instruction) {
        instruction.reads().for_each(|place| self.readers[place.storage].push(index));
        instruction.outs.iter().for_each(|out| self.writers[out.storage].push(index));
    }

    /// Instructions whose order with this one may matter, as one of the two writes what the other
    /// names; earliest first.
    fn before(&self, instruction: &Instruction) -> Vec<usize> {
        let mut found = Vec::new();
        for place in instruction.reads() {
            found.extend(&self.writers[place.storage]);
        }
        for out in &instruction.outs {
            found.extend(&self.writers[out.storage]);
            found.extend(&self.readers[out.storage]);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Groups all instructions.
pub(crate) fn group(prepared: &Prepared) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of: Vec<usize> = Vec::with_capacity(prepared.instructions.len());
    let mut touched = Touched::new(prepared.storages.len());
    for (index, instruction) in prepared.instructions.iter().enumerate() {
        let begun = instruction.outs.iter().filter_map(|out| prepared.begun_by.get(&out.storage));
        let mut first = begun.filter_map(|&k| group_of.get(k)).max().copied().unwrap_or(0);
        for earlier in touched.before(instruction) {
            let g = group_of[earlier];
            if g < first || !conflict(&prepared.instructions[earlier], instruction) {
                continue;
            }
            let precedes = groups[g].must_precede(&prepared.instructions, earlier, instruction);
            first = if precedes { g + 1 } else { g };
        }
        touched.add(index, instruction);
        let joined = (first..groups.len())
            .find_map(|g| groups[g].role_for(&prepared.instructions, instruction).map(|r| (g, r)));
        let (g, role, mode) = joined.map_or_else(
            || (groups.len(), role_alone(instruction), mode_alone(instruction)),
            |(g, (role, mode))| (g, role, mode),
        );
        if g == groups.len() {
            let domain = instruction.domain().clone();
            let cut = reason(&groups, &prepared.instructions, instruction);
            groups.push(Group { domain, mode, members: Vec::new(), cut });
        }
        groups[g].mode = mode;
        groups[g].members.push(Member { instruction: index, role });
        group_of.push(g);
    }
    groups
}

/// Why an instruction that joined no group did not.
fn reason(groups: &[Group], all: &[Instruction], instruction: &Instruction) -> Cut {
    let Some(last) = groups.last() else {
        return Cut::First;
    };
    for member in groups.iter().rev().flat_map(|g| &g.members) {
        if conflict(&all[member.instruction], instruction) {
            return match member.role {
                Role::Fold => Cut::Fold,
                _ if *instruction.domain() != *all[member.instruction].domain() => Cut::Shape,
                _ => Cut::Overlap,
            };
        }
    }
    if last.members.len() >= LARGEST { Cut::Full } else { Cut::Shape }
}

fn mode_alone(instruction: &Instruction) -> Mode {
    match &instruction.op {
        Op::Call { .. } | Op::Copy => Mode::Map,
        Op::Reduce { reduction, loop_index, axes } => {
            reduce_mode(instruction.domain(), axes, fold_of(*reduction, *loop_index))
        }
        Op::Scan { .. } => Mode::Scan,
    }
}

fn role_alone(instruction: &Instruction) -> Role {
    if matches!(instruction.op, Op::Reduce { .. }) { Role::Fold } else { Role::Full }
}

/// Whether the order of two instructions matters.
fn conflict(earlier: &Instruction, later: &Instruction) -> bool {
    let writes_meet = |a: &Instruction, b: &Instruction| {
        a.outs.iter().any(|out| b.reads().chain(&b.outs).any(|place| out.meets(place)))
    };
    writes_meet(earlier, later) || writes_meet(later, earlier)
}

impl Group {
    /// Axes folded, if the group folds: from and to.
    pub(crate) fn folded(&self) -> (usize, usize) {
        let n = self.domain.len();
        match self.mode {
            Mode::Rows { axes } | Mode::LongRows { axes } | Mode::Unrolled { axes } => {
                (n - axes, n)
            }
            Mode::Columns { from, to } => (from, to),
            Mode::Map | Mode::Copied | Mode::Scan => (n, n),
        }
    }

    /// The role an instruction could have here, and the mode that the group would then have.
    fn role_for(&self, all: &[Instruction], instruction: &Instruction) -> Option<(Role, Mode)> {
        if self.members.len() >= LARGEST || self.mode == Mode::Scan {
            return None;
        }
        let role = match &instruction.op {
            Op::Scan { .. } => return None,
            Op::Reduce { .. } => return self.fold_here(all, instruction),
            Op::Call { .. } | Op::Copy => self.role_by_shape(instruction)?,
        };
        let (from, to) = self.folded();
        (role == Role::Row || self.walks(instruction, from, to)).then_some((role, self.mode))
    }

    fn role_by_shape(&self, instruction: &Instruction) -> Option<Role> {
        let shape = instruction.domain();
        if *shape == self.domain {
            return Some(Role::Full);
        }
        if !matches!(self.mode, Mode::Rows { .. } | Mode::Unrolled { .. }) {
            return None;
        }
        let (kept, _) = self.folded();
        let same = shape.len() >= kept && shape[..kept] == self.domain[..kept];
        let rest = shape.get(kept..)?;
        let row = rest.is_empty()
            || rest.len() == self.domain.len() - kept && rest.iter().all(|&n| n == 1);
        (same && row).then_some(Role::Row)
    }

    fn fold_here(&self, all: &[Instruction], instruction: &Instruction) -> Option<(Role, Mode)> {
        let mode = mode_alone(instruction);
        if *instruction.domain() != self.domain || self.mode != Mode::Map && self.mode != mode {
            return None;
        }
        let changed =
            Group { domain: self.domain.clone(), mode, members: Vec::new(), cut: self.cut };
        let (from, to) = changed.folded();
        let all_walk = self.mode == mode
            || self.members.iter().all(|m| changed.walks(&all[m.instruction], from, to));
        (all_walk && changed.walks(instruction, from, to)).then_some((Role::Fold, mode))
    }

    /// Whether the folded axes of every place that has them can be walked as one, where they must:
    /// rows that are added up may come from several loops.
    fn walks(&self, instruction: &Instruction, from: usize, to: usize) -> bool {
        if to - from < 2 || matches!(self.mode, Mode::Unrolled { .. } | Mode::Columns { .. }) {
            return true;
        }
        let full = |place: &&Place| place.view.shape == self.domain;
        instruction
            .reads()
            .chain(&instruction.outs)
            .filter(full)
            .all(|place| joins(&self.domain, &place.view.strides, from, to))
    }

    /// Whether `instruction` cannot join this group because of member `earlier`, on whose order with
    /// it something hangs.
    fn must_precede(&self, all: &[Instruction], earlier: usize, instruction: &Instruction) -> bool {
        let Some(member) = self.members.iter().find(|m| m.instruction == earlier) else {
            return false;
        };
        let Some((role, _)) = self.role_for(all, instruction) else {
            return true;
        };
        !self.all_aligned(&all[earlier], member.role, instruction, role)
    }

    fn all_aligned(&self, a: &Instruction, role_a: Role, b: &Instruction, role_b: Role) -> bool {
        let pairs_fit = |writer: &Instruction, w: Role, other: &Instruction, o: Role| {
            writer.outs.iter().all(|out| {
                let reads = other.reads().map(|place| (place, read_role(o)));
                let writes = other.outs.iter().map(|place| (place, o));
                reads
                    .chain(writes)
                    .filter(|(place, _)| out.meets(place))
                    .all(|(place, role)| self.aligned(out, w, place, role))
            })
        };
        let late_fold = role_a == Role::Fold
            && matches!(self.mode, Mode::LongRows { .. } | Mode::Columns { .. });
        !late_fold && pairs_fit(a, role_a, b, role_b) && pairs_fit(b, role_b, a, role_a)
    }

    /// Whether two places name the same element at every step of the walk.
    fn aligned(&self, a: &Place, role_a: Role, b: &Place, role_b: Role) -> bool {
        a.dtype == b.dtype
            && a.view.offset == b.view.offset
            && self.spread(a, role_a) == self.spread(b, role_b)
    }

    /// A place's strides over the domain: 0 along axes of length one and those it does not have.
    pub(crate) fn spread(&self, place: &Place, role: Role) -> Strides {
        let (from, to) = self.folded();
        let count = self.domain.len();
        let own = |axis: usize| place.view.strides.get(axis).copied().unwrap_or(0);
        let strides = (0..count).map(|axis| match role {
            _ if self.domain[axis] == 1 => 0,
            Role::Full => own(axis),
            Role::Row => {
                if axis < from {
                    own(axis)
                } else {
                    0
                }
            }
            Role::Fold if axis < from => own(axis),
            Role::Fold if axis < to => 0,
            Role::Fold => own(axis - (to - from)),
        });
        strides.collect()
    }
}

/// Inputs of a fold are walked in full.
pub(crate) fn read_role(role: Role) -> Role {
    if role == Role::Fold { Role::Full } else { role }
}
