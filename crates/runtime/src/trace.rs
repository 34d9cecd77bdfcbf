//! What runs did, kept for whoever checks them.
//!
//! A recording enters before it runs; once it ran, a [`Trace`] leaves: its program, and copies of
//! its memory before and after. A trace's instructions can be run again on such copies, alone or
//! bundled, beside the session: nothing of that is counted, shown or traced. Nothing is kept while
//! nobody asks.

use crate::array::{Array, Storage};
use crate::buffer::Buffer;
use crate::recorder::Recording;
use crate::rest::renumbered;
use crate::run::Runner;
use std::sync::Arc;
use stook_plan::{Program, StorageFacts};
use stook_types::{DType, Result, Scalar};

/// One run of recorded work.
#[derive(Debug)]
pub struct Trace {
    /// What was recorded.
    pub program: Program,
    /// The values of its scalars.
    pub scalars: Vec<Scalar>,
    /// How many bundles ran it.
    pub bundles: u64,
    /// The memory of its storages as it was; those without contents read as zeros.
    before: Vec<Option<Arc<Buffer>>>,
    /// The memory of those that live on, as the run left it.
    after: Vec<Option<Arc<Buffer>>>,
}

/// A trace of a run that has not ended.
#[derive(Debug)]
pub(crate) struct Begun {
    trace: Trace,
    storages: Vec<Arc<Storage>>,
}

/// Keeps traces, and runs them again.
#[derive(Debug)]
pub(crate) struct Tracer {
    runner: Runner,
    pub(crate) traces: Vec<Trace>,
}

impl Trace {
    /// Copies what a recording is about to work on.
    pub(crate) fn begin(recording: &Recording) -> Result<Begun> {
        let Recording { program, storages, scalars } = recording;
        let trace = Self {
            program: program.clone(),
            scalars: scalars.clone(),
            bundles: 0,
            before: storages.iter().map(|s| copy_of(s)).collect::<Result<_>>()?,
            after: Vec::new(),
        };
        Ok(Begun { trace, storages: storages.clone() })
    }

    /// The bytes of each storage before the run: a new array of each.
    pub fn before(&self) -> Result<Vec<Array>> {
        let fresh = self.before.iter().zip(&self.program.storages).map(|(before, facts)| {
            let buffer = match before {
                Some(buffer) => buffer.copied()?,
                None => Buffer::zeroed(facts.bytes)?,
            };
            Ok(bytes_of(buffer, facts.bytes))
        });
        fresh.collect()
    }

    /// The bytes of each storage that lives on, after the run: not to be written.
    pub fn after(&self) -> Vec<Option<Array>> {
        let storages = self.after.iter().zip(&self.program.storages);
        storages.map(|(b, facts)| b.clone().map(|b| bytes_of(b, facts.bytes))).collect()
    }
}

impl Begun {
    /// The trace, with what the run left.
    pub(crate) fn end(mut self, bundles: u64) -> Result<Trace> {
        let lives = self.trace.program.storages.iter().map(|facts| facts.live);
        let after = self.storages.iter().zip(lives);
        let after = after.map(|(s, live)| if live { copy_of(s) } else { Ok(None) });
        self.trace.after = after.collect::<Result<_>>()?;
        self.trace.bundles = bundles;
        Ok(self.trace)
    }
}

impl Tracer {
    /// A tracer that runs on a machine of its own `runner`.
    pub(crate) fn new(runner: Runner) -> Self {
        Self { runner, traces: Vec::new() }
    }

    /// Runs one instruction of a trace, in place, on memory like that of [`Trace::before`].
    pub(crate) fn step(&mut self, trace: &Trace, number: usize, memory: &[&Array]) -> Result<()> {
        let instruction = trace.program.instructions[number].clone();
        let storages: Vec<Arc<Storage>> = memory.iter().map(|a| a.storage.clone()).collect();
        let mut alone = renumbered(vec![instruction], &storages, &trace.scalars);
        let facts = |s: &Arc<Storage>| {
            // Pinned, so that a write over most of it stays in place.
            StorageFacts { bytes: s.bytes, live: true, filled: true, pinned: true }
        };
        alone.program.storages = alone.storages.iter().map(facts).collect();
        self.run(alone)
    }

    /// Runs the first `count` instructions of a trace as the session would have; the bytes of each
    /// storage with contents afterwards, among them what the last instruction wrote.
    pub(crate) fn bundled(&mut self, trace: &Trace, count: usize) -> Result<Vec<Option<Array>>> {
        let mut program = trace.program.clone();
        program.instructions.truncate(count);
        for out in program.instructions.last().iter().flat_map(|last| &last.outs) {
            program.storages[out.storage].live = true;
        }
        let fresh = trace.before.iter().zip(&program.storages).map(|(before, facts)| {
            let buffer = before.as_ref().map(|b| b.copied()).transpose()?;
            Ok(Storage::new(facts.bytes, buffer))
        });
        let storages = fresh.collect::<Result<Vec<_>>>()?;
        let scalars = trace.scalars.clone();
        self.run(Recording { program, storages: storages.clone(), scalars })?;
        Ok(storages.iter().map(|s| s.buffer().map(|b| bytes_of(b, s.bytes))).collect())
    }

    fn run(&mut self, recording: Recording) -> Result<()> {
        self.runner.run(recording).stopped.map_or(Ok(()), |stopped| Err(stopped.error))
    }
}

fn copy_of(storage: &Storage) -> Result<Option<Arc<Buffer>>> {
    storage.buffer().map(|buffer| buffer.copied()).transpose()
}

fn bytes_of(buffer: Arc<Buffer>, bytes: usize) -> Array {
    Array::over(buffer, &[bytes], DType::U8)
}
