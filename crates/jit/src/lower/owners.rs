//! Who holds memory: arrays, strings, containers and shared objects are counted by their holders.
//!
//! A variable holds what it has, and so does an item of a container; what a statement makes or takes
//! out of a container is held until the statement ends.

use super::{Followed, Lowerer};
use crate::types::Type;
use crate::value::Value;
use stook_kernel::{Local, Service, Step, Type as Part};
use stook_types::DType;

/// A variable with the address of memory that is counted.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(super) local: Local,
    /// The container or object that it is; nothing for the memory of an array or string.
    pub(super) container: Option<Type>,
}

/// The locals that own memory, of a value in these locals.
pub(super) fn owners(ty: &Type, parts: &[Local]) -> Vec<Owner> {
    match ty {
        Type::Array(_) | Type::Records(..) | Type::Text | Type::Bytes => {
            vec![Owner { local: parts[1], container: None }]
        }
        Type::Container(_) | Type::Object(..) => {
            vec![Owner { local: parts[0], container: Some(ty.clone()) }]
        }
        Type::Optional(inner) => owners(inner, &parts[1..]),
        Type::Tuple(items) | Type::Record(_, items) | Type::Closure(_, items) => {
            let mut at = 0;
            let mut all = Vec::new();
            for item in items {
                let n = item.parts().len();
                all.extend(owners(item, &parts[at..at + n]));
                at += n;
            }
            all
        }
        _ => Vec::new(),
    }
}

impl Lowerer<'_, '_> {
    /// Counts one more holder of each thing in a value.
    pub(super) fn retain(&mut self, ty: &Type, parts: &[Local]) {
        for owner in owners(ty, parts) {
            let there = self.is_present(owner.local);
            self.blocks.push(Vec::new());
            self.count(owner.local, 1);
            let then = self.blocks.pop().expect("the block pushed above");
            self.emit(Step::If { condition: there, then, otherwise: Vec::new() });
        }
    }

    /// Keeps what is in a value until temporaries are dropped: in `a, b = b, a` the variables that
    /// held it may be given others before.
    pub(super) fn hold(&mut self, value: &Value) {
        self.retain(&value.ty, &value.parts);
        self.hold_result(&value.ty, &value.parts);
    }

    /// What has been counted once already: the statement at hand lets go of it.
    pub(super) fn hold_result(&mut self, ty: &Type, parts: &[Local]) {
        for owner in owners(ty, parts) {
            let local = self.local(Part::Address);
            self.emit(Step::Move { from: owner.local, into: local });
            self.keep(Owner { local, ..owner });
        }
    }

    /// Releases an owner at the end of the statement at hand.
    pub(super) fn keep(&mut self, owner: Owner) {
        self.temporaries.last_mut().expect("a statement is at hand").push(owner);
    }

    /// Counts one holder less, and forgets the owner.
    pub(super) fn release(&mut self, owner: &Owner) {
        let there = self.is_present(owner.local);
        self.blocks.push(Vec::new());
        let left = self.count(owner.local, -1);
        let none = self.compute_one(&[left], |f, v| {
            let zero = f.int(DType::I64, 0);
            f.eq(v[0], zero)
        });
        let args = vec![owner.local];
        let free = match &owner.container {
            None => Step::Ask { service: Service::Free, args, into: Vec::new() },
            Some(ty) => Step::Call { routine: self.session.releasing(ty), args, into: Vec::new() },
        };
        self.emit(Step::If { condition: none, then: vec![free], otherwise: Vec::new() });
        let then = self.blocks.pop().expect("the block pushed above");
        self.emit(Step::If { condition: there, then, otherwise: Vec::new() });
        let null = self.local(Part::Address);
        self.emit(Step::Move { from: null, into: owner.local });
    }

    pub(super) fn is_present(&mut self, address: Local) -> Local {
        let into = self.local(Part::Scalar(DType::Bool));
        self.emit(Step::Present { address, into });
        into
    }

    /// Adds to the count of holders, which lies where the owner does; the new count.
    fn count(&mut self, owner: Local, by: i64) -> Local {
        let into = self.local(Part::Scalar(DType::I64));
        self.emit(Step::Count { address: owner, by, into });
        into
    }

    /// Follows a part of the function with temporaries of its own, which are dropped at its end.
    pub(super) fn apart<T>(
        &mut self,
        follow: impl FnOnce(&mut Self) -> Followed<T>,
    ) -> Followed<T> {
        self.temporaries.push(Vec::new());
        let made = follow(self)?;
        if self.env.is_some() {
            self.drop_temporaries();
        }
        self.temporaries.pop();
        Ok(made)
    }

    /// Lets go of what the statement at hand made.
    pub(super) fn drop_temporaries(&mut self) {
        let all = std::mem::take(self.temporaries.last_mut().expect("a statement is at hand"));
        all.iter().for_each(|owner| self.release(owner));
    }

    /// Lets go of what statements from a depth on made, on a way that leaves them early.
    pub(super) fn leave_statements(&mut self, depth: usize) {
        for owner in self.temporaries[depth..].concat() {
            self.release(&owner);
        }
    }
}
