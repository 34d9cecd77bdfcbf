//! Calls: of functions that are compiled too, of classes of numbers, of known functions.

use super::numbers::as_number;
use super::outside::INSIDE;
use super::session::Callee;
use super::texts::known;
use super::{Followed, Lowerer, Stop};
use crate::class::Member;
use crate::host::Thing;
use crate::known::of_numpy;
use crate::signature::Signature;
use crate::site::Exception;
use crate::syntax::{CompareOp, Expr, ExprKind, Function, Places};
use crate::types::{BOOL, ContainerKind, INT, Type};
use crate::value::{Value, tuple};
use stook_kernel::Step;
use stook_types::{DType, Scalar};

/// The values of a call's arguments, by position and by name.
pub(super) type Arguments = (Vec<Value>, Vec<(String, Value)>);

/// A function's name and parameters, and which of them are given by place.
pub(super) type Parameters<'a> = (&'a str, &'a [String], Places);

/// The modules of the functions that the compiler itself calls.
const LIBRARY: [&str; 4] =
    ["stook._containers.", "stook._reductions.", "stook._tables.", "stook._texts."];

impl Lowerer<'_, '_> {
    /// The value of a call.
    pub(super) fn call(
        &mut self,
        function: &Expr,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        if let ExprKind::Attribute { value, name } = &function.kind {
            let operand = self.operand(value)?;
            if let Some(made) = self.reduction_method(&operand, name, args, keywords)? {
                return Ok(made);
            }
            let object = self.made(operand)?;
            if object.array().is_some() {
                return self.method(&object, name, args, keywords);
            }
            if let Type::Number { .. } = object.ty {
                return self.number_method(&object, name, args, keywords);
            }
            if object.ty == Type::Bytes {
                return self.call_outside(None, name, vec![object], args, keywords);
            }
            if let Type::Generator = object.ty {
                return self.draw(&object, name, args, keywords);
            }
            if let Type::Records(..) = object.ty {
                return self.method_of_records(&object, name, args, keywords);
            }
            if let Some((class, _)) = object.ty.class() {
                let class = class.clone();
                return self.object_method((&object, &class), name, args, keywords);
            }
            if object.ty.container().is_some() {
                return self.container_method(&object, name, args, keywords);
            }
            if object.ty.is_text() {
                return self.text_method(&object, name, args, keywords);
            }
            if let Type::Thing(Thing::Record(class)) = &object.ty
                && let Some(Member::OfClass(function)) =
                    self.session.host.member(class.number, name)
            {
                return self.call_of_class(function, &class.clone(), args, keywords);
            }
            if let Type::Thing(Thing::Known { object: Some(_), name: ufunc }) = &object.ty
                && of_numpy(ufunc).is_some_and(|ufunc| stook_ops::ufunc(ufunc).is_some())
            {
                return self.call_outside(None, name, vec![object], args, keywords);
            }
            if let Type::Thing(Thing::Known { name: class, .. }) = &object.ty {
                // The types of items are learnt from what is put into them.
                match (class.as_str(), name.as_str()) {
                    ("stook.typed.List", "empty_list") => return Ok(self.unknown_list()),
                    ("stook.typed.Dict", "empty") => {
                        return Ok(self.unknown_table(ContainerKind::Dict));
                    }
                    ("stook.typed.Set", "empty") => {
                        return Ok(self.unknown_table(ContainerKind::Set));
                    }
                    _ => {}
                }
            }
        }
        let called = self.expression(function)?;
        if let Type::Closure(number, captured) = &called.ty {
            let captured = called.split(captured);
            return self.call_inner(*number, Some(captured), args, keywords);
        }
        if let Some(function) = self.operator_of(&called, "__call__") {
            let (mut values, named) = self.given(args, keywords)?;
            values.insert(0, called);
            return self.call_with(function, values, named);
        }
        let Type::Thing(thing) = &called.ty else {
            return self.error(format!("{} cannot be called", called.ty.describe()), None);
        };
        self.call_thing(thing, args, keywords)
    }

    /// The value of a call of what is known while compiling.
    pub(super) fn call_thing(
        &mut self,
        thing: &Thing,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        match thing {
            Thing::Inner(number) => self.call_inner(*number, None, args, keywords),
            Thing::Overloaded { object, otherwise } => {
                self.call_overloaded(*object, otherwise, args, keywords)
            }
            Thing::Record(class) => self.new_of_class(&class.clone(), args, keywords),
            Thing::Native(number) => {
                if let Some((name, _)) = keywords.first() {
                    return self
                        .error(format!("functions of C's have no parameter '{name}'"), None);
                }
                let values =
                    args.iter().map(|arg| self.expression(arg)).collect::<Followed<Vec<_>>>()?;
                self.call_native(*number, &values)
            }
            Thing::Function(number) | Thing::Elementwise(number) => {
                self.call_function(*number, args, keywords)
            }
            Thing::Class { dtype, python } => {
                self.convert_number((*dtype, *python), args, keywords)
            }
            Thing::Known { name, object } => {
                self.call_known((&name.clone(), *object), args, keywords)
            }
            other => self.error(
                format!("{} cannot be called in a compiled function", other.describe()),
                Some("compile it too, or call it outside"),
            ),
        }
    }

    // -- functions of the user's ------------------------------------------------------------

    fn call_function(
        &mut self,
        number: usize,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let (values, named) = self.given(args, keywords)?;
        self.call_with(number, values, named)
    }

    /// Evaluates a call's arguments.
    pub(super) fn given(
        &mut self,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Arguments> {
        let values = args.iter().map(|arg| self.perhaps(arg)).collect::<Followed<_>>()?;
        let named = keywords
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.perhaps(value)?)))
            .collect::<Followed<_>>()?;
        Ok((values, named))
    }

    /// Calls a function with values, by position and by name.
    pub(super) fn call_with(
        &mut self,
        number: usize,
        args: Vec<Value>,
        keywords: Vec<(String, Value)>,
    ) -> Followed<Value> {
        let syntax = match self.session.host.function(number) {
            Ok(syntax) => syntax,
            Err(text) => return self.error(text, None),
        };
        let values = self.arguments_of(number, &syntax, &args, &keywords)?;
        self.call_values(number, values)
    }

    /// A value for each parameter of a function, by its number.
    pub(super) fn arguments_of(
        &mut self,
        number: usize,
        syntax: &Function,
        args: &[Value],
        keywords: &[(String, Value)],
    ) -> Followed<Vec<Value>> {
        let name = (&syntax.name[..], &syntax.params[..], syntax.places);
        self.arguments(name, args, keywords, &mut |l, param| {
            let found = l.session.host.default(number, param);
            found.map(|found| l.frozen(&found)).transpose()
        })
    }

    /// A value for each parameter of a function.
    pub(super) fn arguments(
        &mut self,
        (name, params, places): Parameters<'_>,
        args: &[Value],
        keywords: &[(String, Value)],
        default: &mut dyn FnMut(&mut Self, &str) -> Followed<Option<Value>>,
    ) -> Followed<Vec<Value>> {
        let star = places.star();
        let (args, rest) = args.split_at(star.map_or(args.len(), |star| star.min(args.len())));
        if args.len() > places.own {
            let positional = places.own;
            let by_place = if positional < params.len() { " by place" } else { "" };
            let given = args.len();
            let text =
                format!("{name}() takes {positional} arguments{by_place}, {given} were given");
            return self.error(text, None);
        }
        let mut values = Vec::new();
        for (k, param) in params.iter().enumerate() {
            if star == Some(k) {
                values.push(self.closed(&tuple(rest))?);
                continue;
            }
            let named = keywords.iter().find(|(name, _)| name == param).map(|(_, value)| value);
            if named.is_some() && k < args.len() {
                let text = format!("{name}() got multiple values for argument '{param}'");
                return self.error(text, None);
            }
            let value = match args.get(k).or(named) {
                Some(value) => value.clone(),
                None => match default(self, param)? {
                    Some(value) => value,
                    None => {
                        let text = format!("{name}() lacks the argument '{param}'");
                        return self.error(text, None);
                    }
                },
            };
            values.push(self.closed(&value)?);
        }
        let star = star.map(|star| &params[star]);
        let takes = |name: &String| params.contains(name) && star != Some(name);
        let unknown = keywords.iter().find(|(name, _)| !takes(name));
        if let Some((keyword, _)) = unknown {
            let text = format!("{name}() has no parameter '{keyword}'");
            return self.error(text, None);
        }
        Ok(values)
    }

    /// Calls a function with a value for each parameter.
    pub(super) fn call_values(&mut self, number: usize, values: Vec<Value>) -> Followed<Value> {
        let (values, declared) = self.fitted(number, values)?;
        self.call_routine(number.into(), &values, declared.as_ref())
    }

    /// Calls the routine of a function for these values.
    pub(super) fn call_routine(
        &mut self,
        callee: Callee,
        values: &[Value],
        declared: Option<&Type>,
    ) -> Followed<Value> {
        if self.is_hidden() {
            self.session.hidden.insert(callee.function);
        }
        let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
        let (routine, ty) = self.session.routine(callee, &types, declared, self.at)?;
        if self.session.never_returns(routine) {
            return self.never(Exception::Index, "an item of an empty container");
        }
        self.session.routines[self.routine].calls.push(routine);
        if self.in_round
            && let Err(Stop::Error(error)) = self.error::<()>("", Some(INSIDE))
        {
            self.session.routines[self.routine].calls_in_rounds.push((routine, error));
        }
        let into = self.new_parts(&ty);
        let args = values.iter().flat_map(|value| value.parts.iter().copied()).collect();
        self.emit(Step::Call { routine, args, into: into.clone() });
        self.hold_result(&ty, &into);
        Ok(Value::new(ty, into))
    }

    /// Arguments as the best of a function's signatures has them, if it has any, and the type of
    /// the result that it declares.
    fn fitted(
        &mut self,
        number: usize,
        values: Vec<Value>,
    ) -> Followed<(Vec<Value>, Option<Type>)> {
        let signatures = self.session.host.signatures(number);
        if signatures.is_empty() {
            return Ok((values, None));
        }
        let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
        let Some(best) = Signature::best(&signatures, &types) else {
            let given = Signature { params: types, result: None }.describe();
            let known: Vec<String> = signatures.iter().map(Signature::describe).collect();
            let text = format!("no signature takes arguments {given}");
            return self.error(text, Some(&format!("pass {}", known.join(" or "))));
        };
        let Signature { params, result } = &signatures[best];
        let values = values
            .iter()
            .zip(params)
            .map(|(value, ty)| self.converted(value, ty))
            .collect::<Followed<Vec<_>>>()?;
        Ok((values, result.clone()))
    }

    // -- numbers ----------------------------------------------------------------------------

    /// `int(x)`, `numpy.float32(x)` and kin.
    fn convert_number(
        &mut self,
        (dtype, python): (DType, bool),
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let based = args.iter().chain(keywords.iter().filter(|k| k.0 == "base").map(|k| &k.1));
        let based: Vec<&Expr> = based.collect();
        if python && dtype == DType::I64 && based.len() == 2 && args.len() + keywords.len() == 2 {
            let values = based.iter().map(|arg| self.expression(arg)).collect::<Followed<_>>()?;
            return self.call_builtin("int", values);
        }
        if let Some((keyword, _)) = keywords.first() {
            return self.error(format!("the keyword '{keyword}' is not compiled here"), None);
        }
        let [arg] = args else {
            if args.is_empty() {
                return Ok(self.constant(Scalar { dtype, bits: 0 }, python));
            }
            if dtype.is_complex() && args.len() == 2 {
                return self.complex(dtype, python, args);
            }
            return self.error("a number is made of one argument", None);
        };
        let value = self.expression(arg)?;
        self.number_from(&value, (dtype, python))
    }

    /// A number of a class, made of a value.
    pub(super) fn number_from(
        &mut self,
        value: &Value,
        (dtype, python): (DType, bool),
    ) -> Followed<Value> {
        let to = Type::Number { dtype, python };
        let has_length = value.ty.container().is_some() || value.ty == Type::Bytes;
        if dtype == DType::Bool && (value.ty.class().is_some() || has_length) {
            let truth = self.truth(value)?;
            return Ok(Value::new(to, self.as_value(truth).parts));
        }
        if python && value.ty.is_text() {
            return self.number_of_text(dtype, value.clone());
        }
        let Some((from, _)) = as_number(value) else {
            return self.error(
                format!("{} cannot become {}", value.ty.describe(), to.describe()),
                Some("pass a number"),
            );
        };
        if dtype == DType::Bool {
            let truth = self.truth(value)?;
            let part = self.as_value(truth).parts;
            return Ok(Value::new(to, part));
        }
        if from.is_complex() && !dtype.is_complex() {
            let text = format!("a complex number cannot become {}", to.describe());
            return self.error(text, Some("take its real part: z.real"));
        }
        if python && dtype.is_integer() && from.is_float() {
            return self.towards_zero(value, from);
        }
        if value.ty == INT {
            self.fits(value, dtype)?;
        }
        let known = value.known.filter(|_| python && dtype == DType::I64);
        let parts = self.cast(&value.parts, from, dtype);
        Ok(Value { known, ..Value::new(to, parts) })
    }

    fn complex(&mut self, dtype: DType, python: bool, args: &[Expr]) -> Followed<Value> {
        let mut parts = Vec::new();
        for arg in args {
            let value = self.expression(arg)?;
            match as_number(&value) {
                Some((from, _)) if !from.is_complex() => {
                    parts.extend(self.cast(&value.parts, from, dtype.real()));
                }
                _ => return self.error("a complex number is made of two real ones", None),
            }
        }
        Ok(Value::new(Type::Number { dtype, python }, parts))
    }

    // -- known functions --------------------------------------------------------------------

    fn call_known(
        &mut self,
        (name, object): (&str, Option<usize>),
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        if let Some(function) = of_numpy(name) {
            return self.call_numpy((function, object), args, keywords);
        }
        if let Some(function) = name.strip_prefix("random.") {
            self.note_stream(name)?;
            return self.call_outside(object, function, Vec::new(), args, keywords);
        }
        if name.starts_with("math.") || name.starts_with("cmath.") {
            return self.call_math((name, object), args, keywords);
        }
        if name == "builtins.print" {
            return self.print(args, keywords);
        }
        if let Some(clock) = name.strip_prefix("time.") {
            return self.call_outside(object, clock, Vec::new(), args, keywords);
        }
        if name.starts_with("itertools.") {
            let text = format!("{name} is looped over, or a list is made of it");
            return self.error(text, Some("write for x in ..., or list(...)"));
        }
        if let "stook.carray" | "stook.farray" = name {
            return self.array_at(name == "stook.carray", args, keywords);
        }
        let name = match name {
            "stook.typed.List" => "builtins.list",
            "stook.typed.Dict" => "builtins.dict",
            "stook.typed.Set" => "builtins.set",
            other => other,
        };
        if let Some(builtin) = name.strip_prefix("builtins.")
            && let Some(made) = self.call_on_iterable(builtin, args, keywords)?
        {
            return Ok(made);
        }
        if let Some((keyword, _)) = keywords.first() {
            return self.error(format!("the keyword '{keyword}' is not compiled here"), None);
        }
        if let ("builtins.isinstance", [value, classes]) = (name, args) {
            let truth = self.is_instance(value, classes)?;
            return Ok(self.as_value(truth));
        }
        if let ("builtins.str" | "builtins.repr", [arg]) = (name, args) {
            let value = self.perhaps(arg)?;
            return match name {
                "builtins.str" => self.shown(&value),
                _ => self.represented(&value),
            };
        }
        if let Some(row) = name.strip_prefix(super::reductions::MODULE) {
            return self.reduce_line(row, args);
        }
        let values = args.iter().map(|arg| self.expression(arg)).collect::<Followed<Vec<_>>>()?;
        if let Some(primitive) = LIBRARY.iter().find_map(|module| name.strip_prefix(module)) {
            return self.call_primitive(primitive, &values);
        }
        match (name, &values[..]) {
            ("builtins.range" | "stook.prange", [_] | [_, _] | [_, _, _]) => self.range(&values),
            ("stook.literally" | "stook.literal_unroll", [value]) => Ok(value.clone()),
            ("builtins.len", [value]) => self.length_of(value),
            ("builtins.type", [value]) => self.class_of(value),
            ("builtins.abs", [value]) => {
                let value =
                    if value.ty == BOOL { self.converted(value, &INT)? } else { value.clone() };
                self.operator("absolute", &[&value])
            }
            ("builtins.min" | "builtins.max", _) => self.extreme(name == "builtins.max", &values),
            ("builtins.round", [value]) => self.rounded(value, "rint"),
            ("builtins.divmod", [a, b]) => {
                use crate::syntax::BinaryOp;
                let whole = self.binary(BinaryOp::FloorDiv, a, b)?;
                let rest = self.binary(BinaryOp::Mod, a, b)?;
                Ok(tuple(&[whole, rest]))
            }
            ("builtins.str", []) => Ok(known("")),
            ("builtins.hash", [value]) => self.hash_of(value),
            ("builtins.ord", [value]) => self.ord(value),
            ("builtins.chr", [value]) => self.chr(value),
            ("builtins.format", [_] | [_, _])
            | ("builtins.round", [_, _])
            | ("builtins.ascii" | "builtins.bin" | "builtins.hex" | "builtins.oct", [_]) => {
                self.call_builtin(&name["builtins.".len()..], values)
            }
            ("builtins.pow", [a, b, modulus])
                if values.iter().all(|value| matches!(value.ty, INT | BOOL)) =>
            {
                let ints = [a, b, modulus].map(|value| self.converted(value, &INT));
                let ints = ints.into_iter().collect::<Followed<Vec<_>>>()?;
                self.call_library("power_modulo", &ints)
            }
            ("builtins.pow", [a, b]) => self.binary(crate::syntax::BinaryOp::Pow, a, b),
            _ => self.error(
                format!("{name} is not compiled with {} arguments", values.len()),
                Some("do this part outside of the compiled function"),
            ),
        }
    }

    /// `type(x)`, which types say.
    fn class_of(&mut self, value: &Value) -> Followed<Value> {
        let builtin = |name: &str| Thing::Known { name: format!("builtins.{name}"), object: None };
        let class = match &value.ty {
            Type::Number { dtype, python } => Thing::Class { dtype: *dtype, python: *python },
            Type::Tuple(_) => builtin("tuple"),
            Type::Bytes => builtin("bytes"),
            Type::Record(class, _) | Type::Object(class, _) => Thing::Record(class.clone()),
            text if text.is_text() => builtin("str"),
            Type::Container(container) => match container.kind {
                ContainerKind::List => builtin("list"),
                ContainerKind::Dict => builtin("dict"),
                ContainerKind::Set => builtin("set"),
            },
            other => {
                let text = format!("the class of {} is not compiled", other.describe());
                return self.error(text, Some("ask by isinstance"));
            }
        };
        Ok(super::expressions::thing(class))
    }

    fn range(&mut self, values: &[Value]) -> Followed<Value> {
        let mut numbers = Vec::new();
        for value in values {
            numbers.push(self.index(value)?);
        }
        let (zero, one) = (self.int(0), self.int(1));
        let step = values.get(2).unwrap_or(&one);
        if step.known.is_none_or(|known| known == 0) {
            let truth = self.truth(step)?;
            let truth = self.as_value(truth);
            let none = self.compute_one(&truth.parts, |f, v| f.not(v[0]));
            self.refuse_if(none, Exception::Value, "range() arg 3 must not be zero");
        }
        let parts = match numbers[..] {
            [stop] => vec![zero.parts[0], stop, one.parts[0]],
            [start, stop] => vec![start, stop, one.parts[0]],
            _ => numbers,
        };
        Ok(Value { known: step.known, ..Value::new(Type::Range, parts) })
    }

    /// A number rounded to an int of Python's.
    pub(super) fn rounded(&mut self, value: &Value, ufunc: &str) -> Followed<Value> {
        match as_number(value) {
            Some((dtype, _)) if dtype.is_integer() || dtype == DType::Bool => {
                self.converted(value, &INT)
            }
            Some((dtype, _)) if dtype.is_float() => {
                let whole = self.ufunc(ufunc, &[value])?;
                self.towards_zero(&whole, dtype)
            }
            _ => self.error(format!("{} cannot be rounded", value.ty.describe()), None),
        }
    }

    /// `min` and `max` of several numbers, or of a tuple's: the first of equals.
    pub(super) fn extreme(&mut self, greatest: bool, values: &[Value]) -> Followed<Value> {
        let items = match values {
            [one] => one.items().unwrap_or_default(),
            several => several.to_vec(),
        };
        let Some((first, rest)) = items.split_first() else {
            return self.error(
                "min and max take several numbers or a tuple of them",
                Some("call .min() or .max() of an array"),
            );
        };
        let mut best = first.clone();
        for item in rest {
            let op = if greatest { CompareOp::Gt } else { CompareOp::Lt };
            let better = self.compare(op, item, &best)?;
            let (own, other) = (item.clone(), best);
            best = self.choose(better.parts[0], |_| Ok(own), |_| Ok(other))?;
        }
        Ok(best)
    }
}
