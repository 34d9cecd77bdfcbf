//! Arithmetic of arrays: one loop for a whole expression.
//!
//! An expression of arrays is not computed at its operators: [`Elements`] knows its shape, the type
//! of its elements, and how to write the element at an index. Whoever needs the array writes the
//! loop ([`Lowerer::made`]), so `a * b + c` reads three arrays and writes one. It never outlives
//! its statement.

use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::known::of_numpy;
use crate::site::{Exception, Piece};
use crate::syntax::{BinaryOp, CompareOp, Expr, ExprKind, UnaryOp};
use crate::types::Type;
use crate::value::Value;
use std::rc::Rc;
use stook_kernel::{FAILURE_VALUES, Local, Step};
use stook_ops::ufunc;
use stook_types::DType;

/// How to write the element at an index; `plain` says that every operand has the whole shape.
type At = Rc<dyn Fn(&mut Lowerer<'_, '_>, &[Local], bool) -> Followed<Value>>;

/// What is done with the elements of operands.
pub(super) type Operation = Rc<dyn Fn(&mut Lowerer<'_, '_>, &[Value]) -> Followed<Value>>;

/// An array that has not been computed.
#[derive(Clone)]
pub(super) struct Elements {
    dtype: DType,
    shape: Vec<Local>,
    /// Whether every operand has the whole shape: a Bool.
    plain: Local,
    /// Whether they have, as far as is known while compiling.
    surely: bool,
    at: At,
}

/// A value, or an array that has not been computed.
#[derive(Clone)]
pub(super) enum Operand {
    Value(Value),
    Elements(Elements),
}

impl Elements {
    /// Whether every operand has the whole shape; nothing where they surely have.
    pub(super) fn perhaps_plain(&self) -> Option<Local> {
        (!self.surely).then_some(self.plain)
    }
}

impl Operand {
    /// The type of its elements and its shape, if it is an array.
    pub(super) fn elements(&self) -> Option<(DType, Vec<Local>)> {
        match self {
            Self::Value(value) => value.array().map(|array| (array.ty.dtype, array.shape())),
            Self::Elements(elements) => Some((elements.dtype, elements.shape.clone())),
        }
    }

    fn shape(&self) -> Option<Vec<Local>> {
        match self {
            Self::Value(value) => value.array().map(|array| array.shape()),
            Self::Elements(elements) => Some(elements.shape.clone()),
        }
    }
}

impl Lowerer<'_, '_> {
    /// The operand that an expression is: arithmetic of arrays is left to whoever needs it.
    pub(super) fn operand(&mut self, expr: &Expr) -> Followed<Operand> {
        let outer = self.go(expr.span);
        let made = match &expr.kind {
            ExprKind::Binary { op: BinaryOp::MatMult, left, right } => {
                let values = vec![self.expression(left)?, self.expression(right)?];
                if values.iter().any(|value| value.array().is_none()) {
                    return self.error("'@' takes arrays", None);
                }
                let made = match self.product_of_lines("__matmul__", &values[0], &values[1])? {
                    Some(made) => made,
                    None => self.call_outside(None, "__matmul__", values, &[], &[])?,
                };
                Operand::Value(made)
            }
            ExprKind::Binary { op, left, right } => {
                let (op, operands) = (*op, vec![self.operand(left)?, self.operand(right)?]);
                self.combined(operands, Rc::new(move |l, v| l.binary(op, &v[0], &v[1])))?
            }
            ExprKind::Unary { op: op @ (UnaryOp::Minus | UnaryOp::Invert), operand } => {
                let (op, operand) = (*op, self.operand(operand)?);
                self.combined(vec![operand], Rc::new(move |l, v| l.negated(op, &v[0])))?
            }
            ExprKind::Compare { left, rest } if is_single(rest) => {
                let (op, right) = &rest[0];
                let (op, operands) = (*op, vec![self.operand(left)?, self.operand(right)?]);
                self.combined(operands, Rc::new(move |l, v| l.compare(op, &v[0], &v[1])))?
            }
            ExprKind::Call { function, args, keywords } => {
                let args = &self.unpacked_by_star(args)?;
                match self.elementwise_call(function, args, keywords)? {
                    Some(operand) => operand,
                    None => {
                        let made = self.call(function, args, keywords)?;
                        Operand::Value(self.present(&made))
                    }
                }
            }
            _ => {
                let value = self.evaluated(expr)?;
                Operand::Value(self.present(&value))
            }
        };
        self.go(outer);
        Ok(made)
    }

    /// A call of a ufunc of one result; nothing if it is another call.
    pub(super) fn elementwise_call(
        &mut self,
        function: &Expr,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Option<Operand>> {
        if !keywords.is_empty() {
            return Ok(None);
        }
        let Some(operation) = self.operation_of(function, args.len())? else { return Ok(None) };
        let operands = args.iter().map(|a| self.operand(a)).collect::<Followed<Vec<_>>>()?;
        self.combined(operands, operation).map(Some)
    }

    /// What a call does with elements, if it is one of a ufunc of one result for so many arguments,
    /// or of a function that is one for arrays.
    fn operation_of(&mut self, function: &Expr, count: usize) -> Followed<Option<Operation>> {
        if let ExprKind::Attribute { value, .. } = &function.kind {
            if !matches!(&value.kind, ExprKind::Name(name) if !self.is_variable(name)) {
                return Ok(None);
            }
            let object = self.expression(value)?.ty;
            let is_class = matches!(object, Type::Thing(Thing::Record(_)));
            if object.is_text() || is_class || !matches!(object, Type::Thing(_)) {
                return Ok(None);
            }
        }
        let called = self.expression(function)?;
        let Type::Thing(thing) = &called.ty else { return Ok(None) };
        if let Some(operation) = self.operation_on_elements(thing) {
            return Ok(Some(operation));
        }
        let Thing::Known { name, .. } = thing else { return Ok(None) };
        let name = of_numpy(name).filter(|name| ufunc(name).is_some());
        let fits = |name: &&str| {
            let row = super::numbers::row(name);
            row.nin() == count && row.nout() == 1
        };
        let name = name.filter(fits).map(str::to_owned);
        Ok(name.map(|name| -> Operation {
            Rc::new(move |l, v| l.ufunc(&name, &v.iter().collect::<Vec<_>>()))
        }))
    }

    /// An operation on operands: a value if they are numbers, else what its elements are.
    fn combined(&mut self, operands: Vec<Operand>, operation: Operation) -> Followed<Operand> {
        if operands.iter().all(|operand| operand.shape().is_none()) {
            let values: Vec<Value> = operands
                .into_iter()
                .filter_map(|operand| match operand {
                    Operand::Value(value) => Some(value),
                    Operand::Elements(_) => None,
                })
                .collect();
            return operation(self, &values).map(Operand::Value);
        }
        let (shape, plain) = self.broadcast(&operands);
        let parts: Vec<At> = operands.iter().map(|operand| self.reader(operand, &shape)).collect();
        let at: At = Rc::new(move |l, index, plain| {
            let values =
                parts.iter().map(|part| part(l, index, plain)).collect::<Followed<Vec<_>>>()?;
            operation(l, &values)
        });
        let dtype = self.type_of_elements(&at, shape.len())?;
        let surely = have_one_shape(&operands);
        Ok(Operand::Elements(Elements { dtype, shape, plain, surely, at }))
    }

    /// The type of elements: they are written once, where nothing leads.
    fn type_of_elements(&mut self, at: &At, ndim: usize) -> Followed<DType> {
        let index: Vec<Local> = (0..ndim).map(|_| self.size(0)).collect();
        let (_, value) = self.block(|l| at(l, &index, true))?;
        match value.ty.dtype() {
            Some(dtype) => Ok(dtype),
            None => self.error("an array of this is not compiled", None),
        }
    }

    /// The shape of operands together, and whether each has it by itself.
    fn broadcast(&mut self, operands: &[Operand]) -> (Vec<Local>, Local) {
        let shapes = operands.iter().filter_map(Operand::shape).collect();
        let refusal = (Exception::Value, "operands could not be broadcast together");
        let (shape, mut plain) = self.broadcast_shapes(shapes, refusal);
        for operand in operands {
            if let Operand::Elements(elements) = operand {
                plain = self.compute_one(&[plain, elements.plain], |f, v| f.and(v[0], v[1]));
            }
        }
        (shape, plain)
    }

    /// The shape of shapes together, and whether each is it; what is raised where there is none.
    pub(super) fn broadcast_shapes(
        &mut self,
        shapes: Vec<Vec<Local>>,
        (exception, text): (Exception, &str),
    ) -> (Vec<Local>, Local) {
        let told = told_shapes(&shapes);
        let ndim = shapes.iter().map(Vec::len).max().unwrap_or(0);
        let whole = shapes.iter().all(|shape| shape.len() == ndim);
        let mut plain = self.compute_one(&[], |f, _| f.bits(DType::Bool, whole.into()));
        let mut all = Vec::new();
        for axis in 0..ndim {
            let mut lengths = shapes
                .iter()
                .filter_map(|shape| (axis + shape.len()).checked_sub(ndim).map(|k| shape[k]));
            let mut length = lengths.next().expect("an array has the axis");
            for other in lengths {
                let same = self.compute_one(&[length, other], |f, v| f.eq(v[0], v[1]));
                plain = self.compute_one(&[plain, same], |f, v| f.and(v[0], v[1]));
                let refused = self.compute_one(&[length, other, same], |f, v| {
                    let one = f.int(DType::I64, 1);
                    let (first, second) = (f.eq(v[0], one), f.eq(v[1], one));
                    let fits = f.or(first, second);
                    let fits = f.or(fits, v[2]);
                    f.not(fits)
                });
                let (message, values) = match &told {
                    Some((shapes, lengths)) => {
                        let start = Piece::Text(format!("{text} with shapes "));
                        ([vec![start], shapes.clone()].concat(), lengths.clone())
                    }
                    None => {
                        let message = vec![
                            Piece::Text(format!("{text}: ")),
                            Piece::Value(DType::I64),
                            Piece::Text(" and ".to_owned()),
                            Piece::Value(DType::I64),
                            Piece::Text(format!(" elements along axis {axis}")),
                        ];
                        (message, vec![length, other])
                    }
                };
                self.fail_if(refused, exception.clone(), message, values);
                length = self.compute_one(&[length, other], |f, v| {
                    let one = f.int(DType::I64, 1);
                    let single = f.eq(v[0], one);
                    f.select(single, v[1], v[0])
                });
            }
            all.push(length);
        }
        (all, plain)
    }

    /// How an operand's element is written for an index into the whole shape.
    fn reader(&mut self, operand: &Operand, shape: &[Local]) -> At {
        let Some(own) = operand.shape() else {
            let Operand::Value(value) = operand else { unreachable!("elements have a shape") };
            let value = value.clone();
            return Rc::new(move |_, _, _| Ok(value.clone()));
        };
        let skipped = shape.len() - own.len();
        let single: Vec<Local> = own.iter().map(|&length| self.has_one_place(length)).collect();
        let read: At = match operand {
            Operand::Value(value) => {
                let value = value.clone();
                Rc::new(move |l, index, _| Ok(l.load(&value, index)))
            }
            Operand::Elements(elements) => elements.at.clone(),
        };
        Rc::new(move |l, index, plain| {
            if plain {
                return read(l, &index[skipped..], true);
            }
            let own = l.of_single(&index[skipped..], &single);
            read(l, &own, false)
        })
    }

    /// Whether an axis has one place.
    pub(super) fn has_one_place(&mut self, length: Local) -> Local {
        self.compute_one(&[length], |f, v| {
            let one = f.int(DType::I64, 1);
            f.eq(v[0], one)
        })
    }

    /// An index into axes of which some have a single place, for all.
    pub(super) fn of_single(&mut self, at: &[Local], single: &[Local]) -> Vec<Local> {
        let axes = at.iter().zip(single);
        let place = |(&k, &single)| {
            self.compute_one(&[k, single], |f, v| {
                let zero = f.int(DType::I64, 0);
                f.select(v[1], zero, v[0])
            })
        };
        axes.map(place).collect()
    }

    /// The scalars of an element of an array of one axis, all of whose operands have its length.
    pub(super) fn element_of(&mut self, operand: &Operand, k: Local) -> Followed<Vec<Local>> {
        Ok(match operand {
            Operand::Value(value) => self.load(value, &[k]).parts,
            Operand::Elements(elements) => (elements.at.clone())(self, &[k], true)?.parts,
        })
    }

    /// The value of an operand: an array that has not been computed becomes one.
    pub(super) fn made(&mut self, operand: Operand) -> Followed<Value> {
        let elements = match operand {
            Operand::Value(value) => return Ok(value),
            Operand::Elements(elements) => elements,
        };
        let array = self.new_array(elements.dtype, &elements.shape)?;
        if elements.surely {
            self.written(&array, &elements, true)?;
            return Ok(Value { fresh: true, ..array });
        }
        let (then, ()) = self.block(|l| l.written(&array, &elements, true))?;
        let (otherwise, ()) = self.block(|l| l.written(&array, &elements, false))?;
        self.emit(Step::If { condition: elements.plain, then, otherwise });
        Ok(Value { fresh: true, ..array })
    }

    fn written(&mut self, array: &Value, elements: &Elements, plain: bool) -> Followed<()> {
        let at = elements.at.clone();
        self.fill_array(array, &mut |l, index| at(l, index, plain))
    }
}

/// Shapes as NumPy's messages have them, each with a space behind; nothing where a failure cannot
/// have as many lengths.
fn told_shapes(shapes: &[Vec<Local>]) -> Option<(Vec<Piece>, Vec<Local>)> {
    let lengths = shapes.concat();
    if lengths.len() > FAILURE_VALUES {
        return None;
    }
    let each = shapes.iter().flat_map(|shape| {
        let space = Piece::Text(" ".to_owned());
        told_shape(shape.len()).into_iter().chain([space])
    });
    Some((each.collect(), lengths))
}

/// A shape of so many axes, as a part of a message that tells its lengths: `(2,3)`.
pub(super) fn told_shape(ndim: usize) -> Vec<Piece> {
    let mut pieces = vec![Piece::Text("(".to_owned())];
    for axis in 0..ndim {
        pieces.push(Piece::Value(DType::I64));
        let last = axis + 1 == ndim;
        pieces.push(Piece::Text(
            if last && ndim > 1 {
                ")"
            } else if last {
                ",)"
            } else {
                ","
            }
            .to_owned(),
        ));
    }
    pieces
}

/// Whether all arrays among operands have one shape, whatever it turns out to be.
fn have_one_shape(operands: &[Operand]) -> bool {
    let mut shapes = operands.iter().filter_map(Operand::shape);
    let first = shapes.next();
    let surely = |operand: &Operand| !matches!(operand, Operand::Elements(e) if !e.surely);
    shapes.all(|shape| Some(shape) == first) && operands.iter().all(surely)
}

/// Whether a comparison is one that a ufunc computes.
fn is_single(rest: &[(CompareOp, Expr)]) -> bool {
    matches!(rest, [(op, _)] if op.ufunc().1.is_some())
}
