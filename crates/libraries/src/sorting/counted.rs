//! Elements of few bits in order: each is written as often as it was counted.

use super::Address;
use super::aside::{Aside, Met};
use super::keys::{Key, Real};
use super::many::{DEALERS, LONG};
use crate::parallel::{Parallel, each};
use stook_types::Result;

/// Whether a line of so many elements is counted. Keys are then far fewer than elements.
pub(super) fn counts<E: Real>(length: usize) -> bool {
    let bits = 8 * size_of::<E::Key>();
    bits <= 16 && length >> bits >= 8
}

/// Writes the elements of a line in order.
///
/// # Safety
/// There are `length` elements at `from` and room for them at `to`, which are the same or do not
/// overlap. Nobody else uses any of them meanwhile.
pub(super) unsafe fn sort<E: Real>(
    from: *const E,
    to: *mut E,
    length: usize,
    parallel: &dyn Parallel,
) -> Result<()> {
    let (from, to) = (Address(from.cast_mut().cast()), Address(to.cast()));
    // SAFETY: an element of the line.
    let element = |place: usize| unsafe { from.at::<E>(place).read() };
    let (mut aside, met) = (Aside::default(), Met::default());
    let keys = 1usize << (8 * size_of::<E::Key>());
    // A task counts more elements than there are keys to add.
    let tasks = (length / LONG.max(4 * keys)).clamp(1, DEALERS);
    let counts = each(tasks, parallel, |task| {
        let mut counts = vec![0usize; keys];
        for place in length * task / tasks..length * (task + 1) / tasks {
            counts[met.key(element(place)).bits_from(0)] += 1;
        }
        counts
    })?;
    met.set_aside(length, element, &mut aside, parallel)?;
    let mut ends = Vec::with_capacity(keys);
    let mut end = 0;
    for key in 0..keys {
        end += counts.iter().map(|counts| counts[key]).sum::<usize>();
        ends.push(end);
    }
    let writers = (length / LONG).clamp(1, DEALERS);
    parallel.run(writers, &|task| {
        let (mut start, stop) = (length * task / writers, length * (task + 1) / writers);
        let mut key = ends.partition_point(|&end| end <= start);
        while start < stop {
            let end = ends[key].min(stop);
            // SAFETY: a part of the line that no other task writes; all elements have been read.
            let run = unsafe { to.elements::<E>(start, end - start) };
            run.fill(E::from_key(E::Key::from_low(key)));
            (start, key) = (end, key + 1);
        }
    })?;
    // SAFETY: the line, in order.
    aside.put_back(unsafe { to.elements::<E>(0, length) });
    Ok(())
}
