//! How rows are written: groups of types and constructors that expand them into loops.

use crate::formula::{Builder, Complex, Val};
use crate::ufunc::{Conditions, Formula, Loop, Ufunc};
use stook_types::DType;
use stook_types::DType::{C64, C128, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

pub(super) const INTEGERS: &[DType] = &[I8, U8, I16, U16, I32, U32, I64, U64];
pub(super) const FLOATS: &[DType] = &[F16, F32, F64];
pub(super) const REAL: &[DType] = &[I8, U8, I16, U16, I32, U32, I64, U64, F16, F32, F64];
pub(super) const COMPLEX: &[DType] = &[C64, C128];

impl Ufunc {
    fn new(name: &'static str, types: &[DType], formula: Formula) -> Self {
        let empty = Ufunc {
            name,
            loops: Vec::new(),
            identity: None,
            commutative: false,
            exact_half: false,
            conditions: Conditions::default(),
            domain: (-1e3, 1e3),
            ulp: 0.0,
            doc: "",
        };
        empty.also(types, formula)
    }

    /// A ufunc of one argument, `types` to the same type.
    pub(super) fn one(
        name: &'static str,
        types: &[DType],
        formula: fn(&mut Builder, Val) -> Val,
    ) -> Self {
        Self::new(name, types, Formula::One(formula))
    }

    /// A ufunc of two arguments of a type, to the same type.
    pub(super) fn two(
        name: &'static str,
        types: &[DType],
        formula: fn(&mut Builder, Val, Val) -> Val,
    ) -> Self {
        Self::new(name, types, Formula::Two(formula))
    }

    /// Further loops, from each type to the same type.
    pub(super) fn also(mut self, types: &[DType], formula: Formula) -> Self {
        let (nin, nout) = formula.arity();
        for &t in types {
            self.loops.push(Loop { ins: vec![t; nin], outs: vec![t; nout], formula });
        }
        self
    }

    /// The complex loops of a ufunc of two arguments.
    pub(super) fn complex_two(
        self,
        formula: fn(&mut Builder, Complex, Complex) -> Complex,
    ) -> Self {
        self.also(COMPLEX, Formula::TwoComplex(formula))
    }

    /// Watches for overflow and invalid results.
    pub(super) fn watched(mut self) -> Self {
        self.conditions.watched = true;
        self
    }

    /// The identity for reductions.
    pub(super) fn identity(mut self, value: f64) -> Self {
        self.identity = Some(value);
        self
    }

    /// `f(x, y) == f(y, x)`.
    pub(super) fn commutative(mut self) -> Self {
        self.commutative = true;
        self
    }

    /// One line of documentation.
    pub(super) fn doc(mut self, text: &'static str) -> Self {
        self.doc = text;
        self
    }
}

impl Formula {
    fn arity(self) -> (usize, usize) {
        match self {
            Self::One(_) | Self::OneComplex(_) | Self::ComplexToReal(_) => (1, 1),
            Self::Two(_) | Self::TwoComplex(_) | Self::TwoComplexToReal(_) => (2, 1),
            Self::Three(_) => (3, 1),
            Self::OneToPair(_) => (1, 2),
            Self::TwoToPair(_) => (2, 2),
        }
    }
}
