//! Calls of functions that are not compiled, NumPy's for the most part: made outside of compiled code, on the same
//! memory. What they return is known from a call on small arrays of the same types.

use super::{Followed, Lowerer};
use crate::host::{Outside, Passed, Thing};
use crate::site::Exception;
use crate::syntax::Expr;
use crate::types::Type;
use crate::value::Value;
use stook_kernel::{Local, Service, Step, Type as Part};
use stook_types::{DType, Scalar};

impl Lowerer<'_, '_> {
    /// Calls a function of the host's, or a method of the first of `values`.
    pub(super) fn call_outside(
        &mut self,
        object: Option<usize>,
        name: &str,
        mut values: Vec<Value>,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        if object.is_none() && values.is_empty() {
            return self.error(
                format!("numpy.{name} is not compiled"),
                Some("write it as a loop, or call it outside and pass what it makes"),
            );
        }
        self.go_outside(name)?;
        for arg in args {
            values.push(self.tuple_or_value(arg)?);
        }
        let count = values.len();
        for (_, arg) in keywords {
            values.push(self.tuple_or_value(arg)?);
        }
        for value in &mut values {
            if let Passed::Value(_) = as_passed(value) {
                *value = self.kept(value);
            }
        }
        let mut passed: Vec<Passed> = values.iter().map(as_passed).collect();
        let last = passed.split_off(count);
        let names = keywords.iter().map(|(name, _)| name.clone());
        let call = Outside {
            object,
            method: name.to_owned(),
            args: passed,
            keywords: names.zip(last).collect(),
        };
        let (number, ty) = match self.session.host.outside(&call) {
            Ok(found) => found,
            Err(text) => {
                return self.error(
                    format!("{name} cannot be called with these arguments: {text}"),
                    Some("call it outside of the compiled function, and pass what it makes"),
                );
            }
        };
        let number = self.size(number);
        let mut all = vec![number];
        let given = call.args.iter().chain(call.keywords.iter().map(|(_, passed)| passed));
        for (value, passed) in values.iter().zip(given) {
            if matches!(passed, Passed::Value(_)) {
                all.extend(&value.parts);
            }
        }
        Ok(self.asked(all, &ty))
    }

    /// Notes that a function needs the interpreter, which rounds of `prange` do not have.
    pub(super) fn go_outside(&mut self, name: &str) -> Followed<()> {
        self.stay_out_of_rounds(outside_in_round(name))
    }

    /// Notes what to say where rounds of `prange` do what is at hand, which they cannot.
    pub(super) fn stay_out_of_rounds(&mut self, text: String) -> Followed<()> {
        if self.in_round {
            return self.error(text, Some(INSIDE));
        }
        self.session.routines[self.routine].outside = Some(text);
        Ok(())
    }

    fn asked(&mut self, args: Vec<Local>, ty: &Type) -> Value {
        let status = self.local(Part::Scalar(DType::I64));
        let parts = self.new_parts(ty);
        let into = std::iter::once(status).chain(parts.iter().copied()).collect();
        self.emit(Step::Ask { service: Service::Call, args, into });
        let raised = self.compute_one(&[status], |f, v| {
            let zero = f.int(DType::I64, 0);
            f.ne(v[0], zero)
        });
        self.fail_if(raised, Exception::Raised, Vec::new(), vec![status]);
        self.hold_result(ty, &parts);
        Value::new(ty.clone(), parts)
    }
}

/// What is known while compiling is passed as it is, anything else by its parts.
fn as_passed(value: &Value) -> Passed {
    match (&value.ty, value.known) {
        (Type::Thing(thing), _) => Passed::Frozen(thing.clone()),
        (Type::None, _) => Passed::Frozen(Thing::None),
        (_, Some(known)) => Passed::Frozen(Thing::Number {
            value: Scalar::integer(DType::I64, known.into()),
            python: true,
        }),
        (Type::Tuple(_), _) => {
            let items: Vec<Value> = value.items().unwrap_or_default();
            let frozen = items.iter().map(|item| match as_passed(item) {
                Passed::Frozen(thing) => Some(thing),
                Passed::Value(_) => None,
            });
            match frozen.collect::<Option<Vec<_>>>() {
                Some(things) if !things.is_empty() => Passed::Frozen(Thing::Tuple(things)),
                _ => Passed::Value(value.ty.clone()),
            }
        }
        (ty, None) => Passed::Value(ty.clone()),
    }
}

/// What to do in place of a call outside in a round of `prange`.
pub(super) const INSIDE: &str = "call it before the loop, or write it as a loop";

/// What is said of a call outside in a round of `prange`.
fn outside_in_round(name: &str) -> String {
    format!("{name} is called outside of compiled code, which a round of prange cannot do")
}
