//! tanh, sinh, cosh.
//!
//! `tanh(x) = t / (t + 2)` with `t = exp(2x) - 1` as a pair. For the other two the exponential is
//! taken apart as `e^x = 2^k (1 + p)`, so that with `w = 2^-2k`
//! `sinh(x) = 2^(k-1) ((1 - w) + p + w p/(1 + p))`, `cosh(x) = 2^(k-1) ((1 + p) + w/(1 + p))`:
//! no cancellation near zero, and no overflow before the result's own.

use super::exponential::{Exponential, reduce};
use super::format::{copy_sign, pick, power_of_two};
use super::pair::{Pair, add, add_to, any_sum, divide, quotient, sum};
use super::sixteenths::exponential_less_one_in_order;
use super::{Facts, real};
use crate::formula::{Builder, Val};
use crate::ufunc::Ufunc;
use stook_types::DType::F64;

pub(super) fn rows() -> Vec<Ufunc> {
    let facts = |domain, doc| Facts { ulp: 1.0, domain, pole: None, doc };
    vec![
        real("tanh", tanh, facts((-20.0, 20.0), "Hyperbolic tangent, element by element.")),
        real("sinh", sinh, facts((-715.0, 715.0), "Hyperbolic sine, element by element.")),
        real("cosh", cosh, facts((-715.0, 715.0), "Hyperbolic cosine, element by element.")),
    ]
}

pub(super) fn tanh(f: &mut Builder, x: Val) -> Val {
    let size = f.abs(x);
    let bound = pick(f, x, 10.0, 20.0);
    let large = f.gt(size, bound);
    let size = f.select(large, bound, size);
    let twice = f.add(size, size);
    let t = if f.dtype(x) == F64 {
        exponential_less_one_in_order(f, twice)
    } else {
        less_one(f, twice)
    };
    let two = f.like(x, 2.0);
    let less = f.gt(t.hi, two);
    let large = f.select(less, t.hi, two);
    let small = f.select(less, two, t.hi);
    let below = add_to(f, large, Pair { hi: small, lo: t.lo });
    let value = quotient(f, t, below);
    copy_sign(f, value, x)
}

/// `e^x - 1` of F32 for `x` from 0 to 20: where 2^k - 1 is not exact, its error is nothing
/// against the quotient's.
fn less_one(f: &mut Builder, x: Val) -> Pair {
    let e = reduce(f, x);
    let p = e.minus_one_nearly(f);
    let power = e.power(f);
    let one = f.like(x, 1.0);
    let whole = f.sub(power, one);
    let scaled = f.mul(power, p.hi);
    let s = sum(f, whole, scaled);
    Pair { hi: s.hi, lo: f.fma(power, p.lo, s.lo) }
}

/// `e^|x|` taken apart, one power of two lower, and `2^-2k`.
fn parts(f: &mut Builder, x: Val) -> (Exponential, Val) {
    let size = f.abs(x);
    let high = pick(f, x, 90.0, 711.0);
    let above = f.gt(size, high);
    let bounded = f.select(above, high, size);
    let e = reduce(f, bounded);
    let most = pick(f, x, 30.0, 60.0);
    let beyond = f.gt(e.k, most);
    let k = f.select(beyond, most, e.k);
    let minus_k = f.neg(k);
    let inverse = power_of_two(f, minus_k);
    let w = f.mul(inverse, inverse);
    (e.halved(f), w)
}

pub(super) fn sinh(f: &mut Builder, x: Val) -> Val {
    let (e, w) = parts(f, x);
    let p = e.minus_one(f);
    let whole = e.significand(f);
    let whole = sum(f, whole.hi, whole.lo);
    let q = divide(f, p, whole);
    let one = f.like(x, 1.0);
    let minus_w = f.neg(w);
    let start = sum(f, one, minus_w);
    let scaled = f.mul(w, q.hi);
    let other = f.mul(w, q.lo);
    let inner = any_sum(f, p.hi, scaled);
    let rest = f.add(p.lo, other);
    let rest = f.add(inner.lo, rest);
    let total = add(f, start, Pair { hi: inner.hi, lo: rest });
    let value = f.add(total.hi, total.lo);
    let value = e.scale(f, value);
    copy_sign(f, value, x)
}

pub(super) fn cosh(f: &mut Builder, x: Val) -> Val {
    let (e, w) = parts(f, x);
    let whole = e.significand(f);
    let zero = f.like(x, 0.0);
    let whole = sum(f, whole.hi, whole.lo);
    let q = divide(f, Pair { hi: w, lo: zero }, whole);
    let total = sum(f, whole.hi, q.hi);
    let rest = f.add(whole.lo, q.lo);
    let rest = f.add(total.lo, rest);
    let value = f.add(total.hi, rest);
    e.scale(f, value)
}
