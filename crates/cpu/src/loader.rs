//! Object code made executable.
//!
//! An ELF relocatable file for x86-64 enters, as the compiler writes it for kernels; functions by
//! name leave. Sections are copied next to each other, relocated while they can be written, then
//! sealed: nothing is writable and executable at once. Writable data, thread-local data and calls
//! to anything but the three memory functions are refused. Every offset in the file is checked, so
//! that a damaged file is an error; what its instructions do is the business of whoever made it.

use crate::{Error, Result};
use object::elf;
use object::read::elf::ElfFile64;
use object::{
    Architecture, LittleEndian, Object, ObjectKind, ObjectSection, ObjectSymbol, Relocation,
    RelocationFlags, RelocationTarget, SectionFlags, SectionIndex, SymbolIndex, SymbolSection,
};
use std::collections::HashMap;
use std::ptr::null_mut;
use std::sync::Arc;
use stook_kernel::KernelFn;

type File<'a> = ElfFile64<'a, LittleEndian>;

const PAGE: usize = 4096;
/// No kernel comes near this.
const MOST: usize = 64 << 20;
/// A slot is `jmp [rip]` and the address it jumps to, which serves as a table entry as well.
const SLOT: usize = 16;
const SLOT_CODE: [u8; 6] = [0xff, 0x25, 0, 0, 0, 0];

/// Machine code in memory; it goes when the last handle does.
#[derive(Debug)]
pub struct Code {
    memory: Memory,
    functions: HashMap<String, usize>,
}

/// Pages that become executable.
#[derive(Debug)]
struct Memory {
    start: *mut u8,
    bytes: usize,
}

// SAFETY: the pages are written before the value is shared and only read and run afterwards.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

/// Where each part of the file comes to lie, from the start of the memory.
#[derive(Default)]
struct Layout {
    sections: HashMap<SectionIndex, (usize, usize)>,
    slots: HashMap<SymbolIndex, usize>,
    bytes: usize,
}

impl Code {
    /// Loads an object file.
    pub fn load(file: &[u8]) -> Result<Arc<Self>> {
        let file = File::parse(file).map_err(malformed)?;
        if file.architecture() != Architecture::X86_64 || file.kind() != ObjectKind::Relocatable {
            return refuse("not a relocatable file for x86-64");
        }
        let layout = Layout::of(&file)?;
        let mut memory = Memory::new(layout.bytes)?;
        copy_sections(&file, &layout, &mut memory)?;
        fill_slots(&file, &layout, &mut memory)?;
        relocate_sections(&file, &layout, &mut memory)?;
        memory.seal()?;
        let functions = functions(&file, &layout)?;
        Ok(Arc::new(Self { memory, functions }))
    }

    /// The address of a function, valid while this value lives.
    pub fn address(&self, name: &str) -> Option<*const u8> {
        let &offset = self.functions.get(name)?;
        Some(self.memory.start.wrapping_add(offset).cast_const())
    }

    /// A kernel's function, valid while this value lives.
    ///
    /// # Safety
    /// The object was compiled from a kernel under this name, by this version of the compiler.
    pub unsafe fn kernel(&self, name: &str) -> Option<KernelFn> {
        let address = self.address(name)?;
        // SAFETY: the caller's promise.
        Some(unsafe { std::mem::transmute::<*const u8, KernelFn>(address) })
    }
}

fn malformed(error: object::Error) -> Error {
    Error::Object(error.to_string())
}

fn refuse<T>(why: impl Into<String>) -> Result<T> {
    Err(Error::Object(why.into()))
}

fn flags_of<'a>(section: &impl ObjectSection<'a>) -> u64 {
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

impl Layout {
    fn of(file: &File<'_>) -> Result<Self> {
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
        if !align.is_power_of_two() || align > PAGE {
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
    fn place_of(&self, file: &File<'_>, index: SymbolIndex) -> Result<usize> {
        let symbol = file.symbol_by_index(index).map_err(malformed)?;
        let section = symbol
            .section_index()
            .and_then(|section| self.sections.get(&section));
        match section {
            Some(&(at, bytes)) if symbol.address() <= bytes as u64 => {
                Ok(at + symbol.address() as usize)
            }
            _ => refuse(format!(
                "symbol {} lies nowhere",
                symbol.name().unwrap_or("?")
            )),
        }
    }
}

/// Whether a relocation wants the address of an entry that holds the symbol's address.
fn is_by_table(relocation: &Relocation) -> bool {
    let RelocationFlags::Elf { r_type } = relocation.flags() else {
        return false;
    };
    [
        elf::R_X86_64_GOTPCREL,
        elf::R_X86_64_GOTPCRELX,
        elf::R_X86_64_REX_GOTPCRELX,
    ]
    .contains(&r_type)
}

fn copy_sections(file: &File<'_>, layout: &Layout, memory: &mut Memory) -> Result<()> {
    for section in file.sections() {
        if let Some(&(at, _)) = layout.sections.get(&section.index()) {
            memory.put(at, section.data().map_err(malformed)?)?;
        }
    }
    Ok(())
}

fn fill_slots(file: &File<'_>, layout: &Layout, memory: &mut Memory) -> Result<()> {
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
        _ => return refuse(format!("it needs {name}, which is not part of it")),
    };
    Ok(address as u64)
}

fn relocate_sections(file: &File<'_>, layout: &Layout, memory: &mut Memory) -> Result<()> {
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

/// Names and places of the functions that others may call.
fn functions(file: &File<'_>, layout: &Layout) -> Result<HashMap<String, usize>> {
    let mut functions = HashMap::new();
    for symbol in file
        .symbols()
        .filter(|symbol| symbol.is_global() && symbol.is_definition())
    {
        let Some(index) = symbol.section_index() else {
            continue;
        };
        let section = file.section_by_index(index).map_err(malformed)?;
        if flags_of(&section) & elf::SHF_EXECINSTR.0 != 0 && symbol.address() < section.size() {
            let name = symbol.name().map_err(malformed)?.to_owned();
            functions.insert(name, layout.place_of(file, symbol.index())?);
        }
    }
    Ok(functions)
}

impl Memory {
    /// Pages that can be written.
    fn new(bytes: usize) -> Result<Self> {
        let bytes = bytes.max(1).next_multiple_of(PAGE);
        let (access, kind) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
        );
        // SAFETY: a new anonymous mapping at an address of the system's choice.
        let start = unsafe { libc::mmap(null_mut(), bytes, access, kind, -1, 0) };
        if start == libc::MAP_FAILED {
            return refuse("there is no memory for it");
        }
        Ok(Self {
            start: start.cast(),
            bytes,
        })
    }

    fn address(&self, offset: usize) -> u64 {
        self.start.addr() as u64 + offset as u64
    }

    fn put(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        if at
            .checked_add(bytes.len())
            .is_none_or(|end| end > self.bytes)
        {
            return refuse("it reaches beyond its own size");
        }
        // SAFETY: the range lies in the pages, which are still writable and nobody else's.
        unsafe {
            self.start
                .add(at)
                .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len())
        };
        Ok(())
    }

    /// Makes the pages executable and no longer writable.
    fn seal(&mut self) -> Result<()> {
        let access = libc::PROT_READ | libc::PROT_EXEC;
        // SAFETY: the pages are this value's.
        match unsafe { libc::mprotect(self.start.cast(), self.bytes, access) } {
            0 => Ok(()),
            _ => refuse("the system does not let it be executed"),
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the pages are this value's, and who holds a function holds the code.
        unsafe { libc::munmap(self.start.cast(), self.bytes) };
    }
}

#[cfg(test)]
#[path = "loader_tests.rs"]
mod tests;
