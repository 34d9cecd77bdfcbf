//! Functions of NumPy's and methods of arrays: what is compiled of them, and what is called outside.

use super::elementwise::told_shape;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::site::{Exception, Piece};
use crate::structure::Structure;
use crate::syntax::{Expr, ExprKind};
use crate::types::{ArrayType, INT, Layout, Type};
use crate::value::{Value, tuple};
use std::sync::Arc;
use stook_kernel::{FAILURE_VALUES, Local};
use stook_types::{DType, Scalar};

/// Elements that no array has, near where the product of lengths would wrap.
const MOST_PLACES: f64 = (1_u64 << 62) as f64;

impl Lowerer<'_, '_> {
    /// A call of a function of NumPy's.
    pub(super) fn call_numpy(
        &mut self,
        (name, object): (&str, Option<usize>),
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        if name.starts_with("random.") {
            self.note_stream(name)?;
        }
        let given = |k: usize, keyword: &str| {
            let named = keywords.iter().find(|(name, _)| name == keyword).map(|(_, expr)| expr);
            args.get(k).or(named)
        };
        match name {
            "zeros" | "empty" | "ones" => {
                let Some(shape) = given(0, "shape") else {
                    return self.error(format!("{name} lacks its shape"), None);
                };
                if let Some(structure) = self.structure_given(given(1, "dtype"))? {
                    let shape = self.shape_of(shape)?;
                    return self.call_for_records(name, &structure, &shape);
                }
                let dtype = self.dtype_of(given(1, "dtype"), DType::F64)?;
                let shape = self.shape_of(shape)?;
                let made = self.new_array(dtype, &shape)?;
                match name {
                    "ones" => self.filled(made, 1.0),
                    "zeros" => self.filled(made, 0.0),
                    _ => Ok(made),
                }
            }
            "zeros_like" | "empty_like" | "ones_like" | "copy" => {
                let Some(like) = given(0, "a") else {
                    return self.error(format!("{name} lacks its array"), None);
                };
                let like = self.expression(like)?;
                if let (Type::Records(structure, _), None) = (&like.ty, given(1, "dtype")) {
                    if name == "copy" {
                        return self.method_of_records(&like, name, &[], &[]);
                    }
                    let shape = like.grid().expect("records").shape();
                    let name = name.trim_end_matches("_like");
                    return self.call_for_records(name, &structure.clone(), &shape);
                }
                let Some(array) = like.array() else {
                    return self.error(format!("{name} of {}", like.ty.describe()), None);
                };
                let dtype = self.dtype_of(given(1, "dtype"), array.ty.dtype)?;
                let made = self.new_array(dtype, &array.shape())?;
                match name {
                    "ones_like" => self.filled(made, 1.0),
                    "zeros_like" => self.filled(made, 0.0),
                    "copy" => self.copied_elements(made, &like),
                    _ => Ok(made),
                }
            }
            "full" => {
                let (Some(shape), Some(value)) = (given(0, "shape"), given(1, "fill_value")) else {
                    return self.error("full lacks its shape or value", None);
                };
                let shape = self.shape_of(shape)?;
                let value = self.expression(value)?;
                let own = value.ty.dtype().unwrap_or(DType::F64);
                let dtype = self.dtype_of(given(2, "dtype"), own)?;
                let made = self.new_array(dtype, &shape)?;
                if value.ty == INT {
                    self.fits(&value, dtype)?;
                }
                let parts = self.cast_to_element(&value, dtype)?;
                let item = Value::new(Type::strong(dtype), parts);
                self.fill_with(&made, &item)?;
                Ok(made)
            }
            "reshape" if args.len() == 2 && keywords.is_empty() => {
                let array = self.expression(&args[0])?;
                match array.array() {
                    Some(_) => self.reshaped(&array, &args[1..]),
                    None => self.call_outside(object, name, Vec::new(), args, keywords),
                }
            }
            "array" | "asarray" if self.is_list(args.first())? => {
                let dtype = match given(1, "dtype") {
                    Some(dtype) => Some(self.dtype_of(Some(dtype), DType::F64)?),
                    None => None,
                };
                let list = self.expression(&args[0])?;
                let holds_arrays = |ty: &Type| matches!(ty, Type::Array(_));
                if list.ty.container().is_some_and(|container| holds_arrays(&container.item)) {
                    return self.call_outside(object, name, vec![list], &args[1..], keywords);
                }
                self.array_of(&list, dtype)
            }
            _ => match self.numpy_reduction((name, object), args, keywords)? {
                Some(made) => Ok(made),
                None => self.product_or_outside((name, object), args, keywords),
            },
        }
    }

    /// A product of vectors; whatever else is called outside.
    fn product_or_outside(
        &mut self,
        (name, object): (&str, Option<usize>),
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let ("dot" | "vdot" | "inner" | "matmul", [a, b], []) = (name, args, keywords) else {
            return self.call_outside(object, name, Vec::new(), args, keywords);
        };
        let (a, b) = (self.tuple_or_value(a)?, self.tuple_or_value(b)?);
        match self.product_of_lines(name, &a, &b)? {
            Some(made) => Ok(made),
            None => self.call_outside(object, name, vec![a, b], &[], &[]),
        }
    }

    /// The structured dtype that an argument is, if it is one.
    fn structure_given(&mut self, given: Option<&Expr>) -> Followed<Option<Arc<Structure>>> {
        let Some(expr) = given else { return Ok(None) };
        match self.expression(expr)?.ty {
            Type::Thing(Thing::Structure(structure)) => Ok(Some(structure)),
            _ => Ok(None),
        }
    }

    /// `numpy.zeros`, `empty` and `ones` of records.
    fn call_for_records(
        &mut self,
        name: &str,
        structure: &Arc<Structure>,
        shape: &[Local],
    ) -> Followed<Value> {
        match name {
            "zeros" => self.zero_records(structure, shape),
            "empty" => self.new_records(structure, shape),
            _ => self.error(
                format!("numpy.{name} of records is not compiled"),
                Some("use zeros, and assign to the fields"),
            ),
        }
    }

    /// Whether an expression is a list, as what stands there says: it is followed on the side.
    fn is_list(&mut self, expr: Option<&Expr>) -> Followed<bool> {
        match expr.map(|expr| &expr.kind) {
            Some(ExprKind::Comprehension(_)) => Ok(true),
            Some(ExprKind::Name(name)) => {
                let value = self.variable(name)?;
                Ok(value.is_some_and(|value| value.ty.container().is_some()))
            }
            _ => Ok(false),
        }
    }

    fn filled(&mut self, array: Value, number: f64) -> Followed<Value> {
        let one = self.constant(Scalar::float(DType::F64, number), true);
        self.fill_with(&array, &one)?;
        Ok(array)
    }

    pub(super) fn copied_elements(&mut self, made: Value, from: &Value) -> Followed<Value> {
        self.copy_elements(from, &made)?;
        Ok(made)
    }

    pub(super) fn dtype_of(&mut self, given: Option<&Expr>, otherwise: DType) -> Followed<DType> {
        let Some(expr) = given else { return Ok(otherwise) };
        let value = self.expression(expr)?;
        match &value.ty {
            Type::Thing(Thing::Class { dtype, .. }) => Ok(*dtype),
            Type::Thing(Thing::Text(text)) => {
                match DType::ALL.into_iter().find(|dtype| dtype.name() == text) {
                    Some(dtype) => Ok(dtype),
                    None => self.error(format!("'{text}' is no type of elements"), None),
                }
            }
            other => self.error(format!("{} is no type of elements", other.describe()), None),
        }
    }

    /// An array's elements in another shape: a view, where its elements lie in order.
    fn reshaped(&mut self, array: &Value, args: &[Expr]) -> Followed<Value> {
        let sizes = match args {
            [shape] => {
                let shape = self.tuple_or_value(shape)?;
                shape.items().unwrap_or_else(|| vec![shape])
            }
            several => several.iter().map(|arg| self.expression(arg)).collect::<Followed<_>>()?,
        };
        let found = array.array().expect("an array is asked for");
        if found.ty.layout != Layout::C || sizes.len() >= FAILURE_VALUES {
            let values = vec![array.clone(), tuple(&sizes)];
            return self.call_outside(None, "reshape", values, &[], &[]);
        }
        let lengths = sizes.iter().map(|size| self.index(size)).collect::<Followed<Vec<_>>>()?;
        let count = self.elements(&found.shape());
        let (lengths, fits, several) = self.lengths_for(count, &lengths);
        self.refuse_if(several, Exception::Value, "can only specify one unknown dimension");
        let mut message = vec![
            Piece::Text("cannot reshape array of size ".to_owned()),
            Piece::Value(DType::I64),
            Piece::Text(" into shape ".to_owned()),
        ];
        let mut values = vec![count];
        let mut axes = sizes.iter().zip(&lengths);
        for piece in told_shape(sizes.len()) {
            let axis = if let Piece::Value(_) = piece { axes.next() } else { None };
            match axis {
                Some((Value { known: Some(..0), .. }, _)) => {
                    message.push(Piece::Text("newaxis".to_owned()));
                }
                Some((_, &length)) => {
                    message.push(piece);
                    values.push(length);
                }
                None => message.push(piece),
            }
        }
        let differs = self.compute_one(&[fits], |f, v| f.not(v[0]));
        self.fail_if(differs, Exception::Value, message, values);
        let ty = ArrayType { ndim: lengths.len(), ..found.ty };
        let parts = [vec![found.data(), found.owner()], lengths].concat();
        Ok(Value::new(Type::Array(ty), parts))
    }

    /// Lengths of axes for so many elements, of which one that is negative is what the others leave;
    /// whether there are as many places then, and whether several are negative.
    fn lengths_for(&mut self, count: Local, lengths: &[Local]) -> (Vec<Local>, Local, Local) {
        let negative: Vec<Local> = lengths.iter().map(|&n| self.is_negative(n)).collect();
        let made = self.compute(&[&[count], lengths, &negative].concat(), |f, v| {
            let (lengths, negative) = v[1..].split_at(lengths.len());
            let (zero, one) = (f.int(DType::I64, 0), f.int(DType::I64, 1));
            let (mut product, mut open) = (one, zero);
            // In floats too, which do not wrap; there no length is zero, as NumPy has it.
            let mut size = f.float(DType::F64, 1.0);
            for (&length, &negative) in lengths.iter().zip(negative) {
                let own = f.select(negative, one, length);
                product = f.mul(product, own);
                let is_empty = f.eq(own, zero);
                let present = f.select(is_empty, one, own);
                let present = f.convert(present, DType::F64);
                size = f.mul(size, present);
                let more = f.add(open, one);
                open = f.select(negative, more, open);
            }
            let none = f.eq(product, zero);
            let divisor = f.select(none, one, product);
            let rest = f.quot(v[0], divisor);
            let is_open = f.eq(open, one);
            let last = f.select(is_open, rest, one);
            let places = f.mul(product, last);
            let as_many = f.eq(places, v[0]);
            let several = f.gt(open, one);
            let settled = f.and(none, is_open);
            let settled = f.not(settled);
            let most = f.float(DType::F64, MOST_PLACES);
            let few = f.lt(size, most);
            let fits = f.and(as_many, settled);
            let fits = f.and(fits, few);
            let own = lengths.iter().zip(negative);
            let mut made: Vec<_> = own.map(|(&n, &open)| f.select(open, rest, n)).collect();
            made.extend([fits, several]);
            made
        });
        let (lengths, told) = made.split_at(lengths.len());
        (lengths.to_vec(), told[0], told[1])
    }

    /// A method of an array.
    pub(super) fn method(
        &mut self,
        array: &Value,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let found = array.array().expect("an array is asked for");
        match (name, args, keywords) {
            ("copy", [], []) => {
                let made = self.new_array(found.ty.dtype, &found.shape())?;
                self.copied_elements(made, array)
            }
            ("astype", [dtype], []) => {
                let dtype = self.dtype_of(Some(dtype), found.ty.dtype)?;
                let made = self.new_array(dtype, &found.shape())?;
                self.copied_elements(made, array)
            }
            ("tolist", [], []) if found.ty.ndim > 0 => {
                self.call_library("to_list", std::slice::from_ref(array))
            }
            ("reshape", [_, ..], []) => self.reshaped(array, args),
            ("fill", [value], []) => {
                let value = self.expression(value)?;
                let parts = self.element(&value, found.ty.dtype)?;
                let item = Value::new(Type::strong(found.ty.dtype), parts);
                self.fill_with(array, &item)?;
                Ok(Value::new(Type::None, Vec::new()))
            }
            ("dot", [other], []) => {
                let other = self.tuple_or_value(other)?;
                match self.product_of_lines(name, array, &other)? {
                    Some(made) => Ok(made),
                    None => self.call_outside(None, name, vec![array.clone(), other], &[], &[]),
                }
            }
            _ => self.call_outside(None, name, vec![array.clone()], args, keywords),
        }
    }
}
