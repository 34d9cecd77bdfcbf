//! `stook.ufunc`: a row of the table as Python sees it.

use crate::array::NdArray;
use crate::convert::Operand;
use crate::error::{self, OrRaise};
use crate::fallback::answered;
use crate::interop::{self, numpy};
use crate::module::session;
use crate::{number, resolve};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use smallvec::SmallVec;
use stook_ops::{Ufunc, UfuncId, table};
use stook_types::{Casting, DType, can_cast};

/// A function of elements, applied to whole arrays with broadcasting.
#[pyclass(name = "ufunc", module = "stook", frozen)]
pub(crate) struct PyUfunc {
    pub(crate) id: UfuncId,
}

/// Adds an object for every row that NumPy has a ufunc for.
pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyUfunc>()?;
    let made = PyDict::new(m.py());
    for (k, row) in table().iter().enumerate() {
        if numpy(m.py()).module(m.py()).hasattr(row.name)? {
            made.set_item(row.name, Bound::new(m.py(), PyUfunc { id: UfuncId(k as u16) })?)?;
        }
    }
    m.add("ufuncs", made)
}

/// What a call says beyond its operands.
#[derive(Default)]
struct Options<'py> {
    outs: SmallVec<[Option<Bound<'py, PyAny>>; 2]>,
    mask: Option<Bound<'py, PyAny>>,
    dtype: Option<DType>,
    casting: Option<Casting>,
}

impl PyUfunc {
    pub(crate) fn row(&self) -> &'static Ufunc {
        &table()[self.id.0 as usize]
    }

    /// NumPy's ufunc of the same name.
    pub(crate) fn numpys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        numpy(py).module(py).getattr(self.row().name)
    }

    /// The options that are native; `None` where there are others.
    fn options<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Options<'py>>> {
        let (nin, nout) = (self.row().nin(), self.row().nout());
        let mut options = Options::default();
        options.outs.extend(args.iter().skip(nin).map(|out| (!out.is_none()).then_some(out)));
        for (key, value) in kwargs.into_iter().flatten() {
            match key.extract::<&str>()? {
                "out" if value.is_none() => {}
                "out" if args.len() > nin => return Ok(None),
                "out" => match value.cast_exact::<PyTuple>() {
                    Ok(outs) if outs.len() != nout => return Ok(None),
                    Ok(outs) => {
                        options.outs = outs.iter().map(|o| (!o.is_none()).then_some(o)).collect();
                    }
                    Err(_) => options.outs = SmallVec::from_iter([Some(value)]),
                },
                "where" if value.is(pyo3::types::PyBool::new(value.py(), true)) => {}
                "where" => options.mask = Some(value),
                "dtype" if value.is_none() => {}
                "dtype" => match interop::dtype_from(&value)? {
                    Some(dtype) => options.dtype = Some(dtype),
                    None => return Ok(None),
                },
                "casting" => match value.extract().ok().and_then(Casting::parse) {
                    Some(rule) => options.casting = Some(rule),
                    None => return Ok(None),
                },
                "subok" => {}
                "order" if value.extract::<&str>().is_ok_and(|o| o == "K") => {}
                _ => return Ok(None),
            }
        }
        options.outs.resize(nout.max(options.outs.len()), None);
        Ok(Some(options))
    }

    /// The call, recorded; `None` where only NumPy knows how.
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
        let plain = options.outs.iter().all(Option::is_none)
            && options.mask.is_none()
            && options.dtype.is_none();
        if plain && options.casting.is_none_or(|rule| !matches!(rule, Casting::No | Casting::Equiv))
        {
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
        let Some(found) = self.find_loop(&types, options.dtype, rule) else {
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
        let Some(ins) = number::inputs(self.id, operands, &types) else {
            return Ok(None);
        };
        for out in outs.iter().flatten() {
            for array in operands.iter().chain(mask).filter_map(Operand::array) {
                number::check_output(py, &out.get().array().view.shape, &array.view.shape)?;
            }
        }
        let places: SmallVec<[Option<&stook_runtime::Array>; 2]> =
            outs.iter().map(|out| out.as_ref().map(|out| out.get().array())).collect();
        let mask = mask.and_then(|operand| operand.input(DType::Bool));
        let results = session().call(self.id, found, &ins, &places, mask).or_raise(py)?;
        error::report_conditions(py)?;
        let scalars = operands.iter().all(|operand| operand.ndim() == 0);
        drop(places);
        returned(py, outs, results, scalars).map(Some)
    }

    /// The loop for these types, or the one whose outputs have the type that was asked for.
    fn find_loop(&self, types: &[DType], dtype: Option<DType>, rule: Casting) -> Option<usize> {
        let Some(wanted) = dtype else {
            return resolve::resolve(self.id, types);
        };
        self.row().loops.iter().position(|l| {
            l.outs[0] == wanted && l.ins.iter().zip(types).all(|(&to, &from)| casts(from, to, rule))
        })
    }

    fn by_numpy<'py>(
        &self,
        py: Python<'py>,
        method: Option<&str>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let function = self.numpys(py)?;
        match method {
            None => answered(py, self.row().name, &function, args, kwargs),
            Some(method) => {
                let name = format!("{}.{method}", self.row().name);
                answered(py, &name, &function.getattr(method)?, args, kwargs)
            }
        }
    }
}

/// Whether a cast is allowed and discards no imaginary part, of which NumPy would warn.
fn casts(from: DType, to: DType, rule: Casting) -> bool {
    let keeps = !from.is_complex() || to.is_complex() || to == DType::Bool;
    keeps && can_cast(from, to, rule)
}

/// The outputs that were given, and new arrays for the others.
fn returned<'py>(
    py: Python<'py>,
    outs: SmallVec<[Option<Bound<'py, NdArray>>; 2]>,
    results: Vec<stook_runtime::Array>,
    scalars: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let mut made = Vec::with_capacity(outs.len());
    for (out, result) in outs.into_iter().zip(results) {
        made.push(match out {
            Some(out) => out.into_any(),
            None => number::finish(py, vec![result], scalars)?,
        });
    }
    if made.len() == 1 {
        return Ok(made.remove(0));
    }
    Ok(PyTuple::new(py, made)?.into_any())
}

#[pymethods]
impl PyUfunc {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let nin = self.row().nin();
        if args.len() >= nin
            && args.len() <= nin + self.row().nout()
            && let Some(options) = self.options(args, kwargs)?
        {
            let objects: SmallVec<[Bound<'py, PyAny>; 3]> = args.iter().take(nin).collect();
            if let Some(result) = self.native(py, &objects, &options)? {
                return Ok(result);
            }
        }
        self.by_numpy(py, None, args, kwargs)
    }

    /// NumPy's name.
    #[getter]
    fn __name__(&self) -> &'static str {
        self.row().name
    }

    #[getter]
    fn __qualname__(&self) -> &'static str {
        self.row().name
    }

    /// Number of inputs.
    #[getter]
    fn nin(&self) -> usize {
        self.row().nin()
    }

    /// Number of outputs.
    #[getter]
    fn nout(&self) -> usize {
        self.row().nout()
    }

    /// Number of inputs and outputs.
    #[getter]
    fn nargs(&self) -> usize {
        self.nin() + self.nout()
    }

    /// Number of loops.
    #[getter]
    fn ntypes(&self) -> usize {
        self.row().loops.len()
    }

    /// The loops, in NumPy's letters.
    #[getter]
    fn types(&self) -> Vec<String> {
        let letters = |types: &[DType]| types.iter().map(|d| d.letter()).collect::<String>();
        let text = |l: &stook_ops::Loop| format!("{}->{}", letters(&l.ins), letters(&l.outs));
        self.row().loops.iter().map(text).collect()
    }

    /// What it gives for no elements.
    #[getter]
    fn identity<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.numpys(py)?.getattr("identity")
    }

    /// None: every ufunc here works element by element.
    #[getter]
    fn signature(&self) -> Option<&'static str> {
        None
    }

    #[getter]
    fn __doc__(&self) -> &'static str {
        self.row().doc
    }

    fn __repr__(&self) -> String {
        format!("<ufunc '{}'>", self.row().name)
    }

    fn __reduce__(&self) -> &'static str {
        self.row().name
    }

    /// The loop's types for operands of these types, as NumPy resolves them.
    #[pyo3(signature = (*args, **kwargs))]
    fn resolve_dtypes<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.numpys(py)?.getattr("resolve_dtypes")?.call(args, kwargs)
    }
}
