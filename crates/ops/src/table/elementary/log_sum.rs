//! logaddexp, logaddexp2; F32 is computed in F64.
//!
//! `log(e^x + e^y) = max + log(1 + e^-|x - y|)`, the exponential, the logarithm and the sum as
//! pairs. Where the sum cancels the error is bounded in units of the larger summand.

use super::exponential::{reduce, reduce_binary};
use super::format::two_in_double;
use super::logarithm::log1p_pair;
use super::pair::{Pair, any_sum, multiply};
use super::{Facts, real_two};
use crate::conditions::{Flags, any, is_nan};
use crate::formula::{Builder, Val};
use crate::ufunc::Ufunc;
use std::f64::consts::{LN_2, LOG2_E};

pub(super) fn rows() -> Vec<Ufunc> {
    let facts =
        |identity_doc| Facts { ulp: 1.0, domain: (-700.0, 700.0), pole: None, doc: identity_doc };
    vec![
        real_two("logaddexp", logaddexp, facts("log(e**x + e**y), without overflow."))
            .identity(f64::NEG_INFINITY)
            .commutative()
            .float_conditions(unordered),
        real_two("logaddexp2", logaddexp2, facts("log2(2**x + 2**y), without overflow."))
            .identity(f64::NEG_INFINITY)
            .commutative()
            .float_conditions(unordered),
    ]
}

/// NaN among the arguments, which NumPy puts in order.
fn unordered(f: &mut Builder, args: &[Val], _: &[Val]) -> Flags {
    Flags { invalid: Some(any(f, args, is_nan)), ..Flags::default() }
}

fn logaddexp(f: &mut Builder, x: Val, y: Val) -> Val {
    two_in_double(f, x, y, |f, x, y| {
        let (most, apart) = ordered(f, x, y, -746.0);
        let e = reduce(f, apart).pair(f);
        let log = log1p_pair(f, e);
        joined(f, x, y, most, log, LN_2)
    })
}

fn logaddexp2(f: &mut Builder, x: Val, y: Val) -> Val {
    two_in_double(f, x, y, |f, x, y| {
        let (most, apart) = ordered(f, x, y, -1076.0);
        let zero = f.like(x, 0.0);
        let e = reduce_binary(f, Pair { hi: apart, lo: zero }).pair(f);
        let log = log1p_pair(f, e);
        let factor = Pair { hi: f.like(x, LOG2_E), lo: f.like(x, 2.0355273740931033e-17) };
        let log = multiply(f, log, factor);
        joined(f, x, y, most, log, 1.0)
    })
}

/// The larger value, and `-|x - y|`, at least `low`.
fn ordered(f: &mut Builder, x: Val, y: Val, low: f64) -> (Val, Val) {
    let greater = f.gt(x, y);
    let most = f.select(greater, x, y);
    let difference = f.sub(x, y);
    let apart = f.abs(difference);
    let apart = f.neg(apart);
    let low = f.like(x, low);
    let far = f.lt(apart, low);
    (most, f.select(far, low, apart))
}

/// `most + log`; `x + same` where both are equal, infinities too.
fn joined(f: &mut Builder, x: Val, y: Val, most: Val, log: Pair, same: f64) -> Val {
    let total = any_sum(f, most, log.hi);
    let rest = f.add(total.lo, log.lo);
    let value = f.add(total.hi, rest);
    let infinity = f.like(x, f64::INFINITY);
    let size = f.abs(most);
    let endless = f.eq(size, infinity);
    let value = f.select(endless, most, value);
    let equal = f.eq(x, y);
    let same = f.like(x, same);
    let doubled = f.add(x, same);
    let value = f.select(equal, doubled, value);
    let (nan_x, nan_y) = (f.ne(x, x), f.ne(y, y));
    let nan = f.or(nan_x, nan_y);
    let carried = f.add(x, y);
    f.select(nan, carried, value)
}
