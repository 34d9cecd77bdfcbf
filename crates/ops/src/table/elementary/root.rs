//! cbrt, hypot, and with it the size of complex numbers; F32 is computed in F64.
//!
//! The cube root begins with a polynomial of degree 4 (2^-18), takes one step of Halley's and one
//! of Newton's iteration whose residual is exact. The hypotenuse is the root of a sum of squares
//! as pairs, scaled by a power of two where the squares would leave the format (C. F. Borges,
//! "Algorithm 1014: an improved algorithm for hypot(x, y)", ACM TOMS 47, 2021).

use super::format::{Parts, copy_sign, in_double, polynomial, power_of_two, split};
use super::pair::{Pair, product, root, sum};
use super::{Facts, coefficients, real, real_two};
use crate::formula::{Builder, Val};
use crate::ufunc::{Formula, Ufunc};
use stook_types::DType::{C64, C128, F32, F64};

pub(super) fn rows() -> Vec<Ufunc> {
    let facts = |doc| Facts { ulp: 1.0, domain: (-1e3, 1e3), pole: None, doc };
    vec![
        real("cbrt", cbrt, facts("Cube root, element by element.")),
        real_two("hypot", hypot, facts("sqrt(x**2 + y**2), without overflow."))
            .identity(0.0)
            .commutative(),
        complex_absolute(),
    ]
}

/// The complex loops of `absolute`. NumPy's tell of no conditions, of overflow neither.
fn complex_absolute() -> Ufunc {
    let size = Formula::ComplexToReal(|f, z| hypot(f, z.re, z.im));
    Ufunc::row("absolute").giving(F32, &[C64], size).giving(F64, &[C128], size).ulp(1.0)
}

fn cbrt(f: &mut Builder, x: Val) -> Val {
    in_double(f, x, |f, x| {
        let size = f.abs(x);
        let Parts { significand, exponent } = split(f, size);
        let third = f.like(x, 1.0 / 3.0);
        let thirds = f.mul(exponent, third);
        let k = f.round(thirds);
        let minus_three = f.like(x, -3.0);
        let rest = f.fma(k, minus_three, exponent);
        let guess = polynomial(f, significand, coefficients::CBRT64, coefficients::CBRT64);
        let (guess_factor, factor) = thirds_of_two(f, rest);
        let y = f.mul(guess, guess_factor);
        let m = f.mul(significand, factor);
        let y = refine(f, m, y);
        let scale = power_of_two(f, k);
        let value = f.mul(y, scale);
        let zero = f.like(x, 0.0);
        let infinity = f.like(x, f64::INFINITY);
        let finite = f.lt(size, infinity);
        let value = f.select(finite, value, size);
        let nothing = f.eq(x, zero);
        let value = f.select(nothing, zero, value);
        copy_sign(f, value, x)
    })
}

/// `2^(r/3)` roughly and `2^r`, for r of -1, 0, 1.
fn thirds_of_two(f: &mut Builder, r: Val) -> (Val, Val) {
    let zero = f.like(r, 0.0);
    let (up, down) = (f.gt(r, zero), f.lt(r, zero));
    let mut choose = |above: f64, below: f64| {
        let (above, one, below) = (f.like(r, above), f.like(r, 1.0), f.like(r, below));
        let rest = f.select(down, below, one);
        f.select(up, above, rest)
    };
    (choose(1.2599210498948732, 0.7937005259840998), choose(2.0, 0.5))
}

/// The cube root of m from a guess with 17 bits.
fn refine(f: &mut Builder, m: Val, y: Val) -> Val {
    let square = f.mul(y, y);
    let cube = f.mul(square, y);
    let two = f.like(m, 2.0);
    let above = f.fma(two, m, cube);
    let below = f.fma(two, cube, m);
    let ratio = f.div(above, below);
    let y = f.mul(y, ratio);
    let square = product(f, y, y);
    let minus = f.neg(y);
    let residual = f.fma(minus, square.hi, m);
    let residual = f.fma(minus, square.lo, residual);
    let three = f.like(m, 3.0);
    let slope = f.mul(square.hi, three);
    let step = f.div(residual, slope);
    f.add(y, step)
}

pub(in crate::table) fn hypot(f: &mut Builder, x: Val, y: Val) -> Val {
    let value = if f.dtype(x) == F32 {
        let (wide_x, wide_y) = (f.convert(x, F64), f.convert(y, F64));
        let square = f.mul(wide_x, wide_x);
        let total = f.fma(wide_y, wide_y, square);
        let value = f.sqrt(total);
        f.convert(value, F32)
    } else {
        hypot_scaled(f, x, y)
    };
    let infinity = f.like(x, f64::INFINITY);
    let (size_x, size_y) = (f.abs(x), f.abs(y));
    let (endless_x, endless_y) = (f.eq(size_x, infinity), f.eq(size_y, infinity));
    let endless = f.or(endless_x, endless_y);
    f.select(endless, infinity, value)
}

fn hypot_scaled(f: &mut Builder, x: Val, y: Val) -> Val {
    let (a, b) = (f.abs(x), f.abs(y));
    let less = f.lt(a, b);
    let large = f.select(less, b, a);
    let small = f.select(less, a, b);
    let one = f.like(x, 1.0);
    let high = f.like(x, 2f64.powi(500));
    let low = f.like(x, 2f64.powi(-450));
    let down = f.like(x, 2f64.powi(-600));
    let up = f.like(x, 2f64.powi(600));
    let (huge, tiny) = (f.gt(large, high), f.lt(large, low));
    let factor = f.select(tiny, up, one);
    let factor = f.select(huge, down, factor);
    let back = f.select(tiny, down, one);
    let back = f.select(huge, up, back);
    let (large, small) = (f.mul(large, factor), f.mul(small, factor));
    let (p, q) = (product(f, large, large), product(f, small, small));
    let total = sum(f, p.hi, q.hi);
    let rest = f.add(p.lo, q.lo);
    let rest = f.add(rest, total.lo);
    let s = root(f, Pair { hi: total.hi, lo: rest });
    let value = f.add(s.hi, s.lo);
    f.mul(value, back)
}
