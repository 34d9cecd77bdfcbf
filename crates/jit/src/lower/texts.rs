//! Strings: what they are made of, operators, comparisons.
//!
//! A string lies as an array of code points does. One that is known while compiling takes no memory:
//! where it is used as a value a symbol leads to its code points. Indices, slices and rounds of loops
//! share the memory of the whole. What makes new strings is written in the library (`_texts.py`).

use super::control::Truth;
use super::expressions::thing;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::memory::{CAPACITY, LENGTH};
use crate::site::{Exception, Piece};
use crate::syntax::{BinaryOp, CompareOp, Expr, ExprKind};
use crate::types::{ArrayType, BOOL, INT, POINTS, Type};
use crate::value::{Value, tuple};
use std::cmp::Ordering;
use stook_kernel::{Local, Place, Step, Type as Part};
use stook_types::DType;

/// Characters of a string that is compared in place, at most.
const FEW: usize = 16;
/// Characters of a string that is repeated, at most.
const MOST: i64 = 1 << 44;
/// Characters that need no memory of their own: those below this one.
const SHARED: u32 = 128;

/// A string that is known while compiling.
pub(super) fn known_text(value: &Value) -> Option<&str> {
    match &value.ty {
        Type::Thing(Thing::Text(text)) => Some(text),
        _ => None,
    }
}

/// A string that is known, as a value.
pub(super) fn known(text: impl Into<String>) -> Value {
    thing(Thing::Text(text.into()))
}

impl Lowerer<'_, '_> {
    // -- values -----------------------------------------------------------------------------

    /// A value as variables keep it: a string that is known becomes one of any.
    pub(super) fn kept(&mut self, value: &Value) -> Value {
        match &value.ty {
            Type::Thing(Thing::Text(text)) => self.text(text),
            ty @ Type::Tuple(_) if ty.kept() != *ty => {
                let items = value.items().unwrap_or_default();
                tuple(&items.iter().map(|item| self.kept(item)).collect::<Vec<_>>())
            }
            _ => value.clone(),
        }
    }

    /// The value of a string that is known. Nobody holds its memory, which lives as long as the code.
    fn text(&mut self, text: &str) -> Value {
        let number = self.session.host.text(text) as u32;
        let (data, owner) = (self.local(Part::Address), self.local(Part::Address));
        self.emit(Step::Symbol { number, into: data });
        let length = self.size(text.chars().count() as i64);
        Value::new(Type::Text, vec![data, owner, length])
    }

    /// A string, as what takes one needs it.
    pub(super) fn as_text(&mut self, value: &Value, what: &str) -> Followed<Value> {
        if value.ty.is_text() {
            return Ok(self.kept(value));
        }
        self.error(format!("{what} takes a str, not {}", value.ty.describe()), None)
    }

    // -- parts ------------------------------------------------------------------------------

    /// `s[i]` and `s[a:b]`.
    pub(super) fn text_item(&mut self, text: &Value, index: &Expr) -> Followed<Value> {
        let text = self.kept(text);
        if let ExprKind::Slice { lower, upper, step } = &index.kind {
            let ends = self.slice_ends(lower.as_deref(), upper.as_deref(), step.as_deref())?;
            let (start, length, by) = self.slice_parts(text.parts[2], &ends);
            if step.is_none() {
                return Ok(self.part_of_text(&text, start, length));
            }
            let [start, length, by] = [start, length, by].map(|part| Value::new(INT, vec![part]));
            return self.call_library("stepped_text", &[text, start, length, by]);
        }
        let number = self.expression(index)?;
        let mark = match number.ty {
            Type::Number { .. } => self.mark(index, text.parts[2]),
            _ => None,
        };
        let (k, what) = (self.index(&number)?, "string index out of range");
        let k = match mark {
            Some(mark) => self.marked(mark, k, text.parts[2], number.known, what)?,
            None => self.checked(k, text.parts[2], number.known, what),
        };
        Ok(self.character(&text, k))
    }

    /// The character of a number, which the string has.
    pub(super) fn character(&mut self, text: &Value, k: Local) -> Value {
        let one = self.size(1);
        self.part_of_text(text, k, one)
    }

    /// So many characters from one on, which the string has, in its memory.
    fn part_of_text(&mut self, text: &Value, start: Local, length: Local) -> Value {
        let bytes = self.compute_one(&[start], |f, v| {
            let size = f.int(DType::I64, POINTS.dtype.size() as i128);
            f.mul(v[0], size)
        });
        let data = self.local(Part::Address);
        self.emit(Step::Advance { base: text.parts[0], bytes, into: data });
        Value::new(Type::Text, vec![data, text.parts[1], length])
    }

    /// The characters of a string for as many targets.
    pub(super) fn unpacked_text(&mut self, text: &Value, count: usize) -> Vec<Value> {
        let text = self.kept(text);
        // The target may be the string's own variable.
        let text = self.copied(&text);
        self.expect_count(text.parts[2], count, false);
        let places: Vec<Local> = (0..count).map(|k| self.size(k as i64)).collect();
        places.into_iter().map(|k| self.character(&text, k)).collect()
    }

    /// The code point of a number, which the string has.
    pub(super) fn point(&mut self, text: &Value, k: Local) -> Local {
        self.load(&Value::new(Type::Array(POINTS), text.parts.clone()), &[k]).parts[0]
    }

    /// The code point at a place that the source says.
    fn point_at(&mut self, text: &Value, k: usize) -> Local {
        let (dtype, base) = (POINTS.dtype, text.parts[0]);
        let place = Place { dtype, base, axes: Vec::new(), offset: (k * dtype.size()) as i64 };
        let into = self.local(Part::Scalar(dtype));
        self.emit(Step::Load { place, into });
        into
    }

    /// `ord(c)`.
    pub(super) fn ord(&mut self, value: &Value) -> Followed<Value> {
        let text = self.as_text(value, "ord()")?;
        let length = text.parts[2];
        let differs = self.compute_one(&[length], |f, v| {
            let one = f.int(DType::I64, 1);
            f.ne(v[0], one)
        });
        let message = vec![
            Piece::Text("ord() expected a character, but string of length ".to_owned()),
            Piece::Value(DType::I64),
            Piece::Text(" found".to_owned()),
        ];
        self.fail_if(differs, Exception::Named("TypeError".to_owned()), message, vec![length]);
        let point = self.point_at(&text, 0);
        let part = self.compute_one(&[point], |f, v| f.convert(v[0], DType::I64));
        Ok(Value::new(INT, vec![part]))
    }

    /// `chr(i)`.
    pub(super) fn chr(&mut self, value: &Value) -> Followed<Value> {
        let number = self.index(value)?;
        let outside = self.compute_one(&[number], |f, v| {
            let (point, end) = (f.convert(v[0], DType::U64), f.int(DType::U64, 0x11_0000));
            f.ge(point, end)
        });
        self.refuse_if(outside, Exception::Value, "chr() arg not in range(0x110000)");
        let few = self.compute_one(&[number], |f, v| {
            let end = f.int(DType::I64, SHARED.into());
            f.lt(v[0], end)
        });
        let own = |l: &mut Self| {
            let (one, zero) = (l.size(1), l.size(0));
            let made = l.new_points(one)?;
            let point = l.compute_one(&[number], |f, v| f.convert(v[0], POINTS.dtype));
            l.store(&made, &[zero], &[point]);
            Ok(Value::new(Type::Text, made.parts))
        };
        let shared = |l: &mut Self| {
            let all: String = (0..SHARED).filter_map(char::from_u32).collect();
            let all = l.text(&all);
            Ok(l.character(&all, number))
        };
        self.choose(few, shared, own)
    }

    /// `int(s)`, `float(s)` and kin.
    pub(super) fn number_of_text(&mut self, dtype: DType, text: Value) -> Followed<Value> {
        match dtype {
            DType::Bool => {
                let truth = self.truth(&text)?;
                Ok(self.as_value(truth))
            }
            DType::I64 => self.call_builtin("int", vec![text]),
            DType::F64 => self.call_builtin("float", vec![text]),
            _ => self.call_builtin("complex", vec![text]),
        }
    }

    // -- operators --------------------------------------------------------------------------

    /// `+`, `*` and `%` of strings; nothing if the operands are others.
    pub(super) fn text_operator(
        &mut self,
        op: BinaryOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        let (text, other) = if a.ty.is_text() { (a, b) } else { (b, a) };
        if !text.ty.is_text() {
            return Ok(None);
        }
        match op {
            BinaryOp::Add if other.ty.is_text() => {
                if let (Some(first), Some(second)) = (known_text(a), known_text(b)) {
                    return Ok(Some(known(format!("{first}{second}"))));
                }
                self.call_library("add_texts", &[a.clone(), b.clone()]).map(Some)
            }
            BinaryOp::Mult if is_count(&other.ty) => {
                let (text, times) = (self.kept(text), self.index(other)?);
                let too_many = self.compute_one(&[text.parts[2], times], |f, v| {
                    let (zero, most) = (f.int(DType::I64, 0), f.int(DType::I64, MOST.into()));
                    let one = f.int(DType::I64, 1);
                    let empty = f.eq(v[0], zero);
                    let length = f.select(empty, one, v[0]);
                    let most = f.quot(most, length);
                    f.gt(v[1], most)
                });
                self.refuse_if(too_many, Exception::Memory, "");
                let times = Value::new(INT, vec![times]);
                self.call_library("repeat_text", &[text, times]).map(Some)
            }
            BinaryOp::Mod if a.ty.is_text() => {
                self.call_outside(None, "__mod__", vec![a.clone(), b.clone()], &[], &[]).map(Some)
            }
            BinaryOp::Add => self.error(
                format!("'+' of {} and {} is not compiled", a.ty.describe(), b.ty.describe()),
                Some("write str(...), or a formatted string: f\"{x}\""),
            ),
            _ => Ok(None),
        }
    }

    /// A comparison of strings; nothing if neither is one.
    pub(super) fn compare_texts(
        &mut self,
        op: CompareOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        if !(a.ty.is_text() && b.ty.is_text()) {
            return Ok(self.text_beside_other(op, a, b));
        }
        if let (Some(first), Some(second)) = (known_text(a), known_text(b)) {
            let truth = Truth::Known(holds(op, first.cmp(second)));
            return Ok(Some(self.as_value(truth)));
        }
        if !matches!(op, CompareOp::Eq | CompareOp::NotEq) {
            let order = self.call_library("order_texts", &[a.clone(), b.clone()])?;
            let zero = self.int(0);
            return self.compare(op, &order, &zero).map(Some);
        }
        let same = match (known_text(a), known_text(b)) {
            (Some(text), _) if text.len() <= FEW => self.is_known_text(b, text),
            (_, Some(text)) if text.len() <= FEW => self.is_known_text(a, text),
            _ => self.call_library("equal_texts", &[a.clone(), b.clone()])?,
        };
        Ok(Some(if op == CompareOp::Eq { same } else { self.opposite(&same) }))
    }

    /// A string equals nothing but strings.
    fn text_beside_other(&mut self, op: CompareOp, a: &Value, b: &Value) -> Option<Value> {
        let other = if a.ty.is_text() { b } else { a };
        let is_other = matches!(other.ty, Type::None | Type::Number { .. } | Type::Tuple(_));
        let equals = op == CompareOp::Eq;
        if !is_other || !(a.ty.is_text() || b.ty.is_text()) || !(equals || op == CompareOp::NotEq) {
            return None;
        }
        Some(self.as_value(Truth::Known(!equals)))
    }

    /// Whether a string is one of a few characters that are known.
    fn is_known_text(&mut self, text: &Value, known: &str) -> Value {
        let points: Vec<u32> = known.chars().map(u32::from).collect();
        let count = points.len() as i128;
        let fits = self.compute_one(&[text.parts[2]], |f, v| {
            let count = f.int(DType::I64, count);
            f.eq(v[0], count)
        });
        if points.is_empty() {
            return Value::new(BOOL, vec![fits]);
        }
        let found = self.local(Part::Scalar(DType::Bool));
        self.emit(Step::Move { from: fits, into: found });
        let then = self.steps_of(|l| {
            let own: Vec<Local> = (0..points.len()).map(|k| l.point_at(text, k)).collect();
            let same = l.compute_one(&own, |f, v| {
                let mut all = f.bits(DType::Bool, 1);
                for (&own, &point) in v.iter().zip(&points) {
                    let point = f.int(POINTS.dtype, point.into());
                    let same = f.eq(own, point);
                    all = f.and(all, same);
                }
                all
            });
            l.emit(Step::Move { from: same, into: found });
        });
        self.emit(Step::If { condition: fits, then, otherwise: Vec::new() });
        Value::new(BOOL, vec![found])
    }

    /// `part in text`.
    pub(super) fn is_in_text(&mut self, part: &Value, text: &Value) -> Followed<Value> {
        let part = self.as_text(part, "'in' of a str")?;
        self.call_library("has_text", &[text.clone(), part])
    }

    /// Room for so many code points, which are whatever was there.
    pub(super) fn new_points(&mut self, count: Local) -> Followed<Value> {
        let made = self.new_array(POINTS.dtype, &[count])?;
        let none = self.size(0);
        self.set_word(made.parts[1], CAPACITY, none);
        Ok(made)
    }

    // -- the library ------------------------------------------------------------------------

    /// The steps of the library that strings are made of; nothing if it is another.
    pub(super) fn text_primitive(
        &mut self,
        name: &str,
        values: &[Value],
    ) -> Followed<Option<Value>> {
        match (name, values) {
            ("points_of", [text]) => {
                Ok(Some(Value::new(Type::Array(POINTS), self.kept(text).parts)))
            }
            ("blank", [count]) => {
                let count = self.index(count)?;
                self.new_points(count).map(Some)
            }
            ("roomy", [count, room]) => {
                let (count, room) = (self.index(count)?, self.index(room)?);
                let made = self.new_points(room)?;
                self.set_word(made.parts[1], LENGTH, count);
                self.set_word(made.parts[1], CAPACITY, room);
                Ok(Some(Value { parts: vec![made.parts[0], made.parts[1], count], ..made }))
            }
            ("reaching", [text, count]) => {
                let count = self.index(count)?;
                let ty = Type::Array(ArrayType { writeable: true, ..POINTS });
                Ok(Some(Value::new(ty, vec![text.parts[0], text.parts[1], count])))
            }
            ("owner_of", [text]) => Ok(Some(Value::new(Type::Pointer(None), vec![text.parts[1]]))),
            ("text_of", [points]) => Ok(Some(Value::new(Type::Text, points.parts.clone()))),
            _ => Ok(None),
        }
    }
}

/// Whether a string can be repeated by a number of a type.
fn is_count(ty: &Type) -> bool {
    ty.dtype().is_some_and(|dtype| dtype.is_integer() || dtype == DType::Bool)
}

/// Whether a comparison holds of two values in an order.
fn holds(op: CompareOp, order: Ordering) -> bool {
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::NotEq => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::LtE => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        _ => order.is_ge(),
    }
}
