//! A line divided about a place that is wanted, in its own memory.
//!
//! Elements that are on their side stay. The others are set aside with the places that they leave;
//! each of them then takes the next place that was left on its own side. As many were left there as
//! there are elements for it, and none is read after it may have been written.

use super::Address;
use super::divided::{Middle, Parts, Side, ends, filled, sides, starts, words};
use super::keys::Real;
use crate::parallel::{Parallel, each};
use crate::vectors::{TOGETHER, Vectors, Work, keep, with_vectors};
use std::ops::Range;
use stook_types::Result;

/// Divides a line about one of the places; returns the sides where others are wanted.
///
/// # Safety
/// There are so many elements at `line`, none of less than 32 bits, and twice their room at `room`,
/// that nobody else uses.
pub(super) unsafe fn divide_in_place<E: Real>(
    length: usize,
    places: &[usize],
    line: Address,
    room: Address,
    parallel: &dyn Parallel,
) -> Result<Vec<Side>> {
    // SAFETY: an element of the line.
    let key = |place: usize| unsafe { line.at::<E>(place).read() }.key();
    let middle = Middle::about(places[places.len() / 2], length, key);
    let parts = Parts::of(length);
    let counts = middle.counts(parts, key, parallel)?;
    let ends = ends(&counts);
    let left = Left { parts, elements: room, places: Address(room.at::<E>(length).cast()) };
    let counts = each(parts.count, parallel, |task| {
        with_vectors(SetAside::<E> { middle, part: parts.at(task), ends, line, left })
    })?;
    let first = |side: usize| counts[..].iter().map(|count| count[side]).sum::<usize>();
    let starts = starts([0, first(0), first(0) + first(1)], &counts);
    let lengths: Vec<usize> = counts.iter().map(|count| count.iter().sum()).collect();
    parallel.run(parts.count, &|task| {
        let mut next = starts[task].map(|number| left.from(number, &lengths));
        for k in parts.at(task).take(lengths[task]) {
            // SAFETY: an element that was set aside.
            let element = unsafe { left.elements.at::<E>(k).read() };
            let place = left.next(&mut next[middle.side(element.key())], &lengths);
            // SAFETY: a place that was left, and is taken once.
            unsafe { line.at::<E>(place).write(element) };
        }
    })?;
    Ok(sides::<E>(length, ends, places))
}

/// Elements that were set aside and the places that they left, as many as there were at the
/// beginning of each part.
#[derive(Clone, Copy)]
struct Left {
    parts: Parts,
    elements: Address,
    places: Address,
}

/// A part, and a number in it.
#[derive(Clone, Copy)]
struct Next {
    part: usize,
    within: usize,
}

impl Left {
    /// Where the place of this number stands, of all that were left.
    fn from(self, number: usize, lengths: &[usize]) -> Next {
        let mut next = Next { part: 0, within: number };
        while next.part < lengths.len() && next.within >= lengths[next.part] {
            next.within -= lengths[next.part];
            next.part += 1;
        }
        next
    }

    /// Reads a place, and goes on to the one behind it.
    #[inline(always)]
    fn next(self, next: &mut Next, lengths: &[usize]) -> usize {
        let number = self.parts.at(next.part).start + next.within;
        // SAFETY: as many places were written as there are elements to take them.
        let place = unsafe { self.places.at::<u32>(number).read() };
        next.within += 1;
        while next.part < lengths.len() && next.within >= lengths[next.part] {
            *next = Next { part: next.part + 1, within: 0 };
        }
        place as usize
    }
}

/// Copies the elements of a part that are not on their side, with their places; returns how many
/// there are for each side.
struct SetAside<E: Real> {
    middle: Middle<E::Key>,
    part: Range<usize>,
    ends: [usize; 2],
    line: Address,
    left: Left,
}

impl<E: Real> Work for SetAside<E> {
    type Made = [usize; 3];

    #[inline(always)]
    fn run<V: Vectors>(self, vectors: V) -> [usize; 3] {
        let Self { middle, part, ends, line, left } = self;
        // SAFETY: an element of the line.
        let element = |place: usize| unsafe { line.at::<E>(place).read() };
        let (mut counts, mut next) = ([0; 3], part.start);
        for some in words(part.clone()) {
            let found = middle.sides(vectors, &some, |place| element(place).key());
            let [first, second] = ends.map(|end| below(&some, end));
            let homes = [first, second & !first, !second];
            let strangers: [u64; 3] = std::array::from_fn(|side| found[side] & !homes[side]);
            let all = strangers[0] | strangers[1] | strangers[2];
            if all == 0 {
                continue;
            }
            let elements = filled(&some, element);
            let places = filled(&some, |place| place as u32);
            let count = all.count_ones() as usize;
            // What comes next is written over what is too much; at the end there may be no room.
            if next + TOGETHER <= part.end {
                // SAFETY: the part's room.
                unsafe {
                    keep(vectors, elements.as_ptr(), all, left.elements.at(next));
                    keep(vectors, places.as_ptr(), all, left.places.at(next));
                }
            } else {
                let (mut some, mut their) = ([E::default(); TOGETHER], [0u32; TOGETHER]);
                // SAFETY: room for a word's elements, of which as many are copied as there is room
                // for: no more than the part has.
                unsafe {
                    keep(vectors, elements.as_ptr(), all, some.as_mut_ptr());
                    keep(vectors, places.as_ptr(), all, their.as_mut_ptr());
                    left.elements.elements(next, count).copy_from_slice(&some[..count]);
                    left.places.elements(next, count).copy_from_slice(&their[..count]);
                }
            }
            next += count;
            for side in 0..3 {
                counts[side] += strangers[side].count_ones() as usize;
            }
        }
        counts
    }
}

/// Bits of the places that lie below an end.
#[inline(always)]
fn below(some: &Range<usize>, end: usize) -> u64 {
    let count = end.saturating_sub(some.start);
    if count >= TOGETHER { u64::MAX } else { !(u64::MAX << count) }
}
