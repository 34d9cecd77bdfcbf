//! What is particular to floats: rounding, classes, neighbours, parts, scaling.

use super::division::with_sign;
use super::rows::{BOOL, BOOL_AND_INTEGERS, COMPLEX, FLOATS, INTEGERS};
use crate::conditions::{Flags, any, is_finite, is_infinite, is_nan, widen, without};
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::{Formula, Ufunc};
use stook_types::DType::{self, Bool, F32, F64, I32, I64};

pub(super) fn rows() -> Vec<Ufunc> {
    let mut rows = rounding();
    rows.extend(classes());
    rows.extend(neighbours());
    rows.extend(parts());
    rows.extend(scaling());
    rows
}

fn rounding() -> Vec<Ufunc> {
    let whole = |name, formula| {
        Ufunc::one(name, BOOL_AND_INTEGERS, |_, x| x).also(FLOATS, Formula::One(formula))
    };
    vec![
        whole("floor", Builder::floor).doc("The nearest integer towards minus infinity."),
        whole("ceil", Builder::ceil).doc("The nearest integer towards infinity."),
        whole("trunc", Builder::trunc).doc("The nearest integer towards zero."),
        Ufunc::one("rint", FLOATS, Builder::round)
            .complex_one(|f, x| Complex { re: f.round(x.re), im: f.round(x.im) })
            .doc("The nearest integer, ties to even."),
    ]
}

fn classes() -> Vec<Ufunc> {
    vec![
        class("isnan", is_nan, |f, x| any(f, &[x.re, x.im], is_nan), 0)
            .doc("Whether it is NaN, element by element."),
        class("isinf", is_infinite, |f, x| any(f, &[x.re, x.im], is_infinite), 0)
            .doc("Whether it is infinite, element by element."),
        class(
            "isfinite",
            is_finite,
            |f, x| {
                let (re, im) = (is_finite(f, x.re), is_finite(f, x.im));
                f.and(re, im)
            },
            1,
        )
        .doc("Whether it is neither NaN nor infinite, element by element."),
        Ufunc::row("signbit")
            .giving(Bool, FLOATS, Formula::One(sign_bit))
            .exact_half()
            .doc("Whether the sign bit is set, element by element."),
    ]
}

fn class(
    name: &'static str,
    test: fn(&mut Builder, Val) -> Val,
    complex: fn(&mut Builder, Complex) -> Val,
    of_integers: u64,
) -> Ufunc {
    let constant: fn(&mut Builder, Val) -> Val =
        if of_integers == 1 { |f, _| f.bits(Bool, 1) } else { |f, _| f.bits(Bool, 0) };
    Ufunc::row(name)
        .giving(Bool, BOOL, Formula::One(constant))
        .giving(Bool, INTEGERS, Formula::One(constant))
        .giving(Bool, FLOATS, Formula::One(test))
        .giving(Bool, COMPLEX, Formula::ComplexToReal(complex))
}

fn bits_of(f: &mut Builder, x: Val) -> Val {
    let int = f.dtype(x).bits_type();
    f.bitcast(x, int)
}

fn sign_bit(f: &mut Builder, x: Val) -> Val {
    let bits = bits_of(f, x);
    let dtype = f.dtype(bits);
    let sign = f.int(dtype, 1 << (8 * dtype.size() - 1));
    f.ge(bits, sign)
}

fn neighbours() -> Vec<Ufunc> {
    vec![
        Ufunc::two("copysign", FLOATS, with_sign)
            .exact_half()
            .doc("|x| with the sign of y, element by element."),
        Ufunc::two("nextafter", FLOATS, next_after)
            .exact_half()
            .float_conditions(step_conditions)
            .doc("The next number from x towards y."),
        Ufunc::one("spacing", FLOATS, spacing)
            .exact_half()
            .float_conditions(spacing_conditions)
            .doc("The distance from x to the next number away from zero."),
        Ufunc::two("heaviside", FLOATS, heaviside).doc("0 for x < 0, 1 for x > 0, y for x = 0."),
    ]
}

/// Half precision has no arithmetic here; comparisons and bits do.
fn next_after(f: &mut Builder, x: Val, y: Val) -> Val {
    let dtype = f.dtype(x);
    let bits = bits_of(f, x);
    let int = f.dtype(bits);
    let (one, zero) = (f.int(int, 1), f.like(x, 0.0));
    let (up, down) = (f.add(bits, one), f.sub(bits, one));
    let (rises, positive) = (f.lt(x, y), f.gt(x, zero));
    let away = {
        let differ = f.xor(rises, positive);
        f.not(differ)
    };
    let moved = f.select(away, up, down);
    let moved = f.bitcast(moved, dtype);
    let least = f.bits(dtype, 1);
    let least = with_sign(f, least, y);
    let nothing = f.eq(x, zero);
    let moved = f.select(nothing, least, moved);
    let same = f.eq(x, y);
    let zero_kept = if dtype == DType::F16 { x } else { y };
    let moved = f.select(same, zero_kept, moved);
    let (nan_x, nan_y) = (is_nan(f, x), is_nan(f, y));
    let nan = f.or(nan_x, nan_y);
    let unknown = f.bits(dtype, nan_bits(dtype));
    f.select(nan, unknown, moved)
}

fn nan_bits(dtype: DType) -> u64 {
    stook_types::Scalar::float(dtype, f64::NAN).bits as u64
}

/// Halves round steps at the boundary below a power of two as NumPy does: towards plus infinity.
fn spacing(f: &mut Builder, x: Val) -> Val {
    let dtype = f.dtype(x);
    let (infinite, nan) = (is_infinite(f, x), is_nan(f, x));
    let wide = if dtype == DType::F16 { F32 } else { dtype };
    let infinity = f.like(x, f64::INFINITY);
    let towards = if dtype == DType::F16 { infinity } else { away_from_zero(f, x, infinity) };
    let next = next_after(f, x, towards);
    let (next, here) = (f.convert(next, wide), f.convert(x, wide));
    let step = f.sub(next, here);
    let step = f.convert(step, dtype);
    let unknown = f.bits(dtype, nan_bits(dtype));
    let undefined = f.or(infinite, nan);
    f.select(undefined, unknown, step)
}

fn away_from_zero(f: &mut Builder, x: Val, infinity: Val) -> Val {
    let zero = f.like(x, 0.0);
    let (negative, minus) = (f.lt(x, zero), f.neg(infinity));
    f.select(negative, minus, infinity)
}

fn step_conditions(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let infinite = is_infinite(f, results[0]);
    let finite = is_finite(f, args[0]);
    let large = f.and(infinite, finite);
    Flags { overflow: Some(large), ..Flags::default() }
}

/// Of halves, NumPy finds the spacing at infinities and NaN invalid.
fn spacing_conditions(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let large = is_infinite(f, results[0]);
    let half = f.dtype(args[0]) == DType::F16;
    let undefined = half.then(|| {
        let (infinite, nan) = (is_infinite(f, args[0]), is_nan(f, args[0]));
        f.or(infinite, nan)
    });
    Flags { invalid: undefined, overflow: Some(large), divide: None }
}

fn heaviside(f: &mut Builder, x: Val, at_zero: Val) -> Val {
    let (zero, one) = (f.like(x, 0.0), f.like(x, 1.0));
    let (negative, nothing, nan) = (f.lt(x, zero), f.eq(x, zero), is_nan(f, x));
    let v = f.select(negative, zero, one);
    let v = f.select(nothing, at_zero, v);
    f.select(nan, x, v)
}

fn parts() -> Vec<Ufunc> {
    let mut real = Ufunc::row("real").exact_half();
    let mut imag = Ufunc::row("imag").exact_half();
    for text in ["F->f", "D->d"] {
        real = real.signature(text, |_, a| vec![a[0]]);
        imag = imag.signature(text, |_, a| vec![a[1]]);
    }
    vec![
        Ufunc::row("modf")
            .also(FLOATS, Formula::OneToPair(modf))
            .doc("Fraction and whole part, both with the sign of x."),
        Ufunc::row("frexp")
            .signature("e->ei", frexp)
            .signature("f->fi", frexp)
            .signature("d->di", frexp)
            .doc("Fraction in [0.5, 1) and power of two."),
        real.doc("The real part (no ufunc in NumPy)."),
        imag.doc("The imaginary part (no ufunc in NumPy)."),
    ]
}

fn modf(f: &mut Builder, x: Val) -> (Val, Val) {
    let whole = f.trunc(x);
    let rest = f.sub(x, whole);
    let infinite = is_infinite(f, x);
    let zero = f.like(x, 0.0);
    let rest = f.select(infinite, zero, rest);
    (with_sign(f, rest, x), whole)
}

/// In double precision, where every half and single is a normal number.
fn frexp(f: &mut Builder, args: &[Val]) -> Vec<Val> {
    let dtype = f.dtype(args[0]);
    let x = f.convert(args[0], F64);
    let size = f.abs(x);
    let (least, scale) = (f.float(F64, f64::MIN_POSITIVE), f.float(F64, 2f64.powi(54)));
    let tiny = f.lt(size, least);
    let scaled = f.mul(x, scale);
    let x = f.select(tiny, scaled, x);
    let bits = f.bitcast(x, I64);
    let (shift, low) = (f.int(I64, 52), f.int(I64, 2047));
    let exponent = f.shr(bits, shift);
    let exponent = f.and(exponent, low);
    let (bias, tiny_bias) = (f.int(I64, 1022), f.int(I64, 1022 + 54));
    let bias = f.select(tiny, tiny_bias, bias);
    let exponent = f.sub(exponent, bias);
    let field = f.int(I64, !(2047 << 52));
    let half = f.int(I64, 1022 << 52);
    let fraction = f.and(bits, field);
    let fraction = f.or(fraction, half);
    let fraction = f.bitcast(fraction, F64);
    let fraction = f.convert(fraction, dtype);
    let exponent = f.convert(exponent, I32);
    let (zero, none) = (f.like(args[0], 0.0), f.int(I32, 0));
    let (finite, nothing) = (is_finite(f, args[0]), f.eq(args[0], zero));
    let ordinary = without(f, finite, nothing);
    vec![f.select(ordinary, fraction, args[0]), f.select(ordinary, exponent, none)]
}

fn scaling() -> Vec<Ufunc> {
    let mut ldexp = Ufunc::row("ldexp").float_conditions(scale_conditions);
    for text in ["ei->e", "fi->f", "el->e", "fl->f", "di->d", "dl->d"] {
        ldexp = ldexp.signature(text, |f, a| vec![scaled(f, a[0], a[1])]);
    }
    vec![
        Ufunc::one("sqrt", FLOATS, Builder::sqrt).watched().doc("The square root."),
        Ufunc::one("half_power", &[F32, F64], Builder::sqrt)
            .watched()
            .part_of("power")
            .doc("x to the power 1/2, which NumPy's power takes as the root (no ufunc in NumPy)."),
        Ufunc::one("square_power", FLOATS, |f, x| f.mul(x, x))
            .derived()
            .part_of("power")
            .doc("x to the power 2, which NumPy's power takes as the square (no ufunc in NumPy)."),
        degrees("deg2rad"),
        degrees("radians"),
        radians("rad2deg"),
        radians("degrees"),
        ldexp.doc("x * 2^n, rounded once."),
    ]
}

fn degrees(name: &'static str) -> Ufunc {
    Ufunc::one(name, FLOATS, |f, x| {
        let single = std::f32::consts::PI / 180.0;
        let factor = if f.dtype(x) == F64 { std::f64::consts::PI / 180.0 } else { single.into() };
        let factor = f.like(x, factor);
        f.mul(x, factor)
    })
    .doc("Degrees to radians.")
}

fn radians(name: &'static str) -> Ufunc {
    Ufunc::one(name, FLOATS, |f, x| {
        let single = 180.0 / std::f32::consts::PI;
        let factor = if f.dtype(x) == F64 { 180.0 / std::f64::consts::PI } else { single.into() };
        let factor = f.like(x, factor);
        f.mul(x, factor)
    })
    .derived()
    .doc("Radians to degrees.")
}

/// `x * 2^n` rounded once: singles in double precision, doubles in steps that stay normal until
/// the last.
fn scaled(f: &mut Builder, x: Val, n: Val) -> Val {
    let dtype = f.dtype(x);
    let n = f.convert(n, I64);
    let (low, high) = (f.int(I64, -3000), f.int(I64, 3000));
    let below = f.lt(n, low);
    let n = f.select(below, low, n);
    let above = f.gt(n, high);
    let mut n = f.select(above, high, n);
    let mut x = f.convert(x, F64);
    for _ in 0..2 {
        (x, n) = scale_step(f, x, n, 1023, true);
        (x, n) = scale_step(f, x, n, -969, false);
    }
    let (low, high) = (f.int(I64, -1022), f.int(I64, 1023));
    let below = f.lt(n, low);
    let n = f.select(below, low, n);
    let above = f.gt(n, high);
    let n = f.select(above, high, n);
    let (bias, shift) = (f.int(I64, 1023), f.int(I64, 52));
    let biased = f.add(n, bias);
    let power = f.shl(biased, shift);
    let power = f.bitcast(power, F64);
    let result = f.mul(x, power);
    f.convert(result, dtype)
}

fn scale_step(f: &mut Builder, x: Val, n: Val, step: i32, up: bool) -> (Val, Val) {
    let limit = f.int(I64, if up { 1023 } else { -1022 });
    let more = if up { f.gt(n, limit) } else { f.lt(n, limit) };
    let factor = f.float(F64, 2f64.powi(step));
    let scaled = f.mul(x, factor);
    let by = f.int(I64, step.into());
    let rest = f.sub(n, by);
    (f.select(more, scaled, x), f.select(more, rest, n))
}

fn scale_conditions(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let (x, result) = (widen(f, args[0]), widen(f, results[0]));
    let (finite, infinite) = (is_finite(f, x), is_infinite(f, result));
    Flags { overflow: Some(f.and(finite, infinite)), ..Flags::default() }
}
