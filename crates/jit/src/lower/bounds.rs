//! Checks of indices that a loop makes once, before its first round.
//!
//! While the body of a `for` over a range is followed, each index that is a sum of variables and a
//! number is noted, its check under a mark. Where the loop holds no other loop, and neither the
//! axis's length nor a variable but the loop's own changes in it, the ends of the range say whether
//! the index lies within its axis in all rounds. The loop is then written twice: without such
//! checks, for when all of them hold, and with them. So an error still comes in its own round, after
//! all that was done before it.

use super::Lowerer;
use super::env::Binding;
use crate::checks::{LoopChecks, Why};
use crate::syntax::{BinaryOp, Expr, ExprKind, Span, UnaryOp};
use std::collections::{HashMap, HashSet};
use stook_kernel::{Local, Step, Type as Part};
use stook_types::DType;

/// Numbers in an index that no length of an axis makes overflow.
const SMALL: i128 = 1 << 31;

/// The loop that is being followed, and the indices in it.
pub(super) struct Indices {
    /// The least and the greatest number of its range, if it has one and is not empty.
    ends: Option<(Local, Local)>,
    /// What holds the number of a round.
    pub(super) variable: Option<Local>,
    pub(super) checks: Vec<Check>,
    /// Where the loop stands.
    span: Span,
    /// Indices that no loop checks before its first round, and why.
    within: Vec<(Span, Why)>,
}

impl Indices {
    pub(super) fn new(ends: Option<(Local, Local)>, span: Span) -> Self {
        Self { ends, variable: None, checks: Vec::new(), span, within: Vec::new() }
    }

    fn is_empty(&self) -> bool {
        self.checks.is_empty() && self.within.is_empty()
    }
}

/// An index that must lie within an axis.
pub(super) struct Check {
    /// The condition that its check stands under until the loop is written.
    mark: Local,
    index: Sum,
    length: Local,
    /// Where it stands in the source.
    spans: Vec<Span>,
}

/// Variables, each added or subtracted, and a number.
#[derive(Clone, PartialEq, Default)]
struct Sum {
    added: Vec<Local>,
    subtracted: Vec<Local>,
    number: i128,
}

impl Lowerer<'_, '_> {
    /// The mark to put the check of an index under, if a loop may make it before its first round.
    pub(super) fn mark(&mut self, index: &Expr, length: Local) -> Option<Local> {
        let span = index.span;
        let index = match self.hopeful(index) {
            Ok(index) => index,
            Err(why) => {
                self.stays(span, why);
                return None;
            }
        };
        let variable = self.indices.last()?.variable;
        let mut all = index.added.iter().chain(&index.subtracted);
        // Without bounds only what is counted from the end is looked for.
        if !self.session.options.bounds && !all.any(|&local| Some(local) == variable) {
            return None;
        }
        let mark = self.local(Part::Scalar(DType::Bool));
        let checks = &mut self.indices.last_mut()?.checks;
        if let Some(known) = checks.iter_mut().find(|c| c.index == index && c.length == length) {
            known.spans.push(span);
            return Some(known.mark);
        }
        checks.push(Check { mark, index, length, spans: vec![span] });
        Some(mark)
    }

    /// Notes why the check of an index stays in the loop at hand, if there is one.
    pub(super) fn stays(&mut self, index: Span, why: Why) {
        if let Some(around) = self.indices.last_mut() {
            around.within.push((index, why));
        }
    }

    /// An index as a sum, if the loop at hand may know of all rounds that it lies within its axis.
    fn hopeful(&self, index: &Expr) -> Result<Sum, Why> {
        if self.indices.last().is_none_or(|around| around.ends.is_none()) {
            return Err(Why::NoRange);
        }
        if let ExprKind::Unary { op: UnaryOp::Minus, operand } = &index.kind
            && matches!(operand.kind, ExprKind::Int(_))
        {
            return Err(Why::FromEnd);
        }
        let index = self.sum(index).filter(|index| index.number.abs() < SMALL).ok_or(Why::NoSum)?;
        if index.number < 0 && index.added.is_empty() && index.subtracted.is_empty() {
            return Err(Why::FromEnd);
        }
        Ok(index)
    }

    fn sum(&self, expr: &Expr) -> Option<Sum> {
        match &expr.kind {
            ExprKind::Int(number) => Some(Sum { number: *number, ..Sum::default() }),
            ExprKind::Name(name) => match self.env.as_ref()?.get(name)? {
                Binding::Is { ty, maybe: false } if ty.dtype() == Some(DType::I64) => {
                    let parts = self.slots.get(&(name.clone(), ty.clone()))?;
                    Some(Sum { added: parts.clone(), ..Sum::default() })
                }
                _ => None,
            },
            ExprKind::Binary { op: op @ (BinaryOp::Add | BinaryOp::Sub), left, right } => {
                let (mut all, mut other) = (self.sum(left)?, self.sum(right)?);
                if *op == BinaryOp::Sub {
                    std::mem::swap(&mut other.added, &mut other.subtracted);
                    other.number = -other.number;
                }
                all.added.extend(other.added);
                all.subtracted.extend(other.subtracted);
                all.number = all.number.checked_add(other.number)?;
                Some(all)
            }
            _ => None,
        }
    }

    /// Writes a loop whose body has been followed.
    pub(super) fn write_loop(&mut self, body: Vec<Step>, next: Vec<Step>, indices: Indices) {
        if indices.checks.is_empty() {
            self.tell(&indices, |_| None);
            self.emit(Step::Loop { body, next });
            return;
        }
        let mut written = HashMap::new();
        let innermost = count_writes(&body, &mut written) && count_writes(&next, &mut written);
        let variable = indices.variable.filter(|v| written.get(v) == Some(&1));
        let fixed = |local: &Local| !written.contains_key(local);
        let stays = |check: &Check| {
            let all = || check.index.added.iter().chain(&check.index.subtracted);
            let of_variable = all().filter(|&&local| Some(local) == variable).count();
            let mut others = all().filter(|&&local| Some(local) != variable);
            let reasons = [
                (!innermost, Why::LoopWithin),
                (of_variable > 1, Why::Twice),
                (!fixed(&check.length), Why::ArrayChanges),
                (!others.all(fixed), Why::VariableChanges),
            ];
            reasons.into_iter().find_map(|(holds, why)| holds.then_some(why))
        };
        self.tell(&indices, stays);
        let marks: HashSet<Local> = indices.checks.iter().map(|check| check.mark).collect();
        let known: Vec<&Check> = indices.checks.iter().filter(|c| stays(c).is_none()).collect();
        let checked = without_marks(body.clone(), &marks, &HashSet::new());
        let (Some(ends), false) = (indices.ends, known.is_empty()) else {
            self.emit(Step::Loop { body: checked, next });
            return;
        };
        let gone = known.iter().map(|check| check.mark).collect();
        let unchecked = without_marks(body, &marks, &gone);
        let answers: Vec<Local> =
            known.iter().map(|check| self.is_inside(check, variable, ends)).collect();
        let inside = self.compute_one(&answers, |f, v| {
            v[1..].iter().fold(v[0], |all, &answer| f.and(all, answer))
        });
        let then = vec![Step::Loop { body: unchecked, next: next.clone() }];
        // An index such as `k - 1` may well begin at the array's end; others are about to fail.
        let begins_at_end = known.iter().any(|check| {
            check.index.number < 0 && check.index.added.iter().any(|&one| Some(one) == variable)
        });
        let mut otherwise = vec![Step::Loop { body: checked, next }];
        if !begins_at_end {
            otherwise = vec![Step::Rare(otherwise)];
        }
        self.emit(Step::If { condition: inside, then, otherwise });
    }

    /// Notes what becomes of a loop's checks, for people.
    fn tell(&mut self, indices: &Indices, stays: impl Fn(&Check) -> Option<Why>) {
        if self.is_library || indices.is_empty() && self.told.contains_key(&indices.span) {
            return;
        }
        let (mut before, mut within) = (Vec::new(), Vec::new());
        if self.session.options.bounds {
            within.extend(&indices.within);
            for check in &indices.checks {
                match stays(check) {
                    None => before.extend(&check.spans),
                    Some(why) => within.extend(check.spans.iter().map(|&span| (span, why))),
                }
            }
        }
        let (function, span) = (self.function, indices.span);
        self.told.insert(span, LoopChecks { function, span, parallel: false, before, within });
    }

    /// Whether an index lies within its axis in all rounds. Sums wrap, here as in the loop: where
    /// both ends are inside and in order, none between them has wrapped.
    fn is_inside(
        &mut self,
        check: &Check,
        variable: Option<Local>,
        (least, most): (Local, Local),
    ) -> Local {
        let Sum { added, subtracted, number } = &check.index;
        let (number, bounds) = (*number, self.session.options.bounds);
        if let ([one], []) = (&added[..], &subtracted[..])
            && Some(*one) == variable
        {
            return self.compute_one(&[least, most, check.length], |f, v| {
                let (low, number) = (f.int(DType::I64, -number), f.int(DType::I64, number));
                let room = f.sub(v[2], number);
                let not_below = f.ge(v[0], low);
                // Without bounds it is the user who says that nothing lies beyond.
                if !bounds {
                    return not_below;
                }
                let not_beyond = f.lt(v[1], room);
                f.and(not_below, not_beyond)
            });
        }
        let end = |from: Local| {
            let at = move |&local: &Local| if Some(local) == variable { from } else { local };
            let all: Vec<Local> = added.iter().chain(subtracted).map(at).collect();
            all
        };
        let sum = |l: &mut Self, locals: &[Local]| {
            l.compute_one(locals, |f, v| {
                let first = f.int(DType::I64, number);
                let (plus, minus) = v.split_at(added.len());
                let up = plus.iter().fold(first, |all, &v| f.add(all, v));
                minus.iter().fold(up, |all, &v| f.sub(all, v))
            })
        };
        let (mut low, mut high) = (sum(self, &end(least)), sum(self, &end(most)));
        if subtracted.iter().any(|&local| Some(local) == variable) {
            std::mem::swap(&mut low, &mut high);
        }
        self.compute_one(&[low, high, check.length], |f, v| {
            let zero = f.int(DType::I64, 0);
            let (not_below, not_beyond) = (f.ge(v[0], zero), f.lt(v[1], v[2]));
            let (both, in_order) = (f.and(not_below, not_beyond), f.le(v[0], v[1]));
            f.and(both, in_order)
        })
    }
}

/// Counts how often steps write each local; false where there is a loop among them.
fn count_writes(steps: &[Step], written: &mut HashMap<Local, usize>) -> bool {
    steps.iter().all(|step| match step {
        Step::Compute { into, .. }
        | Step::Call { into, .. }
        | Step::Native { into, .. }
        | Step::Ask { into, .. } => {
            into.iter().for_each(|&local| *written.entry(local).or_default() += 1);
            true
        }
        Step::Move { into, .. }
        | Step::Advance { into, .. }
        | Step::Present { into, .. }
        | Step::Count { into, .. }
        | Step::Symbol { into, .. }
        | Step::Load { into, .. } => {
            *written.entry(*into).or_default() += 1;
            true
        }
        Step::If { then, otherwise, .. } => {
            count_writes(then, written) && count_writes(otherwise, written)
        }
        Step::Among { into, .. } => {
            *written.entry(*into).or_default() += 1;
            true
        }
        Step::Try { body, caught, handler, otherwise } => {
            caught.locals().for_each(|local| *written.entry(local).or_default() += 1);
            [body, handler, otherwise].into_iter().all(|steps| count_writes(steps, written))
        }
        Step::Block(steps) | Step::Rare(steps) | Step::Beyond { body: steps, .. } => {
            count_writes(steps, written)
        }
        Step::Loop { .. } | Step::Spread { .. } => false,
        Step::Assume { .. }
        | Step::Store { .. }
        | Step::Break
        | Step::Continue
        | Step::Return(_)
        | Step::Fail { .. }
        | Step::Rethrow(_) => true,
    })
}

/// The steps with what stood under marks, or without it where a mark is gone.
fn without_marks(steps: Vec<Step>, marks: &HashSet<Local>, gone: &HashSet<Local>) -> Vec<Step> {
    let inner = |steps| without_marks(steps, marks, gone);
    let mut all = Vec::with_capacity(steps.len());
    for step in steps {
        match step {
            Step::If { condition, .. } if gone.contains(&condition) => {}
            Step::If { condition, then, .. } if marks.contains(&condition) => {
                all.extend(inner(then));
            }
            Step::If { condition, then, otherwise } => {
                all.push(Step::If { condition, then: inner(then), otherwise: inner(otherwise) });
            }
            Step::Loop { body, next } => all.push(Step::Loop { body: inner(body), next }),
            Step::Spread { count, index, body } => {
                all.push(Step::Spread { count, index, body: inner(body) });
            }
            Step::Try { body, caught, handler, otherwise } => all.push(Step::Try {
                body: inner(body),
                caught,
                handler: inner(handler),
                otherwise: inner(otherwise),
            }),
            Step::Beyond { tries, body } => all.push(Step::Beyond { tries, body: inner(body) }),
            Step::Block(steps) => all.push(Step::Block(inner(steps))),
            Step::Rare(steps) => all.push(Step::Rare(inner(steps))),
            other => all.push(other),
        }
    }
    all
}
