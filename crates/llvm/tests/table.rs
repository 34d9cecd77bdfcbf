//! Every loop of every ufunc, compiled, against the interpreter.

mod support;

use stook_kernel::Kernel;
use stook_kernel::testing::ufunc_kernels;
use stook_llvm::Effort;
use stook_ops::table;
use support::{Compiled, Shape, compare};

#[test]
fn compiled_ufuncs_equal_interpreted_ones() {
    for row in table() {
        let kernels = ufunc_kernels(row);
        let named: Vec<(&str, &Kernel)> = kernels.iter().map(|(n, k)| (n.as_str(), k)).collect();
        let compiled = Compiled::new(&named, Effort::Quick);
        for (name, kernel) in &kernels {
            for (columns, tame) in [(70, true), (450, false)] {
                let shape = Shape { tame, ..Shape::new(1, columns) };
                compare(name, kernel, compiled.get(name), shape, 1);
            }
        }
    }
}
