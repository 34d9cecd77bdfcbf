//! Finds the plan of a recording and runs its bundles.

use crate::backend::{Backend, Progress, Workspace};
use crate::buffer::Buffer;
use crate::interrupted::{Interrupted, uses};
use crate::left::Left;
use crate::recorder::Recording;
use crate::report::Reports;
use crate::rest::rest;
use crate::session::Conditions;
use crate::show::Shown;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use stook_plan::{Bundle, Memory, Plan, Program, Watched, plan};
use stook_types::{Error, QuickHash, Result, Scalar};

/// What has been recorded and run so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Calls recorded.
    pub operations: u64,
    /// Small calls run at once.
    pub at_once: u64,
    /// Times that pending work was run.
    pub flushes: u64,
    /// Bundles run.
    pub launches: u64,
    /// Bundles run by compiled code.
    pub compiled: u64,
    /// Plans made.
    pub plans: u64,
    /// Bytes that the bundles read and wrote.
    pub bytes_moved: u64,
    /// Bytes that one call per operation would have read and written.
    pub bytes_unfused: u64,
}

/// Runs recordings on a machine; keeps their plans.
#[derive(Debug)]
pub(crate) struct Runner {
    backend: Arc<dyn Backend>,
    plans: HashMap<Program, Arc<Plan>, QuickHash>,
    pub(crate) counters: Counters,
    /// What bundles did, while somebody asks.
    pub(crate) reports: Option<Reports>,
    /// New memory reads as zeros, so that a program that reads it can be run again.
    pub(crate) zeroed: bool,
    shown: Shown,
}

/// What came of running a recording.
pub(crate) struct Outcome {
    /// The floating-point conditions it met.
    pub(crate) met: Vec<Conditions>,
    /// Why it stopped early, if it did, and what is left.
    pub(crate) stopped: Option<Stopped>,
}

/// What a run left undone.
pub(crate) struct Stopped {
    pub(crate) error: Error,
    /// Bundles that have not begun.
    pub(crate) rest: Recording,
    /// The one that was interrupted.
    pub(crate) interrupted: Option<Interrupted>,
}

/// The most plans kept.
const MOST_PLANS: usize = 4096;

impl Runner {
    pub(crate) fn new(backend: Box<dyn Backend>) -> Self {
        Self {
            backend: backend.into(),
            plans: HashMap::default(),
            counters: Counters::default(),
            reports: None,
            zeroed: false,
            shown: Shown::from_environment(),
        }
    }

    /// Another runner on the same machine, with plans of its own, which shows nothing.
    pub(crate) fn beside(&self) -> Self {
        Self {
            backend: self.backend.clone(),
            plans: HashMap::default(),
            counters: Counters::default(),
            reports: None,
            zeroed: true,
            shown: Shown::default(),
        }
    }

    /// Whether nobody asks for plans and what becomes of them.
    pub(crate) fn is_unobserved(&self) -> bool {
        self.reports.is_none() && !self.zeroed && self.shown.is_nothing()
    }

    /// Counts a call that ran without a plan, and moved so many bytes.
    pub(crate) fn count_alone(&mut self, bytes: usize) {
        self.counters.flushes += 1;
        self.counters.launches += 1;
        self.counters.bytes_moved += bytes as u64;
        self.counters.bytes_unfused += bytes as u64;
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// Runs a recording. Where it stops early, what finished bundles computed stays, and the rest
    /// comes back to be made pending again.
    pub(crate) fn run(&mut self, recording: Recording) -> Outcome {
        let plan = self.plan_of(&recording.program);
        self.counters.flushes += 1;
        let mut buffers: Vec<Option<Arc<Buffer>>> = vec![None; plan.storages.len()];
        for (buffer, storage) in buffers.iter_mut().zip(&recording.storages) {
            *buffer = storage.buffer();
        }
        let mut met = Vec::new();
        let mut left = Left::of(&plan);
        let mut progress = None;
        for bundle in 0..plan.bundles.len() {
            if left.holds_up(bundle) {
                left.add(bundle);
                continue;
            }
            match self.bundle(&plan, bundle, &mut buffers, &recording, &mut progress) {
                Ok(conditions) => met.extend(conditions),
                Err(error) => {
                    if progress.is_none() {
                        for &storage in &plan.bundles[bundle].allocate {
                            buffers[storage] = None;
                        }
                    }
                    left.fail(bundle, error);
                }
            }
            for &storage in plan.bundles[bundle].release.iter().filter(|&&s| !left.needs(s)) {
                buffers[storage] = None;
            }
        }
        if let Some(error) = left.error.take() {
            let stopped = Some(stopped(error, &plan, &left, buffers, recording, progress));
            return Outcome { met, stopped };
        }
        for ((storage, &now), facts) in
            recording.storages.iter().zip(&plan.renames).zip(&recording.program.storages)
        {
            if let (Some(buffer), true) = (&buffers[now], facts.live) {
                storage.replace(buffer.clone());
            }
        }
        Outcome { met, stopped: None }
    }

    fn plan_of(&mut self, program: &Program) -> Arc<Plan> {
        if let Some(known) = self.plans.get(program) {
            return known.clone();
        }
        if self.plans.len() >= MOST_PLANS {
            self.plans.clear();
        }
        self.counters.plans += 1;
        let new = Arc::new(plan(program));
        self.shown.show(program, &new, &*self.backend);
        self.plans.insert(program.clone(), new.clone());
        new
    }

    fn bundle(
        &mut self,
        plan: &Arc<Plan>,
        number: usize,
        buffers: &mut [Option<Arc<Buffer>>],
        recording: &Recording,
        progress: &mut Progress,
    ) -> Result<Vec<Conditions>> {
        let bundle = &plan.bundles[number];
        for &storage in &bundle.allocate {
            let bytes = plan.storages[storage];
            let new = if self.zeroed { Buffer::zeroed(bytes) } else { Buffer::new(bytes) };
            buffers[storage] = Some(new?);
        }
        let (program, scalars) = (&recording.program, &recording.scalars[..]);
        self.launch((plan, number), buffers, program, scalars, progress)
    }

    /// Goes on with a bundle that was interrupted.
    pub(crate) fn resume(&mut self, begun: &mut Interrupted) -> Result<Vec<Conditions>> {
        let Interrupted { plan, number, program, scalars, buffers, progress, .. } = begun;
        self.launch((plan, *number), buffers, program, scalars, progress)
    }

    fn launch(
        &mut self,
        (plan, number): (&Arc<Plan>, usize),
        buffers: &[Option<Arc<Buffer>>],
        program: &Program,
        scalars: &[Scalar],
        progress: &mut Progress,
    ) -> Result<Vec<Conditions>> {
        let bundle = &plan.bundles[number];
        let interruptible = !works_on_shared_memory(bundle, program);
        let workspace = Workspace { buffers, scalars, interruptible };
        let begin = self.reports.is_some().then(Instant::now);
        let ran = self.backend.run(bundle, &workspace, progress)?;
        if let (Some(reports), Some(begin)) = (&mut self.reports, begin) {
            reports.add(plan, number, program, (begin.elapsed(), ran.compiled));
        }
        self.count(bundle, ran.compiled);
        Ok(conditions(&bundle.watched, &ran.flags))
    }

    fn count(&mut self, bundle: &Bundle, compiled: bool) {
        let counters = &mut self.counters;
        counters.launches += 1;
        counters.compiled += u64::from(compiled);
        counters.bytes_moved += bundle.bytes as u64;
        counters.bytes_unfused += bundle.bytes_unfused as u64;
    }
}

/// What the calls of a bundle met, those of a call and of its casts together.
fn conditions(watched: &[Watched], flags: &[u8]) -> Vec<Conditions> {
    let mut met: Vec<(usize, Conditions)> = Vec::new();
    for (w, &flags) in watched.iter().zip(flags).filter(|&(_, &flags)| flags != 0) {
        match met.iter_mut().find(|(call, _)| *call == w.instruction) {
            Some((_, known)) => known.flags |= flags,
            None => met.push((w.instruction, Conditions { ufunc: w.ufunc, flags, tag: w.tag })),
        }
    }
    met.into_iter().map(|(_, conditions)| conditions).collect()
}

/// Whether others may hold memory that a bundle works on: they must not see it half done, or change
/// what the rest of it reads.
fn works_on_shared_memory(bundle: &Bundle, program: &Program) -> bool {
    bundle.body.operands.iter().any(|o| match o.memory {
        Memory::Storage(s) => program.storages.get(s).is_some_and(|facts| facts.pinned),
        _ => false,
    })
}

/// What is left of a plan; the bundle that failed last may have some progress.
fn stopped(
    error: Error,
    plan: &Arc<Plan>,
    left: &Left<'_>,
    buffers: Vec<Option<Arc<Buffer>>>,
    recording: Recording,
    progress: Progress,
) -> Stopped {
    let begun = progress.is_some().then_some(left.failed).flatten();
    let bundles: Vec<usize> = left.bundles.iter().copied().filter(|&b| Some(b) != begun).collect();
    let (rest, homes) = rest(plan, &bundles, &buffers, &recording);
    let interrupted = begun.map(|number| {
        let Recording { program, scalars, .. } = recording;
        let uses = uses(&plan.bundles[number], &homes);
        Interrupted { plan: plan.clone(), number, program, scalars, buffers, progress, uses }
    });
    Stopped { error, rest, interrupted }
}
