//! Complex exp, exp2, expm1, sin, cos, tan, sinh, cosh, tanh, computed in F64.
//!
//! Products of the real functions of both parts, with the special values of C99's Annex G: a
//! factor that is exactly zero makes its product zero whatever the other. Beyond the range of exp
//! the power of two is applied last. The hyperbolic tangent is W. Kahan's ("Branch cuts for
//! complex elementary functions", 1987); sin, cos, tan are those of iz.

use super::circular::{cos, sin, tan};
use super::exponential::{exp, expm1, reduce};
use super::format::{clamp, copy_sign, flip_sign, sign_bit};
use super::hyperbolic::{cosh, sinh};
use super::{complex, complex_in_double};
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::Ufunc;

pub(super) fn rows() -> Vec<Ufunc> {
    vec![
        complex("exp", |f, z| complex_in_double(f, z, complex_exp)),
        complex("exp2", |f, z| complex_in_double(f, z, complex_exp2)),
        complex("expm1", |f, z| complex_in_double(f, z, complex_expm1)),
        complex("sinh", |f, z| complex_in_double(f, z, complex_sinh)),
        complex("cosh", |f, z| complex_in_double(f, z, complex_cosh)),
        complex("tanh", |f, z| complex_in_double(f, z, complex_tanh)),
        complex("sin", |f, z| complex_in_double(f, z, |f, z| turned(f, z, complex_sinh))),
        complex("cos", |f, z| complex_in_double(f, z, complex_cos)),
        complex("tan", |f, z| complex_in_double(f, z, |f, z| turned(f, z, complex_tanh))),
    ]
}

/// `-i g(iz)`.
pub(super) fn turned(
    f: &mut Builder,
    z: Complex,
    g: fn(&mut Builder, Complex) -> Complex,
) -> Complex {
    let minus = f.neg(z.im);
    let w = g(f, Complex { re: minus, im: z.re });
    Complex { re: w.im, im: f.neg(w.re) }
}

/// Where x is infinite.
pub(super) fn is_endless(f: &mut Builder, x: Val) -> Val {
    let size = f.abs(x);
    let infinity = f.like(x, f64::INFINITY);
    f.eq(size, infinity)
}

/// Where x is infinite or NaN.
pub(super) fn is_unbounded(f: &mut Builder, x: Val) -> Val {
    let size = f.abs(x);
    let infinity = f.like(x, f64::INFINITY);
    let finite = f.lt(size, infinity);
    f.not(finite)
}

/// `product`, but a zero with the factors' sign where one of them is zero. A NaN counts as
/// positive: its sign is not the same on every machine.
fn zero_wins(f: &mut Builder, u: Val, v: Val, product: Val) -> Val {
    let zero = f.like(u, 0.0);
    let (zero_u, zero_v) = (f.eq(u, zero), f.eq(v, zero));
    let either = f.or(zero_u, zero_v);
    let one = f.like(u, 1.0);
    let (known_u, known_v) = (f.eq(u, u), f.eq(v, v));
    let (u, v) = (f.select(known_u, u, one), f.select(known_v, v, one));
    let nothing = copy_sign(f, zero, u);
    let sign = sign_bit(f, v);
    let nothing = flip_sign(f, nothing, sign);
    f.select(either, nothing, product)
}

pub(super) fn complex_exp(f: &mut Builder, z: Complex) -> Complex {
    let (low, high) = (f.like(z.re, -1400.0), f.like(z.re, 1400.0));
    let bounded = clamp(f, z.re, low, high);
    let e = reduce(f, bounded);
    let (c, s) = (cos(f, z.im), sin(f, z.im));
    let re = e.times(f, c);
    let im = e.times(f, s);
    let endless = is_endless(f, z.re);
    let zero = f.like(z.re, 0.0);
    let negative = f.lt(z.re, zero);
    let vanishing = f.and(endless, negative);
    let one = f.like(z.re, 1.0);
    let factor = f.select(vanishing, zero, one);
    let infinity = f.like(z.re, f64::INFINITY);
    let unending = f.gt(z.re, high);
    let (re_end, im_end) = (f.mul(infinity, c), f.mul(infinity, s));
    let re = f.select(unending, re_end, re);
    let im = f.select(unending, im_end, im);
    let re = zero_wins(f, factor, c, re);
    let im = zero_wins(f, factor, s, im);
    let unbounded = is_unbounded(f, z.im);
    let rising = f.eq(z.re, infinity);
    let both = f.and(rising, unbounded);
    Complex { re: f.select(both, infinity, re), im }
}

fn complex_exp2(f: &mut Builder, z: Complex) -> Complex {
    let ln2 = f.like(z.re, std::f64::consts::LN_2);
    let (re, im) = (f.mul(z.re, ln2), f.mul(z.im, ln2));
    complex_exp(f, Complex { re, im })
}

/// `expm1(x) cos(y) - 2 sin(y/2)^2 + i e^x sin(y)`.
fn complex_expm1(f: &mut Builder, z: Complex) -> Complex {
    let half = f.like(z.re, 0.5);
    let minus_two = f.like(z.re, -2.0);
    let halved = f.mul(z.im, half);
    let a = sin(f, halved);
    let a = f.mul(a, a);
    let c = cos(f, z.im);
    let s = sin(f, z.im);
    let less = expm1(f, z.re);
    let whole = exp(f, z.re);
    let re = f.mul(less, c);
    let re = f.fma(minus_two, a, re);
    let im = f.mul(whole, s);
    Complex { re, im: zero_wins(f, whole, s, im) }
}

/// `sinh(x) u` and `cosh(x) v`, where the first factor may overflow before the product does.
fn hyperbolic_products(f: &mut Builder, x: Val, u: Val, v: Val) -> (Val, Val) {
    let (sh, ch) = (sinh(f, x), cosh(f, x));
    let (of_sinh, of_cosh) = (f.mul(sh, u), f.mul(ch, v));
    let size = f.abs(x);
    let bound = f.like(x, 700.0);
    let most = f.like(x, 1400.0);
    let beyond = f.gt(size, most);
    let bounded = f.select(beyond, most, size);
    let e = reduce(f, bounded).halved(f);
    let sign = sign_bit(f, x);
    let far_sinh = e.times(f, u);
    let far_sinh = flip_sign(f, far_sinh, sign);
    let far_cosh = e.times(f, v);
    let far = f.gt(size, bound);
    let within = f.not(beyond);
    let far = f.and(far, within);
    let of_sinh = f.select(far, far_sinh, of_sinh);
    let of_cosh = f.select(far, far_cosh, of_cosh);
    (zero_wins(f, sh, u, of_sinh), zero_wins(f, ch, v, of_cosh))
}

fn complex_sinh(f: &mut Builder, z: Complex) -> Complex {
    let (c, s) = (cos(f, z.im), sin(f, z.im));
    let (re, im) = hyperbolic_products(f, z.re, c, s);
    let (endless, unbounded) = (is_endless(f, z.re), is_unbounded(f, z.im));
    let both = f.and(endless, unbounded);
    Complex { re: f.select(both, z.re, re), im }
}

fn complex_cosh(f: &mut Builder, z: Complex) -> Complex {
    let (c, s) = (cos(f, z.im), sin(f, z.im));
    let (im, re) = hyperbolic_products(f, z.re, s, c);
    let (endless, unbounded) = (is_endless(f, z.re), is_unbounded(f, z.im));
    let both = f.and(endless, unbounded);
    let size = f.abs(z.re);
    Complex { re: f.select(both, size, re), im }
}

fn complex_cos(f: &mut Builder, z: Complex) -> Complex {
    let minus = f.neg(z.im);
    complex_cosh(f, Complex { re: minus, im: z.re })
}

/// With `t = tan(y)`, `b = 1 + t^2`, `s = sinh(x)`: `(b s sqrt(1 + s^2) + i t) / (1 + b s^2)`; for
/// large x one, and the imaginary part's leading term.
fn complex_tanh(f: &mut Builder, z: Complex) -> Complex {
    let one = f.like(z.re, 1.0);
    let size = f.abs(z.re);
    let bound = f.like(z.re, 22.0);
    let large = f.gt(size, bound);
    let x = f.select(large, one, z.re);
    let t = tan(f, z.im);
    let b = f.fma(t, t, one);
    let s = sinh(f, x);
    let s2 = f.mul(s, s);
    let rho = f.add(one, s2);
    let rho = f.sqrt(rho);
    let below = f.fma(b, s2, one);
    let above = f.mul(b, rho);
    let above = f.mul(above, s);
    let re = f.div(above, below);
    let im = f.div(t, below);
    let minus_two = f.like(z.re, -2.0);
    let four = f.like(z.re, 4.0);
    let exponent = f.mul(size, minus_two);
    let small = exp(f, exponent);
    let (c, sn) = (cos(f, z.im), sin(f, z.im));
    let part = f.mul(c, sn);
    let part = f.mul(part, four);
    let far_im = f.mul(part, small);
    let unbounded = is_unbounded(f, z.im);
    let endless = is_endless(f, z.re);
    let both = f.and(endless, unbounded);
    let zero = f.like(z.re, 0.0);
    let far_im = f.select(both, zero, far_im);
    let far_re = copy_sign(f, one, z.re);
    let far_finite = f.not(endless);
    let lost = f.and(far_finite, unbounded);
    let nan = f.like(z.re, f64::NAN);
    let far_re = f.select(lost, nan, far_re);
    let re = f.select(large, far_re, re);
    let im = f.select(large, far_im, im);
    let real = f.eq(z.im, zero);
    let im = f.select(real, z.im, im);
    let imaginary = f.eq(z.re, zero);
    Complex { re: f.select(imaginary, z.re, re), im }
}
