//! NumPy's casts between element types, as x86-64 makes them.
//!
//! The scalars of one element enter, those of the element in the other type leave. Complex to real
//! drops the imaginary part; anything to bool asks whether it is not zero; integers wrap. Floats
//! out of an integer's range (and NaN) get what NumPy's compiled conversions give, and
//! [`watch_cast`] says where NumPy calls that invalid.

use crate::conditions::{Flags, Watch, by_predicate, is_finite, is_infinite, widen, without};
use crate::formula::{Builder, Val};
use crate::table::comparison::truth_of;
use stook_types::DType::{self, Bool, F16, F32, F64, I32, I64, U64};

/// The element `parts` of type `from` in type `to`.
pub fn cast(f: &mut Builder, from: DType, to: DType, parts: &[Val]) -> Vec<Val> {
    if from == to {
        return parts.to_vec();
    }
    if to == Bool {
        let truths: Vec<Val> = parts.iter().map(|&v| truth_of(f, v)).collect();
        let any = truths.into_iter().reduce(|x, y| f.or(x, y));
        return any.into_iter().collect();
    }
    if !to.is_complex() {
        return vec![cast_real(f, parts[0], to)];
    }
    let re = cast_real(f, parts[0], to.real());
    let im = match parts.get(1) {
        Some(&im) => cast_real(f, im, to.real()),
        None => f.like(re, 0.0),
    };
    vec![re, im]
}

fn cast_real(f: &mut Builder, x: Val, to: DType) -> Val {
    let from = f.dtype(x);
    if from.is_float() && to.is_integer() {
        return float_to_integer(f, x, to);
    }
    if to == F16 && !from.is_float() {
        // By way of F32, as NumPy does it.
        let single = f.convert(x, F32);
        return f.convert(single, F16);
    }
    f.convert(x, to)
}

/// Types narrower than I32 take the low bits of an I32, U32 those of an I64; what is out of range
/// there becomes its least value, as the processor has it.
fn float_to_integer(f: &mut Builder, x: Val, to: DType) -> Val {
    let x = widen(f, x);
    match to {
        I64 => saturated(f, x, I64),
        U64 => to_unsigned(f, x),
        DType::U32 => {
            let wide = saturated(f, x, I64);
            f.convert(wide, to)
        }
        _ => {
            let wide = saturated(f, x, I32);
            f.convert(wide, to)
        }
    }
}

/// The integer part where it fits, else the least integer.
fn saturated(f: &mut Builder, x: Val, to: DType) -> Val {
    let fits = within(f, x, to);
    let zero = f.like(x, 0.0);
    let harmless = f.select(fits, x, zero);
    let whole = f.convert(harmless, to);
    let least = f.int(to, 1 << (8 * to.size() - 1));
    f.select(fits, whole, least)
}

/// Whether the integer part lies in I32 or I64.
fn within(f: &mut Builder, x: Val, to: DType) -> Val {
    let bound = 2f64.powi(8 * to.size() as i32 - 1);
    let high = f.like(x, bound);
    let below = f.lt(x, high);
    let above = if f.dtype(x) == F64 && to == I32 {
        // Numbers with a fraction lie below the least integer, and become it.
        let low = f.like(x, -bound - 1.0);
        f.gt(x, low)
    } else {
        let low = f.like(x, -bound);
        f.ge(x, low)
    };
    f.and(above, below)
}

/// Below 2^63 as signed; from there the signed conversion of the rest with the top bit set.
fn to_unsigned(f: &mut Builder, x: Val) -> Val {
    let bound = f.like(x, 2f64.powi(63));
    let large = f.ge(x, bound);
    let rest = f.sub(x, bound);
    let (low, high) = (saturated(f, x, I64), saturated(f, rest, I64));
    let top = f.int(I64, 1 << 63);
    let high = f.xor(high, top);
    let bits = f.select(large, high, low);
    f.convert(bits, U64)
}

/// What to watch where an element was cast: floats beyond the integer or the smaller float.
pub fn watch_cast(
    f: &mut Builder,
    from: DType,
    to: DType,
    parts: &[Val],
    results: &[Val],
) -> Option<Watch> {
    let (source, target) = (from.real(), to.real());
    if source.is_float() && target.is_float() && target < source {
        return by_predicate(f, results.to_vec(), parts, results, narrowed);
    }
    if !from.is_complex() && from.is_integer() && to == F16 {
        return by_predicate(f, results.to_vec(), parts, results, |f, _, results| {
            let single = widen(f, results[0]);
            Flags { overflow: Some(is_infinite(f, single)), ..Flags::default() }
        });
    }
    if !source.is_float() || !to.is_integer() {
        return None;
    }
    let outside = outside(f, parts[0], to);
    by_predicate(f, vec![outside], &parts[..1], results, |f, args, _| Flags {
        invalid: Some(self::outside(f, args[0], to)),
        ..Flags::default()
    })
}

fn narrowed(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let mut overflow = f.bits(Bool, 0);
    for (&x, &y) in args.iter().zip(results) {
        let (x, y) = (widen(f, x), widen(f, y));
        let (finite, infinite) = (is_finite(f, x), is_infinite(f, y));
        let large = f.and(finite, infinite);
        overflow = f.or(overflow, large);
    }
    Flags { overflow: Some(overflow), ..Flags::default() }
}

fn outside(f: &mut Builder, x: Val, to: DType) -> Val {
    let x = widen(f, x);
    let through = match to {
        U64 | I64 | DType::U32 => I64,
        _ => I32,
    };
    let inside = within(f, x, through);
    if to != U64 {
        return f.not(inside);
    }
    let bound = f.like(x, 2f64.powi(63));
    let rest = f.sub(x, bound);
    let high = within(f, rest, I64);
    let all = f.or(inside, high);
    let always = f.bits(Bool, 1);
    without(f, always, all)
}
