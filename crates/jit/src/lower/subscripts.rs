//! Brackets: elements, views, items of tuples, read and written.

use super::elementwise::told_shape;
use super::indices::{Index, has_lists};
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::site::{Exception, Piece};
use crate::syntax::{Expr, ExprKind};
use crate::types::{INT, Layout, Type};
use crate::value::Value;
use stook_kernel::{FAILURE_VALUES, Local, Place, Step, Stride, Type as Part};
use stook_types::DType;

impl Lowerer<'_, '_> {
    /// What stands at an index.
    pub(super) fn item_of(&mut self, value: &Value, index: &Expr) -> Followed<Value> {
        if let Some(function) = self.operator_of(value, "__getitem__") {
            let index = self.expression(index)?;
            return self.call_with(function, vec![value.clone(), index], Vec::new());
        }
        if let Some(items) = value.items() {
            return self.tuple_item(&items, index);
        }
        if let Type::PointerToRecords(_) = value.ty {
            return self.record_behind(value, index);
        }
        if let Type::Pointer(_) = value.ty {
            return self.number_at(value, index);
        }
        if value.ty.container().is_some() {
            return self.container_item(value, index);
        }
        if value.ty.is_text() {
            return self.text_item(value, index);
        }
        if value.ty == Type::Bytes {
            return self.item_of_bytes(value, index);
        }
        if let Type::Records(..) = value.ty {
            return self.item_of_records(value, index);
        }
        if value.array().is_none() {
            let text = format!("{} cannot be indexed", value.ty.describe());
            return self.error(text, Some("arrays, tuples, lists, dicts and strings can"));
        }
        let (places, rest) = self.indices(value, index)?;
        match rest {
            None => Ok(self.load(value, &places)),
            Some(indices) if has_lists(&indices) => {
                let gather = self.gather(value, &indices)?;
                self.gathered(value, &gather)
            }
            Some(indices) => self.part(value, indices),
        }
    }

    /// Writes what stands at an index.
    pub(super) fn set_item(&mut self, array: &Value, index: &Expr, value: &Value) -> Followed<()> {
        if let Some(function) = self.operator_of(array, "__setitem__") {
            let given = vec![array.clone(), self.expression(index)?, value.clone()];
            return self.call_with(function, given, Vec::new()).map(|_| ());
        }
        if let Type::PointerToRecords(_) = array.ty {
            let record = self.record_behind(array, index)?;
            return self.set_records(&record, value);
        }
        if let Type::Pointer(_) = array.ty {
            return self.set_number_at(array, index, value);
        }
        if array.ty.container().is_some() {
            return self.set_container_item(array, index, value);
        }
        if let Type::Records(..) = array.ty {
            return self.set_item_of_records(array, index, value);
        }
        let Some(found) = array.array() else {
            let text = format!("elements of {} cannot be assigned", array.ty.describe());
            return self.error(text, Some("those of arrays, lists and dicts can"));
        };
        let ty = found.ty;
        if !ty.writeable {
            return self.error("this array is read-only", Some("pass a copy of it"));
        }
        let (places, rest) = self.indices(array, index)?;
        let Some(indices) = rest else {
            let parts = self.element(value, ty.dtype)?;
            self.store(array, &places, &parts);
            return Ok(());
        };
        if has_lists(&indices) {
            let gather = self.gather(array, &indices)?;
            return self.scatter(array, &gather, value);
        }
        let part = self.part(array, indices)?;
        self.assign_to_part(&part, value)
    }

    /// Gives the elements of a part of an array a number, or those of an array.
    pub(super) fn assign_to_part(&mut self, part: &Value, value: &Value) -> Followed<()> {
        let dtype = part.array().expect("a part of an array").ty.dtype;
        match &value.ty {
            Type::Number { .. } => {
                let parts = self.element(value, dtype)?;
                let item = Value::new(Type::strong(dtype), parts);
                self.fill_with(part, &item)
            }
            Type::Array(_) => self.copy_into(part, value),
            Type::Tuple(_) | Type::Container(_) => {
                let list = self.listed_value(value)?;
                let array = self.array_of(&list, None)?;
                self.copy_into(part, &array)
            }
            other => {
                let text = format!("{} cannot be assigned to a part of an array", other.describe());
                self.error(text, Some("assign a number, a list or an array"))
            }
        }
    }

    /// Copies an array into another of its shape, or one that it broadcasts to.
    pub(super) fn copy_into(&mut self, part: &Value, value: &Value) -> Followed<()> {
        let shape = part.array().expect("a part").shape();
        let (copy, single) = self.assignable(value, &shape)?;
        let skipped = shape.len() - single.len();
        self.fill_array(part, &mut |l, at| {
            let own = l.of_single(&at[skipped..], &single);
            Ok(l.load(&copy, &own))
        })
    }

    /// An array to be assigned where the shape is this, which it broadcasts to: one that shares no
    /// memory with others, and whether each of its axes has one place, for all.
    pub(super) fn assignable(
        &mut self,
        value: &Value,
        shape: &[Local],
    ) -> Followed<(Value, Vec<Local>)> {
        let single = self.broadcastable(value, shape)?;
        if value.fresh {
            return Ok((value.clone(), single));
        }
        // The value may lie in the memory that is written.
        let from = value.array().expect("an array");
        let copy = self.new_array(from.ty.dtype, &from.shape())?;
        self.copy_elements(value, &copy)?;
        Ok((copy, single))
    }

    /// Sees to it that an array broadcasts to a shape; of each of its axes, whether it has one place,
    /// for all.
    pub(super) fn broadcastable(&mut self, value: &Value, shape: &[Local]) -> Followed<Vec<Local>> {
        let from = value.grid().expect("an array");
        if from.ty.ndim > shape.len() {
            return self.error("the array assigned has more axes than its place", None);
        }
        let skipped = shape.len() - from.ty.ndim;
        let mut single = Vec::new();
        for axis in 0..from.ty.ndim {
            let (own, other) = (from.length(axis), shape[axis + skipped]);
            let one = self.has_one_place(own);
            let differs = self.compute_one(&[own, other, one], |f, v| {
                let differs = f.ne(v[0], v[1]);
                let many = f.not(v[2]);
                f.and(differs, many)
            });
            let told = [from.shape(), shape.to_vec()].concat();
            let (message, values) = if told.len() <= FAILURE_VALUES {
                let text = |text: &str| vec![Piece::Text(text.to_owned())];
                let start = text("could not broadcast input array from shape ");
                let into = text(" into shape ");
                let shapes = [told_shape(from.ty.ndim), into, told_shape(shape.len())];
                ([start, shapes.concat()].concat(), told)
            } else {
                let message = vec![
                    Piece::Text("could not broadcast an axis of ".to_owned()),
                    Piece::Value(DType::I64),
                    Piece::Text(" elements to one of ".to_owned()),
                    Piece::Value(DType::I64),
                ];
                (message, vec![own, other])
            };
            self.fail_if(differs, Exception::Value, message, values);
            single.push(one);
        }
        Ok(single)
    }

    fn tuple_item(&mut self, items: &[Value], index: &Expr) -> Followed<Value> {
        if let ExprKind::Slice { lower, upper, step } = &index.kind {
            let ends = [lower, upper, step].map(|end| self.known_end(end.as_deref()));
            let [lower, upper, step] = ends;
            let step = step?.unwrap_or(1);
            if step == 0 {
                return self.error("slice step cannot be zero", None);
            }
            let part = places_of(items.len() as i64, (lower?, upper?, step));
            let part: Vec<Value> = part.map(|k| items[k as usize].clone()).collect();
            return Ok(crate::value::tuple(&part));
        }
        let value = self.expression(index)?;
        let n = items.len() as i64;
        if let Some(k) = value.known {
            let place = if k < 0 { k + n } else { k };
            return match items.get(place as usize) {
                Some(item) => Ok(item.clone()),
                None => self.error("tuple index out of range", None),
            };
        }
        let items = &items.iter().map(|item| self.kept(item)).collect::<Vec<_>>()[..];
        if items.is_empty() || items.iter().any(|item| item.ty != items[0].ty) {
            return self.error(
                "items of several types are taken by a number that stands in the source",
                Some("use a tuple of one type, or an array"),
            );
        }
        let k = self.index(&value)?;
        let length = self.size(n);
        let k = self.checked(k, length, None, "tuple index out of range");
        Ok(self.one_of(items, k))
    }

    /// The end or step of a tuple's slice, if there is one.
    fn known_end(&mut self, end: Option<&Expr>) -> Followed<Option<i64>> {
        let Some(expr) = end else { return Ok(None) };
        let value = self.expression(expr)?;
        if value.known.is_none() && value.ty != Type::None {
            return self.error("a tuple is sliced by numbers that stand in the source", None);
        }
        Ok(value.known)
    }

    /// The item of a number among several of one type.
    pub(super) fn one_of(&mut self, items: &[Value], k: Local) -> Value {
        let parts = self.new_parts(&items[0].ty);
        for (number, item) in items.iter().enumerate() {
            let here = self.compute_one(&[k], |f, v| {
                let number = f.int(DType::I64, number as i128);
                f.eq(v[0], number)
            });
            self.blocks.push(Vec::new());
            self.moved(&item.parts, &parts);
            let then = self.blocks.pop().expect("the block pushed above");
            self.emit(Step::If { condition: here, then, otherwise: Vec::new() });
        }
        Value::new(items[0].ty.clone(), parts)
    }

    /// The view that indices make.
    pub(super) fn part(&mut self, value: &Value, indices: Vec<Index>) -> Followed<Value> {
        let array = value.grid().expect("an array is asked for");
        let leading = indices.iter().all(|index| matches!(index, Index::At(_)));
        let strides = self.strides(value);
        let axes: usize =
            indices.iter().filter(|i| matches!(i, Index::At(_) | Index::Slice { .. })).count();
        let mut data = array.data();
        let (mut shape, mut kept) = (Vec::new(), Vec::new());
        let mut axis = 0;
        for index in &indices {
            match *index {
                Index::At(k) => {
                    data = self.advanced(data, k, strides[axis]);
                    axis += 1;
                }
                Index::Slice { start, length, step } => {
                    data = self.advanced(data, start, strides[axis]);
                    shape.push(length);
                    kept.push(self.compute_one(&[strides[axis], step], |f, v| f.mul(v[0], v[1])));
                    axis += 1;
                }
                Index::Listed(_) => unreachable!("lists make no view"),
                Index::New => {
                    shape.push(self.size(1));
                    kept.push(self.size(0));
                }
                Index::Rest => {
                    for _ in 0..array.ty.ndim - axes {
                        shape.push(array.length(axis));
                        kept.push(strides[axis]);
                        axis += 1;
                    }
                }
            }
        }
        shape.extend(array.shape().split_off(axis));
        kept.extend_from_slice(&strides[axis..]);
        let mut view = self.view(value, data, shape, kept);
        if leading && array.ty.layout == Layout::C {
            view = self.without_strides(&view);
        }
        Ok(view)
    }

    /// The same array, whose strides are those of its shape.
    pub(super) fn without_strides(&mut self, view: &Value) -> Value {
        let array = view.grid().expect("an array is asked for");
        let mut parts = vec![array.data(), array.owner()];
        parts.extend(array.shape());
        let ty = crate::types::ArrayType { layout: Layout::C, ..array.ty };
        Value::new(super::arrays::of_kind(&view.ty, ty), parts)
    }

    pub(super) fn advanced(&mut self, data: Local, k: Local, stride: Local) -> Local {
        let bytes = self.compute_one(&[k, stride], |f, v| f.mul(v[0], v[1]));
        let into = self.local(Part::Address);
        self.emit(Step::Advance { base: data, bytes, into });
        into
    }

    /// The item of a number along the first axis, which is within it.
    pub(super) fn at_first_axis(&mut self, value: &Value, k: Local) -> Followed<Value> {
        if value.array().is_some_and(|array| array.ty.ndim == 1) {
            return Ok(self.load(value, &[k]));
        }
        self.part(value, vec![Index::At(k)])
    }

    /// The element at places within the axes.
    pub(super) fn load(&mut self, value: &Value, at: &[Local]) -> Value {
        self.load_behind(value, at, 0)
    }

    /// The element some bytes behind.
    pub(super) fn load_behind(&mut self, value: &Value, at: &[Local], bytes: i64) -> Value {
        let dtype = value.array().expect("an array is asked for").ty.dtype;
        let places = self.places(value, at);
        let mut parts = Vec::new();
        for place in places {
            let place = Place { offset: place.offset + bytes, ..place };
            let into = self.local(Part::Scalar(place.dtype));
            self.emit(Step::Load { place, into });
            parts.push(into);
        }
        Value::new(Type::strong(dtype), parts)
    }

    /// Writes the scalars of an element.
    pub(super) fn store(&mut self, array: &Value, at: &[Local], parts: &[Local]) {
        for (place, &value) in self.places(array, at).into_iter().zip(parts) {
            self.emit(Step::Store { place, value });
        }
    }

    fn places(&mut self, value: &Value, at: &[Local]) -> Vec<Place> {
        let array = value.array().expect("an array is asked for");
        let (dtype, last) = (array.ty.dtype, array.ty.ndim.wrapping_sub(1));
        let packed = array.ty.layout == Layout::C;
        let strides = if packed && last == 0 { Vec::new() } else { self.strides(value) };
        let stride = |axis: usize| match packed && axis == last {
            true => Stride::Fixed(dtype.size() as i64),
            false => Stride::Local(strides[axis]),
        };
        let axes: Vec<_> = at.iter().enumerate().map(|(axis, &k)| (k, stride(axis))).collect();
        (0..dtype.parts())
            .map(|part| Place {
                dtype: dtype.real(),
                base: array.data(),
                axes: axes.clone(),
                offset: (part * dtype.real().size()) as i64,
            })
            .collect()
    }

    /// The length of what has one.
    pub(super) fn length_of(&mut self, value: &Value) -> Followed<Value> {
        match &value.ty {
            Type::Tuple(items) => Ok(self.int(items.len() as i64)),
            Type::Record(..) | Type::Object(..) => self.length_of_object(value),
            Type::Range => {
                let length = self.range_length(value);
                Ok(Value::new(INT, vec![length]))
            }
            Type::Container(_) => {
                let length = self.items_in(value);
                Ok(Value::new(INT, vec![length]))
            }
            Type::Text | Type::Bytes => Ok(Value::new(INT, vec![value.parts[2]])),
            Type::Thing(Thing::Text(text)) => Ok(self.int(text.chars().count() as i64)),
            Type::Array(array) | Type::Records(_, array) if array.ndim > 0 => {
                let length = value.grid().expect("an array").length(0);
                Ok(Value::new(INT, vec![length]))
            }
            Type::Records(structure, _) => Ok(self.int(structure.fields.len() as i64)),
            other => self.error(format!("{} has no len()", other.describe()), None),
        }
    }
}

/// The places of a slice among `n` items, by its ends where it has them, and its step.
fn places_of(
    n: i64,
    (lower, upper, step): (Option<i64>, Option<i64>, i64),
) -> impl Iterator<Item = i64> {
    let (least, most) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let placed = |k: i64| (if k < 0 { k.saturating_add(n) } else { k }).clamp(least, most);
    let (first, last) = if step > 0 { (least, most) } else { (most, least) };
    let (from, to) = (lower.map_or(first, placed), upper.map_or(last, placed));
    std::iter::successors(Some(from), move |&k| k.checked_add(step))
        .take_while(move |&k| if step > 0 { k < to } else { k > to })
}
