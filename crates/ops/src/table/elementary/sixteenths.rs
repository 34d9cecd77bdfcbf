//! Exponentials and logarithms of F64 by tables of sixteen entries.
//!
//! `e^x = 2^(n/16) e^r` with `|r| <= ln(2) / 32`, so that a short polynomial is enough; `2^(n/16)`
//! is an entry of a table with `n / 16` added to its exponent. `log(x) = k ln(2) + log(c) + log(1 +
//! r)` with `x = 2^k c (1 + r)` and `|r| < 0.036`, c being one of sixteen numbers with inverses so
//! short that r is exact: no division (P. T. P. Tang, "Table-driven implementation of the
//! exponential function in IEEE floating-point arithmetic", ACM TOMS 15 (1989), and "... of the
//! logarithm function ...", 16 (1990)). One c is 1, with what lies around it, where logarithms are
//! small. Sixteen entries fill two registers of AVX-512, in which one instruction finds eight of
//! them; so the tables are no larger.

use super::coefficients::{EXP_STEP64, EXP2_STEP64, EXPM1_STEP64, LOG_STEP64, LOG_WIDE64};
use super::format::{bits, horner, polynomial};
use super::pair::{Pair, any_sum, fused, product, sum};
use super::sixteen::{
    INVERSES, LEAST, LN2_HIGH, LN2_LOW, LOG_HIGHS, LOG_LOWS, POWER_TAILS, POWERS, STEP_HIGH,
    STEP_LOW, STEPS,
};
use crate::formula::{Builder, Val};
use stook_types::DType::{self, F64, I64, U64};

/// 1.5 * 2^52: adding it leaves an integer in the low bits.
const SHIFT: f64 = 6_755_399_441_055_744.0;

/// The entry for the low four bits of an integer.
fn entry(f: &mut Builder, table: &'static [u64; 16], word: Val) -> Val {
    let low = f.int(U64, 15);
    let index = f.and(word, low);
    let index = f.bitcast(index, I64);
    f.lookup(table, F64, index)
}

/// `2^(n/16) (1 + p)`.
pub(super) struct Power {
    /// The low bits are n.
    steps: Val,
    p: Val,
}

/// `e^x`, for x from -750 to 750 or NaN.
pub(super) fn exponential(f: &mut Builder, x: Val) -> Power {
    let (r, n, steps) = nearest_step(f, x);
    let low = f.float(F64, -STEP_LOW);
    let r = f.fma(n, low, r);
    grown(f, r, steps)
}

/// `e^x` of a pair.
pub(super) fn exponential_of_pair(f: &mut Builder, x: Pair) -> Power {
    let (r, n, steps) = nearest_step(f, x.hi);
    let low = f.float(F64, -STEP_LOW);
    let rest = f.fma(n, low, x.lo);
    let r = f.add(r, rest);
    grown(f, r, steps)
}

/// `x - n ln(2) / 16` but for the rest of ln(2), which is exact; n; an integer whose low bits are n.
fn nearest_step(f: &mut Builder, x: Val) -> (Val, Val, Val) {
    let per = f.float(F64, STEPS);
    let shift = f.float(F64, SHIFT);
    let shifted = f.fma(x, per, shift);
    let n = f.sub(shifted, shift);
    let high = f.float(F64, -STEP_HIGH);
    (f.fma(n, high, x), n, bits(f, shifted))
}

fn grown(f: &mut Builder, r: Val, steps: Val) -> Power {
    let one = f.float(F64, 1.0);
    let q = horner(f, r, EXP_STEP64.iter());
    let q = f.fma(q, r, one);
    let tail = entry(f, &POWER_TAILS, steps);
    Power { steps, p: f.fma(q, r, tail) }
}

/// `2^x`, for x from -1090 to 1090 or NaN.
pub(super) fn exponential_of_two(f: &mut Builder, x: Val) -> Power {
    let shift = f.float(F64, SHIFT / 16.0);
    let shifted = f.add(x, shift);
    let n = f.sub(shifted, shift);
    let r = f.sub(x, n);
    let q = horner(f, r, EXP2_STEP64.iter());
    let steps = bits(f, shifted);
    let tail = entry(f, &POWER_TAILS, steps);
    Power { steps, p: f.fma(q, r, tail) }
}

/// `2^(n/16)`, which is a normal number.
fn raised(f: &mut Builder, steps: Val) -> Val {
    let place = f.int(U64, 48);
    let exponent = f.shl(steps, place);
    let start = entry(f, &POWERS, steps);
    let start = bits(f, start);
    let both = f.add(start, exponent);
    f.bitcast(both, F64)
}

impl Power {
    /// The value where it is a normal number.
    pub(super) fn normal(&self, f: &mut Builder) -> Val {
        let power = raised(f, self.steps);
        f.fma(power, self.p, power)
    }

    /// The value, infinity and subnormal numbers too: 2^k goes in two factors, so that only the
    /// second multiplication rounds.
    pub(super) fn any(&self, f: &mut Builder) -> Val {
        let low = f.int(U64, 15);
        let sixteenths = f.and(self.steps, low);
        let power = raised(f, sixteenths);
        let v = f.fma(power, self.p, power);
        let bias = f.int(U64, 2046 << 4);
        let biased = f.add(self.steps, bias);
        let four = f.int(U64, 4);
        let biased = f.shr(biased, four);
        let one = f.int(U64, 1);
        let half = f.shr(biased, one);
        let other = f.sub(biased, half);
        let [first, second] = [half, other].map(|exponent| {
            let place = f.int(U64, 52);
            let raised = f.shl(exponent, place);
            f.bitcast(raised, F64)
        });
        let v = f.mul(v, first);
        f.mul(v, second)
    }
}

/// `e^x - 1`, for x such that `e^x` is normal.
pub(super) fn exponential_less_one(f: &mut Builder, x: Val) -> Val {
    let (r, rest, power) = grown_little(f, x);
    let y = less_one(f, power, r, rest);
    // `power - 1` is no float where the power is below a half, or above 2^53.
    let minus_one = f.float(F64, -1.0);
    let whole = any_sum(f, power, minus_one);
    let lo = f.add(y.lo, whole.lo);
    f.add(y.hi, lo)
}

/// `e^x - 1` as a pair whose second part is small, for x from 0; where ones are lost, above 2^53, the
/// pair's error is one of those.
pub(super) fn exponential_less_one_in_order(f: &mut Builder, x: Val) -> Pair {
    let (r, rest, power) = grown_little(f, x);
    let p = sum(f, r, rest);
    less_one(f, power, p.hi, p.lo)
}

/// `e^x = power (1 + r + rest)`.
fn grown_little(f: &mut Builder, x: Val) -> (Val, Val, Val) {
    let (r, n, steps) = nearest_step(f, x);
    let low = f.float(F64, -STEP_LOW);
    let tail = entry(f, &POWER_TAILS, steps);
    let lost = f.fma(n, low, tail);
    let lost = f.fma(r, lost, lost);
    let q = polynomial(f, r, EXPM1_STEP64, EXPM1_STEP64);
    let square = f.mul(r, r);
    (r, f.fma(square, q, lost), raised(f, steps))
}

/// `power (1 + r + rest) - 1`, given that `power - 1` is a float.
fn less_one(f: &mut Builder, power: Val, r: Val, rest: Val) -> Pair {
    let minus_one = f.float(F64, -1.0);
    let whole = f.add(power, minus_one);
    let y = fused(f, power, r, whole);
    Pair { hi: y.hi, lo: f.fma(power, rest, y.lo) }
}

/// `x = 2^exponent c (1 + r)`.
pub(super) struct Beside {
    pub(super) r: Val,
    /// An integer, as a float.
    pub(super) exponent: Val,
    /// `log(c)`; a multiple of 2^-42, and the rest.
    pub(super) log: Pair,
}

/// Takes a positive normal float apart; for others the parts mean nothing.
pub(super) fn beside(f: &mut Builder, x: Val) -> Beside {
    let word = |f: &mut Builder, bits: u64| f.bits(U64, bits);
    let raw = bits(f, x);
    let offset = word(f, 1f64.to_bits() - LEAST);
    let shifted = f.add(raw, offset);
    let low = word(f, (1 << 52) - 1);
    let fraction = f.and(shifted, low);
    let least = word(f, LEAST);
    let significand = f.add(fraction, least);
    let significand = f.bitcast(significand, F64);
    let (width, step) = (word(f, 52), word(f, 48));
    let biased = f.shr(shifted, width);
    let index = f.shr(shifted, step);
    let inverse = entry(f, &INVERSES, index);
    let minus_one = f.float(F64, -1.0);
    let r = f.fma(significand, inverse, minus_one);
    let log = Pair { hi: entry(f, &LOG_HIGHS, index), lo: entry(f, &LOG_LOWS, index) };
    Beside { r, exponent: unbiased(f, biased), log }
}

/// A biased exponent as a float, without the bias.
fn unbiased(f: &mut Builder, biased: Val) -> Val {
    let whole = f.bits(U64, 0x4330_0000_0000_0000);
    let carried = f.or(biased, whole);
    let carried = f.bitcast(carried, F64);
    let bias = f.float(F64, 4_503_599_627_370_496.0 + 1023.0);
    f.sub(carried, bias)
}

/// Takes a positive finite float apart, subnormal ones too.
pub(super) fn beside_any(f: &mut Builder, x: Val) -> Beside {
    let least = f.float(F64, f64::MIN_POSITIVE);
    let lift = f.float(F64, 2f64.powi(54));
    let (steps, zero) = (f.float(F64, 54.0), f.float(F64, 0.0));
    let subnormal = f.lt(x, least);
    let lifted = f.mul(x, lift);
    let normal = f.select(subnormal, lifted, x);
    let lowered = f.select(subnormal, steps, zero);
    let parts = beside(f, normal);
    Beside { exponent: f.sub(parts.exponent, lowered), ..parts }
}

impl Beside {
    /// The logarithm of the significand, as a pair whose second part is a hundredth at most.
    pub(super) fn significand_log(&self, f: &mut Builder) -> Pair {
        let whole = sum(f, self.log.hi, self.r);
        let lo = f.add(whole.lo, self.log.lo);
        Pair { hi: whole.hi, lo: self.curved(f, lo) }
    }

    /// `log(1 + r) - r + lo`.
    fn curved(&self, f: &mut Builder, lo: Val) -> Val {
        let half = f.float(F64, -0.5);
        let square = f.mul(self.r, self.r);
        let cubic = polynomial(f, self.r, LOG_STEP64, LOG_STEP64);
        let q = f.fma(self.r, cubic, half);
        f.fma(square, q, lo)
    }

    /// `log(2^exponent c)`, its first part exact.
    fn start(&self, f: &mut Builder) -> Pair {
        let (high, low) = (f.float(F64, LN2_HIGH), f.float(F64, LN2_LOW));
        let hi = f.fma(self.exponent, high, self.log.hi);
        Pair { hi, lo: f.fma(self.exponent, low, self.log.lo) }
    }

    /// The logarithm, to half a unit in the last place and a little.
    pub(super) fn log(&self, f: &mut Builder) -> Pair {
        let start = self.start(f);
        let whole = sum(f, start.hi, self.r);
        let lo = f.add(whole.lo, start.lo);
        Pair { hi: whole.hi, lo: self.curved(f, lo) }
    }

    /// The logarithm to 64 bits: all is exact but r^4 and its like.
    pub(super) fn log_wide(&self, f: &mut Builder) -> Pair {
        let start = self.start(f);
        let (half, third) = (f.float(F64, -0.5), f.float(F64, 1.0 / 3.0));
        let square = product(f, self.r, self.r);
        let slope = fused(f, self.r, third, half);
        let bent = fused(f, square.hi, slope.hi, self.r);
        let whole = sum(f, start.hi, bent.hi);
        let fourth = polynomial(f, self.r, LOG_WIDE64, LOG_WIDE64);
        let rest = f.fma(square.hi, fourth, slope.lo);
        let lo = f.fma(square.lo, slope.hi, bent.lo);
        let lo = f.add(lo, whole.lo);
        let lo = f.add(lo, start.lo);
        let lo = f.fma(square.hi, rest, lo);
        sum(f, whole.hi, lo)
    }
}

/// Where `|x|` is not below a bound: `e^x` or `2^x` may not be normal beyond it.
pub(super) fn beyond(f: &mut Builder, x: Val, bound: f64) -> Val {
    debug_assert_eq!(f.dtype(x), DType::F64, "tables are of F64");
    let bound = f.float(F64, bound);
    let size = f.abs(x);
    let within = f.lt(size, bound);
    f.not(within)
}

/// The largest `|x|` for which `e^x` is certain to be normal.
pub(super) const NORMAL: f64 = 708.0;
/// The same of `2^x`.
pub(super) const NORMAL_OF_TWO: f64 = 1021.0;
