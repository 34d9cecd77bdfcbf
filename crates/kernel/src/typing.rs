//! Types of a region's instructions.
//!
//! A [`Region`] enters; what leaves is the first rule it breaks. Every instruction takes values
//! made before it, of the types its operation is for, and says the type it makes; a value
//! of several results is used through [`Inst::Part`] only. Complex numbers are two scalars.

use stook_ops::{BinaryOp, CompareOp, Inst, Region, UnaryOp, Val};
use stook_types::DType;

/// Checks every rule that a region's instructions keep, inner regions too.
///
/// # Errors
/// The first broken rule: the value, what was expected and what came.
pub fn verify_region(region: &Region) -> Result<(), String> {
    if region.insts.len() != region.types.len() {
        return Err(format!("{} instructions, {} types", region.insts.len(), region.types.len()));
    }
    region.params.iter().try_for_each(|&t| scalar(t))?;
    for at in 0..region.insts.len() {
        verify_inst(region, at).map_err(|text| format!("%{at}: {text}"))?;
    }
    for &v in &region.results {
        used(region, region.insts.len(), v).map_err(|text| format!("results: {text}"))?;
    }
    Ok(())
}

/// The types of a region's results.
pub fn result_types(region: &Region) -> Vec<DType> {
    region.results.iter().map(|&v| region.dtype(v)).collect()
}

/// Checks that the bits are a value of the type.
pub(crate) fn verify_bits(dtype: DType, bits: u64) -> Result<(), String> {
    scalar(dtype)?;
    let width = if dtype == DType::Bool { 1 } else { 8 * dtype.size() };
    if width < 64 && bits >> width != 0 {
        return Err(format!("{bits:#x} is no {dtype}"));
    }
    Ok(())
}

/// Checks that two lists of types are the same.
pub(crate) fn same_types(what: &str, expected: &[DType], found: &[DType]) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what}: expected {}, found {}", list(expected), list(found)))
}

fn list(types: &[DType]) -> String {
    let names: Vec<&str> = types.iter().map(|t| t.name()).collect();
    format!("({})", names.join(", "))
}

fn scalar(dtype: DType) -> Result<(), String> {
    if dtype.is_complex() { Err(format!("a value of type {dtype}")) } else { Ok(()) }
}

fn ensure(holds: bool, text: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text()) }
}

/// A use of `v` by instruction `at`: its type, if it may be used there.
fn used(region: &Region, at: usize, v: Val) -> Result<DType, String> {
    let index = v.0 as usize;
    ensure(index < at, || format!("uses %{index}, which is not made yet"))?;
    let several = matches!(region.insts[index], Inst::RepeatUntil { .. } | Inst::Rare { .. });
    ensure(!several, || format!("uses %{index}, of several results, not through a part"))?;
    Ok(region.types[index])
}

fn verify_inst(region: &Region, at: usize) -> Result<(), String> {
    let made = region.types[at];
    scalar(made)?;
    let of = |v: Val| used(region, at, v);
    let all = |values: &[Val]| values.iter().map(|&v| of(v)).collect::<Result<Vec<_>, _>>();
    match &region.insts[at] {
        Inst::Param(k) => param(region, *k as usize, made),
        Inst::Const(bits) => verify_bits(made, *bits),
        Inst::Unary(op, a) => unary(*op, of(*a)?, made),
        Inst::Binary(op, a, b) => binary(*op, [of(*a)?, of(*b)?], made),
        Inst::Compare(op, a, b) => compare(*op, [of(*a)?, of(*b)?], made),
        Inst::Select(m, a, b) => {
            same_types("select", &[DType::Bool, made, made], &[of(*m)?, of(*a)?, of(*b)?])
        }
        Inst::Fma(a, b, c) => {
            ensure(made.is_float(), || format!("fma of {made}"))?;
            same_types("fma", &[made; 3], &[of(*a)?, of(*b)?, of(*c)?])
        }
        Inst::Convert(a) => {
            of(*a)?;
            ensure(made != DType::Bool, || "convert to bool; compare instead".to_owned())
        }
        Inst::Whole(a) => same_types("whole", &[DType::F64, DType::I64], &[of(*a)?, made]),
        Inst::Bitcast(a) => bitcast(of(*a)?, made),
        Inst::Lookup(table, a) => lookup(table, of(*a)?, made),
        Inst::RepeatUntil { init, fixed, round, bound } => {
            repeat(&all(init)?, &all(fixed)?, round, *bound, made)
        }
        Inst::Rare { mask, args, slow, otherwise } => {
            same_types("mask", &[DType::Bool], &[of(*mask)?])?;
            rare(&all(args)?, slow, &all(otherwise)?, made)
        }
        Inst::Part(source, k) => part(region, at, *source, *k as usize, made),
    }
}

fn param(region: &Region, k: usize, made: DType) -> Result<(), String> {
    match region.params.get(k) {
        Some(&dtype) => same_types("parameter", &[dtype], &[made]),
        None => Err(format!("parameter {k} of {}", region.params.len())),
    }
}

fn unary(op: UnaryOp, a: DType, made: DType) -> Result<(), String> {
    use UnaryOp::{Abs, Ceil, Floor, Neg, Not, PopCount, Round, Sqrt, Trunc};
    let fits = match op {
        Neg | Abs => made.is_integer() || made.is_float(),
        Sqrt | Floor | Ceil | Trunc | Round => made.is_float(),
        Not => made.is_integer() || made == DType::Bool,
        PopCount => made.is_integer(),
    };
    ensure(fits, || format!("{op:?} of {made}"))?;
    same_types("operand", &[made], &[a])
}

fn binary(op: BinaryOp, operands: [DType; 2], made: DType) -> Result<(), String> {
    use BinaryOp::{Add, And, Div, Mul, Or, Quot, Rem, Shl, Shr, Sub, Xor};
    let fits = match op {
        Add | Sub | Mul => made.is_integer() || made.is_float(),
        Div => made.is_float(),
        Quot | Rem | Shl | Shr => made.is_integer(),
        And | Or | Xor => made.is_integer() || made == DType::Bool,
    };
    ensure(fits, || format!("{op:?} of {made}"))?;
    same_types("operands", &[made; 2], &operands)
}

fn compare(op: CompareOp, [a, b]: [DType; 2], made: DType) -> Result<(), String> {
    same_types("comparison", &[DType::Bool], &[made])?;
    ensure(a == b, || format!("{op:?} of {a} and {b}"))
}

fn bitcast(a: DType, made: DType) -> Result<(), String> {
    let fits = a.size() == made.size() && a != DType::Bool && made != DType::Bool;
    ensure(fits, || format!("bitcast of {a} to {made}"))
}

fn lookup(table: &[u64], index: DType, made: DType) -> Result<(), String> {
    ensure(!table.is_empty(), || "lookup in an empty table".to_owned())?;
    table.iter().try_for_each(|&bits| verify_bits(made, bits))?;
    same_types("index", &[DType::I64], &[index])
}

fn repeat(
    init: &[DType],
    fixed: &[DType],
    round: &Region,
    bound: u32,
    made: DType,
) -> Result<(), String> {
    ensure(!init.is_empty() && bound > 0, || "repeat of nothing".to_owned())?;
    same_types("repeat", &init[..1], &[made])?;
    same_types("round takes", &[init, fixed].concat(), &round.params)?;
    inner(round)?;
    same_types("round makes", &[init, &[DType::Bool]].concat(), &result_types(round))
}

fn rare(args: &[DType], slow: &Region, otherwise: &[DType], made: DType) -> Result<(), String> {
    ensure(!otherwise.is_empty(), || "rare without results".to_owned())?;
    same_types("rare", &otherwise[..1], &[made])?;
    same_types("slow path takes", args, &slow.params)?;
    inner(slow)?;
    same_types("slow path makes", otherwise, &result_types(slow))
}

fn inner(region: &Region) -> Result<(), String> {
    verify_region(region).map_err(|text| format!("inside, {text}"))
}

fn part(region: &Region, at: usize, of: Val, k: usize, made: DType) -> Result<(), String> {
    let source = of.0 as usize;
    ensure(source < at, || format!("part of %{source}, which is not made yet"))?;
    let values = match &region.insts[source] {
        Inst::RepeatUntil { init, .. } => init,
        Inst::Rare { otherwise, .. } => otherwise,
        _ => return Err(format!("part of %{source}, which is one value")),
    };
    match values.get(k) {
        Some(&v) => same_types("part", &[region.dtype(v)], &[made]),
        None => Err(format!("part {k} of {}", values.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_formula_of_the_table_is_well_typed() {
        for row in stook_ops::table() {
            for (k, signature) in row.loops.iter().enumerate() {
                let params: Vec<DType> =
                    signature.ins.iter().flat_map(|d| vec![d.real(); d.parts()]).collect();
                let made: Vec<DType> =
                    signature.outs.iter().flat_map(|d| vec![d.real(); d.parts()]).collect();
                let region = Region::build(&params, |f, a| row.place(k, f, a));
                let verdict = verify_region(&region)
                    .and_then(|()| same_types("results", &made, &result_types(&region)));
                assert_eq!(verdict, Ok(()), "{} of {:?}", row.name, signature.ins);
            }
        }
    }

    #[test]
    fn every_fold_of_the_table_is_well_typed() {
        for row in stook_ops::reductions() {
            for signature in &row.loops {
                for region in [&signature.fold.step, &signature.fold.merge, &signature.finish] {
                    assert_eq!(verify_region(region), Ok(()), "{}", row.name);
                }
            }
        }
    }
}
