//! Arrays as values: attributes, strides, new ones.

use super::owners::Owner;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::memory::HEAD;
use crate::site::Exception;
use crate::syntax::Expr;
use crate::types::{ArrayType, INT, Layout, Type};
use crate::value::{Value, tuple};
use stook_kernel::{Local, Place, Service, Step, Type as Part};
use stook_types::DType;

/// Sizes in bytes from here do not fit into an index with what stands before the elements.
const MOST_BYTES: f64 = (1_u64 << 62) as f64;

/// Bytes of an element of an array of numbers or records.
pub(super) fn bytes_of_element(ty: &Type) -> i64 {
    match ty {
        Type::Records(structure, _) => structure.size as i64,
        Type::Array(array) => array.dtype.size() as i64,
        _ => 0,
    }
}

/// The type of an array whose elements are those of another, numbers or records.
pub(super) fn of_kind(other: &Type, array: ArrayType) -> Type {
    match other {
        Type::Records(structure, _) => Type::Records(structure.clone(), array),
        _ => Type::Array(array),
    }
}

impl Lowerer<'_, '_> {
    /// Bytes from one element to the next, for each axis.
    pub(super) fn strides(&mut self, value: &Value) -> Vec<Local> {
        let array = value.grid().expect("an array is asked for");
        let (ndim, size) = (array.ty.ndim, bytes_of_element(&value.ty));
        if let Some(own) = (0..ndim).map(|k| array.own_stride(k)).collect::<Option<Vec<_>>>() {
            return own;
        }
        let shape = array.shape();
        let mut stride = self.size(size);
        let mut strides = vec![stride; ndim];
        for k in (1..ndim).rev() {
            stride = self.compute_one(&[stride, shape[k]], |f, v| f.mul(v[0], v[1]));
            strides[k - 1] = stride;
        }
        strides
    }

    /// An attribute of an array.
    pub(super) fn array_attribute(&mut self, value: &Value, name: &str) -> Followed<Value> {
        let array = value.grid().expect("an array is asked for");
        let bytes = bytes_of_element(&value.ty);
        let number = |part| Value::new(INT, vec![part]);
        match name {
            "shape" => Ok(tuple(&array.shape().into_iter().map(number).collect::<Vec<_>>())),
            "strides" => {
                Ok(tuple(&self.strides(value).into_iter().map(number).collect::<Vec<_>>()))
            }
            "ndim" => Ok(self.int(array.ty.ndim as i64)),
            "itemsize" => Ok(self.int(bytes)),
            "size" => Ok(number(self.elements(&array.shape()))),
            "nbytes" => {
                let count = self.elements(&array.shape());
                Ok(number(self.compute_one(&[count], |f, v| {
                    let size = f.int(DType::I64, bytes.into());
                    f.mul(v[0], size)
                })))
            }
            "dtype" => Ok(super::expressions::thing(match &value.ty {
                Type::Records(structure, _) => Thing::Structure(structure.clone()),
                _ => Thing::Class { dtype: array.ty.dtype, python: false },
            })),
            "T" => {
                let (mut shape, mut strides) = (array.shape(), self.strides(value));
                shape.reverse();
                strides.reverse();
                Ok(self.view(value, array.data(), shape, strides))
            }
            _ => self.error(
                format!("the attribute '{name}' of arrays is not compiled"),
                Some("shape, strides, ndim, size, dtype and T are"),
            ),
        }
    }

    /// A view of an array's memory.
    pub(super) fn view(
        &mut self,
        of: &Value,
        data: Local,
        shape: Vec<Local>,
        strides: Vec<Local>,
    ) -> Value {
        let array = of.grid().expect("an array is asked for");
        let layout = if shape.is_empty() { Layout::C } else { Layout::Any };
        let ty = of_kind(&of.ty, ArrayType { ndim: shape.len(), layout, ..array.ty });
        let mut parts = vec![data, array.owner()];
        parts.extend(shape);
        parts.extend(strides);
        Value::new(ty, parts)
    }

    /// How many elements arrays of a shape have.
    pub(super) fn elements(&mut self, shape: &[Local]) -> Local {
        let one = self.size(1);
        shape
            .iter()
            .fold(one, |n, &length| self.compute_one(&[n, length], |f, v| f.mul(v[0], v[1])))
    }

    /// A new array, whose elements are whatever was there.
    pub(super) fn new_array(&mut self, dtype: DType, shape: &[Local]) -> Followed<Value> {
        for &length in shape {
            let negative = self.is_negative(length);
            self.refuse_if(negative, Exception::Value, "negative dimensions are not allowed");
        }
        let wraps = self.compute_one(shape, |f, v| {
            let size = f.float(DType::F64, dtype.size() as f64);
            let bytes = v.iter().fold(size, |bytes, &length| {
                let length = f.convert(length, DType::F64);
                f.mul(bytes, length)
            });
            let most = f.float(DType::F64, MOST_BYTES);
            f.ge(bytes, most)
        });
        self.refuse_if(
            wraps,
            Exception::Value,
            "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum possible \
             size.",
        );
        let size = dtype.size() as i128;
        let count = self.elements(shape);
        let bytes = self.compute_one(&[count], |f, v| {
            let (size, head) = (f.int(DType::I64, size), f.int(DType::I64, HEAD.into()));
            let bytes = f.mul(v[0], size);
            f.add(bytes, head)
        });
        let owner = self.local(Part::Address);
        self.emit(Step::Ask { service: Service::Allocate, args: vec![bytes], into: vec![owner] });
        let there = self.local(Part::Scalar(DType::Bool));
        self.emit(Step::Present { address: owner, into: there });
        let missing = self.compute_one(&[there], |f, v| f.not(v[0]));
        self.refuse_if(missing, Exception::Memory, "Unable to allocate memory for an array");
        let one = self.size(1);
        let place = Place { dtype: DType::I64, base: owner, axes: Vec::new(), offset: 0 };
        self.emit(Step::Store { place, value: one });
        // Kept apart from the owner, which the statement's end forgets.
        let (held, data, head) = (self.local(Part::Address), self.local(Part::Address), HEAD);
        self.emit(Step::Move { from: owner, into: held });
        let head = self.size(head);
        self.emit(Step::Advance { base: owner, bytes: head, into: data });
        self.keep(Owner { local: owner, container: None });
        let ty = ArrayType { dtype, ndim: shape.len(), layout: Layout::C, writeable: true };
        let mut parts = vec![data, held];
        parts.extend(shape);
        Ok(Value::new(Type::Array(ty), parts))
    }

    /// The lengths that a number or a tuple of numbers gives.
    pub(super) fn shape_of(&mut self, shape: &Expr) -> Followed<Vec<Local>> {
        let value = self.tuple_or_value(shape)?;
        let lengths = value.items().unwrap_or_else(|| vec![value]);
        lengths.iter().map(|length| self.index(length)).collect()
    }

    /// Gives every element of an array a value: that of `item` for the element's indices.
    pub(super) fn fill_array(
        &mut self,
        array: &Value,
        item: &mut dyn FnMut(&mut Self, &[Local]) -> Followed<Value>,
    ) -> Followed<()> {
        let found = array.array().expect("an array is asked for");
        let dtype = found.ty.dtype;
        self.each_place(&found.shape(), &mut |l, at| {
            let value = item(l, at)?;
            let parts = l.cast_to_element(&value, dtype)?;
            l.store(array, at, &parts);
            Ok(())
        })
    }

    /// Gives every element of an array one value.
    pub(super) fn fill_with(&mut self, array: &Value, item: &Value) -> Followed<()> {
        let line = self.in_line(array);
        self.fill_array(line.as_ref().unwrap_or(array), &mut |_, _| Ok(item.clone()))
    }

    /// Copies an array's elements into an array of its shape that lies elsewhere.
    pub(super) fn copy_elements(&mut self, from: &Value, into: &Value) -> Followed<()> {
        let lines = self.in_line(from).zip(self.in_line(into));
        let (from, into) = lines.as_ref().map_or((from, into), |(from, into)| (from, into));
        self.fill_array(into, &mut |l, at| Ok(l.load(from, at)))
    }

    /// An array of several axes whose elements lie one after another, as one of a single axis: one
    /// loop does then what one for each axis would.
    fn in_line(&mut self, array: &Value) -> Option<Value> {
        let found = array.array().expect("an array is asked for");
        if found.ty.ndim < 2 || found.ty.layout != Layout::C {
            return None;
        }
        let count = self.elements(&found.shape());
        let ty = ArrayType { ndim: 1, ..found.ty };
        Some(Value::new(Type::Array(ty), vec![found.data(), found.owner(), count]))
    }

    /// Does something for each index into a shape, in order.
    pub(super) fn each_place(
        &mut self,
        shape: &[Local],
        act: &mut dyn FnMut(&mut Self, &[Local]) -> Followed<()>,
    ) -> Followed<()> {
        self.each_axis(shape, &mut Vec::new(), act)
    }

    fn each_axis(
        &mut self,
        shape: &[Local],
        at: &mut Vec<Local>,
        act: &mut dyn FnMut(&mut Self, &[Local]) -> Followed<()>,
    ) -> Followed<()> {
        let Some(&length) = shape.get(at.len()) else {
            return act(self, at);
        };
        let (k, zero) = (self.size(0), self.size(0));
        self.emit(Step::Move { from: zero, into: k });
        at.push(k);
        let (body, ()) = self.block(|l| {
            let over = l.compute_one(&[k, length], |f, v| f.ge(v[0], v[1]));
            l.emit(Step::If { condition: over, then: vec![Step::Break], otherwise: Vec::new() });
            l.each_axis(shape, at, act)
        })?;
        at.pop();
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
}
