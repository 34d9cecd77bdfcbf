//! Floating-point conditions that foreign code met.
//!
//! Kernels of ours tell conditions by predicates; BLAS has none, so the processor's flags are read
//! around its calls, as NumPy does.

/// Bits of what was met: 0 divide, 1 overflow, 2 invalid.
#[must_use = "the state lasts as long as this value"]
pub(crate) struct Watch {
    found: u32,
}

/// All conditions masked, none met; rounding to nearest, subnormals kept.
const CLEAR: u32 = 0x1f80;

impl Watch {
    /// Begins to watch on this thread.
    pub(crate) fn begin() -> Self {
        let found = read();
        write(CLEAR);
        Self { found }
    }

    /// What was met since.
    pub(crate) fn met(&self) -> u8 {
        let flags = read();
        (flags >> 2 & 1 | (flags >> 3 & 1) << 1 | (flags & 1) << 2) as u8
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        write(self.found);
    }
}

#[cfg(target_arch = "x86_64")]
fn read() -> u32 {
    let mut state = 0_u32;
    // SAFETY: stores the control register to a local variable.
    unsafe {
        std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut state, options(nostack, preserves_flags));
    }
    state
}

#[cfg(target_arch = "x86_64")]
fn write(state: u32) {
    // SAFETY: the value is `CLEAR` or was read from the register, so no reserved bit is set.
    unsafe {
        std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const state, options(nostack, preserves_flags));
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn read() -> u32 {
    CLEAR
}

#[cfg(not(target_arch = "x86_64"))]
fn write(_: u32) {}
