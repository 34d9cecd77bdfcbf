//! Values as text: `str`, formatted strings, messages of exceptions, `print`.
//!
//! Real numbers are written by a function of C's, whatever has more to it by Python's own functions,
//! outside of compiled code. In the message of an exception nothing is written before that is made.

use super::texts::{known, known_text};
use super::{Followed, Lowerer};
use crate::host::Thing;
use crate::site::Piece;
use crate::syntax::{Expr, ExprKind};
use crate::types::{FLOAT, Type};
use crate::value::Value;
use stook_kernel::{FAILURE_VALUES, Local, Service, Step};
use stook_types::DType;

impl Lowerer<'_, '_> {
    // -- text of values ---------------------------------------------------------------------

    /// `str(x)`.
    pub(super) fn shown(&mut self, value: &Value) -> Followed<Value> {
        if let (Some(number), Type::Number { .. }) = (value.known, &value.ty) {
            return Ok(known(number.to_string()));
        }
        match &value.ty {
            ty if ty.is_text() => Ok(value.clone()),
            Type::None => Ok(known("None")),
            Type::Optional(inner) => {
                let own = Value::new((**inner).clone(), value.parts[1..].to_vec());
                self.choose(value.parts[0], |l| l.shown(&own), |_| Ok(known("None")))
            }
            Type::Number { dtype: DType::Bool, .. } => {
                self.choose(value.parts[0], |_| Ok(known("True")), |_| Ok(known("False")))
            }
            Type::Number { dtype, .. } if is_plain(*dtype) => {
                self.number_shown(*dtype, value.parts[0])
            }
            _ => self.call_builtin("str", vec![value.clone()]),
        }
    }

    /// `format(x, "")`: NumPy's narrow floats are Python's then.
    fn shown_in_format(&mut self, value: &Value) -> Followed<Value> {
        match value.ty {
            Type::Number { dtype: DType::F16 | DType::F32, .. } => {
                let value = self.converted(value, &FLOAT)?;
                self.shown(&value)
            }
            Type::Number { dtype, python } if python || is_plain(dtype) => self.shown(value),
            Type::None | Type::Optional(_) => self.shown(value),
            _ if value.ty.is_text() => Ok(value.clone()),
            _ => self.call_builtin("format", vec![value.clone()]),
        }
    }

    /// `repr(x)`.
    pub(super) fn represented(&mut self, value: &Value) -> Followed<Value> {
        match &value.ty {
            Type::None | Type::Number { python: true, .. } => self.shown(value),
            _ => self.call_builtin("repr", vec![value.clone()]),
        }
    }

    /// A call of a builtin function, outside of compiled code.
    pub(super) fn call_builtin(&mut self, name: &str, values: Vec<Value>) -> Followed<Value> {
        let object = self.session.host.builtin_object(name);
        self.call_outside(Some(object), name, values, &[], &[])
    }

    /// A real number as Python writes it.
    fn number_shown(&mut self, dtype: DType, number: Local) -> Followed<Value> {
        let bits = Value::new(Type::strong(DType::U64), vec![self.bits_of(dtype, number)]);
        let what = Value { known: None, ..self.int(dtype as i64) };
        self.call_library("text_of_number", &[what, bits])
    }

    fn bits_of(&mut self, dtype: DType, number: Local) -> Local {
        self.compute_one(&[number], |f, v| match dtype {
            DType::Bool => {
                let (one, zero) = (f.int(DType::U64, 1), f.int(DType::U64, 0));
                f.select(v[0], one, zero)
            }
            _ => {
                let bits = f.bitcast(v[0], dtype.bits_type());
                f.convert(bits, DType::U64)
            }
        })
    }

    // -- formatted strings ------------------------------------------------------------------

    /// `f"..."`.
    pub(super) fn formatted(&mut self, items: &[Expr]) -> Followed<Value> {
        let mut texts: Vec<Value> = Vec::new();
        for item in items {
            let value = self.perhaps(item)?;
            let text = self.shown_in_format(&value)?;
            match (texts.last().and_then(known_text), known_text(&text)) {
                (Some(before), Some(own)) => {
                    let both = known(format!("{before}{own}"));
                    texts.pop();
                    texts.push(both);
                }
                _ => texts.push(text),
            }
        }
        match &texts[..] {
            [] => Ok(known("")),
            [text] => Ok(text.clone()),
            _ => self.concatenated(&texts),
        }
    }

    fn concatenated(&mut self, texts: &[Value]) -> Followed<Value> {
        let texts: Vec<Value> = texts.iter().map(|text| self.kept(text)).collect();
        let lengths: Vec<Local> = texts.iter().map(|text| text.parts[2]).collect();
        let total = self.compute_one(&lengths, |f, v| {
            let zero = f.int(DType::I64, 0);
            v.iter().fold(zero, |sum, &length| f.add(sum, length))
        });
        let made = self.new_points(total)?;
        let mut at = self.int(0);
        for text in &texts {
            let start = Value { known: None, ..at };
            at = self.call_library("put_text", &[made.clone(), start, text.clone()])?;
        }
        Ok(Value::new(Type::Text, made.parts))
    }

    /// A value in a formatted string that is converted or has a format.
    pub(super) fn format(
        &mut self,
        value: &Expr,
        conversion: Option<char>,
        spec: Option<&Expr>,
    ) -> Followed<Value> {
        let value = self.perhaps(value)?;
        let value = match conversion {
            Some('s') => self.shown(&value)?,
            Some('r') => self.represented(&value)?,
            Some(_) => self.call_builtin("ascii", vec![value])?,
            None => value,
        };
        let spec = match spec {
            Some(spec) => self.expression(spec)?,
            None => known(""),
        };
        if known_text(&spec) == Some("") {
            return self.shown_in_format(&value);
        }
        let value = self.present(&value);
        self.call_builtin("format", vec![value, spec])
    }

    // -- messages ---------------------------------------------------------------------------

    /// The message of an exception, and the values that belong to it.
    pub(super) fn message(&mut self, expr: &Expr) -> Followed<(Vec<Piece>, Vec<Local>)> {
        let (parts, is_formatted) = match &expr.kind {
            ExprKind::Formatted(parts) => (&parts[..], true),
            _ => (std::slice::from_ref(expr), false),
        };
        let (steps, found) = self.block(|l| l.pieces(parts, is_formatted))?;
        if let Some((mut pieces, values)) = found
            && values.len() <= FAILURE_VALUES
        {
            if pieces.is_empty() {
                pieces.push(Piece::Text(String::new()));
            }
            steps.into_iter().for_each(|step| self.emit(step));
            return Ok((pieces, values));
        }
        let value = self.perhaps(expr)?;
        let text = self.shown(&value)?;
        let text = self.kept(&text);
        let piece = Piece::Shown { ty: Type::Text, conversion: None, spec: String::new() };
        Ok((vec![piece], text.parts))
    }

    /// A message as what is known of it and values; nothing where they say too little.
    fn pieces(
        &mut self,
        parts: &[Expr],
        is_formatted: bool,
    ) -> Followed<Option<(Vec<Piece>, Vec<Local>)>> {
        let (mut pieces, mut values) = (Vec::new(), Vec::new());
        for part in parts {
            let (value, conversion, spec) = match &part.kind {
                ExprKind::Format { value, conversion, spec } => {
                    let spec = match spec {
                        Some(spec) => self.expression(spec)?,
                        None => known(""),
                    };
                    let Some(spec) = known_text(&spec) else { return Ok(None) };
                    (&**value, *conversion, spec.to_owned())
                }
                _ => (part, None, String::new()),
            };
            let value = self.expression(value)?;
            let is_bare = conversion.is_none() && spec.is_empty();
            match &value.ty {
                Type::Thing(Thing::Text(text)) if is_bare => pieces.push(Piece::Text(text.clone())),
                Type::Number { dtype, .. }
                    if is_bare && is_plain(*dtype) && !(is_formatted && *dtype == DType::F32) =>
                {
                    pieces.push(Piece::Value(*dtype));
                    values.push(value.parts[0]);
                }
                ty if ty.is_text() || is_formatted && ty.dtype().is_some() => {
                    let value = self.kept(&value);
                    pieces.push(Piece::Shown { ty: value.ty, conversion, spec });
                    values.extend(value.parts);
                }
                _ => return Ok(None),
            }
        }
        Ok(Some((pieces, values)))
    }

    // -- print ------------------------------------------------------------------------------

    /// `print(...)`.
    pub(super) fn print(&mut self, args: &[Expr], keywords: &[(String, Expr)]) -> Followed<Value> {
        let values = args.iter().map(|arg| self.perhaps(arg)).collect::<Followed<Vec<_>>>()?;
        let (mut between, mut end) = (known(" "), known("\n"));
        for (keyword, value) in keywords {
            let value = self.perhaps(value)?;
            match (keyword.as_str(), &value.ty) {
                ("sep" | "end", Type::None) | ("flush", _) => {}
                ("sep", ty) if ty.is_text() => between = value,
                ("end", ty) if ty.is_text() => end = value,
                _ => {
                    let text = format!("'{keyword}' of print, {}", value.ty.describe());
                    return self.error(text, Some("sep and end are strings; print to sys.stdout"));
                }
            }
        }
        for (k, value) in values.iter().enumerate() {
            if k > 0 {
                self.print_value(&between)?;
            }
            self.print_value(value)?;
        }
        self.print_value(&end)?;
        Ok(Value::new(Type::None, Vec::new()))
    }

    fn print_value(&mut self, value: &Value) -> Followed<()> {
        match &value.ty {
            Type::None => self.print_known("None"),
            Type::Optional(inner) => {
                let own = Value::new((**inner).clone(), value.parts[1..].to_vec());
                let (then, ()) = self.block(|l| l.print_value(&own))?;
                let otherwise = self.steps_of(|l| l.print_known("None"));
                self.emit(Step::If { condition: value.parts[0], then, otherwise });
            }
            Type::Thing(Thing::Text(text)) => self.print_known(text),
            Type::Text => {
                let what = self.size(0);
                self.counted_rounds(value.parts[2], |l, k| {
                    let point = l.point(value, k);
                    let bits = l.compute_one(&[point], |f, v| f.convert(v[0], DType::U64));
                    l.ask_print(what, bits);
                    Ok(())
                })?;
            }
            Type::Number { dtype, .. } if is_plain(*dtype) => {
                let bits = self.bits_of(*dtype, value.parts[0]);
                let what = self.size(1 + *dtype as i64);
                self.ask_print(what, bits);
            }
            Type::Tuple(types) if types.iter().all(is_written_alike) => {
                let items = value.items().unwrap_or_default();
                self.print_known("(");
                for (k, item) in items.iter().enumerate() {
                    if k > 0 {
                        self.print_known(", ");
                    }
                    self.print_value(item)?;
                }
                self.print_known(if items.len() == 1 { ",)" } else { ")" });
            }
            Type::Thing(_) => {
                let text = format!("{} cannot be printed", value.ty.describe());
                return self.error(text, Some("print numbers and strings"));
            }
            _ => {
                let text = self.shown(value)?;
                self.print_value(&text)?;
            }
        }
        Ok(())
    }

    /// Characters one by one; lines are short.
    fn print_known(&mut self, text: &str) {
        let what = self.size(0);
        for character in text.chars() {
            let bits = self.compute_one(&[], |f, _| f.int(DType::U64, u32::from(character).into()));
            self.ask_print(what, bits);
        }
    }

    fn ask_print(&mut self, what: Local, bits: Local) {
        let args = vec![what, bits];
        self.emit(Step::Ask { service: Service::Print, args, into: Vec::new() });
    }
}

/// Whether a number is written from its type and bits alone.
fn is_plain(dtype: DType) -> bool {
    !dtype.is_complex() && dtype != DType::F16
}

/// Whether `str` and `repr` of a value are the same, and need nothing from outside.
fn is_written_alike(ty: &Type) -> bool {
    match ty {
        Type::None => true,
        Type::Number { dtype, python: true } => is_plain(*dtype),
        Type::Tuple(types) => types.iter().all(is_written_alike),
        Type::Optional(inner) => is_written_alike(inner),
        _ => false,
    }
}
