//! Whether two views of one storage have a byte in common, for certain or not.
//!
//! Views enter; what leaves is never wrong where it says that there is none. A common byte is a
//! solution in whole numbers of one equation, whose unknowns are the indices of both views, each
//! within its axis. Steps are tried from the longest to the shortest, which leaves one choice or two
//! for parts of one array; where it takes more than a few, nothing is known.

use crate::view::View;
use smallvec::SmallVec;

/// Choices that are tried.
const MOST: usize = 64;

/// How often a step is taken, more often by the first view or, below zero, by the second.
struct Term {
    step: isize,
    least: isize,
    most: isize,
}

/// Whether the views, which have elements of these sizes, have no byte in common.
pub(crate) fn apart(a: &View, a_size: usize, b: &View, b_size: usize) -> bool {
    let (low, other_low) = (a.extent(a_size).0, b.extent(b_size).0);
    let distance = other_low - low;
    interleaved(a, a_size, b, b_size) || {
        let mut terms = terms(a, b);
        terms.push(Term { step: 1, least: 1 - b_size as isize, most: a_size as isize - 1 });
        let mut tried = 0;
        !may_meet(&terms, distance, &mut tried)
    }
}

/// The steps of both, longest first, each once.
fn terms(a: &View, b: &View) -> SmallVec<[Term; 8]> {
    let mut terms: SmallVec<[Term; 8]> = SmallVec::new();
    for (view, sign) in [(a, 1), (b, -1)] {
        for (&n, &stride) in
            view.shape.iter().zip(&view.strides).filter(|&(&n, &s)| n > 1 && s != 0)
        {
            let (step, last) = (stride.abs(), n as isize - 1);
            let at = terms.iter().position(|term| term.step <= step).unwrap_or(terms.len());
            if terms.get(at).is_none_or(|term| term.step != step) {
                terms.insert(at, Term { step, least: 0, most: 0 });
            }
            match sign {
                1 => terms[at].most += last,
                _ => terms[at].least -= last,
            }
        }
    }
    terms
}

/// Whether the terms may add up to `sum`.
fn may_meet(terms: &[Term], sum: isize, tried: &mut usize) -> bool {
    let Some((term, rest)) = terms.split_first() else {
        return sum == 0;
    };
    let reach = |of: fn(&Term) -> isize| rest.iter().map(|t| t.step * of(t)).sum::<isize>();
    let (low, high) = (sum - reach(|t| t.most), sum - reach(|t| t.least));
    let from =
        term.least.max(low.div_euclid(term.step) + isize::from(low.rem_euclid(term.step) != 0));
    let to = term.most.min(high.div_euclid(term.step));
    (from..=to).any(|times| {
        *tried += 1;
        *tried > MOST || may_meet(rest, sum - times * term.step, tried)
    })
}

/// Whether the views step through memory by a common pitch and stay in separate parts of it,
/// as the real and imaginary parts or the even and odd elements of an array do.
fn interleaved(a: &View, a_size: usize, b: &View, b_size: usize) -> bool {
    let steps = |v: &View| {
        (0..v.ndim())
            .filter(|&axis| v.shape[axis] > 1)
            .fold(0, |pitch, axis| gcd(pitch, v.strides[axis].unsigned_abs()))
    };
    let pitch = gcd(steps(a), steps(b));
    if pitch == 0 {
        return false;
    }
    let shift = (b.offset - a.offset).rem_euclid(pitch as isize) as usize;
    shift >= a_size && shift + b_size <= pitch
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Overlap;
    use std::collections::HashSet;

    fn view(offset: isize, shape: &[usize], strides: &[isize]) -> View {
        View { offset, shape: shape.into(), strides: strides.into() }
    }

    /// Every byte of a view.
    fn bytes(v: &View, size: usize) -> HashSet<isize> {
        let mut found: HashSet<isize> = [v.offset].into();
        for (&n, &stride) in v.shape.iter().zip(&v.strides) {
            let steps = |&at: &isize| (0..n as isize).map(move |k| at + k * stride);
            found = found.iter().flat_map(steps).collect();
        }
        found.iter().flat_map(|&at| at..at + size as isize).collect()
    }

    #[test]
    fn pixels_of_an_image_with_channels_are_apart() {
        let pixel = |i: isize, j: isize| view(i * 480 + j * 16, &[3, 4], &[14400, 4]);
        assert_eq!(pixel(2, 3).overlap(4, &pixel(2, 4), 4), Overlap::Disjoint);
        assert_eq!(pixel(2, 3).overlap(4, &pixel(3, 3), 4), Overlap::Disjoint);
        assert_eq!(pixel(2, 3).overlap(4, &pixel(2, 3), 4), Overlap::Same);
        assert_eq!(
            pixel(2, 3).overlap(4, &view(2 * 480 + 52, &[3, 3], &[14400, 4]), 4),
            Overlap::Unknown
        );
    }

    #[test]
    fn what_is_apart_has_no_byte_in_common_and_parts_of_an_array_are_known() {
        let mut state = 7u64;
        let mut pick = |n: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        let mut known = 0;
        for _ in 0..4000 {
            let mut one = || {
                let mut v = view(0, &[], &[]);
                for (whole, stride) in [(5u64, 96isize), (6, 16), (4, 4)] {
                    let (start, step) = (pick(whole), 1 + pick(2));
                    let count = 1 + pick((whole - start).div_ceil(step));
                    let back = pick(4) == 0;
                    let last = (start + (count - 1) * step) as isize;
                    v.offset += stride * if back { last } else { start as isize };
                    v.shape.push(count as usize);
                    v.strides.push(stride * step as isize * if back { -1 } else { 1 });
                }
                v
            };
            let (a, b) = (one(), one());
            let meet = !bytes(&a, 4).is_disjoint(&bytes(&b, 4));
            match a.overlap(4, &b, 4) {
                Overlap::Disjoint => assert!(!meet, "{a:?} {b:?}"),
                _ => assert!(meet, "{a:?} {b:?}"),
            }
            known += usize::from(!meet);
        }
        assert!(known > 1000, "{known}");
    }
}
