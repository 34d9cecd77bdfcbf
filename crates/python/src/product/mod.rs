//! Products of matrices: operands as NumPy takes them, then one call of `stook_libraries`.
//!
//! Operands of one type that BLAS can read enter it where they lie; others are copied first. What
//! has no axes, does not fit, or would need a BLAS that is not there, is left to NumPy.

mod library;
mod small;

use crate::array::NdArray;
use crate::conditions::{unwatched, warn_here, watches};
use crate::convert::Operand;
use crate::error::OrRaise;
use crate::memory::{Cores, InterruptibleCores, make_from_memory, with_memory};
use crate::module::session;
use crate::number::finish;
use library::blas;
use pyo3::prelude::*;
use small::small;
use smallvec::SmallVec;
use std::sync::Arc;
use stook_libraries::{Blas, Matrix, Parallel, Product, Sizes, Stacked};
use stook_runtime::{Array, Input, Results};
use stook_types::{
    Casting, DType, Dims, Scalar, Strides, View, broadcast_shapes, can_cast, promote,
};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(product, m)?)?;
    m.add_function(wrap_pyfunction!(dotted, m)?)?;
    m.add_function(wrap_pyfunction!(vecdotted, m)?)
}

/// The product of two arrays as `numpy.matmul` defines it, new or in `out`; `None` where only NumPy
/// knows. Conditions are warned of under `name`, or not at all.
#[pyfunction]
#[pyo3(signature = (left, right, name="matmul", out=None))]
fn product<'py>(
    py: Python<'py>,
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
    name: &str,
    out: Option<&Bound<'py, NdArray>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (Some(left), Some(right)) = (Operand::of(left)?, Operand::of(right)?) else {
        return Ok(None);
    };
    let (Some(left), Some(right)) = (left.array(), right.array()) else {
        return Ok(None);
    };
    match out {
        None => multiplied(py, left, right, name),
        Some(out) => {
            let done = multiplied_into(py, left, right, name, out)?;
            Ok(done.then(|| out.clone().into_any()))
        }
    }
}

/// The product of two arrays of at most two axes as `numpy.dot` defines it; `None` for others.
#[pyfunction]
pub(crate) fn dotted<'py>(
    py: Python<'py>,
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (Ok(left), Ok(right)) = (left.cast::<NdArray>(), right.cast::<NdArray>()) else {
        return Ok(None);
    };
    let (left, right) = (left.get().array(), right.get().array());
    if left.view.ndim() > 2 || right.view.ndim() > 2 {
        return Ok(None);
    }
    multiplied(py, left, right, "dot")
}

/// The sums of products along the last axes of two arrays of real numbers; `None` for others.
#[pyfunction]
fn vecdotted<'py>(
    py: Python<'py>,
    left: &Bound<'py, NdArray>,
    right: &Bound<'py, NdArray>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (left, right) = (left.get().array(), right.get().array());
    let (a, b) = (left.view.ndim(), right.view.ndim());
    if left.dtype.is_complex() || a == 0 || b == 0 {
        return Ok(None);
    }
    if a == 1 && b == 1 {
        return multiplied(py, left, right, "vecdot");
    }
    let row = left.with_view(with_axis(&left.view, true, 0));
    let column = right.with_view(with_axis(&right.view, true, 1));
    let Some(made) = multiplied(py, &row, &column, "vecdot")? else { return Ok(None) };
    let made = made.cast::<NdArray>()?.get().array();
    let kept: Dims = (0..made.view.ndim() - 2).collect();
    Ok(Some(NdArray::object(py, made.with_view(made.view.transpose(&kept)))?.into_any()))
}

/// The product of two arrays; a scalar of NumPy's where it has no axes.
pub(crate) fn multiplied<'py>(
    py: Python<'py>,
    left: &Array,
    right: &Array,
    name: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if let Some(result) = small(py, left, right, name)? {
        return Ok(Some(result));
    }
    let Some(call) = Call::of(py, left, right) else {
        return Ok(None);
    };
    let result = call.make(py, name)?;
    let result = match call.dtype {
        DType::F16 => narrowed(py, &result, name)?,
        _ => result,
    };
    let scalar = result.view.ndim() == 0;
    finish(py, Results::from_elem(result, 1), scalar).map(Some)
}

/// Warns of conditions that a call met, under a name if there is one.
fn told(py: Python<'_>, met: u8, name: &str) -> PyResult<()> {
    if name.is_empty() || !watches() { Ok(()) } else { warn_here(py, met, name) }
}

/// Writes the product of two arrays to `out`; false where only NumPy knows how, or what is wrong.
pub(crate) fn multiplied_into(
    py: Python<'_>,
    left: &Array,
    right: &Array,
    name: &str,
    out: &Bound<'_, NdArray>,
) -> PyResult<bool> {
    let (Some(call), target) = (Call::of(py, left, right), out.get().array()) else {
        return Ok(false);
    };
    let fits = target.view.shape == call.shape
        && out.get().is_writeable()
        && can_cast(call.dtype, target.dtype, Casting::SameKind);
    if !fits {
        return Ok(false);
    }
    let apart = |array: &Array| !Arc::ptr_eq(&array.storage, &target.storage);
    if apart(left) && apart(right) && call.can_write(target) {
        let inner = call.with_core_axes(target);
        // To its end: an output is not left with a part of the product.
        call.run(py, inner, &Cores, name)?;
        return Ok(true);
    }
    let result = call.make(py, name)?;
    unwatched(py, || session().assign(target, Input::Array(&result)).or_raise(py))?;
    Ok(true)
}

/// A result as float16, whose products are computed as float32.
fn narrowed(py: Python<'_>, result: &Array, name: &str) -> PyResult<Array> {
    let mut made = result.clone();
    unwatched(py, || {
        made = session().cast_in_order(result, DType::F16).or_raise(py)?;
        Ok(())
    })?;
    let size = result.view.size();
    let overflows = with_memory(py, &[result, &made], |starts| {
        // SAFETY: both are new arrays in one memory order without gaps.
        let (wide, narrow) = unsafe {
            (
                std::slice::from_raw_parts(starts[0].cast::<f32>(), size),
                std::slice::from_raw_parts(starts[1].cast::<u16>(), size),
            )
        };
        Ok(wide.iter().zip(narrow).any(|(w, n)| w.is_finite() && n & 0x7fff == INFINITE))
    })?;
    told(py, u8::from(overflows) << 1, name)?;
    Ok(made)
}

/// The bits of float16's infinity.
const INFINITE: u16 = 0x7c00;

/// A product as it will be computed.
struct Call {
    /// Stacks of matrices, broadcast together, vectors with an axis of length one.
    left: Array,
    right: Array,
    sizes: Sizes,
    /// The type of the result; float16 is computed as float32.
    dtype: DType,
    /// The shape of the result.
    shape: Dims,
    /// Where the result of vectors lacks an axis: rows, columns.
    vectors: [bool; 2],
    blas: Option<&'static Blas>,
}

/// The type that elements have while they are multiplied.
fn computed(dtype: DType) -> DType {
    if dtype == DType::F16 { DType::F32 } else { dtype }
}

impl Call {
    fn of(py: Python<'_>, left: &Array, right: &Array) -> Option<Self> {
        let vectors = [left.view.ndim() == 1, right.view.ndim() == 1];
        if left.view.ndim() == 0 || right.view.ndim() == 0 {
            return None;
        }
        let dtype = promote(left.dtype, right.dtype);
        let blas = blas(py);
        if (dtype.is_float() || dtype.is_complex()) && blas.is_none() {
            return None;
        }
        let left = left.with_view(with_axis(&left.view, vectors[0], 0));
        let right = right.with_view(with_axis(&right.view, vectors[1], 1));
        let (a, b) = (&left.view.shape, &right.view.shape);
        let (outer_a, outer_b) = (a.len() - 2, b.len() - 2);
        let sizes = Sizes { m: a[outer_a], n: b[outer_b + 1], k: a[outer_a + 1] };
        if sizes.k != b[outer_b] {
            return None;
        }
        let stack = broadcast_shapes([&a[..outer_a], &b[..outer_b]].into_iter()).ok()?;
        let mut shape = stack.clone();
        shape.extend((!vectors[0]).then_some(sizes.m));
        shape.extend((!vectors[1]).then_some(sizes.n));
        let left = stacked(left, &stack)?;
        let right = stacked(right, &stack)?;
        Some(Self { left, right, sizes, dtype, shape, vectors, blas })
    }

    /// A new array for the result: matrices in C order, the stack in the order of the operands.
    fn result(&self) -> stook_types::Result<Array> {
        let dtype = computed(self.dtype);
        let outer = self.left.view.ndim() - 2;
        let Sizes { m, n, .. } = self.sizes;
        let stack: Dims = self.left.view.shape[..outer].into();
        let mut shape = stack.clone();
        shape.extend([m, n]);
        let mut made = session().blank(&shape, dtype)?;
        if outer > 1 && made.view.size() > 0 {
            let part = |view: &View| View {
                offset: 0,
                shape: stack.clone(),
                strides: view.strides[..outer].into(),
            };
            let order = [part(&self.left.view), part(&self.right.view)];
            let whole = View::after(&stack, &order, m * n * dtype.size());
            made.view.strides[..outer].copy_from_slice(&whole.strides);
        }
        Ok(made)
    }

    /// A result of `result` without the axes that vectors do not have.
    fn in_shape(&self, result: Array) -> Array {
        let outer = result.view.ndim() - 2;
        let kept = |axis: usize| axis < outer || !self.vectors[axis - outer];
        let axes = (0..outer + 2).filter(|&axis| kept(axis));
        let strides: Strides = axes.map(|axis| result.view.strides[axis]).collect();
        result.with_view(View { offset: result.view.offset, shape: self.shape.clone(), strides })
    }

    /// An output with the axes that vectors do not have.
    fn with_core_axes(&self, out: &Array) -> Array {
        let rows = with_axis(&out.view, self.vectors[1], 1);
        let outer = self.left.view.ndim() - 2;
        let mut view = rows;
        if self.vectors[0] {
            view.shape.insert(outer, 1);
            view.strides.insert(outer, 0);
        }
        out.with_view(view)
    }

    /// Whether the product can be computed right into an array.
    fn can_write(&self, out: &Array) -> bool {
        let size = out.dtype.size();
        let inner = self.with_core_axes(out);
        let (Sizes { m, n, .. }, outer) = (self.sizes, inner.view.ndim() - 2);
        let strides = [inner.view.strides[outer], inner.view.strides[outer + 1]];
        out.dtype == self.dtype
            && self.dtype != DType::F16
            && (m == 0 || n == 0 || Matrix::fits(m, n, strides, size))
            && is_aligned(out)
            && !out.view.repeats_elements(size)
    }

    /// Computes the product as a new array, until the user interrupts it.
    fn make(&self, py: Python<'_>, name: &str) -> PyResult<Array> {
        let result = self.result().or_raise(py)?;
        self.run(py, result.clone(), &InterruptibleCores, name)?;
        Ok(self.in_shape(result))
    }

    /// Computes the product into an array that no operand shares.
    fn run(
        &self,
        py: Python<'_>,
        result: Array,
        parallel: &dyn Parallel,
        name: &str,
    ) -> PyResult<()> {
        let dtype = computed(self.dtype);
        if result.view.size() == 0 {
            return Ok(());
        }
        if self.sizes.k == 0 {
            let zero = Input::Scalar(Scalar { dtype, bits: 0 });
            return session().assign(&result, zero).or_raise(py);
        }
        let of_lines = result.view.size() == 1;
        let left = ready(py, &self.left, dtype, of_lines)?;
        let right = ready(py, &self.right, dtype, of_lines)?;
        let (sizes, joined) = joined(self.sizes, &left, &right, &result);
        let [left, right, result] = joined.unwrap_or([left, right, result]);
        let stack = stack_of(&left.view, &right.view, &result.view);
        let blas = self.blas;
        let met = make_from_memory(py, &[&left, &right, &result], |starts| {
            let [a, b, c] = [(&left, starts[0]), (&right, starts[1]), (&result, starts[2])]
                .map(|(array, start)| matrix(&array.view, start));
            let product = Product { dtype, sizes, left: a, right: b, result: c, stack: &stack };
            // SAFETY: views of arrays, whose memory is up to date and stays; `ready` made the
            // operands fit, and the result, checked or new, shares no memory with them.
            unsafe { product.run(blas, parallel) }
        })?;
        told(py, met, name)
    }
}

/// The view with one more axis of length one, this far from the end, if it is a vector's.
fn with_axis(view: &View, vector: bool, from_end: usize) -> View {
    let mut view = view.clone();
    if vector {
        let place = view.ndim() + from_end - 1;
        view.shape.insert(place, 1);
        view.strides.insert(place, 0);
    }
    view
}

/// The array broadcast to a stack.
fn stacked(array: Array, stack: &[usize]) -> Option<Array> {
    let view = &array.view;
    let outer = view.ndim() - 2;
    if view.shape[..outer] == *stack {
        return Some(array);
    }
    let mut shape: Dims = stack.into();
    shape.extend_from_slice(&view.shape[outer..]);
    let view = view.broadcast_to(&shape).ok()?;
    Some(array.with_view(view))
}

fn core(view: &View) -> (usize, usize, [isize; 2]) {
    let outer = view.ndim() - 2;
    let strides = [view.strides[outer], view.strides[outer + 1]];
    (view.shape[outer], view.shape[outer + 1], strides)
}

fn is_aligned(array: &Array) -> bool {
    let part = array.dtype.real().size();
    let start = array.start().map_or(array.view.offset as usize, |start| start as usize);
    start.is_multiple_of(part)
        && array.view.strides.iter().all(|stride| stride.unsigned_abs().is_multiple_of(part))
}

/// The array itself if it can be multiplied as it lies, as one of two lines if it is such, else a
/// copy.
fn ready(py: Python<'_>, array: &Array, dtype: DType, is_line: bool) -> PyResult<Array> {
    let size = dtype.size();
    let fits = |view: &View| {
        let (rows, columns, [row, column]) = core(view);
        let along = if rows == 1 { column } else { row };
        !(dtype.is_float() || dtype.is_complex())
            || Matrix::fits(rows, columns, [row, column], size)
            || is_line && Matrix::is_line(rows * columns, along, size)
    };
    if array.dtype == dtype && fits(&array.view) && is_aligned(array) {
        return Ok(array.clone());
    }
    // A stack that repeats one matrix is copied once.
    let mut once = array.view.clone();
    let outer = once.ndim() - 2;
    for axis in (0..outer).filter(|&axis| array.view.strides[axis] == 0) {
        once.shape[axis] = 1;
    }
    let once = array.with_view(once);
    let mut copy = session().cast_in_order(&once, dtype).or_raise(py)?;
    if !fits(&copy.view) {
        copy = session().cast(&once, dtype).or_raise(py)?;
    }
    let view = copy.view.broadcast_to(&array.view.shape).or_raise(py)?;
    Ok(copy.with_view(view))
}

/// The rows of a whole stack as one matrix, where each is multiplied by the same one.
fn joined(
    sizes: Sizes,
    left: &Array,
    right: &Array,
    result: &Array,
) -> (Sizes, Option<[Array; 3]>) {
    let outer = left.view.ndim() - 2;
    let (size, Sizes { m, n, k }) = (left.dtype.size(), sizes);
    let repeats = (0..outer).all(|axis| right.view.strides[axis] == 0);
    let rows = result.view.size() / n;
    if outer == 0 || !repeats || rows == m {
        return (sizes, None);
    }
    let merged = |array: &Array, columns: usize| {
        let view = array.view.reshape(&[rows, columns], size)?;
        let (rows, columns, strides) = core(&view);
        Matrix::fits(rows, columns, strides, size).then(|| array.with_view(view))
    };
    let (Some(left), Some(result)) = (merged(left, k), merged(result, n)) else {
        return (sizes, None);
    };
    let (rows_of_one, columns, strides) = core(&right.view);
    let view = View {
        offset: right.view.offset,
        shape: Dims::from_slice(&[rows_of_one, columns]),
        strides: Strides::from_slice(&strides),
    };
    (Sizes { m: rows, n, k }, Some([left, right.with_view(view), result]))
}

/// The axes of a stack that are longer than one.
fn stack_of(left: &View, right: &View, result: &View) -> SmallVec<[Stacked; 4]> {
    let outer = left.ndim() - 2;
    let axes = (0..outer).filter(|&axis| left.shape[axis] != 1);
    axes.map(|axis| {
        (left.shape[axis], [left.strides[axis], right.strides[axis], result.strides[axis]])
    })
    .collect()
}

fn matrix(view: &View, start: *mut u8) -> Matrix {
    let (_, _, [rows, columns]) = core(view);
    Matrix { start, rows, columns }
}

#[pymethods]
impl NdArray {
    /// Product with `b`, as `dot` gives it.
    #[pyo3(signature = (b, out=None), text_signature = "($self, other, /, out=None)")]
    fn dot<'py>(
        slf: &Bound<'py, Self>,
        b: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if out.is_none()
            && let Some(result) = dotted(py, slf.as_any(), b)?
        {
            return Ok(result);
        }
        let method = py.import("stook._products")?.getattr("_slow_method")?;
        match out {
            Some(out) => method.call1((slf, b, out)),
            None => method.call1((slf, b)),
        }
    }
}
