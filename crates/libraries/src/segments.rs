//! Parts of an axis, each joined into one element.
//!
//! Where the parts begin and end enters, with what joins elements that follow one another; every
//! part of every row is joined on its own, so the order of elements within a part is the joiner's.

use crate::moves::Rows;
use crate::parallel::Parallel;
use crate::selection::Rest;
use std::ops::Range;
use stook_types::{Error, Result};

/// Joins the elements of the parts of these numbers, of the row from the first address on, and writes
/// their results, from the second address on.
pub type Join<'a> = dyn Fn(*const u8, Range<usize>, *mut u8) + Sync + 'a;

/// Elements that are worth a task.
const WORTH: usize = 1 << 14;

/// An axis cut in parts, which may overlap.
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    /// Elements of the axis.
    pub length: usize,
    /// Bytes from one element to the next.
    pub stride: isize,
    /// The first element of each part.
    pub starts: &'a [i64],
    /// One past the last element of each part.
    pub ends: &'a [i64],
    /// Bytes from one result to the next.
    pub step: isize,
    /// The other axes, in the array and in the result.
    pub rest: Rest,
}

impl Segments<'_> {
    /// An error unless every part has an element and lies within the axis.
    fn check(&self) -> Result<()> {
        let parts = self.starts.iter().zip(self.ends);
        let fits = |(&from, &to): (&i64, &i64)| 0 <= from && from < to && to <= self.length as i64;
        if self.starts.len() == self.ends.len() && parts.clone().all(fits) {
            return Ok(());
        }
        Err(Error::Index(format!("a part outside an axis of {} elements", self.length)))
    }

    /// Joins the elements of each part of each row.
    ///
    /// # Safety
    /// From `array` on the strides reach elements that `join` may read, from `result` on ones that
    /// it may write, no two of which overlap each other or the array. Nobody else writes any of
    /// them meanwhile.
    pub unsafe fn join(
        &self,
        array: *const u8,
        result: *mut u8,
        join: &Join<'_>,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        self.check()?;
        let (parts, rows) = (self.starts.len(), self.rest.rows());
        let lengths = self.ends.iter().zip(self.starts).map(|(to, from)| (to - from) as usize);
        let work = lengths.sum::<usize>().saturating_mul(rows);
        let tasks = (work / WORTH).clamp(1, (parts * rows).max(1));
        let array = Rows { start: array.cast_mut(), stride: self.stride, bytes: 0 };
        let result = Rows { start: result, stride: self.step, bytes: 0 };
        parallel.run(tasks, &|task| {
            let mine = parts * rows * task / tasks..parts * rows * (task + 1) / tasks;
            self.join_some(mine, array, result, join);
        })
    }

    /// Joins the parts of these numbers, row after row.
    fn join_some(&self, numbers: Range<usize>, array: Rows, result: Rows, join: &Join<'_>) {
        let parts = self.starts.len();
        let mut number = numbers.start;
        let rows = numbers.start / parts.max(1)..numbers.end.div_ceil(parts.max(1));
        self.rest.walk(rows, |here, there| {
            let (array, result) = (array.moved(here), result.moved(there));
            let begin = number % parts;
            let end = parts.min(begin + numbers.end - number);
            join(array.start, begin..end, result.at(begin));
            number += end - begin;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alone;
    use smallvec::smallvec;

    /// The sum of `u32`, wrapped.
    fn total(elements: &[u32]) -> u32 {
        elements.iter().fold(0, |total, &element| total.wrapping_add(element))
    }

    /// Joins parts by their sums.
    fn sums<'a>(
        starts: &'a [i64],
        ends: &'a [i64],
    ) -> impl Fn(*const u8, Range<usize>, *mut u8) + Sync + 'a {
        |elements, parts, result| {
            for (k, part) in parts.enumerate() {
                let (from, to) = (starts[part] as usize, ends[part] as usize);
                // SAFETY: the tests' rows have these elements, contiguous.
                let elements = unsafe {
                    std::slice::from_raw_parts(elements.cast::<u32>().add(from), to - from)
                };
                // SAFETY: and their results follow one another.
                unsafe { result.cast::<u32>().add(k).write(total(elements)) };
            }
        }
    }

    #[test]
    fn every_part_of_every_row_is_joined() {
        let array: Vec<u32> = (0..3 * 50_000).collect();
        let starts = [0, 10, 49_999, 0];
        let ends = [3, 12, 50_000, 50_000];
        let segments = Segments {
            length: 50_000,
            stride: 4,
            starts: &starts,
            ends: &ends,
            step: 4,
            rest: Rest { shape: smallvec![3], array: smallvec![200_000], other: smallvec![16] },
        };
        let mut result = [0u32; 12];
        let (from, to) = (array.as_ptr().cast(), result.as_mut_ptr().cast());
        // SAFETY: the strides are those of three rows and of a result of four columns.
        unsafe { segments.join(from, to, &sums(&starts, &ends), &Alone) }
            .expect("the parts lie in the axis");
        for (row, joined) in result.chunks(4).enumerate() {
            let row = &array[row * 50_000..][..50_000];
            let expected = [&row[..3], &row[10..12], &row[49_999..], row].map(total);
            assert_eq!(joined, expected);
        }
    }

    #[test]
    fn parts_without_elements_or_outside_the_axis_are_refused() {
        let array = [1u32; 4];
        for (from, to) in [(0, 0), (2, 1), (-1, 2), (3, 5)] {
            let (starts, ends) = ([from], [to]);
            let rest = Rest::default();
            let segments =
                Segments { length: 4, stride: 4, starts: &starts, ends: &ends, step: 4, rest };
            let mut result = [0u32];
            let (from, to) = (array.as_ptr().cast(), result.as_mut_ptr().cast());
            // SAFETY: nothing is read or written.
            assert!(unsafe { segments.join(from, to, &sums(&starts, &ends), &Alone) }.is_err());
        }
    }
}
