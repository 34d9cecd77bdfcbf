//! What a group computes, as values in order, and which pass over a row computes each.
//!
//! A written place becomes a value that later members read from a register; only what someone
//! needs after the group is stored. The passes of a row alternate: columns, once, columns, ... A
//! fold's result is there after the pass that feeds it. Stores come in the last pass over the
//! columns, so that every load sees the memory as it was.

use crate::group::{Group, Role, read_role};
use crate::mode::Mode;
use crate::prepare::Prepared;
use crate::program::{Instruction, Op, Place, Ref};
use std::collections::HashMap;
use stook_ops::{ReductionId, UfuncId, reductions, table};
use stook_types::{DType, Strides};

/// Index of a value.
pub type ValueId = usize;

/// A group's values and the passes that compute them.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Memory it reads and writes, with strides over the group's domain.
    pub operands: Vec<BodyOperand>,
    /// In order: each uses earlier ones.
    pub values: Vec<Value>,
    /// In the order they run within a row.
    pub passes: Vec<Pass>,
    /// Operands that hold values from one pass over the columns to a later one.
    pub scratch: HashMap<ValueId, usize>,
    /// The axes of the domain that make a row; none where there is nothing once a row.
    pub folded: (usize, usize),
}

/// Memory of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyOperand {
    /// What memory.
    pub memory: Memory,
    /// Bytes from its start to the first element.
    pub offset: isize,
    /// Bytes from element to element along each axis of the domain.
    pub strides: Strides,
    /// Its elements.
    pub dtype: DType,
    /// It is loaded.
    pub read: bool,
    /// It is stored.
    pub written: bool,
}

/// The memory behind an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Memory {
    /// A storage.
    Storage(usize),
    /// A recorded scalar.
    Scalar(usize),
    /// A row of this thread's own.
    Scratch(usize),
    /// States of a fold that is cut in pieces: which fold, which scalar of its state.
    State(usize, usize),
}

/// A value.
#[derive(Clone, Debug)]
pub struct Value {
    /// How it is made.
    pub def: Def,
    /// Its type.
    pub dtype: DType,
    /// One for all columns of a row.
    pub row: bool,
    /// The first pass over the columns (numbered from 0) in which columns can have it.
    pub ready: usize,
    /// The instruction (of the prepared program) it comes from.
    pub instruction: usize,
}

/// How a value is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Def {
    /// Loaded.
    Load(usize),
    /// A ufunc's output of this number.
    Call {
        /// The row.
        ufunc: UfuncId,
        /// The loop.
        loop_index: usize,
        /// One per input, of the loop's types.
        args: Vec<ValueId>,
        /// Which output.
        output: usize,
        /// Whether conditions are watched.
        watch: bool,
    },
    /// Another value in this type, and whether conditions are watched.
    Cast(ValueId, bool),
    /// The second where the first holds, else the third.
    Select(ValueId, ValueId, ValueId),
    /// A state with one element in it; folds that are written out.
    Enter(ReductionId, usize, ValueId),
    /// Two states as one.
    Merge(ReductionId, usize, ValueId, ValueId),
    /// A fold's result from its state.
    Finish(ReductionId, usize, ValueId),
    /// The fold of a row of values.
    Fold {
        /// The row.
        reduction: ReductionId,
        /// The loop.
        loop_index: usize,
        /// The elements.
        arg: ValueId,
    },
    /// Running results over a row of values.
    Scan {
        /// The row.
        ufunc: UfuncId,
        /// The loop.
        loop_index: usize,
        /// The elements.
        arg: ValueId,
    },
}

/// One pass over a row.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    /// Once a row rather than for every column.
    pub once: bool,
    /// The values it computes (loads and folds are not listed).
    pub values: Vec<ValueId>,
    /// The folds and scans it feeds.
    pub folds: Vec<ValueId>,
    /// Values it stores, and where.
    pub stores: Vec<(ValueId, usize)>,
}

/// The body of a group; `needed` says whether a storage is read after it.
pub(crate) fn body(prepared: &Prepared, group: &Group, needed: impl Fn(usize) -> bool) -> Body {
    let rows =
        matches!(group.mode, Mode::Rows { .. } | Mode::LongRows { .. } | Mode::Unrolled { .. });
    let folded = if rows { group.folded() } else { (0, 0) };
    let body = Body { folded, ..Body::default() };
    let mut maker = Maker { group, body, current: Vec::new(), now: 0, watch: false };
    for member in &group.members {
        maker.member(prepared, member.instruction, member.role);
    }
    let stores: Vec<(Key, ValueId)> = std::mem::take(&mut maker.current);
    let mut outputs = Vec::new();
    for (key, value) in stores {
        if needed(key.storage) && !maker.is_load_of(value, &key) {
            outputs.push((value, maker.output(&key)));
        }
    }
    let mut body = maker.body;
    body.assign_passes(&outputs);
    body
}

/// A place as the group walks it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    storage: usize,
    offset: isize,
    strides: Strides,
    dtype: DType,
}

struct Maker<'a> {
    group: &'a Group,
    body: Body,
    /// The newest value of each place written so far.
    current: Vec<(Key, ValueId)>,
    now: usize,
    /// Whether the member at hand watches conditions.
    watch: bool,
}

impl Maker<'_> {
    fn member(&mut self, prepared: &Prepared, index: usize, role: Role) {
        self.now = index;
        let instruction = &prepared.instructions[index];
        self.watch = instruction.watch;
        let reads = read_role(role);
        let mut ins: Vec<ValueId> = instruction.ins.iter().map(|r| self.read(r, reads)).collect();
        let mask = instruction.mask.as_ref().map(|r| self.read(r, reads));
        if let Some(mask) = mask.filter(|_| self.may_warn(instruction, &ins)) {
            for value in &mut ins {
                *value = self.calmed(*value, mask, &instruction.op);
            }
        }
        let results = match &instruction.op {
            Op::Copy => vec![ins[0]],
            Op::Call { ufunc, loop_index } => {
                self.call(*ufunc, *loop_index, &ins, instruction.watch)
            }
            Op::Reduce { reduction, loop_index, .. } => {
                vec![self.fold(*reduction, *loop_index, ins[0])]
            }
            Op::Scan { ufunc, loop_index } => vec![self.scan(*ufunc, *loop_index, ins[0])],
        };
        for (out, value) in instruction.outs.iter().zip(results) {
            let mut value = self.cast(value, out.dtype);
            if let Some(mask) = mask {
                let before = self.read(&Ref::Place(out.clone()), role);
                value = self.push(Def::Select(mask, value, before), out.dtype);
            }
            let key = self.key(out, role);
            self.current.retain(|(k, _)| *k != key);
            self.current.push((key, value));
        }
    }

    fn key(&self, place: &Place, role: Role) -> Key {
        Key {
            storage: place.storage,
            offset: place.view.offset,
            strides: self.group.spread(place, role),
            dtype: place.dtype,
        }
    }

    fn read(&mut self, r: &Ref, role: Role) -> ValueId {
        let (memory, key) = match r {
            Ref::Scalar(slot, dtype) => {
                let strides = Strides::from_elem(0, self.group.domain.len());
                (Memory::Scalar(*slot), Key { storage: *slot, offset: 0, strides, dtype: *dtype })
            }
            Ref::Place(place) => {
                let key = self.key(place, role);
                if let Some((_, value)) = self.current.iter().find(|(k, _)| *k == key) {
                    return *value;
                }
                (Memory::Storage(place.storage), key)
            }
        };
        let operand = self.operand(memory, key);
        self.body.operands[operand].read = true;
        let dtype = self.body.operands[operand].dtype;
        self.push(Def::Load(operand), dtype)
    }

    fn operand(&mut self, memory: Memory, key: Key) -> usize {
        let same = |o: &BodyOperand| {
            o.memory == memory
                && o.offset == key.offset
                && o.strides == key.strides
                && o.dtype == key.dtype
        };
        self.body.operands.iter().position(same).unwrap_or_else(|| {
            self.body.operands.push(BodyOperand {
                memory,
                offset: key.offset,
                strides: key.strides,
                dtype: key.dtype,
                read: false,
                written: false,
            });
            self.body.operands.len() - 1
        })
    }

    fn output(&mut self, key: &Key) -> usize {
        let operand = self.operand(Memory::Storage(key.storage), key.clone());
        self.body.operands[operand].written = true;
        operand
    }

    fn is_load_of(&self, value: ValueId, key: &Key) -> bool {
        let Def::Load(operand) = self.body.values[value].def else {
            return false;
        };
        let o = &self.body.operands[operand];
        o.memory == Memory::Storage(key.storage)
            && (o.offset, &o.strides, o.dtype) == (key.offset, &key.strides, key.dtype)
    }

    fn cast(&mut self, value: ValueId, dtype: DType) -> ValueId {
        if self.body.values[value].dtype == dtype {
            return value;
        }
        self.push(Def::Cast(value, self.watch), dtype)
    }

    fn call(
        &mut self,
        ufunc: UfuncId,
        loop_index: usize,
        ins: &[ValueId],
        watch: bool,
    ) -> Vec<ValueId> {
        let signature = &table()[usize::from(ufunc.0)].loops[loop_index];
        let args: Vec<ValueId> =
            ins.iter().zip(&signature.ins).map(|(&v, &dtype)| self.cast(v, dtype)).collect();
        let make = |(output, &dtype): (usize, &DType)| {
            let def = Def::Call { ufunc, loop_index, args: args.clone(), output, watch };
            self.push(def, dtype)
        };
        signature.outs.iter().enumerate().map(make).collect()
    }

    /// Whether an instruction watches for conditions and can meet one.
    fn may_warn(&self, instruction: &Instruction, ins: &[ValueId]) -> bool {
        let given = ins.iter().map(|&v| self.body.values[v].dtype);
        let into = instruction.outs.iter().map(|out| out.dtype);
        instruction.watch
            && match instruction.op {
                Op::Call { ufunc, loop_index } => {
                    let row = &table()[usize::from(ufunc.0)];
                    let signature = &row.loops[loop_index];
                    let integers = !signature.ins.iter().any(|t| t.is_float() || t.is_complex());
                    row.conditions.can_be_met(integers)
                        || !given.eq(signature.ins.iter().copied())
                        || !into.eq(signature.outs.iter().copied())
                }
                _ => !given.eq(into),
            }
    }

    /// An input with a value that meets no condition where a mask does not hold, as NumPy leaves
    /// such elements out: one, or zero for functions that end at one.
    fn calmed(&mut self, value: ValueId, mask: ValueId, op: &Op) -> ValueId {
        let dtype = self.body.values[value].dtype;
        let ends = |ufunc: UfuncId| table()[usize::from(ufunc.0)].domain.1 <= 1.0;
        let calm = match *op {
            Op::Call { ufunc, .. } if ends(ufunc) => mask,
            _ => {
                let (ufunc, loop_index) = stook_ops::negation();
                self.call(ufunc, loop_index, &[mask], false)[0]
            }
        };
        let calm =
            if dtype == DType::Bool { calm } else { self.push(Def::Cast(calm, false), dtype) };
        self.push(Def::Select(mask, value, calm), dtype)
    }

    fn fold(&mut self, reduction: ReductionId, loop_index: usize, arg: ValueId) -> ValueId {
        let signature = &reductions()[usize::from(reduction.0)].loops[loop_index];
        let arg = self.cast(arg, signature.input);
        self.push(Def::Fold { reduction, loop_index, arg }, signature.output)
    }

    fn scan(&mut self, ufunc: UfuncId, loop_index: usize, arg: ValueId) -> ValueId {
        let dtype = table()[usize::from(ufunc.0)].loops[loop_index].outs[0];
        let arg = self.cast(arg, dtype);
        self.push(Def::Scan { ufunc, loop_index, arg }, dtype)
    }

    /// A value; an equal one if there is one.
    fn push(&mut self, def: Def, dtype: DType) -> ValueId {
        let same = |v: &Value| v.def == def && v.dtype == dtype;
        if let Some(known) = self.body.values.iter().position(same) {
            return known;
        }
        let (row, ready) = self.place(&def);
        self.body.values.push(Value { def, dtype, row, ready, instruction: self.now });
        self.body.values.len() - 1
    }

    fn place(&self, def: &Def) -> (bool, usize) {
        let (from, to) = self.body.folded;
        match def {
            Def::Load(operand) => {
                let strides = &self.body.operands[*operand].strides;
                (from < to && strides[from..to].iter().all(|&s| s == 0), 0)
            }
            Def::Fold { arg, .. } => (from < to, self.body.values[*arg].ready + 1),
            Def::Scan { arg, .. } => (false, self.body.values[*arg].ready + 1),
            _ => {
                let args = def.args();
                let all = || args.iter().map(|&v| &self.body.values[v]);
                (all().all(|v| v.row) && from < to, all().map(|v| v.ready).max().unwrap_or(0))
            }
        }
    }
}

impl Def {
    /// The values it uses.
    pub fn args(&self) -> Vec<ValueId> {
        match self {
            Def::Load(_) => Vec::new(),
            Def::Call { args, .. } => args.clone(),
            Def::Cast(v, _) | Def::Fold { arg: v, .. } | Def::Scan { arg: v, .. } => vec![*v],
            Def::Enter(_, _, v) | Def::Finish(_, _, v) => vec![*v],
            Def::Merge(_, _, a, b) => vec![*a, *b],
            Def::Select(m, a, b) => vec![*m, *a, *b],
        }
    }
}

impl Body {
    /// Sets the passes; `outputs` are the values someone needs and where.
    fn assign_passes(&mut self, outputs: &[(ValueId, usize)]) {
        let (row_stores, stores): (Vec<_>, Vec<_>) =
            outputs.iter().copied().partition(|&(v, o)| self.is_row_store(v, o));
        let last = self.values.iter().map(|v| v.ready).max().unwrap_or(0);
        let stored = stores.iter().map(|&(v, _)| self.stored_in(v)).max();
        let computed = (0..=last).rev().find(|&p| self.works(p));
        let columns_last = stored.max(computed);
        for p in 0..=last {
            let once = self.ids(|v| v.row && v.ready == p && v.def.computes());
            self.passes.push(Pass { once: true, values: once, ..Pass::default() });
            if columns_last.is_some_and(|end| p <= end) {
                let end = columns_last == Some(p);
                let columns = self.pass_columns(p, end, &stores);
                self.passes.push(columns);
            }
        }
        self.passes.push(Pass { once: true, stores: row_stores, ..Pass::default() });
        self.passes.retain(|p| !(p.values.is_empty() && p.folds.is_empty() && p.stores.is_empty()));
    }

    /// The pass over the columns in which a value can be stored; a scan stores as it goes.
    fn stored_in(&self, v: ValueId) -> usize {
        let value = &self.values[v];
        let runs = value.def.gathers() && !value.row;
        value.ready - usize::from(runs)
    }

    /// Whether the pass over the columns of this number computes anything.
    fn works(&self, pass: usize) -> bool {
        self.values.iter().any(|v| {
            !v.row && v.ready == pass && v.def.computes() || v.def.gathers() && v.ready == pass + 1
        })
    }

    /// Whether a store happens once a row: value and place are one for all columns.
    pub(crate) fn is_row_store(&self, value: ValueId, operand: usize) -> bool {
        let (from, to) = self.folded;
        let strides = &self.operands[operand].strides;
        self.values[value].row && strides[from..to].iter().all(|&s| s == 0)
    }

    /// The operands that a value is stored to.
    pub fn places_of(&self, value: ValueId) -> impl Iterator<Item = usize> {
        let stores = self.passes.iter().flat_map(|pass| &pass.stores);
        stores.filter(move |(stored, _)| *stored == value).map(|&(_, operand)| operand)
    }

    /// A pass over the columns; the last one, `end`, stores, so what earlier ones computed for
    /// `stores` is kept until then.
    fn pass_columns(&mut self, p: usize, end: bool, stores: &[(ValueId, usize)]) -> Pass {
        let values = self.ids(|v| !v.row && v.ready == p && v.def.computes());
        let folds = self.ids(|v| v.def.gathers() && v.ready == p + 1);
        let mut pass = Pass {
            once: false,
            values,
            folds,
            stores: if end { stores.to_vec() } else { Vec::new() },
        };
        for v in pass.values.clone() {
            let stored_later = !end && stores.iter().any(|&(stored, _)| stored == v);
            if stored_later || self.used_later(v, p) {
                let operand = self.keep(v);
                pass.stores.push((v, operand));
            }
        }
        pass
    }

    fn ids(&self, wanted: impl Fn(&Value) -> bool) -> Vec<ValueId> {
        (0..self.values.len()).filter(|&v| wanted(&self.values[v])).collect()
    }

    fn used_later(&self, v: ValueId, pass: usize) -> bool {
        self.values.iter().any(|user| {
            let fold = user.def.gathers();
            let at = if fold { user.ready - 1 } else { user.ready };
            at > pass && (fold || !user.row) && user.def.args().contains(&v)
        })
    }

    fn keep(&mut self, v: ValueId) -> usize {
        let number = self.scratch.len();
        self.operands.push(BodyOperand {
            memory: Memory::Scratch(number),
            offset: 0,
            strides: Strides::new(),
            dtype: self.values[v].dtype,
            read: true,
            written: true,
        });
        self.scratch.insert(v, self.operands.len() - 1);
        self.operands.len() - 1
    }
}

impl Def {
    /// Whether a pass computes it: neither loaded nor gathered.
    pub fn computes(&self) -> bool {
        !matches!(self, Def::Load(_)) && !self.gathers()
    }

    /// Whether it gathers the elements of a pass over the columns.
    pub fn gathers(&self) -> bool {
        matches!(self, Def::Fold { .. } | Def::Scan { .. })
    }
}
