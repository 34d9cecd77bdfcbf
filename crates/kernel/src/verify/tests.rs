//! Each rule of the verifier, broken by one change to a kernel that keeps them all.

use crate::{Access, Check, Extent, Kernel, Operand, Phase, Sink, Source, Walk, verify};
use stook_ops::{Fold, Inst, Region, Val};
use stook_types::DType::{F32, F64, I64};

fn sum() -> Fold {
    let add = Region::build(&[F64; 2], |f, a| vec![f.add(a[0], a[1])]);
    Fold { state: vec![F64], start: vec![0], step: add.clone(), merge: add, indexed: false }
}

/// Copies a row, sums it, and leaves the sum.
fn valid() -> Kernel {
    let copy = Phase {
        extent: Extent::Columns,
        sources: vec![Source::Load { operand: 0, part: 0 }],
        body: Region::build(&[F64], |_, a| a.to_vec()),
        sinks: vec![
            Sink::Store { operand: 1, values: vec![0] },
            Sink::Reduce { fold: sum(), values: vec![0], into: 0 },
        ],
        check: None,
    };
    let leave = Phase {
        extent: Extent::Once,
        sources: vec![Source::Row(0)],
        sinks: vec![Sink::Store { operand: 2, values: vec![0] }],
        ..copy.clone()
    };
    let operand = |walk, access| Operand { dtype: F64, walk, access };
    Kernel {
        operands: vec![
            operand(Walk::Unit, Access::Read),
            operand(Walk::Unit, Access::Write),
            operand(Walk::Fixed, Access::Write),
        ],
        row_values: vec![F64],
        phases: vec![copy, leave],
        flags: 1,
    }
}

/// Asserts that a change breaks the rule whose text holds `words`.
#[track_caller]
fn breaks(words: &str, change: impl FnOnce(&mut Kernel)) {
    let mut kernel = valid();
    change(&mut kernel);
    let text = verify(&kernel).expect_err("a broken rule");
    assert!(text.contains(words), "{text}");
}

#[test]
fn a_kernel_that_keeps_all_rules_passes() {
    assert_eq!(verify(&valid()), Ok(()));
}

#[test]
fn parameters_have_the_types_of_their_sources() {
    breaks("phase 0: sources", |k| k.operands[0].dtype = F32);
    breaks("phase 0: sources", |k| {
        k.phases[0].sources[0] = Source::Index;
    });
    breaks("phase 1: a column's index", |k| {
        k.phases[1].sources[0] = Source::Index;
    });
}

#[test]
fn placed_operands_have_a_row_of_offsets() {
    for by in [0, 1, 7] {
        breaks("operand 1: placed by", |k| k.operands[1].walk = Walk::Placed(by));
    }
    let mut kernel = valid();
    let offsets = Operand { dtype: I64, walk: Walk::Unit, access: Access::Read };
    kernel.operands.push(offsets);
    kernel.operands[1].walk = Walk::Placed(3);
    assert_eq!(verify(&kernel), Ok(()));
}

#[test]
fn operands_are_used_as_their_access_says() {
    breaks("which is only stored", |k| {
        k.operands[0].access = Access::Write;
    });
    breaks("a read one", |k| k.operands[1].access = Access::Read);
    breaks("operand 9 of 3", |k| {
        k.phases[0].sources[0] = Source::Load { operand: 9, part: 0 };
    });
    breaks("part 1 of float64", |k| {
        k.phases[0].sources[0] = Source::Load { operand: 0, part: 1 };
    });
}

#[test]
fn a_written_operand_is_stored_once() {
    breaks("stores operand 1 again", |k| {
        k.phases[0].sinks.push(Sink::Store { operand: 1, values: vec![0] });
    });
    breaks("never stored", |k| k.phases[1].sinks.clear());
}

#[test]
fn walks_fit_the_extent() {
    breaks("once per row", |k| k.operands[2].walk = Walk::Unit);
    breaks("a fixed one, per column", |k| {
        k.operands[1].walk = Walk::Fixed;
    });
    breaks("stream", |k| {
        k.operands[1] = Operand { walk: Walk::Strided, access: Access::Stream, ..k.operands[1] };
    });
    breaks("not fixed, once per row", |k| {
        k.phases[1].sources[0] = Source::Load { operand: 0, part: 0 };
    });
}

#[test]
fn row_values_are_made_before_they_are_used_and_once() {
    breaks("not left by an earlier phase", |k| k.phases.swap(0, 1));
    breaks("not left by an earlier phase", |k| {
        k.phases[0].sources[0] = Source::Row(0);
    });
    breaks("left twice", |k| {
        k.phases[1].sinks.push(Sink::Keep { value: 0, into: 0 });
    });
    breaks("row values 0 to 1 of 0", |k| k.row_values.clear());
}

#[test]
fn sinks_take_results_of_their_types() {
    breaks("result 5 of 1", |k| k.phases[0].sinks[0] = Sink::Store { operand: 1, values: vec![5] });
    breaks("stored", |k| k.phases[0].sinks[0] = Sink::Store { operand: 1, values: vec![0, 0] });
    breaks("stored", |k| k.operands[1].dtype = F32);
    breaks("row values", |k| k.row_values[0] = I64);
    breaks("not in a phase of Columns", |k| {
        k.phases[0].sinks.push(Sink::Keep { value: 0, into: 0 });
    });
    breaks("not in a phase of Once", |k| {
        k.phases[1].sinks.push(Sink::Reduce { fold: sum(), values: vec![0], into: 0 });
    });
}

#[test]
fn folds_are_well_typed() {
    let with = |k: &mut Kernel, fold| {
        k.phases[0].sinks[1] = Sink::Reduce { fold, values: vec![0], into: 0 };
    };
    breaks("fold's start", |k| {
        with(k, Fold { start: vec![], ..sum() });
    });
    breaks("takes no index", |k| {
        with(k, Fold { indexed: true, ..sum() });
    });
    breaks("merge takes", |k| {
        let one = Region::build(&[F64], |_, a| a.to_vec());
        with(k, Fold { merge: one, ..sum() });
    });
}

#[test]
fn checks_raise_flags_that_there_are() {
    let check = |suspect, slot| Check {
        suspects: vec![suspect],
        args: vec![0],
        slow: Region::build(&[F64], |f, a| vec![f.ne(a[0], a[0])]),
        slots: vec![slot],
    };
    breaks("flag 1 of 1", |k| k.phases[0].check = Some(check(0, 1)));
    breaks("result 3 of 1", |k| k.phases[0].check = Some(check(3, 0)));
}

#[test]
fn instructions_use_values_made_before_and_of_their_types() {
    let add = |a, b| Inst::Binary(stook_ops::BinaryOp::Add, Val(a), Val(b));
    let with = |k: &mut Kernel, inst, dtype| {
        k.phases[0].body.insts.push(inst);
        k.phases[0].body.types.push(dtype);
    };
    breaks("%1: uses %1, which is not made yet", |k| {
        with(k, add(0, 1), F64);
    });
    breaks("%1: operands", |k| with(k, add(0, 0), F32));
    breaks("%1: part of %0, which is one value", |k| {
        with(k, Inst::Part(Val(0), 0), F64);
    });
    breaks("is no float32", |k| with(k, Inst::Const(1 << 40), F32));
    breaks("results: uses %7", |k| k.phases[0].body.results[0] = Val(7));
}
