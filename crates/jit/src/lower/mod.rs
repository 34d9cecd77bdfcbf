//! One function followed on types, from its parameters to its returns.
//!
//! A [`Lowerer`] writes one routine. A variable has, for each type it takes, locals of its own; the
//! [`Env`] says which of them hold it at the point that is being followed. Whoever learns that
//! something guessed before was wrong (the type of the result, a variable that a loop must carry)
//! notes it and ends in [`Stop::Again`]: the function is then followed once more.

mod arrays;
mod axes;
mod bounds;
mod bytes;
mod calls;
mod cells;
mod classes;
mod comprehensions;
mod control;
mod convert;
mod elementwise;
mod env;
mod expressions;
mod folds;
mod formats;
mod gathers;
mod hashes;
mod indices;
mod inner;
mod iterables;
mod lists;
mod loops;
mod maths;
mod messages;
mod methods;
mod native;
mod number_methods;
mod numbers;
mod numpy;
mod operators;
mod optional;
mod outside;
mod overloads;
mod owners;
mod parallel;
mod races;
mod records;
mod reductions;
mod session;
mod slots;
mod statements;
mod structures;
mod subscripts;
mod sums;
mod tables;
mod text_methods;
mod texts;
mod tries;
mod unpacking;
mod walks;
mod yields;

pub use session::{Compiled, Options, compile};

use crate::checks::LoopChecks;
use crate::error::CompileError;
use crate::site::{Exception, Piece, Site};
use crate::syntax::{Function, Span, is_in_source};
use crate::types::{INT, Type};
use crate::value::Value;
use env::{Binding, Env};
use owners::Owner;
use session::Session;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use stook_kernel::{Local, Step, Type as Part};
use stook_ops::{Builder, Region, Val};
use stook_types::DType;

/// Why following a function ended early.
pub(crate) enum Stop {
    /// It cannot be compiled.
    Error(Box<CompileError>),
    /// Something guessed was wrong and is known better now.
    Again,
    /// Nothing leads on from here, as far as is known: an item of a container was asked for that
    /// nothing has been put into. The step raises what Python does.
    Never(Box<Step>),
}

/// What following a part of a function makes.
pub(crate) type Followed<T> = Result<T, Stop>;

/// A routine that is being written.
pub(crate) struct Lowerer<'a, 'h> {
    pub(crate) session: &'a mut Session<'h>,
    /// The function, by the host's number.
    function: usize,
    /// Its number among functions within functions, if it is one.
    inner: Option<usize>,
    syntax: Rc<Function>,
    /// The routine's number.
    routine: usize,
    /// Names that loops carry though they have no value before.
    carried: BTreeSet<String>,
    locals: Vec<Part>,
    /// Blocks that are being written, innermost last.
    blocks: Vec<Vec<Step>>,
    /// What variables are here; nothing where nothing leads.
    env: Option<Env>,
    slots: HashMap<(String, Type), Vec<Local>>,
    flags: HashMap<String, Local>,
    loops: Vec<loops::Around>,
    /// Tries whose bodies are being followed, and `finally` clauses around, innermost last.
    tries: Vec<tries::Try>,
    finals: Vec<tries::Final>,
    /// Generators whose statements are being followed, innermost last, and how many are written
    /// around what is at hand.
    generating: Vec<yields::Generating>,
    generators: usize,
    /// The names that the statement at hand gives values to by `:=`.
    renamed: Vec<String>,
    /// Exceptions that are being handled, innermost last.
    handled: Vec<stook_kernel::Caught>,
    /// The indices in each of them.
    indices: Vec<bounds::Indices>,
    /// What each statement at hand has made and holds until its end, the innermost last.
    temporaries: Vec<Vec<Owner>>,
    /// Whether rounds that run at the same time are being followed.
    in_round: bool,
    /// What variables these rounds have of their own, and those that rounds before had.
    of_rounds: parallel::Rounds,
    lost: BTreeSet<String>,
    /// Loops over `prange` whose rounds are told, innermost last, and where addresses come from.
    watched: Vec<races::Watched>,
    derived: HashMap<Local, races::Origin>,
    /// The types that its variables take, and what became of its loops' checks, for people.
    variables: session::Variables,
    told: BTreeMap<Span, LoopChecks>,
    /// Whether the function is one of the library, which stays within bounds by itself.
    is_library: bool,
    /// Whether a way ended in [`Stop::Never`].
    is_dead: bool,
    /// Where the user's code is.
    at: Span,
}

impl<'a, 'h> Lowerer<'a, 'h> {
    // -- writing ----------------------------------------------------------------------------

    fn emit(&mut self, step: Step) {
        self.watch(&step);
        self.blocks.last_mut().expect("a block is being written").push(step);
    }

    /// What `write` emits, as a block of its own.
    fn block<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Followed<T>,
    ) -> Followed<(Vec<Step>, T)> {
        self.blocks.push(Vec::new());
        let made = write(self);
        let steps = self.blocks.pop().expect("the block pushed above");
        Ok((steps, made?))
    }

    /// What `write` emits, which nothing refuses, as a block of its own.
    fn steps_of(&mut self, write: impl FnOnce(&mut Self)) -> Vec<Step> {
        self.blocks.push(Vec::new());
        write(self);
        self.blocks.pop().expect("the block pushed above")
    }

    fn local(&mut self, part: Part) -> Local {
        self.locals.push(part);
        Local(self.locals.len() as u32 - 1)
    }

    fn new_parts(&mut self, ty: &Type) -> Vec<Local> {
        ty.parts().into_iter().map(|part| self.local(part)).collect()
    }

    fn dtype(&self, local: Local) -> DType {
        match self.locals[local.0 as usize] {
            Part::Scalar(dtype) => dtype,
            Part::Address => unreachable!("an address is no scalar"),
        }
    }

    /// The results of a formula on locals.
    pub(crate) fn compute(
        &mut self,
        args: &[Local],
        formula: impl FnOnce(&mut Builder, &[Val]) -> Vec<Val>,
    ) -> Vec<Local> {
        let params: Vec<DType> = args.iter().map(|&arg| self.dtype(arg)).collect();
        self.compute_region(args, Region::build(&params, formula), false)
    }

    fn compute_region(&mut self, args: &[Local], body: Region, fast: bool) -> Vec<Local> {
        let types: Vec<DType> = body.results.iter().map(|&v| body.dtype(v)).collect();
        let into: Vec<Local> = types.into_iter().map(|t| self.local(Part::Scalar(t))).collect();
        let args = args.to_vec();
        self.emit(Step::Compute { body, args, into: into.clone(), fast });
        into
    }

    /// The one result of a formula.
    pub(crate) fn compute_one(
        &mut self,
        args: &[Local],
        formula: impl FnOnce(&mut Builder, &[Val]) -> Val,
    ) -> Local {
        self.compute(args, |f, values| vec![formula(f, values)])[0]
    }

    fn moved(&mut self, from: &[Local], into: &[Local]) {
        for (&from, &into) in from.iter().zip(into) {
            if from != into {
                self.emit(Step::Move { from, into });
            }
        }
    }

    /// A size or index.
    pub(crate) fn size(&mut self, value: i64) -> Local {
        self.compute_one(&[], |f, _| f.int(DType::I64, value.into()))
    }

    /// An int of Python's that is known.
    pub(crate) fn int(&mut self, value: i64) -> Value {
        let part = self.size(value);
        Value { known: Some(value), ..Value::new(INT, vec![part]) }
    }

    // -- failures ---------------------------------------------------------------------------

    /// A step that raises an exception from the line at hand.
    fn failure(&mut self, exception: Exception, message: Vec<Piece>, values: Vec<Local>) -> Step {
        let (span, function) = (self.at, self.function);
        let told = message.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Value(dtype) => Some(Type::strong(*dtype)),
            Piece::Object(ty) | Piece::Shown { ty, .. } => Some(ty.clone()),
        });
        let told = Type::Tuple(told.collect());
        let site = Site { exception, message, span, function };
        let sites = &mut self.session.sites;
        let known = sites.iter().position(|other| *other == site);
        let number = known.unwrap_or_else(|| {
            sites.push(site);
            sites.len() - 1
        });
        // The exception outlives whoever else holds its strings.
        let steps = self.steps_of(|l| l.retain(&told, &values));
        let fail = Step::Fail { site: number as u32, values };
        if steps.is_empty() {
            return fail;
        }
        Step::Block(steps.into_iter().chain([fail]).collect())
    }

    /// Raises an exception where a condition holds.
    pub(crate) fn fail_if(
        &mut self,
        condition: Local,
        exception: Exception,
        message: Vec<Piece>,
        values: Vec<Local>,
    ) {
        let step = self.failure(exception, message, values);
        self.emit(Step::If { condition, then: vec![step], otherwise: Vec::new() });
    }

    /// Raises an exception with a fixed message, or with none where it is empty, where a condition holds.
    pub(crate) fn refuse_if(&mut self, condition: Local, exception: Exception, text: &str) {
        let text = (!text.is_empty()).then(|| Piece::Text(text.to_owned()));
        self.fail_if(condition, exception, text.into_iter().collect(), Vec::new());
    }

    /// The end of compiling: what is at hand cannot be compiled.
    pub(crate) fn error<T>(&self, message: impl Into<String>, hint: Option<&str>) -> Followed<T> {
        Err(Stop::Error(Box::new(CompileError {
            message: message.into(),
            hint: hint.map(str::to_owned),
            span: self.at,
            function: self.function,
            types: self.types_of_variables(),
        })))
    }

    fn types_of_variables(&self) -> Vec<(String, String)> {
        let described = |(name, binding): (&String, &Binding)| match binding {
            Binding::Is { ty, .. } => Some((name.clone(), ty.describe())),
            Binding::Conflict(..) => None,
        };
        let shown = self.env.iter().flatten().filter(|(name, _)| is_in_source(name));
        shown.filter_map(described).collect()
    }

    /// Goes to a place in the source; the place before.
    fn go(&mut self, span: Span) -> Span {
        std::mem::replace(&mut self.at, span)
    }
}
