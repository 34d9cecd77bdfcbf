//! exp, exp2, expm1.
//!
//! `x = k ln(2) + r` with `|r| <= ln(2) / 2`, the product with a leading part of ln(2) that is
//! exact for every k, the rest of r kept apart (W. J. Cody, W. Waite, Software Manual for the
//! Elementary Functions, 1980); `exp(r) = 1 + r + r^2/2 + r^3 Q(r)` with Q of degree 9 (F64:
//! 2^-60) or 4 (F32: 2^-29); then 2^k in two factors, so that overflow and subnormal results round
//! once. The three functions themselves go by tables in F64 (`sixteenths.rs`); what serves others
//! does not.

use super::format::{bits, clamp, copy_sign, pick, pick_bits, polynomial, significand_bits};
use super::pair::{Pair, product, sum};
use super::sixteenths::{self, Power, beyond, exponential_less_one};
use super::{Facts, coefficients, real};
use crate::formula::{Builder, Val};
use crate::ufunc::Ufunc;
use stook_types::DType::{F32, F64};

pub(super) fn rows() -> Vec<Ufunc> {
    let facts = |domain, doc| Facts { ulp: 1.0, domain, pole: None, doc };
    vec![
        real("exp", exp, facts((-750.0, 715.0), "e**x, element by element.")),
        real("exp2", exp2, facts((-1080.0, 1030.0), "2**x, element by element.")),
        real("expm1", expm1, facts((-50.0, 715.0), "exp(x) - 1, exact near zero.")),
    ]
}

/// `e^x = 2^k e^(r + rest)`.
pub(super) struct Exponential {
    /// The reduced argument, `|r| <= ln(2) / 2`.
    r: Val,
    /// What `r` lost to rounding.
    rest: Val,
    /// `(e^r - 1 - r - r^2 / 2) / r^3`.
    cubic: Val,
    /// `k` plus twice the bias, in the low bits of this integer.
    pub(super) biased: Val,
    /// `k` as a float.
    pub(super) k: Val,
}

/// 1.5 * 2^52 (or 2^23) plus twice the bias: adding it leaves an integer in the low bits.
fn shifter(f: &mut Builder, x: Val) -> Val {
    pick(f, x, 12_582_912.0 + 254.0, 6_755_399_441_055_744.0 + 2046.0)
}

/// Bounds beyond which exp is 0 or infinite in every type and way of rounding.
fn bounded(f: &mut Builder, x: Val, factor: f64) -> Val {
    let low = pick(f, x, -104.5 * factor, -746.0 * factor);
    let high = pick(f, x, 90.0 * factor, 710.5 * factor);
    clamp(f, x, low, high)
}

/// Reduces `x`, which is within the bounds or NaN.
pub(super) fn reduce(f: &mut Builder, x: Val) -> Exponential {
    let (r, k, shifted) = remainder(f, x);
    finish(f, r.hi, r.lo, k, shifted)
}

/// Reduces a pair within the bounds or NaN.
pub(super) fn reduce_pair(f: &mut Builder, x: Pair) -> Exponential {
    let (r, k, shifted) = remainder(f, x.hi);
    let rest = f.add(r.lo, x.lo);
    let r = sum(f, r.hi, rest);
    finish(f, r.hi, r.lo, k, shifted)
}

/// `x - k ln(2)` as a pair, k, and k plus twice the bias in the low bits of a float.
fn remainder(f: &mut Builder, x: Val) -> (Pair, Val, Val) {
    let log2_e = pick(f, x, std::f64::consts::LOG2_E, std::f64::consts::LOG2_E);
    let shift = shifter(f, x);
    let shifted = f.fma(x, log2_e, shift);
    let k = f.sub(shifted, shift);
    let high = pick(f, x, -0.693145751953125, -0.6931471805598903);
    let low = pick(f, x, -1.4286068203094173e-06, -5.497923018708371e-14);
    let leading = f.fma(k, high, x);
    let r = f.fma(k, low, leading);
    let lost = f.sub(leading, r);
    (Pair { hi: r, lo: f.fma(k, low, lost) }, k, shifted)
}

/// Reduces an exponent of two given as a pair within the bounds or NaN.
pub(super) fn reduce_binary(f: &mut Builder, x: Pair) -> Exponential {
    let shift = shifter(f, x.hi);
    let shifted = f.add(x.hi, shift);
    let k = f.sub(shifted, shift);
    let fraction = f.sub(x.hi, k);
    let ln2 = pick(f, x.hi, 0.6931471824645996, std::f64::consts::LN_2);
    let ln2_low = pick(f, x.hi, -1.9046542121259336e-09, 2.3190468138462996e-17);
    let r = product(f, fraction, ln2);
    let rest = f.fma(fraction, ln2_low, r.lo);
    let rest = f.fma(x.lo, ln2, rest);
    let r = sum(f, r.hi, rest);
    finish(f, r.hi, r.lo, k, shifted)
}

fn finish(f: &mut Builder, r: Val, rest: Val, k: Val, shifted: Val) -> Exponential {
    let cubic = polynomial(f, r, coefficients::EXP32, coefficients::EXP64);
    let biased = bits(f, shifted);
    Exponential { r, rest, cubic, biased, k }
}

impl Exponential {
    /// `e^(r + rest)`.
    pub(super) fn significand(&self, f: &mut Builder) -> Pair {
        let one = f.like(self.r, 1.0);
        let half = f.like(self.r, 0.5);
        let q = f.fma(self.r, self.cubic, half);
        let square = f.mul(self.r, self.r);
        let rest = f.fma(self.r, self.rest, self.rest);
        let tail = f.fma(square, q, rest);
        let s = sum(f, one, self.r);
        Pair { hi: s.hi, lo: f.add(s.lo, tail) }
    }

    /// `e^(r + rest) - 1`, with an error small against its last place.
    pub(super) fn minus_one(&self, f: &mut Builder) -> Pair {
        let half = f.like(self.r, 0.5);
        let halved = f.mul(self.r, half);
        let square = product(f, self.r, halved);
        let cube = f.mul(self.r, self.r);
        let cube = f.mul(cube, self.r);
        let rest = f.fma(self.r, self.rest, self.rest);
        let rest = f.add(rest, square.lo);
        let tail = f.fma(cube, self.cubic, rest);
        let s = sum(f, self.r, square.hi);
        Pair { hi: s.hi, lo: f.add(s.lo, tail) }
    }

    /// The same, with an error of a tenth of its last place.
    pub(super) fn minus_one_nearly(&self, f: &mut Builder) -> Pair {
        let half = f.like(self.r, 0.5);
        let q = f.fma(self.r, self.cubic, half);
        let square = f.mul(self.r, self.r);
        let rest = f.fma(self.r, self.rest, self.rest);
        let tail = f.fma(square, q, rest);
        sum(f, self.r, tail)
    }

    /// `e^x`: of what is left of the last place, a quarter is lost in `e^r - 1` and, in F32, another
    /// with `rest`.
    pub(super) fn value(&self, f: &mut Builder) -> Val {
        let one = f.like(self.r, 1.0);
        let half = f.like(self.r, 0.5);
        let q = f.fma(self.r, self.cubic, half);
        let square = f.mul(self.r, self.r);
        let less_one = if f.dtype(self.r) == F32 {
            f.fma(square, q, self.r)
        } else {
            let tail = f.fma(square, q, self.rest);
            f.add(self.r, tail)
        };
        let p = f.add(one, less_one);
        self.scale(f, p)
    }

    /// `e^x * v`, scaled last, so that only the product can overflow.
    pub(super) fn times(&self, f: &mut Builder, v: Val) -> Val {
        let p = self.significand(f);
        let hi = f.mul(p.hi, v);
        let product = f.fma(p.lo, v, hi);
        self.scale(f, product)
    }

    /// `e^x` as a pair.
    pub(super) fn pair(&self, f: &mut Builder) -> Pair {
        let p = self.significand(f);
        let p = sum(f, p.hi, p.lo);
        Pair { hi: self.scale(f, p.hi), lo: self.scale(f, p.lo) }
    }

    /// `v * 2^k`.
    pub(super) fn scale(&self, f: &mut Builder, v: Val) -> Val {
        let dtype = f.dtype(v);
        let one = f.int(f.dtype(self.biased), 1);
        let width = significand_bits(f, self.biased);
        let half = f.shr(self.biased, one);
        let other = f.sub(self.biased, half);
        let first = f.shl(half, width);
        let second = f.shl(other, width);
        let first = f.bitcast(first, dtype);
        let second = f.bitcast(second, dtype);
        let v = f.mul(v, first);
        f.mul(v, second)
    }

    /// The same with a `2^k` that is half as large.
    pub(super) fn halved(self, f: &mut Builder) -> Self {
        let one = f.int(f.dtype(self.biased), 1);
        Exponential { biased: f.sub(self.biased, one), ..self }
    }

    /// `2^k`, for k within the exponents of normal numbers.
    pub(super) fn power(&self, f: &mut Builder) -> Val {
        let dtype = f.dtype(self.r);
        let bias = pick_bits(f, self.biased, 127, 1023);
        let width = significand_bits(f, self.biased);
        let exponent = f.sub(self.biased, bias);
        let raised = f.shl(exponent, width);
        f.bitcast(raised, dtype)
    }
}

pub(super) fn exp(f: &mut Builder, x: Val) -> Val {
    if f.dtype(x) == F64 {
        return by_table(f, x, sixteenths::exponential, sixteenths::NORMAL, 1.0);
    }
    let x = bounded(f, x, 1.0);
    reduce(f, x).value(f)
}

pub(super) fn exp2(f: &mut Builder, x: Val) -> Val {
    if f.dtype(x) == F64 {
        return by_table(f, x, sixteenths::exponential_of_two, sixteenths::NORMAL_OF_TWO, 1.45);
    }
    let x = bounded(f, x, 1.45);
    let lo = f.like(x, 0.0);
    reduce_binary(f, Pair { hi: x, lo }).value(f)
}

/// An exponential of F64; what is not normal, or nearly so, is rare.
fn by_table(
    f: &mut Builder,
    x: Val,
    of: fn(&mut Builder, Val) -> Power,
    bound: f64,
    factor: f64,
) -> Val {
    let value = of(f, x).normal(f);
    let unusual = beyond(f, x, bound);
    f.rare(unusual, &[x], &[value], |f, v| {
        let x = bounded(f, v[0], factor);
        vec![of(f, x).any(f)]
    })[0]
}

/// `2^k (1 + p) - 2^k0`, given 2^k and 2^k0, as a pair; p is `minus_one`.
fn less_one(f: &mut Builder, e: &Exponential, power: Val, one: Val) -> Pair {
    let p = e.minus_one(f);
    let minus_one = f.neg(one);
    let whole = sum(f, power, minus_one);
    let hi = f.mul(power, p.hi);
    let s = sum(f, whole.hi, hi);
    let lo = f.add(s.lo, whole.lo);
    Pair { hi: s.hi, lo: f.fma(power, p.lo, lo) }
}

pub(super) fn expm1(f: &mut Builder, x: Val) -> Val {
    if f.dtype(x) == F32 {
        return expm1_anywhere(f, x);
    }
    let low = f.float(F64, -40.0);
    let below = f.lt(x, low);
    let bounded = f.select(below, low, x);
    let value = exponential_less_one(f, bounded);
    let value = copy_sign(f, value, x);
    let bound = f.float(F64, sixteenths::NORMAL);
    let within = f.lt(x, bound);
    let unusual = f.not(within);
    f.rare(unusual, &[x], &[value], |f, v| vec![expm1_anywhere(f, v[0])])[0]
}

/// With the last power of two apart, so that it does not overflow before the result does.
fn expm1_anywhere(f: &mut Builder, x: Val) -> Val {
    let low = pick(f, x, -20.0, -40.0);
    let high = pick(f, x, 88.9, 709.9);
    let bounded = clamp(f, x, low, high);
    let e = reduce(f, bounded).halved(f);
    let power = e.power(f);
    let half = f.like(x, 0.5);
    let y = less_one(f, &e, power, half);
    let y = f.add(y.hi, y.lo);
    let result = f.add(y, y);
    let tiny = pick(f, x, 2f64.powi(-26), 2f64.powi(-55));
    let size = f.abs(x);
    let small = f.lt(size, tiny);
    f.select(small, x, result)
}
