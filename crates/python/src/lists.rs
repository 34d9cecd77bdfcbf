//! Arrays of lists and tuples, and of numbers alone, by the shortest way.
//!
//! Lists may lie within lists, all of one length at each depth. What lies in them are numbers of
//! Python's, NumPy's scalars of the same types, or arrays of ours of one type and shape. Objects of
//! exactly these classes run no code of the user's, so nothing changes between the first walk, which
//! finds the type, and the second, which writes. All else is for NumPy to say.

use crate::array::NdArray;
use crate::create::MOST_AXES;
use crate::error::OrRaise;
use crate::module::session;
use crate::scalar;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyFloat, PyInt, PyList, PyTuple};
use stook_runtime::{Array, Input};
use stook_types::{DType, Dims, View};

/// A new array of what lies in an object, of a type if one is given; `None` where NumPy is to say.
pub(crate) fn array(object: &Bound<'_, PyAny>, to: Option<DType>) -> PyResult<Option<Array>> {
    let Some((shape, first)) = shape_of(object) else {
        return Ok(None);
    };
    if let Ok(first) = first.cast_exact::<NdArray>() {
        return joined(object, shape, first, to);
    }
    let mut found = DType::Bool;
    let walked = walk(object, &shape, &mut |leaf| {
        let own = Number::of(leaf)?.dtype();
        if own as usize > found as usize {
            found = own;
        }
        Some(())
    });
    let to = to.unwrap_or(found);
    let holds = match to {
        DType::F64 => found != DType::C128,
        DType::C128 => true,
        _ => found == to,
    };
    if walked.is_none() || !holds {
        return Ok(None);
    }
    let made = session().allocated(&shape, to).or_raise(object.py())?;
    let Some(start) = made.start() else {
        return Ok(None);
    };
    let written = match to {
        DType::Bool => write(object, &shape, start, Number::truth),
        DType::I64 => write(object, &shape, start, Number::integer),
        DType::F64 => write(object, &shape, start, Number::float),
        _ => write(object, &shape, start, |number| match number {
            Number::Complex(re, im) => [re, im],
            other => [other.float(), 0.0],
        }),
    };
    Ok(written.map(|()| made))
}

/// The lengths of nested lists by their first items, and what lies in them first; `None` where one
/// of those is empty.
fn shape_of<'py>(object: &Bound<'py, PyAny>) -> Option<(Dims, Bound<'py, PyAny>)> {
    let (mut shape, mut first) = (Dims::new(), object.clone());
    loop {
        let (length, item) = if let Ok(list) = first.cast_exact::<PyList>() {
            (list.len(), list.get_item(0).ok()?)
        } else if let Ok(tuple) = first.cast_exact::<PyTuple>() {
            (tuple.len(), tuple.get_item(0).ok()?)
        } else {
            return Some((shape, first));
        };
        if shape.len() == MOST_AXES {
            return None;
        }
        shape.push(length);
        first = item;
    }
}

/// Visits what lies in lists of these lengths, in order; `None` where one has another length, or
/// where a visit gives it.
fn walk<'py>(
    object: &Bound<'py, PyAny>,
    shape: &[usize],
    visit: &mut impl FnMut(&Bound<'py, PyAny>) -> Option<()>,
) -> Option<()> {
    let Some((&length, inner)) = shape.split_first() else {
        return visit(object);
    };
    if let Ok(list) = object.cast_exact::<PyList>() {
        let mut items = list.iter();
        (list.len() == length).then_some(())?;
        items.try_for_each(|item| walk(&item, inner, visit))
    } else {
        let tuple = object.cast_exact::<PyTuple>().ok()?;
        (tuple.len() == length).then_some(())?;
        tuple.iter_borrowed().try_for_each(|item| walk(&item, inner, visit))
    }
}

/// Writes numbers one after another.
fn write<T>(
    object: &Bound<'_, PyAny>,
    shape: &[usize],
    start: *mut u8,
    value: impl Fn(Number) -> T,
) -> Option<()> {
    let mut to = start.cast::<T>();
    walk(object, shape, &mut |leaf| {
        let value = value(Number::of(leaf)?);
        // SAFETY: the array has room for as many as the lists' lengths say, aligned to them.
        unsafe {
            to.write(value);
            to = to.add(1);
        }
        Some(())
    })
}

/// Arrays of ours in lists as one array.
fn joined(
    object: &Bound<'_, PyAny>,
    mut shape: Dims,
    first: &Bound<'_, NdArray>,
    to: Option<DType>,
) -> PyResult<Option<Array>> {
    let part = first.get().array();
    let (depth, dtype, size) = (shape.len(), part.dtype, part.dtype.size());
    let of_one_kind = |leaf: &Bound<'_, PyAny>| {
        let own = leaf.cast_exact::<NdArray>().ok()?.get().array();
        (own.dtype == dtype && own.view.shape == part.view.shape).then_some(())
    };
    let lists = shape.clone();
    shape.extend_from_slice(&part.view.shape);
    let fits = depth > 0 && shape.len() <= MOST_AXES && to.is_none_or(|to| to == dtype);
    if !fits || part.view.size() == 0 || walk(object, &lists, &mut { of_one_kind }).is_none() {
        return Ok(None);
    }
    let made = session().room(&shape, dtype).or_raise(object.py())?;
    let view = View::contiguous(&part.view.shape, size);
    let bytes = (part.view.size() * size) as isize;
    let (mut offset, mut failed) = (0, None);
    let _ = walk(object, &lists, &mut |leaf| {
        let leaf = leaf.cast_exact::<NdArray>().ok()?;
        let target = made.with_view(View { offset, ..view.clone() });
        offset += bytes;
        let done = session().assign(&target, Input::Array(leaf.get().array()));
        done.map_err(|error| failed = Some(error)).ok()
    });
    match failed {
        Some(error) => Err(error).or_raise(object.py()),
        None => Ok(Some(made)),
    }
}

/// A number in a list.
#[derive(Clone, Copy)]
enum Number {
    Bool(bool),
    Int(i64),
    Float(f64),
    Complex(f64, f64),
}

impl Number {
    /// The number that an object is, if it has a type that this file knows.
    #[inline]
    fn of(object: &Bound<'_, PyAny>) -> Option<Self> {
        if let Ok(value) = object.cast_exact::<PyFloat>() {
            return Some(Self::Float(value.value()));
        }
        if let Ok(value) = object.cast_exact::<PyInt>() {
            let mut overflow = 0;
            // SAFETY: the object is an int; for those nothing else can go wrong.
            let value = unsafe { ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &mut overflow) };
            return (overflow == 0).then_some(Self::Int(value));
        }
        if let Ok(value) = object.cast_exact::<PyBool>() {
            return Some(Self::Bool(value.is_true()));
        }
        if let Ok(value) = object.cast_exact::<PyComplex>() {
            return Some(Self::Complex(value.real(), value.imag()));
        }
        let known = [DType::F64, DType::I64, DType::Bool, DType::C128];
        let value = known.into_iter().find_map(|dtype| scalar::of_type(object, dtype))?;
        Some(match value.dtype {
            DType::Bool => Self::Bool(value.bits != 0),
            DType::I64 => Self::Int(value.bits as i64),
            DType::F64 => Self::Float(f64::from_bits(value.bits as u64)),
            _ => {
                let part = |bits: u128| f64::from_bits(bits as u64);
                Self::Complex(part(value.bits), part(value.bits >> 64))
            }
        })
    }

    fn dtype(self) -> DType {
        match self {
            Self::Bool(_) => DType::Bool,
            Self::Int(_) => DType::I64,
            Self::Float(_) => DType::F64,
            Self::Complex(..) => DType::C128,
        }
    }

    fn truth(self) -> bool {
        matches!(self, Self::Bool(true))
    }

    fn integer(self) -> i64 {
        match self {
            Self::Int(value) => value,
            other => other.truth().into(),
        }
    }

    fn float(self) -> f64 {
        match self {
            Self::Float(value) | Self::Complex(value, _) => value,
            other => other.integer() as f64,
        }
    }
}
