//! Instructions without control flow.
//!
//! A region and its parameters enter, its results leave. Only what a result needs is emitted. Half
//! precision is computed in single precision and rounded after each operation.

use crate::emitter::{Emitted, Emitter, Vector};
use inkwell::values::InstructionOpcode as Llvm;
use inkwell::{FloatPredicate, IntPredicate};
use std::collections::HashMap;
use stook_ops::{BinaryOp, CompareOp, Inst, Region, UnaryOp, Val};
use stook_types::{DType, Kind};

/// Values of a region so far; those with several results are kept apart.
pub(crate) struct Values<'c> {
    single: Vec<Option<Vector<'c>>>,
    several: HashMap<u32, Vec<Vector<'c>>>,
}

impl<'c> Values<'c> {
    pub(crate) fn get(&self, v: Val) -> Vector<'c> {
        self.single[v.0 as usize].expect("instructions come before their uses")
    }

    pub(crate) fn all(&self, values: &[Val]) -> Vec<Vector<'c>> {
        values.iter().map(|&v| self.get(v)).collect()
    }
}

impl<'c> Emitter<'c, '_> {
    /// The results of a region.
    pub(crate) fn region(
        &self,
        region: &Region,
        params: &[Vector<'c>],
        width: u32,
    ) -> Emitted<Vec<Vector<'c>>> {
        let needed = needed(region);
        let mut values = Values { single: vec![None; region.insts.len()], several: HashMap::new() };
        for (k, inst) in region.insts.iter().enumerate().filter(|(k, _)| needed[*k]) {
            match inst {
                Inst::RepeatUntil { init, fixed, round, bound } => {
                    let (init, fixed) = (values.all(init), values.all(fixed));
                    let made = self.repeat_until(&init, &fixed, round, *bound, width)?;
                    values.several.insert(k as u32, made);
                }
                Inst::Rare { mask, args, slow, otherwise } => {
                    let (mask, args) = (values.get(*mask), values.all(args));
                    let made = self.rare(mask, &args, slow, &values.all(otherwise), width)?;
                    values.several.insert(k as u32, made);
                }
                Inst::Part(of, part) => {
                    values.single[k] = Some(values.several[&of.0][*part as usize]);
                }
                Inst::Param(n) => values.single[k] = Some(params[*n as usize]),
                _ => values.single[k] = Some(self.instruction(region, k, &values, width)?),
            }
        }
        Ok(values.all(&region.results))
    }

    fn instruction(
        &self,
        region: &Region,
        k: usize,
        values: &Values<'c>,
        width: u32,
    ) -> Emitted<Vector<'c>> {
        let to = region.types[k];
        let get = |v: &Val| values.get(*v);
        match &region.insts[k] {
            Inst::Const(bits) => self.constant(to, *bits, width),
            Inst::Unary(op, a) => self.unary(*op, get(a), to),
            Inst::Binary(op, a, b) => self.arithmetic(*op, get(a), get(b), to),
            Inst::Compare(op, a, b) => self.compare(*op, get(a), get(b), region.dtype(*a)),
            Inst::Select(m, a, b) => self.select(get(m), get(a), get(b)),
            Inst::Fma(a, b, c) => self.fused(get(a), get(b), get(c), to),
            Inst::Convert(a) => self.convert(get(a), region.dtype(*a), to),
            Inst::Whole(a) => self.whole(get(a)),
            Inst::Bitcast(a) => self.reinterpret(get(a), region.dtype(*a), to),
            Inst::Lookup(table, a) => self.lookup(table, (region, *a), values, to, width),
            Inst::Param(_) | Inst::RepeatUntil { .. } | Inst::Rare { .. } | Inst::Part(..) => {
                unreachable!("has no single result of its own")
            }
        }
    }

    fn unary(&self, op: UnaryOp, a: Vector<'c>, dtype: DType) -> Emitted<Vector<'c>> {
        if dtype == DType::F16 && !matches!(op, UnaryOp::Neg | UnaryOp::Abs) {
            let wide = self.unary(op, self.widen(a)?, DType::F32)?;
            return self.narrow(wide);
        }
        let float = dtype.is_float();
        match op {
            UnaryOp::Neg if float => Ok(self.builder.build_float_neg(a, "")?),
            UnaryOp::Neg => self.binary(Llvm::Sub, a.get_type().const_zero(), a),
            UnaryOp::Abs if float => self.call("llvm.fabs", &[a]),
            UnaryOp::Abs if dtype.kind() == Kind::Signed => {
                let negative = self.binary(Llvm::Sub, a.get_type().const_zero(), a)?;
                self.call("llvm.smax", &[a, negative])
            }
            UnaryOp::Abs => Ok(a),
            UnaryOp::Sqrt => self.call("llvm.sqrt", &[a]),
            UnaryOp::Floor => self.call("llvm.floor", &[a]),
            UnaryOp::Ceil => self.call("llvm.ceil", &[a]),
            UnaryOp::Trunc => self.call("llvm.trunc", &[a]),
            UnaryOp::Round => self.call("llvm.roundeven", &[a]),
            UnaryOp::Not => Ok(self.builder.build_not(a, "")?),
            UnaryOp::PopCount => self.call("llvm.ctpop", &[a]),
        }
    }

    fn arithmetic(
        &self,
        op: BinaryOp,
        a: Vector<'c>,
        b: Vector<'c>,
        dtype: DType,
    ) -> Emitted<Vector<'c>> {
        if dtype == DType::F16 {
            let wide = self.arithmetic(op, self.widen(a)?, self.widen(b)?, DType::F32)?;
            return self.narrow(wide);
        }
        let float = dtype.is_float();
        match op {
            BinaryOp::Add if float => self.binary(Llvm::FAdd, a, b),
            BinaryOp::Sub if float => self.binary(Llvm::FSub, a, b),
            BinaryOp::Mul if float => self.binary(Llvm::FMul, a, b),
            BinaryOp::Div => self.binary(Llvm::FDiv, a, b),
            BinaryOp::Add => self.binary(Llvm::Add, a, b),
            BinaryOp::Sub => self.binary(Llvm::Sub, a, b),
            BinaryOp::Mul => self.binary(Llvm::Mul, a, b),
            BinaryOp::And => self.binary(Llvm::And, a, b),
            BinaryOp::Or => self.binary(Llvm::Or, a, b),
            BinaryOp::Xor => self.binary(Llvm::Xor, a, b),
            BinaryOp::Quot => self.quotient(a, b, dtype),
            BinaryOp::Rem => self.remainder(a, b, dtype),
            BinaryOp::Shl | BinaryOp::Shr => self.shift(op, a, b, dtype),
        }
    }

    /// Shifts by the count modulo the width, as hardware does; lanes that nobody looks at may hold
    /// any count.
    fn shift(
        &self,
        op: BinaryOp,
        a: Vector<'c>,
        count: Vector<'c>,
        dtype: DType,
    ) -> Emitted<Vector<'c>> {
        let width = a.get_type().get_size();
        let limit = self.constant(dtype, 8 * dtype.size() as u64 - 1, width)?;
        let count = self.binary(Llvm::And, count, limit)?;
        match (op, dtype.kind()) {
            (BinaryOp::Shl, _) => self.binary(Llvm::Shl, a, count),
            (_, Kind::Signed) => self.binary(Llvm::AShr, a, count),
            _ => self.binary(Llvm::LShr, a, count),
        }
    }

    /// Quotients of up to 32 bits are exact in a float of twice the precision: the distance of an
    /// inexact quotient from an integer is at least 1/|b|, its rounding error far less.
    fn quotient(&self, a: Vector<'c>, b: Vector<'c>, dtype: DType) -> Emitted<Vector<'c>> {
        if dtype.size() == 8 || b.is_const() {
            let safe = self.safe_divisor(a, b, dtype)?;
            let op = if dtype.kind() == Kind::Signed { Llvm::SDiv } else { Llvm::UDiv };
            return self.binary(op, a, safe);
        }
        let float = if dtype.size() == 4 { DType::F64 } else { DType::F32 };
        let (x, y) = (self.convert(a, dtype, float)?, self.convert(b, dtype, float)?);
        let ratio = self.binary(Llvm::FDiv, x, y)?;
        self.convert(ratio, float, dtype)
    }

    fn remainder(&self, a: Vector<'c>, b: Vector<'c>, dtype: DType) -> Emitted<Vector<'c>> {
        if dtype.size() == 8 {
            let safe = self.safe_divisor(a, b, dtype)?;
            let op = if dtype.kind() == Kind::Signed { Llvm::SRem } else { Llvm::URem };
            return self.binary(op, a, safe);
        }
        let quotient = self.quotient(a, b, dtype)?;
        let product = self.binary(Llvm::Mul, quotient, b)?;
        self.binary(Llvm::Sub, a, product)
    }

    /// The divisor, but 1 where the division would trap: lanes that nobody looks at (finished ones,
    /// or beside a rare one) may divide by anything.
    fn safe_divisor(&self, a: Vector<'c>, b: Vector<'c>, dtype: DType) -> Emitted<Vector<'c>> {
        let width = a.get_type().get_size();
        let one = self.constant(dtype, 1, width)?;
        let zero = b.get_type().const_zero();
        let mut traps = self.builder.build_int_compare(IntPredicate::EQ, b, zero, "")?;
        if dtype.kind() == Kind::Signed {
            let bits = 8 * dtype.size() as u32;
            let least = self.constant(dtype, 1 << (bits - 1), width)?;
            let minus = self.constant(dtype, u64::MAX >> (64 - bits), width)?;
            let a_least = self.builder.build_int_compare(IntPredicate::EQ, a, least, "")?;
            let b_minus = self.builder.build_int_compare(IntPredicate::EQ, b, minus, "")?;
            let wraps = self.binary(Llvm::And, a_least, b_minus)?;
            traps = self.binary(Llvm::Or, traps, wraps)?;
        }
        self.select(traps, one, b)
    }

    fn fused(
        &self,
        a: Vector<'c>,
        b: Vector<'c>,
        c: Vector<'c>,
        dtype: DType,
    ) -> Emitted<Vector<'c>> {
        if dtype != DType::F16 {
            return self.call("llvm.fma", &[a, b, c]);
        }
        let wide = [self.widen(a)?, self.widen(b)?, self.widen(c)?];
        let made = self.call("llvm.fma", &wide)?;
        self.narrow(made)
    }

    fn compare(
        &self,
        op: CompareOp,
        a: Vector<'c>,
        b: Vector<'c>,
        dtype: DType,
    ) -> Emitted<Vector<'c>> {
        if dtype == DType::F16 {
            return self.compare(op, self.widen(a)?, self.widen(b)?, DType::F32);
        }
        if dtype.is_float() {
            return Ok(self.builder.build_float_compare(float_predicate(op), a, b, "")?);
        }
        let predicate = integer_predicate(op, dtype.kind() == Kind::Signed);
        Ok(self.builder.build_int_compare(predicate, a, b, "")?)
    }
}

/// Which instructions the results depend on.
fn needed(region: &Region) -> Vec<bool> {
    let mut needed = vec![false; region.insts.len()];
    for v in &region.results {
        needed[v.0 as usize] = true;
    }
    for k in (0..region.insts.len()).rev() {
        if needed[k] {
            region.insts[k].operands(|v| needed[v.0 as usize] = true);
        }
    }
    needed
}

fn float_predicate(op: CompareOp) -> FloatPredicate {
    match op {
        CompareOp::Eq => FloatPredicate::OEQ,
        CompareOp::Ne => FloatPredicate::UNE,
        CompareOp::Lt => FloatPredicate::OLT,
        CompareOp::Le => FloatPredicate::OLE,
        CompareOp::Gt => FloatPredicate::OGT,
        CompareOp::Ge => FloatPredicate::OGE,
    }
}

fn integer_predicate(op: CompareOp, signed: bool) -> IntPredicate {
    match (op, signed) {
        (CompareOp::Eq, _) => IntPredicate::EQ,
        (CompareOp::Ne, _) => IntPredicate::NE,
        (CompareOp::Lt, true) => IntPredicate::SLT,
        (CompareOp::Le, true) => IntPredicate::SLE,
        (CompareOp::Gt, true) => IntPredicate::SGT,
        (CompareOp::Ge, true) => IntPredicate::SGE,
        (CompareOp::Lt, false) => IntPredicate::ULT,
        (CompareOp::Le, false) => IntPredicate::ULE,
        (CompareOp::Gt, false) => IntPredicate::UGT,
        (CompareOp::Ge, false) => IntPredicate::UGE,
    }
}
