//! Runs kernels twice, interpreted and compiled, on equal memory, and compares all of it.

#![allow(missing_docs, unreachable_pub, dead_code)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use stook_kernel::{
    Access, Kernel, KernelFn, Operand, Unit, UnitFn, Walk, interpret, verify, verify_unit,
};
use stook_llvm::{Effort, Target, object, unit_object};
use stook_types::DType;

/// Compiled kernels, linked by the system's linker so that the object itself is tested; a symbol
/// from outside would not be found.
pub struct Compiled {
    library: libloading::Library,
}

impl Compiled {
    pub fn new(kernels: &[(&str, &Kernel)], effort: Effort) -> Self {
        Self::with(kernels, Target::X86_64V3, effort)
    }

    pub fn with(kernels: &[(&str, &Kernel)], target: Target, effort: Effort) -> Self {
        for (name, kernel) in kernels {
            verify(kernel).unwrap_or_else(|text| panic!("{name}: {text}"));
        }
        Self::link(&object(kernels, target, effort).expect("kernels compile"))
    }

    pub fn unit(unit: &Unit, effort: Effort) -> Self {
        verify_unit(unit).unwrap_or_else(|text| panic!("{text}"));
        Self::link(&unit_object("entry", unit, Target::X86_64V3, effort).expect("units compile"))
    }

    fn link(bytes: &[u8]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let unique =
            format!("stook-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let stem: PathBuf = std::env::temp_dir().join(unique);
        let (o, so) = (stem.with_extension("o"), stem.with_extension("so"));
        std::fs::write(&o, bytes).expect("the object is written");
        let linked = std::process::Command::new("cc")
            .args(["-shared", "-nostdlib", "-Wl,-z,defs", "-o"])
            .args([&so, &o])
            .status();
        assert!(linked.expect("cc runs").success(), "the object links by itself");
        // SAFETY: the library has no initialisers.
        let library = unsafe { libloading::Library::new(&so) }.expect("it loads");
        for path in [o, so] {
            std::fs::remove_file(path).expect("it goes");
        }
        Self { library }
    }

    pub fn get(&self, name: &str) -> KernelFn {
        // SAFETY: the symbol is a function with these arguments.
        unsafe { *self.library.get::<KernelFn>(name.as_bytes()).expect("the symbol is there") }
    }

    pub fn entry(&self) -> UnitFn {
        // SAFETY: the symbol is a function with these arguments.
        unsafe { *self.library.get::<UnitFn>(b"entry").expect("the symbol is there") }
    }
}

/// A source of numbers; the same seed gives the same ones.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Bits of a scalar: any at all, or a moderate, a special or a small one.
    pub fn bits(&mut self, dtype: DType, tame: bool) -> u64 {
        let any = self.next();
        let small = self.below(41) as i128 - 20;
        let float = |v: f64| stook_types::Scalar::float(dtype, v).bits as u64;
        match dtype {
            DType::Bool => any & 1,
            _ if dtype.is_float() => match self.below(if tame { 2 } else { 8 }) {
                0 => float(small as f64 / 4.0),
                1 | 2 => float((any as f64 / u64::MAX as f64 - 0.5) * 2000.0),
                3 => float(f64::INFINITY),
                4 => float(f64::NAN),
                5 => float(if any & 1 == 0 { -0.0 } else { 0.0 }),
                _ => any >> (64 - 8 * dtype.size()),
            },
            _ => match self.below(3) {
                0 => any >> (64 - 8 * dtype.size()),
                1 if !tame => (1 << (8 * dtype.size() - 1)) - (any & 1),
                _ => stook_types::Scalar::integer(dtype, small).bits as u64,
            },
        }
    }
}

/// How a launch lays out one operand.
struct Layout {
    memory: Vec<u8>,
    start: usize,
    row: i64,
    column: i64,
}

/// A rectangle to run on.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub rows: usize,
    pub columns: usize,
    /// Moderate values only.
    pub tame: bool,
    /// Whether written and updated operands keep their place from row to row.
    pub accumulate: bool,
}

impl Shape {
    pub fn new(rows: usize, columns: usize) -> Self {
        Self { rows, columns, tame: false, accumulate: false }
    }
}

fn layout(operand: Operand, shape: Shape, random: &mut Random) -> Layout {
    let size = operand.dtype.size();
    let backwards = random.below(2) == 0;
    let column = match operand.walk {
        Walk::Unit => size,
        Walk::Fixed => 0,
        Walk::Strided => size * (1 + random.below(3) as usize),
    };
    let length = column * shape.columns.max(1) + size;
    let row = match operand.access {
        Access::Stream => length.next_multiple_of(64),
        Access::Accumulate => 0,
        Access::Update if shape.accumulate => 0,
        _ => length + size * random.below(3) as usize,
    };
    let elements = (row * shape.rows.max(1) + length) / size + 2;
    let mut memory = Vec::with_capacity(elements * size + 128);
    let scalar = operand.dtype.real();
    for _ in 0..elements * operand.dtype.parts() {
        let bits = random.bits(scalar, shape.tame);
        memory.extend_from_slice(&bits.to_le_bytes()[..scalar.size()]);
    }
    let back = backwards && operand.walk == Walk::Strided && shape.columns > 0;
    let start = if back { column * (shape.columns - 1) } else { 0 };
    let column = if back { -(column as i64) } else { column as i64 };
    Layout { memory, start, row: row as i64, column }
}

/// Runs a kernel both ways and asserts that memory and flags are the same.
pub fn compare(name: &str, kernel: &Kernel, compiled: KernelFn, shape: Shape, seed: u64) {
    let mut random = Random(seed);
    let layouts: Vec<Layout> =
        kernel.operands.iter().map(|&o| layout(o, shape, &mut random)).collect();
    let first = if random.below(2) == 0 { 0 } else { random.below(1000) as i64 };
    let expected = run(kernel, &layouts, shape, first, |a| {
        // SAFETY: the layouts reach every element that the launch does.
        unsafe {
            interpret(kernel, a.rows, a.columns, a.pointers, a.row, a.column, a.flags, a.first);
        }
    });
    let found = run(kernel, &layouts, shape, first, |a| {
        // SAFETY: as above.
        unsafe {
            compiled(a.rows, a.columns, a.pointers, a.row, a.column, a.flags, a.first);
        }
    });
    let context = format!("{name}, {shape:?}, seed {seed}");
    assert_eq!(expected.1, found.1, "flags of {context}");
    for (k, operand) in kernel.operands.iter().enumerate() {
        let scalar = operand.dtype.real();
        let both = expected.0[k].chunks(scalar.size()).zip(found.0[k].chunks(scalar.size()));
        for (at, (e, f)) in both.enumerate() {
            let same = e == f || (is_nan(scalar, e) && is_nan(scalar, f));
            assert!(same, "operand {k}, scalar {at} of {context}: {e:x?} expected, {f:x?} found");
        }
    }
}

struct Launch {
    rows: i64,
    columns: i64,
    pointers: *const *mut u8,
    row: *const i64,
    column: *const i64,
    flags: *mut u8,
    first: i64,
}

fn run(
    kernel: &Kernel,
    layouts: &[Layout],
    shape: Shape,
    first: i64,
    call: impl FnOnce(Launch),
) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut memories: Vec<Vec<u8>> =
        layouts.iter().map(|l| vec![0; l.memory.len() + 128]).collect();
    let mut starts = Vec::new();
    let mut pointers = Vec::new();
    for (layout, memory) in layouts.iter().zip(&mut memories) {
        // A line before it: a scan may go on from the element before its first.
        let start = memory.as_ptr().align_offset(64) + 64;
        memory[start..start + layout.memory.len()].copy_from_slice(&layout.memory);
        starts.push(start);
        pointers.push(memory[start + layout.start..].as_mut_ptr());
    }
    let row: Vec<i64> = layouts.iter().map(|l| l.row).collect();
    let column: Vec<i64> = layouts.iter().map(|l| l.column).collect();
    let mut flags = vec![0; kernel.flags];
    call(Launch {
        rows: shape.rows as i64,
        columns: shape.columns as i64,
        pointers: pointers.as_ptr(),
        row: row.as_ptr(),
        column: column.as_ptr(),
        flags: flags.as_mut_ptr(),
        first,
    });
    let left = memories.iter().zip(&starts).zip(layouts);
    let left = left.map(|((m, &s), l)| m[s..s + l.memory.len()].to_vec()).collect();
    (left, flags)
}

fn is_nan(dtype: DType, bytes: &[u8]) -> bool {
    dtype.is_float()
        && stook_types::Scalar::from_bytes(dtype, bytes).as_float().is_some_and(f64::is_nan)
}
