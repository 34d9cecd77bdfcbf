//! power and float_power of floats.
//!
//! `x^y = e^(y log|x|)`, the logarithm and the product as pairs, the logarithm with 64 bits. F32 is
//! computed in F64, where one float for each is enough. Both go by tables (`sixteenths.rs`). What is
//! no number greater than zero, or has a subnormal or infinite power, is rare.

use super::complex_conditions::vanishes;
use super::format::{clamp, flip_sign, is_nan, not_normal, sign_bit};
use super::pair::{Pair, scale};
use super::sixteenths::{self, Beside, beside, beside_any, beyond, exponential_of_pair};
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

pub(super) fn power(f: &mut Builder, x: Val, y: Val) -> Val {
    let dtype = f.dtype(x);
    let exact = dtype != F32;
    let (x, y) = (f.convert(x, F64), f.convert(y, F64));
    let size = f.abs(x);
    let parts = beside(f, size);
    let exponent = times_log(f, &parts, y, exact);
    let magnitude = exponential_of_pair(f, exponent).normal(f);
    let base = not_normal(f, x);
    let large = beyond(f, exponent.hi, sixteenths::NORMAL);
    let unusual = f.or(base, large);
    let slow = |f: &mut Builder, v: &[Val]| {
        let size = f.abs(v[0]);
        let base = not_normal(f, size);
        let hard = f.or(base, v[3]);
        let value =
            f.rare(hard, &[size, v[1]], &[v[2]], |f, v| vec![anywhere(f, v[0], v[1], exact)]);
        vec![special(f, v[0], v[1], value[0])]
    };
    let value = f.rare(unusual, &[x, y, magnitude, large], &[magnitude], slow)[0];
    f.convert(value, dtype)
}

/// `y log(x)`: to 64 bits or, where x holds an F32, to 50.
fn times_log(f: &mut Builder, x: &Beside, y: Val, exact: bool) -> Pair {
    if exact {
        let log = x.log_wide(f);
        return scale(f, log, y);
    }
    let log = x.log(f);
    let log = f.add(log.hi, log.lo);
    let (hi, lo) = (f.mul(log, y), f.like(y, 0.0));
    Pair { hi, lo }
}

/// `x^y` for x positive and finite, whatever it is; for others it means nothing.
fn anywhere(f: &mut Builder, x: Val, y: Val, exact: bool) -> Val {
    let parts = beside_any(f, x);
    let exponent = times_log(f, &parts, y, exact);
    let bound = f.like(x, 748.0);
    let low = f.like(x, -748.0);
    let zero = f.like(x, 0.0);
    let size = f.abs(exponent.hi);
    let large = f.gt(size, bound);
    let hi = clamp(f, exponent.hi, low, bound);
    let lo = f.select(large, zero, exponent.lo);
    exponential_of_pair(f, Pair { hi, lo }).any(f)
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
