//! What bundles did, for people who ask.
//!
//! A bundle that ran enters; one [`Report`] per bundle of a plan leaves, however often it ran, so
//! that a long loop does not grow. Nothing is kept while nobody asks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use stook_plan::{Bundle, Memory, Plan, Program};

/// What one bundle of a plan did.
#[derive(Clone, Debug)]
pub struct Report {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The bundle's number in it.
    pub bundle: usize,
    /// How often it ran.
    pub runs: u64,
    /// How many of the runs were by compiled code.
    pub compiled: u64,
    /// How long all runs took.
    pub time: Duration,
    /// What one run moves.
    pub traffic: Traffic,
}

/// Bytes that one run of a bundle moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Read, each place once.
    pub read: u64,
    /// Written.
    pub written: u64,
    /// Read and written in storages that were there before or are there afterwards: what no other
    /// way of bundling could spare.
    pub minimum: u64,
    /// Read and written by one call per operation.
    pub unfused: u64,
    /// Arrays that one call per operation would make and that are never in memory here.
    pub removed: u64,
    /// Their bytes.
    pub removed_bytes: u64,
}

/// Reports by bundle.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    pub(crate) list: Vec<Report>,
    /// Where in the list: by the plan's address, which the list keeps from being used again.
    places: HashMap<(usize, usize), usize>,
}

impl Reports {
    /// Adds a run of `plan.bundles[bundle]`.
    pub(crate) fn add(
        &mut self,
        plan: &Arc<Plan>,
        bundle: usize,
        program: &Program,
        (time, compiled): (Duration, bool),
    ) {
        let key = (Arc::as_ptr(plan) as usize, bundle);
        let place = *self.places.entry(key).or_insert_with(|| {
            self.list.push(Report {
                plan: plan.clone(),
                bundle,
                runs: 0,
                compiled: 0,
                time: Duration::ZERO,
                traffic: traffic(plan, &plan.bundles[bundle], program),
            });
            self.list.len() - 1
        });
        let report = &mut self.list[place];
        report.runs += 1;
        report.compiled += u64::from(compiled);
        report.time += time;
    }
}

fn traffic(plan: &Plan, bundle: &Bundle, program: &Program) -> Traffic {
    let (mut read, mut written) = (vec![0; plan.storages.len()], vec![0; plan.storages.len()]);
    for (o, walker) in bundle.body.operands.iter().zip(&bundle.nest.operands) {
        let Memory::Storage(storage) = o.memory else {
            continue;
        };
        let bytes = bundle.nest.touched(walker) * o.dtype.size();
        read[storage] += bytes * usize::from(o.read);
        written[storage] += bytes * usize::from(o.written);
    }
    let mut traffic = Traffic { unfused: bundle.bytes_unfused as u64, ..Traffic::default() };
    for (storage, &bytes) in plan.storages.iter().enumerate() {
        let (read, written) = (read[storage].min(bytes), written[storage].min(bytes));
        traffic.read += read as u64;
        traffic.written += written as u64;
        if outlives(plan, storage, program) {
            traffic.minimum += (read + written) as u64;
        }
    }
    for &member in &bundle.members {
        let instruction = &plan.instructions[member];
        for out in instruction.outs.iter().filter(|o| written[o.storage] == 0) {
            traffic.removed += 1;
            traffic.removed_bytes += (out.view.size() * out.dtype.size()) as u64;
        }
    }
    traffic
}

/// Whether a storage of the plan was there before the program or is there afterwards.
fn outlives(plan: &Plan, storage: usize, program: &Program) -> bool {
    let filled = program.storages.get(storage).is_some_and(|s| s.filled);
    let kept = program.storages.iter().zip(&plan.renames);
    filled || kept.into_iter().any(|(facts, &now)| facts.live && now == storage)
}
