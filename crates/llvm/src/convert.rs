//! Values in another type.
//!
//! Targets have no instruction between half and double precision; those conversions go through
//! single precision, rounded to odd on the way down so that the second rounding is the only one.

use crate::emitter::{Emitted, Emitter, Vector};
use crate::module::Error;
use inkwell::values::InstructionOpcode as Llvm;
use inkwell::{FloatPredicate, IntPredicate};
use stook_types::{DType, Kind};

impl<'c> Emitter<'c, '_> {
    /// The value in another type; see [`stook_ops::Inst::Convert`].
    pub(crate) fn convert(&self, v: Vector<'c>, from: DType, to: DType) -> Emitted<Vector<'c>> {
        if from == to {
            return Ok(v);
        }
        match (from, to) {
            (DType::F16, DType::F32) => self.widen(v),
            (DType::F32, DType::F16) => self.narrow(v),
            (DType::F64, DType::F16) => self.narrow(self.round_to_odd(v)?),
            (DType::F16, _) => self.convert(self.widen(v)?, DType::F32, to),
            // An integer that single precision does not hold exactly is infinite in half.
            (_, DType::F16) => self.narrow(self.convert(v, from, DType::F32)?),
            _ => self.convert_direct(v, from, to),
        }
    }

    fn convert_direct(&self, v: Vector<'c>, from: DType, to: DType) -> Emitted<Vector<'c>> {
        let signed = |t: DType| t.kind() == Kind::Signed;
        let op = match (from.is_float(), to.is_float()) {
            (true, true) if from.size() < to.size() => Llvm::FPExt,
            (true, true) => Llvm::FPTrunc,
            (true, false) if signed(to) => Llvm::FPToSI,
            (true, false) => Llvm::FPToUI,
            (false, true) if signed(from) => Llvm::SIToFP,
            (false, true) => Llvm::UIToFP,
            _ if from == DType::Bool => Llvm::ZExt,
            _ if from.size() == to.size() => return Ok(v),
            _ if from.size() > to.size() => Llvm::Trunc,
            _ if signed(from) => Llvm::SExt,
            _ => Llvm::ZExt,
        };
        self.cast(op, v, self.vector_type(to, v.get_type().get_size()))
    }

    /// The integer part; see [`stook_ops::Inst::Whole`]. LLVM's own conversion has no value beyond
    /// the type; x86's instruction for one number has, the very one that is asked for.
    pub(crate) fn whole(&self, v: Vector<'c>) -> Emitted<Vector<'c>> {
        let width = v.get_type().get_size();
        if width == 1 && !self.target.is_gpu() {
            let pair = self.shuffle(v, v.get_type().const_zero(), 0..2)?;
            let made = self.intrinsic("llvm.x86.sse2.cvttsd2si64", &[], &[pair.into()])?;
            let made = made.ok_or_else(|| Error::llvm("a conversion makes nothing"))?;
            return self.wrap(made);
        }
        let limit = self.constant(DType::F64, 2f64.powi(63).to_bits(), width)?;
        let least = self.constant(DType::I64, 1 << 63, width)?;
        let size = self.call("llvm.fabs", &[v])?;
        let fits = self.builder.build_float_compare(FloatPredicate::OLT, size, limit, "")?;
        let harmless = self.select(fits, v, v.get_type().const_zero())?;
        let made = self.convert_direct(harmless, DType::F64, DType::I64)?;
        self.select(fits, made, least)
    }

    /// Half to single precision.
    pub(crate) fn widen(&self, v: Vector<'c>) -> Emitted<Vector<'c>> {
        self.cast(Llvm::FPExt, v, self.vector_type(DType::F32, v.get_type().get_size()))
    }

    /// Single to half precision.
    pub(crate) fn narrow(&self, v: Vector<'c>) -> Emitted<Vector<'c>> {
        self.cast(Llvm::FPTrunc, v, self.vector_type(DType::F16, v.get_type().get_size()))
    }

    /// Double to single precision: towards zero, the last bit set where that is inexact.
    fn round_to_odd(&self, v: Vector<'c>) -> Emitted<Vector<'c>> {
        let width = v.get_type().get_size();
        let (single, double, bits) = (
            self.vector_type(DType::F32, width),
            self.vector_type(DType::F64, width),
            self.vector_type(DType::U32, width),
        );
        let near = self.cast(Llvm::FPTrunc, v, single)?;
        let back = self.cast(Llvm::FPExt, near, double)?;
        let (size, back_size) = (self.call("llvm.fabs", &[v])?, self.call("llvm.fabs", &[back])?);
        let compare = |op| self.builder.build_float_compare(op, back_size, size, "");
        let above = self.cast(Llvm::ZExt, compare(FloatPredicate::OGT)?, bits)?;
        let inexact = self.cast(Llvm::ZExt, compare(FloatPredicate::ONE)?, bits)?;
        let towards_zero = self.binary(Llvm::Sub, self.bitcast(near, bits)?, above)?;
        self.bitcast(self.binary(Llvm::Or, towards_zero, inexact)?, single)
    }

    /// The same bits as another type; a bool has the bits of its byte.
    pub(crate) fn reinterpret(&self, v: Vector<'c>, from: DType, to: DType) -> Emitted<Vector<'c>> {
        let width = v.get_type().get_size();
        match (from, to) {
            (DType::Bool, _) => self.cast(Llvm::ZExt, v, self.vector_type(to, width)),
            (_, DType::Bool) => self.truth(v),
            _ => self.bitcast(v, self.vector_type(to, width)),
        }
    }

    /// Whether bytes are not zero.
    pub(crate) fn truth(&self, v: Vector<'c>) -> Emitted<Vector<'c>> {
        let zero = v.get_type().const_zero();
        Ok(self.builder.build_int_compare(IntPredicate::NE, v, zero, "")?)
    }
}
