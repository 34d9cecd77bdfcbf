//! Pages for machine code.

use super::refuse;
use crate::Result;
use std::ptr::null_mut;

pub(super) const PAGE: usize = 4096;

/// Pages that become executable.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) start: *mut u8,
    bytes: usize,
}

// SAFETY: the pages are written before the value is shared and only read and run afterwards.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// Pages that can be written.
    pub(super) fn new(bytes: usize) -> Result<Self> {
        let bytes = bytes.max(1).next_multiple_of(PAGE);
        let (access, kind) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new anonymous mapping at an address of the system's choice.
        let start = unsafe { libc::mmap(null_mut(), bytes, access, kind, -1, 0) };
        if start == libc::MAP_FAILED {
            return refuse("there is no memory for it");
        }
        Ok(Self { start: start.cast(), bytes })
    }

    pub(super) fn address(&self, offset: usize) -> u64 {
        self.start.addr() as u64 + offset as u64
    }

    pub(super) fn put(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        if at.checked_add(bytes.len()).is_none_or(|end| end > self.bytes) {
            return refuse("it reaches beyond its own size");
        }
        // SAFETY: the range lies in the pages, which are still writable and nobody else's.
        unsafe {
            self.start.add(at).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        };
        Ok(())
    }

    /// Makes the pages executable and no longer writable.
    pub(super) fn seal(&mut self) -> Result<()> {
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
