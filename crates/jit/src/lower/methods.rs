//! Methods of containers, and what statements do with them.

use super::cells::container;
use super::{Followed, Lowerer};
use crate::site::{Exception, Piece};
use crate::syntax::{BinaryOp, CompareOp, Expr, ExprKind};
use crate::types::{BOOL, ContainerKind, INT, Type};
use crate::value::Value;
use stook_kernel::Local;
use stook_types::DType;

impl Lowerer<'_, '_> {
    /// A call of a container's method.
    pub(super) fn container_method(
        &mut self,
        object: &Value,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        match container(object).kind {
            ContainerKind::List => self.list_method(object, name, args, keywords),
            ContainerKind::Dict | ContainerKind::Set if keywords.is_empty() => {
                self.table_method(object, name, args)
            }
            ContainerKind::Dict | ContainerKind::Set => self.unknown_method(object, name, args),
        }
    }

    pub(super) fn unknown_method<T>(
        &mut self,
        object: &Value,
        name: &str,
        args: &[Expr],
    ) -> Followed<T> {
        self.error(
            format!(
                "the method '{name}' of {} is not compiled with {} arguments",
                object.ty.describe(),
                args.len()
            ),
            Some("write it as a loop"),
        )
    }

    fn list_method(
        &mut self,
        list: &Value,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let none = Value::new(Type::None, Vec::new());
        if name == "sort" && args.is_empty() {
            self.sort(list, keywords)?;
            return Ok(none);
        }
        if !keywords.is_empty() {
            return self.unknown_method(list, name, args);
        }
        match (name, args) {
            ("append", [item]) => {
                let item = self.expression(item)?;
                self.append(list, &item)?;
                Ok(none)
            }
            ("extend", [items]) => self.extend(list, items).map(|()| none),
            ("insert", [index, item]) => {
                let (index, item) = (self.expression(index)?, self.expression(item)?);
                self.index(&index)?;
                self.session.change(&list.ty);
                let own = container(list).item.clone();
                if let Some(item) = self.as_item(&item, &own)? {
                    let index = self.converted(&index, &INT)?;
                    self.call_library("insert", &[list.clone(), index, item])?;
                }
                Ok(none)
            }
            ("pop", [] | [_]) => self.pop(list, args.first()),
            ("remove", [item]) => {
                let item = self.expression(item)?;
                self.session.change(&list.ty);
                let (start, text) = (self.int(0), "list.remove(x): x not in list");
                let Some(k) = self.find_in_list(list, &item, &start)? else {
                    return self.never(Exception::Value, text);
                };
                let missing = self.is_negative(k);
                self.refuse_if(missing, Exception::Value, text);
                self.cut_one(list, k)?;
                Ok(none)
            }
            ("index", [item] | [item, _]) => {
                let item = self.expression(item)?;
                let start = match args.get(1) {
                    Some(start) => self.expression(start)?,
                    None => self.int(0),
                };
                let start = self.converted(&start, &INT)?;
                let Some(k) = self.find_in_list(list, &item, &start)? else {
                    return self.never(Exception::Value, "the value is not in list");
                };
                let missing = self.is_negative(k);
                let told = self.told(&item);
                let (message, values) = self.session.says_not_in_list(told);
                self.fail_if(missing, Exception::Value, message, values);
                Ok(Value::new(INT, vec![k]))
            }
            ("count", [item]) => {
                let item = self.expression(item)?;
                match self.known_item(list)? {
                    Some(_) => self.call_library("count", &[list.clone(), item]),
                    None => Ok(self.int(0)),
                }
            }
            ("reverse", []) => {
                self.session.change(&list.ty);
                if self.known_item(list)?.is_some() {
                    self.call_library("reverse", std::slice::from_ref(list))?;
                }
                Ok(none)
            }
            ("copy", []) => {
                let made = self.new_container(list.ty.clone());
                self.extend_by(&made, list)?;
                Ok(made)
            }
            ("clear", []) => {
                self.session.change(&list.ty);
                let length = self.items_in(list);
                self.shorten(list, length)?;
                Ok(none)
            }
            _ => self.unknown_method(list, name, args),
        }
    }

    /// A value as a part of a message, and what it is made of.
    pub(super) fn told(&mut self, value: &Value) -> (Piece, Vec<Local>) {
        let value = &self.kept(value);
        let mut is_told = value.parts.len() <= stook_kernel::FAILURE_VALUES;
        let is_plain = |ty: &Type| matches!(ty, Type::Number { .. } | Type::Tuple(_) | Type::Text);
        value.ty.visit(&mut |ty| is_told &= is_plain(ty));
        if is_told {
            return (Piece::Object(value.ty.clone()), value.parts.clone());
        }
        (Piece::Text("the value".to_owned()), Vec::new())
    }

    fn cut_one(&mut self, list: &Value, k: Local) -> Followed<()> {
        let (k, one) = (Value::new(INT, vec![k]), self.int(1));
        self.call_library("cut", &[list.clone(), k, one]).map(|_| ())
    }

    /// `l.pop()` and `l.pop(i)`.
    fn pop(&mut self, list: &Value, index: Option<&Expr>) -> Followed<Value> {
        self.session.change(&list.ty);
        let index = index.map(|index| self.expression(index)).transpose()?;
        if self.known_item(list)?.is_none() {
            return self.never(Exception::Index, "pop from empty list");
        }
        let length = self.items_in(list);
        let none = self.compute_one(&[length], |f, v| {
            let zero = f.int(DType::I64, 0);
            f.eq(v[0], zero)
        });
        self.refuse_if(none, Exception::Index, "pop from empty list");
        let Some(index) = index else {
            let last = self.compute_one(&[length], |f, v| {
                let one = f.int(DType::I64, 1);
                f.sub(v[0], one)
            });
            let item = self.list_cell(list, last);
            // The list's own hold goes over to this statement.
            self.set_items_in(list, last);
            self.hold_result(&item.ty, &item.parts);
            return Ok(item);
        };
        let k = self.list_place(list, &index, "pop index out of range")?;
        let item = self.list_cell(list, k);
        self.hold(&item);
        self.cut_one(list, k)?;
        Ok(item)
    }

    /// `l.extend(items)` and `l += items`.
    pub(super) fn extend(&mut self, list: &Value, items: &Expr) -> Followed<()> {
        let is_display = matches!(items.kind, ExprKind::Comprehension(_));
        if !is_display && let super::walks::Walk::List(other) = self.any_walk(items)? {
            return self.extend_by(list, &other);
        }
        self.items_of(items, None, &mut |l, item| l.append(list, item))
    }

    /// `container op= value`.
    pub(super) fn augment(&mut self, own: &Value, op: BinaryOp, value: &Expr) -> Followed<()> {
        match (container(own).kind, op) {
            (ContainerKind::List, BinaryOp::Add) => self.extend(own, value),
            (ContainerKind::List, BinaryOp::Mult) => {
                let times = self.expression(value)?;
                let times = Value::new(INT, vec![self.index(&times)?]);
                self.session.change(&own.ty);
                if self.known_item(own)?.is_some() {
                    self.call_library("repeat_itself", &[own.clone(), times])?;
                }
                Ok(())
            }
            (ContainerKind::Dict | ContainerKind::Set, _) => self.augment_table(own, op, value),
            _ => self.error(
                format!("'{}=' of {} is not compiled", op.ufunc().0, own.ty.describe()),
                None,
            ),
        }
    }

    /// `del x[i]`.
    pub(super) fn delete(&mut self, target: &Expr) -> Followed<()> {
        self.go(target.span);
        let ExprKind::Subscript { value, index } = &target.kind else {
            return self.error("'del' is compiled for items of containers only", None);
        };
        let value = self.expression(value)?;
        match value.ty.container().map(|container| container.kind) {
            Some(ContainerKind::List) => self.delete_list_item(&value, index),
            Some(ContainerKind::Dict) => self.delete_key(&value, index),
            _ => self.error(
                format!("items of {} cannot be deleted", value.ty.describe()),
                Some("those of lists and dicts can"),
            ),
        }
    }

    /// What stands at an index of a container.
    pub(super) fn container_item(&mut self, value: &Value, index: &Expr) -> Followed<Value> {
        match container(value).kind {
            ContainerKind::List => self.list_item(value, index),
            ContainerKind::Dict => self.dict_item(value, index),
            _ => self.error(format!("{} cannot be indexed", value.ty.describe()), None),
        }
    }

    /// Writes what stands at an index of a container.
    pub(super) fn set_container_item(
        &mut self,
        target: &Value,
        index: &Expr,
        value: &Value,
    ) -> Followed<()> {
        match container(target).kind {
            ContainerKind::List => self.set_list_item(target, index, value),
            ContainerKind::Dict => {
                let key = self.expression(index)?;
                self.store_item(target, &key, value)
            }
            _ => self.error(format!("items of {} cannot be assigned", target.ty.describe()), None),
        }
    }

    /// `value in container`.
    pub(super) fn is_in(&mut self, value: &Value, object: &Value) -> Followed<Value> {
        if container(object).kind != ContainerKind::List {
            return self.is_key(value, object);
        }
        let start = self.int(0);
        match self.find_in_list(object, value, &start)? {
            None => Ok(self.as_value(super::control::Truth::Known(false))),
            Some(k) => {
                let missing = self.is_negative(k);
                let part = self.compute_one(&[missing], |f, v| f.not(v[0]));
                Ok(Value::new(BOOL, vec![part]))
            }
        }
    }

    /// An operator on containers; nothing if none is an operand.
    pub(super) fn container_operator(
        &mut self,
        op: BinaryOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        match self.list_operator(op, a, b)? {
            Some(made) => Ok(Some(made)),
            None => self.table_operator(op, a, b),
        }
    }

    /// A comparison of containers; nothing if they are others.
    pub(super) fn compare_containers(
        &mut self,
        op: CompareOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        match self.compare_lists(op, a, b)? {
            Some(made) => Ok(Some(made)),
            None => self.compare_tables(op, a, b),
        }
    }
}
