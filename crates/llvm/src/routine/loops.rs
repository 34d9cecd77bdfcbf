//! Loops, and which of them LLVM is to spend little on.

use super::Writer;
use crate::emitter::{Emitted, Emitter};
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::basic_block::BasicBlock;
use inkwell::values::{AsValueRef, InstructionValue};
use std::ffi::CStr;
use stook_kernel::Step;

impl<'c> Writer<'c, '_, '_> {
    /// See [`Step::Loop`].
    pub(super) fn rounds(&mut self, body: &[Step], next: &[Step]) -> Emitted<()> {
        let (round, between) = (self.e.block("round"), self.e.block("next"));
        let after = self.e.block("done");
        self.e.builder.build_unconditional_branch(round)?;
        self.e.builder.position_at_end(round);
        if self.is_rare {
            single(&self.e)?;
        }
        self.loops.push((after, between));
        self.steps(body)?;
        self.loops.pop();
        self.e.builder.build_unconditional_branch(between)?;
        self.e.builder.position_at_end(between);
        self.steps(next)?;
        let back = self.e.builder.build_unconditional_branch(round)?;
        if self.is_rare {
            // Neither vectors nor several rounds at once.
            tell(&self.e, back, c"llvm.loop.disable_nonforced");
        } else if body.iter().any(holds_loop) {
            // Several rounds at once would be as many loops within.
            tell(&self.e, back, c"llvm.loop.unroll.runtime.disable");
        }
        self.e.builder.position_at_end(after);
        Ok(())
    }

    /// See [`Step::Break`] and [`Step::Continue`].
    pub(super) fn jump(
        &self,
        to: impl FnOnce(&(BasicBlock<'c>, BasicBlock<'c>)) -> BasicBlock<'c>,
    ) -> Emitted<()> {
        let around = self.loops.last().expect("a verified jump stands in a loop");
        self.e.builder.build_unconditional_branch(to(around))?;
        self.unreachable();
        Ok(())
    }
}

/// Keeps the loop around from being copied, by a call of nothing that may not get another condition.
/// Else LLVM makes a loop for each answer to what does not change in it, however rarely it runs.
fn single(e: &Emitter<'_, '_>) -> Emitted<()> {
    let nothing = e.intrinsic_call("llvm.sideeffect", &[], &[])?;
    let convergent = Attribute::get_named_enum_kind_id("convergent");
    let convergent = e.context.create_enum_attribute(convergent, 0);
    nothing.add_attribute(AttributeLoc::Function, convergent);
    Ok(())
}

/// Whether a step is a loop or has one within.
fn holds_loop(step: &Step) -> bool {
    matches!(step, Step::Loop { .. }) || step.inner().flatten().any(holds_loop)
}

/// Tells LLVM something about a loop, by the branch back to its begin.
fn tell(e: &Emitter<'_, '_>, back: InstructionValue<'_>, words: &CStr) {
    use llvm_sys::core::{
        LLVMGetMDKindIDInContext, LLVMMDNodeInContext2, LLVMMDStringInContext2,
        LLVMMetadataAsValue, LLVMSetMetadata,
    };
    use llvm_sys::debuginfo::{LLVMMetadataReplaceAllUsesWith, LLVMTemporaryMDNode};
    let (context, kind) = (e.context.raw(), c"llvm.loop");
    // SAFETY: all of it is of the context that the instruction is of. A loop's node names itself
    // first, so a temporary one stands there until it exists, which the replacement then frees.
    unsafe {
        let itself = LLVMTemporaryMDNode(context, std::ptr::null_mut(), 0);
        let words = LLVMMDStringInContext2(context, words.as_ptr(), words.count_bytes());
        let words = LLVMMDNodeInContext2(context, [words].as_mut_ptr(), 1);
        let node = LLVMMDNodeInContext2(context, [itself, words].as_mut_ptr(), 2);
        LLVMMetadataReplaceAllUsesWith(itself, node);
        let kind = LLVMGetMDKindIDInContext(context, kind.as_ptr(), kind.count_bytes() as u32);
        LLVMSetMetadata(back.as_value_ref(), kind, LLVMMetadataAsValue(context, node));
    }
}
