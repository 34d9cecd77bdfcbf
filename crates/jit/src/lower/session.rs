//! One compilation: the routines of a function and of those that it calls.

use super::env::{Binding, Env};
use super::inner::Inner;
use super::tries::Kind;
use super::{Followed, Lowerer, Stop};
use crate::error::CompileError;
use crate::host::Host;
use crate::site::Site;
use crate::syntax::Span;
use crate::types::Type;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use stook_kernel::{Local, Routine, Step, Unit};

/// A function compiled for types of arguments.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What runs: parts of the arguments in, parts of the result out.
    pub unit: Unit,
    /// What its failures mean.
    pub sites: Vec<Site>,
    /// The type of its result.
    pub result: Type,
    /// Where the function's own variables were given values: line, name, type.
    pub variables: Vec<(u32, String, String)>,
}

/// How a function is to be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Indices are held to the bounds of their axes.
    pub bounds: bool,
    /// Sums and products of floats may be taken in any order.
    pub fast: bool,
    /// `prange` runs its rounds at the same time.
    pub parallel: bool,
    /// Python's numbers divided by zero give what NumPy's do.
    pub numpy_errors: bool,
}

/// How often a function is followed before its types are given up on.
const ROUNDS: usize = 30;
/// How many routines one compilation may have.
const MOST_ROUTINES: usize = 500;

/// What all routines of a compilation share.
pub(crate) struct Session<'h> {
    pub(crate) host: &'h mut dyn Host,
    pub(crate) options: Options,
    pub(crate) sites: Vec<Site>,
    /// What sets of sites are asked for.
    pub(super) sets: Vec<Kind>,
    /// Functions within functions.
    pub(super) inners: Vec<Inner>,
    pub(super) routines: Vec<Made>,
}

/// The types that variables take, by line and name.
pub(super) type Variables = BTreeMap<(u32, String), String>;

/// A function that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Callee {
    /// Its number, or that of the function that it stands in.
    pub(super) function: usize,
    /// Its number among functions within functions, if it is one.
    pub(super) inner: Option<usize>,
}

impl From<usize> for Callee {
    fn from(function: usize) -> Self {
        Self { function, inner: None }
    }
}

/// A routine, while it is being made and after.
pub(super) struct Made {
    function: Callee,
    params: Vec<Type>,
    /// The type of its result, as far as known.
    pub(super) result: Option<Type>,
    /// Whether the result has that type whatever is returned.
    pub(super) declared: bool,
    routine: Option<Routine>,
    variables: Variables,
}

/// Compiles a function for arguments of these types, which return one type if that is `declared`.
///
/// # Errors
/// What of it cannot be compiled.
pub fn compile(
    host: &mut dyn Host,
    function: usize,
    args: &[Type],
    declared: Option<&Type>,
    options: Options,
) -> Result<Compiled, CompileError> {
    let mut session = Session {
        host,
        options,
        sites: Vec::new(),
        sets: Vec::new(),
        inners: Vec::new(),
        routines: Vec::new(),
    };
    let (_, result) = session.routine(function.into(), args, declared, Span::default()).map_err(
        |stop| match stop {
            Stop::Error(error) => *error,
            Stop::Again => unreachable!("a function that must be followed again is"),
        },
    )?;
    let variables = std::mem::take(&mut session.routines[0].variables);
    let variables = variables.into_iter().map(|((line, name), ty)| (line, name, ty)).collect();
    let sets = session.all_sets();
    let routines = session.routines.into_iter().filter_map(|made| made.routine).collect();
    let unit = Unit { routines, sets, native: false };
    Ok(Compiled { unit, sites: session.sites, result, variables })
}

impl Session<'_> {
    /// The routine of a function for arguments of these types, and the type of its result.
    pub(super) fn routine(
        &mut self,
        callee: Callee,
        params: &[Type],
        declared: Option<&Type>,
        called_at: Span,
    ) -> Followed<(usize, Type)> {
        let function = callee.function;
        let known = self.routines.iter().position(|m| m.function == callee && m.params == params);
        if let Some(k) = known {
            let made = &self.routines[k];
            return match &made.result {
                Some(result) => Ok((k, result.clone())),
                None => Err(refused(
                    "the type of this call's result is not known yet",
                    "a function that calls itself must return something before it does: put \
                     that case first",
                    function,
                    called_at,
                )),
            };
        }
        if self.routines.len() >= MOST_ROUTINES {
            let text = "the function calls itself with arguments of ever new types";
            return Err(refused(text, "give its arguments one type", function, called_at));
        }
        let k = self.routines.len();
        let params = params.to_vec();
        self.routines.push(Made {
            function: callee,
            params,
            result: declared.cloned(),
            declared: declared.is_some(),
            routine: None,
            variables: Variables::new(),
        });
        let mut carried = BTreeSet::new();
        for _ in 0..ROUNDS {
            self.routines.truncate(k + 1);
            match self.follow(k, &mut carried) {
                Err(Stop::Again) => {}
                Err(error) => return Err(error),
                Ok(routine) => {
                    let made = &mut self.routines[k];
                    made.routine = Some(routine);
                    let result = made.result.clone().unwrap_or(Type::None);
                    return Ok((k, result));
                }
            }
        }
        let text = "the types of this function's variables do not settle";
        Err(refused(text, "give each variable one type", function, called_at))
    }

    fn follow(&mut self, k: usize, carried: &mut BTreeSet<String>) -> Followed<Routine> {
        let (callee, params) = (self.routines[k].function, self.routines[k].params.clone());
        let Callee { function, inner } = callee;
        let syntax = match inner {
            Some(inner) => self.inners[inner].syntax.clone(),
            None => self.host.function(function).map_err(|text| {
                let hint = "compile a function that is written in Python";
                refused(&text, hint, function, Span::default())
            })?,
        };
        let mut lowerer = Lowerer {
            session: self,
            function,
            inner,
            syntax: syntax.clone(),
            routine: k,
            carried: std::mem::take(carried),
            locals: Vec::new(),
            blocks: vec![Vec::new()],
            env: Some(Env::new()),
            slots: HashMap::new(),
            flags: HashMap::new(),
            loops: Vec::new(),
            tries: Vec::new(),
            finals: Vec::new(),
            handled: Vec::new(),
            indices: Vec::new(),
            temporaries: Vec::new(),
            in_round: false,
            variables: Variables::new(),
            at: syntax.span,
        };
        let made = lowerer.whole(&params);
        *carried = std::mem::take(&mut lowerer.carried);
        let variables = std::mem::take(&mut lowerer.variables);
        self.routines[k].variables = variables;
        made
    }
}

fn refused(message: &str, hint: &str, function: usize, span: Span) -> Stop {
    Stop::Error(Box::new(CompileError {
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
        span,
        function,
        types: Vec::new(),
    }))
}

impl Lowerer<'_, '_> {
    /// The routine, from parameters to the last return.
    fn whole(&mut self, params: &[Type]) -> Followed<Routine> {
        let syntax = self.syntax.clone();
        let mut count = 0;
        for (name, ty) in syntax.params.iter().zip(params) {
            let parts = self.new_parts(ty);
            count += parts.len();
            self.slots.insert((name.clone(), ty.clone()), parts);
            let binding = Binding::Is { ty: ty.clone(), maybe: false };
            self.env.get_or_insert_default().insert(name.clone(), binding);
            self.note(name, ty);
        }
        for (name, ty) in syntax.params.iter().zip(params) {
            let parts = self.slots[&(name.clone(), ty.clone())].clone();
            self.assume_lengths(ty, &parts);
        }
        // The caller holds what is in parameters, until they are given something else.
        let assigned = |name: &String| syntax.assigned.contains(name);
        for (name, ty) in syntax.params.iter().zip(params).filter(|(name, _)| assigned(name)) {
            let parts = self.slots[&(name.clone(), ty.clone())].clone();
            self.retain(ty, &parts);
        }
        self.statements(&syntax.body)?;
        if self.env.is_some() {
            let nothing = crate::value::Value::new(Type::None, Vec::new());
            self.leave(&nothing)?;
        }
        let results = self.result().map_or_else(Vec::new, |ty| ty.parts());
        let body = self.blocks.pop().expect("the routine's own block");
        let held = self.slots.iter().filter(|((name, _), _)| assigned(name));
        let owners = held.flat_map(|((_, ty), parts)| owners(ty, parts)).collect();
        let cleanup = self.releases(owners)?;
        Ok(Routine {
            name: syntax.name.clone(),
            locals: std::mem::take(&mut self.locals),
            params: count,
            results,
            body,
            cleanup,
        })
    }

    /// No axis of an array has a negative length, which lets checks of indices go.
    fn assume_lengths(&mut self, ty: &Type, parts: &[Local]) {
        let value = crate::value::Value::new(ty.clone(), parts.to_vec());
        for item in value.items().unwrap_or_default() {
            self.assume_lengths(&item.ty, &item.parts);
        }
        for length in value.array().map_or_else(Vec::new, |array| array.shape()) {
            let negative = self.is_negative(length);
            let condition = self.compute_one(&[negative], |f, v| f.not(v[0]));
            self.emit(Step::Assume { condition });
        }
    }

    fn releases(&mut self, mut owners: Vec<Local>) -> Followed<Vec<Step>> {
        owners.sort_unstable();
        let (steps, ()) = self.block(|l| {
            owners.into_iter().for_each(|owner| l.release(owner));
            Ok(())
        })?;
        Ok(steps)
    }

    /// Notes the type that a variable takes here.
    pub(super) fn note(&mut self, name: &str, ty: &Type) {
        self.variables.insert((self.at.line, name.to_owned()), ty.describe());
    }

    /// Whether the routine's result has its type whatever is returned.
    pub(super) fn is_declared(&self) -> bool {
        self.session.routines[self.routine].declared
    }

    /// The type of the routine's result, as far as known.
    pub(super) fn result(&self) -> Option<Type> {
        self.session.routines[self.routine].result.clone()
    }
}

/// The locals that own memory, of a value in these locals.
pub(super) fn owners(ty: &Type, parts: &[Local]) -> Vec<Local> {
    match ty {
        Type::Array(_) => vec![parts[1]],
        Type::Tuple(items) | Type::Closure(_, items) => {
            let mut at = 0;
            let mut all = Vec::new();
            for item in items {
                let n = item.parts().len();
                all.extend(owners(item, &parts[at..at + n]));
                at += n;
            }
            all
        }
        _ => Vec::new(),
    }
}
