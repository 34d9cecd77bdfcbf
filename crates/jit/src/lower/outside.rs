//! Calls of functions that are not compiled, NumPy's for the most part: made outside of compiled code, on the same
//! memory. What they return is known from a call on small arrays of the same types.

use super::session::{Made, Session};
use super::{Followed, Lowerer};
use crate::error::CompileError;
use crate::host::{Outside, Passed, Thing};
use crate::site::Exception;
use crate::syntax::Expr;
use crate::types::Type;
use crate::value::Value;
use std::collections::HashSet;
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
        self.note_outside(name)?;
        for arg in args {
            values.push(self.tuple_or_value(arg)?);
        }
        let count = values.len();
        for (_, arg) in keywords {
            values.push(self.tuple_or_value(arg)?);
        }
        if values.iter().any(|value| value.ty == Type::Generator) {
            self.note_stream(name)?;
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

    /// Notes a call outside. Rounds of `prange` make them too, one at a time, but for those that the
    /// check of races would have to look into.
    fn note_outside(&mut self, name: &str) -> Followed<()> {
        let made = &mut self.session.routines[self.routine];
        made.calls_outside = true;
        made.rounds_call_outside |= self.in_round;
        if !self.session.options.races {
            return Ok(());
        }
        self.stay_out_of_rounds(format!(
            "{name} is called outside of compiled code, where the check of races cannot look"
        ))
    }

    /// Notes that numbers are drawn from a stream of the interpreter's.
    pub(super) fn note_stream(&mut self, name: &str) -> Followed<()> {
        self.stay_out_of_rounds(format!(
            "{name} draws from a stream of random numbers, which rounds of prange would share"
        ))
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

impl Session<'_> {
    /// Sees to it that no round of `prange` makes a call that it cannot make by way of a function.
    pub(super) fn stays_inside(&self) -> Result<(), CompileError> {
        for made in &self.routines {
            for (callee, error) in &made.calls_in_rounds {
                let outside = |made: &Made| made.outside.clone();
                if let Some(text) = self.found_in(*callee, &mut HashSet::new(), &outside) {
                    let mut error = (**error).clone();
                    error.message = text;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// See [`Compiled::rounds_call_outside`].
    pub(super) fn rounds_call_outside(&self) -> bool {
        let outside = |made: &Made| made.calls_outside.then_some(());
        self.routines.iter().any(|made| {
            let mut called = made.calls_in_rounds.iter();
            made.rounds_call_outside
                || called.any(|(k, _)| self.found_in(*k, &mut HashSet::new(), &outside).is_some())
        })
    }

    /// What is found of a routine, or of one that it calls.
    fn found_in<T>(
        &self,
        routine: usize,
        met: &mut HashSet<usize>,
        find: &impl Fn(&Made) -> Option<T>,
    ) -> Option<T> {
        if !met.insert(routine) {
            return None;
        }
        let made = &self.routines[routine];
        find(made)
            .or_else(|| made.calls.iter().find_map(|&callee| self.found_in(callee, met, find)))
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

/// What to do in place of a call that a round of `prange` cannot make.
pub(super) const INSIDE: &str = "call it before the loop, for all rounds at once";
