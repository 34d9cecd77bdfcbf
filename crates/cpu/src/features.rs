//! What this processor can do, and how much of it is used.

use std::sync::OnceLock;

/// Instruction sets that kernels are made for, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// x86-64-v3: AVX2 and fused multiply-add.
    V3,
    /// x86-64-v4: AVX-512.
    V4,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::V3, Self::V4];

    /// Its name, as `STOOK_LEVEL` says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::V3 => "v3",
            Self::V4 => "v4",
        }
    }
}

/// The level that kernels are made for: the best of this processor, or `STOOK_LEVEL` (`none`, `v3`,
/// `v4`) where that is less. `None` means that all work is left to NumPy.
pub fn level() -> Option<Level> {
    static LEVEL: OnceLock<Option<Level>> = OnceLock::new();
    *LEVEL.get_or_init(|| best().min(most(std::env::var("STOOK_LEVEL").ok().as_deref())))
}

/// The most that a setting allows; one that names no level allows all.
fn most(setting: Option<&str>) -> Option<Level> {
    match setting {
        Some("none") => None,
        Some("v3") => Some(Level::V3),
        _ => Some(Level::V4),
    }
}

/// The best level of this processor; `None` where it has no hardware fused multiply-add.
#[cfg(target_arch = "x86_64")]
fn best() -> Option<Level> {
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
fn best() -> Option<Level> {
    None
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_and_need_a_fused_multiply_add() {
        assert!(Level::V3 < Level::V4);
        assert!(best().is_none() || std::arch::is_x86_feature_detected!("fma"));
    }

    #[test]
    fn a_setting_lowers_the_level_and_never_raises_it() {
        let capped = |found: Option<Level>, setting| found.min(most(setting));
        let (v3, v4) = (Some(Level::V3), Some(Level::V4));
        for found in [None, v3, v4] {
            assert_eq!(capped(found, None), found);
            assert_eq!(capped(found, Some("v4")), found);
            assert_eq!(capped(found, Some("none")), None);
            assert_eq!(capped(found, Some("v3")), found.min(v3));
        }
    }
}
