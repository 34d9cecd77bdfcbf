//! Instructions with control flow.
//!
//! Lanes go together: a loop runs until its last lane is finished, with the state of finished lanes
//! frozen; a rare path runs for all lanes where one needs it.

use crate::emitter::{Emitted, Emitter, Vector};
use inkwell::IntPredicate;
use inkwell::values::InstructionOpcode as Llvm;
use stook_ops::Region;
use stook_types::DType;

impl<'c> Emitter<'c, '_> {
    /// See [`stook_ops::Inst::RepeatUntil`].
    pub(crate) fn repeat_until(
        &self,
        init: &[Vector<'c>],
        fixed: &[Vector<'c>],
        round: &Region,
        bound: u32,
        width: u32,
    ) -> Emitted<Vec<Vector<'c>>> {
        if bound == 0 {
            return Ok(init.to_vec());
        }
        let (before, body, after) = (self.here()?, self.block("round"), self.block("settled"));
        self.builder.build_unconditional_branch(body)?;
        self.builder.position_at_end(body);
        let count = self.builder.build_phi(self.context.i32_type(), "")?;
        let mut first = init.to_vec();
        first.push(self.vector_type(DType::Bool, width).const_zero());
        let phis = first
            .iter()
            .map(|v| self.builder.build_phi(v.get_type(), ""))
            .collect::<Result<Vec<_>, _>>()?;
        let old: Vec<Vector> =
            phis.iter().map(|p| p.as_basic_value().into_vector_value()).collect();
        let next = self.round(&old, fixed, round, width)?;

        let end = self.here()?;
        let one = self.context.i32_type().const_int(1, false);
        let counted = count.as_basic_value().into_int_value();
        let counted = self.builder.build_int_add(counted, one, "")?;
        let limit = self.context.i32_type().const_int(bound.into(), false);
        let within = self.builder.build_int_compare(IntPredicate::ULT, counted, limit, "")?;
        let going = self.any(self.builder.build_not(next[init.len()], "")?)?;
        let more = self.builder.build_and(within, going, "")?;
        self.builder.build_conditional_branch(more, body, after)?;
        count.add_incoming(&[(&self.context.i32_type().const_zero(), before), (&counted, end)]);
        for ((phi, first), next) in phis.iter().zip(&first).zip(&next) {
            phi.add_incoming(&[(first, before), (next, end)]);
        }
        self.builder.position_at_end(after);
        Ok(next[..init.len()].to_vec())
    }

    /// One round from state and done mask, the last of `old`, to the next.
    fn round(
        &self,
        old: &[Vector<'c>],
        fixed: &[Vector<'c>],
        round: &Region,
        width: u32,
    ) -> Emitted<Vec<Vector<'c>>> {
        let (&done, state) = old.split_last().expect("the done mask comes last");
        let args = [state, fixed].concat();
        let new = self.region(round, &args, width)?;
        let mut next = Vec::with_capacity(old.len());
        for (&old, &new) in state.iter().zip(&new) {
            next.push(self.select(done, old, new)?);
        }
        next.push(self.binary(Llvm::Or, done, new[state.len()])?);
        Ok(next)
    }

    /// See [`stook_ops::Inst::Rare`].
    pub(crate) fn rare(
        &self,
        mask: Vector<'c>,
        args: &[Vector<'c>],
        slow: &Region,
        otherwise: &[Vector<'c>],
        width: u32,
    ) -> Emitted<Vec<Vector<'c>>> {
        let (cold, join) = (self.block("rare"), self.block("usual"));
        let any = self.any(mask)?;
        let before = self.here()?;
        self.branch_rarely(any, cold, join)?;
        self.builder.position_at_end(cold);
        let mut chosen = self.region(slow, args, width)?;
        for (slow, &usual) in chosen.iter_mut().zip(otherwise) {
            *slow = self.select(mask, *slow, usual)?;
        }
        let end = self.here()?;
        self.builder.build_unconditional_branch(join)?;
        self.builder.position_at_end(join);
        self.meet(&[(otherwise, before), (&chosen, end)])
    }
}
