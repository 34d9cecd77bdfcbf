//! What `stook.verify` checks, as plain Python values; the checking is done in Python.
//!
//! A trace of the runtime enters; its operations leave as tuples, in which an array is a storage's
//! number, offset, shape, strides and type, and memory leaves as NumPy's arrays of bytes.

use crate::array::{NdArray, tuple};
use crate::error::OrRaise;
use crate::module::session;
use crate::{interop, scalar, sources};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use stook_ops::{reductions, table};
use stook_plan::{Instruction, Op, Place, Ref};
use stook_runtime::{Array, Trace};
use stook_types::DType;

/// One run of recorded work: its operations, and its memory before and after.
#[pyclass(name = "Trace", module = "stook._stook", frozen)]
struct PyTrace(Trace);

#[pymethods]
impl PyTrace {
    fn __len__(&self) -> usize {
        self.0.program.instructions.len()
    }

    /// How many bundles ran.
    #[getter]
    fn bundles(&self) -> u64 {
        self.0.bundles
    }

    /// The operations in order: see `entry`.
    #[getter]
    fn operations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let made = PyList::empty(py);
        for instruction in &self.0.program.instructions {
            made.append(self.entry(py, instruction)?)?;
        }
        Ok(made)
    }

    /// The bytes of each storage before the run, as new arrays of NumPy's.
    fn before<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let memory = self.0.before().or_raise(py)?;
        memory.into_iter().map(|array| bytes(py, array)).collect()
    }

    /// The bytes, after the run, of each storage that lives on.
    fn after<'py>(&self, py: Python<'py>) -> PyResult<Vec<Option<Bound<'py, PyAny>>>> {
        self.0.after().into_iter().map(|a| a.map(|array| bytes(py, array)).transpose()).collect()
    }

    /// Runs one operation, in place, on the arrays that `before` returned.
    fn step(&self, py: Python<'_>, number: usize, memory: Vec<Bound<'_, PyAny>>) -> PyResult<()> {
        let ours: Vec<Bound<'_, NdArray>> = memory.iter().filter_map(interop::owner).collect();
        let memory: Vec<&Array> = ours.iter().map(|array| array.get().array()).collect();
        session().step(&self.0, number, &memory).or_raise(py)
    }

    /// Runs the first operations in bundles; the bytes of each storage with contents afterwards.
    fn bundled<'py>(
        &self,
        py: Python<'py>,
        count: usize,
    ) -> PyResult<Vec<Option<Bound<'py, PyAny>>>> {
        let memory = session().bundled(&self.0, count).or_raise(py)?;
        memory.into_iter().map(|a| a.map(|array| bytes(py, array)).transpose()).collect()
    }
}

impl PyTrace {
    /// Kind, name, letters of the loop's inputs and outputs, units in the last place, axes, inputs,
    /// mask, outputs, file, line.
    fn entry<'py>(&self, py: Python<'py>, of: &Instruction) -> PyResult<Bound<'py, PyTuple>> {
        let Loop { kind, name, takes, gives, ulp, axes } = Loop::of(&of.op);
        let ins = of.ins.iter().map(|r| self.operand(py, r)).collect::<PyResult<Vec<_>>>()?;
        let mask = of.mask.as_ref().map(|r| self.operand(py, r)).transpose()?;
        let outs = of.outs.iter().map(|p| place(py, p)).collect::<PyResult<Vec<_>>>()?;
        let (file, line) = match sources::source(py, of.tag) {
            Some((file, line, _)) => (file.to_string(), line),
            None => (String::new(), 0),
        };
        let lists = (PyTuple::new(py, axes)?, PyTuple::new(py, ins)?, PyTuple::new(py, outs)?);
        let (axes, ins, outs) = lists;
        (kind, name, takes, gives, ulp, axes, ins, mask, outs, file, line).into_pyobject(py)
    }

    fn operand<'py>(&self, py: Python<'py>, r: &Ref) -> PyResult<Bound<'py, PyAny>> {
        match r {
            Ref::Place(at) => place(py, at),
            Ref::Scalar(number, _) => scalar::object(py, self.0.scalars[*number]),
        }
    }
}

/// A row's loop.
struct Loop {
    kind: &'static str,
    name: &'static str,
    takes: String,
    gives: String,
    ulp: f64,
    axes: Vec<usize>,
}

impl Loop {
    fn of(op: &Op) -> Self {
        let letters = |types: &[DType]| -> String { types.iter().map(|d| d.letter()).collect() };
        let fold = |kind, reduction: &stook_ops::ReductionId, loop_index: usize, axes| {
            let row = &reductions()[usize::from(reduction.0)];
            let signature = &row.loops[loop_index];
            let (takes, gives) = (letters(&[signature.input]), letters(&[signature.output]));
            Self { kind, name: row.name, takes, gives, ulp: 0.0, axes }
        };
        match op {
            Op::Call { ufunc, loop_index } => {
                let row = &table()[usize::from(ufunc.0)];
                let signature = &row.loops[*loop_index];
                let (takes, gives) = (letters(&signature.ins), letters(&signature.outs));
                let axes = Vec::new();
                Self { kind: "call", name: row.name, takes, gives, ulp: row.ulp, axes }
            }
            Op::Copy => {
                let (takes, gives) = (String::new(), String::new());
                Self { kind: "copy", name: "copy", takes, gives, ulp: 0.0, axes: Vec::new() }
            }
            Op::Reduce { reduction, loop_index, axes } => {
                fold("reduce", reduction, *loop_index, axes.to_vec())
            }
            Op::Scan { ufunc, loop_index } => {
                let row = &table()[usize::from(ufunc.0)];
                let letter = letters(&row.loops[*loop_index].outs);
                let (takes, gives, axes) = (letter.clone(), letter, Vec::new());
                Self { kind: "scan", name: row.name, takes, gives, ulp: row.ulp, axes }
            }
        }
    }
}

/// Storage, offset, shape, strides and letter.
fn place<'py>(py: Python<'py>, at: &Place) -> PyResult<Bound<'py, PyAny>> {
    let shape = tuple(py, at.view.shape.iter().copied())?;
    let strides = tuple(py, at.view.strides.iter().copied())?;
    let letter = at.dtype.letter().to_string();
    Ok((at.storage, at.view.offset, shape, strides, letter).into_pyobject(py)?.into_any())
}

/// Memory as an array of NumPy's. Nothing here is a look, which would be verified in turn.
fn bytes(py: Python<'_>, array: Array) -> PyResult<Bound<'_, PyAny>> {
    let start = array.start().expect("a trace has copied it");
    let ours = NdArray::object(py, array.clone())?;
    interop::view(ours.as_any(), &array.view, array.dtype, start, true)
}

/// Begin to keep a trace of every run, or end it and forget them.
#[pyfunction]
fn set_tracing(tracing: bool) {
    session().set_tracing(tracing);
}

/// The runs traced since the last call, oldest first.
#[pyfunction]
fn traces() -> Vec<PyTrace> {
    session().traces().into_iter().map(PyTrace).collect()
}

/// Adds the functions.
pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyTrace>()?;
    m.add_function(wrap_pyfunction!(set_tracing, m)?)?;
    m.add_function(wrap_pyfunction!(traces, m)?)
}
