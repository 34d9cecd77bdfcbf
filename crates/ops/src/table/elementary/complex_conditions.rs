//! What NumPy's complex functions warn of beyond the rule that NaN from none is invalid: the C
//! library finds invalid what it had to compute with NaN, unless the other part decides the result.
//!
//! Each predicate is asked for the real loops of its row too, and has nothing to say of them.

use crate::conditions::{Flags, any, is_finite, is_infinite, is_nan, without};
use crate::formula::{Builder, Complex, Val};
use std::f64::consts::LN_2;
use stook_types::DType::{Bool, F32};

/// The argument and the result of a complex function of one.
fn complex(args: &[Val], results: &[Val]) -> Option<(Complex, Complex)> {
    match (args, results) {
        (&[x, y], &[re, im]) => Some((Complex { re: x, im: y }, Complex { re, im })),
        _ => None,
    }
}

fn invalid(mask: Val) -> Flags {
    Flags { invalid: Some(mask), ..Flags::default() }
}

/// exp and exp2: an imaginary part that is NaN, but for NaN beside an infinity or NaN.
pub(super) fn of_exponential(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let Some((z, w)) = complex(args, results) else { return Flags::default() };
    let (lost, unknown, finite) = (is_nan(f, w.im), is_nan(f, z.im), is_finite(f, z.re));
    let decided = without(f, unknown, finite);
    invalid(without(f, lost, decided))
}

/// expm1: the sine of an infinity, and an exponential that overflows before it meets NaN.
pub(super) fn of_expm1(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let Some((z, _)) = complex(args, results) else { return Flags::default() };
    let nan = any(f, results, is_nan);
    let (endless, finite) = (is_infinite(f, z.im), is_finite(f, z.re));
    let most = f.like(z.re, if f.dtype(z.re) == F32 { 128.0 * LN_2 } else { 1024.0 * LN_2 });
    let large = f.gt(z.re, most);
    let large = f.and(large, finite);
    let lost = f.and(nan, endless);
    Flags { invalid: Some(lost), overflow: Some(f.and(nan, large)), divide: None }
}

/// sinh: NaN of a real part that is none, but for NaN beside zero or an infinity.
pub(super) fn of_sinh(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let Some((z, _)) = complex(args, results) else { return Flags::default() };
    let lost = any(f, results, is_nan);
    let zero = f.like(z.re, 0.0);
    let (nothing, endless) = (f.eq(z.re, zero), is_infinite(f, z.re));
    let (unknown_re, unknown_im) = (is_nan(f, z.re), is_nan(f, z.im));
    let end = f.or(nothing, endless);
    let decided = f.and(unknown_im, end);
    let decided = f.or(decided, unknown_re);
    invalid(without(f, lost, decided))
}

/// sin: sinh with the parts exchanged.
pub(super) fn of_sin(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    exchanged(f, args, results, of_sinh)
}

/// tanh: the tangent of an infinity, NaN or not in the real part.
pub(super) fn of_tanh(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let Some((z, _)) = complex(args, results) else { return Flags::default() };
    let (lost, endless) = (any(f, results, is_nan), is_infinite(f, z.im));
    invalid(f.and(lost, endless))
}

/// tan: tanh with the parts exchanged.
pub(super) fn of_tan(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    exchanged(f, args, results, of_tanh)
}

fn exchanged(
    f: &mut Builder,
    args: &[Val],
    results: &[Val],
    of: fn(&mut Builder, &[Val], &[Val]) -> Flags,
) -> Flags {
    let Some((z, w)) = complex(args, results) else { return Flags::default() };
    of(f, &[z.im, z.re], &[w.im, w.re])
}

/// power: NaN from finite numbers comes of an infinity on the way, by a division or by overflow.
pub(super) fn of_power(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let &[re, im, ..] = args else { return Flags::default() };
    if args.len() != 4 {
        return Flags::default();
    }
    let lost = any(f, results, is_nan);
    let (nan, infinite) = (any(f, args, is_nan), any(f, args, is_infinite));
    let strange = f.or(nan, infinite);
    let lost = without(f, lost, strange);
    let zero = f.like(re, 0.0);
    let (zero_re, zero_im) = (f.eq(re, zero), f.eq(im, zero));
    let nothing = f.and(zero_re, zero_im);
    let lost = without(f, lost, nothing);
    let pole = vanishes(f, args);
    let divide = f.and(lost, pole);
    Flags { divide: Some(divide), overflow: Some(without(f, lost, pole)), invalid: None }
}

/// Where a whole power, whose inverse is the result, may vanish: of a small number.
pub(super) fn vanishes(f: &mut Builder, args: &[Val]) -> Val {
    let (re, im, exponent, turn) = (args[0], args[1], args[2], args[3]);
    let (zero, one) = (f.like(re, 0.0), f.like(re, 1.0));
    let (size_re, size_im) = (f.abs(re), f.abs(im));
    let total = f.add(size_re, size_im);
    let small = f.lt(total, one);
    let negative = f.lt(exponent, zero);
    let whole = f.trunc(exponent);
    let (whole, real) = (f.eq(whole, exponent), f.eq(turn, zero));
    let inverse = f.and(negative, whole);
    let inverse = f.and(inverse, real);
    f.and(small, inverse)
}

/// The poles of arctan, i and -i.
pub(super) fn at_unit(f: &mut Builder, args: &[Val]) -> Val {
    match args {
        &[_, y] => {
            let (size, one) = (f.abs(y), f.like(y, 1.0));
            f.eq(size, one)
        }
        _ => f.bits(Bool, 0),
    }
}
