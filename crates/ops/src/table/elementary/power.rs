//! power and float_power of floats.
//!
//! `x^y = 2^(y log2|x|)`, the logarithm with 65 bits: `log2(1 + f) = s (c + z (c/3 + z T))` with
//! `c = 2 log2(e)`, `s = f / (2 + f)` and `z = s^2`, where all but the tail T (degree 7) are pairs.
//! F32 is computed in F64, where the plain logarithm is enough.

use super::coefficients::LOG2_TAIL64;
use super::complex_conditions::vanishes;
use super::exponential::exp2_pair;
use super::format::{Parts, flip_sign, is_nan, log_polynomial, polynomial, sign_bit, split};
use super::pair::{Pair, add, add_to, divide, multiply, scale};
use super::{Facts, real_two};
use crate::formula::{Builder, Val};
use crate::ufunc::{Formula, Ufunc};
use stook_types::DType::{F32, F64};

pub(super) fn rows() -> Vec<Ufunc> {
    let facts = |doc| Facts { ulp: 1.0, domain: (0.0, 50.0), pole: Some(zero_to_negative), doc };
    let mut float_power = real_two("float_power", power, facts("x**y, in float64 at least."));
    float_power.loops.clear();
    vec![
        real_two("power", power, facts("x**y, element by element.")),
        float_power.also(&[F64], Formula::Two(power)),
    ]
}

/// Zero to a negative power.
fn zero_to_negative(f: &mut Builder, args: &[Val]) -> Val {
    if args.len() == 4 {
        return vanishes(f, args);
    }
    let zero = f.like(args[0], 0.0);
    let base = f.eq(args[0], zero);
    let negative = f.lt(args[1], zero);
    f.and(base, negative)
}

/// The binary logarithm of a positive finite F64 to 65 bits.
fn log2_wide(f: &mut Builder, x: Val) -> Pair {
    let Parts { significand, exponent } = split(f, x);
    let one = f.like(x, 1.0);
    let zero = f.like(x, 0.0);
    let above = f.sub(significand, one);
    let below = f.add(significand, one);
    let kept = f.sub(below, one);
    let below = Pair { hi: below, lo: f.sub(significand, kept) };
    let s = divide(f, Pair { hi: above, lo: zero }, below);
    let z = multiply(f, s, s);
    let tail = polynomial(f, z.hi, LOG2_TAIL64, LOG2_TAIL64);
    let tail = scale(f, z, tail);
    let third = constant(f, 0.9617966939259756, 5.0577616648125907e-17);
    let inner = add(f, third, tail);
    let inner = multiply(f, z, inner);
    let first = constant(f, 2.8853900817779268, 4.0710547481862066e-17);
    let whole = add(f, first, inner);
    let log = multiply(f, s, whole);
    add_to(f, exponent, log)
}

fn constant(f: &mut Builder, hi: f64, lo: f64) -> Pair {
    Pair { hi: f.float(F64, hi), lo: f.float(F64, lo) }
}

/// The binary logarithm of a positive finite F64 that holds an F32, to 50 bits.
fn log2_plain(f: &mut Builder, x: Val) -> Val {
    let Parts { significand, exponent } = split(f, x);
    let one = f.like(x, 1.0);
    let above = f.sub(significand, one);
    let below = f.add(significand, one);
    let s = f.div(above, below);
    let z = f.mul(s, s);
    let r = log_polynomial(f, z);
    let two = f.like(x, 2.0);
    let r = f.fma(z, r, two);
    let log = f.mul(s, r);
    let factor = f.like(x, std::f64::consts::LOG2_E);
    f.fma(log, factor, exponent)
}

pub(super) fn power(f: &mut Builder, x: Val, y: Val) -> Val {
    let dtype = f.dtype(x);
    let (wide_x, wide_y) = (f.convert(x, F64), f.convert(y, F64));
    let size = f.abs(wide_x);
    let magnitude = if dtype == F32 {
        let log = log2_plain(f, size);
        let exponent = f.mul(wide_y, log);
        let lo = f.like(exponent, 0.0);
        raise(f, Pair { hi: exponent, lo })
    } else {
        let log = log2_wide(f, size);
        let exponent = scale(f, log, wide_y);
        raise(f, exponent)
    };
    let unusual = unusual(f, wide_x, wide_y);
    let args = [wide_x, wide_y, magnitude];
    let special = |f: &mut Builder, v: &[Val]| vec![special(f, v[0], v[1], v[2])];
    let value = f.rare(unusual, &args, &[magnitude], special)[0];
    f.convert(value, dtype)
}

/// Where a power is not that of a positive finite number to a finite one.
fn unusual(f: &mut Builder, x: Val, y: Val) -> Val {
    let zero = f.like(x, 0.0);
    let infinity = f.like(x, f64::INFINITY);
    let positive = f.gt(x, zero);
    let finite_x = f.lt(x, infinity);
    let size = f.abs(y);
    let finite_y = f.lt(size, infinity);
    let usual = f.and(positive, finite_x);
    let usual = f.and(usual, finite_y);
    f.not(usual)
}

/// 2 to a pair, which may be infinite or far too large.
fn raise(f: &mut Builder, x: Pair) -> Val {
    let bound = f.like(x.hi, 1100.0);
    let low = f.like(x.hi, -1100.0);
    let zero = f.like(x.hi, 0.0);
    let size = f.abs(x.hi);
    let large = f.gt(size, bound);
    let hi = super::format::clamp(f, x.hi, low, bound);
    let lo = f.select(large, zero, x.lo);
    exp2_pair(f, Pair { hi, lo })
}

/// The special values of C99 F.9.4.4, around `magnitude`, which is `|x|^y` for finite x not zero.
fn special(f: &mut Builder, x: Val, y: Val, magnitude: Val) -> Val {
    let zero = f.like(x, 0.0);
    let one = f.like(x, 1.0);
    let half = f.like(x, 0.5);
    let infinity = f.like(x, f64::INFINITY);
    let nan = f.like(x, f64::NAN);
    let size = f.abs(x);
    let is_zero = f.eq(x, zero);
    let is_infinite = f.eq(size, infinity);
    let falling = f.lt(y, zero);
    let to_infinity = f.eq(is_zero, falling);
    let extreme = f.select(to_infinity, infinity, zero);
    let at_end = f.or(is_zero, is_infinite);
    let value = f.select(at_end, extreme, magnitude);
    let unit = f.eq(size, one);
    let value = f.select(unit, one, value);
    let whole = f.trunc(y);
    let integral = f.eq(whole, y);
    let halved = f.mul(y, half);
    let whole_half = f.trunc(halved);
    let uneven = f.ne(whole_half, halved);
    let odd = f.and(integral, uneven);
    let sign = sign_bit(f, x);
    let negated = flip_sign(f, value, sign);
    let value = f.select(odd, negated, value);
    let negative = f.lt(x, zero);
    let fractional = f.not(integral);
    let finite = f.not(is_infinite);
    let undefined = f.and(negative, fractional);
    let undefined = f.and(undefined, finite);
    let value = f.select(undefined, nan, value);
    let nan_x = is_nan(f, x);
    let nan_y = is_nan(f, y);
    let any_nan = f.or(nan_x, nan_y);
    let carried = f.add(x, y);
    let value = f.select(any_nan, carried, value);
    let to_zero = f.eq(y, zero);
    let of_one = f.eq(x, one);
    let certain = f.or(to_zero, of_one);
    f.select(certain, one, value)
}
