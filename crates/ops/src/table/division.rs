//! Division that leaves integers: floor division, remainders, common divisors, integer powers.

use super::arithmetic::is_zero;
use super::rows::{FLOATS, INTEGERS, SIGNED};
use crate::conditions::{Flags, any, is_infinite, is_nan, widen, without};
use crate::formula::{Builder, Val};
use crate::ufunc::{Formula, Ufunc};
use stook_types::DType::{self, F64, I64};

pub(super) fn rows() -> Vec<Ufunc> {
    vec![
        Ufunc::two("floor_divide", INTEGERS, |f, x, y| integer_divmod(f, x, y).0)
            .also(FLOATS, Formula::Two(|f, x, y| float_divmod(f, x, y).0))
            .float_conditions(floor_conditions)
            .integer_conditions(integer_quotient_conditions)
            .doc("The quotient rounded down, element by element."),
        Ufunc::two("remainder", INTEGERS, |f, x, y| integer_divmod(f, x, y).1)
            .also(FLOATS, Formula::Two(|f, x, y| float_divmod(f, x, y).1))
            .float_conditions(remainder_conditions)
            .integer_conditions(by_zero)
            .doc("x - floor(x / y) * y, with the sign of y."),
        Ufunc::two("fmod", INTEGERS, |f, x, y| {
            let divisor = harmless_divisor(f, x, y);
            let rest = f.rem(x, divisor);
            let zero = is_zero(f, y);
            let nothing = f.like(x, 0.0);
            f.select(zero, nothing, rest)
        })
        .also(FLOATS, Formula::Two(float_remainder))
        .float_conditions(remainder_conditions)
        .integer_conditions(by_zero)
        .doc("The remainder with the sign of x."),
        Ufunc::row("divmod")
            .also(INTEGERS, Formula::TwoToPair(integer_divmod))
            .also(FLOATS, Formula::TwoToPair(float_divmod))
            .float_conditions(quotient_conditions)
            .integer_conditions(integer_quotient_conditions)
            .doc("floor_divide and remainder at once."),
        Ufunc::two("gcd", INTEGERS, gcd)
            .identity(0.0)
            .commutative()
            .doc("The greatest common divisor of |x| and |y|."),
        Ufunc::two("lcm", INTEGERS, lcm)
            .commutative()
            .doc("The lowest common multiple of |x| and |y|."),
        Ufunc::two("power", INTEGERS, integer_power)
            .doc("x to the power y, element by element; integer powers are not negative."),
    ]
}

/// The divisor with 1 in place of 0, and of -1, which has quotient -x and remainder 0 anyway.
fn harmless_divisor(f: &mut Builder, x: Val, y: Val) -> Val {
    let one = f.like(x, 1.0);
    let zero = is_zero(f, y);
    let divisor = f.select(zero, one, y);
    if !SIGNED.contains(&f.dtype(x)) {
        return divisor;
    }
    let minus = f.like(x, -1.0);
    let flips = f.eq(y, minus);
    f.select(flips, one, divisor)
}

fn integer_divmod(f: &mut Builder, x: Val, y: Val) -> (Val, Val) {
    let divisor = harmless_divisor(f, x, y);
    let (quotient, rest) = (f.quot(x, divisor), f.rem(x, divisor));
    let (zero, nothing) = (is_zero(f, y), f.like(x, 0.0));
    if !SIGNED.contains(&f.dtype(x)) {
        return (f.select(zero, nothing, quotient), f.select(zero, nothing, rest));
    }
    let (minus, negated) = (f.like(x, -1.0), f.neg(x));
    let flips = f.eq(y, minus);
    let quotient = f.select(flips, negated, quotient);
    let (rest_negative, divisor_negative) = (f.lt(rest, nothing), f.lt(y, nothing));
    let signs_differ = f.xor(rest_negative, divisor_negative);
    let exact = is_zero(f, rest);
    let lower = without(f, signs_differ, exact);
    let (one, raised) = (f.like(x, 1.0), f.add(rest, y));
    let down = f.sub(quotient, one);
    let quotient = f.select(lower, down, quotient);
    let rest = f.select(lower, raised, rest);
    (f.select(zero, nothing, quotient), f.select(zero, nothing, rest))
}

/// The exact remainder of `x / y` with the sign of x, as C's `fmod`.
///
/// Where the quotient has fewer bits than the format, one fused multiply-add gives the remainder
/// exactly but for one divisor too many; larger quotients are taken down in steps.
pub(super) fn float_remainder(f: &mut Builder, x: Val, y: Val) -> Val {
    let (a, b) = (f.abs(x), f.abs(y));
    let quotient = f.div(a, b);
    let limit = quotient_limit(f, a);
    let rest = reduced(f, a, b);
    let small = f.lt(quotient, limit);
    let many = f.not(small);
    let infinite_y = is_infinite(f, b);
    let rest = f.rare(many, &[a, b], &[rest], |f, v| vec![long_remainder(f, v[0], v[1])])[0];
    let less = f.lt(a, b);
    let rest = f.select(less, a, rest);
    let nan = f.like(x, f64::NAN);
    let infinite_x = is_infinite(f, a);
    let keeps = without(f, infinite_y, infinite_x);
    let rest = f.select(keeps, a, rest);
    let zero = is_zero(f, b);
    let undefined = f.or(infinite_x, zero);
    let (nan_x, nan_y) = (is_nan(f, x), is_nan(f, y));
    let undefined = f.or(undefined, nan_x);
    let undefined = f.or(undefined, nan_y);
    let rest = f.select(undefined, nan, rest);
    with_sign(f, rest, x)
}

fn quotient_limit(f: &mut Builder, a: Val) -> Val {
    let bits = if f.dtype(a) == F64 { 52 } else { 23 };
    f.like(a, 2f64.powi(bits - 1))
}

/// `a - trunc(a / b) * b` for quotients below the limit; a and b are positive.
fn reduced(f: &mut Builder, a: Val, b: Val) -> Val {
    let quotient = f.div(a, b);
    let whole = f.trunc(quotient);
    let minus = f.neg(whole);
    let rest = f.fma(minus, b, a);
    let zero = f.like(a, 0.0);
    let over = f.lt(rest, zero);
    let raised = f.add(rest, b);
    f.select(over, raised, rest)
}

/// Steps of `a mod (b * 2^k)` for falling k, in double precision.
fn long_remainder(f: &mut Builder, a: Val, b: Val) -> Val {
    let dtype = f.dtype(a);
    let (a, b) = (f.convert(a, F64), f.convert(b, F64));
    let rest = f.repeat_until(60, &[a], &[b], |f, state, fixed| {
        let mut divisor = fixed[0];
        for _ in 0..3 {
            divisor = raised_divisor(f, state[0], divisor);
        }
        let rest = reduced(f, state[0], divisor);
        let proper = f.lt(rest, fixed[0]);
        let going = f.ge(rest, fixed[0]);
        let stuck = f.not(going);
        (vec![rest], f.or(proper, stuck))
    })[0];
    f.convert(rest, dtype)
}

/// `divisor * 2^k` with a quotient of about 2^50, or the divisor if its quotient is smaller.
fn raised_divisor(f: &mut Builder, a: Val, divisor: Val) -> Val {
    let quotient = f.div(a, divisor);
    let limit = quotient_limit(f, a);
    let small = f.lt(quotient, limit);
    let bits = f.bitcast(quotient, I64);
    let shift = f.int(I64, 52);
    let exponent = f.shr(bits, shift);
    let fifty = f.int(I64, 50);
    let power = f.sub(exponent, fifty);
    let power = f.shl(power, shift);
    let scale = f.bitcast(power, F64);
    let raised = f.mul(divisor, scale);
    f.select(small, divisor, raised)
}

/// |x| is taken as it is; the sign of `of` is put on it.
pub(super) fn with_sign(f: &mut Builder, size: Val, of: Val) -> Val {
    let dtype = f.dtype(size);
    let int = dtype.bits_type();
    let sign = f.int(int, 1 << (8 * dtype.size() - 1));
    let rest = f.not(sign);
    let (size, of) = (f.bitcast(size, int), f.bitcast(of, int));
    let (size, of) = (f.and(size, rest), f.and(of, sign));
    let all = f.or(size, of);
    f.bitcast(all, dtype)
}

/// Quotient rounded down and remainder with the divisor's sign, rounded as Python rounds them.
pub(super) fn float_divmod(f: &mut Builder, x: Val, y: Val) -> (Val, Val) {
    let rest = float_remainder(f, x, y);
    let (zero, one) = (f.like(x, 0.0), f.like(x, 1.0));
    let difference = f.sub(x, rest);
    let quotient = f.div(difference, y);
    let exact = f.eq(rest, zero);
    let (rest_negative, divisor_negative) = (f.lt(rest, zero), f.lt(y, zero));
    let differ = f.xor(rest_negative, divisor_negative);
    let lower = without(f, differ, exact);
    let (raised, down) = (f.add(rest, y), f.sub(quotient, one));
    let modulus = f.select(lower, raised, rest);
    let quotient = f.select(lower, down, quotient);
    let signed_zero = with_sign(f, zero, y);
    let modulus = f.select(exact, signed_zero, modulus);
    let plain = f.div(x, y);
    let floor = rounded_down(f, quotient, plain);
    let by_zero = f.eq(y, zero);
    (f.select(by_zero, plain, floor), f.select(by_zero, rest, modulus))
}

fn rounded_down(f: &mut Builder, quotient: Val, plain: Val) -> Val {
    let (zero, one, half) = (f.like(plain, 0.0), f.like(plain, 1.0), f.like(plain, 0.5));
    let floor = f.floor(quotient);
    let above = f.sub(quotient, floor);
    let near = f.gt(above, half);
    let next = f.add(floor, one);
    let floor = f.select(near, next, floor);
    let nothing = f.eq(quotient, zero);
    let signed_zero = with_sign(f, zero, plain);
    f.select(nothing, signed_zero, floor)
}

fn by_zero(f: &mut Builder, args: &[Val], _: &[Val]) -> Flags {
    Flags { divide: Some(is_zero(f, args[1])), ..Flags::default() }
}

fn integer_quotient_conditions(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let mut flags = by_zero(f, args, results);
    let dtype = f.dtype(args[0]);
    if SIGNED.contains(&dtype) {
        let least = f.int(dtype, 1 << (8 * dtype.size() - 1));
        let minus = f.int(dtype, -1);
        let (x, y) = (f.eq(args[0], least), f.eq(args[1], minus));
        flags.overflow = Some(f.and(x, y));
    }
    flags
}

/// What the operands of a float division meet: (x / 0, inf with anything, NaN in none).
fn remainder_conditions(f: &mut Builder, args: &[Val], _: &[Val]) -> Flags {
    let (x, y) = (widen(f, args[0]), widen(f, args[1]));
    let nan = any(f, &[x, y], is_nan);
    let (zero, infinite) = (is_zero(f, y), is_infinite(f, x));
    let undefined = f.or(zero, infinite);
    Flags { invalid: Some(without(f, undefined, nan)), ..Flags::default() }
}

fn quotient_conditions(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let mut flags = remainder_conditions(f, args, results);
    let (x, y) = (widen(f, args[0]), widen(f, args[1]));
    let result = widen(f, results[0]);
    let unbounded = any(f, &[x, y], |f, v| {
        let (nan, infinite) = (is_nan(f, v), is_infinite(f, v));
        f.or(nan, infinite)
    });
    let large = is_infinite(f, result);
    let large = without(f, large, unbounded);
    let zero = is_zero(f, y);
    flags.divide = Some(f.and(large, zero));
    let overflow = without(f, large, zero);
    flags.overflow = Some(overflow);
    if f.dtype(args[0]) != DType::F16 {
        // NumPy takes the difference of the infinite quotient and its floor.
        flags.invalid = flags.invalid.map(|v| f.or(v, overflow));
    }
    flags
}

/// Unlike `divmod`, a division by zero takes no remainder: only 0 / 0 is invalid there.
fn floor_conditions(f: &mut Builder, args: &[Val], results: &[Val]) -> Flags {
    let mut flags = quotient_conditions(f, args, results);
    let (x, y) = (widen(f, args[0]), widen(f, args[1]));
    let (zero, both) = (is_zero(f, y), is_zero(f, x));
    let quiet = without(f, zero, both);
    flags.invalid = flags.invalid.map(|v| without(f, v, quiet));
    flags
}

fn unsigned_size(f: &mut Builder, x: Val) -> Val {
    let dtype = f.dtype(x);
    let size = if SIGNED.contains(&dtype) { f.abs(x) } else { x };
    f.convert(size, dtype.bits_type())
}

/// Euclid's algorithm; the bound is the number of steps between Fibonacci numbers of 64 bits.
fn common_divisor(f: &mut Builder, a: Val, b: Val) -> Val {
    f.repeat_until(96, &[a, b], &[], |f, state, _| {
        let zero = is_zero(f, state[1]);
        let one = f.like(state[0], 1.0);
        let divisor = f.select(zero, one, state[1]);
        let rest = f.rem(state[0], divisor);
        let next = f.select(zero, state[0], state[1]);
        let rest = f.select(zero, state[1], rest);
        (vec![next, rest], is_zero(f, rest))
    })[0]
}

fn gcd(f: &mut Builder, x: Val, y: Val) -> Val {
    let dtype = f.dtype(x);
    let (a, b) = (unsigned_size(f, x), unsigned_size(f, y));
    let divisor = common_divisor(f, a, b);
    f.convert(divisor, dtype)
}

fn lcm(f: &mut Builder, x: Val, y: Val) -> Val {
    let dtype = f.dtype(x);
    let (a, b) = (unsigned_size(f, x), unsigned_size(f, y));
    let divisor = common_divisor(f, a, b);
    let nothing = is_zero(f, divisor);
    let (one, zero) = (f.like(a, 1.0), f.like(a, 0.0));
    let divisor = f.select(nothing, one, divisor);
    let share = f.quot(a, divisor);
    let multiple = f.mul(share, b);
    let multiple = f.select(nothing, zero, multiple);
    f.convert(multiple, dtype)
}

/// By squaring; a negative exponent gives any value, the caller has refused it.
fn integer_power(f: &mut Builder, x: Val, y: Val) -> Val {
    let one = f.like(x, 1.0);
    f.repeat_until(64, &[one, x, y], &[], |f, state, _| {
        let (one, zero) = (f.like(state[0], 1.0), f.like(state[0], 0.0));
        let low = f.and(state[2], one);
        let odd = f.ne(low, zero);
        let product = f.mul(state[0], state[1]);
        let product = f.select(odd, product, state[0]);
        let square = f.mul(state[1], state[1]);
        let rest = f.shr(state[2], one);
        let finished = f.le(rest, zero);
        (vec![product, square, rest], finished)
    })[0]
}
