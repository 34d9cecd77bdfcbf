//! Functions of `math` and `cmath`: ufuncs on Python's numbers, functions said in Python
//! (`stook._maths`), and calls outside of what is neither. What Python refuses raises.

use super::numbers::as_number;
use super::{Followed, Lowerer};
use crate::known::{Infinite, Made, OF_COMPLEX, OF_FLOATS, OF_INTS, OfMath, ROUNDINGS};
use crate::known::{Refuses, find};
use crate::site::Exception;
use crate::syntax::{BinaryOp, Expr};
use crate::types::{FLOAT, INT, Type};
use crate::value::{Value, tuple};
use stook_kernel::Local;
use stook_types::{DType, Scalar};

/// Functions on sequences, said in Python.
const OF_ITEMS: [&str; 3] = ["math.fsum", "math.prod", "math.dist"];

impl Lowerer<'_, '_> {
    /// A call of a function of `math` or `cmath`.
    pub(super) fn call_math(
        &mut self,
        (name, object): (&str, Option<usize>),
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let function = name.split_once('.').map_or(name, |(_, function)| function);
        if function == "isclose" && args.len() == 2 {
            return self.is_close(name, args, keywords);
        }
        if !keywords.is_empty() || !is_known(name, args.len()) {
            return self.call_outside(object, function, Vec::new(), args, keywords);
        }
        let values = args.iter().map(|arg| self.expression(arg)).collect::<Followed<Vec<_>>>()?;
        if let Some(row) = OF_FLOATS.iter().find(|row| row.name == name)
            && (name, values.len()) != ("math.log", 2)
        {
            return self.of_floats(row, &values);
        }
        if let Some(row) = OF_COMPLEX.iter().find(|row| row.name == name) {
            return self.of_complex(row, &values[0]);
        }
        if let Some(ufunc) = find(ROUNDINGS, name) {
            return self.rounded(&values[0], ufunc);
        }
        match (name, &values[..]) {
            ("math.log", [value, base]) => {
                let row = OF_FLOATS.iter().find(|row| row.name == name).expect("log has a row");
                let over = self.of_floats(row, std::slice::from_ref(value))?;
                let under = self.of_floats(row, std::slice::from_ref(base))?;
                self.binary(BinaryOp::Div, &over, &under)
            }
            ("math.gcd" | "math.lcm", _) => self.of_divisors(name, function, &values),
            ("math.hypot", _) => self.hypot(&values),
            ("math.ldexp", [value, by]) => {
                let (value, by) = (self.as_float(name, value)?, self.as_int(name, by)?);
                self.call_library("ldexp", &[value, by])
            }
            ("cmath.phase" | "cmath.polar", [value]) => {
                let value = self.as_complex(name, value)?;
                self.call_library(function, &[value])
            }
            ("cmath.rect", [size, angle]) => {
                let (size, angle) = (self.as_float(name, size)?, self.as_float(name, angle)?);
                self.call_library(function, &[size, angle])
            }
            _ if OF_ITEMS.contains(&name) => self.call_library(function, &values),
            _ => {
                let ints = values.iter().map(|value| self.as_int(name, value));
                let ints = ints.collect::<Followed<Vec<_>>>()?;
                self.call_library(function, &ints)
            }
        }
    }

    /// A function on floats, to a float or bool of Python's.
    fn of_floats(&mut self, row: &OfMath, values: &[Value]) -> Followed<Value> {
        let floats = values.iter().map(|value| self.as_float(row.name, value));
        let floats = floats.collect::<Followed<Vec<_>>>()?;
        let refuses =
            if self.session.options.numpy_errors { &Refuses::Nothing } else { &row.refuses };
        if let Refuses::Arguments { outside, bound, takes_ints } = refuses {
            let bound = self.constant(Scalar::float(DType::F64, *bound), true);
            let outside = self.looped(outside, &[&floats[0], &bound], DType::F64, true)?;
            let whole = *takes_ints && matches!(values[0].ty, INT | crate::types::BOOL);
            let (message, told) = self.session.says_outside(row.wanted, &floats[0], whole);
            self.fail_if(outside.parts[0], Exception::Value, message, told);
        }
        let made = match row.made {
            Made::Ufunc(ufunc) => {
                self.looped(ufunc, &floats.iter().collect::<Vec<_>>(), DType::F64, true)?
            }
            Made::Library(function) => self.call_library(function, &floats)?,
        };
        if let Refuses::Results(infinite) = refuses {
            self.refuse_results(*infinite, row.wanted, &floats, &made)?;
        }
        Ok(made)
    }

    /// A function on a complex number.
    fn of_complex(&mut self, row: &OfMath, value: &Value) -> Followed<Value> {
        let given = self.as_complex(row.name, value)?;
        let Made::Ufunc(ufunc) = row.made else { unreachable!("they are all ufuncs") };
        let made = self.looped(ufunc, &[&given], DType::C128, true)?;
        if let (Refuses::Results(infinite), false) =
            (&row.refuses, self.session.options.numpy_errors)
        {
            self.refuse_results(*infinite, None, &[given], &made)?;
        }
        Ok(made)
    }

    /// Refuses NaN of numbers, and infinities of finite ones.
    fn refuse_results(
        &mut self,
        infinite: Infinite,
        wanted: Option<&str>,
        given: &[Value],
        made: &Value,
    ) -> Followed<()> {
        let odd = self.tells(&made.parts, "isfinite", false)?;
        let (then, ()) = self.block(|l| {
            let parts: Vec<Local> = given.iter().flat_map(|value| value.parts.clone()).collect();
            let (nan, was_nan) =
                (l.tells(&made.parts, "isnan", true)?, l.tells(&parts, "isnan", true)?);
            let (large, was_odd) =
                (l.tells(&made.parts, "isinf", true)?, l.tells(&parts, "isfinite", false)?);
            let no_number = l.but(nan, was_nan);
            let beyond = l.but(large, was_odd);
            let (outside, beyond) = match infinite {
                Infinite::Domain => (l.either(no_number, beyond), None),
                Infinite::Range => (no_number, Some(beyond)),
                Infinite::RangeUnless(ufunc) => {
                    let zero = l.constant(Scalar::float(DType::F64, 0.0), true);
                    let pole = l.looped(ufunc, &[&given[0], &zero], DType::F64, true)?.parts[0];
                    let far = l.but(beyond, pole);
                    let beyond = l.but(beyond, far);
                    (l.either(no_number, beyond), Some(far))
                }
            };
            let (message, told) = l.session.says_outside(wanted, &given[0], false);
            l.fail_if(outside, Exception::Value, message, told);
            if let Some(beyond) = beyond {
                l.refuse_if(beyond, Exception::Overflow, "math range error");
            }
            Ok(())
        })?;
        self.emit(stook_kernel::Step::If { condition: odd, then, otherwise: Vec::new() });
        Ok(())
    }

    /// Whether a test of floats gives this for any of some.
    fn tells(&mut self, parts: &[Local], test: &str, wanted: bool) -> Followed<Local> {
        let mut found = None;
        for &part in parts {
            let value = Value::new(FLOAT, vec![part]);
            let own = self.looped(test, &[&value], DType::F64, true)?.parts[0];
            let own = if wanted { own } else { self.compute_one(&[own], |f, v| f.not(v[0])) };
            found = Some(found.map_or(own, |found| self.either(found, own)));
        }
        Ok(found.expect("a number has parts"))
    }

    fn either(&mut self, a: Local, b: Local) -> Local {
        self.compute_one(&[a, b], |f, v| f.or(v[0], v[1]))
    }

    /// Whether the first holds and the second does not.
    fn but(&mut self, a: Local, b: Local) -> Local {
        self.compute_one(&[a, b], |f, v| {
            let without = f.not(v[1]);
            f.and(v[0], without)
        })
    }

    /// `isclose`, whose tolerances are keywords.
    fn is_close(
        &mut self,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let mut values = Vec::new();
        for arg in args {
            let value = self.expression(arg)?;
            values.push(match name {
                "cmath.isclose" => self.as_complex(name, &value)?,
                _ => self.as_float(name, &value)?,
            });
        }
        let tolerances = [("rel_tol", 1e-9), ("abs_tol", 0.0)];
        if let Some((other, _)) =
            keywords.iter().find(|(own, _)| tolerances.iter().all(|(known, _)| known != own))
        {
            return self.error(format!("{name} has no keyword '{other}'"), None);
        }
        for (keyword, default) in tolerances {
            let given = keywords.iter().find(|(own, _)| own == keyword);
            values.push(match given {
                Some((_, expr)) => {
                    let value = self.expression(expr)?;
                    self.as_float(name, &value)?
                }
                None => self.constant(Scalar::float(DType::F64, default), true),
            });
        }
        self.call_library("isclose", &values)
    }

    /// `gcd` and `lcm` of any number of ints.
    fn of_divisors(&mut self, name: &str, ufunc: &str, values: &[Value]) -> Followed<Value> {
        let mut made = self.int(if ufunc == "gcd" { 0 } else { 1 });
        for value in values {
            let value = self.as_int(name, value)?;
            made = self.looped(ufunc, &[&made, &value], DType::I64, true)?;
        }
        Ok(made)
    }

    /// The length of a vector of any number of floats.
    fn hypot(&mut self, values: &[Value]) -> Followed<Value> {
        let floats = values.iter().map(|value| self.as_float("math.hypot", value));
        let floats = floats.collect::<Followed<Vec<_>>>()?;
        match &floats[..] {
            [] => Ok(self.constant(Scalar::float(DType::F64, 0.0), true)),
            [one] => self.looped("fabs", &[one], DType::F64, true),
            [a, b] => self.looped("hypot", &[a, b], DType::F64, true),
            many => self.call_library("length_of_vector", &[tuple(many)]),
        }
    }

    /// A real number as a float.
    fn as_float(&mut self, name: &str, value: &Value) -> Followed<Value> {
        match as_number(value) {
            Some((dtype, _)) if !dtype.is_complex() => self.converted(value, &FLOAT),
            _ => self.takes(name, "real numbers", value),
        }
    }

    /// An integer as an int.
    fn as_int(&mut self, name: &str, value: &Value) -> Followed<Value> {
        match as_number(value) {
            Some((dtype, _)) if dtype.is_integer() || dtype == DType::Bool => {
                self.converted(value, &INT)
            }
            _ => self.takes(name, "integers", value),
        }
    }

    /// A number as a complex one.
    fn as_complex(&mut self, name: &str, value: &Value) -> Followed<Value> {
        match as_number(value) {
            Some(_) => self.converted(value, &Type::Number { dtype: DType::C128, python: true }),
            None => self.takes(name, "numbers", value),
        }
    }

    fn takes<T>(&self, name: &str, what: &str, value: &Value) -> Followed<T> {
        let text = format!("{name} of {}", value.ty.describe());
        self.error(text, Some(&format!("it takes {what}")))
    }
}

/// Whether a function of so many arguments is compiled.
fn is_known(name: &str, count: usize) -> bool {
    let rows = OF_FLOATS.iter().chain(OF_COMPLEX).find(|row| row.name == name);
    if let Some(row) = rows {
        let takes = match row.made {
            Made::Ufunc(ufunc) => super::numbers::row(ufunc).nin(),
            Made::Library("remainder") => 2,
            Made::Library(_) => 1,
        };
        return count == takes || (name, count) == ("math.log", 2);
    }
    let is = |pairs: &[(&str, usize)]| pairs.contains(&(name, count));
    let of_any = matches!(name, "math.gcd" | "math.lcm" | "math.hypot");
    let of_few = [
        ("math.ldexp", 2),
        ("math.fsum", 1),
        ("math.prod", 1),
        ("math.dist", 2),
        ("cmath.phase", 1),
        ("cmath.polar", 1),
        ("cmath.rect", 2),
    ];
    of_any || is(&of_few) || is(OF_INTS) || (find(ROUNDINGS, name).is_some() && count == 1)
}
