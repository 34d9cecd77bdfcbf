//! Failures: how they leave a routine, or reach the handler of a try around them.

use super::Writer;
use crate::emitter::Emitted;
use inkwell::IntPredicate;
use inkwell::values::{IntValue, PointerValue};
use std::mem::offset_of;
use stook_kernel::{Caught, Context as Host, Local, Step};

impl<'c> Writer<'c, '_, '_> {
    /// The place of a failure's value.
    fn failure_value(&self, k: usize) -> Emitted<PointerValue<'c>> {
        let at = (offset_of!(Host, values) + 8 * k) as u64;
        self.e.offset(self.host, self.e.number(at))
    }

    /// See [`Step::Fail`].
    pub(super) fn fail(&self, site: u32, values: &[Local]) -> Emitted<()> {
        for (k, &local) in values.iter().enumerate() {
            let at = self.failure_value(k)?;
            self.e.builder.build_store(at, self.e.number(0))?;
            let t = self.routine.locals[local.0 as usize];
            self.e.store_local(t, at, self.get(local)?)?;
        }
        self.give_up(self.e.number(u64::from(site) + 1))
    }

    /// See [`Step::Rethrow`].
    pub(super) fn rethrow(&self, caught: &Caught) -> Emitted<()> {
        for (k, &local) in caught.values.iter().enumerate() {
            self.e.builder.build_store(self.failure_value(k)?, self.get(local)?)?;
        }
        let one = self.e.number(1);
        self.give_up(self.e.builder.build_int_add(self.number(caught.site)?, one, "")?)
    }

    /// Goes to the innermost handler, or returns the status; nothing follows.
    fn give_up(&self, status: IntValue<'c>) -> Emitted<()> {
        let Some(&(handler, caught)) = self.handlers.last() else {
            return self.leave(status, &[]);
        };
        let site = self.e.builder.build_int_sub(status, self.e.number(1), "")?;
        self.put(caught.site, site.into())?;
        self.e.builder.build_unconditional_branch(handler)?;
        self.unreachable();
        Ok(())
    }

    /// Gives up where a call's status says that it failed.
    pub(super) fn leave_if_failed(&self, status: IntValue<'c>) -> Emitted<()> {
        let (failed, on) = (self.e.block("failed"), self.e.block("on"));
        let zero = self.e.number(0);
        let bad = self.e.builder.build_int_compare(IntPredicate::NE, status, zero, "")?;
        self.e.branch_rarely(bad, failed, on)?;
        self.e.builder.position_at_end(failed);
        self.give_up(status)?;
        self.e.builder.build_unreachable()?;
        self.e.builder.position_at_end(on);
        Ok(())
    }

    /// See [`Step::Try`].
    pub(super) fn tried(
        &mut self,
        body: &[Step],
        (caught, handler): (Caught, &[Step]),
        otherwise: &[Step],
    ) -> Emitted<()> {
        let (taken, after) = (self.e.block("taken"), self.e.block("tried"));
        self.handlers.push((taken, caught));
        self.steps(body)?;
        self.handlers.pop();
        self.steps(otherwise)?;
        self.e.builder.build_unconditional_branch(after)?;
        self.e.builder.position_at_end(taken);
        for (k, &local) in caught.values.iter().enumerate() {
            let int = self.e.context.i64_type();
            let value = self.e.builder.build_load(int, self.failure_value(k)?, "")?;
            self.put(local, value)?;
        }
        self.steps(handler)?;
        self.e.builder.build_unconditional_branch(after)?;
        self.e.builder.position_at_end(after);
        Ok(())
    }

    /// See [`Step::Beyond`].
    pub(super) fn beyond(&mut self, tries: usize, body: &[Step]) -> Emitted<()> {
        let inner = self.handlers.split_off(self.handlers.len() - tries);
        self.steps(body)?;
        self.handlers.extend(inner);
        Ok(())
    }

    /// See [`Step::Among`].
    pub(super) fn among(&self, site: Local, set: usize, into: Local) -> Emitted<()> {
        let (b, site) = (&self.e.builder, self.number(site)?);
        let mut found = self.e.context.bool_type().const_zero();
        for &one in &self.sets[set] {
            let one = self.e.number(one.into());
            let same = b.build_int_compare(IntPredicate::EQ, site, one, "")?;
            found = b.build_or(found, same, "")?;
        }
        self.put(into, found.into())
    }
}
