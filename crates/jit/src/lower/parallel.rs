//! `prange`: rounds that run at the same time.
//!
//! The numbers of the range are cut into parts, by how many there are and by what the program says
//! of their size, so that a result is the same for any number of threads. A variable of a round is
//! its own, and has no value where the round begins; one that every round adds to (or multiplies, or
//! whose greatest or least is kept) has a value for each part, and these meet in order.

use super::env::Env;
use super::owners::{Owner, owners};
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::syntax::{BinaryOp, Expr, ExprKind, Stmt, StmtKind, assigned_in};
use crate::types::Type;
use crate::value::Value;
use stook_kernel::{Local, Step, Type as Part};
use stook_types::{DType, Scalar};

/// Parts that a range is cut into, at most.
const PARTS: i64 = 64;
/// How often a loop is followed before its types are given up on.
const ROUNDS: usize = 10;

/// How a variable's values in parts meet.
#[derive(Clone, PartialEq)]
enum Meeting {
    Operator(BinaryOp),
    /// `min` or `max`, by the expression that names it.
    Extreme(Expr),
}

/// A variable that every round adds to.
struct Total {
    name: String,
    meeting: Meeting,
    ty: Type,
}

impl Lowerer<'_, '_> {
    /// A `for` over `prange`.
    pub(super) fn parallel_loop(
        &mut self,
        target: &Expr,
        range: &Value,
        body: &[Stmt],
    ) -> Followed<()> {
        if let Some(stmt) = body.iter().find_map(leaves) {
            self.go(stmt.span);
            return self.error("a loop over prange cannot be left early", Some("use range"));
        }
        let assigned = assigned_in(body);
        let mut totals = self.totals(body, &assigned)?;
        let length = self.range_length(range);
        let parts = self.number_of_parts(length)?;
        let own = without(&assigned, &totals);
        let rounds = Rounds::new(own.clone(), self.env.as_ref());
        let outer = std::mem::replace(&mut self.of_rounds, rounds);
        self.watched(own, |l| l.settled_parts(target, (range, length, parts), body, &mut totals))?;
        let rounds = std::mem::replace(&mut self.of_rounds, outer);
        self.forget_variables(&rounds.own);
        self.lost.extend(rounds.own);
        self.meet_totals(parts, &totals)
    }

    /// The variables that rounds give values to, without totals.
    pub(super) fn own_variables(&mut self, body: &[Stmt]) -> Followed<Vec<String>> {
        let assigned = assigned_in(body);
        let totals = self.totals(body, &assigned)?;
        Ok(without(&assigned, &totals))
    }

    /// The rounds of all parts, followed until the types of totals are right.
    fn settled_parts(
        &mut self,
        target: &Expr,
        cut: (&Value, Local, Local),
        body: &[Stmt],
        totals: &mut [Total],
    ) -> Followed<()> {
        for _ in 0..ROUNDS {
            let before = self.env.clone();
            let (steps, settled) = self.block(|l| l.spread_parts(target, cut, body, totals))?;
            self.env = before;
            if settled {
                self.emit(Step::Block(steps));
                return Ok(());
            }
        }
        self.error("the types of this loop's variables do not settle", Some("give each one type"))
    }

    /// How many parts a range of some length is cut into.
    fn number_of_parts(&mut self, length: Local) -> Followed<Local> {
        let number = self.session.host.chunk_size();
        let chunk = self.native_result(number, &[])?.parts[0];
        Ok(self.compute_one(&[length, chunk], |f, v| {
            let [none, one] = [0, 1].map(|k| f.int(DType::I64, k));
            let most = f.int(DType::I64, PARTS.into());
            let few = f.lt(v[0], most);
            let chosen = f.select(few, v[0], most);
            let is_said = f.lt(none, v[1]);
            let chunk = f.select(is_said, v[1], one);
            let whole = f.quot(v[0], chunk);
            let rest = f.rem(v[0], chunk);
            let is_over = f.lt(none, rest);
            let last = f.select(is_over, one, none);
            let said = f.add(whole, last);
            f.select(is_said, said, chosen)
        }))
    }

    /// The rounds of all parts, with what each leaves; whether totals had the right types.
    fn spread_parts(
        &mut self,
        target: &Expr,
        (range, length, parts): (&Value, Local, Local),
        body: &[Stmt],
        totals: &mut [Total],
    ) -> Followed<bool> {
        let mut left = Vec::new();
        for total in totals.iter() {
            let dtype = total.ty.dtype().unwrap_or(DType::F64);
            let array = self.new_array(dtype, &[parts])?;
            left.push(array.clone());
            self.assign(&part_of(&total.name), &array);
        }
        let index = self.size(0);
        let outer = std::mem::replace(&mut self.in_round, true);
        self.temporaries.push(Vec::new());
        // What rounds give variables is forgotten, where one fails too.
        let tries = std::mem::take(&mut self.tries);
        let mut settled = true;
        let (steps, ()) = self.block(|l| {
            for total in totals.iter() {
                let first = l.neutral(total)?;
                l.assign(&total.name, &first);
            }
            let [from, to] = l.ends_of_part(index, length, parts);
            let ends = [from, to].map(|k| l.number_of(range, k).parts[0]);
            let own = Value { parts: vec![ends[0], ends[1], range.parts[2]], ..range.clone() };
            let at = l.at;
            l.range_loop(target, own, body)?;
            l.go(at);
            l.told.get_mut(&at).into_iter().for_each(|told| told.parallel = true);
            for (total, array) in totals.iter_mut().zip(&left) {
                let Some(value) = l.value_of(&total.name)? else { continue };
                if value.ty != total.ty {
                    settled = false;
                    total.ty = value.ty.join(&total.ty).unwrap_or(value.ty);
                    continue;
                }
                let kept = array.clone();
                l.store(&kept, &[index], &value.parts);
            }
            Ok(())
        })?;
        let steps = self.with_own_memory(steps);
        self.temporaries.pop();
        self.tries = tries;
        self.in_round = outer;
        self.emit(Step::Spread { count: parts, index, body: steps });
        Ok(settled)
    }

    /// The first and last number of a part.
    fn ends_of_part(&mut self, part: Local, length: Local, parts: Local) -> [Local; 2] {
        let ends = self.compute(&[part, length, parts], |f, v| {
            let one = f.int(DType::I64, 1);
            let next = f.add(v[0], one);
            let (size, rest) = (f.quot(v[1], v[2]), f.rem(v[1], v[2]));
            // The first ones are longer by one where the length does not divide.
            [v[0], next]
                .into_iter()
                .map(|k| {
                    let whole = f.mul(k, size);
                    let fewer = f.lt(k, rest);
                    let more = f.select(fewer, k, rest);
                    f.add(whole, more)
                })
                .collect()
        });
        [ends[0], ends[1]]
    }

    /// The variables that every round adds to, with the types that they have before.
    fn totals(&mut self, body: &[Stmt], assigned: &[String]) -> Followed<Vec<Total>> {
        let mut totals = Vec::new();
        for name in assigned {
            let Some(value) = self.bound(name)? else { continue };
            if let (Some(meeting), Type::Number { .. }) = (meeting_of(name, body), &value.ty) {
                totals.push(Total { name: name.clone(), meeting, ty: value.ty });
            }
        }
        Ok(totals)
    }

    /// A variable's value, if it has one here.
    fn bound(&mut self, name: &str) -> Followed<Option<Value>> {
        let is_bound = self.env.as_ref().is_some_and(|env| env.contains_key(name));
        if is_bound { self.value_of(name) } else { Ok(None) }
    }

    /// What a total is in a part before the first round.
    fn neutral(&mut self, total: &Total) -> Followed<Value> {
        let dtype = total.ty.dtype().unwrap_or(DType::F64);
        let number = match &total.meeting {
            Meeting::Extreme(_) => {
                let value = self.bound(&total.name)?.expect("it had a value before the loop");
                return self.converted(&value, &total.ty);
            }
            Meeting::Operator(BinaryOp::Mult) => 1,
            Meeting::Operator(BinaryOp::BitAnd) => -1,
            Meeting::Operator(_) => 0,
        };
        let value = match dtype {
            DType::Bool => Scalar::bool(number != 0),
            _ if dtype.is_integer() => Scalar::integer(dtype, number),
            _ => Scalar::float(dtype, number as f64),
        };
        let made = self.constant(value, false);
        Ok(Value::new(total.ty.clone(), made.parts))
    }

    /// Totals take what parts have left, in order.
    fn meet_totals(&mut self, parts: Local, totals: &[Total]) -> Followed<()> {
        if totals.is_empty() {
            return Ok(());
        }
        let (k, zero) = (self.size(0), self.size(0));
        self.emit(Step::Move { from: zero, into: k });
        self.rounds(
            None,
            &mut |l| {
                let over = l.compute_one(&[k, parts], |f, v| f.ge(v[0], v[1]));
                l.leave_loop_if(over)?;
                for total in totals {
                    let left = l.slots_of_part(total);
                    let part = l.load(&left, &[k]);
                    let part = Value::new(total.ty.clone(), part.parts);
                    let own = l.bound(&total.name)?.expect("it had a value before the loop");
                    let met = match &total.meeting {
                        Meeting::Operator(BinaryOp::Sub) => l.binary(BinaryOp::Add, &own, &part)?,
                        Meeting::Operator(op) => l.binary(*op, &own, &part)?,
                        Meeting::Extreme(function) => {
                            let called = l.expression(function)?;
                            let greatest = matches!(&called.ty,
                                Type::Thing(Thing::Known { name, .. }) if name.ends_with("max"));
                            l.extreme(greatest, &[own, part])?
                        }
                    };
                    l.assign(&total.name, &met);
                }
                Ok(())
            },
            &mut |l| {
                let next = l.compute_one(&[k], |f, v| {
                    let one = f.int(DType::I64, 1);
                    f.add(v[0], one)
                });
                l.emit(Step::Move { from: next, into: k });
            },
        )?;
        Ok(())
    }

    /// The array of what parts have left of a total.
    fn slots_of_part(&mut self, total: &Total) -> Value {
        let dtype = total.ty.dtype().unwrap_or(DType::F64);
        let layout = crate::types::Layout::C;
        let ty = Type::Array(crate::types::ArrayType { dtype, ndim: 1, layout, writeable: true });
        let parts = self.slots_of(&part_of(&total.name), &ty);
        Value::new(ty, parts)
    }

    /// A part's steps, between those that forget what its variables held before the loop, which is
    /// not its own to let go of, and those that let go of what they hold after it.
    fn with_own_memory(&mut self, steps: Vec<Step>) -> Vec<Step> {
        let of_rounds = |name: &String| self.of_rounds.own.contains(name);
        let held = self.slots.iter().filter(|((name, _), _)| of_rounds(name));
        let mut held: Vec<Owner> = held.flat_map(|((_, ty), parts)| owners(ty, parts)).collect();
        held.sort_unstable_by_key(|owner| owner.local);
        let before = self.steps_of(|l| {
            for owner in &held {
                let null = l.local(Part::Address);
                l.emit(Step::Move { from: null, into: owner.local });
            }
        });
        let after = self.steps_of(|l| held.iter().for_each(|owner| l.release(owner)));
        before.into_iter().chain(steps).chain(after).collect()
    }

    /// Where a round begins its own variables have no value. The check of races, which follows rounds
    /// one after another, tells of those that later rounds read.
    pub(super) fn begin_round(&mut self) {
        if !self.session.options.races {
            let own = std::mem::take(&mut self.of_rounds.own);
            self.forget_variables(&own);
            self.of_rounds.own = own;
        }
    }

    /// Variables that have no value from here on.
    fn forget_variables(&mut self, names: &[String]) {
        if let Some(env) = &mut self.env {
            env.retain(|name, _| !names.contains(name));
        }
    }

    /// Refuses a variable that a round reads where it may not have given it a value: one of another
    /// round's, or the one from before the loop, would be chance.
    pub(super) fn refuse_carried(&self, name: &str) -> Followed<()> {
        let is_carried = self.of_rounds.before.iter().any(|own| own == name);
        if !is_carried || self.session.options.races {
            return Ok(());
        }
        self.error(
            format!(
                "'{name}' has a value before the loop over prange, is given others by its rounds, and \
                 may be read here before this round has given it one"
            ),
            Some(
                "give it a value where each round begins, keep one for each round in an array, or \
                 add to it by += and use the total after the loop",
            ),
        )
    }
}

/// The variables that rounds of a loop over `prange` give values to, without totals.
#[derive(Default)]
pub(super) struct Rounds {
    own: Vec<String>,
    /// Those that have a value before the loop.
    before: Vec<String>,
}

impl Rounds {
    fn new(own: Vec<String>, env: Option<&Env>) -> Self {
        let is_known = |name: &&String| env.is_some_and(|env| env.contains_key(*name));
        Self { before: own.iter().filter(is_known).cloned().collect(), own }
    }
}

fn without(assigned: &[String], totals: &[Total]) -> Vec<String> {
    let is_total = |name: &&String| totals.iter().any(|total| total.name == **name);
    assigned.iter().filter(|name| !is_total(name)).cloned().collect()
}

/// The name of a variable of our own, which no source can have.
fn part_of(name: &str) -> String {
    format!("parts of {name}")
}

/// A statement that leaves the loop around it.
fn leaves(stmt: &Stmt) -> Option<&Stmt> {
    match &stmt.kind {
        StmtKind::Break => Some(stmt),
        StmtKind::For { .. } | StmtKind::While { .. } => None,
        _ => stmt.blocks().into_iter().flatten().find_map(leaves),
    }
}

/// How a variable's values meet, if all that rounds do with it is one such thing.
fn meeting_of(name: &str, body: &[Stmt]) -> Option<Meeting> {
    let mut found = None;
    body.iter().all(|stmt| is_met(name, stmt, &mut found)).then_some(found).flatten()
}

fn is_met(name: &str, stmt: &Stmt, found: &mut Option<Meeting>) -> bool {
    let mut meets = |meeting: Meeting| match found {
        Some(other) => same(other, &meeting),
        None => {
            *found = Some(meeting);
            true
        }
    };
    let is_name = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(own) if own == name);
    let free = |expr: &Expr| !expr.reads(name);
    match &stmt.kind {
        StmtKind::AugAssign { target, op, value } if is_name(target) => {
            joins(*op) && free(value) && meets(Meeting::Operator(*op))
        }
        StmtKind::Assign { targets, value }
            if targets.len() == 1
                && is_name(&targets[0])
                && matches!(value.kind, ExprKind::Binary { .. }) =>
        {
            joined(name, value).is_some_and(|op| meets(Meeting::Operator(op)))
        }
        StmtKind::Assign { targets, value } if targets.iter().any(is_name) => {
            let ExprKind::Call { function, args, keywords } = &value.kind else { return false };
            let ExprKind::Name(called) = &function.kind else { return false };
            let own = args.iter().filter(|arg| is_name(arg)).count();
            let others = args.iter().filter(|arg| !is_name(arg)).all(free);
            let extreme = matches!(called.as_str(), "min" | "max") && keywords.is_empty();
            extreme
                && targets.len() == 1
                && (own, args.len()) == (1, 2)
                && others
                && meets(Meeting::Extreme((**function).clone()))
        }
        StmtKind::Assign { targets, value } => targets.iter().all(free) && free(value),
        StmtKind::AugAssign { target, value, .. } => free(target) && free(value),
        StmtKind::For { target, iter, body, otherwise } => {
            free(target)
                && free(iter)
                && body.iter().chain(otherwise).all(|stmt| is_met(name, stmt, found))
        }
        StmtKind::While { test, body, otherwise } | StmtKind::If { test, body, otherwise } => {
            free(test) && body.iter().chain(otherwise).all(|stmt| is_met(name, stmt, found))
        }
        StmtKind::Expr(value) => free(value),
        StmtKind::Return(value) => value.as_ref().is_none_or(free),
        StmtKind::Raise { raised, cause } => raised.iter().chain(cause).all(free),
        StmtKind::Try { handlers, .. } => {
            let caught = handlers.iter().all(|handler| {
                handler.classes.as_ref().is_none_or(free) && handler.name.as_deref() != Some(name)
            });
            caught && stmt.blocks().into_iter().flatten().all(|stmt| is_met(name, stmt, found))
        }
        StmtKind::Assert { test, message } => free(test) && message.as_ref().is_none_or(free),
        // A call of it may read or change what it speaks of.
        StmtKind::Define(function) => {
            function.name != name && !function.free().iter().any(|free| free == name)
        }
        StmtKind::Nonlocal(names) => !names.iter().any(|own| own == name),
        StmtKind::Delete(targets) => targets.iter().all(free),
        StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::Other(_) => true,
    }
}

/// Whether values that meet by an operator may do so part by part.
fn joins(op: BinaryOp) -> bool {
    use BinaryOp::{Add, BitAnd, BitOr, BitXor, Mult, Sub};
    matches!(op, Add | Sub | Mult | BitAnd | BitOr | BitXor)
}

/// The operator of `value + name`, or of `name + value` and of what is added to that.
fn joined(name: &str, value: &Expr) -> Option<BinaryOp> {
    let ExprKind::Binary { op, left, right } = &value.kind else { return None };
    let is_name = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(own) if own == name);
    if !joins(*op) {
        return None;
    }
    if is_name(right) {
        return (*op != BinaryOp::Sub && !left.reads(name)).then_some(*op);
    }
    if right.reads(name) {
        return None;
    }
    if is_name(left) {
        return Some(*op);
    }
    let before = joined(name, left)?;
    same(&Meeting::Operator(before), &Meeting::Operator(*op)).then_some(*op)
}

fn same(a: &Meeting, b: &Meeting) -> bool {
    use BinaryOp::{Add, Sub};
    match (a, b) {
        (Meeting::Operator(Add | Sub), Meeting::Operator(Add | Sub)) => true,
        (Meeting::Operator(a), Meeting::Operator(b)) => a == b,
        (Meeting::Extreme(a), Meeting::Extreme(b)) => a.kind == b.kind,
        _ => false,
    }
}
