//! Complex arcsin, arccos, arctan, arcsinh, arccosh, arctanh, computed in F64.
//!
//! W. Kahan's formulas ("Branch cuts for complex elementary functions", 1987): with the roots of
//! 1 - z and 1 + z the parts are a real arctan2 and a real arcsinh, which keeps the branch cuts
//! and the signs of zeros. Special values are those of C99's Annex G.

use super::complex_conditions::at_unit;
use super::complex_exponential::is_endless;
use super::complex_hyperbolic::exchanged;
use super::complex_logarithm::complex_sqrt;
use super::format::copy_sign;
use super::inverse_circular::arctan2;
use super::inverse_hyperbolic::arcsinh;
use super::logarithm::log1p;
use super::root::hypot;
use super::{complex, complex_in_double};
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::Ufunc;
use std::f64::consts::{FRAC_PI_2, LN_2};

pub(super) fn rows() -> Vec<Ufunc> {
    vec![
        complex("arcsin", |f, z| complex_in_double(f, z, |f, z| exchanged(f, z, complex_arcsinh))),
        complex("arccos", |f, z| complex_in_double(f, z, complex_arccos)),
        complex("arctan", |f, z| complex_in_double(f, z, |f, z| exchanged(f, z, complex_arctanh)))
            .pole(at_unit),
        complex("arcsinh", |f, z| complex_in_double(f, z, complex_arcsinh)),
        complex("arccosh", |f, z| complex_in_double(f, z, complex_arccosh)),
        complex("arctanh", |f, z| complex_in_double(f, z, complex_arctanh)),
    ]
}

/// The roots of `1 - z` and `1 + z`.
fn roots(f: &mut Builder, z: Complex) -> (Complex, Complex) {
    let one = f.like(z.re, 1.0);
    let below = f.sub(one, z.re);
    let above = f.add(one, z.re);
    let minus = f.neg(z.im);
    let less = complex_sqrt(f, Complex { re: below, im: minus });
    let more = complex_sqrt(f, Complex { re: above, im: z.im });
    (less, more)
}

/// The imaginary part of `conj(x) y`.
fn cross(f: &mut Builder, x: Complex, y: Complex) -> Val {
    let other = f.mul(x.im, y.re);
    let minus = f.neg(other);
    f.fma(x.re, y.im, minus)
}

/// Where either part is infinite.
fn is_far(f: &mut Builder, z: Complex) -> Val {
    let (re, im) = (is_endless(f, z.re), is_endless(f, z.im));
    f.or(re, im)
}

/// z, made smaller by a power of two where its roots would overflow, and that power's logarithm.
fn lowered(f: &mut Builder, z: Complex) -> (Complex, Val) {
    let (a, b) = (f.abs(z.re), f.abs(z.im));
    let (zero, one) = (f.like(a, 0.0), f.like(a, 1.0));
    let (bound, down) = (f.like(a, 2f64.powi(1000)), f.like(a, 2f64.powi(-100)));
    let (wide, high) = (f.gt(a, bound), f.gt(b, bound));
    let huge = f.or(wide, high);
    let factor = f.select(huge, down, one);
    let shift = f.like(a, 100.0 * LN_2);
    let low = Complex { re: f.mul(z.re, factor), im: f.mul(z.im, factor) };
    (low, f.select(huge, shift, zero))
}

/// `i arcsin(w)` of `w = -iz`.
fn complex_arcsinh(f: &mut Builder, z: Complex) -> Complex {
    let (low, shift) = lowered(f, z);
    let minus = f.neg(low.re);
    let w = Complex { re: low.im, im: minus };
    let (less, more) = roots(f, w);
    let side = f.mul(less.im, more.im);
    let side = f.neg(side);
    let side = f.fma(less.re, more.re, side);
    let im = arctan2(f, w.re, side);
    let part = cross(f, less, more);
    let re = arcsinh(f, part);
    let re = f.abs(re);
    let re = f.add(re, shift);
    let far = is_far(f, z);
    let (a, b) = (f.abs(z.re), f.abs(z.im));
    let angle = arctan2(f, b, a);
    let infinity = f.like(re, f64::INFINITY);
    let re = f.select(far, infinity, re);
    let im = f.select(far, angle, im);
    let re = copy_sign(f, re, z.re);
    let zero = f.like(re, 0.0);
    let real = f.eq(z.im, zero);
    let im = copy_sign(f, im, z.im);
    Complex { re, im: f.select(real, z.im, im) }
}

fn complex_arccos(f: &mut Builder, z: Complex) -> Complex {
    let (low, shift) = lowered(f, z);
    let (less, more) = roots(f, low);
    let half_angle = arctan2(f, less.re, more.re);
    let re = f.add(half_angle, half_angle);
    let part = cross(f, more, less);
    let im = arcsinh(f, part);
    let im = f.abs(im);
    let im = f.add(im, shift);
    let far = is_far(f, z);
    let angle = arctan2(f, z.im, z.re);
    let angle = f.abs(angle);
    let infinity = f.like(re, f64::INFINITY);
    let re = f.select(far, angle, re);
    let im = f.select(far, infinity, im);
    let below = f.neg(z.im);
    let im = copy_sign(f, im, below);
    let zero = f.like(re, 0.0);
    let imaginary = f.eq(z.re, zero);
    let unknown = f.ne(z.im, z.im);
    let middle = f.and(imaginary, unknown);
    let quarter = f.like(re, FRAC_PI_2);
    Complex { re: f.select(middle, quarter, re), im }
}

/// The arccosine turned so that its real part is not negative.
fn complex_arccosh(f: &mut Builder, z: Complex) -> Complex {
    let w = complex_arccos(f, z);
    Complex { re: f.abs(w.im), im: copy_sign(f, w.re, z.im) }
}

/// `log1p(4x / ((1 - x)^2 + y^2)) / 4 + i arctan2(2y, (1 - x)(1 + x) - y^2) / 2`; for large z its
/// inverse and a right angle.
fn complex_arctanh(f: &mut Builder, z: Complex) -> Complex {
    let (zero, one, half) = (f.like(z.re, 0.0), f.like(z.re, 1.0), f.like(z.re, 0.5));
    let (four, quarter) = (f.like(z.re, 4.0), f.like(z.re, 0.25));
    let (a, b) = (f.abs(z.re), f.abs(z.im));
    let apart = f.sub(one, a);
    let square = f.mul(b, b);
    let (lifted, shift) = lifted_at_pole(f, apart, b);
    let lifted_square = f.mul(lifted, lifted);
    let below = f.fma(apart, apart, lifted_square);
    let above = f.mul(a, four);
    let ratio = f.div(above, below);
    let log = log1p(f, ratio);
    let log = f.add(log, shift);
    let re = f.mul(log, quarter);
    let total = f.add(one, a);
    let minus = f.neg(square);
    let side = f.fma(apart, total, minus);
    let twice = f.add(b, b);
    let angle = arctan2(f, twice, side);
    let im = f.mul(angle, half);
    let bound = f.like(z.re, 2f64.powi(100));
    let (wide, high) = (f.gt(a, bound), f.gt(b, bound));
    let large = f.or(wide, high);
    let (half_a, half_b) = (f.mul(a, half), f.mul(b, half));
    let size = hypot(f, half_a, half_b);
    let unit = f.div(half_a, size);
    let far = f.div(unit, size);
    let far = f.mul(far, half);
    let end = is_far(f, z);
    let far = f.select(end, zero, far);
    let right = f.like(z.re, FRAC_PI_2);
    let unknown = f.ne(z.im, z.im);
    let far_im = f.select(unknown, z.im, right);
    let unknown_re = f.ne(z.re, z.re);
    let endless_im = is_endless(f, z.im);
    let kept = f.not(endless_im);
    let lost = f.and(unknown_re, kept);
    let re = f.select(large, far, re);
    let im = f.select(large, far_im, im);
    let nan = f.like(z.re, f64::NAN);
    let re = f.select(lost, nan, re);
    let im = f.select(lost, nan, im);
    let imaginary = f.eq(z.re, zero);
    let re = f.select(imaginary, zero, re);
    Complex { re: copy_sign(f, re, z.re), im: copy_sign(f, im, z.im) }
}

/// `b` times a power of two where its square would vanish beside `apart = 0`, and the logarithm of
/// that power's square.
fn lifted_at_pole(f: &mut Builder, apart: Val, b: Val) -> (Val, Val) {
    let zero = f.like(b, 0.0);
    let least = f.like(b, 2f64.powi(-600));
    let lift = f.like(b, 2f64.powi(565));
    let at_pole = f.eq(apart, zero);
    let tiny = f.lt(b, least);
    let lifted = f.and(at_pole, tiny);
    let raised = f.mul(b, lift);
    let shift = f.like(b, 1130.0 * std::f64::consts::LN_2);
    (f.select(lifted, raised, b), f.select(lifted, shift, zero))
}
