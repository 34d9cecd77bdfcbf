//! New arrays of values that follow a rule: a few in even steps are written here, others come from
//! NumPy, whose memory they keep.

use crate::array::NdArray;
use crate::create::made_like;
use crate::error::OrRaise;
use crate::fallback;
use crate::interop::numpy;
use crate::module::session;
use crate::scalar::{Weak, weak};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use smallvec::SmallVec;
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
    let steps = if kwargs.is_none() { Steps::of(args) } else { None };
    match steps {
        Some(steps) => steps.array(py),
        None => made_by_numpy("arange", args, kwargs),
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

/// The most values that are written here; of more, NumPy's memory is as good.
const MOST: f64 = 32_768.0;
/// Integers from which on a float does not hold every one.
const EXACT: i128 = 1 << 52;

/// A few values in even steps, as NumPy finds them: the first, and the second.
struct Steps {
    ends: Ends,
    count: usize,
}

enum Ends {
    Integers(i64, i64),
    Floats(f64, f64),
}

impl Steps {
    /// Those that Python's numbers ask for; `None` where NumPy knows more.
    fn of(args: &Bound<'_, PyTuple>) -> Option<Self> {
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
        let ends = match (start, stop, step) {
            (Weak::Int(_), Weak::Int(_), Weak::Int(_)) => {
                Ends::Integers(from as i64, from as i64 + by as i64)
            }
            _ => Ends::Floats(from, from + by),
        };
        Some(Self { ends, count: length.ceil().max(0.0) as usize })
    }

    fn array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let dtype = match self.ends {
            Ends::Integers(..) => DType::I64,
            Ends::Floats(..) => DType::F64,
        };
        let made = session().allocated(&[self.count], dtype).or_raise(py)?;
        if let Some(start) = made.start() {
            // SAFETY: new memory for as many numbers of eight bytes, which is their type.
            unsafe { self.write(start) };
        }
        Ok(NdArray::object(py, made)?.into_any())
    }

    /// # Safety
    /// There is room for as many numbers of the type, aligned to them.
    unsafe fn write(&self, start: *mut u8) {
        match self.ends {
            Ends::Integers(first, second) => {
                // SAFETY: the caller's promise.
                let all = unsafe { std::slice::from_raw_parts_mut(start.cast(), self.count) };
                let (mut next, step) = (first, second - first);
                for value in all {
                    *value = next;
                    next = next.wrapping_add(step);
                }
            }
            Ends::Floats(first, second) => {
                // SAFETY: the caller's promise.
                let all: &mut [f64] =
                    unsafe { std::slice::from_raw_parts_mut(start.cast(), self.count) };
                let step = second - first;
                (0i32..).zip(&mut *all).for_each(|(k, value)| *value = first + f64::from(k) * step);
                // Not by way of a difference, which may be rounded and loses the sign of a zero.
                all.iter_mut().zip([first, second]).for_each(|(value, given)| *value = given);
            }
        }
    }
}

/// A number as a float that is it exactly.
fn float(number: Weak) -> Option<f64> {
    match number {
        Weak::Int(v) if v.abs() < EXACT => Some(v as f64),
        Weak::Float(v) => Some(v),
        _ => None,
    }
}
