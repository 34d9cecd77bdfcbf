//! Several rows at a time into what they accumulate.
//!
//! A kernel whose rows are added to a row of states would load and store the states for every row,
//! which costs more than the rows do. Here the states of some columns are loaded once for a group
//! of rows, take the rows in order, and are stored once; every state sees the elements that it
//! would have seen row by row.

use crate::emitter::{Emitted, Emitter, Vector};
use crate::phase::{Fixed, Prepared, Row};
use inkwell::values::IntValue;
use std::collections::HashMap;
use stook_kernel::{Access, Extent, Kernel, Sink};

/// Rows of a group.
pub(crate) const GROUP: u64 = 4;

/// Whether rows may go in groups: they accumulate, in one phase, and store nothing else.
pub(crate) fn groups(kernel: &Kernel) -> bool {
    let [phase] = &kernel.phases[..] else {
        return false;
    };
    let accumulates = |k: usize| kernel.operands[k].access == Access::Accumulate;
    let stores = |sink: &Sink| matches!(sink, Sink::Store { operand, .. } if accumulates(*operand));
    phase.extent == Extent::Columns && !phase.sinks.is_empty() && phase.sinks.iter().all(stores)
}

impl<'c> Prepared<'_, 'c> {
    /// The phase in a group of rows.
    pub(crate) fn emit_group(&self, e: &Emitter<'c, '_>, rows: &[Row<'c>]) -> Emitted<()> {
        let fixed = rows.iter().map(|row| self.fixed(e, row)).collect::<Emitted<Vec<_>>>()?;
        let columns = rows[0].columns;
        let whole = e.number(!u64::from(self.width - 1));
        let middle = e.builder.build_and(columns, whole, "")?;
        for (from, to, width) in [(e.number(0), middle, self.width), (middle, columns, 1)] {
            e.repeat((from, to, e.number(width.into())), &[], |column, _| {
                self.accumulate(e, rows, &fixed, (column, width))?;
                Ok(Vec::new())
            })?;
        }
        Ok(())
    }

    /// Some columns of a group.
    fn accumulate(
        &self,
        e: &Emitter<'c, '_>,
        rows: &[Row<'c>],
        fixed: &[Fixed<'c>],
        (column, width): (IntValue<'c>, u32),
    ) -> Emitted<()> {
        let mut states: HashMap<usize, Vec<Vector<'c>>> = HashMap::new();
        let mut last = Vec::new();
        for (row, fixed) in rows.iter().zip(fixed) {
            last = self.compute(e, row, fixed, (column, width), states.clone())?;
            for sink in &self.phase.sinks {
                if let Sink::Store { operand, values } = sink {
                    states.insert(*operand, values.iter().map(|&k| last[k]).collect());
                }
            }
        }
        self.store(e, &rows[0], (column, &last))
    }
}
