//! What loops walk over: ranges, arrays, texts, containers, and those that walk over others.
//!
//! An expression enters; how many items it has leaves, and the item of a number.

use super::indices::Index;
use super::tables::Part;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::site::Exception;
use crate::syntax::{Expr, ExprKind};
use crate::types::{ContainerKind, INT, Type};
use crate::value::{Value, tuple};
use stook_kernel::Type::Scalar;
use stook_kernel::{Local, Step};
use stook_types::DType;

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
    /// Items of several walks beside each other, and whether these must have as many, if that was
    /// said.
    Side(Vec<Walk>, Option<Local>),
    Grid(Grid),
}

/// The places of a grid, the last axis fastest.
pub(super) struct Grid {
    shape: Vec<Local>,
    /// Where a round is, kept up from round to round.
    at: Vec<Local>,
    /// What has the places, if items are its elements.
    array: Option<Value>,
    /// Whether items tell their indices.
    tells: bool,
}

impl Lowerer<'_, '_> {
    /// What an expression walks over, or the items of a tuple.
    pub(super) fn walk(&mut self, iter: &Expr) -> Followed<Result<Walk, Vec<Value>>> {
        if let Some(called) = self.generator_called(iter)? {
            let outer = self.go(iter.span);
            let list = self.generated_list(called)?;
            self.go(outer);
            return Ok(Ok(Walk::List(list)));
        }
        if let ExprKind::List(items) = &iter.kind
            && items.iter().any(Expr::is_starred)
        {
            return self.expression(iter).map(|list| Ok(Walk::List(list)));
        }
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
            && self.is_plain_name(function)?
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
                        if let Walk::Grid(_) = walk {
                            let hint = "walk over a.ravel()[::-1]";
                            return self
                                .error("this cannot be walked over from its end", Some(hint));
                        }
                        let count = self.count_of(&walk)?;
                        return Ok(Ok(Walk::Back(Box::new(walk), count)));
                    }
                    ("builtins.zip", [_, ..], []) => {
                        return Ok(Ok(Walk::Side(self.side(args)?, None)));
                    }
                    ("builtins.zip", [_, ..], [(name, strict)]) if name == "strict" => {
                        let side = self.side(args)?;
                        let strict = self.expression(strict)?;
                        let strict = self.truth(&strict)?;
                        let strict = self.as_value(strict).parts[0];
                        return Ok(Ok(Walk::Side(side, Some(strict))));
                    }
                    ("numpy.ndindex", _, []) => {
                        let shape = match &*self.unpacked_by_star(args)? {
                            [shape] => self.shape_of(shape)?,
                            lengths => {
                                let lengths = lengths.iter().map(|length| self.expression(length));
                                let lengths = lengths.collect::<Followed<Vec<_>>>()?;
                                lengths.iter().map(|l| self.index(l)).collect::<Followed<_>>()?
                            }
                        };
                        return self.grid(shape, None, true);
                    }
                    ("numpy.ndenumerate", [array], []) => {
                        let array = self.expression(array)?;
                        if let Some(grid) = array.grid() {
                            return self.grid(grid.shape(), Some(&array), true);
                        }
                    }
                    _ => {}
                }
            }
        }
        let value = match &iter.kind {
            ExprKind::Attribute { value, name } if name == "flat" => {
                let of = self.expression(value)?;
                if let Some(grid) = of.grid() {
                    return self.grid(grid.shape(), Some(&of), false);
                }
                self.attribute(&of, name)?
            }
            _ => self.expression(iter)?,
        };
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

    /// Whether what is called is named without looking into a value: `zip`, `np.ndindex`.
    pub(super) fn is_plain_name(&mut self, function: &Expr) -> Followed<bool> {
        let ExprKind::Attribute { value, .. } = &function.kind else { return Ok(true) };
        if !matches!(value.kind, ExprKind::Name(_)) {
            return Ok(false);
        }
        Ok(matches!(self.expression(value)?.ty, Type::Thing(Thing::Module(_))))
    }

    /// A walk over the places of a shape, or the elements of an array that has it.
    fn grid(
        &mut self,
        shape: Vec<Local>,
        array: Option<&Value>,
        tells: bool,
    ) -> Followed<Result<Walk, Vec<Value>>> {
        let array = array.map(|array| self.copied(array));
        if let Some(own) = &array {
            self.retain(&own.ty, &own.parts);
            self.hold_result(&own.ty, &own.parts);
        }
        let shape: Vec<Local> = match array.as_ref().and_then(Value::grid) {
            Some(grid) => grid.shape(),
            None => shape.iter().map(|&length| self.kept_length(length)).collect(),
        };
        let at = shape.iter().map(|_| self.local(Scalar(DType::I64))).collect();
        Ok(Ok(Walk::Grid(Grid { shape, at, array, tells })))
    }

    /// A length that is asked for, in a variable of its own.
    fn kept_length(&mut self, length: Local) -> Local {
        let negative = self.is_negative(length);
        self.refuse_if(negative, Exception::Value, "negative dimensions are not allowed");
        let own = self.local(Scalar(DType::I64));
        self.emit(Step::Move { from: length, into: own });
        own
    }

    /// Puts what a walk keeps from round to round to its beginning.
    pub(super) fn begin_walk(&mut self, walk: &Walk) {
        match walk {
            Walk::Grid(grid) => {
                let zero = self.size(0);
                for &at in &grid.at {
                    self.emit(Step::Move { from: zero, into: at });
                }
            }
            Walk::Counted(_, items) => self.begin_walk(items),
            Walk::Side(walks, _) => walks.iter().for_each(|walk| self.begin_walk(walk)),
            _ => {}
        }
    }

    /// Takes what a walk keeps from round to round one item further.
    pub(super) fn advance(&mut self, walk: &Walk) {
        match walk {
            Walk::Grid(grid) => self.carry(&grid.shape, &grid.at),
            Walk::Counted(_, items) => self.advance(items),
            Walk::Side(walks, _) => walks.iter().for_each(|walk| self.advance(walk)),
            _ => {}
        }
    }

    /// Goes to the next place of a grid: one further along the last axis, or to the beginning of
    /// the next line.
    fn carry(&mut self, shape: &[Local], at: &[Local]) {
        let ([before @ .., length], [outer @ .., at]) = (shape, at) else { return };
        let next = self.compute_one(&[*at], |f, v| {
            let one = f.int(DType::I64, 1);
            f.add(v[0], one)
        });
        self.emit(Step::Move { from: next, into: *at });
        if before.is_empty() {
            return;
        }
        let condition = self.compute_one(&[*at, *length], |f, v| f.eq(v[0], v[1]));
        let then = self.steps_of(|l| {
            let zero = l.size(0);
            l.emit(Step::Move { from: zero, into: *at });
            l.carry(before, outer);
        });
        self.emit(Step::If { condition, then, otherwise: Vec::new() });
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

    fn side(&mut self, args: &[Expr]) -> Followed<Vec<Walk>> {
        let mut side = Vec::new();
        for arg in &*self.unpacked_by_star(args)? {
            let walk = self.flat_walk(arg)?;
            if matches!(walk, Walk::Side(_, Some(_))) {
                let hint = "make a list of it first: list(zip(...))";
                return self.error("zip(strict=...) cannot stand within zip", Some(hint));
            }
            side.push(walk);
        }
        Ok(side)
    }

    fn counted(&mut self, first: Value, items: &Expr) -> Followed<Result<Walk, Vec<Value>>> {
        Ok(Ok(Walk::Counted(first, Box::new(self.flat_walk(items)?))))
    }

    pub(super) fn count_of(&mut self, walk: &Walk) -> Followed<Local> {
        Ok(match walk {
            Walk::Range(range) => self.range_length(range),
            Walk::Array(value) => value.grid().expect("it walks over an array").length(0),
            Walk::Text(text) | Walk::Bytes(text) => text.parts[2],
            Walk::List(list) => self.items_in(list),
            Walk::Table(table, ..) => self.used_in(table),
            Walk::Back(_, count) => *count,
            Walk::Counted(_, items) => self.count_of(items)?,
            Walk::Grid(grid) => self.elements(&grid.shape),
            Walk::Side(walks, _) => {
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

    /// Whether a walk has no items, as nothing has been put into what it walks over.
    pub(super) fn is_empty(&self, walk: &Walk) -> Followed<bool> {
        match walk {
            Walk::Range(_) | Walk::Array(_) | Walk::Text(_) | Walk::Bytes(_) | Walk::Grid(_) => {
                Ok(false)
            }
            Walk::List(items) | Walk::Table(items, ..) => Ok(self.known_item(items)?.is_none()),
            Walk::Back(items, _) | Walk::Counted(_, items) => self.is_empty(items),
            Walk::Side(walks, _) => {
                let all = walks.iter().map(|walk| self.is_empty(walk));
                Ok(all.collect::<Followed<Vec<_>>>()?.contains(&true))
            }
        }
    }

    /// A dict or set that is walked over keeps its size.
    pub(super) fn same_size(&mut self, walk: &Walk) {
        let Walk::Table(table, _, count) = walk else { return };
        let length = self.items_in(table);
        let differs = self.compute_one(&[length, *count], |f, v| f.ne(v[0], v[1]));
        let is_dict = table.ty.container().is_some_and(|c| c.kind == ContainerKind::Dict);
        let name = if is_dict { "dictionary" } else { "Set" };
        let class = Exception::Named("RuntimeError".to_owned());
        self.refuse_if(differs, class, &format!("{name} changed size during iteration"));
    }

    /// Raises where walks of a `zip(strict=True)` that is over have different numbers of items, as
    /// Python's asks them in turn.
    pub(super) fn as_many(&mut self, walk: &Walk) -> Followed<()> {
        let (walks, strict) = match walk {
            Walk::Counted(_, items) => return self.as_many(items),
            Walk::Side(walks, Some(strict)) => (walks, *strict),
            _ => return Ok(()),
        };
        let least = self.count_of(walk)?;
        let first = self.count_of(&walks[0])?;
        for (place, walk) in walks.iter().enumerate().skip(1) {
            let count = self.count_of(walk)?;
            let differs = self.compute(&[strict, least, first, count], |f, v| {
                let (ends_first, ends) = (f.eq(v[2], v[1]), f.eq(v[3], v[1]));
                let (goes_on_first, goes_on) = (f.not(ends_first), f.not(ends));
                let (longer, shorter) = (f.and(ends_first, goes_on), f.and(goes_on_first, ends));
                vec![f.and(v[0], longer), f.and(v[0], shorter)]
            });
            let others = if place == 1 { " 1".to_owned() } else { format!("s 1-{place}") };
            for (differs, how) in differs.into_iter().zip(["longer", "shorter"]) {
                let text = format!("zip() argument {} is {how} than argument{others}", place + 1);
                self.refuse_if(differs, Exception::Value, &text);
            }
        }
        Ok(())
    }

    /// Ends the round of a cell whose item is gone.
    pub(super) fn skip_gone(&mut self, walk: &Walk, k: Local) {
        let Walk::Table(table, ..) = walk else { return };
        let code = self.table_code(table, k);
        let gone = self.is_negative(code);
        let then = vec![Step::Continue];
        self.emit(Step::If { condition: gone, then, otherwise: Vec::new() });
    }

    /// Where the number that a loop counts begins and ends, and its step. It is the variable itself
    /// where that goes up or down by one, so that the loop's end says what indices it makes;
    /// otherwise it counts rounds, which no end that is close to the largest number overflows.
    pub(super) fn counter(&mut self, walk: &Walk) -> Followed<(Local, Local, i64)> {
        if let (Walk::Range(range), Some(by)) = (walk, by_one(walk)) {
            let end = self.local(stook_kernel::Type::Scalar(DType::I64));
            // The variable that the end comes from may change in the loop.
            self.emit(Step::Move { from: range.parts[1], into: end });
            return Ok((range.parts[0], end, by));
        }
        Ok((self.size(0), self.count_of(walk)?, 1))
    }

    /// The least and the greatest number that a range has, if it has any; they may lie further out.
    pub(super) fn ends(&mut self, range: &Value) -> (Local, Local) {
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
    pub(super) fn item(&mut self, walk: &Walk, k: Local) -> Followed<Value> {
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
            Walk::Grid(grid) => {
                let indices = grid.at.iter().map(|&at| Value::new(INT, vec![at]));
                let place = tuple(&indices.collect::<Vec<_>>());
                let Some(array) = &grid.array else { return Ok(place) };
                let element = match array.array() {
                    Some(_) => self.load(array, &grid.at),
                    None => self.part(array, grid.at.iter().map(|&k| Index::At(k)).collect())?,
                };
                Ok(if grid.tells { tuple(&[place, element]) } else { element })
            }
            Walk::Counted(first, items) => {
                let item = self.item(items, k)?;
                let number = self.compute_one(&[first.parts[0], k], |f, v| f.add(v[0], v[1]));
                Ok(tuple(&[Value::new(INT, vec![number]), item]))
            }
            Walk::Side(walks, _) => {
                let items = walks.iter().map(|w| self.item(w, k)).collect::<Followed<Vec<_>>>()?;
                Ok(tuple(&items))
            }
        }
    }
}

/// Whether there may be more items than there were.
pub(super) fn grows(walk: &Walk) -> bool {
    match walk {
        Walk::List(_) | Walk::Table(..) => true,
        Walk::Range(_)
        | Walk::Array(_)
        | Walk::Text(_)
        | Walk::Bytes(_)
        | Walk::Back(..)
        | Walk::Grid(_) => false,
        Walk::Counted(_, items) => grows(items),
        Walk::Side(walks, _) => walks.iter().any(grows),
    }
}

/// The step of a range that goes up or down by one.
pub(super) fn by_one(walk: &Walk) -> Option<i64> {
    match walk {
        Walk::Range(range) => range.known.filter(|by| by.abs() == 1),
        _ => None,
    }
}
