//! Records of structured dtypes, in arrays or alone: views of memory, as in NumPy.
//!
//! A field of an array of records is an array over the same memory, a field of one record a number,
//! or what else lies there. Records are assigned field by field.

use super::arrays::bytes_of_element;
use super::control::Truth;
use super::gathers::Gather;
use super::indices::{Index, has_lists};
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::structure::{Element, Structure, StructureField};
use crate::syntax::{CompareOp, Expr, ExprKind};
use crate::types::{ArrayType, BOOL, BYTES, INT, Layout, POINTS, Type};
use crate::value::Value;
use std::sync::Arc;
use stook_kernel::{Local, Place, Step, Type as Part};
use stook_types::DType;

/// Attributes that arrays of records have beside their fields.
const OF_ARRAYS: [&str; 8] =
    ["shape", "strides", "ndim", "itemsize", "size", "nbytes", "dtype", "T"];

/// Records of more words are copied by a loop.
const MOST_WORDS: usize = 32;

const ASSIGNABLE: &str = "assign a record or an array of the same dtype, or a tuple of its fields";

fn structure_of(value: &Value) -> Arc<Structure> {
    match &value.ty {
        Type::Records(structure, _) => structure.clone(),
        _ => unreachable!("records are asked for"),
    }
}

fn is_one(value: &Value) -> bool {
    matches!(&value.ty, Type::Records(_, array) if array.ndim == 0)
}

impl Lowerer<'_, '_> {
    // -- reading ----------------------------------------------------------------------------

    /// `a[...]` of records: a field by its name, records by their places.
    pub(super) fn item_of_records(&mut self, value: &Value, index: &Expr) -> Followed<Value> {
        if let Some(k) = self.field_at(value, index)? {
            return self.field_of(value, k);
        }
        let indices = self.indices_of_records(value, index)?;
        if has_lists(&indices) {
            let gather = self.gather(value, &indices)?;
            return self.gathered_records(value, &gather);
        }
        self.part(value, indices)
    }

    fn indices_of_records(&mut self, value: &Value, index: &Expr) -> Followed<Vec<Index>> {
        let (places, rest) = self.indices(value, index)?;
        Ok(rest.unwrap_or_else(|| places.into_iter().map(Index::At).collect()))
    }

    /// A new array of the records at places.
    fn gathered_records(&mut self, value: &Value, gather: &Gather) -> Followed<Value> {
        let made = self.new_records(&structure_of(value), &gather.shape)?;
        self.each_place(&gather.shape, &mut |l, at| {
            let own = l.places_of_gather(gather, at);
            let (into, from) = (l.record_at(&made, at)?, l.record_at(value, &own)?);
            l.copy_bytes(&into, &from)
        })?;
        Ok(made)
    }

    /// `a.name` of records.
    pub(super) fn attribute_of_records(&mut self, value: &Value, name: &str) -> Followed<Value> {
        if !is_one(value) && OF_ARRAYS.contains(&name) {
            return self.array_attribute(value, name);
        }
        match structure_of(value).position(name) {
            Some(k) => self.field_of(value, k),
            None if name == "dtype" => self.array_attribute(value, name),
            None => self.no_field(value, name),
        }
    }

    /// A method of an array of records.
    pub(super) fn method_of_records(
        &mut self,
        value: &Value,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        match (name, args, keywords) {
            ("copy", [], []) => {
                let shape = value.grid().expect("records").shape();
                let made = self.new_records(&structure_of(value), &shape)?;
                self.copy_records(&made, value)?;
                Ok(made)
            }
            _ => self.error(
                format!("the method '{name}' of records is not compiled"),
                Some("call it of a field, as in a['x'].sum(), or write a loop"),
            ),
        }
    }

    fn no_field<T>(&self, value: &Value, name: &str) -> Followed<T> {
        let names = structure_of(value).names();
        let text = format!("no field of name {name} in {}", value.ty.describe());
        self.error(text, Some(&format!("its fields are {names}")))
    }

    /// The field that stands between brackets, if one does, by its place among the fields.
    fn field_at(&mut self, value: &Value, index: &Expr) -> Followed<Option<usize>> {
        let structure = structure_of(value);
        if let ExprKind::List(_) = index.kind {
            let hint = Some("take one field after the other");
            return self.error("several fields at once are not compiled", hint);
        }
        let named = match self.names_field(index)? || is_one(value) {
            true => self.expression(index)?,
            false => return Ok(None),
        };
        match (&named.ty, named.known) {
            (Type::Thing(Thing::Text(name)), _) => match structure.position(name) {
                Some(k) => Ok(Some(k)),
                None => self.no_field(value, name),
            },
            (Type::Number { .. }, Some(k)) => {
                let count = structure.fields.len() as i64;
                let place = if k < 0 { k + count } else { k };
                match usize::try_from(place) {
                    Ok(place) if place < structure.fields.len() => Ok(Some(place)),
                    _ => self.error(format!("a record of {count} fields has no field {k}"), None),
                }
            }
            (other, _) => self.error(
                format!("{} is no name of a field that stands in the source", other.describe()),
                Some("write the name, or loop over names by literal_unroll"),
            ),
        }
    }

    /// Whether an expression is a string that is known while compiling, or leads to a string
    /// otherwise; only what can be followed without a trace is looked at.
    fn names_field(&mut self, expr: &Expr) -> Followed<bool> {
        match &expr.kind {
            ExprKind::Text(_) | ExprKind::Formatted(_) => Ok(true),
            ExprKind::Name(_) => Ok(self.expression(expr)?.ty.is_text()),
            ExprKind::Subscript { value, .. } if matches!(value.kind, ExprKind::Name(_)) => {
                let items = self.expression(value)?.items();
                match items.is_some_and(|all| all.iter().all(|item| item.ty.is_text())) {
                    true => Ok(self.expression(expr)?.ty.is_text()),
                    false => Ok(false),
                }
            }
            _ => Ok(false),
        }
    }

    /// A field of records: an array over their memory, or what it is in one record.
    fn field_of(&mut self, value: &Value, k: usize) -> Followed<Value> {
        let structure = structure_of(value);
        let field = &structure.fields[k];
        if let Element::Other(name) = &field.element {
            return self.error(
                format!("the field '{}' is of {name}, which is not compiled", field.name),
                Some("fields of numbers and of records are read, in the machine's order of bytes"),
            );
        }
        let data = self.field_data(value, field);
        match (&field.element, field.shape.is_empty() && is_one(value)) {
            (Element::Number(dtype), true) => return Ok(self.number_in_record(data, *dtype)),
            (Element::Bytes(_) | Element::Text(_), true) => {
                return self.string_in_record(data, &field.element);
            }
            (Element::Bytes(_) | Element::Text(_), false) => {
                let text = format!("the field '{}' of several strings is not compiled", field.name);
                return self.error(text, Some("read and assign it in one record: a[i]['s']"));
            }
            _ => {}
        }
        let (shape, strides) = self.field_axes(value, field);
        let array = value.grid().expect("records");
        let ndim = shape.len();
        let mut parts = vec![data, array.owner()];
        parts.extend(&shape);
        let layout = if is_one(value) { Layout::C } else { Layout::Any };
        if layout == Layout::Any {
            parts.extend(strides);
        }
        let ty = match &field.element {
            Element::Records(inner) => {
                Type::records(inner.clone(), ndim, layout, array.ty.writeable)
            }
            Element::Number(dtype) => {
                Type::Array(ArrayType { dtype: *dtype, ndim, layout, ..array.ty })
            }
            _ => unreachable!("returned or refused above"),
        };
        Ok(Value::new(ty, parts))
    }

    /// The address of a field in the first record.
    fn field_data(&mut self, value: &Value, field: &StructureField) -> Local {
        let data = value.grid().expect("records").data();
        if field.offset == 0 {
            return data;
        }
        let bytes = self.size(field.offset as i64);
        let into = self.local(Part::Address);
        self.emit(Step::Advance { base: data, bytes, into });
        into
    }

    /// The shape and strides of a field of records.
    fn field_axes(&mut self, value: &Value, field: &StructureField) -> (Vec<Local>, Vec<Local>) {
        let (mut shape, mut strides) =
            (value.grid().expect("records").shape(), self.strides(value));
        let mut stride = field.step() * field.shape.iter().product::<usize>();
        for &length in &field.shape {
            stride = stride.checked_div(length).unwrap_or(0);
            shape.push(self.size(length as i64));
            strides.push(self.size(stride as i64));
        }
        (shape, strides)
    }

    fn number_in_record(&mut self, data: Local, dtype: DType) -> Value {
        let mut parts = Vec::new();
        for place in places_of_number(data, dtype) {
            let into = self.local(Part::Scalar(place.dtype));
            self.emit(Step::Load { place, into });
            parts.push(into);
        }
        Value::new(Type::strong(dtype), parts)
    }

    /// The memory of a string in a record, as an array.
    fn string_memory(&mut self, data: Local, element: &Element) -> Value {
        let (dtype, count) = match element {
            Element::Bytes(count) => (DType::U8, *count),
            Element::Text(count) => (DType::U32, *count),
            _ => unreachable!("a string is asked for"),
        };
        let (null, length) = (self.local(Part::Address), self.size(count as i64));
        let ty = ArrayType { dtype, ndim: 1, layout: Layout::C, writeable: true };
        Value::new(Type::Array(ty), vec![data, null, length])
    }

    /// A copy of a string in a record, without the zeros behind it.
    fn string_in_record(&mut self, data: Local, element: &Element) -> Followed<Value> {
        let memory = self.string_memory(data, element);
        let count = self.call_library("trimmed", std::slice::from_ref(&memory))?;
        let (zero, one) = (self.size(0), self.size(1));
        let [start, step] = [zero, one].map(|part| Value::new(INT, vec![part]));
        match element {
            Element::Bytes(_) => self.made_bytes("bytes_part", &[memory, start, count, step]),
            _ => {
                let parts = vec![memory.parts[0], memory.parts[1], count.parts[0]];
                let text = Value::new(Type::Text, parts);
                self.call_library("stepped_text", &[text, start, count, step])
            }
        }
    }

    /// Assigns to a string in a record, which takes what it has room for.
    fn set_string_in_record(
        &mut self,
        data: Local,
        field: &StructureField,
        value: &Value,
    ) -> Followed<()> {
        let value = self.kept(value);
        let array = match (&field.element, &value.ty) {
            (Element::Bytes(_), Type::Bytes) => BYTES,
            (Element::Text(_), Type::Text) => POINTS,
            (element, given) => {
                let wanted = if let Element::Bytes(_) = element { "bytes" } else { "str" };
                let text = format!("{} for the field '{}'", given.describe(), field.name);
                return self.error(text, Some(&format!("assign {wanted}")));
            }
        };
        let memory = self.string_memory(data, &field.element);
        let given = Value::new(Type::Array(array), value.parts);
        self.call_library("store_trimmed", &[memory, given]).map(|_| ())
    }

    // -- writing ----------------------------------------------------------------------------

    /// `a[...] = value` of records.
    pub(super) fn set_item_of_records(
        &mut self,
        records: &Value,
        index: &Expr,
        value: &Value,
    ) -> Followed<()> {
        if let Some(k) = self.field_at(records, index)? {
            return self.set_field(records, k, value);
        }
        let indices = self.indices_of_records(records, index)?;
        if has_lists(&indices) {
            let gather = self.gather(records, &indices)?;
            return self.scatter_records(records, &gather, value);
        }
        let part = self.part(records, indices)?;
        self.set_records(&part, value)
    }

    /// Writes records to those at places.
    fn scatter_records(&mut self, records: &Value, gather: &Gather, value: &Value) -> Followed<()> {
        let structure = self.writeable(records)?;
        if !matches!(&value.ty, Type::Records(own, _) if *own == structure) {
            let text = format!("{} cannot be assigned to records at places", value.ty.describe());
            return self.error(text, Some("assign records, or write a loop"));
        }
        let (from, single) = self.assignable_records(value, &gather.shape)?;
        let skipped = gather.shape.len() - single.len();
        self.each_place(&gather.shape, &mut |l, at| {
            let own = l.of_single(&at[skipped..], &single);
            let places = l.places_of_gather(gather, at);
            let (into, from) = (l.record_at(records, &places)?, l.record_at(&from, &own)?);
            l.copy_bytes(&into, &from)
        })
    }

    /// The dtype of records that may be written.
    fn writeable(&mut self, records: &Value) -> Followed<Arc<Structure>> {
        match records.grid().expect("records").ty.writeable {
            true => Ok(structure_of(records)),
            false => self.error("these records are read-only", Some("pass a copy of them")),
        }
    }

    /// `a.name = value` of records.
    pub(super) fn set_attribute_of_records(
        &mut self,
        records: &Value,
        name: &str,
        value: &Value,
    ) -> Followed<()> {
        match structure_of(records).position(name) {
            Some(k) => self.set_field(records, k, value),
            None => self.no_field(records, name),
        }
    }

    /// Gives a field of records a value.
    fn set_field(&mut self, records: &Value, k: usize, value: &Value) -> Followed<()> {
        let structure = self.writeable(records)?;
        let field = &structure.fields[k];
        if let (Element::Number(dtype), true, true) =
            (&field.element, field.shape.is_empty(), is_one(records))
        {
            let parts = self.element(value, *dtype)?;
            let data = self.field_data(records, field);
            for (place, value) in places_of_number(data, *dtype).zip(parts) {
                self.emit(Step::Store { place, value });
            }
            return Ok(());
        }
        if field.shape.is_empty()
            && is_one(records)
            && let Element::Bytes(_) | Element::Text(_) = field.element
        {
            let data = self.field_data(records, field);
            return self.set_string_in_record(data, field, value);
        }
        let part = self.field_of(records, k)?;
        match part.ty {
            Type::Records(..) => self.set_records(&part, value),
            _ => self.assign_to_part(&part, value),
        }
    }

    /// Gives records those of an array or one, or the fields that a tuple has.
    pub(super) fn set_records(&mut self, records: &Value, value: &Value) -> Followed<()> {
        let structure = self.writeable(records)?;
        match &value.ty {
            Type::Records(own, _) if *own == structure => {
                self.refuse_objects(&structure)?;
                if is_one(records) && is_one(value) && structure.size <= MOST_WORDS * 8 {
                    self.copy_record(records, value);
                    return Ok(());
                }
                let shape = records.grid().expect("records").shape();
                let (from, single) = self.assignable_records(value, &shape)?;
                let skipped = shape.len() - single.len();
                self.each_place(&shape, &mut |l, at| {
                    let own = l.of_single(&at[skipped..], &single);
                    let (into, from) = (l.record_at(records, at)?, l.record_at(&from, &own)?);
                    l.copy_bytes(&into, &from)
                })
            }
            _ => {
                let Some(items) = value.items() else {
                    let text = format!("{} cannot be assigned to records", value.ty.describe());
                    return self.error(text, Some(ASSIGNABLE));
                };
                let count = structure.fields.len();
                if items.len() != count {
                    let text = format!("{} values for records of {count} fields", items.len());
                    return self.error(text, Some(ASSIGNABLE));
                }
                // What is assigned may be read from the memory that is written.
                let items: Vec<Value> = items.iter().map(|item| self.copied(item)).collect();
                (0..count).try_for_each(|k| self.set_field(records, k, &items[k]))
            }
        }
    }

    /// Records to be assigned where the shape is this: those of a copy, as they may lie in the
    /// memory that is written.
    fn assignable_records(
        &mut self,
        value: &Value,
        shape: &[Local],
    ) -> Followed<(Value, Vec<Local>)> {
        let single = self.broadcastable(value, shape)?;
        if value.fresh {
            return Ok((value.clone(), single));
        }
        let own = value.grid().expect("records").shape();
        let copy = self.new_records(&structure_of(value), &own)?;
        self.copy_records(&copy, value)?;
        Ok((copy, single))
    }

    /// Copies records to others of the same shape and dtype that lie elsewhere.
    fn copy_records(&mut self, into: &Value, from: &Value) -> Followed<()> {
        let shape = into.grid().expect("records").shape();
        self.each_place(&shape, &mut |l, at| {
            let (into, from) = (l.record_at(into, at)?, l.record_at(from, at)?);
            l.copy_bytes(&into, &from)
        })
    }

    /// Objects of Python's are counted by whoever has them, which compiled code does not do.
    fn refuse_objects(&mut self, structure: &Structure) -> Followed<()> {
        match structure.has_objects {
            true => self.error(
                "records with fields of Python's objects are not copied",
                Some("assign to their other fields"),
            ),
            false => Ok(()),
        }
    }

    /// The record at places within the axes.
    fn record_at(&mut self, records: &Value, at: &[Local]) -> Followed<Value> {
        self.part(records, at.iter().map(|&k| Index::At(k)).collect())
    }

    /// Copies the bytes of a record, those between fields too; all are read before any is written.
    fn copy_record(&mut self, into: &Value, from: &Value) {
        let size = bytes_of_element(&into.ty);
        let (mut at, mut stores) = (0, Vec::new());
        for dtype in [DType::U64, DType::U32, DType::U16, DType::U8] {
            let step = dtype.size() as i64;
            while size - at >= step {
                let place = |base| Place { dtype, base, axes: Vec::new(), offset: at };
                let value = self.local(Part::Scalar(dtype));
                self.emit(Step::Load { place: place(from.parts[0]), into: value });
                stores.push(Step::Store { place: place(into.parts[0]), value });
                at += step;
            }
        }
        stores.into_iter().for_each(|store| self.emit(store));
    }

    /// Copies a record of any size to one that lies elsewhere.
    fn copy_bytes(&mut self, into: &Value, from: &Value) -> Followed<()> {
        let size = bytes_of_element(&into.ty);
        if size <= 8 * MOST_WORDS as i64 {
            self.copy_record(into, from);
            return Ok(());
        }
        let length = self.size(size);
        let (into, from) =
            (self.bytes_at(into.parts[0], length), self.bytes_at(from.parts[0], length));
        self.fill_array(&into, &mut |l, at| Ok(l.load(&from, at)))
    }

    /// So many bytes at an address, as an array.
    fn bytes_at(&mut self, data: Local, length: Local) -> Value {
        let null = self.local(Part::Address);
        let ty = ArrayType { dtype: DType::U8, ndim: 1, layout: Layout::C, writeable: true };
        Value::new(Type::Array(ty), vec![data, null, length])
    }

    // -- behind addresses -------------------------------------------------------------------

    /// The records of a shape that an address leads to, by rows or by columns.
    pub(super) fn records_at(
        &mut self,
        rows: bool,
        structure: &Arc<Structure>,
        data: Local,
        mut shape: Vec<Local>,
    ) -> Followed<Value> {
        if !rows {
            shape.reverse();
        }
        let ty = Type::records(structure.clone(), shape.len(), Layout::C, true);
        let mut parts = vec![data, self.local(Part::Address)];
        parts.extend(shape);
        let records = Value::new(ty, parts);
        if rows { Ok(records) } else { self.array_attribute(&records, "T") }
    }

    /// The record that lies so many records after an address.
    pub(super) fn record_behind(&mut self, pointer: &Value, index: &Expr) -> Followed<Value> {
        let Type::PointerToRecords(structure) = &pointer.ty else {
            unreachable!("a pointer to records is asked for")
        };
        let index = self.expression(index)?;
        let (k, size) = (self.index(&index)?, self.size(structure.size as i64));
        let data = self.advanced(pointer.parts[0], k, size);
        let null = self.local(Part::Address);
        let ty = Type::records(structure.clone(), 0, Layout::C, true);
        Ok(Value::new(ty, vec![data, null]))
    }

    // -- comparing --------------------------------------------------------------------------

    /// Whether two records have equal fields; nothing if these are no records.
    pub(super) fn compare_records(
        &mut self,
        op: CompareOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        let both = matches!((&a.ty, &b.ty), (Type::Records(own, _), Type::Records(other, _))
            if own == other && is_one(a) && is_one(b));
        if !both || !matches!(op, CompareOp::Eq | CompareOp::NotEq) {
            return Ok(None);
        }
        let mut same = self.as_value(Truth::Known(true));
        for k in 0..structure_of(a).fields.len() {
            let (first, second) = (self.field_of(a, k)?, self.field_of(b, k)?);
            let equal = self.compare(CompareOp::Eq, &first, &second)?;
            let part = self.compute_one(&[same.parts[0], equal.parts[0]], |f, v| f.and(v[0], v[1]));
            same = Value::new(BOOL, vec![part]);
        }
        Ok(Some(if op == CompareOp::Eq { same } else { self.opposite(&same) }))
    }

    // -- making -----------------------------------------------------------------------------

    /// A new array of records, whose bytes are whatever was there.
    pub(super) fn new_records(
        &mut self,
        structure: &Arc<Structure>,
        shape: &[Local],
    ) -> Followed<Value> {
        self.refuse_objects(structure)?;
        let size = self.size(structure.size as i64);
        let bytes = self.new_array(DType::U8, &[shape, &[size]].concat())?;
        let mut parts = bytes.parts;
        parts.pop();
        let ty = Type::records(structure.clone(), shape.len(), Layout::C, true);
        Ok(Value { fresh: true, ..Value::new(ty, parts) })
    }

    /// A new array of records whose bytes are zero.
    pub(super) fn zero_records(
        &mut self,
        structure: &Arc<Structure>,
        shape: &[Local],
    ) -> Followed<Value> {
        let made = self.new_records(structure, shape)?;
        let count = self.elements(shape);
        let size = self.size(structure.size as i64);
        let length = self.compute_one(&[count, size], |f, v| f.mul(v[0], v[1]));
        let bytes = self.bytes_at(made.parts[0], length);
        let zero = self.int(0);
        self.fill_array(&bytes, &mut |_, _| Ok(zero.clone()))?;
        Ok(made)
    }
}

/// Where the parts of a number at an address lie.
fn places_of_number(base: Local, dtype: DType) -> impl Iterator<Item = Place> {
    let real = dtype.real();
    (0..dtype.parts()).map(move |part| Place {
        dtype: real,
        base,
        axes: Vec::new(),
        offset: (part * real.size()) as i64,
    })
}
