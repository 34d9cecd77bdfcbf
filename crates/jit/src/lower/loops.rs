//! Loops: followed until the types of their variables settle, and what they walk over.

use super::bounds::Indices;
use super::env::{Env, join};
use super::tables::Part;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::site::Exception;
use crate::syntax::{Expr, ExprKind, Stmt};
use crate::types::{ContainerKind, INT, Type};
use crate::value::{Value, tuple};
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
}

/// What a `for` walks over.
pub(super) enum Walk {
    Range(Value),
    Array(Value),
    Text(Value),
    Bytes(Value),
    /// A list, as long as it is when a round begins.
    List(Value),
    /// A dict or set, what of it, and how many items it had.
    Table(Value, Part, Local),
    /// Another walk from its end, and how many items that has.
    Back(Box<Walk>, Local),
    /// Numbers from a first one beside items.
    Counted(Value, Box<Walk>),
    Side(Vec<Walk>),
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
            let around = Around { head: head_here, exit: exit_here, arrivals, leavings, depth };
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

    /// `continue`.
    pub(super) fn next_round(&mut self) -> Followed<()> {
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
        let broken = self.rounds(
            None,
            &mut |l| {
                l.apart(|l| {
                    match l.test(test)? {
                        super::control::Truth::Known(true) => {}
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
        self.after_loop(broken.then_some(ended), otherwise)
    }

    /// `for`.
    pub(super) fn for_loop(
        &mut self,
        target: &Expr,
        iter: &Expr,
        body: &[Stmt],
        otherwise: &[Stmt],
    ) -> Followed<()> {
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
            self.set(ended, true);
            return Ok(false);
        }
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
            },
        )
    }

    /// Whether a walk has no items, as nothing has been put into what it walks over.
    fn is_empty(&self, walk: &Walk) -> Followed<bool> {
        match walk {
            Walk::Range(_) | Walk::Array(_) | Walk::Text(_) | Walk::Bytes(_) => Ok(false),
            Walk::List(items) | Walk::Table(items, ..) => Ok(self.known_item(items)?.is_none()),
            Walk::Back(items, _) | Walk::Counted(_, items) => self.is_empty(items),
            Walk::Side(walks) => {
                let all = walks.iter().map(|walk| self.is_empty(walk));
                Ok(all.collect::<Followed<Vec<_>>>()?.contains(&true))
            }
        }
    }

    /// A dict or set that is walked over keeps its size.
    fn same_size(&mut self, walk: &Walk) {
        let Walk::Table(table, _, count) = walk else { return };
        let length = self.items_in(table);
        let differs = self.compute_one(&[length, *count], |f, v| f.ne(v[0], v[1]));
        let is_dict = table.ty.container().is_some_and(|c| c.kind == ContainerKind::Dict);
        let name = if is_dict { "dictionary" } else { "Set" };
        let class = Exception::Named("RuntimeError".to_owned());
        self.refuse_if(differs, class, &format!("{name} changed size during iteration"));
    }

    /// Ends the round of a cell whose item is gone.
    fn skip_gone(&mut self, walk: &Walk, k: Local) {
        let Walk::Table(table, ..) = walk else { return };
        let code = self.table_code(table, k);
        let gone = self.is_negative(code);
        let then = vec![Step::Continue];
        self.emit(Step::If { condition: gone, then, otherwise: Vec::new() });
    }

    /// Where the number that a loop counts begins and ends, and its step. It is the variable itself
    /// where that goes up or down by one, so that the loop's end says what indices it makes;
    /// otherwise it counts rounds, which no end that is close to the largest number overflows.
    fn counter(&mut self, walk: &Walk) -> Followed<(Local, Local, i64)> {
        if let (Walk::Range(range), Some(by)) = (walk, by_one(walk)) {
            let end = self.local(stook_kernel::Type::Scalar(DType::I64));
            // The variable that the end comes from may change in the loop.
            self.emit(Step::Move { from: range.parts[1], into: end });
            return Ok((range.parts[0], end, by));
        }
        Ok((self.size(0), self.count_of(walk)?, 1))
    }

    pub(super) fn note_variable(&mut self, target: &Expr) {
        if let (ExprKind::Name(name), Some(indices)) = (&target.kind, self.indices.last_mut()) {
            let parts = self.slots.get(&(name.clone(), INT));
            indices.variable = parts.map(|parts| parts[0]);
        }
    }

    /// The least and the greatest number that a range has, if it has any; they may lie further out.
    fn ends(&mut self, range: &Value) -> (Local, Local) {
        let (parts, step) = (&range.parts[..2], range.known);
        let ends = self.compute(parts, |f, v| {
            let (start, one) = (v[0], f.int(DType::I64, 1));
            let (before, after) = (f.sub(v[1], one), f.add(v[1], one));
            let (down, up) = (f.lt(after, start), f.gt(before, start));
            match step {
                Some(step) if step > 0 => vec![start, before],
                Some(step) if step < 0 => vec![after, start],
                _ => vec![f.select(down, after, start), f.select(up, before, start)],
            }
        });
        (ends[0], ends[1])
    }

    fn false_flag(&mut self) -> Local {
        let flag = self.compute_one(&[], |f, _| f.bits(DType::Bool, 0));
        let own = self.local(stook_kernel::Type::Scalar(DType::Bool));
        self.emit(Step::Move { from: flag, into: own });
        own
    }

    fn set(&mut self, flag: Local, value: bool) {
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

    /// What an expression walks over, or the items of a tuple.
    pub(super) fn walk(&mut self, iter: &Expr) -> Followed<Result<Walk, Vec<Value>>> {
        if let ExprKind::List(items) = &iter.kind
            && !items.is_empty()
        {
            let items =
                items.iter().map(|item| self.expression(item)).collect::<Followed<Vec<_>>>()?;
            let types = items.iter().map(|item| Some(item.ty.clone()));
            let common = types.reduce(|a, b| a?.join(&b?));
            if common.flatten().is_none_or(|ty| matches!(ty.kept(), Type::Thing(_))) {
                return Ok(Err(items));
            }
            return self.list_with(&items).map(|list| Ok(Walk::List(list)));
        }
        if let ExprKind::Call { function, args, keywords } = &iter.kind
            && let ExprKind::Attribute { value, name } = &function.kind
            && let (Some(part), true) = (Part::of(name), args.is_empty() && keywords.is_empty())
        {
            let value = self.expression(value)?;
            if value.ty.container().is_some_and(|c| c.kind == ContainerKind::Dict) {
                return Ok(Ok(self.table_walk(&value, part)));
            }
        }
        if let ExprKind::Call { function, args, keywords } = &iter.kind
            && !matches!(function.kind, ExprKind::Attribute { .. })
        {
            let called = self.expression(function)?;
            if let Type::Thing(Thing::Known { name, .. }) = &called.ty {
                match (name.as_str(), &args[..], &keywords[..]) {
                    ("builtins.enumerate", [items], []) => {
                        let first = self.int(0);
                        return self.counted(first, items);
                    }
                    ("builtins.enumerate", [items, first], [])
                    | ("builtins.enumerate", [items], [(_, first)]) => {
                        let first = self.expression(first)?;
                        let first = self.converted(&first, &INT)?;
                        return self.counted(first, items);
                    }
                    ("builtins.reversed", [items], []) => {
                        let walk = self.flat_walk(items)?;
                        let count = self.count_of(&walk)?;
                        return Ok(Ok(Walk::Back(Box::new(walk), count)));
                    }
                    ("builtins.zip", [_, ..], []) => {
                        let mut side = Vec::new();
                        for arg in args {
                            side.push(self.flat_walk(arg)?);
                        }
                        return Ok(Ok(Walk::Side(side)));
                    }
                    _ => {}
                }
            }
        }
        let value = self.expression(iter)?;
        match &value.ty {
            // What is walked over stays what it is, whatever the body gives its variable.
            Type::Range => Ok(Ok(Walk::Range(self.copied(&value)))),
            Type::Array(array) | Type::Records(_, array) if array.ndim > 0 => {
                let own = self.copied(&value);
                self.retain(&own.ty, &own.parts);
                self.hold_result(&own.ty, &own.parts);
                Ok(Ok(Walk::Array(own)))
            }
            _ if value.items().is_some() => Ok(Err(value.items().unwrap_or_default())),
            Type::Container(container) if container.kind == ContainerKind::List => {
                let own = self.copied(&value);
                self.hold(&own);
                Ok(Ok(Walk::List(own)))
            }
            Type::Bytes => {
                let own = self.copied(&value);
                self.hold(&own);
                Ok(Ok(Walk::Bytes(own)))
            }
            Type::Container(_) => Ok(Ok(self.table_walk(&value, Part::Keys))),
            text if text.is_text() => {
                let text = self.kept(&value);
                let own = self.copied(&text);
                self.hold(&own);
                Ok(Ok(Walk::Text(own)))
            }
            other => {
                let text = format!("{} cannot be looped over", other.describe());
                self.error(
                    text,
                    Some("loop over range(...), an array, a list, a string, zip or enumerate"),
                )
            }
        }
    }

    /// What an expression walks over; the items of a tuple become those of a list.
    pub(super) fn any_walk(&mut self, iter: &Expr) -> Followed<Walk> {
        match self.walk(iter)? {
            Ok(walk) => Ok(walk),
            Err(items) => self.list_with(&items).map(Walk::List),
        }
    }

    /// What an expression walks over, by numbers that count its items.
    fn flat_walk(&mut self, iter: &Expr) -> Followed<Walk> {
        match self.any_walk(iter)? {
            Walk::Table(table, part, _) => self.listed_table(&table, part).map(Walk::List),
            walk => Ok(walk),
        }
    }

    fn counted(&mut self, first: Value, items: &Expr) -> Followed<Result<Walk, Vec<Value>>> {
        Ok(Ok(Walk::Counted(first, Box::new(self.flat_walk(items)?))))
    }

    fn count_of(&mut self, walk: &Walk) -> Followed<Local> {
        Ok(match walk {
            Walk::Range(range) => self.range_length(range),
            Walk::Array(value) => value.grid().expect("it walks over an array").length(0),
            Walk::Text(text) | Walk::Bytes(text) => text.parts[2],
            Walk::List(list) => self.items_in(list),
            Walk::Table(table, ..) => self.used_in(table),
            Walk::Back(_, count) => *count,
            Walk::Counted(_, items) => self.count_of(items)?,
            Walk::Side(walks) => {
                let (first, rest) = walks.split_first().expect("zip of one at least");
                let mut least = self.count_of(first)?;
                for walk in rest {
                    let other = self.count_of(walk)?;
                    least = self.compute_one(&[least, other], |f, v| {
                        let less = f.lt(v[0], v[1]);
                        f.select(less, v[0], v[1])
                    });
                }
                least
            }
        })
    }

    /// How many numbers a range has.
    pub(super) fn range_length(&mut self, range: &Value) -> Local {
        let step = range.known;
        self.compute_one(&range.parts, |f, v| {
            let (zero, one) = (f.int(DType::I64, 0), f.int(DType::I64, 1));
            let (start, stop, by) = (v[0], v[1], v[2]);
            let up = f.sub(stop, start);
            if step == Some(1) {
                let some = f.gt(up, zero);
                return f.select(some, up, zero);
            }
            let rising = f.gt(by, zero);
            let down = f.sub(start, stop);
            let distance = f.select(rising, up, down);
            let (back, none) = (f.neg(by), f.eq(by, zero));
            let size = f.select(rising, by, back);
            let size = f.select(none, one, size);
            let before = f.sub(distance, one);
            let whole = f.quot(before, size);
            let count = f.add(whole, one);
            let some = f.gt(distance, zero);
            f.select(some, count, zero)
        })
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

    /// A number of a range, by its place.
    pub(super) fn number_of(&mut self, range: &Value, k: Local) -> Value {
        let (start, step, known) = (range.parts[0], range.parts[2], range.known);
        let part = self.compute_one(&[start, k, step], |f, v| {
            let by = if known == Some(1) { v[1] } else { f.mul(v[1], v[2]) };
            f.add(v[0], by)
        });
        Value::new(INT, vec![part])
    }

    /// The item of a number.
    fn item(&mut self, walk: &Walk, k: Local) -> Followed<Value> {
        match walk {
            Walk::Range(range) => Ok(self.number_of(range, k)),
            Walk::Array(value) => self.at_first_axis(value, k),
            Walk::Text(text) => Ok(self.character(text, k)),
            Walk::Bytes(bytes) => self.byte(bytes, k),
            Walk::List(list) => match self.known_item(list)? {
                Some(_) => Ok(self.list_cell(list, k)),
                None => self.never(Exception::Index, "list index out of range"),
            },
            Walk::Table(table, part, _) => Ok(match part {
                Part::Keys => self.table_key(table, k),
                Part::Values => self.table_value(table, k),
                Part::Items => {
                    let key = self.table_key(table, k);
                    tuple(&[key, self.table_value(table, k)])
                }
            }),
            Walk::Back(walk, count) => {
                let k = self.compute_one(&[k, *count], |f, v| {
                    let one = f.int(DType::I64, 1);
                    let last = f.sub(v[1], one);
                    f.sub(last, v[0])
                });
                self.item(walk, k)
            }
            Walk::Counted(first, items) => {
                let item = self.item(items, k)?;
                let number = self.compute_one(&[first.parts[0], k], |f, v| f.add(v[0], v[1]));
                Ok(tuple(&[Value::new(INT, vec![number]), item]))
            }
            Walk::Side(walks) => {
                let items = walks.iter().map(|w| self.item(w, k)).collect::<Followed<Vec<_>>>()?;
                Ok(tuple(&items))
            }
        }
    }
}

/// Whether there may be more items than there were.
fn grows(walk: &Walk) -> bool {
    match walk {
        Walk::List(_) | Walk::Table(..) => true,
        Walk::Range(_) | Walk::Array(_) | Walk::Text(_) | Walk::Bytes(_) | Walk::Back(..) => false,
        Walk::Counted(_, items) => grows(items),
        Walk::Side(walks) => walks.iter().any(grows),
    }
}

/// The step of a range that goes up or down by one.
fn by_one(walk: &Walk) -> Option<i64> {
    match walk {
        Walk::Range(range) => range.known.filter(|by| by.abs() == 1),
        _ => None,
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
