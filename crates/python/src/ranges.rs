//! New arrays of values that follow a rule: those in even steps are written here where that takes
//! integers and float64 alone, others come from NumPy, whose memory they keep.

use crate::array::NdArray;
use crate::create::made_like;
use crate::fallback;
use crate::interop::{dtype_from, numpy};
use crate::memory::{InterruptibleCores, make_from_memory};
use crate::module::session;
use crate::scalar::{Weak, weak};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use smallvec::SmallVec;
use std::ops::Range;
use stook_libraries::Parallel;
use stook_types::DType;

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(arange, m)?)?;
    m.add_function(wrap_pyfunction!(fromiter, m)?)?;
    m.add_function(wrap_pyfunction!(made_by_numpy, m)?)
}

/// Evenly spaced values from `start` (0) up to, not including, `stop`.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs),
       text_signature = "(start_or_stop, /, stop=None, step=1, *, dtype=None, device=None, \
                         like=None)")]
fn arange<'py>(
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = args.py();
    let steps = match kwargs {
        None => Steps::of(args, None),
        Some(kwargs) => only_dtype(kwargs)?.and_then(|dtype| Steps::of(args, Some(dtype))),
    };
    match steps.map(|steps| steps.array(py)).transpose()?.flatten() {
        Some(made) => Ok(made),
        None => made_by_numpy("arange", args, kwargs),
    }
}

/// The element type that is the only option; `None` where NumPy knows more.
fn only_dtype(kwargs: &Bound<'_, PyDict>) -> PyResult<Option<DType>> {
    match kwargs.get_item("dtype")? {
        Some(dtype) if kwargs.len() == 1 && !dtype.is_none() => {
            Ok(dtype_from(&dtype).ok().flatten())
        }
        _ => Ok(None),
    }
}

/// The items of an iterable, all of them or `count`, as an array of a type.
#[pyfunction]
#[pyo3(signature = (*args, **kwargs),
       text_signature = "(iter, dtype, count=-1, *, like=None)")]
fn fromiter<'py>(
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    made_by_numpy("fromiter", args, kwargs)
}

/// What NumPy's function of this name makes, as an array of ours or in the way of `like`.
#[pyfunction]
#[pyo3(signature = (name, args, kwargs))]
fn made_by_numpy<'py>(
    name: &str,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = args.py();
    if let Some(kwargs) = kwargs
        && let Some(like) = kwargs.get_item("like")?
    {
        kwargs.del_item("like")?;
        let given = |options: &Bound<'py, PyDict>| options.update(kwargs.as_mapping());
        let like = Some(&like).filter(|like| !like.is_none());
        if let Some(made) = made_like(like, name, args.clone(), given)? {
            return Ok(made);
        }
    }
    fallback::wrap(numpy(py).module(py).getattr(name)?.call(args, kwargs)?)
}

/// Integers from which on a float does not hold every one.
const EXACT: i128 = 1 << 52;

/// The most values in even steps that are written here.
const MOST: f64 = (1u64 << 40) as f64;
/// Values that are worth a task.
const WORTH: usize = 1 << 16;

/// Values in even steps, as NumPy finds them: the first, and the second.
struct Steps {
    ends: Ends,
    count: usize,
}

enum Ends {
    Integers(i64, i64),
    Floats(f64, f64),
}

impl Steps {
    /// Those that Python's numbers ask for, as a type that holds them; `None` where NumPy knows more.
    fn of(args: &Bound<'_, PyTuple>, dtype: Option<DType>) -> Option<Self> {
        let numbers: SmallVec<[Weak; 3]> = args.iter().map(|k| weak(&k)).collect::<Option<_>>()?;
        let (start, stop, step) = match numbers[..] {
            [stop] => (Weak::Int(0), stop, Weak::Int(1)),
            [start, stop] => (start, stop, Weak::Int(1)),
            [start, stop, step] => (start, stop, step),
            _ => return None,
        };
        let (from, to, by) = (float(start)?, float(stop)?, float(step)?);
        let length = (to - from) / by;
        // A quotient may be too small for a float where there is a value.
        if !length.is_finite() || length > MOST || (length == 0.0 && to != from) {
            return None;
        }
        let natural = match (start, stop, step) {
            (Weak::Int(_), Weak::Int(_), Weak::Int(_)) => DType::I64,
            _ => DType::F64,
        };
        let ends = match (natural, dtype.unwrap_or(natural)) {
            (DType::I64, DType::I64) => Ends::Integers(from as i64, from as i64 + by as i64),
            (_, DType::F64) => Ends::Floats(from, from + by),
            _ => return None,
        };
        Some(Self { ends, count: length.ceil().max(0.0) as usize })
    }

    /// An array of them; `None` where there is no memory for it.
    fn array<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let dtype = match self.ends {
            Ends::Integers(..) => DType::I64,
            Ends::Floats(..) => DType::F64,
        };
        let Ok(made) = session().blank(&[self.count], dtype) else { return Ok(None) };
        if let Some(start) = made.start() {
            // SAFETY: new memory for as many numbers of eight bytes, which is their type.
            unsafe { self.write(start, 0..self.count) };
        } else {
            let tasks = self.count.div_ceil(WORTH);
            make_from_memory(py, &[&made], |starts| {
                let start = starts[0] as usize;
                InterruptibleCores.run(tasks, &|task| {
                    let part = task * WORTH..self.count.min((task + 1) * WORTH);
                    // SAFETY: as above, a part in one task.
                    unsafe { self.write(start as *mut u8, part) };
                })
            })?;
        }
        Ok(Some(NdArray::object(py, made)?.into_any()))
    }

    /// Writes some of the values to their places.
    ///
    /// # Safety
    /// There is room for all from `start` on, aligned to them, and nobody else uses these.
    unsafe fn write(&self, start: *mut u8, some: Range<usize>) {
        match self.ends {
            Ends::Integers(first, second) => {
                // SAFETY: the caller's promise.
                let values = unsafe { part(start, &some) };
                let step = second - first;
                (some.start as i64..).zip(values).for_each(|(k, value)| *value = first + k * step);
            }
            Ends::Floats(first, second) => {
                // SAFETY: the caller's promise.
                let values = unsafe { part(start, &some) };
                let step = second - first;
                (some.start as i64..)
                    .zip(values.iter_mut())
                    .for_each(|(k, value)| *value = first + k as f64 * step);
                // As they are: a sum has another zero, and a difference may be rounded.
                for (k, end) in [first, second].into_iter().enumerate() {
                    if some.contains(&k) {
                        values[k - some.start] = end;
                    }
                }
            }
        }
    }
}

/// # Safety
/// From `start` on there are so many elements, aligned, and nobody else uses these.
unsafe fn part<'a, T>(start: *mut u8, some: &Range<usize>) -> &'a mut [T] {
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts_mut(start.cast::<T>().add(some.start), some.len()) }
}

/// A number as a float that is it exactly.
fn float(number: Weak) -> Option<f64> {
    match number {
        Weak::Int(v) if v.abs() < EXACT => Some(v as f64),
        Weak::Float(v) => Some(v),
        _ => None,
    }
}
