//! A function's source as the compiler's own syntax, by way of Python's `ast`.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyComplex, PyFloat, PyInt, PyString};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use stook_jit::syntax::{
    BinaryOp, Clause, Collected, CompareOp, Comprehension, Expr, ExprKind, Function, Handler,
    Places, Span, Stmt, StmtKind, UnaryOp, assigned_in,
};

type Node<'a, 'py> = &'a Bound<'py, PyAny>;

/// Reads the source of a function; `stook._jit` finds and parses it.
pub(super) fn read(function: Node<'_, '_>) -> PyResult<Function> {
    let found = function.py().import("stook._jit")?.getattr("parsed")?.call1((function,))?;
    let (node, line, column) = found.extract::<(Bound<'_, PyAny>, i64, i64)>()?;
    let reader = Reader {
        line,
        column,
        iterators: builtins_of(function)?,
        scopes: RefCell::default(),
        own: RefCell::default(),
        named: Cell::new(0),
    };
    let mut read = reader.function(&node)?;
    read.name = function.getattr("__name__")?.extract()?;
    read.defaults.clear();
    Ok(read)
}

/// Functions of Python's whose calls are generators.
const ITERATORS: [&str; 2] = ["map", "filter"];

/// Which of these functions, and of `zip`, a function gives no other meaning.
fn builtins_of(function: Node<'_, '_>) -> PyResult<Vec<&'static str>> {
    let (globals, code) = (function.getattr("__globals__")?, function.getattr("__code__")?);
    let mut found = Vec::new();
    for name in ITERATORS.into_iter().chain(["zip"]) {
        let mut is_other = globals.contains(name)?;
        for field in ["co_varnames", "co_cellvars", "co_freevars"] {
            is_other |= code.getattr(field)?.contains(name)?;
        }
        if !is_other {
            found.push(name);
        }
    }
    Ok(found)
}

/// Where the text that was parsed begins in its file.
struct Reader {
    line: i64,
    column: i64,
    /// Which of [`ITERATORS`] and `zip` mean what they do in `builtins`.
    iterators: Vec<&'static str>,
    /// What comprehensions around call names, and what these are here: they are their own.
    scopes: RefCell<Vec<(String, String)>>,
    /// The names of comprehensions in the function at hand so far.
    own: RefCell<Vec<String>>,
    /// How many names have been made that no source can have.
    named: Cell<usize>,
}

fn class(node: Node<'_, '_>) -> PyResult<String> {
    Ok(node.get_type().name()?.to_string())
}

impl Reader {
    fn span(&self, node: Node<'_, '_>) -> PyResult<Span> {
        let number = |name: &str| node.getattr(name)?.extract::<i64>();
        let line = |name| Ok::<_, PyErr>((number(name)? + self.line) as u32);
        let column = |name| Ok::<_, PyErr>((number(name)? + self.column) as u32);
        Ok(Span {
            line: line("lineno")?,
            column: column("col_offset")?,
            end_line: line("end_lineno")?,
            end_column: column("end_col_offset")?,
        })
    }

    fn each<T>(
        &self,
        node: Node<'_, '_>,
        field: &str,
        read: impl Fn(Node<'_, '_>) -> PyResult<T>,
    ) -> PyResult<Vec<T>> {
        node.getattr(field)?.try_iter()?.map(|item| read(&item?)).collect()
    }

    fn statements(&self, node: Node<'_, '_>, field: &str) -> PyResult<Vec<Stmt>> {
        let statements = self.each(node, field, |item| self.stmt(item))?;
        Ok(statements.into_iter().flat_map(Stmt::settled).collect())
    }

    fn stmt(&self, node: Node<'_, '_>) -> PyResult<Stmt> {
        let expr = |field: &str| self.expr(&node.getattr(field)?);
        let maybe = |field: &str| self.maybe(&node.getattr(field)?);
        let body = |field: &str| self.statements(node, field);
        let class = class(node)?;
        let kind = match class.as_str() {
            "Assign" => StmtKind::Assign {
                targets: self.each(node, "targets", |item| self.expr(item))?,
                value: expr("value")?,
            },
            "AnnAssign" => match maybe("value")? {
                Some(value) => StmtKind::Assign { targets: vec![expr("target")?], value },
                None => StmtKind::Pass,
            },
            "AugAssign" => StmtKind::AugAssign {
                target: expr("target")?,
                op: operator(&node.getattr("op")?, BinaryOp::of)?,
                value: expr("value")?,
            },
            "For" => StmtKind::For {
                target: expr("target")?,
                iter: expr("iter")?,
                body: body("body")?,
                otherwise: body("orelse")?,
            },
            "While" => StmtKind::While {
                test: expr("test")?,
                body: body("body")?,
                otherwise: body("orelse")?,
            },
            "If" => StmtKind::If {
                test: expr("test")?,
                body: body("body")?,
                otherwise: body("orelse")?,
            },
            "Return" => StmtKind::Return(maybe("value")?),
            "Expr" if self::class(&node.getattr("value")?)? == "YieldFrom" => {
                let value = node.getattr("value")?;
                self.yield_from(self.expr(&value.getattr("value")?)?, self.span(node)?)
            }
            "Expr" if is_ellipsis(&node.getattr("value")?)? => StmtKind::Pass,
            "Expr" => StmtKind::Expr(expr("value")?),
            "Assert" => StmtKind::Assert { test: expr("test")?, message: maybe("msg")? },
            "FunctionDef" => match node.getattr("decorator_list")?.len()? {
                0 => StmtKind::Define(self.inner(node)?),
                _ => StmtKind::Other("a decorator within a function".to_owned()),
            },
            // Compiled code warns of nothing anyway.
            "With" if quiets(node)? => {
                let test = Expr { kind: ExprKind::Bool(true), span: self.span(node)? };
                StmtKind::If { test, body: body("body")?, otherwise: Vec::new() }
            }
            "Nonlocal" => StmtKind::Nonlocal(node.getattr("names")?.extract()?),
            "Raise" => StmtKind::Raise { raised: maybe("exc")?, cause: maybe("cause")? },
            "Try" => StmtKind::Try {
                body: body("body")?,
                handlers: self.each(node, "handlers", |item| self.handler(item))?,
                otherwise: body("orelse")?,
                finally: body("finalbody")?,
            },
            "Delete" => StmtKind::Delete(self.exprs(node, "targets")?),
            "Pass" => StmtKind::Pass,
            "Break" => StmtKind::Break,
            "Continue" => StmtKind::Continue,
            _ => StmtKind::Other(spoken(&class)),
        };
        Ok(Stmt { kind, span: self.span(node)? })
    }

    /// `yield from items` as `for item in items: yield item`.
    fn yield_from(&self, iter: Expr, span: Span) -> StmtKind {
        let target = Expr { kind: ExprKind::Name(self.own_name("item")), span };
        let item = ExprKind::Yield(Some(Box::new(target.clone())));
        let each = Stmt { kind: StmtKind::Expr(Expr { kind: item, span }), span };
        StmtKind::For { target, iter, body: vec![each], otherwise: Vec::new() }
    }

    /// A function or lambda.
    fn function(&self, node: Node<'_, '_>) -> PyResult<Function> {
        let args = node.getattr("args")?;
        let names = |field| self.each(&args, field, |arg| arg.getattr("arg")?.extract::<String>());
        let by_place = [names("posonlyargs")?, names("args")?].concat();
        let rest = args.getattr("vararg")?;
        let places = Places { own: by_place.len(), rest: !rest.is_none() };
        let rest = if places.rest { vec![rest.getattr("arg")?.extract()?] } else { Vec::new() };
        let params = [by_place, rest, names("kwonlyargs")?].concat();
        let defaults = self.exprs(&args, "defaults")?;
        // Its parameters hide what comprehensions around call their own.
        let (outer, scopes) = (self.own.take(), self.scopes.borrow().len());
        self.scopes.borrow_mut().extend(params.iter().map(|name| (name.clone(), name.clone())));
        let (name, body) = if class(node)? == "Lambda" {
            let value = self.expr(&node.getattr("body")?)?;
            let span = value.span;
            ("<lambda>".to_owned(), vec![Stmt { kind: StmtKind::Return(Some(value)), span }])
        } else {
            (node.getattr("name")?.extract()?, self.statements(node, "body")?)
        };
        let nonlocals = body.iter().filter_map(|stmt| match &stmt.kind {
            StmtKind::Nonlocal(names) => Some(names.clone()),
            _ => None,
        });
        let nonlocals = nonlocals.flatten().collect();
        let (mut assigned, span) = (assigned_in(&body), self.span(node)?);
        assigned.extend(self.own.replace(outer));
        self.scopes.borrow_mut().truncate(scopes);
        Ok(Function { name, params, places, body, assigned, defaults, nonlocals, span })
    }

    /// A function within another, whose parameters have names and positions.
    fn inner(&self, node: Node<'_, '_>) -> PyResult<Rc<Function>> {
        let args = node.getattr("args")?;
        if !args.getattr("kwarg")?.is_none() {
            return Err(refused("a parameter with ** of a function within a function"));
        }
        if args.getattr("kwonlyargs")?.len()? > 0 {
            return Err(refused("a parameter by keyword only of a function within a function"));
        }
        self.function(node).map(Rc::new)
    }

    fn handler(&self, node: Node<'_, '_>) -> PyResult<Handler> {
        Ok(Handler {
            classes: self.maybe(&node.getattr("type")?)?,
            name: node.getattr("name")?.extract()?,
            body: self.statements(node, "body")?,
            span: self.span(node)?,
        })
    }

    fn maybe(&self, node: Node<'_, '_>) -> PyResult<Option<Expr>> {
        if node.is_none() { Ok(None) } else { self.expr(node).map(Some) }
    }

    fn boxed(&self, node: Node<'_, '_>, field: &str) -> PyResult<Box<Expr>> {
        self.expr(&node.getattr(field)?).map(Box::new)
    }

    fn exprs(&self, node: Node<'_, '_>, field: &str) -> PyResult<Vec<Expr>> {
        self.each(node, field, |item| self.expr(item))
    }

    fn expr(&self, node: Node<'_, '_>) -> PyResult<Expr> {
        let class = class(node)?;
        let kind = match class.as_str() {
            "Name" => ExprKind::Name(self.name(node.getattr("id")?.extract()?)),
            "Constant" => constant(&node.getattr("value")?)?,
            "Tuple" => ExprKind::Tuple(self.items(node)?),
            "List" => ExprKind::List(self.items(node)?),
            "Yield" => ExprKind::Yield(self.maybe(&node.getattr("value")?)?.map(Box::new)),
            "Starred" => ExprKind::Starred(self.boxed(node, "value")?),
            "NamedExpr" => ExprKind::Named {
                name: self.name(node.getattr("target")?.getattr("id")?.extract()?),
                value: self.boxed(node, "value")?,
            },
            "BinOp" => ExprKind::Binary {
                op: operator(&node.getattr("op")?, BinaryOp::of)?,
                left: self.boxed(node, "left")?,
                right: self.boxed(node, "right")?,
            },
            "UnaryOp" => ExprKind::Unary {
                op: operator(&node.getattr("op")?, UnaryOp::of)?,
                operand: self.boxed(node, "operand")?,
            },
            "BoolOp" => ExprKind::Logical {
                all: self::class(&node.getattr("op")?)? == "And",
                values: self.exprs(node, "values")?,
            },
            "Compare" => {
                let ops = self.each(node, "ops", |op| operator(op, CompareOp::of))?;
                let rest = ops.into_iter().zip(self.exprs(node, "comparators")?).collect();
                ExprKind::Compare { left: self.boxed(node, "left")?, rest }
            }
            "Call" => self.call(node)?,
            "Attribute" => ExprKind::Attribute {
                value: self.boxed(node, "value")?,
                name: node.getattr("attr")?.extract()?,
            },
            "Subscript" => ExprKind::Subscript {
                value: self.boxed(node, "value")?,
                index: self.boxed(node, "slice")?,
            },
            "Slice" => {
                let end = |field| Ok::<_, PyErr>(self.maybe(&node.getattr(field)?)?.map(Box::new));
                ExprKind::Slice { lower: end("lower")?, upper: end("upper")?, step: end("step")? }
            }
            "Lambda" => ExprKind::Lambda(self.inner(node)?),
            "IfExp" => ExprKind::IfElse {
                test: self.boxed(node, "test")?,
                then: self.boxed(node, "body")?,
                otherwise: self.boxed(node, "orelse")?,
            },
            "Dict" => {
                let keys = self.each(node, "keys", |key| self.maybe(key))?;
                let pairs = keys.into_iter().zip(self.exprs(node, "values")?);
                let pair = |(key, value): (Option<Expr>, Expr)| match key {
                    Some(key) => (key, value),
                    None => {
                        let none = Expr { kind: ExprKind::None, span: value.span };
                        let span = value.span;
                        (Expr { kind: ExprKind::Starred(Box::new(value)), span }, none)
                    }
                };
                ExprKind::Dict(pairs.map(pair).collect())
            }
            "Set" => ExprKind::Set(self.exprs(node, "elts")?),
            "ListComp" => self.comprehension(node, Collected::List)?,
            "SetComp" => self.comprehension(node, Collected::Set)?,
            "DictComp" => self.comprehension(node, Collected::Dict)?,
            "GeneratorExp" => self.comprehension(node, Collected::Generator)?,
            "JoinedStr" => ExprKind::Formatted(self.exprs(node, "values")?),
            "FormattedValue" => {
                let conversion = u32::try_from(node.getattr("conversion")?.extract::<i64>()?);
                let conversion = conversion.ok().and_then(char::from_u32);
                let spec = self.maybe(&node.getattr("format_spec")?)?.map(Box::new);
                if conversion.is_none() && spec.is_none() {
                    return self.expr(&node.getattr("value")?);
                }
                ExprKind::Format { value: self.boxed(node, "value")?, conversion, spec }
            }
            _ => ExprKind::Other(spoken(&class)),
        };
        Ok(Expr { kind, span: self.span(node)? })
    }

    /// The items of a display or target.
    fn items(&self, node: Node<'_, '_>) -> PyResult<Vec<Expr>> {
        let items = self.exprs(node, "elts")?;
        let is_read = class(&node.getattr("ctx")?)? == "Load";
        Ok(if is_read { self.kept_for_unpacking(items) } else { items })
    }

    /// Items of which one may be unpacked by `*`. What that makes of it is known by its type, so it
    /// is followed twice then: whatever does more than to read gets names, in order.
    fn kept_for_unpacking(&self, items: Vec<Expr>) -> Vec<Expr> {
        if !items.iter().any(|item| matches!(item.kind, ExprKind::Starred(_))) {
            return items;
        }
        let kept = |item: Expr| {
            if item.is_only_read() {
                return item;
            }
            let (name, span) = (self.own_name("star"), item.span);
            Expr { kind: ExprKind::Named { name, value: Box::new(item) }, span }
        };
        let all = items.into_iter().map(|item| match item.kind {
            ExprKind::Starred(inner) => {
                Expr { kind: ExprKind::Starred(Box::new(kept(*inner))), span: item.span }
            }
            _ => kept(item),
        });
        all.collect()
    }

    /// A name like another that no source can have.
    fn own_name(&self, name: &str) -> String {
        format!("{name}.{}", self.named.replace(self.named.get() + 1))
    }

    /// What a name is called here: comprehensions around may have one of their own.
    fn name(&self, name: String) -> String {
        let scopes = self.scopes.borrow();
        let own = scopes.iter().rev().find(|(known, _)| *known == name);
        own.map_or(name, |(_, own)| own.clone())
    }

    fn comprehension(&self, node: Node<'_, '_>, kind: Collected) -> PyResult<ExprKind> {
        let outer = self.scopes.borrow().len();
        let clauses = self.each(node, "generators", |clause| {
            // The first one is looked up outside; Python allows no other use of later names.
            let iter = self.expr(&clause.getattr("iter")?)?;
            let mut bound = Vec::new();
            self.expr(&clause.getattr("target")?)?.bind(&mut bound);
            for name in bound {
                let own = self.own_name(&name);
                self.own.borrow_mut().push(own.clone());
                self.scopes.borrow_mut().push((name, own));
            }
            let target = self.expr(&clause.getattr("target")?)?;
            Ok(Clause { target, iter, tests: self.exprs(clause, "ifs")? })
        })?;
        let (item, value) = match kind {
            Collected::Dict => ("key", Some(self.expr(&node.getattr("value")?)?)),
            _ => ("elt", None),
        };
        let item = self.expr(&node.getattr(item)?)?;
        self.scopes.borrow_mut().truncate(outer);
        Ok(ExprKind::Comprehension(Box::new(Comprehension { kind, item, value, clauses })))
    }

    fn call(&self, node: Node<'_, '_>) -> PyResult<ExprKind> {
        let keywords = self.each(node, "keywords", |item| {
            let name = item.getattr("arg")?;
            let name = if name.is_none() { "**".to_owned() } else { name.extract()? };
            Ok((name, self.expr(&item.getattr("value")?)?))
        })?;
        let function = self.boxed(node, "func")?;
        let args = self.kept_for_unpacking(self.exprs(node, "args")?);
        match &function.kind {
            ExprKind::Name(name) if keywords.is_empty() && self.is_iterator(name, &args) => {
                Ok(self.generator(name == "filter", args, self.span(node)?))
            }
            _ => Ok(ExprKind::Call { function, args, keywords }),
        }
    }

    /// Whether a call of a name is one of `map` or `filter`.
    fn is_iterator(&self, name: &str, args: &[Expr]) -> bool {
        let is_own = self.scopes.borrow().iter().any(|(known, _)| known == name);
        let means = |name: &str| self.iterators.contains(&name);
        let fits = match args.len() {
            0 | 1 => false,
            2 => true,
            _ => name == "map" && means("zip"),
        };
        let is_plain = !args.iter().any(|arg| matches!(arg.kind, ExprKind::Starred(_)));
        ITERATORS.contains(&name) && means(name) && !is_own && fits && is_plain
    }

    /// `map(function, a, b)` as `(function(x, y) for x, y in zip(a, b))`, and `filter(function, a)` as
    /// `(x for x in a if function(x))`.
    fn generator(&self, filters: bool, args: Vec<Expr>, span: Span) -> ExprKind {
        let expr = |kind| Expr { kind, span };
        let named = |name: String| {
            self.own.borrow_mut().push(name.clone());
            expr(ExprKind::Name(name))
        };
        let mut args = args.into_iter();
        let mut function = args.next().expect("two arguments at least");
        let iters: Vec<Expr> = args.collect();
        let names: Vec<Expr> = iters.iter().map(|_| named(self.own_name("item"))).collect();
        let (mut iter, target) = match (&iters[..], &names[..]) {
            ([iter], [name]) => (iter.clone(), name.clone()),
            _ => {
                let zip = Box::new(expr(ExprKind::Name("zip".to_owned())));
                let all = ExprKind::Call { function: zip, args: iters, keywords: Vec::new() };
                (expr(all), expr(ExprKind::Tuple(names.clone())))
            }
        };
        if !function.is_only_read() {
            // What makes the function runs once, before what makes the items.
            let name = self.own_name("function");
            let value = Box::new(function);
            let first = expr(ExprKind::Named { name: name.clone(), value });
            function = expr(ExprKind::Name(name));
            let (both, second) = (ExprKind::Tuple(vec![first, iter]), expr(ExprKind::Int(1)));
            let (value, index) = (Box::new(expr(both)), Box::new(second));
            iter = expr(ExprKind::Subscript { value, index });
        }
        let is_truth = filters && function.kind == ExprKind::None;
        let called = if is_truth {
            names[0].clone()
        } else {
            let (function, args) = (Box::new(function), names.clone());
            expr(ExprKind::Call { function, args, keywords: Vec::new() })
        };
        let (item, tests) =
            if filters { (names[0].clone(), vec![called]) } else { (called, Vec::new()) };
        let clauses = vec![Clause { target, iter, tests }];
        let kind = Collected::Generator;
        ExprKind::Comprehension(Box::new(Comprehension { kind, item, value: None, clauses }))
    }
}

fn refused(what: &str) -> PyErr {
    pyo3::exceptions::PyNotImplementedError::new_err(format!("{what} is not compiled"))
}

fn operator<T>(node: Node<'_, '_>, of: impl Fn(&str) -> Option<T>) -> PyResult<T> {
    let name = class(node)?;
    of(&name).ok_or_else(|| {
        pyo3::exceptions::PyNotImplementedError::new_err(format!("the operator {name}"))
    })
}

fn constant(value: Node<'_, '_>) -> PyResult<ExprKind> {
    Ok(if value.is_none() {
        ExprKind::None
    } else if let Ok(truth) = value.cast_exact::<PyBool>() {
        ExprKind::Bool(truth.is_true())
    } else if value.is_exact_instance_of::<PyInt>() {
        match value.extract() {
            Ok(number) => ExprKind::Int(number),
            Err(_) => ExprKind::Other("an int of more than 127 bits".to_owned()),
        }
    } else if let Ok(number) = value.cast_exact::<PyFloat>() {
        ExprKind::Float(number.value())
    } else if let Ok(number) = value.cast_exact::<PyComplex>() {
        ExprKind::Imaginary(number.imag())
    } else if let Ok(text) = value.cast_exact::<PyString>() {
        match text.to_str() {
            Ok(text) => ExprKind::Text(text.to_owned()),
            Err(_) => ExprKind::Other("a string with surrogates".to_owned()),
        }
    } else if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        ExprKind::Bytes(bytes.as_bytes().to_vec())
    } else if value.is(value.py().Ellipsis()) {
        ExprKind::Other("Ellipsis".to_owned())
    } else {
        ExprKind::Other(format!("a constant of type {}", class(value)?))
    })
}

/// What people call a kind of syntax.
fn spoken(class: &str) -> String {
    let names = [
        ("With", "with"),
        ("TryStar", "except*"),
        ("AsyncFunctionDef", "async"),
        ("ClassDef", "a class within a function"),
        ("Import", "import"),
        ("ImportFrom", "import"),
        ("Global", "global"),
        ("Match", "match"),
        ("YieldFrom", "the value of yield from"),
        ("Await", "await"),
    ];
    let found = names.iter().find(|(known, _)| *known == class);
    found.map_or_else(|| class.to_owned(), |(_, name)| (*name).to_owned())
}

/// Whether a `with` only asks NumPy to ignore conditions: `with np.errstate(all="ignore"):`.
fn quiets(node: Node<'_, '_>) -> PyResult<bool> {
    for item in node.getattr("items")?.try_iter()? {
        let item = item?;
        let call = item.getattr("context_expr")?;
        if !item.getattr("optional_vars")?.is_none() || class(&call)? != "Call" {
            return Ok(false);
        }
        let function = call.getattr("func")?;
        let name = match class(&function)?.as_str() {
            "Attribute" => function.getattr("attr")?,
            "Name" => function.getattr("id")?,
            _ => return Ok(false),
        };
        if !name.eq("errstate")? || call.getattr("args")?.len()? > 0 {
            return Ok(false);
        }
        for keyword in call.getattr("keywords")?.try_iter()? {
            let value = keyword?.getattr("value")?;
            if class(&value)? != "Constant" || !value.getattr("value")?.eq("ignore")? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Whether an expression is `...`.
fn is_ellipsis(node: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(class(node)? == "Constant" && node.getattr("value")?.is(node.py().Ellipsis()))
}
