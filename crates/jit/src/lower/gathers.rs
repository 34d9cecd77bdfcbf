//! Arrays between brackets: elements at the places that arrays of integers list, or where an array
//! of bools holds.
//!
//! A mask is listed first: the places where it holds, an array for each of its axes. All lists are
//! copies whose places were checked and counted from the start, so nothing is read or written
//! where one of them lies outside. The axes that the lists make together stand where the first of
//! them does, or in front if something that is no list stands between them, as in NumPy.

use super::indices::Index;
use super::{Followed, Lowerer};
use crate::site::{Exception, Piece};
use crate::types::Type;
use crate::value::Value;
use stook_kernel::{Local, Step, Type as Part};
use stook_types::DType;

/// Elements of an array that are no view of it.
pub(super) struct Gather {
    pub(super) shape: Vec<Local>,
    /// How the place along each axis of the array follows from an index into the shape.
    axes: Vec<Along>,
}

enum Along {
    At(Local),
    Slice {
        start: Local,
        step: Option<Local>,
        axis: usize,
    },
    Listed {
        places: Value,
        /// The axis of the shape that the list's first one is.
        axis: usize,
        /// Whether each of the list's axes has one place, for all.
        single: Vec<Local>,
    },
}

/// An axis of the result that is no list's.
struct OwnAxis {
    length: Local,
    /// Where it begins on the array's axis, and its step unless it is 1; a new axis is none of the
    /// array's.
    slice: Option<(Local, Option<Local>)>,
}

impl Lowerer<'_, '_> {
    /// The places that an array between brackets lists, for each axis that it stands for, of which
    /// `axis` is the first; those of a mask need no check.
    pub(super) fn lists_of(
        &mut self,
        index: &Value,
        of: &Value,
        axis: usize,
    ) -> Followed<Vec<Value>> {
        let (array, own) = (of.grid().expect("it is indexed"), index.array().expect("an array"));
        if own.ty.ndim == 0 {
            return self.error("an array without axes is no index", Some("use int(...)"));
        }
        if own.ty.dtype != DType::Bool {
            if !own.ty.dtype.is_integer() {
                return self.error(
                    format!(
                        "arrays used as indices are of integers or bools, not {}",
                        own.ty.dtype
                    ),
                    Some("use astype(np.int64)"),
                );
            }
            return Ok(vec![index.clone()]);
        }
        if axis + own.ty.ndim > array.ty.ndim {
            return self.error("the mask has more axes than the array", None);
        }
        for k in 0..own.ty.ndim {
            let (length, given) = (array.length(axis + k), own.length(k));
            let differs = self.compute_one(&[length, given], |f, v| f.ne(v[0], v[1]));
            let message = vec![
                Piece::Text("boolean index did not match indexed array along axis ".to_owned()),
                Piece::Text(format!("{}; size of axis is ", axis + k)),
                Piece::Value(DType::I64),
                Piece::Text(" but size of corresponding boolean axis is ".to_owned()),
                Piece::Value(DType::I64),
            ];
            self.fail_if(differs, Exception::Index, message, vec![length, given]);
        }
        self.places_that_hold(index)
    }

    /// The places where a mask holds, in order: an array for each axis.
    fn places_that_hold(&mut self, mask: &Value) -> Followed<Vec<Value>> {
        let shape = mask.array().expect("a mask").shape();
        let number = self.local(Part::Scalar(DType::I64));
        let zero = self.size(0);
        self.emit(Step::Move { from: zero, into: number });
        self.each_place(&shape, &mut |l, at| {
            let holds = l.load(mask, at).parts[0];
            let more = l.compute_one(&[number, holds], |f, v| {
                let one = f.convert(v[1], DType::I64);
                f.add(v[0], one)
            });
            l.emit(Step::Move { from: more, into: number });
            Ok(())
        })?;
        let count = self.local(Part::Scalar(DType::I64));
        self.emit(Step::Move { from: number, into: count });
        let lists = shape.iter().map(|_| self.new_array(DType::I64, &[count]));
        let lists = lists.collect::<Followed<Vec<Value>>>()?;
        self.emit(Step::Move { from: zero, into: number });
        self.each_place(&shape, &mut |l, at| {
            let holds = l.load(mask, at).parts[0];
            let (then, ()) = l.block(|l| {
                for (list, &k) in lists.iter().zip(at) {
                    l.store(list, &[number], &[k]);
                }
                let more = l.compute_one(&[number], |f, v| {
                    let one = f.int(DType::I64, 1);
                    f.add(v[0], one)
                });
                l.emit(Step::Move { from: more, into: number });
                Ok(())
            })?;
            l.emit(Step::If { condition: holds, then, otherwise: Vec::new() });
            Ok(())
        })?;
        Ok(lists)
    }

    /// A copy of a list whose places lie within the axis and count from its start.
    pub(super) fn checked_list(
        &mut self,
        list: &Value,
        length: Local,
        what: &str,
    ) -> Followed<Value> {
        let own = list.array().expect("a list is an array");
        let places = self.new_array(DType::I64, &own.shape())?;
        self.fill_array(&places, &mut |l, at| {
            let k = l.load(list, at);
            let k = l.index(&k)?;
            let k = l.checked(k, length, None, what);
            Ok(Value::new(Type::strong(DType::I64), vec![k]))
        })?;
        Ok(places)
    }

    /// What indices of which some are lists take of an array.
    pub(super) fn gather(&mut self, value: &Value, indices: &[Index]) -> Followed<Gather> {
        let array = value.grid().expect("an array is asked for");
        let lists: Vec<Value> = indices
            .iter()
            .filter_map(|index| match index {
                Index::Listed(places) => Some(places.clone()),
                _ => None,
            })
            .collect();
        let refusal =
            (Exception::Index, "shape mismatch: indexing arrays could not be broadcast together");
        let shapes = lists.iter().map(|list| list.array().expect("a list").shape()).collect();
        let (together, _) = self.broadcast_shapes(shapes, refusal);
        let (own, before) = self.own_axes(value, indices);
        let mut shape: Vec<Local> = own.iter().map(|axis| axis.length).collect();
        shape.splice(before..before, together.iter().copied());
        let moved = |k: usize| if k < before { k } else { k + together.len() };
        let mut axes = Vec::new();
        let mut slices = own.iter().enumerate().filter_map(|(k, axis)| Some((k, axis.slice?)));
        for index in indices {
            match index {
                Index::At(k) => axes.push(Along::At(*k)),
                Index::New => {}
                Index::Listed(places) => {
                    let lengths = places.array().expect("a list").shape();
                    let axis = before + together.len() - lengths.len();
                    let single = lengths.iter().map(|&length| self.has_one_place(length)).collect();
                    axes.push(Along::Listed { places: places.clone(), axis, single });
                }
                Index::Slice { .. } | Index::Rest => {
                    let count = match index {
                        Index::Rest => array.ty.ndim - taken(indices),
                        _ => 1,
                    };
                    for _ in 0..count {
                        let (k, (start, step)) = slices.next().expect("an axis of its own");
                        axes.push(Along::Slice { start, step, axis: moved(k) });
                    }
                }
            }
        }
        for (k, (start, step)) in slices {
            axes.push(Along::Slice { start, step, axis: moved(k) });
        }
        Ok(Gather { shape, axes })
    }

    /// The axes of the result that are no list's, and how many of them stand before those of the
    /// lists.
    fn own_axes(&mut self, value: &Value, indices: &[Index]) -> (Vec<OwnAxis>, usize) {
        let array = value.grid().expect("an array is asked for");
        let (one, zero) = (self.size(1), self.size(0));
        let whole = |axis| OwnAxis { length: array.length(axis), slice: Some((zero, None)) };
        let (mut own, mut axis, mut before) = (Vec::new(), 0, None);
        for index in indices {
            match *index {
                Index::At(_) | Index::Listed(_) => {
                    before = before.or(Some(own.len()));
                    axis += 1;
                }
                Index::Slice { start, length, step } => {
                    own.push(OwnAxis { length, slice: Some((start, Some(step))) });
                    axis += 1;
                }
                Index::New => own.push(OwnAxis { length: one, slice: None }),
                Index::Rest => {
                    let end = axis + array.ty.ndim - taken(indices);
                    own.extend((axis..end).map(whole));
                    axis = end;
                }
            }
        }
        own.extend((axis..array.ty.ndim).map(whole));
        (own, if together(indices) { before.unwrap_or(0) } else { 0 })
    }

    /// A new array of the elements.
    pub(super) fn gathered(&mut self, value: &Value, gather: &Gather) -> Followed<Value> {
        let dtype = value.array().expect("an array is asked for").ty.dtype;
        let made = self.new_array(dtype, &gather.shape)?;
        self.fill_array(&made, &mut |l, at| {
            let own = l.places_of_gather(gather, at);
            Ok(l.load(value, &own))
        })?;
        Ok(Value { fresh: true, ..made })
    }

    /// Writes a number, or an array that broadcasts to the elements' shape, to the elements; of
    /// places that are listed twice, the later value stays.
    pub(super) fn scatter(
        &mut self,
        array: &Value,
        gather: &Gather,
        value: &Value,
    ) -> Followed<()> {
        let dtype = array.array().expect("an array is asked for").ty.dtype;
        if let Type::Number { .. } = value.ty {
            let parts = self.element(value, dtype)?;
            return self.each_place(&gather.shape, &mut |l, at| {
                let own = l.places_of_gather(gather, at);
                l.store(array, &own, &parts);
                Ok(())
            });
        }
        if value.array().is_none() {
            let text = format!("{} cannot be assigned to parts of an array", value.ty.describe());
            return self.error(text, Some("assign a number or an array"));
        }
        let (copy, single) = self.assignable(value, &gather.shape)?;
        let skipped = gather.shape.len() - single.len();
        self.each_place(&gather.shape, &mut |l, at| {
            let from = l.of_single(&at[skipped..], &single);
            let item = l.load(&copy, &from);
            let parts = l.cast_to_element(&item, dtype)?;
            let own = l.places_of_gather(gather, at);
            l.store(array, &own, &parts);
            Ok(())
        })
    }

    /// The place of an element along each axis of the array.
    pub(super) fn places_of_gather(&mut self, gather: &Gather, at: &[Local]) -> Vec<Local> {
        let mut places = Vec::new();
        for along in &gather.axes {
            places.push(match along {
                Along::At(k) => *k,
                Along::Slice { step: None, axis, .. } => at[*axis],
                Along::Slice { start, step: Some(step), axis } => {
                    self.compute_one(&[*start, *step, at[*axis]], |f, v| {
                        let by = f.mul(v[1], v[2]);
                        f.add(v[0], by)
                    })
                }
                Along::Listed { places, axis, single } => {
                    let own = self.of_single(&at[*axis..axis + single.len()], single);
                    self.load(places, &own).parts[0]
                }
            });
        }
        places
    }
}

/// How many axes of the array indices take, apart from the rest.
fn taken(indices: &[Index]) -> usize {
    indices.iter().filter(|index| !matches!(index, Index::New | Index::Rest)).count()
}

/// Whether the lists, and numbers among them, stand beside each other.
fn together(indices: &[Index]) -> bool {
    let listed = |index: &Index| matches!(index, Index::At(_) | Index::Listed(_));
    let (first, last) = (indices.iter().position(listed), indices.iter().rposition(listed));
    first.zip(last).is_some_and(|(first, last)| indices[first..=last].iter().all(listed))
}
