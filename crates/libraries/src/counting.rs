//! How often each of the numbers from 0 on comes, or how much it weighs.
//!
//! Tasks count apart, and their counts are added. Weights are added one after another, in the order
//! in which they come, as their sums depend on that.

use crate::parallel::{Parallel, each};
use crate::sorting::Address;
use stook_types::Result;

/// Numbers that are worth a task.
const WORTH: usize = 1 << 16;
/// The most tasks that count.
const COUNTERS: usize = 64;

/// The least and the greatest of some numbers.
pub fn bounds(numbers: &[i64], parallel: &dyn Parallel) -> Result<Option<(i64, i64)>> {
    let tasks = (numbers.len() / WORTH).max(1);
    let found =
        each(tasks, parallel, |task| {
            let part = &numbers[numbers.len() * task / tasks..numbers.len() * (task + 1) / tasks];
            let first = part.first()?;
            Some(part.iter().fold((*first, *first), |(least, most), &number| {
                (least.min(number), most.max(number))
            }))
        })?;
    let wider = |a: (i64, i64), b: (i64, i64)| (a.0.min(b.0), a.1.max(b.1));
    Ok(found.into_iter().flatten().reduce(wider))
}

/// Writes how often each number comes to `counts`.
///
/// # Panics
/// When a number is not below the length of `counts`.
pub fn count(numbers: &[i64], counts: &mut [i64], parallel: &dyn Parallel) -> Result<()> {
    let (n, length) = (numbers.len(), counts.len());
    // What tasks have counted is added once more, so each counts far more than there is to add.
    let tasks = (n / WORTH.max(8 * length)).clamp(1, COUNTERS);
    if tasks == 1 {
        counts.fill(0);
        add(numbers, counts);
        return Ok(());
    }
    let found = each(tasks, parallel, |task| {
        let mut counts = vec![0i64; length];
        add(&numbers[n * task / tasks..n * (task + 1) / tasks], &mut counts);
        counts
    })?;
    let into = Address(counts.as_mut_ptr().cast());
    let adders = (length * tasks / WORTH).clamp(1, COUNTERS);
    parallel.run(adders, &|task| {
        for number in length * task / adders..length * (task + 1) / adders {
            let total = found.iter().map(|counts| counts[number]).sum();
            // SAFETY: one of the counts, in one task.
            unsafe { into.at::<i64>(number).write(total) };
        }
    })
}

fn add(numbers: &[i64], counts: &mut [i64]) {
    for &number in numbers {
        counts[number as usize] += 1;
    }
}

/// Writes how much all of each number weigh together to `sums`.
///
/// # Panics
/// When a number is not below the length of `sums`, or there are fewer weights.
pub fn weigh(numbers: &[i64], weights: &[f64], sums: &mut [f64]) {
    sums.fill(0.0);
    for (&number, weight) in numbers.iter().zip(&weights[..numbers.len()]) {
        sums[number as usize] += weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alone;

    #[test]
    fn numbers_are_counted_by_tasks_as_by_one() {
        let numbers: Vec<i64> = (0..300_000).map(|k| k * k % 1009).collect();
        let mut expected = vec![0; 1020];
        add(&numbers, &mut expected);
        let mut counts = vec![-1; 1020];
        count(&numbers, &mut counts, &Alone).expect("nobody interrupts");
        assert_eq!(counts, expected);
        assert_eq!(bounds(&numbers, &Alone), Ok(Some((0, 1008))));
        assert_eq!(bounds(&[], &Alone), Ok(None));
    }

    #[test]
    fn weights_are_added_in_order() {
        let mut sums = [9.0; 3];
        weigh(&[1, 0, 1, 1], &[1e16, 2.0, 1.0, -1e16], &mut sums);
        assert_eq!(sums, [2.0, 0.0, 0.0]);
    }
}
