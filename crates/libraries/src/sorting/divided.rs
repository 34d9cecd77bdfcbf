//! A long line divided about a place that is wanted.
//!
//! A sample tells two keys between which the place's element lies, most likely. What is less goes to
//! the front and what is greater to the end, in the order in which it is found, so that little is
//! left to be put in order. Tasks count before they write, so that each knows where its own goes.

use super::Address;
use super::keys::Key;
use super::many::{DEALERS, LONG};
use crate::parallel::{Parallel, each};
use crate::vectors::{self, TOGETHER, Vectors, Work, less, with_vectors};
use std::ops::Range;
use stook_types::Result;

/// The most places for which dividing again and again takes less time than an order of buckets.
const MOST_PLACES: usize = 8;
/// The most items of long lines that are looked at before, and of others.
const SAMPLE: [usize; 2] = [8192, 512];
/// Items of a side that are gathered before they go to memory together.
const ROOM: usize = 512;

/// Elements from which a line is divided, where that needs no room.
const WORTH: usize = 1 << 9;

/// Whether a line of so many elements is divided about these places; in its own memory (`in_place`),
/// where there is room for each element and a place of 32 bits beside it.
pub(super) fn divides<T>(length: usize, places: &[usize], in_place: bool) -> bool {
    length >= if in_place { LONG } else { WORTH }
        && (1..=MOST_PLACES).contains(&places.len())
        && size_of::<T>() >= size_of::<u32>()
        && u32::try_from(length).is_ok()
}

/// A side of a divided line that has wanted places.
pub(super) struct Side {
    /// Where it lies.
    pub(super) range: Range<usize>,
    /// Its wanted places, from its beginning.
    pub(super) places: Vec<usize>,
    /// Whether it is divided in its turn.
    pub(super) again: bool,
}

/// Writes what each of so many items stands for to `to`, divided about one of the places; returns
/// the sides where others are wanted.
///
/// # Safety
/// `to` has room for as many, which nobody else uses and no item is made from.
pub(super) unsafe fn divide<K: Key, T: Copy + Default>(
    length: usize,
    places: &[usize],
    key: impl Fn(usize) -> K + Sync,
    made: impl Fn(usize) -> T + Sync,
    to: Address,
    parallel: &dyn Parallel,
) -> Result<Vec<Side>> {
    let middle = Middle::about(places[places.len() / 2], length, &key);
    let parts = Parts::of(length);
    let counts = middle.counts(parts, &key, parallel)?;
    let ends = ends(&counts);
    let starts = starts([0, ends[0], ends[1]], &counts);
    parallel.run(parts.count, &|task| {
        let (part, starts) = (parts.at(task), starts[task]);
        with_vectors(Deal { middle, part, key: &key, made: &made, to, starts });
    })?;
    Ok(sides::<T>(length, ends, places))
}

/// A line in as many parts as tasks share.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    length: usize,
    pub(super) count: usize,
}

impl Parts {
    pub(super) fn of(length: usize) -> Self {
        Self { length, count: (length / LONG).clamp(1, DEALERS) }
    }

    pub(super) fn at(self, number: usize) -> Range<usize> {
        self.length * number / self.count..self.length * (number + 1) / self.count
    }
}

/// Where the first side ends, and the second.
pub(super) fn ends(counts: &[[usize; 3]]) -> [usize; 2] {
    let total = |side: usize| counts.iter().map(|count| count[side]).sum::<usize>();
    [total(0), total(0) + total(1)]
}

/// What comes before each of some counts of the sides, which begin so.
pub(super) fn starts(mut next: [usize; 3], counts: &[[usize; 3]]) -> Vec<[usize; 3]> {
    let count = |count: &[usize; 3]| {
        let after = std::array::from_fn(|side| next[side] + count[side]);
        std::mem::replace(&mut next, after)
    };
    counts.iter().map(count).collect()
}

/// The sides of elements that have wanted places.
pub(super) fn sides<T>(length: usize, ends: [usize; 2], places: &[usize]) -> Vec<Side> {
    let sides = [0..ends[0], ends[0]..ends[1], ends[1]..length].into_iter().map(|range| {
        let within = places.iter().filter(|place| range.contains(place));
        let places: Vec<usize> = within.map(|place| place - range.start).collect();
        // Where the sample has misled, it would again.
        let again = range.len() <= length / 4 * 3 && divides::<T>(range.len(), &places, true);
        Side { range, places, again }
    });
    sides.filter(|side| !side.places.is_empty()).collect()
}

/// The keys about a place of a line: what is less than the first, or greater than the second, is
/// not there unless the sample misleads.
#[derive(Clone, Copy)]
pub(super) struct Middle<K> {
    least: K,
    /// What is greater has at least this key.
    beyond: Option<K>,
}

impl<K: Key> Middle<K> {
    pub(super) fn about(place: usize, length: usize, key: impl Fn(usize) -> K) -> Self {
        let count = (length / 64).clamp(SAMPLE[1].min(length / 8), SAMPLE[0]).max(1);
        let step = length / count;
        // Within each step at another place, as a line may repeat itself.
        let within = |k: usize| (k.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % step;
        let mut sample: Vec<K> = (0..count).map(|k| key(k * step + within(k))).collect();
        sample.sort_unstable();
        // Four times what the rank of an element in a sample deviates, at most.
        let (rank, room) = (place * count / length, 2 * count.isqrt() + 1);
        let least = rank.checked_sub(room).map_or(K::LEAST, |at| sample[at]);
        let most = sample.get(rank + room).copied().filter(|&most| most < K::MOST);
        // One more is as much as all bits less.
        let beyond = most.map(|most| most.above(K::MOST));
        Self { least, beyond }
    }

    /// How many items of each part are less, between and greater.
    pub(super) fn counts(
        self,
        parts: Parts,
        key: impl Fn(usize) -> K + Sync,
        parallel: &dyn Parallel,
    ) -> Result<Vec<[usize; 3]>> {
        each(parts.count, parallel, |task| {
            with_vectors(Count { middle: self, part: parts.at(task), key: &key })
        })
    }

    /// The number of the side of a key.
    #[inline(always)]
    pub(super) fn side(self, key: K) -> usize {
        if key < self.least {
            return 0;
        }
        1 + usize::from(self.beyond.is_some_and(|beyond| key >= beyond))
    }

    /// Which of some items are less, between and greater, as bits of words.
    #[inline(always)]
    pub(super) fn sides<V: Vectors>(
        self,
        vectors: V,
        some: &Range<usize>,
        key: impl Fn(usize) -> K,
    ) -> [u64; 3] {
        let keys = filled(some, key);
        let all = u64::MAX >> (TOGETHER - some.len());
        let less = less(vectors, &keys, self.least) & all;
        let greater = match self.beyond {
            Some(beyond) => !vectors::less(vectors, &keys, beyond) & all,
            None => 0,
        };
        [less, all & !(less | greater), greater]
    }
}

/// Ranges of as many numbers as a word has bits; the last may have less.
#[inline(always)]
pub(super) fn words(part: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    part.clone().step_by(TOGETHER).map(move |first| first..part.end.min(first + TOGETHER))
}

/// What is made of each of some numbers, as many as a word has bits or less.
#[inline(always)]
pub(super) fn filled<T: Copy + Default>(
    some: &Range<usize>,
    of: impl Fn(usize) -> T,
) -> [T; TOGETHER] {
    if some.len() == TOGETHER {
        return std::array::from_fn(
            #[inline(always)]
            |k| of(some.start + k),
        );
    }
    let mut made = [T::default(); TOGETHER];
    for (into, number) in made.iter_mut().zip(some.clone()) {
        *into = of(number);
    }
    made
}

/// Counts the items of a part that are less, between and greater.
struct Count<K, F> {
    middle: Middle<K>,
    part: Range<usize>,
    key: F,
}

impl<K: Key, F: Fn(usize) -> K> Work for Count<K, F> {
    type Made = [usize; 3];

    #[inline(always)]
    fn run<V: Vectors>(self, vectors: V) -> [usize; 3] {
        let mut counts = [0; 3];
        for some in words(self.part) {
            let sides = self.middle.sides(vectors, &some, &self.key);
            counts = std::array::from_fn(|side| counts[side] + sides[side].count_ones() as usize);
        }
        counts
    }
}

/// Writes what the items of a part stand for to each side, from its start on.
struct Deal<K, F, G> {
    middle: Middle<K>,
    part: Range<usize>,
    key: F,
    made: G,
    to: Address,
    starts: [usize; 3],
}

impl<K: Key, T: Copy + Default, F: Fn(usize) -> K, G: Fn(usize) -> T> Work for Deal<K, F, G> {
    type Made = ();

    #[inline(always)]
    fn run<V: Vectors>(mut self, vectors: V) {
        let mut room = [[T::default(); ROOM]; 3];
        let mut counts = [0; 3];
        for some in words(self.part) {
            let made = filled(&some, &self.made);
            let sides = self.middle.sides(vectors, &some, &self.key);
            for side in 0..3 {
                let (room, count) = (&mut room[side], &mut counts[side]);
                // SAFETY: there is always room for a word's items.
                unsafe {
                    let free = room.as_mut_ptr().add(*count);
                    vectors::keep(vectors, made.as_ptr(), sides[side], free);
                }
                *count += sides[side].count_ones() as usize;
                if *count > ROOM - TOGETHER {
                    // SAFETY: items were counted, and each side has a place for each.
                    unsafe { self.to.elements(self.starts[side], *count) }
                        .copy_from_slice(&room[..*count]);
                    self.starts[side] += *count;
                    *count = 0;
                }
            }
        }
        for side in 0..3 {
            let rest = &room[side][..counts[side]];
            // SAFETY: as above.
            unsafe { self.to.elements(self.starts[side], rest.len()) }.copy_from_slice(rest);
        }
    }
}
