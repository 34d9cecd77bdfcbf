//! Element types: their sizes, kinds and NumPy names.

/// An element type of an array, in NumPy's order of promotion within each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum DType {
    /// One byte, 0 or 1 in memory; a mask in a kernel.
    Bool,
    /// Signed, 1 byte.
    I8,
    /// Unsigned, 1 byte.
    U8,
    /// Signed, 2 bytes.
    I16,
    /// Unsigned, 2 bytes.
    U16,
    /// Signed, 4 bytes.
    I32,
    /// Unsigned, 4 bytes.
    U32,
    /// Signed, 8 bytes.
    I64,
    /// Unsigned, 8 bytes.
    U64,
    /// IEEE half precision; computed in [`DType::F32`], rounded after each operation.
    F16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// A pair of [`DType::F32`]: real, imaginary.
    C64,
    /// A pair of [`DType::F64`]: real, imaginary.
    C128,
}

/// The family an element type belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Truth values.
    Bool,
    /// Two's complement integers.
    Signed,
    /// Integers from zero.
    Unsigned,
    /// IEEE floating point.
    Float,
    /// Pairs of floats.
    Complex,
}

use DType::{Bool, C64, C128, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

impl DType {
    /// All element types, in the order NumPy lists loops.
    pub const ALL: [DType; 14] =
        [Bool, I8, U8, I16, U16, I32, U32, I64, U64, F16, F32, F64, C64, C128];

    /// Bytes of one element in memory.
    pub const fn size(self) -> usize {
        match self {
            Bool | I8 | U8 => 1,
            I16 | U16 | F16 => 2,
            I32 | U32 | F32 => 4,
            I64 | U64 | F64 | C64 => 8,
            C128 => 16,
        }
    }

    /// The family.
    pub const fn kind(self) -> Kind {
        match self {
            Bool => Kind::Bool,
            I8 | I16 | I32 | I64 => Kind::Signed,
            U8 | U16 | U32 | U64 => Kind::Unsigned,
            F16 | F32 | F64 => Kind::Float,
            C64 | C128 => Kind::Complex,
        }
    }

    /// Whether it is a signed or unsigned integer.
    pub const fn is_integer(self) -> bool {
        matches!(self.kind(), Kind::Signed | Kind::Unsigned)
    }

    /// Whether it is a real float.
    pub const fn is_float(self) -> bool {
        matches!(self.kind(), Kind::Float)
    }

    /// Whether it is complex.
    pub const fn is_complex(self) -> bool {
        matches!(self.kind(), Kind::Complex)
    }

    /// The type of the real part; the type itself unless complex.
    pub const fn real(self) -> DType {
        match self {
            C64 => F32,
            C128 => F64,
            other => other,
        }
    }

    /// Scalars that make up one element: two for complex types, else one.
    pub const fn parts(self) -> usize {
        if self.is_complex() { 2 } else { 1 }
    }

    /// The unsigned integer type of the same size; complex types have none.
    pub const fn bits_type(self) -> DType {
        match self.size() {
            1 => U8,
            2 => U16,
            4 => U32,
            _ => U64,
        }
    }

    /// NumPy's name.
    pub const fn name(self) -> &'static str {
        match self {
            Bool => "bool",
            I8 => "int8",
            U8 => "uint8",
            I16 => "int16",
            U16 => "uint16",
            I32 => "int32",
            U32 => "uint32",
            I64 => "int64",
            U64 => "uint64",
            F16 => "float16",
            F32 => "float32",
            F64 => "float64",
            C64 => "complex64",
            C128 => "complex128",
        }
    }

    /// NumPy's one-letter code, as in a ufunc's `types`.
    pub const fn letter(self) -> char {
        match self {
            Bool => '?',
            I8 => 'b',
            U8 => 'B',
            I16 => 'h',
            U16 => 'H',
            I32 => 'i',
            U32 => 'I',
            I64 => 'l',
            U64 => 'L',
            F16 => 'e',
            F32 => 'f',
            F64 => 'd',
            C64 => 'F',
            C128 => 'D',
        }
    }

    /// The element type with this one-letter code.
    pub fn from_letter(letter: char) -> Option<DType> {
        Self::ALL.into_iter().find(|d| d.letter() == letter)
    }
}

impl std::fmt::Display for DType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
