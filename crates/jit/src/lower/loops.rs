//! Loops: followed until the types of their variables settle.

use super::bounds::Indices;
use super::env::{Env, join};
use super::walks::{Walk, by_one, grows};
use super::yields::Consumer;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::syntax::{Expr, ExprKind, Stmt};
use crate::types::{INT, Type};
use crate::value::Value;
use std::rc::Rc;
use stook_kernel::{Local, Step};
use stook_types::DType;

/// How often a loop is followed before its types are given up on.
const ROUNDS: usize = 20;

/// What is done where a round begins, with its item.
type Begin<'b> = dyn FnMut(&mut Lowerer<'_, '_>, &Value) + 'b;

/// A loop that is being followed.
pub(super) struct Around {
    /// What variables are where a round begins.
    head: Env,
    /// What they are after the loop, as far as known.
    exit: Option<Env>,
    /// What they were where rounds ended.
    pub(super) arrivals: Vec<Env>,
    /// What they were where the loop was left.
    pub(super) leavings: Vec<Env>,
    /// How many statements with temporaries stand around it.
    depth: usize,
    /// The flags to set where it is left early, if it is the body of a loop over a generator.
    serves: Option<(Local, Local)>,
}

impl Lowerer<'_, '_> {
    /// A loop for ever of rounds that may end it, with what is done between rounds; the ends are
    /// those of the range that it walks over. Whether it is
    /// left from more places than one.
    pub(super) fn rounds(
        &mut self,
        ends: Option<(Local, Local)>,
        round: &mut dyn FnMut(&mut Self) -> Followed<()>,
        between: &mut dyn FnMut(&mut Self),
    ) -> Followed<bool> {
        let Some(entry) = self.env.clone() else { return Ok(false) };
        let (mut head, mut exit, at) = (entry.clone(), None, self.at);
        for _ in 0..ROUNDS {
            self.env = Some(head.clone());
            let (arrivals, leavings) = (Vec::new(), Vec::new());
            self.indices.push(Indices::new(ends, at));
            let depth = self.temporaries.len();
            let (head_here, exit_here) = (head.clone(), exit.clone());
            let around = Around {
                head: head_here,
                exit: exit_here,
                arrivals,
                leavings,
                depth,
                serves: None,
            };
            self.loops.push(around);
            let (body, ()) = self.block(|l| {
                round(l)?;
                l.end_round()
            })?;
            let around = self.loops.pop().expect("the loop pushed above");
            let indices = self.indices.pop().expect("the indices pushed above");
            let (next, ()) = self.block(|l| {
                between(l);
                Ok(())
            })?;
            let carried = |name: &str| self.carried.contains(name);
            let all = |env: &Env, other: &Env| join(env, other, |_| true);
            let met = around.arrivals.iter().fold(head.clone(), |h, a| join(&h, a, carried));
            let left = around.leavings.iter().cloned().reduce(|a, b| all(&a, &b));
            let alike = around.leavings.iter().all(|env| Some(env) == left.as_ref());
            if met == head && (alike || left == exit) {
                self.env = Some(entry);
                self.arrive(&head)?;
                self.write_loop(body, next, indices);
                self.env = left;
                return Ok(around.leavings.len() > 1);
            }
            (head, exit) = (met, left);
        }
        self.error("the types of this loop's variables do not settle", Some("give each one type"))
    }

    fn end_round(&mut self) -> Followed<()> {
        let Some(env) = self.env.clone() else { return Ok(()) };
        let around = self.loops.last_mut().expect("a round lies in a loop");
        around.arrivals.push(env.clone());
        let head = around.head.clone();
        // Where they do not meet at the head as it is, the loop is followed again.
        if join(&head, &env, |_| false) == head {
            self.arrive(&head)?;
        }
        Ok(())
    }

    /// Lets a loop of one round be the body of a loop over a generator.
    pub(super) fn serve(&mut self, flags: (Local, Local)) {
        self.loops.last_mut().expect("the loop that was begun").serves = Some(flags);
    }

    /// `continue`.
    pub(super) fn next_round(&mut self) -> Followed<()> {
        if self.loops.last().is_some_and(|around| around.serves.is_some()) {
            return self.go_behind_loop();
        }
        self.do_finals(self.loops.len())?;
        if self.env.is_none() {
            return Ok(());
        }
        let depth = self.loops.last().expect("Python allows it in loops only").depth;
        self.leave_statements(depth);
        self.end_round()?;
        self.emit(Step::Continue);
        self.env = None;
        Ok(())
    }

    /// `break`.
    pub(super) fn leave_loop(&mut self) -> Followed<()> {
        if let Some((left, broken)) = self.loops.last().and_then(|around| around.serves) {
            self.set(left, true);
            self.set(broken, true);
        }
        self.go_behind_loop()
    }

    fn go_behind_loop(&mut self) -> Followed<()> {
        self.do_finals(self.loops.len())?;
        let Some(env) = self.env.take() else { return Ok(()) };
        let depth = self.loops.last().expect("Python allows it in loops only").depth;
        self.leave_statements(depth);
        let around = self.loops.last_mut().expect("the loop above");
        around.leavings.push(env.clone());
        if let Some(exit) = around.exit.clone()
            && join(&exit, &env, |_| true) == exit
        {
            self.env = Some(env);
            self.arrive(&exit)?;
        }
        self.emit(Step::Break);
        self.env = None;
        Ok(())
    }

    /// Leaves the loop where a condition holds.
    pub(super) fn leave_loop_if(&mut self, condition: Local) -> Followed<()> {
        let env = self.env.clone();
        let (then, ()) = self.block(Self::leave_loop)?;
        self.emit(Step::If { condition, then, otherwise: Vec::new() });
        self.env = env;
        Ok(())
    }

    /// `while`.
    pub(super) fn while_loop(
        &mut self,
        test: &Expr,
        body: &[Stmt],
        otherwise: &[Stmt],
    ) -> Followed<()> {
        let ended = self.false_flag();
        let mut ends = true;
        let broken = self.rounds(
            None,
            &mut |l| {
                ends = true;
                l.apart(|l| {
                    match l.test(test)? {
                        super::control::Truth::Known(true) => ends = false,
                        super::control::Truth::Known(false) => {
                            l.set(ended, true);
                            l.leave_loop()?;
                        }
                        super::control::Truth::Local(holds) => {
                            let over = l.compute_one(&[holds], |f, v| f.not(v[0]));
                            l.end_if(over, ended)?;
                        }
                    }
                    Ok(())
                })?;
                l.narrow(super::optional::names_none(test))?;
                l.statements(body)
            },
            &mut |_| {},
        )?;
        // `while True` is left by a break alone.
        if ends { self.after_loop(broken.then_some(ended), otherwise) } else { Ok(()) }
    }

    /// `for`.
    pub(super) fn for_loop(
        &mut self,
        target: &Expr,
        iter: &Expr,
        body: &[Stmt],
        otherwise: &[Stmt],
    ) -> Followed<()> {
        if let Some(called) = self.generator_called(iter)? {
            let consumer = Consumer::Body(Rc::new((target.clone(), body.to_vec())));
            let broken = self.generated(called, consumer)?;
            let ended = self.compute_one(&[broken], |f, v| f.not(v[0]));
            return self.after_loop(Some(ended), otherwise);
        }
        let walk = match self.walk(iter)? {
            Ok(walk) => walk,
            // Items of one type may be a list's, whose loop can be left early.
            Err(items) if body.iter().any(jumps) && are_alike(&items) => {
                Walk::List(self.list_with(&items)?)
            }
            Err(items) => return self.unrolled(target, &items, body, otherwise),
        };
        if let (Walk::Range(range), true) = (&walk, self.is_prange(iter)?) {
            if !self.in_round {
                self.parallel_loop(target, range, body)?;
                return self.statements(otherwise);
            }
            let own = self.own_variables(body)?;
            return self.watched(own, |l| {
                l.walked(target, &walk, (body, otherwise), &mut |l, item| l.tell_round(item))
            });
        }
        self.walked(target, &walk, (body, otherwise), &mut |_, _| {})
    }

    /// A `for` over the numbers of a part of a `prange`.
    pub(super) fn range_loop(
        &mut self,
        target: &Expr,
        range: Value,
        body: &[Stmt],
    ) -> Followed<()> {
        self.walked(target, &Walk::Range(range), (body, &[]), &mut |l, item| {
            l.tell_round(item);
            l.begin_round();
        })
    }

    /// A `for`, with what is done where a round begins.
    fn walked(
        &mut self,
        target: &Expr,
        walk: &Walk,
        (body, otherwise): (&[Stmt], &[Stmt]),
        begin: &mut Begin<'_>,
    ) -> Followed<()> {
        let ended = self.false_flag();
        let broken = self.walked_by(walk, ended, &mut |l, item| {
            begin(l, item);
            l.bind(target, item)?;
            l.note_variable(target);
            l.statements(body)
        })?;
        self.after_loop(broken.then_some(ended), otherwise)
    }

    /// Calls `each` on items, as long as `stop` is not true.
    pub(super) fn each(
        &mut self,
        walk: Walk,
        stop: Option<Local>,
        each: &mut super::iterables::Each<'_>,
    ) -> Followed<()> {
        let ended = self.false_flag();
        self.walked_by(&walk, ended, &mut |l, item| {
            l.apart(|l| each(l, item))?;
            if let (Some(stop), true) = (stop, l.env.is_some()) {
                l.leave_loop_if(stop)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// A loop over items; whether it is left from more places than one. The flag says whether it
    /// ended by itself.
    fn walked_by(
        &mut self,
        walk: &Walk,
        ended: Local,
        each: &mut super::iterables::Each<'_>,
    ) -> Followed<bool> {
        if self.is_empty(walk)? {
            self.as_many(walk)?;
            self.set(ended, true);
            return Ok(false);
        }
        self.begin_walk(walk);
        let (start, end, by) = self.counter(walk)?;
        let k = self.local(stook_kernel::Type::Scalar(DType::I64));
        self.emit(Step::Move { from: start, into: k });
        let ends = match walk {
            Walk::Range(range) => Some(self.ends(range)),
            _ => None,
        };
        self.rounds(
            ends,
            &mut |l| {
                l.same_size(walk);
                let end = if grows(walk) { l.count_of(walk)? } else { end };
                let over = l.compute_one(&[k, end], |f, v| {
                    if by > 0 { f.ge(v[0], v[1]) } else { f.le(v[0], v[1]) }
                });
                let (then, ()) = l.block(|l| l.as_many(walk))?;
                if !then.is_empty() {
                    l.emit(Step::If { condition: over, then, otherwise: Vec::new() });
                }
                l.end_if(over, ended)?;
                l.skip_gone(walk, k);
                let item = match by_one(walk) {
                    Some(_) => Value::new(INT, vec![k]),
                    None => l.item(walk, k)?,
                };
                each(l, &item)
            },
            &mut |l| {
                let next = l.compute_one(&[k], |f, v| {
                    let by = f.int(DType::I64, by.into());
                    f.add(v[0], by)
                });
                l.emit(Step::Move { from: next, into: k });
                l.advance(walk);
            },
        )
    }

    pub(super) fn note_variable(&mut self, target: &Expr) {
        if let (ExprKind::Name(name), Some(indices)) = (&target.kind, self.indices.last_mut()) {
            let parts = self.slots.get(&(name.clone(), INT));
            indices.variable = parts.map(|parts| parts[0]);
        }
    }

    pub(super) fn false_flag(&mut self) -> Local {
        let flag = self.compute_one(&[], |f, _| f.bits(DType::Bool, 0));
        let own = self.local(stook_kernel::Type::Scalar(DType::Bool));
        self.emit(Step::Move { from: flag, into: own });
        own
    }

    pub(super) fn set(&mut self, flag: Local, value: bool) {
        let truth = self.compute_one(&[], |f, _| f.bits(DType::Bool, value.into()));
        self.emit(Step::Move { from: truth, into: flag });
    }

    /// Leaves the loop where it is over, and notes that it ended by itself.
    fn end_if(&mut self, over: Local, ended: Local) -> Followed<()> {
        self.emit(Step::Move { from: over, into: ended });
        self.leave_loop_if(over)
    }

    /// The statements of a loop's `else`; where the loop may be broken off, a flag says whether it
    /// ended by itself.
    fn after_loop(&mut self, ended: Option<Local>, otherwise: &[Stmt]) -> Followed<()> {
        if otherwise.is_empty() || self.env.is_none() {
            return Ok(());
        }
        let Some(ended) = ended else { return self.statements(otherwise) };
        let before = self.env.clone();
        let (then, ()) = self.block(|l| l.statements(otherwise))?;
        let after = std::mem::replace(&mut self.env, before);
        let (mut then, mut no) = (then, Vec::new());
        let skipped = self.env.take();
        self.env = self.meet((&mut then, after), (&mut no, skipped))?;
        self.emit(Step::If { condition: ended, then, otherwise: no });
        Ok(())
    }

    /// The items of a tuple, one after another.
    fn unrolled(
        &mut self,
        target: &Expr,
        items: &[Value],
        body: &[Stmt],
        otherwise: &[Stmt],
    ) -> Followed<()> {
        if body.iter().any(jumps) {
            return self.error(
                "a loop over a tuple cannot be left early",
                Some("loop over range(len(...)) of an array instead"),
            );
        }
        for item in items {
            self.bind(target, item)?;
            self.statements(body)?;
        }
        self.statements(otherwise)
    }

    /// Whether an iterable is a `prange` that is more than a range.
    fn is_prange(&mut self, iter: &Expr) -> Followed<bool> {
        let ExprKind::Call { function, .. } = &iter.kind else { return Ok(false) };
        if !self.session.options.parallel {
            return Ok(false);
        }
        let called = self.expression(function)?;
        let name = "stook.prange";
        Ok(matches!(&called.ty, Type::Thing(Thing::Known { name: own, .. }) if own == name))
    }
}

/// Whether values have one type, of what a list can have.
fn are_alike(items: &[Value]) -> bool {
    let mut types = items.iter().map(|item| item.ty.kept());
    let Some(first) = types.next() else { return false };
    !matches!(first, Type::Thing(_) | Type::Closure(..)) && types.all(|ty| ty == first)
}

/// Whether a statement may leave the loop around it early, or end its round.
fn jumps(stmt: &Stmt) -> bool {
    use crate::syntax::StmtKind;
    match &stmt.kind {
        StmtKind::Break | StmtKind::Continue => true,
        StmtKind::For { .. } | StmtKind::While { .. } => false,
        _ => stmt.blocks().into_iter().flatten().any(jumps),
    }
}
