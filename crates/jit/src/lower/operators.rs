//! What operators mean for objects of the user's classes: the methods that these have for them, else
//! what Python does with tuples, dataclasses and plain objects.

use super::control::Truth;
use super::{Followed, Lowerer};
use crate::class::ClassKind;
use crate::memory::IDENTITY;
use crate::syntax::{BinaryOp, CompareOp, Expr, UnaryOp};
use crate::types::{BOOL, ContainerKind, Type};
use crate::value::Value;
use stook_kernel::Local;

impl Lowerer<'_, '_> {
    /// The method of an object's class for an operator, by the host's number of the function.
    pub(super) fn operator_of(&mut self, value: &Value, method: &str) -> Option<usize> {
        let (class, _) = value.ty.class()?;
        if !class.operators.iter().any(|known| known == method) {
            return None;
        }
        match self.session.host.member(class.number, method) {
            Some(crate::class::Member::Method(function)) => Some(function),
            _ => None,
        }
    }

    /// Calls the method of the first value for an operator with both; nothing if it has none.
    fn by_method(&mut self, a: &Value, method: &str, others: &[Value]) -> Followed<Option<Value>> {
        let Some(function) = self.operator_of(a, method) else { return Ok(None) };
        let values = std::iter::once(a).chain(others).cloned().collect();
        self.call_with(function, values, Vec::new()).map(Some)
    }

    /// An operator on objects; nothing if their classes say nothing of it.
    pub(super) fn object_operator(
        &mut self,
        op: BinaryOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        if a.ty.class().is_none() && b.ty.class().is_none() {
            return Ok(None);
        }
        let name = method_of(op);
        if let Some(made) = self.by_method(a, &format!("__{name}__"), std::slice::from_ref(b))? {
            return Ok(Some(made));
        }
        self.by_method(b, &format!("__r{name}__"), std::slice::from_ref(a))
    }

    /// `a += b` by a method of its own for that; nothing if there is none.
    pub(super) fn augmented_object(
        &mut self,
        old: &Value,
        op: BinaryOp,
        value: &Expr,
    ) -> Followed<Option<Value>> {
        let Some(function) = self.operator_of(old, &format!("__i{}__", method_of(op))) else {
            return Ok(None);
        };
        let given = vec![old.clone(), self.expression(value)?];
        self.call_with(function, given, Vec::new()).map(Some)
    }

    /// `-x` and kin; nothing if the value's class says nothing of it.
    pub(super) fn negated_object(&mut self, op: UnaryOp, value: &Value) -> Followed<Option<Value>> {
        let method = match op {
            UnaryOp::Minus => "__neg__",
            UnaryOp::Invert => "__invert__",
            UnaryOp::Plus | UnaryOp::Not => "__pos__",
        };
        self.by_method(value, method, &[])
    }

    /// A comparison of objects; nothing if they are others, or tuples.
    pub(super) fn compare_objects(
        &mut self,
        op: CompareOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        if a.ty.class().is_none() && b.ty.class().is_none() {
            return Ok(None);
        }
        if let CompareOp::In | CompareOp::NotIn = op {
            let found = self.by_method(b, "__contains__", std::slice::from_ref(a))?;
            let Some(found) = found else { return Ok(None) };
            let truth = self.truth(&found)?;
            let found = self.as_value(truth);
            return Ok(Some(if op == CompareOp::In { found } else { self.opposite(&found) }));
        }
        let (own, turned) = methods_of(op);
        if let Some(made) = self.by_method(a, own, std::slice::from_ref(b))? {
            return Ok(Some(made));
        }
        if let Some(made) = self.by_method(b, turned, std::slice::from_ref(a))? {
            return Ok(Some(made));
        }
        if op == CompareOp::NotEq
            && [a, b].iter().any(|value| self.operator_of(value, "__eq__").is_some())
        {
            let same = self.compare(CompareOp::Eq, a, b)?;
            return Ok(Some(self.opposite(&same)));
        }
        self.compare_fields(op, a, b)
    }

    /// A comparison as dataclasses are given it.
    fn compare_fields(&mut self, op: CompareOp, a: &Value, b: &Value) -> Followed<Option<Value>> {
        let (Some((first, _)), Some((second, _))) = (a.ty.class(), b.ty.class()) else {
            return Ok(None);
        };
        if first.kind == ClassKind::Tuple && second.kind == ClassKind::Tuple {
            return Ok(None);
        }
        let (first, second) = (first.clone(), second.clone());
        let is_equality = matches!(op, CompareOp::Eq | CompareOp::NotEq);
        let (equal, ordered) = first.compares;
        if first.number == second.number && if is_equality { equal } else { ordered } {
            let (a, b) = (self.fields(a)?, self.fields(b)?);
            return self.compare_items(op, &a, &b).map(Some);
        }
        if let (true, Type::Object(..), Type::Object(..)) = (is_equality, &a.ty, &b.ty)
            && !equal
            && !second.compares.0
        {
            let same = self.is_one(a.parts[0], b.parts[0], op == CompareOp::Eq);
            return Ok(Some(Value::new(BOOL, vec![same])));
        }
        let (sign, _) = op.ufunc();
        self.error(
            format!("'{sign}' of {} and {} is not compiled", a.ty.describe(), b.ty.describe()),
            Some("compare their fields"),
        )
    }

    /// Whether two blocks are one, or not the `same`.
    pub(super) fn is_one(&mut self, a: Local, b: Local, same: bool) -> Local {
        let words = [self.word(a, IDENTITY), self.word(b, IDENTITY)];
        self.compute_one(&words, |f, v| if same { f.eq(v[0], v[1]) } else { f.ne(v[0], v[1]) })
    }

    /// Whether an object is true.
    pub(super) fn truth_of_object(&mut self, value: &Value) -> Followed<Truth> {
        for method in ["__bool__", "__len__"] {
            if let Some(made) = self.by_method(value, method, &[])? {
                return self.truth(&made);
            }
        }
        Ok(Truth::Known(value.items().is_none_or(|items| !items.is_empty())))
    }

    /// `len(object)`.
    pub(super) fn length_of_object(&mut self, value: &Value) -> Followed<Value> {
        if let Some(made) = self.by_method(value, "__len__", &[])? {
            return Ok(made);
        }
        match value.items() {
            Some(items) => Ok(self.int(items.len() as i64)),
            None => self.error(format!("{} has no len()", value.ty.describe()), None),
        }
    }
}

/// Whether values of a type have an order.
pub(super) fn is_ordered(ty: &Type) -> bool {
    match ty {
        Type::Number { dtype, .. } => !dtype.is_complex(),
        Type::Text => true,
        Type::Optional(inner) => is_ordered(inner),
        Type::Tuple(items) => items.iter().all(is_ordered),
        Type::Container(list) => list.kind == ContainerKind::List && is_ordered(&list.item),
        Type::Record(class, items) | Type::Object(class, items) => {
            class.operators.iter().any(|name| name == "__lt__")
                || class.compares.1 && items.iter().all(is_ordered)
        }
        _ => false,
    }
}

/// The middle of the name of an operator's method.
fn method_of(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "add",
        BinaryOp::Sub => "sub",
        BinaryOp::Mult => "mul",
        BinaryOp::Div => "truediv",
        BinaryOp::FloorDiv => "floordiv",
        BinaryOp::Mod => "mod",
        BinaryOp::Pow => "pow",
        BinaryOp::MatMult => "matmul",
        BinaryOp::LShift => "lshift",
        BinaryOp::RShift => "rshift",
        BinaryOp::BitAnd => "and",
        BinaryOp::BitOr => "or",
        BinaryOp::BitXor => "xor",
    }
}

/// The method of a comparison, and that of the other operand's.
fn methods_of(op: CompareOp) -> (&'static str, &'static str) {
    match op {
        CompareOp::NotEq => ("__ne__", "__ne__"),
        CompareOp::Lt => ("__lt__", "__gt__"),
        CompareOp::LtE => ("__le__", "__ge__"),
        CompareOp::Gt => ("__gt__", "__lt__"),
        CompareOp::GtE => ("__ge__", "__le__"),
        _ => ("__eq__", "__eq__"),
    }
}
