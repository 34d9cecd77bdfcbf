//! One row of a bundle, pass by pass and block by block.

use super::{BLOCK, Blocks, Call, Calls, FoldCall, FoldHow, Start};
use crate::machine::tiles::{Pointers, Steps};
use smallvec::SmallVec;
use stook_kernel::KernelFn;
use stook_ops::FLAGS;
use stook_plan::ValueId;

/// A row being run.
pub(super) struct Row<'a> {
    pub(super) blocks: &'a Blocks,
    pub(super) registers: *mut u8,
    /// Values (and states) that are one for the row.
    pub(super) cells: Vec<[u128; 4]>,
    pub(super) pointers: Pointers,
    pub(super) steps: &'a Steps,
    pub(super) columns: usize,
    pub(super) first: usize,
    pub(super) flags: &'a mut [u8],
    /// Registers that hold a value of this pass which is the same for all its blocks.
    pub(super) filled: Vec<bool>,
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
        for scan in &pass.scans {
            let raws = [scan.from, scan.to].map(|o| (self.pointers[o], self.steps[o]));
            launch(scan.kernel, self.columns, &raws, &mut []);
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
        launch(slot.gather, n, &[(at, step as i64), (register, size as i64)], &mut []);
        register
    }

    /// The register of a value that is one for the row, filled once a pass.
    fn fill(&mut self, v: ValueId, from: *mut u8, n: usize) -> *mut u8 {
        let register = self.register(v);
        if !self.filled[v] {
            let slot = &self.blocks.values[v];
            let full = if self.columns >= BLOCK { BLOCK } else { n.max(self.columns) };
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
                    raws.push((memory.as_mut_ptr().cast::<u8>().wrapping_add(block * size), 0));
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
        let mut raws: SmallVec<[(*mut u8, i64); 8]> = SmallVec::new();
        for (memory, size) in states.iter_mut().zip(sizes()) {
            raws.push((memory.as_mut_ptr().cast(), size));
        }
        for (part, cell) in cells.iter_mut().enumerate().take(types.len()) {
            let to = leave.get(part).map_or(cell.as_mut_ptr().cast(), |&o| self.pointers[o]);
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
    let flags = if flags.is_empty() { &mut spare[..] } else { flags };
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
