//! What variables are at a point, and how points meet.

use super::owners::owners;
use super::{Followed, Lowerer, Stop};
use crate::site::{Exception, Piece};
use crate::syntax::is_in_source;
use crate::touch::TouchKind;
use crate::types::Type;
use crate::value::Value;
use std::collections::BTreeMap;
use stook_kernel::{Local, Step, Type as Part};
use stook_types::DType;

/// What each variable is.
pub(super) type Env = BTreeMap<String, Binding>;

/// What a variable is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Binding {
    /// A value of a type, or no value where `maybe` and its flag is false.
    Is { ty: Type, maybe: bool },
    /// Of one type on one way here and of another on another.
    Conflict(Type, Type),
}

/// What variables are where two ways meet; `carries` says which may be missing on one of them.
pub(super) fn join(a: &Env, b: &Env, carries: impl Fn(&str) -> bool) -> Env {
    let mut met = Env::new();
    for (name, binding) in a.iter().chain(b.iter().filter(|(name, _)| !a.contains_key(*name))) {
        let joined = match (a.get(name), b.get(name)) {
            (Some(first), Some(second)) => Some(first.join(second)),
            _ if carries(name) => Some(binding.perhaps()),
            _ => None,
        };
        if let Some(joined) = joined {
            met.insert(name.clone(), joined);
        }
    }
    met
}

impl Binding {
    pub(super) fn join(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Is { ty: a, maybe: first }, Self::Is { ty: b, maybe: second }) => {
                match a.join(b) {
                    Some(ty) => Self::Is { ty, maybe: *first || *second },
                    None => Self::Conflict(a.clone(), b.clone()),
                }
            }
            (Self::Conflict(..), _) => self.clone(),
            (_, Self::Conflict(..)) => other.clone(),
        }
    }

    pub(super) fn perhaps(&self) -> Self {
        match self {
            Self::Is { ty, .. } => Self::Is { ty: ty.clone(), maybe: true },
            Self::Conflict(..) => self.clone(),
        }
    }
}

impl Lowerer<'_, '_> {
    /// The locals of a variable while it has a type.
    pub(super) fn slots_of(&mut self, name: &str, ty: &Type) -> Vec<Local> {
        let key = (name.to_owned(), ty.clone());
        if let Some(parts) = self.slots.get(&key) {
            return parts.clone();
        }
        let parts = self.new_parts(ty);
        self.slots.insert(key, parts.clone());
        parts
    }

    /// Whether a variable that may have no value has one.
    fn flag_of(&mut self, name: &str) -> Local {
        if let Some(&flag) = self.flags.get(name) {
            return flag;
        }
        let flag = self.local(Part::Scalar(DType::Bool));
        self.flags.insert(name.to_owned(), flag);
        flag
    }

    pub(super) fn set_flag(&mut self, name: &str, value: bool) {
        let flag = self.flag_of(name);
        let truth = self.compute_one(&[], |f, _| f.bits(DType::Bool, value.into()));
        self.emit(Step::Move { from: truth, into: flag });
    }

    /// The value of a variable of this function that the user reads; nothing if it is none.
    pub(super) fn variable(&mut self, name: &str) -> Followed<Option<Value>> {
        if self.env.as_ref().is_some_and(|env| env.contains_key(name)) {
            self.tell_variable(TouchKind::Get, name);
        }
        self.value_of(name)
    }

    /// The same, of a variable that the compiler reads.
    pub(super) fn value_of(&mut self, name: &str) -> Followed<Option<Value>> {
        let found = self.env.as_ref().and_then(|env| env.get(name).cloned());
        match found {
            Some(Binding::Is { ty, maybe }) => {
                if maybe {
                    self.refuse_carried(name)?;
                    // Rounds of a loop before may have given it one.
                    if self.carried.insert(name.to_owned()) {
                        return Err(Stop::Again);
                    }
                    self.expect_value(name);
                }
                let parts = self.slots_of(name, &ty);
                Ok(Some(Value::new(ty, parts)))
            }
            Some(Binding::Conflict(a, b)) => self.error(
                format!(
                    "'{name}' is {} on one way here and {} on another",
                    a.describe(),
                    b.describe()
                ),
                Some("give it one type, or use two names"),
            ),
            None if !self.is_variable(name) => Ok(None),
            None => {
                self.refuse_carried(name)?;
                if self.carried.insert(name.to_owned()) {
                    return Err(Stop::Again);
                }
                self.has_no_value(name)
            }
        }
    }

    fn has_no_value(&self, name: &str) -> Followed<Option<Value>> {
        if self.lost.contains(name) {
            return self.error(
                format!("'{name}' was given values by rounds of prange, and has none after them"),
                Some("put what is needed into an array, or add to it by += and use the total"),
            );
        }
        self.error(format!("'{name}' has no value here"), Some("give it one before"))
    }

    fn expect_value(&mut self, name: &str) {
        let flag = self.flag_of(name);
        let missing = self.compute_one(&[flag], |f, v| f.not(v[0]));
        // Of a generator's variable what stands before tells them apart.
        let name = name.rsplit(' ').next().unwrap_or(name);
        let text = format!(
            "cannot access local variable '{name}' where it is not associated with a value"
        );
        self.fail_if(missing, Exception::UnboundLocal, vec![Piece::Text(text)], Vec::new());
    }

    /// Whether a name is a variable of this function.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.syntax.binds(name) || !is_in_source(name)
    }

    /// Gives a value to a variable.
    pub(super) fn assign(&mut self, name: &str, value: &Value) {
        self.note(name, &value.ty);
        self.tell_variable(TouchKind::Set, name);
        self.fill(name, value);
        let binding = Binding::Is { ty: value.ty.clone(), maybe: false };
        if let Some(env) = &mut self.env {
            env.insert(name.to_owned(), binding);
        }
        self.note_assigned(name, value);
    }

    pub(super) fn fill(&mut self, name: &str, value: &Value) {
        let parts = self.slots_of(name, &value.ty);
        if parts == value.parts {
            return;
        }
        // A view of the variable itself, such as its transpose, has its parts in other places, and
        // the same owner.
        let own = value.parts.iter().any(|part| parts.contains(part));
        let value = if own { self.copied(value) } else { value.clone() };
        self.retain(&value.ty, &value.parts);
        for owner in owners(&value.ty, &parts) {
            self.release(&owner);
        }
        self.moved(&value.parts, &parts);
    }

    /// Makes variables, as they are at this point, what they are at another that this one leads to.
    pub(super) fn arrive(&mut self, to: &Env) -> Followed<()> {
        let Some(from) = self.env.clone() else { return Ok(()) };
        for (name, target) in to {
            let Binding::Is { ty, maybe } = target else { continue };
            match from.get(name) {
                Some(Binding::Is { ty: own, maybe: own_maybe }) => {
                    if own != ty {
                        let parts = self.slots_of(name, own);
                        let value = self.converted(&Value::new(own.clone(), parts), ty)?;
                        self.fill(name, &value);
                    }
                    if *maybe && !own_maybe {
                        self.set_flag(name, true);
                    }
                }
                _ if *maybe => self.set_flag(name, false),
                _ => {}
            }
        }
        Ok(())
    }
}
