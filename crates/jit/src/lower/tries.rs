//! `try`, and exceptions that are raised and handled.
//!
//! A failure may come at any step of a `try`'s body, so that at each of them the variables must be
//! what its handlers take them for: the types of all points of the body joined. What a name gets in
//! the body goes to its variable of that type as well. The body is followed until these types
//! settle. A `finally` is written once for each way out.

use super::env::{Binding, Env};
use super::session::Session;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::site::Exception;
use crate::syntax::{Expr, ExprKind, Handler, Stmt};
use crate::types::Type;
use crate::value::Value;
use stook_kernel::{Caught, FAILURE_VALUES, Local, Service, Step, Type as Part};
use stook_types::DType;

/// How often a body is followed before its types are given up on.
const ROUNDS: usize = 20;

/// A try whose body is being followed.
pub(super) struct Try {
    /// What variables are where its handlers begin, as far as known.
    head: Env,
    /// What they were at all points so far.
    seen: Env,
}

/// A `finally` that is to be done on the way out of a body.
#[derive(Clone)]
pub(super) struct Final {
    body: Vec<Stmt>,
    /// How many tries and loops lie around it.
    tries: usize,
    loops: usize,
}

/// Failures that a handler asks for.
#[derive(Clone, PartialEq)]
pub(super) enum Kind {
    /// Of one of these classes, by their names.
    Classes(Vec<String>),
    /// Exceptions that calls outside have raised, whose classes nobody knows before.
    Raised,
}

impl Session<'_> {
    /// The number of a set of sites.
    fn set_of(&mut self, kind: &Kind) -> usize {
        let known = self.sets.iter().position(|other| other == kind);
        known.unwrap_or_else(|| {
            self.sets.push(kind.clone());
            self.sets.len() - 1
        })
    }

    /// The sites of all sets.
    pub(super) fn all_sets(&mut self) -> Vec<Vec<u32>> {
        let (host, sites) = (&mut *self.host, &self.sites);
        let mut is_of = |exception: &Exception, kind: &Kind| match (kind, exception) {
            (Kind::Raised, own) => *own == Exception::Raised,
            (Kind::Classes(_), Exception::Raised) => false,
            (Kind::Classes(all), own) => all.iter().any(|class| host.descends(own.name(), class)),
        };
        let mut sets = Vec::with_capacity(self.sets.len());
        for kind in &self.sets {
            let sites = sites.iter().enumerate().filter(|(_, site)| is_of(&site.exception, kind));
            sets.push(sites.map(|(k, _)| k as u32).collect());
        }
        sets
    }
}

impl Lowerer<'_, '_> {
    /// `try` with all its clauses.
    pub(super) fn try_statement(
        &mut self,
        body: &[Stmt],
        handlers: &[Handler],
        otherwise: &[Stmt],
        finally: &[Stmt],
    ) -> Followed<()> {
        if finally.is_empty() {
            return self.guarded(
                &mut |l| l.statements(body),
                &mut |l, caught| l.handle(caught, handlers),
                &mut |l| l.statements(otherwise),
            );
        }
        self.guarded(
            &mut |l| {
                let (tries, loops) = (l.tries.len() - 1, l.loops.len());
                l.finals.push(Final { body: finally.to_vec(), tries, loops });
                if handlers.is_empty() {
                    l.statements(body)?;
                } else {
                    l.try_statement(body, handlers, otherwise, &[])?;
                }
                l.finals.pop();
                Ok(())
            },
            &mut |l, caught| {
                l.statements(finally)?;
                l.rethrow(caught);
                Ok(())
            },
            &mut |l| l.statements(finally),
        )
    }

    /// A body, what is done where it fails, and what is done where it does not.
    fn guarded(
        &mut self,
        body: &mut dyn FnMut(&mut Self) -> Followed<()>,
        handler: &mut dyn FnMut(&mut Self, Caught) -> Followed<()>,
        otherwise: &mut dyn FnMut(&mut Self) -> Followed<()>,
    ) -> Followed<()> {
        let Some(entry) = self.env.clone() else { return Ok(()) };
        let (caught, depth) = (self.new_caught(), self.told_depth());
        let mut head = entry.clone();
        for _ in 0..ROUNDS {
            self.env = Some(entry.clone());
            self.tries.push(Try { head: head.clone(), seen: entry.clone() });
            let before = self.noted();
            let (tried, ()) = self.block(&mut *body)?;
            let seen = self.tries.pop().expect("the try pushed above").seen;
            if seen != head {
                self.forget_noted(before);
                head = seen;
                continue;
            }
            let (mut after, ()) = self.block(otherwise)?;
            let end = self.env.replace(head.clone());
            let (mut handled, ()) = self.block(|l| {
                l.tell_caught(depth);
                handler(l, caught)
            })?;
            let end_handled = self.env.take();
            let met = self.meet((&mut after, end), (&mut handled, end_handled))?;
            self.env = Some(entry);
            self.arrive(&head)?;
            self.env = met;
            let (body, handler, otherwise) = (tried, handled, after);
            self.emit(Step::Try { body, caught, handler, otherwise });
            return Ok(());
        }
        self.error("the types of this try's variables do not settle", Some("give each one type"))
    }

    fn new_caught(&mut self) -> Caught {
        let site = self.local(Part::Scalar(DType::I64));
        let values = [(); FAILURE_VALUES].map(|()| self.local(Part::Scalar(DType::U64)));
        Caught { site, values }
    }

    /// How much the loop around has noted so far.
    fn noted(&self) -> (usize, usize, usize) {
        let (arrivals, leavings) =
            self.loops.last().map_or((0, 0), |l| (l.arrivals.len(), l.leavings.len()));
        (arrivals, leavings, self.indices.last().map_or(0, |indices| indices.checks.len()))
    }

    /// Forgets what the loop around has noted of steps that are followed again.
    fn forget_noted(&mut self, (arrivals, leavings, checks): (usize, usize, usize)) {
        if let Some(around) = self.loops.last_mut() {
            around.arrivals.truncate(arrivals);
            around.leavings.truncate(leavings);
        }
        if let Some(indices) = self.indices.last_mut() {
            indices.checks.truncate(checks);
        }
    }

    /// Lets the tries around know what a variable has got.
    pub(super) fn note_assigned(&mut self, name: &str, value: &Value) {
        for k in 0..self.tries.len() {
            let target = self.tries[k].head.get(name).cloned();
            if let Some(Binding::Is { ty, maybe }) = target {
                // Where the head is of another type the body is followed again.
                let fits = value.ty != ty && value.ty.join(&ty).as_ref() == Some(&ty);
                if let (true, Ok(value)) = (fits, self.converted(value, &ty)) {
                    self.fill(name, &value);
                }
                if maybe {
                    self.set_flag(name, true);
                }
            }
            let binding = Binding::Is { ty: value.ty.clone(), maybe: false };
            let seen = &mut self.tries[k].seen;
            let joined = match seen.get(name) {
                Some(known) => known.join(&binding),
                None => binding.perhaps(),
            };
            seen.insert(name.to_owned(), joined);
        }
    }

    /// Takes a variable's value away.
    fn unbind(&mut self, name: &str) {
        if let Some(env) = &mut self.env {
            env.remove(name);
        }
        for k in 0..self.tries.len() {
            if self.tries[k].head.contains_key(name) {
                self.set_flag(name, false);
            }
            if let Some(known) = self.tries[k].seen.get_mut(name) {
                *known = known.perhaps();
            }
        }
    }

    /// Does what each `finally` asks for that lies within so many loops, on the way out.
    pub(super) fn do_finals(&mut self, loops: usize) -> Followed<()> {
        let all = self.finals.clone();
        while let Some(last) = self.finals.pop_if(|last| last.loops >= loops) {
            let inner = self.tries.split_off(last.tries);
            let (body, ()) = self.block(|l| l.statements(&last.body))?;
            self.emit(Step::Beyond { tries: inner.len(), body });
            self.tries.extend(inner);
        }
        self.finals = all;
        Ok(())
    }

    // -- handlers ---------------------------------------------------------------------------

    /// The first of some handlers that takes a failure, or the failure again.
    fn handle(&mut self, caught: Caught, handlers: &[Handler]) -> Followed<()> {
        let Some((first, rest)) = handlers.split_first() else {
            self.rethrow(caught);
            return Ok(());
        };
        self.at = first.span;
        let Some(classes) = &first.classes else { return self.handler(caught, first) };
        let classes = self.classes(classes)?;
        let condition = self.is_of(caught, classes);
        let before = self.env.clone();
        let (mut yes, ()) = self.block(|l| l.handler(caught, first))?;
        let after_yes = std::mem::replace(&mut self.env, before);
        let (mut no, ()) = self.block(|l| l.handle(caught, rest))?;
        let after_no = self.env.take();
        self.env = self.meet((&mut yes, after_yes), (&mut no, after_no))?;
        self.emit(Step::If { condition, then: yes, otherwise: no });
        Ok(())
    }

    fn handler(&mut self, caught: Caught, handler: &Handler) -> Followed<()> {
        if let Some(name) = &handler.name {
            self.assign(name, &Value::new(Type::Caught, caught.locals().collect()));
        }
        self.handled.push(caught);
        self.statements(&handler.body)?;
        self.handled.pop();
        if let Some(name) = &handler.name {
            self.unbind(name);
        }
        Ok(())
    }

    /// The classes of exceptions that an `except` names.
    fn classes(&mut self, classes: &Expr) -> Followed<Vec<String>> {
        let value = self.expression(classes)?;
        let all = value.items().unwrap_or_else(|| vec![value]);
        let mut names = Vec::with_capacity(all.len());
        for class in all {
            match class.ty {
                Type::Thing(Thing::Exception(name)) => names.push(name),
                other => {
                    let text = format!("{} cannot be caught", other.describe());
                    return self.error(text, Some("name classes of exceptions"));
                }
            }
        }
        Ok(names)
    }

    /// Whether a failure is of one of some classes.
    fn is_of(&mut self, caught: Caught, classes: Vec<String>) -> Local {
        let numbers: Vec<usize> =
            classes.iter().map(|class| self.session.host.exception(class)).collect();
        let found = self.is_in_set(caught, &Kind::Classes(classes));
        let raised = self.is_in_set(caught, &Kind::Raised);
        let then = self.steps_of(|l| {
            let exception = l.compute_one(&caught.values[..1], |f, v| f.convert(v[0], DType::I64));
            for number in numbers {
                let class = l.size(number as i64);
                let matches = l.local(Part::Scalar(DType::I64));
                let (args, into) = (vec![exception, class], vec![matches]);
                l.emit(Step::Ask { service: Service::Matches, args, into });
                let either = l.compute_one(&[found, matches], |f, v| {
                    let zero = f.int(DType::I64, 0);
                    let matches = f.ne(v[1], zero);
                    f.or(v[0], matches)
                });
                l.emit(Step::Move { from: either, into: found });
            }
        });
        self.emit(Step::If { condition: raised, then, otherwise: Vec::new() });
        found
    }

    fn is_in_set(&mut self, caught: Caught, kind: &Kind) -> Local {
        let (set, into) = (self.session.set_of(kind), self.local(Part::Scalar(DType::Bool)));
        self.emit(Step::Among { site: caught.site, set, into });
        into
    }

    fn rethrow(&mut self, caught: Caught) {
        if self.env.take().is_some() {
            self.emit(Step::Rethrow(caught));
        }
    }

    // -- raise ------------------------------------------------------------------------------

    /// `raise`, of a class or of an exception that is being handled.
    pub(super) fn raise(&mut self, raised: Option<&Expr>, cause: Option<&Expr>) -> Followed<()> {
        let hint = Some("raise an exception's class, or call it with one message");
        let Some(raised) = raised else {
            let Some(&caught) = self.handled.last() else {
                return self.error("nothing is being handled here", hint);
            };
            self.rethrow(caught);
            return Ok(());
        };
        let (class, message) = match &raised.kind {
            ExprKind::Call { function, args, keywords }
                if keywords.is_empty() && args.len() <= 1 =>
            {
                (&**function, args.first())
            }
            ExprKind::Call { .. } => {
                return self.error("an exception of several arguments is not compiled", hint);
            }
            _ => (raised, None),
        };
        let class = self.expression(class)?;
        if let Some(cause) = cause {
            self.expression(cause)?;
        }
        let name = match class.ty {
            Type::Thing(Thing::Exception(name)) => name,
            Type::Caught => {
                let (site, values) = (class.parts[0], &class.parts[1..]);
                let values = values.try_into().expect("the parts of an exception");
                self.rethrow(Caught { site, values });
                return Ok(());
            }
            other => return self.error(format!("{} cannot be raised", other.describe()), hint),
        };
        let (pieces, values) = match message {
            Some(message) => self.message(message)?,
            None => (Vec::new(), Vec::new()),
        };
        self.go(raised.span);
        let step = self.failure(Exception::Named(name), pieces, values);
        self.emit(step);
        self.env = None;
        Ok(())
    }
}
