//! Operators: the shortest way from `a + b` to the session.

use crate::array::NdArray;
use crate::convert::Operand;
use crate::error::{self, OrRaise};
use crate::fallback::{call_numpy, count};
use crate::interop::numpy;
use crate::module::{read, session};
use crate::product;
use crate::resolve;
use crate::scalar::{self, Weak};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use smallvec::SmallVec;
use std::sync::LazyLock;
use stook_ops::UfuncId;
use stook_runtime::{Input, Results};
use stook_types::{Casting, DType, Kind, broadcast_shapes, can_cast, shape_text};

/// An operator of Python's: NumPy's ufunc, Python's name in `operator`, that of the in-place form.
pub(crate) type Operator = (&'static str, &'static str, &'static str);

macro_rules! operators {
    ($($constant:ident $ufunc:literal $name:literal $in_place:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[derive(Clone, Copy)]
        enum Place { $($constant),* }
        const OPERATORS: &[Operator] = &[$(($ufunc, $name, $in_place)),*];
        $(pub(crate) const $constant: usize = Place::$constant as usize;)*
    };
}

operators! {
    ADD "add" "add" "iadd";
    SUB "subtract" "sub" "isub";
    MUL "multiply" "mul" "imul";
    DIV "divide" "truediv" "itruediv";
    FLOOR_DIV "floor_divide" "floordiv" "ifloordiv";
    MOD "remainder" "mod" "imod";
    POW "power" "pow" "ipow";
    SHL "left_shift" "lshift" "ilshift";
    SHR "right_shift" "rshift" "irshift";
    AND "bitwise_and" "and_" "iand";
    OR "bitwise_or" "or_" "ior";
    XOR "bitwise_xor" "xor" "ixor";
    LT "less" "lt" "lt";
    LE "less_equal" "le" "le";
    EQ "equal" "eq" "eq";
    NE "not_equal" "ne" "ne";
    GT "greater" "gt" "gt";
    GE "greater_equal" "ge" "ge";
    NEG "negative" "neg" "neg";
    POS "positive" "pos" "pos";
    ABS "absolute" "abs" "abs";
    INVERT "invert" "invert" "invert";
    MATMUL "matmul" "matmul" "imatmul";
    SQUARE "square" "" "";
    SQUARE_POWER "square_power" "" "";
    SQRT "sqrt" "" "";
    HALF_POWER "half_power" "" "";
    RECIPROCAL "reciprocal" "" "";
}

/// The table's row of each operator, where it has one.
static ROWS: LazyLock<Vec<Option<UfuncId>>> =
    LazyLock::new(|| OPERATORS.iter().map(|(ufunc, ..)| stook_ops::ufunc(ufunc)).collect());

/// A ufunc's results on operands, as scalars where no operand has an axis (but for `where`, which
/// is no ufunc in NumPy); `None` where only NumPy knows.
pub(crate) fn call<'py>(
    py: Python<'py>,
    ufunc: UfuncId,
    operands: &[Operand<'_, 'py>],
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let types = resolve::types(operands);
    let Some(found) = resolve::resolve(ufunc, &types) else {
        return Ok(None);
    };
    let (ufunc, found, operands) = chosen(ufunc, found, operands);
    let Some(ins) = inputs(ufunc, operands, &types) else {
        return match decided(ufunc, operands) {
            Some((ufunc, operands)) => call(py, ufunc, &operands),
            None => Ok(None),
        };
    };
    let row = &stook_ops::table()[usize::from(ufunc.0)];
    let scalars = operands.iter().all(|operand| operand.ndim() == 0) && row.name != "where";
    if row.nout() == 1 && !scalars {
        let result = session().call_one(ufunc, found, &ins).or_raise(py)?;
        error::report_conditions(py)?;
        return Ok(Some(NdArray::object(py, result)?.into_any()));
    }
    if scalars && let Some(number) = session().call_on_numbers(ufunc, found, &ins) {
        error::report_conditions(py)?;
        return scalar::object(py, number).map(Some);
    }
    let results = session().call(ufunc, found, &ins, &[], None).or_raise(py)?;
    error::report_conditions(py)?;
    finish(py, results, scalars).map(Some)
}

/// A call's ufunc, loop and operands as they are run: for a power by one half or by two, NumPy's
/// loops take the root, whose negative zero and infinity are others than a power's, or the square.
fn chosen<'a, 'b, 'py>(
    ufunc: UfuncId,
    found: usize,
    operands: &'a [Operand<'b, 'py>],
) -> (UfuncId, usize, &'a [Operand<'b, 'py>]) {
    if let [base, exponent] = operands
        && Some(ufunc) == ROWS[POW]
        && base.array().is_some()
        && let Some(row) = short_power(exponent)
    {
        let taken = stook_ops::table()[usize::from(ufunc.0)].loops[found].ins[0];
        if matches!(taken, DType::F32 | DType::F64)
            && let Some(found) = resolve::resolve(row, &[taken])
        {
            return (row, found, &operands[..1]);
        }
    }
    (ufunc, found, operands)
}

/// The row of a power by this one exponent.
fn short_power(exponent: &Operand<'_, '_>) -> Option<UfuncId> {
    let value = match exponent {
        Operand::Weak(Weak::Float(v)) => *v,
        Operand::Weak(Weak::Int(2)) => 2.0,
        Operand::Strong(value) => value.as_float()?,
        _ => return None,
    };
    match value {
        0.5 => ROWS[HALF_POWER],
        2.0 => ROWS[SQUARE_POWER],
        _ => None,
    }
}

/// The operands as the session takes them; `None` where only NumPy knows what they mean.
pub(crate) fn inputs<'a>(
    ufunc: UfuncId,
    operands: &'a [Operand<'_, '_>],
    types: &[DType],
) -> Option<SmallVec<[Input<'a>; 3]>> {
    if stook_ops::table()[ufunc.0 as usize].name == "power" && may_refuse(operands, types) {
        return None;
    }
    operands.iter().zip(types).map(|(operand, &dtype)| operand.input(dtype)).collect()
}

/// A comparison of integers with a Python integer that their type cannot hold, as one that does not
/// look at that: of the integers with themselves. `None` for any other call.
pub(crate) fn decided<'a, 'py>(
    ufunc: UfuncId,
    operands: &[Operand<'a, 'py>],
) -> Option<(UfuncId, [Operand<'a, 'py>; 2])> {
    let (integers, number, is_right) = match operands {
        [integers, Operand::Weak(Weak::Int(number))] => (integers, *number, true),
        [Operand::Weak(Weak::Int(number)), integers] => (integers, *number, false),
        _ => return None,
    };
    let dtype = integers.dtype().filter(|dtype| dtype.is_integer())?;
    if Weak::Int(number).exactly(dtype).is_some() {
        return None;
    }
    let integers_are_less = (number > 0) == is_right;
    let holds = match stook_ops::table()[usize::from(ufunc.0)].name {
        "equal" => false,
        "not_equal" => true,
        "less" | "less_equal" => integers_are_less,
        "greater" | "greater_equal" => !integers_are_less,
        _ => return None,
    };
    let name = if holds { "equal" } else { "not_equal" };
    let found = stook_ops::table().iter().position(|row| row.name == name)?;
    Some((UfuncId(found as u16), [integers.clone(), integers.clone()]))
}

/// Whether a power of integers may have a negative exponent, which NumPy refuses.
fn may_refuse(operands: &[Operand<'_, '_>], types: &[DType]) -> bool {
    if types.iter().any(|d| d.is_float() || d.is_complex()) {
        return false;
    }
    match &operands[1] {
        Operand::Weak(Weak::Int(exponent)) => *exponent < 0,
        Operand::Strong(value) => value.as_integer().is_none_or(|exponent| exponent < 0),
        other if other.dtype().is_some_and(|d| d.kind() != Kind::Signed) => false,
        Operand::Ours(exponents) => !has_no_negative(exponents).unwrap_or(false),
        _ => true,
    }
}

/// Whether no integer of an array is below zero: a look.
fn has_no_negative(integers: &Bound<'_, NdArray>) -> PyResult<bool> {
    if integers.get().array().view.size() == 0 {
        return Ok(true);
    }
    integers.call_method0("min")?.ge(0)
}

/// One result, or several as a tuple; as NumPy's scalars if asked.
pub(crate) fn finish<'py>(
    py: Python<'py>,
    results: Results,
    scalars: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let mut made = results.into_iter().map(|array| {
        if scalars {
            let start = read(py, &array)?;
            // SAFETY: an array without axes has one element.
            return unsafe { scalar::at(py, array.dtype, start) };
        }
        Ok(NdArray::object(py, array)?.into_any())
    });
    if made.len() == 1 {
        return made.next().expect("counted");
    }
    Ok(PyTuple::new(py, made.collect::<PyResult<Vec<_>>>()?)?.into_any())
}

fn by_numpy<'py>(
    py: Python<'py>,
    ufunc: &str,
    operator: &str,
    args: Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    count(py, ufunc)?;
    let function = py.import("operator")?.getattr(operator)?;
    call_numpy(&function, &args, None)
}

pub(crate) fn binary<'py>(
    slf: &Bound<'py, NdArray>,
    other: &Bound<'py, PyAny>,
    which: usize,
    reflected: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    if which == MATMUL {
        if let Some(result) = matmul(slf, other, reflected)? {
            return Ok(result);
        }
    } else if let Some(ufunc) = ROWS[which]
        && let Some(result) = alike(slf, other, ufunc, reflected)?
    {
        return Ok(result);
    }
    if let (Some(ufunc), Some(other)) = (ROWS[which], Operand::of(other)?) {
        let ours = Operand::Ours(slf);
        let operands = if reflected { [other, ours] } else { [ours, other] };
        if let Some(result) = call(py, ufunc, &operands)? {
            return Ok(result);
        }
    }
    let (ufunc, name, _) = OPERATORS[which];
    let slf = slf.as_any();
    let pair = if reflected { (other, slf) } else { (slf, other) };
    by_numpy(py, ufunc, name, pair.into_pyobject(py)?)
}

fn matmul<'py>(
    slf: &Bound<'py, NdArray>,
    other: &Bound<'py, PyAny>,
    reflected: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(operand) = Operand::of(other)? else {
        return Ok(None);
    };
    let (Some(other), ours) = (operand.array(), slf.get().array()) else {
        return Ok(None);
    };
    let (left, right) = if reflected { (other, ours) } else { (ours, other) };
    product::multiplied(slf.py(), left, right, "matmul")
}

/// A ufunc's one result for an array and an operand of its type, by the shortest way; `None` where
/// they are not of that kind.
pub(crate) fn alike<'py>(
    slf: &Bound<'py, NdArray>,
    other: &Bound<'py, PyAny>,
    ufunc: UfuncId,
    reflected: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (py, array) = (slf.py(), slf.get().array());
    let dtype = array.dtype;
    let input = match other.cast::<NdArray>() {
        Ok(other) => {
            Some(other.get().array()).filter(|other| other.dtype == dtype).map(Input::Array)
        }
        Err(_) => match scalar::weak(other) {
            Some(number) if number.beside(dtype) == dtype => number.exactly(dtype),
            Some(_) => None,
            None => scalar::of_type(other, dtype),
        }
        .map(Input::Scalar),
    };
    // Powers have cases of their own.
    let Some(input) = input.filter(|_| Some(ufunc) != ROWS[POW] && array.view.ndim() > 0) else {
        return Ok(None);
    };
    let Some(found) = resolve::resolve(ufunc, &[dtype, dtype]) else {
        return Ok(None);
    };
    let ours = Input::Array(array);
    let ins = if reflected { [input, ours] } else { [ours, input] };
    let result = session().call_one(ufunc, found, &ins).or_raise(py)?;
    error::report_conditions(py)?;
    Ok(Some(NdArray::object(py, result)?.into_any()))
}

pub(crate) fn unary<'py>(slf: &Bound<'py, NdArray>, which: usize) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    if let Some(ufunc) = ROWS[which]
        && let Some(result) = call(py, ufunc, &[Operand::Ours(slf)])?
    {
        return Ok(result);
    }
    let (ufunc, name, _) = OPERATORS[which];
    by_numpy(py, ufunc, name, (slf,).into_pyobject(py)?)
}

pub(crate) fn in_place(
    slf: &Bound<'_, NdArray>,
    other: &Bound<'_, PyAny>,
    which: usize,
) -> PyResult<()> {
    let py = slf.py();
    let (name, _, operator) = OPERATORS[which];
    if which == MATMUL
        && let Some(operand) = Operand::of(other)?
        && let Some(right) = operand.array()
        && right.view.ndim() > 1
        && product::multiplied_into(py, slf.get().array(), right, name, slf)?
    {
        return Ok(());
    }
    if let (Some(ufunc), Some(other)) = (ROWS[which], Operand::of(other)?)
        && in_place_native(py, ufunc, &[Operand::Ours(slf), other])?
    {
        return Ok(());
    }
    by_numpy(py, name, operator, (slf, other).into_pyobject(py)?).map(|_| ())
}

fn in_place_native(py: Python<'_>, ufunc: UfuncId, operands: &[Operand<'_, '_>]) -> PyResult<bool> {
    let types = resolve::types(operands);
    let Some(found) = resolve::resolve(ufunc, &types) else {
        return Ok(false);
    };
    let Operand::Ours(target) = &operands[0] else {
        return Ok(false);
    };
    target.get().check_writeable("output array")?;
    let out = target.get().array();
    let row = &stook_ops::table()[ufunc.0 as usize];
    let made = row.loops[found].outs[0];
    if !can_cast(made, out.dtype, Casting::SameKind) {
        let (from, to) = (numpy(py).dtype(py, made), numpy(py).dtype(py, out.dtype));
        return Err(error::output_casting_error(py, row.name, from, to));
    }
    let (ufunc, found, operands) = chosen(ufunc, found, operands);
    let Some(ins) = inputs(ufunc, operands, &types) else {
        return Ok(false);
    };
    for operand in &operands[1..] {
        if let Some(array) = operand.array() {
            check_output(py, &out.view.shape, &array.view.shape)?;
        }
    }
    session().call(ufunc, found, &ins, &[Some(out)], None).or_raise(py)?;
    error::report_conditions(py)?;
    Ok(true)
}

/// An error unless operands of this shape leave an output's shape as it is.
pub(crate) fn check_output(py: Python<'_>, out: &[usize], operand: &[usize]) -> PyResult<()> {
    if out == operand {
        return Ok(());
    }
    let common = broadcast_shapes([out, operand].into_iter()).or_raise(py)?;
    if common[..] == *out {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "non-broadcastable output operand with shape {} doesn't match the broadcast shape {}",
        shape_text(out),
        shape_text(&common)
    )))
}

/// The ufunc that NumPy puts for `a ** number`, and whose values are the same.
fn fast_power(slf: &Bound<'_, NdArray>, exponent: &Bound<'_, PyAny>) -> Option<usize> {
    let dtype = slf.get().array().dtype;
    let which = match scalar::weak(exponent)? {
        Weak::Int(2) => SQUARE,
        _ if !dtype.is_float() && !dtype.is_complex() => return None,
        Weak::Int(-1) => RECIPROCAL,
        Weak::Float(0.5) => SQRT,
        Weak::Float(2.0) if dtype.is_float() => SQUARE_POWER,
        _ => return None,
    };
    ROWS[which].and_then(|ufunc| resolve::resolve(ufunc, &[dtype])).map(|_| which)
}

#[pymethods]
impl NdArray {
    fn __pow__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        modulo: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if !modulo.is_none() {
            return Ok(slf.py().NotImplemented().into_bound(slf.py()));
        }
        match fast_power(slf, other) {
            Some(which) => unary(slf, which),
            None => binary(slf, other, POW, false),
        }
    }

    fn __rpow__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        modulo: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if !modulo.is_none() {
            return Ok(slf.py().NotImplemented().into_bound(slf.py()));
        }
        binary(slf, other, POW, true)
    }

    fn __ipow__(
        slf: &Bound<'_, Self>,
        other: &Bound<'_, PyAny>,
        _modulo: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if let Some(ufunc) = fast_power(slf, other).and_then(|which| ROWS[which])
            && in_place_native(slf.py(), ufunc, &[Operand::Ours(slf)])?
        {
            return Ok(());
        }
        in_place(slf, other, POW)
    }

    fn __divmod__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        Ok((binary(slf, other, FLOOR_DIV, false)?, binary(slf, other, MOD, false)?))
    }

    fn __rdivmod__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        Ok((binary(slf, other, FLOOR_DIV, true)?, binary(slf, other, MOD, true)?))
    }
}
