//! Ufuncs of elements: a row of the table, called with operands and options of Python's.

use crate::array::NdArray;
use crate::convert::Operand;
use crate::error::{self, OrRaise};
use crate::index::cast_alone;
use crate::module::session;
use crate::options::{Options, Types};
use crate::{number, resolve};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use smallvec::SmallVec;
use stook_ops::{Loop, Ufunc, UfuncId, table};
use stook_runtime::{Array, Input, Results};
use stook_types::{Casting, DType, broadcast_shapes, can_cast};

/// A function of elements: a row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Elementwise {
    pub(crate) id: UfuncId,
}

impl Elementwise {
    pub(crate) fn row(&self) -> &'static Ufunc {
        &table()[self.id.0 as usize]
    }

    /// The call of a function of elements; `None` where only NumPy knows how.
    pub(crate) fn call<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let nin = self.row().nin();
        if !(nin..=nin + self.row().nout()).contains(&args.len()) {
            return Ok(None);
        }
        let Some(options) = Options::of(self.row(), args, kwargs)? else {
            return Ok(None);
        };
        let objects: SmallVec<[Bound<'py, PyAny>; 3]> = args.iter().take(nin).collect();
        self.native(args.py(), &objects, &options)
    }

    fn native<'py>(
        &self,
        py: Python<'py>,
        args: &[Bound<'py, PyAny>],
        options: &Options<'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut operands: SmallVec<[Operand<'_, 'py>; 3]> = SmallVec::new();
        for object in args {
            match Operand::of(object)? {
                Some(operand) => operands.push(operand),
                None => return Ok(None),
            }
        }
        if options.are_plain() {
            return number::call(py, self.id, &operands);
        }
        self.with_options(py, &operands, options)
    }

    fn with_options<'py>(
        &self,
        py: Python<'py>,
        operands: &[Operand<'_, 'py>],
        options: &Options<'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let rule = options.casting.unwrap_or(Casting::SameKind);
        let types = resolve::types(operands);
        let Some(found) = self.find_loop(&types, &options.types, rule) else {
            return Ok(None);
        };
        let row = &self.row().loops[found];
        let mut outs: SmallVec<[Option<Bound<'py, NdArray>>; 2]> = SmallVec::new();
        for (out, &made) in options.outs.iter().zip(&row.outs) {
            match out.as_ref().map(|out| out.cast::<NdArray>()) {
                None => outs.push(None),
                Some(Ok(ours)) if casts(made, ours.get().array().dtype, rule) => {
                    ours.get().check_writeable("output array")?;
                    outs.push(Some(ours.clone()));
                }
                Some(_) => return Ok(None),
            }
        }
        let mask = options.mask.as_ref().map(Operand::of).transpose()?;
        let mask = match &mask {
            Some(Some(operand)) if operand.dtype() == Some(DType::Bool) => Some(operand),
            Some(_) => return Ok(None),
            None => None,
        };
        if mask.is_some() && outs.iter().any(Option::is_none) {
            return Ok(None);
        }
        let held = held(operands, &types, &row.ins);
        let Some(ins) = number::inputs(self.id, operands, &held) else {
            let decided = number::decided(self.id, operands).filter(|_| options.types.is_empty());
            return match decided {
                Some((id, operands)) => Self { id }.with_options(py, &operands, options),
                None => Ok(None),
            };
        };
        if operands.iter().filter_map(Operand::array).any(|array| array.view.size() == 0) {
            for (input, &to) in ins.iter().zip(&row.ins) {
                if let Input::Scalar(value) = *input {
                    cast_alone(py, value, to)?;
                }
            }
        }
        let scalars = operands.iter().all(|operand| operand.ndim() == 0);
        let made = match options.layout(operands, &row.ins) {
            Some(fortran) if !scalars => laid_out(py, operands, &row.outs, fortran)?,
            _ => Vec::new(),
        };
        let shapes =
            operands.iter().chain(mask).filter_map(Operand::array).map(|array| &array.view);
        let given = outs.iter().flatten().map(|out| &out.get().array().view);
        broadcast_shapes(shapes.chain(given).map(|view| &view.shape[..])).or_raise(py)?;
        for out in outs.iter().flatten() {
            for array in operands.iter().chain(mask).filter_map(Operand::array) {
                number::check_output(py, &out.get().array().view.shape, &array.view.shape)?;
            }
        }
        let given = outs.iter().map(|out| out.as_ref().map(|out| out.get().array()));
        let places: SmallVec<[Option<&Array>; 2]> =
            given.enumerate().map(|(k, out)| out.or_else(|| made.get(k))).collect();
        let mask = mask.and_then(|operand| operand.input(DType::Bool));
        let results = session().call(self.id, found, &ins, &places, mask).or_raise(py)?;
        error::report_conditions(py)?;
        drop(places);
        returned(py, outs, results, scalars).map(Some)
    }

    /// The loop for these types that has the types asked for. Without an operand's type it must
    /// take that operand safely; else it is the one all of whose types are the output's.
    fn find_loop(&self, types: &[DType], asked: &Types, rule: Casting) -> Option<usize> {
        let loops = &self.row().loops;
        let fits = |l: &Loop| {
            let all = l.ins.iter().chain(&l.outs).zip(asked);
            all.clone().all(|(&dtype, asked)| asked.is_none_or(|asked| asked == dtype))
                && all.zip(types).all(|((&to, asked), &from)| asked.is_some() || is_safe(from, to))
        };
        let plain = resolve::resolve(self.id, types).filter(|&k| fits(&loops[k]));
        let uniform = || {
            let wanted = *asked.last()?;
            let all = |l: &Loop| l.ins.iter().chain(&l.outs).all(|&dtype| Some(dtype) == wanted);
            let only = |asked: &Option<DType>| asked.is_none() || *asked == wanted;
            loops.iter().position(|l| all(l) && asked.iter().all(only))
        };
        let found = match asked.is_empty() {
            true => plain?,
            false => plain.or_else(|| loops.iter().position(fits)).or_else(uniform)?,
        };
        takes(&loops[found], types, rule).then_some(found)
    }
}

fn is_safe(from: DType, to: DType) -> bool {
    can_cast(from, to, Casting::Safe)
}

/// Whether a loop takes operands of these types.
fn takes(l: &Loop, types: &[DType], rule: Casting) -> bool {
    l.ins.iter().zip(types).all(|(&to, &from)| casts(from, to, rule))
}

/// Whether a cast is allowed and discards no imaginary part, of which NumPy would warn.
pub(crate) fn casts(from: DType, to: DType, rule: Casting) -> bool {
    let keeps = !from.is_complex() || to.is_complex() || to == DType::Bool;
    keeps && can_cast(from, to, rule)
}

/// The types in which operands enter a loop: Python's numbers that of the loop's input, where that
/// is a number's.
fn held(operands: &[Operand<'_, '_>], types: &[DType], ins: &[DType]) -> SmallVec<[DType; 4]> {
    let each = operands.iter().zip(types).zip(ins);
    each.map(|((operand, &dtype), &input)| match operand {
        Operand::Weak(_) if input != DType::Bool && can_cast(dtype, input, Casting::SameKind) => {
            input
        }
        _ => dtype,
    })
    .collect()
}

/// New arrays for a call's results, in C or in Fortran order.
fn laid_out(
    py: Python<'_>,
    operands: &[Operand<'_, '_>],
    types: &[DType],
    fortran: bool,
) -> PyResult<Vec<Array>> {
    let shapes = operands.iter().filter_map(Operand::array).map(|array| &array.view.shape[..]);
    let mut shape = broadcast_shapes(shapes).or_raise(py)?;
    let axes: Vec<usize> = (0..shape.len()).rev().collect();
    if fortran {
        shape.reverse();
    }
    let each = types.iter().map(|&dtype| {
        let made = session().empty(&shape, dtype)?;
        let view = if fortran { made.view.transpose(&axes) } else { made.view.clone() };
        Ok(made.with_view(view))
    });
    each.collect::<stook_types::Result<_>>().or_raise(py)
}

/// The outputs that were given, and new arrays for the others.
fn returned<'py>(
    py: Python<'py>,
    outs: SmallVec<[Option<Bound<'py, NdArray>>; 2]>,
    results: Results,
    scalars: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let mut made = Vec::with_capacity(outs.len());
    for (out, result) in outs.into_iter().zip(results) {
        made.push(match out {
            Some(out) => out.into_any(),
            None => number::finish(py, Results::from_elem(result, 1), scalars)?,
        });
    }
    if made.len() == 1 {
        return Ok(made.remove(0));
    }
    Ok(PyTuple::new(py, made)?.into_any())
}
