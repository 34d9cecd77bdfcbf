//! Reads and writes of the memory of dicts and sets: cells by number, and the slots that lead to
//! them.

use super::cells::container;
use super::owners::owners;
use super::{Followed, Lowerer};
use crate::memory::{CAPACITY, Cells, DATA, HEAD, LENGTH, MOST_CELLS, USED};
use crate::site::Exception;
use crate::value::Value;
use stook_kernel::{Local, Place, Service, Step, Stride, Type as Part};
use stook_types::DType;

impl Lowerer<'_, '_> {
    /// How many cells are taken, by items that are gone as well.
    pub(super) fn used_in(&mut self, table: &Value) -> Local {
        self.word(table.parts[0], USED)
    }

    /// How many cells there is room for.
    pub(super) fn capacity_of(&mut self, table: &Value) -> Local {
        self.word(table.parts[0], CAPACITY)
    }

    // -- cells ------------------------------------------------------------------------------

    /// The hash code of a cell's key; -1 where the item is gone.
    pub(super) fn table_code(&mut self, table: &Value, k: Local) -> Local {
        let cells = Cells::of(container(table));
        self.load_cell(table.parts[0], &cells, k, 0..1)[0]
    }

    /// The key of a cell. Nobody holds it for the one who asks.
    pub(super) fn table_key(&mut self, table: &Value, k: Local) -> Value {
        let (item, cells) = (container(table).item.clone(), Cells::of(container(table)));
        let end = 1 + item.parts().len();
        let parts = self.load_cell(table.parts[0], &cells, k, 1..end);
        Value::new(item, parts)
    }

    /// The value of a cell. Nobody holds it for the one who asks.
    pub(super) fn table_value(&mut self, table: &Value, k: Local) -> Value {
        let (own, cells) = (container(table).clone(), Cells::of(container(table)));
        let first = 1 + own.item.parts().len();
        let parts = self.load_cell(table.parts[0], &cells, k, first..cells.parts.len());
        Value::new(own.value, parts)
    }

    /// Takes the next cell for an item. There is room for it.
    pub(super) fn add_cell(&mut self, table: &Value, code: Local, key: &Value, value: &Value) {
        self.retain(&key.ty, &key.parts);
        self.retain(&value.ty, &value.parts);
        let parts = [&[code][..], &key.parts, &value.parts].concat();
        self.append_cell(table, &parts);
    }

    fn append_cell(&mut self, table: &Value, parts: &[Local]) {
        let (block, cells) = (table.parts[0], Cells::of(container(table)));
        let used = self.word(block, USED);
        self.store_cell(block, &cells, used, 0, parts);
        for word in [USED, LENGTH] {
            let old = self.word(block, word);
            let more = self.compute_one(&[old], |f, v| {
                let one = f.int(DType::I64, 1);
                f.add(v[0], one)
            });
            self.set_word(block, word, more);
        }
    }

    /// Takes the next cell for what is in a cell of another table, which will not release it.
    pub(super) fn move_cell(&mut self, made: &Value, table: &Value, k: Local) {
        let cells = Cells::of(container(table));
        let parts = self.load_cell(table.parts[0], &cells, k, 0..cells.parts.len());
        self.append_cell(made, &parts);
    }

    pub(super) fn set_table_value(&mut self, table: &Value, k: Local, value: &Value) {
        let old = self.table_value(table, k);
        self.retain(&value.ty, &value.parts);
        let (first, cells) = (1 + container(table).item.parts().len(), Cells::of(container(table)));
        self.store_cell(table.parts[0], &cells, k, first, &value.parts);
        for owner in owners(&old.ty, &old.parts) {
            self.release(&owner);
        }
    }

    /// Lets an item go: its cell stays taken, by nothing.
    pub(super) fn drop_cell(&mut self, table: &Value, k: Local) {
        let (block, cells) = (table.parts[0], Cells::of(container(table)));
        let (key, value) = (self.table_key(table, k), self.table_value(table, k));
        let gone = self.size(-1);
        let null = self.local(Part::Address);
        self.store_cell(block, &cells, k, 0, &[gone]);
        for (part, kind) in cells.parts.iter().enumerate() {
            if *kind == Part::Address {
                self.store_cell(block, &cells, k, part, &[null]);
            }
        }
        let length = self.word(block, LENGTH);
        let fewer = self.compute_one(&[length], |f, v| {
            let one = f.int(DType::I64, 1);
            f.sub(v[0], one)
        });
        self.set_word(block, LENGTH, fewer);
        let held = [owners(&key.ty, &key.parts), owners(&value.ty, &value.parts)].concat();
        held.iter().for_each(|owner| self.release(owner));
    }

    // -- slots ------------------------------------------------------------------------------

    fn slot_place(&mut self, table: &Value, at: Local) -> Place {
        let (block, stride) = (table.parts[0], Cells::of(container(table)).stride);
        let (data, capacity) = (self.data_of(block), self.word(block, CAPACITY));
        let axes = vec![(capacity, Stride::Fixed(stride)), (at, Stride::Fixed(4))];
        Place { dtype: DType::I32, base: data, axes, offset: HEAD }
    }

    /// The number of the cell that a slot leads to, or -1.
    pub(super) fn slot(&mut self, table: &Value, at: Local) -> Local {
        let place = self.slot_place(table, at);
        let into = self.local(Part::Scalar(DType::I32));
        self.emit(Step::Load { place, into });
        self.compute_one(&[into], |f, v| f.convert(v[0], DType::I64))
    }

    pub(super) fn set_slot(&mut self, table: &Value, at: Local, k: Local) {
        let place = self.slot_place(table, at);
        let value = self.compute_one(&[k], |f, v| f.convert(v[0], DType::I32));
        self.emit(Step::Store { place, value });
    }

    /// A new table of the same type with room for so many items, and twice as many slots.
    pub(super) fn sized_table(&mut self, table: &Value, room: Local) -> Followed<Value> {
        let made = self.new_container(table.ty.clone());
        let (block, stride) = (made.parts[0], Cells::of(container(table)).stride);
        let too_many = self.compute_one(&[room], |f, v| {
            let most = f.int(DType::I64, MOST_CELLS.into());
            f.gt(v[0], most)
        });
        self.refuse_if(too_many, Exception::Memory, "");
        let sizes = self.compute(&[room], |f, v| {
            let (pitch, head) =
                (f.int(DType::I64, (stride + 8).into()), f.int(DType::I64, HEAD.into()));
            let bytes = f.mul(v[0], pitch);
            vec![f.add(bytes, head), f.add(v[0], v[0])]
        });
        let (null, data) = (self.local(Part::Address), self.local(Part::Address));
        let args = vec![null, sizes[0]];
        self.emit(Step::Ask { service: Service::Resize, args, into: vec![data] });
        self.refuse_missing(data);
        self.emit(Step::Store {
            place: Place { dtype: DType::U64, base: block, axes: Vec::new(), offset: DATA },
            value: data,
        });
        self.set_word(block, CAPACITY, room);
        self.counted_rounds(sizes[1], |l, at| {
            let nothing = l.size(-1);
            l.set_slot(&made, at, nothing);
            Ok(())
        })?;
        Ok(made)
    }

    /// Gives a table the cells of another, which takes its own and forgets what is in them.
    pub(super) fn trade(&mut self, table: &Value, made: &Value) {
        let (own, other) = (table.parts[0], made.parts[0]);
        for word in [LENGTH, CAPACITY, USED] {
            let values = [self.word(own, word), self.word(other, word)];
            let zero = self.size(0);
            let old = if word == CAPACITY { values[0] } else { zero };
            self.set_word(own, word, values[1]);
            self.set_word(other, word, old);
        }
        let data = [self.data_of(own), self.data_of(other)];
        for (block, value) in [(own, data[1]), (other, data[0])] {
            let place = Place { dtype: DType::U64, base: block, axes: Vec::new(), offset: DATA };
            self.emit(Step::Store { place, value });
        }
    }
}
