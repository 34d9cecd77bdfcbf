//! Floating-point conditions.
//!
//! The results of one vector of columns enter; flags are raised. The usual way is cheap: suspects
//! of a float type are chained, `suspect - suspect` and then `fma(suspect, 0, chain)`, to what is
//! NaN exactly where one of them is not finite. Only then the lanes are told apart, and `slow` runs.

use crate::emitter::{Emitted, Emitter, Vector};
use inkwell::FloatPredicate;
use inkwell::values::{InstructionOpcode as Llvm, IntValue, PointerValue};
use stook_kernel::Check;
use stook_ops::Region;
use stook_types::DType;

impl<'c> Emitter<'c, '_> {
    /// Raises the flags that a check finds; see [`Check`].
    pub(crate) fn check(
        &self,
        check: &Check,
        body: &Region,
        results: &[Vector<'c>],
        flags: PointerValue<'c>,
        width: u32,
    ) -> Emitted<()> {
        let mut suspects = Vec::new();
        for &k in &check.suspects {
            let dtype = body.dtype(body.results[k]);
            suspects.push(match dtype {
                DType::F16 => (DType::F32, self.widen(results[k])?),
                other => (other, results[k]),
            });
        }
        if suspects.is_empty() || check.slots.is_empty() {
            return Ok(());
        }
        let (closer, fine) = (self.block("closer"), self.block("fine"));
        let any = self.any_suspect(&suspects, width)?;
        self.branch_rarely(any, closer, fine)?;
        self.builder.position_at_end(closer);
        self.look_closer(check, &suspects, results, flags, width)?;
        self.builder.build_unconditional_branch(fine)?;
        self.builder.position_at_end(fine);
        Ok(())
    }

    fn any_suspect(&self, suspects: &[(DType, Vector<'c>)], width: u32) -> Emitted<IntValue<'c>> {
        let of = |dtype| suspects.iter().filter(move |s| s.0 == dtype).map(|s| s.1);
        let mut any = of(DType::Bool)
            .map(Ok)
            .reduce(|a, b| self.binary(Llvm::Or, a?, b?))
            .transpose()?
            .map(|mask| self.any(mask))
            .transpose()?;
        for dtype in [DType::F32, DType::F64] {
            let zero = self.vector_type(dtype, width).const_zero();
            let chain = of(dtype).try_fold(None, |chain, v| {
                let made = match chain {
                    None => self.binary(Llvm::FSub, v, v),
                    Some(chain) => self.call("llvm.fma", &[v, zero, chain]),
                };
                made.map(Some)
            })?;
            let Some(chain) = chain else { continue };
            let found = self.any_nan(chain, dtype)?;
            any = Some(match any {
                None => found,
                Some(any) => self.builder.build_or(any, found, "")?,
            });
        }
        Ok(any.unwrap_or_else(|| self.context.bool_type().const_zero()))
    }

    /// Whether any lane of zeros is NaN instead; registers are added up first.
    fn any_nan(&self, mut v: Vector<'c>, dtype: DType) -> Emitted<IntValue<'c>> {
        let mut width = v.get_type().get_size();
        while width as usize * dtype.size() > self.target.register() && width > 1 {
            width /= 2;
            let (low, high) = (self.pick(v, 0..width)?, self.pick(v, width..2 * width)?);
            v = self.binary(Llvm::FAdd, low, high)?;
        }
        let nan = self.builder.build_float_compare(FloatPredicate::UNO, v, v, "")?;
        self.any(nan)
    }

    fn look_closer(
        &self,
        check: &Check,
        suspects: &[(DType, Vector<'c>)],
        results: &[Vector<'c>],
        flags: PointerValue<'c>,
        width: u32,
    ) -> Emitted<()> {
        let mut mask = self.vector_type(DType::Bool, width).const_zero();
        for &(dtype, v) in suspects {
            let suspect = if dtype == DType::Bool { v } else { self.not_finite(v)? };
            mask = self.binary(Llvm::Or, mask, suspect)?;
        }
        let args: Vec<Vector> = check.args.iter().map(|&k| results[k]).collect();
        let raised = self.region(&check.slow, &args, width)?;
        for (&slot, raised) in check.slots.iter().zip(raised) {
            let any = self.any(self.binary(Llvm::And, raised, mask)?)?;
            let (raise, next) = (self.block("raise"), self.block("next"));
            self.builder.build_conditional_branch(any, raise, next)?;
            self.builder.position_at_end(raise);
            let byte = self.context.i8_type();
            let flag = self.offset(flags, self.number(slot as u64))?;
            self.builder.build_store(flag, byte.const_int(1, false))?;
            self.builder.build_unconditional_branch(next)?;
            self.builder.position_at_end(next);
        }
        Ok(())
    }

    /// Infinities and NaNs: what `v - v` makes no zero of.
    fn not_finite(&self, v: Vector<'c>) -> Emitted<Vector<'c>> {
        let difference = self.binary(Llvm::FSub, v, v)?;
        let uno = FloatPredicate::UNO;
        Ok(self.builder.build_float_compare(uno, difference, difference, "")?)
    }
}
