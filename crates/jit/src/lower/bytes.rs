//! `bytes`: arrays of uint8 that nobody changes, whose items are ints. Parts share their memory.

use super::{Followed, Lowerer};
use crate::syntax::{BinaryOp, CompareOp, Expr, ExprKind};
use crate::types::{BYTES, INT, Type};
use crate::value::Value;
use stook_kernel::{Local, Step, Type as Part};

/// The same memory as an array.
fn as_array(bytes: &Value) -> Value {
    Value::new(Type::Array(BYTES), bytes.parts.clone())
}

fn is_bytes(value: &Value) -> bool {
    value.ty == Type::Bytes
}

impl Lowerer<'_, '_> {
    /// Those that are known while compiling.
    pub(super) fn known_bytes(&mut self, bytes: &[u8]) -> Value {
        let number = self.session.host.bytes(bytes) as u32;
        let (data, null) = (self.local(Part::Address), self.local(Part::Address));
        self.emit(Step::Symbol { number, into: data });
        let length = self.size(bytes.len() as i64);
        Value::new(Type::Bytes, vec![data, null, length])
    }

    /// `b[k]` and `b[i:j]`.
    pub(super) fn item_of_bytes(&mut self, bytes: &Value, index: &Expr) -> Followed<Value> {
        if let ExprKind::Slice { lower, upper, step } = &index.kind {
            let ends = self.slice_ends(lower.as_deref(), upper.as_deref(), step.as_deref())?;
            let (start, length, by) = self.slice_parts(bytes.parts[2], &ends);
            if step.is_none() {
                let one = self.size(1);
                let data = self.advanced(bytes.parts[0], start, one);
                return Ok(Value::new(Type::Bytes, vec![data, bytes.parts[1], length]));
            }
            let [start, length, by] = [start, length, by].map(|part| Value::new(INT, vec![part]));
            return self.made_bytes("bytes_part", &[as_array(bytes), start, length, by]);
        }
        let number = self.expression(index)?;
        let (k, what) = (self.index(&number)?, "index out of range");
        let k = self.checked(k, bytes.parts[2], number.known, what);
        self.byte(bytes, k)
    }

    /// The byte at a place within them.
    pub(super) fn byte(&mut self, bytes: &Value, k: Local) -> Followed<Value> {
        let byte = self.load(&as_array(bytes), &[k]);
        self.converted(&byte, &INT)
    }

    /// A comparison; nothing if these are no bytes.
    pub(super) fn compare_bytes(
        &mut self,
        op: CompareOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        if !is_bytes(a) || !is_bytes(b) {
            return Ok(None);
        }
        let order = self.call_library("bytes_order", &[as_array(a), as_array(b)])?;
        let zero = self.int(0);
        self.compare(op, &order, &zero).map(Some)
    }

    /// `x in b`.
    pub(super) fn is_in_bytes(&mut self, value: &Value, bytes: &Value) -> Followed<Value> {
        if is_bytes(value) {
            let parts = [as_array(bytes), as_array(value)];
            let place = self.call_library("bytes_place", &parts)?;
            let zero = self.int(0);
            return self.compare(CompareOp::GtE, &place, &zero);
        }
        let number = self.index(value)?;
        let number = Value::new(INT, vec![number]);
        self.call_library("has_byte", &[as_array(bytes), number])
    }

    /// `a + b`; nothing if these are no bytes.
    pub(super) fn bytes_operator(
        &mut self,
        op: BinaryOp,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        match op {
            BinaryOp::Add if is_bytes(a) && is_bytes(b) => {
                self.made_bytes("bytes_joined", &[as_array(a), as_array(b)]).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What a function of the library makes.
    pub(super) fn made_bytes(&mut self, name: &str, values: &[Value]) -> Followed<Value> {
        let made = self.call_library(name, values)?;
        Ok(Value::new(Type::Bytes, made.parts))
    }
}
