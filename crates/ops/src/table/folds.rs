//! The reductions.

use super::comparison::{complex_extreme, complex_number, extreme, number_extreme, truth_of};
use super::rows::{BOOL_AND_INTEGERS, BOOL_AND_REAL, COMPLEX, INTEGERS};
use crate::conditions::{any, is_nan, widen, without};
use crate::formula::{Builder, Complex, Region, Val};
use crate::reduction::{Fold, Reduction, ReductionLoop};
use stook_types::DType::{self, Bool, F16, F32, I64, U64};
use stook_types::{Kind, Scalar};

type Parts = fn(&mut Builder, &[Val], &[Val]) -> Vec<Val>;

pub(super) fn rows() -> Vec<Reduction> {
    let mut rows = vec![
        row("add", totals(-0.0, sum), "Sum of the elements."),
        row("multiply", totals(1.0, product), "Product of the elements."),
        row("nansum", without_nan("add", 0.0), "Sum of the elements that are not NaN."),
        row("nanprod", without_nan("multiply", 1.0), "Product of the elements that are not NaN."),
    ];
    rows.extend(extremes());
    rows.extend(truths());
    rows.extend(bits());
    rows.extend([
        row("gcd", by_ufunc("gcd", 0.0), "Greatest number that divides all elements."),
        row("hypot", by_ufunc("hypot", 0.0), "Root of the sum of squares, without overflow."),
        row("logaddexp", by_ufunc("logaddexp", f64::NEG_INFINITY), "log(sum(e**x))."),
        row("logaddexp2", by_ufunc("logaddexp2", f64::NEG_INFINITY), "log2(sum(2**x))."),
        of_some("argmax", places(false), "Index of the first largest element; of the first NaN."),
        of_some("argmin", places(true), "Index of the first smallest element; of the first NaN."),
        row("count_nonzero", counts(), "Number of elements that are not zero."),
    ]);
    rows
}

fn row(name: &'static str, loops: Vec<ReductionLoop>, doc: &'static str) -> Reduction {
    Reduction { name, loops, empty: true, doc }
}

/// A row that has no result for no elements.
fn of_some(name: &'static str, loops: Vec<ReductionLoop>, doc: &'static str) -> Reduction {
    Reduction { empty: false, ..row(name, loops, doc) }
}

fn scalars(t: DType) -> Vec<DType> {
    vec![t.real(); t.parts()]
}

fn bits_of(t: DType, value: f64) -> u64 {
    if t.is_float() {
        Scalar::float(t, value).bits as u64
    } else {
        Scalar::integer(t, value as i128).bits as u64
    }
}

/// A loop whose state is an element of type `held`, into which elements are cast.
fn simple(
    input: DType,
    held: DType,
    output: DType,
    start: Vec<u64>,
    join: impl Fn(&mut Builder, &[Val], &[Val]) -> Vec<Val>,
) -> ReductionLoop {
    let (state, element) = (scalars(held), scalars(input));
    let n = state.len();
    let step = Region::build(&[state.clone(), element].concat(), |f, a| {
        let element = crate::cast(f, input, held, &a[n..]);
        join(f, &a[..n], &element)
    });
    let merge =
        Region::build(&[state.clone(), state.clone()].concat(), |f, a| join(f, &a[..n], &a[n..]));
    let finish = Region::build(&state, |f, a| crate::cast(f, held, output, a));
    let fold = Fold { state, start, step, merge, indexed: false };
    ReductionLoop { input, output, fold, finish, from_first: input == output, settled: None }
}

fn sum(f: &mut Builder, x: &[Val], y: &[Val]) -> Vec<Val> {
    x.iter().zip(y).map(|(&x, &y)| f.add(x, y)).collect()
}

fn product(f: &mut Builder, x: &[Val], y: &[Val]) -> Vec<Val> {
    if x.len() == 1 {
        return vec![f.mul(x[0], y[0])];
    }
    let z = super::arithmetic::product(f, pair(x), pair(y));
    vec![z.re, z.im]
}

fn both(f: &mut Builder, x: &[Val], y: &[Val]) -> Vec<Val> {
    vec![f.and(x[0], y[0])]
}

fn either(f: &mut Builder, x: &[Val], y: &[Val]) -> Vec<Val> {
    vec![f.or(x[0], y[0])]
}

fn different(f: &mut Builder, x: &[Val], y: &[Val]) -> Vec<Val> {
    vec![f.xor(x[0], y[0])]
}

fn pair(x: &[Val]) -> Complex {
    Complex { re: x[0], im: x[1] }
}

/// The loops of a ufunc whose result is the same, but for rounding, in whatever order elements
/// meet; `start` is its identity. Halves gather in F32.
fn by_ufunc(name: &str, start: f64) -> Vec<ReductionLoop> {
    let ufunc = super::ufunc(name).expect("a row of the table");
    let row = &super::table()[usize::from(ufunc.0)];
    let made = row.loops.iter().map(|signature| {
        let t = signature.outs[0];
        let held = if t == F16 { F32 } else { t };
        let wide = row.loops.iter().position(|l| l.outs == [held] && l.ins == [held; 2]);
        let wide = wide.expect("a loop for the state's type");
        let join = |f: &mut Builder, x: &[Val], y: &[Val]| row.place(wide, f, &[x, y].concat());
        ReductionLoop { from_first: false, ..simple(t, held, t, vec![bits_of(held, start)], join) }
    });
    made.collect()
}

/// Sums or products: first each type into NumPy's default (64 bits for integers), then small
/// integers and bool into themselves. Halves gather in F32.
fn totals(start: f64, join: Parts) -> Vec<ReductionLoop> {
    let total = |input: DType, held: DType, output: DType| {
        let mut first = vec![bits_of(held.real(), start)];
        if held.is_complex() {
            first.push(bits_of(held.real(), if start == 1.0 { 0.0 } else { start }));
        }
        let mut made = simple(input, held, output, first, join);
        if start == 0.0 && held.real().is_float() {
            made.finish = added_to_zero(held, output);
        }
        // One times a complex infinity has a part that is no number.
        made.from_first &= start == 0.0 || !held.is_complex();
        made
    };
    let wide = |t: DType| match t.kind() {
        Kind::Bool | Kind::Signed => I64,
        Kind::Unsigned => U64,
        _ => t,
    };
    let held = |t: DType| if t == F16 { F32 } else { wide(t) };
    let defaults = DType::ALL.iter().map(|&t| total(t, held(t), wide(t)));
    let narrow = INTEGERS.iter().filter(|t| t.size() < 8).map(|&t| total(t, t, t));
    let truth: Parts = if start == 0.0 { either } else { both };
    let truths = simple(Bool, Bool, Bool, vec![u64::from(start != 0.0)], truth);
    defaults.chain(narrow).chain([truths]).collect()
}

/// What NumPy's sum, which begins at 0, makes of a state: negative zeros add up to zero.
fn added_to_zero(held: DType, output: DType) -> Region {
    Region::build(&scalars(held), |f, state| {
        let zero = f.like(state[0], 0.0);
        let sums: Vec<Val> = state.iter().map(|&v| f.add(v, zero)).collect();
        crate::cast(f, held, output, &sums)
    })
}

/// The loops of a reduction with `neutral` in place of NaN.
fn without_nan(name: &str, neutral: f64) -> Vec<ReductionLoop> {
    let loops = match name {
        "add" => totals(-0.0, sum),
        _ => totals(1.0, product),
    };
    loops.into_iter().map(|l| skipping_nan(l, neutral)).collect()
}

fn skipping_nan(mut made: ReductionLoop, neutral: f64) -> ReductionLoop {
    if !made.input.real().is_float() {
        return made;
    }
    let step = made.fold.step.clone();
    let n = made.fold.state.len();
    made.fold.step = Region::build(&step.params, |f, a| {
        let wide: Vec<Val> = a[n..].iter().map(|&v| widen(f, v)).collect();
        let nan = any(f, &wide, is_nan);
        let mut args = a[..n].to_vec();
        for (k, &v) in a[n..].iter().enumerate() {
            let dtype = f.dtype(v);
            let instead = f.bits(dtype, bits_of(dtype, if k == 0 { neutral } else { 0.0 }));
            args.push(f.select(nan, instead, v));
        }
        f.inline(&step, &args)
    });
    made
}

fn extremes() -> Vec<Reduction> {
    let larger: Parts = |f, x, y| match x.len() {
        1 => vec![extreme(f, x[0], y[0], false)],
        _ => unpair(complex_extreme(f, pair(x), pair(y), Builder::gt, Builder::ge)),
    };
    let smaller: Parts = |f, x, y| match x.len() {
        1 => vec![extreme(f, x[0], y[0], true)],
        _ => unpair(complex_extreme(f, pair(x), pair(y), Builder::lt, Builder::le)),
    };
    let larger_number: Parts = |f, x, y| match x.len() {
        1 => vec![number_extreme(f, x[0], y[0], false)],
        _ => unpair(complex_number(f, pair(x), pair(y), Builder::gt, Builder::ge)),
    };
    let smaller_number: Parts = |f, x, y| match x.len() {
        1 => vec![number_extreme(f, x[0], y[0], true)],
        _ => unpair(complex_number(f, pair(x), pair(y), Builder::lt, Builder::le)),
    };
    let loops = |join: Parts, start: f64, float_start: f64| {
        DType::ALL.iter().map(move |&t| {
            let first = if t.real().is_float() { float_start } else { start };
            simple(t, t, t, vec![edge(t.real(), first); t.parts()], join)
        })
    };
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    vec![
        of_some("maximum", loops(larger, -inf, -inf).collect(), "The largest; NaN where any is."),
        of_some("minimum", loops(smaller, inf, inf).collect(), "The smallest; NaN where any is."),
        of_some("fmax", loops(larger_number, -inf, nan).collect(), "The largest that is not NaN."),
        of_some("fmin", loops(smaller_number, inf, nan).collect(), "The smallest that is not NaN."),
    ]
}

fn unpair(z: Complex) -> Vec<Val> {
    vec![z.re, z.im]
}

/// The value itself for floats, the nearest one there is for integers and bool.
fn edge(t: DType, value: f64) -> u64 {
    if t.is_float() {
        return bits_of(t, value);
    }
    let width = 8 * t.size() as u32;
    let all = u64::MAX >> (64 - width);
    match (t.kind(), value > 0.0) {
        (Kind::Bool, high) => high.into(),
        (Kind::Unsigned, true) => all,
        (Kind::Unsigned, false) => 0,
        (_, true) => all >> 1,
        (_, false) => 1 << (width - 1),
    }
}

fn truths() -> Vec<Reduction> {
    let loops = |start: u64, settled: Option<u64>, join: Parts| -> Vec<ReductionLoop> {
        let of = |&t| ReductionLoop { settled, ..simple(t, Bool, Bool, vec![start], join) };
        DType::ALL.iter().map(of).collect()
    };
    vec![
        row("logical_and", loops(1, Some(0), both), "Whether all elements are true."),
        row("logical_or", loops(0, Some(1), either), "Whether any element is true."),
        row("logical_xor", loops(0, None, different), "Whether an odd number of elements is true."),
    ]
}

fn bits() -> Vec<Reduction> {
    let loops = |start: f64, join: Parts| -> Vec<ReductionLoop> {
        let known = BOOL_AND_INTEGERS.iter().map(|&t| {
            let first = if t == Bool { start.abs() as u64 } else { bits_of(t, start) };
            simple(t, t, t, vec![first], join)
        });
        known.collect()
    };
    vec![
        row("bitwise_and", loops(-1.0, both), "Bits in all elements."),
        row("bitwise_or", loops(0.0, either), "Bits in any element."),
        row("bitwise_xor", loops(0.0, different), "Bits in an odd number of elements."),
    ]
}

fn counts() -> Vec<ReductionLoop> {
    let count = |t: DType| {
        let add = Region::build(&[I64, I64], |f, a| vec![f.add(a[0], a[1])]);
        let step = Region::build(&[vec![I64], scalars(t)].concat(), |f, a| {
            let truths: Vec<Val> = a[1..].iter().map(|&v| truth_of(f, v)).collect();
            let truth = truths.into_iter().reduce(|x, y| f.or(x, y)).unwrap_or(a[0]);
            let one = f.convert(truth, I64);
            vec![f.add(a[0], one)]
        });
        let fold = Fold { state: vec![I64], start: vec![0], step, merge: add, indexed: false };
        let finish = crate::reduction::unchanged(&[I64]);
        ReductionLoop { input: t, output: I64, fold, finish, from_first: false, settled: None }
    };
    DType::ALL.iter().map(|&t| count(t)).collect()
}

/// The state is the best element and its index, which is negative before any element.
fn places(smaller: bool) -> Vec<ReductionLoop> {
    let place = |t: DType| {
        let state = [scalars(t), vec![I64]].concat();
        let n = state.len();
        let join = Region::build(&[state.clone(), state.clone()].concat(), |f, a| {
            let take = replaces(f, &a[..n], &a[n..], smaller);
            (0..n).map(|k| f.select(take, a[n + k], a[k])).collect()
        });
        let mut start = vec![0; n - 1];
        start.push(u64::MAX);
        let finish = Region::build(&state, |_, a| vec![a[n - 1]]);
        let fold = Fold { state, start, step: join.clone(), merge: join, indexed: true };
        ReductionLoop { input: t, output: I64, fold, finish, from_first: false, settled: None }
    };
    BOOL_AND_REAL.iter().chain(COMPLEX).map(|&t| place(t)).collect()
}

/// Whether the second state is better, or as good and earlier: lanes do not meet in order.
fn replaces(f: &mut Builder, x: &[Val], y: &[Val], smaller: bool) -> Val {
    let n = x.len() - 1;
    let a: Vec<Val> = x[..n].iter().map(|&v| comparable(f, v)).collect();
    let b: Vec<Val> = y[..n].iter().map(|&v| comparable(f, v)).collect();
    let mut better = strictly(f, b[n - 1], a[n - 1], smaller);
    let mut tie = f.eq(a[n - 1], b[n - 1]);
    if n == 2 {
        let same = f.eq(a[0], b[0]);
        let first = strictly(f, b[0], a[0], smaller);
        let second = f.and(same, better);
        better = f.or(first, second);
        tie = f.and(same, tie);
    }
    if f.dtype(a[0]).is_float() {
        let (a_nan, b_nan) = (any(f, &a, is_nan), any(f, &b, is_nan));
        let both = f.and(a_nan, b_nan);
        tie = f.or(tie, both);
        let either = f.or(better, b_nan);
        better = without(f, either, a_nan);
    }
    let earlier = f.lt(y[n], x[n]);
    let tie = f.and(tie, earlier);
    let better = f.or(better, tie);
    let zero = f.int(I64, 0);
    let (none, some) = (f.lt(x[n], zero), f.ge(y[n], zero));
    let take = f.or(none, better);
    f.and(take, some)
}

fn strictly(f: &mut Builder, x: Val, y: Val, smaller: bool) -> Val {
    if smaller { f.lt(x, y) } else { f.gt(x, y) }
}

/// Halves in F32, bools as bytes.
fn comparable(f: &mut Builder, v: Val) -> Val {
    if f.dtype(v) == Bool { f.convert(v, DType::U8) } else { widen(f, v) }
}
