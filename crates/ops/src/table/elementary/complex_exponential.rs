//! Complex exp, exp2, expm1, computed in F64.
//!
//! Products of the real functions of both parts, with the special values of C99's Annex G: a
//! factor that is exactly zero makes its product zero whatever the other. Beyond the range of exp
//! the power of two is applied last.

use super::circular::{cos, sin};
use super::complex_conditions::{of_expm1, of_exponential};
use super::exponential::{Exponential, exp, expm1, reduce, reduce_binary, reduce_pair};
use super::format::{clamp, copy_sign, flip_sign, sign_bit};
use super::pair::{Pair, product};
use super::{complex, complex_in_double};
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::Ufunc;
use std::f64::consts::LN_2;

/// What ln(2) loses as a float64.
const LN_2_LOW: f64 = 2.3190468138462996e-17;
/// Beyond this exponent of e, or of two, the result is infinite or zero at any angle.
const MOST: f64 = 1400.0;
const MOST_BINARY: f64 = 2020.0;

pub(super) fn rows() -> Vec<Ufunc> {
    vec![
        complex("exp", |f, z| complex_in_double(f, z, complex_exp))
            .float_conditions(of_exponential),
        complex("exp2", |f, z| complex_in_double(f, z, complex_exp2))
            .float_conditions(of_exponential),
        complex("expm1", |f, z| complex_in_double(f, z, complex_expm1)).float_conditions(of_expm1),
    ]
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
pub(super) fn zero_wins(f: &mut Builder, u: Val, v: Val, product: Val) -> Val {
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

/// Cosine and sine of an angle.
pub(super) struct Turn {
    cos: Val,
    sin: Val,
}

impl Turn {
    fn by(f: &mut Builder, angle: Val) -> Self {
        Self { cos: cos(f, angle), sin: sin(f, angle) }
    }

    /// Of an angle that is a pair: the second part turns a little further. Where it is not small
    /// the angle means nothing, and where it is zero a sum would lose the sign of zero.
    pub(super) fn by_pair(f: &mut Builder, angle: Pair) -> Self {
        let turn = Self::by(f, angle.hi);
        let minus = f.neg(angle.lo);
        let (cos, sin) = (f.fma(minus, turn.sin, turn.cos), f.fma(angle.lo, turn.cos, turn.sin));
        let (zero, bound) = (f.like(angle.lo, 0.0), f.like(angle.lo, 2f64.powi(-8)));
        let size = f.abs(angle.lo);
        let (small, nonzero) = (f.lt(size, bound), f.gt(size, zero));
        let useful = f.and(small, nonzero);
        Self { cos: f.select(useful, cos, turn.cos), sin: f.select(useful, sin, turn.sin) }
    }
}

pub(super) fn complex_exp(f: &mut Builder, z: Complex) -> Complex {
    let bounded = within(f, z.re, MOST);
    let e = reduce(f, bounded);
    let turn = Turn::by(f, z.im);
    raised(f, z, MOST, &e, &turn)
}

/// The exponential of two pairs; where one of them is not finite its second part is zero.
pub(super) fn complex_exp_pair(f: &mut Builder, re: Pair, im: Pair) -> Complex {
    let bounded = within(f, re.hi, MOST);
    let zero = f.like(re.hi, 0.0);
    let kept = f.eq(bounded, re.hi);
    let rest = f.select(kept, re.lo, zero);
    let e = reduce_pair(f, Pair { hi: bounded, lo: rest });
    let turn = Turn::by_pair(f, im);
    raised(f, Complex { re: re.hi, im: im.hi }, MOST, &e, &turn)
}

fn complex_exp2(f: &mut Builder, z: Complex) -> Complex {
    let (ln2, low, zero) = (f.like(z.im, LN_2), f.like(z.im, LN_2_LOW), f.like(z.im, 0.0));
    let bounded = within(f, z.re, MOST_BINARY);
    let e = reduce_binary(f, Pair { hi: bounded, lo: zero });
    let angle = product(f, z.im, ln2);
    let angle = Pair { hi: angle.hi, lo: f.fma(z.im, low, angle.lo) };
    let turn = Turn::by_pair(f, angle);
    raised(f, z, MOST_BINARY, &e, &turn)
}

fn within(f: &mut Builder, x: Val, most: f64) -> Val {
    let (low, high) = (f.like(x, -most), f.like(x, most));
    clamp(f, x, low, high)
}

/// `e^x (cos(y) + i sin(y))` of z = x + iy, from its parts; the exponent's base may be another.
fn raised(f: &mut Builder, z: Complex, most: f64, e: &Exponential, turn: &Turn) -> Complex {
    let (zero, one, infinity) = (f.like(z.re, 0.0), f.like(z.re, 1.0), f.like(z.re, f64::INFINITY));
    let (re, im) = (e.times(f, turn.cos), e.times(f, turn.sin));
    let high = f.like(z.re, most);
    let unending = f.gt(z.re, high);
    let (re_end, im_end) = (f.mul(infinity, turn.cos), f.mul(infinity, turn.sin));
    let (re, im) = (f.select(unending, re_end, re), f.select(unending, im_end, im));
    let endless = is_endless(f, z.re);
    let negative = f.lt(z.re, zero);
    let vanishing = f.and(endless, negative);
    let factor = f.select(vanishing, zero, one);
    let unbounded = is_unbounded(f, z.im);
    let side = f.select(unbounded, z.im, turn.sin);
    let re = zero_wins(f, factor, turn.cos, re);
    let im = zero_wins(f, factor, side, im);
    let rising = f.eq(z.re, infinity);
    let both = f.and(rising, unbounded);
    Complex { re: f.select(both, infinity, re), im }
}

/// `expm1(x) cos(y) - 2 sin(y/2)^2 + i e^x sin(y)`; the product with a sine of zero is
/// zero for every finite x, and NaN for others, as in NumPy.
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
    let unbounded = is_unbounded(f, z.re);
    let zero = f.like(z.im, 0.0);
    let real = f.eq(z.im, zero);
    let finite = f.not(unbounded);
    let real = f.and(real, finite);
    Complex { re, im: f.select(real, z.im, im) }
}
