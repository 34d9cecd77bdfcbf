//! The place of the first of the least or greatest numbers of a short line.
//!
//! One pass finds the number and a second its place; both compare many numbers at a time. A NaN
//! counts as beyond all others, as in NumPy.

use std::slice::from_raw_parts;
use stook_types::DType;

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
) -> Option<usize> {
    macro_rules! of {
        ($number:ty) => {{
            // SAFETY: the caller's promise.
            let line: &[$number] = unsafe { from_raw_parts(start.cast(), count) };
            if greatest { first(line, |a, b| a > b) } else { first(line, |a, b| a < b) }
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
        _ => None,
    }
}

/// Numbers compared at a time.
const LANES: usize = 16;

#[expect(clippy::eq_op, reason = "a NaN does not equal itself")]
fn first<T: Copy + PartialOrd>(line: &[T], beats: impl Fn(T, T) -> bool) -> Option<usize> {
    let better = |best: T, x: T| if beats(x, best) | (x != x) { x } else { best };
    let mut lanes = [*line.first()?; LANES];
    let (parts, rest) = line.as_chunks::<LANES>();
    for part in parts {
        for (lane, &x) in lanes.iter_mut().zip(part) {
            *lane = better(*lane, x);
        }
    }
    let best = lanes.iter().chain(rest).copied().fold(lanes[0], better);
    let is_best = |x: T| (x == best) | ((x != x) & (best != best));
    let holds = |part: &[T; LANES]| part.iter().fold(false, |any, &x| any | is_best(x));
    let part = parts.iter().position(holds).unwrap_or(parts.len());
    let place = line[part * LANES..].iter().position(|&x| is_best(x))?;
    Some(part * LANES + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: &[f64], greatest: bool) -> Option<usize> {
        // SAFETY: a slice.
        unsafe { first_extreme(DType::F64, line.as_ptr().cast(), line.len(), greatest) }
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
