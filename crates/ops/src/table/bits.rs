//! Bits of integers: logic, shifts past the width too, counts.

use super::rows::{BOOL, BOOL_AND_INTEGERS, INTEGERS, SIGNED};
use crate::formula::{Builder, Val};
use crate::ufunc::{Formula, Ufunc};
use stook_types::DType;

pub(super) fn rows() -> Vec<Ufunc> {
    vec![
        Ufunc::two("bitwise_and", BOOL_AND_INTEGERS, Builder::and)
            .identity(-1.0)
            .commutative()
            .doc("Bits in both, element by element."),
        Ufunc::two("bitwise_or", BOOL_AND_INTEGERS, Builder::or)
            .identity(0.0)
            .commutative()
            .doc("Bits in either, element by element."),
        Ufunc::two("bitwise_xor", BOOL_AND_INTEGERS, Builder::xor)
            .identity(0.0)
            .commutative()
            .doc("Bits in one only, element by element."),
        Ufunc::one("invert", BOOL, Builder::not)
            .also(INTEGERS, Formula::One(Builder::not))
            .doc("All bits inverted, element by element."),
        Ufunc::two("left_shift", INTEGERS, left_shift)
            .doc("x shifted left by y bits; 0 past the width."),
        Ufunc::two("right_shift", INTEGERS, right_shift)
            .doc("x shifted right by y bits; the sign past the width."),
        Ufunc::row("bitwise_count")
            .giving(DType::U8, INTEGERS, Formula::One(bitwise_count))
            .doc("Number of one bits of |x|, element by element."),
    ]
}

/// The count within the width, and whether it was; negative counts are not.
fn bounded(f: &mut Builder, count: Val) -> (Val, Val) {
    let dtype = f.dtype(count);
    let bits = f.convert(count, dtype.bits_type());
    let width = f.int(dtype.bits_type(), 8 * dtype.size() as i128);
    let fits = f.lt(bits, width);
    let most = f.int(dtype, 8 * dtype.size() as i128 - 1);
    (f.select(fits, count, most), fits)
}

fn left_shift(f: &mut Builder, x: Val, count: Val) -> Val {
    let (count, fits) = bounded(f, count);
    let shifted = f.shl(x, count);
    let zero = f.like(x, 0.0);
    f.select(fits, shifted, zero)
}

fn right_shift(f: &mut Builder, x: Val, count: Val) -> Val {
    let (count, fits) = bounded(f, count);
    let shifted = f.shr(x, count);
    if SIGNED.contains(&f.dtype(x)) {
        return shifted;
    }
    let zero = f.like(x, 0.0);
    f.select(fits, shifted, zero)
}

fn bitwise_count(f: &mut Builder, x: Val) -> Val {
    let size = if SIGNED.contains(&f.dtype(x)) { f.abs(x) } else { x };
    let count = f.popcount(size);
    f.convert(count, DType::U8)
}
