//! log, log2, log10, log1p.
//!
//! `x = 2^k (1 + f)` with the significand between sqrt(1/2) and sqrt(2), and `s = f / (2 + f)`:
//! `log(1 + f) = f - f^2/2 + s (f^2/2 + s^2 R(s^2))` (the arrangement of K. C. Ng in FDLIBM), R of
//! degree 7 (F64: 2^-61) or 3 (F32: 2^-31). The leading terms are summed as a pair. So it goes in
//! F32, and in log1p; log, log2 and log10 of F64 go by tables (`sixteenths.rs`).

use super::format::{Parts, is_nan, log_polynomial, not_normal, pick, split, split_normal};
use super::pair::{Pair, add_to, any_sum, product, sum};
use super::sixteenths::{Beside, beside, beside_any};
use super::{Facts, at_zero, real};
use crate::formula::{Builder, Val};
use crate::ufunc::Ufunc;
use stook_types::DType::F32;

pub(super) fn rows() -> Vec<Ufunc> {
    let facts = |doc| Facts { ulp: 1.0, domain: (0.0, 1e6), pole: Some(at_zero), doc };
    let log1p_facts = Facts {
        ulp: 1.0,
        domain: (-1.0, 1e6),
        pole: Some(at_minus_one),
        doc: "log(1 + x), exact near zero.",
    };
    vec![
        real("log", log, facts("Natural logarithm, element by element.")),
        real("log2", log2, facts("Logarithm to base 2, element by element.")),
        real("log10", log10, facts("Logarithm to base 10, element by element.")),
        real("log1p", log1p, log1p_facts),
    ]
}

fn at_minus_one(f: &mut Builder, args: &[Val]) -> Val {
    let pole = f.like(args[0], -1.0);
    f.eq(args[0], pole)
}

/// `log(1 + y) + correction` as a pair, for 1 + y between sqrt(1/2) and sqrt(2).
fn log_near_one(f: &mut Builder, y: Val, correction: Option<Val>) -> Pair {
    let two = f.like(y, 2.0);
    let half = f.like(y, -0.5);
    let below = f.add(two, y);
    let s = f.div(y, below);
    let z = f.mul(s, s);
    let r = log_polynomial(f, z);
    let minus_half = f.mul(half, y);
    let square = f.mul(minus_half, y);
    let hi = f.fma(minus_half, y, y);
    let kept = f.sub(y, hi);
    let lo = f.fma(minus_half, y, kept);
    let minus_square = f.neg(square);
    let inner = f.fma(z, r, minus_square);
    let lo = match correction {
        Some(c) => f.add(lo, c),
        None => lo,
    };
    Pair { hi, lo: f.fma(s, inner, lo) }
}

/// `k ln(2) + y` as a pair.
fn with_exponent(f: &mut Builder, k: Val, y: Pair) -> Pair {
    let ln2_high = pick(f, k, 0.693145751953125, 0.6931471805598903);
    let ln2_low = pick(f, k, 1.4286068203094173e-06, 5.497923018708371e-14);
    let whole = f.mul(k, ln2_high);
    let total = add_to(f, whole, y);
    Pair { hi: total.hi, lo: f.fma(k, ln2_low, total.lo) }
}

/// A positive float taken apart.
enum Apart {
    /// An F32, by its significand.
    Single(Parts),
    /// An F64, beside one of sixteen numbers.
    Double(Beside),
}

impl Apart {
    fn normal(f: &mut Builder, x: Val) -> Self {
        match f.dtype(x) {
            F32 => Self::Single(split_normal(f, x)),
            _ => Self::Double(beside(f, x)),
        }
    }

    fn any(f: &mut Builder, x: Val) -> Self {
        match f.dtype(x) {
            F32 => Self::Single(split(f, x)),
            _ => Self::Double(beside_any(f, x)),
        }
    }

    /// The exponent, and the logarithm of the significand.
    fn logs(&self, f: &mut Builder) -> (Val, Pair) {
        match self {
            Self::Single(parts) => (parts.exponent, significand_log(f, parts.significand)),
            Self::Double(parts) => (parts.exponent, parts.significand_log(f)),
        }
    }
}

fn log_of(f: &mut Builder, parts: &Apart) -> Pair {
    match parts {
        Apart::Single(Parts { significand, exponent }) => {
            let near = significand_log(f, *significand);
            with_exponent(f, *exponent, near)
        }
        Apart::Double(parts) => parts.log(f),
    }
}

fn significand_log(f: &mut Builder, significand: Val) -> Pair {
    let one = f.like(significand, 1.0);
    let y = f.sub(significand, one);
    log_near_one(f, y, None)
}

/// A logarithm given by that of a number's parts; what is not positive and normal is rare.
fn everywhere(f: &mut Builder, x: Val, of: fn(&mut Builder, &Apart) -> Pair) -> Val {
    let parts = Apart::normal(f, x);
    let value = of(f, &parts);
    let value = f.add(value.hi, value.lo);
    let unusual = not_normal(f, x);
    let slow = |f: &mut Builder, v: &[Val]| {
        let parts = Apart::any(f, v[0]);
        let value = of(f, &parts);
        let value = f.add(value.hi, value.lo);
        vec![special(f, v[0], value)]
    };
    f.rare(unusual, &[x], &[value], slow)[0]
}

/// The special values of every logarithm: `value` where `x` is positive and finite.
fn special(f: &mut Builder, x: Val, value: Val) -> Val {
    let infinity = f.like(x, f64::INFINITY);
    let nan = f.like(x, f64::NAN);
    let zero = f.like(x, 0.0);
    let least = f.like(x, f64::NEG_INFINITY);
    let finite = f.lt(x, infinity);
    let result = f.select(finite, value, x);
    let negative = f.lt(x, zero);
    let result = f.select(negative, nan, result);
    let pole = f.eq(x, zero);
    f.select(pole, least, result)
}

pub(super) fn log(f: &mut Builder, x: Val) -> Val {
    everywhere(f, x, log_of)
}

fn log2(f: &mut Builder, x: Val) -> Val {
    everywhere(f, x, |f, parts| {
        let (exponent, near) = parts.logs(f);
        let factor = pick(f, near.hi, 1.4426950216293335, std::f64::consts::LOG2_E);
        let factor_low = pick(f, near.hi, 1.925963033500011e-08, 2.0355273740931033e-17);
        let part = product(f, near.hi, factor);
        let lo = f.fma(near.hi, factor_low, part.lo);
        let lo = f.fma(near.lo, factor, lo);
        add_to(f, exponent, Pair { hi: part.hi, lo })
    })
}

fn log10(f: &mut Builder, x: Val) -> Val {
    everywhere(f, x, |f, parts| {
        let (exponent, near) = parts.logs(f);
        let factor = pick(f, near.hi, 0.4342944920063019, std::f64::consts::LOG10_E);
        let factor_low = pick(f, near.hi, -1.0103049952192578e-08, 1.098319650216765e-17);
        let part = product(f, near.hi, factor);
        let lo = f.fma(near.hi, factor_low, part.lo);
        let lo = f.fma(near.lo, factor, lo);
        let high = pick(f, near.hi, 0.301025390625, 0.30102999566395283);
        let low = pick(f, near.hi, 4.605038981195214e-06, 2.8363394551044964e-14);
        let whole = f.mul(exponent, high);
        let total = add_to(f, whole, Pair { hi: part.hi, lo });
        Pair { hi: total.hi, lo: f.fma(exponent, low, total.lo) }
    })
}

/// `log(1 + x)` as a pair, for `1 + x` positive and finite.
pub(super) fn log1p_pair(f: &mut Builder, x: Pair) -> Pair {
    let one = f.like(x.hi, 1.0);
    let whole = any_sum(f, one, x.hi);
    let lost = f.add(whole.lo, x.lo);
    log_beside(f, Pair { hi: whole.hi, lo: lost }, x)
}

/// The logarithm of a positive finite pair as a pair, given also the pair less one, in which
/// nothing has cancelled. What is lost enters as its share of the derivative.
pub(super) fn log_beside(f: &mut Builder, whole: Pair, less_one: Pair) -> Pair {
    let one = f.like(whole.hi, 1.0);
    let zero = f.like(whole.hi, 0.0);
    let Parts { significand, exponent } = split(f, whole.hi);
    let near_one = f.eq(exponent, zero);
    let from_one = f.sub(significand, one);
    let y = f.select(near_one, less_one.hi, from_one);
    let lost = f.select(near_one, less_one.lo, whole.lo);
    let correction = f.div(lost, whole.hi);
    let near = log_near_one(f, y, Some(correction));
    with_exponent(f, exponent, near)
}

pub(super) fn log1p(f: &mut Builder, x: Val) -> Val {
    let one = f.like(x, 1.0);
    let zero = f.like(x, 0.0);
    let shifted = sum(f, one, x).hi;
    let y = log1p_pair(f, Pair { hi: x, lo: zero });
    let value = f.add(y.hi, y.lo);
    let tiny = pick(f, x, 2f64.powi(-25), 2f64.powi(-54));
    let size = f.abs(x);
    let small = f.lt(size, tiny);
    let nan = is_nan(f, x);
    let result = special(f, shifted, value);
    let keep = f.or(small, nan);
    f.select(keep, x, result)
}
