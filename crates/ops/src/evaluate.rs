//! The meaning of every instruction, on one element.
//!
//! A [`Region`] and the bits of its parameters enter, the bits of its results leave. All values
//! are held as the bits they have in memory, zero above their type's size. This is the oracle of
//! every other reader of regions, so it favours plainness over speed. Half precision is computed
//! in single precision and rounded after each operation. What an instruction leaves to the formula
//! (a shift past the width, a float outside the integer's range) gives [`UNDEFINED`] bits here, so
//! that a formula which relies on it differs from NumPy; a division by zero panics.

use crate::formula::{BinaryOp, CompareOp, Inst, Region, UnaryOp, Val};
use stook_types::{DType, Scalar};

/// Bits that stand where an instruction has no meaning.
pub const UNDEFINED: u64 = 0x5a5a_5a5a_5a5a_5a5a;

/// The results of a region for parameters with these bits.
///
/// ```
/// use stook_ops::{Region, evaluate};
/// use stook_types::DType;
/// let square = Region::build(&[DType::I32], |f, a| vec![f.mul(a[0], a[0])]);
/// assert_eq!(evaluate(&square, &[7]), [49]);
/// ```
pub fn evaluate(region: &Region, args: &[u64]) -> Vec<u64> {
    assert_eq!(region.params.len(), args.len(), "a value for each parameter");
    let mut state = State { region, values: Vec::new(), parts: Vec::new() };
    for (inst, &dtype) in region.insts.iter().zip(&region.types) {
        let bits = state.run(inst, dtype, args);
        state.values.push(bits);
    }
    state.all(&region.results)
}

struct State<'a> {
    region: &'a Region,
    values: Vec<u64>,
    /// The results of instructions with several, by the instruction that makes them.
    parts: Vec<(Val, Vec<u64>)>,
}

impl State<'_> {
    fn get(&self, v: Val) -> u64 {
        self.values[v.0 as usize]
    }

    fn all(&self, values: &[Val]) -> Vec<u64> {
        values.iter().map(|&v| self.get(v)).collect()
    }

    fn scalar(&self, v: Val) -> Scalar {
        Scalar { dtype: self.region.dtype(v), bits: self.get(v).into() }
    }

    fn run(&mut self, inst: &Inst, dtype: DType, args: &[u64]) -> u64 {
        match inst {
            Inst::Param(k) => args[*k as usize],
            Inst::Const(bits) => *bits,
            Inst::Unary(op, x) => unary(*op, self.scalar(*x)),
            Inst::Binary(op, x, y) => binary(*op, self.scalar(*x), self.scalar(*y)),
            Inst::Compare(op, x, y) => compare(*op, self.scalar(*x), self.scalar(*y)).into(),
            Inst::Select(m, x, y) => self.get(if self.get(*m) != 0 { *x } else { *y }),
            Inst::Fma(x, y, z) => fma(self.scalar(*x), self.scalar(*y), self.scalar(*z)),
            Inst::Convert(x) => convert(self.scalar(*x), dtype),
            Inst::Whole(x) => whole(float(self.scalar(*x))) as u64,
            Inst::Bitcast(x) => self.get(*x),
            Inst::Lookup(table, index) => table[self.get(*index) as usize],
            Inst::RepeatUntil { init, fixed, round, bound } => {
                let results = self.repeat(init, fixed, round, *bound);
                self.several(results)
            }
            Inst::Rare { mask, args, slow, otherwise } => {
                let results = if self.get(*mask) != 0 {
                    evaluate(slow, &self.all(args))
                } else {
                    self.all(otherwise)
                };
                self.several(results)
            }
            Inst::Part(of, k) => {
                let made = self.parts.iter().find(|(v, _)| v == of);
                made.expect("Part follows an instruction with several results").1[*k as usize]
            }
        }
    }

    fn repeat(&self, init: &[Val], fixed: &[Val], round: &Region, bound: u32) -> Vec<u64> {
        let mut state = self.all(init);
        let fixed = self.all(fixed);
        for _ in 0..bound {
            state.extend(&fixed);
            state = evaluate(round, &state);
            if state.pop().expect("a round says whether it is finished") != 0 {
                break;
            }
        }
        state
    }

    fn several(&mut self, results: Vec<u64>) -> u64 {
        let first = results[0];
        self.parts.push((Val(self.values.len() as u32), results));
        first
    }
}

fn mask(dtype: DType) -> u64 {
    u64::MAX >> (64 - 8 * dtype.size())
}

fn undefined(dtype: DType) -> u64 {
    UNDEFINED & mask(dtype)
}

fn float(x: Scalar) -> f64 {
    x.as_float().expect("a float")
}

fn integer(x: Scalar) -> i128 {
    x.as_integer().expect("an integer or a bool")
}

fn from_float(dtype: DType, value: f64) -> u64 {
    Scalar::float(dtype, value).bits as u64
}

fn from_integer(dtype: DType, value: i128) -> u64 {
    Scalar::integer(dtype, value).bits as u64
}

/// An operation on one value.
fn unary(op: UnaryOp, x: Scalar) -> u64 {
    let dtype = x.dtype;
    let bits = x.bits as u64;
    if dtype == DType::Bool {
        debug_assert_eq!(op, UnaryOp::Not, "of a bool");
        return bits ^ 1;
    }
    if !dtype.is_float() {
        return integer_unary(op, x);
    }
    let sign = 1 << (8 * dtype.size() - 1);
    let rounded = match op {
        UnaryOp::Neg => return bits ^ sign,
        UnaryOp::Abs => return bits & !sign,
        UnaryOp::Sqrt => float(x).sqrt(),
        UnaryOp::Floor => float(x).floor(),
        UnaryOp::Ceil => float(x).ceil(),
        UnaryOp::Trunc => float(x).trunc(),
        UnaryOp::Round => float(x).round_ties_even(),
        UnaryOp::Not | UnaryOp::PopCount => panic!("{op:?} of a float"),
    };
    from_float(dtype, rounded)
}

fn integer_unary(op: UnaryOp, x: Scalar) -> u64 {
    let value = integer(x);
    let result = match op {
        UnaryOp::Neg => -value,
        UnaryOp::Abs => value.abs(),
        UnaryOp::Not => !value,
        UnaryOp::PopCount => i128::from((x.bits as u64).count_ones()),
        _ => panic!("{op:?} of an integer"),
    };
    from_integer(x.dtype, result)
}

/// An operation on two values of one type.
fn binary(op: BinaryOp, x: Scalar, y: Scalar) -> u64 {
    assert_eq!(x.dtype, y.dtype, "{op:?} of two types");
    if x.dtype.is_float() {
        return from_float(x.dtype, float_binary(op, float(x), float(y)));
    }
    let (a, b) = (integer(x), integer(y));
    let width = 8 * x.dtype.size() as i128;
    let result = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a.wrapping_mul(b),
        BinaryOp::Quot => a / b,
        BinaryOp::Rem => a % b,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::Shl | BinaryOp::Shr if b < 0 || b >= width => return undefined(x.dtype),
        BinaryOp::Shl => a << b,
        BinaryOp::Shr => a >> b,
        BinaryOp::Div => panic!("Div of integers"),
    };
    from_integer(x.dtype, result)
}

/// In double precision, which is wide enough that a second rounding changes nothing.
fn float_binary(op: BinaryOp, x: f64, y: f64) -> f64 {
    match op {
        BinaryOp::Add => x + y,
        BinaryOp::Sub => x - y,
        BinaryOp::Mul => x * y,
        BinaryOp::Div => x / y,
        _ => panic!("{op:?} of floats"),
    }
}

/// A comparison of two values of one type.
fn compare(op: CompareOp, x: Scalar, y: Scalar) -> bool {
    assert_eq!(x.dtype, y.dtype, "{op:?} of two types");
    if x.dtype.is_float() {
        ordered(op, &float(x), &float(y))
    } else {
        ordered(op, &integer(x), &integer(y))
    }
}

fn ordered<T: PartialOrd>(op: CompareOp, x: &T, y: &T) -> bool {
    match op {
        CompareOp::Eq => x == y,
        CompareOp::Ne => x != y,
        CompareOp::Lt => x < y,
        CompareOp::Le => x <= y,
        CompareOp::Gt => x > y,
        CompareOp::Ge => x >= y,
    }
}

/// `x * y + z`, rounded once (in single precision for halves, which are rounded again).
fn fma(x: Scalar, y: Scalar, z: Scalar) -> u64 {
    let (a, b, c) = (float(x), float(y), float(z));
    let result = match x.dtype {
        DType::F64 => a.mul_add(b, c),
        _ => (a as f32).mul_add(b as f32, c as f32).into(),
    };
    from_float(x.dtype, result)
}

/// The value in another type; see [`Inst::Convert`].
fn convert(x: Scalar, to: DType) -> u64 {
    match (x.dtype.is_float(), to.is_float()) {
        (true, true) => from_float(to, float(x)),
        (true, false) => truncated(float(x), to),
        (false, true) => nearest(integer(x), to),
        (false, false) => from_integer(to, integer(x)),
    }
}

fn truncated(value: f64, to: DType) -> u64 {
    let whole = value.trunc() as i128;
    let bits = from_integer(to, whole);
    let kept = Scalar { dtype: to, bits: bits.into() }.as_integer() == Some(whole);
    if value.is_finite() && kept { bits } else { undefined(to) }
}

/// See [`Inst::Whole`].
fn whole(value: f64) -> i64 {
    let limit = 2f64.powi(63);
    if (-limit..limit).contains(&value) { value as i64 } else { i64::MIN }
}

/// Rounded once, which a way through double precision would not do.
fn nearest(value: i128, to: DType) -> u64 {
    match to {
        DType::F32 => (value as f32).to_bits().into(),
        _ => from_float(to, value as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::Builder;

    fn run(params: &[DType], args: &[u64], g: impl Fn(&mut Builder, &[Val]) -> Val) -> u64 {
        evaluate(&Region::build(params, |f, a| vec![g(f, a)]), args)[0]
    }

    #[test]
    fn integers_wrap() {
        let sum = |f: &mut Builder, a: &[Val]| f.add(a[0], a[1]);
        assert_eq!(run(&[DType::U8; 2], &[200, 100], sum), 44);
        assert_eq!(run(&[DType::I8; 2], &[127, 1], sum), 0x80);
    }

    #[test]
    fn arithmetic_shift_keeps_the_sign() {
        let shift = |f: &mut Builder, a: &[Val]| f.shr(a[0], a[1]);
        assert_eq!(run(&[DType::I8; 2], &[0x80, 7], shift), 0xff);
        assert_eq!(run(&[DType::U8; 2], &[0x80, 7], shift), 1);
        assert_eq!(run(&[DType::U8; 2], &[0x80, 8], shift), 0x5a);
    }

    #[test]
    fn integers_round_once_to_single_precision() {
        let wide = (1u64 << 54) + (1 << 30) + 1;
        let bits = run(&[DType::U64], &[wide], |f, a| f.convert(a[0], DType::F32));
        assert_eq!(f32::from_bits(bits as u32), wide as f32);
    }

    #[test]
    fn the_least_integer_is_the_integer_part_of_what_integers_do_not_hold() {
        let whole = |x: f64| run(&[DType::F64], &[x.to_bits()], |f, a| f.whole(a[0])) as i64;
        assert_eq!([whole(-2.75), whole(0.5), whole(2f64.powi(62))], [-2, 0, 1 << 62]);
        for beyond in [2f64.powi(63), -2f64.powi(63), -1e300, f64::INFINITY, f64::NAN] {
            assert_eq!(whole(beyond), i64::MIN);
        }
    }

    #[test]
    fn rounds_repeat_until_finished_and_no_more_than_the_bound() {
        let count = |bound| {
            run(&[DType::I64], &[5], |f, a| {
                let zero = f.int(DType::I64, 0);
                f.repeat_until(bound, &[zero], a, |f, state, fixed| {
                    let one = f.int(DType::I64, 1);
                    let next = f.add(state[0], one);
                    (vec![next], f.eq(next, fixed[0]))
                })[0]
            })
        };
        assert_eq!(count(9), 5);
        assert_eq!(count(3), 3);
    }

    #[test]
    fn the_slow_path_serves_where_the_mask_holds() {
        let formula = |f: &mut Builder, a: &[Val]| {
            let zero = f.int(DType::I32, 0);
            let mask = f.lt(a[0], zero);
            f.rare(mask, a, a, |f, a| vec![f.neg(a[0])])[0]
        };
        assert_eq!(run(&[DType::I32], &[5], formula), 5);
        assert_eq!(run(&[DType::I32], &[(-5i32) as u32 as u64], formula), 5);
    }
}
