//! sin, cos, tan.
//!
//! `x = n pi/2 + r` with pi/2 in three parts and fused multiply-adds, by which the first
//! difference is exact and the remainder comes as a pair (S. Boldo, M. Daumas, R.-C. Li, "Formally
//! verified argument reduction with a fused multiply-add", IEEE Trans. Computers 58, 2009). Beyond
//! 2^28 (F32: 2^16) `large_angle.rs` reduces, off the main path. Then `sin(r) = r + r^3 S(r^2)`,
//! `cos(r) = 1 - r^2/2 + r^4 C(r^2)`, S of degree 6 (F32: 3) and C of degree 5 (2), errors 2^-57
//! and 2^-60 (2^-28 and 2^-31); both are computed and the quadrant selects. The tangent is the
//! quotient of the two as pairs.

use super::format::{bits, flip_sign, pick, polynomial};
use super::large_angle::{self, Reduced};
use super::pair::{Pair, add_to, divide, product, sum};
use super::{Facts, coefficients, real};
use crate::formula::{Builder, Val};
use crate::ufunc::Ufunc;
use stook_types::DType::F64;

pub(super) fn rows() -> Vec<Ufunc> {
    let facts = |doc| Facts { ulp: 1.0, domain: (-1e3, 1e3), pole: None, doc };
    vec![
        real("sin", sin, facts("Sine of an angle in radians.")),
        real("cos", cos, facts("Cosine of an angle in radians.")),
        real("tan", tan, facts("Tangent of an angle in radians.")),
    ]
}

/// Sine and cosine of the reduced angle, each a pair, and the quadrant's bits.
struct Quadrant {
    sin: Pair,
    cos: Pair,
    bits: Val,
    cubic: Cubic,
}

/// The sine's second part, `r^3 S(r^2)` and what the cosine adds, from what rounding took.
struct Cubic {
    r: Val,
    z: Val,
    lost: Val,
    cube: Val,
    factor: Val,
    turned: Val,
}

impl Cubic {
    /// The second part with the cube as a pair.
    fn exact(&self, f: &mut Builder) -> Val {
        let minus = f.neg(self.cube);
        let rest = f.fma(self.z, self.r, minus);
        let rest = f.fma(self.lost, self.r, rest);
        let turned = f.fma(rest, self.factor, self.turned);
        f.fma(self.cube, self.factor, turned)
    }
}

fn reduce(f: &mut Builder, x: Val) -> Reduced {
    let two_over_pi = pick(f, x, std::f64::consts::FRAC_2_PI, std::f64::consts::FRAC_2_PI);
    let shift = pick(f, x, 12_582_912.0, 6_755_399_441_055_744.0);
    let shifted = f.fma(x, two_over_pi, shift);
    let n = f.sub(shifted, shift);
    let first = pick(f, x, -1.5707963705062866, -std::f64::consts::FRAC_PI_2);
    let second = pick(f, x, 4.371138828673793e-08, -6.123233995736766e-17);
    let third = pick(f, x, 1.7151245100058819e-15, 1.4973849048591698e-33);
    let exact = f.fma(n, first, x);
    let next = product(f, n, second);
    let Pair { hi, lo } = add_to(f, exact, next);
    let lo = f.fma(n, third, lo);
    let limit = pick(f, x, 65_536.0, 268_435_456.0);
    let size = f.abs(x);
    let large = f.ge(size, limit);
    let parts = f.rare(large, &[x], &[hi, lo, n], |f, args| {
        let dtype = f.dtype(args[0]);
        let wide = f.convert(args[0], F64);
        let reduced = large_angle::reduce(f, wide);
        let hi = f.convert(reduced.angle.hi, dtype);
        let back = f.convert(hi, F64);
        let rest = f.sub(reduced.angle.hi, back);
        let lo = f.add(rest, reduced.angle.lo);
        let lo = f.convert(lo, dtype);
        let infinity = f.like(args[0], f64::INFINITY);
        let nan = f.like(args[0], f64::NAN);
        let size = f.abs(args[0]);
        let finite = f.lt(size, infinity);
        vec![f.select(finite, hi, nan), lo, f.convert(reduced.quadrant, dtype)]
    });
    Reduced { angle: Pair { hi: parts[0], lo: parts[1] }, quadrant: parts[2] }
}

fn both(f: &mut Builder, x: Val) -> Quadrant {
    let Reduced { angle: Pair { hi: r, lo: rest }, quadrant } = reduce(f, x);
    let one = f.like(x, 1.0);
    let half = f.like(x, -0.5);
    let z = f.mul(r, r);
    let lost = f.neg(z);
    let lost = f.fma(r, r, lost);
    let w = f.fma(z, half, one);
    let tail = f.sub(one, w);
    let tail = f.fma(z, half, tail);
    let tail = f.fma(lost, half, tail);
    let minus_r = f.neg(r);
    let tail = f.fma(minus_r, rest, tail);
    let square = f.mul(z, z);
    let c = polynomial(f, z, coefficients::COS32, coefficients::COS64);
    let cos = Pair { hi: w, lo: f.fma(square, c, tail) };
    let s = polynomial(f, z, coefficients::SIN32, coefficients::SIN64);
    let cube = f.mul(z, r);
    let turned = f.mul(rest, w);
    let sin = Pair { hi: r, lo: f.fma(cube, s, turned) };
    let cubic = Cubic { r, z, lost, cube, factor: s, turned };
    let shift = pick(f, x, 12_582_912.0, 6_755_399_441_055_744.0);
    let shifted = f.add(quadrant, shift);
    Quadrant { sin, cos, bits: bits(f, shifted), cubic }
}

impl Quadrant {
    /// Whether the last bit of the quadrant is set.
    fn odd(&self, f: &mut Builder) -> Val {
        let dtype = f.dtype(self.bits);
        let one = f.int(dtype, 1);
        let zero = f.int(dtype, 0);
        let bit = f.and(self.bits, one);
        f.ne(bit, zero)
    }

    /// The second bit of the quadrant plus `ahead`, as a sign bit.
    fn sign(&self, f: &mut Builder, ahead: i128) -> Val {
        let dtype = f.dtype(self.bits);
        let ahead = f.int(dtype, ahead);
        let two = f.int(dtype, 2);
        let width = f.int(dtype, 8 * dtype.size() as i128 - 2);
        let moved = f.add(self.bits, ahead);
        let bit = f.and(moved, two);
        f.shl(bit, width)
    }
}

fn either(f: &mut Builder, mask: Val, x: Pair, y: Pair) -> Pair {
    Pair { hi: f.select(mask, x.hi, y.hi), lo: f.select(mask, x.lo, y.lo) }
}

pub(super) fn sin(f: &mut Builder, x: Val) -> Val {
    let q = both(f, x);
    let odd = q.odd(f);
    let value = either(f, odd, q.cos, q.sin);
    let value = f.add(value.hi, value.lo);
    let sign = q.sign(f, 0);
    let value = flip_sign(f, value, sign);
    small_or(f, x, value)
}

pub(super) fn cos(f: &mut Builder, x: Val) -> Val {
    let q = both(f, x);
    let odd = q.odd(f);
    let value = either(f, odd, q.sin, q.cos);
    let value = f.add(value.hi, value.lo);
    let sign = q.sign(f, 1);
    flip_sign(f, value, sign)
}

pub(super) fn tan(f: &mut Builder, x: Val) -> Val {
    let mut q = both(f, x);
    q.sin.lo = q.cubic.exact(f);
    let odd = q.odd(f);
    let above = either(f, odd, q.cos, q.sin);
    let below = either(f, odd, q.sin, q.cos);
    let above = sum(f, above.hi, above.lo);
    let below = sum(f, below.hi, below.lo);
    let value = divide(f, above, below);
    let value = f.add(value.hi, value.lo);
    let minus = f.neg(value);
    let value = f.select(odd, minus, value);
    small_or(f, x, value)
}

/// `x` itself where it is so small that its sine rounds to it, which keeps the sign of zero.
fn small_or(f: &mut Builder, x: Val, value: Val) -> Val {
    let tiny = pick(f, x, 2f64.powi(-13), 2f64.powi(-27));
    let size = f.abs(x);
    let small = f.lt(size, tiny);
    f.select(small, x, value)
}
