//! A body as a kernel: formulas placed, passes as phases, operands bound.

use crate::body::{Body, BodyOperand, Def, Memory, Pass, ValueId};
use crate::nest::Nest;
use std::collections::HashMap;
use stook_kernel::{Access, Check, Extent, Kernel, Operand, Phase, Sink, Source, Walk};
use stook_ops::{
    Builder, FLAGS, Fold, ReductionLoop, Region, Val, Watch, reductions, table, telling,
};
use stook_types::DType;

/// What becomes of a fold's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum States {
    /// They stay in the kernel, which finishes the fold.
    Within,
    /// They are stored, once a row, to the operands of `Memory::State`.
    Stored,
    /// They are accumulated, column by column, in the operands of `Memory::State`.
    Accumulated,
}

/// A kernel, and the value each group of [`FLAGS`] condition flags belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Lowered {
    pub(crate) kernel: Kernel,
    pub(crate) watched: Vec<ValueId>,
}

/// The kernel of `body`, walked by `nest`; operands of states must be in the body already.
pub(crate) fn lower(body: &Body, nest: &Nest, states: States) -> Lowered {
    let mut lowering = Lowering {
        body,
        states,
        kernel: Kernel { operands: operands(body, nest), ..Kernel::default() },
        rows: HashMap::new(),
        watched: Vec::new(),
    };
    for pass in &body.passes {
        lowering.pass(pass);
    }
    lowering.kernel.flags = FLAGS * lowering.watched.len();
    leave_to_others(&mut lowering.kernel);
    Lowered { kernel: lowering.kernel, watched: lowering.watched }
}

/// Operands that no phase stores are none of the kernel's to write: the results of cut folds.
fn leave_to_others(kernel: &mut Kernel) {
    let mut stored = vec![false; kernel.operands.len()];
    for sink in kernel.phases.iter().flat_map(|p| &p.sinks) {
        if let Sink::Store { operand, .. } | Sink::Scan { operand, .. } = sink {
            stored[*operand] = true;
        }
    }
    for (operand, stored) in kernel.operands.iter_mut().zip(stored) {
        if !stored {
            operand.access = Access::Read;
        }
    }
}

fn operands(body: &Body, nest: &Nest) -> Vec<Operand> {
    let columns = nest.shape.len() - 1;
    let walk = |stride: isize, dtype: DType| match stride {
        0 => Walk::Fixed,
        _ if stride == dtype.size() as isize => Walk::Unit,
        _ => Walk::Strided,
    };
    let access = |o: &BodyOperand| match (o.read, o.written) {
        (_, false) => Access::Read,
        (false, true) => Access::Write,
        (true, true) if matches!(o.memory, Memory::State(..)) => Access::Accumulate,
        (true, true) => Access::Update,
    };
    body.operands
        .iter()
        .zip(&nest.operands)
        .map(|(o, w)| Operand {
            dtype: o.dtype,
            walk: walk(w.strides[columns], o.dtype),
            access: access(o),
        })
        .collect()
}

struct Lowering<'a> {
    body: &'a Body,
    states: States,
    kernel: Kernel,
    /// The row values that hold a value (for folds: its state).
    rows: HashMap<ValueId, usize>,
    watched: Vec<ValueId>,
}

/// A phase being written.
struct PhaseBuilder {
    once: bool,
    builder: Builder,
    sources: Vec<Source>,
    /// The scalars of each value in this phase.
    known: HashMap<ValueId, Vec<Val>>,
    results: Vec<Val>,
    sinks: Vec<Sink>,
    /// What is watched, and for which value.
    watches: Vec<(ValueId, Watch)>,
}

impl Lowering<'_> {
    fn pass(&mut self, pass: &Pass) {
        let mut phase = PhaseBuilder::new(pass.once);
        for &v in &pass.values {
            self.value(&mut phase, v);
        }
        for &v in &pass.folds {
            self.fold(&mut phase, v);
            self.scan(&mut phase, v);
        }
        for &(v, operand) in &pass.stores {
            let stored = match self.body.values[v].def {
                Def::Scan { .. } => false,
                Def::Fold { .. } => self.states == States::Within,
                _ => true,
            };
            if !stored {
                continue;
            }
            let vals = self.value(&mut phase, v);
            let values = vals.iter().map(|&val| phase.result(val)).collect();
            phase.sinks.push(Sink::Store { operand, values });
        }
        if pass.once {
            self.keep_rows(&mut phase, pass);
        }
        let folds = pass.folds.clone();
        self.finish_phase(phase);
        if self.states == States::Stored && !folds.is_empty() {
            self.store_states(&folds);
        }
    }

    fn finish_phase(&mut self, phase: PhaseBuilder) {
        if phase.sinks.is_empty() {
            return;
        }
        let (phase, watched) = phase.finish(self.watched.len());
        self.watched.extend(watched);
        self.kernel.phases.push(phase);
    }

    /// The scalars of a value in a phase: computed, loaded or left by an earlier phase.
    fn value(&mut self, phase: &mut PhaseBuilder, v: ValueId) -> Vec<Val> {
        if let Some(known) = phase.known.get(&v) {
            return known.clone();
        }
        let value = &self.body.values[v];
        let parts = value.dtype.parts();
        let vals = match &value.def {
            Def::Load(operand) => phase.load(*operand, value.dtype),
            Def::Fold { reduction, loop_index, .. } => {
                let signature = &reductions()[usize::from(reduction.0)].loops[*loop_index];
                let state = phase.row_values(self.rows[&v], &signature.fold.state);
                phase.builder.inline(&signature.finish, &state)
            }
            _ if self.rows.contains_key(&v) => {
                phase.row_values(self.rows[&v], &vec![value.dtype.real(); parts])
            }
            _ if self.kept_before(phase, v) => phase.load(self.body.scratch[&v], value.dtype),
            def => self.compute(phase, v, def),
        };
        phase.known.insert(v, vals.clone());
        vals
    }

    /// Whether an earlier pass over the columns left the value in scratch memory.
    fn kept_before(&self, phase: &PhaseBuilder, v: ValueId) -> bool {
        !phase.once
            && self.body.scratch.get(&v).is_some_and(|operand| {
                self.kernel
                    .phases
                    .iter()
                    .flat_map(|p| &p.sinks)
                    .any(|sink| matches!(sink, Sink::Store { operand: o, .. } if o == operand))
            })
    }

    fn compute(&mut self, phase: &mut PhaseBuilder, v: ValueId, def: &Def) -> Vec<Val> {
        match def {
            Def::Call { ufunc, loop_index, args, output, watch } => {
                let row = &table()[usize::from(ufunc.0)];
                let ins: Vec<Val> = args.iter().flat_map(|&a| self.value(phase, a)).collect();
                let outs = row.place(*loop_index, &mut phase.builder, &ins);
                let widths: Vec<usize> =
                    row.loops[*loop_index].outs.iter().map(|d| d.parts()).collect();
                let start: usize = widths[..*output].iter().sum();
                if *watch && *output == 0 {
                    let watch = row.watch(*loop_index, &mut phase.builder, &ins, &outs);
                    phase.watches.extend(watch.map(|w| (v, w)));
                }
                outs[start..start + widths[*output]].to_vec()
            }
            Def::Cast(from, watch) => {
                let ins = self.value(phase, *from);
                let (source, target) = (self.body.values[*from].dtype, self.body.values[v].dtype);
                let outs = stook_ops::cast(&mut phase.builder, source, target, &ins);
                if *watch {
                    let f = &mut phase.builder;
                    let watch = stook_ops::watch_cast(f, source, target, &ins, &outs);
                    phase.watches.extend(watch.map(|w| (v, w)));
                }
                outs
            }
            Def::Select(mask, a, b) => {
                let mask = self.value(phase, *mask)[0];
                let (a, b) = (self.value(phase, *a), self.value(phase, *b));
                a.iter().zip(&b).map(|(&x, &y)| phase.builder.select(mask, x, y)).collect()
            }
            Def::Enter(row, index, arg) => {
                let fold = fold_loop(*row, *index);
                let mut ins = phase.start(&fold.fold);
                ins.extend(self.value(phase, *arg));
                phase.builder.inline(&fold.fold.step, &ins)
            }
            Def::Merge(row, index, a, b) => {
                let mut ins = self.value(phase, *a);
                ins.extend(self.value(phase, *b));
                phase.builder.inline(&fold_loop(*row, *index).fold.merge, &ins)
            }
            Def::Finish(row, index, state) => {
                let ins = self.value(phase, *state);
                phase.builder.inline(&fold_loop(*row, *index).finish, &ins)
            }
            Def::Load(_) | Def::Fold { .. } | Def::Scan { .. } => {
                unreachable!("loads and folds are not computed")
            }
        }
    }

    fn fold(&mut self, phase: &mut PhaseBuilder, v: ValueId) {
        let Def::Fold { reduction, loop_index, arg } = self.body.values[v].def else {
            return;
        };
        let fold = &fold_loop(reduction, loop_index).fold;
        let mut element = self.value(phase, arg);
        if fold.indexed {
            element.push(phase.source(Source::Index, DType::I64));
        }
        if self.states == States::Accumulated {
            return self.accumulate(phase, v, fold, &element);
        }
        let values: Vec<usize> = element.iter().map(|&val| phase.result(val)).collect();
        let into = self.new_rows(v, &fold.state);
        phase.sinks.push(Sink::Reduce { fold: fold.clone(), values, into });
    }

    fn scan(&mut self, phase: &mut PhaseBuilder, v: ValueId) {
        let Def::Scan { ufunc, loop_index, arg } = self.body.values[v].def else {
            return;
        };
        let element = self.value(phase, arg);
        let values: Vec<usize> = element.iter().map(|&val| phase.result(val)).collect();
        let step = table()[usize::from(ufunc.0)].formula(loop_index);
        for operand in self.body.places_of(v) {
            phase.sinks.push(Sink::Scan { step: step.clone(), values: values.clone(), operand });
        }
    }

    fn new_rows(&mut self, v: ValueId, types: &[DType]) -> usize {
        let into = self.kernel.row_values.len();
        self.kernel.row_values.extend(types);
        self.rows.insert(v, into);
        into
    }

    fn accumulate(&mut self, phase: &mut PhaseBuilder, v: ValueId, fold: &Fold, element: &[Val]) {
        let operands: Vec<usize> =
            (0..fold.state.len()).map(|part| state_operand(self.body, v, part)).collect();
        let mut ins = Vec::new();
        for (&operand, &dtype) in operands.iter().zip(&fold.state) {
            ins.extend(phase.load(operand, dtype));
        }
        ins.extend(element);
        let state = phase.builder.inline(&fold.step, &ins);
        for (&operand, &val) in operands.iter().zip(&state) {
            let values = vec![phase.result(val)];
            phase.sinks.push(Sink::Store { operand, values });
        }
    }

    fn store_states(&mut self, folds: &[ValueId]) {
        let mut phase = PhaseBuilder::new(true);
        for &v in folds {
            let Def::Fold { reduction, loop_index, .. } = self.body.values[v].def else {
                continue;
            };
            let types = &fold_loop(reduction, loop_index).fold.state;
            for (part, val) in phase.row_values(self.rows[&v], types).into_iter().enumerate() {
                let values = vec![phase.result(val)];
                phase
                    .sinks
                    .push(Sink::Store { operand: state_operand(self.body, v, part), values });
            }
        }
        self.finish_phase(phase);
    }

    /// Leaves the values of a pass that runs once a row for the passes after it.
    fn keep_rows(&mut self, phase: &mut PhaseBuilder, pass: &Pass) {
        for &v in &pass.values {
            let vals = phase.known[&v].clone();
            let types = vec![self.body.values[v].dtype.real(); vals.len()];
            let into = self.new_rows(v, &types);
            for (k, val) in vals.into_iter().enumerate() {
                let value = phase.result(val);
                phase.sinks.push(Sink::Keep { value, into: into + k });
            }
        }
    }
}

fn fold_loop(row: stook_ops::ReductionId, index: usize) -> &'static ReductionLoop {
    &reductions()[usize::from(row.0)].loops[index]
}

fn state_operand(body: &Body, fold: ValueId, part: usize) -> usize {
    body.operands
        .iter()
        .position(|o| o.memory == Memory::State(fold, part))
        .expect("a fold whose states leave has operands for them")
}

impl PhaseBuilder {
    fn new(once: bool) -> Self {
        Self {
            once,
            builder: Builder::default(),
            sources: Vec::new(),
            known: HashMap::new(),
            results: Vec::new(),
            sinks: Vec::new(),
            watches: Vec::new(),
        }
    }

    fn source(&mut self, source: Source, dtype: DType) -> Val {
        self.sources.push(source);
        self.builder.param(dtype)
    }

    fn load(&mut self, operand: usize, dtype: DType) -> Vec<Val> {
        (0..dtype.parts())
            .map(|part| self.source(Source::Load { operand, part }, dtype.real()))
            .collect()
    }

    fn row_values(&mut self, first: usize, types: &[DType]) -> Vec<Val> {
        types.iter().enumerate().map(|(k, &t)| self.source(Source::Row(first + k), t)).collect()
    }

    fn start(&mut self, fold: &Fold) -> Vec<Val> {
        fold.state.iter().zip(&fold.start).map(|(&t, &bits)| self.builder.bits(t, bits)).collect()
    }

    fn result(&mut self, val: Val) -> usize {
        self.results.iter().position(|&r| r == val).unwrap_or_else(|| {
            self.results.push(val);
            self.results.len() - 1
        })
    }

    /// The phase, and the values whose conditions take the flags from `slots_used` groups on.
    fn finish(mut self, slots_used: usize) -> (Phase, Vec<ValueId>) {
        let check = (!self.watches.is_empty()).then(|| self.check(slots_used));
        let watched = self.watches.iter().map(|&(v, _)| v).collect();
        let phase = Phase {
            extent: if self.once { Extent::Once } else { Extent::Columns },
            sources: self.sources,
            body: self.builder.finish(self.results),
            sinks: self.sinks,
            check,
        };
        (phase, watched)
    }

    /// All watches as one check: any suspect calls for the closer look at all.
    fn check(&mut self, slots_used: usize) -> Check {
        let watches: Vec<Watch> = self.watches.iter().map(|(_, w)| w.clone()).collect();
        let mut taken: Vec<Val> = watches.iter().flat_map(|w| w.args.clone()).collect();
        taken.sort_unstable();
        taken.dedup();
        let types: Vec<DType> = taken.iter().map(|&v| self.builder.dtype(v)).collect();
        let slow = Region::build(&types, |f, params| {
            let of = |v: &Val| params[taken.binary_search(v).expect("every argument was taken")];
            let look = |w: &Watch| f.inline(&w.slow, &w.args.iter().map(of).collect::<Vec<_>>());
            watches.iter().flat_map(look).collect()
        });
        let slots = watches
            .iter()
            .enumerate()
            .flat_map(|(k, w)| w.slots.iter().map(move |slot| (slots_used + k) * FLAGS + slot));
        let slots = slots.collect();
        let suspects = watches.iter().flat_map(|w| w.suspects.iter().copied()).collect();
        let suspects = telling(&self.builder, suspects);
        let suspects = suspects.into_iter().map(|v| self.result(v)).collect();
        let args = taken.iter().map(|&v| self.result(v)).collect();
        Check { suspects, args, slow, slots }
    }
}
