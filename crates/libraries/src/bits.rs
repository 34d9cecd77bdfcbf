//! Flags packed eight to a byte, and bytes unpacked to flags.
//!
//! Rows of contiguous bytes enter and leave. A flag is a byte that is 0 or 1. A row's last byte is
//! filled with zeros.

use crate::parallel::Parallel;
use crate::sorting::Address;
use crate::vectors::{TOGETHER, Vectors, Work, with_vectors};
use stook_types::Result;

/// Bytes of a result that are worth a task.
const WORTH: usize = 1 << 16;

/// Writes part of a row: from the whole row that it is made of, and where in the result it begins.
type Fill<'a> = dyn Fn(&[u8], &mut [u8], usize) + Sync + 'a;

/// Which bit of a byte the first of eight flags is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// The highest.
    High,
    /// The lowest.
    Low,
}

impl First {
    fn packed(self, flags: [u8; 8]) -> u8 {
        // Each flag meets one bit of the factor so that it lands in the product's top byte, in its
        // place, and no two of the other products meet: the sum carries nothing.
        let factor: u64 = match self {
            Self::High => 0x8040_2010_0804_0201,
            Self::Low => 0x0102_0408_1020_4080,
        };
        (u64::from_le_bytes(flags).wrapping_mul(factor) >> 56) as u8
    }

    fn unpacked(self, byte: u8) -> [u8; 8] {
        // One bit of each copy of the byte stays, and any bit becomes the lowest of its byte.
        let bits: u64 = match self {
            Self::High => 0x0102_0408_1020_4080,
            Self::Low => 0x8040_2010_0804_0201,
        };
        let kept = u64::from(byte).wrapping_mul(0x0101_0101_0101_0101) & bits;
        let highest = kept.wrapping_add(0x7f7f_7f7f_7f7f_7f7f) | kept;
        (highest >> 7 & 0x0101_0101_0101_0101).to_le_bytes()
    }
}

/// Packs rows of `n` flags into rows of as many bytes as they need.
///
/// # Safety
/// `flags` are `rows * n` bytes, `bytes` is room for the result, which nobody else uses.
pub unsafe fn pack(
    flags: *const u8,
    bytes: *mut u8,
    [rows, n]: [usize; 2],
    first: First,
    parallel: &dyn Parallel,
) -> Result<()> {
    let sizes = [n, n.div_ceil(8)];
    // SAFETY: the caller's promise.
    unsafe {
        in_parts(flags, bytes, rows, sizes, 1, parallel, &|from, into, at| {
            let given = &from[at * 8..n.min((at + into.len()) * 8)];
            with_vectors(Pack { given, into, first });
        })
    }
}

/// Packs flags into bytes of a row.
struct Pack<'a> {
    given: &'a [u8],
    into: &'a mut [u8],
    first: First,
}

impl Work for Pack<'_> {
    type Made = ();

    #[inline(always)]
    fn run<V: Vectors>(self, vectors: V) {
        let Self { given, into, first } = self;
        let (words, rest) = given.as_chunks::<TOGETHER>();
        let (bytes, last) = into.split_at_mut(words.len() * 8);
        for (bytes, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            // SAFETY: whoever has vectors has a processor for them.
            let bits = unsafe { vectors.nonzero(word) };
            *bytes = match first {
                First::Low => bits.to_le_bytes(),
                // Each byte's bits the other way round.
                First::High => bits.reverse_bits().to_be_bytes(),
            };
        }
        for (byte, flags) in last.iter_mut().zip(rest.chunks(8)) {
            let mut eight = [0; 8];
            eight[..flags.len()].copy_from_slice(flags);
            *byte = first.packed(eight);
        }
    }
}

/// Unpacks rows of `n` bytes into rows of `length` flags: as many as there are, and then zeros.
///
/// # Safety
/// `bytes` are `rows * n` bytes, `flags` is room for the result, which nobody else uses.
pub unsafe fn unpack(
    bytes: *const u8,
    flags: *mut u8,
    [rows, n, length]: [usize; 3],
    first: First,
    parallel: &dyn Parallel,
) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe {
        in_parts(bytes, flags, rows, [n, length], 8, parallel, &|from, into, at| {
            let given = from.get(at / 8..).unwrap_or_default();
            let known = into.len().min(given.len() * 8);
            let (known, beyond) = into.split_at_mut(known);
            let (whole, rest) = known.as_chunks_mut::<8>();
            for (eight, &byte) in whole.iter_mut().zip(given) {
                *eight = first.unpacked(byte);
            }
            if !rest.is_empty() {
                let last = first.unpacked(given[whole.len()]);
                rest.copy_from_slice(&last[..rest.len()]);
            }
            beyond.fill(0);
        })
    }
}

/// Hands parts of each row of a result to `fill`, with the whole row that it comes from and where
/// the part begins: a multiple of `unit`.
///
/// # Safety
/// The rows of both are there, of these lengths, and nobody else uses those of the result.
unsafe fn in_parts(
    from: *const u8,
    into: *mut u8,
    rows: usize,
    [length, made]: [usize; 2],
    unit: usize,
    parallel: &dyn Parallel,
    fill: &Fill<'_>,
) -> Result<()> {
    let (from, into) = (Address(from.cast_mut()), Address(into));
    // Tasks are whole rows where these are short, else parts of one row.
    let parts = (made / WORTH).max(1);
    let step = made.div_ceil(parts).next_multiple_of(unit).max(unit);
    let together = (WORTH / made.max(1)).clamp(1, rows.max(1));
    parallel.run(rows.div_ceil(together) * parts, &|task| {
        let (block, part) = (task / parts, task % parts);
        let (begin, end) = ((part * step).min(made), ((part + 1) * step).min(made));
        for row in block * together..rows.min((block + 1) * together) {
            // SAFETY: a row of each, of which this task alone writes this part.
            unsafe {
                let source = std::slice::from_raw_parts(from.at::<u8>(row * length), length);
                let target = into.at::<u8>(row * made + begin);
                fill(source, std::slice::from_raw_parts_mut(target, end - begin), begin);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::Alone;

    fn packed(flags: &[u8], rows: usize, first: First) -> Vec<u8> {
        let n = flags.len() / rows;
        let mut made = vec![0xff; rows * n.div_ceil(8)];
        // SAFETY: room for the result.
        unsafe { pack(flags.as_ptr(), made.as_mut_ptr(), [rows, n], first, &Alone) }
            .expect("nothing stops it");
        made
    }

    #[test]
    fn the_first_flag_is_the_highest_or_the_lowest_bit() {
        assert_eq!(packed(&[1, 0, 0, 0, 0, 0, 1, 1, 1], 1, First::High), [0x83, 0x80]);
        assert_eq!(packed(&[1, 0, 0, 0, 0, 0, 1, 1, 1], 1, First::Low), [0xc1, 0x01]);
        assert_eq!(packed(&[1, 0, 0, 1], 2, First::High), [0x80, 0x40]);
    }

    #[test]
    fn what_is_unpacked_packs_to_what_it_was() {
        let bytes: Vec<u8> = (0..=255).collect();
        for first in [First::High, First::Low] {
            let mut flags = vec![7; 2048];
            // SAFETY: room for the result.
            unsafe { unpack(bytes.as_ptr(), flags.as_mut_ptr(), [1, 256, 2048], first, &Alone) }
                .expect("nothing stops it");
            assert!(flags.iter().all(|&flag| flag <= 1));
            assert_eq!(packed(&flags, 1, first), bytes);
        }
    }

    #[test]
    fn long_rows_go_in_parts() {
        let n = 3 * WORTH * 8 + 5;
        let flags: Vec<u8> = (0..n).map(|k| u8::from(k % 3 == 0)).collect();
        let made = packed(&flags, 1, First::Low);
        let bit = |k: usize| made[k / 8] >> (k % 8) & 1;
        assert!((0..n).all(|k| bit(k) == flags[k]));
    }
}
