//! One value of an element type, held as bits.

use crate::dtype::{DType, Kind};

/// A value and its type. The bits of a complex number are the real part below the imaginary one,
/// as in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scalar {
    /// The type.
    pub dtype: DType,
    /// The value's bytes, little-endian, zero above [`DType::size`].
    pub bits: u128,
}

impl Scalar {
    /// A value from its bytes in memory.
    pub fn from_bytes(dtype: DType, bytes: &[u8]) -> Self {
        let mut all = [0; 16];
        all[..dtype.size()].copy_from_slice(&bytes[..dtype.size()]);
        Self { dtype, bits: u128::from_le_bytes(all) }
    }

    /// The value's bytes in memory, [`DType::size`] of them in use.
    pub fn bytes(&self) -> [u8; 16] {
        self.bits.to_le_bytes()
    }

    /// A truth value.
    pub fn bool(value: bool) -> Self {
        Self { dtype: DType::Bool, bits: value.into() }
    }

    /// An integer, wrapped to the type's width; `dtype` is an integer type or bool.
    pub fn integer(dtype: DType, value: i128) -> Self {
        let width = 8 * dtype.size() as u32;
        let bits = (value as u128) & (u128::MAX >> (128 - width));
        Self { dtype, bits }
    }

    /// A float rounded to the type; a complex type gets a zero imaginary part.
    ///
    /// Half precision is rounded through single precision only where that is exact.
    pub fn float(dtype: DType, value: f64) -> Self {
        Self { dtype, bits: float_bits(dtype.real(), value).into() }
    }

    /// A complex number; `dtype` is complex.
    pub fn complex(dtype: DType, re: f64, im: f64) -> Self {
        let half = 8 * dtype.real().size() as u32;
        let high = u128::from(float_bits(dtype.real(), im)) << half;
        Self { dtype, bits: u128::from(float_bits(dtype.real(), re)) | high }
    }

    /// A value from the bits of its scalars, two of a complex number.
    pub fn of_parts(dtype: DType, parts: &[u64]) -> Self {
        let half = 8 * dtype.real().size();
        let high = parts.get(1).map_or(0, |&bits| u128::from(bits) << half);
        Self { dtype, bits: u128::from(parts[0]) | high }
    }

    /// The value as an integer, if it is one or a bool.
    pub fn as_integer(&self) -> Option<i128> {
        let shift = 128 - 8 * self.dtype.size() as u32;
        match self.dtype.kind() {
            Kind::Bool | Kind::Unsigned => Some(self.bits as i128),
            Kind::Signed => Some(((self.bits << shift) as i128) >> shift),
            _ => None,
        }
    }

    /// The value as a float; complex values have none.
    pub fn as_float(&self) -> Option<f64> {
        match self.dtype {
            DType::F16 => Some(half_to_f64(self.bits as u16)),
            DType::F32 => Some(f32::from_bits(self.bits as u32).into()),
            DType::F64 => Some(f64::from_bits(self.bits as u64)),
            _ => self.as_integer().map(|v| v as f64),
        }
    }
}

fn float_bits(dtype: DType, value: f64) -> u64 {
    match dtype {
        DType::F16 => f64_to_half(value).into(),
        DType::F32 => (value as f32).to_bits().into(),
        _ => value.to_bits(),
    }
}

/// The half-precision number's value, exactly.
pub(crate) fn half_to_f64(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 31);
    let fraction = f64::from(bits & 1023);
    match exponent {
        0 => sign * fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN.copysign(sign),
        _ => sign * (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

/// The nearest half-precision number, ties to even.
pub(crate) fn f64_to_half(value: f64) -> u16 {
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    let x = value.abs();
    if x.is_nan() {
        return sign | 0x7e00;
    }
    if x >= 65520.0 {
        return sign | 0x7c00;
    }
    if x < 2f64.powi(-14) {
        return sign | (x * 2f64.powi(24)).round_ties_even() as u16;
    }
    let exponent = (x.to_bits() >> 52) as i32 - 1023;
    let scaled = (x * 2f64.powi(10 - exponent)).round_ties_even() as i32;
    sign | (((exponent + 14) << 10) + scaled) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_trip() {
        for bits in 0..=u16::MAX {
            let value = half_to_f64(bits);
            if !value.is_nan() {
                assert_eq!(f64_to_half(value), bits);
            }
        }
    }

    #[test]
    fn halves_round_ties_to_even() {
        assert_eq!(f64_to_half(1.0 + 2f64.powi(-11)), 0x3c00);
        assert_eq!(f64_to_half(1.0 + 3.0 * 2f64.powi(-11)), 0x3c02);
        assert_eq!(f64_to_half(65519.9), 0x7bff);
        assert_eq!(f64_to_half(65520.0), 0x7c00);
    }

    #[test]
    fn integers_wrap_and_keep_their_sign() {
        assert_eq!(Scalar::integer(DType::I8, 200).as_integer(), Some(-56));
        assert_eq!(Scalar::integer(DType::U8, -1).as_integer(), Some(255));
    }
}
