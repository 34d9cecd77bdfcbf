//! Elements at places, replaced position after position: a place named twice is replaced twice.
//!
//! Positions are taken in runs in which no place comes twice. The rows of a run are gathered, handed
//! on together, and written back; a long row is handed on where it lies.

use crate::moves::{Move, Rows, with_move};
use crate::parallel::Parallel;
use crate::selection::{CHUNK, Selection, WORTH, read_rows, write_rows};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use stook_types::Result;

/// Replaces rows, as many as said, one after another from the first address on, by what becomes of
/// them and of as many rows of values from the second on.
pub type Replace<'a> = dyn Fn(usize, *mut u8, *const u8) + Sync + 'a;

/// Bytes from which a row is handed on where it lies.
const LONG: usize = 512;

impl Selection<'_> {
    /// Replaces the rows of `array` at the places. Values lie row after row: for every place on the
    /// other axes those of all positions, [`Selection::step`] bytes each. Nothing is replaced
    /// unless every index is within its axis.
    ///
    /// # Safety
    /// From `array` on the strides reach rows of [`Selection::bytes`] bytes that can be read and
    /// written, for every place within the axes, and rows at different places do not overlap; from
    /// `values` on, rows that can be read. `replace` may do so. Nobody else reads or writes any of
    /// them meanwhile.
    pub unsafe fn update(
        &self,
        array: *mut u8,
        values: *const u8,
        replace: &Replace<'_>,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        self.check()?;
        let array = Rows { start: array, stride: 0, bytes: self.bytes };
        let values = Rows { start: values.cast_mut(), stride: self.step, bytes: 0 };
        let whole = self.rest.rows();
        let bytes = whole.saturating_mul(self.bytes * self.positions());
        let groups = (bytes / WORTH).clamp(1, whole.clamp(1, 64));
        let changed = AtomicBool::new(false);
        with_move!(self.bytes, |row| parallel.run(groups, &|group| {
            let mut runs = Runs::new(self.bytes, CHUNK.min(self.positions()));
            for first in (0..self.positions()).step_by(CHUNK) {
                let count = CHUNK.min(self.positions() - first);
                if !self.offsets(first, &mut runs.offsets[..count]) {
                    changed.store(true, Relaxed);
                    return;
                }
                runs.find(count);
                let rows = whole * group / groups..whole * (group + 1) / groups;
                self.rest.walk(rows, |here, there| {
                    let values = values.moved(values.stride * first as isize + there);
                    // SAFETY: the offsets were checked; the rest is the caller's promise.
                    unsafe { runs.replace(row, array.moved(here), values, replace) };
                });
            }
        }))?;
        if changed.into_inner() { self.check() } else { Ok(()) }
    }
}

/// Positions of a chunk in runs without a place that comes twice.
struct Runs {
    offsets: [isize; CHUNK],
    /// Where each run ends.
    ends: Vec<usize>,
    seen: Seen,
    /// Room for the rows of a chunk.
    room: Vec<u128>,
}

impl Runs {
    /// Room for chunks of as many rows.
    fn new(bytes: usize, most: usize) -> Self {
        let room = if bytes < LONG { (bytes * most).div_ceil(16) } else { 0 };
        Self {
            offsets: [0; CHUNK],
            ends: Vec::new(),
            seen: Seen { slots: vec![(0, 0); (4 * most).next_power_of_two()], run: 0 },
            room: vec![0; room],
        }
    }

    fn find(&mut self, count: usize) {
        self.ends.clear();
        self.seen.begin();
        for k in 0..count {
            if !self.seen.add(self.offsets[k]) {
                self.ends.push(k);
                self.seen.begin();
                self.seen.add(self.offsets[k]);
            }
        }
        self.ends.push(count);
    }

    /// # Safety
    /// As for [`Selection::update`].
    unsafe fn replace<M: Move>(
        &mut self,
        row: M,
        array: Rows,
        values: Rows,
        replace: &Replace<'_>,
    ) {
        let room = Rows {
            start: self.room.as_mut_ptr().cast(),
            stride: row.bytes() as isize,
            bytes: row.bytes(),
        };
        let mut first = 0;
        for &end in &self.ends {
            let offsets = &self.offsets[first..end];
            if self.room.is_empty() {
                for (k, &offset) in offsets.iter().enumerate() {
                    replace(1, array.start.wrapping_offset(offset), values.at(first + k));
                }
            } else {
                // SAFETY: the caller's promise; the room holds a chunk.
                unsafe { read_rows(row, array, offsets, room) };
                replace(offsets.len(), room.start, values.at(first));
                // SAFETY: as above.
                unsafe { write_rows(row, array, offsets, room) };
            }
            first = end;
        }
    }
}

/// The offsets of a run, as a table with open addresses four times as long as a run may be.
struct Seen {
    /// The run that last used a slot, and the offset in it.
    slots: Vec<(u32, isize)>,
    run: u32,
}

impl Seen {
    /// Forgets all offsets.
    fn begin(&mut self) {
        self.run = self.run.wrapping_add(1);
        if self.run == 0 {
            self.slots.fill((0, 0));
            self.run = 1;
        }
    }

    /// Adds an offset; false if it is there already.
    fn add(&mut self, offset: isize) -> bool {
        let last = self.slots.len() - 1;
        let mixed = (offset as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut k = (mixed >> 32) as usize & last;
        while self.slots[k].0 == self.run {
            if self.slots[k].1 == offset {
                return false;
            }
            k = (k + 1) & last;
        }
        self.slots[k] = (self.run, offset);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Alone, Indexed, Rest};
    use smallvec::smallvec;
    use stook_types::Error;

    /// Each `u32` times ten, plus a value: the order of values shows.
    fn shift_in(count: usize, rows: *mut u8, values: *const u8) {
        for k in 0..count {
            // SAFETY: the tests hand over as many elements and values.
            unsafe {
                let element = rows.cast::<u32>().add(k);
                let value = values.cast::<u32>().add(k).read();
                element.write(element.read().wrapping_mul(10).wrapping_add(value));
            }
        }
    }

    fn places(indices: &[i64], length: usize) -> Selection<'_> {
        Selection {
            axes: smallvec![Indexed { axis: 0, length, stride: 4, indices }],
            rest: Rest::default(),
            step: 4,
            bytes: 4,
        }
    }

    #[test]
    fn a_place_named_twice_takes_its_values_in_order() {
        let mut array = [1u32, 2, 3];
        let values = [4u32, 5, 6, 7];
        let selection = places(&[0, 2, 0, -3], 3);
        let (target, from) = (array.as_mut_ptr().cast(), values.as_ptr().cast());
        // SAFETY: the strides are those of the array, and there are four values.
        unsafe { selection.update(target, from, &shift_in, &Alone) }.expect("indices fit");
        assert_eq!(array, [1467, 2, 35]);
    }

    #[test]
    fn many_positions_are_replaced_as_one_by_one() {
        for places_used in [1, 7, 1000, 5000] {
            let indices: Vec<i64> = (0..20_000).map(|k| k * 7919 % places_used).collect();
            let values: Vec<u32> = (0..20_000).collect();
            let mut array = vec![0u32; 5000];
            let mut expected = array.clone();
            for (&index, &value) in indices.iter().zip(&values) {
                let element = &mut expected[index as usize];
                *element = element.wrapping_mul(10).wrapping_add(value);
            }
            let (target, from) = (array.as_mut_ptr().cast(), values.as_ptr().cast());
            // SAFETY: as above.
            unsafe { places(&indices, 5000).update(target, from, &shift_in, &Alone) }
                .expect("indices fit");
            assert_eq!(array, expected);
        }
    }

    #[test]
    fn long_rows_are_replaced_where_they_lie() {
        let mut array: Vec<u32> = vec![1; 2 * 300];
        let values: Vec<u32> = (0..3 * 300).collect();
        let selection = Selection {
            axes: smallvec![Indexed { axis: 0, length: 2, stride: 1200, indices: &[1, 1, 0] }],
            rest: Rest::default(),
            step: 1200,
            bytes: 1200,
        };
        let rows = |count: usize, rows, values| shift_in(300 * count, rows, values);
        let (target, from) = (array.as_mut_ptr().cast(), values.as_ptr().cast());
        // SAFETY: two rows of 300 numbers, and three rows of values.
        unsafe { selection.update(target, from, &rows, &Alone) }.expect("indices fit");
        assert_eq!((array[0], array[299]), (10 + 600, 10 + 899));
        assert_eq!((array[300], array[599]), (100 + 300, 100 + 10 * 299 + 599));
    }

    #[test]
    fn an_index_out_of_bounds_replaces_nothing() {
        let mut array = [1u32, 2, 3];
        let values = [4u32, 5];
        let (target, from) = (array.as_mut_ptr().cast(), values.as_ptr().cast());
        // SAFETY: as above.
        let done = unsafe { places(&[0, 3], 3).update(target, from, &shift_in, &Alone) };
        let text = "index 3 is out of bounds for axis 0 with size 3";
        assert_eq!(done, Err(Error::Index(text.into())));
        assert_eq!(array, [1, 2, 3]);
    }
}
