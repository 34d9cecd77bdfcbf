//! Elements at places that integer arrays name: gathered, or scattered to.
//!
//! Indices of one length enter, one run for each indexed axis, with what is walked beside them.
//! Offsets are computed and checked a chunk at a time, then rows are moved. Scattering goes through
//! the positions in order, so that the last write to a place stays: threads share the places, and
//! each goes through all positions.

use crate::moves::{Move, Rows, with_move};
use crate::parallel::Parallel;
use crate::vectors::{Loop, with_vectors};
use smallvec::SmallVec;
use std::hint::select_unpredictable;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use stook_types::{Dims, Error, Result, Strides};

/// The most positions whose offsets are computed at once.
pub(crate) const CHUNK: usize = 1024;
/// Bytes that are worth a task.
pub(crate) const WORTH: usize = 1 << 16;
/// Bytes to scatter from which each thread writes to a part of the places alone.
const PARTED: usize = 1 << 22;

/// Positions by which memory is asked for before it is written: what came before does not tell where
/// it lies.
const AHEAD: usize = 64;
/// The most bytes of a row that is written one by one.
const SHORT: usize = 16;

/// An axis and the places on it.
#[derive(Clone, Copy, Debug)]
pub struct Indexed<'a> {
    /// Which axis it is in the user's array.
    pub axis: usize,
    /// Its length.
    pub length: usize,
    /// Bytes from one place to the next.
    pub stride: isize,
    /// One place for each position; negative ones count from the end.
    pub indices: &'a [i64],
}

/// The axes that are walked whole at each position.
#[derive(Clone, Debug, Default)]
pub struct Rest {
    /// Their lengths.
    pub shape: Dims,
    /// Their strides in the array that is indexed.
    pub array: Strides,
    /// Their strides in the result, or the values.
    pub other: Strides,
}

impl Indexed<'_> {
    /// Copies rows to the places, as far as these lie within a range of offsets.
    ///
    /// # Safety
    /// The indices are within the axis; rows there can be written, and one for each can be read.
    #[inline(always)]
    unsafe fn write_rows<M: Move>(&self, row: M, array: Rows, from: Rows, own: &Range<isize>) {
        let (n, indices) = (self.length as i64, self.indices);
        // What is not written there goes here, as a branch would be mistaken half the times.
        let mut aside = [0u8; SHORT];
        let aside = aside.as_mut_ptr();
        let place = |index: i64| {
            let offset = self.stride.wrapping_mul((index + (n & (index >> 63))) as isize);
            let within = own.contains(&offset);
            select_unpredictable(within, array.start.wrapping_offset(offset), aside)
        };
        for (k, &index) in indices.iter().enumerate() {
            fetch(place(indices[(k + AHEAD).min(indices.len() - 1)]));
            // SAFETY: the caller's promise; a row is short enough for what is set aside.
            unsafe { row.copy(from.at(k), place(index)) };
        }
    }
}

/// Places in an array and their counterparts in a result, or in values.
#[derive(Clone, Debug)]
pub struct Selection<'a> {
    /// The indexed axes; all have the same number of indices, and there is at least one.
    pub axes: SmallVec<[Indexed<'a>; 2]>,
    /// The other axes.
    pub rest: Rest,
    /// Bytes from one position to the next in the result, or the values.
    pub step: isize,
    /// Bytes of an element.
    pub bytes: usize,
}

impl Selection<'_> {
    /// How many positions there are.
    pub(crate) fn positions(&self) -> usize {
        self.axes.first().map_or(0, |axis| axis.indices.len())
    }

    /// Takes trailing axes that follow one another on both sides into the row that is moved.
    fn join(&mut self) {
        while let (Some(&n), Some(&a), Some(&b)) =
            (self.rest.shape.last(), self.rest.array.last(), self.rest.other.last())
        {
            let follows = a == self.bytes as isize && a == b;
            if n != 1 && !follows {
                return;
            }
            self.bytes *= n;
            self.rest.shape.pop();
            self.rest.array.pop();
            self.rest.other.pop();
        }
    }

    /// An error unless every index is within its axis.
    pub fn check(&self) -> Result<()> {
        for axis in &self.axes {
            let n = axis.length as i64;
            if let Some(bad) = axis.indices.iter().find(|&&k| k < -n || k >= n) {
                return Err(Error::Index(format!(
                    "index {bad} is out of bounds for axis {} with size {n}",
                    axis.axis
                )));
            }
        }
        Ok(())
    }

    /// Whether every index is within its axis, looked at by all threads.
    fn is_within(&self, parallel: &dyn Parallel) -> Result<bool> {
        let (n, bad) = (self.positions(), AtomicBool::new(false));
        let tasks = n.div_ceil(WORTH);
        parallel.run(tasks, &|task| {
            let part = n * task / tasks..n * (task + 1) / tasks;
            let within = |axis: &Indexed<'_>| {
                let (indices, n) = (&axis.indices[part.clone()], axis.length as i64);
                indices.iter().fold(true, |good, &k| good & (k >= -n) & (k < n))
            };
            if !self.axes.iter().all(within) {
                bad.store(true, Relaxed);
            }
        })?;
        Ok(!bad.into_inner())
    }

    /// The offsets of positions `from..`, as many as `into` has; false where one is out of bounds.
    pub(crate) fn offsets(&self, from: usize, into: &mut [isize]) -> bool {
        with_vectors(Loop(
            #[inline(always)]
            || self.offsets_here(from, into),
        ))
    }

    #[inline(always)]
    fn offsets_here(&self, from: usize, into: &mut [isize]) -> bool {
        let mut good = true;
        for (k, axis) in self.axes.iter().enumerate() {
            let n = axis.length as i64;
            let indices = &axis.indices[from..from + into.len()];
            for (offset, &index) in into.iter_mut().zip(indices) {
                let place = index + (n & (index >> 63));
                good &= (place as u64) < n as u64;
                let before = if k == 0 { 0 } else { *offset };
                *offset = before.wrapping_add(axis.stride.wrapping_mul(place as isize));
            }
        }
        good
    }

    /// The offsets in one of so many equal parts of the memory that the places reach.
    fn part(&self, part: usize, parts: usize) -> Range<isize> {
        let reach = |axis: &Indexed<'_>| axis.stride * (axis.length as isize - 1).max(0);
        let low: isize = self.axes.iter().map(|axis| reach(axis).min(0)).sum();
        let high: isize = self.axes.iter().map(|axis| reach(axis).max(0)).sum();
        let step = (high - low) / parts as isize + 1;
        let start = low + step * part as isize;
        start..start + step
    }

    /// Copies the elements of `array` at the places to `result`.
    ///
    /// # Safety
    /// From `array` on the strides reach elements that can be read, for every place within the
    /// axes; from `result` on, elements that can be written, no two of which overlap each other
    /// or the array. Nobody else writes any of them meanwhile.
    pub unsafe fn gather(
        mut self,
        array: *const u8,
        result: *mut u8,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        self.join();
        let array = Rows { start: array.cast_mut(), stride: 0, bytes: self.bytes };
        let result = Rows { start: result, stride: self.step, bytes: self.bytes };
        let chunk = (WORTH / self.bytes.max(1)).clamp(1, CHUNK);
        let chunks = self.positions().div_ceil(chunk);
        let whole = self.rest.rows();
        let bytes = whole.saturating_mul(self.bytes * chunk.min(self.positions()));
        let groups = (bytes / WORTH).clamp(1, whole.max(1));
        let bad = AtomicBool::new(false);
        with_move!(self.bytes, |row| parallel.run(chunks * groups, &|task| {
            let (number, group) = (task / groups, task % groups);
            let first = number * chunk;
            let mut offsets = [0isize; CHUNK];
            let offsets = &mut offsets[..chunk.min(self.positions() - first)];
            if !self.offsets(first, offsets) {
                bad.store(true, Relaxed);
                return;
            }
            let rows = whole * group / groups..whole * (group + 1) / groups;
            self.rest.walk(rows, |here, there| {
                let to = result.moved(result.stride * first as isize + there);
                // SAFETY: the offsets were checked, and the result has a row for each.
                unsafe { read_rows(row, array.moved(here), offsets, to) };
            });
        }))?;
        if bad.into_inner() { self.check() } else { Ok(()) }
    }

    /// Copies `values` to the elements of `array` at the places, the last one last where a place
    /// is named twice. Nothing is written unless every index is within its axis.
    ///
    /// # Safety
    /// From `array` on the strides reach elements that can be written, for every place within the
    /// axes; from `values` on, elements that can be read, none of which overlaps the array. Nobody
    /// else reads or writes any of them meanwhile.
    pub unsafe fn scatter(
        mut self,
        array: *mut u8,
        values: *const u8,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        if !self.is_within(parallel)? {
            return self.check();
        }
        self.join();
        let array = Rows { start: array, stride: 0, bytes: self.bytes };
        let values = Rows { start: values.cast_mut(), stride: self.step, bytes: self.bytes };
        let (positions, whole) = (self.positions(), self.rest.rows());
        let bytes = whole.saturating_mul(self.bytes * positions);
        let groups = (bytes / WORTH).clamp(1, whole.clamp(1, 64));
        // Then two rows are the same or do not overlap.
        let apart = || self.axes.iter().all(|axis| axis.stride % self.bytes as isize == 0);
        let parts = if whole == 1 && bytes >= PARTED && apart() { parallel.threads() } else { 1 };
        if let ([axis], 1, true) = (&self.axes[..], whole, self.bytes <= SHORT) {
            return with_move!(self.bytes, |row| parallel.run(parts, &|part| {
                let own = self.part(part, parts);
                // SAFETY: the indices were checked, and there is a value for each.
                unsafe { axis.write_rows(row, array, values, &own) };
            }));
        }
        let changed = AtomicUsize::new(0);
        with_move!(self.bytes, |row| parallel.run(groups * parts, &|task| {
            let (group, part) = (task / parts, task % parts);
            let rows = whole * group / groups..whole * (group + 1) / groups;
            let own = self.part(part, parts);
            for first in (0..positions).step_by(CHUNK) {
                let mut offsets = [0isize; CHUNK];
                let offsets = &mut offsets[..CHUNK.min(positions - first)];
                if !self.offsets(first, offsets) {
                    changed.fetch_add(1, Relaxed);
                    return;
                }
                let mut numbers = [0u16; CHUNK];
                let within = (parts > 1).then(|| narrow(offsets, &mut numbers, &own));
                self.rest.walk(rows.clone(), |here, there| {
                    let from = values.moved(values.stride * first as isize + there);
                    let to = array.moved(here);
                    // SAFETY: the offsets were checked, and there is a value for each.
                    unsafe {
                        match within {
                            None => write_rows(row, to, offsets, from),
                            Some(n) => write_some(row, to, &offsets[..n], from, &numbers),
                        }
                    };
                });
            }
        }))?;
        if changed.into_inner() > 0 { self.check() } else { Ok(()) }
    }
}

impl Rest {
    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.shape.iter().product()
    }

    /// Calls `visit` with the offsets of these rows, in C order, on both sides.
    pub(crate) fn walk(&self, rows: Range<usize>, mut visit: impl FnMut(isize, isize)) {
        let n = self.shape.len();
        let mut at: Dims = SmallVec::from_elem(0, n);
        let (mut here, mut there, mut left) = (0isize, 0isize, rows.start);
        for axis in (0..n).rev() {
            at[axis] = left % self.shape[axis].max(1);
            left /= self.shape[axis].max(1);
            here += self.array[axis] * at[axis] as isize;
            there += self.other[axis] * at[axis] as isize;
        }
        for _ in rows {
            visit(here, there);
            for axis in (0..n).rev() {
                at[axis] += 1;
                here += self.array[axis];
                there += self.other[axis];
                if at[axis] < self.shape[axis] {
                    break;
                }
                here -= self.array[axis] * at[axis] as isize;
                there -= self.other[axis] * at[axis] as isize;
                at[axis] = 0;
            }
        }
    }
}

/// # Safety
/// Rows at the offsets can be read, and one for each can be written.
pub(crate) unsafe fn read_rows<M: Move>(row: M, array: Rows, offsets: &[isize], into: Rows) {
    if into.stride == row.bytes() as isize {
        for (k, &offset) in offsets.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe {
                row.copy(
                    array.start.wrapping_offset(offset),
                    into.start.wrapping_add(k * row.bytes()),
                );
            }
        }
        return;
    }
    for (k, &offset) in offsets.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { row.copy(array.start.wrapping_offset(offset), into.at(k)) };
    }
}

/// # Safety
/// Rows at the offsets can be written, and one for each can be read.
pub(crate) unsafe fn write_rows<M: Move>(row: M, array: Rows, offsets: &[isize], from: Rows) {
    for (k, &offset) in offsets.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { row.copy(from.at(k), array.start.wrapping_offset(offset)) };
    }
}

/// Asks for memory that is used later.
#[inline(always)]
fn fetch(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: this neither reads nor writes anything.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Keeps the offsets within a range, and the numbers they had; returns how many.
fn narrow(offsets: &mut [isize], numbers: &mut [u16; CHUNK], range: &Range<isize>) -> usize {
    let mut kept = 0;
    for k in 0..offsets.len() {
        let offset = offsets[k];
        (offsets[kept], numbers[kept]) = (offset, k as u16);
        kept += usize::from(range.contains(&offset));
    }
    kept
}

/// # Safety
/// Rows at the offsets can be written, and those of these numbers can be read.
unsafe fn write_some<M: Move>(
    row: M,
    array: Rows,
    offsets: &[isize],
    from: Rows,
    numbers: &[u16; CHUNK],
) {
    for (&offset, &number) in offsets.iter().zip(numbers) {
        // SAFETY: the caller's promise.
        unsafe { row.copy(from.at(number.into()), array.start.wrapping_offset(offset)) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alone;
    use smallvec::smallvec;

    /// A 2-d array of `u16`, 7 by 11, whose element is its own number.
    fn numbered() -> Vec<u16> {
        (0..77).collect()
    }

    fn axis(axis: usize, indices: &[i64]) -> Indexed<'_> {
        let (length, stride) = [(7, 22), (11, 2)][axis];
        Indexed { axis, length, stride, indices }
    }

    #[test]
    fn gathers_rows_and_counts_negative_indices_from_the_end() {
        let array = numbered();
        let mut result = vec![0u16; 33];
        let selection = Selection {
            axes: smallvec![axis(0, &[2, -1, 2])],
            rest: Rest { shape: smallvec![11], array: smallvec![2], other: smallvec![2] },
            step: 22,
            bytes: 2,
        };
        // SAFETY: the strides are those of the array and of a result of three rows.
        unsafe { selection.gather(array.as_ptr().cast(), result.as_mut_ptr().cast(), &Alone) }
            .expect("the indices are within the axis");
        let expected: Vec<u16> = (22..33).chain(66..77).chain(22..33).collect();
        assert_eq!(result, expected);
    }

    #[test]
    fn gathers_along_an_inner_axis() {
        let array = numbered();
        let indices: Vec<i64> = (0..3000).map(|k| k * k % 22 - 11).collect();
        let mut result = vec![0u16; 7 * 3000];
        let selection = Selection {
            axes: smallvec![axis(1, &indices)],
            rest: Rest { shape: smallvec![7], array: smallvec![22], other: smallvec![6000] },
            step: 2,
            bytes: 2,
        };
        // SAFETY: as above.
        unsafe { selection.gather(array.as_ptr().cast(), result.as_mut_ptr().cast(), &Alone) }
            .expect("the indices are within the axis");
        for (k, &value) in result.iter().enumerate() {
            let place = indices[k % 3000].rem_euclid(11);
            assert_eq!(i64::from(value), (k / 3000) as i64 * 11 + place);
        }
    }

    #[test]
    fn the_last_write_to_a_place_stays() {
        let mut array = numbered();
        let values: Vec<u16> = (100..104).collect();
        let selection = Selection {
            axes: smallvec![axis(0, &[0, 6, -7, 3]), axis(1, &[1, 10, 1, 0])],
            rest: Rest::default(),
            step: 2,
            bytes: 2,
        };
        // SAFETY: the strides are those of the array, and there are four values.
        unsafe { selection.scatter(array.as_mut_ptr().cast(), values.as_ptr().cast(), &Alone) }
            .expect("the indices are within the axes");
        assert_eq!([array[1], array[76], array[33]], [102, 101, 103]);
    }

    #[test]
    fn threads_that_share_the_places_write_as_one_does() {
        struct Three;
        impl Parallel for Three {
            fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) -> Result<()> {
                (0..tasks).rev().for_each(task);
                Ok(())
            }
            fn threads(&self) -> usize {
                3
            }
        }
        let n = PARTED / 8;
        let indices: Vec<i64> = (0..n as i64).map(|k| k * k % 1000 - 500).collect();
        let values: Vec<i64> = (0..n as i64).collect();
        let written = |stride: isize, parallel: &dyn Parallel| {
            let mut array = vec![0i64; 1000];
            let first = array.as_mut_ptr().wrapping_add(if stride < 0 { 999 } else { 0 });
            let axes = smallvec![Indexed { axis: 0, length: 1000, stride, indices: &indices }];
            let selection = Selection { axes, rest: Rest::default(), step: 8, bytes: 8 };
            // SAFETY: the array has a thousand elements from its first, and there is a value for
            // each index.
            unsafe { selection.scatter(first.cast(), values.as_ptr().cast(), parallel) }
                .expect("the indices are within the axis");
            array
        };
        for stride in [8, -8] {
            assert_eq!(written(stride, &Three), written(stride, &Alone));
        }
    }

    #[test]
    fn an_index_out_of_bounds_writes_nothing() {
        let mut array = numbered();
        fn selection(indices: &[i64]) -> Selection<'_> {
            Selection {
                axes: smallvec![axis(1, indices)],
                rest: Rest::default(),
                step: 0,
                bytes: 2,
            }
        }
        let nine = [9u16];
        for bad in [11, -12, i64::MAX, i64::MIN] {
            let indices = [3, bad, 4];
            let (target, value) = (array.as_mut_ptr().cast(), nine.as_ptr().cast());
            // SAFETY: as above; the value is read again and again.
            let written = unsafe { selection(&indices).scatter(target, value, &Alone) };
            let mut into = [0u16; 3];
            // SAFETY: the result's rows all lie at its start.
            let read =
                unsafe { selection(&indices).gather(target, into.as_mut_ptr().cast(), &Alone) };
            let text = format!("index {bad} is out of bounds for axis 1 with size 11");
            assert_eq!(written, Err(Error::Index(text.clone())));
            assert_eq!(read, Err(Error::Index(text)));
            assert_eq!(array, numbered());
        }
    }
}
