//! Items in the order of their keys; equal ones keep theirs.
//!
//! Many items are first dealt out, by the highest bits in which their keys differ, to buckets that
//! fit in a cache; then buckets are independent. Few are dealt out by the digits of some more bits,
//! the lowest first (a radix sort as in Knuth, The Art of Computer Programming 3, 5.2.5), which
//! leaves short runs of items with the same bits to put in order one by one. What is in order is
//! handed on, a run at a time.

use super::keys::Key;
use crate::moves::Rows;
use crate::parallel::Parallel;
use std::ops::Range;
use std::sync::Mutex;
use stook_types::Result;

/// What is put in order.
pub(crate) trait Item: Copy + Send + Sync {
    /// What it is ordered by.
    type Key: Key;

    /// Its key.
    fn key(&self) -> Self::Key;
}

impl<K: Key> Item for K {
    type Key = K;

    #[inline(always)]
    fn key(&self) -> K {
        *self
    }
}

/// A key with the place that it was found at.
#[derive(Clone, Copy)]
pub(crate) struct Placed<K> {
    pub(crate) key: K,
    pub(crate) place: u32,
}

impl<K: Key> Item for Placed<K> {
    type Key = K;

    #[inline(always)]
    fn key(&self) -> K {
        self.key
    }
}

/// Items from which tasks share a line.
pub(crate) const LONG: usize = 1 << 15;
/// The most tasks that deal out items.
pub(crate) const DEALERS: usize = 64;
/// Bits by which items are dealt out to buckets.
const BUCKET_BITS: u32 = 10;
/// Items that are put in order one by one.
pub(crate) const FEW: usize = 24;
/// Bits of a digit.
const DIGIT: u32 = 8;

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

/// The least and the greatest key, and whether items are in order.
#[derive(Clone, Copy)]
struct Span<K> {
    least: K,
    most: K,
    in_order: bool,
}

impl<K: Key> Span<K> {
    fn of<T: Item<Key = K>>(items: &[T]) -> Self {
        let mut span = Self { least: K::MOST, most: K::LEAST, in_order: true };
        let mut before = K::LEAST;
        for item in items {
            let key = item.key();
            span.least = span.least.min(key);
            span.most = span.most.max(key);
            span.in_order &= before <= key;
            before = key;
        }
        span
    }

    /// Bits in which keys differ, counted from the least.
    fn bits(self) -> u32 {
        if self.in_order { 0 } else { self.most.above(self.least).width() }
    }

    /// That of these items and ones behind them.
    fn followed_by(self, next: Self) -> Self {
        Self {
            least: self.least.min(next.least),
            most: self.most.max(next.most),
            in_order: self.in_order && next.in_order && self.most <= next.least,
        }
    }
}

/// Puts items in order in place; `room` has as many.
pub(crate) fn sort_few<T: Item>(items: &mut [T], room: &mut [T]) {
    if items.len() <= FEW {
        insert(items);
        return;
    }
    let span = Span::of(items);
    sort_spanned(items, room, span.least, span.bits());
}

/// Puts items in order whose keys lie above `least` by numbers of so many bits.
fn sort_spanned<T: Item>(items: &mut [T], room: &mut [T], least: T::Key, bits: u32) {
    if bits == 0 {
        return;
    }
    if items.len() <= FEW {
        insert(items);
        return;
    }
    // As many bits as tell most items apart.
    let digits = (items.len().ilog2() + 1).min(bits).div_ceil(DIGIT).min(3);
    let shift = bits.saturating_sub(digits * DIGIT);
    match digits {
        1 => deal_by_digits::<T, 1>(items, room, least, shift),
        2 => deal_by_digits::<T, 2>(items, room, least, shift),
        _ => deal_by_digits::<T, 3>(items, room, least, shift),
    }
    if shift == 0 {
        return;
    }
    let prefix = |item: &T| item.key().above(least).bits_from(shift);
    let mut start = 0;
    while start < items.len() {
        let same = prefix(&items[start]);
        let run = items[start + 1..].iter().take_while(|item| prefix(item) == same).count() + 1;
        if run > 1 {
            sort_few(&mut items[start..start + run], &mut room[..run]);
        }
        start += run;
    }
}

/// Puts items in order one by one.
fn insert<T: Item>(items: &mut [T]) {
    for k in 1..items.len() {
        let item = items[k];
        let key = item.key();
        let mut place = k;
        while place > 0 && items[place - 1].key() > key {
            items[place] = items[place - 1];
            place -= 1;
        }
        items[place] = item;
    }
}

/// Puts items in the order of some digits of their keys, from a bit on, the lowest first.
fn deal_by_digits<T: Item, const DIGITS: usize>(
    items: &mut [T],
    room: &mut [T],
    least: T::Key,
    shift: u32,
) {
    const COUNT: usize = 1 << DIGIT;
    let digit = |item: &T, number: usize| {
        item.key().above(least).bits_from(shift + DIGIT * number as u32) % COUNT
    };
    let mut counts = [[0u32; COUNT]; DIGITS];
    for item in items.iter() {
        for (number, counts) in counts.iter_mut().enumerate() {
            counts[digit(item, number)] += 1;
        }
    }
    let (mut from, mut to) = (items, room);
    let mut swapped = false;
    for (number, counts) in counts.iter_mut().enumerate() {
        let mut next = 0;
        let mut alike = false;
        for count in counts.iter_mut() {
            alike |= *count as usize == from.len();
            next += std::mem::replace(count, next);
        }
        if alike {
            continue;
        }
        for item in from.iter() {
            let place = &mut counts[digit(item, number)];
            to[*place as usize] = *item;
            *place += 1;
        }
        std::mem::swap(&mut from, &mut to);
        swapped = !swapped;
    }
    if swapped {
        to.copy_from_slice(from);
    }
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

/// What each task makes.
pub(crate) fn each<R: Send>(
    tasks: usize,
    parallel: &dyn Parallel,
    make: impl Fn(usize) -> R + Sync,
) -> Result<Vec<R>> {
    let made: Vec<Mutex<Option<R>>> = (0..tasks).map(|_| Mutex::new(None)).collect();
    parallel.run(tasks, &|task| {
        let result = make(task);
        *made[task].lock().expect("one task for each") = Some(result);
    })?;
    let results = made.into_iter().map(|one| one.into_inner().ok().flatten());
    Ok(results.map(|one| one.expect("every task has run")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alone;

    /// Numbers that look random.
    pub(crate) fn random(n: usize) -> Vec<u64> {
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
