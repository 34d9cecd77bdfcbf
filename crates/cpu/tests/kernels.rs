//! Real kernels, from the tables through the code generator to a call.

use std::sync::Arc;
use stook_cpu::shipped::{Library, write};
use stook_cpu::{Compiler, DiskCache, FloatState, Level, Pool, emit, level};
use stook_kernel::{Kernel, KernelFn};
use stook_ops::{table, ufunc};
use stook_plan::ShippedKey;
use stook_plan::shipped::kernel;
use stook_types::DType;

fn of_f64(name: &str) -> Kernel {
    let id = ufunc(name).expect("the ufunc is in the table");
    let loops = &table()[usize::from(id.0)].loops;
    let number = loops.iter().position(|l| l.ins.iter().all(|&t| t == DType::F64));
    kernel(ShippedKey::Call(id, number.expect("it has a loop for float64") as u16))
}

/// Calls a kernel of two inputs and one output, all unit.
fn call(function: KernelFn, a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; a.len()];
    let pointers =
        [a.as_ptr().cast_mut().cast::<u8>(), b.as_ptr().cast_mut().cast(), out.as_mut_ptr().cast()];
    let (rows, columns) = ([0_i64; 3], [8_i64; 3]);
    let mut flags = [0_u8; 8];
    let _state = FloatState::enter();
    // SAFETY: three operands of `a.len()` elements each, as the kernel says.
    unsafe {
        let (rows, columns) = (rows.as_ptr(), columns.as_ptr());
        function(1, a.len() as i64, pointers.as_ptr(), rows, columns, flags.as_mut_ptr(), 0);
    }
    out
}

fn inputs(count: usize) -> (Vec<f64>, Vec<f64>) {
    let a = (0..count).map(|k| k as f64 * 0.37 - 50.0).collect();
    let b = (0..count).map(|k| 3.0 - k as f64 * 0.11).collect();
    (a, b)
}

fn folder(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("stook-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    path
}

#[test]
fn a_compiled_kernel_computes_and_comes_back_from_disk() {
    let Some(level) = level() else { return };
    let path = folder("compiled");
    let disk = || DiskCache::open(&path, 1 << 20);
    let add = Arc::new(of_f64("add"));
    let (a, b) = inputs(1_003);
    let expected: Vec<f64> = a.iter().zip(&b).map(|(x, y)| x + y).collect();
    let first = Compiler::new(level, emit::one, disk());
    let slot = first.wait(&add);
    assert_eq!(first.take_complaints(), [""; 0]);
    assert_eq!(call(slot.ready().expect("it compiled").function, &a, &b), expected);
    let next = Compiler::new(level, emit::one, disk());
    let known = next.known(&add).expect("it is on disk");
    assert_eq!(call(known.function, &a, &b), expected);
    let _ = std::fs::remove_dir_all(path);
}

#[test]
fn shipped_and_compiled_kernels_have_the_same_bits() {
    if level().is_none() {
        return;
    }
    let path = folder("shipped");
    let kernels = ["add", "multiply", "subtract"].map(of_f64);
    write(&path, "few.so", "few", &kernels, Level::V3, emit::many).expect("it is written");
    let library = Library::open(&path.join("few.so"), "few").expect("it opens");
    let compiler = Compiler::new(Level::V3, emit::one, None);
    let (a, b) = inputs(517);
    for (kernel, &shipped) in kernels.iter().zip(library.functions()) {
        let slot = compiler.wait(&Arc::new(kernel.clone()));
        let compiled = slot.ready().expect("it compiled").function;
        let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(call(shipped, &a, &b)), bits(call(compiled, &a, &b)));
    }
    let _ = std::fs::remove_dir_all(path);
}

#[test]
fn compiling_on_several_threads_at_once_is_safe() {
    let kernels = ["add", "multiply", "subtract"].map(of_f64);
    let run = Pool::new(3).run(9, &|k| {
        emit::one(&kernels[k % 3], Level::V3).expect("it compiles");
    });
    assert_eq!(run, Ok(()));
}
