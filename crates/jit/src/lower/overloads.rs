//! Functions that others stand for in compiled code: chosen by types, or called for each element.

use super::elementwise::Operation;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::syntax::Expr;
use crate::types::Type;
use crate::value::Value;
use std::rc::Rc;

impl Lowerer<'_, '_> {
    /// Calls what stands for a function where arguments have these types, or the function itself.
    pub(super) fn call_overloaded(
        &mut self,
        number: usize,
        otherwise: &Thing,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let (values, named) = self.given(args, keywords)?;
        let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
        let names: Vec<_> =
            named.iter().map(|(name, value)| (name.clone(), value.ty.clone())).collect();
        match self.session.host.overload(number, &types, &names) {
            Ok(Some(function)) => self.call_with(function, values, named),
            Ok(None) => match otherwise {
                Thing::Other(name) => {
                    let given = types.iter().map(Type::describe).collect::<Vec<_>>().join(", ");
                    self.error(format!("no overload of {name} takes ({given})"), None)
                }
                // Its arguments are followed once more; what they left is not used.
                known => self.call_thing(known, args, keywords),
            },
            Err(text) => self.error(text, None),
        }
    }

    /// What a call of an array's elements does, if it is one of a function of numbers: a function of
    /// C's, or one that was vectorized.
    pub(super) fn operation_on_elements(&self, thing: &Thing) -> Option<Operation> {
        match *thing {
            Thing::Elementwise(number) => {
                Some(Rc::new(move |l, values| l.call_values(number, values.to_vec())))
            }
            Thing::Native(number) => {
                let native = self.session.host.native(number);
                let numbers = native.params.iter().all(|ty| matches!(ty, Type::Number { .. }));
                let makes = matches!(native.result, Type::Number { .. });
                (numbers && makes).then(|| -> Operation {
                    Rc::new(move |l, values| l.call_native(number, values))
                })
            }
            _ => None,
        }
    }
}
