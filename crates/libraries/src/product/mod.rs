//! Products of matrices, or of stacks of them.
//!
//! Addresses and strides enter; the result is written where it should be. Floats and complex
//! numbers go to [`Blas`], integers and truth values to a loop of our own. A product is cut into
//! panels by its sizes alone, and BLAS computes each on one thread, so that the bits do not depend
//! on the number of threads. Absent on purpose: copies of operands that BLAS cannot read
//! ([`Matrix::fits`] tells), and conversions of types.

mod blas;
mod flags;
mod plain;
#[cfg(test)]
mod tests;

pub use blas::Blas;

use crate::parallel::Parallel;
use blas::{Line, Place, Routines, Stored};
use flags::Watch;
use smallvec::SmallVec;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use stook_types::{DType, Error, Result};

/// Multiplications from which a product is worth several tasks, and that a task has at least.
const TASK: usize = 1 << 17;
/// Rows of a panel, a quarter of all between these bounds; of single precision a half, from the
/// second bound on: BLAS puts the whole other operand in order for each panel, which weighs more
/// where it multiplies faster.
const FEWEST: usize = 128;
const FEWEST_SINGLE: usize = 256;
const MOST: usize = 512;
/// Columns from which those are cut in single precision, rather than rows.
const WIDE: usize = 1024;
/// Multiplications of a task at most, where its panel can be cut: some 0.05 s of a slow core, as
/// calls are interrupted between tasks. Of integers, which take longer, there are fewer.
const LONGEST: usize = 1 << 29;
const LONGEST_PLAIN: usize = 1 << 26;
/// Products that BLAS adds in a call for each element at least, where a sum is cut for its length:
/// about as many as it keeps in a cache at a time.
const SHALLOWEST: usize = 512;
/// Rows or columns to which a panel is cut at least.
const NARROWEST: usize = 256;
/// Columns of a symmetric result that are copied together.
const MIRRORED: usize = 32;
/// Elements up to which vectors are read as they lie whichever way they go.
const LINE: usize = 4096;
/// Elements of a piece of a long sum of products.
const PIECE: usize = 1 << 16;

/// The sizes of a product: `m` by `k` times `k` by `n`.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Rows of the result.
    pub m: usize,
    /// Columns of the result.
    pub n: usize,
    /// Products added for each element.
    pub k: usize,
}

/// A matrix in memory.
#[derive(Clone, Copy, Debug)]
pub struct Matrix {
    /// The first element.
    pub start: *mut u8,
    /// Bytes from one row to the next.
    pub rows: isize,
    /// Bytes from one column to the next.
    pub columns: isize,
}

// SAFETY: an address and two numbers; who may read or write there is decided by the caller of
// `Product::run`.
unsafe impl Send for Matrix {}
// SAFETY: as above.
unsafe impl Sync for Matrix {}

impl Matrix {
    /// Whether BLAS can read or write a matrix of these sizes that lies so, its address aside.
    pub fn fits(rows: usize, columns: usize, strides: [isize; 2], size: usize) -> bool {
        lead(rows, columns, strides, size).is_some()
    }

    /// Whether BLAS is to read a vector of elements so many bytes apart, forwards or backwards, as a
    /// factor of a product of two. Long ones are better copied: BLAS adds up what goes backwards one
    /// after the other.
    pub fn is_line(length: usize, stride: isize, size: usize) -> bool {
        length == 1 || stride != 0 && stride % size as isize == 0 && length <= LINE
    }

    fn turned(self) -> Self {
        Self { start: self.start, rows: self.columns, columns: self.rows }
    }

    fn moved(self, bytes: isize) -> Self {
        Self { start: self.start.wrapping_offset(bytes), ..self }
    }

    fn element<T>(self, row: usize, column: usize) -> *const T {
        let bytes = self.rows * row as isize + self.columns * column as isize;
        self.start.wrapping_offset(bytes).cast()
    }

    fn stored(self, rows: usize, columns: usize, size: usize) -> Option<Stored> {
        let (turned, lead) = lead(rows, columns, [self.rows, self.columns], size)?;
        Some(Stored { start: self.start, turned, lead })
    }
}

/// Whether a matrix lies column after column, and elements from one row (or column) to the next.
fn lead(rows: usize, columns: usize, strides: [isize; 2], size: usize) -> Option<(bool, i64)> {
    let unit = size as isize;
    let distance = |outer: usize, inner: usize, stride: isize, step: isize| {
        if inner != 1 && step != unit {
            return None;
        }
        if outer == 1 {
            return Some(inner.max(1) as i64);
        }
        (stride % unit == 0 && stride / unit >= inner as isize).then_some((stride / unit) as i64)
    };
    let [row, column] = strides;
    let by_rows = distance(rows, columns, row, column).map(|lead| (false, lead));
    by_rows.or_else(|| distance(columns, rows, column, row).map(|lead| (true, lead)))
}

/// One axis of a stack: how many, and bytes from one to the next in left, right and result.
pub type Stacked = (usize, [isize; 3]);

/// A product to be computed.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a> {
    /// The type of all elements.
    pub dtype: DType,
    /// The sizes, none of them 0.
    pub sizes: Sizes,
    /// `m` by `k`.
    pub left: Matrix,
    /// `k` by `n`.
    pub right: Matrix,
    /// `m` by `n`.
    pub result: Matrix,
    /// The axes of the stack; none for one product.
    pub stack: &'a [Stacked],
}

/// A part of a product, in one matrix of the stack.
#[derive(Clone, Copy)]
struct Panel {
    sizes: Sizes,
    left: Matrix,
    right: Matrix,
    result: Matrix,
    /// The product is added to the result; else it becomes the result.
    added: bool,
}

/// How panels are computed.
struct Method<'a> {
    compute: &'a (dyn Fn(Panel) + Sync),
    /// A panel can be added to a result.
    adds: bool,
    /// A panel is computed up to the diagonal; the rest is what is there, mirrored.
    symmetric: bool,
    /// Multiplications of a panel at most, where it can be cut.
    longest: usize,
}

impl Product<'_> {
    /// Computes the product; what conditions were met, as bits: 0 divide, 1 overflow, 2 invalid.
    ///
    /// # Safety
    /// The elements of the operands can be read, those of the result can be written, are distinct
    /// and overlap no operand. All are aligned. Floats and complex matrices fit BLAS
    /// ([`Matrix::fits`], or [`Matrix::is_line`] where the result is one number); else the rows of
    /// the result have no gaps between elements.
    pub unsafe fn run(self, blas: Option<&Blas>, parallel: &dyn Parallel) -> Result<u8> {
        let size = self.dtype.size() as isize;
        let Sizes { m, n, .. } = self.sizes;
        let unit_columns = n == 1 || self.result.columns == size;
        let vector = n > 1 && m == 1 && blas.is_some_and(|b| b.routines(self.dtype).is_some());
        if vector || !unit_columns {
            let swapped = self.stack.iter().map(|&(count, [a, b, c])| (count, [b, a, c]));
            let stack: SmallVec<[Stacked; 4]> = swapped.collect();
            // SAFETY: the same product, its rows for columns.
            return unsafe {
                Product { stack: &stack, ..self.turned() }.run_by_rows(blas, parallel)
            };
        }
        // SAFETY: the caller's promise.
        unsafe { self.run_by_rows(blas, parallel) }
    }

    fn turned(self) -> Self {
        let Sizes { m, n, k } = self.sizes;
        let (left, right) = (self.right.turned(), self.left.turned());
        Self { sizes: Sizes { m: n, n: m, k }, left, right, result: self.result.turned(), ..self }
    }

    unsafe fn run_by_rows(self, blas: Option<&Blas>, parallel: &dyn Parallel) -> Result<u8> {
        if let Some(routines) = blas.and_then(|blas| blas.routines(self.dtype)) {
            let Sizes { m, n, .. } = self.sizes;
            let size = self.dtype.size();
            let symmetric = self.is_symmetric();
            let compute: &(dyn Fn(Panel) + Sync) = match (m, n) {
                // SAFETY: the caller's promise, for the panels of the product.
                (1, 1) => &|panel| unsafe { dot(routines, self.dtype, panel) },
                // SAFETY: as above.
                (_, 1) => &|panel| unsafe { gemv(routines, size, panel) },
                // SAFETY: as above.
                _ if symmetric => &|panel| unsafe { below_diagonal(routines, size, panel) },
                // SAFETY: as above.
                _ => &|panel| unsafe { gemm(routines, size, panel) },
            };
            let method = Method { compute, adds: n > 1, symmetric, longest: LONGEST };
            let one = blas.ok_or_else(|| Error::Internal("there are routines".into()))?;
            return one.alone(|| match self.piece() {
                // SAFETY: as above.
                Some(length) => unsafe { self.in_pieces(length, &method, parallel) },
                // SAFETY: as above.
                None => unsafe { self.in_panels(&method, parallel) },
            });
        }
        let multiply = match (self.dtype, self.dtype.size()) {
            (DType::Bool, _) => plain::multiply::<plain::Truth>,
            (d, 1) if d.is_integer() => plain::multiply::<u8>,
            (d, 2) if d.is_integer() => plain::multiply::<u16>,
            (d, 4) if d.is_integer() => plain::multiply::<u32>,
            (d, 8) if d.is_integer() => plain::multiply::<u64>,
            _ => return Err(Error::Internal("a product without a BLAS".into())),
        };
        // SAFETY: the caller's promise, for the panels of the product.
        let compute = |p: Panel| unsafe { multiply(p.sizes, p.left, p.right, p.result) };
        let longest = LONGEST_PLAIN;
        let method = Method { compute: &compute, adds: false, symmetric: false, longest };
        // SAFETY: the caller's promise.
        unsafe { self.in_panels(&method, parallel) }
    }

    /// A product in panels of rows or columns, one part of all sums after the other.
    ///
    /// # Safety
    /// As for `run`.
    unsafe fn in_panels(self, method: &Method<'_>, parallel: &dyn Parallel) -> Result<u8> {
        let Sizes { m, n, k } = self.sizes;
        let stacked: usize = self.stack.iter().map(|&(count, _)| count).product();
        let work = m * n * k;
        let single = self.dtype.real() == DType::F32;
        let wide = m < 2 * FEWEST && n > m || single && n >= WIDE.max(m);
        let along_columns = wide && !method.symmetric;
        let (length, width) = if along_columns { (n, m) } else { (m, n) };
        let rows = panel(length, work, single);
        let least = if method.adds { k.min(SHALLOWEST) } else { k };
        let blocks = if method.symmetric { 1 } else { blocks(width, rows * least, method.longest) };
        let columns = width.div_ceil(blocks).next_multiple_of(32);
        let depth =
            if method.adds { depth(k, rows * columns.min(width), method.longest) } else { k };
        let panels = length.div_ceil(rows) * blocks;
        let together = if panels > 1 { 1 } else { (TASK / work.max(1)).clamp(1, stacked.max(1)) };
        let tasks = if panels > 1 { stacked * panels } else { stacked.div_ceil(together) };
        let part = |index: usize, part: usize| {
            let [from, across] = [part / blocks * rows, part % blocks * columns];
            let [count, wide] = [rows.min(length - from), columns.min(width - across)];
            let whole = self.matrix(index);
            if along_columns {
                whole.columns(from, count).rows(across, wide)
            } else {
                whole.rows(from, count).columns(across, wide)
            }
        };
        let met = AtomicU8::new(0);
        for above in (0..k).step_by(depth) {
            run(tasks, parallel, &|task| {
                let watch = Watch::begin();
                if panels > 1 {
                    // The largest panels of a symmetric result first.
                    let panel = part(task / panels, panels - 1 - task % panels);
                    (method.compute)(panel.piece(above, depth));
                } else {
                    let from = task * together;
                    (from..stacked.min(from + together))
                        .for_each(|index| (method.compute)(part(index, 0).piece(above, depth)));
                }
                met.fetch_or(watch.met(), Relaxed);
            })?;
        }
        if method.symmetric {
            // SAFETY: the rows are computed up to the diagonal, each by one task.
            run(tasks, parallel, &|task| unsafe {
                mirror(self.dtype.size(), self.result, task * rows..m.min((task + 1) * rows));
            })?;
        }
        Ok(met.into_inner())
    }

    /// The product of one place of the stack.
    fn matrix(self, mut index: usize) -> Panel {
        let mut bytes = [0_isize; 3];
        for &(count, strides) in self.stack.iter().rev() {
            let place = (index % count) as isize;
            index /= count;
            bytes = [0, 1, 2].map(|which| bytes[which] + place * strides[which]);
        }
        Panel {
            sizes: self.sizes,
            left: self.left.moved(bytes[0]),
            right: self.right.moved(bytes[1]),
            result: self.result.moved(bytes[2]),
            added: false,
        }
    }

    /// The length of the pieces in which a product is summed by several threads: where the result
    /// has few elements, and where a matrix times a vector lies across its rows.
    fn piece(self) -> Option<usize> {
        let Sizes { m, n, k } = self.sizes;
        if !self.stack.is_empty() {
            return None;
        }
        if (m, n) == (1, 1) {
            return (k > PIECE).then_some(PIECE);
        }
        let size = self.dtype.size() as isize;
        let few = m.max(n) <= 2 * FEWEST;
        let across = n == 1 && self.left.rows == size && self.left.columns != size;
        let enough = (TASK / (m * n)).max(if n == 1 { 1 } else { MOST });
        let length = k.div_ceil(8).max(enough).next_multiple_of(64);
        let worthwhile = n > 1 && few || across && m <= 8 * k;
        (worthwhile && 2 * length <= k).then_some(length)
    }

    /// A product whose sums are cut in pieces for several threads.
    ///
    /// # Safety
    /// As for `run`.
    unsafe fn in_pieces(
        self,
        length: usize,
        method: &Method<'_>,
        parallel: &dyn Parallel,
    ) -> Result<u8> {
        let (Sizes { m, n, k }, size) = (self.sizes, self.dtype.size());
        let (pieces, whole) = (k.div_ceil(length), m * n * size);
        let mut sums = vec![0_u64; (pieces * whole).div_ceil(8)];
        let (start, rows) = (sums.as_mut_ptr().cast(), (n * size) as isize);
        let place = Matrix { start, rows, columns: size as isize };
        let depth = if method.adds { depth(length, m * n, method.longest) } else { length };
        let met = AtomicU8::new(0);
        for above in (0..length).step_by(depth) {
            parallel.run(pieces, &|piece| {
                let watch = Watch::begin();
                let result = place.moved((piece * whole) as isize);
                let part = Panel { result, ..self.matrix(0).piece(piece * length, length) };
                if above < part.sizes.k {
                    (method.compute)(part.piece(above, depth));
                }
                met.fetch_or(watch.met(), Relaxed);
            })?;
        }
        let watch = Watch::begin();
        for row in 0..m {
            for column in 0..if method.symmetric { row + 1 } else { n } {
                let sum = place.element::<u8>(row, column);
                let result = self.result.element::<u8>(row, column).cast_mut();
                // SAFETY: the sums are all written, and so is the result.
                unsafe { add_up(self.dtype, sum, (pieces, whole), result) };
            }
        }
        if method.symmetric {
            // SAFETY: the rows are written up to the diagonal, and no other thread has the result.
            unsafe { mirror(size, self.result, 0..m) };
        }
        Ok(met.into_inner() | watch.met())
    }

    /// Whether the right operand is the left one, turned.
    fn is_symmetric(self) -> bool {
        let (left, right) = (self.left, self.right);
        let Sizes { m, n, .. } = self.sizes;
        let same =
            left.start == right.start && (left.rows, left.columns) == (right.columns, right.rows);
        same && m == n && m > 1 && self.stack.is_empty()
    }
}

/// Rows of a panel, by sizes alone.
fn panel(length: usize, work: usize, single: bool) -> usize {
    let (parts, fewest) = if single { (2, FEWEST_SINGLE) } else { (4, FEWEST) };
    let part = length.div_ceil(parts).next_multiple_of(32);
    let enough = (TASK * length).div_ceil(work.max(1)).next_multiple_of(32);
    part.clamp(fewest, MOST).max(enough).min(length)
}

/// Blocks into which a panel of `width` columns is cut, where each column takes so many
/// multiplications. The most columns are a multiple of 32, so that no block is left without any.
fn blocks(width: usize, each: usize, longest: usize) -> usize {
    let most = (longest / each.max(1)).max(NARROWEST) / 32 * 32;
    width.div_ceil(most)
}

/// Products added in one call for each of so many elements, of `k` in all.
fn depth(k: usize, elements: usize, longest: usize) -> usize {
    let most = (longest / elements).max(SHALLOWEST);
    k.div_ceil(k.div_ceil(most)).next_multiple_of(64)
}

/// Runs tasks, a single one on this thread.
fn run(tasks: usize, parallel: &dyn Parallel, task: &(dyn Fn(usize) + Sync)) -> Result<()> {
    if tasks == 1 {
        task(0);
        return Ok(());
    }
    parallel.run(tasks, task)
}

impl Panel {
    fn rows(self, from: usize, m: usize) -> Self {
        Self {
            sizes: Sizes { m, ..self.sizes },
            left: self.left.moved(self.left.rows * from as isize),
            result: self.result.moved(self.result.rows * from as isize),
            ..self
        }
    }

    fn columns(self, from: usize, n: usize) -> Self {
        Self {
            sizes: Sizes { n, ..self.sizes },
            right: self.right.moved(self.right.columns * from as isize),
            result: self.result.moved(self.result.columns * from as isize),
            ..self
        }
    }

    fn place(self, lead: i64) -> Place {
        Place { start: self.result.start, lead, added: self.added }
    }

    /// A part of the sum; all but the first are added to the result.
    fn piece(self, from: usize, length: usize) -> Self {
        Self {
            sizes: Sizes { k: length.min(self.sizes.k - from), ..self.sizes },
            added: from > 0,
            left: self.left.moved(self.left.columns * from as isize),
            right: self.right.moved(self.right.rows * from as isize),
            ..self
        }
    }
}

fn misfit() -> ! {
    unreachable!("matrices fit, as the caller of `Product::run` promises")
}

unsafe fn gemm(routines: &dyn Routines, size: usize, panel: Panel) {
    let Sizes { m, n, k } = panel.sizes;
    let left = panel.left.stored(m, k, size).unwrap_or_else(|| misfit());
    let right = panel.right.stored(k, n, size).unwrap_or_else(|| misfit());
    let lead = (panel.result.rows / size as isize).max(n as isize) as i64;
    let sizes = [m, n, k].map(|length| length as i64);
    // SAFETY: the promise of the caller of `Product::run`.
    unsafe { routines.gemm(sizes, left, right, panel.place(lead)) };
}

unsafe fn gemv(routines: &dyn Routines, size: usize, panel: Panel) {
    let Sizes { m, k, .. } = panel.sizes;
    let left = panel.left.stored(m, k, size).unwrap_or_else(|| misfit());
    let right = line(panel.right.start, panel.right.rows, k, size);
    let step = line(panel.result.start, panel.result.rows, m, size).1;
    // SAFETY: the promise of the caller of `Product::run`.
    unsafe { routines.gemv([m as i64, k as i64], left, right, panel.place(step)) };
}

unsafe fn dot(routines: &dyn Routines, dtype: DType, panel: Panel) {
    let pieces = panel.sizes.k.div_ceil(PIECE);
    let one = |panel: Panel, result: *mut u8| {
        let k = panel.sizes.k;
        let left = from_lowest(panel.left.start, panel.left.columns, k, dtype.size());
        let right = from_lowest(panel.right.start, panel.right.rows, k, dtype.size());
        // SAFETY: the promise of the caller of `Product::run`.
        unsafe { routines.dot(k as i64, left, right, result) };
    };
    if pieces == 1 {
        return one(panel, panel.result.start);
    }
    let mut sums = vec![[0_u64; 2]; pieces];
    for (piece, sum) in sums.iter_mut().enumerate() {
        one(panel.piece(piece * PIECE, PIECE), (&raw mut *sum).cast());
    }
    // SAFETY: the sums are written; the result by the caller's promise.
    unsafe { add_up(dtype, sums.as_ptr().cast(), (pieces, 16), panel.result.start) };
}

fn line(start: *mut u8, stride: isize, length: usize, size: usize) -> Line {
    (start, if length == 1 { 1 } else { (stride / size as isize) as i64 })
}

/// A vector that may go backwards: BLAS takes it by the element that lies lowest.
fn from_lowest(start: *mut u8, stride: isize, length: usize, size: usize) -> Line {
    let last = start.wrapping_offset(stride * (length as isize - 1));
    line(if stride < 0 { last } else { start }, stride, length, size)
}

/// A panel of rows of a symmetric result, up to the diagonal.
///
/// # Safety
/// As for `Product::run`.
unsafe fn below_diagonal(routines: &dyn Routines, size: usize, panel: Panel) {
    let Sizes { m, k, .. } = panel.sizes;
    let left = panel.left.stored(m, k, size).unwrap_or_else(|| misfit());
    let lead = (panel.result.rows / size as isize) as i64;
    // The right operand is the left one of the whole product, turned.
    let from =
        (panel.left.start.addr() - panel.right.start.addr()) / panel.left.rows.unsigned_abs();
    // SAFETY: the caller's promise, for parts of the panel.
    unsafe {
        if from > 0 {
            gemm(routines, size, panel.columns(0, from));
        }
        routines.syrk([m as i64, k as i64], left, panel.columns(from, m).place(lead));
    }
}

/// Copies what is below the diagonal in these rows to the other side of it.
///
/// # Safety
/// The rows are written up to the diagonal; nobody else reads or writes what is beyond, in the
/// columns of these rows.
unsafe fn mirror(size: usize, whole: Matrix, rows: Range<usize>) {
    for first in (0..rows.end).step_by(MIRRORED) {
        for row in rows.start.max(first + 1)..rows.end {
            for column in first..row.min(first + MIRRORED) {
                let from = whole.element::<u8>(row, column);
                let to = whole.element::<u8>(column, row).cast_mut();
                // SAFETY: the caller's promise.
                unsafe {
                    match size {
                        4 => to.cast::<u32>().write(from.cast::<u32>().read()),
                        8 => to.cast::<u64>().write_unaligned(from.cast::<u64>().read_unaligned()),
                        _ => std::ptr::copy_nonoverlapping(from, to, size),
                    }
                }
            }
        }
    }
}

/// Adds sums of pieces in their order, as real parts and imaginary ones.
///
/// # Safety
/// From `sums` on there is an element of this type at every step of so many bytes, as often as said;
/// one can be written to `result`.
unsafe fn add_up(dtype: DType, sums: *const u8, (pieces, step): (usize, usize), result: *mut u8) {
    let part = dtype.real().size();
    for at in (0..dtype.parts()).map(|index| index * part) {
        let each = (0..pieces).map(|piece| sums.wrapping_add(piece * step + at));
        // SAFETY: the caller's promise.
        unsafe {
            let to = result.add(at);
            if part == 4 {
                to.cast::<f32>().write(each.map(|sum| *sum.cast::<f32>()).sum());
            } else {
                to.cast::<f64>().write(each.map(|sum| *sum.cast::<f64>()).sum());
            }
        }
    }
}
