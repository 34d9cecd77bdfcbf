//! Complex sinh, cosh, tanh, sin, cos, tan, computed in F64.
//!
//! Products of the real functions of both parts, with the special values of C99's Annex G. The
//! hyperbolic tangent is W. Kahan's ("Branch cuts for complex elementary functions", 1987). Circular
//! functions are those of z with its parts exchanged.

use super::circular::{cos, sin, tan};
use super::complex_conditions::{of_sin, of_sinh, of_tan, of_tanh};
use super::complex_exponential::{is_endless, is_unbounded, zero_wins};
use super::exponential::{exp, reduce};
use super::format::{copy_sign, flip_sign, sign_bit};
use super::hyperbolic::{cosh, sinh};
use super::{complex, complex_in_double};
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::Ufunc;

pub(super) fn rows() -> Vec<Ufunc> {
    vec![
        complex("sinh", |f, z| complex_in_double(f, z, complex_sinh)).float_conditions(of_sinh),
        complex("cosh", |f, z| complex_in_double(f, z, complex_cosh)),
        complex("tanh", |f, z| complex_in_double(f, z, complex_tanh)).float_conditions(of_tanh),
        complex("sin", |f, z| complex_in_double(f, z, |f, z| exchanged(f, z, complex_sinh)))
            .float_conditions(of_sin),
        complex("cos", |f, z| complex_in_double(f, z, complex_cos)),
        complex("tan", |f, z| complex_in_double(f, z, |f, z| exchanged(f, z, complex_tanh)))
            .float_conditions(of_tan),
    ]
}

/// `i conj(g(i conj(z)))`: g of z with its parts exchanged, whose own are exchanged again. For an
/// odd g that is `-i g(iz)`.
pub(super) fn exchanged(
    f: &mut Builder,
    z: Complex,
    g: fn(&mut Builder, Complex) -> Complex,
) -> Complex {
    let w = g(f, Complex { re: z.im, im: z.re });
    Complex { re: w.im, im: w.re }
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
    let infinity = f.like(z.re, f64::INFINITY);
    Complex { re: f.select(both, infinity, re), im }
}

fn complex_cosh(f: &mut Builder, z: Complex) -> Complex {
    let (c, s) = (cos(f, z.im), sin(f, z.im));
    let (im, re) = hyperbolic_products(f, z.re, s, c);
    let (endless, unbounded) = (is_endless(f, z.re), is_unbounded(f, z.im));
    let both = f.and(endless, unbounded);
    let (size, zero) = (f.abs(z.re), f.like(z.re, 0.0));
    let imaginary = f.eq(z.re, zero);
    let undefined = f.and(imaginary, unbounded);
    Complex { re: f.select(both, size, re), im: f.select(undefined, zero, im) }
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
    let no_im = copy_sign(f, zero, z.im);
    let far_im = f.select(both, no_im, far_im);
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
