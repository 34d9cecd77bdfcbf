//! Random numbers, values and formulas.
//!
//! Formulas keep to what instructions leave to them (divisors, shift counts, ranges of
//! conversions), and never turn a float's bits into an integer, since a NaN's payload is free.

use stook_ops::{Builder, Val};
use stook_types::{DType, Scalar};

/// Repeatable random numbers (xorshift64*, Vigna 2016).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Numbers that the seed alone decides.
    pub fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.bits();
        random
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.bits() >> 33) as usize) % n
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// The bits of a scalar: mostly small, at times extreme.
    pub fn scalar(&mut self, dtype: DType) -> u64 {
        let small = self.below(41) as i128 - 20;
        if dtype == DType::Bool {
            return self.bits() & 1;
        }
        if !dtype.is_float() {
            let value = if self.once_in(4) { i128::from(self.bits()) } else { small };
            return Scalar::integer(dtype, value).bits as u64;
        }
        let special = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e-40, 1e30, 60000.0];
        let value = match self.below(24) {
            0 => self.pick(&special),
            1..6 => small as f64,
            _ => (self.bits() >> 11) as f64 / 2f64.powi(49) - 8.0,
        };
        Scalar::float(dtype, value).bits as u64
    }
}

/// Adds a few random instructions on values of the pool to the pool.
pub(super) fn grow(
    f: &mut Builder,
    random: &mut Random,
    pool: &mut Vec<Val>,
    count: usize,
    types: &[DType],
) {
    for _ in 0..count {
        let x = random.pick(pool);
        let v = match f.dtype(x) {
            _ if random.once_in(12) => control(f, random, pool, x),
            _ if random.once_in(5) => {
                converted(f, random, x, random_real(&mut random.clone(), types))
            }
            DType::Bool => of_bool(f, random, pool, x),
            dtype if dtype.is_float() => of_float(f, random, pool, x),
            _ => of_integer(f, random, pool, x),
        };
        random.bits();
        pool.push(v);
    }
}

/// A scalar type among the parts of these types.
pub(super) fn random_real(random: &mut Random, types: &[DType]) -> DType {
    random.pick(types).real()
}

/// Another value of the same type, or a constant.
fn partner(f: &mut Builder, random: &mut Random, pool: &[Val], x: Val) -> Val {
    let dtype = f.dtype(x);
    let same: Vec<Val> = pool.iter().copied().filter(|&v| f.dtype(v) == dtype).collect();
    if random.once_in(4) {
        let bits = random.scalar(dtype);
        return f.bits(dtype, bits);
    }
    random.pick(&same)
}

fn compared(f: &mut Builder, random: &mut Random, x: Val, y: Val) -> Val {
    match random.below(6) {
        0 => f.eq(x, y),
        1 => f.ne(x, y),
        2 => f.lt(x, y),
        3 => f.le(x, y),
        4 => f.gt(x, y),
        _ => f.ge(x, y),
    }
}

fn of_bool(f: &mut Builder, random: &mut Random, pool: &[Val], x: Val) -> Val {
    let y = partner(f, random, pool, x);
    match random.below(5) {
        0 => f.not(x),
        1 => f.and(x, y),
        2 => f.or(x, y),
        3 => f.xor(x, y),
        _ => {
            let a = random.pick(pool);
            let b = partner(f, random, pool, a);
            f.select(x, a, b)
        }
    }
}

fn of_float(f: &mut Builder, random: &mut Random, pool: &[Val], x: Val) -> Val {
    let y = partner(f, random, pool, x);
    let z = partner(f, random, pool, x);
    match random.below(13) {
        0 => f.neg(x),
        1 => f.abs(x),
        2 => f.sqrt(x),
        3 => f.floor(x),
        4 => f.ceil(x),
        5 => f.trunc(x),
        6 => f.round(x),
        7 => f.add(x, y),
        8 => f.sub(x, y),
        9 => f.mul(x, y),
        10 => f.div(x, y),
        11 => f.fma(x, y, z),
        _ => compared(f, random, x, y),
    }
}

fn of_integer(f: &mut Builder, random: &mut Random, pool: &[Val], x: Val) -> Val {
    let y = partner(f, random, pool, x);
    match random.below(14) {
        0 => f.neg(x),
        1 => f.abs(x),
        2 => f.not(x),
        3 => f.popcount(x),
        4 => f.add(x, y),
        5 => f.sub(x, y),
        6 => f.mul(x, y),
        7 => f.and(x, y),
        8 => f.or(x, y),
        9 => f.xor(x, y),
        10 | 11 => divided(f, random, x, y),
        12 => shifted(f, random, x, y),
        _ => compared(f, random, x, y),
    }
}

/// Quotient or remainder, with 1 in place of the divisors 0 and -1.
fn divided(f: &mut Builder, random: &mut Random, x: Val, y: Val) -> Val {
    let [zero, one, minus] = [0.0, 1.0, -1.0].map(|value| f.like(y, value));
    let (a, b) = (f.eq(y, zero), f.eq(y, minus));
    let bad = f.or(a, b);
    let divisor = f.select(bad, one, y);
    if random.once_in(2) { f.quot(x, divisor) } else { f.rem(x, divisor) }
}

fn shifted(f: &mut Builder, random: &mut Random, x: Val, y: Val) -> Val {
    let dtype = f.dtype(x);
    let mask = f.int(dtype, 8 * dtype.size() as i128 - 1);
    let count = f.and(y, mask);
    if random.once_in(2) { f.shl(x, count) } else { f.shr(x, count) }
}

/// A value in another type, within that type's range; to bool by comparison.
fn converted(f: &mut Builder, random: &mut Random, x: Val, to: DType) -> Val {
    let from = f.dtype(x);
    let zero = f.bits(from, 0);
    if to == DType::Bool {
        return f.ne(x, zero);
    }
    if (from, to) == (DType::F64, DType::I64) && random.once_in(2) {
        return f.whole(x);
    }
    if from.is_float() && !to.is_float() {
        let (low, high) = (f.float(from, 0.0), f.float(from, 100.0));
        let (above, below) = (f.ge(x, low), f.lt(x, high));
        let within = f.and(above, below);
        let safe = f.select(within, x, zero);
        return f.convert(safe, to);
    }
    let bits = from != DType::Bool && !from.is_float() && from.size() == to.size();
    if bits && random.once_in(2) { f.bitcast(x, to) } else { f.convert(x, to) }
}

const TABLE: &[u64] = &[3, 1, 4, 1, 5, 9, 2, 6];
const SIXTEEN: &[u64] = &[2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5, 9, 0, 4, 5];

/// A loop, a rare path or a table.
fn control(f: &mut Builder, random: &mut Random, pool: &[Val], x: Val) -> Val {
    let dtype = f.dtype(x);
    let y = partner(f, random, pool, x);
    if dtype == DType::I64 && random.once_in(2) {
        let table = if random.once_in(2) { TABLE } else { SIXTEEN };
        let most = f.int(dtype, table.len() as i128 - 1);
        let index = f.and(x, most);
        let found = f.lookup(table, DType::F64, index);
        return f.bitcast(found, dtype);
    }
    if dtype != DType::Bool && random.once_in(2) {
        let bound = 1 + random.below(5) as u32;
        return f.repeat_until(bound, &[x], &[y], |f, state, fixed| {
            let next = f.sub(state[0], fixed[0]);
            (vec![next], f.lt(next, fixed[0]))
        })[0];
    }
    let mask = compared(f, random, x, y);
    f.rare(mask, &[x], &[y, x], |f, a| {
        let next = if dtype == DType::Bool { f.not(a[0]) } else { f.add(a[0], a[0]) };
        vec![next, a[0]]
    })[0]
}
