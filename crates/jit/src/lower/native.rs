//! Functions of C's, called by their addresses, and memory that addresses lead to.

use super::{Followed, Lowerer};
use crate::host::Native;
use crate::signature::cost;
use crate::syntax::Expr;
use crate::types::{ArrayType, Layout, Type};
use crate::value::Value;
use stook_kernel::{Local, Place, Step, Stride, Type as Part};
use stook_types::DType;

impl Lowerer<'_, '_> {
    /// Calls a function of C's that the user names, by the host's number of it.
    pub(super) fn call_native(&mut self, number: usize, values: &[Value]) -> Followed<Value> {
        let Native { name, attached, .. } = self.session.host.native(number);
        if attached {
            self.note_stream(&name)?;
        }
        self.refuse_unwatched(&name)?;
        self.native_result(number, values)
    }

    /// What a function of C's gives.
    pub(super) fn native_result(&mut self, number: usize, values: &[Value]) -> Followed<Value> {
        let Native { name, params, result, .. } = self.session.host.native(number);
        if values.len() != params.len() {
            let text =
                format!("{name}() takes {} arguments, {} were given", params.len(), values.len());
            return self.error(text, None);
        }
        let mut args = Vec::new();
        for (value, ty) in values.iter().zip(&params) {
            args.extend(self.native_argument(&name, value, ty)?);
        }
        let address = self.local(Part::Address);
        self.emit(Step::Symbol { number: number as u32, into: address });
        let into = self.new_parts(&result);
        self.emit(Step::Native { address, args, into: into.clone() });
        Ok(Value::new(result, into))
    }

    fn native_argument(&mut self, name: &str, value: &Value, ty: &Type) -> Followed<Vec<Local>> {
        match (&value.ty, ty) {
            (Type::Number { python, dtype: from }, Type::Number { dtype, .. })
                if cost(&value.ty, ty).is_some() =>
            {
                if *python && *from == DType::I64 {
                    self.fits(value, *dtype)?;
                }
                Ok(self.converted(value, ty)?.parts)
            }
            (Type::Array(array), Type::Pointer(dtype))
                if dtype.is_none_or(|d| d == array.dtype) =>
            {
                Ok(vec![value.array().expect("it is an array").data()])
            }
            (Type::Generator, Type::Pointer(None)) => Ok(value.parts[..1].to_vec()),
            (Type::Pointer(own), Type::Pointer(dtype)) if dtype.is_none() || own == dtype => {
                Ok(value.parts.clone())
            }
            (Type::Records(own, _), Type::PointerToRecords(structure)) if own == structure => {
                Ok(value.parts[..1].to_vec())
            }
            (Type::Records(..), Type::Pointer(None)) => Ok(value.parts[..1].to_vec()),
            (Type::PointerToRecords(own), Type::PointerToRecords(structure))
                if own == structure =>
            {
                Ok(value.parts.clone())
            }
            (Type::PointerToRecords(_), Type::Pointer(None)) => Ok(value.parts.clone()),
            (Type::None, Type::Pointer(_) | Type::PointerToRecords(_)) => {
                Ok(vec![self.local(Part::Address)])
            }
            (given, _) => {
                let text = format!("{name}() takes {}, not {}", ty.describe(), given.describe());
                self.error(text, Some("pass what its signature says"))
            }
        }
    }

    /// `carray` and `farray`: the array of a shape that an address leads to.
    pub(super) fn array_at(
        &mut self,
        rows: bool,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let given = |k: usize, keyword: &str| {
            let named = keywords.iter().find(|(name, _)| name == keyword).map(|(_, expr)| expr);
            args.get(k).or(named)
        };
        let (Some(pointer), Some(shape)) = (given(0, "ptr"), given(1, "shape")) else {
            return self.error("an array is made of a pointer and a shape", None);
        };
        let pointer = self.expression(pointer)?;
        if let Type::PointerToRecords(structure) = &pointer.ty {
            let shape = self.shape_of(shape)?;
            return self.records_at(rows, structure, pointer.parts[0], shape);
        }
        let Type::Pointer(own) = pointer.ty else {
            let text = format!("{} leads to no array", pointer.ty.describe());
            return self.error(text, Some("pass a pointer"));
        };
        let mut shape = self.shape_of(shape)?;
        let Some(dtype) =
            self.dtype_of(given(2, "dtype"), own.unwrap_or(DType::Bool)).map(|found| {
                let known = given(2, "dtype").is_some() || own.is_some();
                known.then_some(found).filter(|&found| own.is_none_or(|own| own == found))
            })?
        else {
            return self
                .error("the type of the array's elements is not that of the pointer's", None);
        };
        if !rows {
            shape.reverse();
        }
        let null = self.local(Part::Address);
        let mut parts = vec![pointer.parts[0], null];
        parts.extend(shape);
        let ndim = parts.len() - 2;
        let ty = ArrayType { dtype, ndim, layout: Layout::C, writeable: true };
        let array = Value::new(Type::Array(ty), parts);
        if rows { Ok(array) } else { self.array_attribute(&array, "T") }
    }

    /// The places of a number that lies so many numbers after an address.
    fn places_at(&mut self, pointer: &Value, index: &Expr) -> Followed<(DType, Vec<Place>)> {
        let Type::Pointer(Some(dtype)) = pointer.ty else {
            return self.error("nothing is known of what lies there", Some("use carray"));
        };
        let index = self.expression(index)?;
        let k = self.index(&index)?;
        let size = dtype.real().size() as i64;
        let places = (0..dtype.parts() as i64).map(|part| Place {
            dtype: dtype.real(),
            base: pointer.parts[0],
            axes: vec![(k, Stride::Fixed(dtype.size() as i64))],
            offset: part * size,
        });
        Ok((dtype, places.collect()))
    }

    /// A number that lies so many numbers after an address.
    pub(super) fn number_at(&mut self, pointer: &Value, index: &Expr) -> Followed<Value> {
        let (dtype, places) = self.places_at(pointer, index)?;
        let mut parts = Vec::new();
        for place in places {
            let into = self.local(Part::Scalar(place.dtype));
            self.emit(Step::Load { place, into });
            parts.push(into);
        }
        // As pointers of ctypes have them.
        let python = matches!(dtype, DType::Bool | DType::I64 | DType::F64 | DType::C128);
        Ok(Value::new(Type::Number { dtype, python }, parts))
    }

    /// Writes a number so many numbers after an address.
    pub(super) fn set_number_at(
        &mut self,
        pointer: &Value,
        index: &Expr,
        value: &Value,
    ) -> Followed<()> {
        let (dtype, places) = self.places_at(pointer, index)?;
        for (place, value) in places.into_iter().zip(self.element(value, dtype)?) {
            self.emit(Step::Store { place, value });
        }
        Ok(())
    }
}
