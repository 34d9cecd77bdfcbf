//! What people call a bundle's kernel: the operations in it, for `perf`.

use crate::compiler::Compiled;
use crate::perf;
use stook_ops::{reductions, table};
use stook_plan::{Bundle, Def};

/// How many operations a name lists.
const MOST: usize = 12;

/// Tells `perf` of a bundle's compiled kernel.
pub(super) fn tell(bundle: &Bundle, compiled: &Compiled) {
    let name = name(bundle);
    perf::tell(compiled.code.pieces(|_| name.clone()));
}

/// Its operations in order, such as `bundle sin,multiply,sum`.
fn name(bundle: &Bundle) -> String {
    let mut names: Vec<&str> =
        bundle.body.values.iter().filter_map(|v| operation(&v.def)).collect();
    let left = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    let more = if left > 0 { format!(" and {left} more") } else { String::new() };
    format!("bundle {}{more}", names.join(","))
}

/// The operation that a value is the first output of.
fn operation(def: &Def) -> Option<&'static str> {
    match def {
        Def::Call { ufunc, output: 0, .. } | Def::Scan { ufunc, .. } => {
            Some(table()[usize::from(ufunc.0)].name)
        }
        Def::Fold { reduction, .. } | Def::Finish(reduction, ..) => {
            Some(reductions()[usize::from(reduction.0)].name)
        }
        _ => None,
    }
}
