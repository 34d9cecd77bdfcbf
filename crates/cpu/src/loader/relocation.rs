//! Addresses filled in.

use super::layout::Layout;
use super::memory::Memory;
use super::{File, malformed, refuse};
use crate::{Error, Result};
use object::elf;
use object::{
    Object, ObjectSection, ObjectSymbol, Relocation, RelocationFlags, RelocationTarget,
    SymbolSection,
};
use stook_types::{DType, Scalar};

/// A slot is `jmp [rip]` and the address it jumps to, which serves as a table entry as well.
const SLOT_CODE: [u8; 6] = [0xff, 0x25, 0, 0, 0, 0];

/// Whether a relocation wants the address of an entry that holds the symbol's address.
pub(super) fn is_by_table(relocation: &Relocation) -> bool {
    let RelocationFlags::Elf { r_type } = relocation.flags() else {
        return false;
    };
    [elf::R_X86_64_GOTPCREL, elf::R_X86_64_GOTPCRELX, elf::R_X86_64_REX_GOTPCRELX].contains(&r_type)
}

pub(super) fn fill_slots(file: &File<'_>, layout: &Layout, memory: &mut Memory) -> Result<()> {
    for (&index, &at) in &layout.slots {
        let symbol = file.symbol_by_index(index).map_err(malformed)?;
        let address = if symbol.section() == SymbolSection::Undefined {
            outside(symbol.name().map_err(malformed)?)?
        } else {
            memory.address(layout.place_of(file, index)?)
        };
        memory.put(at, &SLOT_CODE)?;
        memory.put(at + SLOT_CODE.len(), &address.to_le_bytes())?;
    }
    Ok(())
}

/// What a compiler may call on its own account.
fn outside(name: &str) -> Result<u64> {
    let address = match name {
        "memcpy" => libc::memcpy as *const () as usize,
        "memmove" => libc::memmove as *const () as usize,
        "memset" => libc::memset as *const () as usize,
        "__truncdfhf2" => to_half as *const () as usize,
        _ => return refuse(format!("it needs {name}, which is not part of it")),
    };
    Ok(address as u64)
}

/// Double to half precision. A half number is returned in the low bits of the register that a
/// single one is returned in.
extern "C" fn to_half(value: f64) -> f32 {
    f32::from_bits(Scalar::float(DType::F16, value).bits as u32)
}

pub(super) fn relocate_sections(
    file: &File<'_>,
    layout: &Layout,
    memory: &mut Memory,
) -> Result<()> {
    for section in file.sections() {
        let Some(&(at, bytes)) = layout.sections.get(&section.index()) else {
            continue;
        };
        for (offset, relocation) in section.relocations() {
            let target = target_of(file, layout, memory, &relocation)?;
            if offset >= bytes as u64 {
                return refuse("a relocation lies outside of its section");
            }
            relocate(memory, (at, bytes), offset as usize, target, &relocation)?;
        }
    }
    Ok(())
}

/// The address that a relocation is about, without its addend.
fn target_of(
    file: &File<'_>,
    layout: &Layout,
    memory: &Memory,
    relocation: &Relocation,
) -> Result<u64> {
    let RelocationTarget::Symbol(index) = relocation.target() else {
        return refuse("a relocation has no symbol");
    };
    let place = match layout.slots.get(&index) {
        Some(slot) if is_by_table(relocation) => slot + SLOT_CODE.len(),
        Some(&slot) if layout.place_of(file, index).is_err() => slot,
        _ => layout.place_of(file, index)?,
    };
    Ok(memory.address(place))
}

/// Writes the address, or the distance to it, at `offset` in a section.
fn relocate(
    memory: &mut Memory,
    (at, bytes): (usize, usize),
    offset: usize,
    target: u64,
    relocation: &Relocation,
) -> Result<()> {
    let RelocationFlags::Elf { r_type } = relocation.flags() else {
        return refuse("a relocation of another format");
    };
    let here = memory.address(at + offset);
    let value = target.wrapping_add_signed(relocation.addend());
    let distance = value.wrapping_sub(here) as i64;
    let (value, width) = match r_type {
        elf::R_X86_64_64 => (value as i64, 8),
        elf::R_X86_64_PC64 => (distance, 8),
        elf::R_X86_64_32 => (i64::from(narrow::<u32>(value as i64)? as i32), 4),
        elf::R_X86_64_32S => (i64::from(narrow::<i32>(value as i64)?), 4),
        elf::R_X86_64_PC32 | elf::R_X86_64_PLT32 => (i64::from(narrow::<i32>(distance)?), 4),
        _ if is_by_table(relocation) => (i64::from(narrow::<i32>(distance)?), 4),
        _ => return refuse(format!("relocation type {} is unknown", r_type.0)),
    };
    if offset + width > bytes {
        return refuse("a relocation crosses the end of its section");
    }
    memory.put(at + offset, &value.to_le_bytes()[..width])
}

fn narrow<T: TryFrom<i64>>(value: i64) -> Result<T> {
    T::try_from(value).map_err(|_| Error::Object("a symbol is out of reach".to_owned()))
}
