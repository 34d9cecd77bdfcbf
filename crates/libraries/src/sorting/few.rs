//! Few items in the order of their keys; equal ones keep theirs.
//!
//! Items are dealt out by the digits of the bits in which most keys differ, the lowest first (a radix
//! sort as in Knuth, The Art of Computer Programming 3, 5.2.5). That leaves short runs of items with
//! the same bits, which are put in order one by one.

use super::keys::Key;
#[cfg(target_arch = "x86_64")]
use super::networks;
use crate::vectors::{Loop, with_vectors};

/// What is put in order.
pub(crate) trait Item: Copy + Send + Sync {
    /// What it is ordered by.
    type Key: Key;
    /// Whether it is its key and nothing else, so that equal ones need not keep their order.
    const IS_KEY: bool;

    /// Its key.
    fn key(&self) -> Self::Key;
}

impl<K: Key> Item for K {
    type Key = K;
    const IS_KEY: bool = true;

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
    const IS_KEY: bool = false;

    #[inline(always)]
    fn key(&self) -> K {
        self.key
    }
}

/// Items that are put in order one by one.
pub(crate) const FEW: usize = 24;
/// Bits of a digit.
const DIGIT: u32 = 8;

/// The least and the greatest key, and whether items are in order.
#[derive(Clone, Copy)]
pub(super) struct Span<K> {
    pub(super) least: K,
    most: K,
    in_order: bool,
}

impl<K: Key> Span<K> {
    pub(super) fn of<T: Item<Key = K>>(items: &[T]) -> Self {
        with_vectors(Loop(
            #[inline(always)]
            || {
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
            },
        ))
    }

    /// Bits in which keys differ, counted from the least.
    pub(super) fn bits(self) -> u32 {
        if self.in_order { 0 } else { self.most.above(self.least).width() }
    }

    /// That of these items and ones behind them.
    pub(super) fn followed_by(self, next: Self) -> Self {
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
    if span.bits() == 0 {
        return;
    }
    #[cfg(target_arch = "x86_64")]
    if networks::sort(items, room) {
        return;
    }
    sort_spanned(items, room, span.least, span.bits());
}

/// Puts items in order in place, by digits of their keys; `room` has as many.
pub(super) fn sort_by_digits<T: Item>(items: &mut [T], room: &mut [T]) {
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
