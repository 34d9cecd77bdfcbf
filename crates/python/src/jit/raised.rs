//! Failures and refusals as exceptions of Python's.

use super::Version;
use super::calling::{Call, number};
use super::names::Names;
use super::races::Race;
use super::results;
use pyo3::prelude::*;
use stook_jit::syntax::Span;
use stook_jit::{CompileError, Exception, Piece};

/// The exception of a failure, from the user's line.
pub(super) fn failure(py: Python<'_>, version: &Version, site: usize, call: &Call<'_>) -> PyErr {
    let site = &version.sites[site];
    let mut values = call.values().iter();
    if site.exception == Exception::Raised {
        let number = values.next().copied().unwrap_or(0);
        return call.raised(py, number as i64);
    }
    let mut message = String::new();
    for piece in &site.message {
        match piece {
            Piece::Text(text) => message.push_str(text),
            Piece::Value(dtype) => {
                message.push_str(&number(*dtype, values.next().copied().unwrap_or(0)));
            }
            Piece::Object(ty) => {
                let words: Vec<u64> = values.by_ref().take(ty.parts().len()).copied().collect();
                // SAFETY: a failure holds the strings that belong to it.
                let object = unsafe { results::of_words(py, ty, &words) };
                let text = object.and_then(|object| object.repr().map(|text| text.to_string()));
                message.push_str(&text.unwrap_or_default());
            }
            Piece::Shown { ty, conversion, spec } => {
                let words: Vec<u64> = values.by_ref().take(ty.parts().len()).copied().collect();
                // SAFETY: as above.
                let object = unsafe { results::of_words(py, ty, &words) };
                match object.and_then(|object| shown(&object, *conversion, spec)) {
                    Ok(text) => message.push_str(&text),
                    Err(error) => return error,
                }
            }
        }
    }
    let whole = match &site.message[..] {
        // SAFETY: as above.
        [Piece::Object(ty)] => unsafe { results::of_words(py, ty, call.values()).ok() },
        _ => None,
    };
    let function = version.names.function(py, site.function);
    let class = version.names.exception(py, site.exception.name());
    let message = (!site.message.is_empty()).then_some(message);
    let made = py.import("stook._jit").and_then(|module| {
        module.getattr("failure")?.call1((class, message, function, place(site.span), whole))
    });
    made.map_or_else(|error| error, PyErr::from_value)
}

/// What an object is in a formatted string.
fn shown(object: &Bound<'_, PyAny>, conversion: Option<char>, spec: &str) -> PyResult<String> {
    let builtins = object.py().import("builtins")?;
    let object = match conversion {
        Some('s') => object.str()?.into_any(),
        Some('r') => object.repr()?.into_any(),
        Some(_) => builtins.call_method1("ascii", (object,))?,
        None => object.clone(),
    };
    builtins.call_method1("format", (object, spec))?.extract()
}

/// The exception of a function that cannot be compiled.
pub(super) fn refusal(py: Python<'_>, names: &Names<'_>, error: &CompileError) -> PyErr {
    let function = names.function(error.function);
    let made = py.import("stook._jit").and_then(|module| {
        module.getattr("refusal")?.call1((
            function,
            &error.message,
            error.hint.as_deref(),
            place(error.span),
            error.types.clone(),
        ))
    });
    made.map_or_else(|error| error, PyErr::from_value)
}

/// The exception of a race.
pub(super) fn race(py: Python<'_>, version: &Version, race: &Race) -> PyErr {
    let places = [&race.first, &race.second].map(|told| {
        (version.names.function(py, told.function), place(told.span), told.round, &told.name)
    });
    let made = py
        .import("stook._jit")
        .and_then(|module| module.getattr("race")?.call1((race.message(), race.hint(), places)));
    made.map_or_else(|error| error, PyErr::from_value)
}

fn place(span: Span) -> (u32, u32, u32, u32) {
    (span.line, span.column, span.end_line, span.end_column)
}
