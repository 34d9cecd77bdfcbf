//! The place of the first of the least or greatest numbers of a line.
//!
//! One pass finds in which block the number is, and another its place there; both compare many
//! numbers at a time. A NaN counts as beyond all others, as in NumPy.

use crate::parallel::{Parallel, each};
use crate::vectors::{Loop, with_vectors};
use std::slice::from_raw_parts;
use stook_types::{DType, Result};

/// The place of the first of the greatest of `count` numbers, or of the least; `None` for types that
/// are not compared here, and where there are no numbers.
///
/// # Safety
/// As many numbers of the type lie there, contiguous and aligned, and nobody writes them meanwhile.
pub unsafe fn first_extreme(
    dtype: DType,
    start: *const u8,
    count: usize,
    greatest: bool,
    parallel: &dyn Parallel,
) -> Result<Option<usize>> {
    macro_rules! of {
        ($number:ty) => {{
            // SAFETY: the caller's promise.
            let line: &[$number] = unsafe { from_raw_parts(start.cast(), count) };
            if greatest {
                first(line, |a, b| a > b, parallel)
            } else {
                first(line, |a, b| a < b, parallel)
            }
        }};
    }
    match dtype {
        DType::I8 => of!(i8),
        DType::U8 => of!(u8),
        DType::I16 => of!(i16),
        DType::U16 => of!(u16),
        DType::I32 => of!(i32),
        DType::U32 => of!(u32),
        DType::I64 => of!(i64),
        DType::U64 => of!(u64),
        DType::F32 => of!(f32),
        DType::F64 => of!(f64),
        _ => Ok(None),
    }
}

/// Numbers that are worth a task.
const WORTH: usize = 1 << 16;
/// Numbers that are compared before the next ones are met.
const BLOCK: usize = 1 << 12;
/// Numbers compared at a time.
const LANES: usize = 32;

fn first<T: Copy + PartialOrd + Send + Sync>(
    line: &[T],
    beats: impl Fn(T, T) -> bool + Copy + Sync,
    parallel: &dyn Parallel,
) -> Result<Option<usize>> {
    let tasks = (line.len() / WORTH).max(1);
    let found = each(tasks, parallel, |task| {
        let start = line.len() * task / tasks;
        let part = &line[start..line.len() * (task + 1) / tasks];
        let place = with_vectors(Loop(
            #[inline(always)]
            || first_of(part, beats),
        ));
        place.map(|place| start + place)
    })?;
    let before = |a: usize, b: usize| if replaces(line[b], line[a], beats) { b } else { a };
    Ok(found.into_iter().flatten().reduce(before))
}

/// Whether a number is beyond one that comes before it.
#[inline(always)]
#[expect(clippy::eq_op, reason = "a NaN does not equal itself")]
fn replaces<T: Copy + PartialOrd>(x: T, before: T, beats: impl Fn(T, T) -> bool) -> bool {
    beats(x, before) | ((x != x) & (before == before))
}

#[inline(always)]
#[expect(clippy::eq_op, reason = "a NaN does not equal itself")]
fn first_of<T: Copy + PartialOrd>(line: &[T], beats: impl Fn(T, T) -> bool) -> Option<usize> {
    let mut best = *line.first()?;
    let mut within = 0;
    for (number, block) in line.chunks(BLOCK).enumerate() {
        let here = extreme(block, best, &beats);
        if replaces(here, best, &beats) {
            (best, within) = (here, number);
        }
    }
    let is_best = |x: T| (x == best) | ((x != x) & (best != best));
    let start = within * BLOCK;
    let (parts, _) = line[start..].as_chunks::<LANES>();
    let holds = |part: &[T; LANES]| part.iter().fold(false, |any, &x| any | is_best(x));
    let skipped = start + LANES * parts.iter().position(holds).unwrap_or(parts.len());
    let place = line[skipped..].iter().position(|&x| is_best(x))?;
    Some(skipped + place)
}

/// The one beyond all others of a block, or the one before if there is none.
#[inline(always)]
#[expect(clippy::eq_op, reason = "a NaN does not equal itself")]
fn extreme<T: Copy + PartialOrd>(block: &[T], before: T, beats: impl Fn(T, T) -> bool) -> T {
    let better = |best: T, x: T| if beats(x, best) | (x != x) { x } else { best };
    let mut lanes = [before; LANES];
    let (parts, rest) = block.as_chunks::<LANES>();
    for part in parts {
        for (lane, &x) in lanes.iter_mut().zip(part) {
            *lane = better(*lane, x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = better(*lane, x);
    }
    // By halves, as each step waits for the one before.
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = better(lanes[lane], lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::Alone;

    fn place(line: &[f64], greatest: bool) -> Option<usize> {
        // SAFETY: a slice.
        unsafe { first_extreme(DType::F64, line.as_ptr().cast(), line.len(), greatest, &Alone) }
            .expect("nobody interrupts")
    }

    #[test]
    fn a_long_line_is_searched_in_parts() {
        let n = 3 * WORTH + 100;
        let mut line: Vec<f64> = (0..n).map(|k| (k * 7919 % 1000) as f64).collect();
        for at in [n - 1, 2 * WORTH + BLOCK, WORTH, BLOCK + 5, 0] {
            (line[at], line[n - 1]) = (1e3, 1e3);
            assert_eq!(place(&line, true), Some(at));
        }
        for at in [n - 1, 2 * WORTH + 1, BLOCK - 1, 3] {
            line[at] = f64::NAN;
            assert_eq!((place(&line, true), place(&line, false)), (Some(at), Some(at)));
        }
    }

    #[test]
    fn the_first_of_equal_numbers_is_named() {
        let mut line = vec![1.0; 50];
        assert_eq!((place(&line, true), place(&line, false)), (Some(0), Some(0)));
        (line[20], line[40], line[49]) = (3.0, 3.0, -1.0);
        assert_eq!((place(&line, true), place(&line, false)), (Some(20), Some(49)));
        assert_eq!(place(&[], true), None);
    }

    #[test]
    fn the_first_nan_is_beyond_all_others() {
        for at in [0, 5, 33, 49] {
            let mut line: Vec<f64> = (0..50).map(f64::from).collect();
            (line[at], line[49]) = (f64::NAN, f64::NAN);
            assert_eq!((place(&line, true), place(&line, false)), (Some(at), Some(at)));
        }
    }
}
