//! From a recorded program to bundles in the order they run.

use crate::body::{Body, BodyOperand, Def, Memory, ValueId, body};
use crate::group::{Cut, Group, group};
use crate::lower::{States, lower};
use crate::mode::Mode;
use crate::nest::{Nest, Walker, nest};
use crate::prepare::{Prepared, prepare};
use crate::program::{Instruction, Op, Program};
use crate::unroll::unroll;
use std::any::Any;
use std::sync::{Arc, OnceLock};
use stook_kernel::{Access, Kernel, Walk};
use stook_ops::{ReductionId, UfuncId, reductions};
use stook_types::Strides;

/// Written bytes of a bundle from which its outputs go past the caches.
const STREAMED: usize = 8 << 20;

/// Bundles in order, and what becomes of the storages.
#[derive(Clone, Debug)]
pub struct Plan {
    /// In the order they run.
    pub bundles: Vec<Bundle>,
    /// Bytes of every storage: the program's, then temporaries.
    pub storages: Vec<usize>,
    /// For each storage of the program, the storage that holds its contents at the end.
    pub renames: Vec<usize>,
    /// The instructions after their rewrites, for explanations.
    pub instructions: Vec<Instruction>,
}

/// Instructions that run as one.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// What it computes.
    pub body: Body,
    /// Its loops.
    pub nest: Nest,
    /// How it walks them.
    pub mode: Mode,
    /// All of it as one loop program.
    pub kernel: Arc<Kernel>,
    /// The call behind each group of the kernel's condition flags.
    pub watched: Vec<Watched>,
    /// Folds whose states leave the kernel.
    pub folds: Vec<CutFold>,
    /// Storages whose first bytes are written here.
    pub allocate: Vec<usize>,
    /// Storages that nobody needs afterwards.
    pub release: Vec<usize>,
    /// Its instructions, as indices into [`Plan::instructions`].
    pub members: Vec<usize>,
    /// Why it begins where it does.
    pub cut: Cut,
    /// Bytes that it reads and writes.
    pub bytes: usize,
    /// Bytes that one call per operation would read and write.
    pub bytes_unfused: usize,
    /// What the machine that runs it keeps with it.
    pub kept: OnceLock<Arc<dyn Any + Send + Sync>>,
}

/// A watched call, or a cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The ufunc, of whose operands and results the casts are a part; a cast alone has none.
    pub ufunc: Option<UfuncId>,
    /// Its place in [`Plan::instructions`].
    pub instruction: usize,
    /// The body's value.
    pub value: ValueId,
    /// The mark it was recorded with.
    pub tag: u32,
}

/// A fold whose rows are cut in pieces, or that adds rows up: its kernel leaves states.
#[derive(Clone, Debug)]
pub struct CutFold {
    /// The row.
    pub reduction: ReductionId,
    /// The loop.
    pub loop_index: usize,
    /// The operands of its state's scalars.
    pub states: Vec<usize>,
    /// The operands of its result: several where it was asked for more than once.
    pub outputs: Vec<usize>,
}

/// Plans a program.
pub fn plan(program: &Program) -> Plan {
    let prepared = prepare(program);
    let groups = group(&prepared);
    let mut bundles: Vec<Bundle> = groups
        .iter()
        .enumerate()
        .map(|(g, group)| {
            bundle(&prepared, group, |storage| read_after(&prepared, &groups[g + 1..], storage))
        })
        .collect();
    bundles.retain(|b| !b.body.passes.is_empty() && b.nest.size() > 0);
    lifetimes(&prepared, &mut bundles);
    Plan {
        bundles,
        storages: prepared.storages.iter().map(|s| s.bytes).collect(),
        renames: prepared.renames[..program.storages.len()].to_vec(),
        instructions: prepared.instructions,
    }
}

fn read_after(prepared: &Prepared, later: &[Group], storage: usize) -> bool {
    prepared.storages[storage].live
        || later.iter().flat_map(|g| &g.members).any(|m| {
            prepared.instructions[m.instruction].reads().any(|place| place.storage == storage)
        })
}

fn bundle(prepared: &Prepared, group: &Group, needed: impl Fn(usize) -> bool) -> Bundle {
    let mut body = body(prepared, group, needed);
    let mut domain = group.domain.to_vec();
    if let Mode::Unrolled { axes } = group.mode {
        body = unroll(&body, &domain);
        domain.truncate(domain.len() - axes);
    }
    let folds = match group.mode {
        Mode::LongRows { .. } | Mode::Columns { .. } => cut_folds(&mut body, domain.len()),
        _ => Vec::new(),
    };
    let mut nest = nest(&body, &domain, group.mode);
    step_states(&body, &mut nest, group.mode);
    let states = match group.mode {
        Mode::LongRows { .. } => States::Stored,
        Mode::Columns { .. } => States::Accumulated,
        _ => States::Within,
    };
    let lowered = lower(&body, &nest, states);
    let mut kernel = lowered.kernel;
    if group.mode == Mode::Map {
        stream(&mut kernel, &nest);
    }
    let watched = lowered.watched.iter().map(|&value| watched(prepared, &body, value)).collect();
    Bundle {
        bytes: bytes(&body, &nest),
        bytes_unfused: bytes_unfused(prepared, group),
        body,
        nest,
        mode: group.mode,
        kernel: Arc::new(kernel),
        watched,
        folds,
        allocate: Vec::new(),
        release: Vec::new(),
        members: group.members.iter().map(|m| m.instruction).collect(),
        cut: group.cut,
        kept: OnceLock::new(),
    }
}

/// Bytes of the elements that loops touch in storages, each once for reading and for writing.
fn bytes(body: &Body, nest: &Nest) -> usize {
    let of = |(o, walker): (&BodyOperand, &Walker)| {
        let times = usize::from(o.read) + usize::from(o.written);
        times * nest.touched(walker) * o.dtype.size()
    };
    let operands = body.operands.iter().zip(&nest.operands);
    operands.filter(|(o, _)| matches!(o.memory, Memory::Storage(_))).map(of).sum()
}

fn bytes_unfused(prepared: &Prepared, group: &Group) -> usize {
    let instructions = group.members.iter().map(|m| &prepared.instructions[m.instruction]);
    let places = instructions.flat_map(|i| i.reads().chain(&i.outs));
    places.map(|p| p.view.size() * p.dtype.size()).sum()
}

fn watched(prepared: &Prepared, body: &Body, value: ValueId) -> Watched {
    let number = body.values[value].instruction;
    let instruction = &prepared.instructions[number];
    let ufunc = match instruction.op {
        Op::Call { ufunc, .. } => Some(ufunc),
        _ => None,
    };
    Watched { ufunc, instruction: number, value, tag: instruction.tag }
}

/// Gives each fold that is stored operands for its states.
fn cut_folds(body: &mut Body, ndim: usize) -> Vec<CutFold> {
    let stores: Vec<_> = body.passes.iter().flat_map(|p| p.stores.clone()).collect();
    let mut folds: Vec<CutFold> = Vec::new();
    let mut known: Vec<(ValueId, usize)> = Vec::new();
    for (value, output) in stores {
        let Def::Fold { reduction, loop_index, .. } = body.values[value].def else {
            continue;
        };
        if let Some(&(_, fold)) = known.iter().find(|(other, _)| *other == value) {
            folds[fold].outputs.push(output);
            continue;
        }
        known.push((value, folds.len()));
        let state = &reductions()[usize::from(reduction.0)].loops[loop_index].fold.state;
        let first = body.operands.len();
        for (part, &dtype) in state.iter().enumerate() {
            body.operands.push(BodyOperand {
                memory: Memory::State(value, part),
                offset: 0,
                strides: Strides::from_elem(0, ndim),
                dtype,
                read: true,
                written: true,
            });
        }
        let states = (first..body.operands.len()).collect();
        folds.push(CutFold { reduction, loop_index, states, outputs: vec![output] });
    }
    folds
}

/// States follow one another by row (a piece each), or by column (a running row).
fn step_states(body: &Body, nest: &mut Nest, mode: Mode) {
    let columns = nest.shape.len() - 1;
    for (walker, o) in nest.operands.iter_mut().zip(&body.operands) {
        if !matches!(o.memory, Memory::State(..)) {
            continue;
        }
        let step = o.dtype.size() as isize;
        match mode {
            Mode::Columns { .. } => walker.strides[columns] = step,
            _ => walker.strides[columns - 1] = step,
        }
    }
}

/// Sends large outputs past the caches.
fn stream(kernel: &mut Kernel, nest: &Nest) {
    let size = nest.size();
    let columns = nest.shape.len() - 1;
    let mut phase: Option<isize> = None;
    for (operand, walker) in kernel.operands.iter_mut().zip(&nest.operands) {
        let aligned = walker.strides[..columns].iter().all(|s| s % 64 == 0);
        let large = size * operand.dtype.size() >= STREAMED;
        let in_step = phase.is_none_or(|p| p == walker.offset.rem_euclid(64));
        if operand.access == Access::Write
            && operand.walk == Walk::Unit
            && aligned
            && large
            && in_step
            && nest.shape[columns] >= 256
        {
            phase = Some(walker.offset.rem_euclid(64));
            operand.access = Access::Stream;
        }
    }
}

/// When each storage gets memory, and when it may go.
fn lifetimes(prepared: &Prepared, bundles: &mut [Bundle]) {
    let uses = |b: &Bundle| {
        b.body
            .operands
            .iter()
            .filter_map(|o| match o.memory {
                Memory::Storage(s) => Some((s, o.written)),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let used: Vec<Vec<(usize, bool)>> = bundles.iter().map(uses).collect();
    for (storage, facts) in prepared.storages.iter().enumerate() {
        let touches = |k: &usize| used[*k].iter().any(|&(s, _)| s == storage);
        let first = (0..used.len()).find(touches);
        let last = (0..used.len()).rev().find(touches);
        if let (Some(first), false) = (first, facts.filled) {
            bundles[first].allocate.push(storage);
        }
        if let (Some(last), false) = (last, facts.live) {
            bundles[last].release.push(storage);
        }
    }
}
