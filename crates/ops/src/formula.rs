//! Scalar instructions and the builder that formulas are written with.
//!
//! A formula enters as calls on a [`Builder`] and leaves as a [`Region`]: a list of instructions in
//! order, each used only after it. Equal pure instructions become one as they are built. There are
//! no loads and no stores here; a kernel binds a region's parameters to memory. Complex numbers are
//! two values ([`Complex`]); half precision is converted by whoever calls a formula.

use std::collections::HashMap;
use stook_types::{DType, QuickHash};

/// A value: the index of the instruction that makes it, within its region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Val(pub u32);

/// A complex value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Complex {
    /// Real part.
    pub re: Val,
    /// Imaginary part.
    pub im: Val,
}

/// Operations on one value, which keep its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// Sign changed; integers wrap.
    Neg,
    /// Sign bit cleared for floats; wraps at the least integer.
    Abs,
    /// Square root, correctly rounded. Floats.
    Sqrt,
    /// Nearest integer towards minus infinity. Floats.
    Floor,
    /// Nearest integer towards infinity. Floats.
    Ceil,
    /// Nearest integer towards zero. Floats.
    Trunc,
    /// Nearest integer, ties to even. Floats.
    Round,
    /// All bits inverted; the other truth value for bool.
    Not,
    /// Number of one bits. Integers.
    PopCount,
}

/// Operations on two values of one type, which keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// Sum; integers wrap.
    Add,
    /// Difference; integers wrap.
    Sub,
    /// Product; integers wrap.
    Mul,
    /// Quotient of floats.
    Div,
    /// Quotient of integers towards zero. The formula keeps the divisor from 0, and from -1 under
    /// the least integer.
    Quot,
    /// Remainder of [`BinaryOp::Quot`], under the same condition.
    Rem,
    /// Bits in both. Integers and bool.
    And,
    /// Bits in either.
    Or,
    /// Bits in one only.
    Xor,
    /// Left shift; the formula keeps the count within the width. Integers.
    Shl,
    /// Right shift, of the sign for signed types; the count within the width.
    Shr,
}

/// Comparisons; they make a bool. Every one but `Ne` is false where an operand is NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// Equal.
    Eq,
    /// Not equal; true for NaN.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// One scalar instruction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Inst {
    /// The region's parameter of this number.
    Param(u32),
    /// A constant, by the bits it has in memory.
    Const(u64),
    /// An operation on one value.
    Unary(UnaryOp, Val),
    /// An operation on two values.
    Binary(BinaryOp, Val, Val),
    /// A comparison.
    Compare(CompareOp, Val, Val),
    /// The second value where the mask holds, else the third.
    Select(Val, Val, Val),
    /// `a * b + c`, rounded once. Floats.
    Fma(Val, Val, Val),
    /// The value in another type: integers wrap or extend, floats round to nearest even, integers
    /// become the nearest float, floats drop their fraction. A float that becomes an integer lies
    /// within that integer's range: the formula sees to it. Bool becomes 0 or 1; to become bool a
    /// formula compares.
    Convert(Val),
    /// The integer part of an F64 as an I64; the least I64 where that does not hold it, and for NaN.
    Whole(Val),
    /// The same bits as another type of the same size.
    Bitcast(Val),
    /// The entry of a constant table at an index that the formula keeps within it (I64).
    Lookup(&'static [u64], Val),
    /// A region whose parameters and results are the state, followed by one more result: whether
    /// this element is finished. Repeated from `init` until it is, at most `bound` times.
    RepeatUntil {
        /// State before the first round.
        init: Vec<Val>,
        /// Values that every round sees unchanged; the parameters after the state.
        fixed: Vec<Val>,
        /// One round.
        round: Box<Region>,
        /// The most rounds there can be.
        bound: u32,
    },
    /// Where `mask` holds, the results of `slow` on `args`; elsewhere `otherwise`. `slow` runs only
    /// when some lane needs it, then for all lanes, so it must be harmless for any argument.
    Rare {
        /// Which elements need the slow path.
        mask: Val,
        /// What the slow path sees.
        args: Vec<Val>,
        /// The slow path.
        slow: Box<Region>,
        /// The results where the mask does not hold.
        otherwise: Vec<Val>,
    },
    /// A result of a [`Inst::RepeatUntil`] or [`Inst::Rare`].
    Part(Val, u32),
}

/// Instructions in order, from parameters to results.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Region {
    /// Types of the parameters.
    pub params: Vec<DType>,
    /// The instructions; a value is an index into this list.
    pub insts: Vec<Inst>,
    /// The type each instruction makes; for those with several results, the first one's.
    pub types: Vec<DType>,
    /// The values that leave.
    pub results: Vec<Val>,
}

impl Region {
    /// The type of a value.
    pub fn dtype(&self, v: Val) -> DType {
        self.types[v.0 as usize]
    }

    /// A region from a formula over parameters of these types.
    pub fn build(params: &[DType], formula: impl FnOnce(&mut Builder, &[Val]) -> Vec<Val>) -> Self {
        let mut builder = Builder::new(params);
        let values: Vec<Val> = (0..params.len() as u32).map(Val).collect();
        let results = formula(&mut builder, &values);
        builder.finish(results)
    }
}

/// Builds a [`Region`]; formulas are functions that take one.
#[derive(Debug, Default)]
pub struct Builder {
    region: Region,
    known: HashMap<(Inst, DType), Val, QuickHash>,
}

impl Builder {
    /// A builder of a region with these parameters, which are its first values.
    pub fn new(params: &[DType]) -> Self {
        let mut builder = Self::default();
        builder.region.params = params.to_vec();
        for (k, &dtype) in params.iter().enumerate() {
            builder.push(Inst::Param(k as u32), dtype);
        }
        builder
    }

    /// A further parameter.
    pub fn param(&mut self, dtype: DType) -> Val {
        let k = self.region.params.len() as u32;
        self.region.params.push(dtype);
        self.push(Inst::Param(k), dtype)
    }

    /// The finished region.
    pub fn finish(mut self, results: Vec<Val>) -> Region {
        self.region.results = results;
        self.region
    }

    /// The type of a value.
    pub fn dtype(&self, v: Val) -> DType {
        self.region.dtype(v)
    }

    /// The instruction that makes a value.
    pub fn inst(&self, v: Val) -> &Inst {
        &self.region.insts[v.0 as usize]
    }

    fn push(&mut self, inst: Inst, dtype: DType) -> Val {
        let key = (inst, dtype);
        if let Some(&v) = self.known.get(&key) {
            return v;
        }
        let v = Val(self.region.insts.len() as u32);
        self.region.insts.push(key.0.clone());
        self.region.types.push(dtype);
        self.known.insert(key, v);
        v
    }

    /// A constant from the bits it has in memory.
    pub fn bits(&mut self, dtype: DType, bits: u64) -> Val {
        self.push(Inst::Const(bits), dtype)
    }

    /// A float constant of type `dtype`, rounded to it.
    pub fn float(&mut self, dtype: DType, value: f64) -> Val {
        let bits = stook_types::Scalar::float(dtype, value).bits as u64;
        self.bits(dtype, bits)
    }

    /// An integer constant of type `dtype`, wrapped to it.
    pub fn int(&mut self, dtype: DType, value: i128) -> Val {
        let bits = stook_types::Scalar::integer(dtype, value).bits as u64;
        self.bits(dtype, bits)
    }

    /// A constant of a value's type, float or integer.
    pub fn like(&mut self, x: Val, value: f64) -> Val {
        let dtype = self.dtype(x);
        if dtype.is_float() { self.float(dtype, value) } else { self.int(dtype, value as i128) }
    }

    fn unary(&mut self, op: UnaryOp, x: Val) -> Val {
        let dtype = self.dtype(x);
        self.push(Inst::Unary(op, x), dtype)
    }

    fn binary(&mut self, op: BinaryOp, x: Val, y: Val) -> Val {
        let dtype = self.dtype(x);
        debug_assert_eq!(dtype, self.dtype(y), "{op:?} of two types");
        self.push(Inst::Binary(op, x, y), dtype)
    }

    fn compare(&mut self, op: CompareOp, x: Val, y: Val) -> Val {
        debug_assert_eq!(self.dtype(x), self.dtype(y), "{op:?} of two types");
        self.push(Inst::Compare(op, x, y), DType::Bool)
    }

    /// `-x`.
    pub fn neg(&mut self, x: Val) -> Val {
        self.unary(UnaryOp::Neg, x)
    }

    /// `|x|`.
    pub fn abs(&mut self, x: Val) -> Val {
        self.unary(UnaryOp::Abs, x)
    }

    /// Square root.
    pub fn sqrt(&mut self, x: Val) -> Val {
        self.unary(UnaryOp::Sqrt, x)
    }

    /// Round towards minus infinity.
    pub fn floor(&mut self, x: Val) -> Val {
        self.unary(UnaryOp::Floor, x)
    }

    /// Round towards infinity.
    pub fn ceil(&mut self, x: Val) -> Val {
        self.unary(UnaryOp::Ceil, x)
    }

    /// Round towards zero.
    pub fn trunc(&mut self, x: Val) -> Val {
        self.unary(UnaryOp::Trunc, x)
    }

    /// Round to nearest, ties to even.
    pub fn round(&mut self, x: Val) -> Val {
        self.unary(UnaryOp::Round, x)
    }

    /// Bits inverted, or the other truth value.
    pub fn not(&mut self, x: Val) -> Val {
        self.unary(UnaryOp::Not, x)
    }

    /// Number of one bits.
    pub fn popcount(&mut self, x: Val) -> Val {
        self.unary(UnaryOp::PopCount, x)
    }

    /// `x + y`.
    pub fn add(&mut self, x: Val, y: Val) -> Val {
        self.binary(BinaryOp::Add, x, y)
    }

    /// `x - y`.
    pub fn sub(&mut self, x: Val, y: Val) -> Val {
        self.binary(BinaryOp::Sub, x, y)
    }

    /// `x * y`.
    pub fn mul(&mut self, x: Val, y: Val) -> Val {
        self.binary(BinaryOp::Mul, x, y)
    }

    /// `x / y` of floats.
    pub fn div(&mut self, x: Val, y: Val) -> Val {
        self.binary(BinaryOp::Div, x, y)
    }

    /// Integer quotient towards zero; see [`BinaryOp::Quot`].
    pub fn quot(&mut self, x: Val, y: Val) -> Val {
        self.binary(BinaryOp::Quot, x, y)
    }

    /// Remainder of [`Builder::quot`].
    pub fn rem(&mut self, x: Val, y: Val) -> Val {
        self.binary(BinaryOp::Rem, x, y)
    }

    /// Bits (or truth) in both.
    pub fn and(&mut self, x: Val, y: Val) -> Val {
        self.binary(BinaryOp::And, x, y)
    }

    /// Bits (or truth) in either.
    pub fn or(&mut self, x: Val, y: Val) -> Val {
        self.binary(BinaryOp::Or, x, y)
    }

    /// Bits (or truth) in one only.
    pub fn xor(&mut self, x: Val, y: Val) -> Val {
        self.binary(BinaryOp::Xor, x, y)
    }

    /// Left shift by a count of the same type, within the width.
    pub fn shl(&mut self, x: Val, count: Val) -> Val {
        self.binary(BinaryOp::Shl, x, count)
    }

    /// Right shift by a count of the same type, within the width.
    pub fn shr(&mut self, x: Val, count: Val) -> Val {
        self.binary(BinaryOp::Shr, x, count)
    }

    /// `x == y`.
    pub fn eq(&mut self, x: Val, y: Val) -> Val {
        self.compare(CompareOp::Eq, x, y)
    }

    /// `x != y`, true for NaN.
    pub fn ne(&mut self, x: Val, y: Val) -> Val {
        self.compare(CompareOp::Ne, x, y)
    }

    /// `x < y`.
    pub fn lt(&mut self, x: Val, y: Val) -> Val {
        self.compare(CompareOp::Lt, x, y)
    }

    /// `x <= y`.
    pub fn le(&mut self, x: Val, y: Val) -> Val {
        self.compare(CompareOp::Le, x, y)
    }

    /// `x > y`.
    pub fn gt(&mut self, x: Val, y: Val) -> Val {
        self.compare(CompareOp::Gt, x, y)
    }

    /// `x >= y`.
    pub fn ge(&mut self, x: Val, y: Val) -> Val {
        self.compare(CompareOp::Ge, x, y)
    }

    /// `if mask { x } else { y }`, both computed.
    pub fn select(&mut self, mask: Val, x: Val, y: Val) -> Val {
        let dtype = self.dtype(x);
        debug_assert_eq!(dtype, self.dtype(y), "select of two types");
        if x == y {
            return x;
        }
        self.push(Inst::Select(mask, x, y), dtype)
    }

    /// `x * y + z`, rounded once.
    pub fn fma(&mut self, x: Val, y: Val, z: Val) -> Val {
        let dtype = self.dtype(x);
        self.push(Inst::Fma(x, y, z), dtype)
    }

    /// The value in another type; see [`Inst::Convert`]. Nothing where it has it already.
    pub fn convert(&mut self, x: Val, to: DType) -> Val {
        if self.dtype(x) == to {
            return x;
        }
        debug_assert!(to != DType::Bool, "compare to make a bool");
        self.push(Inst::Convert(x), to)
    }

    /// The integer part of an F64 as an I64; see [`Inst::Whole`].
    pub fn whole(&mut self, x: Val) -> Val {
        debug_assert_eq!(self.dtype(x), DType::F64, "the integer part of another type");
        self.push(Inst::Whole(x), DType::I64)
    }

    /// The bits as another type of the same size.
    pub fn bitcast(&mut self, x: Val, to: DType) -> Val {
        if self.dtype(x) == to {
            return x;
        }
        debug_assert_eq!(self.dtype(x).size(), to.size(), "bitcast between sizes");
        self.push(Inst::Bitcast(x), to)
    }

    /// The entry of a table whose bits have type `dtype`; `index` is I64 and within it.
    pub fn lookup(&mut self, table: &'static [u64], dtype: DType, index: Val) -> Val {
        self.push(Inst::Lookup(table, index), dtype)
    }

    /// Rounds of `round(state, fixed) -> (state, finished)` until finished, at most `bound`.
    ///
    /// `round` sees nothing of the outside but what `init` and `fixed` hand it.
    pub fn repeat_until(
        &mut self,
        bound: u32,
        init: &[Val],
        fixed: &[Val],
        round: impl FnOnce(&mut Builder, &[Val], &[Val]) -> (Vec<Val>, Val),
    ) -> Vec<Val> {
        let params: Vec<DType> = init.iter().chain(fixed).map(|&v| self.dtype(v)).collect();
        let types: Vec<DType> = params[..init.len()].to_vec();
        let round = Region::build(&params, |f, args| {
            let (mut state, finished) = round(f, &args[..init.len()], &args[init.len()..]);
            state.push(finished);
            state
        });
        let inst = Inst::RepeatUntil {
            init: init.to_vec(),
            fixed: fixed.to_vec(),
            round: Box::new(round),
            bound,
        };
        self.push_parts(inst, &types)
    }

    /// `slow(args)` where the mask holds, else `otherwise`; see [`Inst::Rare`].
    ///
    /// `slow` sees nothing of the outside but its arguments.
    pub fn rare(
        &mut self,
        mask: Val,
        args: &[Val],
        otherwise: &[Val],
        slow: impl FnOnce(&mut Builder, &[Val]) -> Vec<Val>,
    ) -> Vec<Val> {
        let params: Vec<DType> = args.iter().map(|&v| self.dtype(v)).collect();
        let types: Vec<DType> = otherwise.iter().map(|&v| self.dtype(v)).collect();
        let slow = Region::build(&params, slow);
        let inst = Inst::Rare {
            mask,
            args: args.to_vec(),
            slow: Box::new(slow),
            otherwise: otherwise.to_vec(),
        };
        self.push_parts(inst, &types)
    }

    fn push_parts(&mut self, inst: Inst, types: &[DType]) -> Vec<Val> {
        let of = self.push(inst, types[0]);
        types
            .iter()
            .enumerate()
            .map(|(k, &dtype)| self.push(Inst::Part(of, k as u32), dtype))
            .collect()
    }

    /// The results of a region placed here on `args`.
    pub fn inline(&mut self, region: &Region, args: &[Val]) -> Vec<Val> {
        let mut map: Vec<Val> = Vec::with_capacity(region.insts.len());
        for (inst, &dtype) in region.insts.iter().zip(&region.types) {
            let v = match inst {
                Inst::Param(k) => args[*k as usize],
                other => self.push(other.map(|v| map[v.0 as usize]), dtype),
            };
            map.push(v);
        }
        region.results.iter().map(|v| map[v.0 as usize]).collect()
    }
}

impl Inst {
    /// The instruction with its operands replaced; inner regions, which see none of them, stay.
    pub fn map(&self, mut to: impl FnMut(Val) -> Val) -> Inst {
        match self {
            Inst::Param(_) | Inst::Const(_) => self.clone(),
            Inst::Unary(op, a) => Inst::Unary(*op, to(*a)),
            Inst::Binary(op, a, b) => Inst::Binary(*op, to(*a), to(*b)),
            Inst::Compare(op, a, b) => Inst::Compare(*op, to(*a), to(*b)),
            Inst::Select(m, a, b) => Inst::Select(to(*m), to(*a), to(*b)),
            Inst::Fma(a, b, c) => Inst::Fma(to(*a), to(*b), to(*c)),
            Inst::Convert(a) => Inst::Convert(to(*a)),
            Inst::Whole(a) => Inst::Whole(to(*a)),
            Inst::Bitcast(a) => Inst::Bitcast(to(*a)),
            Inst::Lookup(table, a) => Inst::Lookup(table, to(*a)),
            Inst::RepeatUntil { init, fixed, round, bound } => Inst::RepeatUntil {
                init: init.iter().map(|&v| to(v)).collect(),
                fixed: fixed.iter().map(|&v| to(v)).collect(),
                round: round.clone(),
                bound: *bound,
            },
            Inst::Rare { mask, args, slow, otherwise } => Inst::Rare {
                mask: to(*mask),
                args: args.iter().map(|&v| to(v)).collect(),
                slow: slow.clone(),
                otherwise: otherwise.iter().map(|&v| to(v)).collect(),
            },
            Inst::Part(of, k) => Inst::Part(to(*of), *k),
        }
    }

    /// Calls `see` with every operand.
    pub fn operands(&self, mut see: impl FnMut(Val)) {
        self.map(|v| {
            see(v);
            v
        });
    }
}
