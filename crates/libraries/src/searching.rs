//! Places in elements that are in order: where values would go.
//!
//! Values are taken several at a time, each halving what is left without a branch, so that their
//! reads of memory run beside each other.

use crate::parallel::Parallel;
use crate::sorting::Address;
use crate::sorting::keys::{Element, with_element};
use std::hint::select_unpredictable;
use std::slice::from_raw_parts;
use stook_types::{DType, Result};

/// Values that search beside each other.
pub(crate) const BESIDE: usize = 16;
/// Steps that are worth a task.
const WORTH: usize = 1 << 15;

/// Elements in order, and values to find their places; all contiguous.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// What elements and values are.
    pub dtype: DType,
    /// How many elements there are.
    pub length: usize,
    /// How many values there are.
    pub count: usize,
    /// Whether a value's place is behind the elements that equal it, rather than before them.
    pub behind: bool,
}

type Call = unsafe fn(&Search, [Address; 3], &dyn Parallel) -> Result<()>;

impl Search {
    /// Writes how many of `elements` come before each of `values`.
    ///
    /// # Safety
    /// There are as many elements and values, aligned, and as many `places`, which do not overlap
    /// them. Nobody else writes any of them meanwhile.
    pub unsafe fn run(
        &self,
        elements: *const u8,
        values: *const u8,
        places: *mut i64,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        let call: Call = with_element!(self.dtype, |E| Self::run_any::<E>, |E| Self::run_any::<E>);
        let addresses = [elements.cast_mut(), values.cast_mut(), places.cast()].map(Address);
        // SAFETY: the elements have this type; the rest is the caller's promise.
        unsafe { call(self, addresses, parallel) }
    }

    /// # Safety
    /// As for [`Search::run`].
    unsafe fn run_any<E: Element>(
        &self,
        [elements, values, places]: [Address; 3],
        parallel: &dyn Parallel,
    ) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let elements = match self.length {
            0 => &[],
            // SAFETY: the caller's promise; nobody writes them.
            n => unsafe { from_raw_parts(elements.at::<E>(0), n) },
        };
        let tasks = tasks_for(self.count, self.length);
        // Where many values are searched for, no key is computed again for each of them.
        let keys: Vec<E::Key> = if self.length <= self.count {
            elements.iter().map(|element| element.key()).collect()
        } else {
            Vec::new()
        };
        parallel.run(tasks, &|task| {
            let part = self.count * task / tasks..self.count * (task + 1) / tasks;
            // SAFETY: the values of this task, and its places.
            let (values, places) = unsafe {
                let values = from_raw_parts(values.at::<E>(part.start), part.len());
                (values, places.elements::<i64>(part.start, part.len()))
            };
            if self.length <= self.count {
                self.find(&keys, |key| key, values, places);
            } else {
                self.find(elements, E::key, values, places);
            }
        })
    }

    fn find<E: Element, T: Copy>(
        &self,
        elements: &[T],
        key: impl Fn(T) -> E::Key,
        values: &[E],
        places: &mut [i64],
    ) {
        if self.behind {
            count(elements, values, places, |element, value| key(element) <= value);
        } else {
            count(elements, values, places, |element, value| key(element) < value);
        }
    }
}

/// Tasks for so many values to be found among elements.
pub(crate) fn tasks_for(values: usize, elements: usize) -> usize {
    let steps = values.saturating_mul((elements + 1).ilog2() as usize + 1);
    (steps / WORTH).clamp(1, values.max(1))
}

/// Writes how many elements in order come before each value.
#[inline(always)]
fn count<E: Element, T: Copy>(
    elements: &[T],
    values: &[E],
    places: &mut [i64],
    before: impl Fn(T, E::Key) -> bool,
) {
    if elements.is_empty() {
        places.fill(0);
        return;
    }
    let (many, few) = values.as_chunks::<BESIDE>();
    let (into, rest) = places.as_chunks_mut::<BESIDE>();
    for (values, places) in many.iter().zip(into) {
        *places = count_beside(elements, values.map(E::key), &before);
    }
    for (value, place) in few.iter().zip(rest) {
        [*place] = count_beside(elements, [value.key()], &before);
    }
}

/// How many elements in order come before each of some values. There is at least one element.
#[inline(always)]
pub(crate) fn count_beside<const N: usize, K: Copy, T: Copy>(
    elements: &[T],
    values: [K; N],
    before: &impl Fn(T, K) -> bool,
) -> [i64; N] {
    let mut first = [0usize; N];
    let mut left = elements.len();
    // Always within the elements: `first + left` never grows.
    while left > 1 {
        let half = left / 2;
        for (first, &value) in first.iter_mut().zip(&values) {
            // SAFETY: see above.
            let element = unsafe { *elements.get_unchecked(*first + half - 1) };
            *first = select_unpredictable(before(element, value), *first + half, *first);
        }
        left -= half;
    }
    std::array::from_fn(|k| {
        // SAFETY: as above.
        let element = unsafe { *elements.get_unchecked(first[k]) };
        (first[k] + usize::from(before(element, values[k]))) as i64
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alone;

    fn places(elements: &[i32], values: &[i32], behind: bool) -> Vec<i64> {
        let (length, count) = (elements.len(), values.len());
        let search = Search { dtype: DType::I32, length, count, behind };
        let mut places = vec![-1; count];
        let (from, to) = (elements.as_ptr().cast(), values.as_ptr().cast());
        // SAFETY: elements and values of this type, and as many places.
        unsafe { search.run(from, to, places.as_mut_ptr(), &Alone) }.expect("no interrupt");
        places
    }

    #[test]
    fn values_find_their_places_before_and_behind_equal_ones() {
        for n in [0, 1, 2, 3, 100, 1000] {
            let elements: Vec<i32> = (0..n).map(|k| k / 3 * 2 - 9).collect();
            for count in [1, 15, 16, 100, 5000] {
                let values: Vec<i32> = (0..count).map(|k| k * 37 % 700 - 20).collect();
                let before = values.iter().map(|value| elements.partition_point(|e| e < value));
                let behind = values.iter().map(|value| elements.partition_point(|e| e <= value));
                let before: Vec<i64> = before.map(|place| place as i64).collect();
                let behind: Vec<i64> = behind.map(|place| place as i64).collect();
                assert_eq!(places(&elements, &values, false), before);
                assert_eq!(places(&elements, &values, true), behind);
            }
        }
    }
}
