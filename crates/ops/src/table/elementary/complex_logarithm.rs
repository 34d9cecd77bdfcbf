//! Complex log, log2, log10, log1p, sqrt, computed in F64.
//!
//! `log z = log|z| + i arg z` with `|z|^2` and `|z|^2 - 1` as pairs, so that nothing cancels near
//! the unit circle. The square root is W. Kahan's ("Branch cuts for complex elementary functions",
//! 1987), special values are those of C99's Annex G.

use super::format::copy_sign;
use super::inverse_circular::arctan2_pair;
use super::logarithm::log_beside;
use super::pair::{Pair, any_sum, product, sum};
use super::root::hypot;
use super::{complex, complex_in_double};
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::Ufunc;
use std::f64::consts::{LN_2, LOG2_E, LOG10_E};

/// What 600 ln(2) loses as a float64.
const LIFT_LOW: f64 = 1.8355172981578424e-14;

pub(super) fn rows() -> Vec<Ufunc> {
    vec![
        complex("log", |f, z| complex_in_double(f, z, |f, z| log_scaled(f, z, 1.0))),
        complex("log2", |f, z| complex_in_double(f, z, |f, z| log_scaled(f, z, LOG2_E))),
        complex("log10", |f, z| complex_in_double(f, z, |f, z| log_scaled(f, z, LOG10_E))),
        complex("log1p", |f, z| complex_in_double(f, z, complex_log1p)),
        complex("sqrt", |f, z| complex_in_double(f, z, complex_sqrt)),
    ]
}

fn log_scaled(f: &mut Builder, z: Complex, factor: f64) -> Complex {
    let zero = f.like(z.re, 0.0);
    let (re, im) = log_pairs(f, z, zero);
    if factor == 1.0 {
        return Complex { re: re.hi, im: im.hi };
    }
    let factor = f.like(z.re, factor);
    Complex { re: f.mul(re.hi, factor), im: f.mul(im.hi, factor) }
}

fn complex_log1p(f: &mut Builder, z: Complex) -> Complex {
    let one = f.like(z.re, 1.0);
    let whole = any_sum(f, one, z.re);
    let (re, im) = log_pairs(f, Complex { re: whole.hi, im: z.im }, whole.lo);
    Complex { re: re.hi, im: im.hi }
}

/// Both parts of the logarithm; `lost` is what the real part of z lost to rounding.
pub(super) fn log_pairs(f: &mut Builder, z: Complex, lost: Val) -> (Pair, Pair) {
    let (zero, one, half) = (f.like(z.re, 0.0), f.like(z.re, 1.0), f.like(z.re, 0.5));
    let minus_one = f.like(z.re, -1.0);
    let (a, b) = (f.abs(z.re), f.abs(z.im));
    let less = f.lt(a, b);
    let large = f.select(less, b, a);
    let small = f.select(less, a, b);
    let (high, low) = (f.like(a, 2f64.powi(500)), f.like(a, 2f64.powi(-450)));
    let (down, up) = (f.like(a, 2f64.powi(-600)), f.like(a, 2f64.powi(600)));
    let (huge, tiny) = (f.gt(large, high), f.lt(large, low));
    let factor = f.select(tiny, up, one);
    let factor = f.select(huge, down, factor);
    let (p, q) = (f.mul(large, factor), f.mul(small, factor));
    let (p, q) = (product(f, p, p), product(f, q, q));
    let total = sum(f, p.hi, q.hi);
    let rest = f.add(p.lo, q.lo);
    let rest = f.add(total.lo, rest);
    let two = f.like(a, 2.0);
    let lost = f.select(huge, zero, lost);
    let twice = f.mul(lost, two);
    let rest = f.fma(z.re, twice, rest);
    let from_one = any_sum(f, total.hi, minus_one);
    let near_rest = f.add(from_one.lo, rest);
    let less_one = sum(f, from_one.hi, near_rest);
    let log = log_beside(f, Pair { hi: total.hi, lo: rest }, less_one);
    let (hi, lo) = (f.mul(log.hi, half), f.mul(log.lo, half));
    let shift = |f: &mut Builder, value: f64| {
        let (up, down) = (f.like(a, value), f.like(a, -value));
        let back = f.select(tiny, down, zero);
        f.select(huge, up, back)
    };
    let (back, back_low) = (shift(f, 600.0 * LN_2), shift(f, LIFT_LOW));
    let total = any_sum(f, back, hi);
    let lo = f.add(lo, back_low);
    let lo = f.add(total.lo, lo);
    let Pair { hi, lo } = sum(f, total.hi, lo);
    (Pair { hi: size_special(f, a, b, hi), lo }, arctan2_pair(f, z.im, z.re))
}

/// The logarithm of a size where a part of the number is not finite or both are zero, else `re`.
fn size_special(f: &mut Builder, a: Val, b: Val, re: Val) -> Val {
    let (zero, infinity) = (f.like(a, 0.0), f.like(a, f64::INFINITY));
    let (zero_a, zero_b) = (f.eq(a, zero), f.eq(b, zero));
    let pole = f.and(zero_a, zero_b);
    let least = f.like(a, f64::NEG_INFINITY);
    let re = f.select(pole, least, re);
    let (nan_a, nan_b) = (f.ne(a, a), f.ne(b, b));
    let nan = f.or(nan_a, nan_b);
    let carried = f.add(a, b);
    let re = f.select(nan, carried, re);
    let (endless_a, endless_b) = (f.eq(a, infinity), f.eq(b, infinity));
    let endless = f.or(endless_a, endless_b);
    f.select(endless, infinity, re)
}

pub(super) fn complex_sqrt(f: &mut Builder, z: Complex) -> Complex {
    let (zero, one, half) = (f.like(z.re, 0.0), f.like(z.re, 1.0), f.like(z.re, 0.5));
    let infinity = f.like(z.re, f64::INFINITY);
    let nan = f.like(z.re, f64::NAN);
    let (a, b) = (f.abs(z.re), f.abs(z.im));
    let less = f.lt(a, b);
    let large = f.select(less, b, a);
    let (high, low) = (f.like(a, 2f64.powi(1000)), f.like(a, 2f64.powi(-900)));
    let (down, up) = (f.like(a, 2f64.powi(-10)), f.like(a, 2f64.powi(200)));
    let (back_huge, back_tiny) = (f.like(a, 2f64.powi(5)), f.like(a, 2f64.powi(-100)));
    let (huge, tiny) = (f.gt(large, high), f.lt(large, low));
    let factor = f.select(tiny, up, one);
    let factor = f.select(huge, down, factor);
    let back = f.select(tiny, back_tiny, one);
    let back = f.select(huge, back_huge, back);
    let (scaled_a, scaled_b) = (f.mul(a, factor), f.mul(b, factor));
    let size = hypot(f, scaled_a, scaled_b);
    let t = f.add(scaled_a, size);
    let t = f.mul(t, half);
    let t = f.sqrt(t);
    let t = f.mul(t, back);
    let twice = f.add(t, t);
    let other = f.div(b, twice);
    let nothing = f.eq(large, zero);
    let t = f.select(nothing, zero, t);
    let other = f.select(nothing, zero, other);
    // Along an infinite real axis the other part is zero, or NaN as the imaginary part is.
    let real_end = f.eq(a, infinity);
    let apart = f.sub(b, b);
    let t = f.select(real_end, infinity, t);
    let other = f.select(real_end, apart, other);
    let positive = f.ge(z.re, zero);
    let re = f.select(positive, t, other);
    let im = f.select(positive, other, t);
    let (nan_a, nan_b) = (f.ne(a, a), f.ne(b, b));
    let nan_im = f.or(nan_a, nan_b);
    let finite_a = f.not(real_end);
    let lost = f.and(nan_im, finite_a);
    let re = f.select(lost, nan, re);
    let im = f.select(lost, nan, im);
    let imaginary_end = f.eq(b, infinity);
    let re = f.select(imaginary_end, infinity, re);
    let im = f.select(imaginary_end, infinity, im);
    Complex { re, im: copy_sign(f, im, z.im) }
}
