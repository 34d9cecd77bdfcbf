//! Rows folded straight from memory, many in one call: what follows a row's folds is then computed
//! with rows in the place of columns. A row at a time would cost more than reading it.

use super::row::{Raw, Raws, Row, launch};
use super::{Calls, FoldHow, Slot};
use smallvec::SmallVec;

/// Whether a bundle folds elements of operands, and computes all else once for each row.
pub(super) fn folds_rows(passes: &[Calls], values: &[Slot]) -> bool {
    let Some((first, rest)) = passes.split_first() else { return false };
    let only_folds = first.calls.is_empty() && first.stores.is_empty() && first.scans.is_empty();
    let stays = |how: &FoldHow| matches!(how, FoldHow::Row { leave, .. } if leave.is_empty());
    let loads = |v: usize| values[v].load.is_some();
    let folds =
        !first.folds.is_empty() && first.folds.iter().all(|f| stays(&f.how) && loads(f.arg));
    only_folds && folds && !first.once && rest.iter().all(|pass| pass.once)
}

impl Row<'_> {
    /// Whether the elements that are folded follow one another.
    pub(super) fn reads_in_order(&self) -> bool {
        self.folds_in_order(&self.blocks.passes[0])
    }

    /// Runs `count` rows, at most a block's columns.
    pub(super) fn turned(&mut self, count: usize) {
        let blocks = self.blocks;
        self.fold_rows(count);
        let (steps, columns) = (self.steps, self.columns);
        (self.steps, self.columns, self.is_turned) = (self.row_steps, count, true);
        for (p, pass) in blocks.passes.iter().enumerate().skip(1) {
            self.filled.fill(false);
            for call in &pass.calls {
                self.call(call, p, 0, count);
            }
            self.stores(pass, p, 0, count);
        }
        (self.steps, self.columns, self.is_turned) = (steps, columns, false);
    }

    /// Leaves the folds' results in their registers.
    fn fold_rows(&self, count: usize) {
        for fold in &self.blocks.passes[0].folds {
            let FoldHow::Row { reduce, .. } = &fold.how else { continue };
            let Some(operand) = self.blocks.values[fold.arg].load else { continue };
            let mut memory: SmallVec<[Vec<u128>; 2]> = SmallVec::new();
            let mut states = Raws::new();
            for size in fold.fold.state.iter().map(|d| d.size()) {
                let mut room = vec![0u128; (count * size).div_ceil(16)];
                let pointer = room.as_mut_ptr().cast();
                states.push(Raw { pointer, step: 0, row_step: size as i64 });
                memory.push(room);
            }
            let mut raws = Raws::from_slice(&[self.operand(operand, 0)]);
            raws.extend_from_slice(&states);
            launch(*reduce, (count, self.columns), &raws, &mut [], self.first);
            let across = states.iter().map(|raw| Raw::of(raw.pointer, raw.row_step));
            let mut raws: Raws = across.collect();
            raws.push(self.register(fold.value, count));
            launch(fold.finish, (1, count), &raws, &mut [], 0);
        }
    }
}
