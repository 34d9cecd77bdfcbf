//! Keys with nothing beside them in order by AVX-512: divided about pivots until few are left, which a
//! bitonic network (Batcher, Sorting networks and their applications, 1968) orders in registers.
//!
//! Equal keys are the same, so that nobody sees that they change places.

use super::few::{Item, sort_by_digits};
use super::keys::Key;
use std::arch::x86_64::*;

/// The most registers whose keys are put in order without being divided.
const ROWS: usize = 16;
/// Divisions one within the other, for each bit of the number of keys, before pivots are given up.
const DEPTH: u32 = 2;

/// Puts items in order if they are their keys, of 32 or 64 bits, and the processor has AVX-512.
/// `room` has as many, or is not needed where keys fit in a few registers.
pub(super) fn sort<T: Item>(keys: &mut [T], room: &mut [T]) -> bool {
    use std::arch::is_x86_feature_detected as has;
    let fits = T::IS_KEY && matches!(size_of::<T>(), 4 | 8);
    if !fits || !has!("avx512f") || !has!("popcnt") {
        return false;
    }
    let depth = DEPTH * (usize::BITS - keys.len().leading_zeros());
    // SAFETY: keys of these sizes are unsigned numbers, and the processor has what is asked for.
    unsafe {
        match size_of::<T>() {
            8 => sort_wide(same::<T, u64>(keys), same(room), depth),
            _ => sort_narrow(same::<T, u32>(keys), same(room), depth),
        }
    }
    true
}

/// # Safety
/// The types are alike but for their names.
unsafe fn same<T, K>(keys: &mut [T]) -> &mut [K] {
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts_mut(keys.as_mut_ptr().cast(), keys.len()) }
}

#[target_feature(enable = "avx512f,popcnt")]
fn sort_wide(keys: &mut [u64], room: &mut [u64], depth: u32) {
    // SAFETY: the processor has AVX-512.
    unsafe { sort_divided::<Wide>(keys, room, depth) }
}

#[target_feature(enable = "avx512f,popcnt")]
fn sort_narrow(keys: &mut [u32], room: &mut [u32], depth: u32) {
    // SAFETY: the processor has AVX-512.
    unsafe { sort_divided::<Narrow>(keys, room, depth) }
}

/// A register of keys.
///
/// # Safety
/// The processor must have AVX-512, and there must be as many keys as are read or written.
trait Row: Copy {
    /// What it holds.
    type Key: Key;
    /// How many.
    const COUNT: usize;

    /// Puts keys in order; a function for these registers.
    unsafe fn sort(keys: &mut [Self::Key], room: &mut [Self::Key], depth: u32);
    /// The same key everywhere.
    unsafe fn all(key: Self::Key) -> Self;
    /// Some keys from memory, and the highest behind them.
    unsafe fn load(from: *const Self::Key, count: usize) -> Self;
    /// Writes the first keys.
    unsafe fn store(self, to: *mut Self::Key, count: usize);
    /// Bits of the keys that are less than others.
    unsafe fn less(self, than: Self) -> u16;
    /// The keys whose bits are set, in front.
    unsafe fn keep(self, bits: u16) -> Self;
    /// The lesser keys, and the greater.
    unsafe fn ordered(self, other: Self) -> (Self, Self);
    /// The last key first.
    unsafe fn reversed(self) -> Self;
    /// Puts the keys of each register in order.
    unsafe fn sort_each<const ROWS: usize>(rows: &mut [Self; ROWS]);
    /// The same for keys of which some rise and all before or behind them fall.
    unsafe fn merge_each<const ROWS: usize>(rows: &mut [Self; ROWS]);
}

/// Registers of keys of one type by AVX-512's functions, and the exchanges of lanes whose numbers
/// differ in such bits that put a register in order, or one that first rises and then falls.
macro_rules! rows {
    ($(
        $name:ident, $key:ty, $mask:ty, $count:literal, $sort:ident, $set:ident, $load:ident, $store:ident,
        $less:ident, $keep:ident, $blend:ident, $permute:ident,
        [$($sorted:literal),*], [$($merged:literal),*];
    )*) => {$(
        #[derive(Clone, Copy)]
        struct $name(__m512i);

        impl $name {
            /// For each lane the number of the one that differs in these bits.
            const fn lanes(bits: usize) -> [$key; $count] {
                let (mut lanes, mut lane) = ([0; $count], 0);
                while lane < $count {
                    lanes[lane] = (lane ^ bits) as $key;
                    lane += 1;
                }
                lanes
            }

            /// Takes of each key and that of the lane whose number differs in these bits the lesser
            /// to the lane of the lesser number.
            #[inline(always)]
            unsafe fn exchange_each<const BITS: usize, const ROWS: usize>(rows: &mut [Self; ROWS]) {
                let lanes = const { Self::lanes(BITS) };
                let upper = const { upper(BITS) } as $mask;
                for row in rows {
                    // SAFETY: the caller's promise.
                    unsafe {
                        let other = $permute(_mm512_loadu_si512(lanes.as_ptr().cast()), row.0);
                        row.0 = $blend($less(other, row.0) ^ upper, row.0, other);
                    }
                }
            }
        }

        impl Row for $name {
            type Key = $key;
            const COUNT: usize = $count;

            #[inline(always)]
            unsafe fn sort(keys: &mut [$key], room: &mut [$key], depth: u32) {
                // SAFETY: the caller's promise.
                unsafe { $sort(keys, room, depth) }
            }

            #[inline(always)]
            unsafe fn all(key: $key) -> Self {
                // SAFETY: the caller's promise.
                Self(unsafe { $set(key.cast_signed()) })
            }

            #[inline(always)]
            unsafe fn load(from: *const $key, count: usize) -> Self {
                // SAFETY: the caller's promise.
                Self(unsafe { $load($set(-1), first(count) as $mask, from.cast()) })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $key, count: usize) {
                // SAFETY: the caller's promise.
                unsafe { $store(to.cast(), first(count) as $mask, self.0) }
            }

            #[inline(always)]
            unsafe fn less(self, than: Self) -> u16 {
                // SAFETY: the caller's promise.
                u16::from(unsafe { $less(self.0, than.0) })
            }

            #[inline(always)]
            unsafe fn keep(self, bits: u16) -> Self {
                // SAFETY: the caller's promise.
                Self(unsafe { $keep(bits as $mask, self.0) })
            }

            #[inline(always)]
            unsafe fn ordered(self, other: Self) -> (Self, Self) {
                // SAFETY: the caller's promise.
                unsafe {
                    let falls = $less(other.0, self.0);
                    (Self($blend(falls, self.0, other.0)), Self($blend(falls, other.0, self.0)))
                }
            }

            #[inline(always)]
            unsafe fn reversed(self) -> Self {
                let lanes = const { Self::lanes($count - 1) };
                // SAFETY: the caller's promise.
                Self(unsafe { $permute(_mm512_loadu_si512(lanes.as_ptr().cast()), self.0) })
            }

            #[inline(always)]
            unsafe fn sort_each<const ROWS: usize>(rows: &mut [Self; ROWS]) {
                // SAFETY: the caller's promise.
                unsafe { $(Self::exchange_each::<$sorted, ROWS>(rows);)* }
            }

            #[inline(always)]
            unsafe fn merge_each<const ROWS: usize>(rows: &mut [Self; ROWS]) {
                // SAFETY: the caller's promise.
                unsafe { $(Self::exchange_each::<$merged, ROWS>(rows);)* }
            }
        }
    )*};
}

rows! {
    Wide, u64, u8, 8, sort_wide, _mm512_set1_epi64, _mm512_mask_loadu_epi64, _mm512_mask_storeu_epi64,
        _mm512_cmplt_epu64_mask, _mm512_maskz_compress_epi64, _mm512_mask_blend_epi64, _mm512_permutexvar_epi64, [1, 3, 1, 7, 2, 1], [4, 2, 1];
    Narrow, u32, u16, 16, sort_narrow, _mm512_set1_epi32, _mm512_mask_loadu_epi32,
        _mm512_mask_storeu_epi32, _mm512_cmplt_epu32_mask, _mm512_maskz_compress_epi32,
        _mm512_mask_blend_epi32, _mm512_permutexvar_epi32,
        [1, 3, 1, 7, 2, 1, 15, 4, 2, 1], [8, 4, 2, 1];
}

/// As many bits as a register may have keys.
const fn first(count: usize) -> u32 {
    (1 << count) - 1
}

/// Bits of the lanes whose numbers have the highest of these bits.
const fn upper(bits: usize) -> u32 {
    let (mut upper, mut lane) = (0, 0);
    while lane < 16 {
        upper |= (lane as u32 >> bits.ilog2() & 1) << lane;
        lane += 1;
    }
    upper
}

/// Puts keys in order; divides them about a pivot while they are too many for the registers.
///
/// # Safety
/// As for [`Row`].
#[inline(always)]
unsafe fn sort_divided<R: Row>(mut keys: &mut [R::Key], room: &mut [R::Key], mut depth: u32) {
    while keys.len() > ROWS * R::COUNT {
        if depth == 0 {
            let length = keys.len();
            return sort_by_digits(keys, &mut room[..length]);
        }
        depth -= 1;
        // SAFETY: the caller's promise.
        unsafe {
            let pivot = pivot::<R>(keys);
            let least = R::all(pivot);
            let less = divide::<R>(keys, room, |row| row.less(least));
            if less > 0 {
                let (before, behind) = keys.split_at_mut(less);
                R::sort(before, room, depth);
                keys = behind;
            } else {
                // All keys like the least are in their place when they are in front.
                let alike = divide::<R>(keys, room, |row| !least.less(row));
                keys = &mut keys[alike..];
            }
        }
    }
    // SAFETY: as above.
    unsafe {
        match keys.len().div_ceil(R::COUNT) {
            0..=1 => sort_rows::<R, 1>(keys),
            2 => sort_rows::<R, 2>(keys),
            3..=4 => sort_rows::<R, 4>(keys),
            5..=8 => sort_rows::<R, 8>(keys),
            _ => sort_rows::<R, ROWS>(keys),
        }
    }
}

/// A key in the middle of some.
///
/// # Safety
/// As for [`Row`].
#[inline(always)]
unsafe fn pivot<R: Row>(keys: &[R::Key]) -> R::Key {
    let mut sample = [R::Key::LEAST; 16];
    let step = keys.len() / R::COUNT;
    for (k, key) in sample[..R::COUNT].iter_mut().enumerate() {
        *key = keys[k * step + step / 2];
    }
    // SAFETY: as many keys as a register has.
    unsafe {
        let mut rows = [R::load(sample.as_ptr(), R::COUNT)];
        R::sort_each(&mut rows);
        rows[0].store(sample.as_mut_ptr(), R::COUNT);
    }
    sample[R::COUNT / 2]
}

/// Puts the keys whose bits are set in front of the others; returns how many there are.
///
/// # Safety
/// As for [`Row`]; `room` has as many.
#[inline(always)]
unsafe fn divide<R: Row>(
    keys: &mut [R::Key],
    room: &mut [R::Key],
    bits: impl Fn(R) -> u16,
) -> usize {
    let length = keys.len();
    let (keys, room) = (keys.as_mut_ptr(), room[..length].as_mut_ptr());
    let (mut start, mut front, mut behind) = (0, 0, 0);
    let whole = length / R::COUNT * R::COUNT;
    // SAFETY: no more keys are written on either side than have been read, and whole registers of
    // them only where whole ones have been read.
    unsafe {
        while start < whole {
            let row = R::load(keys.add(start), R::COUNT);
            let bits = bits(row) & first(R::COUNT) as u16;
            row.keep(bits).store(keys.add(front), R::COUNT);
            row.keep(!bits).store(room.add(behind), R::COUNT);
            front += bits.count_ones() as usize;
            start += R::COUNT;
            behind = start - front;
        }
        let count = length - whole;
        let row = R::load(keys.add(start), count);
        let (bits, all) = (bits(row), first(count) as u16);
        row.keep(bits & all).store(keys.add(front), (bits & all).count_ones() as usize);
        row.keep(!bits & all).store(room.add(behind), (!bits & all).count_ones() as usize);
        front += (bits & all).count_ones() as usize;
        std::ptr::copy_nonoverlapping(room, keys.add(front), length - front);
    }
    front
}

/// Puts the keys of so many registers in order.
///
/// # Safety
/// As for [`Row`].
#[inline(always)]
unsafe fn sort_rows<R: Row, const ROWS: usize>(keys: &mut [R::Key]) {
    let length = keys.len();
    let count = |row: usize| length.saturating_sub(row * R::COUNT).min(R::COUNT);
    // SAFETY: the keys that there are.
    unsafe {
        let mut rows = [R::all(R::Key::MOST); ROWS];
        for (number, row) in rows.iter_mut().enumerate() {
            *row = R::load(keys.as_ptr().wrapping_add(number * R::COUNT), count(number));
        }
        R::sort_each(&mut rows);
        merge::<R, ROWS, 2>(&mut rows);
        merge::<R, ROWS, 4>(&mut rows);
        merge::<R, ROWS, 8>(&mut rows);
        merge::<R, ROWS, 16>(&mut rows);
        for (number, row) in rows.into_iter().enumerate() {
            // A store of nothing would still hold up who reads there next.
            if count(number) > 0 {
                row.store(keys.as_mut_ptr().wrapping_add(number * R::COUNT), count(number));
            }
        }
    }
}

/// Puts the keys of every so many registers in order, where those of each half are. Loops of few
/// steps, which the compiler writes out, so that rows are registers.
///
/// # Safety
/// As for [`Row`].
#[inline(always)]
unsafe fn merge<R: Row, const ROWS: usize, const TOGETHER: usize>(rows: &mut [R; ROWS]) {
    if TOGETHER > ROWS {
        return;
    }
    let half = TOGETHER / 2;
    // SAFETY: the caller's promise.
    unsafe {
        let before = *rows;
        for row in 0..ROWS {
            if row & half > 0 {
                rows[row] = before[row ^ (half - 1)].reversed();
            }
        }
        let mut apart = half;
        while apart > 0 {
            for row in 0..ROWS {
                if row & apart == 0 {
                    (rows[row], rows[row + apart]) = rows[row].ordered(rows[row + apart]);
                }
            }
            apart /= 2;
        }
        R::merge_each(rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<K: Key>(of: impl Fn(u64) -> K) {
        for n in (0..200).chain([1000, 5000, 100_000]) {
            let mut state = n as u64;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                of(state ^ (state >> 29))
            };
            let mut keys: Vec<K> = (0..n).map(|_| next()).collect();
            let mut expected = keys.clone();
            expected.sort_unstable();
            let mut room = keys.clone();
            if sort(&mut keys, &mut room) {
                assert!(keys == expected, "{n} keys");
            }
        }
    }

    #[test]
    fn keys_of_any_spread_are_put_in_order() {
        check(|number| number);
        check(|number| number as u32);
        check(|number| number % 3);
        check(|number| u64::MAX - number % 1000);
        check(|number| (number >> (number % 64)) as u32);
        check(|_| u64::MAX);
        check(|_| 7u32);
    }

    #[test]
    fn keys_that_cannot_be_divided_well_are_dealt_out() {
        let mixed = |k: u64| k.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 65_537;
        let mut keys: Vec<u64> = (0..5000).map(mixed).collect();
        let (mut expected, mut room) = (keys.clone(), keys.clone());
        expected.sort_unstable();
        if std::arch::is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has AVX-512, and with it all before.
            unsafe { sort_wide(&mut keys, &mut room, 2) };
            assert_eq!(keys, expected);
        }
    }
}
