//! What the names of a function mean: its closure, globals and builtins, frozen while it is
//! compiled. Those that can change are kept, so that a change is seen at the next call.

use super::outside::OutsideCall;
use super::placement::Placement;
use super::{Args, Dispatcher, races, syntax};
use crate::array::NdArray;
use crate::interop;
use crate::scalar::{self, Weak};
use pyo3::exceptions::PyBaseException;
use pyo3::ffi;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyModule, PyString, PyTuple, PyType};
use std::rc::Rc;
use stook_jit::syntax::Function;
use stook_jit::{
    ArrayType, Host, Layout, Maker, Member, Native, Note, Outside, Signature, Thing, Type,
};
use stook_types::{DType, Scalar};

/// Functions of this package that mean something of their own in compiled code.
const OWN: [&str; 5] = ["prange", "carray", "farray", "literally", "literal_unroll"];

/// Functions of `time` that tell a time, and do nothing else.
const CLOCKS: [&str; 6] =
    ["time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "process_time"];

/// Modules of the library that the compiler itself calls.
const LIBRARY: [&str; 7] =
    ["_bytes", "_containers", "_hashes", "_maths", "_reductions", "_tables", "_texts"];

/// The names of a function and of those that it calls, while they are compiled.
pub(super) struct Names<'py> {
    functions: Vec<Known<'py>>,
    modules: Vec<Bound<'py, PyAny>>,
    objects: Vec<Bound<'py, PyAny>>,
    outside: Vec<(Outside, OutsideCall)>,
    /// What symbols lead to: functions of C's, bytes of code points, and what takes notes.
    natives: Vec<(Bound<'py, PyAny>, u64, Option<Native>)>,
    /// Which of them take notes.
    recorders: Vec<(Note, usize)>,
    exceptions: Vec<(String, Bound<'py, PyAny>)>,
    /// Streams of random numbers that it names.
    pub(super) generators: Vec<Bound<'py, PyAny>>,
    /// Arrays that it names, and what they mean.
    arrays: Vec<(Bound<'py, PyAny>, Thing)>,
    used: Vec<(usize, String, Bound<'py, PyAny>)>,
    given: Vec<Bound<'py, PyAny>>,
    /// Whether it names the module of NumPy, and this package's, which make arrays of their own.
    names_numpy: bool,
    names_own: bool,
}

struct Known<'py> {
    dispatcher: Bound<'py, Dispatcher>,
    globals: Bound<'py, PyDict>,
    closure: Vec<(String, Bound<'py, PyAny>)>,
    syntax: Option<Rc<Function>>,
}

/// What a version was made from: functions, for messages, and names that may change.
pub(super) struct Used {
    functions: Vec<Py<PyAny>>,
    exceptions: Vec<(String, Py<PyAny>)>,
    /// Streams of random numbers that it names.
    generators: Vec<Py<PyAny>>,
    /// Arrays that it names, and where and how they lay then.
    arrays: Vec<(Py<PyAny>, Placement)>,
    /// A dictionary, a name in it, and what it was.
    globals: Vec<(Py<PyDict>, Py<PyString>, Py<PyAny>)>,
    outside: Vec<OutsideCall>,
    /// What symbols lead to, which lives as long as this, and the addresses.
    natives: Vec<Py<PyAny>>,
    addresses: Vec<u64>,
    /// Whether one of them draws random numbers.
    draws: bool,
    /// Functions that were arguments, which types tell apart by their addresses.
    given: Vec<Py<PyAny>>,
    names_numpy: bool,
    names_own: bool,
}

impl<'py> Names<'py> {
    pub(super) fn new(first: &Bound<'py, Dispatcher>) -> Self {
        let mut names = Self {
            functions: Vec::new(),
            modules: Vec::new(),
            objects: Vec::new(),
            outside: Vec::new(),
            natives: Vec::new(),
            recorders: Vec::new(),
            exceptions: Vec::new(),
            generators: Vec::new(),
            arrays: Vec::new(),
            used: Vec::new(),
            given: Vec::new(),
            names_numpy: false,
            names_own: false,
        };
        names.number_of(first);
        names
    }

    /// The function of a number.
    pub(super) fn function(&self, number: usize) -> Bound<'py, PyAny> {
        let known = &self.functions[number].dispatcher;
        known.get().function.bind(known.py()).clone()
    }

    /// All of them.
    pub(super) fn functions(&self) -> Vec<Bound<'py, PyAny>> {
        (0..self.functions.len()).map(|k| self.function(k)).collect()
    }

    pub(super) fn used(self) -> Used {
        let globals = self.used.iter().map(|(function, name, value)| {
            let known = &self.functions[*function];
            let name = PyString::intern(value.py(), name).unbind();
            (known.globals.clone().unbind(), name, value.clone().unbind())
        });
        Used {
            functions: self.functions().into_iter().map(Bound::unbind).collect(),
            globals: globals.collect(),
            generators: self.generators.into_iter().map(Bound::unbind).collect(),
            arrays: self.arrays.into_iter().map(|(array, _)| Placement::with(array)).collect(),
            exceptions: self.exceptions.into_iter().map(|(n, e)| (n, e.unbind())).collect(),
            outside: self.outside.into_iter().map(|(_, call)| call).collect(),
            draws: self.natives.iter().any(|(.., n)| n.as_ref().is_some_and(|n| n.attached)),
            addresses: self.natives.iter().map(|(_, address, _)| *address).collect(),
            natives: self.natives.into_iter().map(|(object, ..)| object.unbind()).collect(),
            given: self.given.into_iter().map(Bound::unbind).collect(),
            names_numpy: self.names_numpy,
            names_own: self.names_own,
        }
    }

    /// The object of a number that [`Thing::Known`] has.
    pub(super) fn object(&self, number: usize) -> &Bound<'py, PyAny> {
        &self.objects[number]
    }

    pub(super) fn number_of(&mut self, dispatcher: &Bound<'py, Dispatcher>) -> usize {
        if let Some(k) = self.functions.iter().position(|known| known.dispatcher.is(dispatcher)) {
            return k;
        }
        let py = dispatcher.py();
        let function = dispatcher.get().function.bind(py);
        let globals = function.getattr("__globals__").ok();
        let globals = globals.and_then(|found| found.cast_into::<PyDict>().ok());
        let closure = closure_of(function).unwrap_or_default();
        self.functions.push(Known {
            dispatcher: dispatcher.clone(),
            globals: globals.unwrap_or_else(|| PyDict::new(py)),
            closure,
            syntax: None,
        });
        self.functions.len() - 1
    }

    /// Types of arguments with functions under their numbers here, in place of their addresses; the
    /// place of an argument that is a function of another kind.
    ///
    /// # Safety
    ///
    /// The functions are alive.
    pub(super) unsafe fn with_numbers(&mut self, types: Vec<Type>) -> Result<Vec<Type>, usize> {
        let numbered = types.into_iter().enumerate();
        // SAFETY: as said above.
        numbered.map(|(k, ty)| unsafe { self.with_number(ty) }.ok_or(k)).collect()
    }

    /// One of them, or nothing.
    ///
    /// # Safety
    ///
    /// As for [`Names::with_numbers`].
    unsafe fn with_number(&mut self, ty: Type) -> Option<Type> {
        match ty {
            Type::Thing(Thing::Function(address)) => {
                let py = self.functions[0].dispatcher.py();
                // SAFETY: the address is that of a living object.
                let object = unsafe { Bound::from_borrowed_ptr(py, address as *mut ffi::PyObject) };
                let thing = self.thing(&object).ok()?;
                // One that nobody has compiled would be another at each call, as lambdas are.
                let is_new = matches!(thing, Thing::Function(_))
                    && object.get_type().name().is_ok_and(|name| name == "function");
                self.given.push(object);
                (!is_new && !matches!(thing, Thing::Other(_))).then_some(Type::Thing(thing))
            }
            Type::Tuple(items) => {
                // SAFETY: as said above.
                let items = items.into_iter().map(|item| unsafe { self.with_number(item) });
                items.collect::<Option<_>>().map(Type::Tuple)
            }
            Type::Record(class, items) => {
                // SAFETY: as said above.
                let items = items.into_iter().map(|item| unsafe { self.with_number(item) });
                Some(class.of(items.collect::<Option<_>>()?))
            }
            other => Some(other),
        }
    }

    pub(super) fn python(&self) -> Python<'py> {
        self.functions[0].dispatcher.py()
    }

    pub(super) fn thing(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Thing> {
        if let Ok(module) = object.cast::<PyModule>() {
            if let Some(k) = self.modules.iter().position(|known| known.is(module)) {
                return Ok(Thing::Module(k));
            }
            self.modules.push(object.clone());
            return Ok(Thing::Module(self.modules.len() - 1));
        }
        if object.is_none() {
            return Ok(Thing::None);
        }
        if let Some(number) = number(object) {
            return Ok(number);
        }
        if let Ok(text) = object.cast_exact::<PyString>() {
            return Ok(match text.to_str() {
                Ok(text) => Thing::Text(text.to_owned()),
                Err(_) => Thing::Other("a string with surrogates".to_owned()),
            });
        }
        if let Ok(bytes) = object.cast_exact::<PyBytes>() {
            return Ok(Thing::Bytes(bytes.as_bytes().to_vec()));
        }
        if let Ok(items) = object.cast_exact::<PyTuple>() {
            let items = items.iter().map(|item| self.thing(&item)).collect::<PyResult<_>>()?;
            return Ok(Thing::Tuple(items));
        }
        if let Some(thing) = self.generator(object)? {
            return Ok(thing);
        }
        if let Some(thing) = self.array(object)? {
            return Ok(thing);
        }
        if let Some(thing) = self.dtype(object)? {
            return Ok(thing);
        }
        if let Some((class, fields)) = super::records::value(object)? {
            let fields = fields.iter().map(|item| self.thing(&item)).collect::<PyResult<_>>()?;
            return Ok(Thing::Value(class, fields));
        }
        if let Ok(dispatcher) = object.cast::<Dispatcher>() {
            return Ok(Thing::Function(self.number_of(dispatcher)));
        }
        if let Some(thing) = self.standing_for(object)? {
            return Ok(thing);
        }
        if let Ok(class) = object.cast::<PyType>()
            && let Some(thing) = self.class(class)?
        {
            return Ok(thing);
        }
        let named = self.named(object, None)?;
        if let Thing::Other(_) = named {
            let callee = object.py().import("stook._jit")?.getattr("callee")?.call1((object,))?;
            if let Ok(dispatcher) = callee.cast::<Dispatcher>() {
                return Ok(Thing::Function(self.number_of(dispatcher)));
            }
        }
        Ok(named)
    }

    /// A function or class by its full name; those of NumPy and of this package are one. Where it
    /// was found in a module, its name there counts.
    pub(super) fn named(
        &mut self,
        object: &Bound<'py, PyAny>,
        found: Option<String>,
    ) -> PyResult<Thing> {
        let text = |name: &str| -> Option<String> {
            object.getattr(name).ok().and_then(|found| found.extract().ok())
        };
        let class = object.get_type().name()?.to_string();
        let own = text("__name__").map(|name| {
            let module = match class.as_str() {
                "ufunc" => "numpy".to_owned(),
                _ => text("__module__").unwrap_or_else(|| module_of_stream(object).to_owned()),
            };
            format!("{module}.{name}")
        });
        // A ufunc has one name, whatever else NumPy calls it.
        let is_numpys = |found: &str| found.starts_with("numpy.") || found.starts_with("stook.");
        let found = found.filter(|found| class != "ufunc" || !is_numpys(found));
        let Some(full) = found.or(own).filter(|_| object.is_callable()) else {
            return Ok(Thing::Other(format!("an object of type {class}")));
        };
        let (root, rest) = full.split_once('.').unwrap_or(("", &full));
        let last = rest.rsplit('.').next().unwrap_or(rest);
        let is_clock = root == "time" && CLOCKS.contains(&rest);
        let is_called = is_clock || matches!(root, "random" | "math" | "cmath");
        let name = match root {
            "stook" if LIBRARY.iter().any(|module| rest.starts_with(module)) => full,
            "stook" if matches!(rest, "typed.List" | "typed.Dict" | "typed.Set") => full,
            "stook" if OWN.contains(&last) => format!("stook.{last}"),
            "stook" | "numpy" if rest.starts_with('_') => format!("numpy.{last}"),
            "stook" | "numpy" => format!("numpy.{rest}"),
            "builtins" | "math" | "cmath" | "random" | "itertools" => full,
            _ if is_clock => full,
            _ => {
                let what = match class.as_str() {
                    "type" => format!("the class {full}"),
                    "function" | "builtin_function_or_method" => format!("the function {full}"),
                    other => format!("an object of type {other}"),
                };
                return Ok(Thing::Other(what));
            }
        };
        if !name.starts_with("numpy.") && !is_called {
            return Ok(Thing::Known { name, object: None });
        }
        Ok(Thing::Known { name, object: Some(self.object_number(object)) })
    }

    /// An array of numbers: compiled code reads and writes its memory, and has its shape as it is.
    fn array(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Option<Thing>> {
        if let Some((_, known)) = self.arrays.iter().find(|(known, _)| known.is(object)) {
            return Ok(Some(known.clone()));
        }
        let numpys = match object.cast::<NdArray>() {
            Ok(ours) => NdArray::share(ours)?,
            Err(_) if interop::is_array(object) => object.clone(),
            Err(_) => return Ok(None),
        };
        let Some(dtype) = interop::array_dtype(&numpys) else { return Ok(None) };
        let (shape, strides) = interop::array_axes(&numpys);
        let packed = interop::array_packed(&numpys);
        let mut axes: Vec<i64> = shape.iter().map(|&length| length as i64).collect();
        if !packed {
            axes.extend(strides.iter().map(|&stride| stride as i64));
        }
        let layout = if packed { Layout::C } else { Layout::Any };
        let writeable = interop::array_writeable(&numpys);
        let ty = ArrayType { dtype, ndim: shape.len(), layout, writeable };
        let start = interop::array_start(&numpys).1 as u64;
        let symbol = self.address_number(&numpys, start);
        let thing = Thing::Array { ty, symbol, axes };
        self.arrays.push((object.clone(), thing.clone()));
        Ok(Some(thing))
    }

    /// What a function or class means by its name in a module.
    fn member(
        &mut self,
        module: &Bound<'py, PyAny>,
        name: &str,
        found: &Bound<'py, PyAny>,
    ) -> Option<Thing> {
        let path = module.getattr("__name__").ok()?.extract::<String>().ok()?;
        self.named(found, Some(format!("{path}.{name}"))).ok()
    }

    /// The number of an object that may be used outside of compiled code.
    pub(super) fn object_number(&mut self, object: &Bound<'py, PyAny>) -> usize {
        let known = self.objects.iter().position(|known| known.is(object));
        known.unwrap_or_else(|| {
            self.objects.push(object.clone());
            self.objects.len() - 1
        })
    }

    /// The number of a function of C's.
    pub(super) fn native_number(
        &mut self,
        object: &Bound<'py, PyAny>,
        address: u64,
        native: Native,
    ) -> usize {
        let known = self.natives.iter().position(|(known, ..)| known.is(object));
        known.unwrap_or_else(|| {
            self.natives.push((object.clone(), address, Some(native)));
            self.natives.len() - 1
        })
    }

    /// The number of a symbol that leads to an address, which an object keeps.
    pub(super) fn address_number(&mut self, object: &Bound<'py, PyAny>, address: u64) -> usize {
        let mut all = self.natives.iter();
        let known =
            all.position(|(own, at, native)| native.is_none() && *at == address && own.is(object));
        known.unwrap_or_else(|| {
            self.natives.push((object.clone(), address, None));
            self.natives.len() - 1
        })
    }

    fn class(&mut self, class: &Bound<'py, PyType>) -> PyResult<Option<Thing>> {
        let py = class.py();
        let numpy = interop::numpy(py);
        let strong = DType::ALL
            .into_iter()
            .find(|&d| numpy.scalar_types[d as usize].cast() == class.as_ptr());
        if let Some(dtype) = strong {
            return Ok(Some(Thing::Class { dtype, python: false }));
        }
        let builtins = [
            ("int", DType::I64),
            ("float", DType::F64),
            ("bool", DType::Bool),
            ("complex", DType::C128),
        ];
        let name = class.name()?.to_string();
        let is_builtin = class.module()? == "builtins";
        if let Some((_, dtype)) = builtins.iter().find(|(known, _)| is_builtin && name == *known) {
            return Ok(Some(Thing::Class { dtype: *dtype, python: true }));
        }
        if let Some(record) = super::records::class_of(class)? {
            return Ok(Some(Thing::Record(record)));
        }
        if class.is_subclass_of::<PyBaseException>()? {
            let known = self.exceptions.iter().find(|(_, known)| known.is(class));
            let name = match known {
                Some((name, _)) => name.clone(),
                None if is_builtin => name,
                None => self.new_exception(name),
            };
            if !self.exceptions.iter().any(|(known, _)| *known == name) {
                self.exceptions.push((name.clone(), class.clone().into_any()));
            }
            return Ok(Some(Thing::Exception(name)));
        }
        Ok(None)
    }

    /// A name that no other class of exceptions has, a builtin one neither.
    fn new_exception(&self, name: String) -> String {
        let taken = |name: &String| self.exceptions.iter().any(|(known, _)| known == name);
        let builtin = self.builtin(&name).is_some();
        if !builtin && !taken(&name) {
            return name;
        }
        let mut all = (2..).map(|k| format!("{name} ({k})"));
        all.find(|name| !taken(name)).unwrap_or(name)
    }

    fn builtin(&self, name: &str) -> Option<Bound<'py, PyAny>> {
        self.functions[0].globals.py().import("builtins").ok()?.getattr(name).ok()
    }

    /// A class of exceptions by its name.
    fn exception_class(&self, name: &str) -> Option<Bound<'py, PyType>> {
        let known = self.exceptions.iter().find(|(known, _)| known == name);
        let class = known.map(|(_, class)| class.clone()).or_else(|| self.builtin(name))?;
        class.cast_into().ok()
    }

    fn looked_up(&mut self, function: usize, name: &str) -> Option<Bound<'py, PyAny>> {
        let known = &self.functions[function];
        if name.starts_with("__objmode_") {
            let function = known.dispatcher.get().function.bind(known.globals.py());
            return function.getattr("__stook_blocks__").and_then(|all| all.get_item(name)).ok();
        }
        if let Some((_, value)) = known.closure.iter().find(|(own, _)| own == name) {
            return Some(value.clone());
        }
        if let Some(value) = known.globals.get_item(name).ok().flatten() {
            self.used.push((function, name.to_owned(), value.clone()));
            return Some(value);
        }
        let py = known.globals.py();
        // A function that is compiled before its name is given to it calls itself.
        self.builtin(name).or_else(|| {
            let own = known.dispatcher.get().function.bind(py).getattr("__name__").ok()?;
            own.eq(name).ok()?.then(|| known.dispatcher.clone().into_any())
        })
    }
}

impl Host for Names<'_> {
    fn global(&mut self, function: usize, name: &str) -> Option<Thing> {
        let found = self.looked_up(function, name)?;
        self.thing(&found).ok()
    }

    fn attribute(&mut self, module: usize, name: &str) -> Option<Thing> {
        let module = self.modules[module].clone();
        let found = module.getattr(name).ok()?;
        self.names_numpy |= module.is(interop::numpy(module.py()).module(module.py()));
        self.names_own |=
            module.getattr("__name__").is_ok_and(|own| own.eq("stook").unwrap_or(false));
        match self.thing(&found).ok()? {
            Thing::Overloaded { object, otherwise } if matches!(*otherwise, Thing::Other(_)) => {
                let otherwise = Box::new(self.member(&module, name, &found)?);
                Some(Thing::Overloaded { object, otherwise })
            }
            Thing::Known { .. } | Thing::Other(_) => self.member(&module, name, &found),
            other => Some(other),
        }
    }

    fn outside(&mut self, call: &Outside) -> Result<(i64, Type), String> {
        let known = self.outside.iter().position(|(other, _)| other == call);
        let number = match known {
            Some(number) => number,
            None => {
                let py = self.functions[0].dispatcher.py();
                let made = OutsideCall::tried(self, py, call);
                let made = made.map_err(|error| error.value(py).to_string())?;
                self.outside.push((call.clone(), made));
                self.outside.len() - 1
            }
        };
        Ok((number as i64, self.outside[number].1.result.clone()))
    }

    fn function(&mut self, function: usize) -> Result<Rc<Function>, String> {
        let known = &mut self.functions[function];
        if let Some(syntax) = &known.syntax {
            return Ok(syntax.clone());
        }
        let py = known.dispatcher.py();
        let read = syntax::read(known.dispatcher.get().function.bind(py));
        let syntax = Rc::new(read.map_err(|error| error.value(py).to_string())?);
        known.syntax = Some(syntax.clone());
        Ok(syntax)
    }

    fn native(&self, number: usize) -> Native {
        self.natives[number].2.clone().expect("the number is that of a function of C's")
    }

    fn text(&mut self, text: &str) -> usize {
        let points: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_ne_bytes()).collect();
        self.bytes(&points)
    }

    fn bytes(&mut self, bytes: &[u8]) -> usize {
        let mut known = self.natives.iter();
        let known = known.position(|(object, _, native)| {
            native.is_none() && object.cast::<PyBytes>().is_ok_and(|own| own.as_bytes() == bytes)
        });
        known.unwrap_or_else(|| {
            let own = PyBytes::new(self.python(), bytes);
            // The bytes of an object lie on a boundary of 8.
            let address = own.as_bytes().as_ptr().expose_provenance() as u64;
            self.natives.push((own.into_any(), address, None));
            self.natives.len() - 1
        })
    }

    fn builtin_object(&mut self, name: &str) -> usize {
        let found = self.builtin(name);
        self.object_number(&found.expect("the compiler names builtin functions only"))
    }

    fn chunk_size(&mut self) -> usize {
        let py = self.functions[0].dispatcher.py();
        let found = py.import("stook._chunks").and_then(|m| m.getattr("get_parallel_chunksize"));
        match found.and_then(|found| self.thing(&found)) {
            Ok(Thing::Native(number)) => number,
            _ => unreachable!("the package has a function of C's of this name"),
        }
    }

    fn recorder(&mut self, note: Note) -> usize {
        if let Some((_, number)) = self.recorders.iter().find(|(known, _)| *known == note) {
            return *number;
        }
        let none = self.python().None().into_bound(self.python());
        self.natives.push((none, races::address(note), None));
        self.recorders.push((note, self.natives.len() - 1));
        self.natives.len() - 1
    }

    fn generator_method(&mut self, name: &str) -> Option<usize> {
        self.method_of_generators(name).ok()
    }

    fn overload(
        &mut self,
        object: usize,
        args: &[Type],
        keywords: &[(String, Type)],
    ) -> Result<Option<usize>, String> {
        let py = self.functions[0].dispatcher.py();
        let found = self.overloaded(object, args, keywords);
        found.map_err(|error| error.value(py).to_string())
    }

    fn signatures(&mut self, function: usize) -> Vec<Signature> {
        self.functions[function].dispatcher.get().signatures.clone()
    }

    fn descends(&mut self, class: &str, from: &str) -> bool {
        let classes = (self.exception_class(class), self.exception_class(from));
        matches!(classes, (Some(class), Some(from)) if class.is_subclass(&from).unwrap_or(false))
    }

    fn exception(&mut self, class: &str) -> usize {
        let known = self.exceptions.iter().position(|(known, _)| known == class);
        known.expect("a class that the function has named")
    }

    fn maker(&mut self, class: usize) -> Result<Maker, String> {
        let py = self.python();
        self.maker_of(class).map_err(|error| error.value(py).to_string())
    }

    fn inherits(&self, class: usize, from: usize) -> bool {
        super::records::inherits(self.python(), class, from)
    }

    fn member(&mut self, class: usize, name: &str) -> Option<Member> {
        self.member_of(class, name).ok().flatten()
    }

    fn library(&mut self, name: &str) -> usize {
        let py = self.functions[0].dispatcher.py();
        let modules = LIBRARY.iter().map(|module| py.import(format!("stook.{module}")));
        let mut found = modules.filter_map(|module| module.ok()?.getattr(name).ok());
        let found = found.next().and_then(|found| found.cast_into::<Dispatcher>().ok());
        self.number_of(&found.expect("the library of the package has the function"))
    }

    fn iterator(&mut self, name: &str, count: usize) -> Option<usize> {
        let module = self.python().import("stook._iterators").ok()?;
        let found = module.getattr("generator").ok()?.call1((name, count)).ok()?;
        found.cast::<Dispatcher>().ok().map(|found| self.number_of(found))
    }

    fn minor_version(&self) -> u8 {
        self.python().version_info().minor
    }

    fn default(&mut self, function: usize, param: &str) -> Option<Thing> {
        let known = &self.functions[function].dispatcher;
        let value = known.get().default(param)?.bind(known.py()).clone();
        self.thing(&value).ok()
    }
}

impl Used {
    /// Whether every name is what it was.
    #[inline]
    pub(super) fn hold(&self, py: Python<'_>) -> bool {
        self.globals.iter().all(|(globals, name, value)| {
            globals.bind(py).get_item(name).ok().flatten().is_some_and(|found| found.is(value))
        }) && self.arrays.iter().all(|(array, before)| Placement::of(array.bind(py)) == *before)
    }

    /// Shows the collector of garbage what is held.
    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.functions.iter().try_for_each(|function| visit.call(function))?;
        self.exceptions.iter().try_for_each(|(_, class)| visit.call(class))?;
        self.outside.iter().try_for_each(|call| call.traverse(visit))?;
        let generators = self.generators.iter();
        self.natives
            .iter()
            .chain(&self.given)
            .chain(generators)
            .try_for_each(|object| visit.call(object))?;
        self.arrays.iter().try_for_each(|(array, _)| visit.call(array))?;
        self.globals.iter().try_for_each(|(globals, _, value)| {
            visit.call(globals)?;
            visit.call(value)
        })
    }

    pub(super) fn function<'py>(&self, py: Python<'py>, number: usize) -> Bound<'py, PyAny> {
        self.functions[number].bind(py).clone()
    }

    pub(super) fn functions<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyAny>> {
        self.functions.iter().map(|function| function.bind(py).clone()).collect()
    }

    /// A class of exceptions that the functions name, or a builtin one.
    pub(super) fn exception<'py>(&self, py: Python<'py>, name: &str) -> Bound<'py, PyAny> {
        if let Some((_, class)) = self.exceptions.iter().find(|(known, _)| known == name) {
            return class.bind(py).clone();
        }
        let found = py.import("builtins").and_then(|module| module.getattr(name));
        found.unwrap_or_else(|_| py.get_type::<PyBaseException>().into_any())
    }

    /// The addresses that [`stook_kernel::Step::Symbol`] gives.
    pub(super) fn symbols(&self) -> *const u64 {
        self.addresses.as_ptr()
    }

    /// One of them.
    pub(super) fn address(&self, number: u32) -> u64 {
        self.addresses[number as usize]
    }

    /// Arrays that the functions name.
    pub(super) fn arrays<'py>(&self, py: Python<'py>) -> impl Iterator<Item = Bound<'py, PyAny>> {
        self.arrays.iter().map(move |(array, _)| array.bind(py).clone())
    }

    /// Whether compiled code needs the interpreter.
    pub(super) fn calls_outside(&self) -> bool {
        !self.outside.is_empty() || self.draws
    }

    /// Whether it draws random numbers from streams of the interpreter's.
    pub(super) fn draws(&self) -> bool {
        self.draws
    }

    /// Waits until nobody draws from the streams that it names.
    pub(super) fn wait_for_generators(&self, py: Python<'_>) -> PyResult<()> {
        super::generators::wait_for_all(py, &self.generators)
    }

    /// A class of exceptions by its number.
    pub(super) fn exception_of<'py>(&self, py: Python<'py>, number: usize) -> Bound<'py, PyAny> {
        self.exceptions[number].1.bind(py).clone()
    }

    /// A call that compiled code makes outside.
    pub(super) fn outside(&self, number: usize) -> &OutsideCall {
        &self.outside[number]
    }

    /// Whether new arrays are NumPy's own: where NumPy is named, or draws numbers, or where arrays of
    /// its own, and none of ours, are all that there is.
    pub(super) fn makes_numpys(&self, py: Python<'_>, args: Args<'_, '_>) -> bool {
        let mut generators = self.generators.iter();
        self.names_numpy
            || generators.any(|one| super::generators::is_numpys(one.bind(py)))
            || args.iter().any(|arg| super::generators::is_numpys(arg))
            || self.arrays.iter().any(|(array, _)| interop::is_array(array.bind(py)))
            || (!self.names_own && interop::are_numpys(args.iter().map(|arg| &**arg)))
    }
}

fn number(object: &Bound<'_, PyAny>) -> Option<Thing> {
    let python = |value| Some(Thing::Number { value, python: true });
    if object.is_exact_instance_of::<PyInt>() {
        let value = object.extract::<i64>().ok()?;
        return python(Scalar::integer(DType::I64, value.into()));
    }
    match scalar::weak(object) {
        Some(Weak::Float(value)) => return python(Scalar::float(DType::F64, value)),
        Some(Weak::Complex(re, im)) => return python(Scalar::complex(DType::C128, re, im)),
        _ => {}
    }
    let value = scalar::strong(object)?;
    Some(Thing::Number { value, python: object.is_exact_instance_of::<PyBool>() })
}

/// The names of a closure and what they are now.
fn closure_of<'py>(function: &Bound<'py, PyAny>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    let cells = function.getattr("__closure__")?;
    if cells.is_none() {
        return Ok(Vec::new());
    }
    let names = function.getattr("__code__")?.getattr("co_freevars")?;
    let mut closure = Vec::new();
    for (name, cell) in names.try_iter()?.zip(cells.try_iter()?) {
        if let Ok(value) = cell?.getattr("cell_contents") {
            closure.push((name?.extract()?, value));
        }
    }
    Ok(closure)
}

/// The module that has the methods of an object which draws random numbers as its functions.
fn module_of_stream(method: &Bound<'_, PyAny>) -> &'static str {
    let class = method.getattr("__self__").and_then(|own| Ok(own.get_type().name()?.to_string()));
    match class.as_deref() {
        Ok("RandomState") => "numpy.random",
        Ok("Random") => "random",
        _ => "",
    }
}
