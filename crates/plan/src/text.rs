//! Programs and plans as text, for people.

use crate::body::Memory;
use crate::plan::{Bundle, Plan};
use crate::program::{Instruction, Op, Place, Program, Ref};
use std::fmt::Write;
use stook_ops::{reductions, table};

/// A program, one instruction a line.
pub fn program_text(program: &Program) -> String {
    let mut text = String::new();
    for (k, facts) in program.storages.iter().enumerate() {
        let live = if facts.live { "live" } else { "dead" };
        let filled = if facts.filled { "filled" } else { "empty" };
        let _ = writeln!(text, "s{k}: {} bytes, {live}, {filled}", facts.bytes);
    }
    for instruction in &program.instructions {
        let _ = writeln!(text, "{}", instruction_text(instruction));
    }
    text
}

/// An instruction as an assignment.
pub fn instruction_text(instruction: &Instruction) -> String {
    let list = |items: Vec<String>| items.join(", ");
    let outs = list(instruction.outs.iter().map(place_text).collect());
    let ins = list(instruction.ins.iter().map(ref_text).collect());
    let mask = instruction.mask.as_ref().map(|m| format!(" where {}", ref_text(m)));
    format!("{outs} = {}({ins}){}", op_name(&instruction.op), mask.unwrap_or_default())
}

/// What an instruction does, in the user's words.
pub fn op_name(op: &Op) -> String {
    match op {
        Op::Call { ufunc, .. } => table()[usize::from(ufunc.0)].name.into(),
        Op::Copy => "copy".into(),
        Op::Reduce { reduction, axes, .. } => {
            format!("{}.reduce over {:?}", reductions()[usize::from(reduction.0)].name, &axes[..])
        }
        Op::Scan { ufunc, .. } => format!("{}.accumulate", table()[usize::from(ufunc.0)].name),
    }
}

fn ref_text(r: &Ref) -> String {
    match r {
        Ref::Place(place) => place_text(place),
        Ref::Scalar(slot, dtype) => format!("scalar{slot}:{dtype}"),
    }
}

fn place_text(place: &Place) -> String {
    let Place { storage, view, dtype } = place;
    let plain = view.offset == 0 && view.is_c_contiguous(dtype.size());
    let walk =
        if plain { String::new() } else { format!("+{} by {:?}", view.offset, &view.strides[..]) };
    format!("s{storage}:{dtype}{:?}{walk}", &view.shape[..])
}

/// A plan, bundle by bundle.
pub fn plan_text(plan: &Plan) -> String {
    let mut text = String::new();
    for (k, bundle) in plan.bundles.iter().enumerate() {
        let _ = write!(text, "{}", bundle_text(plan, bundle, k));
    }
    text
}

fn bundle_text(plan: &Plan, bundle: &Bundle, k: usize) -> String {
    let mut text = String::new();
    let Bundle { mode, nest, cut, .. } = bundle;
    let _ =
        writeln!(text, "bundle {k}: {mode:?}, loops {:?}, cut: {}", &nest.shape[..], cut.reason());
    for &member in &bundle.members {
        let _ = writeln!(text, "  {}", instruction_text(&plan.instructions[member]));
    }
    for (o, walker) in bundle.body.operands.iter().zip(&nest.operands) {
        let name = match o.memory {
            Memory::Storage(s) => format!("s{s}"),
            Memory::Scalar(s) => format!("scalar{s}"),
            Memory::Scratch(s) => format!("scratch{s}"),
            Memory::State(value, part) => format!("state{value}.{part}"),
        };
        let access = match (o.read, o.written) {
            (true, true) => "update",
            (false, true) => "write",
            _ => "read",
        };
        let _ = writeln!(text, "  {access} {name}:{} by {:?}", o.dtype, &walker.strides[..]);
    }
    text
}
