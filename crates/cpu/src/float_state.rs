//! The floating-point control state that kernels run under.
//!
//! Round to nearest even, subnormal numbers kept, nothing trapped: whatever the host program has
//! set, which is put back. The flags of conditions that were met are no control and are left as
//! they come, as all compiled code leaves them: who reads them clears them first, and writing the
//! register takes longer than a small call does otherwise.

/// Holds the kernels' state; the one found before comes back when this is dropped, on the thread
/// that made it.
#[derive(Debug)]
#[must_use = "the state lasts as long as this value"]
pub struct FloatState {
    /// What to put back, where it is another.
    found: Option<u32>,
    /// Keeps it on its thread.
    _thread: std::marker::PhantomData<*const ()>,
}

/// All conditions masked; rounding, flush-to-zero and subnormals-are-zero bits clear.
const KERNEL: u32 = 0x1f80;

/// The bits that control; those below are flags.
const CONTROL: u32 = 0xffc0;

impl FloatState {
    /// Enters the kernels' state.
    #[inline]
    pub fn enter() -> Self {
        let found = Some(read()).filter(|state| state & CONTROL != KERNEL);
        if found.is_some() {
            write(KERNEL);
        }
        Self { found, _thread: std::marker::PhantomData }
    }
}

impl Drop for FloatState {
    #[inline]
    fn drop(&mut self) {
        if let Some(found) = self.found {
            write(found);
        }
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
    // SAFETY: the value is the kernels' or was read from the register, so no reserved bit is set;
    // the guard puts back what surrounding code expects.
    unsafe {
        std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const state, options(nostack, preserves_flags));
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn read() -> u32 {
    KERNEL
}

#[cfg(not(target_arch = "x86_64"))]
fn write(_: u32) {}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use std::hint::black_box;

    const FLUSH_TO_ZERO: u32 = 1 << 15;
    const TOWARDS_ZERO: u32 = 3 << 13;

    #[test]
    fn inside_the_state_subnormals_live_and_rounding_is_to_nearest() {
        let before = read();
        write(before | FLUSH_TO_ZERO | TOWARDS_ZERO);
        {
            let _state = FloatState::enter();
            assert_ne!(black_box(f64::MIN_POSITIVE) / black_box(2.0), 0.0);
            assert_eq!(black_box(1.0) / black_box(10.0), 0.1);
        }
        assert_eq!(read() & (FLUSH_TO_ZERO | TOWARDS_ZERO), FLUSH_TO_ZERO | TOWARDS_ZERO);
        write(before);
    }

    #[test]
    fn flags_met_before_do_not_change_the_state() {
        let before = read();
        write(KERNEL | !CONTROL & 0xffff);
        assert_eq!(FloatState::enter().found, None);
        write(before);
    }
}
