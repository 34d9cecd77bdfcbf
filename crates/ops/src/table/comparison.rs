//! Comparisons, truth, the larger and the smaller, and choices between values.

use super::rows::{BOOL, BOOL_AND_INTEGERS, BOOL_AND_REAL, COMPLEX, FLOATS};
use crate::conditions::{Flags, any, is_nan, widen};
use crate::formula::{Builder, Complex, Val};
use crate::ufunc::{Formula, Loop, Ufunc};
use stook_types::DType::{self, Bool, I64, U64};

type Test = fn(&mut Builder, Val, Val) -> Val;

pub(super) fn rows() -> Vec<Ufunc> {
    let mut rows = comparisons();
    rows.extend(truths());
    rows.extend(extremes());
    rows.extend([select(), clip()]);
    rows
}

fn comparisons() -> Vec<Ufunc> {
    vec![
        comparison(
            "equal",
            |f, x, y| {
                let differ = f.xor(x, y);
                f.not(differ)
            },
            Builder::eq,
            |f, a| mixed(f, a, Builder::eq, [false, false]),
        )
        .complex_test(same)
        .commutative()
        .doc("x == y, element by element."),
        comparison("not_equal", Builder::xor, Builder::ne, |f, a| {
            mixed(f, a, Builder::ne, [true, true])
        })
        .complex_test(|f, x, y| {
            let equal = same(f, x, y);
            f.not(equal)
        })
        .commutative()
        .doc("x != y, element by element."),
        comparison(
            "less",
            |f, x, y| without(f, y, x),
            Builder::lt,
            |f, a| mixed(f, a, Builder::lt, [true, false]),
        )
        .complex_test(|f, x, y| lexicographic(f, x, y, Builder::lt, Builder::lt))
        .float_conditions(unordered)
        .doc("x < y, element by element; complex by real, then imaginary part."),
        comparison(
            "less_equal",
            |f, x, y| or_not(f, y, x),
            Builder::le,
            |f, a| mixed(f, a, Builder::le, [true, false]),
        )
        .complex_test(|f, x, y| lexicographic(f, x, y, Builder::lt, Builder::le))
        .float_conditions(unordered)
        .doc("x <= y, element by element; complex by real, then imaginary part."),
        comparison("greater", without, Builder::gt, |f, a| mixed(f, a, Builder::gt, [false, true]))
            .complex_test(|f, x, y| lexicographic(f, x, y, Builder::gt, Builder::gt))
            .float_conditions(unordered)
            .doc("x > y, element by element; complex by real, then imaginary part."),
        comparison("greater_equal", or_not, Builder::ge, |f, a| {
            mixed(f, a, Builder::ge, [false, true])
        })
        .complex_test(|f, x, y| lexicographic(f, x, y, Builder::gt, Builder::ge))
        .float_conditions(unordered)
        .doc("x >= y, element by element; complex by real, then imaginary part."),
    ]
}

/// Loops over bool (as the numbers 0 and 1) and integers, mixed 64-bit signs exactly, then floats.
fn comparison(
    name: &'static str,
    of_bools: Test,
    test: Test,
    mixed: fn(&mut Builder, &[Val]) -> Vec<Val>,
) -> Ufunc {
    let formula = Formula::Two(test);
    let row = Ufunc::row(name).giving(Bool, BOOL, Formula::Two(of_bools));
    row.giving(Bool, &BOOL_AND_INTEGERS[1..], formula)
        .signature("lL->?", mixed)
        .signature("Ll->?", mixed)
        .giving(Bool, FLOATS, formula)
}

fn without(f: &mut Builder, x: Val, y: Val) -> Val {
    let not = f.not(y);
    f.and(x, not)
}

fn or_not(f: &mut Builder, x: Val, y: Val) -> Val {
    let not = f.not(y);
    f.or(x, not)
}

/// Signed against unsigned: where the signed one is negative the answer is known, by which side
/// it stands on; else both are compared as unsigned.
fn mixed(f: &mut Builder, args: &[Val], test: Test, if_negative: [bool; 2]) -> Vec<Val> {
    let left_signed = f.dtype(args[0]) == I64;
    let signed = if left_signed { args[0] } else { args[1] };
    let known = if_negative[usize::from(!left_signed)];
    let zero = f.int(I64, 0);
    let negative = f.lt(signed, zero);
    let (x, y) = (f.convert(args[0], U64), f.convert(args[1], U64));
    let compared = test(f, x, y);
    vec![if known { f.or(negative, compared) } else { without(f, compared, negative) }]
}

impl Ufunc {
    fn complex_test(self, formula: fn(&mut Builder, Complex, Complex) -> Val) -> Self {
        self.giving(Bool, COMPLEX, Formula::TwoComplexToReal(formula))
    }

    fn bool_two(self, types: &[DType], formula: Test) -> Self {
        self.giving(Bool, types, Formula::Two(formula))
    }
}

fn same(f: &mut Builder, x: Complex, y: Complex) -> Val {
    let (re, im) = (f.eq(x.re, y.re), f.eq(x.im, y.im));
    f.and(re, im)
}

/// By real part where it decides and no imaginary part is NaN, else by imaginary part.
fn lexicographic(f: &mut Builder, x: Complex, y: Complex, strict: Test, last: Test) -> Val {
    let first = strict(f, x.re, y.re);
    let comparable = f.eq(x.im, x.im);
    let first = f.and(first, comparable);
    let comparable = f.eq(y.im, y.im);
    let first = f.and(first, comparable);
    let tie = f.eq(x.re, y.re);
    let second = last(f, x.im, y.im);
    let second = f.and(tie, second);
    f.or(first, second)
}

/// NaN in complex operands that are put in order; NumPy's loops over reals keep quiet.
fn unordered(f: &mut Builder, args: &[Val], _: &[Val]) -> Flags {
    let [x_re, x_im, y_re, y_im] = args else { return Flags::default() };
    let first = any(f, &[*x_re, *y_re], is_nan);
    let second = any(f, &[*x_im, *y_im], is_nan);
    let tie = f.eq(*x_re, *y_re);
    let second = f.and(tie, second);
    Flags { invalid: Some(f.or(first, second)), ..Flags::default() }
}

fn truths() -> Vec<Ufunc> {
    vec![
        truth("logical_and", Builder::and, |f, x, y| {
            let (x, y) = (truth_of(f, x), truth_of(f, y));
            f.and(x, y)
        })
        .complex_test(|f, x, y| {
            let (x, y) = (complex_truth(f, x), complex_truth(f, y));
            f.and(x, y)
        })
        .identity(1.0)
        .doc("Truth of both, element by element."),
        truth("logical_or", Builder::or, |f, x, y| {
            let (x, y) = (truth_of(f, x), truth_of(f, y));
            f.or(x, y)
        })
        .complex_test(|f, x, y| {
            let (x, y) = (complex_truth(f, x), complex_truth(f, y));
            f.or(x, y)
        })
        .identity(0.0)
        .doc("Truth of either, element by element."),
        truth("logical_xor", Builder::xor, |f, x, y| {
            let (x, y) = (truth_of(f, x), truth_of(f, y));
            f.xor(x, y)
        })
        .complex_test(|f, x, y| {
            let (x, y) = (complex_truth(f, x), complex_truth(f, y));
            f.xor(x, y)
        })
        .identity(0.0)
        .doc("Truth of one only, element by element."),
        Ufunc::row("logical_not")
            .giving(
                Bool,
                BOOL_AND_REAL,
                Formula::One(|f, x| {
                    let truth = truth_of(f, x);
                    f.not(truth)
                }),
            )
            .giving(
                Bool,
                COMPLEX,
                Formula::ComplexToReal(|f, x| {
                    let truth = complex_truth(f, x);
                    f.not(truth)
                }),
            )
            .doc("The other truth value, element by element."),
    ]
}

fn truth(name: &'static str, of_bools: Test, of_numbers: Test) -> Ufunc {
    Ufunc::row(name)
        .bool_two(BOOL, of_bools)
        .bool_two(&BOOL_AND_REAL[1..], of_numbers)
        .commutative()
}

/// Whether it is not zero.
pub(crate) fn truth_of(f: &mut Builder, x: Val) -> Val {
    if f.dtype(x) == Bool {
        return x;
    }
    let zero = f.like(x, 0.0);
    f.ne(x, zero)
}

fn complex_truth(f: &mut Builder, x: Complex) -> Val {
    let (re, im) = (truth_of(f, x.re), truth_of(f, x.im));
    f.or(re, im)
}

fn extremes() -> Vec<Ufunc> {
    vec![
        Ufunc::two("maximum", BOOL_AND_REAL, |f, x, y| extreme(f, x, y, false))
            .complex_two(|f, x, y| complex_extreme(f, x, y, Builder::gt, Builder::ge))
            .exact_half()
            .commutative()
            .doc("The larger, element by element; NaN where either is."),
        Ufunc::two("minimum", BOOL_AND_REAL, |f, x, y| extreme(f, x, y, true))
            .complex_two(|f, x, y| complex_extreme(f, x, y, Builder::lt, Builder::le))
            .exact_half()
            .commutative()
            .doc("The smaller, element by element; NaN where either is."),
        Ufunc::two("fmax", BOOL_AND_REAL, |f, x, y| number_extreme(f, x, y, false))
            .complex_two(|f, x, y| complex_number(f, x, y, Builder::gt, Builder::ge))
            .exact_half()
            .commutative()
            .doc("The larger, element by element; the other where one is NaN."),
        Ufunc::two("fmin", BOOL_AND_REAL, |f, x, y| number_extreme(f, x, y, true))
            .complex_two(|f, x, y| complex_number(f, x, y, Builder::lt, Builder::le))
            .exact_half()
            .commutative()
            .doc("The smaller, element by element; the other where one is NaN."),
    ]
}

/// The larger (or smaller) of two; NaN where either is. Of equal values the second, the first in
/// half precision, as in NumPy.
pub(super) fn extreme(f: &mut Builder, x: Val, y: Val, smaller: bool) -> Val {
    match f.dtype(x) {
        Bool if smaller => return f.and(x, y),
        Bool => return f.or(x, y),
        _ => {}
    }
    let first = comes_first(f, x, y, smaller);
    // One instruction where the machine has a maximum that gives its second operand for NaN.
    let extreme = f.select(first, x, y);
    if !f.dtype(x).is_float() {
        return extreme;
    }
    let nan = is_nan_of(f, x);
    f.select(nan, x, extreme)
}

fn comes_first(f: &mut Builder, x: Val, y: Val, smaller: bool) -> Val {
    let half = f.dtype(x) == DType::F16;
    let (x, y) = (widen(f, x), widen(f, y));
    match (half, smaller) {
        (false, true) => f.lt(x, y),
        (false, false) => f.gt(x, y),
        (true, true) => f.le(x, y),
        (true, false) => f.ge(x, y),
    }
}

fn is_nan_of(f: &mut Builder, x: Val) -> Val {
    let x = widen(f, x);
    is_nan(f, x)
}

/// The larger (or smaller) of two; the other where one is NaN.
pub(super) fn number_extreme(f: &mut Builder, x: Val, y: Val, smaller: bool) -> Val {
    if !f.dtype(x).is_float() {
        return extreme(f, x, y, smaller);
    }
    let first = comes_first(f, x, y, smaller);
    let nan = is_nan_of(f, y);
    let first = f.or(first, nan);
    f.select(first, x, y)
}

fn choose(f: &mut Builder, mask: Val, x: Complex, y: Complex) -> Complex {
    Complex { re: f.select(mask, x.re, y.re), im: f.select(mask, x.im, y.im) }
}

fn complex_nan(f: &mut Builder, x: Complex) -> Val {
    let (re, im) = (is_nan(f, x.re), is_nan(f, x.im));
    f.or(re, im)
}

/// As NumPy orders complex numbers; the first NaN wins.
pub(super) fn complex_extreme(
    f: &mut Builder,
    x: Complex,
    y: Complex,
    strict: Test,
    last: Test,
) -> Complex {
    let nan = complex_nan(f, x);
    let first = lexicographic(f, x, y, strict, last);
    let first = f.or(nan, first);
    choose(f, first, x, y)
}

/// As NumPy orders complex numbers; the other where one is NaN.
pub(super) fn complex_number(
    f: &mut Builder,
    x: Complex,
    y: Complex,
    strict: Test,
    last: Test,
) -> Complex {
    let nan = complex_nan(f, y);
    let first = lexicographic(f, x, y, strict, last);
    let first = f.or(nan, first);
    choose(f, first, x, y)
}

/// NumPy has no ufunc of this name; the function is made of it.
fn select() -> Ufunc {
    let mut row = Ufunc::row("where").exact_half().doc("x where the mask holds, else y.");
    for t in DType::ALL {
        let formula = Formula::Parts(|f, a| {
            let parts = a.len() / 2;
            (1..=parts).map(|k| f.select(a[0], a[k], a[k + parts])).collect()
        });
        row.loops.push(Loop { ins: vec![Bool, t, t], outs: vec![t], formula });
    }
    row
}

fn clip() -> Ufunc {
    let mut row = Ufunc::row("clip").doc("x between the bounds: min(max(x, low), high).");
    for &t in BOOL_AND_REAL {
        let formula = Formula::Three(|f, x, low, high| {
            let raised = extreme(f, x, low, false);
            extreme(f, raised, high, true)
        });
        row.loops.push(Loop { ins: vec![t; 3], outs: vec![t], formula });
    }
    for &t in COMPLEX {
        let formula = Formula::Parts(|f, a| {
            let z = |k: usize| Complex { re: a[k], im: a[k + 1] };
            let raised = clip_complex(f, z(0), z(2), Builder::gt);
            let lowered = clip_complex(f, raised, z(4), Builder::lt);
            vec![lowered.re, lowered.im]
        });
        row.loops.push(Loop { ins: vec![t; 3], outs: vec![t], formula });
    }
    row
}

/// Ordered by real part, then by imaginary part, NaN or not; the first NaN wins.
fn clip_complex(f: &mut Builder, x: Complex, y: Complex, strict: Test) -> Complex {
    let tie = f.eq(x.re, y.re);
    let (by_re, by_im) = (strict(f, x.re, y.re), strict(f, x.im, y.im));
    let by_im = f.and(tie, by_im);
    let first = f.or(by_re, by_im);
    let nan = complex_nan(f, x);
    let first = f.or(nan, first);
    choose(f, first, x, y)
}
