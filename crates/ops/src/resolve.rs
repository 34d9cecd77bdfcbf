//! Which loop of a ufunc a call runs: NumPy's promotion of arrays and Python's numbers (NEP 50).
//!
//! The types of the inputs enter, with what `dtype=` or `signature=` ask for and the casting rule;
//! the number of a loop leaves, or NumPy's error. A Python bool counts as an array of bool.

use crate::ufunc::{Loop, Ufunc};
use stook_types::{Casting, DType, Error, Kind, Result, can_cast, promote};

/// An input as promotion sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InputType {
    /// An array, NumPy scalar or Python bool.
    Array(DType),
    /// A Python integer, held within i128.
    WeakInt(i128),
    /// A Python float.
    WeakFloat,
    /// A Python complex number.
    WeakComplex,
}

/// The loop that runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolution {
    /// Its number.
    pub index: usize,
    /// An input and the number that stands for it: an infinity for an integer outside the type it
    /// is compared with, 1 where only its truth counts.
    pub instead: Option<(usize, f64)>,
}

const COMPARISONS: [&str; 6] =
    ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"];

/// The loop for these inputs. `request` has one entry per input, then per output; `dtype=` fills
/// the outputs.
pub fn resolve(
    ufunc: &Ufunc,
    ins: &[InputType],
    request: &[Option<DType>],
    casting: Casting,
) -> Result<Resolution> {
    let types = effective(ins);
    refuse_bools(ufunc, &types)?;
    let mut found = Resolution { index: 0, instead: None };
    if request.iter().all(Option::is_none) {
        if let Some(resolution) = beyond_the_type(ufunc, ins, &types) {
            return Ok(resolution);
        }
        found.index = ufunc.resolve(&types)?;
    } else {
        found.index = requested(ufunc, &types, request, casting)?;
    }
    let signature = &ufunc.loops[found.index];
    for (k, (&input, &to)) in ins.iter().zip(&signature.ins).enumerate() {
        match input {
            InputType::WeakInt(value) if to.is_integer() => in_bounds(value, to)?,
            InputType::Array(from) if !can_cast(from, to, casting) => {
                let number = if ins.len() == 1 { String::new() } else { format!("{k} ") };
                return Err(cannot_cast(ufunc, "input", &number, from, to, casting));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// NumPy's refusal of an output array of type `to`, if the rule forbids it.
pub fn check_output(ufunc: &Ufunc, k: usize, from: DType, to: DType, rule: Casting) -> Result<()> {
    if can_cast(from, to, rule) {
        return Ok(());
    }
    let number = if ufunc.nout() == 1 { String::new() } else { format!("{k} ") };
    Err(cannot_cast(ufunc, "output", &number, from, to, rule))
}

fn cannot_cast(
    ufunc: &Ufunc,
    side: &str,
    number: &str,
    from: DType,
    to: DType,
    rule: Casting,
) -> Error {
    Error::Casting(format!(
        "Cannot cast ufunc '{}' {side} {number}from dtype('{from}') to dtype('{to}') with casting \
         rule '{}'",
        ufunc.name,
        rule.name()
    ))
}

/// Types with Python's numbers adapted to the arrays beside them.
fn effective(ins: &[InputType]) -> Vec<DType> {
    let arrays = ins.iter().filter_map(|i| match i {
        InputType::Array(t) => Some(*t),
        _ => None,
    });
    let common = arrays.reduce(promote);
    let adapted = |i: &InputType| match *i {
        InputType::Array(t) => t,
        InputType::WeakInt(_) => match common {
            Some(t) if t != DType::Bool => t,
            _ => DType::I64,
        },
        InputType::WeakFloat => match common {
            Some(t) if t.kind() >= Kind::Float => t,
            _ => DType::F64,
        },
        InputType::WeakComplex => match common {
            Some(t) if t.kind() >= Kind::Float => promote(t, DType::C64),
            _ => DType::C128,
        },
    };
    ins.iter().map(adapted).collect()
}

fn in_bounds(value: i128, to: DType) -> Result<()> {
    if stook_types::Scalar::integer(to, value).as_integer() == Some(value) {
        return Ok(());
    }
    Err(Error::Overflow(format!("Python integer {value} out of bounds for {to}")))
}

/// Comparisons with, and truth of, a Python integer that the other operand's type cannot hold.
fn beyond_the_type(ufunc: &Ufunc, ins: &[InputType], types: &[DType]) -> Option<Resolution> {
    let compares = COMPARISONS.contains(&ufunc.name);
    if !compares && !ufunc.name.starts_with("logical_") {
        return None;
    }
    ins.iter().enumerate().find_map(|(k, input)| {
        let InputType::WeakInt(value) = *input else { return None };
        if !types[k].is_integer() || in_bounds(value, types[k]).is_ok() {
            return None;
        }
        let size = if value < 0 { f64::NEG_INFINITY } else { f64::INFINITY };
        let index = ufunc.loops.iter().position(|l| l.ins.iter().all(|&t| t == DType::F64))?;
        Some(Resolution { index, instead: Some((k, if compares { size } else { 1.0 })) })
    })
}

fn refuse_bools(ufunc: &Ufunc, types: &[DType]) -> Result<()> {
    if types.iter().any(|&t| t != DType::Bool) {
        return Ok(());
    }
    let text = match ufunc.name {
        "subtract" => {
            "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the \
             `^` operator, or the logical_xor function instead."
        }
        "negative" => {
            "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator \
             or the logical_not function instead."
        }
        "positive" | "sign" | "gcd" | "lcm" => return Err(no_bool_loop(ufunc)),
        _ => return Ok(()),
    };
    Err(Error::Type(text.into()))
}

fn no_bool_loop(ufunc: &Ufunc) -> Error {
    let one = "<class 'numpy.dtypes.BoolDType'>";
    let types = if ufunc.nin() == 1 { one.into() } else { format!("({one}, {one})") };
    Error::Casting(format!(
        "ufunc '{}' did not contain a loop with signature matching types {types} -> None",
        ufunc.name
    ))
}

/// The first loop that has the types asked for and takes the inputs under the casting rule; the
/// first that has the types if none takes them.
fn requested(
    ufunc: &Ufunc,
    types: &[DType],
    request: &[Option<DType>],
    casting: Casting,
) -> Result<usize> {
    let has = |l: &Loop| {
        let all = l.ins.iter().chain(&l.outs);
        all.zip(request).all(|(&t, asked)| asked.is_none_or(|asked| asked == t))
    };
    let takes = |l: &Loop, rule: Casting| {
        l.ins.iter().zip(types).all(|(&to, &from)| can_cast(from, to, rule))
    };
    let first = |rule: Casting| ufunc.loops.iter().position(|l| has(l) && takes(l, rule));
    let found = first(Casting::Safe).or_else(|| first(casting));
    found.or_else(|| ufunc.loops.iter().position(has)).ok_or_else(|| {
        Error::Type(format!(
            "No loop matching the specified signature and casting was found for ufunc {}",
            ufunc.name
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use DType::{Bool, F16, F32, F64, I8, I64, U8, U64};
    use InputType::{Array, WeakFloat, WeakInt};

    fn ins(name: &str, types: &[InputType]) -> Result<Vec<DType>> {
        let id = crate::ufunc(name).expect("a ufunc");
        let row = &crate::table()[id.0 as usize];
        let found = resolve(row, types, &[None; 3], Casting::SameKind)?;
        Ok(row.loops[found.index].ins.clone())
    }

    #[test]
    fn python_numbers_adapt_to_arrays() {
        assert_eq!(ins("add", &[Array(U8), WeakInt(3)]), Ok(vec![U8; 2]));
        assert_eq!(ins("add", &[Array(U8), WeakFloat]), Ok(vec![F64; 2]));
        assert_eq!(ins("add", &[Array(F16), WeakFloat]), Ok(vec![F16; 2]));
        assert_eq!(ins("add", &[Array(Bool), WeakInt(1)]), Ok(vec![I64; 2]));
        assert_eq!(ins("divide", &[Array(I8), WeakInt(2)]), Ok(vec![F64; 2]));
        assert_eq!(ins("sqrt", &[Array(I8)]), Ok(vec![F16]));
        assert_eq!(ins("add", &[Array(I64), Array(U64)]), Ok(vec![F64; 2]));
        assert_eq!(ins("less", &[Array(I64), Array(U64)]), Ok(vec![I64, U64]));
    }

    #[test]
    fn integers_out_of_range_are_refused_but_compared() {
        let error = ins("add", &[Array(U8), WeakInt(300)]).map_err(|e| e.to_string());
        assert_eq!(error, Err("Python integer 300 out of bounds for uint8".into()));
        assert_eq!(ins("less", &[Array(U8), WeakInt(300)]), Ok(vec![F64; 2]));
    }

    #[test]
    fn a_dtype_asked_for_casts_within_the_rule() {
        let row = &crate::table()[crate::ufunc("add").expect("a ufunc").0 as usize];
        let ask = |t| resolve(row, &[Array(F64); 2], &[None, None, Some(t)], Casting::SameKind);
        assert_eq!(ask(F32).map(|r| row.loops[r.index].outs[0]), Ok(F32));
        let error = ask(DType::I32).map_err(|e| e.to_string());
        let text = "Cannot cast ufunc 'add' input 0 from dtype('float64') to dtype('int32') with \
                    casting rule 'same_kind'";
        assert_eq!(error, Err(text.into()));
    }
}
