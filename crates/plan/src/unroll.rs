//! Folds of a few elements, written out.
//!
//! A body over a domain whose last axes are short becomes a body without those axes, in which every
//! value of a row appears once per element. The merges follow the tree of `Sink::Reduce`: element k
//! is lane k, and lanes meet in halves, so the bits are those of a fold that walks the row.

use crate::body::{Body, BodyOperand, Def, Pass, Value, ValueId};
use stook_ops::{ReductionId, reductions};
use stook_types::DType;

/// The body with the folded axes of `domain` written out.
pub(crate) fn unroll(body: &Body, domain: &[usize]) -> Body {
    let mut unroller = Unroller {
        from: body,
        domain,
        to: Body::default(),
        copies: Vec::with_capacity(body.values.len()),
    };
    for value in &body.values {
        let copies = unroller.copies_of(value);
        unroller.copies.push(copies);
    }
    unroller.finish()
}

struct Unroller<'a> {
    from: &'a Body,
    domain: &'a [usize],
    to: Body,
    /// For each old value its new ones: one per element, or one for all.
    copies: Vec<Vec<ValueId>>,
}

impl Unroller<'_> {
    fn elements(&self) -> usize {
        let (from, to) = self.from.folded;
        self.domain[from..to].iter().product()
    }

    fn copies_of(&mut self, value: &Value) -> Vec<ValueId> {
        if let Def::Fold { reduction, loop_index, arg } = value.def {
            return vec![self.fold(reduction, loop_index, arg, value)];
        }
        let count = if value.row { 1 } else { self.elements() };
        (0..count).map(|k| self.copy(value, k)).collect()
    }

    fn copy(&mut self, value: &Value, k: usize) -> ValueId {
        let of = |v: &ValueId| {
            let copies = &self.copies[*v];
            copies[k.min(copies.len() - 1)]
        };
        let def = match &value.def {
            Def::Load(operand) => {
                let operand = self.operand(*operand, k);
                self.to.operands[operand].read = true;
                Def::Load(operand)
            }
            Def::Call { ufunc, loop_index, args, output, watch } => Def::Call {
                ufunc: *ufunc,
                loop_index: *loop_index,
                args: args.iter().map(of).collect(),
                output: *output,
                watch: *watch,
            },
            Def::Cast(v, watch) => Def::Cast(of(v), *watch),
            Def::Select(m, a, b) => Def::Select(of(m), of(a), of(b)),
            other => unreachable!("{other:?} is made by unrolling only"),
        };
        self.push(def, value.dtype, value.instruction)
    }

    fn operand(&mut self, operand: usize, k: usize) -> usize {
        let (from, to) = self.from.folded;
        let mut new =
            BodyOperand { read: false, written: false, ..self.from.operands[operand].clone() };
        let mut rest = k;
        for axis in (from..to).rev() {
            let at = (rest % self.domain[axis]) as isize;
            rest /= self.domain[axis];
            new.offset += at * new.strides[axis];
        }
        new.strides.truncate(from);
        let same = |o: &BodyOperand| {
            o.memory == new.memory
                && o.offset == new.offset
                && o.strides == new.strides
                && o.dtype == new.dtype
        };
        self.to.operands.iter().position(same).unwrap_or_else(|| {
            self.to.operands.push(new.clone());
            self.to.operands.len() - 1
        })
    }

    fn fold(&mut self, row: ReductionId, index: usize, arg: ValueId, value: &Value) -> ValueId {
        let signature = &reductions()[usize::from(row.0)].loops[index];
        let state = signature.fold.state[0];
        let args = self.copies[arg].clone();
        let mut lanes: Vec<Option<ValueId>> = vec![None; signature.fold.lanes()];
        for (k, lane) in lanes.iter_mut().enumerate().take(self.elements()) {
            let element = args[k.min(args.len() - 1)];
            *lane = Some(self.push(Def::Enter(row, index, element), state, value.instruction));
        }
        let mut width = lanes.len() / 2;
        while width > 0 {
            for i in 0..width {
                lanes[i] = match (lanes[i], lanes[i + width]) {
                    (Some(a), Some(b)) => {
                        Some(self.push(Def::Merge(row, index, a, b), state, value.instruction))
                    }
                    (a, b) => a.or(b),
                };
            }
            width /= 2;
        }
        let merged = lanes[0].expect("a fold that is written out has elements");
        self.push(Def::Finish(row, index, merged), value.dtype, value.instruction)
    }

    fn push(&mut self, def: Def, dtype: DType, instruction: usize) -> ValueId {
        let same = |v: &Value| v.def == def && v.dtype == dtype;
        self.to.values.iter().position(same).unwrap_or_else(|| {
            self.to.values.push(Value { def, dtype, row: false, ready: 0, instruction });
            self.to.values.len() - 1
        })
    }

    fn finish(mut self) -> Body {
        let mut stores = Vec::new();
        for (value, operand) in self.from.passes.iter().flat_map(|p| p.stores.clone()) {
            if self.from.scratch.get(&value) == Some(&operand) {
                continue;
            }
            let once = self.from.is_row_store(value, operand);
            for k in 0..if once { 1 } else { self.elements() } {
                let copies = &self.copies[value];
                let copy = copies[k.min(copies.len() - 1)];
                let target = self.operand(operand, k);
                self.to.operands[target].written = true;
                stores.push((copy, target));
            }
        }
        let values = (0..self.to.values.len()).filter(|&v| self.to.values[v].def.computes());
        let pass = Pass { once: false, values: values.collect(), folds: Vec::new(), stores };
        self.to.passes = vec![pass];
        self.to
    }
}
