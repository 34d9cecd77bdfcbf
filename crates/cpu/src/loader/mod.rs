//! Object code made executable.
//!
//! An ELF relocatable file for x86-64 enters, as the compiler writes it for kernels; functions by
//! name leave. Sections are copied next to each other, relocated while they can be written, then
//! sealed: nothing is writable and executable at once. Writable data, thread-local data and calls
//! to anything but the three memory functions are refused. Every offset in the file is checked, so
//! that a damaged file is an error; what its instructions do is the business of whoever made it.

mod layout;
mod memory;
mod relocation;
mod thunk;

use crate::perf::Piece;
use crate::{Error, Result};
use layout::{Layout, flags_of};
use memory::Memory;
use object::elf;
use object::read::elf::{ElfFile64, ElfSymbol64};
use object::{
    Architecture, LittleEndian, Object, ObjectKind, ObjectSection, ObjectSymbol, SymbolKind,
};
use std::sync::Arc;
use stook_kernel::KernelFn;

pub(crate) use thunk::Thunk;

type File<'a> = ElfFile64<'a, LittleEndian>;

/// Machine code in memory; it goes when the last handle does.
#[derive(Debug)]
pub struct Code {
    memory: Memory,
    functions: Vec<Function>,
}

/// A function in an object file.
#[derive(Debug)]
struct Function {
    name: String,
    /// Where it lies from the start of the memory, and how long it is.
    at: usize,
    bytes: usize,
    /// Whether others may call it.
    is_open: bool,
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
        relocation::fill_slots(&file, &layout, &mut memory)?;
        relocation::relocate_sections(&file, &layout, &mut memory)?;
        memory.seal()?;
        let functions = functions(&file, &layout)?;
        Ok(Arc::new(Self { memory, functions }))
    }

    /// The address of a function, valid while this value lives.
    pub fn address(&self, name: &str) -> Option<*const u8> {
        let found = self.functions.iter().find(|f| f.is_open && f.name == name)?;
        Some(self.memory.start.wrapping_add(found.at).cast_const())
    }

    /// All functions, for people, under the names that `name` makes of theirs.
    pub(crate) fn pieces(&self, name: impl Fn(&str) -> String) -> Vec<Piece> {
        let piece = |f: &Function| Piece {
            address: self.memory.start.addr() + f.at,
            bytes: f.bytes,
            name: name(&f.name),
        };
        self.functions.iter().map(piece).collect()
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

fn copy_sections(file: &File<'_>, layout: &Layout, memory: &mut Memory) -> Result<()> {
    for section in file.sections() {
        if let Some(&(at, _)) = layout.sections.get(&section.index()) {
            memory.put(at, section.data().map_err(malformed)?)?;
        }
    }
    Ok(())
}

/// Functions with their names and places.
fn functions(file: &File<'_>, layout: &Layout) -> Result<Vec<Function>> {
    let mut functions = Vec::new();
    let is_function = |symbol: &ElfSymbol64<'_, '_, LittleEndian>| {
        symbol.is_definition() && (symbol.is_global() || symbol.kind() == SymbolKind::Text)
    };
    for symbol in file.symbols().filter(is_function) {
        let Some(index) = symbol.section_index() else {
            continue;
        };
        let section = file.section_by_index(index).map_err(malformed)?;
        if flags_of(&section) & elf::SHF_EXECINSTR.0 != 0 && symbol.address() < section.size() {
            let name = symbol.name().map_err(malformed)?.to_owned();
            let (at, bytes) = (layout.place_of(file, symbol.index())?, symbol.size() as usize);
            functions.push(Function { name, at, bytes, is_open: symbol.is_global() });
        }
    }
    Ok(functions)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
