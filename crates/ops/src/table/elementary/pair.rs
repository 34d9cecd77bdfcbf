//! Unevaluated sums of two floats, for what one float's rounding would lose.
//!
//! The error-free transformations are those of T. J. Dekker, "A floating-point technique for
//! extending the available precision", Numerische Mathematik 18 (1971), with a fused multiply-add
//! for the product. Results are not renormalised unless said.

use crate::formula::{Builder, Val};

/// `hi + lo`, where `lo` is small against `hi`.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) hi: Val,
    pub(super) lo: Val,
}

/// `a + b` exactly, for `|a| >= |b|` or `a` zero.
pub(super) fn sum(f: &mut Builder, a: Val, b: Val) -> Pair {
    let hi = f.add(a, b);
    let kept = f.sub(hi, a);
    let lo = f.sub(b, kept);
    Pair { hi, lo }
}

/// `a + b` exactly, in any order of size.
pub(super) fn any_sum(f: &mut Builder, a: Val, b: Val) -> Pair {
    let hi = f.add(a, b);
    let of_b = f.sub(hi, a);
    let of_a = f.sub(hi, of_b);
    let rest_a = f.sub(a, of_a);
    let rest_b = f.sub(b, of_b);
    let lo = f.add(rest_a, rest_b);
    Pair { hi, lo }
}

/// `a * b` exactly.
pub(super) fn product(f: &mut Builder, a: Val, b: Val) -> Pair {
    let hi = f.mul(a, b);
    let negative = f.neg(hi);
    let lo = f.fma(a, b, negative);
    Pair { hi, lo }
}

/// `a * b + c` exactly, for `|c| >= |a * b|` or `c` zero.
pub(super) fn fused(f: &mut Builder, a: Val, b: Val, c: Val) -> Pair {
    let hi = f.fma(a, b, c);
    let kept = f.sub(c, hi);
    Pair { hi, lo: f.fma(a, b, kept) }
}

/// `x * b`.
pub(super) fn scale(f: &mut Builder, x: Pair, b: Val) -> Pair {
    let p = product(f, x.hi, b);
    let lo = f.fma(x.lo, b, p.lo);
    Pair { hi: p.hi, lo }
}

/// `x * y`.
pub(super) fn multiply(f: &mut Builder, x: Pair, y: Pair) -> Pair {
    let p = product(f, x.hi, y.hi);
    let lo = f.fma(x.lo, y.hi, p.lo);
    let lo = f.fma(x.hi, y.lo, lo);
    Pair { hi: p.hi, lo }
}

/// `a + y`, for `|a| >= |y|` or `a` zero.
pub(super) fn add_to(f: &mut Builder, a: Val, y: Pair) -> Pair {
    let s = sum(f, a, y.hi);
    let lo = f.add(s.lo, y.lo);
    Pair { hi: s.hi, lo }
}

/// `x + y`, for `|x| >= |y|` or `x` zero.
pub(super) fn add(f: &mut Builder, x: Pair, y: Pair) -> Pair {
    let s = sum(f, x.hi, y.hi);
    let lo = f.add(x.lo, y.lo);
    let lo = f.add(s.lo, lo);
    Pair { hi: s.hi, lo }
}

/// `x / y` with one division.
pub(super) fn divide(f: &mut Builder, x: Pair, y: Pair) -> Pair {
    let (hi, rest, inverse) = divided(f, x, y);
    Pair { hi, lo: f.mul(rest, inverse) }
}

/// `x / y` as one float.
pub(super) fn quotient(f: &mut Builder, x: Pair, y: Pair) -> Val {
    let (hi, rest, inverse) = divided(f, x, y);
    f.fma(rest, inverse, hi)
}

/// About `x / y`, what `x` lacks then, and `1 / y`.
fn divided(f: &mut Builder, x: Pair, y: Pair) -> (Val, Val, Val) {
    let one = f.like(y.hi, 1.0);
    let inverse = f.div(one, y.hi);
    let hi = f.mul(x.hi, inverse);
    let negative = f.neg(hi);
    let rest = f.fma(negative, y.hi, x.hi);
    let rest = f.fma(negative, y.lo, rest);
    (hi, f.add(rest, x.lo), inverse)
}

/// Square root of a pair that is at least zero.
pub(super) fn root(f: &mut Builder, x: Pair) -> Pair {
    let hi = f.sqrt(x.hi);
    let negative = f.neg(hi);
    let rest = f.fma(negative, hi, x.hi);
    let rest = f.add(rest, x.lo);
    let twice = f.add(hi, hi);
    let lo = f.div(rest, twice);
    let zero = f.like(hi, 0.0);
    let nothing = f.eq(hi, zero);
    Pair { hi, lo: f.select(nothing, zero, lo) }
}
