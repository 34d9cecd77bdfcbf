//! Elements as unsigned integers in the same order: NumPy's, in which NaN stand last.
//!
//! Zeros of either sign are one key, and so are all NaN: what is equal has one key, so that a sort
//! by keys that keeps the order of equal ones is stable.

/// An unsigned integer that elements are ordered by.
pub(crate) trait Key: Copy + Default + Ord + Send + Sync {
    /// Zero.
    const LEAST: Self;
    /// The highest bit alone.
    const TOP: Self;
    /// One, and two, below the highest of all.
    const LATE: [Self; 2];
    /// All bits.
    const MOST: Self;

    /// The bits that differ.
    fn xor(self, other: Self) -> Self;
    /// The bits of either.
    fn or(self, other: Self) -> Self;
    /// The bits one place higher, without the highest.
    fn doubled(self) -> Self;
    /// All bits if the highest is set, else none.
    fn spread(self) -> Self;
    /// All bits where a condition holds, else none.
    fn all_if(condition: bool) -> Self;
    /// How far it lies above `other`, modulo the range.
    fn above(self, other: Self) -> Self;
    /// The lowest bits of a number, as far as they fit.
    fn from_low(bits: usize) -> Self;
    /// The bits from this one on, as far as they fit.
    fn bits_from(self, shift: u32) -> usize;
    /// The bits up to the highest that is set.
    fn width(self) -> u32;
}

macro_rules! keys {
    ($($type:ty, $signed:ty;)*) => {$(
        impl Key for $type {
            const LEAST: Self = 0;
            const TOP: Self = 1 << (<$type>::BITS - 1);
            const LATE: [Self; 2] = [<$type>::MAX - 1, <$type>::MAX - 2];
            const MOST: Self = <$type>::MAX;

            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                self ^ other
            }

            #[inline(always)]
            fn or(self, other: Self) -> Self {
                self | other
            }

            #[inline(always)]
            fn doubled(self) -> Self {
                self << 1
            }

            #[inline(always)]
            fn spread(self) -> Self {
                (self as $signed >> (<$type>::BITS - 1)) as $type
            }

            #[inline(always)]
            fn all_if(condition: bool) -> Self {
                <$type>::from(condition).wrapping_neg()
            }

            #[inline(always)]
            fn above(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline(always)]
            fn from_low(bits: usize) -> Self {
                bits as $type
            }

            #[inline(always)]
            fn bits_from(self, shift: u32) -> usize {
                (self >> shift) as usize
            }

            #[inline(always)]
            fn width(self) -> u32 {
                <$type>::BITS - self.leading_zeros()
            }
        }
    )*};
}

keys! {
    u8, i8;
    u16, i16;
    u32, i32;
    u64, i64;
    u128, i128;
}

/// An element as it lies in memory.
pub(crate) trait Element: Copy + Send + Sync {
    /// What it is ordered by.
    type Key: Key;

    /// Its key.
    fn key(self) -> Self::Key;
}

/// An element that can be made from its key again, but for the kinds of zero and NaN.
pub(crate) trait Real: Element + Default {
    /// An element with this key.
    fn from_key(key: Self::Key) -> Self;

    /// Whether it is no number.
    #[inline(always)]
    fn is_nan(self) -> bool {
        false
    }

    /// Whether it is a zero of a type that has two.
    #[inline(always)]
    fn is_zero(self) -> bool {
        false
    }

    /// Whether it is the one below zero.
    #[inline(always)]
    fn is_negative_zero(self) -> bool {
        false
    }
}

/// An unsigned integer, or a truth value.
#[derive(Clone, Copy, Default)]
#[repr(transparent)]
pub(crate) struct Unsigned<T>(T);

/// A signed integer, by its bits.
#[derive(Clone, Copy, Default)]
#[repr(transparent)]
pub(crate) struct Signed<T>(T);

/// A real float, by its bits.
#[derive(Clone, Copy, Default)]
#[repr(transparent)]
pub(crate) struct Float<T>(T);

/// A complex number, by the bits of its parts.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Complex<T>([T; 2]);

impl<T: Key> Element for Unsigned<T> {
    type Key = T;

    #[inline(always)]
    fn key(self) -> T {
        self.0
    }
}

impl<T: Key> Real for Unsigned<T> {
    #[inline(always)]
    fn from_key(key: T) -> Self {
        Self(key)
    }
}

impl<T: Key> Element for Signed<T> {
    type Key = T;

    #[inline(always)]
    fn key(self) -> T {
        self.0.xor(T::TOP)
    }
}

impl<T: Key> Real for Signed<T> {
    #[inline(always)]
    fn from_key(key: T) -> Self {
        Self(key.xor(T::TOP))
    }
}

/// The bits of a float.
pub(crate) trait FloatBits: Key {
    /// Those of infinity.
    const INFINITY: Self;
    /// A key for two parts.
    type Pair: Key;

    /// The key of a pair, the first part before the second.
    fn pair(first: Self, second: Self) -> Self::Pair;
}

macro_rules! floats {
    ($($type:ty, $infinity:literal, $pair:ty;)*) => {$(
        impl FloatBits for $type {
            const INFINITY: Self = $infinity;
            type Pair = $pair;

            #[inline(always)]
            fn pair(first: Self, second: Self) -> $pair {
                (<$pair>::from(first) << <$type>::BITS) | <$pair>::from(second)
            }
        }
    )*};
}

floats! {
    u16, 0x7c00, u32;
    u32, 0x7f80_0000, u64;
    u64, 0x7ff0_0000_0000_0000, u128;
}

impl<T: FloatBits> Element for Float<T> {
    type Key = T;

    /// Without a branch, which would be taken as signs come.
    #[inline(always)]
    fn key(self) -> T {
        let key = self.0.xor(self.0.spread().or(T::TOP));
        // A negative zero would be one below the other.
        let key = key.above(T::all_if(self.is_negative_zero()));
        key.or(T::all_if(self.is_nan()))
    }
}

impl<T: FloatBits> Real for Float<T> {
    #[inline(always)]
    fn from_key(key: T) -> Self {
        Self(key.xor(key.xor(T::MOST).spread().or(T::TOP)))
    }

    #[inline(always)]
    fn is_nan(self) -> bool {
        // Without the sign.
        self.0.doubled() > T::INFINITY.doubled()
    }

    #[inline(always)]
    fn is_zero(self) -> bool {
        self.0 == T::LEAST || self.0 == T::TOP
    }

    #[inline(always)]
    fn is_negative_zero(self) -> bool {
        self.0 == T::TOP
    }
}

impl<T: FloatBits> Element for Complex<T> {
    type Key = T::Pair;

    /// A part that is NaN puts a number behind all that have none, the real part even further; what
    /// else it has orders such numbers. No part that is a number has a key as high as theirs.
    #[inline(always)]
    fn key(self) -> T::Pair {
        let [real, imaginary] = self.0.map(Float);
        match (real.is_nan(), imaginary.is_nan()) {
            (false, false) => T::pair(real.key(), imaginary.key()),
            (false, true) => T::pair(T::LATE[1], real.key()),
            (true, false) => T::pair(T::LATE[0], imaginary.key()),
            (true, true) => T::pair(T::MOST, T::MOST),
        }
    }
}

/// Calls a function with the element type of a dtype; `real` for those that are not complex.
///
/// `with_element!(F64, |E| f::<E>())` is `match F64 { .., DType::F64 => f::<Float<u64>>(), .. }`.
macro_rules! with_element {
    ($dtype:expr, |$type:ident| $real:expr, |$complex:ident| $other:expr) => {{
        use stook_types::DType::{
            Bool, C64, C128, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64,
        };
        use $crate::sorting::keys::{Complex, Float, Signed, Unsigned};
        macro_rules! real {
            ($t:ty) => {{
                type $type = $t;
                $real
            }};
        }
        macro_rules! complex {
            ($t:ty) => {{
                type $complex = $t;
                $other
            }};
        }
        match $dtype {
            Bool | U8 => real!(Unsigned<u8>),
            I8 => real!(Signed<u8>),
            U16 => real!(Unsigned<u16>),
            I16 => real!(Signed<u16>),
            U32 => real!(Unsigned<u32>),
            I32 => real!(Signed<u32>),
            U64 => real!(Unsigned<u64>),
            I64 => real!(Signed<u64>),
            F16 => real!(Float<u16>),
            F32 => real!(Float<u32>),
            F64 => real!(Float<u64>),
            C64 => complex!(Complex<u32>),
            C128 => complex!(Complex<u64>),
        }
    }};
}
pub(crate) use with_element;

#[cfg(test)]
mod tests {
    use super::*;

    fn keys<E: Element>(elements: &[E]) -> Vec<E::Key> {
        elements.iter().map(|element| element.key()).collect()
    }

    #[test]
    fn floats_are_ordered_with_nan_last_and_zeros_alike() {
        let order = [f64::NEG_INFINITY, -1.5, -f64::MIN_POSITIVE, 0.0, 5e-324, 2.0, f64::INFINITY];
        let found = keys(&order.map(|x| Float(x.to_bits())));
        assert!(found.is_sorted_by(|a, b| a < b));
        let zeros = [0.0f64, -0.0].map(|x| Float(x.to_bits()).key());
        assert_eq!(zeros[0], zeros[1]);
        let nan = [f64::NAN, -f64::NAN].map(|x| Float(x.to_bits()).key());
        assert_eq!(nan, [u64::MAX; 2]);
        assert!(found.iter().all(|key| Float::from_key(*key).key() == *key && *key < u64::MAX));
    }

    #[test]
    fn complex_numbers_are_ordered_with_nan_in_either_part_last() {
        let (nan, inf) = (f32::NAN, f32::INFINITY);
        let order = [
            [-1.0, 5.0],
            [1.0, -inf],
            [1.0, inf],
            [inf, 0.0],
            [-inf, nan],
            [2.0, nan],
            [nan, -1.0],
            [nan, 0.0],
            [nan, nan],
        ];
        let found = keys(&order.map(|parts: [f32; 2]| Complex(parts.map(f32::to_bits))));
        assert!(found.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn integers_are_ordered_by_value() {
        let found = keys(&[i16::MIN, -1, 0, 1, i16::MAX].map(|x| Signed(x as u16)));
        assert_eq!(found, [0, 0x7fff, 0x8000, 0x8001, 0xffff]);
    }
}
