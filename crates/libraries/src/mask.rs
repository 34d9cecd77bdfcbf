//! Elements where a mask holds: kept, replaced, or named.
//!
//! A mask of one byte per row enters, any byte but 0 for true. Its blocks are counted first, so
//! that each knows where its rows begin among all that are kept; then blocks are independent.

use crate::moves::{Move, Rows, with_move};
use crate::parallel::Parallel;
use crate::vectors::{TOGETHER, Vectors, Work, keep as keep_bits, with_vectors};
use crate::words::each_word;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use stook_types::Result;

/// Rows of a block: a task.
const BLOCK: usize = 1 << 14;
/// The most bytes of a row that is copied sooner than it is found to be of use.
const SHORT: usize = 16;

/// A mask whose blocks have been counted.
#[derive(Debug)]
pub struct Mask<'a> {
    bytes: &'a [u8],
    /// True rows before each block, and at the end all of them.
    before: Vec<usize>,
}

impl<'a> Mask<'a> {
    /// Counts a mask's true rows.
    pub fn count(bytes: &'a [u8], parallel: &dyn Parallel) -> Result<Self> {
        let blocks = bytes.len().div_ceil(BLOCK);
        let counts: Vec<AtomicUsize> = (0..blocks).map(|_| AtomicUsize::new(0)).collect();
        parallel.run(blocks, &|k| {
            counts[k].store(true_rows(block(bytes, k)), Relaxed);
        })?;
        let mut before = Vec::with_capacity(blocks + 1);
        let mut all = 0;
        before.push(all);
        for count in counts {
            all += count.into_inner();
            before.push(all);
        }
        Ok(Self { bytes, before })
    }

    /// How many rows are true.
    pub fn total(&self) -> usize {
        self.before.last().copied().unwrap_or(0)
    }

    fn blocks(&self) -> usize {
        self.before.len() - 1
    }

    /// How many rows of a block are true.
    fn kept(&self, k: usize) -> usize {
        self.before[k + 1] - self.before[k]
    }

    /// Copies the rows where the mask holds, one after another, to `into`.
    ///
    /// # Safety
    /// `source` has a row that can be read for every byte of the mask, and `into` has room for
    /// [`Mask::total`] rows and overlaps neither. Nobody writes any of them meanwhile.
    pub unsafe fn compress(
        &self,
        source: Rows,
        into: *mut u8,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        let into = Rows { start: into, stride: source.bytes as isize, bytes: source.bytes };
        if source.stride == into.stride && [4, 8].contains(&source.bytes) {
            return parallel.run(self.blocks(), &|k| {
                let (mask, total) = (block(self.bytes, k), self.kept(k));
                let (from, to) = (source.at(k * BLOCK), into.at(self.before[k]));
                // SAFETY: the block's rows, as below.
                unsafe {
                    match source.bytes {
                        8 => keep_elements::<u64>(mask, from.cast(), to.cast(), total),
                        _ => keep_elements::<u32>(mask, from.cast(), to.cast(), total),
                    }
                }
            });
        }
        with_move!(source.bytes, |row| parallel.run(self.blocks(), &|k| {
            let to = Rows { start: into.at(self.before[k]), ..into };
            let from = Rows { start: source.at(k * BLOCK), ..source };
            // SAFETY: the block's rows are within what the caller promises, and so are as many
            // rows from `to` on as it has true ones; no other block writes there.
            unsafe { keep(row, block(self.bytes, k), from, to, self.kept(k)) };
        }))
    }

    /// Replaces the rows where the mask holds by those of `values`, in turn.
    ///
    /// # Safety
    /// `target` has a row that can be written for every byte of the mask and no two overlap;
    /// `values` has [`Mask::total`] rows of the same length that can be read and overlap neither
    /// `target` nor the mask. Nobody else reads or writes any of them meanwhile.
    pub unsafe fn expand(&self, values: Rows, target: Rows, parallel: &dyn Parallel) -> Result<()> {
        with_move!(target.bytes, |row| parallel.run(self.blocks(), &|k| {
            let from = Rows { start: values.at(self.before[k]), ..values };
            let to = Rows { start: target.at(k * BLOCK), ..target };
            // SAFETY: the block's rows, and the values of its true ones, are within what the
            // caller promises.
            unsafe { replace(row, block(self.bytes, k), from, to, self.kept(k)) };
        }))
    }

    /// Writes the numbers of the true rows, as coordinates in an array of `shape`: one run of
    /// [`Mask::total`] numbers in each of `into`.
    ///
    /// # Panics
    /// When `into` has not as many runs as `shape` has axes, or one is too short.
    pub fn positions(
        &self,
        shape: &[usize],
        into: &mut [&mut [i64]],
        parallel: &dyn Parallel,
    ) -> Result<()> {
        assert!(into.len() == shape.len() && into.iter().all(|run| run.len() >= self.total()));
        let runs: Vec<Rows> = into
            .iter_mut()
            .map(|run| Rows { start: run.as_mut_ptr().cast(), stride: 8, bytes: 8 })
            .collect();
        parallel.run(self.blocks(), &|k| {
            let count = self.kept(k);
            let part = |run: &Rows| {
                // SAFETY: this block's part of the run, which was checked to be long enough; no
                // other block touches it.
                unsafe {
                    std::slice::from_raw_parts_mut(run.at(self.before[k]).cast::<i64>(), count)
                }
            };
            if let Some(last) = runs.last() {
                name_rows(block(self.bytes, k), k * BLOCK, part(last));
                let mut parts: Vec<&mut [i64]> = runs.iter().map(part).collect();
                split(shape, &mut parts);
            }
        })
    }
}

fn block(bytes: &[u8], k: usize) -> &[u8] {
    &bytes[k * BLOCK..bytes.len().min((k + 1) * BLOCK)]
}

/// How many bytes are not 0.
fn true_rows(bytes: &[u8]) -> usize {
    with_vectors(TrueRows(bytes))
}

struct TrueRows<'a>(&'a [u8]);

impl Work for TrueRows<'_> {
    type Made = usize;

    #[inline(always)]
    fn run<V: Vectors>(self, vectors: V) -> usize {
        let (words, rest) = self.0.as_chunks::<TOGETHER>();
        // SAFETY: whoever has vectors has a processor for them.
        let count = |word| unsafe { vectors.nonzero(word) }.count_ones() as usize;
        words.iter().map(count).sum::<usize>() + rest.iter().filter(|&&byte| byte != 0).count()
    }
}

/// # Safety
/// `source` has a row for every byte of the mask, and `into` has room for `total` rows, as many as
/// the mask has true bytes; nothing of it overlaps.
unsafe fn keep<M: Move>(row: M, mask: &[u8], source: Rows, into: Rows, total: usize) {
    let mut kept = 0;
    each_word(mask, total, |first, word| {
        let copy = |j: usize| {
            let from = source.at(first + word.places[j]);
            // SAFETY: a row of the source; there is room for all that are kept.
            unsafe { row.copy(from, into.start.wrapping_add((kept + j) * row.bytes())) };
        };
        // Copying rows that are overwritten next costs less than a branch on how many are kept.
        if row.bytes() <= SHORT && kept + 8 <= total {
            (0..8).for_each(copy);
        } else {
            (0..word.count).for_each(copy);
        }
        kept += word.count;
    });
}

/// # Safety
/// As for [`keep`], of elements without gaps.
unsafe fn keep_elements<T: Copy + Default>(mask: &[u8], from: *const T, to: *mut T, total: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let from = std::slice::from_raw_parts(from, mask.len());
        let to = std::slice::from_raw_parts_mut(to, total);
        with_vectors(Keep { mask, element: |k: usize| *from.get_unchecked(k), to });
    }
}

/// Writes the elements where a mask holds, of which there are as many as can be written.
struct Keep<'a, T, F> {
    mask: &'a [u8],
    element: F,
    to: &'a mut [T],
}

impl<T: Copy + Default, F: Fn(usize) -> T> Work for Keep<'_, T, F> {
    type Made = ();

    #[inline(always)]
    fn run<V: Vectors>(self, vectors: V) {
        let Self { mask, element, to } = self;
        let (words, rest) = mask.as_chunks::<TOGETHER>();
        let mut kept = 0;
        for (number, word) in words.iter().enumerate() {
            // SAFETY: whoever has vectors has a processor for them.
            let bits = unsafe { vectors.nonzero(word) };
            if bits == 0 {
                continue;
            }
            let elements: [T; TOGETHER] = std::array::from_fn(
                #[inline(always)]
                |k| element(number * TOGETHER + k),
            );
            let count = bits.count_ones() as usize;
            let free = &mut to[kept..];
            // What comes next is written over what is too much; at the end there may be no room.
            if let Some(free) = free.first_chunk_mut::<TOGETHER>() {
                // SAFETY: as many elements are there as there are bits, and as much room.
                unsafe { keep_bits(vectors, elements.as_ptr(), bits, free.as_mut_ptr()) };
            } else {
                let mut room = [T::default(); TOGETHER];
                // SAFETY: as above.
                unsafe { keep_bits(vectors, elements.as_ptr(), bits, room.as_mut_ptr()) };
                free[..count].copy_from_slice(&room[..count]);
            }
            kept += count;
        }
        let first = mask.len() - rest.len();
        let last = rest.iter().enumerate().filter(|(_, byte)| **byte != 0);
        for (to, (k, _)) in to[kept..].iter_mut().zip(last) {
            *to = element(first + k);
        }
    }
}

/// # Safety
/// As for [`Mask::expand`], for this block, which has `total` true bytes.
unsafe fn replace<M: Move>(row: M, mask: &[u8], values: Rows, target: Rows, total: usize) {
    let mut used = 0;
    each_word(mask, total, |first, word| {
        if word.count == 0 {
            return;
        }
        let copy = |j: usize| {
            let to = target.at(first + word.places[j]);
            // SAFETY: a row of the target, and one of the values.
            unsafe { row.copy(values.at(used + j), to) };
        };
        // The last place is written again and again, at last with its own value: as in `keep`.
        if row.bytes() <= SHORT && used + 8 <= total {
            (0..8).rev().for_each(copy);
        } else {
            (0..word.count).for_each(copy);
        }
        used += word.count;
    });
}

/// Writes the numbers of the true bytes, the first byte being number `first`.
fn name_rows(mask: &[u8], first: usize, to: &mut [i64]) {
    with_vectors(Keep { mask, element: |k: usize| (first + k) as i64, to });
}

/// Turns numbers of elements, in the last run, into coordinates in all of them.
fn split(shape: &[usize], runs: &mut [&mut [i64]]) {
    for axis in (1..shape.len()).rev() {
        let length = shape[axis] as i64;
        let (outer, this) = runs[..=axis].split_at_mut(axis);
        for (up, here) in outer[axis - 1].iter_mut().zip(this[0].iter_mut()) {
            *up = *here / length;
            *here -= *up * length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alone;

    fn pattern(n: usize) -> Vec<u8> {
        (0..n).map(|k| u8::from(k * k % 7 < 3 && k % 100 < 60) * (1 + (k % 3) as u8)).collect()
    }

    fn rows<T>(values: &mut [T], step: isize) -> Rows {
        let bytes = size_of::<T>();
        Rows { start: values.as_mut_ptr().cast(), stride: step * bytes as isize, bytes }
    }

    #[test]
    fn counts_every_byte_that_is_not_zero() {
        for n in [0, 1, 31, 8161, BLOCK - 1, BLOCK, 3 * BLOCK + 5] {
            let mask = pattern(n);
            let counted = Mask::count(&mask, &Alone).expect("no task fails");
            assert_eq!(counted.total(), mask.iter().filter(|&&b| b != 0).count());
        }
    }

    #[test]
    fn compresses_rows_of_any_stride_and_size() {
        fn holds<T: Copy + PartialEq + std::fmt::Debug>(of: impl Fn(usize) -> T) {
            let mask = pattern(2 * BLOCK + 77);
            let mut values: Vec<T> = (0..2 * mask.len()).map(of).collect();
            let counted = Mask::count(&mask, &Alone).expect("no task fails");
            let mut kept = vec![values[0]; counted.total()];
            let into = kept.as_mut_ptr().cast();
            // SAFETY: every second value is a row, and there is room for all that are kept.
            unsafe { counted.compress(rows(&mut values, 2), into, &Alone) }.expect("no task fails");
            let expected: Vec<T> =
                (0..mask.len()).filter(|&k| mask[k] != 0).map(|k| values[2 * k]).collect();
            assert_eq!(kept, expected);
        }
        holds(|k| k as u8);
        holds(|k| k as u16);
        holds(|k| k as f32);
        holds(|k| k as i64);
        holds(|k| k as u128);
        holds(|k| [k as u8; 3]);
    }

    #[test]
    fn expands_values_and_leaves_the_rest() {
        let mask = pattern(BLOCK + 9);
        let counted = Mask::count(&mask, &Alone).expect("no task fails");
        let mut values: Vec<i32> = (0..counted.total() as i32).map(|k| -1 - k).collect();
        let mut target: Vec<i32> = (0..mask.len() as i32).collect();
        // SAFETY: one row for each byte, and one value for each true one.
        unsafe { counted.expand(rows(&mut values, 1), rows(&mut target, 1), &Alone) }
            .expect("no task fails");
        let mut next = values.iter();
        for (k, &byte) in mask.iter().enumerate() {
            let expected = if byte == 0 { Some(k as i32) } else { next.next().copied() };
            assert_eq!(Some(target[k]), expected);
        }
    }

    #[test]
    fn names_rows_by_their_coordinates() {
        let mask = pattern(5 * 4000 * 3);
        let counted = Mask::count(&mask, &Alone).expect("no task fails");
        let mut runs = vec![vec![0i64; counted.total()]; 3];
        let mut into: Vec<&mut [i64]> = runs.iter_mut().map(|run| &mut run[..]).collect();
        counted.positions(&[5, 4000, 3], &mut into, &Alone).expect("no task fails");
        let named = (0..counted.total()).map(|k| (runs[0][k] * 4000 + runs[1][k]) * 3 + runs[2][k]);
        let expected: Vec<i64> =
            (0..mask.len()).filter(|&k| mask[k] != 0).map(|k| k as i64).collect();
        assert_eq!(named.collect::<Vec<_>>(), expected);
    }
}
