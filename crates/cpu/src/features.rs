//! What this processor can do.

/// Instruction sets that kernels are made for, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// x86-64-v3: AVX2 and fused multiply-add.
    V3,
    /// x86-64-v4: AVX-512.
    V4,
}

/// The best level of this processor; `None` where it has no hardware fused multiply-add, so that
/// all work is left to NumPy.
#[cfg(target_arch = "x86_64")]
pub fn level() -> Option<Level> {
    use std::arch::is_x86_feature_detected as has;
    let v3 = has!("avx2")
        && has!("fma")
        && has!("f16c")
        && has!("bmi1")
        && has!("bmi2")
        && has!("lzcnt")
        && has!("movbe")
        && has!("popcnt");
    let v4 = has!("avx512f")
        && has!("avx512bw")
        && has!("avx512cd")
        && has!("avx512dq")
        && has!("avx512vl");
    v3.then_some(if v4 { Level::V4 } else { Level::V3 })
}

/// Other processors have no kernels.
#[cfg(not(target_arch = "x86_64"))]
pub fn level() -> Option<Level> {
    None
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_and_need_a_fused_multiply_add() {
        assert!(Level::V3 < Level::V4);
        assert!(level().is_none() || std::arch::is_x86_feature_detected!("fma"));
    }
}
