//! Signatures of a function: types from Python, and arguments converted to them.
//!
//! A type crosses as a tuple, which `stook._number_types` makes and reads: its kind, and what tells
//! it from others of its kind.

use super::arguments::{Given, key_of, types_of};
use super::names::Names;
use super::{Args, Dispatcher, Version, raised};
use crate::interop;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use smallvec::SmallVec;
use stook_jit::{ArrayType, Container, ContainerKind, Layout, Signature, Type, compile, cost};
use stook_ops::{Region, cast, evaluate};
use stook_types::{DType, Scalar};

#[pymethods]
impl Dispatcher {
    /// Compiles for arguments of these types, unless it has been done; the number of the version.
    fn prepare(slf: &Bound<'_, Self>, types: Vec<Bound<'_, PyAny>>) -> PyResult<usize> {
        let types = types.iter().map(type_of).collect::<PyResult<Vec<_>>>()?;
        let key = key_of(&types);
        Self::version_of(slf, &key)?;
        let all = slf.get().versions.all(slf.py());
        Ok(all.iter().position(|version| version.get().takes(&key)).unwrap_or_default())
    }

    /// The type of the result for arguments of these types, without compiling.
    fn infer<'py>(
        slf: &Bound<'py, Self>,
        types: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let types = types.iter().map(type_of).collect::<PyResult<Vec<_>>>()?;
        let py = slf.py();
        let mut names = Names::new(slf);
        match compile(&mut names, 0, &types, None, slf.get().options) {
            Ok(made) => described(py, &made.result),
            Err(error) => Err(raised::refusal(py, &names, &error)),
        }
    }

    /// The types of a version's parameters, and of its result.
    fn types<'py>(
        &self,
        py: Python<'py>,
        number: usize,
    ) -> PyResult<(Vec<Bound<'py, PyTuple>>, Bound<'py, PyTuple>)> {
        let version = self.numbered(py, number)?;
        let version = version.get();
        let params = types_of(&version.key);
        let params = params.iter().map(|ty| described(py, ty)).collect::<PyResult<_>>()?;
        Ok((params, described(py, &version.result)?))
    }
}

impl Dispatcher {
    pub(super) fn numbered<'py>(
        &self,
        py: Python<'py>,
        number: usize,
    ) -> PyResult<Bound<'py, Version>> {
        let found = self.versions.all(py).into_iter().nth(number);
        found.ok_or_else(|| PyTypeError::new_err("there is no such version"))
    }

    /// The type of the result that a signature with parameters of these types declares.
    pub(super) fn declared(&self, params: &[Type]) -> Option<Type> {
        self.signatures.iter().find(|s| s.params == params)?.result.clone()
    }
}

/// The signatures that Python gives: the types of parameters, and of the result or None.
pub(super) fn read(
    given: &[(Vec<Bound<'_, PyAny>>, Bound<'_, PyAny>)],
) -> PyResult<Vec<Signature>> {
    let read = |(params, result): &(Vec<Bound<'_, PyAny>>, Bound<'_, PyAny>)| {
        let params = params.iter().map(type_of).collect::<PyResult<Vec<_>>>()?;
        let result = if result.is_none() { None } else { Some(type_of(result)?) };
        Ok(Signature { params, result })
    };
    given.iter().map(read).collect()
}

/// A type as Python describes it.
pub(super) fn type_of(described: &Bound<'_, PyAny>) -> PyResult<Type> {
    let tuple = described.cast::<PyTuple>()?;
    let item = |k: usize| tuple.get_item(k);
    let dtype = |k: usize| {
        let name = item(k)?.extract::<String>()?;
        let found = DType::ALL.into_iter().find(|dtype| dtype.name() == name);
        found.ok_or_else(|| PyTypeError::new_err(format!("{name} is no type of numbers here")))
    };
    Ok(match item(0)?.extract::<String>()?.as_str() {
        "number" => Type::Number { dtype: dtype(1)?, python: item(2)?.extract()? },
        "array" => Type::Array(ArrayType {
            dtype: dtype(1)?,
            ndim: item(2)?.extract()?,
            layout: if item(3)?.extract::<String>()? == "C" { Layout::C } else { Layout::Any },
            writeable: item(4)?.extract()?,
        }),
        "tuple" => Type::Tuple(tuple.iter().skip(1).map(|t| type_of(&t)).collect::<PyResult<_>>()?),
        "records" => super::structures::type_of(tuple)?,
        "container" => container_of(tuple)?,
        "instance" => super::records::instance_of(&item(1)?)?,
        "generator" => Type::Generator,
        "bytes" => Type::Bytes,
        "none" => Type::None,
        "text" => Type::Text,
        "pointer" if item(1)?.is_none() => Type::Pointer(None),
        "pointer" => match interop::is_dtype(&item(1)?) {
            true => super::structures::pointer_to(&item(1)?)?,
            false => Type::Pointer(Some(dtype(1)?)),
        },
        other => {
            let text = format!("a signature of a compiled function has no type '{other}'");
            return Err(PyTypeError::new_err(text));
        }
    })
}

/// Lists, dicts and sets.
fn container_of(described: &Bound<'_, PyTuple>) -> PyResult<Type> {
    let item = type_of(&described.get_item(2)?)?;
    let (kind, value) = match described.get_item(1)?.extract::<String>()?.as_str() {
        "DictType" => (ContainerKind::Dict, type_of(&described.get_item(3)?)?),
        "SetType" => (ContainerKind::Set, Type::None),
        _ => (ContainerKind::List, Type::None),
    };
    Ok(Type::Container(Box::new(Container { kind, item, value })))
}

/// A type for Python.
pub(super) fn described<'py>(py: Python<'py>, ty: &Type) -> PyResult<Bound<'py, PyTuple>> {
    match ty {
        Type::None => ("none",).into_pyobject(py),
        Type::Number { dtype, python } => ("number", dtype.name(), *python).into_pyobject(py),
        Type::Tuple(items) => {
            let kind = PyString::new(py, "tuple").into_any();
            let items = items.iter().map(|item| Ok(described(py, item)?.into_any()));
            let all = std::iter::once(Ok(kind)).chain(items).collect::<PyResult<Vec<_>>>()?;
            PyTuple::new(py, all)
        }
        Type::Array(array) => {
            let layout = if array.layout == Layout::C { "C" } else { "A" };
            let name = array.dtype.name();
            ("array", name, array.ndim, layout, array.writeable).into_pyobject(py)
        }
        Type::Records(structure, array) => super::structures::described(py, structure, *array),
        Type::Generator => ("generator",).into_pyobject(py),
        Type::Bytes => ("bytes",).into_pyobject(py),
        Type::Text => ("text",).into_pyobject(py),
        Type::PointerToRecords(structure) => {
            ("pointer", super::structures::dtype_of(py, structure)).into_pyobject(py)
        }
        Type::Pointer(dtype) => ("pointer", dtype.map(DType::name)).into_pyobject(py),
        other => ("other", other.describe()).into_pyobject(py),
    }
}

/// Converts arguments to what the best of a function's signatures has, if it has any.
pub(super) fn fit(
    dispatcher: &Bound<'_, Dispatcher>,
    args: Args<'_, '_>,
    given: &mut Given,
) -> PyResult<()> {
    let own = dispatcher.get();
    // There are versions for signatures only, where there are signatures.
    if own.signatures.is_empty() || own.versions.find(dispatcher.py(), &given.key).is_some() {
        return Ok(());
    }
    let types = types_of(&given.key);
    let Some(best) = Signature::best(&own.signatures, &types) else {
        return Err(refused(dispatcher, args, &types));
    };
    let params = &own.signatures[best].params;
    let mut made = SmallVec::new();
    let mut words = &given.words[..];
    for (k, (from, to)) in types.iter().zip(params).enumerate() {
        if !convert(&mut words, from, to, &mut made) {
            let text = format!("{} out of bounds for {}", *args[k], to.describe());
            return Err(PyOverflowError::new_err(format!("Python integer {text}")));
        }
    }
    given.key = key_of(params);
    given.words = made;
    Ok(())
}

/// Moves the words of a value of one type to those of another; whether it holds the value.
fn convert(words: &mut &[u64], from: &Type, to: &Type, into: &mut SmallVec<[u64; 32]>) -> bool {
    match (from, to) {
        (&Type::Number { dtype, .. }, &Type::Number { dtype: wanted, .. }) => {
            let own = take(words, dtype.parts());
            let made = converted(own, dtype, wanted);
            into.extend_from_slice(&made);
            // An integer that a narrower one does not hold comes back as another.
            !(dtype.is_integer() && wanted.is_integer())
                || integer(own[0], dtype) == integer(made[0], wanted)
        }
        (Type::Tuple(own), Type::Tuple(wanted)) => {
            own.iter().zip(wanted).all(|(from, to)| convert(words, from, to, into))
        }
        (Type::Array(own), Type::Array(wanted))
        | (Type::Records(_, own), Type::Records(_, wanted)) => {
            let mut parts = take(words, from.parts().len());
            into.extend_from_slice(take(&mut parts, 2 + own.ndim));
            if own.layout == Layout::C && wanted.layout == Layout::Any {
                let shape: Vec<usize> =
                    into[into.len() - own.ndim..].iter().map(|&n| n as usize).collect();
                let size = super::structures::bytes_of(from, own.dtype);
                let view = stook_types::View::contiguous(&shape, size);
                into.extend(view.strides.iter().map(|&stride| stride as u64));
            } else {
                into.extend_from_slice(parts);
            }
            true
        }
        _ => {
            into.extend_from_slice(take(words, from.parts().len()));
            true
        }
    }
}

fn take<'a>(words: &mut &'a [u64], count: usize) -> &'a [u64] {
    let (own, rest) = words.split_at(count);
    *words = rest;
    own
}

fn converted(words: &[u64], from: DType, to: DType) -> Vec<u64> {
    if (from, to) == (DType::I64, DType::F64) {
        return vec![(words[0] as i64 as f64).to_bits()];
    }
    if from == to {
        return words.to_vec();
    }
    let params = vec![from.real(); from.parts()];
    evaluate(&Region::build(&params, |f, parts| cast(f, from, to, parts)), words)
}

fn integer(bits: u64, dtype: DType) -> Option<i128> {
    Scalar { dtype, bits: bits.into() }.as_integer()
}

fn refused(dispatcher: &Bound<'_, Dispatcher>, args: Args<'_, '_>, types: &[Type]) -> PyErr {
    let own = dispatcher.get();
    let name = own.function.bind(dispatcher.py()).getattr("__name__");
    let name = name.map(|name| name.to_string()).unwrap_or_default();
    let known: Vec<String> = own.signatures.iter().map(Signature::describe).collect();
    let known = known.join(" or ");
    let misfit = types.iter().enumerate().find(|(k, ty)| {
        let mut wanted = own.signatures.iter().filter_map(|s| s.params.get(*k));
        wanted.all(|to| cost(ty, to).is_none())
    });
    PyTypeError::new_err(match misfit {
        Some((k, ty)) => {
            let param = own.params.get(k).map_or("?", String::as_str);
            let lies = args.get(k).map_or("", |arg| lies(arg));
            format!(
                "{name}(): the argument '{param}' is {}{lies}, which no signature takes; it takes \
                 {known}",
                ty.describe()
            )
        }
        None => {
            let given = Signature { params: types.to_vec(), result: None }.describe();
            format!("{name}(): no signature takes {given}; it takes {known}")
        }
    })
}

/// What else may keep an array from fitting.
fn lies(array: &Bound<'_, PyAny>) -> &'static str {
    if !interop::is_any_array(array.py(), array.as_ptr()) {
        return "";
    }
    let view = interop::array_view(array);
    let size = interop::array_dtype(array).map_or(0, DType::size);
    match (view.is_c_contiguous(size), interop::array_writeable(array)) {
        (false, _) => " that is not contiguous",
        (_, false) => " that is read-only",
        _ => "",
    }
}
