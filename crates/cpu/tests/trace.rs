//! What a session keeps of its runs for whoever checks them, on a machine that makes a mistake.

use std::sync::Arc;
use stook_cpu::{Compiler, Cpu, Shipped, Tier};
use stook_kernel::KernelFn;
use stook_ops::ufunc;
use stook_plan::{Bundle, Memory, ShippedKey};
use stook_runtime::{Array, Backend, Input, Progress, Ran, Session, Workspace};
use stook_types::{DType, Result, Scalar};

/// A machine that spoils the first byte that a bundle of several operations writes.
#[derive(Debug)]
struct Faulty(Cpu);

impl Backend for Faulty {
    fn run(
        &self,
        bundle: &Bundle,
        workspace: &Workspace<'_>,
        progress: &mut Progress,
    ) -> Result<Ran> {
        let ran = self.0.run(bundle, workspace, progress)?;
        let written = bundle.body.operands.iter().find_map(|o| match o.memory {
            Memory::Storage(storage) if o.written => Some(storage),
            _ => None,
        });
        if let (Some(storage), true) = (written, bundle.members.len() > 1) {
            let buffer = workspace.buffers[storage].as_ref().expect("a bundle has memory");
            // SAFETY: the buffer has bytes, which nobody else uses while a bundle runs.
            unsafe { *buffer.pointer() ^= 1 };
        }
        Ok(ran)
    }

    fn shipped(&self, key: ShippedKey) -> Option<KernelFn> {
        self.0.shipped(key)
    }
}

fn session() -> Session {
    let compiler = Compiler::global().expect("a compiler");
    let shipped = Arc::new(Shipped::on_demand(compiler));
    let session = Session::new(Box::new(Faulty(Cpu::new(shipped, compiler, Tier::Shipped))));
    session.set_at_once(0);
    session.set_tracing(true);
    session
}

fn add(s: &Session, a: &Array, b: f64, out: Option<&Array>) -> Array {
    let row = ufunc("add").expect("a row");
    let types = [DType::F64, DType::F64];
    let signature = stook_ops::table()[row.0 as usize].resolve(&types).expect("a loop");
    let ins = [Input::Array(a), Input::Scalar(Scalar::float(DType::F64, b))];
    s.call(row, signature, &ins, &[out], None).expect("a call").remove(0)
}

fn bytes(array: &Array) -> &[u8] {
    let start = array.start().expect("a trace's memory is there");
    // SAFETY: the array is that many bytes, in order.
    unsafe { std::slice::from_raw_parts(start, array.view.size()) }
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn steps_are_right_where_the_bundle_is_not() {
    let s = session();
    let a = s.zeros(&[2], DType::F64).expect("memory");
    let b = add(&s, &a, 1.0, None);
    let c = add(&s, &b, 2.0, None);
    drop(b);
    s.read(&c).expect("a run");
    let trace = &s.traces()[0];
    assert_eq!((trace.program.instructions.len(), trace.bundles), (2, 1));

    let memory = trace.before().expect("memory");
    assert_eq!(bytes(&memory[0]), doubles(&[0.0, 0.0]));
    let after = trace.after();
    assert!(after[1].is_none(), "nobody holds what lies between");
    for number in 0..2 {
        s.step(trace, number, &memory.iter().collect::<Vec<_>>()).expect("a step");
    }
    assert_eq!(bytes(&memory[1]), doubles(&[1.0, 1.0]));
    assert_eq!(bytes(&memory[2]), doubles(&[3.0, 3.0]));
    let mut spoiled = doubles(&[3.0, 3.0]);
    spoiled[0] ^= 1;
    assert_eq!(bytes(after[2].as_ref().expect("it lives on")), spoiled);
}

#[test]
fn a_shorter_bundle_leaves_what_its_last_operation_wrote() {
    let s = session();
    let a = s.zeros(&[2], DType::F64).expect("memory");
    let b = add(&s, &a, 1.0, None);
    let c = add(&s, &b, 2.0, None);
    drop(b);
    s.read(&c).expect("a run");
    let trace = &s.traces()[0];
    let one = s.bundled(trace, 1).expect("a run");
    assert_eq!(bytes(one[1].as_ref().expect("it was written")), doubles(&[1.0, 1.0]));
    let two = s.bundled(trace, 2).expect("a run");
    assert_ne!(bytes(two[2].as_ref().expect("it was written")), doubles(&[3.0, 3.0]));
}

#[test]
fn a_trace_keeps_what_was_overwritten() {
    let s = session();
    let a = s.zeros(&[2], DType::F64).expect("memory");
    add(&s, &a, 1.0, Some(&a));
    s.read(&a).expect("a run");
    let trace = &s.traces()[0];
    assert_eq!(bytes(&trace.before().expect("memory")[0]), doubles(&[0.0, 0.0]));
    assert_eq!(bytes(trace.after()[0].as_ref().expect("it lives on")), doubles(&[1.0, 1.0]));
}

#[test]
fn nothing_is_kept_or_counted_beside_the_session() {
    let s = session();
    let a = s.zeros(&[2], DType::F64).expect("memory");
    s.read(&add(&s, &a, 1.0, None)).expect("a run");
    let (trace, before) = (s.traces().remove(0), s.counters());
    let memory = trace.before().expect("memory");
    s.step(&trace, 0, &memory.iter().collect::<Vec<_>>()).expect("a step");
    assert_eq!(s.counters(), before);
    assert!(s.traces().is_empty());
    s.set_tracing(false);
    s.read(&add(&s, &a, 1.0, None)).expect("a run");
    assert!(s.traces().is_empty());
}
