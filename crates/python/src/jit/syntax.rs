//! A function's source as the compiler's own syntax, by way of Python's `ast`.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyFloat, PyInt, PyString};
use std::rc::Rc;
use stook_jit::syntax::{
    BinaryOp, CompareOp, Expr, ExprKind, Function, Handler, Span, Stmt, StmtKind, UnaryOp,
    assigned_in,
};

type Node<'a, 'py> = &'a Bound<'py, PyAny>;

/// Reads the source of a function; `stook._jit` finds and parses it.
pub(super) fn read(function: Node<'_, '_>) -> PyResult<Function> {
    let found = function.py().import("stook._jit")?.getattr("parsed")?.call1((function,))?;
    let (node, line, column) = found.extract::<(Bound<'_, PyAny>, i64, i64)>()?;
    let mut read = Reader { line, column }.function(&node)?;
    read.name = function.getattr("__name__")?.extract()?;
    read.defaults.clear();
    Ok(read)
}

/// Where the text that was parsed begins in its file.
struct Reader {
    line: i64,
    column: i64,
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
        self.each(node, field, |item| self.stmt(item))
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
            "Expr" => StmtKind::Expr(expr("value")?),
            "Assert" => StmtKind::Assert { test: expr("test")?, message: maybe("msg")? },
            "FunctionDef" => match node.getattr("decorator_list")?.len()? {
                0 => StmtKind::Define(self.inner(node)?),
                _ => StmtKind::Other("a decorator within a function".to_owned()),
            },
            "Nonlocal" => StmtKind::Nonlocal(node.getattr("names")?.extract()?),
            "Raise" => StmtKind::Raise { raised: maybe("exc")?, cause: maybe("cause")? },
            "Try" => StmtKind::Try {
                body: body("body")?,
                handlers: self.each(node, "handlers", |item| self.handler(item))?,
                otherwise: body("orelse")?,
                finally: body("finalbody")?,
            },
            "Pass" => StmtKind::Pass,
            "Break" => StmtKind::Break,
            "Continue" => StmtKind::Continue,
            _ => StmtKind::Other(spoken(&class)),
        };
        Ok(Stmt { kind, span: self.span(node)? })
    }

    /// A function or lambda.
    fn function(&self, node: Node<'_, '_>) -> PyResult<Function> {
        let args = node.getattr("args")?;
        let names = |field| self.each(&args, field, |arg| arg.getattr("arg")?.extract::<String>());
        let params = [names("posonlyargs")?, names("args")?, names("kwonlyargs")?].concat();
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
        let (assigned, span) = (assigned_in(&body), self.span(node)?);
        let defaults = self.exprs(&args, "defaults")?;
        Ok(Function { name, params, body, assigned, defaults, nonlocals, span })
    }

    /// A function within another, whose parameters have names and positions.
    fn inner(&self, node: Node<'_, '_>) -> PyResult<Rc<Function>> {
        let args = node.getattr("args")?;
        for field in ["vararg", "kwarg"] {
            if !args.getattr(field)?.is_none() {
                return Err(refused("a parameter with * of a function within a function"));
            }
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
            "Name" => ExprKind::Name(node.getattr("id")?.extract()?),
            "Constant" => constant(&node.getattr("value")?)?,
            "Tuple" => ExprKind::Tuple(self.exprs(node, "elts")?),
            "List" => ExprKind::List(self.exprs(node, "elts")?),
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
            "JoinedStr" => ExprKind::Formatted(self.exprs(node, "values")?),
            "FormattedValue" if node.getattr("format_spec")?.is_none() => {
                return self.expr(&node.getattr("value")?);
            }
            _ => ExprKind::Other(spoken(&class)),
        };
        Ok(Expr { kind, span: self.span(node)? })
    }

    fn call(&self, node: Node<'_, '_>) -> PyResult<ExprKind> {
        let keywords = self.each(node, "keywords", |item| {
            let name = item.getattr("arg")?;
            let name = if name.is_none() { "**".to_owned() } else { name.extract()? };
            Ok((name, self.expr(&item.getattr("value")?)?))
        })?;
        let function = self.boxed(node, "func")?;
        Ok(ExprKind::Call { function, args: self.exprs(node, "args")?, keywords })
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
        ExprKind::Text(text.to_string())
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
        ("Delete", "del"),
        ("Import", "import"),
        ("ImportFrom", "import"),
        ("Global", "global"),
        ("Match", "match"),
        ("Dict", "a dict"),
        ("Set", "a set"),
        ("ListComp", "a list comprehension"),
        ("SetComp", "a set comprehension"),
        ("DictComp", "a dict comprehension"),
        ("GeneratorExp", "a generator"),
        ("Yield", "yield"),
        ("YieldFrom", "yield"),
        ("Await", "await"),
        ("Starred", "an unpacking by *"),
        ("NamedExpr", "an assignment by :="),
        ("FormattedValue", "a format"),
    ];
    let found = names.iter().find(|(known, _)| *known == class);
    found.map_or_else(|| class.to_owned(), |(_, name)| (*name).to_owned())
}
