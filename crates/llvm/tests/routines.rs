//! Routines compiled, against the interpreter.

#![allow(missing_docs)]

mod support;

use stook_kernel::{
    Context, Local, Outcome, Place, Routine, Service, Services, Step, Stride, Type, Unit,
    interpret_unit,
};
use stook_llvm::{Target, unit_assembly};
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
}

unsafe extern "C" fn no_memory(_: *mut Context, _: i64) -> *mut u8 {
    std::ptr::null_mut()
}
unsafe extern "C" fn no_free(_: *mut Context, _: *mut u8) {}
unsafe extern "C" fn no_print(_: *mut Context, _: i64, _: u64) {}
unsafe extern "C" fn no_call(_: *mut Context, _: i64, _: *const u64, _: *mut u64) -> i64 {
    1
}

fn run(compiled: &Compiled, args: &[u64], results: usize) -> Outcome {
    let mut context = Context {
        values: [0; 4],
        allocate: no_memory,
        free: no_free,
        print: no_print,
        call: no_call,
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
    let compiled = Compiled::unit(unit);
    let found = run(&compiled, args, unit.routines[0].results.len());
    // SAFETY: the tests give addresses of vectors that are long enough.
    let expected = unsafe { interpret_unit(unit, args, &mut Nothing) };
    assert_eq!(found, expected);
    found
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
    Unit { routines: vec![routine] }
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
    let unit = Unit { routines: vec![outer, inner] };
    assert_eq!(same(&unit, &[5]), Outcome::Returned(vec![5]));
    assert_eq!(same(&unit, &[-5_i64 as u64]), Outcome::Failed(7, vec![-5_i64 as u64]));
}
