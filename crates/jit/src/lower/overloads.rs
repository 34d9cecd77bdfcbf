//! Functions that others stand for in compiled code: chosen by types, or called for each element.

use super::elementwise::Operation;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::syntax::Expr;
use crate::types::Type;
use crate::value::Value;
use std::rc::Rc;
use stook_kernel::Step;

impl Lowerer<'_, '_> {
    /// Calls what stands for a function where arguments have these types, or the function itself.
    pub(super) fn call_overloaded(
        &mut self,
        number: usize,
        otherwise: &Thing,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        // What the arguments do is written where a function takes them; a call of another follows
        // them once more.
        let (steps, (values, named)) = self.block(|l| l.given(args, keywords))?;
        if let Some(function) = self.overload(number, &values, &named)? {
            self.emit(Step::Block(steps));
            return self.call_with(function, values, named);
        }
        match otherwise {
            Thing::Other(name) => {
                let given = values.iter().map(|value| value.ty.describe());
                let given = given.collect::<Vec<_>>().join(", ");
                self.error(format!("no overload of {name} takes ({given})"), None)
            }
            known => self.call_thing(known, args, keywords),
        }
    }

    /// `generator.name(...)`: what stands for the method, or the method itself outside.
    pub(super) fn draw(
        &mut self,
        generator: &Value,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        if let Some(number) = self.session.host.generator_method(name) {
            let (steps, (mut values, named)) = self.block(|l| l.given(args, keywords))?;
            values.insert(0, generator.clone());
            if let Some(function) = self.overload(number, &values, &named)? {
                self.emit(Step::Block(steps));
                return self.call_with(function, values, named);
            }
        }
        self.call_outside(None, name, vec![generator.clone()], args, keywords)
    }

    /// The function that stands for another where arguments have these types.
    fn overload(
        &mut self,
        number: usize,
        values: &[Value],
        named: &[(String, Value)],
    ) -> Followed<Option<usize>> {
        let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
        let names: Vec<_> =
            named.iter().map(|(name, value)| (name.clone(), value.ty.clone())).collect();
        let found = self.session.host.overload(number, &types, &names);
        found.or_else(|text| self.error(text, None))
    }

    /// What a call of an array's elements does, if it is one of a function of numbers: a function of
    /// C's, one that was vectorized, or a class of NumPy's.
    pub(super) fn operation_on_elements(&self, thing: &Thing) -> Option<Operation> {
        match *thing {
            Thing::Class { dtype, python: false } => {
                Some(Rc::new(move |l, values| l.number_from(&values[0], (dtype, false))))
            }
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
