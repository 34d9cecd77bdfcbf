//! The floating-point control state that kernels run under.
//!
//! Round to nearest even, subnormal numbers kept, nothing trapped: whatever the host program has
//! set. The state found is put back with its flags, so a launch leaves no trace in it.

/// Holds the kernels' state; the one found before comes back when this is dropped, on the thread
/// that made it.
#[derive(Debug)]
#[must_use = "the state lasts as long as this value"]
pub struct FloatState {
    found: u32,
    /// Keeps it on its thread.
    _thread: std::marker::PhantomData<*const ()>,
}

/// All conditions masked; rounding, flush-to-zero and subnormals-are-zero bits clear.
const KERNEL: u32 = 0x1f80;

impl FloatState {
    /// Enters the kernels' state.
    #[inline]
    pub fn enter() -> Self {
        let found = read();
        if found != KERNEL {
            write(KERNEL);
        }
        Self { found, _thread: std::marker::PhantomData }
    }
}

impl Drop for FloatState {
    #[inline]
    fn drop(&mut self) {
        // Reading takes a fraction of the time of writing, and most code leaves what it found.
        if read() != self.found {
            write(self.found);
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
    fn flags_raised_inside_are_not_seen_outside() {
        let before = read();
        write(KERNEL);
        {
            let _state = FloatState::enter();
            black_box(black_box(1.0) / black_box(0.0));
        }
        assert_eq!(read(), KERNEL);
        write(before);
    }
}
