//! How much a unit holds, for who decides how to compile it.

use super::{Step, Unit};

impl Unit {
    /// Steps and scalar instructions of all its routines.
    pub fn size(&self) -> usize {
        let mut size = 0;
        self.visit(&mut |step| {
            size += 1;
            if let Step::Compute { body, .. } = step {
                size += body.insts.len();
            }
        });
        size
    }

    /// Whether some of its sums and products may be taken in any order.
    pub fn is_fast(&self) -> bool {
        let mut is_fast = false;
        self.visit(&mut |step| is_fast |= matches!(step, Step::Compute { fast: true, .. }));
        is_fast
    }

    fn visit(&self, seen: &mut dyn FnMut(&Step)) {
        for routine in &self.routines {
            routine.body.iter().chain(&routine.cleanup).for_each(|step| step.visit(seen));
        }
    }
}

impl Step {
    fn visit(&self, seen: &mut dyn FnMut(&Self)) {
        seen(self);
        let mut inner = |steps: &[Self]| steps.iter().for_each(|step| step.visit(seen));
        match self {
            Self::If { then: first, otherwise: second, .. }
            | Self::Loop { body: first, next: second } => {
                inner(first);
                inner(second);
            }
            Self::Try { body, handler, otherwise, .. } => {
                [body, handler, otherwise].into_iter().for_each(|steps| inner(steps));
            }
            Self::Block(body)
            | Self::Rare(body)
            | Self::Spread { body, .. }
            | Self::Beyond { body, .. } => inner(body),
            _ => {}
        }
    }
}
