//! Functions of Python's that take any iterable: `list`, `sorted`, `sum`, `min`, `max`, `any`, `all`.

use super::walks::Walk;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::site::Exception;
use crate::syntax::{Collected, CompareOp, Expr, ExprKind, Function, Places, Stmt, StmtKind};
use crate::types::{BOOL, ContainerKind, Type};
use crate::value::Value;
use std::rc::Rc;
use stook_kernel::{Local, Step, Type as Part};
use stook_types::DType;

/// What is done with an item.
pub(super) type Each<'e> = dyn FnMut(&mut Lowerer<'_, '_>, &Value) -> Followed<()> + 'e;

impl Lowerer<'_, '_> {
    /// A call of such a function; nothing if it is none, or one of several numbers.
    pub(super) fn call_on_iterable(
        &mut self,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Option<Value>> {
        let made = match (name, args, keywords) {
            ("list", [], []) => Ok(self.unknown_list()),
            ("list", [iter], []) => self.list_of(iter),
            ("dict", [] | [_], []) => self.table_of(ContainerKind::Dict, args.first()),
            ("set", [] | [_], []) => self.table_of(ContainerKind::Set, args.first()),
            ("sorted", [iter], _) => {
                let list = self.list_of(iter)?;
                self.sort(&list, keywords)?;
                Ok(list)
            }
            ("sum", [iter], []) => {
                let start = self.int(0);
                self.sum_of(iter, &start)
            }
            ("sum", [iter, start], []) | ("sum", [iter], [(_, start)]) => {
                let start = self.expression(start)?;
                self.sum_of(iter, &start)
            }
            ("any" | "all", [iter], []) => self.any_of(iter, name == "any"),
            ("min" | "max", [iter], []) => self.best_of(iter, name == "max"),
            ("min" | "max", [_, ..], [_, ..]) => self.best_with(args, name == "max", keywords),
            _ => return Ok(None),
        };
        made.map(Some)
    }

    /// A new list of an iterable's items.
    pub(super) fn list_of(&mut self, iter: &Expr) -> Followed<Value> {
        if makes_list(iter) {
            return self.expression(iter);
        }
        let walk = self.any_walk(iter)?;
        if let Walk::List(list) = &walk {
            let made = self.new_container(list.ty.clone());
            self.extend_by(&made, list)?;
            return Ok(made);
        }
        self.listed(walk)
    }

    /// A list of what a walk has.
    fn listed(&mut self, walk: Walk) -> Followed<Value> {
        if let Walk::List(list) = walk {
            return Ok(list);
        }
        let list = self.unknown_list();
        self.each(walk, None, &mut |l, item| l.append(&list, item))?;
        self.settled(list)
    }

    /// A list of what a value has, or the list that it is.
    pub(super) fn listed_value(&mut self, value: &Value) -> Followed<Value> {
        if super::lists::list_type(value).is_some() {
            return Ok(value.clone());
        }
        let name = self.hidden("items");
        self.assign(&name, value);
        let iter = Expr { kind: ExprKind::Name(name.clone()), span: self.at };
        let walk = self.any_walk(&iter)?;
        let list = self.listed(walk)?;
        self.taken(&name)?;
        Ok(list)
    }

    /// The name of a variable of our own at the place at hand, which no source can have.
    pub(super) fn hidden(&self, what: &str) -> String {
        format!("{what} at {}.{}", self.at.line, self.at.column)
    }

    /// The value of a hidden variable, which is gone.
    pub(super) fn taken(&mut self, name: &str) -> Followed<Value> {
        let value = self.variable(name)?;
        let value = value.expect("it was given a value");
        if let Some(env) = &mut self.env {
            env.remove(name);
        }
        Ok(self.copied(&value))
    }

    /// Whether any item is true, or all are.
    fn any_of(&mut self, iter: &Expr, any: bool) -> Followed<Value> {
        let found = self.local(Part::Scalar(DType::Bool));
        let no = self.compute_one(&[], |f, _| f.bits(DType::Bool, 0));
        self.emit(Step::Move { from: no, into: found });
        self.items_of(iter, Some(found), &mut |l, item| {
            let truth = l.truth(item)?;
            let holds = l.as_value(truth).parts[0];
            let ends = if any { holds } else { l.compute_one(&[holds], |f, v| f.not(v[0])) };
            l.emit(Step::Move { from: ends, into: found });
            Ok(())
        })?;
        let part = self.compute_one(&[found], |f, v| if any { v[0] } else { f.not(v[0]) });
        Ok(Value::new(BOOL, vec![part]))
    }

    /// The first of the least or greatest items.
    fn best_of(&mut self, iter: &Expr, greatest: bool) -> Followed<Value> {
        let list = if makes_list(iter) {
            self.expression(iter)?
        } else {
            match self.walk(iter)? {
                Err(items) => return self.extreme(greatest, &[crate::value::tuple(&items)]),
                Ok(walk) => self.listed(walk)?,
            }
        };
        self.best_in(list, greatest)
    }

    /// The same of a list.
    fn best_in(&mut self, list: Value, greatest: bool) -> Followed<Value> {
        let name = if greatest { "max" } else { "min" };
        self.refuse_nothing(&list, name)?;
        let zero = self.size(0);
        let first = self.list_cell(&list, zero);
        if first.ty != Type::Text && !super::owners::owners(&first.ty, &first.parts).is_empty() {
            self.refuse_unordered(&list)?;
            return self.best_by(&list, &list, greatest);
        }
        let best = self.hidden(name);
        self.assign(&best, &first);
        let op = if greatest { CompareOp::Gt } else { CompareOp::Lt };
        self.each(Walk::List(list), None, &mut |l, item| {
            let Some(own) = l.variable(&best)? else { return Ok(()) };
            let better = l.compare(op, item, &own)?;
            let new = l.choose(better.parts[0], |_| Ok(item.clone()), |_| Ok(own))?;
            l.assign(&best, &new);
            Ok(())
        })?;
        self.taken(&best)
    }

    /// `min` and `max` refuse lists of nothing.
    fn refuse_nothing(&mut self, list: &Value, name: &str) -> Followed<()> {
        let empty = self.session.says_empty(name);
        if self.known_item(list)?.is_none() {
            return self.never(Exception::Value, &empty);
        }
        let length = self.items_in(list);
        let none = self.compute_one(&[length], |f, v| {
            let zero = f.int(DType::I64, 0);
            f.eq(v[0], zero)
        });
        self.refuse_if(none, Exception::Value, &empty);
        Ok(())
    }

    /// The same with `key` and `default`.
    fn best_with(
        &mut self,
        args: &[Expr],
        greatest: bool,
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let list = match args {
            [iter] => self.list_of(iter)?,
            several => {
                let items = several.iter().map(|item| self.expression(item));
                let items = items.collect::<Followed<Vec<_>>>()?;
                self.list_with(&items)?
            }
        };
        let (mut key, mut default) = (Value::new(Type::None, Vec::new()), None);
        for (keyword, value) in keywords {
            if keyword == "key" {
                key = self.key_function(value)?;
                continue;
            }
            let value = self.perhaps(value)?;
            match keyword.as_str() {
                "default" if args.len() == 1 => default = Some(value),
                _ => {
                    let text = format!("the keyword '{keyword}' is not compiled here");
                    return self.error(text, Some("min and max take key, and default of one list"));
                }
            }
        }
        let best = |l: &mut Self| match key.ty {
            Type::None => l.best_in(list.clone(), greatest),
            _ => {
                l.refuse_nothing(&list, if greatest { "max" } else { "min" })?;
                let keys = l.keys_of(&list, &key)?;
                l.best_by(&list, &keys, greatest)
            }
        };
        let Some(default) = default else { return best(self) };
        if self.known_item(&list)?.is_none() {
            return Ok(default);
        }
        let length = self.items_in(&list);
        let some = self.compute_one(&[length], |f, v| {
            let zero = f.int(DType::I64, 0);
            f.ne(v[0], zero)
        });
        let made = self.choose(some, best, |_| Ok(default))?;
        self.hold(&made);
        Ok(made)
    }

    /// The first item of a list whose key, at its place in another, is the least or the greatest.
    fn best_by(&mut self, list: &Value, keys: &Value, greatest: bool) -> Followed<Value> {
        let greatest = self.as_value(super::control::Truth::Known(greatest));
        let place = self.call_library("best_place", &[keys.clone(), greatest])?;
        let item = self.list_cell(list, place.parts[0]);
        self.hold(&item);
        Ok(item)
    }

    /// A function that is passed as a key. A method of a value, or of `str`, becomes a lambda that
    /// calls it.
    fn key_function(&mut self, expr: &Expr) -> Followed<Value> {
        let ExprKind::Attribute { value, name } = &expr.kind else { return self.perhaps(expr) };
        if !value.is_only_read() {
            return self.perhaps(expr);
        }
        let object = self.expression(value)?.ty;
        let is_str =
            matches!(&object, Type::Thing(Thing::Known { name, .. }) if name == "builtins.str");
        let is_method = object.container().is_some()
            || object.is_text()
            || object.class().is_some_and(|(class, _)| class.position(name).is_none());
        if !is_str && !is_method {
            return self.perhaps(expr);
        }
        let key = (self.function, expr.span);
        let known = self.session.methods.get(&key).cloned();
        let function = known.unwrap_or_else(|| {
            let span = expr.span;
            let made = |kind| Expr { kind, span };
            let item = made(ExprKind::Name("item of a key".to_owned()));
            let (of, args) =
                if is_str { (item, Vec::new()) } else { ((**value).clone(), vec![item]) };
            let method = ExprKind::Attribute { value: Box::new(of), name: name.clone() };
            let (function, keywords) = (Box::new(made(method)), Vec::new());
            let call = made(ExprKind::Call { function, args, keywords });
            let params = vec!["item of a key".to_owned()];
            let body = vec![Stmt { kind: StmtKind::Return(Some(call)), span }];
            let (name, places) = (format!("key {name}"), Places::all(&params));
            let made = Function { name, params, places, body, span, ..Function::default() };
            let made = Rc::new(made);
            self.session.methods.insert(key, made.clone());
            made
        });
        self.inner_function(&function)
    }

    /// What a function makes of a list's items, which has an order; the items themselves for None.
    fn keys_of(&mut self, list: &Value, key: &Value) -> Followed<Value> {
        let keys = match key.ty {
            Type::None => list.clone(),
            _ => {
                let key = self.closed(key)?;
                self.call_library("keys_of", &[list.clone(), key])?
            }
        };
        self.refuse_unordered(&keys)?;
        Ok(keys)
    }

    fn refuse_unordered(&mut self, list: &Value) -> Followed<()> {
        let item = match list.ty.container() {
            Some(_) => self.known_item(list)?,
            None => Some(list.ty.clone()),
        };
        match item {
            Some(item) if !super::operators::is_ordered(&item) => {
                let text = format!("a list of {} is not sorted", item.describe());
                self.error(text, Some("sort numbers and tuples of them"))
            }
            _ => Ok(()),
        }
    }

    /// Sorts a list in place.
    pub(super) fn sort(&mut self, list: &Value, keywords: &[(String, Expr)]) -> Followed<()> {
        let mut reverse = self.as_value(super::control::Truth::Known(false));
        let mut key = Value::new(Type::None, Vec::new());
        for (keyword, value) in keywords {
            if keyword == "key" {
                key = self.key_function(value)?;
                continue;
            }
            let value = self.perhaps(value)?;
            match keyword.as_str() {
                "reverse" => {
                    let truth = self.truth(&value)?;
                    reverse = self.as_value(truth);
                }
                _ => return self.error(format!("sort has no keyword '{keyword}'"), None),
            }
        }
        self.session.change(&list.ty);
        if self.known_item(list)?.is_none() {
            return Ok(());
        }
        let keys = self.keys_of(list, &key)?;
        match key.ty {
            Type::None => self.call_library("sort", &[keys, reverse])?,
            _ => self.call_library("sort_by", &[list.clone(), keys, reverse])?,
        };
        Ok(())
    }

    // -- the library ------------------------------------------------------------------------

    /// Calls a function of the library that comes with the compiler.
    pub(super) fn call_library(&mut self, name: &str, values: &[Value]) -> Followed<Value> {
        let values: Vec<Value> = values.iter().map(|value| self.kept(value)).collect();
        values.first().into_iter().for_each(|value| self.tell_call(value));
        let number = self.session.library(name);
        let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
        let (routine, ty) = self.session.routine(number.into(), &types, None, self.at)?;
        let into = self.new_parts(&ty);
        let args: Vec<Local> = values.iter().flat_map(|v| v.parts.iter().copied()).collect();
        self.emit(Step::Call { routine, args, into: into.clone() });
        self.hold_result(&ty, &into);
        Ok(Value::new(ty, into))
    }

    /// What only the library calls: the parts of lists' operations that Python cannot say.
    pub(super) fn call_primitive(&mut self, name: &str, values: &[Value]) -> Followed<Value> {
        if let Some(made) = self.table_primitive(name, values)? {
            return Ok(made);
        }
        if let Some(made) = self.text_primitive(name, values)? {
            return Ok(made);
        }
        match (name, values) {
            ("lengthen", [list, by]) => {
                self.session.change(&list.ty);
                let (length, by) = (self.items_in(list), self.index(by)?);
                let more = self.compute_one(&[length, by], |f, v| f.add(v[0], v[1]));
                self.reserve(list, more)?;
                self.set_items_in(list, more);
                Ok(Value::new(crate::types::INT, vec![length]))
            }
            ("place", [list, k, item]) => {
                let own = super::cells::container(list).item.clone();
                let k = self.index(k)?;
                if let Some(item) = self.as_item(item, &own)? {
                    self.retain(&item.ty, &item.parts);
                    self.set_list_cell(list, k, &item);
                }
                Ok(Value::new(Type::None, Vec::new()))
            }
            ("shorten", [list, by]) => {
                self.session.change(&list.ty);
                let by = self.index(by)?;
                self.shorten(list, by)?;
                Ok(Value::new(Type::None, Vec::new()))
            }
            _ => self.error(format!("{name} is no primitive of the library"), None),
        }
    }
}

/// Whether an expression is a comprehension that makes a new list.
fn makes_list(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Comprehension(made)
        if matches!(made.kind, Collected::List | Collected::Generator))
}
