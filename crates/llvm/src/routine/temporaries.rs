//! Locals that need no memory.
//!
//! A routine enters; which of its locals are *temporaries* leaves: those that are read only by steps
//! that come after the one step that writes them in a list, or are within such steps. Lists that are
//! not within each other may each have such a step, as the two loops of `Step::Rare` have. Such a
//! local is the value itself, and most are: LLVM has less to read, and fewer variables to turn into
//! registers.

use stook_kernel::{Local, Routine, Step};

/// Whether each local of a routine is a temporary. A parameter that nothing writes is one.
pub(super) fn temporaries(routine: &Routine) -> Vec<bool> {
    let locals = (0..routine.locals.len()).map(|k| match k < routine.params {
        true => State::Written { list: 0 },
        false => State::Nothing,
    });
    let mut walk = Walk { locals: locals.collect(), open: vec![true] };
    walk.list(&routine.body);
    walk.list(&routine.cleanup);
    walk.locals.iter().map(|state| matches!(state, State::Written { .. })).collect()
}

#[derive(Clone, Copy)]
enum State {
    /// It has been neither written nor read.
    Nothing,
    /// It has been written once in a list of steps, and read only after that.
    Written { list: usize },
    /// It needs memory.
    Variable,
}

struct Walk {
    locals: Vec<State>,
    /// Whether the walk is within each list, by its number; the parameters are of the first.
    open: Vec<bool>,
}

impl Walk {
    fn list(&mut self, steps: &[Step]) {
        let list = self.open.len();
        self.open.push(true);
        self.steps(steps, list);
        self.open[list] = false;
    }

    fn steps(&mut self, steps: &[Step], list: usize) {
        for step in steps {
            match step {
                Step::Block(steps) => self.steps(steps, list),
                // A round's number is written by who calls it.
                Step::Spread { count, index, body } => {
                    self.read(*count);
                    self.keep(*index);
                    self.list(body);
                }
                // These are written wherever the body fails.
                Step::Try { caught, .. } => {
                    caught.locals().for_each(|local| self.keep(local));
                    step.inner().for_each(|steps| self.list(steps));
                }
                _ => {
                    let (mut read, mut written) = (Vec::new(), Vec::new());
                    step.operands(&mut |local| read.push(local), &mut |local| written.push(local));
                    read.into_iter().for_each(|local| self.read(local));
                    written.into_iter().for_each(|local| self.write(local, list));
                    step.inner().for_each(|steps| self.list(steps));
                }
            }
        }
    }

    fn keep(&mut self, local: Local) {
        self.locals[local.0 as usize] = State::Variable;
    }

    fn read(&mut self, local: Local) {
        match self.locals[local.0 as usize] {
            State::Written { list } if self.open[list] => {}
            _ => self.keep(local),
        }
    }

    fn write(&mut self, local: Local, list: usize) {
        match self.locals[local.0 as usize] {
            State::Written { list } if self.open[list] => self.keep(local),
            State::Nothing | State::Written { .. } => {
                self.locals[local.0 as usize] = State::Written { list };
            }
            State::Variable => {}
        }
    }
}
