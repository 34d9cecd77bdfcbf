//! The memory order of new arrays: NumPy's "K", after the arrays they are computed from.
//!
//! Views enter; the view of a new array without gaps leaves, whose axes lie in memory as theirs do.

use crate::view::{Dims, Strides, View};
use smallvec::SmallVec;

/// Axes, the one with the smallest step first.
type Axes = SmallVec<[usize; 4]>;

impl View {
    /// The place of a call's result of this shape: axes in the order in which the inputs walk
    /// memory, C order where they disagree or do not say.
    pub fn after(shape: &[usize], inputs: &[View], itemsize: usize) -> Self {
        if inputs.iter().all(Self::walks_in_c_order) {
            return Self::contiguous(shape, itemsize);
        }
        let strides: SmallVec<[Strides; 4]> =
            inputs.iter().map(|view| spread(view, shape)).collect();
        let mut axes: Axes = (0..shape.len()).rev().collect();
        for at in 1..axes.len() {
            let axis = axes[at];
            let mut place = at;
            for before in (0..at).rev() {
                match swaps(&strides, axes[before], axis) {
                    Some(true) => place = before,
                    Some(false) => break,
                    None => {}
                }
            }
            axes[place..=at].rotate_right(1);
        }
        Self::in_order(shape, &axes, itemsize)
    }

    /// Whether no axis takes a larger step than one before it: the result of any call of such views
    /// lies in C order. Axes of length one, and of repeated elements, do not matter.
    pub fn walks_in_c_order(&self) -> bool {
        let mut last = usize::MAX;
        for (&n, &stride) in self.shape.iter().zip(&self.strides) {
            let step = stride.unsigned_abs();
            if n != 1 && step != 0 {
                if step > last {
                    return false;
                }
                last = step;
            }
        }
        true
    }

    /// The place of arrays joined to one of this shape: axes by the size of their steps in the
    /// parts, C order where those disagree or have one element.
    pub fn joining(shape: &[usize], parts: &[View], itemsize: usize) -> Self {
        let mut axes: Axes = (0..shape.len()).collect();
        for at in 1..axes.len() {
            let axis = axes[at];
            let mut place = at;
            for before in (0..at).rev() {
                match steps_more(parts, axis, axes[before]) {
                    Some(true) => place = before,
                    Some(false) => break,
                    None => {}
                }
            }
            axes[place..=at].rotate_right(1);
        }
        axes.reverse();
        Self::in_order(shape, &axes, itemsize)
    }

    /// The place of a new array without gaps whose axes lie in the order of these.
    pub fn packed(&self, itemsize: usize) -> Self {
        let mut axes = self.axes_in_memory();
        axes.reverse();
        Self::in_order(&self.shape, &axes, itemsize)
    }

    /// The axes by the size of their steps, the largest first; of equal ones in order.
    pub fn axes_in_memory(&self) -> SmallVec<[usize; 4]> {
        let mut axes: Axes = (0..self.ndim()).collect();
        axes.sort_by_key(|&axis| std::cmp::Reverse(self.strides[axis].unsigned_abs()));
        axes
    }

    fn in_order(shape: &[usize], axes: &[usize], itemsize: usize) -> Self {
        let mut strides: Strides = SmallVec::from_elem(0, shape.len());
        let mut step = itemsize as isize;
        for &axis in axes {
            strides[axis] = step;
            step *= shape[axis] as isize;
        }
        if step == 0 {
            strides.fill(0);
        }
        Self { offset: 0, shape: Dims::from(shape), strides }
    }
}

/// A view's strides over a shape that it is broadcast to: 0 where it has one element.
fn spread(view: &View, shape: &[usize]) -> Strides {
    let new = shape.len() - view.ndim();
    let own = |axis: usize| if view.shape[axis] == 1 { 0 } else { view.strides[axis] };
    (0..shape.len()).map(|axis| if axis < new { 0 } else { own(axis - new) }).collect()
}

/// Whether `later` belongs inside `inner`, by the inputs that step along both; nothing if none
/// does.
fn swaps(strides: &[Strides], inner: usize, later: usize) -> Option<bool> {
    let mut answer = None;
    for s in strides.iter().filter(|s| s[inner] != 0 && s[later] != 0) {
        if s[inner].unsigned_abs() <= s[later].unsigned_abs() {
            answer = Some(false);
        } else if answer.is_none() {
            answer = Some(true);
        }
    }
    answer
}

/// Whether an axis has larger steps than another in the parts that have elements along both;
/// nothing if none has.
fn steps_more(parts: &[View], axis: usize, other: usize) -> Option<bool> {
    let mut answer = None;
    for part in parts.iter().filter(|part| part.shape[axis] != 1 && part.shape[other] != 1) {
        if part.strides[axis].unsigned_abs() <= part.strides[other].unsigned_abs() {
            return Some(false);
        }
        answer = Some(true);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(shape: &[usize], order: &[usize]) -> View {
        View::contiguous(shape, 8).transpose(order)
    }

    fn strides(view: &View) -> Vec<isize> {
        view.strides.to_vec()
    }

    #[test]
    fn results_lie_as_their_inputs_do() {
        let a = turned(&[3, 4, 5], &[2, 1, 0]);
        assert_eq!(strides(&View::after(&[5, 4, 3], std::slice::from_ref(&a), 8)), [8, 40, 160]);
        let b = turned(&[3, 4, 5], &[1, 0, 2]);
        assert_eq!(strides(&View::after(&[4, 3, 5], &[b], 8)), [40, 160, 8]);
        let c = View::contiguous(&[5, 4, 3], 8);
        assert_eq!(strides(&View::after(&[5, 4, 3], &[a, c], 8)), [96, 24, 8]);
    }

    #[test]
    fn joined_arrays_lie_as_their_parts_do() {
        let a = turned(&[3, 4, 5], &[2, 1, 0]);
        let b = turned(&[3, 4, 1], &[2, 1, 0]);
        let both = [a.clone(), b];
        assert_eq!(strides(&View::joining(&[6, 4, 3], &both, 8)), [8, 48, 192]);
        let parts = [a, View::contiguous(&[5, 4, 3], 8)];
        assert_eq!(strides(&View::joining(&[10, 4, 3], &parts, 8)), [96, 24, 8]);
    }

    #[test]
    fn repeated_axes_do_not_say_where_they_lie() {
        let row = View::contiguous(&[4, 5], 8);
        let mut all = row.broadcast_to(&[3, 4, 5]).unwrap().transpose(&[2, 1, 0]);
        assert_eq!(strides(&View::after(&[5, 4, 3], &[all.clone()], 8)), [24, 120, 8]);
        all.strides[0] = -8;
        assert_eq!(all.axes_in_memory().to_vec(), [1, 0, 2]);
    }
}
