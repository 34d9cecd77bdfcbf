//! What a row of the ufunc table is, and how a loop's formula is placed in a region.

use crate::conditions::Conditions;
use crate::formula::{Builder, Complex, Region, Val};
use stook_types::{DType, Error, Result};

/// A formula by the shape of its arguments. Real formulas see half precision as F32 unless the row
/// says [`Ufunc::exact_half`].
#[derive(Clone, Copy, Debug)]
pub enum Formula {
    /// One value to one.
    One(fn(&mut Builder, Val) -> Val),
    /// Two values to one.
    Two(fn(&mut Builder, Val, Val) -> Val),
    /// Three values to one.
    Three(fn(&mut Builder, Val, Val, Val) -> Val),
    /// One value to two.
    OneToPair(fn(&mut Builder, Val) -> (Val, Val)),
    /// Two values to two.
    TwoToPair(fn(&mut Builder, Val, Val) -> (Val, Val)),
    /// One complex value to one.
    OneComplex(fn(&mut Builder, Complex) -> Complex),
    /// Two complex values to one.
    TwoComplex(fn(&mut Builder, Complex, Complex) -> Complex),
    /// One complex value to a real one or a truth value.
    ComplexToReal(fn(&mut Builder, Complex) -> Val),
    /// Two complex values to a truth value.
    TwoComplexToReal(fn(&mut Builder, Complex, Complex) -> Val),
    /// Any other shape: the scalars of all arguments to those of all results.
    Parts(fn(&mut Builder, &[Val]) -> Vec<Val>),
}

/// One signature of a ufunc and the formula that computes it.
#[derive(Clone, Debug)]
pub struct Loop {
    /// Types of the inputs.
    pub ins: Vec<DType>,
    /// Types of the outputs.
    pub outs: Vec<DType>,
    /// What it computes.
    pub formula: Formula,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Ufunc {
    /// NumPy's name, or ours where NumPy has no such ufunc.
    pub name: &'static str,
    /// The ufunc that NumPy names in warnings.
    pub warned: &'static str,
    /// Signatures in NumPy's order of search.
    pub loops: Vec<Loop>,
    /// The value that leaves the other operand as it is, for `reduce` and its kin.
    pub identity: Option<f64>,
    /// `f(x, y) == f(y, x)`.
    pub commutative: bool,
    /// The formula computes in F16 itself instead of seeing F32.
    pub exact_half: bool,
    /// What it may warn of.
    pub conditions: Conditions,
    /// The values on which tests sample it.
    pub domain: (f64, f64),
    /// Error bound in units in the last place; 0 is correctly rounded.
    pub ulp: f64,
    /// One line: what it computes, element by element.
    pub doc: &'static str,
}

/// A ufunc's place in [`crate::table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UfuncId(pub u16);

impl Loop {
    /// Whether it joins two elements into a third of their type, so that the result may be joined
    /// to a further one.
    pub fn joins(&self) -> bool {
        matches!((&self.ins[..], &self.outs[..]), ([a, b], [out]) if a == b && b == out)
    }
}

impl Ufunc {
    /// Number of inputs.
    pub fn nin(&self) -> usize {
        self.loops[0].ins.len()
    }

    /// Number of outputs.
    pub fn nout(&self) -> usize {
        self.loops[0].outs.len()
    }

    /// Places a loop's formula on values of its input types, complex ones as two values each;
    /// the results likewise.
    pub fn place(&self, loop_index: usize, f: &mut Builder, args: &[Val]) -> Vec<Val> {
        let signature = &self.loops[loop_index];
        if self.exact_half {
            return signature.formula.place(f, args);
        }
        let wide: Vec<Val> = args.iter().map(|&v| widen(f, v)).collect();
        let results = signature.formula.place(f, &wide);
        let types = signature.outs.iter().flat_map(|d| vec![d.real(); d.parts()]);
        results
            .into_iter()
            .zip(types)
            .map(|(v, dtype)| if dtype == DType::F16 { f.convert(v, dtype) } else { v })
            .collect()
    }

    /// A loop's formula: the scalars of its inputs to those of its outputs.
    pub fn formula(&self, loop_index: usize) -> Region {
        let ins = self.loops[loop_index].ins.iter();
        let params: Vec<DType> = ins.flat_map(|d| vec![d.real(); d.parts()]).collect();
        Region::build(&params, |f, args| self.place(loop_index, f, args))
    }

    /// The loop for these input types: the first, in the table's order, to which all cast safely.
    /// Python's numbers and `dtype=` are [`crate::resolve`]'s.
    pub fn resolve(&self, ins: &[DType]) -> Result<usize> {
        let fits = |l: &Loop| {
            l.ins
                .iter()
                .zip(ins)
                .all(|(&to, &from)| stook_types::can_cast(from, to, stook_types::Casting::Safe))
        };
        if self.name == "divide" && ins.iter().all(|&t| t < DType::F16) {
            // NumPy divides small integers in double precision too.
            return self.resolve(&[DType::F64; 2]);
        }
        let exact = self.loops.iter().position(|l| l.ins == ins);
        exact.or_else(|| self.loops.iter().position(fits)).ok_or_else(|| {
            Error::Type(format!(
                "ufunc '{}' not supported for the input types, and the inputs could not be safely \
                 coerced to any supported types according to the casting rule ''safe''",
                self.name
            ))
        })
    }
}

fn widen(f: &mut Builder, v: Val) -> Val {
    if f.dtype(v) == DType::F16 { f.convert(v, DType::F32) } else { v }
}

impl Formula {
    fn place(self, f: &mut Builder, args: &[Val]) -> Vec<Val> {
        let z = |k: usize| Complex { re: args[k], im: args[k + 1] };
        match self {
            Self::One(g) => vec![g(f, args[0])],
            Self::Two(g) => vec![g(f, args[0], args[1])],
            Self::Three(g) => vec![g(f, args[0], args[1], args[2])],
            Self::OneToPair(g) => pair(g(f, args[0])),
            Self::TwoToPair(g) => pair(g(f, args[0], args[1])),
            Self::OneComplex(g) => parts(g(f, z(0))),
            Self::TwoComplex(g) => parts(g(f, z(0), z(2))),
            Self::ComplexToReal(g) => vec![g(f, z(0))],
            Self::TwoComplexToReal(g) => vec![g(f, z(0), z(2))],
            Self::Parts(g) => g(f, args),
        }
    }
}

fn pair((a, b): (Val, Val)) -> Vec<Val> {
    vec![a, b]
}

fn parts(z: Complex) -> Vec<Val> {
    vec![z.re, z.im]
}
