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
        self.inner().flatten().for_each(|step| step.visit(seen));
    }
}
