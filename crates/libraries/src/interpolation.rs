//! Straight lines between points, by the arithmetic of `numpy.interp`.

use crate::parallel::Parallel;
use crate::searching::{BESIDE, count_beside, tasks_for};
use crate::sorting::Address;
use std::slice::from_raw_parts;
use stook_types::Result;

/// Values between points whose first coordinates are in order; all are float64 and contiguous.
#[derive(Clone, Copy, Debug)]
pub struct Interpolation {
    /// How many points there are, at least one.
    pub points: usize,
    /// How many values there are.
    pub count: usize,
    /// Whether second coordinates are complex.
    pub complex: bool,
    /// What stands for values before the first point, and behind the last.
    pub outside: [[f64; 2]; 2],
}

/// Points with `N` numbers each, and the lines from each to the next.
struct Lines<'a, const N: usize> {
    x: &'a [f64],
    y: &'a [[f64; N]],
    /// The slopes of all lines, if they are known.
    slopes: Vec<[f64; N]>,
    outside: [[f64; N]; 2],
}

impl Interpolation {
    /// Writes the numbers on the lines at `values` to `made`.
    ///
    /// # Safety
    /// There are as many points and values as said, and as many numbers at `made`, which overlap
    /// nothing. Nobody else writes any of them meanwhile.
    pub unsafe fn run(
        &self,
        x: *const f64,
        y: *const f64,
        values: *const f64,
        made: *mut f64,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe {
            match self.complex {
                true => self.run_parts::<2>([x, y, values], made, parallel),
                false => self.run_parts::<1>([x, y, values], made, parallel),
            }
        }
    }

    /// # Safety
    /// As for [`Interpolation::run`].
    unsafe fn run_parts<const N: usize>(
        &self,
        [x, y, values]: [*const f64; 3],
        made: *mut f64,
        parallel: &dyn Parallel,
    ) -> Result<()> {
        // SAFETY: the caller's promise.
        let (x, y) = unsafe {
            (from_raw_parts(x, self.points), from_raw_parts(y.cast::<[f64; N]>(), self.points))
        };
        let outside = self.outside.map(|numbers| std::array::from_fn(|part| numbers[part]));
        let mut lines = Lines { x, y, slopes: Vec::new(), outside };
        if self.points <= self.count {
            lines.slopes = (1..self.points).map(|k| lines.slope(k - 1)).collect();
        }
        let (values, made) = (Address(values.cast_mut().cast()), Address(made.cast()));
        let tasks = tasks_for(self.count, self.points);
        parallel.run(tasks, &|task| {
            let part = self.count * task / tasks..self.count * (task + 1) / tasks;
            // SAFETY: the values of this task, and the numbers for them.
            let (values, made) = unsafe {
                let values = from_raw_parts(values.at::<f64>(part.start), part.len());
                (values, made.elements::<[f64; N]>(part.start, part.len()))
            };
            lines.draw(values, made);
        })
    }
}

impl<const N: usize> Lines<'_, N> {
    /// The slope from a point to the next. NumPy multiplies complex numbers by a reciprocal.
    fn slope(&self, k: usize) -> [f64; N] {
        let width = self.x[k + 1] - self.x[k];
        let rise = |part: usize| self.y[k + 1][part] - self.y[k][part];
        if N == 1 {
            std::array::from_fn(|part| rise(part) / width)
        } else {
            let reciprocal = 1.0 / width;
            std::array::from_fn(|part| rise(part) * reciprocal)
        }
    }

    fn draw(&self, values: &[f64], made: &mut [[f64; N]]) {
        let before = |x: f64, value: f64| x <= value;
        let (many, few) = values.as_chunks::<BESIDE>();
        let (into, rest) = made.as_chunks_mut::<BESIDE>();
        for (values, made) in many.iter().zip(into) {
            let counts = count_beside(self.x, *values, &before);
            for ((&value, count), made) in values.iter().zip(counts).zip(made) {
                *made = self.at(value, count as usize);
            }
        }
        for (&value, made) in few.iter().zip(rest) {
            let [count] = count_beside(self.x, [value], &before);
            *made = self.at(value, count as usize);
        }
    }

    /// The numbers at a value that has so many points at or before it.
    #[inline(always)]
    fn at(&self, value: f64, count: usize) -> [f64; N] {
        let last = self.x.len() - 1;
        if value.is_nan() {
            // NumPy compares with a single point and asks nothing else.
            return match last {
                0 => self.y[0],
                _ => std::array::from_fn(|part| if part == 0 { value } else { 0.0 }),
            };
        }
        if value < self.x[0] {
            return self.outside[0];
        }
        if count > last || last == 0 {
            return if value > self.x[last] { self.outside[1] } else { self.y[last] };
        }
        // None is at or before it where the first is NaN: then so is the line.
        let k = count.saturating_sub(1);
        if self.x[k] == value {
            return self.y[k];
        }
        let slope = self.slopes.get(k).copied().unwrap_or_else(|| self.slope(k));
        std::array::from_fn(|part| {
            let (from, to) = (self.y[k][part], self.y[k + 1][part]);
            let made = slope[part] * (value - self.x[k]) + from;
            if !made.is_nan() {
                return made;
            }
            // Where one end is infinite the other may still say.
            let made = slope[part] * (value - self.x[k + 1]) + to;
            if made.is_nan() && from == to { from } else { made }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alone;

    fn at(value: f64, x: &[f64], y: &[f64]) -> f64 {
        let outside = [[-1.0, 0.0], [-2.0, 0.0]];
        let call = Interpolation { points: x.len(), count: 1, complex: false, outside };
        let mut made = 0.0;
        // SAFETY: as many numbers as said.
        unsafe { call.run(x.as_ptr(), y.as_ptr(), &value, &mut made, &Alone) }
            .expect("no interrupt");
        made
    }

    #[test]
    fn values_lie_on_lines_or_outside() {
        let found = [-0.5, 0.0, 0.5, 1.0, 1.5].map(|value| at(value, &[0.0, 1.0], &[4.0, 8.0]));
        assert_eq!(found, [-1.0, 4.0, 6.0, 8.0, -2.0]);
    }

    #[test]
    fn a_line_from_or_to_nan_is_nan() {
        for x in [[f64::NAN, 1.0], [0.0, f64::NAN], [f64::NAN, f64::NAN]] {
            assert!(at(0.5, &x, &[0.0, 10.0]).is_nan());
        }
        assert_eq!(at(0.5, &[f64::NAN], &[3.0]), 3.0);
    }
}
