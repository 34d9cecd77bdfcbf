//! Reductions of arrays: sums, extremes, means and kin, as functions of NumPy's and as methods.
//!
//! The elements become a line, an array of one axis, which a function of the library reduces
//! (`stook._reductions`); arithmetic of lines is reduced as it is computed. Along an axis each line is
//! reduced by itself (`axes.rs`). What is asked for beyond that is called outside.

use super::axes::axis_of;
use super::elementwise::Operand;
use super::expressions::thing;
use super::folds::Line;
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::site::{Exception, Piece};
use crate::syntax::{Expr, ExprKind};
use crate::types::{ArrayType, FLOAT, INT, Layout, Type};
use crate::value::Value;
use stook_kernel::Local;
use stook_ops::{Reduction, reduction, reductions};
use stook_types::{DType, promote};

/// The module of the library's reductions.
pub(super) const MODULE: &str = "stook._reductions.";

/// How a line is reduced.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// By a row of the table.
    Fold(&'static str),
    /// To the first place of what a row finds; the row of places itself.
    Place(&'static str, &'static str),
    /// The greatest less the least.
    Spread,
    Mean,
    Variance,
    Deviation,
    NanMean,
    NanVariance,
    NanDeviation,
    /// The root of the sum of squares.
    Length,
}

/// Functions of NumPy's, how each reduces, and whether arrays have it as a method.
const KNOWN: &[(&str, Kind, bool)] = &[
    ("sum", Kind::Fold("add"), true),
    ("prod", Kind::Fold("multiply"), true),
    ("min", Kind::Fold("minimum"), true),
    ("amin", Kind::Fold("minimum"), false),
    ("max", Kind::Fold("maximum"), true),
    ("amax", Kind::Fold("maximum"), false),
    ("any", Kind::Fold("logical_or"), true),
    ("all", Kind::Fold("logical_and"), true),
    ("count_nonzero", Kind::Fold("count_nonzero"), false),
    ("nansum", Kind::Fold("nansum"), false),
    ("nanprod", Kind::Fold("nanprod"), false),
    ("nanmin", Kind::Fold("fmin"), false),
    ("nanmax", Kind::Fold("fmax"), false),
    ("argmin", Kind::Place("minimum", "argmin"), true),
    ("argmax", Kind::Place("maximum", "argmax"), true),
    ("ptp", Kind::Spread, false),
    ("mean", Kind::Mean, true),
    ("var", Kind::Variance, true),
    ("std", Kind::Deviation, true),
    ("nanmean", Kind::NanMean, false),
    ("nanvar", Kind::NanVariance, false),
    ("nanstd", Kind::NanDeviation, false),
    ("linalg.norm", Kind::Length, false),
];

/// What a reduction was asked for beyond its array.
#[derive(Default)]
pub(super) struct Asked {
    axis: Option<i64>,
    dtype: Option<DType>,
    ddof: Option<Value>,
}

impl Kind {
    /// The names of its arguments behind the array, by position.
    fn params(self) -> &'static [&'static str] {
        match self {
            Self::Fold("add" | "multiply") | Self::Mean => &["axis", "dtype"],
            Self::Variance | Self::Deviation | Self::NanVariance | Self::NanDeviation => {
                &["axis", "dtype", "out", "ddof"]
            }
            Self::Length => &[],
            _ => &["axis"],
        }
    }

    /// Whether it is compiled for elements of a type.
    fn takes(self, dtype: DType, asked: &Asked) -> bool {
        let (plain, real) = (asked.dtype.is_none(), !dtype.is_complex());
        match self {
            Self::Fold(_) => asked.dtype.is_none_or(|to| to != DType::Bool && holds(to, dtype)),
            Self::Mean => asked.dtype.is_none_or(|to| to.real().is_float() && holds(to, dtype)),
            Self::Place(..) => true,
            Self::Spread => real && dtype != DType::Bool,
            Self::Length => real && dtype != DType::F16,
            _ => plain && real,
        }
    }

    /// Whether elements in any order have one result.
    fn has_one_result(self, dtype: DType) -> bool {
        match self {
            Self::Place(..) | Self::Fold("logical_or" | "logical_and" | "count_nonzero") => true,
            Self::Fold(_) | Self::Spread => !dtype.real().is_float(),
            _ => false,
        }
    }

    /// The row that has no result for no elements.
    fn needs_some(self) -> Option<&'static Reduction> {
        let row = match self {
            Self::Fold(row) | Self::Place(_, row) => row,
            Self::Spread => "maximum",
            _ => return None,
        };
        Some(row_of(row)).filter(|row| !row.empty)
    }
}

impl Lowerer<'_, '_> {
    /// A call of a function of NumPy's on an array; nothing where it is no reduction that is
    /// compiled.
    pub(super) fn numpy_reduction(
        &mut self,
        (name, object): (&str, Option<usize>),
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Option<Value>> {
        let Some((_, kind, _)) = KNOWN.iter().find(|known| known.0 == name) else {
            return Ok(None);
        };
        let Some((first, others)) = args.split_first() else { return Ok(None) };
        if matches!(first.kind, ExprKind::Tuple(_) | ExprKind::List(_)) {
            return Ok(None);
        }
        let Some(asked) = self.asked_for(*kind, others, keywords)? else { return Ok(None) };
        let operand = self.operand(first)?;
        if let Some(made) = self.reduced(*kind, &operand, &asked)? {
            return Ok(Some(made));
        }
        let array = self.made(operand)?;
        self.call_outside(object, name, vec![array], others, keywords).map(Some)
    }

    /// A call of an array's method; nothing where it is no reduction that is compiled.
    pub(super) fn reduction_method(
        &mut self,
        operand: &Operand,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Option<Value>> {
        let Some((_, kind, _)) = KNOWN.iter().find(|known| known.0 == name && known.2) else {
            return Ok(None);
        };
        let Some(asked) = self.asked_for(*kind, args, keywords)? else { return Ok(None) };
        self.reduced(*kind, operand, &asked)
    }

    /// What a call asks for, if it is something that is compiled.
    fn asked_for(
        &mut self,
        kind: Kind,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Option<Asked>> {
        let params = kind.params();
        if args.len() > params.len() {
            return Ok(None);
        }
        let named = keywords.iter().map(|(name, expr)| (name.as_str(), expr));
        let mut asked = Asked::default();
        for (name, expr) in params.iter().copied().zip(args).chain(named) {
            // What is called outside after all is followed again.
            if !params.contains(&name) || !expr.is_only_read() {
                return Ok(None);
            }
            let value = self.perhaps(expr)?;
            match (name, &value.ty) {
                ("axis" | "dtype" | "out", Type::None) => {}
                ("axis", &INT) if value.known.is_some() => asked.axis = value.known,
                ("dtype", Type::Thing(_)) => {
                    asked.dtype = Some(self.dtype_of(Some(expr), DType::F64)?);
                }
                ("ddof", Type::Number { dtype, .. }) if !dtype.is_complex() => {
                    let to = if dtype.is_float() { FLOAT } else { INT };
                    asked.ddof = Some(self.converted(&value, &to)?);
                }
                _ => return Ok(None),
            }
        }
        Ok(Some(asked))
    }

    /// The reduction of an operand; nothing where it is not compiled.
    fn reduced(&mut self, kind: Kind, operand: &Operand, asked: &Asked) -> Followed<Option<Value>> {
        let Some((dtype, shape)) = operand.elements() else { return Ok(None) };
        if !kind.takes(dtype, asked) {
            return Ok(None);
        }
        if let Some(number) = asked.axis {
            let Some(axis) = axis_of(number, shape.len()) else { return Ok(None) };
            let is_last = axis + 1 == shape.len();
            if !is_last && !kind.has_one_result(asked.dtype.unwrap_or(dtype)) {
                // Sums over other axes are taken row by row, in an order of their own.
                return Ok(None);
            }
            if shape.len() > 1 {
                let array = self.made(operand.clone())?;
                return self.reduced_along(kind, (&array, axis), asked).map(Some);
            }
        }
        let count = self.elements(&shape);
        self.refuse_no_elements(kind, count);
        if let (Operand::Elements(elements), Kind::Fold(row), None) = (operand, kind, asked.dtype)
            && shape.len() == 1
        {
            let Some(plain) = elements.perhaps_plain() else {
                return self.fold_operand(row, operand).map(Some);
            };
            let otherwise = operand.clone();
            let made = self.choose(
                plain,
                |l| l.fold_operand(row, operand),
                |l| {
                    let array = l.made(otherwise)?;
                    l.reduced_array(kind, &array, asked)
                },
            );
            return made.map(Some);
        }
        let array = self.made(operand.clone())?;
        self.reduced_array(kind, &array, asked).map(Some)
    }

    /// NumPy's exception where there are no elements and there must be some.
    pub(super) fn refuse_no_elements(&mut self, kind: Kind, count: Local) {
        let Some(row) = kind.needs_some() else { return };
        let none = self.compute_one(&[count], |f, v| {
            let zero = f.int(DType::I64, 0);
            f.eq(v[0], zero)
        });
        self.refuse_if(none, Exception::Value, &row.no_identity().to_string());
    }

    pub(super) fn reduced_array(
        &mut self,
        kind: Kind,
        array: &Value,
        asked: &Asked,
    ) -> Followed<Value> {
        let line = self.line_of(array)?;
        let Some(stride) = line.array().and_then(|line| line.own_stride(0)) else {
            return self.reduced_line(kind, &line, asked);
        };
        // Elements that turn out to lie one after another are loaded as vectors.
        let size = line.array().map_or(0, |line| line.ty.dtype.size());
        let packed = self.compute_one(&[stride], |f, v| {
            let size = f.int(DType::I64, size as i128);
            f.eq(v[0], size)
        });
        let close = self.without_strides(&line);
        self.choose(
            packed,
            |l| l.reduced_line(kind, &close, asked),
            |l| l.reduced_line(kind, &line, asked),
        )
    }

    /// The elements of an array as one of one axis, in order.
    fn line_of(&mut self, array: &Value) -> Followed<Value> {
        let found = array.array().expect("an array is reduced");
        let (dtype, ndim, layout) = (found.ty.dtype, found.ty.ndim, found.ty.layout);
        if layout == Layout::Any && ndim != 1 {
            let made = self.new_array(dtype, &found.shape())?;
            let copy = self.copied_elements(made, array)?;
            return self.line_of(&copy);
        }
        let ty = Type::Array(ArrayType { ndim: 1, writeable: false, ..found.ty });
        let mut parts = vec![found.data(), found.owner(), self.elements(&found.shape())];
        parts.extend((0..ndim).filter_map(|axis| found.own_stride(axis)));
        Ok(Value::new(ty, parts))
    }

    fn reduced_line(&mut self, kind: Kind, line: &Value, asked: &Asked) -> Followed<Value> {
        let own = line.array().expect("a line is an array").ty.dtype;
        let ddof = match &asked.ddof {
            Some(ddof) => ddof.clone(),
            None => self.int(0),
        };
        let line = line.clone();
        match kind {
            Kind::Fold(row) | Kind::Place(_, row)
                if own.is_complex() || matches!(kind, Kind::Fold(_)) =>
            {
                let held = asked.dtype.unwrap_or(own);
                let made = self.call_library("fold", &[line, row_named(row), class(held)])?;
                let to = asked.dtype.map_or(made.ty.clone(), Type::strong);
                self.converted(&made, &to)
            }
            Kind::Place(extreme, _) => {
                let made = self.call_library("first_place", &[line, row_named(extreme)])?;
                Ok(Value::new(Type::strong(DType::I64), made.parts))
            }
            Kind::Spread => self.call_library("spread", &[line]),
            Kind::NanMean if own.real().is_float() => self.call_library("nan_mean", &[line]),
            Kind::Mean | Kind::NanMean => {
                let (held, result) = match asked.dtype {
                    Some(dtype) => (dtype, dtype),
                    None => types_of_mean(own),
                };
                self.call_library("mean", &[line, class(held), class(result)])
            }
            Kind::NanVariance if own.is_float() => self.call_library("nan_variance", &[line, ddof]),
            Kind::Variance | Kind::NanVariance => {
                self.call_library("variance", &[line, class(floating(own)), ddof])
            }
            Kind::Deviation => self.root_of(Kind::Variance, &line, asked),
            Kind::NanDeviation => self.root_of(Kind::NanVariance, &line, asked),
            _ => self.call_library("length", &[line, class(floating(own))]),
        }
    }

    fn root_of(&mut self, kind: Kind, line: &Value, asked: &Asked) -> Followed<Value> {
        let variance = self.reduced_line(kind, line, asked)?;
        self.ufunc("sqrt", &[&variance])
    }

    // -- products of vectors ----------------------------------------------------------------

    /// The product of two arrays of one axis, by the name of NumPy's function; nothing where they
    /// are others.
    pub(super) fn product_of_lines(
        &mut self,
        name: &str,
        a: &Value,
        b: &Value,
    ) -> Followed<Option<Value>> {
        let (Some(first), Some(second)) = (a.array(), b.array()) else { return Ok(None) };
        let result = promote(first.ty.dtype, second.ty.dtype);
        if (first.ty.ndim, second.ty.ndim) != (1, 1) || result == DType::Bool {
            return Ok(None);
        }
        let lengths = vec![first.length(0), second.length(0)];
        let differ = self.compute_one(&lengths, |f, v| f.ne(v[0], v[1]));
        let (message, told) = differing(name, &lengths);
        self.fail_if(differ, Exception::Value, message, told);
        let function = match name {
            "vdot" if result.is_complex() => "inner_of_conjugate",
            _ => "inner",
        };
        let held = class(if result == DType::F16 { DType::F32 } else { result });
        let (first, second) = (self.line_of(a)?, self.line_of(b)?);
        let made = self.call_library(function, &[first, second, held])?;
        self.converted(&made, &Type::strong(result)).map(Some)
    }

    // -- what the library calls -------------------------------------------------------------

    /// A reduction of the library's that is a loop of the compiler's own.
    pub(super) fn reduce_line(&mut self, row: &str, args: &[Expr]) -> Followed<Value> {
        if let ("quotient", [total, count]) = (row, args) {
            let (total, count) = (self.expression(total)?, self.expression(count)?);
            return self.quotient(&total, &count);
        }
        let operand = match &args[0].kind {
            ExprKind::Call { function, args: held, .. } if held.len() == 1 => {
                self.cast_line(function, &held[0], &args[0])?
            }
            _ => self.operand(&args[0])?,
        };
        self.fold_operand(row, &operand)
    }

    /// The elements of a line in the type of a class, which may be their own.
    fn cast_line(&mut self, class: &Expr, line: &Expr, cast: &Expr) -> Followed<Operand> {
        if let Type::Thing(Thing::Class { dtype, .. }) = self.expression(class)?.ty {
            let operand = self.operand(line)?;
            if operand.elements().is_some_and(|(own, _)| own == dtype) {
                return Ok(operand);
            }
        }
        self.operand(cast)
    }

    /// A fold of the elements of an operand of one axis, all of whose operands have its length.
    fn fold_operand(&mut self, row: &str, operand: &Operand) -> Followed<Value> {
        let Some((dtype, shape)) = operand.elements() else {
            return self.error(format!("{row} is a reduction of arrays"), None);
        };
        let Some(index) = row_of(row).resolve(dtype) else {
            return self.error(format!("{row} of an array of {dtype} is not compiled"), None);
        };
        let made = &row_of(row).loops[index];
        let fast = self.session.options.fast && matches!(row, "add" | "multiply");
        let parts = self.folded(made, Line { operand, count: shape[0], fast })?;
        Ok(Value::new(Type::strong(made.output), parts))
    }

    /// A sum over a count in the sum's type, by way of double precision.
    fn quotient(&mut self, total: &Value, count: &Value) -> Followed<Value> {
        let own = total.ty.dtype().unwrap_or(DType::F64);
        let wide = Type::strong(if own.is_complex() { DType::C128 } else { DType::F64 });
        let (total, count) = (self.converted(total, &wide)?, self.converted(count, &wide)?);
        let ratio = self.ufunc("divide", &[&total, &count])?;
        self.converted(&ratio, &Type::strong(own))
    }
}

fn row_of(name: &str) -> &'static Reduction {
    let id = reduction(name).expect("the compiler's own lists name rows of the table");
    &reductions()[usize::from(id.0)]
}

fn row_named(row: &str) -> Value {
    thing(Thing::Known { name: format!("{MODULE}{row}"), object: None })
}

fn class(dtype: DType) -> Value {
    thing(Thing::Class { dtype, python: false })
}

/// Whether a type has the imaginary parts of another.
fn holds(dtype: DType, other: DType) -> bool {
    dtype.is_complex() || !other.is_complex()
}

/// The type in which means and lengths of a type's elements are computed.
fn floating(dtype: DType) -> DType {
    if dtype.real().is_float() { dtype } else { DType::F64 }
}

/// In which type elements are added for their mean, and that of the mean.
fn types_of_mean(dtype: DType) -> (DType, DType) {
    match floating(dtype) {
        DType::F16 => (DType::F32, DType::F16),
        own => (own, own),
    }
}

/// What NumPy says of a product of vectors of different lengths, and the numbers in it.
fn differing(name: &str, lengths: &[Local]) -> (Vec<Piece>, Vec<Local>) {
    let (text, value) = (|text: &str| Piece::Text(text.to_owned()), Piece::Value(DType::I64));
    let (a, b) = (lengths[0], lengths[1]);
    match name {
        "vdot" => {
            let start = text("cannot reshape array of size ");
            (vec![start, value.clone(), text(" into shape ("), value, text(",)")], vec![b, a])
        }
        "__matmul__" | "matmul" => {
            let start = "matmul: Input operand 1 has a mismatch in its core dimension 0, with \
                         gufunc signature (n?,k),(k,m?)->(n?,m?) (size ";
            let between = text(" is different from ");
            (vec![text(start), value.clone(), between, value, text(")")], vec![b, a])
        }
        _ => {
            let pieces = vec![
                text("shapes ("),
                value.clone(),
                text(",) and ("),
                value.clone(),
                text(",) not aligned: "),
                value.clone(),
                text(" (dim 0) != "),
                value,
                text(" (dim 0)"),
            ];
            (pieces, vec![a, b, a, b])
        }
    }
}
