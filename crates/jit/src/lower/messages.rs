//! What Python says of a failure, where its versions say different things.
//!
//! Enters: what failed; leaves: the message of the version that runs, as [`Host::minor_version`] tells
//! it. The same message in all versions stands where the failure is found.
//!
//! [`Host::minor_version`]: crate::host::Host::minor_version

use super::session::Session;
use crate::site::Piece;
use crate::syntax::BinaryOp;
use crate::types::FLOAT;
use crate::value::Value;
use stook_kernel::Local;
use stook_types::DType;

/// A message, and the values that its pieces tell.
pub(super) type Message = (Vec<Piece>, Vec<Local>);

/// A piece that tells a value.
type Told = (Piece, Vec<Local>);

impl Session<'_> {
    /// Of the greatest or least of nothing.
    pub(super) fn says_empty(&self, name: &str) -> String {
        match self.host.minor_version() {
            ..12 => format!("{name}() arg is an empty sequence"),
            _ => format!("{name}() iterable argument is empty"),
        }
    }

    /// Of numbers of Python's that are divided by zero: ints, or others.
    pub(super) fn says_zero_division(&self, op: BinaryOp, whole: bool, complex: bool) -> &str {
        match (self.host.minor_version(), op) {
            (14.., _) => "division by zero",
            (_, BinaryOp::FloorDiv) if whole => "integer division or modulo by zero",
            (_, BinaryOp::FloorDiv) => "float floor division by zero",
            (_, BinaryOp::Mod) if whole => "integer modulo by zero",
            (_, BinaryOp::Mod) => "float modulo",
            _ if whole => "division by zero",
            _ if complex => "complex division by zero",
            _ => "float division by zero",
        }
    }

    /// Of a number outside of the domain of a function of `math` that wanted another; `whole` where
    /// it was an int that the function took as it is.
    pub(super) fn says_outside(&self, wanted: Option<&str>, float: &Value, whole: bool) -> Message {
        match (self.host.minor_version(), wanted) {
            (..14, _) | (_, None) => (vec![text("math domain error")], Vec::new()),
            (_, Some(wanted)) if whole => (vec![text(&format!("expected {wanted}"))], Vec::new()),
            (_, Some(wanted)) => {
                let start = text(&format!("expected {wanted}, got "));
                (vec![start, Piece::Object(FLOAT)], float.parts.clone())
            }
        }
    }

    /// Of what is at no place of a list.
    pub(super) fn says_not_in_list(&self, (piece, values): Told) -> Message {
        match self.host.minor_version() {
            ..14 => (vec![piece, text(" is not in list")], values),
            _ => (vec![text("list.index(x): x not in list")], Vec::new()),
        }
    }

    /// Of more items than targets. Of a list some versions say how many.
    pub(super) fn says_too_many(&self, targets: usize, items: Local, is_list: bool) -> Message {
        let start = format!("too many values to unpack (expected {targets}");
        match self.host.minor_version() {
            14.. if is_list => {
                let pieces =
                    vec![text(&start), text(", got "), Piece::Value(DType::I64), text(")")];
                (pieces, vec![items])
            }
            _ => (vec![text(&start), text(")")], Vec::new()),
        }
    }
}

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}
