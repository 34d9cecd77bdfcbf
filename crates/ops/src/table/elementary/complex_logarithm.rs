//! Complex log, log2, log10, log1p, sqrt, power, computed in F64.
//!
//! `log z = log|z| + i arg z` with `|z|^2` and `|z|^2 - 1` as pairs, so that nothing cancels near
//! the unit circle. The square root is W. Kahan's ("Branch cuts for complex elementary functions",
//! 1987), special values are those of C99's Annex G. A power is `exp(w log z)`, with the first
//! whole powers as products.

use super::complex_exponential::complex_exp;
use super::format::copy_sign;
use super::inverse_circular::arctan2;
use super::logarithm::log_beside;
use super::pair::{Pair, any_sum, product, sum};
use super::root::hypot;
use super::{complex, complex_in_double};
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::Ufunc;
use std::f64::consts::{LN_2, LOG2_E, LOG10_E};
use stook_types::DType::{C128, F64};

pub(super) fn rows() -> Vec<Ufunc> {
    let mut float_power = Ufunc::row("float_power").complex_two(complex_power).watched();
    float_power.loops.retain(|l| l.ins[0] == C128);
    vec![
        complex("log", |f, z| complex_in_double(f, z, |f, z| log_scaled(f, z, 1.0))),
        complex("log2", |f, z| complex_in_double(f, z, |f, z| log_scaled(f, z, LOG2_E))),
        complex("log10", |f, z| complex_in_double(f, z, |f, z| log_scaled(f, z, LOG10_E))),
        complex("log1p", |f, z| complex_in_double(f, z, complex_log1p)),
        complex("sqrt", |f, z| complex_in_double(f, z, complex_sqrt)),
        Ufunc::row("power").complex_two(complex_power).watched(),
        float_power,
    ]
}

fn log_scaled(f: &mut Builder, z: Complex, factor: f64) -> Complex {
    let zero = f.like(z.re, 0.0);
    let y = complex_log(f, z, zero);
    if factor == 1.0 {
        return y;
    }
    let factor = f.like(z.re, factor);
    Complex { re: f.mul(y.re, factor), im: f.mul(y.im, factor) }
}

fn complex_log1p(f: &mut Builder, z: Complex) -> Complex {
    let one = f.like(z.re, 1.0);
    let whole = any_sum(f, one, z.re);
    complex_log(f, Complex { re: whole.hi, im: z.im }, whole.lo)
}

/// The logarithm; `lost` is what the real part lost to rounding.
fn complex_log(f: &mut Builder, z: Complex, lost: Val) -> Complex {
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
    let log = f.add(log.hi, log.lo);
    let log = f.mul(log, half);
    let shift = f.like(a, 600.0 * LN_2);
    let minus_shift = f.neg(shift);
    let back = f.select(tiny, minus_shift, zero);
    let back = f.select(huge, shift, back);
    let re = f.add(log, back);
    let infinity = f.like(a, f64::INFINITY);
    let pole = f.eq(large, zero);
    let least = f.like(a, f64::NEG_INFINITY);
    let re = f.select(pole, least, re);
    let (nan_a, nan_b) = (f.ne(a, a), f.ne(b, b));
    let nan = f.or(nan_a, nan_b);
    let carried = f.add(a, b);
    let re = f.select(nan, carried, re);
    let (endless_a, endless_b) = (f.eq(a, infinity), f.eq(b, infinity));
    let endless = f.or(endless_a, endless_b);
    Complex { re: f.select(endless, infinity, re), im: arctan2(f, z.im, z.re) }
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
    let twice = f.add(t, t);
    let other = f.div(scaled_b, twice);
    let (t, other) = (f.mul(t, back), f.mul(other, back));
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

fn times(f: &mut Builder, x: Complex, y: Complex) -> Complex {
    let minus = f.neg(x.im);
    let cross = f.mul(minus, y.im);
    let re = f.fma(x.re, y.re, cross);
    let cross = f.mul(x.im, y.re);
    Complex { re, im: f.fma(x.re, y.im, cross) }
}

fn choose(f: &mut Builder, mask: Val, x: Complex, y: Complex) -> Complex {
    Complex { re: f.select(mask, x.re, y.re), im: f.select(mask, x.im, y.im) }
}

fn complex_power(f: &mut Builder, x: Complex, y: Complex) -> Complex {
    let dtype = f.dtype(x.re);
    let mut wide = |z: Complex| Complex { re: f.convert(z.re, F64), im: f.convert(z.im, F64) };
    let (x, y) = (wide(x), wide(y));
    let (zero, one, nan) = (f.like(x.re, 0.0), f.like(x.re, 1.0), f.like(x.re, f64::NAN));
    let log = complex_log(f, x, zero);
    let exponent = times(f, y, log);
    let mut result = complex_exp(f, exponent);
    let real = f.eq(y.im, zero);
    let square = times(f, x, x);
    let cube = times(f, square, x);
    for (power, value) in [(1.0, x), (2.0, square), (3.0, cube)] {
        let power = f.like(x.re, power);
        let whole = f.eq(y.re, power);
        let whole = f.and(whole, real);
        result = choose(f, whole, value, result);
    }
    let (zero_re, zero_im) = (f.eq(x.re, zero), f.eq(x.im, zero));
    let of_zero = f.and(zero_re, zero_im);
    let rising = f.gt(y.re, zero);
    let vanished = f.select(rising, zero, nan);
    let vanished = Complex { re: vanished, im: vanished };
    result = choose(f, of_zero, vanished, result);
    let to_zero = f.eq(y.re, zero);
    let to_zero = f.and(to_zero, real);
    let unit = Complex { re: one, im: zero };
    result = choose(f, to_zero, unit, result);
    Complex { re: f.convert(result.re, dtype), im: f.convert(result.im, dtype) }
}
