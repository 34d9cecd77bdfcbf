//! A kernel for each loop of a ufunc, over unit strides.

use crate::{Access, Extent, Kernel, Operand, Phase, Sink, Source, Walk};
use stook_ops::{Builder, Ufunc};
use stook_types::DType;

/// The kernels of all loops of a ufunc, each with a name that says which.
pub fn ufunc_kernels(row: &Ufunc) -> Vec<(String, Kernel)> {
    let letters = |types: &[DType]| types.iter().map(|t| t.letter()).collect::<String>();
    let mut kernels = Vec::new();
    for (index, signature) in row.loops.iter().enumerate() {
        let ins = letters(&signature.ins).replace('?', "bool");
        let outs = letters(&signature.outs).replace('?', "bool");
        let name = format!("{}_{index}_{ins}_{outs}", row.name);
        kernels.push((name, ufunc_kernel(row, index)));
    }
    kernels
}

/// A kernel that runs one loop of a ufunc over unit strides.
pub fn ufunc_kernel(row: &Ufunc, index: usize) -> Kernel {
    let signature = &row.loops[index];
    let mut builder = Builder::new(&[]);
    let (mut operands, mut sources, mut args) = (Vec::new(), Vec::new(), Vec::new());
    let unit = |dtype, access| Operand { dtype, walk: Walk::Unit, access };
    for &dtype in &signature.ins {
        for part in 0..dtype.parts() {
            args.push(builder.param(dtype.real()));
            sources.push(Source::Load { operand: operands.len(), part });
        }
        operands.push(unit(dtype, Access::Read));
    }
    let results = row.place(index, &mut builder, &args);
    let (mut sinks, mut next) = (Vec::new(), 0);
    for &dtype in &signature.outs {
        let values = (next..next + dtype.parts()).collect();
        next += dtype.parts();
        sinks.push(Sink::Store { operand: operands.len(), values });
        operands.push(unit(dtype, Access::Write));
    }
    let body = builder.finish(results);
    let phase = Phase { extent: Extent::Columns, sources, body, sinks, check: None };
    Kernel { operands, phases: vec![phase], ..Kernel::default() }
}
