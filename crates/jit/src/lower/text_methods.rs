//! Methods of strings: those of the library, and others outside of compiled code.

use super::texts::known;
use super::walks::Walk;
use super::{Followed, Lowerer};
use crate::site::Exception;
use crate::syntax::{Expr, ExprKind};
use crate::types::{BOOL, INT, Type};
use crate::value::Value;
use stook_kernel::Local;
use stook_types::DType;

/// Methods that the library has for characters below 128, and what it calls them.
const OF_ASCII: &[(&str, &str)] = &[
    ("upper", "upper_text"),
    ("lower", "lower_text"),
    ("isdigit", "are_digits"),
    ("isdecimal", "are_digits"),
    ("isnumeric", "are_digits"),
    ("isalpha", "are_letters"),
    ("isalnum", "are_letters_or_digits"),
    ("isupper", "are_upper"),
    ("islower", "are_lower"),
];

impl Lowerer<'_, '_> {
    /// A call of a string's method.
    pub(super) fn text_method(
        &mut self,
        text: &Value,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let split = matches!(name, "split" | "rsplit")
            && keywords.iter().all(|(name, _)| matches!(name.as_str(), "sep" | "maxsplit"));
        if split {
            return self.split_text(text, name, args, keywords);
        }
        if keywords.is_empty()
            && let Some(made) = self.method_of_library(text, name, args)?
        {
            return Ok(made);
        }
        self.call_outside(None, name, vec![text.clone()], args, keywords)
    }

    /// A call of a method that the library has; nothing if it is another.
    fn method_of_library(
        &mut self,
        text: &Value,
        name: &str,
        args: &[Expr],
    ) -> Followed<Option<Value>> {
        let made = match (name, args) {
            ("find" | "rfind" | "index" | "rindex" | "count", [part, range @ ..])
                if range.len() <= 2 =>
            {
                self.looked_for(text, name, part, range)
            }
            ("startswith" | "endswith", [part, range @ ..]) if range.len() <= 2 => {
                let part = self.expression(part)?;
                let parts = part.items().unwrap_or_else(|| vec![part]);
                self.begins_or_ends(text, name, &parts, range)
            }
            ("join", [items]) => self.join_texts(text, items),
            ("replace", [old, new]) => self.replaced_text(text, old, new, None),
            ("replace", [old, new, count]) => self.replaced_text(text, old, new, Some(count)),
            ("strip" | "lstrip" | "rstrip", [] | [_]) => self.stripped(text, name, args.first()),
            ("partition" | "rpartition", [part]) => {
                let part = self.text_argument(part, name)?;
                self.refuse_empty(&part);
                self.call_library(&format!("{name}_text"), &[text.clone(), part])
            }
            ("removeprefix" | "removesuffix", [part]) => {
                let part = self.text_argument(part, name)?;
                self.call_library(&format!("{name}_text"), &[text.clone(), part])
            }
            ("isspace", []) => self.call_library("are_spaces", std::slice::from_ref(text)),
            ("isascii", []) => self.call_library("is_ascii", std::slice::from_ref(text)),
            ("splitlines", []) => self.lines_of(text, None),
            ("splitlines", [keep]) => self.lines_of(text, Some(keep)),
            (_, []) => {
                let Some(own) = crate::known::find(OF_ASCII, name) else { return Ok(None) };
                let is_ascii = self.call_library("is_ascii", std::slice::from_ref(text))?;
                self.choose(
                    is_ascii.parts[0],
                    |l| l.call_library(own, std::slice::from_ref(text)),
                    |l| l.call_outside(None, name, vec![text.clone()], &[], &[]),
                )
            }
            _ => return Ok(None),
        };
        made.map(Some)
    }

    fn text_argument(&mut self, expr: &Expr, method: &str) -> Followed<Value> {
        let value = self.expression(expr)?;
        self.as_text(&value, &format!("{method}()"))
    }

    /// The ends that a method's last arguments give, or those of the string.
    fn ends_in_text(&mut self, text: &Value, range: &[Expr]) -> Followed<[Value; 2]> {
        let mut ends = [self.int(0), Value::new(INT, vec![text.parts[2]])];
        for (end, given) in ends.iter_mut().zip(range) {
            let value = self.perhaps(given)?;
            if value.ty != Type::None {
                let value = self.present(&value);
                *end = Value::new(INT, vec![self.index(&value)?]);
            }
        }
        // Calls are alike whether an end is known or not.
        Ok(ends.map(|end| Value { known: None, ..end }))
    }

    /// `find`, `index`, `count` and kin.
    fn looked_for(
        &mut self,
        text: &Value,
        name: &str,
        part: &Expr,
        range: &[Expr],
    ) -> Followed<Value> {
        let (text, part) = (self.kept(text), self.text_argument(part, name)?);
        let [start, end] = self.ends_in_text(&text, range)?;
        let function = match name {
            "count" => "count_text",
            "rfind" | "rindex" => "rfind_text",
            _ => "find_text",
        };
        let found = self.call_library(function, &[text, part, start, end])?;
        if let "index" | "rindex" = name {
            let missing = self.is_negative(found.parts[0]);
            self.refuse_if(missing, Exception::Value, "substring not found");
        }
        Ok(found)
    }

    /// `startswith` and `endswith`, of one string or of several.
    fn begins_or_ends(
        &mut self,
        text: &Value,
        name: &str,
        parts: &[Value],
        range: &[Expr],
    ) -> Followed<Value> {
        let text = self.kept(text);
        let [start, end] = self.ends_in_text(&text, range)?;
        let mut found = self.as_value(super::control::Truth::Known(false));
        for part in parts {
            let part = self.as_text(part, &format!("{name}()"))?;
            let args = [text.clone(), part, start.clone(), end.clone()];
            let own = self.call_library(&format!("{name}_text"), &args)?;
            let either = self.compute_one(&[found.parts[0], own.parts[0]], |f, v| f.or(v[0], v[1]));
            found = Value::new(BOOL, vec![either]);
        }
        Ok(found)
    }

    /// `sep.join(items)`.
    fn join_texts(&mut self, between: &Value, items: &Expr) -> Followed<Value> {
        let list = match items.kind {
            ExprKind::Comprehension(_) => self.expression(items)?,
            _ => match self.any_walk(items)? {
                Walk::List(list) => list,
                walk => {
                    let list = self.unknown_list();
                    self.each(walk, None, &mut |l, item| l.append(&list, item))?;
                    self.settled(list)?
                }
            },
        };
        match self.known_item(&list)? {
            None => Ok(known("")),
            Some(Type::Text) => self.call_library("join_texts", &[between.clone(), list]),
            Some(item) => {
                let text = format!("join() takes strings, not items of type {}", item.describe());
                self.error(text, Some("write str(...) of each"))
            }
        }
    }

    fn replaced_text(
        &mut self,
        text: &Value,
        old: &Expr,
        new: &Expr,
        count: Option<&Expr>,
    ) -> Followed<Value> {
        let (old, new) = (self.text_argument(old, "replace")?, self.text_argument(new, "replace")?);
        let most = match count {
            Some(count) => {
                let count = self.expression(count)?;
                self.index(&count)?
            }
            None => self.size(-1),
        };
        let most = Value::new(INT, vec![most]);
        self.call_library("replace_text", &[text.clone(), old, new, most])
    }

    /// `strip` and kin: of white space, or of the characters of a string.
    fn stripped(&mut self, text: &Value, name: &str, of: Option<&Expr>) -> Followed<Value> {
        let sides = [name != "rstrip", name != "lstrip"];
        let [left, right] = sides.map(|side| self.as_value(super::control::Truth::Known(side)));
        let of = of.map(|of| self.perhaps(of)).transpose()?.filter(|of| of.ty != Type::None);
        match of {
            None => self.call_library("strip_spaces", &[text.clone(), left, right]),
            Some(of) => {
                let of = self.as_text(&of, &format!("{name}()"))?;
                self.call_library("strip_text", &[text.clone(), of, left, right])
            }
        }
    }

    /// `split` and `rsplit`, at white space or at a string.
    fn split_text(
        &mut self,
        text: &Value,
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let named = |name: &str| keywords.iter().find(|(own, _)| own == name).map(|(_, v)| v);
        let (between, most) = (args.first().or(named("sep")), args.get(1).or(named("maxsplit")));
        let between = between.map(|b| self.perhaps(b)).transpose()?;
        let most = match most {
            Some(most) => {
                let most = self.expression(most)?;
                self.index(&most)?
            }
            None => self.size(-1),
        };
        let (text, most) = (text.clone(), Value::new(INT, vec![most]));
        match between.filter(|between| between.ty != Type::None) {
            None => self.call_library(&format!("{name}_spaces"), &[text, most]),
            Some(between) => {
                let between = self.as_text(&between, &format!("{name}()"))?;
                self.refuse_empty(&between);
                self.call_library(&format!("{name}_text"), &[text, between, most])
            }
        }
    }

    /// `splitlines`, with the ends of lines if they are kept.
    fn lines_of(&mut self, text: &Value, keep: Option<&Expr>) -> Followed<Value> {
        let keep = match keep {
            Some(keep) => {
                let keep = self.expression(keep)?;
                self.truth(&keep)?
            }
            None => super::control::Truth::Known(false),
        };
        let keep = self.as_value(keep);
        self.call_library("lines_of_text", &[text.clone(), keep])
    }

    fn refuse_empty(&mut self, text: &Value) {
        let empty = self.is_zero(text.parts[2]);
        self.refuse_if(empty, Exception::Value, "empty separator");
    }

    fn is_zero(&mut self, number: Local) -> Local {
        self.compute_one(&[number], |f, v| {
            let zero = f.int(DType::I64, 0);
            f.eq(v[0], zero)
        })
    }
}
