//! From a bundle's passes to calls of shipped kernels.

use super::{Call, Calls, FoldCall, FoldHow, ScanCall, Slot, Start};
use crate::shipped::Shipped;
use smallvec::SmallVec;
use stook_ops::{FLAGS, ReductionId, UfuncId, reductions};
use stook_plan::{Body, Bundle, Def, Memory, Mode, Pass, ShippedKey, ValueId};

/// Makes the calls of a bundle.
pub(super) struct Maker<'a> {
    pub(super) bundle: &'a Bundle,
    pub(super) shipped: &'a Shipped,
}

impl Maker<'_> {
    fn body(&self) -> &Body {
        &self.bundle.body
    }

    pub(super) fn slot(&self, v: ValueId) -> Option<Slot> {
        let value = &self.body().values[v];
        let pass_of = |p: &Pass| p.values.contains(&v);
        let kept = self.body().scratch.get(&v).copied();
        Some(Slot {
            dtype: value.dtype,
            row: value.row,
            load: if let Def::Load(operand) = value.def { Some(operand) } else { None },
            kept: kept.zip(self.body().passes.iter().position(pass_of)),
            fill: self.shipped.get(ShippedKey::Fill(value.dtype))?,
            gather: self.shipped.get(ShippedKey::Gather(value.dtype))?,
        })
    }

    pub(super) fn pass(&self, p: usize) -> Option<Calls> {
        let pass = &self.body().passes[p];
        let leaves = |v: ValueId| match self.body().values[v].def {
            Def::Scan { .. } => true,
            Def::Fold { .. } => !matches!(self.bundle.mode, Mode::Rows { .. }),
            _ => false,
        };
        Some(Calls {
            once: pass.once,
            calls: self.calls(pass)?,
            folds: self.folds(pass)?,
            scans: self.scans(pass)?,
            stores: pass.stores.iter().copied().filter(|&(v, _)| !leaves(v)).collect(),
        })
    }

    /// The calls that make a pass's values: one makes all outputs of a ufunc.
    fn calls(&self, pass: &Pass) -> Option<Vec<Call>> {
        let is_made = |&&v: &&ValueId| {
            let def = &self.body().values[v].def;
            let Def::Call { output, .. } = def else {
                return !def.computes();
            };
            let earlier = (0..*output).filter_map(|k| self.output(def, k));
            earlier.into_iter().any(|sibling| pass.values.contains(&sibling))
        };
        pass.values.iter().filter(|v| !is_made(v)).map(|&v| self.call(v)).collect()
    }

    fn call(&self, v: ValueId) -> Option<Call> {
        let value = &self.body().values[v];
        let of = |key| self.shipped.get(key);
        let simple = |kernel, args: &[ValueId]| Call {
            kernel,
            args: args.into(),
            outs: SmallVec::from_slice(&[Some(v)]),
            slot: None,
            start: Start::Nothing,
        };
        Some(match &value.def {
            Def::Call { ufunc, loop_index, args, output, .. } => {
                let sibling = |k: usize| match k == *output {
                    true => Some(v),
                    false => self.output(&value.def, k),
                };
                let kernel = of(ShippedKey::Call(*ufunc, *loop_index as u16))?;
                let nout = stook_ops::table()[usize::from(ufunc.0)].nout();
                let outs: SmallVec<[Option<ValueId>; 2]> = (0..nout).map(sibling).collect();
                let slot = self.slot_of(&outs);
                Call { outs, slot, ..simple(kernel, args) }
            }
            Def::Cast(from, _) => {
                let key = ShippedKey::Cast(self.body().values[*from].dtype, value.dtype);
                let slot = self.slot_of(&[Some(v)]);
                Call { slot, ..simple(of(key)?, &[*from]) }
            }
            Def::Select(m, a, b) => simple(of(ShippedKey::Select(value.dtype))?, &[*m, *a, *b]),
            Def::Enter(r, k, arg) => {
                let start = reductions()[usize::from(r.0)].loops[*k].fold.start[0];
                let call = simple(of(ShippedKey::Step(*r, *k as u16))?, &[*arg]);
                Call { start: Start::Constant(start), ..call }
            }
            Def::Merge(r, k, a, b) => {
                let call = simple(of(ShippedKey::Merge(*r, *k as u16))?, &[*b]);
                Call { start: Start::Value(*a), ..call }
            }
            Def::Finish(r, k, state) => simple(of(ShippedKey::Finish(*r, *k as u16))?, &[*state]),
            Def::Load(_) | Def::Fold { .. } | Def::Scan { .. } => {
                unreachable!("loads and folds are not called")
            }
        })
    }

    /// The first condition flag of the call that makes these values, if it is watched.
    fn slot_of(&self, outs: &[Option<ValueId>]) -> Option<usize> {
        let watched = &self.bundle.watched;
        watched.iter().position(|w| outs.contains(&Some(w.value))).map(|k| k * FLAGS)
    }

    /// The value that is output `k` of the same call.
    fn output(&self, call: &Def, k: usize) -> Option<ValueId> {
        let Def::Call { ufunc, loop_index, args, watch, .. } = call else {
            return None;
        };
        let wanted = Def::Call {
            ufunc: *ufunc,
            loop_index: *loop_index,
            args: args.clone(),
            output: k,
            watch: *watch,
        };
        self.body().values.iter().position(|v| v.def == wanted)
    }

    /// A pass's folds; nothing if a kernel is missing.
    fn folds(&self, pass: &Pass) -> Option<Vec<FoldCall>> {
        let folded = pass.folds.iter().filter_map(|&v| match self.body().values[v].def {
            Def::Fold { reduction, loop_index, arg } => {
                Some(self.fold(v, reduction, loop_index, arg))
            }
            _ => None,
        });
        folded.collect()
    }

    /// A pass's scans; nothing if a kernel is missing, or elements are computed: the kernels walk
    /// memory.
    fn scans(&self, pass: &Pass) -> Option<Vec<ScanCall>> {
        let scanned = pass.folds.iter().filter_map(|&v| match self.body().values[v].def {
            Def::Scan { ufunc, loop_index, arg } => Some((v, ufunc, loop_index, arg)),
            _ => None,
        });
        let call = |(v, ufunc, loop_index, arg): (ValueId, UfuncId, usize, ValueId)| {
            let Def::Load(from) = self.body().values[arg].def else {
                return None;
            };
            let kernel = self.shipped.get(ShippedKey::Scan(ufunc, loop_index as u16))?;
            Some(ScanCall { kernel, from, to: self.body().places_of(v).next()? })
        };
        scanned.map(call).collect()
    }

    fn fold(
        &self,
        v: ValueId,
        reduction: ReductionId,
        loop_index: usize,
        arg: ValueId,
    ) -> Option<FoldCall> {
        let (r, k) = (reduction, loop_index as u16);
        let states = self.states(v);
        let of = |key: fn(ReductionId, u16) -> ShippedKey| self.shipped.get(key(r, k));
        let how = match self.bundle.mode {
            Mode::Columns { .. } => FoldHow::Step { step: of(ShippedKey::Step)?, states },
            _ => FoldHow::Row {
                reduce: of(ShippedKey::Reduce)?,
                merge: of(ShippedKey::MergeRow)?,
                leave: states,
            },
        };
        let fold = &reductions()[usize::from(r.0)].loops[loop_index].fold;
        Some(FoldCall { value: v, arg, fold, how, finish: of(ShippedKey::Finish)? })
    }

    fn states(&self, v: ValueId) -> Vec<usize> {
        let operands = self.body().operands.iter().enumerate();
        let mine = operands.filter(|(_, o)| matches!(o.memory, Memory::State(f, _) if f == v));
        mine.map(|(k, _)| k).collect()
    }
}
