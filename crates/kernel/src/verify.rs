//! The verifier: every invariant of a [`Kernel`], before anything reads it.
//!
//! A kernel enters; what leaves is the first rule it breaks, in words that name the phase. Compiler
//! and interpreter rely on these rules and check none of them again:
//! - regions are well typed, parameters have the types of their sources;
//! - a row value is left by one sink of an earlier phase, with the sink's type;
//! - an operand is used as its access says; a written one is stored once, from one phase;
//! - a phase once per row sees fixed operands and row values only, and folds nothing; only it
//!   keeps results as row values;
//! - a phase per column stores to no fixed operand;
//! - streamed operands are walked by unit stride; checks raise flags that there are.

use crate::kernel::{Access, Check, Extent, Kernel, Operand, Phase, Sink, Source, Walk};
use crate::typing::{result_types, same_types, verify_bits, verify_region};
use stook_ops::Fold;
use stook_types::DType;

type Verdict = Result<(), String>;

/// Checks every invariant of a kernel.
///
/// # Errors
/// The first broken rule: where it is, what was expected and what came.
pub fn verify(kernel: &Kernel) -> Verdict {
    let mut state = Progress {
        kernel,
        made: vec![false; kernel.row_values.len()],
        stored: vec![false; kernel.operands.len()],
    };
    for (k, operand) in kernel.operands.iter().enumerate() {
        let streams = operand.access == Access::Stream;
        ensure(!streams || operand.walk == Walk::Unit, || {
            format!("operand {k}: stream of a walk")
        })?;
    }
    if let Some(t) = kernel.row_values.iter().find(|t| t.is_complex()) {
        return Err(format!("a row value of type {t}"));
    }
    for (k, phase) in kernel.phases.iter().enumerate() {
        state.phase(phase).map_err(|text| format!("phase {k}: {text}"))?;
    }
    state.written()
}

/// What the phases up to here have made.
struct Progress<'a> {
    kernel: &'a Kernel,
    made: Vec<bool>,
    stored: Vec<bool>,
}

impl Progress<'_> {
    fn phase(&mut self, phase: &Phase) -> Verdict {
        let sources: Vec<DType> =
            phase.sources.iter().map(|&s| self.source(phase, s)).collect::<Result<_, _>>()?;
        same_types("sources", &phase.body.params, &sources)?;
        verify_region(&phase.body)?;
        let results = result_types(&phase.body);
        if let Some(check) = &phase.check {
            verify_check(check, &results, self.kernel.flags)
                .map_err(|text| format!("check: {text}"))?;
        }
        for (k, sink) in phase.sinks.iter().enumerate() {
            self.sink(phase, sink, &results).map_err(|text| format!("sink {k}: {text}"))?;
        }
        Ok(())
    }

    /// The type of what a source gives, if the phase may use it.
    fn source(&self, phase: &Phase, source: Source) -> Result<DType, String> {
        match source {
            Source::Load { operand, part } => {
                let found = self.operand(operand)?;
                let loads = !matches!(found.access, Access::Write | Access::Stream);
                ensure(loads, || format!("loads operand {operand}, which is only stored"))?;
                ensure(part < found.dtype.parts(), || format!("part {part} of {}", found.dtype))?;
                let fits = phase.extent == Extent::Columns || found.walk == Walk::Fixed;
                ensure(fits, || format!("loads operand {operand}, not fixed, once per row"))?;
                Ok(found.dtype.real())
            }
            Source::Row(k) => {
                let made = self.made.get(k).copied().unwrap_or(false);
                ensure(made, || format!("row value {k} is not left by an earlier phase"))?;
                Ok(self.kernel.row_values[k])
            }
            Source::Index => {
                let fits = phase.extent == Extent::Columns;
                ensure(fits, || "a column's index, once per row".to_owned())?;
                Ok(DType::I64)
            }
        }
    }

    fn operand(&self, operand: usize) -> Result<Operand, String> {
        let count = self.kernel.operands.len();
        self.kernel
            .operands
            .get(operand)
            .copied()
            .ok_or_else(|| format!("operand {operand} of {count}"))
    }

    fn sink(&mut self, phase: &Phase, sink: &Sink, results: &[DType]) -> Verdict {
        let expected = match sink {
            Sink::Store { .. } => phase.extent,
            Sink::Keep { .. } => Extent::Once,
            Sink::Reduce { .. } | Sink::Merge { .. } | Sink::Scan { .. } => Extent::Columns,
        };
        ensure(phase.extent == expected, || format!("not in a phase of {:?}", phase.extent))?;
        match sink {
            Sink::Store { operand, values } => {
                let found = self.store(phase, *operand)?;
                let scalars = vec![found.dtype.real(); found.dtype.parts()];
                same_types("stored", &scalars, &pick(results, values)?)
            }
            Sink::Keep { value, into } => self.leave(&pick(results, &[*value])?, *into),
            Sink::Reduce { fold, values, into } => {
                verify_fold(fold)?;
                same_types("element", element(fold), &pick(results, values)?)?;
                self.leave(&fold.state, *into)
            }
            Sink::Merge { fold, values, into } => {
                verify_fold(fold)?;
                same_types("state", &fold.state, &pick(results, values)?)?;
                self.leave(&fold.state, *into)
            }
            Sink::Scan { fold, values, operand } => {
                verify_fold(fold)?;
                same_types("element", element(fold), &pick(results, values)?)?;
                let found = self.store(phase, *operand)?;
                let scalars = vec![found.dtype.real(); found.dtype.parts()];
                same_types("stored", &scalars, &fold.state)
            }
        }
    }

    /// Notes that a phase stores an operand.
    fn store(&mut self, phase: &Phase, operand: usize) -> Result<Operand, String> {
        let found = self.operand(operand)?;
        ensure(found.access != Access::Read, || format!("stores operand {operand}, a read one"))?;
        ensure(!self.stored[operand], || format!("stores operand {operand} again"))?;
        let fixed = found.walk == Walk::Fixed;
        let once = phase.extent == Extent::Once;
        ensure(fixed == once, || match once {
            true => format!("stores operand {operand}, not fixed, once per row"),
            false => format!("stores operand {operand}, a fixed one, per column"),
        })?;
        self.stored[operand] = true;
        Ok(found)
    }

    /// Notes that a sink leaves values of these types in the row values from `into`.
    ///
    /// Sinks come after the sources of their phase, so only later phases find the values made.
    fn leave(&mut self, types: &[DType], into: usize) -> Verdict {
        let end = into + types.len();
        let count = self.kernel.row_values.len();
        ensure(end <= count, || format!("row values {into} to {end} of {count}"))?;
        same_types("row values", &self.kernel.row_values[into..end], types)?;
        let again = self.made[into..end].iter().any(|&made| made);
        ensure(!again, || format!("row values from {into} are left twice"))?;
        self.made[into..end].fill(true);
        Ok(())
    }

    fn written(&self) -> Verdict {
        let mut all = self.kernel.operands.iter().zip(&self.stored).enumerate();
        match all.find(|(_, (operand, stored))| operand.access != Access::Read && !**stored) {
            Some((k, _)) => Err(format!("operand {k} is for writing and never stored")),
            None => Ok(()),
        }
    }
}

/// The types of an element that enters a fold.
fn element(fold: &Fold) -> &[DType] {
    &fold.step.params[fold.state.len()..]
}

fn verify_fold(fold: &Fold) -> Verdict {
    let state = &fold.state;
    ensure(!state.is_empty() && state.len() == fold.start.len(), || "fold's start".to_owned())?;
    for (&dtype, &bits) in state.iter().zip(&fold.start) {
        verify_bits(dtype, bits)?;
    }
    verify_region(&fold.step).map_err(|text| format!("step: {text}"))?;
    verify_region(&fold.merge).map_err(|text| format!("merge: {text}"))?;
    let takes = &fold.step.params[..state.len().min(fold.step.params.len())];
    same_types("step takes", state, takes)?;
    same_types("step makes", state, &result_types(&fold.step))?;
    same_types("merge takes", &[&state[..], &state[..]].concat(), &fold.merge.params)?;
    same_types("merge makes", state, &result_types(&fold.merge))?;
    let indexed = !fold.indexed || element(fold).last() == Some(&DType::I64);
    ensure(indexed, || "an indexed fold takes no index".to_owned())
}

fn verify_check(check: &Check, results: &[DType], flags: usize) -> Verdict {
    for dtype in pick(results, &check.suspects)? {
        let fits = dtype.is_float() || dtype == DType::Bool;
        ensure(fits, || format!("a suspect of type {dtype}"))?;
    }
    verify_region(&check.slow)?;
    same_types("slow takes", &check.slow.params, &pick(results, &check.args)?)?;
    let bools = vec![DType::Bool; check.slots.len()];
    same_types("slow makes", &bools, &result_types(&check.slow))?;
    match check.slots.iter().find(|&&slot| slot >= flags) {
        Some(slot) => Err(format!("flag {slot} of {flags}")),
        None => Ok(()),
    }
}

/// The types of some results of a region.
fn pick(results: &[DType], values: &[usize]) -> Result<Vec<DType>, String> {
    let one = |&k: &usize| {
        results.get(k).copied().ok_or_else(|| format!("result {k} of {}", results.len()))
    };
    values.iter().map(one).collect()
}

fn ensure(holds: bool, text: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(text()) }
}

#[cfg(test)]
mod tests;
