//! The verifier of routines: every invariant of a [`Unit`], before anything reads it.

use super::native::{is_native, may_take};
use super::{
    Caught, FAILURE_VALUES, Local, Place, Routine, Service, Step, Stride, Type, Unit, signature,
};
use crate::typing::verify_region;
use stook_types::DType;

type Verdict = Result<(), String>;

const SIZE: Type = Type::Scalar(DType::I64);

/// Checks every invariant of a unit.
///
/// # Errors
/// The first broken rule: where it is, what was expected and what came.
pub fn verify_unit(unit: &Unit) -> Verdict {
    ensure(!unit.routines.is_empty(), || "no routine".to_owned())?;
    if let (Some(entry), true) = (unit.routines.first(), unit.native) {
        let fits = may_take(&entry.locals[..entry.params])
            && entry.results.len() <= 1
            && entry.results.iter().all(|&t| is_native(t));
        ensure(fits, || "a native entry takes and makes what C has not".to_owned())?;
    }
    for routine in &unit.routines {
        let checker = Checker { unit, routine };
        checker.routine().map_err(|text| format!("{}: {text}", routine.name))?;
    }
    Ok(())
}

/// What steps stand in.
#[derive(Clone, Copy, Default)]
struct Within {
    in_loop: bool,
    in_round: bool,
    /// How many tries.
    tries: usize,
}

struct Checker<'a> {
    unit: &'a Unit,
    routine: &'a Routine,
}

impl Checker<'_> {
    fn routine(&self) -> Verdict {
        ensure(self.routine.params <= self.routine.locals.len(), || "parameters".to_owned())?;
        let all = self.routine.locals.iter().chain(&self.routine.results);
        for t in all {
            let is_whole = !matches!(t, Type::Scalar(dtype) if dtype.is_complex());
            ensure(is_whole, || format!("a variable of type {t:?}"))?;
        }
        self.steps(&self.routine.body, Within::default())?;
        self.steps(&self.routine.cleanup, Within::default())?;
        ensure(ends(&self.routine.body), || "its end can be reached".to_owned())
    }

    fn steps(&self, steps: &[Step], within: Within) -> Verdict {
        steps.iter().try_for_each(|step| self.step(step, within))
    }

    fn step(&self, step: &Step, within: Within) -> Verdict {
        match step {
            Step::Compute { body, args, into, .. } => {
                verify_region(body)?;
                self.all("arguments of a region", args, body.params.iter().map(scalar))?;
                let results = body.results.iter().map(|&v| Type::Scalar(body.dtype(v)));
                self.all("results of a region", into, results)
            }
            Step::Move { from, into } => self.is("a move", *into, self.of(*from)?),
            Step::Advance { base, bytes, into } => {
                self.is("a base", *base, Type::Address)?;
                self.is("bytes", *bytes, SIZE)?;
                self.is("an address", *into, Type::Address)
            }
            Step::Present { address, into } => {
                self.is("an address", *address, Type::Address)?;
                self.is("an answer", *into, Type::Scalar(DType::Bool))
            }
            Step::Assume { condition } => {
                self.is("a promise", *condition, Type::Scalar(DType::Bool))
            }
            Step::Load { place, into: value } | Step::Store { place, value } => {
                self.place(place)?;
                match self.of(*value)? {
                    Type::Address if place.dtype == DType::U64 => Ok(()),
                    _ => self.is("an element", *value, Type::Scalar(place.dtype)),
                }
            }
            Step::If { condition, then, otherwise } => {
                self.is("a condition", *condition, Type::Scalar(DType::Bool))?;
                self.steps(then, within)?;
                self.steps(otherwise, within)
            }
            Step::Loop { body, next } => {
                self.steps(body, Within { in_loop: true, ..within })?;
                self.steps(next, Within { in_loop: false, ..within })
            }
            Step::Spread { count, index, body } => {
                self.is("a count of rounds", *count, SIZE)?;
                self.is("the number of a round", *index, SIZE)?;
                self.steps(body, Within { in_loop: false, in_round: true, tries: 0 })
            }
            Step::Count { address, into, .. } => {
                self.is("the address of a count", *address, Type::Address)?;
                self.is("a count", *into, SIZE)
            }
            Step::Break | Step::Continue => {
                ensure(within.in_loop, || "a jump that stands in no loop".to_owned())
            }
            Step::Call { routine, args, into } => {
                let called = self.unit.routines.get(*routine);
                let called = called.ok_or_else(|| format!("no routine {routine}"))?;
                let params = called.locals[..called.params].iter().copied();
                self.all("arguments of a call", args, params)?;
                self.all("results of a call", into, called.results.iter().copied())
            }
            Step::Symbol { into, .. } => self.is("a symbol", *into, Type::Address),
            Step::Native { address, args, into } => {
                self.is("the address of a function", *address, Type::Address)?;
                let types = |locals: &[Local]| {
                    locals.iter().map(|&local| self.of(local)).collect::<Result<Vec<_>, _>>()
                };
                let (args, into) = (types(args)?, types(into)?);
                let fits = may_take(&args) && into.len() <= 1 && into.iter().all(|&t| is_native(t));
                ensure(fits, || format!("no function of C's takes {args:?} and makes {into:?}"))
            }
            Step::Ask { service, args, into } => {
                let (params, results) = signature(*service);
                let all = |locals: &[Local], types: &[Type]| match service {
                    Service::Call => locals.len().min(types.len()),
                    _ => locals.len(),
                };
                let (first, made) = (&args[..all(args, params)], &into[..all(into, results)]);
                self.all("arguments of a service", first, params.iter().copied())?;
                self.all("results of a service", made, results.iter().copied())
            }
            Step::Return(values) => {
                ensure(!within.in_round, || "a return from a round".to_owned())?;
                self.all("what is returned", values, self.routine.results.iter().copied())
            }
            Step::Fail { values, .. } => {
                ensure(values.len() <= FAILURE_VALUES, || "a failure of too much".to_owned())?;
                values.iter().try_for_each(|&v| self.of(v).map(|_| ()))
            }
            Step::Rethrow(caught) => self.caught(caught),
            Step::Try { body, caught, handler, otherwise } => {
                self.caught(caught)?;
                self.steps(body, Within { tries: within.tries + 1, ..within })?;
                self.steps(handler, within)?;
                self.steps(otherwise, within)
            }
            Step::Beyond { tries, body } => {
                let left = within.tries.checked_sub(*tries);
                let left = left.ok_or_else(|| format!("a way out of {tries} tries"))?;
                self.steps(body, Within { tries: left, ..within })
            }
            Step::Among { site, set, into } => {
                ensure(*set < self.unit.sets.len(), || format!("no set {set}"))?;
                self.is("a site", *site, SIZE)?;
                self.is("an answer", *into, Type::Scalar(DType::Bool))
            }
            Step::Block(steps) | Step::Rare(steps) => self.steps(steps, within),
        }
    }

    fn caught(&self, caught: &Caught) -> Verdict {
        self.is("the site of a failure", caught.site, SIZE)?;
        let bits = Type::Scalar(DType::U64);
        caught.values.iter().try_for_each(|&v| self.is("a value of a failure", v, bits))
    }

    fn place(&self, place: &Place) -> Verdict {
        self.is("a base", place.base, Type::Address)?;
        for &(index, stride) in &place.axes {
            self.is("an index", index, SIZE)?;
            if let Stride::Local(local) = stride {
                self.is("a stride", local, SIZE)?;
            }
        }
        ensure(!place.dtype.is_complex(), || format!("an element of type {}", place.dtype))
    }

    fn of(&self, local: Local) -> Result<Type, String> {
        let found = self.routine.locals.get(local.0 as usize);
        found.copied().ok_or_else(|| format!("no local {}", local.0))
    }

    fn is(&self, what: &str, local: Local, expected: Type) -> Verdict {
        let found = self.of(local)?;
        ensure(found == expected, || format!("{what}: expected {expected:?}, found {found:?}"))
    }

    fn all(&self, what: &str, locals: &[Local], types: impl Iterator<Item = Type>) -> Verdict {
        let types: Vec<Type> = types.collect();
        ensure(locals.len() == types.len(), || {
            format!("{what}: expected {}, found {}", types.len(), locals.len())
        })?;
        locals.iter().zip(types).try_for_each(|(&local, t)| self.is(what, local, t))
    }
}

/// Whether what follows the steps is never reached.
fn ends(steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Return(_) | Step::Fail { .. } | Step::Rethrow(_) | Step::Break | Step::Continue => {
            true
        }
        Step::Try { body, handler, otherwise, .. } => {
            (ends(body) || ends(otherwise)) && ends(handler)
        }
        Step::Beyond { body, .. } => ends(body),
        Step::If { then, otherwise, .. } => ends(then) && ends(otherwise),
        Step::Loop { body, .. } => !breaks(body),
        Step::Block(steps) | Step::Rare(steps) => ends(steps),
        _ => false,
    })
}

/// Whether the steps may leave the loop that they stand in.
fn breaks(steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Break => true,
        Step::If { then, otherwise, .. } => breaks(then) || breaks(otherwise),
        Step::Try { body, handler, otherwise, .. } => {
            breaks(body) || breaks(handler) || breaks(otherwise)
        }
        Step::Block(steps) | Step::Rare(steps) | Step::Beyond { body: steps, .. } => breaks(steps),
        _ => false,
    })
}

fn scalar(dtype: &DType) -> Type {
    Type::Scalar(*dtype)
}

fn ensure(holds: bool, text: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(text()) }
}
