//! What differs between single and double precision, and steps that work on a float's bits.
//!
//! A value enters, its type picks the constants. Constants come in twos: for F32, for F64.

use super::coefficients;
use crate::formula::{Builder, Val};
use stook_types::DType::{self, F32, F64, U32, U64};

/// The constant for the type of `x`: the first for F32, the second for F64.
pub(super) fn pick(f: &mut Builder, x: Val, single: f64, double: f64) -> Val {
    let dtype = f.dtype(x);
    f.float(dtype, if dtype == F32 { single } else { double })
}

/// The unsigned type with the bits of `x`.
pub(super) fn bits_type(f: &Builder, x: Val) -> DType {
    if f.dtype(x) == F32 { U32 } else { U64 }
}

/// The bits of `x`.
pub(super) fn bits(f: &mut Builder, x: Val) -> Val {
    let to = bits_type(f, x);
    f.bitcast(x, to)
}

/// An integer constant of the type of bits: the first for U32, the second for U64.
pub(super) fn pick_bits(f: &mut Builder, x: Val, single: u32, double: u64) -> Val {
    let dtype = f.dtype(x);
    f.bits(dtype, if dtype == U32 { single.into() } else { double })
}

/// Number of explicit bits of the significand, as a constant of the type of bits.
pub(super) fn significand_bits(f: &mut Builder, x: Val) -> Val {
    pick_bits(f, x, 23, 52)
}

/// The sign bit of `x` alone.
pub(super) fn sign_bit(f: &mut Builder, x: Val) -> Val {
    let b = bits(f, x);
    let mask = pick_bits(f, b, 1 << 31, 1 << 63);
    f.and(b, mask)
}

/// `x` with these sign bits (see [`sign_bit`]) flipped.
pub(super) fn flip_sign(f: &mut Builder, x: Val, sign: Val) -> Val {
    let dtype = f.dtype(x);
    let b = bits(f, x);
    let flipped = f.xor(b, sign);
    f.bitcast(flipped, dtype)
}

/// `|x|` with the sign of `y`.
pub(super) fn copy_sign(f: &mut Builder, x: Val, y: Val) -> Val {
    let size = f.abs(x);
    let sign = sign_bit(f, y);
    flip_sign(f, size, sign)
}

/// `x` kept within bounds; NaN stays.
pub(super) fn clamp(f: &mut Builder, x: Val, low: Val, high: Val) -> Val {
    let below = f.lt(x, low);
    let x = f.select(below, low, x);
    let above = f.gt(x, high);
    f.select(above, high, x)
}

/// Where `x` is NaN.
pub(super) fn is_nan(f: &mut Builder, x: Val) -> Val {
    f.ne(x, x)
}

/// Where `x` is not a positive normal number: among unsigned integers, the bits of those are a range.
pub(super) fn not_normal(f: &mut Builder, x: Val) -> Val {
    let raw = bits(f, x);
    let least = pick_bits(f, raw, 0x0080_0000, 0x0010_0000_0000_0000);
    let count = pick_bits(f, raw, 0x7f00_0000, 0x7fe0_0000_0000_0000);
    let above = f.sub(raw, least);
    f.ge(above, count)
}

/// The polynomial with these coefficients, lowest power first, at `x`: even and odd powers apart by
/// Horner's scheme in `x^2`. That is one multiplication more than Horner's own, for chains half as
/// long; shorter ones gain nothing where the next vectors run beside them.
pub(super) fn polynomial(f: &mut Builder, x: Val, single: &[f64], double: &[f64]) -> Val {
    let chosen = if f.dtype(x) == F32 { single } else { double };
    let square = f.mul(x, x);
    let even = horner(f, square, chosen.iter().step_by(2));
    let odd = horner(f, square, chosen[1..].iter().step_by(2));
    f.fma(odd, x, even)
}

/// A polynomial by Horner's scheme.
pub(super) fn horner<'a>(
    f: &mut Builder,
    x: Val,
    coefficients: impl DoubleEndedIterator<Item = &'a f64>,
) -> Val {
    let mut terms = coefficients.rev().copied();
    let first = terms.next().expect("a polynomial has two coefficients at least");
    let first = f.like(x, first);
    terms.fold(first, |sum, c| {
        let c = f.like(x, c);
        f.fma(sum, x, c)
    })
}

/// `(log((1 + s) / (1 - s)) - 2s) / s^3` at `z = s^2`.
pub(super) fn log_polynomial(f: &mut Builder, z: Val) -> Val {
    polynomial(f, z, coefficients::LOG32, coefficients::LOG64)
}

/// `x = significand * 2^exponent` for `x` positive and finite, subnormal ones too.
pub(super) struct Parts {
    /// Between sqrt(1/2) and sqrt(2).
    pub(super) significand: Val,
    /// An integer, as a float.
    pub(super) exponent: Val,
}

/// Takes a positive finite float apart; for others the parts mean nothing.
pub(super) fn split(f: &mut Builder, x: Val) -> Parts {
    let least = pick(f, x, f64::from(f32::MIN_POSITIVE), f64::MIN_POSITIVE);
    let subnormal = f.lt(x, least);
    let lift = pick(f, x, 2f64.powi(25), 2f64.powi(54));
    let lifted = f.mul(x, lift);
    let normal = f.select(subnormal, lifted, x);
    let zero = f.like(x, 0.0);
    let steps = pick(f, x, 25.0, 54.0);
    let lowered = f.select(subnormal, steps, zero);
    let Parts { significand, exponent } = split_normal(f, normal);
    Parts { significand, exponent: f.sub(exponent, lowered) }
}

/// Takes a positive normal float apart; for others the parts mean nothing.
pub(super) fn split_normal(f: &mut Builder, x: Val) -> Parts {
    let dtype = f.dtype(x);
    let raw = bits(f, x);
    let root = pick_bits(f, raw, 0x3f35_04f3, 0x3fe6_a09e_667f_3bcd);
    let offset =
        pick_bits(f, raw, 0x3f80_0000 - 0x3f35_04f3, 0x3ff0_0000_0000_0000 - 0x3fe6_a09e_667f_3bcd);
    let shifted = f.add(raw, offset);
    let low = pick_bits(f, raw, (1 << 23) - 1, (1 << 52) - 1);
    let fraction = f.and(shifted, low);
    let significand = f.add(fraction, root);
    let width = significand_bits(f, raw);
    let biased = f.shr(shifted, width);
    let whole = pick_bits(f, raw, 0x4b00_0000, 0x4330_0000_0000_0000);
    let carried = f.or(biased, whole);
    let carried = f.bitcast(carried, dtype);
    let bias = pick(f, x, 8_388_608.0 + 127.0, 4_503_599_627_370_496.0 + 1023.0);
    Parts { significand: f.bitcast(significand, dtype), exponent: f.sub(carried, bias) }
}

/// Computes a real function of F32 in F64; F64 as it is.
pub(super) fn in_double(f: &mut Builder, x: Val, g: fn(&mut Builder, Val) -> Val) -> Val {
    let dtype = f.dtype(x);
    let wide = f.convert(x, F64);
    let result = g(f, wide);
    f.convert(result, dtype)
}

/// [`in_double`] for functions of two values.
pub(super) fn two_in_double(
    f: &mut Builder,
    x: Val,
    y: Val,
    g: fn(&mut Builder, Val, Val) -> Val,
) -> Val {
    let dtype = f.dtype(x);
    let (x, y) = (f.convert(x, F64), f.convert(y, F64));
    let result = g(f, x, y);
    f.convert(result, dtype)
}

/// `2^k` for an integer k that is the exponent of a normal number.
pub(super) fn power_of_two(f: &mut Builder, k: Val) -> Val {
    let dtype = f.dtype(k);
    let shift = pick(f, k, 12_582_912.0 + 127.0, 6_755_399_441_055_744.0 + 1023.0);
    let shifted = f.add(shift, k);
    let raw = bits(f, shifted);
    let width = significand_bits(f, raw);
    let raised = f.shl(raw, width);
    f.bitcast(raised, dtype)
}
