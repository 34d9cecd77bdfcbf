//! Every loop of every ufunc, compiled, against the interpreter.

mod support;

use stook_kernel::{Access, Extent, Kernel, Operand, Phase, Sink, Source, Walk};
use stook_llvm::Effort;
use stook_ops::{Builder, Loop, Ufunc, table};
use stook_types::DType;
use support::{Compiled, Shape, compare};

/// A kernel that runs one loop over unit strides.
fn kernel_of(row: &Ufunc, index: usize, signature: &Loop) -> Kernel {
    let mut builder = Builder::new(&[]);
    let (mut operands, mut sources, mut args) = (Vec::new(), Vec::new(), Vec::new());
    let unit = |dtype, access| Operand {
        dtype,
        walk: Walk::Unit,
        access,
    };
    for &dtype in &signature.ins {
        for part in 0..dtype.parts() {
            args.push(builder.param(dtype.real()));
            sources.push(Source::Load {
                operand: operands.len(),
                part,
            });
        }
        operands.push(unit(dtype, Access::Read));
    }
    let results = row.place(index, &mut builder, &args);
    let mut sinks = Vec::new();
    let mut next = 0;
    for &dtype in &signature.outs {
        let values = (next..next + dtype.parts()).collect();
        next += dtype.parts();
        sinks.push(Sink::Store {
            operand: operands.len(),
            values,
        });
        operands.push(unit(dtype, Access::Write));
    }
    let body = builder.finish(results);
    let phase = Phase {
        extent: Extent::Columns,
        sources,
        body,
        sinks,
        check: None,
    };
    Kernel {
        operands,
        phases: vec![phase],
        ..Kernel::default()
    }
}

#[test]
fn compiled_ufuncs_equal_interpreted_ones() {
    for row in table() {
        let kernels: Vec<(String, Kernel)> = row
            .loops
            .iter()
            .enumerate()
            .map(|(k, signature)| {
                let letters =
                    |types: &[DType]| types.iter().map(|t| t.letter()).collect::<String>();
                let ins = letters(&signature.ins).replace('?', "bool");
                let outs = letters(&signature.outs).replace('?', "bool");
                (
                    format!("{}_{k}_{ins}_{outs}", row.name),
                    kernel_of(row, k, signature),
                )
            })
            .collect();
        let named: Vec<(&str, &Kernel)> = kernels.iter().map(|(n, k)| (n.as_str(), k)).collect();
        let compiled = Compiled::new(&named, Effort::Quick);
        for (name, kernel) in &kernels {
            for (columns, tame) in [(70, true), (450, false)] {
                let shape = Shape {
                    tame,
                    ..Shape::new(1, columns)
                };
                compare(name, kernel, compiled.get(name), shape, 1);
            }
        }
    }
}
