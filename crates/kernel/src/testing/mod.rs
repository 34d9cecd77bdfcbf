//! Launches for tests: a kernel, its memory between guards, and what a run leaves in it.
//!
//! A [`Case`] enters any runner with the arguments of [`crate::KernelFn`]; an [`Outcome`] leaves.
//! Two outcomes are the same when all bytes are, guards and gaps too, but for the payload and sign
//! of NaNs. [`random_case`] makes cases from a seed.

mod memory;
mod random;
mod regions;
mod ufuncs;

pub use memory::Memory;
pub use random::{random_case, random_case_of};
pub use regions::Random;
pub use ufuncs::{ufunc_kernel, ufunc_kernels};

use crate::{Kernel, interpret};
use stook_types::{DType, Scalar};

/// A kernel with everything a launch needs.
#[derive(Clone, Debug)]
pub struct Case {
    /// The kernel.
    pub kernel: Kernel,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// The number of the first column.
    pub first: i64,
    /// Each operand's memory.
    pub memory: Vec<Memory>,
}

/// What a run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The bytes of each operand's memory.
    pub memory: Vec<Vec<u8>>,
    /// The flags.
    pub flags: Vec<u8>,
}

impl Case {
    /// Runs the case on fresh copies of its memory; the runner is called as a
    /// [`crate::KernelFn`] is.
    pub fn run(
        &self,
        runner: impl FnOnce(i64, i64, *const *mut u8, *const i64, *const i64, *mut u8, i64),
    ) -> Outcome {
        let mut copies: Vec<(Vec<u8>, usize)> = self.memory.iter().map(Memory::copy).collect();
        let mut pointers = Vec::new();
        for ((bytes, start), memory) in copies.iter_mut().zip(&self.memory) {
            pointers.push(bytes.as_mut_ptr().wrapping_add(*start + memory.offset));
        }
        let row_strides: Vec<i64> = self.memory.iter().map(|m| m.row_stride).collect();
        let column_strides: Vec<i64> = self.memory.iter().map(|m| m.column_stride).collect();
        let mut flags = vec![0; self.kernel.flags];
        runner(
            self.rows as i64,
            self.columns as i64,
            pointers.as_ptr(),
            row_strides.as_ptr(),
            column_strides.as_ptr(),
            flags.as_mut_ptr(),
            self.first,
        );
        let lengths = self.memory.iter().map(|m| m.bytes.len());
        let copies = copies.into_iter().zip(lengths);
        let memory = copies.map(|((b, start), n)| b[start..start + n].to_vec()).collect();
        Outcome { memory, flags }
    }

    /// What the interpreter leaves.
    pub fn interpreted(&self) -> Outcome {
        self.run(|rows, columns, pointers, row_strides, column_strides, flags, first| {
            // SAFETY: the memory holds every element of the walks, and cases are verified.
            unsafe {
                interpret(
                    &self.kernel,
                    rows,
                    columns,
                    pointers,
                    row_strides,
                    column_strides,
                    flags,
                    first,
                );
            }
        })
    }

    /// A scalar of an element after a run.
    pub fn scalar(
        &self,
        outcome: &Outcome,
        operand: usize,
        row: usize,
        column: usize,
        part: usize,
    ) -> Scalar {
        let dtype = self.kernel.operands[operand].dtype.real();
        let at = self.memory[operand].position(dtype, row, column, part);
        Scalar::from_bytes(dtype, &outcome.memory[operand][at..])
    }

    /// The first place where two outcomes differ, in words.
    pub fn difference(&self, expected: &Outcome, found: &Outcome) -> Option<String> {
        if expected.flags != found.flags {
            return Some(format!("flags {:?}, expected {:?}", found.flags, expected.flags));
        }
        (0..self.memory.len()).find_map(|operand| self.operand_difference(operand, expected, found))
    }

    fn operand_difference(
        &self,
        operand: usize,
        expected: &Outcome,
        found: &Outcome,
    ) -> Option<String> {
        let dtype = self.kernel.operands[operand].dtype;
        let mut rest = found.memory[operand].clone();
        for row in 0..self.rows {
            for column in 0..self.columns {
                for part in 0..dtype.parts() {
                    let [e, f] = [expected, found]
                        .map(|outcome| self.scalar(outcome, operand, row, column, part));
                    if e != f && !(is_nan(e) && is_nan(f)) {
                        return Some(format!(
                            "operand {operand} ({dtype}), row {row}, column {column}, part {part}: \
                             {:#x}, expected {:#x}",
                            f.bits, e.bits
                        ));
                    }
                    let at = self.memory[operand].position(dtype.real(), row, column, part);
                    let end = at + dtype.real().size();
                    rest[at..end].copy_from_slice(&expected.memory[operand][at..end]);
                }
            }
        }
        let byte = rest.iter().zip(&expected.memory[operand]).position(|(a, b)| a != b)?;
        Some(format!("operand {operand}: wrote byte {byte}, outside of its elements"))
    }
}

fn is_nan(x: Scalar) -> bool {
    matches!(x.dtype, DType::F16 | DType::F32 | DType::F64) && x.as_float().is_some_and(f64::is_nan)
}
