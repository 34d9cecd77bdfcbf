//! What a run that stopped leaves to be run.
//!
//! A plan, the bundles that did not finish and the memory of its storages enter; a recording of the
//! instructions of those bundles leaves. The user's storages have
//! their places in it under their newest names, and the contents that finished bundles gave them; a
//! temporary, or the older contents of a storage that was renamed, is a new storage of nobody's.

use crate::array::Storage;
use crate::buffer::Buffer;
use crate::recorder::Recording;
use std::sync::Arc;
use stook_plan::{Instruction, Plan, Program, Ref};
use stook_types::Scalar;

/// The recording of what these bundles, in order, were to do, and a storage for each of the plan's.
pub(crate) fn rest(
    plan: &Plan,
    bundles: &[usize],
    buffers: &[Option<Arc<Buffer>>],
    recording: &Recording,
) -> (Recording, Vec<Arc<Storage>>) {
    let homes = homes(plan, buffers, recording);
    let members = bundles.iter().flat_map(|&b| &plan.bundles[b].members);
    let instructions = members.map(|&m| plan.instructions[m].clone()).collect();
    (renumbered(instructions, &homes, &recording.scalars), homes)
}

/// A recording of instructions that name some of `storages` and `scalars` by number, with those
/// alone: what is recorded again and again neither grows nor looks like another program.
pub(crate) fn renumbered(
    mut instructions: Vec<Instruction>,
    storages: &[Arc<Storage>],
    scalars: &[Scalar],
) -> Recording {
    let mut numbers = vec![None; storages.len()];
    let mut named: Vec<Arc<Storage>> = Vec::new();
    let mut number = |storage: &mut usize| {
        let old = *storage;
        *storage = *numbers[old].get_or_insert_with(|| {
            named.push(storages[old].clone());
            named.len() - 1
        });
    };
    let mut values = Vec::new();
    for instruction in &mut instructions {
        instruction.rename(&mut number);
        for input in instruction.ins.iter_mut().chain(&mut instruction.mask) {
            if let Ref::Scalar(scalar, _) = input {
                values.push(scalars[*scalar]);
                *scalar = values.len() - 1;
            }
        }
    }
    let program = Program { storages: Vec::new(), instructions };
    Recording { program, storages: named, scalars: values }
}

/// A storage for each of the plan's.
fn homes(plan: &Plan, buffers: &[Option<Arc<Buffer>>], recording: &Recording) -> Vec<Arc<Storage>> {
    let mut homes: Vec<Option<Arc<Storage>>> = vec![None; plan.storages.len()];
    for (storage, &now) in recording.storages.iter().zip(&plan.renames) {
        storage.set_buffer(buffers[now].clone());
        homes[now] = Some(storage.clone());
    }
    let rest = homes.into_iter().zip(buffers).zip(&plan.storages);
    rest.map(|((home, buffer), &bytes)| home.unwrap_or_else(|| Storage::new(bytes, buffer.clone())))
        .collect()
}
