//! The elementary functions: exponentials, logarithms, circular and hyperbolic functions, powers.
//!
//! Each is a formula in scalar instructions: range reduction, a fitted polynomial
//! (`coefficients.rs`), exponent bits, and selects for special values, which are those of C99's
//! Annexes F and G. Main paths have no branches. What the rounding of one value would lose is carried
//! in a second one (`pair.rs`). Exponentials and logarithms of F64 go by tables (`sixteenths.rs`). A formula serves F32 and F64 alike
//! unless it says that it computes F32 in F64.

mod circular;
mod coefficients;
mod complex_conditions;
mod complex_exponential;
mod complex_hyperbolic;
mod complex_inverse;
mod complex_logarithm;
mod complex_power;
mod exponential;
mod format;
mod hyperbolic;
mod inverse_circular;
mod inverse_hyperbolic;
mod large_angle;
mod log_sum;
mod logarithm;
mod pair;
mod power;
mod root;
mod sixteen;
mod sixteenths;

pub(super) use root::hypot;

use super::rows::FLOATS;
use crate::conditions::Conditions;
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::Ufunc;
use stook_types::DType::F64;

pub(super) fn rows() -> Vec<Ufunc> {
    [
        exponential::rows(),
        logarithm::rows(),
        circular::rows(),
        hyperbolic::rows(),
        power::rows(),
        inverse_circular::rows(),
        inverse_hyperbolic::rows(),
        log_sum::rows(),
        root::rows(),
        complex_exponential::rows(),
        complex_hyperbolic::rows(),
        complex_logarithm::rows(),
        complex_power::rows(),
        complex_inverse::rows(),
    ]
    .concat()
}

/// What a row says beside its formula.
struct Facts {
    /// Bound of the error; docs/decisions.md has the largest errors met.
    ulp: f64,
    /// Where tests sample it.
    domain: (f64, f64),
    /// Where an infinite result comes from a division by zero.
    pole: Option<fn(&mut Builder, &[Val]) -> Val>,
    /// One line.
    doc: &'static str,
}

/// A row over the real floats.
fn real(name: &'static str, formula: fn(&mut Builder, Val) -> Val, facts: Facts) -> Ufunc {
    with(Ufunc::one(name, FLOATS, formula), facts)
}

/// A row over pairs of real floats.
fn real_two(name: &'static str, formula: fn(&mut Builder, Val, Val) -> Val, facts: Facts) -> Ufunc {
    with(Ufunc::two(name, FLOATS, formula), facts)
}

fn with(row: Ufunc, facts: Facts) -> Ufunc {
    let conditions = Conditions { watched: true, pole: facts.pole, ..Conditions::default() };
    Ufunc { ulp: facts.ulp, domain: facts.domain, conditions, doc: facts.doc, ..row }
}

/// A complex function computed in F64, for both complex types.
fn complex_in_double(
    f: &mut Builder,
    z: Complex,
    g: impl FnOnce(&mut Builder, Complex) -> Complex,
) -> Complex {
    let dtype = f.dtype(z.re);
    let wide = Complex { re: f.convert(z.re, F64), im: f.convert(z.im, F64) };
    let result = g(f, wide);
    Complex { re: f.convert(result.re, dtype), im: f.convert(result.im, dtype) }
}

/// The complex loops of a row whose real ones stand elsewhere.
fn complex(name: &'static str, formula: fn(&mut Builder, Complex) -> Complex) -> Ufunc {
    Ufunc::row(name).complex_one(formula).watched()
}

/// A pole at zero.
fn at_zero(f: &mut Builder, args: &[Val]) -> Val {
    let zero = f.like(args[0], 0.0);
    f.eq(args[0], zero)
}
