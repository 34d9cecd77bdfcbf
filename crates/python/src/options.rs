//! What a call of a ufunc says beyond its operands: `out`, `where`, `dtype`, `casting` and kin.
//!
//! Arguments enter; options that are native leave. Whatever NumPy refuses is left to NumPy, which
//! says why.

use crate::convert::Operand;
use crate::create::Order;
use crate::interop;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString, PyTuple};
use smallvec::SmallVec;
use stook_ops::Ufunc;
use stook_types::{Casting, DType};

/// The types asked for of inputs, then outputs; nothing where none are.
pub(crate) type Types = SmallVec<[Option<DType>; 4]>;

/// What a call says beyond its operands.
#[derive(Default)]
pub(crate) struct Options<'py> {
    pub(crate) outs: SmallVec<[Option<Bound<'py, PyAny>>; 2]>,
    pub(crate) mask: Option<Bound<'py, PyAny>>,
    pub(crate) types: Types,
    pub(crate) casting: Option<Casting>,
    /// How new results lie in memory, if not as the operands.
    order: Option<Order>,
}

/// Elements of an operand of one axis that NumPy casts before a call, at most.
const CAST_BEFORE: usize = 8192;

impl<'py> Options<'py> {
    /// The options of a call; `None` where there is one that only NumPy knows.
    pub(crate) fn of(
        row: &Ufunc,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Self>> {
        if args.len() > row.nin() && matches!(row.name, "maximum" | "minimum") {
            return Ok(None); // NumPy warns of an output by position, which it gives up for these
        }
        let mut options = Self::default();
        options.outs.extend(args.iter().skip(row.nin()).map(given));
        for (key, value) in kwargs.into_iter().flatten() {
            let known = match key.extract::<&str>()? {
                "out" => args.len() <= row.nin() && options.outputs(row, value),
                "where" if value.is(PyBool::new(value.py(), true)) => true,
                "where" => {
                    options.mask = Some(value);
                    true
                }
                "dtype" if value.is_none() => true,
                "dtype" => options.types.is_empty() && options.dtype(row, &value)?,
                "sig" | "signature" => {
                    options.types.is_empty() && options.signature(row, &value)?
                }
                "casting" => {
                    options.casting = value.extract().ok().and_then(Casting::parse);
                    options.casting.is_some()
                }
                "order" => options.order(&value),
                "subok" => value.is_exact_instance_of::<PyBool>(),
                _ => false,
            };
            if !known {
                return Ok(None);
            }
        }
        options.outs.resize(row.nout().max(options.outs.len()), None);
        Ok(Some(options))
    }

    /// Whether nothing was said that matters.
    pub(crate) fn are_plain(&self) -> bool {
        self.outs.iter().all(Option::is_none)
            && self.mask.is_none()
            && self.types.is_empty()
            && self.order.is_none()
            && self.casting.is_none_or(|rule| !matches!(rule, Casting::No | Casting::Equiv))
    }

    /// Whether new results are in Fortran order, `None` where they lie as the operands do; `ins` are
    /// the loop's types. NumPy casts short operands of one axis beforehand, to contiguous ones.
    pub(crate) fn layout(&self, operands: &[Operand<'_, '_>], ins: &[DType]) -> Option<bool> {
        let is_fortran = |(operand, &to): (&Operand<'_, '_>, &DType)| {
            operand.array().is_none_or(|array| {
                let short = array.view.ndim() == 1 && array.view.size() <= CAST_BEFORE;
                let copied = short && array.dtype != to;
                copied || Order::Fortran.is_that_of(array)
            })
        };
        match self.order? {
            Order::Any => Some(operands.iter().zip(ins).all(is_fortran)),
            order => Some(order == Order::Fortran),
        }
    }

    fn outputs(&mut self, row: &Ufunc, value: Bound<'py, PyAny>) -> bool {
        match value.cast_exact::<PyTuple>() {
            Ok(outs) => {
                self.outs = outs.iter().map(given).collect();
                outs.len() == row.nout()
            }
            Err(_) => {
                let one = value.is_none() || row.nout() == 1;
                self.outs = SmallVec::from_iter([given(value)]);
                one
            }
        }
    }

    /// The type of all outputs.
    fn dtype(&mut self, row: &Ufunc, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        let Some(dtype) = interop::dtype_from(value)? else {
            return Ok(false);
        };
        self.types = SmallVec::from_elem(None, row.nin());
        self.types.resize(row.nin() + row.nout(), Some(dtype));
        Ok(true)
    }

    /// The types of a loop: one letter for each, with an arrow before the outputs, or a tuple.
    fn signature(&mut self, row: &Ufunc, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = value.py();
        let listed: Vec<Bound<'py, PyAny>> = if let Ok(text) = value.extract::<&str>() {
            let Some((ins, outs)) = text.split_once("->") else {
                return Ok(false);
            };
            if (ins.len(), outs.len()) != (row.nin(), row.nout()) {
                return Ok(false);
            }
            let letters = ins.chars().chain(outs.chars());
            letters.map(|c| PyString::new(py, &c.to_string()).into_any()).collect()
        } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            tuple.iter().collect()
        } else {
            return Ok(false);
        };
        for one in &listed {
            self.types.push(match one.is_none() {
                true => None,
                false => match interop::dtype_from(one) {
                    Ok(Some(dtype)) => Some(dtype),
                    _ => return Ok(false),
                },
            });
        }
        let whole = listed.len() == row.nin() + row.nout();
        if self.types.iter().all(Option::is_none) {
            self.types.clear();
        }
        Ok(whole)
    }

    fn order(&mut self, value: &Bound<'py, PyAny>) -> bool {
        let found = match value.extract::<Option<&str>>() {
            Ok(letter) => Order::parse(letter, Order::Kept),
            Err(error) => Err(error),
        };
        self.order = found.as_ref().ok().copied().filter(|&order| order != Order::Kept);
        found.is_ok()
    }
}

fn given(out: Bound<'_, PyAny>) -> Option<Bound<'_, PyAny>> {
    (!out.is_none()).then_some(out)
}
