//! `isinstance`: whether a value is of a class is known from its type, but for None.

use super::control::Truth;
use super::{Followed, Lowerer};
use crate::class::ClassKind;
use crate::host::Thing;
use crate::syntax::{BinaryOp, Expr, ExprKind};
use crate::types::{ContainerKind, Type};
use stook_types::DType;

impl Lowerer<'_, '_> {
    /// The value and the classes of a call of `isinstance`, if an expression is one.
    pub(super) fn asks_for_class<'e>(&mut self, expr: &'e Expr) -> Option<(&'e Expr, &'e Expr)> {
        let ExprKind::Call { function, args, keywords } = &expr.kind else { return None };
        let (ExprKind::Name(name), [value, classes], []) =
            (&function.kind, &args[..], &keywords[..])
        else {
            return None;
        };
        if name != "isinstance" || self.is_variable(name) {
            return None;
        }
        let found = self.session.host.global(self.function, name);
        let is_builtin =
            matches!(found, Some(Thing::Known { name, .. }) if name == "builtins.isinstance");
        is_builtin.then_some((value, classes))
    }

    /// Whether a value is of a class, of one of a tuple of classes, or of a union of them.
    pub(super) fn is_instance(&mut self, value: &Expr, classes: &Expr) -> Followed<Truth> {
        let value = self.perhaps(value)?;
        let mut all = Vec::new();
        self.add_classes(classes, &mut all)?;
        let Type::Optional(inner) = &value.ty else {
            return self.is_of_any(&value.ty, &all).map(Truth::Known);
        };
        let there = value.parts[0];
        Ok(match (self.is_of_any(inner, &all)?, self.is_of_any(&Type::None, &all)?) {
            (true, false) => Truth::Local(there),
            (false, true) => Truth::Local(self.compute_one(&[there], |f, v| f.not(v[0]))),
            (both, _) => Truth::Known(both),
        })
    }

    fn add_classes(&mut self, expr: &Expr, all: &mut Vec<Type>) -> Followed<()> {
        match &expr.kind {
            ExprKind::Tuple(items) => items.iter().try_for_each(|item| self.add_classes(item, all)),
            ExprKind::Binary { op: BinaryOp::BitOr, left, right } => {
                self.add_classes(left, all)?;
                self.add_classes(right, all)
            }
            _ => {
                let value = self.expression(expr)?;
                add_types(&value.ty, all);
                Ok(())
            }
        }
    }

    fn is_of_any(&mut self, ty: &Type, classes: &[Type]) -> Followed<bool> {
        for class in classes {
            match self.is_of_class(ty, class) {
                Some(true) => return Ok(true),
                Some(false) => {}
                None => {
                    let text = format!("isinstance with {} is not compiled", class.describe());
                    let hint = "ask for classes of numbers, containers, arrays, or objects' own";
                    return self.error(text, Some(hint));
                }
            }
        }
        Ok(false)
    }

    /// Whether values of a type are of a class; nothing if that is not known.
    fn is_of_class(&self, ty: &Type, class: &Type) -> Option<bool> {
        match class {
            Type::None => Some(*ty == Type::None),
            Type::Thing(Thing::Class { dtype, python }) => Some(is_number(ty, *dtype, *python)),
            Type::Thing(Thing::Record(class)) => {
                let host = &self.session.host;
                Some(ty.class().is_some_and(|(own, _)| host.inherits(own.number, class.number)))
            }
            Type::Thing(Thing::Known { name, .. }) => match name.strip_prefix("numpy.") {
                Some(name) => is_numpys(ty, name),
                None => is_builtin(ty, name.strip_prefix("builtins.")?),
            },
            _ => None,
        }
    }
}

fn add_types(ty: &Type, all: &mut Vec<Type>) {
    match ty {
        Type::Tuple(items) => items.iter().for_each(|item| add_types(item, all)),
        _ => all.push(ty.clone()),
    }
}

/// Whether it is a number of a class; a bool is an int, and NumPy derives two of its classes from
/// Python's.
fn is_number(ty: &Type, class: DType, of_python: bool) -> bool {
    let Type::Number { dtype, python } = *ty else { return false };
    match class {
        _ if !of_python => !python && dtype == class,
        DType::I64 => python && matches!(dtype, DType::I64 | DType::Bool),
        DType::F64 | DType::C128 => dtype == class,
        _ => python && dtype == class,
    }
}

fn is_builtin(ty: &Type, class: &str) -> Option<bool> {
    let is = |kind| ty.container().is_some_and(|container| container.kind == kind);
    Some(match class {
        "str" => ty.is_text(),
        "bytes" => *ty == Type::Bytes,
        "list" => is(ContainerKind::List),
        "dict" => is(ContainerKind::Dict),
        "set" => is(ContainerKind::Set),
        "tuple" => match ty {
            Type::Record(class, _) => class.kind == ClassKind::Tuple,
            _ => matches!(ty, Type::Tuple(_)),
        },
        "range" => *ty == Type::Range,
        "NoneType" => *ty == Type::None,
        "object" => true,
        _ => return None,
    })
}

fn is_numpys(ty: &Type, class: &str) -> Option<bool> {
    let is_record = matches!(ty, Type::Records(_, array) if array.ndim == 0);
    let dtype = match ty {
        Type::Number { dtype, python: false } => Some(*dtype),
        _ => None,
    };
    let is = |kind: fn(DType) -> bool| dtype.is_some_and(kind);
    Some(match class {
        "ndarray" => matches!(ty, Type::Array(_) | Type::Records(..)) && !is_record,
        "void" => is_record,
        "generic" => is_record || dtype.is_some(),
        "number" => is(|dtype| dtype != DType::Bool),
        "integer" => is(DType::is_integer),
        "signedinteger" => is(|dtype| dtype.kind() == stook_types::Kind::Signed),
        "unsignedinteger" => is(|dtype| dtype.kind() == stook_types::Kind::Unsigned),
        "inexact" => is(|dtype| dtype.is_float() || dtype.is_complex()),
        "floating" => is(DType::is_float),
        "complexfloating" => is(DType::is_complex),
        _ => return None,
    })
}
