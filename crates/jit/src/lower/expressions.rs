//! Expressions.

use super::control::Truth;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::syntax::{CompareOp, Expr, ExprKind, UnaryOp};
use crate::types::{BOOL, INT, Type};
use crate::value::{Value, tuple};
use stook_kernel::Step;
use stook_types::{DType, Scalar};

impl Lowerer<'_, '_> {
    /// The value of an expression, which is not None if it may be.
    pub(super) fn expression(&mut self, expr: &Expr) -> Followed<Value> {
        let outer = self.go(expr.span);
        let value = self.evaluated(expr)?;
        let value = self.present(&value);
        self.go(outer);
        Ok(value)
    }

    pub(super) fn evaluated(&mut self, expr: &Expr) -> Followed<Value> {
        match &expr.kind {
            ExprKind::Name(name) => {
                let value = self.name(name)?;
                Ok(if self.renamed.contains(name) { self.kept_as_is(&value) } else { value })
            }
            ExprKind::Named { name, value } => {
                let value = self.perhaps(value)?;
                self.hold(&value);
                self.assign(name, &value);
                Ok(value)
            }
            ExprKind::Starred(_) => self.error(
                "an unpacking by * is not compiled here",
                Some("unpack tuples in calls, tuples and lists"),
            ),
            ExprKind::Yield(_) => self.error(
                "what is sent to a generator is not compiled",
                Some("let yield be a statement, and pass values as arguments"),
            ),
            ExprKind::None => Ok(Value::new(Type::None, Vec::new())),
            ExprKind::Bool(value) => Ok(self.as_value(Truth::Known(*value))),
            ExprKind::Int(value) => match i64::try_from(*value) {
                Ok(value) => Ok(self.int(value)),
                Err(_) => self.error(
                    "an int of Python's has 64 bits in a compiled function",
                    Some("use a float, or numpy.uint64(...) of a string outside"),
                ),
            },
            ExprKind::Float(value) => Ok(self.constant(Scalar::float(DType::F64, *value), true)),
            ExprKind::Imaginary(value) => {
                Ok(self.constant(Scalar::complex(DType::C128, 0.0, *value), true))
            }
            ExprKind::Bytes(bytes) => Ok(self.known_bytes(bytes)),
            ExprKind::Text(text) => Ok(thing(Thing::Text(text.clone()))),
            ExprKind::Tuple(items) => {
                let items = self.unpacked_by_star(items)?;
                let items =
                    items.iter().map(|item| self.perhaps(item)).collect::<Followed<Vec<_>>>()?;
                Ok(tuple(&items))
            }
            ExprKind::List(items) => self.list_display(items),
            ExprKind::Comprehension(made) => self.comprehension(made),
            ExprKind::Dict(pairs) => self.dict_display(pairs),
            ExprKind::Set(items) => self.set_display(items),
            ExprKind::Binary { .. } => {
                let operand = self.operand(expr)?;
                self.made(operand)
            }
            ExprKind::Unary { op: op @ (UnaryOp::Not | UnaryOp::Plus), operand } => {
                self.unary(*op, operand)
            }
            ExprKind::Unary { .. } => {
                let operand = self.operand(expr)?;
                self.made(operand)
            }
            ExprKind::Logical { all, values } => self.logical(*all, values),
            ExprKind::Compare { .. } => self.comparison(expr),
            ExprKind::Call { function, args, keywords } => {
                let args = &self.unpacked_by_star(args)?;
                match self.elementwise_call(function, args, keywords)? {
                    Some(operand) => self.made(operand),
                    None => self.call(function, args, keywords),
                }
            }
            ExprKind::Attribute { value, name } => {
                let value = self.expression(value)?;
                self.attribute(&value, name)
            }
            ExprKind::Subscript { value, index } => {
                let value = self.expression(value)?;
                self.item_of(&value, index)
            }
            ExprKind::IfElse { test, then, otherwise } => match self.test(test)? {
                Truth::Known(true) => self.perhaps(then),
                Truth::Known(false) => self.perhaps(otherwise),
                Truth::Local(holds) => {
                    self.choose(holds, |l| l.perhaps(then), |l| l.perhaps(otherwise))
                }
            },
            ExprKind::Lambda(function) => self.inner_function(function),
            ExprKind::Slice { .. } => self.error("a slice stands in brackets only", None),
            ExprKind::Formatted(items) => self.formatted(items),
            ExprKind::Format { value, conversion, spec } => {
                self.format(value, *conversion, spec.as_deref())
            }
            ExprKind::Other(name) => self.error(
                format!("{name} is not compiled"),
                Some("write it as a loop or as calls, or do it outside of the function"),
            ),
        }
    }

    /// A value that stays what it is in this statement, whatever variables become.
    fn kept_as_is(&mut self, value: &Value) -> Value {
        let own = self.copied(value);
        self.hold(&own);
        own
    }

    fn name(&mut self, name: &str) -> Followed<Value> {
        if let Some(value) = self.variable(name)? {
            return Ok(value);
        }
        match self.session.host.global(self.function, name) {
            Some(found) => self.frozen(&found),
            None => self.error(format!("name '{name}' is not defined"), None),
        }
    }

    /// What a name outside of the function stands for.
    pub(super) fn frozen(&mut self, found: &Thing) -> Followed<Value> {
        Ok(match found {
            Thing::None => Value::new(Type::None, Vec::new()),
            Thing::Number { value, python } => self.constant(*value, *python),
            Thing::Tuple(items) => {
                let items =
                    items.iter().map(|item| self.frozen(item)).collect::<Followed<Vec<_>>>()?;
                tuple(&items)
            }
            Thing::Value(class, fields) => {
                let fields =
                    fields.iter().map(|item| self.frozen(item)).collect::<Followed<Vec<_>>>()?;
                self.with_fields(class, &fields)?
            }
            Thing::Bytes(bytes) => self.known_bytes(bytes),
            Thing::Generator { bits, object } => {
                let parts = [*bits, *object].map(|number| {
                    let into = self.local(stook_kernel::Type::Address);
                    self.emit(Step::Symbol { number: number as u32, into });
                    into
                });
                Value::new(Type::Generator, parts.to_vec())
            }
            Thing::Array { ty, symbol, axes } => {
                let (data, nobody) = (
                    self.local(stook_kernel::Type::Address),
                    self.local(stook_kernel::Type::Address),
                );
                self.emit(Step::Symbol { number: *symbol as u32, into: data });
                let mut parts = vec![data, nobody];
                parts.extend(axes.iter().map(|&number| self.size(number)));
                Value::new(Type::Array(*ty), parts)
            }
            Thing::Other(what) => {
                let known = INSTEAD.iter().find(|(known, _)| what.ends_with(known));
                let otherwise =
                    "pass it as an argument, if it is an array, a number or a container of them";
                let hint = known.map_or(otherwise, |(_, hint)| hint);
                return self.error(format!("{what} cannot be used here"), Some(hint));
            }
            other => thing(other.clone()),
        })
    }

    /// A number that is known while compiling.
    pub(super) fn constant(&mut self, value: Scalar, python: bool) -> Value {
        let dtype = value.dtype;
        let real = dtype.real();
        let width = 8 * real.size() as u32;
        let mask = u128::MAX >> (128 - width);
        let bits = (0..dtype.parts()).map(|k| (value.bits >> (k as u32 * width) & mask) as u64);
        let bits: Vec<u64> = bits.collect();
        let parts = self.compute(&[], |f, _| bits.iter().map(|&b| f.bits(real, b)).collect());
        let known = value.as_integer().filter(|_| python && dtype == DType::I64);
        let known = known.and_then(|v| i64::try_from(v).ok());
        Value { known, ..Value::new(Type::Number { dtype, python }, parts) }
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr) -> Followed<Value> {
        if op == UnaryOp::Not {
            let truth = self.test(operand)?;
            return Ok(match truth {
                Truth::Known(known) => self.as_value(Truth::Known(!known)),
                Truth::Local(part) => {
                    let part = self.compute_one(&[part], |f, v| f.not(v[0]));
                    Value::new(BOOL, vec![part])
                }
            });
        }
        let value = self.expression(operand)?;
        self.negated(op, &value)
    }

    /// `-x`, `~x` and `+x`.
    pub(super) fn negated(&mut self, op: UnaryOp, value: &Value) -> Followed<Value> {
        if let Some(made) = self.negated_object(op, value)? {
            return Ok(made);
        }
        let mut value = value.clone();
        if value.ty == BOOL {
            value = self.converted(&value, &INT)?;
        }
        if let (UnaryOp::Minus, Some(known)) = (op, value.known) {
            return Ok(self.int(known.wrapping_neg()));
        }
        let ufunc = match op {
            UnaryOp::Minus => "negative",
            UnaryOp::Invert => "invert",
            UnaryOp::Plus | UnaryOp::Not => "positive",
        };
        self.operator(ufunc, &[&value])
    }

    fn comparison(&mut self, expr: &Expr) -> Followed<Value> {
        match &expr.kind {
            ExprKind::Compare { left, rest } if rest.len() > 1 || rest[0].0.ufunc().1.is_none() => {
                let left = self.perhaps(left)?;
                self.compared(&left, rest)
            }
            _ => {
                let operand = self.operand(expr)?;
                self.made(operand)
            }
        }
    }

    /// A chain of comparisons, as far as it holds.
    fn compared(&mut self, left: &Value, rest: &[(CompareOp, Expr)]) -> Followed<Value> {
        let ((op, right), rest) = rest.split_first().expect("Python compares two at least");
        let right = match op {
            CompareOp::In | CompareOp::NotIn => self.tuple_or_value(right)?,
            _ => self.perhaps(right)?,
        };
        let first = self.compare(*op, left, &right)?;
        if rest.is_empty() {
            return Ok(first);
        }
        match self.truth(&first)? {
            Truth::Known(true) => self.compared(&right, rest),
            Truth::Known(false) => Ok(first),
            Truth::Local(holds) => self.choose(holds, |l| l.compared(&right, rest), |_| Ok(first)),
        }
    }

    pub(super) fn compare(&mut self, op: CompareOp, a: &Value, b: &Value) -> Followed<Value> {
        let (sign, ufunc) = op.ufunc();
        if let CompareOp::Is | CompareOp::IsNot = op {
            let truth = self.identity(op == CompareOp::Is, a, b)?;
            return Ok(self.as_value(truth));
        }
        let (a, b) = (&self.present(a), &self.present(b));
        if let Some(made) = self.compare_objects(op, a, b)? {
            return Ok(made);
        }
        if let Some(ufunc) = ufunc {
            if let Some(made) = self.compare_texts(op, a, b)? {
                return Ok(made);
            }
            if let Some(made) = self.compare_records(op, a, b)? {
                return Ok(made);
            }
            if let Some(made) = self.compare_bytes(op, a, b)? {
                return Ok(made);
            }
            if let (Type::Thing(first), Type::Thing(second)) = (&a.ty, &b.ty) {
                let same = first == second;
                match op {
                    CompareOp::Eq => return Ok(self.as_value(Truth::Known(same))),
                    CompareOp::NotEq => return Ok(self.as_value(Truth::Known(!same))),
                    _ => {}
                }
            }
            if let (Some(first), Some(second)) = (a.items(), b.items()) {
                return self.compare_items(op, &first, &second);
            }
            if let Some(made) = self.compare_containers(op, a, b)? {
                return Ok(made);
            }
            return self.operator(ufunc, &[a, b]);
        }
        if b.ty.container().is_some() || b.ty.is_text() || b.ty == Type::Bytes {
            let found = match &b.ty {
                Type::Bytes => self.is_in_bytes(a, b)?,
                ty if ty.is_text() => self.is_in_text(a, b)?,
                _ => self.is_in(a, b)?,
            };
            return Ok(if op == CompareOp::In { found } else { self.opposite(&found) });
        }
        if b.array().is_some() && super::numbers::as_number(a).is_some() {
            let found = self.call_library("is_element", &[b.clone(), a.clone()])?;
            return Ok(if op == CompareOp::In { found } else { self.opposite(&found) });
        }
        match b.items() {
            Some(items) => {
                let found = self.is_among(a, &items)?;
                Ok(if op == CompareOp::In { found } else { self.opposite(&found) })
            }
            None => self.error(
                format!("'{sign}' of {} is not compiled", b.ty.describe()),
                Some("look in a tuple, or write a loop"),
            ),
        }
    }

    pub(super) fn compare_items(
        &mut self,
        op: CompareOp,
        a: &[Value],
        b: &[Value],
    ) -> Followed<Value> {
        if !matches!(op, CompareOp::Eq | CompareOp::NotEq) {
            return self.order_items(op, a, b);
        }
        let mut same = self.as_value(Truth::Known(a.len() == b.len()));
        if a.len() == b.len() {
            for (first, second) in a.iter().zip(b) {
                let equal = self.compare(CompareOp::Eq, first, second)?;
                let part =
                    self.compute_one(&[same.parts[0], equal.parts[0]], |f, v| f.and(v[0], v[1]));
                same = Value::new(BOOL, vec![part]);
            }
        }
        Ok(if op == CompareOp::Eq { same } else { self.opposite(&same) })
    }

    /// Which of two tuples comes first: what their first items say that differ.
    fn order_items(&mut self, op: CompareOp, a: &[Value], b: &[Value]) -> Followed<Value> {
        let (Some((first, rest_a)), Some((second, rest_b))) = (a.split_first(), b.split_first())
        else {
            let holds = match op {
                CompareOp::Lt => a.len() < b.len(),
                CompareOp::LtE => a.len() <= b.len(),
                CompareOp::Gt => a.len() > b.len(),
                _ => a.len() >= b.len(),
            };
            return Ok(self.as_value(Truth::Known(holds)));
        };
        let same = self.compare(CompareOp::Eq, first, second)?;
        self.choose(
            same.parts[0],
            |l| l.order_items(op, rest_a, rest_b),
            |l| l.compare(op, first, second),
        )
    }

    fn is_among(&mut self, value: &Value, items: &[Value]) -> Followed<Value> {
        let mut found = self.as_value(Truth::Known(false));
        for item in items {
            let equal = self.compare(CompareOp::Eq, value, item)?;
            let part = self.compute_one(&[found.parts[0], equal.parts[0]], |f, v| f.or(v[0], v[1]));
            found = Value::new(BOOL, vec![part]);
        }
        Ok(found)
    }

    pub(super) fn opposite(&mut self, value: &Value) -> Value {
        let part = self.compute_one(&value.parts, |f, v| f.not(v[0]));
        Value::new(BOOL, vec![part])
    }

    pub(super) fn attribute(&mut self, value: &Value, name: &str) -> Followed<Value> {
        match &value.ty {
            Type::Thing(Thing::Module(module)) => {
                match self.session.host.attribute(*module, name) {
                    Some(found) => self.frozen(&found),
                    None => self.error(format!("the module has no attribute '{name}'"), None),
                }
            }
            Type::Record(..) | Type::Object(..) => self.object_attribute(value, name),
            Type::Thing(Thing::Record(class)) => self.class_attribute(&class.clone(), name),
            Type::Array(_) => self.array_attribute(value, name),
            Type::Records(..) => self.attribute_of_records(value, name),
            Type::Number { dtype, python } => {
                let part = match name {
                    "real" => 0,
                    "imag" if dtype.is_complex() => 1,
                    _ => {
                        let text =
                            format!("{} has no attribute '{name}' here", value.ty.describe());
                        return self.error(text, Some(".real and .imag are compiled"));
                    }
                };
                let ty = Type::Number { dtype: dtype.real(), python: *python };
                Ok(Value::new(ty, vec![value.parts[part]]))
            }
            other => {
                self.error(format!("{} has no attribute '{name}' here", other.describe()), None)
            }
        }
    }
}

/// What to write in place of common objects that are not compiled, by how their descriptions end.
const INSTEAD: [(&str, &str); 8] = [
    ("collections.deque", "a list, and the place of its first item in a variable"),
    ("collections.defaultdict", "a dict: d[k] = d.get(k, 0) + 1, or d.setdefault(k, []).append(x)"),
    ("collections.Counter", "a dict: counts[x] = counts.get(x, 0) + 1"),
    ("collections.OrderedDict", "a dict, which keeps its order too"),
    ("_lru_cache_wrapper", "keep results in a dict or an array that the function is passed"),
    ("decimal.Decimal", "a float, or an int of the smallest unit"),
    ("fractions.Fraction", "a tuple of two ints"),
    ("an object of type dict", "pass it as an argument"),
];

/// What is known while compiling.
pub(super) fn thing(thing: Thing) -> Value {
    Value::new(Type::Thing(thing), Vec::new())
}
