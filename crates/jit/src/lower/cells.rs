//! Reads and writes of containers' memory, as [`crate::memory`] says that it lies.

use super::owners::{Owner, owners};
use super::{Followed, Lowerer};
use crate::memory::{CAPACITY, Cells, DATA, HEAD, LENGTH, USED};
use crate::site::Exception;
use crate::types::{Container, ContainerKind, Type};
use crate::value::Value;
use std::ops::Range;
use stook_kernel::{Local, Place, Routine, Service, Step, Stride, Type as Part};
use stook_types::DType;

/// The most bytes of cells.
const MOST_BYTES: i64 = 1 << 46;

fn place_of(cells: &Cells, data: Local, k: Local, part: usize) -> Place {
    let dtype = match cells.parts[part] {
        Part::Address => DType::U64,
        Part::Scalar(dtype) => dtype,
    };
    let axes = vec![(k, Stride::Fixed(cells.stride))];
    Place { dtype, base: data, axes, offset: HEAD + cells.offsets[part] }
}

fn word_at(block: Local, offset: i64, dtype: DType) -> Place {
    Place { dtype, base: block, axes: Vec::new(), offset }
}

impl Lowerer<'_, '_> {
    // -- blocks -----------------------------------------------------------------------------

    /// A new container without items, which the statement at hand holds.
    pub(super) fn new_container(&mut self, ty: Type) -> Value {
        let owner = self.local(Part::Address);
        let bytes = self.size(HEAD);
        self.emit(Step::Ask { service: Service::Allocate, args: vec![bytes], into: vec![owner] });
        self.refuse_missing(owner);
        let (one, zero, null) = (self.size(1), self.size(0), self.local(Part::Address));
        for (offset, value) in [(0, one), (LENGTH, zero), (CAPACITY, zero), (USED, zero)] {
            self.set_word(owner, offset, value);
        }
        self.emit(Step::Store { place: word_at(owner, DATA, DType::U64), value: null });
        self.hold_result(&ty, &[owner]);
        Value::new(ty, vec![owner])
    }

    pub(super) fn refuse_missing(&mut self, block: Local) {
        let there = self.is_present(block);
        let missing = self.compute_one(&[there], |f, v| f.not(v[0]));
        self.refuse_if(missing, Exception::Memory, "");
    }

    pub(super) fn word(&mut self, block: Local, offset: i64) -> Local {
        let into = self.local(Part::Scalar(DType::I64));
        self.emit(Step::Load { place: word_at(block, offset, DType::I64), into });
        into
    }

    pub(super) fn set_word(&mut self, block: Local, offset: i64, value: Local) {
        self.emit(Step::Store { place: word_at(block, offset, DType::I64), value });
    }

    /// How many items a container has.
    pub(super) fn items_in(&mut self, value: &Value) -> Local {
        self.word(value.parts[0], LENGTH)
    }

    pub(super) fn set_items_in(&mut self, value: &Value, count: Local) {
        self.set_word(value.parts[0], LENGTH, count);
    }

    /// The address of its cells.
    pub(super) fn data_of(&mut self, block: Local) -> Local {
        let into = self.local(Part::Address);
        self.emit(Step::Load { place: word_at(block, DATA, DType::U64), into });
        into
    }

    /// Sees to it that a list has room for so many items.
    pub(super) fn reserve(&mut self, list: &Value, count: Local) -> Followed<()> {
        let (block, stride) = (list.parts[0], Cells::of(container(list)).stride);
        let capacity = self.word(block, CAPACITY);
        let few = self.compute_one(&[capacity, count], |f, v| f.lt(v[0], v[1]));
        let (then, ()) = self.block(|l| {
            let too_many = l.compute_one(&[count], |f, v| {
                let most = f.int(DType::I64, (MOST_BYTES / stride.max(1)).into());
                f.gt(v[0], most)
            });
            l.refuse_if(too_many, Exception::Memory, "");
            let wanted = l.compute(&[capacity, count], |f, v| {
                let (one, least) = (f.int(DType::I64, 1), f.int(DType::I64, 4));
                let twice = f.shl(v[0], one);
                let larger = f.gt(twice, v[1]);
                let wanted = f.select(larger, twice, v[1]);
                let enough = f.gt(wanted, least);
                let wanted = f.select(enough, wanted, least);
                let (stride, head) =
                    (f.int(DType::I64, stride.into()), f.int(DType::I64, HEAD.into()));
                let bytes = f.mul(wanted, stride);
                vec![wanted, f.add(bytes, head)]
            });
            let (old, new) = (l.data_of(block), l.local(Part::Address));
            let args = vec![old, wanted[1]];
            l.emit(Step::Ask { service: Service::Resize, args, into: vec![new] });
            l.refuse_missing(new);
            l.emit(Step::Store { place: word_at(block, DATA, DType::U64), value: new });
            l.set_word(block, CAPACITY, wanted[0]);
            Ok(())
        })?;
        self.emit(Step::If { condition: few, then, otherwise: Vec::new() });
        Ok(())
    }

    // -- cells ------------------------------------------------------------------------------

    pub(super) fn load_cell(
        &mut self,
        block: Local,
        cells: &Cells,
        k: Local,
        which: Range<usize>,
    ) -> Vec<Local> {
        let data = self.data_of(block);
        which
            .map(|part| {
                let into = self.local(cells.parts[part]);
                self.emit(Step::Load { place: place_of(cells, data, k, part), into });
                into
            })
            .collect()
    }

    pub(super) fn store_cell(
        &mut self,
        block: Local,
        cells: &Cells,
        k: Local,
        first: usize,
        parts: &[Local],
    ) {
        let data = self.data_of(block);
        for (part, &value) in parts.iter().enumerate() {
            self.emit(Step::Store { place: place_of(cells, data, k, first + part), value });
        }
    }

    /// The item of a list at a place within it. Nobody holds it for the one who asks.
    pub(super) fn list_cell(&mut self, list: &Value, k: Local) -> Value {
        let container = container(list);
        let (item, cells) = (container.item.clone(), Cells::of(container));
        let parts = self.load_cell(list.parts[0], &cells, k, 0..cells.parts.len());
        Value::new(item, parts)
    }

    /// Writes an item of a list's type, which nobody holds for the list yet.
    pub(super) fn set_list_cell(&mut self, list: &Value, k: Local, item: &Value) {
        let cells = Cells::of(container(list));
        self.store_cell(list.parts[0], &cells, k, 0, &item.parts);
    }

    // -- ends -------------------------------------------------------------------------------

    /// Runs steps for each number below a count.
    pub(super) fn counted_rounds(
        &mut self,
        count: Local,
        round: impl FnOnce(&mut Self, Local) -> Followed<()>,
    ) -> Followed<()> {
        let (k, zero) = (self.size(0), self.size(0));
        self.emit(Step::Move { from: zero, into: k });
        let (body, ()) = self.block(|l| {
            let over = l.compute_one(&[k, count], |f, v| f.ge(v[0], v[1]));
            l.emit(Step::If { condition: over, then: vec![Step::Break], otherwise: Vec::new() });
            round(l, k)
        })?;
        let (next, ()) = self.block(|l| {
            let more = l.compute_one(&[k], |f, v| {
                let one = f.int(DType::I64, 1);
                f.add(v[0], one)
            });
            l.emit(Step::Move { from: more, into: k });
            Ok(())
        })?;
        self.emit(Step::Loop { body, next });
        Ok(())
    }

    /// The routine that releases all that a container holds, and its memory.
    pub(super) fn release_all(&mut self, ty: &Type) -> Routine {
        let block = self.local(Part::Address);
        if let Type::Object(_, fields) = ty {
            return self.release_object(block, fields);
        }
        let container = ty.container().expect("a container is asked for");
        let cells = Cells::of(container);
        let holds = |ty: &Type| !owners(ty, &vec![block; ty.parts().len()]).is_empty();
        if holds(&container.item) || holds(&container.value) {
            let is_list = container.kind == ContainerKind::List;
            let count = self.word(block, if is_list { LENGTH } else { USED });
            let released = self.counted_rounds(count, |l, k| {
                l.release_cell(block, container, &cells, k);
                Ok(())
            });
            debug_assert!(released.is_ok(), "releasing cannot fail");
        }
        let data = self.data_of(block);
        let there = self.is_present(data);
        let free =
            |block| Step::Ask { service: Service::Free, args: vec![block], into: Vec::new() };
        self.emit(Step::If { condition: there, then: vec![free(data)], otherwise: Vec::new() });
        self.emit(free(block));
        self.releasing_routine()
    }

    /// The routine that releases, as written so far.
    pub(super) fn releasing_routine(&mut self) -> Routine {
        self.emit(Step::Return(Vec::new()));
        Routine {
            name: "release".to_owned(),
            locals: std::mem::take(&mut self.locals),
            params: 1,
            results: Vec::new(),
            body: self.blocks.pop().expect("the routine's own block"),
            cleanup: Vec::new(),
        }
    }

    /// Lets go of what a cell holds.
    fn release_cell(&mut self, block: Local, container: &Container, cells: &Cells, k: Local) {
        for owner in self.owners_in(block, container, cells, k) {
            self.release(&owner);
        }
    }

    fn owners_in(
        &mut self,
        block: Local,
        container: &Container,
        cells: &Cells,
        k: Local,
    ) -> Vec<Owner> {
        let first = usize::from(container.kind != ContainerKind::List);
        let all = self.load_cell(block, cells, k, first..cells.parts.len());
        let (item, value) = all.split_at(container.item.parts().len());
        [owners(&container.item, item), owners(&container.value, value)].concat()
    }

    /// Lets go of the last items of a list.
    pub(super) fn shorten(&mut self, list: &Value, by: Local) -> Followed<()> {
        let container = container(list).clone();
        let (block, cells) = (list.parts[0], Cells::of(&container));
        let length = self.word(block, LENGTH);
        let left = self.compute_one(&[length, by], |f, v| f.sub(v[0], v[1]));
        self.set_word(block, LENGTH, left);
        let parts = vec![block; container.item.parts().len()];
        if owners(&container.item, &parts).is_empty() {
            return Ok(());
        }
        self.counted_rounds(by, |l, k| {
            let k = l.compute_one(&[left, k], |f, v| f.add(v[0], v[1]));
            l.release_cell(block, &container, &cells, k);
            Ok(())
        })
    }
}

/// The container that a value is.
pub(super) fn container(value: &Value) -> &Container {
    value.ty.container().expect("a container is asked for")
}
