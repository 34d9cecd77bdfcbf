//! Lists: displays, items, slices, operators.

use super::cells::container;
use super::{Followed, Lowerer, Stop};
use crate::checks::Why;
use crate::site::{Exception, Piece};
use crate::syntax::{BinaryOp, CompareOp, Expr, ExprKind};
use crate::types::{BOOL, Container, ContainerKind, INT, Type};
use crate::value::Value;
use stook_kernel::Local;
use stook_types::DType;

impl Lowerer<'_, '_> {
    // -- types of items ---------------------------------------------------------------------

    /// The type of a container's items, or nothing if nothing is put into it as far as is known.
    pub(super) fn known_item(&self, value: &Value) -> Followed<Option<Type>> {
        match &container(value).item {
            unknown @ Type::Unknown(_) if self.session.resolved(unknown) != *unknown => {
                Err(Stop::Again)
            }
            Type::Unknown(_) => Ok(None),
            known => Ok(Some(known.clone())),
        }
    }

    /// Where something is asked of an empty container.
    pub(super) fn never<T>(&mut self, exception: Exception, text: &str) -> Followed<T> {
        let message = vec![Piece::Text(text.to_owned())];
        Err(Stop::Never(Box::new(self.failure(exception, message, Vec::new()))))
    }

    /// A value as an item of a type; nothing where that is not known yet, as the function will be
    /// followed again.
    pub(super) fn as_item(&mut self, value: &Value, item: &Type) -> Followed<Option<Value>> {
        let value = &self.kept(value);
        let mut lessons = Vec::new();
        let unified = item.unified(&value.ty, &mut |number, ty| lessons.push((number, ty.clone())));
        if unified.is_some() {
            for (number, ty) in &lessons {
                self.learn(*number, ty)?;
            }
            let known = !matches!(item, Type::Unknown(_));
            return Ok(known.then(|| Value { ty: item.clone(), ..value.clone() }));
        }
        match item.join(&value.ty) {
            Some(joined) if joined == *item => self.converted(value, item).map(Some),
            _ => self.error(
                format!("{} among items of type {}", value.ty.describe(), item.describe()),
                Some("let all items have one type: write 0.0 in place of 0 among floats, or .copy() for parts of arrays"),
            ),
        }
    }

    /// Learns what items of a number are.
    pub(super) fn learn(&mut self, number: usize, ty: &Type) -> Followed<()> {
        if self.session.learn(number, ty) {
            return Ok(());
        }
        let known = self.session.resolved(&Type::Unknown(number));
        if matches!(known, Type::Unknown(_)) {
            return self.error("a container cannot hold itself", None);
        }
        self.error(
            format!("{} among items of type {}", ty.describe(), known.describe()),
            Some("let all items have one type"),
        )
    }

    /// A new list of items of a type.
    pub(super) fn new_list(&mut self, item: Type) -> Value {
        self.new_container(Type::list(item))
    }

    /// A new list whose items are known once something is put into it.
    pub(super) fn unknown_list(&mut self) -> Value {
        let item = self.session.unknown_at(self.routine, self.at, 0);
        self.new_list(item)
    }

    /// Ends following where what a container holds has been learnt since it was made.
    pub(super) fn settled(&self, made: Value) -> Followed<Value> {
        if self.session.resolved(&made.ty) == made.ty { Ok(made) } else { Err(Stop::Again) }
    }

    // -- displays ---------------------------------------------------------------------------

    /// `[a, b]`.
    pub(super) fn list_display(&mut self, items: &[Expr]) -> Followed<Value> {
        if items.iter().any(Expr::is_starred) {
            let made = self.unknown_list();
            for item in items {
                match &item.kind {
                    ExprKind::Starred(others) => self.extend(&made, others)?,
                    _ => {
                        let item = self.expression(item)?;
                        self.append(&made, &item)?;
                    }
                }
            }
            return self.settled(made);
        }
        let items = items.iter().map(|item| self.expression(item)).collect::<Followed<Vec<_>>>()?;
        self.list_with(&items)
    }

    /// A new list with these items.
    pub(super) fn list_with(&mut self, items: &[Value]) -> Followed<Value> {
        let Some(item) = self.common_type(items)? else { return Ok(self.unknown_list()) };
        let list = self.new_list(item.clone());
        let count = self.size(items.len() as i64);
        self.reserve(&list, count)?;
        for (k, value) in items.iter().enumerate() {
            let Some(value) = self.as_item(value, &item)? else { continue };
            let k = self.size(k as i64);
            self.retain(&value.ty, &value.parts);
            self.set_list_cell(&list, k, &value);
        }
        self.set_items_in(&list, count);
        Ok(list)
    }

    /// The type that holds each of several values; nothing if there are none.
    pub(super) fn common_type(&mut self, values: &[Value]) -> Followed<Option<Type>> {
        let Some((first, rest)) = values.split_first() else { return Ok(None) };
        let mut all = first.ty.clone();
        for value in rest {
            let Some(joined) = all.join(&value.ty) else {
                return self.error(
                    format!("{} and {} in one container", all.describe(), value.ty.describe()),
                    Some("let all items have one type, or use a tuple"),
                );
            };
            all = joined;
        }
        let all = all.kept();
        if let Type::Thing(thing) = &all {
            let text = format!("{} in a container", thing.describe());
            return self
                .error(text, Some("put numbers, strings, arrays, tuples or containers into it"));
        }
        Ok(Some(all))
    }

    /// The value of an expression, a display of a list as a tuple: for whoever takes either.
    pub(super) fn tuple_or_value(&mut self, expr: &Expr) -> Followed<Value> {
        let ExprKind::List(items) = &expr.kind else { return self.expression(expr) };
        let items =
            items.iter().map(|item| self.tuple_or_value(item)).collect::<Followed<Vec<_>>>()?;
        Ok(crate::value::tuple(&items))
    }

    // -- items ------------------------------------------------------------------------------

    /// Adds an item at a list's end.
    pub(super) fn append(&mut self, list: &Value, value: &Value) -> Followed<()> {
        self.session.change(&list.ty);
        let Some(item) = self.as_item(value, &container(list).item.clone())? else { return Ok(()) };
        let length = self.items_in(list);
        let more = self.compute_one(&[length], |f, v| {
            let one = f.int(DType::I64, 1);
            f.add(v[0], one)
        });
        self.reserve(list, more)?;
        self.retain(&item.ty, &item.parts);
        self.set_list_cell(list, length, &item);
        self.set_items_in(list, more);
        Ok(())
    }

    /// The place that an index names in a list.
    pub(super) fn list_place(
        &mut self,
        list: &Value,
        index: &Value,
        text: &str,
    ) -> Followed<Local> {
        let k = self.index(index)?;
        if self.is_library {
            return Ok(k);
        }
        let length = self.items_in(list);
        Ok(self.checked(k, length, index.known, text))
    }

    /// `l[i]` and `l[a:b]`.
    pub(super) fn list_item(&mut self, list: &Value, index: &Expr) -> Followed<Value> {
        if let Some((start, length, step)) = self.slice_of(list, index)? {
            let made = self.new_list(container(list).item.clone());
            if self.known_item(list)?.is_some() {
                let range = [start, length, step].map(|part| Value::new(INT, vec![part]));
                let [start, length, step] = range;
                self.call_library("take", &[made.clone(), list.clone(), start, length, step])?;
            }
            return Ok(made);
        }
        self.stays(index.span, Why::OfList);
        let index = self.expression(index)?;
        if self.known_item(list)?.is_none() {
            self.index(&index)?;
            return self.never(Exception::Index, "list index out of range");
        }
        let k = self.list_place(list, &index, "list index out of range")?;
        let value = self.list_cell(list, k);
        self.hold(&value);
        Ok(value)
    }

    fn slice_of(&mut self, list: &Value, index: &Expr) -> Followed<Option<(Local, Local, Local)>> {
        let ExprKind::Slice { lower, upper, step } = &index.kind else { return Ok(None) };
        let ends = self.slice_ends(lower.as_deref(), upper.as_deref(), step.as_deref())?;
        let length = self.items_in(list);
        Ok(Some(self.slice_parts(length, &ends)))
    }

    /// `l[i] = value` and `l[a:b] = value`.
    pub(super) fn set_list_item(
        &mut self,
        list: &Value,
        index: &Expr,
        value: &Value,
    ) -> Followed<()> {
        self.session.change(&list.ty);
        if let ExprKind::Slice { step, .. } = &index.kind {
            let is_list = value.ty.container().is_some_and(|c| c.kind == ContainerKind::List);
            if step.is_some() || !is_list {
                let text = "a part of a list takes a list, and has no step";
                return self.error(text, Some("write a loop over its places"));
            }
            let Some((start, length, _)) = self.slice_of(list, index)? else { return Ok(()) };
            if self.as_item(value, &list.ty.clone())?.is_none() || self.known_item(list)?.is_none()
            {
                return Ok(());
            }
            let [start, length] = [start, length].map(|part| Value::new(INT, vec![part]));
            self.call_library("replace", &[list.clone(), start, length, value.clone()])?;
            return Ok(());
        }
        self.stays(index.span, Why::OfList);
        let index = self.expression(index)?;
        let item = container(list).item.clone();
        let Some(value) = self.as_item(value, &item)? else { return Ok(()) };
        let k = self.list_place(list, &index, "list assignment index out of range")?;
        let old = self.list_cell(list, k);
        self.retain(&value.ty, &value.parts);
        self.set_list_cell(list, k, &value);
        for owner in super::owners::owners(&old.ty, &old.parts) {
            self.release(&owner);
        }
        Ok(())
    }

    /// `del l[i]` and `del l[a:b]`.
    pub(super) fn delete_list_item(&mut self, list: &Value, index: &Expr) -> Followed<()> {
        self.session.change(&list.ty);
        let place = self.slice_of(list, index)?;
        if let (Some(_), ExprKind::Slice { step: Some(_), .. }) = (place, &index.kind) {
            return self.error("a slice with a step cannot be deleted", Some("write a loop"));
        }
        let known = self.known_item(list)?;
        let (start, length) = match place {
            Some((start, length, _)) => (start, length),
            None => {
                let index = self.expression(index)?;
                if known.is_none() {
                    return self.never(Exception::Index, "list assignment index out of range");
                }
                let text = "list assignment index out of range";
                (self.list_place(list, &index, text)?, self.size(1))
            }
        };
        if known.is_some() {
            let [start, length] = [start, length].map(|part| Value::new(INT, vec![part]));
            self.call_library("cut", &[list.clone(), start, length])?;
        }
        Ok(())
    }

    /// Sees to it that there are as many items, of a list or a string, as targets.
    pub(super) fn expect_count(&mut self, length: Local, count: usize, is_list: bool) {
        let wanted = count as i64;
        let few = self.compute_one(&[length], |f, v| {
            let wanted = f.int(DType::I64, wanted.into());
            f.lt(v[0], wanted)
        });
        let message = vec![
            Piece::Text(format!("not enough values to unpack (expected {count}, got ")),
            Piece::Value(DType::I64),
            Piece::Text(")".to_owned()),
        ];
        self.fail_if(few, Exception::Value, message, vec![length]);
        let many = self.compute_one(&[length], |f, v| {
            let wanted = f.int(DType::I64, wanted.into());
            f.gt(v[0], wanted)
        });
        let (message, values) = self.session.says_too_many(count, length, is_list);
        self.fail_if(many, Exception::Value, message, values);
    }

    /// The items of a list for as many targets.
    pub(super) fn unpacked_list(&mut self, list: &Value, count: usize) -> Followed<Vec<Value>> {
        if container(list).kind != ContainerKind::List {
            let text = format!("{} cannot be unpacked", list.ty.describe());
            return self.error(text, Some("make a list of it first: list(...)"));
        }
        let length = self.items_in(list);
        self.expect_count(length, count, true);
        if self.known_item(list)?.is_none() && count > 0 {
            return self.never(Exception::Value, "an item of an empty list");
        }
        let mut items = Vec::new();
        for k in 0..count {
            let k = self.size(k as i64);
            let item = self.list_cell(list, k);
            self.hold(&item);
            items.push(item);
        }
        Ok(items)
    }

    /// The items of a list for so many targets and one with `*`, which takes what these leave.
    pub(super) fn unpacked_list_with_rest(
        &mut self,
        list: &Value,
        count: usize,
        star: usize,
    ) -> Followed<Vec<Value>> {
        let length = self.items_in(list);
        let few = self.compute_one(&[length], |f, v| {
            let least = f.int(DType::I64, count as i128);
            f.lt(v[0], least)
        });
        let message = vec![
            Piece::Text(format!("not enough values to unpack (expected at least {count}, got ")),
            Piece::Value(DType::I64),
            Piece::Text(")".to_owned()),
        ];
        self.fail_if(few, Exception::Value, message, vec![length]);
        let is_known = self.known_item(list)?.is_some();
        if !is_known && count > 0 {
            return self.never(Exception::Value, "an item of an empty list");
        }
        let mut items = Vec::new();
        for k in 0..count {
            let behind = k >= star;
            let place = self.compute_one(&[length], |f, v| {
                let k =
                    f.int(DType::I64, if behind { k as i128 - count as i128 } else { k as i128 });
                if behind { f.add(v[0], k) } else { k }
            });
            let item = self.list_cell(list, place);
            self.hold(&item);
            items.push(item);
        }
        let rest = self.new_list(container(list).item.clone());
        if is_known {
            let more = self.compute_one(&[length], |f, v| {
                let count = f.int(DType::I64, count as i128);
                f.sub(v[0], count)
            });
            let (start, more) = (self.int(star as i64), Value::new(INT, vec![more]));
            let step = self.int(1);
            self.call_library("take", &[rest.clone(), list.clone(), start, more, step])?;
        }
        items.insert(star, rest);
        Ok(items)
    }

    // -- operators --------------------------------------------------------------------------

    /// `+` and `*` of lists; nothing if the operands are others.
    pub(super) fn list_operator(
        &mut self,
        op: BinaryOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        let (list, number) = match (op, list_type(a), list_type(b)) {
            (BinaryOp::Add, Some(_), Some(_)) => {
                let Some(ty) = a.ty.join(&b.ty) else {
                    let text = format!("{} + {}", a.ty.describe(), b.ty.describe());
                    return self.error(text, Some("let both have items of one type"));
                };
                let made = self.new_container(ty);
                self.extend_by(&made, a)?;
                self.extend_by(&made, b)?;
                return Ok(Some(made));
            }
            (BinaryOp::Mult, Some(_), None) => (a, b),
            (BinaryOp::Mult, None, Some(_)) => (b, a),
            _ => return Ok(None),
        };
        let times = self.index(number)?;
        let made = self.new_container(list.ty.clone());
        if self.known_item(list)?.is_some() {
            let times = Value::new(INT, vec![times]);
            self.call_library("repeat", &[made.clone(), list.clone(), times])?;
        }
        Ok(Some(made))
    }

    /// Adds all items of a list to another.
    pub(super) fn extend_by(&mut self, list: &Value, other: &Value) -> Followed<()> {
        self.session.change(&list.ty);
        // Types meet as a list's do that holds either.
        let items = [&list.ty, &other.ty].map(|ty| ty.container().map(|c| c.item.clone()));
        let [Some(own), Some(item)] = items else { return Ok(()) };
        if let Type::Unknown(_) = item {
            self.known_item(other)?;
            return Ok(());
        }
        let parts = self.new_parts(&item);
        let example = Value::new(item, parts);
        let (_, fits) = self.block(|l| l.as_item(&example, &own))?;
        if fits.is_some() {
            self.call_library("extend", &[list.clone(), other.clone()])?;
        }
        Ok(())
    }

    /// `==` and `!=` of lists; nothing if the operands are others.
    pub(super) fn compare_lists(
        &mut self,
        op: CompareOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        if list_type(a).is_none() || list_type(b).is_none() {
            return Ok(None);
        }
        if !matches!(op, CompareOp::Eq | CompareOp::NotEq) {
            return self.order_lists(op, a, b).map(Some);
        }
        let same = if self.known_item(a)?.is_none() || self.known_item(b)?.is_none() {
            let lengths = [self.items_in(a), self.items_in(b)];
            let part = self.compute_one(&lengths, |f, v| f.eq(v[0], v[1]));
            Value::new(BOOL, vec![part])
        } else {
            self.call_library("equal", &[a.clone(), b.clone()])?
        };
        Ok(Some(if op == CompareOp::Eq { same } else { self.opposite(&same) }))
    }

    /// Which of two lists comes first.
    fn order_lists(&mut self, op: CompareOp, a: &Value, b: &Value) -> Followed<Value> {
        let zero = self.int(0);
        let order = if self.known_item(a)?.is_none() || self.known_item(b)?.is_none() {
            let lengths = [self.items_in(a), self.items_in(b)];
            let part = self.compute_one(&lengths, |f, v| f.sub(v[0], v[1]));
            Value::new(INT, vec![part])
        } else {
            let sign = op.ufunc().0;
            for list in [a, b] {
                let item = container(list).item.clone();
                if !super::operators::is_ordered(&item) {
                    let text = format!("'{sign}' of lists of {} is not compiled", item.describe());
                    return self.error(text, Some("compare numbers, strings and tuples of them"));
                }
            }
            self.call_library("order", &[a.clone(), b.clone()])?
        };
        self.compare(op, &order, &zero)
    }

    /// The place of a value in a list, or -1; nothing if the list is empty for all that is known.
    pub(super) fn find_in_list(
        &mut self,
        list: &Value,
        value: &Value,
        start: &Value,
    ) -> Followed<Option<Local>> {
        if self.known_item(list)?.is_none() {
            return Ok(None);
        }
        let args = [list.clone(), value.clone(), start.clone()];
        self.call_library("find", &args).map(|place| Some(place.parts[0]))
    }

    // -- arrays -----------------------------------------------------------------------------

    /// An array of a list's numbers; of lists and tuples of numbers, one with more axes.
    pub(super) fn array_of(&mut self, list: &Value, dtype: Option<DType>) -> Followed<Value> {
        let Some(_) = self.known_item(list)? else {
            let none = self.size(0);
            return self.new_array(dtype.unwrap_or(DType::F64), &[none]);
        };
        let item = container(list).item.clone();
        let mut shape = vec![self.items_in(list)];
        let number = match &item {
            Type::Number { dtype, .. } => *dtype,
            Type::Tuple(items) if items.iter().all(|ty| ty.dtype().is_some()) => {
                shape.push(self.size(items.len() as i64));
                let joined = items.iter().cloned().reduce(|a, b| a.join(&b).unwrap_or(a));
                joined.and_then(|ty| ty.dtype()).unwrap_or(DType::F64)
            }
            Type::Container(row)
                if row.kind == ContainerKind::List && row.item.dtype().is_some() =>
            {
                let width = self.call_library("width", std::slice::from_ref(list))?.parts[0];
                let ragged = self.is_negative(width);
                let text = "rows of different lengths cannot become an array";
                self.refuse_if(ragged, Exception::Value, text);
                shape.push(width);
                row.item.dtype().unwrap_or(DType::F64)
            }
            other => {
                let text = format!("a list of {} cannot become an array", other.describe());
                return self.error(text, Some("lists of numbers and of rows of numbers can"));
            }
        };
        let made = self.new_array(dtype.unwrap_or(number), &shape)?;
        self.fill_array(&made, &mut |l, at| {
            let item = l.list_cell(list, at[0]);
            match (item.items(), at.get(1)) {
                (Some(items), Some(&k)) => {
                    let parts = items.iter().map(|item| l.element(item, number));
                    let parts = parts.collect::<Followed<Vec<_>>>()?;
                    let of = |parts| Value::new(Type::strong(number), parts);
                    let items: Vec<Value> = parts.into_iter().map(of).collect();
                    Ok(l.one_of(&items, k))
                }
                (None, Some(&k)) => Ok(l.list_cell(&item, k)),
                (_, None) => Ok(item),
            }
        })?;
        Ok(made)
    }
}

/// The type of a list, if a value is one.
pub(super) fn list_type(value: &Value) -> Option<&Container> {
    value.ty.container().filter(|container| container.kind == ContainerKind::List)
}
