//! The same elements under another shape, as views where strides can say it and copies where not.

use crate::array::NdArray;
use crate::create::{self, Order};
use crate::error::{OrRaise, axis_error};
use crate::interop;
use crate::module::session;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyTuple};
use smallvec::SmallVec;
use stook_runtime::{Array, Input};
use stook_types::{DType, Dims, View, broadcast_shapes, shape_text};

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(common_lengths, m)?)?;
    m.add_function(wrap_pyfunction!(view_to, m)?)
}

/// The shape of arrays of these shapes, tuples or numbers, once they are broadcast; `None` where
/// they do not fit, or something else is given.
#[pyfunction]
#[pyo3(signature = (*shapes))]
fn common_lengths<'py>(shapes: &Bound<'py, PyTuple>) -> PyResult<Option<Bound<'py, PyTuple>>> {
    let mut given: SmallVec<[Dims; 4]> = SmallVec::new();
    let number = |item: &Bound<'_, PyAny>| item.is_exact_instance_of::<PyInt>();
    for shape in shapes.iter_borrowed() {
        let tuple = shape.cast_exact::<PyTuple>();
        let plain = tuple.map_or_else(|_| number(&shape), |tuple| tuple.iter().all(|n| number(&n)));
        if !plain {
            return Ok(None);
        }
        match create::lengths_from(&shape) {
            Ok(lengths) => given.push(lengths),
            Err(_) => return Ok(None),
        }
    }
    match broadcast_shapes(given.iter().map(|shape| &shape[..])) {
        Ok(common) => crate::array::tuple(shapes.py(), common.iter().copied()).map(Some),
        Err(_) => Ok(None),
    }
}

/// An axis counted from the front.
pub(crate) fn axis(py: Python<'_>, axis: i64, ndim: usize) -> PyResult<usize> {
    let n = ndim as i64;
    if axis < -n || axis >= n {
        return Err(axis_error(py, axis, ndim));
    }
    Ok(if axis < 0 { axis + n } else { axis } as usize)
}

/// A shape with its one unknown length, -1, worked out for `size` elements, if it has as many.
pub(crate) fn lengths(shape: &[isize], size: usize) -> Option<Dims> {
    let (mut known, mut unknown) = (1usize, 0);
    for &n in shape {
        match usize::try_from(n) {
            // A product that overflows is that of no array's lengths.
            Ok(n) => known = known.checked_mul(n).filter(|&k| isize::try_from(k).is_ok())?,
            Err(_) => unknown += 1,
        }
    }
    let fits = match unknown {
        0 => known == size,
        1 => known > 0 && size.is_multiple_of(known),
        _ => false,
    };
    let length = |&n: &isize| usize::try_from(n).unwrap_or_else(|_| size / known);
    fits.then(|| shape.iter().map(length).collect())
}

/// The same, or NumPy's error.
pub(crate) fn fill_in(shape: &[isize], size: usize) -> PyResult<Dims> {
    if let Some(lengths) = lengths(shape, size) {
        return Ok(lengths);
    }
    if shape.iter().filter(|&&n| n < 0).count() > 1 {
        return Err(PyValueError::new_err("can only specify one unknown dimension"));
    }
    let known = shape.iter().skip_while(|&&n| n < 0);
    let text: Vec<String> =
        known.map(|&n| if n < 0 { "newaxis".into() } else { n.to_string() }).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    Err(PyValueError::new_err(format!(
        "cannot reshape array of size {size} into shape ({}{comma})",
        text.join(",")
    )))
}

/// Elements in the given order under another shape; a copy where strides cannot say it.
fn reshaped<'py>(
    slf: &Bound<'py, NdArray>,
    shape: &[isize],
    order: Order,
    copy: Option<bool>,
) -> PyResult<Bound<'py, NdArray>> {
    if order == Order::Kept {
        return Err(PyValueError::new_err("order 'K' is not permitted for reshaping"));
    }
    let array = slf.get().array();
    let itemsize = array.dtype.size();
    let shape = fill_in(shape, array.view.size())?;
    let fortran = order.is_fortran(array);
    let (from, to) = if fortran {
        (array.view.reversed(), shape.iter().rev().copied().collect())
    } else {
        (array.view.clone(), shape)
    };
    let finish = |view: View| if fortran { view.reversed() } else { view };
    if copy != Some(true) {
        if let Some(view) = from.reshape(&to, itemsize) {
            return NdArray::view_of(slf, finish(view), array.dtype);
        }
        if copy == Some(false) {
            return Err(PyValueError::new_err("Unable to avoid creating a copy while reshaping."));
        }
    }
    let source = Array { view: from, ..array.clone() };
    let mut made = session().cast(&source, array.dtype).or_raise(slf.py())?;
    let view = made.view.reshape(&to, itemsize).expect("a contiguous array has every shape");
    made.view = finish(view);
    NdArray::object(slf.py(), made)
}

/// The axes in the order in which `order` walks them, the last one fastest.
fn in_line(array: &Array, order: Order) -> View {
    let view = &array.view;
    match order {
        Order::Kept => {
            let lies = View::after(&view.shape, std::slice::from_ref(view), 1);
            view.transpose(&lies.axes_in_memory())
        }
        _ if order.is_fortran(array) => view.reversed(),
        _ => view.clone(),
    }
}

/// Elements that follow one another, as one axis.
pub(crate) fn in_one(view: &View, dtype: DType) -> View {
    View { offset: view.offset, ..View::contiguous(&[view.size()], dtype.size()) }
}

/// A copy in C order, as one axis.
fn flat_copy<'py>(py: Python<'py>, array: &Array) -> PyResult<Bound<'py, NdArray>> {
    let mut made = session().cast(array, array.dtype).or_raise(py)?;
    made.view = View::contiguous(&[array.view.size()], array.dtype.size());
    NdArray::object(py, made)
}

/// The shape that `f(n, m)` or `f((n, m))` was given.
fn given_shape(args: &Bound<'_, PyTuple>) -> PyResult<SmallVec<[isize; 4]>> {
    if args.len() == 1 { create::shape_from(&args.get_item(0)?) } else { create::shape_from(args) }
}

/// A view of the memory of `a` with a shape, byte strides and a shift of the first element.
#[pyfunction]
fn view_to<'py>(
    a: &Bound<'py, NdArray>,
    shape: Vec<usize>,
    strides: Vec<isize>,
    shift: isize,
    writeable: bool,
) -> PyResult<Bound<'py, NdArray>> {
    let array = a.get().array();
    let view = View {
        offset: array.view.offset + shift,
        shape: shape.into_iter().collect(),
        strides: strides.into_iter().collect(),
    };
    let (low, high) = view.extent(array.dtype.size());
    if view.shape.len() != view.strides.len() || low < 0 || high > array.storage.bytes as isize {
        return Err(PyValueError::new_err("strides reach outside the memory of the array"));
    }
    let made = NdArray::view_of(a, view, array.dtype)?;
    made.get().set_writeable(writeable && a.get().is_writeable());
    Ok(made)
}

#[pymethods]
impl NdArray {
    /// The axes in another order; reversed unless said.
    #[pyo3(signature = (*axes))]
    fn transpose<'py>(
        slf: &Bound<'py, Self>,
        axes: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        let array = slf.get().array();
        let ndim = array.view.ndim();
        if axes.is_empty() || (axes.len() == 1 && axes.get_item(0)?.is_none()) {
            return Self::view_of(slf, array.view.reversed(), array.dtype);
        }
        let given = given_shape(axes)?;
        if given.len() != ndim {
            return Err(PyValueError::new_err("axes don't match array"));
        }
        let mut order = Dims::new();
        for &k in &given {
            let k = axis(slf.py(), k as i64, ndim)?;
            if order.contains(&k) {
                return Err(PyValueError::new_err("repeated axis in transpose"));
            }
            order.push(k);
        }
        Self::view_of(slf, array.view.transpose(&order), array.dtype)
    }

    /// The axes in opposite order.
    #[getter(T)]
    pub(crate) fn transposed<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let array = slf.get().array();
        Self::view_of(slf, array.view.reversed(), array.dtype)
    }

    /// The last two axes exchanged.
    #[getter(mT)]
    pub(crate) fn matrix_transposed<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        if slf.get().array().view.ndim() < 2 {
            return Err(PyValueError::new_err("matrix transpose with ndim < 2 is undefined"));
        }
        Self::swapaxes(slf, -1, -2)
    }

    /// Two axes exchanged.
    #[pyo3(signature = (axis1, axis2, /))]
    fn swapaxes<'py>(slf: &Bound<'py, Self>, axis1: i64, axis2: i64) -> PyResult<Bound<'py, Self>> {
        let array = slf.get().array();
        let ndim = array.view.ndim();
        let (a, b) = (axis(slf.py(), axis1, ndim)?, axis(slf.py(), axis2, ndim)?);
        let mut view = array.view.clone();
        view.shape.swap(a, b);
        view.strides.swap(a, b);
        Self::view_of(slf, view, array.dtype)
    }

    /// The elements in C order (or as `order` says) under another shape.
    #[pyo3(signature = (*shape, order=None, copy=None),
           text_signature = "($self, /, *shape, order='C', copy=None)")]
    fn reshape<'py>(
        slf: &Bound<'py, Self>,
        shape: &Bound<'py, PyTuple>,
        order: Option<&str>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, Self>> {
        let order = Order::parse(order, Order::C)?;
        match shape.len() {
            0 => Err(PyTypeError::new_err("reshape() takes exactly 1 argument (0 given)")),
            1 if shape.get_item(0)?.is_none() => {
                let array = slf.get().array();
                Self::view_of(slf, array.view.clone(), array.dtype)
            }
            _ => reshaped(slf, &given_shape(shape)?, order, copy),
        }
    }

    /// One axis; a view of an array that lies in this order without gaps, else a copy.
    #[pyo3(signature = (order=None), text_signature = "($self, /, order='C')")]
    fn ravel<'py>(slf: &Bound<'py, Self>, order: Option<&str>) -> PyResult<Bound<'py, Self>> {
        let array = slf.get().array();
        let line = in_line(array, Order::parse(order, Order::C)?);
        if line.is_c_contiguous(array.dtype.size()) {
            return Self::view_of(slf, in_one(&line, array.dtype), array.dtype);
        }
        flat_copy(slf.py(), &array.with_view(line))
    }

    /// One axis, always a copy.
    #[pyo3(signature = (order=None), text_signature = "($self, /, order='C')")]
    fn flatten<'py>(slf: &Bound<'py, Self>, order: Option<&str>) -> PyResult<Bound<'py, Self>> {
        let array = slf.get().array();
        let line = in_line(array, Order::parse(order, Order::C)?);
        flat_copy(slf.py(), &array.with_view(line))
    }

    /// Another shape and size in place; new elements are zero.
    #[pyo3(signature = (*new_shape, refcheck=None),
           text_signature = "($self, /, *new_shape, refcheck=True)")]
    fn resize<'py>(
        slf: &Bound<'py, Self>,
        new_shape: &Bound<'py, PyTuple>,
        refcheck: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        let plain = refcheck.is_none_or(|flag| flag.is_exact_instance_of::<PyBool>());
        if plain && let Some(made) = resized(slf, new_shape)? {
            slf.get().replace(made);
            return Ok(());
        }
        let options = PyDict::new(slf.py());
        if let Some(refcheck) = refcheck {
            options.set_item("refcheck", refcheck)?;
        }
        let composed = slf.py().import("stook._array")?.getattr("_resize")?;
        composed.call((slf, new_shape), Some(&options))?;
        Ok(())
    }

    /// Without axes of length one, or without those of them named.
    #[pyo3(signature = (axis=None))]
    fn squeeze<'py>(
        slf: &Bound<'py, Self>,
        axis: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let array = slf.get().array();
        let view = &array.view;
        let drop: Dims = match axis {
            None => (0..view.ndim()).filter(|&k| view.shape[k] == 1).collect(),
            Some(given) => crate::reduce::axes(slf.py(), Some(given), view.ndim())?,
        };
        if drop.iter().any(|&k| view.shape[k] != 1) {
            return Err(PyValueError::new_err(
                "cannot select an axis to squeeze out which has size not equal to one",
            ));
        }
        if drop.is_empty() {
            return Ok(slf.clone()); // itself, as in NumPy
        }
        let keep: Dims = (0..view.ndim()).filter(|k| !drop.contains(k)).collect();
        Self::view_of(slf, view.transpose(&keep), array.dtype)
    }

    /// The elements `a[k, k + offset]`, a view that may not be written.
    #[pyo3(signature = (offset=0, axis1=0, axis2=1))]
    pub(crate) fn diagonal<'py>(
        slf: &Bound<'py, Self>,
        offset: isize,
        axis1: i64,
        axis2: i64,
    ) -> PyResult<Bound<'py, Self>> {
        let array = slf.get().array();
        let made =
            Self::view_of(slf, diagonal_view(slf.py(), array, offset, axis1, axis2)?, array.dtype)?;
        made.get().set_writeable(false);
        Ok(made)
    }

    /// The real part; the array itself unless complex.
    #[getter]
    pub(crate) fn real<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let array = slf.get().array();
        if !array.dtype.is_complex() {
            return Ok(slf.clone());
        }
        Self::view_of(slf, array.view.clone(), array.dtype.real())
    }

    #[setter]
    fn set_real(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::real(slf)?.set_item(pyo3::types::PyEllipsis::get(slf.py()), value)
    }

    /// The imaginary part; zeros that may not be written unless complex.
    #[getter]
    pub(crate) fn imag<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let array = slf.get().array();
        if !array.dtype.is_complex() {
            let zero = stook_types::Scalar { dtype: array.dtype, bits: 0 };
            let made = create::empty_as(slf.py(), array, array.dtype, Order::Any)?;
            session().assign(&made, Input::Scalar(zero)).or_raise(slf.py())?;
            let zeros = Self::object(slf.py(), made)?;
            zeros.get().set_writeable(false);
            return Ok(zeros);
        }
        let mut view = array.view.clone();
        view.offset += array.dtype.real().size() as isize;
        Self::view_of(slf, view, array.dtype.real())
    }

    #[setter]
    fn set_imag(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if !slf.get().array().dtype.is_complex() {
            return Err(PyTypeError::new_err("array does not have imaginary part to set"));
        }
        Self::imag(slf)?.set_item(pyo3::types::PyEllipsis::get(slf.py()), value)
    }

    /// The same memory, as elements of another type if said.
    #[pyo3(signature = (dtype=None, r#type=None), text_signature = "($self, /, *args, **kwargs)")]
    fn view<'py>(
        slf: &Bound<'py, Self>,
        dtype: Option<&Bound<'py, PyAny>>,
        r#type: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let array = slf.get().array();
        let plain = dtype.is_none_or(|d| d.is(slf.get_type())) && r#type.is_none();
        if plain {
            return Ok(Self::view_of(slf, array.view.clone(), array.dtype)?.into_any());
        }
        let to: Option<DType> = match (dtype, r#type) {
            (Some(d), None) if !d.is_instance_of::<pyo3::types::PyType>() || !is_class(d)? => {
                interop::dtype_from(d)?
            }
            _ => None,
        };
        if let Some(to) = to.filter(|to| to.size() == array.dtype.size()) {
            return Ok(Self::view_of(slf, array.view.clone(), to)?.into_any());
        }
        let options = PyDict::new(slf.py());
        if let Some(class) = r#type {
            options.set_item("type", class)?;
        }
        if let Some(dtype) = dtype {
            options.set_item("dtype", dtype)?;
        }
        crate::module::flush(slf.py())?;
        let made = Self::share(slf)?.call_method("view", (), Some(&options))?;
        crate::fallback::wrap(made)
    }
}

/// The elements of an array that has its own memory in C order, then zeros, in a new shape; `None`
/// where it is not that simple.
fn resized(array: &Bound<'_, NdArray>, shape: &Bound<'_, PyTuple>) -> PyResult<Option<Array>> {
    let (owned, array) = (array.get().owns_memory(), array.get().array());
    let size = array.dtype.size();
    let given = if shape.is_empty() { None } else { given_shape(shape).ok() };
    let Some(given) = given.filter(|given| given.iter().all(|&n| n >= 0)) else {
        return Ok(None);
    };
    if !owned || !array.view.is_c_contiguous(size) {
        return Ok(None);
    }
    let lengths: Dims = given.iter().map(|&n| n as usize).collect();
    let Ok(made) = session().zeros(&lengths, array.dtype) else { return Ok(None) };
    let line = View::contiguous(&[array.view.size().min(made.view.size())], size);
    let kept = array.with_view(View { offset: array.view.offset, ..line.clone() });
    session().assign(&made.with_view(line), Input::Array(&kept)).or_raise(shape.py())?;
    Ok(Some(made))
}

/// Whether the object is an array class, which `view` takes in place of a type.
fn is_class(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let class = object.cast::<pyo3::types::PyType>()?;
    let arrays = interop::numpy(object.py()).module(object.py()).getattr("ndarray")?;
    Ok(class.is_subclass(&arrays)? || class.is_subclass_of::<NdArray>()?)
}

fn diagonal_view(
    py: Python<'_>,
    array: &Array,
    offset: isize,
    axis1: i64,
    axis2: i64,
) -> PyResult<View> {
    let view = &array.view;
    if view.ndim() < 2 {
        return Err(PyValueError::new_err("diag requires an array of at least two dimensions"));
    }
    let (a, b) = (axis(py, axis1, view.ndim())?, axis(py, axis2, view.ndim())?);
    if a == b {
        return Err(PyValueError::new_err("axis1 and axis2 cannot be the same"));
    }
    let (skip_a, skip_b) = ((-offset).max(0), offset.max(0));
    let left = (view.shape[a] as isize - skip_a).min(view.shape[b] as isize - skip_b).max(0);
    let keep: Dims = (0..view.ndim()).filter(|&k| k != a && k != b).collect();
    let mut made = view.transpose(&keep);
    if left > 0 {
        made.offset += skip_a * view.strides[a] + skip_b * view.strides[b];
    }
    made.shape.push(left as usize);
    made.strides.push(view.strides[a] + view.strides[b]);
    Ok(made)
}

/// An error that names both shapes, as `broadcast_to` gives it.
pub(crate) fn broadcast_error(from: &[usize], to: &[usize]) -> PyErr {
    if from.len() > to.len() {
        return PyValueError::new_err(
            "input operand has more dimensions than allowed by the axis remapping",
        );
    }
    PyValueError::new_err(format!(
        "operands could not be broadcast together with remapped shapes [original->remapped]: {}  \
         and requested shape {}",
        shape_text(from),
        shape_text(to)
    ))
}

#[pymethods]
impl NdArray {
    /// The elements as if repeated to `shape`; a view that may not be written.
    fn _broadcast_to<'py>(
        slf: &Bound<'py, Self>,
        shape: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, Self>> {
        let array = slf.get().array();
        let shape = create::lengths_from(shape)?;
        let view = array.view.broadcast_to(&shape);
        let view = view.map_err(|_| broadcast_error(&array.view.shape, &shape))?;
        let size = shape.iter().try_fold(1, |size: isize, &n| size.checked_mul(n.try_into().ok()?));
        if size.is_none() {
            return Err(PyValueError::new_err("iterator is too large"));
        }
        let made = Self::view_of(slf, view, array.dtype)?;
        made.get().set_writeable(false);
        Ok(made)
    }
}
