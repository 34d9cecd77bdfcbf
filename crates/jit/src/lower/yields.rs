//! Generator functions, written where they are looped over.
//!
//! A loop over a call of one becomes the generator's own statements, with names of their own, within a
//! loop that is left where the generator ends. At each `yield` stands what is done with an item: the
//! body of the loop over it, or an item that is added to a list. A body that leaves its loop leaves
//! those of the generator too, one after another, as flags say. Nothing waits between items, so a
//! generator is no value.

use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::syntax::{Expr, ExprKind, Function, SETTLED, Stmt};
use crate::types::Type;
use crate::value::Value;
use std::rc::Rc;
use stook_kernel::Local;

/// A call of a generator function.
pub(super) struct Called {
    source: Rc<Function>,
    /// Where its names outside are looked up.
    function: usize,
    /// Its variables so far: parameters, and what a closure has brought along.
    variables: Vec<(String, Value)>,
}

/// A generator whose statements are being followed.
#[derive(Clone)]
pub(super) struct Generating {
    source: Rc<Function>,
    consumer: Consumer,
    /// The function that the loop over it stands in.
    function: usize,
    /// Whether the generator is being left, and whether by the body of the loop.
    flags: (Local, Local),
    tries: usize,
}

/// What is done with an item.
#[derive(Clone)]
pub(super) enum Consumer {
    /// The target and the body of a loop.
    Body(Rc<(Expr, Vec<Stmt>)>),
    /// It is added to a list.
    List(Value),
}

impl Lowerer<'_, '_> {
    /// What is called where an expression is a call of a generator function.
    pub(super) fn generator_called(&mut self, expr: &Expr) -> Followed<Option<Called>> {
        let ExprKind::Call { function, args, keywords } = &expr.kind else { return Ok(None) };
        let is_name = matches!(&function.kind, ExprKind::Name(_) | ExprKind::Attribute { .. });
        if !is_name || !self.is_plain_name(function)? {
            return Ok(None);
        }
        let called = self.expression(function)?;
        if let Type::Thing(Thing::Known { name, .. }) = &called.ty
            && let Some(name) = name.strip_prefix("itertools.")
        {
            return self.iterator_called(name, args, keywords).map(Some);
        }
        let source = match &called.ty {
            Type::Thing(Thing::Function(number)) => self.session.host.function(*number).ok(),
            Type::Thing(Thing::Inner(number)) | Type::Closure(number, _) => {
                Some(self.session.source_of(*number))
            }
            _ => None,
        };
        let Some(source) = source.filter(|source| source.generates()) else { return Ok(None) };
        let args = &self.unpacked_by_star(args)?;
        let (function, variables) = match &called.ty {
            Type::Thing(Thing::Function(number)) => {
                let (args, keywords) = self.given(args, keywords)?;
                let values = self.arguments_of(*number, &source, &args, &keywords)?;
                (*number, source.params.iter().cloned().zip(values).collect())
            }
            Type::Closure(number, captured) => {
                let captured = called.split(captured);
                let made = self.given_to_inner(*number, Some(&captured), args, keywords)?;
                let names = self.session.captured_by(*number);
                (self.function, names.into_iter().zip(captured).chain(made).collect())
            }
            Type::Thing(Thing::Inner(number)) => {
                (self.function, self.given_to_inner(*number, None, args, keywords)?)
            }
            _ => return Ok(None),
        };
        Ok(Some(Called { source, function, variables }))
    }

    /// A call of a function of `itertools`.
    fn iterator_called(
        &mut self,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Called> {
        let args = &self.unpacked_by_star(args)?;
        let number = |l: &mut Self, expr: &Expr| match l.expression(expr)?.known {
            Some(number) => Ok(usize::try_from(number).unwrap_or(0)),
            None => l.error(
                "how many items there are in each is known by a number that stands in the source",
                Some("write the number, or loops"),
            ),
        };
        let mut values = Vec::new();
        let count = match (name, &args[..], keywords) {
            ("product", pools, []) | ("chain", pools, []) => {
                for pool in pools {
                    values.push(self.list_of(pool)?);
                }
                values.len()
            }
            ("product", pools, [(keyword, times)]) if keyword == "repeat" => {
                let pools = pools.iter().map(|pool| self.list_of(pool));
                let pools = pools.collect::<Followed<Vec<_>>>()?;
                let times = number(self, times)?;
                values = vec![pools; times].concat();
                values.len()
            }
            (
                "combinations" | "permutations" | "combinations_with_replacement",
                [pool, count],
                [],
            )
            | (
                "combinations" | "permutations" | "combinations_with_replacement",
                [pool],
                [(_, count)],
            ) => {
                values.push(self.list_of(pool)?);
                number(self, count)?
            }
            ("pairwise", [pool], []) => {
                values.push(self.list_of(pool)?);
                1
            }
            ("takewhile" | "dropwhile" | "filterfalse" | "starmap", [function, pool], []) => {
                let function = self.perhaps(function)?;
                values.extend([self.list_of(pool)?, function]);
                1
            }
            ("repeat", [item, times], []) => {
                values.extend([self.perhaps(item)?, self.expression(times)?]);
                1
            }
            _ => {
                let text = format!("itertools.{name} is not compiled with these arguments");
                return self.error(text, Some("write it as a loop, or as a generator function"));
            }
        };
        let Some(function) = self.session.host.iterator(name, count) else {
            let text = format!("itertools.{name} is not compiled");
            return self.error(text, Some("write it as a loop"));
        };
        let source = match self.session.host.function(function) {
            Ok(source) => source,
            Err(text) => return self.error(text, None),
        };
        let variables = source.params.iter().cloned().zip(values).collect();
        Ok(Called { source, function, variables })
    }

    /// The items of a generator as a list.
    pub(super) fn generated_list(&mut self, called: Called) -> Followed<Value> {
        let list = self.unknown_list();
        self.generated(called, Consumer::List(list.clone()))?;
        self.settled(list)
    }

    /// Follows a generator to its end; the flag that says whether the loop over it was broken off.
    pub(super) fn generated(&mut self, called: Called, consumer: Consumer) -> Followed<Local> {
        let Called { source, function, variables } = called;
        if self.generating.iter().any(|other| Rc::ptr_eq(&other.source, &source)) {
            return self.error(
                "a generator that loops over itself is not compiled",
                Some("keep what is left to do in a list, or return lists"),
            );
        }
        let start = format!("{SETTLED}{}, {}, {} ", self.at.line, self.at.column, self.generators);
        for (name, value) in &variables {
            let value = self.closed(value)?;
            self.assign(&format!("{start}{name}"), &value);
        }
        let taken: Vec<String> = variables.into_iter().map(|(name, _)| name).collect();
        let body = self.session.body_with(&source, &start, &taken);
        let flags = (self.false_flag(), self.false_flag());
        let (outer, tries) = (self.function, self.tries.len());
        self.generating.push(Generating { source, consumer, function: outer, flags, tries });
        self.generators += 1;
        self.function = function;
        self.rounds(
            None,
            &mut |l| {
                l.statements(&body)?;
                if l.env.is_some() { l.leave_loop() } else { Ok(()) }
            },
            &mut |_| {},
        )?;
        self.function = outer;
        self.generators -= 1;
        self.generating.pop();
        if let Some(env) = &mut self.env {
            env.retain(|name, _| !name.starts_with(&start));
        }
        Ok(flags.1)
    }

    /// `yield`: what is done with an item.
    pub(super) fn yielded(&mut self, value: &Value) -> Followed<()> {
        let Some(own) = self.generating.pop() else {
            return self.error("yield is not compiled here", None);
        };
        if self.tries.len() > own.tries {
            return self.error(
                "yield within try is not compiled",
                Some("let the loop over the generator have the try"),
            );
        }
        let (function, at) = (std::mem::replace(&mut self.function, own.function), self.at);
        let renamed = std::mem::take(&mut self.renamed);
        match &own.consumer {
            Consumer::List(list) => self.append(list, value)?,
            Consumer::Body(loop_over) => {
                let (target, body) = &**loop_over;
                let item = self.copied(value);
                self.rounds(
                    None,
                    &mut |l| {
                        l.serve(own.flags);
                        l.bind(target, &item)?;
                        l.statements(body)?;
                        if l.env.is_some() { l.next_round() } else { Ok(()) }
                    },
                    &mut |_| {},
                )?;
            }
        }
        (self.function, self.at, self.renamed) = (function, at, renamed);
        self.generating.push(own);
        self.leave_with_generator()
    }

    /// Leaves a loop of a generator that is being left.
    pub(super) fn leave_with_generator(&mut self) -> Followed<()> {
        match self.generating.last() {
            Some(own) if self.env.is_some() => self.leave_loop_if(own.flags.0),
            _ => Ok(()),
        }
    }

    /// `return` in a generator, if one is being followed.
    pub(super) fn end_generator(&mut self) -> Followed<bool> {
        let Some(own) = self.generating.last() else { return Ok(false) };
        let left = own.flags.0;
        self.set(left, true);
        self.leave_loop()?;
        Ok(true)
    }
}
