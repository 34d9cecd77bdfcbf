//! A temporary's recipe, set aside while its holder most likely drops it.
//!
//! In `((a - b) ** 2).sum()` the caller still holds the array of squares when the sum is looked at,
//! and drops it a moment later. Storing it would cost more than the sum. So the run treats it as
//! dropped, and the instructions that make it are kept as they were recorded: whoever still wants
//! the array finds them pending again. A recording enters; a recipe leaves, or nothing where the
//! instructions could not be run a second time with the same result.

use crate::array::Storage;
use crate::recorder::Recording;
use crate::rest::renumbered;
use std::sync::Arc;
use stook_plan::{Instruction, Place, Program, StorageFacts};

/// Bytes from which a temporary is worth a recipe.
const WORTHWHILE: usize = 256 << 10;

/// What makes a temporary that a run did not store.
#[derive(Debug)]
pub(crate) struct Aside {
    temporary: Arc<Storage>,
    recipe: Recording,
}

impl Aside {
    /// The recipe, unless nobody holds the temporary any more.
    pub(crate) fn wanted(self) -> Option<Recording> {
        // One handle is here, and one in the recipe.
        (Arc::strong_count(&self.temporary) > 2).then_some(self.recipe)
    }
}

/// Makes a recording treat a storage as dropped; its recipe.
pub(crate) fn set_aside(recording: &mut Recording, temporary: &Arc<Storage>) -> Option<Aside> {
    if temporary.bytes < WORTHWHILE {
        return None;
    }
    let goal = recording.storages.iter().position(|s| Arc::ptr_eq(s, temporary))?;
    let chosen = chain(&recording.program, goal)?;
    recording.program.storages[goal].live = false;
    let instructions = chosen.into_iter().rev().map(|k| {
        let instruction = recording.program.instructions[k].clone();
        // Its conditions are met, and told, by the run to come.
        Instruction { watch: false, ..instruction }
    });
    let recipe = renumbered(instructions.collect(), &recording.storages, &recording.scalars);
    Some(Aside { temporary: temporary.clone(), recipe })
}

/// The instructions that make a storage from those that stay, last first; nothing where one of
/// them reads what is written later or is not kept, or writes what has contents or stays.
fn chain(program: &Program, goal: usize) -> Option<Vec<usize>> {
    let fresh = |facts: &StorageFacts| !facts.filled && !facts.pinned;
    let gone = |s: usize| s == goal || fresh(&program.storages[s]) && !program.storages[s].live;
    let written =
        |s: usize| program.instructions.iter().flat_map(|i| &i.outs).any(|out| out.storage == s);
    // What nobody holds any more need not be stored.
    let kept = |s: usize| program.storages[s].live || !written(s);
    if !fresh(&program.storages[goal]) {
        return None;
    }
    let mut needed = vec![false; program.storages.len()];
    let mut written_later = vec![false; program.storages.len()];
    needed[goal] = true;
    let mut chosen = Vec::new();
    for (k, instruction) in program.instructions.iter().enumerate().rev() {
        let outs = || instruction.outs.iter().map(|out: &Place| out.storage);
        if outs().any(|s| needed[s]) {
            if !outs().all(gone) {
                return None;
            }
            for place in instruction.reads() {
                if needed[place.storage] {
                    continue;
                }
                needed[place.storage] = gone(place.storage);
                let stays = needed[place.storage] || kept(place.storage);
                if written_later[place.storage] || !stays {
                    return None;
                }
            }
            chosen.push(k);
        }
        outs().for_each(|s| written_later[s] = true);
    }
    Some(chosen)
}
