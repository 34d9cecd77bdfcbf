//! Reductions along one axis of an array: each line along it is reduced by itself.

use super::reductions::{Asked, Kind};
use super::{Followed, Lowerer};
use crate::value::Value;
use stook_kernel::{Local, Step, Type as Part};
use stook_types::DType;

/// The axis that a number names, of so many.
pub(super) fn axis_of(number: i64, ndim: usize) -> Option<usize> {
    let count = ndim as i64;
    let number = if number < 0 { number + count } else { number };
    usize::try_from(number).ok().filter(|&axis| axis < ndim)
}

impl Lowerer<'_, '_> {
    /// An array of the reductions of all lines along an axis.
    pub(super) fn reduced_along(
        &mut self,
        kind: Kind,
        (array, axis): (&Value, usize),
        asked: &Asked,
    ) -> Followed<Value> {
        let mut kept = array.array().expect("an array is reduced").shape();
        let length = kept.remove(axis);
        self.refuse_no_elements(kind, length);
        let zeros: Vec<Local> = kept.iter().map(|_| self.size(0)).collect();
        // Followed once where nothing leads, for the type of the result.
        let (_, sample) = self.block(|l| {
            let line = l.line_along(array, axis, &zeros);
            l.reduced_array(kind, &line, asked)
        })?;
        let made = self.new_array(sample.ty.dtype().unwrap_or(DType::F64), &kept)?;
        self.each_place(&kept, &mut |l, at| {
            let line = l.line_along(array, axis, at);
            let value = l.reduced_array(kind, &line, asked)?;
            l.store(&made, at, &value.parts);
            Ok(())
        })?;
        Ok(Value { fresh: true, ..made })
    }

    /// The line along an axis at places on the others.
    fn line_along(&mut self, array: &Value, axis: usize, at: &[Local]) -> Value {
        let strides = self.strides(array);
        let found = array.array().expect("an array is reduced");
        let mut others = strides.clone();
        let stride = others.remove(axis);
        let args = [at, &others[..]].concat();
        let bytes = self.compute_one(&args, |f, v| {
            let (places, strides) = v.split_at(at.len());
            let mut all = f.int(DType::I64, 0);
            for (&place, &stride) in places.iter().zip(strides) {
                let further = f.mul(place, stride);
                all = f.add(all, further);
            }
            all
        });
        let data = self.local(Part::Address);
        self.emit(Step::Advance { base: found.data(), bytes, into: data });
        self.view(array, data, vec![found.length(axis)], vec![stride])
    }
}
