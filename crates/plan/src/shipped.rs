//! The kernels that ship with the package: one operation each, over contiguous rows.
//!
//! Small calls run on them at once, and the block tier walks a bundle with them. They are lowered
//! by the same code as bundles, so both tiers have the same bits.

use crate::body::{Body, BodyOperand, Def, Memory, Pass, Value};
use crate::lower::{States, lower};
use crate::mode::Mode;
use crate::nest::nest;
use smallvec::smallvec;
use stook_kernel::{Access, Extent, Kernel, Operand, Phase, Sink, Source, Walk};
use stook_ops::{ReductionId, Region, UfuncId, reductions, table};
use stook_types::DType;

/// Names a shipped kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ShippedKey {
    /// A loop of a ufunc: inputs, then outputs; all unit. Flags: one group.
    Call(UfuncId, u16),
    /// From one type to another.
    Cast(DType, DType),
    /// `mask ? a : b` of elements: mask, a, b, out.
    Select(DType),
    /// Copies elements of this type from any stride to unit stride.
    Gather(DType),
    /// Copies elements of this type from unit stride to any stride.
    Scatter(DType),
    /// Copies one element of this type to every column.
    Fill(DType),
    /// A row of elements to a state: elements, then one fixed operand per scalar of the state.
    Reduce(ReductionId, u16),
    /// Elements into a row of states: elements, then states (updated).
    Step(ReductionId, u16),
    /// Later states into earlier ones: later states, then earlier ones (updated).
    Merge(ReductionId, u16),
    /// A row of states to one state: states, then fixed states.
    MergeRow(ReductionId, u16),
    /// States to results.
    Finish(ReductionId, u16),
    /// Running results by a loop that joins two elements: any strides.
    Scan(UfuncId, u16),
}

/// Every shipped kernel, in a fixed order.
pub fn kernels() -> Vec<(ShippedKey, Kernel)> {
    keys().into_iter().map(|key| (key, kernel(key))).collect()
}

/// The keys of [`kernels`], in the same order.
pub fn keys() -> Vec<ShippedKey> {
    let mut keys = Vec::new();
    for (row, ufunc) in table().iter().enumerate() {
        let id = UfuncId(row as u16);
        for (k, signature) in ufunc.loops.iter().enumerate() {
            keys.push(ShippedKey::Call(id, k as u16));
            if signature.joins() {
                keys.push(ShippedKey::Scan(id, k as u16));
            }
        }
    }
    for from in DType::ALL {
        keys.extend(
            DType::ALL.into_iter().filter(|&to| to != from).map(|to| ShippedKey::Cast(from, to)),
        );
        keys.extend([ShippedKey::Select(from), ShippedKey::Gather(from)]);
        keys.extend([ShippedKey::Scatter(from), ShippedKey::Fill(from)]);
    }
    for (row, reduction) in reductions().iter().enumerate() {
        let id = ReductionId(row as u16);
        for k in 0..reduction.loops.len() as u16 {
            keys.extend([ShippedKey::Reduce(id, k), ShippedKey::Step(id, k)]);
            keys.extend([ShippedKey::Merge(id, k), ShippedKey::MergeRow(id, k)]);
            keys.push(ShippedKey::Finish(id, k));
        }
    }
    keys.retain(|&key| exists(key));
    keys
}

/// Steps by column have no index.
fn exists(key: ShippedKey) -> bool {
    let ShippedKey::Step(r, k) = key else {
        return true;
    };
    !reductions()[usize::from(r.0)].loops[usize::from(k)].fold.indexed
}

/// The kernel of this name.
pub fn kernel(key: ShippedKey) -> Kernel {
    match key {
        ShippedKey::Call(ufunc, loop_index) => call(ufunc, usize::from(loop_index)),
        ShippedKey::Cast(from, to) => cast(from, to),
        ShippedKey::Select(dtype) => select(dtype),
        ShippedKey::Gather(dtype) => copy(dtype, Walk::Strided, Walk::Unit),
        ShippedKey::Scatter(dtype) => copy(dtype, Walk::Unit, Walk::Strided),
        ShippedKey::Fill(dtype) => copy(dtype, Walk::Fixed, Walk::Unit),
        ShippedKey::Reduce(r, k) => reduce(r, usize::from(k)),
        ShippedKey::Step(r, k) => step(r, usize::from(k)),
        ShippedKey::Merge(r, k) => merge(r, usize::from(k)),
        ShippedKey::MergeRow(r, k) => merge_row(r, usize::from(k)),
        ShippedKey::Finish(r, k) => finish(r, usize::from(k)),
        ShippedKey::Scan(ufunc, k) => scan(ufunc, usize::from(k)),
    }
}

fn call(ufunc: UfuncId, loop_index: usize) -> Kernel {
    let signature = &table()[usize::from(ufunc.0)].loops[loop_index];
    let mut body = Body::default();
    let args: Vec<usize> = signature.ins.iter().map(|&t| loaded(&mut body, t)).collect();
    let mut pass = Pass::default();
    for (output, &dtype) in signature.outs.iter().enumerate() {
        let def = Def::Call { ufunc, loop_index, args: args.clone(), output, watch: true };
        computed(&mut body, &mut pass, def, dtype);
    }
    lowered(body, pass)
}

fn cast(from: DType, to: DType) -> Kernel {
    let mut body = Body::default();
    let arg = loaded(&mut body, from);
    let mut pass = Pass::default();
    computed(&mut body, &mut pass, Def::Cast(arg, true), to);
    lowered(body, pass)
}

fn select(dtype: DType) -> Kernel {
    let mut body = Body::default();
    let args = [DType::Bool, dtype, dtype].map(|t| loaded(&mut body, t));
    let mut pass = Pass::default();
    computed(&mut body, &mut pass, Def::Select(args[0], args[1], args[2]), dtype);
    lowered(body, pass)
}

fn loaded(body: &mut Body, dtype: DType) -> usize {
    let operand = unit(body, dtype, true);
    body.values.push(Value {
        def: Def::Load(operand),
        dtype,
        row: false,
        ready: 0,
        instruction: 0,
    });
    body.values.len() - 1
}

fn computed(body: &mut Body, pass: &mut Pass, def: Def, dtype: DType) {
    body.values.push(Value { def, dtype, row: false, ready: 0, instruction: 0 });
    let value = body.values.len() - 1;
    let operand = unit(body, dtype, false);
    pass.values.push(value);
    pass.stores.push((value, operand));
}

fn unit(body: &mut Body, dtype: DType, read: bool) -> usize {
    let number = body.operands.len();
    body.operands.push(BodyOperand {
        memory: Memory::Storage(number),
        offset: 0,
        strides: smallvec![dtype.size() as isize],
        dtype,
        read,
        written: !read,
    });
    number
}

fn lowered(mut body: Body, pass: Pass) -> Kernel {
    body.passes = vec![pass];
    let nest = nest(&body, &[1024], Mode::Map);
    lower(&body, &nest, States::Within).kernel
}

fn operand(dtype: DType, walk: Walk, access: Access) -> Operand {
    Operand { dtype, walk, access }
}

/// The sources of an operand's scalars.
fn loads(operand: usize, dtype: DType) -> impl Iterator<Item = Source> {
    (0..dtype.parts()).map(move |part| Source::Load { operand, part })
}

fn phase(extent: Extent, sources: Vec<Source>, body: Region, sinks: Vec<Sink>) -> Phase {
    Phase { extent, sources, body, sinks, check: None }
}

fn copy(dtype: DType, from: Walk, to: Walk) -> Kernel {
    let types = vec![dtype.real(); dtype.parts()];
    let store = Sink::Store { operand: 1, values: (0..types.len()).collect() };
    let sources = loads(0, dtype).collect();
    let body = stook_ops::unchanged(&types);
    Kernel {
        operands: vec![operand(dtype, from, Access::Read), operand(dtype, to, Access::Write)],
        phases: vec![phase(Extent::Columns, sources, body, vec![store])],
        ..Kernel::default()
    }
}

/// The scalars of an element, and its index where a fold asks for it.
fn element(r: ReductionId, k: usize) -> (Vec<DType>, Vec<Source>) {
    let signature = &reductions()[usize::from(r.0)].loops[k];
    let mut types = vec![signature.input.real(); signature.input.parts()];
    let mut sources: Vec<Source> = loads(0, signature.input).collect();
    if signature.fold.indexed {
        types.push(DType::I64);
        sources.push(Source::Index);
    }
    (types, sources)
}

/// A phase that stores a state, left in row values, to fixed operands from `first`.
fn store_state(state: &[DType], first: usize) -> Phase {
    let sources = (0..state.len()).map(Source::Row).collect();
    let stores =
        (0..state.len()).map(|part| Sink::Store { operand: first + part, values: vec![part] });
    phase(Extent::Once, sources, stook_ops::unchanged(state), stores.collect())
}

fn reduce(r: ReductionId, k: usize) -> Kernel {
    let signature = &reductions()[usize::from(r.0)].loops[k];
    let fold = &signature.fold;
    let (types, sources) = element(r, k);
    let values = (0..types.len()).collect();
    let sink = Sink::Reduce { fold: fold.clone(), values, into: 0 };
    let mut operands = vec![operand(signature.input, Walk::Unit, Access::Read)];
    operands.extend(fold.state.iter().map(|&t| operand(t, Walk::Fixed, Access::Write)));
    Kernel {
        operands,
        row_values: fold.state.clone(),
        phases: vec![
            phase(Extent::Columns, sources, stook_ops::unchanged(&types), vec![sink]),
            store_state(&fold.state, 1),
        ],
        flags: 0,
    }
}

fn step(r: ReductionId, k: usize) -> Kernel {
    let signature = &reductions()[usize::from(r.0)].loops[k];
    let fold = &signature.fold;
    let (types, element_sources) = element(r, k);
    let mut sources: Vec<Source> =
        (0..fold.state.len()).map(|s| Source::Load { operand: 1 + s, part: 0 }).collect();
    sources.extend(element_sources);
    let params: Vec<DType> = fold.state.iter().chain(&types).copied().collect();
    let body = Region::build(&params, |f, args| f.inline(&fold.step, args));
    let read = vec![operand(signature.input, Walk::Unit, Access::Read)];
    update(read, &fold.state, Access::Accumulate, sources, body)
}

fn merge(r: ReductionId, k: usize) -> Kernel {
    let fold = &reductions()[usize::from(r.0)].loops[k].fold;
    let n = fold.state.len();
    let sources = (n..2 * n).chain(0..n).map(|operand| Source::Load { operand, part: 0 }).collect();
    let params: Vec<DType> = fold.state.iter().chain(&fold.state).copied().collect();
    let body = Region::build(&params, |f, args| f.inline(&fold.merge, args));
    let later = fold.state.iter().map(|&t| operand(t, Walk::Unit, Access::Read)).collect();
    update(later, &fold.state, Access::Update, sources, body)
}

/// A kernel that writes a row of states, held by operands after `read`.
fn update(
    read: Vec<Operand>,
    state: &[DType],
    access: Access,
    sources: Vec<Source>,
    body: Region,
) -> Kernel {
    let first = read.len();
    let mut operands = read;
    operands.extend(state.iter().map(|&t| operand(t, Walk::Unit, access)));
    let stores =
        (0..state.len()).map(|part| Sink::Store { operand: first + part, values: vec![part] });
    let phases = vec![phase(Extent::Columns, sources, body, stores.collect())];
    Kernel { operands, phases, ..Kernel::default() }
}

fn merge_row(r: ReductionId, k: usize) -> Kernel {
    let fold = &reductions()[usize::from(r.0)].loops[k].fold;
    let n = fold.state.len();
    let sources = (0..n).map(|operand| Source::Load { operand, part: 0 }).collect();
    let sink = Sink::Merge { fold: fold.clone(), values: (0..n).collect(), into: 0 };
    let mut operands: Vec<Operand> =
        fold.state.iter().map(|&t| operand(t, Walk::Unit, Access::Read)).collect();
    operands.extend(fold.state.iter().map(|&t| operand(t, Walk::Fixed, Access::Write)));
    Kernel {
        operands,
        row_values: fold.state.clone(),
        phases: vec![
            phase(Extent::Columns, sources, stook_ops::unchanged(&fold.state), vec![sink]),
            store_state(&fold.state, n),
        ],
        flags: 0,
    }
}

fn finish(r: ReductionId, k: usize) -> Kernel {
    let signature = &reductions()[usize::from(r.0)].loops[k];
    let state = &signature.fold.state;
    let sources = (0..state.len()).map(|operand| Source::Load { operand, part: 0 }).collect();
    let mut operands: Vec<Operand> =
        state.iter().map(|&t| operand(t, Walk::Unit, Access::Read)).collect();
    operands.push(operand(signature.output, Walk::Unit, Access::Write));
    let values = (0..signature.output.parts()).collect();
    let store = Sink::Store { operand: state.len(), values };
    Kernel {
        operands,
        phases: vec![phase(Extent::Columns, sources, signature.finish.clone(), vec![store])],
        ..Kernel::default()
    }
}

fn scan(ufunc: UfuncId, k: usize) -> Kernel {
    let row = &table()[usize::from(ufunc.0)];
    let dtype = row.loops[k].outs[0];
    let types = vec![dtype.real(); dtype.parts()];
    let sink = Sink::Scan { step: row.formula(k), values: (0..types.len()).collect(), operand: 1 };
    let sources = loads(0, dtype).collect();
    Kernel {
        operands: vec![
            operand(dtype, Walk::Strided, Access::Read),
            operand(dtype, Walk::Strided, Access::Write),
        ],
        phases: vec![phase(Extent::Columns, sources, stook_ops::unchanged(&types), vec![sink])],
        ..Kernel::default()
    }
}
