//! One compilation: the routines of a function and of those that it calls.

use super::env::{Binding, Env};
use super::inner::Inner;
use super::owners::{Owner, owners};
use super::tries::Kind;
use super::{Followed, Lowerer, Stop};
use crate::checks::LoopChecks;
use crate::error::CompileError;
use crate::host::Host;
use crate::renaming::renamed;
use crate::site::Site;
use crate::syntax::{Function, SETTLED, Span, Stmt, is_in_source};
use crate::touch::{Touch, Watch};
use crate::types::Type;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use stook_kernel::{Local, Routine, Step, Unit};

/// A function compiled for types of arguments.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What runs: parts of the arguments in, parts of the result out.
    pub unit: Unit,
    /// Where each routine's function stands: the function by the host's number, or that around it,
    /// and the line. Nothing for routines that are nobody's function.
    pub places: Vec<Option<(usize, u32)>>,
    /// What its failures mean.
    pub sites: Vec<Site>,
    /// What the unknown items of its arguments are, by their numbers.
    pub known: Vec<Type>,
    /// The type of its result.
    pub result: Type,
    /// Where the function's own variables were given values: line, name, type.
    pub variables: Vec<(u32, String, String)>,
    /// The loops of the function and of those that it calls.
    pub loops: Vec<LoopChecks>,
    /// The types of containers that it may change.
    pub changed: Vec<Type>,
    /// What it tells of under a check of races.
    pub watch: Watch,
    /// Whether rounds of loops over `prange` make calls outside of compiled code, themselves or by
    /// functions that they call.
    pub rounds_call_outside: bool,
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
    /// What rounds of `prange` touch is told; see [`crate::Note`].
    pub races: bool,
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
    /// Functions that stand for methods, by the function and the place where they are passed.
    pub(super) methods: HashMap<(usize, Span), Rc<Function>>,
    /// Bodies of generators with the names that they have where they are looped over.
    bodies: Vec<(Rc<Function>, String, Rc<[Stmt]>)>,
    pub(super) routines: Vec<Made>,
    /// What items of unknown types turned out to be, by their numbers.
    learnt: Vec<Type>,
    /// How often something was learnt of them.
    lessons: usize,
    /// Numbers of containers that are made empty: the function and its parameters, the place, and
    /// which of the container's types it is.
    empty: HashMap<(Callee, Vec<Type>, Span, usize), usize>,
    /// Containers that some routine changes.
    changed: HashSet<Type>,
    /// Functions that the compiler itself calls.
    library: HashSet<usize>,
    /// Functions of the library that those call.
    pub(super) hidden: HashSet<usize>,
    /// What is told under a check of races, and the numbers of touches.
    pub(super) watch: Watch,
    pub(super) touches: HashMap<Touch, usize>,
}

/// The types that variables take, by line and name.
pub(super) type Variables = BTreeMap<(u32, String), String>;

/// A function that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    pub(super) routine: Option<Routine>,
    variables: Variables,
    loops: Vec<LoopChecks>,
    /// Whether a way through it ended in [`Stop::Never`].
    is_dead: bool,
    /// What to say where a round calls it, as it makes a call that no round can make.
    pub(super) outside: Option<String>,
    /// Whether it makes calls outside, and whether its rounds of `prange` do.
    pub(super) calls_outside: bool,
    pub(super) rounds_call_outside: bool,
    /// The routines that it calls.
    pub(super) calls: Vec<usize>,
    /// What to say of a routine that its rounds of `prange` call, if that cannot be called there.
    pub(super) calls_in_rounds: Vec<(usize, Box<CompileError>)>,
}

impl Made {
    /// One that is begun, with the type of its result if that is declared.
    fn new(function: Callee, params: &[Type], result: Option<Type>) -> Self {
        Self {
            function,
            params: params.to_vec(),
            declared: result.is_some(),
            result,
            routine: None,
            variables: Variables::new(),
            loops: Vec::new(),
            is_dead: false,
            outside: None,
            calls_outside: false,
            rounds_call_outside: false,
            calls: Vec::new(),
            calls_in_rounds: Vec::new(),
        }
    }
}

/// What stands for a function's number where a routine releases what a value of a type holds.
pub(super) const RELEASE: usize = usize::MAX;

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
        bodies: Vec::new(),
        methods: HashMap::new(),
        routines: Vec::new(),
        learnt: Vec::new(),
        lessons: 0,
        empty: HashMap::new(),
        changed: HashSet::new(),
        library: HashSet::new(),
        hidden: HashSet::new(),
        watch: Watch::default(),
        touches: HashMap::new(),
    };
    for arg in args {
        arg.visit(&mut |ty| {
            if let Type::Unknown(number) = ty {
                let known = session.learnt.len();
                session.learnt.extend((known..=*number).map(Type::Unknown));
            }
        });
    }
    let mut params = args.to_vec();
    let result = loop {
        match session.routine(function.into(), &params, declared, Span::default()) {
            Err(Stop::Error(error)) => return Err(*error),
            Err(Stop::Never(_)) => unreachable!("statements end there"),
            Err(Stop::Again) => {}
            Ok((_, result)) => break result,
        }
        params = args.iter().map(|ty| session.resolved(ty)).collect();
        session.routines.clear();
    };
    session.stays_inside()?;
    let rounds_call_outside = session.rounds_call_outside();
    let variables = std::mem::take(&mut session.routines[0].variables);
    let variables = variables.into_iter().map(|((line, name), ty)| (line, name, ty)).collect();
    let loops = session.routines.iter_mut().flat_map(|made| std::mem::take(&mut made.loops));
    let loops = loops.collect();
    let sets = session.all_sets();
    let places = session.places();
    let routines = session.routines.into_iter().filter_map(|made| made.routine).collect();
    let changed = session.changed.into_iter().collect();
    let (known, watch) = (session.learnt, session.watch);
    let (unit, sites) = (Unit { routines, sets, native: false }, session.sites);
    Ok(Compiled {
        unit,
        places,
        sites,
        known,
        result,
        changed,
        variables,
        loops,
        watch,
        rounds_call_outside,
    })
}

impl Session<'_> {
    /// See [`Compiled::places`].
    fn places(&mut self) -> Vec<Option<(usize, u32)>> {
        let callees: Vec<Callee> = self.routines.iter().map(|made| made.function).collect();
        let place = |Callee { function, inner }| {
            let syntax = match inner {
                Some(inner) => self.inners[inner].syntax.clone(),
                None if function == RELEASE => return None,
                None => self.host.function(function).ok()?,
            };
            Some((function, syntax.span.line))
        };
        callees.into_iter().map(place).collect()
    }

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
                None if made.routine.is_some() => Ok((k, Type::None)),
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
        self.routines.push(Made::new(callee, &params, declared.cloned()));
        let mut carried = BTreeSet::new();
        let mut rounds = 0;
        while rounds < ROUNDS {
            self.routines.truncate(k + 1);
            let made = &mut self.routines[k];
            (made.outside, made.calls, made.calls_in_rounds) = Default::default();
            (made.calls_outside, made.rounds_call_outside) = Default::default();
            let lessons = self.lessons;
            let followed = self.follow(k, &mut carried);
            let is_known = |ty: &Type| self.resolved(ty) == *ty;
            if !params.iter().all(is_known) && !matches!(followed, Err(Stop::Error(_))) {
                // The caller knows better now what it passes.
                self.routines.truncate(k);
                return Err(Stop::Again);
            }
            // Each lesson makes types larger, so they end by themselves.
            rounds += usize::from(lessons == self.lessons);
            match followed {
                Err(Stop::Again) => {}
                Err(error) => {
                    self.routines.truncate(k);
                    return Err(error);
                }
                Ok(_) if lessons != self.lessons => {}
                Ok((routine, is_dead)) => {
                    let made = &mut self.routines[k];
                    made.routine = Some(routine);
                    made.is_dead = is_dead;
                    let result = made.result.clone().unwrap_or(Type::None);
                    return Ok((k, result));
                }
            }
        }
        let text = "the types of this function's variables do not settle";
        Err(refused(text, "give each variable one type", function, called_at))
    }

    /// The statements of a generator, with a start for the names of its own variables and of those
    /// that it has `taken` along.
    pub(super) fn body_with(
        &mut self,
        source: &Rc<Function>,
        start: &str,
        taken: &[String],
    ) -> Rc<[Stmt]> {
        let mut known = self.bodies.iter();
        let known = known.find(|(own, other, _)| Rc::ptr_eq(own, source) && other == start);
        if let Some((.., body)) = known {
            return body.clone();
        }
        let is_own = |name: &str| {
            let is_outer = source.nonlocals.iter().any(|known| known == name);
            !is_outer && (source.binds(name) || taken.iter().any(|known| known == name))
        };
        let to = |name: &str| is_own(name).then(|| format!("{start}{name}"));
        let body: Rc<[Stmt]> = renamed(&source.body, &to).into();
        self.bodies.push((source.clone(), start.to_owned(), body.clone()));
        body
    }

    /// Whether a function is one of the library that the compiler itself calls.
    fn is_library(&self, function: usize) -> bool {
        self.library.contains(&function)
    }

    /// The number of a function of that library.
    pub(super) fn library(&mut self, name: &str) -> usize {
        let number = self.host.library(name);
        self.library.insert(number);
        number
    }

    /// Whether a routine never returns as far as is known, as it takes items of containers that are
    /// empty.
    pub(super) fn never_returns(&self, routine: usize) -> bool {
        self.routines[routine].is_dead && self.routines[routine].result.is_none()
    }

    /// The routine that releases what a container has, and the container.
    pub(super) fn releasing(&mut self, ty: &Type) -> usize {
        let params = std::slice::from_ref(ty);
        let known =
            self.routines.iter().position(|m| m.function == RELEASE.into() && m.params == params);
        known.unwrap_or_else(|| {
            let k = self.routines.len();
            self.routines.push(Made::new(RELEASE.into(), params, Some(Type::None)));
            let mut lowerer = Lowerer::new(self, RELEASE.into(), Rc::default(), k, BTreeSet::new());
            let routine = lowerer.release_all(ty);
            self.routines[k].routine = Some(routine);
            k
        })
    }

    // -- what is put into containers -----------------------------------------------------------

    /// A type with all that is known by now of what was unknown.
    pub(super) fn resolved(&self, ty: &Type) -> Type {
        ty.with_known(&self.learnt)
    }

    /// Learns what items of a number are; whether they can be.
    pub(super) fn learn(&mut self, number: usize, ty: &Type) -> bool {
        let ty = self.resolved(ty);
        let known = self.resolved(&Type::Unknown(number));
        if known == ty {
            return true;
        }
        let mut number = number;
        while let Type::Unknown(next) = self.learnt[number]
            && next != number
        {
            number = next;
        }
        let joined = if known == Type::Unknown(number) {
            let mut is_within = false;
            ty.visit(&mut |part| is_within |= *part == known);
            (!is_within).then_some(ty)
        } else {
            known.join(&ty)
        };
        let Some(joined) = joined else { return false };
        if joined != known {
            self.learnt[number] = joined;
            self.lessons += 1;
        }
        true
    }

    /// The type of the items of a container that is made empty at a place of a routine's function.
    pub(super) fn unknown_at(&mut self, routine: usize, span: Span, which: usize) -> Type {
        let made = &self.routines[routine];
        let key = (made.function, made.params.clone(), span, which);
        let next = self.learnt.len();
        let number = *self.empty.entry(key).or_insert(next);
        if number == next {
            self.learnt.push(Type::Unknown(number));
        }
        self.resolved(&Type::Unknown(number))
    }

    /// Notes that a container of a type may be changed.
    pub(super) fn change(&mut self, ty: &Type) {
        if !self.changed.contains(ty) {
            self.changed.insert(ty.clone());
        }
    }

    fn follow(&mut self, k: usize, carried: &mut BTreeSet<String>) -> Followed<(Routine, bool)> {
        let (callee, params) = (self.routines[k].function, self.routines[k].params.clone());
        let Callee { function, inner } = callee;
        let syntax = match inner {
            Some(inner) => self.inners[inner].syntax.clone(),
            None => self.host.function(function).map_err(|text| {
                let hint = "compile a function that is written in Python";
                refused(&text, hint, function, Span::default())
            })?,
        };
        if syntax.generates() {
            let text =
                format!("{}() is a generator function, which is looped over only", syntax.name);
            let hint = "loop over a call by its name: for x in f(...), or list(f(...))";
            return Err(refused(&text, hint, function, syntax.span));
        }
        let mut lowerer = Lowerer::new(self, callee, syntax, k, std::mem::take(carried));
        let made = lowerer.whole(&params);
        *carried = std::mem::take(&mut lowerer.carried);
        let is_dead = lowerer.is_dead;
        let variables = std::mem::take(&mut lowerer.variables);
        let told = std::mem::take(&mut lowerer.told);
        self.routines[k].variables = variables;
        self.routines[k].loops = told.into_values().collect();
        made.map(|routine| (routine, is_dead))
    }
}

impl<'a, 'h> Lowerer<'a, 'h> {
    fn new(
        session: &'a mut Session<'h>,
        Callee { function, inner }: Callee,
        syntax: Rc<Function>,
        routine: usize,
        carried: BTreeSet<String>,
    ) -> Self {
        let at = syntax.span;
        let is_library = session.is_library(function);
        Self {
            session,
            function,
            inner,
            syntax,
            routine,
            carried,
            locals: Vec::new(),
            blocks: vec![Vec::new()],
            env: Some(Env::new()),
            slots: HashMap::new(),
            flags: HashMap::new(),
            loops: Vec::new(),
            tries: Vec::new(),
            finals: Vec::new(),
            generating: Vec::new(),
            generators: 0,
            renamed: Vec::new(),
            handled: Vec::new(),
            indices: Vec::new(),
            temporaries: vec![Vec::new()],
            in_round: false,
            of_rounds: Default::default(),
            lost: BTreeSet::new(),
            watched: Vec::new(),
            derived: HashMap::new(),
            variables: Variables::new(),
            told: BTreeMap::new(),
            is_dead: false,
            is_library,
            at,
        }
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
        let is_held = |name: &String| assigned(name) || name.starts_with(SETTLED);
        let held = self.slots.iter().filter(|((name, _), _)| is_held(name));
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

    /// No string and no axis of an array has a negative length, which lets checks of indices go.
    fn assume_lengths(&mut self, ty: &Type, parts: &[Local]) {
        let value = crate::value::Value::new(ty.clone(), parts.to_vec());
        for item in value.items().unwrap_or_default() {
            self.assume_lengths(&item.ty, &item.parts);
        }
        let lengths = match ty {
            Type::Text => vec![parts[2]],
            _ => value.array().map_or_else(Vec::new, |array| array.shape()),
        };
        for length in lengths {
            let negative = self.is_negative(length);
            let condition = self.compute_one(&[negative], |f, v| f.not(v[0]));
            self.emit(Step::Assume { condition });
        }
    }

    fn releases(&mut self, mut owners: Vec<Owner>) -> Followed<Vec<Step>> {
        owners.sort_unstable_by_key(|owner| owner.local);
        let (steps, ()) = self.block(|l| {
            owners.iter().for_each(|owner| l.release(owner));
            Ok(())
        })?;
        Ok(steps)
    }

    /// Notes the type that a variable takes here.
    pub(super) fn note(&mut self, name: &str, ty: &Type) {
        if is_in_source(name) {
            self.variables.insert((self.at.line, name.to_owned()), ty.describe());
        }
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
