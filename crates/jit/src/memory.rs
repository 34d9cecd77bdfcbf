//! How containers and objects lie in memory, for compiled code and for whoever passes them to it.
//!
//! A container is a block: the count of its holders, and where its items lie, which is a block of
//! its own that grows. An item is a cell: the parts of its type, each on a boundary of its size. A
//! cell of a dict or set begins with the key's hash code, and the dict's slots lie behind its cells.
//! An object is a block with one cell behind its head, that of its fields. A string's code points lie
//! behind a head too; where there is room behind them for more, the head says how much, and how much
//! of it is taken.

use crate::types::{Container, ContainerKind};
use stook_kernel::Type as Part;
use stook_types::{DType, Kind};

/// Bytes at the start of every block; the count of its holders lies first.
pub const HEAD: i64 = 64;
/// Where a container's block has how many items there are.
pub const LENGTH: i64 = 32;
/// Where it has how many cells there is room for.
pub const CAPACITY: i64 = 40;
/// Where it has the address of the block of cells, or null.
pub const DATA: i64 = 48;
/// Where that of a dict or set has how many cells are taken, by items that are gone as well.
pub const USED: i64 = 56;
/// Where an object's block has its own address, which tells it from others.
pub const IDENTITY: i64 = 32;

/// How an item lies in memory.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Its parts.
    pub parts: Vec<Part>,
    /// Bytes from the cell's start to each part.
    pub offsets: Vec<i64>,
    /// Bytes from one cell to the next; the first lies behind the block's head.
    pub stride: i64,
}

impl Cells {
    /// Those of a container.
    pub fn of(container: &Container) -> Self {
        let mut parts = Vec::new();
        if container.kind != ContainerKind::List {
            parts.push(Part::Scalar(DType::I64));
        }
        parts.extend(container.item.parts());
        parts.extend(container.value.parts());
        Self::with(parts)
    }

    /// Those of an item with these parts.
    pub fn with(parts: Vec<Part>) -> Self {
        let (mut offsets, mut end, mut widest) = (Vec::new(), 0, 1);
        for part in &parts {
            let size = size_of(*part);
            end = (end + size - 1) / size * size;
            offsets.push(end);
            end += size;
            widest = widest.max(size);
        }
        Self { parts, offsets, stride: (end + widest - 1) / widest * widest }
    }
}

/// Bytes of a part in memory.
pub fn size_of(part: Part) -> i64 {
    match part {
        Part::Address => 8,
        Part::Scalar(dtype) => dtype.size() as i64,
    }
}

/// The most cells of a dict or set: slots name them by 32 bits.
pub const MOST_CELLS: i64 = 1 << 30;
/// What hash codes are multiplied by: 2**64 over the golden ratio, made odd.
pub const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash code of a key, from the words of its parts: equal keys have one code. Compiled code
/// computes the same.
pub fn hash_code(parts: &[Part], words: &[u64]) -> i64 {
    let mut code = 0_u64;
    for (part, &word) in parts.iter().zip(words) {
        let word = match part {
            Part::Scalar(dtype) if dtype.is_float() => {
                let sign = 1 << (8 * dtype.size() - 1);
                if word == sign { 0 } else { word }
            }
            Part::Scalar(dtype) if dtype.is_integer() => {
                let narrow = 64 - 8 * dtype.size() as u32;
                match dtype.kind() {
                    Kind::Signed => ((word << narrow) as i64 >> narrow) as u64,
                    _ => word,
                }
            }
            _ => word,
        };
        let product = (code ^ word).wrapping_mul(MIX);
        code = product ^ product >> 32;
    }
    (code >> 1) as i64
}
