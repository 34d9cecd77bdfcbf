//! How rows are written: groups of types and constructors that expand them into loops.

use crate::conditions::{Conditions, Predicate};
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::{Formula, Loop, Ufunc};
use stook_types::DType;
use stook_types::DType::{Bool, C64, C128, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

pub(super) const INTEGERS: &[DType] = &[I8, U8, I16, U16, I32, U32, I64, U64];
pub(super) const FLOATS: &[DType] = &[F16, F32, F64];
pub(super) const BOOL: &[DType] = &[Bool];
pub(super) const SIGNED: &[DType] = &[I8, I16, I32, I64];
pub(super) const UNSIGNED: &[DType] = &[U8, U16, U32, U64];
pub(super) const BOOL_AND_INTEGERS: &[DType] = &[Bool, I8, U8, I16, U16, I32, U32, I64, U64];
pub(super) const BOOL_AND_REAL: &[DType] =
    &[Bool, I8, U8, I16, U16, I32, U32, I64, U64, F16, F32, F64];
pub(super) const REAL: &[DType] = &[I8, U8, I16, U16, I32, U32, I64, U64, F16, F32, F64];
pub(super) const COMPLEX: &[DType] = &[C64, C128];

impl Ufunc {
    /// A row without loops.
    pub(super) fn row(name: &'static str) -> Self {
        Ufunc {
            name,
            warned: name,
            loops: Vec::new(),
            identity: None,
            commutative: false,
            exact_half: false,
            conditions: Conditions::default(),
            domain: (-1e3, 1e3),
            ulp: 0.0,
            doc: "",
        }
    }

    fn new(name: &'static str, types: &[DType], formula: Formula) -> Self {
        Self::row(name).also(types, formula)
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

    /// Further loops, from each type to `out`.
    pub(super) fn giving(mut self, out: DType, types: &[DType], formula: Formula) -> Self {
        let (nin, nout) = formula.arity();
        for &t in types {
            self.loops.push(Loop { ins: vec![t; nin], outs: vec![out; nout], formula });
        }
        self
    }

    /// A further loop, by its signature in NumPy's letters, such as `di->d`.
    pub(super) fn signature(
        mut self,
        text: &str,
        formula: fn(&mut Builder, &[Val]) -> Vec<Val>,
    ) -> Self {
        let types = |letters: &str| letters.chars().filter_map(DType::from_letter).collect();
        let (ins, outs) = text.split_once("->").expect("an arrow between inputs and outputs");
        self.loops.push(Loop {
            ins: types(ins),
            outs: types(outs),
            formula: Formula::Parts(formula),
        });
        self
    }

    /// The complex loops of a ufunc of one argument.
    pub(super) fn complex_one(self, formula: fn(&mut Builder, Complex) -> Complex) -> Self {
        self.also(COMPLEX, Formula::OneComplex(formula))
    }

    /// The complex loops of a ufunc of two arguments.
    pub(super) fn complex_two(
        self,
        formula: fn(&mut Builder, Complex, Complex) -> Complex,
    ) -> Self {
        self.also(COMPLEX, Formula::TwoComplex(formula))
    }

    /// Takes over the loops and conditions of a further row of the same name.
    pub(super) fn join(&mut self, other: Ufunc) {
        debug_assert_eq!(self.exact_half, other.exact_half, "{} joins", self.name);
        self.loops.extend(other.loops);
        self.conditions = self.conditions.or(other.conditions);
        self.commutative &= other.commutative;
        if other.ulp >= self.ulp {
            (self.ulp, self.domain) = (other.ulp, other.domain);
        }
    }

    /// Watches for overflow and invalid results; see [`Conditions::watched`].
    pub(super) fn watched(mut self) -> Self {
        self.conditions.watched = true;
        self
    }

    /// An infinite result is a division by zero where the predicate holds.
    pub(super) fn pole(mut self, at: fn(&mut Builder, &[Val]) -> Val) -> Self {
        self.conditions.pole = Some(at);
        self
    }

    /// Watches for what its float instructions meet; see [`Conditions::derived`].
    pub(super) fn derived(mut self) -> Self {
        self.conditions.derived = true;
        self
    }

    /// Watches for what a predicate says of float loops.
    pub(super) fn float_conditions(mut self, predicate: Predicate) -> Self {
        self.conditions.floats = Some(predicate);
        self
    }

    /// Watches for what a predicate says of integer loops.
    pub(super) fn integer_conditions(mut self, predicate: Predicate) -> Self {
        self.conditions.integers = Some(predicate);
        self
    }

    /// The formula computes in half precision itself.
    pub(super) fn exact_half(mut self) -> Self {
        self.exact_half = true;
        self
    }

    /// Part of another ufunc in NumPy, whose name warnings give.
    pub(super) fn part_of(mut self, name: &'static str) -> Self {
        self.warned = name;
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

    /// Error bound in units in the last place.
    pub(super) fn ulp(mut self, bound: f64) -> Self {
        self.ulp = bound;
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
            Self::Parts(_) => panic!("a formula over parts needs signatures"),
        }
    }
}
