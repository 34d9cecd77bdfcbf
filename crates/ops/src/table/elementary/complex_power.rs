//! Complex power and float_power, computed in F64.
//!
//! A whole power between -100 and 100 is a product of squares, as in NumPy, so that Gaussian
//! integers stay exact; any other is `exp(w log z)` by C99's complex product, the logarithm and the
//! product as pairs. Zero to a power whose real part is not positive is invalid.

use super::super::arithmetic::quotient;
use super::complex_conditions::of_power;
use super::complex_exponential::{complex_exp_pair, is_endless, is_unbounded};
use super::complex_logarithm::log_pairs;
use super::format::{copy_sign, is_nan};
use super::pair::{Pair, any_sum, scale, sum};
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::Ufunc;
use stook_types::DType::{C128, F64, I64};

/// Squarings that reach the largest whole power.
const ROUNDS: u32 = 7;

pub(super) fn rows() -> Vec<Ufunc> {
    let row =
        |name| Ufunc::row(name).complex_two(complex_power).watched().float_conditions(of_power);
    let mut float_power = row("float_power");
    float_power.loops.retain(|l| l.ins[0] == C128);
    vec![row("power"), float_power]
}

fn complex_power(f: &mut Builder, x: Complex, y: Complex) -> Complex {
    let dtype = f.dtype(x.re);
    let wide = |f: &mut Builder, z: Complex| Complex {
        re: f.convert(z.re, F64),
        im: f.convert(z.im, F64),
    };
    let (x, y) = (wide(f, x), wide(f, y));
    let (zero, one, nan) = (f.like(x.re, 0.0), f.like(x.re, 1.0), f.like(x.re, f64::NAN));
    let product = whole_power(f, x, y.re);
    let whole = is_whole(f, y);
    let general = f.not(whole);
    let args = [x.re, x.im, y.re, y.im];
    let parts = f.rare(general, &args, &[product.re, product.im], |f, args| {
        let (x, y) = (Complex { re: args[0], im: args[1] }, Complex { re: args[2], im: args[3] });
        let result = general_power(f, x, y);
        vec![result.re, result.im]
    });
    let result = Complex { re: parts[0], im: parts[1] };
    let of_zero = is_zero(f, x);
    let rising = f.gt(y.re, zero);
    let vanished = f.select(rising, zero, nan);
    let result = choose(f, of_zero, Complex { re: vanished, im: vanished }, result);
    let to_zero = is_zero(f, y);
    let result = choose(f, to_zero, Complex { re: one, im: zero }, result);
    Complex { re: f.convert(result.re, dtype), im: f.convert(result.im, dtype) }
}

fn choose(f: &mut Builder, mask: Val, x: Complex, y: Complex) -> Complex {
    Complex { re: f.select(mask, x.re, y.re), im: f.select(mask, x.im, y.im) }
}

fn is_zero(f: &mut Builder, z: Complex) -> Val {
    let zero = f.like(z.re, 0.0);
    let (re, im) = (f.eq(z.re, zero), f.eq(z.im, zero));
    f.and(re, im)
}

fn is_whole(f: &mut Builder, y: Complex) -> Val {
    let (zero, bound) = (f.like(y.re, 0.0), f.like(y.re, 100.0));
    let whole = f.trunc(y.re);
    let whole = f.eq(whole, y.re);
    let size = f.abs(y.re);
    let small = f.lt(size, bound);
    let real = f.eq(y.im, zero);
    let whole = f.and(whole, small);
    f.and(whole, real)
}

/// The textbook product, rounded as NumPy's scalar loops round it.
fn times(f: &mut Builder, x: Complex, y: Complex) -> Complex {
    let (along, across) = (f.mul(x.re, y.re), f.mul(x.im, y.im));
    let (rising, falling) = (f.mul(x.re, y.im), f.mul(x.im, y.re));
    Complex { re: f.sub(along, across), im: f.add(rising, falling) }
}

/// `x^n` for a whole n between -100 and 100; for others it means nothing.
fn whole_power(f: &mut Builder, x: Complex, n: Val) -> Complex {
    let (zero, one, bound) = (f.like(n, 0.0), f.like(n, 1.0), f.like(n, 100.0));
    let size = f.abs(n);
    let small = f.lt(size, bound);
    let count = f.select(small, size, one);
    let count = f.convert(count, I64);
    let init = [one, zero, x.re, x.im, count];
    let state = f.repeat_until(ROUNDS, &init, &[], |f, state, _| {
        let made = Complex { re: state[0], im: state[1] };
        let power = Complex { re: state[2], im: state[3] };
        let (none, unit) = (f.int(I64, 0), f.int(I64, 1));
        let odd = f.and(state[4], unit);
        let odd = f.ne(odd, none);
        let more = times(f, made, power);
        let made = choose(f, odd, more, made);
        let left = f.shr(state[4], unit);
        let power = times(f, power, power);
        (vec![made.re, made.im, power.re, power.im, left], f.eq(left, none))
    });
    let mut result = Complex { re: state[0], im: state[1] };
    let inverse = quotient(f, Complex { re: one, im: zero }, result);
    let negative = f.lt(n, zero);
    result = choose(f, negative, inverse, result);
    // The first powers without the factor one, which would make NaN of infinity.
    let square = times(f, x, x);
    let cube = times(f, x, square);
    for (power, value) in [(1.0, x), (2.0, square), (3.0, cube)] {
        let power = f.like(n, power);
        let met = f.eq(n, power);
        result = choose(f, met, value, result);
    }
    result
}

/// `exp(y log x)` for x that is not zero.
fn general_power(f: &mut Builder, x: Complex, y: Complex) -> Complex {
    let zero = f.like(x.re, 0.0);
    let (re, im) = log_pairs(f, x, zero);
    let minus = f.neg(y.im);
    let (along, across) = (scale(f, re, y.re), scale(f, im, minus));
    let (rising, falling) = (scale(f, im, y.re), scale(f, re, y.im));
    let (along, rising) = (total(f, along, across), total(f, rising, falling));
    let (nan_re, nan_im) = (is_nan(f, along.hi), is_nan(f, rising.hi));
    let lost = f.and(nan_re, nan_im);
    let log = Complex { re: re.hi, im: im.hi };
    let recovered = product_at_infinity(f, y, log);
    let along = Pair { hi: f.select(lost, recovered.re, along.hi), lo: along.lo };
    let rising = Pair { hi: f.select(lost, recovered.im, rising.hi), lo: rising.lo };
    complex_exp_pair(f, along, rising)
}

/// The sum of two pairs, whose second part is zero where the first is not finite. A zero keeps its
/// sign.
fn total(f: &mut Builder, x: Pair, y: Pair) -> Pair {
    let zero = f.like(x.hi, 0.0);
    let Pair { hi, lo } = any_sum(f, x.hi, y.hi);
    let rest = f.add(x.lo, y.lo);
    let rest = f.add(lo, rest);
    let end = is_unbounded(f, hi);
    let rest = f.select(end, zero, rest);
    let nothing = f.eq(rest, zero);
    let both = sum(f, hi, rest);
    Pair { hi: f.select(nothing, hi, both.hi), lo: both.lo }
}

/// C99's product where both parts came out as NaN: infinite if a factor is, or overflows (G.5.1).
fn product_at_infinity(f: &mut Builder, x: Complex, y: Complex) -> Complex {
    let ends = [x.re, x.im, y.re, y.im].map(|v| is_endless(f, v));
    let (x_end, y_end) = (f.or(ends[0], ends[1]), f.or(ends[2], ends[3]));
    let mut end = f.or(x_end, y_end);
    for (u, v) in [(x.re, y.re), (x.im, y.im), (x.re, y.im), (x.im, y.re)] {
        let part = f.mul(u, v);
        let overflow = is_endless(f, part);
        end = f.or(end, overflow);
    }
    let x = Complex { re: at_end(f, x.re, x_end), im: at_end(f, x.im, x_end) };
    let y = Complex { re: at_end(f, y.re, y_end), im: at_end(f, y.im, y_end) };
    let product = times(f, x, y);
    let (infinity, nan) = (f.like(x.re, f64::INFINITY), f.like(x.re, f64::NAN));
    let (re, im) = (f.mul(product.re, infinity), f.mul(product.im, infinity));
    Complex { re: f.select(end, re, nan), im: f.select(end, im, nan) }
}

/// A part of a factor: of one that has an end, 1 where the part is infinite and else 0; of another
/// 0 where it is NaN.
fn at_end(f: &mut Builder, part: Val, end: Val) -> Val {
    let (zero, one) = (f.like(part, 0.0), f.like(part, 1.0));
    let infinite = is_endless(f, part);
    let unit = f.select(infinite, one, zero);
    let unit = copy_sign(f, unit, part);
    let nan = is_nan(f, part);
    let known = f.select(nan, zero, part);
    f.select(end, unit, known)
}
