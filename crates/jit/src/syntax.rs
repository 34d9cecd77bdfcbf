//! What Python's `ast` says of a function, as plain data.

use std::rc::Rc;

/// A place in the source: lines count from 1 in the file, columns from 0 in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after the last.
    pub end_column: u32,
}

/// Which parameters are given by place; those behind are given by name alone.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Places {
    /// How many have one argument each.
    pub own: usize,
    /// Whether the next one is a tuple of whatever else is given by place.
    pub rest: bool,
}

impl Places {
    /// All of them.
    pub(crate) fn all(params: &[String]) -> Self {
        Self { own: params.len(), rest: false }
    }

    /// The parameter that has the rest.
    pub fn star(self) -> Option<usize> {
        self.rest.then_some(self.own)
    }
}

/// A function.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its parameters in order.
    pub params: Vec<String>,
    /// Which of them are given by place.
    pub places: Places,
    /// What it does.
    pub body: Vec<Stmt>,
    /// Every name that it gives a value to.
    pub assigned: Vec<String>,
    /// Defaults of the last parameters; only of a function within another.
    pub defaults: Vec<Expr>,
    /// Names that are variables of the function around it.
    pub nonlocals: Vec<String>,
    /// Where it stands.
    pub span: Span,
}

impl Function {
    /// Whether a name is a variable of the function.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.params.iter().chain(&self.assigned).any(|bound| bound == name)
    }

    /// Whether calls of it are generators.
    pub(crate) fn generates(&self) -> bool {
        self.body.iter().any(Stmt::yields)
    }

    /// Names that are not its own, in order: what it reads, and what it gives values to outside.
    pub(crate) fn free(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.body.iter().for_each(|stmt| stmt.names(&mut names));
        names.retain(|name| !self.binds(name) || self.nonlocals.contains(name));
        names
    }
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Where it stands.
    pub span: Span,
}

/// Statements.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum StmtKind {
    Assign {
        targets: Vec<Expr>,
        value: Expr,
    },
    AugAssign {
        target: Expr,
        op: BinaryOp,
        value: Expr,
    },
    For {
        target: Expr,
        iter: Expr,
        body: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
    While {
        test: Expr,
        body: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
    If {
        test: Expr,
        body: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
    Return(Option<Expr>),
    Expr(Expr),
    Assert {
        test: Expr,
        message: Option<Expr>,
    },
    Raise {
        raised: Option<Expr>,
        cause: Option<Expr>,
    },
    Try {
        body: Vec<Stmt>,
        handlers: Vec<Handler>,
        otherwise: Vec<Stmt>,
        finally: Vec<Stmt>,
    },
    /// A function within a function.
    Define(Rc<Function>),
    Nonlocal(Vec<String>),
    Delete(Vec<Expr>),
    Pass,
    Break,
    Continue,
    /// A statement of this name, which is not compiled.
    Other(String),
}

/// An `except` with its statements.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    /// What it takes: a class of exceptions or a tuple of them; everything where there is none.
    pub classes: Option<Expr>,
    /// The variable that the exception is while it is handled.
    pub name: Option<String>,
    /// What it does.
    pub body: Vec<Stmt>,
    /// Where it stands.
    pub span: Span,
}

impl Stmt {
    /// Whether a `yield` stands in it.
    fn yields(&self) -> bool {
        let mut within = self.blocks().into_iter().flatten();
        self.exprs().into_iter().any(Expr::yields) || within.any(Self::yields)
    }

    /// The statements within it, block by block.
    pub fn blocks(&self) -> Vec<&[Stmt]> {
        match &self.kind {
            StmtKind::For { body, otherwise, .. }
            | StmtKind::While { body, otherwise, .. }
            | StmtKind::If { body, otherwise, .. } => vec![body, otherwise],
            StmtKind::Try { body, handlers, otherwise, finally } => {
                let handlers = handlers.iter().map(|handler| &handler.body[..]);
                let others = [&otherwise[..], finally];
                std::iter::once(&body[..]).chain(handlers).chain(others).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The names that statements give values to, in order.
pub fn assigned_in(statements: &[Stmt]) -> Vec<String> {
    let mut names = Vec::new();
    statements.iter().for_each(|stmt| stmt.bind(&mut names));
    names
}

impl Stmt {
    fn bind(&self, names: &mut Vec<String>) {
        match &self.kind {
            StmtKind::Assign { targets, .. } => targets.iter().for_each(|t| t.bind(names)),
            StmtKind::AugAssign { target, .. } | StmtKind::For { target, .. } => {
                target.bind(names);
            }
            StmtKind::Define(function) => bind_name(&function.name, names),
            StmtKind::Try { handlers, .. } => {
                handlers.iter().flat_map(|h| &h.name).for_each(|name| bind_name(name, names));
            }
            _ => {}
        }
        self.bind_within(names);
        self.blocks().into_iter().flatten().for_each(|stmt| stmt.bind(names));
    }

    /// Adds the names that its own expressions give values to, by `:=`.
    pub(crate) fn bind_within(&self, names: &mut Vec<String>) {
        self.exprs().into_iter().for_each(|expr| expr.bind_within(names));
    }

    /// The expressions that stand in it, but for those of statements within it.
    fn exprs(&self) -> Vec<&Expr> {
        match &self.kind {
            StmtKind::Assign { targets, value } => [value].into_iter().chain(targets).collect(),
            StmtKind::AugAssign { target, value, .. } => vec![target, value],
            StmtKind::For { target, iter, .. } => vec![target, iter],
            StmtKind::While { test, .. } | StmtKind::If { test, .. } => vec![test],
            StmtKind::Expr(value) => vec![value],
            StmtKind::Assert { test, message } => [test].into_iter().chain(message).collect(),
            StmtKind::Return(value) => value.iter().collect(),
            StmtKind::Raise { raised, cause } => raised.iter().chain(cause).collect(),
            StmtKind::Try { handlers, .. } => handlers.iter().flat_map(|h| &h.classes).collect(),
            StmtKind::Define(function) => function.defaults.iter().collect(),
            StmtKind::Delete(targets) => targets.iter().collect(),
            StmtKind::Nonlocal(_)
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Other(_) => Vec::new(),
        }
    }

    /// Adds every name that it speaks of.
    fn names(&self, names: &mut Vec<String>) {
        match &self.kind {
            StmtKind::Define(function) => {
                bind_name(&function.name, names);
                function.names(names);
            }
            StmtKind::Nonlocal(all) => all.iter().for_each(|name| bind_name(name, names)),
            _ => self.exprs().into_iter().for_each(|expr| expr.names(names)),
        }
        self.blocks().into_iter().flatten().for_each(|stmt| stmt.names(names));
    }
}

impl Function {
    /// Adds the names of the function around that it speaks of.
    fn names(&self, names: &mut Vec<String>) {
        self.free().iter().for_each(|name| bind_name(name, names));
        self.defaults.iter().for_each(|default| default.names(names));
    }
}

/// How variables begin that [`Stmt::settled`] makes.
pub(crate) const SETTLED: &str = "line ";

/// Whether a variable stands in the source.
pub(crate) fn is_in_source(name: &str) -> bool {
    !name.starts_with(SETTLED)
}

impl Stmt {
    /// The same as statements of which none does twice what its source does once, where its target
    /// is followed to be read and again to be written.
    pub fn settled(self) -> Vec<Self> {
        let StmtKind::AugAssign { target, op, value } = self.kind else {
            return vec![self];
        };
        let (mut all, mut rebound) = (Vec::new(), Vec::new());
        value.bind_within(&mut rebound);
        // What the value does may change what is read within objects, and names by `:=`.
        let stays = |part: &Expr| {
            let is_safe = || !part.looks_within() && !rebound.iter().any(|name| part.reads(name));
            part.is_only_read() && (value.is_only_read() || is_safe())
        };
        let target = target.settled_target(&stays, &mut all);
        all.push(Self { kind: StmtKind::AugAssign { target, op, value }, span: self.span });
        all
    }
}

impl Clause {
    fn parts(&self) -> impl Iterator<Item = &Expr> {
        [&self.iter, &self.target].into_iter().chain(&self.tests)
    }
}

impl Expr {
    /// Whether it is unpacked by `*` where it stands; by `**` as a key of a dict.
    pub(crate) fn is_starred(&self) -> bool {
        matches!(self.kind, ExprKind::Starred(_))
    }

    fn yields(&self) -> bool {
        matches!(self.kind, ExprKind::Yield(_)) || self.parts().into_iter().any(Self::yields)
    }

    /// Whether it speaks of a name.
    pub(crate) fn reads(&self, name: &str) -> bool {
        let mut names = Vec::new();
        self.names(&mut names);
        names.iter().any(|own| own == name)
    }

    /// Adds every name that it speaks of.
    fn names(&self, names: &mut Vec<String>) {
        match &self.kind {
            ExprKind::Name(name) => bind_name(name, names),
            ExprKind::Lambda(function) => function.names(names),
            ExprKind::Named { name, value } => {
                bind_name(name, names);
                value.names(names);
            }
            _ => self.parts().into_iter().for_each(|part| part.names(names)),
        }
    }

    /// The expressions that it is made of.
    fn parts(&self) -> Vec<&Self> {
        match &self.kind {
            ExprKind::Tuple(items)
            | ExprKind::List(items)
            | ExprKind::Set(items)
            | ExprKind::Formatted(items)
            | ExprKind::Logical { values: items, .. } => items.iter().collect(),
            ExprKind::Binary { left, right, .. } => vec![left, right],
            ExprKind::Unary { operand: value, .. }
            | ExprKind::Attribute { value, .. }
            | ExprKind::Named { value, .. }
            | ExprKind::Starred(value) => vec![value],
            ExprKind::Compare { left, rest } => {
                [&**left].into_iter().chain(rest.iter().map(|(_, expr)| expr)).collect()
            }
            ExprKind::Call { function, args, keywords } => {
                let keywords = keywords.iter().map(|(_, expr)| expr);
                [&**function].into_iter().chain(args).chain(keywords).collect()
            }
            ExprKind::Subscript { value, index } => vec![value, index],
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().flatten().map(|end| &**end).collect()
            }
            ExprKind::Format { value, spec, .. } => {
                [&**value].into_iter().chain(spec.as_deref()).collect()
            }
            ExprKind::IfElse { test, then, otherwise } => vec![test, then, otherwise],
            ExprKind::Yield(value) => value.iter().map(|value| &**value).collect(),
            ExprKind::Dict(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
            ExprKind::Comprehension(made) => {
                let clauses = made.clauses.iter().flat_map(Clause::parts);
                clauses.chain([&made.item]).chain(&made.value).collect()
            }
            ExprKind::Name(_)
            | ExprKind::Lambda(_)
            | ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Imaginary(_)
            | ExprKind::Text(_)
            | ExprKind::Bytes(_)
            | ExprKind::Other(_) => Vec::new(),
        }
    }

    /// Whether following it again does nothing but to read the same again.
    pub fn is_only_read(&self) -> bool {
        let does_more = matches!(
            self.kind,
            ExprKind::Call { .. }
                | ExprKind::Comprehension(_)
                | ExprKind::Compare { .. }
                | ExprKind::Named { .. }
                | ExprKind::Yield(_)
        );
        !does_more && self.parts().into_iter().all(Self::is_only_read)
    }

    /// Whether what it reads lies within objects, which others may write to.
    fn looks_within(&self) -> bool {
        matches!(self.kind, ExprKind::Attribute { .. } | ExprKind::Subscript { .. })
            || self.parts().into_iter().any(Self::looks_within)
    }

    /// Itself, to be followed more than once: what does not stay what it is goes before, into
    /// variables that no source can name.
    fn settled(self, stays: &dyn Fn(&Self) -> bool, before: &mut Vec<Stmt>) -> Self {
        if stays(&self) {
            return self;
        }
        let span = self.span;
        let kind = match self.kind {
            ExprKind::Tuple(items) => {
                ExprKind::Tuple(items.into_iter().map(|item| item.settled(stays, before)).collect())
            }
            ExprKind::Slice { lower, upper, step } => {
                let mut end =
                    |end: Option<Box<Self>>| end.map(|e| Box::new(e.settled(stays, before)));
                ExprKind::Slice { lower: end(lower), upper: end(upper), step: end(step) }
            }
            kind => {
                let name = format!("{SETTLED}{}, {}", span.line, span.column);
                let name = ExprKind::Name(name);
                let target = Self { kind: name.clone(), span };
                let kind = StmtKind::Assign { targets: vec![target], value: Self { kind, span } };
                before.push(Stmt { kind, span });
                name
            }
        };
        Self { kind, span }
    }

    /// A target that is read before it is written: what stands before the last brackets or dot, and
    /// between the brackets, can be followed twice.
    fn settled_target(self, stays: &dyn Fn(&Self) -> bool, before: &mut Vec<Stmt>) -> Self {
        let mut settled = |part: Box<Self>| Box::new(part.settled(stays, before));
        let kind = match self.kind {
            ExprKind::Subscript { value, index } => {
                ExprKind::Subscript { value: settled(value), index: settled(index) }
            }
            ExprKind::Attribute { value, name } => {
                ExprKind::Attribute { value: settled(value), name }
            }
            other => other,
        };
        Self { kind, ..self }
    }

    /// Adds the names that a target gives values to.
    pub fn bind(&self, names: &mut Vec<String>) {
        match &self.kind {
            ExprKind::Name(name) => bind_name(name, names),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().for_each(|item| item.bind(names));
            }
            ExprKind::Starred(rest) => rest.bind(names),
            _ => {}
        }
    }

    /// Adds the names that it gives values to by `:=`.
    fn bind_within(&self, names: &mut Vec<String>) {
        if let ExprKind::Named { name, .. } = &self.kind {
            bind_name(name, names);
        }
        self.parts().into_iter().for_each(|part| part.bind_within(names));
    }
}

fn bind_name(name: &str, names: &mut Vec<String>) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// Expressions.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum ExprKind {
    Name(String),
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Imaginary(f64),
    Text(String),
    /// `bytes`.
    Bytes(Vec<u8>),
    Tuple(Vec<Expr>),
    List(Vec<Expr>),
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Logical {
        all: bool,
        values: Vec<Expr>,
    },
    Compare {
        left: Box<Expr>,
        rest: Vec<(CompareOp, Expr)>,
    },
    Call {
        function: Box<Expr>,
        args: Vec<Expr>,
        keywords: Vec<(String, Expr)>,
    },
    Attribute {
        value: Box<Expr>,
        name: String,
    },
    Subscript {
        value: Box<Expr>,
        index: Box<Expr>,
    },
    Slice {
        lower: Option<Box<Expr>>,
        upper: Option<Box<Expr>>,
        step: Option<Box<Expr>>,
    },
    IfElse {
        test: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    /// `name := value`.
    Named {
        name: String,
        value: Box<Expr>,
    },
    /// `yield value`.
    Yield(Option<Box<Expr>>),
    /// `*items`, among arguments, in a display, or as a target.
    Starred(Box<Expr>),
    /// A function without a name.
    Lambda(Rc<Function>),
    /// A dict, by its keys and values; a key with `*` stands for a dict that is unpacked by `**`.
    Dict(Vec<(Expr, Expr)>),
    Set(Vec<Expr>),
    Comprehension(Box<Comprehension>),
    /// A formatted string: its texts and values in order.
    Formatted(Vec<Expr>),
    /// A value in a formatted string that is converted by `!s`, `!r` or `!a`, or has a format.
    Format {
        value: Box<Expr>,
        conversion: Option<char>,
        spec: Option<Box<Expr>>,
    },
    /// An expression of this name, which is not compiled.
    Other(String),
}

/// What is made for each item of iterables.
#[derive(Clone, Debug, PartialEq)]
pub struct Comprehension {
    /// What the items become.
    pub kind: Collected,
    /// An item, or a dict's key.
    pub item: Expr,
    /// A dict's value.
    pub value: Option<Expr>,
    /// What is looped over, the outermost first.
    pub clauses: Vec<Clause>,
}

/// What a comprehension's items become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Collected {
    List,
    Set,
    Dict,
    Generator,
}

/// A `for` of a comprehension and the tests after it. Names that it binds stand nowhere else in the
/// function.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// What takes each item.
    pub target: Expr,
    /// What has them.
    pub iter: Expr,
    /// What has to hold of them.
    pub tests: Vec<Expr>,
}

/// Operators of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Sub,
    Mult,
    Div,
    FloorDiv,
    Mod,
    Pow,
    LShift,
    RShift,
    BitAnd,
    BitOr,
    BitXor,
    MatMult,
}

/// Operators of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Invert,
    Not,
    Plus,
    Minus,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CompareOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

impl BinaryOp {
    /// The operator by the name of its class in `ast`.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "Add" => Self::Add,
            "Sub" => Self::Sub,
            "Mult" => Self::Mult,
            "Div" => Self::Div,
            "FloorDiv" => Self::FloorDiv,
            "Mod" => Self::Mod,
            "Pow" => Self::Pow,
            "LShift" => Self::LShift,
            "RShift" => Self::RShift,
            "BitAnd" => Self::BitAnd,
            "BitOr" => Self::BitOr,
            "BitXor" => Self::BitXor,
            "MatMult" => Self::MatMult,
            _ => return None,
        })
    }

    /// How it is written, and the ufunc that computes it.
    pub fn ufunc(self) -> (&'static str, &'static str) {
        match self {
            Self::Add => ("+", "add"),
            Self::Sub => ("-", "subtract"),
            Self::Mult => ("*", "multiply"),
            Self::Div => ("/", "divide"),
            Self::FloorDiv => ("//", "floor_divide"),
            Self::Mod => ("%", "remainder"),
            Self::Pow => ("**", "power"),
            Self::LShift => ("<<", "left_shift"),
            Self::RShift => (">>", "right_shift"),
            Self::BitAnd => ("&", "bitwise_and"),
            Self::BitOr => ("|", "bitwise_or"),
            Self::BitXor => ("^", "bitwise_xor"),
            Self::MatMult => ("@", "matmul"),
        }
    }
}

impl CompareOp {
    /// The comparison by the name of its class in `ast`.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "Eq" => Self::Eq,
            "NotEq" => Self::NotEq,
            "Lt" => Self::Lt,
            "LtE" => Self::LtE,
            "Gt" => Self::Gt,
            "GtE" => Self::GtE,
            "Is" => Self::Is,
            "IsNot" => Self::IsNot,
            "In" => Self::In,
            "NotIn" => Self::NotIn,
            _ => return None,
        })
    }

    /// How it is written, and the ufunc that computes it, if one does.
    pub fn ufunc(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Eq => ("==", Some("equal")),
            Self::NotEq => ("!=", Some("not_equal")),
            Self::Lt => ("<", Some("less")),
            Self::LtE => ("<=", Some("less_equal")),
            Self::Gt => (">", Some("greater")),
            Self::GtE => (">=", Some("greater_equal")),
            Self::Is => ("is", None),
            Self::IsNot => ("is not", None),
            Self::In => ("in", None),
            Self::NotIn => ("not in", None),
        }
    }
}

impl CompareOp {
    /// Whether it holds between ints, as far as their order says.
    pub(crate) fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Self::Eq | Self::Is => a == b,
            Self::NotEq | Self::IsNot => a != b,
            Self::Lt => a < b,
            Self::LtE => a <= b,
            Self::Gt => a > b,
            Self::GtE => a >= b,
            Self::In | Self::NotIn => unreachable!("an int holds nothing"),
        }
    }
}

impl UnaryOp {
    /// The operator by the name of its class in `ast`.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "Invert" => Self::Invert,
            "Not" => Self::Not,
            "UAdd" => Self::Plus,
            "USub" => Self::Minus,
            _ => return None,
        })
    }
}
