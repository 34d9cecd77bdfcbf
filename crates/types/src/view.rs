//! Where an array lies in its storage: a byte offset, a shape and byte strides.

use crate::error::{Error, Result};
use crate::overlap;
use smallvec::SmallVec;

/// Lengths of the axes.
pub type Dims = SmallVec<[usize; 4]>;
/// Bytes from one element to the next along each axis.
pub type Strides = SmallVec<[isize; 4]>;

/// The place of an array's elements in a storage, as NumPy has it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// Bytes from the start of the storage to the first element.
    pub offset: isize,
    /// Lengths of the axes.
    pub shape: Dims,
    /// Bytes from one element to the next along each axis.
    pub strides: Strides,
}

/// How two views on one storage meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// The same elements in the same order.
    Same,
    /// No byte in common, for certain.
    Disjoint,
    /// Anything else.
    Unknown,
}

impl Clone for View {
    fn clone(&self) -> Self {
        Self { offset: self.offset, shape: copied(&self.shape), strides: copied(&self.strides) }
    }
}

/// Numbers by axis once more; a `SmallVec` would copy its few one after another.
fn copied<T: Copy + Default>(axes: &[T]) -> SmallVec<[T; 4]> {
    let none = T::default();
    match *axes {
        [] => SmallVec::new(),
        [a] => SmallVec::from_buf_and_len([a, none, none, none], 1),
        [a, b] => SmallVec::from_buf_and_len([a, b, none, none], 2),
        [a, b, c] => SmallVec::from_buf_and_len([a, b, c, none], 3),
        [a, b, c, d] => SmallVec::from_buf_and_len([a, b, c, d], 4),
        _ => SmallVec::from_slice(axes),
    }
}

impl View {
    /// C order from the start of a storage. Without elements all strides are 0, as in NumPy.
    pub fn contiguous(shape: &[usize], itemsize: usize) -> Self {
        let mut strides: Strides = SmallVec::from_elem(0, shape.len());
        let mut step = itemsize as isize;
        for (stride, &n) in strides.iter_mut().zip(shape).rev() {
            *stride = step;
            step *= n as isize;
        }
        if step == 0 {
            strides.fill(0);
        }
        Self { offset: 0, shape: copied(shape), strides }
    }

    /// Number of axes.
    pub fn ndim(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the elements follow one another in C order; axes of length one do not matter.
    pub fn is_c_contiguous(&self, itemsize: usize) -> bool {
        if let (&[n], &[stride]) = (&self.shape[..], &self.strides[..]) {
            return n <= 1 || stride == itemsize as isize;
        }
        follow(self.shape.iter().rev(), self.strides.iter().rev(), itemsize)
    }

    /// Whether the elements follow one another in Fortran order.
    pub fn is_f_contiguous(&self, itemsize: usize) -> bool {
        follow(self.shape.iter(), self.strides.iter(), itemsize)
    }

    /// The view as if repeated to `shape`: new leading axes, and length one stretched, by stride 0.
    pub fn broadcast_to(&self, shape: &[usize]) -> Result<Self> {
        let fail = || {
            Error::Value(format!(
                "could not broadcast input array from shape {} into shape {}",
                shape_text(&self.shape),
                shape_text(shape)
            ))
        };
        let new = shape.len().checked_sub(self.ndim()).ok_or_else(fail)?;
        let mut strides: Strides = SmallVec::from_elem(0, shape.len());
        for axis in 0..self.ndim() {
            let (have, want) = (self.shape[axis], shape[new + axis]);
            if have == want {
                strides[new + axis] = self.strides[axis];
            } else if have != 1 {
                return Err(fail());
            }
        }
        Ok(Self { offset: self.offset, shape: shape.into(), strides })
    }

    /// The axes in opposite order.
    pub fn reversed(&self) -> Self {
        let mut view = self.clone();
        view.shape.reverse();
        view.strides.reverse();
        view
    }

    /// Axes in another order, some of them or all, each once.
    pub fn transpose(&self, order: &[usize]) -> Self {
        Self {
            offset: self.offset,
            shape: order.iter().map(|&axis| self.shape[axis]).collect(),
            strides: order.iter().map(|&axis| self.strides[axis]).collect(),
        }
    }

    /// The same elements in C order under another shape of equal size, if strides can say it.
    ///
    /// Groups of old and new axes with equal products are matched from the left; a group of old
    /// axes that do not follow one another in memory cannot be regrouped without a copy.
    pub fn reshape(&self, shape: &[usize], itemsize: usize) -> Option<Self> {
        if self.size() == 0 {
            let room: Dims = shape.iter().map(|&n| n.max(1)).collect();
            let strides = Self::contiguous(&room, itemsize).strides;
            return Some(Self { offset: self.offset, shape: shape.into(), strides });
        }
        if self.is_c_contiguous(itemsize) {
            return Some(Self { offset: self.offset, ..Self::contiguous(shape, itemsize) });
        }
        let old: SmallVec<[(usize, isize); 4]> = (0..self.ndim())
            .map(|axis| (self.shape[axis], self.strides[axis]))
            .filter(|&(n, _)| n != 1)
            .collect();
        let mut strides: Strides = SmallVec::from_elem(itemsize as isize, shape.len());
        let (mut from, mut to) = (0, 0);
        while from < old.len() {
            let (mut old_end, mut new_end) = (from + 1, to + 1);
            let (mut old_size, mut new_size) = (old[from].0, shape[to]);
            while old_size != new_size {
                if new_size < old_size {
                    new_size *= shape[new_end];
                    new_end += 1;
                } else {
                    old_size *= old[old_end].0;
                    old_end += 1;
                }
            }
            let group = &old[from..old_end];
            if group.windows(2).any(|w| w[0].1 != w[1].1 * w[1].0 as isize) {
                return None;
            }
            let mut step = old[old_end - 1].1;
            for axis in (to..new_end).rev() {
                strides[axis] = step;
                step *= shape[axis] as isize;
            }
            (from, to) = (old_end, new_end);
        }
        if let Some(last) = to.checked_sub(1).map(|axis| strides[axis]) {
            strides[to..].fill(last);
        }
        Some(Self { offset: self.offset, shape: shape.into(), strides })
    }

    /// The first byte and one past the last byte of the elements; equal where there are none.
    pub fn extent(&self, itemsize: usize) -> (isize, isize) {
        if self.size() == 0 {
            return (self.offset, self.offset);
        }
        let (mut low, mut high) = (self.offset, self.offset);
        for (&n, &stride) in self.shape.iter().zip(&self.strides) {
            let reach = stride * (n as isize - 1);
            if reach < 0 {
                low += reach;
            } else {
                high += reach;
            }
        }
        (low, high + itemsize as isize)
    }

    /// How the elements of two views on one storage meet, each with its element size.
    pub fn overlap(&self, itemsize: usize, other: &View, other_itemsize: usize) -> Overlap {
        if itemsize == other_itemsize && self.same_elements(other) {
            return Overlap::Same;
        }
        let (a, b) = (self.extent(itemsize), other.extent(other_itemsize));
        if a.1 <= b.0 || b.1 <= a.0 || a.0 == a.1 || b.0 == b.1 {
            return Overlap::Disjoint;
        }
        if overlap::apart(self, itemsize, other, other_itemsize) {
            return Overlap::Disjoint;
        }
        Overlap::Unknown
    }

    fn same_elements(&self, other: &View) -> bool {
        self.offset == other.offset
            && self.shape == other.shape
            && (0..self.ndim())
                .all(|axis| self.shape[axis] == 1 || self.strides[axis] == other.strides[axis])
    }

    /// Whether two indices may name one element: some axis longer than one has stride 0, or the
    /// axes, sorted by stride, reach into each other. A view without elements repeats none.
    pub fn repeats_elements(&self, itemsize: usize) -> bool {
        if self.size() == 0 {
            return false;
        }
        let mut axes: SmallVec<[(usize, usize); 4]> = (0..self.ndim())
            .filter(|&axis| self.shape[axis] > 1)
            .map(|axis| (self.strides[axis].unsigned_abs(), self.shape[axis]))
            .collect();
        axes.sort_unstable();
        let mut span = itemsize;
        for (stride, n) in axes {
            if stride < span {
                return true;
            }
            span += stride * (n - 1);
        }
        false
    }
}

fn follow<'a>(
    shape: impl Iterator<Item = &'a usize>,
    strides: impl Iterator<Item = &'a isize>,
    itemsize: usize,
) -> bool {
    let (mut step, mut all) = (itemsize as isize, true);
    for (&n, &stride) in shape.zip(strides) {
        if n == 0 {
            return true;
        }
        all &= n == 1 || stride == step;
        step *= n as isize;
    }
    all
}

/// A shape as Python writes a tuple.
pub fn shape_text(shape: &[usize]) -> String {
    match shape {
        [n] => format!("({n},)"),
        _ => {
            let inner: Vec<String> = shape.iter().map(usize::to_string).collect();
            format!("({})", inner.join(","))
        }
    }
}

/// The common shape of operands under broadcasting.
pub fn broadcast_shapes<'a>(shapes: impl Iterator<Item = &'a [usize]> + Clone) -> Result<Dims> {
    let ndim = shapes.clone().map(<[usize]>::len).max().unwrap_or(0);
    let mut common: Dims = SmallVec::from_elem(1, ndim);
    for shape in shapes.clone() {
        let new = ndim - shape.len();
        for (axis, &n) in shape.iter().enumerate() {
            let have = &mut common[new + axis];
            if *have == 1 {
                *have = n;
            } else if n != 1 && n != *have {
                let all: Vec<String> = shapes.clone().map(shape_text).collect();
                return Err(Error::Value(format!(
                    "operands could not be broadcast together with shapes {} ",
                    all.join(" ")
                )));
            }
        }
    }
    Ok(common)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strided(offset: isize, shape: &[usize], strides: &[isize]) -> View {
        View { offset, shape: shape.into(), strides: strides.into() }
    }

    #[test]
    fn reshape_splits_and_joins_axes_that_follow() {
        let v = View::contiguous(&[4, 6], 8);
        assert_eq!(v.reshape(&[2, 2, 6], 8), Some(View::contiguous(&[2, 2, 6], 8)));
        assert_eq!(v.reshape(&[24], 8), Some(View::contiguous(&[24], 8)));
        assert_eq!(v.transpose(&[1, 0]).reshape(&[24], 8), None);
        assert_eq!(v.reshape(&[1, 4, 1, 6, 1], 8).map(|v| v.size()), Some(24));
    }

    #[test]
    fn halves_of_an_array_are_disjoint_and_shifted_views_are_not() {
        let left = strided(0, &[5], &[8]);
        let right = strided(40, &[5], &[8]);
        let shifted = strided(8, &[5], &[8]);
        assert_eq!(left.overlap(8, &right, 8), Overlap::Disjoint);
        assert_eq!(left.overlap(8, &shifted, 8), Overlap::Unknown);
        assert_eq!(left.overlap(8, &left, 8), Overlap::Same);
    }

    #[test]
    fn real_and_imaginary_parts_are_disjoint() {
        let re = strided(0, &[5], &[16]);
        let im = strided(8, &[5], &[16]);
        assert_eq!(re.overlap(8, &im, 8), Overlap::Disjoint);
        assert_eq!(im.overlap(8, &re, 8), Overlap::Disjoint);
    }

    #[test]
    fn stretched_views_repeat_elements() {
        let v = View::contiguous(&[3, 1], 8);
        assert!(!v.repeats_elements(8));
        assert!(v.broadcast_to(&[3, 4]).is_ok_and(|v| v.repeats_elements(8)));
        assert!(!View::contiguous(&[3, 0], 8).repeats_elements(8));
        assert!(v.broadcast_to(&[2, 4]).is_err());
    }

    #[test]
    fn shapes_broadcast_or_say_why_not() {
        let ok: [&[usize]; 2] = [&[3, 1], &[4]];
        assert_eq!(broadcast_shapes(ok.into_iter()).map(|d| d.to_vec()), Ok(vec![3, 4]));
        let bad: [&[usize]; 2] = [&[3], &[4]];
        let error = broadcast_shapes(bad.into_iter()).map_err(|e| e.to_string());
        assert_eq!(
            error,
            Err("operands could not be broadcast together with shapes (3,) (4,) ".into())
        );
    }
}
