//! Dicts and sets: displays, items, methods, operators.
//!
//! Both are tables: cells in the order in which keys came, and slots that lead to them by the keys'
//! hash codes. What is done with them is written in the library; here are its steps.

use super::cells::container;
use super::control::Truth;
use super::walks::Walk;
use super::{Followed, Lowerer, Stop};
use crate::memory::MIX;
use crate::site::Exception;
use crate::syntax::{BinaryOp, CompareOp, Expr, ExprKind};
use crate::types::{BOOL, Container, ContainerKind, INT, Type};
use crate::value::{Value, tuple};
use stook_kernel::{Local, Step};
use stook_types::DType;

/// What a walk over a dict gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Keys,
    Values,
    Items,
}

impl Part {
    /// By the name of a dict's method.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "keys" => Some(Self::Keys),
            "values" => Some(Self::Values),
            "items" => Some(Self::Items),
            _ => None,
        }
    }
}

fn none() -> Value {
    Value::new(Type::None, Vec::new())
}

impl Lowerer<'_, '_> {
    // -- new ones ---------------------------------------------------------------------------

    /// A new dict or set whose items are known once something is put into it.
    pub(super) fn unknown_table(&mut self, kind: ContainerKind) -> Value {
        self.unknown_container(kind, 0)
    }

    /// A new container whose items are known once something is put into it, by a number that tells
    /// it from others at the same place.
    pub(super) fn unknown_container(&mut self, kind: ContainerKind, which: usize) -> Value {
        let item = self.session.unknown_at(self.routine, self.at, which);
        let value = match kind {
            ContainerKind::Dict => self.session.unknown_at(self.routine, self.at, which + 1),
            _ => Type::None,
        };
        self.new_container(Type::Container(Box::new(Container { kind, item, value })))
    }

    /// `{key: value}`.
    pub(super) fn dict_display(&mut self, pairs: &[(Expr, Expr)]) -> Followed<Value> {
        if pairs.iter().any(|(key, _)| key.is_starred()) {
            let made = self.unknown_table(ContainerKind::Dict);
            for (key, value) in pairs {
                match &key.kind {
                    ExprKind::Starred(other) => self.update_by_dict(&made, other)?,
                    _ => {
                        let (key, value) = (self.expression(key)?, self.expression(value)?);
                        self.store_item(&made, &key, &value)?;
                    }
                }
            }
            return self.settled(made);
        }
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for (key, value) in pairs {
            keys.push(self.expression(key)?);
            values.push(self.expression(value)?);
        }
        let (Some(item), Some(value)) = (self.common_type(&keys)?, self.common_type(&values)?)
        else {
            return Ok(self.unknown_table(ContainerKind::Dict));
        };
        let kind = ContainerKind::Dict;
        let made = self.new_container(Type::Container(Box::new(Container { kind, item, value })));
        for (key, value) in keys.iter().zip(&values) {
            self.store_item(&made, key, value)?;
        }
        Ok(made)
    }

    /// `{a, b}`.
    pub(super) fn set_display(&mut self, items: &[Expr]) -> Followed<Value> {
        if items.iter().any(Expr::is_starred) {
            let made = self.unknown_table(ContainerKind::Set);
            for item in items {
                match &item.kind {
                    ExprKind::Starred(other) => self.update(&made, other)?,
                    _ => {
                        let item = self.expression(item)?;
                        self.store_item(&made, &item, &none())?;
                    }
                }
            }
            return self.settled(made);
        }
        let items = items.iter().map(|item| self.expression(item)).collect::<Followed<Vec<_>>>()?;
        let Some(item) = self.common_type(&items)? else {
            return Ok(self.unknown_table(ContainerKind::Set));
        };
        let (kind, value) = (ContainerKind::Set, Type::None);
        let made = self.new_container(Type::Container(Box::new(Container { kind, item, value })));
        items.iter().try_for_each(|item| self.store_item(&made, item, &none()))?;
        Ok(made)
    }

    /// `dict(...)` and `set(...)`.
    pub(super) fn table_of(&mut self, kind: ContainerKind, iter: Option<&Expr>) -> Followed<Value> {
        let made = self.unknown_table(kind);
        if let Some(iter) = iter {
            self.update(&made, iter)?;
        }
        self.settled(made)
    }

    // -- keys -------------------------------------------------------------------------------

    /// Sees to it that keys of a type have hash codes.
    fn hashable(&mut self, key: &Type) -> Followed<()> {
        let mut all = true;
        key.visit(&mut |ty| {
            all &= match ty {
                Type::Number { .. } | Type::Tuple(_) | Type::Text | Type::Unknown(_) => true,
                Type::Thing(_) => ty.is_text(),
                Type::Record(class, _) => class.is_compared_by_fields(),
                _ => false,
            };
        });
        if all {
            return Ok(());
        }
        self.error(
            format!("{} as a key", key.describe()),
            Some(
                "numbers, strings, tuples, named tuples and frozen dataclasses of them can be keys",
            ),
        )
    }

    /// A value that is looked for among keys; nothing if there are none as far as is known.
    fn as_key(&mut self, table: &Value, key: &Value) -> Followed<Option<Value>> {
        self.hashable(&key.ty)?;
        match self.known_item(table)? {
            Some(item) => self.as_item(key, &item),
            None => Ok(None),
        }
    }

    /// The place of a key among the cells, or -1; nothing if there are none as far as is known.
    fn find_key(&mut self, table: &Value, key: &Value) -> Followed<Option<Value>> {
        let Some(key) = self.as_key(table, key)? else { return Ok(None) };
        self.call_library("find_key", &[table.clone(), key]).map(Some)
    }

    /// A key's value; another where the key is missing.
    fn value_or(&mut self, table: &Value, key: &Value, otherwise: Value) -> Followed<Value> {
        let Some(place) = self.find_key(table, key)? else { return Ok(otherwise) };
        let there = self.key_there(&place);
        let value = |l: &mut Self| Ok(l.table_value(table, place.parts[0]));
        let made = self.choose(there, value, |_| Ok(otherwise))?;
        self.hold(&made);
        Ok(made)
    }

    /// The place of a key that has to be there.
    fn found_key(&mut self, table: &Value, key: &Value) -> Followed<Value> {
        let (piece, values) = self.told(key);
        let Some(k) = self.find_key(table, key)? else {
            let step = self.failure(Exception::Key, vec![piece], values);
            return Err(Stop::Never(Box::new(step)));
        };
        let missing = self.is_negative(k.parts[0]);
        self.fail_if(missing, Exception::Key, vec![piece], values);
        Ok(k)
    }

    fn key_there(&mut self, place: &Value) -> Local {
        let missing = self.is_negative(place.parts[0]);
        self.compute_one(&[missing], |f, v| f.not(v[0]))
    }

    // -- items ------------------------------------------------------------------------------

    /// `d[key]`.
    pub(super) fn dict_item(&mut self, dict: &Value, key: &Expr) -> Followed<Value> {
        let key = self.expression(key)?;
        let place = self.found_key(dict, &key)?;
        let value = self.table_value(dict, place.parts[0]);
        self.hold(&value);
        Ok(value)
    }

    /// `d[key] = value`, and `s.add(key)` with None as the value.
    pub(super) fn store_item(&mut self, table: &Value, key: &Value, value: &Value) -> Followed<()> {
        self.session.change(&table.ty);
        self.hashable(&key.ty)?;
        let own = container(table).clone();
        let (key, value) = (self.as_item(key, &own.item)?, self.as_item(value, &own.value)?);
        if let (Some(key), Some(value)) = (key, value) {
            self.call_library("store", &[table.clone(), key, value])?;
        }
        Ok(())
    }

    /// `del d[key]` and `s.remove(key)`.
    pub(super) fn delete_key(&mut self, table: &Value, key: &Expr) -> Followed<()> {
        self.session.change(&table.ty);
        let key = self.expression(key)?;
        let place = self.found_key(table, &key)?;
        self.drop_cell(table, place.parts[0]);
        Ok(())
    }

    /// `key in table`.
    pub(super) fn is_key(&mut self, key: &Value, table: &Value) -> Followed<Value> {
        match self.find_key(table, key)? {
            Some(place) => Ok(Value::new(BOOL, vec![self.key_there(&place)])),
            None => Ok(self.as_value(Truth::Known(false))),
        }
    }

    // -- methods ----------------------------------------------------------------------------

    /// A method of a dict or set.
    pub(super) fn table_method(
        &mut self,
        table: &Value,
        name: &str,
        args: &[Expr],
    ) -> Followed<Value> {
        let is_dict = container(table).kind == ContainerKind::Dict;
        match (name, args) {
            ("clear", []) => {
                self.session.change(&table.ty);
                if self.known_item(table)?.is_some() {
                    self.call_library("clear", std::slice::from_ref(table))?;
                }
                Ok(none())
            }
            ("copy", []) => self.copied_table(table),
            ("update", [other]) => self.update(table, other).map(|()| none()),
            ("get", [key, default]) if is_dict => {
                let (key, default) = (self.expression(key)?, self.perhaps(default)?);
                self.value_or(table, &key, default)
            }
            ("get", [key]) if is_dict => {
                let key = self.expression(key)?;
                let none = Value::new(Type::None, Vec::new());
                self.value_or(table, &key, none)
            }
            ("setdefault", [key, default]) if is_dict => {
                let (key, default) = (self.expression(key)?, self.expression(default)?);
                self.session.change(&table.ty);
                let own = container(table).clone();
                self.hashable(&key.ty)?;
                let (key, value) =
                    (self.as_item(&key, &own.item)?, self.as_item(&default, &own.value)?);
                let (Some(key), Some(value)) = (key, value) else { return Ok(default) };
                let place = self.call_library("ensure", &[table.clone(), key, value])?;
                let value = self.table_value(table, place.parts[0]);
                self.hold(&value);
                Ok(value)
            }
            ("pop", [key]) if is_dict => {
                let key = self.expression(key)?;
                self.session.change(&table.ty);
                let place = self.found_key(table, &key)?;
                let value = self.table_value(table, place.parts[0]);
                self.hold(&value);
                self.drop_cell(table, place.parts[0]);
                Ok(value)
            }
            ("pop", [key, default]) if is_dict => {
                let (key, default) = (self.expression(key)?, self.expression(default)?);
                self.session.change(&table.ty);
                let Some(place) = self.find_key(table, &key)? else { return Ok(default) };
                let there = self.key_there(&place);
                let made = self.choose(
                    there,
                    |l| Ok(l.table_value(table, place.parts[0])),
                    |_| Ok(default),
                )?;
                self.hold(&made);
                self.call_library("discard", &[table.clone(), place])?;
                Ok(made)
            }
            ("pop" | "popitem", []) => self.pop_last(table, is_dict == (name == "popitem")),
            ("add", [key]) if !is_dict => {
                let key = self.expression(key)?;
                self.store_item(table, &key, &none()).map(|()| none())
            }
            ("remove", [key]) if !is_dict => self.delete_key(table, key).map(|()| none()),
            ("discard", [key]) if !is_dict => {
                let key = self.expression(key)?;
                self.session.change(&table.ty);
                if let Some(place) = self.find_key(table, &key)? {
                    self.call_library("discard", &[table.clone(), place])?;
                }
                Ok(none())
            }
            ("keys" | "values" | "items", []) if is_dict => {
                let part = Part::of(name).unwrap_or(Part::Keys);
                self.listed_table(table, part)
            }
            _ if !is_dict => self.set_method(table, name, args),
            _ => self.unknown_method(table, name, args),
        }
    }

    /// `d.popitem()` and `s.pop()`: the item that came last.
    fn pop_last(&mut self, table: &Value, fits: bool) -> Followed<Value> {
        let is_dict = container(table).kind == ContainerKind::Dict;
        if !fits {
            return self.unknown_method(table, "pop", &[]);
        }
        self.session.change(&table.ty);
        let text = if is_dict { "popitem(): dictionary is empty" } else { "pop from an empty set" };
        if self.known_item(table)?.is_none() {
            return self.never(Exception::Key, text);
        }
        let place = self.call_library("last", std::slice::from_ref(table))?;
        let missing = self.is_negative(place.parts[0]);
        self.refuse_if(missing, Exception::Key, text);
        let key = self.table_key(table, place.parts[0]);
        let made = match is_dict {
            true => {
                let value = self.table_value(table, place.parts[0]);
                tuple(&[key, value])
            }
            false => key,
        };
        self.hold(&made);
        self.drop_cell(table, place.parts[0]);
        Ok(made)
    }

    fn copied_table(&mut self, table: &Value) -> Followed<Value> {
        let made = self.new_container(table.ty.clone());
        if self.known_item(table)?.is_some() {
            self.call_library("merge_tables", &[made.clone(), table.clone()])?;
        }
        Ok(made)
    }

    /// Adds the items of an iterable: pairs to a dict.
    pub(super) fn update(&mut self, table: &Value, other: &Expr) -> Followed<()> {
        self.session.change(&table.ty);
        let is_dict = container(table).kind == ContainerKind::Dict;
        if let ExprKind::Comprehension(_) = other.kind {
            return self.items_of(other, None, &mut |l, item| l.put_item(table, item));
        }
        let walk = match self.any_walk(other)? {
            // Over a dict, a dict takes its items.
            Walk::Table(other, Part::Keys, count)
                if is_dict && container(&other).kind == ContainerKind::Dict =>
            {
                Walk::Table(other, Part::Items, count)
            }
            walk => walk,
        };
        self.each(walk, None, &mut |l, item| l.put_item(table, item))
    }

    /// Adds the items of a dict.
    fn update_by_dict(&mut self, table: &Value, other: &Expr) -> Followed<()> {
        let ty = self.expression(other)?.ty;
        if !ty.container().is_some_and(|container| container.kind == ContainerKind::Dict) {
            let text = format!("{} is not unpacked by **", ty.describe());
            return self.error(text, Some("unpack dicts"));
        }
        self.update(table, other)
    }

    /// Adds an item of an iterable.
    fn put_item(&mut self, table: &Value, item: &Value) -> Followed<()> {
        if container(table).kind == ContainerKind::Set {
            return self.store_item(table, item, &none());
        }
        match item.items().as_deref() {
            Some([key, value]) => self.store_item(table, key, value),
            _ => self.error("a dict is made of a dict, or of pairs", None),
        }
    }

    /// A list of what a walk over a dict or set gives.
    pub(super) fn listed_table(&mut self, table: &Value, part: Part) -> Followed<Value> {
        let list = self.unknown_list();
        let walk = self.table_walk(table, part);
        self.each(walk, None, &mut |l, item| l.append(&list, item))?;
        self.settled(list)
    }

    /// A walk over a table, which may not change its size meanwhile.
    pub(super) fn table_walk(&mut self, table: &Value, part: Part) -> Walk {
        let own = self.copied(table);
        self.hold(&own);
        let count = self.items_in(&own);
        Walk::Table(own, part, count)
    }

    // -- sets -------------------------------------------------------------------------------

    fn set_method(&mut self, set: &Value, name: &str, args: &[Expr]) -> Followed<Value> {
        let [other] = args else { return self.unknown_method(set, name, args) };
        let other = match &other.kind {
            ExprKind::Comprehension(_) => self.table_of(ContainerKind::Set, Some(other))?,
            _ => {
                let value = self.expression(other)?;
                match set_type(&value) {
                    Some(_) => value,
                    None => self.table_of(ContainerKind::Set, Some(other))?,
                }
            }
        };
        let op = match name {
            "union" => BinaryOp::BitOr,
            "intersection" => BinaryOp::BitAnd,
            "difference" => BinaryOp::Sub,
            "symmetric_difference" => BinaryOp::BitXor,
            "issubset" => return self.is_within(set, &other),
            "issuperset" => return self.is_within(&other, set),
            "isdisjoint" => {
                let both = self.joined_sets(BinaryOp::BitAnd, set, &other)?;
                let truth = self.truth(&both)?;
                let some = self.as_value(truth);
                return Ok(self.opposite(&some));
            }
            _ => return self.unknown_method(set, name, args),
        };
        self.joined_sets(op, set, &other)
    }

    /// `|`, `&`, `-` and `^` of sets, and `|` of dicts; nothing if the operands are others.
    pub(super) fn table_operator(
        &mut self,
        op: BinaryOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        let kinds = [a, b].map(|value| value.ty.container().map(|container| container.kind));
        match (kinds, op) {
            ([Some(ContainerKind::Dict), Some(ContainerKind::Dict)], BinaryOp::BitOr)
            | (
                [Some(ContainerKind::Set), Some(ContainerKind::Set)],
                BinaryOp::BitOr | BinaryOp::BitAnd | BinaryOp::Sub | BinaryOp::BitXor,
            ) => self.joined_sets(op, a, b).map(Some),
            _ => Ok(None),
        }
    }

    fn joined_sets(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Followed<Value> {
        let Some(ty) = a.ty.join(&b.ty) else {
            let text = format!("{} {} {}", a.ty.describe(), op.ufunc().0, b.ty.describe());
            return self.error(text, Some("let both have items of one type"));
        };
        let made = self.new_container(ty);
        let known = [self.known_item(a)?.is_some(), self.known_item(b)?.is_some()];
        let all = |value: &Value| [made.clone(), value.clone()];
        let both = [made.clone(), a.clone(), b.clone()];
        match (op, known) {
            (_, [false, false]) | (BinaryOp::BitAnd, [false, _] | [_, false]) => {}
            (BinaryOp::BitAnd, _) => drop(self.call_library("common", &both)?),
            (BinaryOp::Sub, [true, true]) => drop(self.call_library("apart", &both)?),
            (BinaryOp::BitXor, [true, true]) => {
                self.call_library("apart", &both)?;
                self.call_library("apart", &[made.clone(), b.clone(), a.clone()])?;
            }
            (BinaryOp::Sub, [false, true]) => {}
            (_, [first, second]) => {
                if first {
                    self.call_library("merge_tables", &all(a))?;
                }
                if second {
                    self.call_library("merge_tables", &all(b))?;
                }
            }
        }
        Ok(made)
    }

    /// Whether all keys of a table are another's.
    fn is_within(&mut self, a: &Value, b: &Value) -> Followed<Value> {
        if self.known_item(a)?.is_none() {
            return Ok(self.as_value(Truth::Known(true)));
        }
        if self.known_item(b)?.is_none() {
            let truth = self.truth(a)?;
            let some = self.as_value(truth);
            return Ok(self.opposite(&some));
        }
        if container(a).item != container(b).item {
            let text = format!("{} beside {}", a.ty.describe(), b.ty.describe());
            return self.error(text, Some("let both have items of one type"));
        }
        self.call_library("is_within", &[a.clone(), b.clone()])
    }

    /// A comparison of dicts or of sets; nothing if the operands are others.
    pub(super) fn compare_tables(
        &mut self,
        op: CompareOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        let kinds = [a, b].map(|value| value.ty.container().map(|container| container.kind));
        let equals = matches!(op, CompareOp::Eq | CompareOp::NotEq);
        match kinds {
            [Some(ContainerKind::Set), Some(ContainerKind::Set)] => {}
            [Some(ContainerKind::Dict), Some(ContainerKind::Dict)] if equals => {
                let known = self.known_item(a)?.is_some() && self.known_item(b)?.is_some();
                if known && container(a).item != container(b).item {
                    let text = format!("{} beside {}", a.ty.describe(), b.ty.describe());
                    return self.error(text, Some("let both have keys of one type"));
                }
                let empty = self.known_item(a)?.is_none() || self.known_item(b)?.is_none();
                let name = if empty { "are_empty" } else { "equal_tables" };
                let same = self.call_library(name, &[a.clone(), b.clone()])?;
                return Ok(Some(if op == CompareOp::Eq { same } else { self.opposite(&same) }));
            }
            _ => return Ok(None),
        }
        let (a, b) = match op {
            CompareOp::Gt | CompareOp::GtE => (b, a),
            _ => (a, b),
        };
        let within = self.is_within(a, b)?.parts[0];
        let lengths = [self.items_in(a), self.items_in(b), within];
        let part = self.compute_one(&lengths, |f, v| {
            let same = f.eq(v[0], v[1]);
            let equal = f.and(same, v[2]);
            match op {
                CompareOp::Eq => equal,
                CompareOp::NotEq => f.not(equal),
                CompareOp::Lt | CompareOp::Gt => {
                    let differ = f.not(same);
                    f.and(differ, v[2])
                }
                _ => v[2],
            }
        });
        Ok(Some(Value::new(BOOL, vec![part])))
    }

    /// `table op= value`.
    pub(super) fn augment_table(
        &mut self,
        own: &Value,
        op: BinaryOp,
        value: &Expr,
    ) -> Followed<()> {
        if op == BinaryOp::BitOr {
            return self.update(own, value);
        }
        let other = self.expression(value)?;
        self.session.change(&own.ty);
        match self.table_operator(op, own, &other)? {
            Some(made) if made.ty == own.ty => {
                if self.known_item(own)?.is_some() {
                    self.call_library("become", &[own.clone(), made])?;
                }
                Ok(())
            }
            _ => self.error(
                format!(
                    "'{}=' of {} and {} is not compiled",
                    op.ufunc().0,
                    own.ty.describe(),
                    other.ty.describe()
                ),
                None,
            ),
        }
    }

    // -- hash codes -------------------------------------------------------------------------

    /// The hash code of a key, as [`crate::memory::hash_code`] says.
    fn hash_code(&mut self, key: &Value) -> Followed<Local> {
        let start = self.compute_one(&[], |f, _| f.int(DType::U64, 0));
        let code = self.mixed_with(start, key)?;
        Ok(self.compute_one(&[code], |f, v| {
            let one = f.int(DType::U64, 1);
            let positive = f.shr(v[0], one);
            f.convert(positive, DType::I64)
        }))
    }

    /// A code with what a value is made of, of a string its code points.
    fn mixed_with(&mut self, code: Local, value: &Value) -> Followed<Local> {
        match &value.ty {
            Type::Text => {
                let all = self.compute_one(&[code], |_, v| v[0]);
                self.counted_rounds(value.parts[2], |l, k| {
                    let point = l.point(value, k);
                    let more = l.mixed(all, point);
                    l.emit(Step::Move { from: more, into: all });
                    Ok(())
                })?;
                Ok(all)
            }
            Type::Tuple(types) | Type::Record(_, types) => {
                value.split(types).iter().try_fold(code, |code, item| self.mixed_with(code, item))
            }
            _ => Ok(value.parts.iter().fold(code, |code, &part| self.mixed(code, part))),
        }
    }

    /// A code with one part more.
    fn mixed(&mut self, code: Local, part: Local) -> Local {
        let dtype = self.dtype(part);
        self.compute_one(&[code, part], |f, v| {
            let word = match dtype {
                DType::Bool => {
                    let (one, zero) = (f.int(DType::U64, 1), f.int(DType::U64, 0));
                    f.select(v[1], one, zero)
                }
                _ if dtype.is_float() => {
                    // Zeros of both signs are one key.
                    let zero = f.like(v[1], 0.0);
                    let sum = f.add(v[1], zero);
                    let bits = f.bitcast(sum, dtype.bits_type());
                    f.convert(bits, DType::U64)
                }
                _ => {
                    let wide = f.convert(v[1], DType::I64);
                    f.convert(wide, DType::U64)
                }
            };
            let (factor, half) = (f.int(DType::U64, MIX.into()), f.int(DType::U64, 32));
            let both = f.xor(v[0], word);
            let product = f.mul(both, factor);
            let high = f.shr(product, half);
            f.xor(product, high)
        })
    }

    /// The steps of the library that dicts and sets are made of; nothing if it is another.
    pub(super) fn table_primitive(
        &mut self,
        name: &str,
        values: &[Value],
    ) -> Followed<Option<Value>> {
        let int = |part| Ok(Some(Value::new(INT, vec![part])));
        match (name, values) {
            ("hash_code", [key]) => int(self.hash_code(key)?),
            ("used", [table]) => int(self.used_in(table)),
            ("capacity", [table]) => int(self.capacity_of(table)),
            ("code_at", [table, k]) => int(self.table_code(table, k.parts[0])),
            ("slot", [table, at]) => int(self.slot(table, at.parts[0])),
            ("key_at", [table, k]) => {
                let key = self.table_key(table, k.parts[0]);
                self.hold(&key);
                Ok(Some(key))
            }
            ("value_at", [table, k]) => {
                let value = self.table_value(table, k.parts[0]);
                self.hold(&value);
                Ok(Some(value))
            }
            ("sized", [table, room]) => self.sized_table(table, room.parts[0]).map(Some),
            ("set_slot", [table, at, k]) => {
                self.set_slot(table, at.parts[0], k.parts[0]);
                Ok(Some(none()))
            }
            ("add_cell", [table, code, key, value]) => {
                let own = container(table).clone();
                let (key, value) =
                    (self.as_item(key, &own.item)?, self.as_item(value, &own.value)?);
                if let (Some(key), Some(value)) = (key, value) {
                    self.add_cell(table, code.parts[0], &key, &value);
                }
                Ok(Some(none()))
            }
            ("set_value", [table, k, value]) => {
                let own = container(table).value.clone();
                if let Some(value) = self.as_item(value, &own)? {
                    self.set_table_value(table, k.parts[0], &value);
                }
                Ok(Some(none()))
            }
            ("drop_cell", [table, k]) => {
                self.session.change(&table.ty);
                self.drop_cell(table, k.parts[0]);
                Ok(Some(none()))
            }
            ("move_cell", [made, table, k]) => {
                self.move_cell(made, table, k.parts[0]);
                Ok(Some(none()))
            }
            ("trade", [table, made]) => {
                self.trade(table, made);
                Ok(Some(none()))
            }
            _ => Ok(None),
        }
    }
}

/// The type of a set, if a value is one.
fn set_type(value: &Value) -> Option<&Container> {
    value.ty.container().filter(|container| container.kind == ContainerKind::Set)
}
