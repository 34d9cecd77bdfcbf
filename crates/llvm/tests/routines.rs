//! Routines compiled, against the interpreter.

#![allow(missing_docs)]

mod support;

use stook_kernel::{
    Caught, Context, Local, Outcome, Place, Routine, Service, Services, SpreadFn, Step, Stride,
    Type, Unit, interpret_unit,
};
use stook_llvm::{Effort, Target, unit_assembly};
use stook_ops::{Builder, Region, Val};
use stook_types::DType;
use support::Compiled;

const SIZE: Type = Type::Scalar(DType::I64);
const FLOAT: Type = Type::Scalar(DType::F64);

struct Nothing;

impl Services for Nothing {
    fn ask(&mut self, service: Service, _: &[u64]) -> Vec<u64> {
        panic!("{service:?} is not asked for here")
    }

    fn symbol(&self, number: u32) -> u64 {
        symbols()[number as usize]
    }
}

unsafe extern "C" fn no_memory(_: *mut Context, _: i64) -> *mut u8 {
    std::ptr::null_mut()
}
unsafe extern "C" fn no_other(_: *mut Context, _: *mut u8, _: i64) -> *mut u8 {
    std::ptr::null_mut()
}
unsafe extern "C" fn no_free(_: *mut Context, _: *mut u8) {}
unsafe extern "C" fn no_print(_: *mut Context, _: i64, _: u64) {}
unsafe extern "C" fn in_order(
    context: *mut Context,
    round: SpreadFn,
    seen: *const u64,
    count: i64,
) -> i64 {
    // SAFETY: the arguments are those of a unit that was compiled.
    (0..count).map(|k| unsafe { round(seen, k, context) }).find(|&s| s != 0).unwrap_or(0)
}
unsafe extern "C" fn no_call(_: *mut Context, _: i64, _: *const u64, _: *mut u64) -> i64 {
    1
}

unsafe extern "C" fn no_match(_: *mut Context, _: i64, _: i64) -> i64 {
    0
}

/// Narrow numbers fill their registers as their types say; some arguments are on the stack.
extern "C" fn blend(a: i8, x: f32, b: u16, at: &i64, y: f64, c: i32, d: i64, e: i64, f: i8) -> i16 {
    let whole = i64::from(a) + i64::from(b) + at + i64::from(c) + d + e + i64::from(f);
    whole as i16 + (x + y as f32) as i16
}

fn symbols() -> [u64; 1] {
    let function: extern "C" fn(i8, f32, u16, &i64, f64, i32, i64, i64, i8) -> i16 = blend;
    [function as usize as u64]
}

fn run(compiled: &Compiled, args: &[u64], results: usize) -> Outcome {
    let symbols = symbols();
    let mut context = Context {
        values: [0; 4],
        owner: std::ptr::null_mut(),
        symbols: symbols.as_ptr(),
        spread: in_order,
        allocate: no_memory,
        free: no_free,
        resize: no_other,
        print: no_print,
        call: no_call,
        matches: no_match,
    };
    let mut made = vec![0; results];
    // SAFETY: the entry was compiled from a unit with these arguments and results.
    let status = unsafe { compiled.entry()(args.as_ptr(), made.as_mut_ptr(), &mut context) };
    match status {
        0 => Outcome::Returned(made),
        site => Outcome::Failed(site as u32 - 1, vec![context.values[0]]),
    }
}

fn same(unit: &Unit, args: &[u64]) -> Outcome {
    let run = |effort| run(&Compiled::unit(unit, effort), args, unit.routines[0].results.len());
    let found = [Effort::Full, Effort::Quick, Effort::Least].map(run);
    // SAFETY: the tests give addresses of vectors that are long enough.
    let expected = unsafe { interpret_unit(unit, args, &mut Nothing) };
    assert_eq!(found, [&expected; 3].map(Clone::clone));
    expected
}

fn compute(
    params: &[DType],
    args: &[u32],
    into: &[u32],
    fast: bool,
    formula: impl FnOnce(&mut Builder, &[Val]) -> Vec<Val>,
) -> Step {
    let body = Region::build(params, formula);
    let all = |numbers: &[u32]| numbers.iter().copied().map(Local).collect();
    Step::Compute { body, args: all(args), into: all(into), fast }
}

/// `for i in range(n): s += a[i] * b[i]`, over locals a, b, n, s, i and others.
fn dot(fast: bool) -> Unit {
    let element = |base| Place {
        dtype: DType::F64,
        base: Local(base),
        axes: vec![(Local(4), Stride::Fixed(8))],
        offset: 0,
    };
    let (i64s, f64s) = ([DType::I64; 2], [DType::F64; 3]);
    let body = vec![
        compute(&i64s, &[4, 2], &[5], false, |f, a| vec![f.ge(a[0], a[1])]),
        Step::If { condition: Local(5), then: vec![Step::Break], otherwise: Vec::new() },
        Step::Load { place: element(0), into: Local(6) },
        Step::Load { place: element(1), into: Local(7) },
        compute(&f64s, &[3, 6, 7], &[3], fast, |f, a| {
            let product = f.mul(a[1], a[2]);
            vec![f.add(a[0], product)]
        }),
    ];
    let next = vec![compute(&i64s[..1], &[4], &[4], false, |f, a| {
        let one = f.int(DType::I64, 1);
        vec![f.add(a[0], one)]
    })];
    let bool = Type::Scalar(DType::Bool);
    let locals = vec![Type::Address, Type::Address, SIZE, FLOAT, SIZE, bool, FLOAT, FLOAT];
    let body = vec![Step::Loop { body, next }, Step::Return(vec![Local(3)])];
    let routine = Routine {
        name: "dot".to_owned(),
        locals,
        params: 3,
        results: vec![FLOAT],
        body,
        ..Routine::default()
    };
    Unit { routines: vec![routine], ..Unit::default() }
}

#[test]
fn a_loop_over_memory_equals_the_interpreter() {
    let a: Vec<f64> = (0..1000).map(|k| f64::from(k) * 0.37).collect();
    let b: Vec<f64> = (0..1000).map(|k| 1.0 / f64::from(k + 1)).collect();
    let args = [a.as_ptr() as u64, b.as_ptr() as u64, 1000];
    let Outcome::Returned(bits) = same(&dot(false), &args) else { panic!("it returns") };
    let sum: f64 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
    assert_eq!(f64::from_bits(bits[0]), sum);
}

#[test]
fn sums_become_vectors_only_where_the_user_allows_it() {
    let text = |fast| unit_assembly("entry", &dot(fast), Target::X86_64V3).expect("units compile");
    assert!(text(true).contains("vfmadd231pd\t("), "{}", text(true));
    assert!(!text(false).contains("vaddpd"), "{}", text(false));
}

#[test]
fn a_loop_that_hardly_ever_runs_becomes_no_vectors() {
    let mut unit = dot(true);
    let steps = std::mem::take(&mut unit.routines[0].body);
    unit.routines[0].body = vec![Step::Rare(steps)];
    let text = unit_assembly("entry", &unit, Target::X86_64V3).expect("units compile");
    assert!(!text.contains("vfmadd231pd\t("), "{text}");
    let a = [1.5, -2.0, 0.25];
    let args = [a.as_ptr() as u64, a.as_ptr() as u64, 3];
    assert_eq!(same(&unit, &args), Outcome::Returned(vec![6.3125_f64.to_bits()]));
}

#[test]
fn what_one_step_writes_is_zero_before_and_what_the_last_round_left_in_the_next() {
    // while i < n: total = total * 10 + seen; seen = i + 1; i = i + 1
    let [n, i, total, seen, over] = [0, 1, 2, 3, 4];
    let two = [DType::I64; 2];
    let increased = |from, into| {
        compute(&two[..1], &[from], &[into], false, |f, a| {
            let one = f.int(DType::I64, 1);
            vec![f.add(a[0], one)]
        })
    };
    let body = vec![
        compute(&two, &[i, n], &[over], false, |f, a| vec![f.ge(a[0], a[1])]),
        Step::If { condition: Local(over), then: vec![Step::Break], otherwise: Vec::new() },
        compute(&two, &[total, seen], &[total], false, |f, a| {
            let ten = f.int(DType::I64, 10);
            let shifted = f.mul(a[0], ten);
            vec![f.add(shifted, a[1])]
        }),
        increased(i, seen),
    ];
    let steps = vec![Step::Loop { body, next: vec![increased(i, i)] }];
    let routine = Routine {
        name: "digits".to_owned(),
        locals: vec![SIZE, SIZE, SIZE, SIZE, Type::Scalar(DType::Bool)],
        params: 1,
        results: vec![SIZE],
        body: steps.into_iter().chain([Step::Return(vec![Local(total)])]).collect(),
        ..Routine::default()
    };
    let unit = Unit { routines: vec![routine], ..Unit::default() };
    assert_eq!(same(&unit, &[5]), Outcome::Returned(vec![1234]));
}

#[test]
fn a_failure_ends_every_caller() {
    let inner = Routine {
        name: "inner".to_owned(),
        locals: vec![SIZE, Type::Scalar(DType::Bool)],
        params: 1,
        results: vec![SIZE],
        body: vec![
            compute(&[DType::I64], &[0], &[1], false, |f, a| {
                let zero = f.int(DType::I64, 0);
                vec![f.lt(a[0], zero)]
            }),
            Step::If {
                condition: Local(1),
                then: vec![Step::Fail { site: 7, values: vec![Local(0)] }],
                otherwise: Vec::new(),
            },
            Step::Return(vec![Local(0)]),
        ],
        ..Routine::default()
    };
    let call = Step::Call { routine: 1, args: vec![Local(0)], into: vec![Local(1)] };
    let outer = Routine {
        name: "outer".to_owned(),
        locals: vec![SIZE, SIZE],
        params: 1,
        results: vec![SIZE],
        body: vec![call, Step::Return(vec![Local(1)])],
        ..Routine::default()
    };
    let unit = Unit { routines: vec![outer, inner], ..Unit::default() };
    assert_eq!(same(&unit, &[5]), Outcome::Returned(vec![5]));
    assert_eq!(same(&unit, &[-5_i64 as u64]), Outcome::Failed(7, vec![-5_i64 as u64]));
}

/// A routine that fails for numbers below 0, at site 7, and for 100, at site 8; its callers' body.
fn beside_failing(locals: Vec<Type>, sets: Vec<Vec<u32>>, body: Vec<Step>) -> Unit {
    let fail = |site, test: fn(&mut Builder, Val) -> Val| {
        [
            compute(&[DType::I64], &[0], &[1], false, |f, a| vec![test(f, a[0])]),
            Step::If {
                condition: Local(1),
                then: vec![Step::Fail { site, values: vec![Local(0)] }],
                otherwise: Vec::new(),
            },
        ]
    };
    let below = fail(7, |f, a| {
        let zero = f.int(DType::I64, 0);
        f.lt(a, zero)
    });
    let hundred = fail(8, |f, a| {
        let hundred = f.int(DType::I64, 100);
        f.eq(a, hundred)
    });
    let steps = below.into_iter().chain(hundred).chain([Step::Return(vec![Local(0)])]);
    let inner = Routine {
        name: "inner".to_owned(),
        locals: vec![SIZE, Type::Scalar(DType::Bool)],
        params: 1,
        results: vec![SIZE],
        body: steps.collect(),
        ..Routine::default()
    };
    let name = "outer".to_owned();
    let outer =
        Routine { name, locals, params: 1, results: vec![SIZE], body, ..Routine::default() };
    Unit { routines: vec![outer, inner], sets, native: false }
}

fn taken() -> (Vec<Type>, Caught) {
    let bits = Type::Scalar(DType::U64);
    let locals = vec![SIZE, SIZE, Type::Scalar(DType::Bool), SIZE, bits, bits, bits, bits];
    (locals, Caught { site: Local(3), values: [4, 5, 6, 7].map(Local) })
}

#[test]
fn a_handler_takes_failures_of_its_set_and_others_go_on() {
    let call = Step::Call { routine: 1, args: vec![Local(0)], into: vec![Local(1)] };
    let (locals, caught) = taken();
    let handler = vec![
        Step::Among { site: Local(3), set: 0, into: Local(2) },
        Step::If {
            condition: Local(2),
            then: vec![Step::Move { from: Local(3), into: Local(1) }],
            otherwise: vec![Step::Rethrow(caught)],
        },
    ];
    let otherwise = vec![compute(&[DType::I64], &[1], &[1], false, |f, a| vec![f.add(a[0], a[0])])];
    let body = vec![
        Step::Try { body: vec![call], caught, handler, otherwise },
        Step::Return(vec![Local(1)]),
    ];
    let unit = beside_failing(locals, vec![vec![3, 7]], body);
    assert_eq!(same(&unit, &[5]), Outcome::Returned(vec![10]));
    assert_eq!(same(&unit, &[-5_i64 as u64]), Outcome::Returned(vec![7]));
    assert!(matches!(failed(&unit, 100), (8, 100)));
}

#[test]
fn a_loop_that_hardly_ever_runs_leaves_its_variables_where_it_ends_and_where_it_fails() {
    // while i < n: if i == 4: fail; total = total + i; i = i + 1
    let (mut locals, caught) = taken();
    locals.extend([SIZE, Type::Scalar(DType::Bool)]);
    let [n, i, over, total, four] = [0, 1, 2, 8, 9];
    let two = [DType::I64; 2];
    let leave = |condition, step| Step::If {
        condition: Local(condition),
        then: vec![step],
        otherwise: Vec::new(),
    };
    let body = vec![
        compute(&two, &[i, n], &[over], false, |f, a| vec![f.ge(a[0], a[1])]),
        leave(over, Step::Break),
        compute(&two[..1], &[i], &[four], false, |f, a| {
            let four = f.int(DType::I64, 4);
            vec![f.eq(a[0], four)]
        }),
        leave(four, Step::Fail { site: 5, values: vec![Local(i)] }),
        compute(&two, &[total, i], &[total], false, |f, a| vec![f.add(a[0], a[1])]),
    ];
    let next = vec![compute(&two[..1], &[i], &[i], false, |f, a| {
        let one = f.int(DType::I64, 1);
        vec![f.add(a[0], one)]
    })];
    let rare = vec![Step::Rare(vec![Step::Loop { body, next }])];
    let handler = Vec::new();
    let both = vec![compute(&two, &[total, i], &[total], false, |f, a| {
        let ten = f.int(DType::I64, 10);
        let shifted = f.mul(a[0], ten);
        vec![f.add(shifted, a[1])]
    })];
    let tried = Step::Try { body: rare, caught, handler, otherwise: Vec::new() };
    let steps = [tried].into_iter().chain(both).chain([Step::Return(vec![Local(total)])]);
    let unit = beside_failing(locals, Vec::new(), steps.collect());
    assert_eq!(same(&unit, &[3]), Outcome::Returned(vec![33]));
    assert_eq!(same(&unit, &[9]), Outcome::Returned(vec![64]));
}

#[test]
fn steps_beyond_a_try_fail_past_its_handler() {
    let call = Step::Call { routine: 1, args: vec![Local(0)], into: vec![Local(1)] };
    let (locals, caught) = taken();
    let way_out = Step::Beyond { tries: 1, body: vec![call, Step::Return(vec![Local(1)])] };
    let handler = vec![Step::Return(vec![Local(3)])];
    let tried = Step::Try { body: vec![way_out], caught, handler, otherwise: Vec::new() };
    let unit = beside_failing(locals, Vec::new(), vec![tried]);
    assert_eq!(same(&unit, &[5]), Outcome::Returned(vec![5]));
    assert!(matches!(failed(&unit, 100), (8, 100)));
}

/// The site of a unit's failure and its first value, which the interpreter gives as well.
fn failed(unit: &Unit, arg: u64) -> (u32, u64) {
    let compiled = run(&Compiled::unit(unit, Effort::Full), &[arg], 1);
    let quick = run(&Compiled::unit(unit, Effort::Quick), &[arg], 1);
    assert_eq!(quick, compiled);
    // SAFETY: the unit reaches no memory.
    let interpreted = unsafe { interpret_unit(unit, &[arg], &mut Nothing) };
    match (compiled, interpreted) {
        (Outcome::Failed(site, values), Outcome::Failed(other, others)) => {
            assert_eq!((site, values[0]), (other, others[0]));
            (site, values[0])
        }
        outcomes => panic!("it fails, not {outcomes:?}"),
    }
}

/// `for k in prange(n): a[k] = k + c`, failing at the first `k` of at least `limit`.
fn numbers() -> Unit {
    let bool = Type::Scalar(DType::Bool);
    let place = Place {
        dtype: DType::I64,
        base: Local(0),
        axes: vec![(Local(4), Stride::Fixed(8))],
        offset: 0,
    };
    let body = vec![
        compute(&[DType::I64; 2], &[4, 3], &[5], false, |f, a| vec![f.ge(a[0], a[1])]),
        Step::If {
            condition: Local(5),
            then: vec![Step::Fail { site: 3, values: vec![Local(4)] }],
            otherwise: Vec::new(),
        },
        compute(&[DType::I64; 2], &[4, 2], &[2], false, |f, a| vec![f.add(a[0], a[1])]),
        Step::Store { place, value: Local(2) },
    ];
    let body =
        vec![Step::Spread { count: Local(1), index: Local(4), body }, Step::Return(vec![Local(2)])];
    let locals = vec![Type::Address, SIZE, SIZE, SIZE, SIZE, bool];
    let name = "numbers".to_owned();
    Unit {
        routines: vec![Routine {
            name,
            locals,
            params: 4,
            results: vec![SIZE],
            body,
            ..Routine::default()
        }],
        ..Unit::default()
    }
}

#[test]
fn rounds_see_variables_as_they_were_and_leave_memory() {
    let mut memory = vec![0_i64; 10];
    let args = |memory: &mut Vec<i64>, limit| [memory.as_mut_ptr() as u64, 10, 100, limit];
    assert_eq!(same(&numbers(), &args(&mut memory, 50)), Outcome::Returned(vec![100]));
    assert_eq!(memory, (100..110).collect::<Vec<_>>());
    assert_eq!(same(&numbers(), &args(&mut memory, 7)), Outcome::Failed(3, vec![7]));
}

#[test]
fn functions_of_another_language_are_called_by_their_addresses() {
    let scalar = Type::Scalar;
    let mut locals = vec![
        scalar(DType::I8),
        scalar(DType::F32),
        scalar(DType::U16),
        Type::Address,
        scalar(DType::F64),
        scalar(DType::I32),
        SIZE,
        SIZE,
        scalar(DType::I8),
    ];
    let args: Vec<Local> = (0..9).map(Local).collect();
    locals.extend([Type::Address, scalar(DType::I16)]);
    let body = vec![
        Step::Symbol { number: 0, into: Local(9) },
        Step::Native { address: Local(9), args, into: vec![Local(10)] },
        Step::Return(vec![Local(10)]),
    ];
    let results = vec![scalar(DType::I16)];
    let name = "calls".to_owned();
    let routine = Routine { name, locals, params: 9, results, body, ..Routine::default() };
    let unit = Unit { routines: vec![routine], ..Unit::default() };
    let at = 1000_i64;
    let (x, y) = (1.5_f32.to_bits(), 2.5_f64.to_bits());
    let given = [0x9c, x.into(), 40_000, (&raw const at) as u64, y, 0xffff_fff0, 7, 9, 0xff];
    let expected = (-100 + 40_000 + 1000 - 16 + 7 + 9 - 1) as i16 + 4;
    assert_eq!(same(&unit, &given), Outcome::Returned(vec![u64::from(expected as u16)]));
}
