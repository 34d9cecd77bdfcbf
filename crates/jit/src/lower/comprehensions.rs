//! Comprehensions and generators: a loop for each clause, and something done with each item.

use super::control::Truth;
use super::iterables::Each;
use super::{Followed, Lowerer};
use crate::syntax::{Collected, Comprehension, Expr, ExprKind};
use crate::types::{ContainerKind, Type};
use crate::value::Value;
use stook_kernel::{Local, Step};

/// What is done within the innermost loop.
type Inner<'e> = dyn FnMut(&mut Lowerer<'_, '_>) -> Followed<()> + 'e;

impl Lowerer<'_, '_> {
    /// The value of a comprehension; a generator is a list of what it makes.
    pub(super) fn comprehension(&mut self, made: &Comprehension) -> Followed<Value> {
        match made.kind {
            Collected::List | Collected::Generator => {
                let list = self.unknown_list();
                let each: &mut Each<'_> = &mut |l, item| l.append(&list, item);
                self.clauses(made, 0, None, &mut |l| {
                    let item = l.expression(&made.item)?;
                    each(l, &item)
                })?;
                self.settled(list)
            }
            Collected::Set | Collected::Dict => {
                let is_dict = made.kind == Collected::Dict;
                let kind = if is_dict { ContainerKind::Dict } else { ContainerKind::Set };
                let table = self.unknown_table(kind);
                self.clauses(made, 0, None, &mut |l| {
                    let key = l.expression(&made.item)?;
                    let value = match &made.value {
                        Some(value) => l.expression(value)?,
                        None => Value::new(Type::None, Vec::new()),
                    };
                    l.store_item(&table, &key, &value)
                })?;
                self.settled(table)
            }
        }
    }

    /// Calls `each` on the items of an iterable, as long as `stop` is not true.
    pub(super) fn items_of(
        &mut self,
        iter: &Expr,
        stop: Option<Local>,
        each: &mut Each<'_>,
    ) -> Followed<()> {
        if let ExprKind::Comprehension(made) = &iter.kind
            && made.kind == Collected::Generator
        {
            return self.clauses(made, 0, stop, &mut |l| {
                let item = l.expression(&made.item)?;
                each(l, &item)
            });
        }
        let walk = self.any_walk(iter)?;
        self.each(walk, stop, each)
    }

    /// The loops of clauses from a number on, and `inner` within them.
    fn clauses(
        &mut self,
        made: &Comprehension,
        number: usize,
        stop: Option<Local>,
        inner: &mut Inner<'_>,
    ) -> Followed<()> {
        let Some(clause) = made.clauses.get(number) else { return inner(self) };
        let walk = self.any_walk(&clause.iter)?;
        self.each(walk, stop, &mut |l, item| {
            l.bind(&clause.target, item)?;
            l.note_variable(&clause.target);
            for test in &clause.tests {
                match l.test(test)? {
                    Truth::Known(true) => {}
                    Truth::Known(false) => return l.next_round(),
                    Truth::Local(holds) => {
                        let not = l.compute_one(&[holds], |f, v| f.not(v[0]));
                        let env = l.env.clone();
                        let (then, ()) = l.block(|l| l.next_round())?;
                        l.emit(Step::If { condition: not, then, otherwise: Vec::new() });
                        l.env = env;
                    }
                }
            }
            l.clauses(made, number + 1, stop, inner)
        })
    }
}
