//! What the interpreter does, on the smallest kernels that show it.

use crate::testing::{Case, Memory};
use crate::{
    Access, Check, Extent, Kernel, Operand, Phase, Sink, Source, Walk, piece_columns, verify,
};
use stook_ops::{Builder, Fold, Region, Val};
use stook_types::DType::{self, Bool, C64, F32, F64, I64};

const READ: Operand = Operand { dtype: F64, walk: Walk::Unit, access: Access::Read };
const WRITE: Operand = Operand { access: Access::Write, ..READ };
const UPDATE: Operand = Operand { access: Access::Update, ..READ };
const FIXED: Operand = Operand { walk: Walk::Fixed, ..READ };
const RESULT: Operand = Operand { walk: Walk::Fixed, ..WRITE };

fn load(operand: usize) -> Source {
    Source::Load { operand, part: 0 }
}

fn store(operand: usize) -> Sink {
    Sink::Store { operand, values: vec![0] }
}

/// A phase of doubles.
fn phase(
    extent: Extent,
    sources: &[Source],
    sinks: &[Sink],
    formula: impl FnOnce(&mut Builder, &[Val]) -> Vec<Val>,
) -> Phase {
    let types: Vec<DType> =
        sources.iter().map(|s| if *s == Source::Index { I64 } else { F64 }).collect();
    Phase {
        extent,
        sources: sources.to_vec(),
        body: Region::build(&types, formula),
        sinks: sinks.to_vec(),
        check: None,
    }
}

fn columns(
    sources: &[Source],
    sink: Sink,
    formula: impl FnOnce(&mut Builder, &[Val]) -> Vec<Val>,
) -> Phase {
    phase(Extent::Columns, sources, &[sink], formula)
}

fn same(_: &mut Builder, a: &[Val]) -> Vec<Val> {
    a.to_vec()
}

/// Stores row value 0 in an operand, once per row.
fn leave(operand: usize) -> Phase {
    phase(Extent::Once, &[Source::Row(0)], &[store(operand)], same)
}

fn sum() -> Fold {
    let add = Region::build(&[F64; 2], |f, a| vec![f.add(a[0], a[1])]);
    let start = vec![(-0.0f64).to_bits()];
    Fold { state: vec![F64], start, step: add.clone(), merge: add, indexed: false }
}

fn greatest() -> Fold {
    let step = Region::build(&[F64; 2], |f, a| {
        let greater = f.gt(a[1], a[0]);
        vec![f.select(greater, a[1], a[0])]
    });
    let start = vec![f64::NEG_INFINITY.to_bits()];
    Fold { state: vec![F64], start, step: step.clone(), merge: step, indexed: false }
}

fn reduce(fold: Fold, into: usize) -> Sink {
    Sink::Reduce { fold, values: vec![0], into }
}

/// Doubles in rows, one after another; rows of fixed operands have one element.
fn doubles(rows: &[&[f64]]) -> Memory {
    let width = rows.first().map_or(0, |r| r.len());
    Memory::filled(F64, rows.len(), width, |r, c, _| rows[r][c].to_bits())
}

fn case(
    operands: &[Operand],
    row_values: usize,
    phases: &[Phase],
    extent: (usize, usize),
    memory: &[Memory],
) -> Case {
    let kernel = Kernel {
        operands: operands.to_vec(),
        row_values: vec![F64; row_values],
        phases: phases.to_vec(),
        flags: 3,
    };
    verify(&kernel).expect("a valid kernel");
    Case { kernel, rows: extent.0, columns: extent.1, first: 0, memory: memory.to_vec() }
}

/// What a run leaves in an operand, row after row.
fn left(case: &Case, operand: usize, width: usize) -> Vec<f64> {
    let outcome = case.interpreted();
    let at = |k: usize| case.scalar(&outcome, operand, k / width, k % width, 0);
    (0..case.rows * width).map(|k| at(k).as_float().expect("a double")).collect()
}

#[test]
fn elements_meet_their_row_neighbours_and_fixed_operands() {
    let add = columns(&[load(0), load(1)], store(2), |f, a| vec![f.add(a[0], a[1])]);
    let out = doubles(&[&[0.0; 2][..]; 2]);
    let memory = [doubles(&[&[1.0, 2.0], &[3.0, 4.0]]), doubles(&[&[10.0], &[20.0]]), out];
    let case = case(&[READ, FIXED, WRITE], 0, &[add], (2, 2), &memory);
    assert_eq!(left(&case, 2, 2), [11.0, 12.0, 23.0, 24.0]);
}

#[test]
fn an_update_at_row_stride_0_accumulates_over_rows() {
    let add = columns(&[load(0), load(1)], store(1), |f, a| vec![f.add(a[0], a[1])]);
    let mut total = doubles(&[&[100.0, 200.0]]);
    total.row_stride = 0;
    let input = doubles(&[&[1.0, 2.0], &[3.0, 4.0], &[5.0, 6.0]]);
    let case = case(&[READ, UPDATE], 0, &[add], (3, 2), &[input, total]);
    assert_eq!(left(&case, 1, 2)[..2], [109.0, 212.0]);
}

#[test]
fn the_index_counts_from_the_first_column() {
    let number = columns(&[Source::Index], store(0), |f, a| vec![f.convert(a[0], F64)]);
    let mut case = case(&[WRITE], 0, &[number], (1, 3), &[doubles(&[&[0.0; 3]])]);
    case.first = 7;
    assert_eq!(left(&case, 0, 3), [7.0, 8.0, 9.0]);
}

#[test]
fn bools_are_any_byte_and_complex_parts_lie_side_by_side() {
    let operands = [
        Operand { dtype: Bool, ..READ },
        Operand { dtype: C64, ..READ },
        Operand { dtype: C64, walk: Walk::Strided, ..WRITE },
    ];
    let part = |part| Source::Load { operand: 1, part };
    let mut swap = phase(Extent::Columns, &[], &[], |_, _| Vec::new());
    swap.sources = vec![load(0), part(0), part(1)];
    swap.body = Region::build(&[Bool, F32, F32], |f, a| {
        vec![f.select(a[0], a[2], a[1]), f.select(a[0], a[1], a[2])]
    });
    swap.sinks = vec![Sink::Store { operand: 2, values: vec![0, 1] }];
    let masks = Memory::filled(Bool, 1, 2, |_, c, _| [0, 2][c]);
    let pairs = Memory::filled(C64, 1, 2, |_, _, p| [1.0f32, 2.0][p].to_bits().into());
    let out = Memory::new(C64, 1, 2, 0, -11, 3);
    let case = case(&operands, 0, &[swap], (1, 2), &[masks, pairs, out]);
    let outcome = case.interpreted();
    let at = |c, p| case.scalar(&outcome, 2, 0, c, p).as_float().expect("a float");
    assert_eq!([at(0, 0), at(0, 1), at(1, 0), at(1, 1)], [1.0, 2.0, 2.0, 1.0]);
}

/// Numbers whose sum depends on the order.
fn uneven(n: usize) -> Vec<f64> {
    (0..n).map(|k| 1.0 / (k as f64 + 1.3) * if k % 3 == 0 { -1e3 } else { 1.0 }).collect()
}

/// The documented order, written for plain sums: lanes in halves, then chunks by recursion.
fn sum_by_the_book(x: &[f64]) -> f64 {
    let chunks: Vec<f64> = x.chunks(512).map(chunk_sum).collect();
    tree(&chunks)
}

fn chunk_sum(x: &[f64]) -> f64 {
    let mut lanes = [-0.0; 16];
    for (k, value) in x.iter().enumerate() {
        lanes[k % 16] += value;
    }
    for half in [8, 4, 2, 1] {
        for k in 0..half {
            lanes[k] += lanes[k + half];
        }
    }
    lanes[0]
}

/// The left subtree is the largest power of two below the count.
fn tree(states: &[f64]) -> f64 {
    match states.len() {
        0 => -0.0,
        1 => states[0],
        n => {
            let (left, right) = states.split_at(n.next_power_of_two() / 2);
            tree(left) + tree(right)
        }
    }
}

fn row_sum(x: &[f64], sink: Sink) -> f64 {
    let phases = [columns(&[load(0)], sink, same), leave(1)];
    let memory = [doubles(&[x]), doubles(&[&[0.0]])];
    left(&case(&[READ, RESULT], 1, &phases, (1, x.len()), &memory), 1, 1)[0]
}

#[test]
fn a_sum_has_the_bits_of_the_documented_order() {
    let around = [0, 1, 15, 16, 17, 31, 32, 33, 511, 512, 513, 1023, 1024, 1025, 1536, 1537, 4000];
    for n in around {
        let x = uneven(n);
        let found = row_sum(&x, reduce(sum(), 0));
        assert_eq!(found.to_bits(), sum_by_the_book(&x).to_bits(), "{n} elements");
    }
}

#[test]
fn a_row_cut_in_pieces_has_the_bits_of_the_whole() {
    let x = uneven(512 * 7 + 100);
    let whole = row_sum(&x, reduce(sum(), 0));
    for doublings in 0..4 {
        let pieces = x.chunks(piece_columns(sum().chunk(), doublings));
        let states: Vec<f64> = pieces.map(|piece| row_sum(piece, reduce(sum(), 0))).collect();
        let merged = row_sum(&states, Sink::Merge { fold: sum(), values: vec![0], into: 0 });
        assert_eq!(merged.to_bits(), whole.to_bits(), "pieces of 2^{doublings} chunks");
    }
}

#[test]
fn a_merge_of_nothing_is_the_start() {
    let found = row_sum(&[], Sink::Merge { fold: sum(), values: vec![0], into: 0 });
    assert_eq!(found.to_bits(), (-0.0f64).to_bits());
}

#[test]
fn a_scan_begins_anew_in_each_row() {
    let step = Region::build(&[F64, F64], |f, a| vec![f.sub(a[0], a[1])]);
    let scan = Sink::Scan { step, values: vec![0], operand: 1 };
    let memory = [doubles(&[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]]), doubles(&[&[0.0; 3][..]; 2])];
    let phases = [columns(&[load(0)], scan, same)];
    let case = case(&[READ, WRITE], 0, &phases, (2, 3), &memory);
    assert_eq!(left(&case, 1, 3), [1.0, -1.0, -4.0, 4.0, -1.0, -7.0]);
}

#[test]
fn a_later_launch_of_a_scan_goes_on_from_what_the_one_before_stored() {
    let scan = Sink::Scan { step: sum().step, values: vec![0], operand: 1 };
    let mut memory = [doubles(&[&[2.0, 3.0], &[5.0, 6.0]]), doubles(&[&[1.0, 0.0, 0.0][..]; 2])];
    memory[1].offset += 8;
    let phases = [columns(&[load(0)], scan, same)];
    let mut case = case(&[READ, WRITE], 0, &phases, (2, 2), &memory);
    case.first = 1;
    assert_eq!(left(&case, 1, 2), [3.0, 6.0, 6.0, 12.0]);
}

#[test]
fn phases_of_a_row_hand_on_values_and_a_scratch_row() {
    let sum_into = reduce(sum(), 1);
    let phases = [
        columns(&[load(0)], reduce(greatest(), 0), same),
        phase(
            Extent::Columns,
            &[load(0), Source::Row(0)],
            &[Sink::Store { operand: 1, values: vec![0] }, sum_into],
            |f, a| vec![f.sub(a[1], a[0])],
        ),
        phase(Extent::Once, &[Source::Row(1)], &[Sink::Keep { value: 0, into: 2 }], |f, a| {
            let half = f.float(F64, 0.5);
            vec![f.mul(a[0], half)]
        }),
        columns(&[load(1), Source::Row(2)], store(2), |f, a| vec![f.div(a[0], a[1])]),
    ];
    let mut scratch = doubles(&[&[0.0; 3]]);
    scratch.row_stride = 0;
    let input = doubles(&[&[1.0, 3.0, 5.0], &[7.0, 0.0, 6.0]]);
    let memory = [input, scratch, doubles(&[&[0.0; 3][..]; 2])];
    let case = case(&[READ, UPDATE, WRITE], 3, &phases, (2, 3), &memory);
    assert_eq!(left(&case, 2, 3), [4.0 / 3.0, 2.0 / 3.0, 0.0, 0.0, 1.75, 0.25]);
}

/// `1 / x`, watched: slot 2 where x is zero, slot 0 where x is greater than 5.
fn watched(x: &[f64]) -> Vec<u8> {
    let mut divide = columns(&[load(0)], store(1), |f, a| {
        let one = f.float(F64, 1.0);
        vec![f.div(one, a[0]), a[0]]
    });
    let slow = Region::build(&[F64], |f, a| {
        let (zero, five) = (f.float(F64, 0.0), f.float(F64, 5.0));
        vec![f.eq(a[0], zero), f.gt(a[0], five)]
    });
    divide.check = Some(Check { suspects: vec![0], args: vec![1], slow, slots: vec![2, 0] });
    let memory = [doubles(&[x]), doubles(&[x])];
    case(&[READ, WRITE], 0, &[divide], (1, x.len()), &memory).interpreted().flags
}

#[test]
fn a_flag_is_raised_by_a_suspect_element_only() {
    assert_eq!(watched(&[1.0, 9.0]), [0, 0, 0]);
    assert_eq!(watched(&[9.0, 0.0]), [0, 0, 1]);
    assert_eq!(watched(&[f64::NAN]), [0, 0, 0]);
}

#[test]
fn no_rows_touch_nothing() {
    let copy = columns(&[load(0)], store(1), same);
    let memory = [doubles(&[&[1.0]]), doubles(&[&[2.0]])];
    let case = case(&[READ, WRITE], 0, &[copy], (0, 1), &memory);
    assert_eq!(case.interpreted().memory[1], case.memory[1].bytes);
}
