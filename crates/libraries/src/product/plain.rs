//! Products of integers, which wrap around, and of truth values.

use super::{Matrix, Sizes};

/// Elements of a row of the result that are finished before the next, and rows of the right
/// operand that serve them: together they stay in the nearest caches.
const COLUMNS: usize = 512;
const DEPTH: usize = 64;

/// An element, by its bits alone.
pub(crate) trait Element: Copy {
    const ZERO: Self;
    /// `self + a * b`.
    fn plus(self, a: Self, b: Self) -> Self;
}

macro_rules! wrapping {
    ($($integer:ty)*) => {
        $(impl Element for $integer {
            const ZERO: Self = 0;
            #[inline(always)]
            fn plus(self, a: Self, b: Self) -> Self {
                self.wrapping_add(a.wrapping_mul(b))
            }
        })*
    };
}

wrapping!(u8 u16 u32 u64);

/// A truth value: any byte but 0 is true.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Truth(u8);

impl Element for Truth {
    const ZERO: Self = Self(0);
    #[inline(always)]
    fn plus(self, a: Self, b: Self) -> Self {
        Self(self.0 | u8::from(a.0 != 0 && b.0 != 0))
    }
}

/// Rows of a product. The rows of the result have no gaps.
///
/// # Safety
/// As for `Product::run`, with all elements aligned.
pub(crate) unsafe fn multiply<T: Element>(sizes: Sizes, a: Matrix, b: Matrix, c: Matrix) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the caller's promise, and the processor has AVX2.
        return unsafe { multiply_avx2::<T>(sizes, a, b, c) };
    }
    // SAFETY: the caller's promise.
    unsafe { multiply_here::<T>(sizes, a, b, c) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn multiply_avx2<T: Element>(sizes: Sizes, a: Matrix, b: Matrix, c: Matrix) {
    // SAFETY: the caller's promise.
    unsafe { multiply_here::<T>(sizes, a, b, c) }
}

#[inline(always)]
unsafe fn multiply_here<T: Element>(sizes: Sizes, a: Matrix, b: Matrix, c: Matrix) {
    // SAFETY: the caller's promise.
    unsafe {
        if b.columns == size_of::<T>() as isize && sizes.n > 1 {
            by_rows::<T>(sizes, a, b, c);
        } else {
            by_elements::<T>(sizes, a, b, c);
        }
    }
}

/// Adds multiples of the right operand's rows to those of the result.
#[inline(always)]
unsafe fn by_rows<T: Element>(Sizes { m, n, k }: Sizes, a: Matrix, b: Matrix, c: Matrix) {
    for first in (0..n).step_by(COLUMNS) {
        let width = COLUMNS.min(n - first);
        // SAFETY: parts of rows of the result, which nobody else reads or writes, and of the right
        // operand; indices stay below the sizes.
        unsafe {
            let row = |i: usize| {
                std::slice::from_raw_parts_mut(c.element::<T>(i, first).cast_mut(), width)
            };
            for i in 0..m {
                row(i).fill(T::ZERO);
            }
            for above in (0..k).step_by(DEPTH) {
                let below = k.min(above + DEPTH);
                for i in 0..m {
                    let row = row(i);
                    for p in above..below {
                        let factor = *a.element::<T>(i, p);
                        let other = std::slice::from_raw_parts(b.element::<T>(p, first), width);
                        for (sum, &value) in row.iter_mut().zip(other) {
                            *sum = sum.plus(factor, value);
                        }
                    }
                }
            }
        }
    }
}

/// Adds the products for one element of the result after the other.
#[inline(always)]
unsafe fn by_elements<T: Element>(Sizes { m, n, k }: Sizes, a: Matrix, b: Matrix, c: Matrix) {
    let unit = size_of::<T>() as isize;
    for i in 0..m {
        for j in 0..n {
            let mut sum = T::ZERO;
            // SAFETY: indices stay below the sizes.
            unsafe {
                if a.columns == unit && b.rows == unit {
                    let left = std::slice::from_raw_parts(a.element::<T>(i, 0), k);
                    let right = std::slice::from_raw_parts(b.element::<T>(0, j), k);
                    for (&x, &y) in left.iter().zip(right) {
                        sum = sum.plus(x, y);
                    }
                } else {
                    for p in 0..k {
                        sum = sum.plus(*a.element::<T>(i, p), *b.element::<T>(p, j));
                    }
                }
                *c.element::<T>(i, j).cast_mut() = sum;
            }
        }
    }
}
