//! Functions within functions.
//!
//! Such a function is a routine of its own, whose first parameters are what it reads of the variables
//! around it. Where it stands, its name means the function itself, and each call passes what these
//! variables are then. Where it is passed on or returned it becomes a [`Type::Closure`], with their
//! values; nothing can change them before it is called, as one that changes variables around it is
//! called where it stands only. Such a one returns their new values beside its result.

use super::session::Callee;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::syntax::{Expr, Function};
use crate::types::Type;
use crate::value::{Value, tuple};
use std::rc::Rc;

/// A function within a function.
pub(crate) struct Inner {
    /// As it stands in the source.
    source: Rc<Function>,
    /// With the names that it reads before its own parameters.
    pub(super) syntax: Rc<Function>,
    captured: Vec<String>,
    /// The function that it stands in, in the end.
    function: usize,
}

impl Lowerer<'_, '_> {
    /// `def` within a function.
    pub(super) fn define(&mut self, function: &Rc<Function>) -> Followed<()> {
        let value = self.inner_function(function)?;
        self.assign(&function.name, &value);
        Ok(())
    }

    /// A function within this one; its defaults become variables of names that no source can have.
    pub(super) fn inner_function(&mut self, source: &Rc<Function>) -> Followed<Value> {
        if let Some(name) = source.nonlocals.iter().find(|name| !self.is_variable(name)) {
            let text = format!("'{name}' is no variable of the function around");
            return self.error(text, Some("declare it nonlocal in that function too"));
        }
        let defaults = source.defaults.iter().zip(with_defaults(source));
        let defaults: Vec<_> =
            defaults.map(|(expr, param)| (expr, default_of(source, param))).collect();
        for (default, name) in &defaults {
            let value = self.expression(default)?;
            let value = self.closed(&value)?;
            self.assign(name, &value);
        }
        let known = self.session.inners.iter().position(|i| Rc::ptr_eq(&i.source, source));
        let number = known.unwrap_or_else(|| {
            let mut captured = source.free();
            captured.retain(|name| self.is_variable(name));
            captured.extend(defaults.into_iter().map(|(_, name)| name));
            let params = captured.iter().chain(&source.params).cloned().collect();
            let syntax = Rc::new(Function { params, ..Function::clone(source) });
            let (source, function) = (source.clone(), self.function);
            self.session.inners.push(Inner { source, syntax, captured, function });
            self.session.inners.len() - 1
        });
        Ok(super::expressions::thing(Thing::Inner(number)))
    }

    /// Calls a function within a function, with what it has captured or with what its variables are.
    pub(super) fn call_inner(
        &mut self,
        number: usize,
        captured: Option<Vec<Value>>,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let inner = &self.session.inners[number];
        let source = inner.source.clone();
        let callee = Callee { function: inner.function, inner: Some(number) };
        let given = self.given_to_inner(number, captured.as_deref(), args, keywords)?;
        let mut values = match captured {
            Some(values) => values,
            None => self.captured(number, &mut vec![number])?,
        };
        values.extend(given.into_iter().map(|(_, value)| value));
        if !source.nonlocals.is_empty() && (!self.tries.is_empty() || self.in_round) {
            return self.error(
                "a function that changes variables around it cannot be called here",
                Some("call it outside of try and prange, or return what it changes"),
            );
        }
        let made = self.call_routine(callee, &values, None)?;
        if source.nonlocals.is_empty() {
            return Ok(made);
        }
        let items = made.items().expect("a result beside new values");
        for (name, value) in source.nonlocals.iter().zip(&items[1..]) {
            self.assign(name, value);
        }
        Ok(items[0].clone())
    }

    /// The parameters of a function within a function with what a call gives them.
    pub(super) fn given_to_inner(
        &mut self,
        number: usize,
        captured: Option<&[Value]>,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Vec<(String, Value)>> {
        let inner = &self.session.inners[number];
        let (source, names) = (inner.source.clone(), inner.captured.clone());
        let own = (&source.name[..], &source.params[..], source.places);
        let (args, keywords) = self.given(args, keywords)?;
        let given = self.arguments(own, &args, &keywords, &mut |l, param| {
            let name = default_of(&source, param);
            match (captured, names.iter().position(|known| *known == name)) {
                (_, None) => Ok(None),
                (Some(values), Some(k)) => Ok(Some(values[k].clone())),
                (None, Some(_)) => l.variable(&name),
            }
        })?;
        Ok(source.params.iter().cloned().zip(given).collect())
    }

    /// What a function reads of the variables here; functions that are on the way to be captured
    /// are not captured again.
    fn captured(&mut self, number: usize, on_the_way: &mut Vec<usize>) -> Followed<Vec<Value>> {
        let names = self.session.inners[number].captured.clone();
        let mut values = Vec::with_capacity(names.len());
        for name in names {
            let Some(value) = self.variable(&name)? else {
                return self
                    .error(format!("'{name}' has no value here"), Some("give it one before"));
            };
            let itself = value.ty == Type::Thing(Thing::Inner(number));
            values.push(if itself { value } else { self.closed_on(&value, on_the_way)? });
        }
        Ok(values)
    }

    /// A value that can be passed on: functions within this one take along what they read.
    pub(super) fn closed(&mut self, value: &Value) -> Followed<Value> {
        self.closed_on(value, &mut Vec::new())
    }

    fn closed_on(&mut self, value: &Value, on_the_way: &mut Vec<usize>) -> Followed<Value> {
        match &value.ty {
            Type::Tuple(_) => {
                let items = value.items().unwrap_or_default();
                if !items.iter().any(|item| matches!(item.ty, Type::Thing(Thing::Inner(_)))) {
                    return Ok(value.clone());
                }
                let items = items.iter().map(|item| self.closed_on(item, on_the_way));
                Ok(tuple(&items.collect::<Followed<Vec<_>>>()?))
            }
            Type::Thing(Thing::Inner(number)) => {
                let (number, source) = (*number, self.session.inners[*number].source.clone());
                if on_the_way.contains(&number) {
                    return self.error(
                        "functions within a function that call each other are not compiled",
                        Some("make them compiled functions of their own"),
                    );
                }
                if !source.nonlocals.is_empty() {
                    return self.error(
                        "a function that changes variables around it cannot be passed on",
                        Some("call it where it stands, or return what it changes"),
                    );
                }
                on_the_way.push(number);
                let values = self.captured(number, on_the_way)?;
                on_the_way.pop();
                let made = tuple(&values);
                let types = values.into_iter().map(|value| value.ty).collect();
                Ok(Value::new(Type::Closure(number, types), made.parts))
            }
            _ => Ok(value.clone()),
        }
    }

    /// What a function returns: beside the value, what it has given to variables around it.
    pub(super) fn with_nonlocals(&mut self, value: &Value) -> Followed<Value> {
        let value = self.closed(value)?;
        let names = self.inner.map(|k| self.session.inners[k].source.nonlocals.clone());
        let names = names.unwrap_or_default();
        if names.is_empty() {
            return Ok(value);
        }
        let mut items = vec![value];
        for name in &names {
            items.extend(self.variable(name)?);
        }
        Ok(tuple(&items))
    }
}

impl super::session::Session<'_> {
    /// A function within a function, as it stands in the source.
    pub(super) fn source_of(&self, number: usize) -> Rc<Function> {
        self.inners[number].source.clone()
    }

    /// The names that it takes along from around it.
    pub(super) fn captured_by(&self, number: usize) -> Vec<String> {
        self.inners[number].captured.clone()
    }
}

/// The parameters that have defaults.
fn with_defaults(function: &Function) -> &[String] {
    let by_position = &function.params[..function.places.own];
    &by_position[by_position.len() - function.defaults.len()..]
}

/// The name of the variable that holds a default.
fn default_of(function: &Function, param: &str) -> String {
    let span = function.span;
    format!("default of {param} in line {} at {}", span.line, span.column)
}
