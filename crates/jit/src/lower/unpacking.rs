//! Tuples and lists by their items: in targets, and where `*` puts them among others.

use super::{Followed, Lowerer};
use crate::syntax::{Expr, ExprKind};
use crate::types::Type;
use crate::value::Value;
use std::borrow::Cow;

impl Lowerer<'_, '_> {
    /// The items of a value in locals that no assignment changes.
    pub(super) fn unpacked(&mut self, value: &Value, count: usize) -> Followed<Vec<Value>> {
        let value = &self.present(value);
        if value.ty.container().is_some() {
            return self.unpacked_list(value, count);
        }
        if value.ty.is_text() {
            return Ok(self.unpacked_text(value, count));
        }
        if let Some(length) = value.array().filter(|a| a.ty.ndim > 0).map(|a| a.length(0)) {
            self.expect_count(length, count, false);
            return (0..count)
                .map(|k| {
                    let k = self.size(k as i64);
                    self.at_first_axis(value, k)
                })
                .collect();
        }
        let Some(items) = value.items() else {
            let text = format!("{} cannot be unpacked", value.ty.describe());
            return self.error(text, Some("unpack tuples, lists and arrays"));
        };
        if items.len() != count {
            let text = format!("{} values for {count} names", items.len());
            return self.error(text, None);
        }
        Ok(items.iter().map(|item| self.copied(item)).collect())
    }

    /// The same with a list of what the other targets leave, at the place of the one with `*`.
    pub(super) fn unpacked_with_rest(
        &mut self,
        value: &Value,
        count: usize,
        star: usize,
    ) -> Followed<Vec<Value>> {
        let value = &self.present(value);
        let Some(items) = value.items() else {
            let list = self.listed_value(value)?;
            return self.unpacked_list_with_rest(&list, count - 1, star);
        };
        let Some(more) = (items.len() + 1).checked_sub(count) else {
            let text = format!("{} values for {} names at least", items.len(), count - 1);
            return self.error(text, None);
        };
        let mut made: Vec<Value> = items[..star].iter().map(|item| self.copied(item)).collect();
        made.push(self.list_with(&items[star..star + more])?);
        made.extend(items[star + more..].iter().map(|item| self.copied(item)));
        Ok(made)
    }

    /// Arguments or items with those in the place of `*items` that a tuple has.
    pub(super) fn unpacked_by_star<'e>(&mut self, all: &'e [Expr]) -> Followed<Cow<'e, [Expr]>> {
        if !all.iter().any(|expr| matches!(expr.kind, ExprKind::Starred(_))) {
            return Ok(Cow::Borrowed(all));
        }
        let mut made = Vec::new();
        for expr in all {
            let (own, is_starred) = match &expr.kind {
                ExprKind::Starred(own) => (&**own, true),
                _ => (expr, false),
            };
            let own = match &own.kind {
                ExprKind::Named { name, .. } => {
                    self.perhaps(own)?;
                    Expr { kind: ExprKind::Name(name.clone()), span: own.span }
                }
                // Items that follow may change it.
                ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => self.read_now(own)?,
                _ => own.clone(),
            };
            if !is_starred {
                made.push(own);
                continue;
            }
            let value = self.tuple_or_value(&own)?;
            let Some(items) = value.items() else {
                let text = format!("{} is not unpacked by *", value.ty.describe());
                return self.error(text, Some("unpack tuples, whose lengths are known"));
            };
            made.extend((0..items.len()).map(|k| {
                let index = Expr { kind: ExprKind::Int(k as i128), span: own.span };
                let (value, index) = (Box::new(own.clone()), Box::new(index));
                Expr { kind: ExprKind::Subscript { value, index }, span: own.span }
            }));
        }
        Ok(Cow::Owned(made))
    }

    /// A variable of our own that has an expression's value, unless that is known while compiling.
    fn read_now(&mut self, expr: &Expr) -> Followed<Expr> {
        let value = self.perhaps(expr)?;
        if matches!(value.ty, Type::Thing(_)) {
            return Ok(expr.clone());
        }
        let name = format!("item at {}.{}", expr.span.line, expr.span.column);
        self.assign(&name, &value);
        Ok(Expr { kind: ExprKind::Name(name), span: expr.span })
    }
}
