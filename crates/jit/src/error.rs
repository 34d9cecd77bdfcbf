//! Why a function does not compile, in the user's own terms.

use crate::syntax::Span;

/// What in a function cannot be compiled, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// What was found and what was expected.
    pub message: String,
    /// The nearest way that works, if there is one to name.
    pub hint: Option<String>,
    /// Where it stands, and in which function of the host's.
    pub span: Span,
    /// The function, by the host's number.
    pub function: usize,
    /// Names on the line and their types at that point.
    pub types: Vec<(String, String)>,
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.span.line, self.message)
    }
}

impl std::error::Error for CompileError {}
