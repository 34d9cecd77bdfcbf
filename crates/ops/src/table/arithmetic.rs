//! Sums, products, quotients and what changes a sign.

use super::elementary::hypot;
use super::rows::{BOOL, FLOATS, INTEGERS, REAL, SIGNED, UNSIGNED};
use crate::conditions::{Flags, any, is_infinite, is_nan, without};
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::{Formula, Ufunc};
use stook_types::DType;

pub(super) fn rows() -> Vec<Ufunc> {
    let mut rows = sums();
    rows.extend(quotients());
    rows.extend(signs());
    rows
}

fn sums() -> Vec<Ufunc> {
    vec![
        Ufunc::two("add", BOOL, |f, x, y| f.or(x, y))
            .also(REAL, Formula::Two(Builder::add))
            .complex_two(|f, x, y| Complex { re: f.add(x.re, y.re), im: f.add(x.im, y.im) })
            .identity(0.0)
            .commutative()
            .derived()
            .doc("x + y, element by element."),
        Ufunc::two("subtract", REAL, Builder::sub)
            .complex_two(|f, x, y| Complex { re: f.sub(x.re, y.re), im: f.sub(x.im, y.im) })
            .derived()
            .doc("x - y, element by element."),
        Ufunc::two("multiply", BOOL, |f, x, y| f.and(x, y))
            .also(REAL, Formula::Two(Builder::mul))
            .complex_two(product)
            .identity(1.0)
            .commutative()
            .derived()
            .doc("x * y, element by element."),
        Ufunc::one("square", REAL, |f, x| f.mul(x, x))
            .complex_one(|f, x| product(f, x, x))
            .derived()
            .doc("x * x, element by element."),
    ]
}

fn quotients() -> Vec<Ufunc> {
    vec![
        Ufunc::two("divide", FLOATS, Builder::div)
            .complex_two(quotient)
            .derived()
            .float_conditions(unordered_divisor)
            .doc("x / y, element by element."),
        Ufunc::one("reciprocal", INTEGERS, integer_reciprocal)
            .also(
                FLOATS,
                Formula::One(|f, x| {
                    let one = f.like(x, 1.0);
                    f.div(one, x)
                }),
            )
            .complex_one(reciprocal)
            .derived()
            .float_conditions(unordered_divisor)
            .integer_conditions(|f, args, _| Flags {
                divide: Some(is_zero(f, args[0])),
                invalid: Some(is_zero(f, args[0])),
                ..Flags::default()
            })
            .doc("1 / x, element by element; towards zero for integers."),
    ]
}

fn signs() -> Vec<Ufunc> {
    vec![
        Ufunc::one("negative", REAL, Builder::neg)
            .complex_one(|f, x| Complex { re: f.neg(x.re), im: f.neg(x.im) })
            .doc("-x, element by element."),
        Ufunc::one("positive", REAL, |_, x| x).complex_one(|_, x| x).doc("+x, element by element."),
        Ufunc::one("absolute", BOOL, |_, x| x).also_absolute().doc("|x|, element by element."),
        Ufunc::one("fabs", FLOATS, Builder::abs).doc("|x| of floats, element by element."),
        Ufunc::one("conjugate", REAL, |_, x| x)
            .complex_one(|f, x| Complex { re: x.re, im: f.neg(x.im) })
            .doc("The imaginary part's sign changed, element by element."),
        Ufunc::one("sign", REAL, sign)
            .complex_one(complex_sign)
            .ulp(1.0)
            .doc("-1, 0 or 1 by the sign of x; x / |x| for complex x."),
    ]
}

impl Ufunc {
    fn also_absolute(mut self) -> Self {
        for &t in REAL {
            let keep = UNSIGNED.contains(&t);
            let one = [t];
            self = self.also(&one, Formula::One(if keep { |_, x| x } else { Builder::abs }));
        }
        debug_assert!(SIGNED.iter().all(|t| self.loops.iter().any(|l| l.ins[0] == *t)));
        self
    }
}

/// Whether it is zero.
pub(super) fn is_zero(f: &mut Builder, x: Val) -> Val {
    let zero = f.like(x, 0.0);
    f.eq(x, zero)
}

/// The textbook product; each part one fused multiply-add, as in NumPy's vector loops.
pub(super) fn product(f: &mut Builder, x: Complex, y: Complex) -> Complex {
    let low = f.mul(x.im, y.im);
    let minus = f.neg(low);
    let cross = f.mul(x.im, y.re);
    Complex { re: f.fma(x.re, y.re, minus), im: f.fma(x.re, y.im, cross) }
}

/// NaN in a complex divisor: its parts are compared, which NumPy's loop calls invalid.
fn unordered_divisor(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    if results.len() == 1 {
        return Flags::default();
    }
    let invalid = any(f, &args[args.len() - 2..], is_nan);
    Flags { invalid: Some(invalid), ..Flags::default() }
}

/// Smith's division (R. L. Smith, Algorithm 116, CACM 5(8), 1962), scaled by a reciprocal.
pub(super) fn quotient(f: &mut Builder, x: Complex, y: Complex) -> Complex {
    let (re_size, im_size) = (f.abs(y.re), f.abs(y.im));
    let wide = f.ge(re_size, im_size);
    let (large, small) = (f.select(wide, y.re, y.im), f.select(wide, y.im, y.re));
    let ratio = f.div(small, large);
    let product = f.mul(small, ratio);
    let divisor = f.add(large, product);
    let one = f.like(ratio, 1.0);
    let scale = f.div(one, divisor);
    let re_ratio = f.mul(x.re, ratio);
    let im_ratio = f.mul(x.im, ratio);
    let re_wide = f.add(x.re, im_ratio);
    let re_tall = f.add(re_ratio, x.im);
    let im_wide = f.sub(x.im, re_ratio);
    let im_tall = f.sub(im_ratio, x.re);
    let re = f.select(wide, re_wide, re_tall);
    let im = f.select(wide, im_wide, im_tall);
    let (re, im) = (f.mul(re, scale), f.mul(im, scale));
    let (re_pole, im_pole) = (f.div(x.re, re_size), f.div(x.im, re_size));
    let (re_zero, im_zero) = (is_zero(f, y.re), is_zero(f, y.im));
    let zero = f.and(re_zero, im_zero);
    Complex { re: f.select(zero, re_pole, re), im: f.select(zero, im_pole, im) }
}

fn reciprocal(f: &mut Builder, x: Complex) -> Complex {
    let (re_size, im_size) = (f.abs(x.re), f.abs(x.im));
    let wide = f.le(im_size, re_size);
    let (large, small) = (f.select(wide, x.re, x.im), f.select(wide, x.im, x.re));
    let ratio = f.div(small, large);
    let product = f.mul(small, ratio);
    let divisor = f.add(large, product);
    let one = f.like(ratio, 1.0);
    let (plus, minus_one) = (f.div(one, divisor), f.like(ratio, -1.0));
    let along = f.div(ratio, divisor);
    let minus_ratio = f.neg(ratio);
    let across = f.div(minus_ratio, divisor);
    let minus = f.div(minus_one, divisor);
    Complex { re: f.select(wide, plus, along), im: f.select(wide, across, minus) }
}

/// The truncated reciprocal; at zero the least value of I32 and I64, zero in other types.
fn integer_reciprocal(f: &mut Builder, x: Val) -> Val {
    let dtype = f.dtype(x);
    let (one, minus) = (f.int(dtype, 1), f.int(dtype, -1));
    let unit = f.eq(x, one);
    let minus_unit = f.eq(x, minus);
    let mut result = f.int(dtype, 0);
    if SIGNED.contains(&dtype) {
        result = f.select(minus_unit, minus, result);
    }
    let result = f.select(unit, one, result);
    let at_zero = f.int(dtype, reciprocal_of_zero(dtype));
    let zero = is_zero(f, x);
    f.select(zero, at_zero, result)
}

/// What `1.0 / 0` becomes when x86-64 converts it.
fn reciprocal_of_zero(dtype: DType) -> i128 {
    match dtype {
        DType::I32 => i128::from(i32::MIN),
        DType::I64 => i128::from(i64::MIN),
        _ => 0,
    }
}

fn sign(f: &mut Builder, x: Val) -> Val {
    let (zero, one) = (f.like(x, 0.0), f.like(x, 1.0));
    let plus = f.gt(x, zero);
    if UNSIGNED.contains(&f.dtype(x)) {
        return f.select(plus, one, zero);
    }
    let minus_one = f.like(x, -1.0);
    let minus = f.lt(x, zero);
    let nothing = f.eq(x, zero);
    let rest = f.select(nothing, zero, x);
    let rest = f.select(minus, minus_one, rest);
    f.select(plus, one, rest)
}

fn complex_sign(f: &mut Builder, x: Complex) -> Complex {
    let x = quartered(f, x);
    let size = hypot(f, x.re, x.im);
    let (re_infinite, im_infinite) = (is_infinite(f, x.re), is_infinite(f, x.im));
    let (zero, nan) = (f.like(size, 0.0), f.like(size, f64::NAN));
    let nothing = f.eq(size, zero);
    let both = f.and(re_infinite, im_infinite);
    let either = f.or(re_infinite, im_infinite);
    let (re_nan, im_nan) = (is_nan(f, x.re), is_nan(f, x.im));
    let unknown = f.or(re_nan, im_nan);
    let unknown = without(f, unknown, either);
    let mut part = |part: Val, infinite: Val| {
        let quotient = f.div(part, size);
        let unit = sign(f, part);
        let unit = f.select(infinite, unit, zero);
        let v = f.select(either, unit, quotient);
        let v = f.select(nothing, zero, v);
        let v = f.select(both, nan, v);
        f.select(unknown, nan, v)
    };
    Complex { re: part(x.re, re_infinite), im: part(x.im, im_infinite) }
}

/// A number of the same sign whose size does not overflow.
fn quartered(f: &mut Builder, x: Complex) -> Complex {
    let single = f.dtype(x.re) == DType::F32;
    let bound = f.like(x.re, 2f64.powi(if single { 126 } else { 1022 }));
    let (quarter, one) = (f.like(x.re, 0.25), f.like(x.re, 1.0));
    let (re_size, im_size) = (f.abs(x.re), f.abs(x.im));
    let (wide, high) = (f.gt(re_size, bound), f.gt(im_size, bound));
    let large = f.or(wide, high);
    let factor = f.select(large, quarter, one);
    Complex { re: f.mul(x.re, factor), im: f.mul(x.im, factor) }
}
