//! arcsin, arccos, arctan, arctan2; F32 is computed in F64.
//!
//! Angles are `m pi/4 +- arctan(q)` with a quotient `|q| <= tan(pi/8)`: of the two arguments, or
//! of their difference and sum; q is a pair and `arctan(q) = q + q^3 P(q^2)` with P of degree 11
//! (2^-58). For the arcsine `arcsin(t) = t + t^3 P(t^2)`, `t <= 1/2`, P of degree 12 (2^-59); above
//! 1/2, `arcsin(x) = pi/2 - 2 arcsin(sqrt((1 - x) / 2))` (K. C. Ng in FDLIBM), the root a pair.

use super::format::{copy_sign, flip_sign, in_double, polynomial, sign_bit, two_in_double};
use super::pair::{Pair, add, divide, product, sum};
use super::{Facts, coefficients, real, real_two};
use crate::formula::{Builder, Val};
use crate::ufunc::Ufunc;
use std::f64::consts::{FRAC_PI_4, SQRT_2};

/// What pi/4 loses as a float64.
const QUARTER_LOW: f64 = 3.061616997868383e-17;

pub(super) fn rows() -> Vec<Ufunc> {
    let facts = |domain, doc| Facts { ulp: 1.0, domain, pole: None, doc };
    vec![
        real("arcsin", arcsin, facts((-1.0, 1.0), "Inverse sine, in radians.")),
        real("arccos", arccos, facts((-1.0, 1.0), "Inverse cosine, in radians.")),
        real("arctan", arctan, facts((-100.0, 100.0), "Inverse tangent, in radians.")),
        real_two("arctan2", arctan2, facts((-100.0, 100.0), "Angle of the point (y, x).")),
    ]
}

/// `m pi/4 + sign * y`, where `|y| < pi/4` or m is zero.
fn from_eighths(f: &mut Builder, m: Val, y: Pair) -> Pair {
    let quarter = f.like(m, FRAC_PI_4);
    let low = f.like(m, QUARTER_LOW);
    let base = product(f, m, quarter);
    let base = Pair { hi: base.hi, lo: f.fma(m, low, base.lo) };
    let angle = add(f, base, y);
    sum(f, angle.hi, angle.lo)
}

/// The pair with its sign changed where the mask holds.
fn negate_where(f: &mut Builder, mask: Val, y: Pair) -> Pair {
    let (hi, lo) = (f.neg(y.hi), f.neg(y.lo));
    Pair { hi: f.select(mask, hi, y.hi), lo: f.select(mask, lo, y.lo) }
}

/// The angle between 0 and pi/4 of `small <= large`, both at least zero: eighths of a turn (0 or
/// 1) and the rest.
fn within_eighth(f: &mut Builder, small: Val, large: Val) -> (Val, Pair) {
    let zero = f.like(small, 0.0);
    let one = f.like(small, 1.0);
    let slope = f.like(small, SQRT_2 - 1.0);
    let bound = f.mul(large, slope);
    let turned = f.gt(small, bound);
    let minus = f.neg(large);
    let difference = sum(f, minus, small);
    let total = sum(f, large, small);
    let above = Pair {
        hi: f.select(turned, difference.hi, small),
        lo: f.select(turned, difference.lo, zero),
    };
    let below =
        Pair { hi: f.select(turned, total.hi, large), lo: f.select(turned, total.lo, zero) };
    let q = divide(f, above, below);
    let q = sum(f, q.hi, q.lo);
    let z = f.mul(q.hi, q.hi);
    let p = polynomial(f, z, coefficients::ARCTAN64, coefficients::ARCTAN64);
    let cube = f.mul(z, q.hi);
    let minus_lo = f.neg(q.lo);
    let rest = f.fma(z, minus_lo, q.lo);
    (f.select(turned, one, zero), Pair { hi: q.hi, lo: f.fma(cube, p, rest) })
}

/// Turns the angle of (small, large) into that of (large, small) where the mask holds.
fn mirror(f: &mut Builder, mask: Val, eighths: f64, (m, y): (Val, Pair)) -> (Val, Pair) {
    let turn = f.like(m, eighths);
    let other = f.sub(turn, m);
    (f.select(mask, other, m), negate_where(f, mask, y))
}

fn arctan(f: &mut Builder, x: Val) -> Val {
    in_double(f, x, |f, x| {
        let size = f.abs(x);
        let most = f.like(x, 2f64.powi(1000));
        let large = f.gt(size, most);
        let size = f.select(large, most, size);
        let one = f.like(x, 1.0);
        let steep = f.gt(size, one);
        let small = f.select(steep, one, size);
        let large = f.select(steep, size, one);
        let angle = within_eighth(f, small, large);
        let (m, y) = mirror(f, steep, 2.0, angle);
        let value = from_eighths(f, m, y).hi;
        copy_sign(f, value, x)
    })
}

pub(super) fn arctan2(f: &mut Builder, y: Val, x: Val) -> Val {
    two_in_double(f, y, x, |f, y, x| arctan2_pair(f, y, x).hi)
}

/// The angle of the point (y, x), both F64.
pub(super) fn arctan2_pair(f: &mut Builder, y: Val, x: Val) -> Pair {
    let (high, wide) = (f.abs(y), f.abs(x));
    let steep = f.gt(high, wide);
    let small = f.select(steep, wide, high);
    let large = f.select(steep, high, wide);
    let (small, large) = tamed(f, small, large);
    let angle = within_eighth(f, small, large);
    let angle = mirror(f, steep, 2.0, angle);
    let one = f.like(x, 1.0);
    let zero = f.like(x, 0.0);
    let side = copy_sign(f, one, x);
    let behind = f.lt(side, zero);
    let (m, rest) = mirror(f, behind, 4.0, angle);
    let angle = from_eighths(f, m, rest);
    let sign = sign_bit(f, y);
    let (hi, lo) = (flip_sign(f, angle.hi, sign), flip_sign(f, angle.lo, sign));
    let sum = f.add(x, y);
    let (nan_x, nan_y) = (f.ne(x, x), f.ne(y, y));
    let nan = f.or(nan_x, nan_y);
    Pair { hi: f.select(nan, sum, hi), lo }
}

/// The same quotient from numbers whose sum, quotient and inverse stay within the format, and whose
/// products keep all their bits.
fn tamed(f: &mut Builder, small: Val, large: Val) -> (Val, Val) {
    let zero = f.like(small, 0.0);
    let one = f.like(small, 1.0);
    let infinity = f.like(small, f64::INFINITY);
    let high = f.like(small, 2f64.powi(900));
    let room = f.like(small, 2f64.powi(700));
    let low = f.like(small, 2f64.powi(-900));
    let down = f.like(small, 2f64.powi(-200));
    let up = f.like(small, 2f64.powi(200));
    let huge = f.gt(large, high);
    let (tiny, liftable) = (f.lt(small, low), f.lt(large, room));
    let tiny = f.and(tiny, liftable);
    let factor = f.select(tiny, up, one);
    let factor = f.select(huge, down, factor);
    let scaled_small = f.mul(small, factor);
    let scaled_large = f.mul(large, factor);
    let nothing = f.eq(large, zero);
    let scaled_large = f.select(nothing, one, scaled_large);
    let endless = f.eq(large, infinity);
    let both = f.eq(small, infinity);
    let at_end = f.select(both, one, zero);
    (f.select(endless, at_end, scaled_small), f.select(endless, one, scaled_large))
}

/// `arcsin(t)` as a pair for t between 0 and 1/2, given `t^2` and what t lost.
fn arcsin_pair(f: &mut Builder, t: Val, z: Val, lost: Val) -> Pair {
    let p = polynomial(f, z, coefficients::ARCSIN64, coefficients::ARCSIN64);
    let cube = f.mul(z, t);
    let half = f.like(t, 0.5);
    let part = f.mul(lost, half);
    let lost = f.fma(part, z, lost);
    Pair { hi: t, lo: f.fma(cube, p, lost) }
}

/// For `|x|`: whether it exceeds 1/2, and the arcsine of it or of `sqrt((1 - |x|) / 2)`.
fn reduced_arcsin(f: &mut Builder, size: Val) -> (Val, Pair) {
    let one = f.like(size, 1.0);
    let half = f.like(size, 0.5);
    let zero = f.like(size, 0.0);
    let large = f.gt(size, half);
    let apart = f.sub(one, size);
    let z_large = f.mul(apart, half);
    let root = f.sqrt(z_large);
    let minus = f.neg(root);
    let rest = f.fma(minus, root, z_large);
    let twice = f.add(root, root);
    let lost = f.div(rest, twice);
    let nothing = f.eq(root, zero);
    let kept = f.not(nothing);
    let use_lost = f.and(kept, large);
    let lost = f.select(use_lost, lost, zero);
    let t = f.select(large, root, size);
    let square = f.mul(size, size);
    let z = f.select(large, z_large, square);
    // Beyond 1 the root is NaN, and stays so.
    (large, arcsin_pair(f, t, z, lost))
}

fn doubled_where(f: &mut Builder, mask: Val, y: Pair) -> Pair {
    let (hi, lo) = (f.add(y.hi, y.hi), f.add(y.lo, y.lo));
    Pair { hi: f.select(mask, hi, y.hi), lo: f.select(mask, lo, y.lo) }
}

fn arcsin(f: &mut Builder, x: Val) -> Val {
    in_double(f, x, |f, x| {
        let size = f.abs(x);
        let (large, y) = reduced_arcsin(f, size);
        let y = doubled_where(f, large, y);
        let zero = f.like(x, 0.0);
        let (m, y) = mirror(f, large, 2.0, (zero, y));
        let value = from_eighths(f, m, y).hi;
        copy_sign(f, value, x)
    })
}

fn arccos(f: &mut Builder, x: Val) -> Val {
    in_double(f, x, |f, x| {
        let size = f.abs(x);
        let (large, y) = reduced_arcsin(f, size);
        let zero = f.like(x, 0.0);
        let two = f.like(x, 2.0);
        let four = f.like(x, 4.0);
        let negative = f.lt(x, zero);
        let positive = f.not(negative);
        let y = doubled_where(f, large, y);
        let outer = f.select(negative, four, zero);
        let m = f.select(large, outer, two);
        // pi/2 - y, or y where x is large; of a negative x pi/2 + y, or pi - y.
        let minus = f.xor(large, positive);
        let y = negate_where(f, minus, y);
        from_eighths(f, m, y).hi
    })
}
