//! Where the parts of an object file come to lie in memory.

use super::relocation::is_by_table;
use super::{File, malformed, refuse};
use crate::Result;
use object::elf;
use object::{
    Object, ObjectSection, ObjectSymbol, Relocation, RelocationTarget, SectionFlags, SectionIndex,
    SymbolIndex, SymbolSection,
};
use std::collections::HashMap;

/// No kernel comes near this.
const MOST: usize = 64 << 20;
/// Bytes of a slot.
const SLOT: usize = 16;
const MOST_ALIGNED: usize = super::memory::PAGE;

/// Where each part of the file comes to lie, from the start of the memory.
#[derive(Default)]
pub(super) struct Layout {
    /// Start and length of each section.
    pub(super) sections: HashMap<SectionIndex, (usize, usize)>,
    /// Start of the slot of each symbol that has one.
    pub(super) slots: HashMap<SymbolIndex, usize>,
    pub(super) bytes: usize,
}

impl Layout {
    pub(super) fn of(file: &File<'_>) -> Result<Self> {
        let mut layout = Self::default();
        for section in file.sections() {
            if is_loaded(&section)? {
                let bytes = section.data().map_err(malformed)?.len();
                let at = layout.reserve(bytes, section.align())?;
                layout.sections.insert(section.index(), (at, bytes));
            }
        }
        for section in file.sections() {
            if !layout.sections.contains_key(&section.index()) {
                continue;
            }
            for (_, relocation) in section.relocations() {
                layout.reserve_slot(file, &relocation)?;
            }
        }
        Ok(layout)
    }

    fn reserve(&mut self, bytes: usize, align: u64) -> Result<usize> {
        let align = align.max(1) as usize;
        if !align.is_power_of_two() || align > MOST_ALIGNED {
            return refuse(format!("a section is aligned to {align}"));
        }
        let at = self.bytes.next_multiple_of(align);
        if bytes > MOST - at.min(MOST) {
            return refuse("it is too large");
        }
        self.bytes = at + bytes;
        Ok(at)
    }

    /// A slot for a symbol that is reached through a table, or lies outside of the file.
    fn reserve_slot(&mut self, file: &File<'_>, relocation: &Relocation) -> Result<()> {
        let RelocationTarget::Symbol(index) = relocation.target() else {
            return Ok(());
        };
        let symbol = file.symbol_by_index(index).map_err(malformed)?;
        let needed = is_by_table(relocation) || symbol.section() == SymbolSection::Undefined;
        if needed && !self.slots.contains_key(&index) {
            let at = self.reserve(SLOT, SLOT as u64)?;
            self.slots.insert(index, at);
        }
        Ok(())
    }

    /// Where a symbol of the file lies.
    pub(super) fn place_of(&self, file: &File<'_>, index: SymbolIndex) -> Result<usize> {
        let symbol = file.symbol_by_index(index).map_err(malformed)?;
        let section = symbol.section_index().and_then(|section| self.sections.get(&section));
        match section {
            Some(&(at, bytes)) if symbol.address() <= bytes as u64 => {
                Ok(at + symbol.address() as usize)
            }
            _ => refuse(format!("symbol {} lies nowhere", symbol.name().unwrap_or("?"))),
        }
    }
}

pub(super) fn flags_of<'a>(section: &impl ObjectSection<'a>) -> u64 {
    match section.flags() {
        SectionFlags::Elf { sh_flags, .. } => sh_flags.0,
        _ => 0,
    }
}

/// Whether a section is part of the code: unwind tables and notes are not, as kernels never unwind.
fn is_loaded<'a>(section: &impl ObjectSection<'a>) -> Result<bool> {
    let name = section.name().map_err(malformed)?;
    let flags = flags_of(section);
    let skipped = name.starts_with(".eh_frame") || name.starts_with(".note");
    if flags & elf::SHF_ALLOC.0 == 0 || skipped || section.size() == 0 {
        return Ok(false);
    }
    let is_sealed = flags & elf::SHF_WRITE.0 == 0 || name.starts_with(".data.rel.ro");
    if !is_sealed || flags & elf::SHF_TLS.0 != 0 {
        return refuse(format!("section {name} holds data that can be written"));
    }
    Ok(true)
}
