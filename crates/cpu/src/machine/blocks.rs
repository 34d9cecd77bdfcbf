//! A bundle on shipped kernels: its values computed block by block, each in a register of a block's
//! length that stays in the nearest caches.
//!
//! Has the meaning and the signature of the compiled kernel: a rectangle of rows and columns from
//! given addresses. Folds go chunk by chunk into states that are merged in the kernel's own order.

use super::tiles::{Pointers, Steps};
use crate::shipped::Shipped;
use smallvec::SmallVec;
use std::cell::RefCell;
use stook_kernel::KernelFn;
use stook_ops::{FLAGS, Fold, ReductionId, reductions};
use stook_plan::{Body, Bundle, Def, Memory, Mode, Pass, ShippedKey, ValueId};
use stook_types::DType;

/// Columns of a block: a power of two, and so of every fold's chunk.
const BLOCK: usize = 1024;

/// A bundle's passes as calls of shipped kernels.
#[derive(Debug)]
pub(crate) struct Blocks {
    passes: Vec<Calls>,
    values: Vec<Slot>,
    operands: Vec<Operand>,
    /// Bytes of one register.
    register: usize,
}

/// One pass.
#[derive(Debug)]
struct Calls {
    once: bool,
    calls: Vec<Call>,
    folds: Vec<FoldCall>,
    stores: Vec<(ValueId, usize)>,
}

/// Where a value is found.
#[derive(Clone, Debug)]
struct Slot {
    dtype: DType,
    row: bool,
    /// The operand it is loaded from.
    load: Option<usize>,
    /// The operand that keeps it between passes, and the pass that computes it.
    kept: Option<(usize, usize)>,
    fill: KernelFn,
    gather: KernelFn,
}

#[derive(Debug)]
struct Operand {
    dtype: DType,
    scatter: KernelFn,
}

/// A kernel's call on registers.
#[derive(Debug)]
struct Call {
    kernel: KernelFn,
    args: SmallVec<[ValueId; 4]>,
    outs: SmallVec<[Option<ValueId>; 2]>,
    /// First condition flag.
    slot: Option<usize>,
    /// The first output starts as a copy of this value, or of this constant.
    start: Start,
}

/// What a call's output holds before it.
#[derive(Clone, Debug)]
enum Start {
    Nothing,
    Value(ValueId),
    Constant(u64),
}

/// A fold in a pass over the columns.
#[derive(Debug)]
struct FoldCall {
    value: ValueId,
    arg: ValueId,
    fold: &'static Fold,
    how: FoldHow,
    finish: KernelFn,
}

#[derive(Debug)]
enum FoldHow {
    /// Chunks to states, states to one; to operands if they leave.
    Row {
        reduce: KernelFn,
        merge: KernelFn,
        leave: Vec<usize>,
    },
    /// Into operands, column by column.
    Step { step: KernelFn, states: Vec<usize> },
    /// A running fold, to an operand.
    Scan { scan: KernelFn, operand: usize },
}

impl Blocks {
    /// The calls of a bundle; nothing if a kernel is missing.
    pub(super) fn new(bundle: &Bundle, shipped: &Shipped) -> Option<Self> {
        let body = &bundle.body;
        let maker = Maker { bundle, shipped };
        let widest = body
            .values
            .iter()
            .map(|v| v.dtype.size())
            .max()
            .unwrap_or(1);
        Some(Self {
            passes: (0..body.passes.len())
                .map(|p| maker.pass(p))
                .collect::<Option<_>>()?,
            values: (0..body.values.len())
                .map(|v| maker.slot(v))
                .collect::<Option<_>>()?,
            operands: body
                .operands
                .iter()
                .map(|o| {
                    let scatter = shipped.get(ShippedKey::Scatter(o.dtype))?;
                    Some(Operand {
                        dtype: o.dtype,
                        scatter,
                    })
                })
                .collect::<Option<_>>()?,
            register: BLOCK * widest,
        })
    }

    /// Runs the bundle on a rectangle.
    pub(super) fn run(
        &self,
        (rows, columns): (usize, usize),
        pointers: &Pointers,
        row_steps: &Steps,
        column_steps: &Steps,
        flags: &mut [u8],
        first: usize,
    ) {
        REGISTERS.with_borrow_mut(|memory| {
            let units = (self.values.len() + 1) * self.register / 16 + 8;
            if memory.len() < units {
                memory.resize(units, 0);
            }
            let start = memory.as_mut_ptr().cast::<u8>();
            let shift = start.align_offset(64);
            let mut row = Row {
                blocks: self,
                registers: start.wrapping_add(shift),
                cells: vec![[0; 4]; self.values.len()],
                pointers: pointers.clone(),
                steps: column_steps,
                columns,
                first,
                flags,
                filled: vec![false; self.values.len()],
            };
            for _ in 0..rows {
                row.run();
                for (pointer, &step) in row.pointers.iter_mut().zip(row_steps) {
                    *pointer = pointer.wrapping_offset(step as isize);
                }
            }
        });
    }
}

thread_local! {
    static REGISTERS: RefCell<Vec<u128>> = const { RefCell::new(Vec::new()) };
}

struct Maker<'a> {
    bundle: &'a Bundle,
    shipped: &'a Shipped,
}

impl Maker<'_> {
    fn body(&self) -> &Body {
        &self.bundle.body
    }

    fn slot(&self, v: ValueId) -> Option<Slot> {
        let value = &self.body().values[v];
        let pass_of = |p: &Pass| p.values.contains(&v);
        let kept = self.body().scratch.get(&v).copied();
        Some(Slot {
            dtype: value.dtype,
            row: value.row && !self.is_running(v),
            load: if let Def::Load(operand) = value.def {
                Some(operand)
            } else {
                None
            },
            kept: kept.zip(self.body().passes.iter().position(pass_of)),
            fill: self.shipped.get(ShippedKey::Fill(value.dtype))?,
            gather: self.shipped.get(ShippedKey::Gather(value.dtype))?,
        })
    }

    fn is_running(&self, v: ValueId) -> bool {
        self.bundle.mode == Mode::Scan && matches!(self.body().values[v].def, Def::Fold { .. })
    }

    fn pass(&self, p: usize) -> Option<Calls> {
        let pass = &self.body().passes[p];
        let leaves = |v: ValueId| {
            matches!(self.body().values[v].def, Def::Fold { .. })
                && self.bundle.mode != Mode::Map
                && !matches!(self.bundle.mode, Mode::Rows { .. })
        };
        Some(Calls {
            once: pass.once,
            calls: self.calls(pass)?,
            folds: pass
                .folds
                .iter()
                .map(|&v| self.fold(v))
                .collect::<Option<_>>()?,
            stores: pass
                .stores
                .iter()
                .copied()
                .filter(|&(v, _)| !leaves(v))
                .collect(),
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
            earlier
                .into_iter()
                .any(|sibling| pass.values.contains(&sibling))
        };
        pass.values
            .iter()
            .filter(|v| !is_made(v))
            .map(|&v| self.call(v))
            .collect()
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
            Def::Call {
                ufunc,
                loop_index,
                args,
                ..
            } => {
                let sibling = |k: usize| self.output(&value.def, k);
                let kernel = of(ShippedKey::Call(*ufunc, *loop_index as u16))?;
                let nout = stook_ops::table()[usize::from(ufunc.0)].nout();
                let outs: SmallVec<[Option<ValueId>; 2]> = (0..nout).map(sibling).collect();
                let slot = self.slot_of(&outs);
                Call {
                    outs,
                    slot,
                    ..simple(kernel, args)
                }
            }
            Def::Cast(from, _) => {
                let key = ShippedKey::Cast(self.body().values[*from].dtype, value.dtype);
                let slot = self.slot_of(&[Some(v)]);
                Call {
                    slot,
                    ..simple(of(key)?, &[*from])
                }
            }
            Def::Select(m, a, b) => simple(of(ShippedKey::Select(value.dtype))?, &[*m, *a, *b]),
            Def::Enter(r, k, arg) => {
                let start = reductions()[usize::from(r.0)].loops[*k].fold.start[0];
                let call = simple(of(ShippedKey::Step(*r, *k as u16))?, &[*arg]);
                Call {
                    start: Start::Constant(start),
                    ..call
                }
            }
            Def::Merge(r, k, a, b) => {
                let call = simple(of(ShippedKey::Merge(*r, *k as u16))?, &[*b]);
                Call {
                    start: Start::Value(*a),
                    ..call
                }
            }
            Def::Finish(r, k, state) => simple(of(ShippedKey::Finish(*r, *k as u16))?, &[*state]),
            Def::Load(_) | Def::Fold { .. } => unreachable!("loads and folds are not called"),
        })
    }

    /// The first condition flag of the call that makes these values, if it is watched.
    fn slot_of(&self, outs: &[Option<ValueId>]) -> Option<usize> {
        let watched = &self.bundle.watched;
        watched
            .iter()
            .position(|w| outs.contains(&Some(w.value)))
            .map(|k| k * FLAGS)
    }

    /// The value that is output `k` of the same call.
    fn output(&self, call: &Def, k: usize) -> Option<ValueId> {
        let Def::Call {
            ufunc,
            loop_index,
            args,
            watch,
            ..
        } = call
        else {
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

    fn fold(&self, v: ValueId) -> Option<FoldCall> {
        let Def::Fold {
            reduction,
            loop_index,
            arg,
        } = self.body().values[v].def
        else {
            return None;
        };
        let (r, k) = (reduction, loop_index as u16);
        let states = self.states(v);
        let of = |key: fn(ReductionId, u16) -> ShippedKey| self.shipped.get(key(r, k));
        let how = match self.bundle.mode {
            Mode::Columns { .. } => FoldHow::Step {
                step: of(ShippedKey::Step)?,
                states,
            },
            Mode::Scan => {
                // The kernel walks memory; elements that are computed need the compiled code.
                if !matches!(self.body().values[arg].def, Def::Load(_)) {
                    return None;
                }
                let stores = self.body().passes.iter().flat_map(|p| &p.stores);
                let operand = stores.clone().find(|(s, _)| *s == v)?.1;
                FoldHow::Scan {
                    scan: of(ShippedKey::Scan)?,
                    operand,
                }
            }
            _ => FoldHow::Row {
                reduce: of(ShippedKey::Reduce)?,
                merge: of(ShippedKey::MergeRow)?,
                leave: states,
            },
        };
        let fold = &reductions()[usize::from(r.0)].loops[loop_index].fold;
        Some(FoldCall {
            value: v,
            arg,
            fold,
            how,
            finish: of(ShippedKey::Finish)?,
        })
    }

    fn states(&self, v: ValueId) -> Vec<usize> {
        let operands = self.body().operands.iter().enumerate();
        let mine = operands.filter(|(_, o)| matches!(o.memory, Memory::State(f, _) if f == v));
        mine.map(|(k, _)| k).collect()
    }
}

/// A row being run.
struct Row<'a> {
    blocks: &'a Blocks,
    registers: *mut u8,
    /// Values (and states) that are one for the row.
    cells: Vec<[u128; 4]>,
    pointers: Pointers,
    steps: &'a Steps,
    columns: usize,
    first: usize,
    flags: &'a mut [u8],
    /// Registers that hold a value of this pass which is the same for all its blocks.
    filled: Vec<bool>,
}

impl Row<'_> {
    fn run(&mut self) {
        let blocks = self.blocks;
        for (p, pass) in blocks.passes.iter().enumerate() {
            self.filled.fill(false);
            if pass.once {
                self.once(p, pass);
            } else {
                self.over_columns(p, pass);
            }
        }
    }

    fn over_columns(&mut self, p: usize, pass: &Calls) {
        let blocks = self.columns.div_ceil(BLOCK);
        let mut states: Vec<Vec<u128>> = pass
            .folds
            .iter()
            .flat_map(|f| &f.fold.state)
            .map(|d| vec![0; (blocks * d.size()).div_ceil(16)])
            .collect();
        for block in 0..blocks {
            let start = block * BLOCK;
            let n = BLOCK.min(self.columns - start);
            for call in &pass.calls {
                self.call(call, p, start, n);
            }
            let mut part = 0;
            for fold in &pass.folds {
                let count = fold.fold.state.len();
                self.fold_block(fold, &mut states[part..part + count], (p, block, n));
                part += count;
            }
            self.stores(pass, p, start, n);
        }
        let mut part = 0;
        for fold in &pass.folds {
            let count = fold.fold.state.len();
            self.fold_end(fold, &mut states[part..part + count], blocks);
            part += count;
        }
    }

    /// Stores a block; what is copied from one operand to another is read before any is written.
    fn stores(&mut self, pass: &Calls, p: usize, start: usize, n: usize) {
        let mut from: SmallVec<[*mut u8; 4]> = SmallVec::new();
        for &(v, _) in &pass.stores {
            let mut at = self.value(v, p, start, n);
            if pass.stores.len() > 1 && self.blocks.values[v].load.is_some() {
                let (size, register) = (self.blocks.values[v].dtype.size(), self.register(v));
                // SAFETY: a register holds a block; source and target may be the same register.
                unsafe { std::ptr::copy(at, register, n * size) };
                at = register;
            }
            from.push(at);
        }
        for (&(_, operand), from) in pass.stores.iter().zip(from) {
            self.store(from, operand, start, n);
        }
    }

    fn once(&mut self, p: usize, pass: &Calls) {
        for call in &pass.calls {
            self.call(call, p, 0, 1);
            for &out in call.outs.iter().flatten() {
                let size = self.blocks.values[out].dtype.size();
                let register = self.register(out);
                // SAFETY: a register holds at least one element, and a cell any element.
                unsafe {
                    let cell = self.cells[out].as_mut_ptr().cast::<u8>();
                    std::ptr::copy_nonoverlapping(register, cell, size);
                }
            }
        }
        for &(v, operand) in &pass.stores {
            let from = self.value(v, p, 0, 1);
            self.store(from, operand, 0, 1);
        }
    }

    fn register(&self, v: ValueId) -> *mut u8 {
        self.registers.wrapping_add(v * self.blocks.register)
    }

    /// The elements of a value in a block, one after another.
    fn value(&mut self, v: ValueId, pass: usize, start: usize, n: usize) -> *mut u8 {
        let slot = &self.blocks.values[v];
        let size = slot.dtype.size();
        if let Some(operand) = slot.load {
            return self.load(v, operand, start, n);
        }
        if let Some((operand, made)) = slot.kept
            && made < pass
        {
            return self.pointers[operand].wrapping_add(start * size);
        }
        if slot.row && !(n == 1 && self.filled[v]) {
            let cell = self.cells[v].as_mut_ptr().cast::<u8>();
            return self.fill(v, cell, n);
        }
        self.register(v)
    }

    fn load(&mut self, v: ValueId, operand: usize, start: usize, n: usize) -> *mut u8 {
        let slot = &self.blocks.values[v];
        let (size, step) = (slot.dtype.size() as isize, self.steps[operand] as isize);
        let at = self.pointers[operand].wrapping_offset(start as isize * step);
        if step == size || n == 1 {
            return at;
        }
        if step == 0 {
            return self.fill(v, at, n);
        }
        let register = self.register(v);
        launch(
            slot.gather,
            n,
            &[(at, step as i64), (register, size as i64)],
            &mut [],
        );
        register
    }

    /// The register of a value that is one for the row, filled once a pass.
    fn fill(&mut self, v: ValueId, from: *mut u8, n: usize) -> *mut u8 {
        let register = self.register(v);
        if !self.filled[v] {
            let slot = &self.blocks.values[v];
            let full = if self.columns >= BLOCK {
                BLOCK
            } else {
                n.max(self.columns)
            };
            let step = slot.dtype.size() as i64;
            launch(slot.fill, full, &[(from, 0), (register, step)], &mut []);
            self.filled[v] = true;
        }
        register
    }

    fn call(&mut self, call: &Call, pass: usize, start: usize, n: usize) {
        let mut raws: SmallVec<[(*mut u8, i64); 8]> = SmallVec::new();
        for &arg in &call.args {
            let step = self.blocks.values[arg].dtype.size() as i64;
            raws.push((self.value(arg, pass, start, n), step));
        }
        for (k, out) in call.outs.iter().enumerate() {
            // An output that nobody uses goes to the spare register.
            let v = out.unwrap_or(self.blocks.values.len());
            let of = out.or(call.outs[0]).or(call.outs[call.outs.len() - 1]);
            let step = of.map_or(16, |v| self.blocks.values[v].dtype.size()) as i64;
            let register = self.register(v);
            if k == 0 {
                self.begin(call, register, (pass, start, n));
            }
            raws.push((register, step));
        }
        let mut spare = [0; FLAGS];
        let flags = match call.slot {
            Some(slot) => &mut self.flags[slot..slot + FLAGS],
            None => &mut spare[..],
        };
        launch(call.kernel, n, &raws, flags);
        for &out in call.outs.iter().flatten() {
            self.filled[out] = true;
        }
    }

    fn begin(&mut self, call: &Call, register: *mut u8, (pass, start, n): (usize, usize, usize)) {
        let Some(out) = call.outs[0] else { return };
        let slot = &self.blocks.values[out];
        let size = slot.dtype.size();
        match call.start {
            Start::Nothing => {}
            Start::Constant(bits) => {
                let cell = std::ptr::from_ref(&bits).cast::<u8>().cast_mut();
                launch(slot.fill, n, &[(cell, 0), (register, size as i64)], &mut []);
            }
            Start::Value(v) => {
                let from = self.value(v, pass, start, n);
                // SAFETY: registers of two values are apart and hold a block each.
                unsafe { std::ptr::copy_nonoverlapping(from, register, n * size) };
            }
        }
    }

    fn store(&mut self, from: *mut u8, operand: usize, start: usize, n: usize) {
        let target = &self.blocks.operands[operand];
        let (size, step) = (target.dtype.size() as i64, self.steps[operand]);
        let at = self.pointers[operand].wrapping_offset(start as isize * step as isize);
        launch(target.scatter, n, &[(from, size), (at, step)], &mut []);
    }

    fn fold_block(
        &mut self,
        fold: &FoldCall,
        states: &mut [Vec<u128>],
        (pass, block, n): (usize, usize, usize),
    ) {
        let start = block * BLOCK;
        let element = self.value(fold.arg, pass, start, n);
        let size = self.blocks.values[fold.arg].dtype.size() as i64;
        let mut raws: SmallVec<[(*mut u8, i64); 8]> = SmallVec::from_slice(&[(element, size)]);
        let widths = fold.fold.state.iter().map(|d| d.size());
        match &fold.how {
            FoldHow::Row { reduce, .. } => {
                for (memory, size) in states.iter_mut().zip(widths) {
                    raws.push((
                        memory.as_mut_ptr().cast::<u8>().wrapping_add(block * size),
                        0,
                    ));
                }
                launch_from(*reduce, n, &raws, self.first + start);
            }
            FoldHow::Step { step, states } => {
                for (&operand, size) in states.iter().zip(widths) {
                    let at = self.pointers[operand].wrapping_add(start * size);
                    raws.push((at, size as i64));
                }
                launch(*step, n, &raws, &mut []);
            }
            FoldHow::Scan { .. } => {}
        }
    }

    fn fold_end(&mut self, fold: &FoldCall, states: &mut [Vec<u128>], blocks: usize) {
        match &fold.how {
            FoldHow::Row { merge, leave, .. } => self.merge(fold, states, blocks, *merge, leave),
            FoldHow::Scan { scan, operand } => {
                let Some(from) = self.blocks.values[fold.arg].load else {
                    return;
                };
                let raws = [from, *operand].map(|o| (self.pointers[o], self.steps[o]));
                launch(*scan, self.columns, &raws, &mut []);
            }
            FoldHow::Step { .. } => {}
        }
    }

    fn merge(
        &mut self,
        fold: &FoldCall,
        states: &mut [Vec<u128>],
        blocks: usize,
        merge: KernelFn,
        leave: &[usize],
    ) {
        let types = &fold.fold.state;
        let mut cells = [[0u128; 1]; 4];
        let sizes = || types.iter().map(|d| d.size() as i64);
        let mut raws: SmallVec<[(*mut u8, i64); 8]> = SmallVec::new();
        for (memory, size) in states.iter_mut().zip(sizes()) {
            raws.push((memory.as_mut_ptr().cast(), size));
        }
        for (part, cell) in cells.iter_mut().enumerate().take(types.len()) {
            let to = leave
                .get(part)
                .map_or(cell.as_mut_ptr().cast(), |&o| self.pointers[o]);
            raws.push((to, 0));
        }
        launch(merge, blocks, &raws, &mut []);
        if leave.is_empty() {
            let mut raws: SmallVec<[(*mut u8, i64); 8]> = SmallVec::new();
            for (cell, size) in cells.iter_mut().zip(sizes()) {
                raws.push((cell.as_mut_ptr().cast(), size));
            }
            raws.push((self.cells[fold.value].as_mut_ptr().cast(), 16));
            launch(fold.finish, 1, &raws, &mut []);
        }
    }
}

fn launch(kernel: KernelFn, columns: usize, raws: &[(*mut u8, i64)], flags: &mut [u8]) {
    launch_with(kernel, columns, raws, flags, 0);
}

fn launch_from(kernel: KernelFn, columns: usize, raws: &[(*mut u8, i64)], first: usize) {
    launch_with(kernel, columns, raws, &mut [0; FLAGS], first);
}

fn launch_with(
    kernel: KernelFn,
    columns: usize,
    raws: &[(*mut u8, i64)],
    flags: &mut [u8],
    first: usize,
) {
    let pointers: SmallVec<[*mut u8; 8]> = raws.iter().map(|r| r.0).collect();
    let steps: SmallVec<[i64; 8]> = raws.iter().map(|r| r.1).collect();
    let mut spare = [0; FLAGS];
    let flags = if flags.is_empty() {
        &mut spare[..]
    } else {
        flags
    };
    // SAFETY: registers hold a block, operands what the plan's loops walk; the kernel has as many
    // operands as are given.
    unsafe {
        kernel(
            1,
            columns as i64,
            pointers.as_ptr(),
            [0i64; 16].as_ptr(),
            steps.as_ptr(),
            flags.as_mut_ptr(),
            first as i64,
        );
    }
}
