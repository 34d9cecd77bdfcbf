//! Objects that mean something of their own in compiled code, as `stook._meanings` knows them.

use super::Dispatcher;
use super::names::Names;
use super::signatures::{described, type_of};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use stook_jit::{Native, Thing, Type};

impl<'py> Names<'py> {
    /// What an object stands for, if that is not what its name says.
    pub(super) fn standing_for(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Option<Thing>> {
        let py = object.py();
        let found = py.import("stook._meanings")?.getattr("meaning")?.call1((object,))?;
        if found.is_none() {
            return Ok(None);
        }
        let found = found.cast_into::<PyTuple>()?;
        let item = |k: usize| found.get_item(k);
        Ok(Some(match item(0)?.extract::<String>()?.as_str() {
            "class" => match type_of(&item(1)?)? {
                Type::Number { dtype, python } => Thing::Class { dtype, python },
                _ => return Ok(None),
            },
            "elementwise" => Thing::Elementwise(self.number_of(item(1)?.cast::<Dispatcher>()?)),
            "function" => Thing::Function(self.number_of(item(1)?.cast::<Dispatcher>()?)),
            "native" => {
                let params = item(2)?.try_iter()?.map(|ty| type_of(&ty?));
                let native = Native {
                    name: item(1)?.extract()?,
                    params: params.collect::<PyResult<_>>()?,
                    result: type_of(&item(3)?)?,
                    attached: found.len() > 5,
                };
                Thing::Native(self.native_number(object, item(4)?.extract()?, native))
            }
            "outside" => {
                let name = format!("numpy.{}", item(1)?);
                Thing::Known { name, object: Some(self.object_number(object)) }
            }
            _ => {
                let number = self.object_number(object);
                Thing::Overloaded { object: number, otherwise: Box::new(self.named(object, None)?) }
            }
        }))
    }

    /// The function that stands for another where arguments have these types.
    pub(super) fn overloaded(
        &mut self,
        object: usize,
        args: &[Type],
        keywords: &[(String, Type)],
    ) -> PyResult<Option<usize>> {
        let object = self.object(object).clone();
        let py = object.py();
        let args = args.iter().map(|ty| described(py, ty)).collect::<PyResult<Vec<_>>>()?;
        let named = PyDict::new(py);
        for (name, ty) in keywords {
            named.set_item(name, described(py, ty)?)?;
        }
        let chosen = py.import("stook._meanings")?.getattr("overloaded")?;
        let found = chosen.call1((object, PyTuple::new(py, args)?, named))?;
        if found.is_none() {
            return Ok(None);
        }
        let found = found.cast::<Dispatcher>().map_err(|_| {
            PyTypeError::new_err("an overload is a function that is written in Python")
        })?;
        Ok(Some(self.number_of(found)))
    }
}
