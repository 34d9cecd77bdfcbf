//! Sums of products of a line and a short kernel that lies at each place along it.

use std::slice::{from_raw_parts, from_raw_parts_mut};
use stook_types::DType;

/// A kernel and the line along which it moves.
#[derive(Clone, Copy, Debug)]
pub struct Correlation {
    /// Type of all numbers: real, of 32 or 64 bits if floats.
    pub dtype: DType,
    /// Numbers of the line.
    pub length: usize,
    /// Numbers of the kernel, no more than of the line.
    pub kernel: usize,
    /// Whether the kernel's last number comes first.
    pub turned: bool,
    /// How far the kernel lies before the line at the first place.
    pub before: usize,
    /// How many places there are.
    pub places: usize,
}

/// Multiplication and addition, which wrap for integers.
trait Number: Copy + Default {
    fn plus(self, a: Self, b: Self) -> Self;
}

macro_rules! numbers {
    ($($integer:ty)*; $($float:ty)*) => {
        $(impl Number for $integer {
            #[inline(always)]
            fn plus(self, a: Self, b: Self) -> Self {
                self.wrapping_add(a.wrapping_mul(b))
            }
        })*
        $(impl Number for $float {
            #[inline(always)]
            fn plus(self, a: Self, b: Self) -> Self {
                self + a * b
            }
        })*
    };
}

numbers!(i8 i16 i32 i64; f32 f64);

impl Correlation {
    /// Writes the sum at each place to `made`; false where numbers are of another type. Each sum
    /// begins with the kernel's first number that lies on the line.
    ///
    /// # Safety
    /// There are as many numbers of the line, the kernel and the sums as said, contiguous and
    /// aligned. Nobody else writes any of them meanwhile, and `made` overlaps neither of the others.
    pub unsafe fn run(&self, line: *const u8, kernel: *const u8, made: *mut u8) -> bool {
        // Integers of one width wrap to the same bits with a sign and without.
        // SAFETY: the caller's promise.
        unsafe {
            match self.dtype {
                DType::I8 | DType::U8 => self.sums::<i8>(line, kernel, made),
                DType::I16 | DType::U16 => self.sums::<i16>(line, kernel, made),
                DType::I32 | DType::U32 => self.sums::<i32>(line, kernel, made),
                DType::I64 | DType::U64 => self.sums::<i64>(line, kernel, made),
                DType::F32 => self.sums::<f32>(line, kernel, made),
                DType::F64 => self.sums::<f64>(line, kernel, made),
                _ => return false,
            }
        }
        true
    }

    /// # Safety
    /// As for [`Correlation::run`].
    unsafe fn sums<T: Number>(&self, line: *const u8, kernel: *const u8, made: *mut u8) {
        // SAFETY: the caller's promise.
        let (line, kernel, made): (&[T], &[T], &mut [T]) = unsafe {
            (
                from_raw_parts(line.cast(), self.length),
                from_raw_parts(kernel.cast(), self.kernel),
                from_raw_parts_mut(made.cast(), self.places),
            )
        };
        made.fill(T::default());
        for j in 0..self.kernel {
            let factor = kernel[if self.turned { self.kernel - 1 - j } else { j }];
            // The places at which this number lies on the line.
            let first = self.before.saturating_sub(j);
            let end = self.places.min((self.length + self.before).saturating_sub(j));
            let on_line = &line[first + j - self.before..];
            for (sum, &value) in made[first..end.max(first)].iter_mut().zip(on_line) {
                *sum = sum.plus(value, factor);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(line: &[f64], kernel: &[f64], turned: bool, before: usize, places: usize) -> Vec<f64> {
        let mut made = vec![f64::NAN; places];
        let (length, dtype) = (line.len(), DType::F64);
        let call = Correlation { dtype, length, kernel: kernel.len(), turned, before, places };
        let (line, kernel) = (line.as_ptr().cast(), kernel.as_ptr().cast());
        // SAFETY: slices of as many numbers as said.
        assert!(unsafe { call.run(line, kernel, made.as_mut_ptr().cast()) });
        made
    }

    #[test]
    fn a_kernel_lies_wholly_on_the_line() {
        assert_eq!(sums(&[1.0, 2.0, 3.0], &[0.0, 1.0], false, 0, 2), [2.0, 3.0]);
        assert_eq!(sums(&[1.0, 2.0, 3.0], &[0.0, 1.0], true, 0, 2), [1.0, 2.0]);
    }

    #[test]
    fn numbers_beyond_the_line_count_for_nothing() {
        let full = sums(&[1.0, 2.0], &[f64::INFINITY, 1.0], false, 1, 3);
        assert_eq!(full, [1.0, f64::INFINITY, f64::INFINITY]);
        assert_eq!(sums(&[5.0], &[2.0], false, 0, 1), [10.0]);
    }
}
