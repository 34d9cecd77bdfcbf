//! Every instruction on every type it takes, against the interpreter.

mod support;

use stook_kernel::{Access, Extent, Kernel, Operand, Phase, Sink, Source, Walk};
use stook_llvm::{Effort, Target, assembly};
use stook_ops::{Builder, Region, Val};
use stook_types::DType;
use support::{Compiled, Shape, compare};

const SCALARS: [DType; 12] = [
    DType::Bool,
    DType::I8,
    DType::U8,
    DType::I16,
    DType::U16,
    DType::I32,
    DType::U32,
    DType::I64,
    DType::U64,
    DType::F16,
    DType::F32,
    DType::F64,
];

type Formula = Box<dyn Fn(&mut Builder, &[Val]) -> Vec<Val>>;

/// A kernel that maps unit-stride operands through a formula.
fn map(params: &[DType], formula: impl FnOnce(&mut Builder, &[Val]) -> Vec<Val>) -> Kernel {
    let body = Region::build(params, formula);
    let unit = |dtype, access| Operand { dtype, walk: Walk::Unit, access };
    let mut operands: Vec<_> = params.iter().map(|&t| unit(t, Access::Read)).collect();
    let mut sinks = Vec::new();
    for (k, &v) in body.results.iter().enumerate() {
        sinks.push(Sink::Store { operand: operands.len(), values: vec![k] });
        operands.push(unit(body.dtype(v), Access::Write));
    }
    let sources = (0..params.len()).map(|operand| Source::Load { operand, part: 0 }).collect();
    let phase = Phase { extent: Extent::Columns, sources, body, sinks, check: None };
    Kernel { operands, phases: vec![phase], ..Kernel::default() }
}

fn check_all(kernels: Vec<(String, Kernel)>) {
    check_with(&kernels, Effort::Quick);
    stands_alone_elsewhere(&kernels);
}

/// Other targets have every instruction too, and call nothing from outside.
fn stands_alone_elsewhere(kernels: &[(String, Kernel)]) {
    let named: Vec<(&str, &Kernel)> = kernels.iter().map(|(n, k)| (n.as_str(), k)).collect();
    let gpu = Target::Nvptx { sm: 80 };
    for (target, outside) in [(gpu, ".extern"), (Target::X86_64V4, "callq")] {
        let text = assembly(&named, target, Effort::Quick).expect("kernels compile");
        assert!(!text.contains(outside), "{target:?} has {outside}");
    }
}

fn check_with(kernels: &[(String, Kernel)], effort: Effort) {
    check_on(kernels, Target::X86_64V3, effort);
}

fn check_on(kernels: &[(String, Kernel)], target: Target, effort: Effort) {
    let named: Vec<(&str, &Kernel)> = kernels.iter().map(|(n, k)| (n.as_str(), k)).collect();
    let compiled = Compiled::with(&named, target, effort);
    for (name, kernel) in kernels {
        for columns in [1, 70, 500] {
            compare(name, kernel, compiled.get(name), Shape::new(1, columns), columns as u64);
        }
    }
}

fn all_of(types: &[DType], rows: Vec<(&str, usize, Formula)>) {
    check_all(kernels_of(types, rows));
}

fn kernels_of(types: &[DType], rows: Vec<(&str, usize, Formula)>) -> Vec<(String, Kernel)> {
    let mut kernels = Vec::new();
    for &t in types {
        for (name, arity, formula) in &rows {
            kernels.push((format!("{name}_{t}"), map(&vec![t; *arity], formula)));
        }
    }
    kernels
}

fn one(g: impl Fn(&mut Builder, Val) -> Val + 'static) -> Formula {
    Box::new(move |f, a| vec![g(f, a[0])])
}

fn two(g: impl Fn(&mut Builder, Val, Val) -> Val + 'static) -> Formula {
    Box::new(move |f, a| vec![g(f, a[0], a[1])])
}

fn comparisons() -> Vec<(&'static str, usize, Formula)> {
    vec![
        ("eq", 2, two(Builder::eq)),
        ("ne", 2, two(Builder::ne)),
        ("lt", 2, two(Builder::lt)),
        ("le", 2, two(Builder::le)),
        ("gt", 2, two(Builder::gt)),
        ("ge", 2, two(Builder::ge)),
        (
            "least",
            2,
            two(|f, x, y| {
                let less = f.lt(x, y);
                f.select(less, x, y)
            }),
        ),
    ]
}

#[test]
fn comparisons_and_selections() {
    all_of(&SCALARS, comparisons());
}

#[test]
fn truth_values() {
    all_of(
        &SCALARS[..1],
        vec![
            ("and", 2, two(Builder::and)),
            ("or", 2, two(Builder::or)),
            ("xor", 2, two(Builder::xor)),
            ("not", 1, one(Builder::not)),
            ("select", 3, Box::new(|f, a| vec![f.select(a[0], a[1], a[2])])),
        ],
    );
}

#[test]
fn floats() {
    all_of(&SCALARS[9..], float_rows());
}

#[test]
fn optimisation_changes_no_bit() {
    check_with(&kernels_of(&SCALARS[9..], float_rows()), Effort::Full);
}

fn float_rows() -> Vec<(&'static str, usize, Formula)> {
    vec![
        ("neg", 1, one(Builder::neg)),
        ("abs", 1, one(Builder::abs)),
        ("sqrt", 1, one(Builder::sqrt)),
        ("floor", 1, one(Builder::floor)),
        ("ceil", 1, one(Builder::ceil)),
        ("trunc", 1, one(Builder::trunc)),
        ("round", 1, one(Builder::round)),
        ("add", 2, two(Builder::add)),
        ("sub", 2, two(Builder::sub)),
        ("mul", 2, two(Builder::mul)),
        ("div", 2, two(Builder::div)),
        ("fma", 3, Box::new(|f, a| vec![f.fma(a[0], a[1], a[2])])),
        (
            "not_fma",
            3,
            Box::new(|f, a| {
                let product = f.mul(a[0], a[1]);
                vec![f.add(product, a[2])]
            }),
        ),
    ]
}

/// A divisor that is neither 0 nor -1.
fn divisor(f: &mut Builder, y: Val) -> Val {
    let (zero, three) = (f.like(y, 0.0), f.like(y, 3.0));
    let minus = f.not(zero);
    let (none, minus) = (f.eq(y, zero), f.eq(y, minus));
    let bad = f.or(none, minus);
    f.select(bad, three, y)
}

fn count(f: &mut Builder, y: Val) -> Val {
    let last = 8.0 * f.dtype(y).size() as f64 - 1.0;
    let last = f.like(y, last);
    f.and(y, last)
}

#[test]
fn integers() {
    all_of(
        &SCALARS[1..9],
        vec![
            ("neg", 1, one(Builder::neg)),
            ("abs", 1, one(Builder::abs)),
            ("not", 1, one(Builder::not)),
            ("popcount", 1, one(Builder::popcount)),
            ("add", 2, two(Builder::add)),
            ("sub", 2, two(Builder::sub)),
            ("mul", 2, two(Builder::mul)),
            ("and", 2, two(Builder::and)),
            ("or", 2, two(Builder::or)),
            ("xor", 2, two(Builder::xor)),
            (
                "quot",
                2,
                two(|f, x, y| {
                    let y = divisor(f, y);
                    f.quot(x, y)
                }),
            ),
            (
                "rem",
                2,
                two(|f, x, y| {
                    let y = divisor(f, y);
                    f.rem(x, y)
                }),
            ),
            (
                "quot_seven",
                1,
                one(|f, x| {
                    let y = f.like(x, 7.0);
                    f.quot(x, y)
                }),
            ),
            (
                "rem_seven",
                1,
                one(|f, x| {
                    let y = f.like(x, 7.0);
                    f.rem(x, y)
                }),
            ),
            (
                "shl",
                2,
                two(|f, x, y| {
                    let y = count(f, y);
                    f.shl(x, y)
                }),
            ),
            (
                "shr",
                2,
                two(|f, x, y| {
                    let y = count(f, y);
                    f.shr(x, y)
                }),
            ),
        ],
    );
}

/// A float within an integer type, else 3.
fn within(f: &mut Builder, x: Val, to: DType) -> Val {
    let bits = 8 * to.size() as i32;
    let signed = to.kind() == stook_types::Kind::Signed;
    let (low, high) = match signed {
        true => (-(2f64.powi(bits - 1)), 2f64.powi(bits - 1)),
        false => (-1.0, 2f64.powi(bits)),
    };
    let (low, high, three) = (f.like(x, low), f.like(x, high), f.like(x, 3.0));
    let above = if signed { f.ge(x, low) } else { f.gt(x, low) };
    let below = f.lt(x, high);
    let good = f.and(above, below);
    f.select(good, x, three)
}

#[test]
fn conversions() {
    let mut kernels = Vec::new();
    for from in SCALARS {
        for to in &SCALARS[1..] {
            let name = format!("from_{from}_to_{to}");
            let kernel = map(&[from], |f, a| {
                let crossing = from.is_float() && !to.is_float();
                let x = if crossing { within(f, a[0], *to) } else { a[0] };
                vec![f.convert(x, *to)]
            });
            kernels.push((name, kernel));
        }
    }
    check_all(kernels);
}

#[test]
fn integer_parts() {
    check_all(vec![("whole".to_owned(), map(&[DType::F64], |f, a| vec![f.whole(a[0])]))]);
}

#[test]
fn the_same_bits_as_another_type() {
    let mut kernels = Vec::new();
    for from in &SCALARS[1..] {
        for to in SCALARS[1..].iter().filter(|t| t.size() == from.size()) {
            let kernel = map(&[*from], |f, a| vec![f.bitcast(a[0], *to)]);
            kernels.push((format!("bits_{from}_{to}"), kernel));
        }
    }
    check_all(kernels);
}

#[test]
fn constants_of_all_types() {
    let kernels = SCALARS.map(|t| {
        let kernel = map(&[t], |f, a| {
            let c = match t {
                DType::Bool => f.bits(t, 1),
                _ => f.like(a[0], 3.0),
            };
            let equal = f.eq(a[0], c);
            vec![c, f.select(equal, a[0], c)]
        });
        (format!("constant_{t}"), kernel)
    });
    check_all(kernels.to_vec());
}

static TABLE: [u64; 8] = [3, 1, 4, 1, 5, 9, 2, 6];
static SIXTEEN: [u64; 16] = [2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5, 9, 0, 4, 5];

/// Lookups in a table of as many entries as the index, with bits beyond it, can reach.
fn lookups(table: &'static [u64]) -> Vec<(String, Kernel)> {
    let kernels = SCALARS[1..].iter().map(|&t| {
        let kernel = map(&[DType::I64, DType::U64], |f, a| {
            let most = f.int(DType::I64, table.len() as i128 - 1);
            let masked = f.and(a[0], most);
            let place = f.int(DType::U64, 60);
            let shifted = f.shr(a[1], place);
            let most = f.int(DType::U64, table.len() as i128 - 1);
            let shifted = f.and(shifted, most);
            let shifted = f.bitcast(shifted, DType::I64);
            let kept = f.and(masked, shifted);
            [masked, shifted, kept].map(|index| f.lookup(table, t, index)).to_vec()
        });
        (format!("lookup_{t}"), kernel)
    });
    kernels.collect()
}

#[test]
fn tables() {
    check_all(lookups(&TABLE));
    check_all(lookups(&SIXTEEN));
}

#[test]
fn tables_held_in_registers() {
    if is_x86_feature_detected!("avx512dq") && is_x86_feature_detected!("avx512vl") {
        check_on(&lookups(&SIXTEEN), Target::X86_64V4, Effort::Quick);
    }
}

#[test]
fn greatest_common_divisors_repeat_until_all_lanes_are_done() {
    all_of(
        &[DType::I32, DType::U8, DType::I64],
        vec![(
            "gcd",
            2,
            two(|f, x, y| {
                let three = f.like(x, 127.0);
                let (x, y) = (f.and(x, three), f.and(y, three));
                f.repeat_until(100, &[x, y], &[], |f, state, _| {
                    let (zero, one) = (f.like(state[0], 0.0), f.like(state[0], 1.0));
                    let finished = f.eq(state[1], zero);
                    let safe = f.select(finished, one, state[1]);
                    let rem = f.rem(state[0], safe);
                    let first = f.select(finished, state[0], state[1]);
                    let second = f.select(finished, zero, rem);
                    (vec![first, second], finished)
                })[0]
            }),
        )],
    );
}

#[test]
fn rounds_end_at_the_bound_and_see_fixed_values() {
    all_of(
        &[DType::F32, DType::F64],
        vec![(
            "grow",
            2,
            two(|f, x, y| {
                f.repeat_until(5, &[x], &[y], |f, state, fixed| {
                    let next = f.add(state[0], fixed[0]);
                    let limit = f.like(next, 100.0);
                    (vec![next], f.gt(next, limit))
                })[0]
            }),
        )],
    );
}

#[test]
fn rare_lanes_take_the_slow_path() {
    all_of(
        &[DType::F16, DType::F32, DType::F64, DType::I8, DType::I64],
        vec![(
            "rare",
            1,
            one(|f, x| {
                let limit = f.like(x, 12.0);
                let mask = f.gt(x, limit);
                let fast = f.add(x, x);
                f.rare(mask, &[x], &[fast, x], |f, a| {
                    let three = f.like(a[0], 3.0);
                    let slow = f.sub(a[0], three);
                    vec![slow, three]
                })[0]
            }),
        )],
    );
}

#[test]
fn vectors_that_a_select_leaves_out_are_loaded_all_the_same() {
    use DType::F64;
    let kernel = map(&[F64, F64, F64], |f, v| {
        let first = f.lt(v[0], v[1]);
        vec![f.select(first, v[1], v[2])]
    });
    let text = assembly(&[("select", &kernel)], Target::X86_64V4, Effort::Quick);
    let text = text.expect("kernels compile");
    let masked = text.lines().filter(|line| line.contains("), %zmm") && line.contains("{%k"));
    // Those of the last columns alone, which are fewer than a vector has.
    assert_eq!(masked.count(), 3, "{text}");
}
