//! Rows, columns, tails, walks, folds and checks, against the interpreter.

mod support;

use stook_kernel::{Access, Check, Extent, Kernel, Operand, Phase, Sink, Source, Walk};
use stook_llvm::Effort;
use stook_ops::{Builder, Fold, Region, Val};
use stook_types::{DType, Scalar};
use support::{Compiled, Shape, compare};

fn operand(dtype: DType, walk: Walk, access: Access) -> Operand {
    Operand { dtype, walk, access }
}

fn load(operand: usize) -> Source {
    Source::Load { operand, part: 0 }
}

fn columns(sources: Vec<Source>, body: Region, sinks: Vec<Sink>) -> Phase {
    Phase { extent: Extent::Columns, sources, body, sinks, check: None }
}

fn once(sources: Vec<Source>, body: Region, sinks: Vec<Sink>) -> Phase {
    Phase { extent: Extent::Once, ..columns(sources, body, sinks) }
}

fn store(operand: usize, values: &[usize]) -> Sink {
    Sink::Store { operand, values: values.to_vec() }
}

fn hold(kernels: &[(String, Kernel)], shapes: &[Shape]) {
    let named: Vec<(&str, &Kernel)> = kernels.iter().map(|(n, k)| (n.as_str(), k)).collect();
    let compiled = Compiled::new(&named, Effort::Quick);
    for (name, kernel) in kernels {
        for (seed, &shape) in shapes.iter().enumerate() {
            compare(name, kernel, compiled.get(name), shape, seed as u64);
        }
    }
}

fn small_shapes() -> Vec<Shape> {
    let all = (0..4).flat_map(|rows| (0..71).map(move |columns| Shape::new(rows, columns)));
    all.filter(|s| s.rows == 2 || s.columns % 5 == 0).collect()
}

/// Columns around the ends of vectors, rounds, blocks and chunks, up to several levels of merges.
fn long_shapes(tame: bool) -> Vec<Shape> {
    let lengths = [
        0, 1, 2, 15, 16, 17, 31, 32, 33, 100, 511, 512, 513, 1023, 1024, 1025, 1535, 1537, 2048,
        2100, 3600, 4096, 5000, 7700,
    ];
    lengths.map(|n| Shape { tame, ..Shape::new(2, n) }).to_vec()
}

#[test]
fn every_walk_and_access_on_every_type() {
    let mut kernels = Vec::new();
    for dtype in DType::ALL {
        for walk in [Walk::Unit, Walk::Fixed, Walk::Strided] {
            for (to, access) in [
                (Walk::Unit, Access::Write),
                (Walk::Unit, Access::Stream),
                (Walk::Strided, Access::Write),
            ] {
                let parts = dtype.parts();
                let body = Region::build(&vec![dtype.real(); parts], |_, a| a.to_vec());
                let sources = (0..parts).map(|part| Source::Load { operand: 0, part }).collect();
                let values: Vec<usize> = (0..parts).rev().collect();
                let kernel = Kernel {
                    operands: vec![operand(dtype, walk, Access::Read), operand(dtype, to, access)],
                    phases: vec![columns(sources, body, vec![store(1, &values)])],
                    ..Kernel::default()
                };
                kernels.push((format!("copy_{dtype}_{walk:?}_{to:?}_{access:?}"), kernel));
            }
        }
    }
    let shapes = [0, 1, 3, 8, 31, 32, 33, 70].map(|n| Shape::new(3, n));
    hold(&kernels, &shapes);
}

#[test]
fn all_tails_of_mixed_types() {
    let body = Region::build(&[DType::F64, DType::F32, DType::I8], |f, a| {
        let (x, y) = (f.convert(a[1], DType::F64), f.convert(a[2], DType::F64));
        let sum = f.add(a[0], x);
        vec![f.mul(sum, y), f.lt(x, y)]
    });
    let kernel = Kernel {
        operands: vec![
            operand(DType::F64, Walk::Unit, Access::Read),
            operand(DType::F32, Walk::Strided, Access::Read),
            operand(DType::I8, Walk::Unit, Access::Read),
            operand(DType::F64, Walk::Unit, Access::Stream),
            operand(DType::Bool, Walk::Unit, Access::Stream),
        ],
        phases: vec![columns(
            vec![load(0), load(1), load(2)],
            body,
            vec![store(3, &[0]), store(4, &[1])],
        )],
        ..Kernel::default()
    };
    hold(&[("mixed".to_owned(), kernel)], &small_shapes());
}

#[test]
fn columns_are_numbered_from_first() {
    let body = Region::build(&[DType::I64], |f, a| vec![a[0], f.convert(a[0], DType::I8)]);
    let kernel = Kernel {
        operands: vec![
            operand(DType::I64, Walk::Unit, Access::Write),
            operand(DType::I8, Walk::Strided, Access::Write),
        ],
        phases: vec![columns(vec![Source::Index], body, vec![store(0, &[0]), store(1, &[1])])],
        ..Kernel::default()
    };
    hold(&[("index".to_owned(), kernel)], &small_shapes());
}

fn sum(dtype: DType) -> Fold {
    let add = Region::build(&[dtype, dtype], |f, a| vec![f.add(a[0], a[1])]);
    let start = match dtype.is_float() {
        true => Scalar::float(dtype, -0.0).bits as u64,
        false => 0,
    };
    Fold { state: vec![dtype], start: vec![start], step: add.clone(), merge: add, indexed: false }
}

/// Greatest element and where it is first; the place tells whether order is kept.
fn argmax(dtype: DType) -> Fold {
    let better = |f: &mut Builder, a: [Val; 4]| {
        let [best, place, x, at] = a;
        let more = f.gt(x, best);
        let same = f.eq(x, best);
        let sooner = f.lt(at, place);
        let tie = f.and(same, sooner);
        let take = f.or(more, tie);
        vec![f.select(take, x, best), f.select(take, at, place)]
    };
    let params = [dtype, DType::I64, dtype, DType::I64];
    let region = Region::build(&params, |f, a| better(f, [a[0], a[1], a[2], a[3]]));
    let least = match dtype.is_float() {
        true => Scalar::float(dtype, f64::NEG_INFINITY).bits as u64,
        false => Scalar::integer(dtype, -128).bits as u64,
    };
    Fold {
        state: vec![dtype, DType::I64],
        start: vec![least, i64::MAX as u64],
        step: region.clone(),
        merge: region,
        indexed: true,
    }
}

/// A fold that every change of order or grouping changes.
fn order(dtype: DType) -> Fold {
    let blend = |by: f64| {
        Region::build(&[dtype, dtype], move |f, a| {
            let by = f.like(a[0], by);
            let left = f.mul(a[0], by);
            vec![f.add(left, a[1])]
        })
    };
    Fold { step: blend(3.0), merge: blend(5.0), start: vec![7], ..sum(dtype) }
}

fn any() -> Fold {
    let or = Region::build(&[DType::Bool; 2], |f, a| vec![f.or(a[0], a[1])]);
    Fold { state: vec![DType::Bool], start: vec![0], step: or.clone(), merge: or, indexed: false }
}

/// A row's fold, stored once a row.
fn reduction(dtype: DType, fold: Fold, walk: Walk) -> Kernel {
    let mut sources = vec![load(0)];
    if fold.indexed {
        sources.push(Source::Index);
    }
    let types: Vec<DType> = [dtype, DType::I64].into_iter().take(sources.len()).collect();
    let body = Region::build(&types, |_, a| a.to_vec());
    let values = (0..sources.len()).collect();
    let states = fold.state.clone();
    let mut operands = vec![operand(dtype, walk, Access::Read)];
    operands.extend(states.iter().map(|&t| operand(t, Walk::Fixed, Access::Write)));
    let sinks = (0..states.len()).map(|k| store(k + 1, &[k])).collect();
    let rows = (0..states.len()).map(Source::Row).collect();
    Kernel {
        operands,
        row_values: states.clone(),
        phases: vec![
            columns(sources, body, vec![Sink::Reduce { fold, values, into: 0 }]),
            once(rows, Region::build(&states, |_, a| a.to_vec()), sinks),
        ],
        ..Kernel::default()
    }
}

#[test]
fn reductions_meet_in_the_documented_order() {
    let mut kernels = Vec::new();
    for dtype in [DType::I8, DType::F16, DType::F32, DType::F64, DType::I64, DType::U16] {
        for walk in [Walk::Unit, Walk::Strided] {
            let name = format!("sum_{dtype}_{walk:?}");
            kernels.push((name, reduction(dtype, sum(dtype), walk)));
        }
    }
    for dtype in [DType::I8, DType::F32, DType::F64] {
        kernels.push((format!("argmax_{dtype}"), reduction(dtype, argmax(dtype), Walk::Unit)));
    }
    for dtype in [DType::I8, DType::I32, DType::I64] {
        kernels.push((format!("order_{dtype}"), reduction(dtype, order(dtype), Walk::Unit)));
    }
    kernels.push(("any".to_owned(), reduction(DType::Bool, any(), Walk::Unit)));
    hold(&kernels, &long_shapes(true));
}

#[test]
fn special_values_in_reductions() {
    let kernels = [
        ("sum".to_owned(), reduction(DType::F32, sum(DType::F32), Walk::Unit)),
        ("argmax".to_owned(), reduction(DType::F64, argmax(DType::F64), Walk::Unit)),
    ];
    hold(&kernels, &long_shapes(false));
}

/// Sums of different lane counts beside each other, with stores, then a pass that uses them.
fn standardise() -> Kernel {
    let (half, double) = (DType::F32, DType::F64);
    let squares = Region::build(&[half, half], |f, a| {
        let x = f.add(a[0], a[1]);
        let wide = f.convert(x, double);
        let square = f.mul(wide, wide);
        let zero = f.float(half, 0.0);
        let positive = f.gt(x, zero);
        let one = f.convert(positive, DType::I64);
        vec![x, square, one]
    });
    let second = Region::build(&[half, half, double, DType::I64], |f, a| {
        let centred = f.sub(a[0], a[1]);
        let wide = f.convert(centred, double);
        let ratio = f.div(wide, a[2]);
        let count = f.convert(a[3], double);
        let sum = f.add(ratio, count);
        vec![f.convert(sum, half)]
    });
    let mean = Region::build(&[half, half], |f, a| vec![f.mul(a[0], a[1])]);
    let reduce = |fold, value, into| Sink::Reduce { fold, values: vec![value], into };
    Kernel {
        operands: vec![
            operand(half, Walk::Unit, Access::Read),
            operand(half, Walk::Fixed, Access::Read),
            operand(half, Walk::Unit, Access::Write),
            operand(half, Walk::Unit, Access::Update),
            operand(double, Walk::Fixed, Access::Write),
        ],
        row_values: vec![half, double, DType::I64, half],
        phases: vec![
            columns(
                vec![load(0), load(1)],
                squares,
                vec![
                    store(2, &[0]),
                    reduce(sum(half), 0, 0),
                    reduce(sum(double), 1, 1),
                    reduce(sum(DType::I64), 2, 2),
                ],
            ),
            once(vec![Source::Row(0), load(1)], mean, vec![Sink::Keep { value: 0, into: 3 }]),
            columns(
                vec![load(3), Source::Row(3), Source::Row(1), Source::Row(2)],
                second,
                vec![store(3, &[0])],
            ),
            once(
                vec![Source::Row(1)],
                Region::build(&[double], |_, a| a.to_vec()),
                vec![store(4, &[0])],
            ),
        ],
        flags: 0,
    }
}

#[test]
fn several_reductions_and_stores_in_one_phase() {
    hold(&[("standardise".to_owned(), standardise())], &long_shapes(true));
    let rows = [0, 1, 3].map(|r| Shape { tame: true, ..Shape::new(r, 600) });
    hold(&[("standardise".to_owned(), standardise())], &rows);
}

#[test]
fn scans_keep_to_the_order_of_columns() {
    let mut kernels = Vec::new();
    for dtype in [DType::I8, DType::F16, DType::F32, DType::F64, DType::I64] {
        for walk in [Walk::Unit, Walk::Strided] {
            let body = Region::build(&[dtype], |f, a| vec![f.add(a[0], a[0])]);
            let step = Region::build(&[dtype; 2], |f, a| vec![f.sub(a[0], a[1])]);
            let scan = Sink::Scan { step, values: vec![0], operand: 1 };
            let kernel = Kernel {
                operands: vec![
                    operand(dtype, walk, Access::Read),
                    operand(dtype, walk, Access::Write),
                    operand(dtype, Walk::Unit, Access::Write),
                ],
                phases: vec![columns(vec![load(0)], body, vec![scan, store(2, &[0])])],
                ..Kernel::default()
            };
            kernels.push((format!("scan_{dtype}_{walk:?}"), kernel));
        }
    }
    let shapes: Vec<Shape> =
        small_shapes().into_iter().map(|s| Shape { tame: true, ..s }).collect();
    hold(&kernels, &shapes);
}

#[test]
fn a_scan_beside_a_reduction() {
    let dtype = DType::F32;
    let body = Region::build(&[dtype], |_, a| a.to_vec());
    let kernel = Kernel {
        operands: vec![
            operand(dtype, Walk::Unit, Access::Read),
            operand(dtype, Walk::Unit, Access::Write),
            operand(dtype, Walk::Fixed, Access::Write),
        ],
        row_values: vec![dtype],
        phases: vec![
            columns(
                vec![load(0)],
                body.clone(),
                vec![
                    Sink::Reduce { fold: sum(dtype), values: vec![0], into: 0 },
                    Sink::Scan { step: sum(dtype).step, values: vec![0], operand: 1 },
                ],
            ),
            once(vec![Source::Row(0)], body, vec![store(2, &[0])]),
        ],
        ..Kernel::default()
    };
    hold(&[("both".to_owned(), kernel)], &long_shapes(true));
}

#[test]
fn states_of_pieces_merge_as_chunks_do() {
    let mut kernels = Vec::new();
    for fold in [order(DType::I32), argmax(DType::F64), any()] {
        let state = fold.state.clone();
        let region = Region::build(&state, |_, a| a.to_vec());
        let count = state.len();
        let mut operands: Vec<_> =
            state.iter().map(|&t| operand(t, Walk::Unit, Access::Read)).collect();
        operands.extend(state.iter().map(|&t| operand(t, Walk::Fixed, Access::Write)));
        let values = (0..count).collect();
        let kernel = Kernel {
            operands,
            row_values: state.clone(),
            phases: vec![
                columns(
                    (0..count).map(load).collect(),
                    region.clone(),
                    vec![Sink::Merge { fold, values, into: 0 }],
                ),
                once(
                    (0..count).map(Source::Row).collect(),
                    region,
                    (0..count).map(|k| store(count + k, &[k])).collect(),
                ),
            ],
            ..Kernel::default()
        };
        kernels.push((format!("merge_{}", state[0]), kernel));
    }
    hold(&kernels, &small_shapes());
}

#[test]
fn updates_accumulate_over_rows() {
    let dtype = DType::F64;
    let add = Region::build(&[dtype, dtype], |f, a| vec![f.add(a[0], a[1])]);
    let per_column = Kernel {
        operands: vec![
            operand(dtype, Walk::Unit, Access::Read),
            operand(dtype, Walk::Unit, Access::Update),
        ],
        phases: vec![columns(vec![load(0), load(1)], add.clone(), vec![store(1, &[0])])],
        ..Kernel::default()
    };
    let mut in_groups = per_column.clone();
    in_groups.operands[1].access = Access::Accumulate;
    let mut per_row = reduction(dtype, sum(dtype), Walk::Unit);
    per_row.operands[1].access = Access::Update;
    per_row.phases[1] = once(vec![Source::Row(0), load(1)], add, vec![store(1, &[0])]);
    let shapes: Vec<Shape> =
        small_shapes().into_iter().map(|s| Shape { accumulate: true, tame: true, ..s }).collect();
    let kernels = [("columns", per_column), ("groups of rows", in_groups), ("rows", per_row)];
    hold(&kernels.map(|(name, kernel)| (name.to_owned(), kernel)), &shapes);
}

/// Division whose zero divisors and lost finite values raise flags.
fn checked(dtype: DType) -> Kernel {
    let body = Region::build(&[dtype, dtype], |f, a| {
        let zero = f.like(a[1], 0.0);
        let none = f.eq(a[1], zero);
        let more = f.mul(a[0], a[1]);
        vec![f.div(a[0], a[1]), more, a[0], a[1], none]
    });
    let slow = Region::build(&[dtype, dtype], |f, a| {
        let (zero, limit) = (f.like(a[0], 0.0), f.like(a[0], 50.0));
        vec![f.eq(a[1], zero), f.gt(a[0], limit), f.ne(a[0], a[0])]
    });
    let mut phase = columns(vec![load(0), load(1)], body, vec![store(2, &[0]), store(3, &[1])]);
    phase.check =
        Some(Check { suspects: vec![0, 1, 4], args: vec![2, 3], slow, slots: vec![2, 0, 1] });
    let unit = |access| operand(dtype, Walk::Unit, access);
    Kernel {
        operands: vec![
            unit(Access::Read),
            unit(Access::Read),
            unit(Access::Write),
            unit(Access::Write),
        ],
        phases: vec![phase],
        flags: 4,
        ..Kernel::default()
    }
}

#[test]
fn checks_raise_the_flags_of_suspect_lanes() {
    let kernels =
        [DType::F16, DType::F32, DType::F64].map(|t| (format!("checked_{t}"), checked(t)));
    for tame in [false, true] {
        let shapes: Vec<Shape> = small_shapes().into_iter().map(|s| Shape { tame, ..s }).collect();
        hold(&kernels, &shapes);
    }
}

#[test]
fn threads_compile_side_by_side_to_equal_code() {
    let kernel = standardise();
    let code = || {
        let named = [("standardise", &kernel)];
        stook_llvm::object(&named, stook_llvm::Target::X86_64V3, Effort::Quick).expect("compiles")
    };
    let expected = code();
    std::thread::scope(|scope| {
        let others: Vec<_> = (0..4).map(|_| scope.spawn(code)).collect();
        for other in others {
            assert_eq!(other.join().expect("the thread ends"), expected);
        }
    });
}

#[test]
fn folds_on_a_gpu_are_refused_in_words() {
    let kernel = standardise();
    let gpu = stook_llvm::Target::Nvptx { sm: 80 };
    let refused = stook_llvm::assembly(&[("standardise", &kernel)], gpu, Effort::Quick);
    let text = "not supported by the target: a fold over columns";
    assert_eq!(refused.map_err(|e| e.to_string()), Err(text.to_owned()));
}
