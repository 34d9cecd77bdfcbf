//! Many items in the order of their keys; equal ones keep theirs.
//!
//! Items are dealt out, by the highest bits in which their keys differ, to buckets that fit in a
//! cache; then buckets are independent. What is in order is handed on, a bucket at a time.

use super::few::{Item, Span, sort_few};
use super::keys::Key;
use crate::moves::Rows;
use crate::parallel::{Parallel, each};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use stook_types::Result;

/// Items from which tasks share a line.
pub(crate) const LONG: usize = 1 << 15;
/// The most tasks that deal out items.
pub(crate) const DEALERS: usize = 64;
/// Bits by which items are dealt out to buckets.
const BUCKET_BITS: u32 = 10;
/// Where items in order go: how many come before them, and they.
pub(crate) type Deliver<'a, T> = dyn Fn(usize, &[T]) + Sync + 'a;

/// What is asked of a sort.
#[derive(Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// Every item in its place.
    All,
    /// The right items at these places, in order, and what is less before them.
    Places(&'a [usize]),
}

impl Wanted<'_> {
    /// Whether one of these places is wanted.
    fn any(self, places: &Range<usize>) -> bool {
        match self {
            Self::All => true,
            Self::Places(wanted) => {
                let next = wanted.partition_point(|&place| place < places.start);
                wanted.get(next).is_some_and(|&place| place < places.end)
            }
        }
    }
}

/// Whether many keys are in order, which is found out at little cost where they are not; few may be
/// in order without anybody noticing.
pub(crate) fn are_in_order<K: Key>(
    count: usize,
    key: impl Fn(usize) -> K + Sync,
    parallel: &dyn Parallel,
) -> Result<bool> {
    /// Keys after which tasks look whether others have gone on in vain.
    const STEP: usize = 1 << 12;
    if count < LONG {
        return Ok(false);
    }
    let falls = AtomicBool::new(false);
    let tasks = count / LONG;
    parallel.run(tasks, &|task| {
        let (mut start, end) = (count * task / tasks, count * (task + 1) / tasks);
        let mut before = key(start.saturating_sub(1));
        while start < end && !falls.load(Relaxed) {
            let stop = end.min(start + STEP);
            let mut fell = false;
            for place in start..stop {
                let next = key(place);
                fell |= before > next;
                before = next;
            }
            if fell {
                falls.store(true, Relaxed);
            }
            start = stop;
        }
    })?;
    Ok(!falls.into_inner())
}

/// Puts items in order and delivers them; `items` and `room`, which has as many, are used up.
pub(crate) fn sort<T: Item>(
    items: &mut [T],
    room: &mut [T],
    start: usize,
    wanted: Wanted<'_>,
    deliver: &Deliver<'_, T>,
    parallel: &dyn Parallel,
) -> Result<()> {
    if items.len() < LONG {
        sort_few(items, room);
        deliver(start, items);
        return Ok(());
    }
    let dealers = Dealers::of(items.len());
    let span = dealers.span(items, parallel)?;
    let bits = span.bits();
    if bits == 0 {
        return parallel.run(dealers.tasks, &|task| {
            let part = dealers.part(task);
            deliver(start + part.start, &items[part]);
        });
    }
    let shift = bits.saturating_sub(BUCKET_BITS);
    let buckets = dealers.deal(items, room, span.least, shift, parallel)?;
    let large = LONG.max(items.len() / 16);
    let is_large = |bucket: &Range<usize>| shift > 0 && bucket.len() >= large;
    let small = groups(&buckets, |bucket| !is_large(bucket));
    let (here, there) = (rows(items), rows(room));
    parallel.run(small.len(), &|task| {
        for bucket in &buckets[small[task].clone()] {
            // SAFETY: buckets do not overlap, and each is in one task.
            let (used, dealt) = unsafe { (part(here, bucket), part(there, bucket)) };
            if shift > 0 && wanted.any(&(start + bucket.start..start + bucket.end)) {
                sort_few(dealt, used);
            }
            deliver(start + bucket.start, dealt);
        }
    })?;
    for bucket in buckets.iter().filter(|bucket| is_large(bucket)) {
        let (dealt, used) = (&mut room[bucket.clone()], &mut items[bucket.clone()]);
        let places = start + bucket.start..start + bucket.end;
        if wanted.any(&places) {
            sort(dealt, used, places.start, wanted, deliver, parallel)?;
        } else {
            deliver(places.start, dealt);
        }
    }
    Ok(())
}

/// Buckets that follow one another, by number, as tasks of some size; those not taken are in none.
fn groups(buckets: &[Range<usize>], takes: impl Fn(&Range<usize>) -> bool) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut first = 0;
    let mut items = 0;
    for (number, bucket) in buckets.iter().enumerate() {
        let taken = takes(bucket);
        items += if taken { bucket.len() } else { 0 };
        if items >= LONG || !taken {
            groups.push(first..number + usize::from(taken));
            (first, items) = (number + 1, 0);
        }
    }
    groups.push(first..buckets.len());
    groups.retain(|group| !group.is_empty());
    groups
}

fn rows<T>(items: &mut [T]) -> Rows {
    let bytes = size_of::<T>();
    Rows { start: items.as_mut_ptr().cast(), stride: bytes as isize, bytes }
}

/// # Safety
/// The rows are items, and nobody else uses those of this part.
unsafe fn part<'a, T>(items: Rows, part: &Range<usize>) -> &'a mut [T] {
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts_mut(items.at(part.start).cast(), part.len()) }
}

/// Tasks that deal out items, each a part of them.
struct Dealers {
    items: usize,
    tasks: usize,
}

impl Dealers {
    fn of(items: usize) -> Self {
        Self { items, tasks: (items / LONG).clamp(1, DEALERS) }
    }

    fn part(&self, task: usize) -> Range<usize> {
        self.items * task / self.tasks..self.items * (task + 1) / self.tasks
    }

    fn span<T: Item>(&self, items: &[T], parallel: &dyn Parallel) -> Result<Span<T::Key>> {
        let spans = each(self.tasks, parallel, |task| Span::of(&items[self.part(task)]))?;
        Ok(spans.into_iter().reduce(Span::followed_by).expect("there is a task"))
    }

    /// Copies items to `room`, by the bits of their keys from one on, and in order where these are
    /// the same; returns where each bucket lies.
    fn deal<T: Item>(
        &self,
        items: &[T],
        room: &mut [T],
        least: T::Key,
        shift: u32,
        parallel: &dyn Parallel,
    ) -> Result<Vec<Range<usize>>> {
        const COUNT: usize = 1 << BUCKET_BITS;
        let bucket = |item: &T| item.key().above(least).bits_from(shift) % COUNT;
        let mut counts = each(self.tasks, parallel, |task| {
            let mut counts = vec![0usize; COUNT];
            for item in &items[self.part(task)] {
                counts[bucket(item)] += 1;
            }
            counts
        })?;
        let mut next = 0;
        let mut buckets = Vec::with_capacity(COUNT);
        for number in 0..COUNT {
            let start = next;
            for counts in &mut counts {
                next += std::mem::replace(&mut counts[number], next);
            }
            buckets.push(start..next);
        }
        let room = rows(room);
        let counts: Vec<Mutex<Vec<usize>>> = counts.into_iter().map(Mutex::new).collect();
        parallel.run(self.tasks, &|task| {
            let mut places = counts[task].lock().expect("one task for each");
            for item in &items[self.part(task)] {
                let place = &mut places[bucket(item)];
                // SAFETY: places were counted, so that each item has one of its own in the room.
                unsafe { room.at(*place).cast::<T>().write(*item) };
                *place += 1;
            }
        })?;
        Ok(buckets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alone;
    use crate::sorting::few::Placed;

    /// Numbers that look random.
    fn random(n: usize) -> Vec<u64> {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state ^ (state >> 29)
        };
        (0..n).map(|_| next()).collect()
    }

    fn placed<K: Key>(keys: &[K]) -> Vec<Placed<K>> {
        let places = 0u32..;
        keys.iter().zip(places).map(|(&key, place)| Placed { key, place }).collect()
    }

    fn order<K: Key>(keys: &[K], wanted: Wanted<'_>) -> Vec<u32> {
        let (mut items, mut room) = (placed(keys), placed(keys));
        let found = Mutex::new(vec![u32::MAX; keys.len()]);
        let deliver = |start: usize, run: &[Placed<K>]| {
            let mut found = found.lock().expect("one thread");
            for (to, item) in found[start..].iter_mut().zip(run) {
                *to = item.place;
            }
        };
        sort(&mut items, &mut room, 0, wanted, &deliver, &Alone).expect("nobody interrupts");
        found.into_inner().expect("one thread")
    }

    fn check<K: Key>(keys: &[K]) {
        let mut expected: Vec<u32> = (0..keys.len() as u32).collect();
        expected.sort_by_key(|&place| keys[place as usize]);
        assert!(order(keys, Wanted::All) == expected, "{} keys", keys.len());
    }

    #[test]
    fn equal_keys_keep_their_order_whatever_the_spread() {
        for n in [0, 1, 2, 24, 25, 300, 5000, 70_000, 300_000] {
            let keys = random(n);
            check(&keys);
            check(&keys.iter().map(|key| *key as u8).collect::<Vec<_>>());
            check(&keys.iter().map(|key| *key as u16).collect::<Vec<_>>());
            check(&keys.iter().map(|key| key % 3).collect::<Vec<_>>());
            check(&keys.iter().map(|key| key >> (key % 64)).collect::<Vec<_>>());
            check(&keys.iter().map(|key| u64::MAX - key % 1000).collect::<Vec<_>>());
            check(&keys.iter().map(|&key| u128::from(key) << (key % 65)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn keys_in_order_stay() {
        let keys: Vec<u64> = (0..100_000).map(|k| k / 3).collect();
        check(&keys);
        check(&keys.iter().rev().copied().collect::<Vec<_>>());
    }

    #[test]
    fn wanted_places_have_less_before_and_more_behind_them() {
        let keys: Vec<u64> = random(200_000).iter().map(|key| key >> (key % 60)).collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        for places in [&[0][..], &[100_000], &[5, 70_000, 199_999]] {
            let found = order(&keys, Wanted::Places(places));
            let found: Vec<u64> = found.iter().map(|&place| keys[place as usize]).collect();
            for &place in places {
                assert_eq!(found[place], sorted[place]);
                assert!(found[..place].iter().all(|&key| key <= found[place]));
                assert!(found[place..].iter().all(|&key| key >= found[place]));
            }
        }
    }
}
