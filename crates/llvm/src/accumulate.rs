//! Several rows at a time into what they accumulate.
//!
//! A kernel whose rows are added to a row of states would load and store the states for every row,
//! which costs more than the rows do. Here the states of some columns are loaded once for a group
//! of rows, take the rows in order, and are stored once; every state sees the elements that it
//! would have seen row by row.

use crate::emitter::{Emitted, Emitter, Vector};
use crate::memory::Columns;
use crate::phase::{Fixed, Prepared, Row};
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
        let step = e.number(self.width.into());
        e.repeat((e.number(0), middle, step), &[], |column, _| {
            self.accumulate(e, rows, &fixed, Columns::all(column, self.width))
        })?;
        let step = if self.masked { step } else { e.number(1) };
        e.repeat((middle, columns, step), &[], |column, _| {
            let some = match self.masked {
                true => e.columns_before(columns, column, self.width)?,
                false => Columns::all(column, 1),
            };
            self.accumulate(e, rows, &fixed, some)
        })?;
        Ok(())
    }

    /// Some columns of a group.
    fn accumulate(
        &self,
        e: &Emitter<'c, '_>,
        rows: &[Row<'c>],
        fixed: &[Fixed<'c>],
        columns: Columns<'c>,
    ) -> Emitted<Vec<Vector<'c>>> {
        let mut states: HashMap<usize, Vec<Vector<'c>>> = HashMap::new();
        let mut last = Vec::new();
        for (row, fixed) in rows.iter().zip(fixed) {
            last = self.compute(e, row, fixed, columns, states.clone())?;
            for sink in &self.phase.sinks {
                if let Sink::Store { operand, values } = sink {
                    states.insert(*operand, values.iter().map(|&k| last[k]).collect());
                }
            }
        }
        self.store(e, &rows[0], columns, &last)?;
        Ok(Vec::new())
    }
}
