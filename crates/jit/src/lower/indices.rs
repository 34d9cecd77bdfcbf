//! What stands between an array's brackets: places within axes, parts of axes, lists of places.
//!
//! An index's items enter in the order that they are written; all are worked out before the first is
//! held to its axis, as in Python. What goes beyond an axis raises.

use super::{Followed, Lowerer};
use crate::site::{Exception, Piece};
use crate::syntax::{Expr, ExprKind, Span};
use crate::types::Type;
use crate::value::Value;
use stook_kernel::{Local, Step, Type as Part};
use stook_types::DType;

/// One thing between brackets.
pub(super) enum Index {
    At(Local),
    /// An array of places within the axis.
    Listed(Value),
    Slice {
        start: Local,
        length: Local,
        step: Local,
    },
    New,
    Rest,
}

/// The ends of a slice where it has them, and its step, as they were given.
pub(super) struct SliceEnds {
    lower: Option<Local>,
    upper: Option<Local>,
    step: Local,
    known_step: Option<i64>,
}

/// An index that has been worked out, and is not held to its axis yet.
enum Given {
    Number {
        k: Local,
        mark: Option<Local>,
        known: Option<i64>,
    },
    Slice(SliceEnds),
    List(Value),
    /// The places where a mask holds.
    Held(Value),
}

/// Where an index stands: in the source, among the indices, and on which axis.
struct Standing {
    span: Span,
    place: usize,
    axis: usize,
}

impl Lowerer<'_, '_> {
    /// The places of an element, or the indices of a part.
    pub(super) fn indices(
        &mut self,
        value: &Value,
        index: &Expr,
    ) -> Followed<(Vec<Local>, Option<Vec<Index>>)> {
        let array = value.grid().expect("an array is asked for");
        let items = match &index.kind {
            ExprKind::Tuple(items) => &items[..],
            _ => std::slice::from_ref(index),
        };
        let taken = |item: &Expr| !is_new_or_rest(item);
        let axes: usize = items.iter().filter(|item| taken(item)).count();
        if axes > array.ty.ndim {
            // A tuple of numbers in one variable counts as that many.
            let text = format!(
                "too many indices for array: array is {}-dimensional, but {axes} were indexed",
                array.ty.ndim
            );
            return self.error(text, None);
        }
        let (mut indices, mut given) = (Vec::new(), Vec::new());
        let mut axis = 0;
        for item in items {
            let outer = self.go(item.span);
            match &item.kind {
                _ if is_new(item) => indices.push(Index::New),
                ExprKind::Other(name) if name == "Ellipsis" => {
                    axis += array.ty.ndim - axes;
                    indices.push(Index::Rest);
                }
                _ => {
                    for found in self.worked_out(value, item, axis)? {
                        if axis >= array.ty.ndim {
                            return self.error("too many indices for array", None);
                        }
                        given.push((
                            Standing { span: item.span, place: indices.len(), axis },
                            found,
                        ));
                        indices.push(Index::New); // until it is held to its axis
                        axis += 1;
                    }
                }
            }
            self.go(outer);
        }
        // Arrays of places are looked at behind all others.
        given.sort_by_key(|(_, found)| matches!(found, Given::List(_)));
        for (standing, found) in given {
            let outer = self.go(standing.span);
            let length = array.length(standing.axis);
            indices[standing.place] = self.held(found, length, standing.axis)?;
            self.go(outer);
        }
        let at = |index: &Index| match index {
            Index::At(k) => Some(*k),
            _ => None,
        };
        let places: Option<Vec<Local>> = indices.iter().map(at).collect();
        match places {
            Some(places) if axis == array.ty.ndim => Ok((places, None)),
            _ => Ok((Vec::new(), Some(indices))),
        }
    }

    /// What an item between brackets gives for the axes from this one on.
    fn worked_out(&mut self, value: &Value, item: &Expr, axis: usize) -> Followed<Vec<Given>> {
        if let ExprKind::Slice { lower, upper, step } = &item.kind {
            let ends = self.slice_ends(lower.as_deref(), upper.as_deref(), step.as_deref())?;
            return Ok(vec![Given::Slice(ends)]);
        }
        let array = value.grid().expect("an array is asked for");
        let mut found = self.expression(item)?;
        if super::lists::list_type(&found).is_some() {
            let none = self.known_item(&found)?.is_none();
            found = self.array_of(&found, none.then_some(DType::I64))?;
        }
        if let Some(list) = found.array() {
            let kind = if list.ty.dtype == DType::Bool { Given::Held } else { Given::List };
            return Ok(self.lists_of(&found, value, axis)?.into_iter().map(kind).collect());
        }
        let mark = match found.ty {
            Type::Number { .. } => self.mark(item, array.length(axis)),
            _ => None,
        };
        let mut given = Vec::new();
        for number in found.items().unwrap_or_else(|| vec![found]) {
            if number.ty.dtype() == Some(DType::Bool) {
                let text = "a bool as an index of an array makes an axis, and is not compiled";
                return self.error(text, Some("use int(...), or an array of bools"));
            }
            let k = self.index(&number)?;
            given.push(Given::Number { k, mark, known: number.known });
        }
        Ok(given)
    }

    /// An index within an axis of this length.
    fn held(&mut self, given: Given, length: Local, axis: usize) -> Followed<Index> {
        let what = format!("axis {axis}");
        Ok(match given {
            Given::Number { k, mark: Some(mark), known } => {
                Index::At(self.marked(mark, k, length, known, &what)?)
            }
            Given::Number { k, mark: None, known } => {
                Index::At(self.checked(k, length, known, &what))
            }
            Given::Slice(ends) => {
                let (start, length, step) = self.slice_parts(length, &ends);
                Index::Slice { start, length, step }
            }
            Given::List(list) => Index::Listed(self.checked_list(&list, length, &what)?),
            Given::Held(places) => Index::Listed(places),
        })
    }

    /// An index within its axis, counted from the start; one beyond raises IndexError.
    pub(super) fn checked(
        &mut self,
        k: Local,
        length: Local,
        known: Option<i64>,
        what: &str,
    ) -> Local {
        let from_start = match known {
            Some(known) if known >= 0 => k,
            _ => self.compute_one(&[k, length], |f, v| {
                let zero = f.int(DType::I64, 0);
                let negative = f.lt(v[0], zero);
                let back = f.add(v[0], v[1]);
                f.select(negative, back, v[0])
            }),
        };
        if self.session.options.bounds {
            let outside = self.compute_one(&[from_start, length], |f, v| {
                let (k, n) = (f.convert(v[0], DType::U64), f.convert(v[1], DType::U64));
                f.ge(k, n)
            });
            if !what.starts_with("axis") {
                self.refuse_if(outside, Exception::Index, what);
            } else {
                let message = vec![
                    Piece::Text("index ".to_owned()),
                    Piece::Value(DType::I64),
                    Piece::Text(format!(" is out of bounds for {what} with size ")),
                    Piece::Value(DType::I64),
                ];
                self.fail_if(outside, Exception::Index, message, vec![k, length]);
            }
        }
        from_start
    }

    /// An index as `checked` makes it, where its check stands under a mark.
    pub(super) fn marked(
        &mut self,
        mark: Local,
        k: Local,
        length: Local,
        known: Option<i64>,
        what: &str,
    ) -> Followed<Local> {
        let place = self.local(Part::Scalar(DType::I64));
        self.emit(Step::Move { from: k, into: place });
        let (then, ()) = self.block(|l| {
            let k = l.checked(k, length, known, what);
            l.emit(Step::Move { from: k, into: place });
            Ok(())
        })?;
        self.emit(Step::If { condition: mark, then, otherwise: Vec::new() });
        Ok(place)
    }

    /// The ends and the step of a slice.
    pub(super) fn slice_ends(
        &mut self,
        lower: Option<&Expr>,
        upper: Option<&Expr>,
        step: Option<&Expr>,
    ) -> Followed<SliceEnds> {
        let (lower, upper) = (self.end(lower)?, self.end(upper)?);
        let step = match step {
            Some(step) if step.kind != ExprKind::None => self.expression(step)?,
            _ => self.int(1),
        };
        Ok(SliceEnds { lower, upper, step: self.index(&step)?, known_step: step.known })
    }

    /// An end of a slice, if there is one.
    fn end(&mut self, given: Option<&Expr>) -> Followed<Option<Local>> {
        let Some(expr) = given.filter(|expr| expr.kind != ExprKind::None) else { return Ok(None) };
        let value = self.perhaps(expr)?;
        if value.ty == Type::None {
            return Ok(None);
        }
        let value = self.present(&value);
        self.index(&value).map(Some)
    }

    /// Where a slice of so many items begins, how many it takes, and its step.
    pub(super) fn slice_parts(&mut self, length: Local, ends: &SliceEnds) -> (Local, Local, Local) {
        if ends.known_step.is_none_or(|known| known == 0) {
            let zero = self.compute_one(&[ends.step], |f, v| {
                let zero = f.int(DType::I64, 0);
                f.eq(v[0], zero)
            });
            self.refuse_if(zero, Exception::Value, "slice step cannot be zero");
        }
        let rising = match ends.known_step {
            Some(known) => self.compute_one(&[], |f, _| f.bits(DType::Bool, (known > 0).into())),
            None => {
                let falling = self.is_negative(ends.step);
                self.compute_one(&[falling], |f, v| f.not(v[0]))
            }
        };
        let start = self.clipped(ends.lower, length, rising, true);
        let stop = self.clipped(ends.upper, length, rising, false);
        let parts = vec![start, stop, ends.step];
        let range = Value { known: ends.known_step, ..Value::new(Type::Range, parts) };
        (start, self.range_length(&range), ends.step)
    }

    /// An end of a slice among so many items, as Python clips it.
    fn clipped(
        &mut self,
        given: Option<Local>,
        length: Local,
        rising: Local,
        is_start: bool,
    ) -> Local {
        let mut args = vec![length, rising];
        args.extend(given);
        self.compute_one(&args, |f, v| {
            let (n, rising) = (v[0], v[1]);
            let (zero, one, minus) =
                (f.int(DType::I64, 0), f.int(DType::I64, 1), f.int(DType::I64, -1));
            let last = f.sub(n, one);
            let low = f.select(rising, zero, minus);
            let high = f.select(rising, n, last);
            let Some(&k) = v.get(2) else {
                return if is_start {
                    f.select(rising, zero, last)
                } else {
                    f.select(rising, n, minus)
                };
            };
            let negative = f.lt(k, zero);
            let back = f.add(k, n);
            let k = f.select(negative, back, k);
            let below = f.lt(k, low);
            let k = f.select(below, low, k);
            let above = f.gt(k, high);
            f.select(above, high, k)
        })
    }
}

pub(super) fn has_lists(indices: &[Index]) -> bool {
    indices.iter().any(|index| matches!(index, Index::Listed(_)))
}

fn is_new_or_rest(item: &Expr) -> bool {
    is_new(item) || matches!(&item.kind, ExprKind::Other(name) if name == "Ellipsis")
}

/// Whether an index is a new axis: None, or NumPy's name for it.
fn is_new(item: &Expr) -> bool {
    match &item.kind {
        ExprKind::None => true,
        ExprKind::Attribute { name, .. } | ExprKind::Name(name) => name == "newaxis",
        _ => false,
    }
}
