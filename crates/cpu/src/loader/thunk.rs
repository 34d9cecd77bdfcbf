//! Functions with data of their own: a few instructions that put an address into the register
//! that C's convention leaves for it (r10), and go on to a function that takes it from there.

use super::memory::Memory;
use crate::Result;

/// A function that calls another with data.
#[derive(Debug)]
pub(crate) struct Thunk(Memory);

impl Thunk {
    pub(crate) fn new(data: *const u8, function: *const u8) -> Result<Self> {
        // mov r10, data; mov r11, function; jmp r11
        let mut code = vec![0x49, 0xba];
        code.extend((data.expose_provenance() as u64).to_le_bytes());
        code.extend([0x49, 0xbb]);
        code.extend((function.expose_provenance() as u64).to_le_bytes());
        code.extend([0x41, 0xff, 0xe3]);
        let mut memory = Memory::new(code.len())?;
        memory.put(0, &code)?;
        memory.seal()?;
        Ok(Self(memory))
    }

    /// Where it lies, while this value lives.
    pub(crate) fn address(&self) -> *const u8 {
        self.0.start.cast_const()
    }
}
