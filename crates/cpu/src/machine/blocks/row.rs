//! A row of a bundle, pass by pass and block by block; or several short rows as one block.

use super::{BLOCK, Blocks, Call, Calls, FoldCall, FoldHow, Start};
use crate::machine::tiles::{Pointers, Steps};
use smallvec::SmallVec;
use stook_kernel::KernelFn;
use stook_ops::FLAGS;
use stook_plan::ValueId;

/// A row being run, or some rows at once.
pub(super) struct Row<'a> {
    pub(super) blocks: &'a Blocks,
    /// How many rows: more than one only for a single pass, none of which is folded within itself,
    /// over one block together.
    pub(super) rows: usize,
    pub(super) registers: *mut u8,
    /// Values (and states) that are one for the row.
    pub(super) cells: Vec<[u128; 4]>,
    pub(super) pointers: Pointers,
    pub(super) steps: &'a Steps,
    pub(super) row_steps: &'a Steps,
    pub(super) columns: usize,
    pub(super) first: usize,
    pub(super) flags: &'a mut [u8],
    /// Registers that hold a value of this pass which is the same for all its blocks.
    pub(super) filled: Vec<bool>,
    /// Whether its columns are the first elements of rows, and what is one for a row is in registers.
    pub(super) is_turned: bool,
}

/// A kernel's operand: its first element, and bytes from column to column and row to row.
#[derive(Clone, Copy)]
pub(super) struct Raw {
    pub(super) pointer: *mut u8,
    pub(super) step: i64,
    pub(super) row_step: i64,
}

pub(super) type Raws = SmallVec<[Raw; 8]>;

impl Raw {
    /// Elements of one row.
    pub(super) fn of(pointer: *mut u8, step: i64) -> Self {
        Self { pointer, step, row_step: 0 }
    }
}

impl Row<'_> {
    pub(super) fn run(&mut self) {
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
        let length = self.block_of(pass);
        let blocks = self.columns.div_ceil(length);
        let mut states: Vec<Vec<u128>> = pass
            .folds
            .iter()
            .flat_map(|f| &f.fold.state)
            .map(|d| vec![0; (blocks * d.size()).div_ceil(16)])
            .collect();
        for block in 0..blocks {
            let start = block * length;
            let n = length.min(self.columns - start);
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
        for scan in &pass.scans {
            let raws = [scan.from, scan.to].map(|o| self.operand(o, 0));
            launch(scan.kernel, (1, self.columns), &raws, &mut [], self.first);
        }
    }

    /// Columns of a block: all where elements go from memory to folds, without a register.
    fn block_of(&self, pass: &Calls) -> usize {
        let whole = pass.calls.is_empty() && pass.stores.is_empty();
        if whole && self.folds_in_order(pass) { self.columns.max(1) } else { BLOCK }
    }

    /// Whether what a pass folds are operands whose elements follow one another.
    pub(super) fn folds_in_order(&self, pass: &Calls) -> bool {
        let direct = |fold: &FoldCall| {
            let slot = &self.blocks.values[fold.arg];
            slot.load.is_some_and(|o| self.steps[o] == slot.dtype.size() as i64)
        };
        pass.folds.iter().all(direct)
    }

    /// Stores a block; what is copied from one operand to another is read before any is written.
    pub(super) fn stores(&mut self, pass: &Calls, p: usize, start: usize, n: usize) {
        let mut from = Raws::new();
        for &(v, _) in &pass.stores {
            let mut at = self.value(v, p, start, n);
            if pass.stores.len() > 1 && self.blocks.values[v].load.is_some() {
                at = self.copy(v, at, n);
            }
            from.push(at);
        }
        for (&(_, operand), from) in pass.stores.iter().zip(from) {
            self.store(from, operand, start, n);
        }
    }

    /// A block's elements in the register of `v`, which has their type.
    fn copy(&mut self, v: ValueId, from: Raw, n: usize) -> Raw {
        let register = self.register(v, n);
        if from.pointer != register.pointer {
            self.launch(self.blocks.values[v].gather, n, &[from, register], &mut []);
        }
        register
    }

    fn once(&mut self, p: usize, pass: &Calls) {
        for call in &pass.calls {
            self.call(call, p, 0, 1);
            for &out in call.outs.iter().flatten() {
                let size = self.blocks.values[out].dtype.size();
                let register = self.register(out, 1);
                // SAFETY: a register holds at least one element, and a cell any element.
                unsafe {
                    let cell = self.cells[out].as_mut_ptr().cast::<u8>();
                    std::ptr::copy_nonoverlapping(register.pointer, cell, size);
                }
            }
        }
        self.stores(pass, p, 0, 1);
    }

    /// The register of a value, or the spare one after all, for blocks of `n` columns.
    pub(super) fn register(&self, v: ValueId, n: usize) -> Raw {
        let pointer = self.registers.wrapping_add(v * self.blocks.register);
        let size = self.blocks.values.get(v).map_or(16, |slot| slot.dtype.size());
        Raw { pointer, step: size as i64, row_step: (n * size) as i64 }
    }

    /// The elements of a value in a block, one after another in each row.
    fn value(&mut self, v: ValueId, pass: usize, start: usize, n: usize) -> Raw {
        let slot = &self.blocks.values[v];
        let size = slot.dtype.size();
        if let Some(operand) = slot.load {
            return self.load(v, operand, start, n);
        }
        if let Some((operand, made)) = slot.kept
            && made < pass
        {
            return Raw::of(self.pointers[operand].wrapping_add(start * size), size as i64);
        }
        if slot.row && !self.is_turned && !(n == 1 && self.filled[v]) {
            let cell = self.cells[v].as_mut_ptr().cast::<u8>();
            return self.fill(v, Raw::of(cell, 0), n);
        }
        self.register(v, n)
    }

    /// An operand's elements from column `start` on.
    pub(super) fn operand(&self, operand: usize, start: usize) -> Raw {
        let step = self.steps[operand];
        let pointer = self.pointers[operand].wrapping_offset(start as isize * step as isize);
        Raw { pointer, step, row_step: self.row_steps[operand] }
    }

    fn load(&mut self, v: ValueId, operand: usize, start: usize, n: usize) -> Raw {
        let at = self.operand(operand, start);
        if at.step == self.blocks.values[v].dtype.size() as i64 || n == 1 {
            return at;
        }
        if at.step == 0 {
            return self.fill(v, at, n);
        }
        self.copy(v, at, n)
    }

    /// The register of a value that is one for each row, filled once a pass.
    fn fill(&mut self, v: ValueId, from: Raw, n: usize) -> Raw {
        if !self.filled[v] {
            let full = if self.columns >= BLOCK { BLOCK } else { n.max(self.columns) };
            let register = self.register(v, full);
            self.launch(self.blocks.values[v].fill, full, &[from, register], &mut []);
            self.filled[v] = true;
        }
        self.register(v, n)
    }

    pub(super) fn call(&mut self, call: &Call, pass: usize, start: usize, n: usize) {
        let mut raws = Raws::new();
        for &arg in &call.args {
            raws.push(self.value(arg, pass, start, n));
        }
        for (k, out) in call.outs.iter().enumerate() {
            // An output that nobody uses goes to the spare register.
            let mut register = self.register(out.unwrap_or(self.blocks.values.len()), n);
            let of = out.or(call.outs[0]).or(call.outs[call.outs.len() - 1]);
            register.step = of.map_or(16, |v| self.blocks.values[v].dtype.size()) as i64;
            if k == 0 {
                self.begin(call, (pass, start, n));
            }
            raws.push(register);
        }
        let mut spare = [0; FLAGS];
        let flags = std::mem::take(&mut self.flags);
        let met = match call.slot {
            Some(slot) => &mut flags[slot..slot + FLAGS],
            None => &mut spare[..],
        };
        self.launch(call.kernel, n, &raws, met);
        self.flags = flags;
        for &out in call.outs.iter().flatten() {
            self.filled[out] = true;
        }
    }

    fn begin(&mut self, call: &Call, (pass, start, n): (usize, usize, usize)) {
        let Some(out) = call.outs[0] else { return };
        match call.start {
            Start::Nothing => {}
            Start::Constant(bits) => {
                let cell = Raw::of(std::ptr::from_ref(&bits).cast::<u8>().cast_mut(), 0);
                let register = self.register(out, n);
                self.launch(self.blocks.values[out].fill, n, &[cell, register], &mut []);
            }
            Start::Value(v) => {
                let from = self.value(v, pass, start, n);
                self.copy(out, from, n);
            }
        }
    }

    fn store(&mut self, from: Raw, operand: usize, start: usize, n: usize) {
        let to = self.operand(operand, start);
        self.launch(self.blocks.scatters[operand], n, &[from, to], &mut []);
    }

    /// A kernel on all the rows.
    fn launch(&self, kernel: KernelFn, columns: usize, raws: &[Raw], flags: &mut [u8]) {
        launch(kernel, (self.rows, columns), raws, flags, 0);
    }

    fn fold_block(
        &mut self,
        fold: &FoldCall,
        states: &mut [Vec<u128>],
        (pass, block, n): (usize, usize, usize),
    ) {
        let start = block * BLOCK;
        let mut raws = Raws::from_slice(&[self.value(fold.arg, pass, start, n)]);
        let widths = fold.fold.state.iter().map(|d| d.size());
        match &fold.how {
            FoldHow::Row { reduce, .. } => {
                for (memory, size) in states.iter_mut().zip(widths) {
                    let state = memory.as_mut_ptr().cast::<u8>().wrapping_add(block * size);
                    raws.push(Raw::of(state, 0));
                }
                launch(*reduce, (1, n), &raws, &mut [], self.first + start);
            }
            FoldHow::Step { step, states } => {
                for (&operand, size) in states.iter().zip(widths) {
                    let at = self.pointers[operand].wrapping_add(start * size);
                    raws.push(Raw::of(at, size as i64));
                }
                // The rows are added up one after another.
                self.launch(*step, n, &raws, &mut []);
            }
        }
    }

    fn fold_end(&mut self, fold: &FoldCall, states: &mut [Vec<u128>], blocks: usize) {
        match &fold.how {
            FoldHow::Row { merge, leave, .. } => self.merge(fold, states, blocks, *merge, leave),
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
        let mut raws = Raws::new();
        for (memory, size) in states.iter_mut().zip(sizes()) {
            raws.push(Raw::of(memory.as_mut_ptr().cast(), size));
        }
        for (part, cell) in cells.iter_mut().enumerate().take(types.len()) {
            let to = leave.get(part).map_or(cell.as_mut_ptr().cast(), |&o| self.pointers[o]);
            raws.push(Raw::of(to, 0));
        }
        launch(merge, (1, blocks), &raws, &mut [], 0);
        if leave.is_empty() {
            let mut raws = Raws::new();
            for (cell, size) in cells.iter_mut().zip(sizes()) {
                raws.push(Raw::of(cell.as_mut_ptr().cast(), size));
            }
            raws.push(Raw::of(self.cells[fold.value].as_mut_ptr().cast(), 16));
            launch(fold.finish, (1, 1), &raws, &mut [], 0);
        }
    }
}

pub(super) fn launch(
    kernel: KernelFn,
    (rows, columns): (usize, usize),
    raws: &[Raw],
    flags: &mut [u8],
    first: usize,
) {
    let pointers: SmallVec<[*mut u8; 8]> = raws.iter().map(|r| r.pointer).collect();
    let row_steps: SmallVec<[i64; 8]> = raws.iter().map(|r| r.row_step).collect();
    let steps: SmallVec<[i64; 8]> = raws.iter().map(|r| r.step).collect();
    let mut spare = [0; FLAGS];
    let flags = if flags.is_empty() { &mut spare[..] } else { flags };
    // SAFETY: registers hold a block, operands what the plan's loops walk; the kernel has as many
    // operands as are given.
    unsafe {
        kernel(
            rows as i64,
            columns as i64,
            pointers.as_ptr(),
            row_steps.as_ptr(),
            steps.as_ptr(),
            flags.as_mut_ptr(),
            first as i64,
        );
    }
}
