//! arcsinh, arccosh, arctanh; F32 is computed in F64.
//!
//! Each is the logarithm of 1 + t, with t as a pair so that nothing cancels: `t = x + x^2 / (1 +
//! sqrt(1 + x^2))`, `t = (x - 1) + sqrt(x^2 - 1)`, `t = 2x / (1 - x)` (W. Kahan, "Branch cuts for
//! complex elementary functions", 1987). Beyond 2^60 the first two are `log(x) + log(2)`.

use super::format::{copy_sign, in_double};
use super::logarithm::log1p_pair;
use super::pair::{Pair, add_to, any_sum, divide, product, root, sum};
use super::{Facts, real};
use crate::formula::{Builder, Val};
use crate::ufunc::Ufunc;
use std::f64::consts::LN_2;

pub(super) fn rows() -> Vec<Ufunc> {
    let facts = |domain, pole, doc| Facts { ulp: 1.0, domain, pole, doc };
    vec![
        real("arcsinh", arcsinh, facts((-1e3, 1e3), None, "Inverse hyperbolic sine.")),
        real("arccosh", arccosh, facts((1.0, 1e3), None, "Inverse hyperbolic cosine.")),
        real("arctanh", arctanh, facts((-1.0, 1.0), Some(at_one), "Inverse hyperbolic tangent.")),
    ]
}

fn at_one(f: &mut Builder, args: &[Val]) -> Val {
    let size = f.abs(args[0]);
    let one = f.like(size, 1.0);
    f.eq(size, one)
}

/// Where x is so large that `log(x) + log(2)` is exact enough.
fn is_large(f: &mut Builder, x: Val) -> Val {
    let bound = f.like(x, 2f64.powi(60));
    f.gt(x, bound)
}

/// `log(1 + t)`, or `log(x) + log(2)` where x is large.
fn log_of(f: &mut Builder, x: Val, large: Val, t: Pair) -> Val {
    let zero = f.like(x, 0.0);
    let t = Pair { hi: f.select(large, x, t.hi), lo: f.select(large, zero, t.lo) };
    let y = log1p_pair(f, t);
    let ln2 = f.like(x, LN_2);
    let ln2_low = f.like(x, 2.3190468138462996e-17);
    let more = sum(f, y.hi, ln2);
    let rest = f.add(more.lo, ln2_low);
    let rest = f.add(rest, y.lo);
    let hi = f.select(large, more.hi, y.hi);
    let lo = f.select(large, rest, y.lo);
    let value = f.add(hi, lo);
    let infinity = f.like(x, f64::INFINITY);
    let endless = f.eq(x, infinity);
    f.select(endless, infinity, value)
}

pub(super) fn arcsinh(f: &mut Builder, x: Val) -> Val {
    in_double(f, x, |f, x| {
        let size = f.abs(x);
        let large = is_large(f, size);
        let one = f.like(x, 1.0);
        let bounded = f.select(large, one, size);
        let square = product(f, bounded, bounded);
        let more = any_sum(f, one, square.hi);
        let more = Pair { hi: more.hi, lo: f.add(more.lo, square.lo) };
        let s = root(f, more);
        let below = add_to(f, s.hi, Pair { hi: one, lo: s.lo });
        let w = divide(f, square, below);
        let t = any_sum(f, bounded, w.hi);
        let t = Pair { hi: t.hi, lo: f.add(t.lo, w.lo) };
        let value = log_of(f, size, large, t);
        let tiny = f.like(x, 2f64.powi(-28));
        let small = f.lt(size, tiny);
        let value = f.select(small, size, value);
        copy_sign(f, value, x)
    })
}

fn arccosh(f: &mut Builder, x: Val) -> Val {
    in_double(f, x, |f, x| {
        let large = is_large(f, x);
        let one = f.like(x, 1.0);
        let minus_one = f.like(x, -1.0);
        let nan = f.like(x, f64::NAN);
        let bounded = f.select(large, one, x);
        let square = product(f, bounded, bounded);
        let less = any_sum(f, square.hi, minus_one);
        let rest = f.add(less.lo, square.lo);
        let less = sum(f, less.hi, rest);
        let s = root(f, less);
        let w = any_sum(f, bounded, minus_one);
        let t = any_sum(f, w.hi, s.hi);
        let rest = f.add(w.lo, s.lo);
        let t = Pair { hi: t.hi, lo: f.add(t.lo, rest) };
        let value = log_of(f, x, large, t);
        let outside = f.lt(x, one);
        f.select(outside, nan, value)
    })
}

fn arctanh(f: &mut Builder, x: Val) -> Val {
    in_double(f, x, |f, x| {
        let size = f.abs(x);
        let zero = f.like(x, 0.0);
        let one = f.like(x, 1.0);
        let half = f.like(x, 0.5);
        let minus = f.neg(size);
        let below = sum(f, one, minus);
        let twice = f.add(size, size);
        let t = divide(f, Pair { hi: twice, lo: zero }, below);
        let t = sum(f, t.hi, t.lo);
        let y = log1p_pair(f, t);
        let value = f.add(y.hi, y.lo);
        let value = f.mul(value, half);
        let tiny = f.like(x, 2f64.powi(-28));
        let small = f.lt(size, tiny);
        let value = f.select(small, size, value);
        let infinity = f.like(x, f64::INFINITY);
        let nan = f.like(x, f64::NAN);
        let pole = f.eq(size, one);
        let value = f.select(pole, infinity, value);
        let outside = f.gt(size, one);
        let value = f.select(outside, nan, value);
        copy_sign(f, value, x)
    })
}
