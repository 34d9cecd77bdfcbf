//! Lines of elements in NumPy's order, as values or as places.
//!
//! Every order is stable, whatever was asked for: what is equal stays in the order in which it was
//! found, zeros of both signs and NaN among it. So a result never depends on tasks.

mod aside;
mod counted;
mod displaced;
mod divided;
mod few;
pub(crate) mod keys;
mod many;
#[cfg(target_arch = "x86_64")]
mod networks;

use crate::parallel::{Alone, Parallel};
use crate::vectors::{Loop, with_vectors};
use aside::{Aside, Met};
use displaced::divide_in_place;
use divided::{divide, divides};
use few::{FEW, Item, Placed};
use keys::{Element, Real, with_element};
use many::{Deliver, LONG, Wanted};
use std::ops::Range;
use std::slice::{from_raw_parts, from_raw_parts_mut};
use std::sync::Mutex;
use stook_types::{DType, Error, Result};

/// Lines of elements to be put in order, one behind the other.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a> {
    /// What the elements are.
    pub dtype: DType,
    /// How many there are in a line.
    pub length: usize,
    /// How many lines there are.
    pub count: usize,
    /// Places that are wanted, in order and below `length`; all if there is no list. Elsewhere an
    /// element has only to be on its side of these.
    pub places: Option<&'a [usize]>,
    /// Whether [`Lines::argsort`] finds elements in an order that stands where it writes, rather
    /// than in that of the line.
    pub again: bool,
}

/// An address that tasks share.
#[derive(Clone, Copy)]
pub(crate) struct Address(pub(crate) *mut u8);

// SAFETY: who reads or writes there is decided by the functions below.
unsafe impl Send for Address {}
// SAFETY: as above.
unsafe impl Sync for Address {}

impl Address {
    /// The address of an element.
    pub(crate) fn at<T>(self, place: usize) -> *mut T {
        self.0.cast::<T>().wrapping_add(place)
    }

    /// # Safety
    /// There are so many elements from `start` on, that nobody else uses.
    pub(crate) unsafe fn elements<'a, T>(self, start: usize, count: usize) -> &'a mut [T] {
        // SAFETY: the caller's promise.
        unsafe { from_raw_parts_mut(self.at(start), count) }
    }
}

/// What a call reads, what it writes, and its room.
#[derive(Clone, Copy)]
struct Memory {
    from: Address,
    to: Address,
    room: Address,
}

/// A call on lines whose elements have a type that is known when compiled.
type Call<'a> = unsafe fn(&Lines<'a>, Memory, &dyn Parallel) -> Result<()>;

impl Lines<'_> {
    /// Whether there is room for the items of a line: not of short lines, of which tasks have many.
    fn has_room(&self) -> bool {
        self.length >= LONG || (self.count == 1 && self.length > FEW)
    }

    /// Bytes of room that [`Lines::sort`] needs, or [`Lines::argsort`].
    pub fn room(&self, argsort: bool) -> usize {
        if !self.has_room() {
            return 0;
        }
        fn sizes<E: Element>() -> [usize; 2] {
            [size_of::<E::Key>(), size_of::<Placed<E::Key>>()]
        }
        let [key, placed] = with_element!(self.dtype, |E| sizes::<E>(), |E| sizes::<E>());
        2 * self.length * if argsort || self.dtype.is_complex() { placed } else { key }
    }

    /// Writes the elements of the lines at `from` in order to `to`.
    ///
    /// # Safety
    /// `from` and `to` have as many elements as said, aligned, and are the same or do not overlap;
    /// complex ones are not the same. `room` has [`Lines::room`] bytes aligned for 16 that overlap
    /// neither. Nobody else uses any of them meanwhile.
    pub unsafe fn sort(
        &self,
        from: *const u8,
        to: *mut u8,
        room: *mut u8,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        let call: Call<'_> =
            with_element!(self.dtype, |E| Self::sort_real::<E>, |E| Self::sort_complex::<E>);
        let [from, to, room] = [from.cast_mut(), to, room].map(Address);
        // SAFETY: the elements have this type; the rest is the caller's promise.
        unsafe { call(self, Memory { from, to, room }, parallel) }
    }

    /// Writes the places that the elements of the lines at `from` have in order to `to`.
    ///
    /// # Safety
    /// As for [`Lines::sort`], with integers at `to`, which do not overlap the elements; those that
    /// are read again come from an earlier call for lines of this length.
    pub unsafe fn argsort(
        &self,
        from: *const u8,
        to: *mut i64,
        room: *mut u8,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        let call: Call<'_> =
            with_element!(self.dtype, |E| Self::argsort_any::<E>, |E| Self::argsort_any::<E>);
        let [from, to, room] = [from.cast_mut(), to.cast(), room].map(Address);
        // SAFETY: as above.
        unsafe { call(self, Memory { from, to, room }, parallel) }
    }

    /// Runs `call` for every line, with the number of its first element: many short ones to a task,
    /// or long ones in turn, each on all threads.
    fn each_line(
        &self,
        parallel: &dyn Parallel,
        call: impl Fn(usize, &dyn Parallel) -> Result<()> + Sync,
    ) -> Result<()> {
        let n = self.length;
        if n >= LONG {
            return (0..self.count).try_for_each(|line| call(line * n, parallel));
        }
        let tasks = (n * self.count / LONG).clamp(1, self.count.max(1));
        let failed = Mutex::new(Ok(()));
        parallel.run(tasks, &|task| {
            let mut lines = self.count * task / tasks..self.count * (task + 1) / tasks;
            let done = lines.try_for_each(|line| call(line * n, &Alone));
            if done.is_err() {
                *failed.lock().expect("tasks do not panic") = done;
            }
        })?;
        failed.into_inner().expect("tasks do not panic")
    }

    /// # Safety
    /// As for [`Lines::sort`].
    unsafe fn sort_real<E: Real>(&self, memory: Memory, parallel: &dyn Parallel) -> Result<()> {
        let Memory { from, to, room } = memory;
        self.each_line(parallel, |first, parallel| {
            if counted::counts::<E>(self.length) {
                // SAFETY: a line of each.
                return unsafe {
                    counted::sort(from.at::<E>(first), to.at(first), self.length, parallel)
                };
            }
            // SAFETY: an element of the line.
            let element = |place: usize| unsafe { from.at::<E>(first + place).read() };
            if many::are_in_order(self.length, |place| element(place).key(), parallel)? {
                // SAFETY: a line of each.
                return unsafe { copy(from.at::<E>(first), to.at(first), self.length, parallel) };
            }
            let line = Memory {
                from: Address(from.at::<E>(first).cast()),
                to: Address(to.at::<E>(first).cast()),
                room,
            };
            // SAFETY: a line of each, and the caller's promise about the room.
            unsafe {
                let in_place = from.0 == to.0;
                match self.places.filter(|places| divides::<E>(self.length, places, in_place)) {
                    Some(places) => self.sort_sides::<E>(line, places, parallel),
                    None => self.sort_line::<E>(line, parallel),
                }
            }
        })
    }

    /// Divides a line about one of the places, and puts sides in order that have others.
    ///
    /// # Safety
    /// As for [`Lines::sort`], of a line.
    unsafe fn sort_sides<E: Real>(
        &self,
        memory: Memory,
        places: &[usize],
        parallel: &dyn Parallel,
    ) -> Result<()> {
        let (Memory { from, to, room }, n) = (memory, self.length);
        // SAFETY: the line, or another, and the room.
        let sides = unsafe {
            if from.0 == to.0 {
                divide_in_place::<E>(n, places, to, room, parallel)
            } else {
                let element = |place: usize| from.at::<E>(place).read();
                divide(n, places, |place| element(place).key(), element, to, parallel)
            }
        }?;
        sides.iter().try_for_each(|side| {
            let lines = Lines { length: side.range.len(), ..*self };
            let start = Address(to.at::<E>(side.range.start).cast());
            let memory = Memory { from: start, to: start, room };
            let lines = Lines { places: Some(&side.places), ..lines };
            // SAFETY: a part of the line, in place.
            unsafe {
                match side.again {
                    true => lines.sort_sides::<E>(memory, &side.places, parallel),
                    false => lines.sort_line::<E>(memory, parallel),
                }
            }
        })
    }

    /// # Safety
    /// As for [`Lines::sort`], of a line.
    unsafe fn sort_line<E: Real>(&self, memory: Memory, parallel: &dyn Parallel) -> Result<()> {
        let Memory { from, to, room } = memory;
        // SAFETY: an element of the line.
        let element = |place: usize| unsafe { from.at::<E>(place).read() };
        let (mut aside, met) = (Aside::default(), Met::default());
        let keys = |part: Range<usize>, to: *mut E::Key| {
            // SAFETY: elements of the line, and room for a key of each.
            unsafe { met.keys(from_raw_parts(from.at::<E>(part.start), part.len()), to) };
        };
        let mut between = || met.set_aside(self.length, element, &mut aside, parallel);
        let deliver = |start: usize, run: &[E::Key]| {
            // SAFETY: the line has a place for each item; all elements have been read.
            let line = unsafe { to.elements::<E>(start, run.len()) };
            with_vectors(Loop(
                #[inline(always)]
                || line.iter_mut().zip(run).for_each(|(to, &key)| *to = E::from_key(key)),
            ));
        };
        // SAFETY: the caller's promise about the room.
        unsafe { self.in_order(room, keys, &mut between, &deliver, parallel) }?;
        // SAFETY: the line, in order.
        aside.put_back(unsafe { to.elements::<E>(0, self.length) });
        Ok(())
    }

    /// # Safety
    /// As for [`Lines::sort`].
    unsafe fn sort_complex<E: Element>(
        &self,
        memory: Memory,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        self.each_line(parallel, |first, parallel| {
            // SAFETY: a line of elements, which is not written.
            let line = unsafe { from_raw_parts(memory.from.at::<E>(first), self.length) };
            let deliver = |start: usize, run: &[Placed<E::Key>]| {
                for (k, item) in run.iter().enumerate() {
                    let to = memory.to.at::<E>(first + start + k);
                    // SAFETY: the line has a place for each item.
                    unsafe { to.write(line[item.place as usize]) };
                }
            };
            // SAFETY: the caller's promise about the room.
            unsafe { self.order(line, |place| place, memory.room, &deliver, parallel) }
        })
    }

    /// # Safety
    /// As for [`Lines::argsort`].
    unsafe fn argsort_any<E: Element>(
        &self,
        memory: Memory,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        self.each_line(parallel, |first, parallel| {
            // SAFETY: a line of elements.
            let line = unsafe { from_raw_parts(memory.from.at::<E>(first), self.length) };
            let to = Address(memory.to.at::<i64>(first).cast());
            // SAFETY: there is a place for each; the rest is the caller's promise.
            unsafe {
                match self.places.filter(|places| divides::<i64>(self.length, places, false)) {
                    Some(places) => self.argsort_sides(line, places, to, memory.room, parallel),
                    None => self.argsort_line(line, to, memory.room, parallel),
                }
            }
        })
    }

    /// Divides places about one that is wanted, and puts sides in order that have others.
    ///
    /// # Safety
    /// As for [`Lines::argsort`], of as many places as are in a line at `to`.
    unsafe fn argsort_sides<E: Element>(
        &self,
        line: &[E],
        places: &[usize],
        to: Address,
        room: Address,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        let n = self.length;
        // SAFETY: places are those of elements.
        let key = |place: usize| unsafe { line.get_unchecked(place) }.key();
        let sides = if self.again {
            let found = self.found(to);
            let made = |number| found(number) as i64;
            // SAFETY: the room, which is not read, and as many places in each.
            unsafe {
                let sides = divide(n, places, |number| key(found(number)), made, room, parallel)?;
                copy(room.at::<i64>(0), to.at(0), n, parallel)?;
                sides
            }
        } else {
            // SAFETY: as many places, which are not read.
            unsafe { divide(n, places, key, |place| place as i64, to, parallel) }?
        };
        sides.iter().try_for_each(|side| {
            let start = Address(to.at::<i64>(side.range.start).cast());
            let lines = Lines { length: side.range.len(), again: true, ..*self };
            let lines = Lines { places: Some(&side.places), ..lines };
            // SAFETY: a part of the places.
            unsafe {
                match side.again {
                    true => lines.argsort_sides(line, &side.places, start, room, parallel),
                    false => lines.argsort_line(line, start, room, parallel),
                }
            }
        })
    }

    /// Which element of a line comes at a number, as places at `to` say if they are read again.
    fn found(&self, to: Address) -> impl Fn(usize) -> usize + Sync + use<> {
        let again = self.again;
        move |number| match again {
            // SAFETY: a place that was written before.
            true => unsafe { to.at::<i64>(number).read() as usize },
            false => number,
        }
    }

    /// # Safety
    /// As for [`Lines::argsort`], of as many places as are in a line at `to`.
    unsafe fn argsort_line<E: Element>(
        &self,
        line: &[E],
        to: Address,
        room: Address,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        let deliver = |start: usize, run: &[Placed<E::Key>]| {
            for (k, item) in run.iter().enumerate() {
                // SAFETY: there is a place for each item.
                unsafe { to.at::<i64>(start + k).write(i64::from(item.place)) };
            }
        };
        // SAFETY: the caller's promise about the room.
        unsafe { self.order(line, self.found(to), room, &deliver, parallel) }
    }

    /// Delivers the places of a line's elements in order, which are found as said.
    ///
    /// # Safety
    /// `room` is that of [`Lines::sort`].
    unsafe fn order<E: Element>(
        &self,
        line: &[E],
        found: impl Fn(usize) -> usize + Sync,
        room: Address,
        deliver: &Deliver<'_, Placed<E::Key>>,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        let n = line.len();
        let too_long = |_| Error::Value(format!("a line of {n} elements is too long"));
        u32::try_from(n).map_err(too_long)?;
        let items = |part: Range<usize>, to: *mut Placed<E::Key>| {
            for (k, number) in part.enumerate() {
                let place = found(number);
                // SAFETY: there is room for an item of each.
                unsafe { to.add(k).write(Placed { key: line[place].key(), place: place as u32 }) };
            }
        };
        // SAFETY: the caller's promise.
        unsafe { self.in_order(room, items, &mut || Ok(()), deliver, parallel) }
    }

    /// Delivers the items of a line in order; calls `between` when all have been made, and nothing
    /// is delivered yet.
    ///
    /// # Safety
    /// `room` is that of [`Lines::sort`], and `make` writes the items of a part.
    unsafe fn in_order<T: Item>(
        &self,
        room: Address,
        make: impl Fn(Range<usize>, *mut T) + Sync,
        between: &mut dyn FnMut() -> Result<()>,
        deliver: &Deliver<'_, T>,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        let n = self.length;
        let wanted = self.places.map_or(Wanted::All, Wanted::Places);
        if !self.has_room() {
            let mut items = Vec::with_capacity(n);
            make(0..n, items.as_mut_ptr());
            // SAFETY: as many have been made.
            unsafe { items.set_len(n) };
            between()?;
            let mut room = if n > FEW { items.clone() } else { Vec::new() };
            return many::sort(&mut items, &mut room, 0, wanted, deliver, parallel);
        }
        let tasks = (n / LONG).max(1);
        parallel.run(tasks, &|task| {
            let part = n * task / tasks..n * (task + 1) / tasks;
            // Items in the room, in one task.
            make(part.clone(), room.at(part.start));
        })?;
        between()?;
        // SAFETY: there is room for each item twice, and the first ones have been written.
        let (items, room) = unsafe { (room.elements(0, n), room.elements(n, n)) };
        many::sort(items, room, 0, wanted, deliver, parallel)
    }
}

/// Copies a long line, in parts.
///
/// # Safety
/// There are as many elements at `from` as room at `to`; they are the same or do not overlap.
unsafe fn copy<T>(from: *mut T, to: *mut T, length: usize, parallel: &dyn Parallel) -> Result<()> {
    let (from, to) = (Address(from.cast()), Address(to.cast()));
    let tasks = length.div_ceil(LONG);
    parallel.run(tasks, &|task| {
        let (start, end) = (length * task / tasks, length * (task + 1) / tasks);
        // SAFETY: a part of each, in one task.
        unsafe { std::ptr::copy(from.at::<T>(start), to.at(start), end - start) };
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted<T: Copy>(dtype: DType, length: usize, elements: &[T]) -> Vec<T> {
        let lines =
            Lines { dtype, length, count: elements.len() / length, places: None, again: false };
        let mut room = vec![0u128; lines.room(false).div_ceil(16)];
        let mut made = elements.to_vec();
        let (from, to) = (elements.as_ptr().cast(), made.as_mut_ptr().cast());
        // SAFETY: lines of elements of this type, as many to write, and the room.
        unsafe { lines.sort(from, to, room.as_mut_ptr().cast(), &Alone) }.expect("no interrupt");
        made
    }

    #[test]
    fn zeros_and_nan_keep_their_order() {
        let nan = [f64::from_bits(0xfff8_0000_0000_0001), f64::from_bits(0x7ff8_0000_0000_0002)];
        let line = [nan[0], 0.0, -0.0, 1.0, nan[1], 0.0, -1.0, -0.0].map(f64::to_bits);
        let expected = [-1.0, 0.0, -0.0, 0.0, -0.0, 1.0, nan[0], nan[1]].map(f64::to_bits);
        for times in [1, 20_000] {
            let many = sorted(DType::F64, 8 * times, &line.repeat(times));
            let each = |k: usize| &many[k * times..(k + 1) * times];
            if times == 1 {
                assert_eq!(many, expected);
            } else {
                let signs = [each(1), each(2), each(3), each(4)].concat();
                assert_eq!(signs, [0.0, -0.0, 0.0, -0.0].map(f64::to_bits).repeat(times));
                assert_eq!([each(6), each(7)].concat(), nan.map(f64::to_bits).repeat(times));
            }
        }
    }

    #[test]
    fn each_line_is_sorted_on_its_own() {
        let elements: Vec<i16> = (0..60_000).map(|k| (k * 7919 % 3001) as i16 - 1500).collect();
        for length in [1, 3, 100, 20_000, 60_000] {
            let mut expected = elements.clone();
            expected.chunks_mut(length).for_each(<[i16]>::sort);
            assert!(sorted(DType::I16, length, &elements) == expected);
        }
    }

    #[test]
    fn complex_numbers_are_moved_whole() {
        let line = [[1.0f32, 2.0], [1.0, -2.0], [-0.0, 0.0], [0.0, -0.0], [-3.0, 9.0]];
        let expected = [line[4], line[2], line[3], line[1], line[0]];
        let bits = |line: &[[f32; 2]]| line.iter().map(|z| z.map(f32::to_bits)).collect::<Vec<_>>();
        assert_eq!(bits(&sorted(DType::C64, 5, &line)), bits(&expected));
    }
}
