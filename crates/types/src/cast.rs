//! NumPy's rules of promotion and casting between element types.

use crate::dtype::{DType, Kind};
use DType::{Bool, C64, C128, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

/// How freely a value may change its type; NumPy's `casting` argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Casting {
    /// No change at all.
    No,
    /// Byte order only; the same as [`Casting::No`] here, where all data are native.
    Equiv,
    /// Only where every value is kept.
    Safe,
    /// Safe, or within a kind.
    SameKind,
    /// Anything.
    Unsafe,
}

impl Casting {
    /// The rule with NumPy's name for it.
    pub fn parse(name: &str) -> Option<Casting> {
        Some(match name {
            "no" => Self::No,
            "equiv" => Self::Equiv,
            "safe" => Self::Safe,
            "same_kind" => Self::SameKind,
            "unsafe" => Self::Unsafe,
            _ => return None,
        })
    }

    /// NumPy's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Equiv => "equiv",
            Self::Safe => "safe",
            Self::SameKind => "same_kind",
            Self::Unsafe => "unsafe",
        }
    }
}

/// The smallest type that holds all values of both; NumPy's `promote_types`.
///
/// ```
/// use stook_types::{DType, promote};
/// assert_eq!(promote(DType::I32, DType::U32), DType::I64);
/// assert_eq!(promote(DType::I64, DType::F32), DType::F64);
/// ```
pub fn promote(a: DType, b: DType) -> DType {
    let (low, high) = if a.kind() <= b.kind() { (a, b) } else { (b, a) };
    match (low.kind(), high.kind()) {
        (Kind::Bool, _) => high,
        (Kind::Signed, Kind::Signed)
        | (Kind::Unsigned, Kind::Unsigned)
        | (Kind::Float, Kind::Float)
        | (Kind::Complex, Kind::Complex) => low.max(high),
        (Kind::Signed, Kind::Unsigned) => signed_unsigned(low, high),
        (Kind::Signed | Kind::Unsigned, Kind::Float) => float_for_integer(low).max(high),
        (_, Kind::Complex) => {
            let real = promote(low, high.real());
            if real <= F32 { C64 } else { C128 }
        }
        _ => unreachable!("kinds are ordered"),
    }
}

fn signed_unsigned(signed: DType, unsigned: DType) -> DType {
    match unsigned.size().max(signed.size() / 2) {
        _ if signed.size() > unsigned.size() => signed,
        1 => I16,
        2 => I32,
        4 => I64,
        _ => F64,
    }
}

fn float_for_integer(integer: DType) -> DType {
    match integer {
        Bool | I8 | U8 => F16,
        I16 | U16 => F32,
        I32 | U32 | I64 | U64 => F64,
        other => other,
    }
}

/// Whether `from` may become `to` under `casting`; NumPy's `can_cast`.
pub fn can_cast(from: DType, to: DType, casting: Casting) -> bool {
    match casting {
        Casting::No | Casting::Equiv => from == to,
        Casting::Safe => promote(from, to) == to,
        Casting::SameKind => promote(from, to) == to || same_kind(from.kind(), to.kind()),
        Casting::Unsafe => true,
    }
}

/// Kinds between which NumPy's `same_kind` casts: upwards, and unsigned to signed.
fn same_kind(from: Kind, to: Kind) -> bool {
    rank(from) <= rank(to)
}

fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Bool => 0,
        Kind::Unsigned => 1,
        Kind::Signed => 2,
        Kind::Float => 3,
        Kind::Complex => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promotion_is_commutative_and_holds_both() {
        for a in DType::ALL {
            for b in DType::ALL {
                let c = promote(a, b);
                assert_eq!(c, promote(b, a));
                assert!(can_cast(a, c, Casting::Safe) && can_cast(b, c, Casting::Safe));
            }
        }
    }

    #[test]
    fn mixed_signs_widen() {
        assert_eq!(promote(I8, U8), I16);
        assert_eq!(promote(I16, U8), I16);
        assert_eq!(promote(I8, U16), I32);
        assert_eq!(promote(I64, U64), F64);
        assert_eq!(promote(I32, F16), F64);
        assert_eq!(promote(F64, C64), C128);
        assert_eq!(promote(I16, C64), C64);
    }

    #[test]
    fn same_kind_goes_down_within_a_kind_only() {
        assert!(can_cast(F64, F32, Casting::SameKind));
        assert!(can_cast(U64, I8, Casting::SameKind));
        assert!(!can_cast(I64, U64, Casting::SameKind));
        assert!(!can_cast(F64, I64, Casting::SameKind));
        assert!(!can_cast(C128, F64, Casting::SameKind));
    }
}
