//! Arithmetic of numbers: Python's where both operands are Python's, else NumPy's ufuncs.

use super::{Followed, Lowerer};
use crate::site::Exception;
use crate::syntax::BinaryOp;
use crate::types::{BOOL, COMPLEX, FLOAT, INT, Type};
use crate::value::Value;
use stook_kernel::Local;
use stook_ops::{InputType, Ufunc, resolve, table, ufunc};
use stook_types::{Casting, DType, Error, Kind, promote};

/// Ufuncs whose operations may be taken in any order where the user allows it.
const FAST: [&str; 4] = ["add", "subtract", "multiply", "divide"];
/// Ufuncs that compare.
const COMPARING: [&str; 6] =
    ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"];

/// Ufuncs that look at truth alone: an int of Python's need not fit another's type.
const OF_TRUTHS: [&str; 4] = ["logical_and", "logical_or", "logical_xor", "logical_not"];

impl Lowerer<'_, '_> {
    /// The value of an operator.
    pub(super) fn binary(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Followed<Value> {
        if let Some(made) = self.object_operator(op, a, b)? {
            return Ok(made);
        }
        if let (Some(first), Some(second)) = (a.items(), b.items())
            && op == BinaryOp::Add
        {
            return Ok(crate::value::tuple(&[first, second].concat()));
        }
        if let (BinaryOp::Mult, Some((items, times))) = (op, repeated(a, b).or(repeated(b, a))) {
            return Ok({
                let times = usize::try_from(times).unwrap_or(0);
                crate::value::tuple(&vec![items; times].concat())
            });
        }
        if let Some(made) = self.container_operator(op, a, b)? {
            return Ok(made);
        }
        if let Some(made) = self.text_operator(op, a, b)? {
            return Ok(made);
        }
        if let Some(made) = self.bytes_operator(op, a, b)? {
            return Ok(made);
        }
        let (sign, name) = op.ufunc();
        let numbers = (as_number(a), as_number(b));
        let (Some((first, python_a)), Some((second, python_b))) = numbers else {
            return self.error(
                format!("'{sign}' of {} and {} is not compiled", a.ty.describe(), b.ty.describe()),
                Some("write it element by element, in a loop"),
            );
        };
        if op == BinaryOp::Pow && b.known == Some(2) && first.is_float() {
            return self.binary(BinaryOp::Mult, a, a);
        }
        if a.ty == COMPLEX && b.ty == Type::strong(DType::F64) {
            // A complex of Python's takes a numpy.float64 for the float that it derives from.
            return self.binary(op, a, &Value::new(FLOAT, b.parts.clone()));
        }
        if !(python_a && python_b) {
            // NumPy's integers take ints of Python's into their own type, for a quotient as well.
            for (own, other) in [(a, second), (b, first)] {
                if op == BinaryOp::Div && own.ty == INT && other.is_integer() {
                    self.fits(own, other)?;
                }
            }
            return self.ufunc(name, &[a, b]);
        }
        if let (Some(x), Some(y)) = (a.known, b.known)
            && let Some(known) = known_result(op, x, y)
        {
            return Ok(self.int(known));
        }
        self.pythons(op, a, b, promote(first, second))
    }

    /// An operator on numbers of Python's, of which `both` holds either.
    fn pythons(&mut self, op: BinaryOp, a: &Value, b: &Value, both: DType) -> Followed<Value> {
        let (sign, name) = op.ufunc();
        let bits = matches!(op, BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor);
        let shifts = matches!(op, BinaryOp::LShift | BinaryOp::RShift);
        let divides = matches!(op, BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Mod);
        let whole = both == DType::Bool || both.is_integer();
        if (bits || shifts) && !whole {
            return self.error(
                format!("'{sign}' of {} and {}", a.ty.describe(), b.ty.describe()),
                Some("it takes integers"),
            );
        }
        if divides {
            self.divisor(op, b, both)?;
        }
        if both == DType::Bool && bits {
            let name = name.replace("bitwise", "logical");
            return self.looped(&name, &[a, b], DType::Bool, true);
        }
        if op == BinaryOp::Pow {
            return self.power(a, b, whole);
        }
        if shifts {
            self.shift_count(b)?;
        }
        let dtype = match () {
            () if whole && op == BinaryOp::Div => DType::F64,
            () if whole => DType::I64,
            () => both,
        };
        self.looped(name, &[a, b], dtype, true)
    }

    /// Python refuses to divide its own numbers by zero.
    fn divisor(&mut self, op: BinaryOp, divisor: &Value, both: DType) -> Followed<()> {
        let options = self.session.options;
        if options.numpy_errors || divisor.known.is_some_and(|known| known != 0) {
            return Ok(());
        }
        let truth = self.truth(divisor)?;
        let truth = self.as_value(truth);
        let zero = self.compute_one(&truth.parts, |f, v| f.not(v[0]));
        let whole = both == DType::Bool || both.is_integer();
        let text = self.session.says_zero_division(op, whole, both.is_complex()).to_owned();
        self.refuse_if(zero, Exception::ZeroDivision, &text);
        Ok(())
    }

    fn shift_count(&mut self, count: &Value) -> Followed<()> {
        if count.known.is_some_and(|known| known >= 0) {
            return Ok(());
        }
        let count = self.converted(count, &INT)?;
        let negative = self.is_negative(count.parts[0]);
        self.refuse_if(negative, Exception::Value, "negative shift count");
        Ok(())
    }

    pub(super) fn is_negative(&mut self, number: Local) -> Local {
        self.compute_one(&[number], |f, v| {
            let zero = f.like(v[0], 0.0);
            f.lt(v[0], zero)
        })
    }

    /// `**` of Python's numbers: of ints an int, unless the exponent is known to be negative.
    fn power(&mut self, a: &Value, b: &Value, whole: bool) -> Followed<Value> {
        if b.known == Some(2) {
            let a = if whole { self.converted(a, &INT)? } else { a.clone() };
            return self.binary(BinaryOp::Mult, &a, &a);
        }
        if !whole {
            let both =
                promote(a.ty.dtype().unwrap_or(DType::F64), b.ty.dtype().unwrap_or(DType::F64));
            return self.looped("power", &[a, b], both, true);
        }
        match b.known {
            Some(exponent) if exponent < 0 => {
                let (a, b) = (self.converted(a, &FLOAT)?, self.converted(b, &FLOAT)?);
                self.looped("power", &[&a, &b], DType::F64, true)
            }
            Some(_) => self.looped("power", &[a, b], DType::I64, true),
            None => {
                let b = self.converted(b, &INT)?;
                let negative = self.is_negative(b.parts[0]);
                let text = "an int to a negative power is a float in Python: use float(...)";
                self.refuse_if(negative, Exception::Value, text);
                self.looped("power", &[a, &b], DType::I64, true)
            }
        }
    }

    /// NumPy raises no integer to a negative power.
    fn refuse_negative_power(&mut self, args: &[&Value]) -> Followed<()> {
        let [Some((base, _)), Some((exponent, _))] = [args[0], args[1]].map(as_number) else {
            return Ok(());
        };
        let whole = base.is_integer() && exponent.kind() == Kind::Signed;
        if !whole || args[1].known.is_some_and(|known| known >= 0) {
            return Ok(());
        }
        let negative = self.is_negative(args[1].parts[0]);
        let text = "Integers to negative integer powers are not allowed.";
        self.refuse_if(negative, Exception::Value, text);
        Ok(())
    }

    /// A ufunc's loop for operands of one type.
    pub(super) fn looped(
        &mut self,
        name: &str,
        args: &[&Value],
        dtype: DType,
        python: bool,
    ) -> Followed<Value> {
        let row = row(name);
        let types = vec![dtype; args.len()];
        match row.resolve(&types) {
            Ok(index) => self.run_loop(row, index, args, python),
            Err(error) => self.error(words(&error), None),
        }
    }

    /// An operator's ufunc on numbers: its value is Python's where they all are.
    pub(super) fn operator(&mut self, name: &str, args: &[&Value]) -> Followed<Value> {
        let made = self.ufunc(name, args)?;
        let python = args.iter().all(|arg| as_number(arg).is_some_and(|(_, python)| python));
        Ok(match made.ty {
            Type::Number { dtype, .. } => Value { ty: Type::Number { dtype, python }, ..made },
            _ => made,
        })
    }

    /// A ufunc on numbers, by NumPy's rules, to a number of NumPy's.
    pub(super) fn ufunc(&mut self, name: &str, args: &[&Value]) -> Followed<Value> {
        let row = row(name);
        if OF_TRUTHS.contains(&name) && args.iter().all(|arg| as_number(arg).is_some()) {
            let truths = args.iter().map(|arg| self.converted(arg, &BOOL));
            let truths = truths.collect::<Followed<Vec<_>>>()?;
            return self.looped(name, &truths.iter().collect::<Vec<_>>(), DType::Bool, false);
        }
        // Beside integers an int of Python's is compared as it is, beside floats of NumPy's as theirs.
        let is_inexact = |arg: &&Value| matches!(as_number(arg), Some((d, false)) if d.is_float() || d.is_complex());
        let compares = COMPARING.contains(&name) && !args.iter().any(is_inexact);
        let mut inputs = Vec::with_capacity(args.len());
        for arg in args {
            let Some((dtype, python)) = as_number(arg) else {
                return self.error(
                    format!("{name} of {} is not compiled", arg.ty.describe()),
                    Some("call it on numbers, in a loop"),
                );
            };
            inputs.push(match dtype {
                DType::I64 if python && compares => InputType::Array(DType::I64),
                DType::I64 if python => InputType::WeakInt(arg.known.unwrap_or(0).into()),
                DType::F64 if python => InputType::WeakFloat,
                DType::C128 if python => InputType::WeakComplex,
                dtype => InputType::Array(dtype),
            });
        }
        if name == "power" {
            self.refuse_negative_power(args)?;
        }
        let request = vec![None; row.nin() + row.nout()];
        match resolve(row, &inputs, &request, Casting::SameKind) {
            Ok(found) => self.run_loop(row, found.index, args, false),
            Err(error) => self.error(words(&error), None),
        }
    }

    /// A loop of a ufunc on numbers; several results are a tuple.
    fn run_loop(
        &mut self,
        row: &'static Ufunc,
        index: usize,
        args: &[&Value],
        python: bool,
    ) -> Followed<Value> {
        let signature = &row.loops[index];
        let mut parts = Vec::new();
        for (arg, &to) in args.iter().zip(&signature.ins) {
            if arg.ty == INT {
                self.fits(arg, to)?;
            }
            let from = arg.ty.dtype().unwrap_or(to);
            parts.extend(self.cast(&arg.parts, from, to));
        }
        let fast = self.session.options.fast && FAST.contains(&row.name);
        let mut made = self.compute_region(&parts, row.formula(index), fast);
        let mut results = Vec::new();
        for &dtype in &signature.outs {
            let rest = made.split_off(dtype.parts());
            results.push(Value::new(Type::Number { dtype, python }, made));
            made = rest;
        }
        Ok(match <[Value; 1]>::try_from(results) {
            Ok([one]) => one,
            Err(several) => crate::value::tuple(&several),
        })
    }
}

/// The items of a tuple, and how often a number that stands in the source repeats them.
fn repeated(tuple: &Value, times: &Value) -> Option<(Vec<Value>, i64)> {
    Some((tuple.items()?, times.known.filter(|&times| times < 1000)?))
}

/// The type of a number, and whether it is Python's.
pub(super) fn as_number(value: &Value) -> Option<(DType, bool)> {
    match value.ty {
        Type::Number { dtype, python } => Some((dtype, python)),
        _ => None,
    }
}

/// The row of a ufunc that is known to be there.
pub(super) fn row(name: &str) -> &'static Ufunc {
    let id = ufunc(name).expect("the compiler's own lists name ufuncs of the table");
    &table()[id.0 as usize]
}

pub(super) fn words(error: &Error) -> String {
    error.to_string()
}

/// What an operator makes of ints that are known, where that is one of 64 bits.
fn known_result(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mult => a.checked_mul(b),
        BinaryOp::LShift => u32::try_from(b).ok().filter(|&b| b < 62).and_then(|b| {
            let made = a.checked_shl(b)?;
            (made >> b == a).then_some(made)
        }),
        BinaryOp::Pow => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
        _ => None,
    }
}
