//! Memory of one operand: elements at strides, guard bytes around and between them.

use stook_types::DType;

const GUARD: u8 = 0xa5;
const LINE: usize = 64;

/// Bytes and where elements lie in them.
#[derive(Clone, Debug)]
pub struct Memory {
    /// All bytes, guards too.
    pub bytes: Vec<u8>,
    /// Where the element of row 0 and column 0 begins.
    pub offset: usize,
    /// Bytes from row to row.
    pub row_stride: i64,
    /// Bytes from column to column.
    pub column_stride: i64,
}

impl Memory {
    /// Guarded memory for a walk, 64-byte aligned but for `shift` bytes; no element is set.
    pub fn new(
        dtype: DType,
        rows: usize,
        columns: usize,
        row_stride: i64,
        column_stride: i64,
        shift: usize,
    ) -> Self {
        let ends =
            [(rows.max(1) as i64 - 1) * row_stride, (columns.max(1) as i64 - 1) * column_stride];
        let below: i64 = ends.iter().map(|&end| (-end).max(0)).sum();
        let above: i64 = ends.iter().map(|&end| end.max(0)).sum();
        let offset = LINE + (below as usize).next_multiple_of(LINE) + shift;
        let bytes = vec![GUARD; offset + above as usize + dtype.size() + LINE];
        Self { bytes, offset, row_stride, column_stride }
    }

    /// One row after another without a gap, each scalar's bits given by row, column and part.
    pub fn filled(
        dtype: DType,
        rows: usize,
        columns: usize,
        bits: impl FnMut(usize, usize, usize) -> u64,
    ) -> Self {
        let size = dtype.size() as i64;
        let mut memory = Self::new(dtype, rows, columns, size * columns as i64, size, 0);
        memory.fill(dtype, rows, columns, bits);
        memory
    }

    /// Sets every scalar's bits, by row, column and part.
    pub fn fill(
        &mut self,
        dtype: DType,
        rows: usize,
        columns: usize,
        mut bits: impl FnMut(usize, usize, usize) -> u64,
    ) {
        let size = dtype.real().size();
        for row in 0..rows {
            for column in 0..columns {
                for part in 0..dtype.parts() {
                    let at = self.position(dtype.real(), row, column, part);
                    let value = bits(row, column, part).to_le_bytes();
                    self.bytes[at..at + size].copy_from_slice(&value[..size]);
                }
            }
        }
    }

    /// Where a scalar of type `dtype` begins.
    pub(crate) fn position(&self, dtype: DType, row: usize, column: usize, part: usize) -> usize {
        let walked = row as i64 * self.row_stride + column as i64 * self.column_stride;
        (self.offset as i64 + walked) as usize + part * dtype.size()
    }

    /// A copy, and where it begins in the bytes returned: at a 64-byte line.
    pub(crate) fn copy(&self) -> (Vec<u8>, usize) {
        let mut bytes = vec![0; self.bytes.len() + LINE];
        let start = bytes.as_ptr().align_offset(LINE);
        bytes[start..start + self.bytes.len()].copy_from_slice(&self.bytes);
        (bytes, start)
    }
}
