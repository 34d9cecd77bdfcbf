//! What runs together, what is cut and why, what is stored.

use stook_ops::{reduction, reductions, table, ufunc};
use stook_plan::{
    Cut, Instruction, Memory, Mode, Op, Place, Plan, Program, Ref, StorageFacts, plan,
};
use stook_types::{DType, View};

/// Records instructions on float64 storages.
#[derive(Default)]
struct Recording {
    program: Program,
}

impl Recording {
    /// A storage of this shape with contents that live on.
    fn input(&mut self, shape: &[usize]) -> Place {
        self.storage(shape, true, true)
    }

    /// A storage that nobody looks at afterwards.
    fn temporary(&mut self, shape: &[usize]) -> Place {
        self.storage(shape, false, false)
    }

    /// A storage that somebody looks at afterwards.
    fn output(&mut self, shape: &[usize]) -> Place {
        self.storage(shape, true, false)
    }

    fn storage(&mut self, shape: &[usize], live: bool, filled: bool) -> Place {
        let view = View::contiguous(shape, 8);
        let bytes = view.size() * 8;
        self.program.storages.push(StorageFacts { bytes, live, filled, pinned: false });
        Place { storage: self.program.storages.len() - 1, view, dtype: DType::F64 }
    }

    fn call(&mut self, name: &str, ins: &[&Place], out: &Place) {
        let ufunc = ufunc(name).expect("a row");
        let types = vec![DType::F64; ins.len()];
        let loop_index = table()[usize::from(ufunc.0)].resolve(&types).expect("a loop");
        let broadcast = |p: &&Place| Place {
            view: p.view.broadcast_to(&out.view.shape).expect("a shape that fits"),
            ..(*p).clone()
        };
        self.push(Op::Call { ufunc, loop_index }, ins.iter().map(broadcast).collect(), out);
    }

    fn fold(&mut self, name: &str, axes: &[usize], input: &Place, out: &Place) {
        let reduction = reduction(name).expect("a row");
        let rows = &reductions()[usize::from(reduction.0)];
        let loop_index = rows.resolve(DType::F64).expect("a loop");
        self.push(
            Op::Reduce { reduction, loop_index, axes: axes.into() },
            vec![input.clone()],
            out,
        );
    }

    fn push(&mut self, op: Op, ins: Vec<Place>, out: &Place) {
        self.program.instructions.push(Instruction {
            op,
            ins: ins.into_iter().map(Ref::Place).collect(),
            mask: None,
            outs: [out.clone()].into_iter().collect(),
            watch: false,
            tag: 0,
        });
    }

    fn plan(&self) -> Plan {
        let plan = plan(&self.program);
        for bundle in &plan.bundles {
            stook_kernel::verify(&bundle.kernel).expect("a kernel within the rules");
        }
        plan
    }
}

/// Rows `from..to` of a matrix.
fn rows(matrix: &Place, from: usize, to: usize) -> Place {
    let mut part = matrix.clone();
    part.view.offset += from as isize * part.view.strides[0];
    part.view.shape[0] = to - from;
    part
}

fn with_axis(row_values: &Place) -> Place {
    let mut kept = row_values.clone();
    kept.view.shape.push(1);
    kept.view.strides.push(0);
    kept
}

fn stored(plan: &Plan) -> usize {
    plan.bundles.iter().flat_map(|b| &b.body.operands).filter(|o| o.written).count()
}

#[test]
fn a_chain_runs_as_one_and_stores_its_result_only() {
    let mut r = Recording::default();
    let (a, b) = (r.input(&[1000]), r.input(&[1000]));
    let (t, out) = (r.temporary(&[1000]), r.output(&[1000]));
    r.call("multiply", &[&a, &b], &t);
    r.call("add", &[&t, &a], &out);
    let plan = r.plan();
    assert_eq!(plan.bundles.len(), 1);
    assert_eq!(stored(&plan), 1);
    assert_eq!(plan.bundles[0].allocate, [out.storage]);
}

#[test]
fn what_nobody_needs_is_not_computed() {
    let mut r = Recording::default();
    let (a, t) = (r.input(&[1000]), r.temporary(&[1000]));
    r.call("multiply", &[&a, &a], &t);
    assert!(r.plan().bundles.is_empty());
}

#[test]
fn equal_expressions_are_computed_once() {
    let mut r = Recording::default();
    let (a, b) = (r.input(&[1000]), r.input(&[1000]));
    let (s, t, out) = (r.temporary(&[1000]), r.temporary(&[1000]), r.output(&[1000]));
    r.call("add", &[&a, &b], &s);
    r.call("add", &[&a, &b], &t);
    r.call("multiply", &[&s, &t], &out);
    let plan = r.plan();
    let computed = plan.bundles[0].body.values.iter().filter(|v| v.def.computes()).count();
    assert_eq!(computed, 2);
}

#[test]
fn rows_that_fit_in_a_cache_are_folded_and_used_in_one_bundle() {
    let mut r = Recording::default();
    let x = r.input(&[100, 1000]);
    let (sum, out) = (r.temporary(&[100]), r.output(&[100, 1000]));
    r.fold("add", &[1], &x, &sum);
    r.call("divide", &[&x, &with_axis(&sum)], &out);
    let plan = r.plan();
    assert_eq!(plan.bundles.len(), 1);
    assert_eq!(plan.bundles[0].mode, Mode::Rows { axes: 1 });
    assert_eq!(stored(&plan), 1);
}

#[test]
fn long_rows_end_the_bundle_that_folds_them() {
    let mut r = Recording::default();
    let x = r.input(&[2, 100_000]);
    let (sum, out) = (r.temporary(&[2]), r.output(&[2, 100_000]));
    r.fold("add", &[1], &x, &sum);
    r.call("divide", &[&x, &with_axis(&sum)], &out);
    let plan = r.plan();
    assert_eq!(plan.bundles.len(), 2);
    assert_eq!(plan.bundles[0].mode, Mode::LongRows { axes: 1 });
    assert_eq!(plan.bundles[1].cut, Cut::Fold);
}

#[test]
fn folds_of_a_few_elements_are_written_out_with_what_surrounds_them() {
    let mut r = Recording::default();
    let x = r.input(&[50, 40, 3]);
    let (square, sum, out) =
        (r.temporary(&[50, 40, 3]), r.temporary(&[50, 40]), r.output(&[50, 40]));
    r.call("multiply", &[&x, &x], &square);
    r.fold("add", &[2], &square, &sum);
    r.call("sqrt", &[&sum], &out);
    let plan = r.plan();
    assert_eq!(plan.bundles.len(), 1);
    assert_eq!(plan.bundles[0].mode, Mode::Unrolled { axes: 1 });
    assert_eq!(plan.bundles[0].nest.size(), 2000);
    assert_eq!(stored(&plan), 1);
}

#[test]
fn folds_over_leading_axes_add_rows_up() {
    let mut r = Recording::default();
    let (x, out) = (r.input(&[500, 300]), r.output(&[300]));
    r.fold("add", &[0], &x, &out);
    let plan = r.plan();
    assert_eq!(plan.bundles.len(), 1);
    assert_eq!(plan.bundles[0].mode, Mode::Columns { from: 0, to: 1 });
}

/// Windows of 5x5 pixels with channels, at pixel (i, j), and room for `more` channels.
fn window(images: &Place, i: isize, j: isize, more: usize) -> Place {
    let mut part = images.clone();
    let strides = images.view.strides.clone();
    part.view.offset += i * strides[1] + j * strides[2];
    part.view.shape =
        [images.view.shape[0], 5, 5, images.view.shape[3], more].into_iter().collect();
    part.view.strides.push(0);
    part
}

#[test]
fn rows_of_several_loops_are_added_up_with_what_makes_them() {
    let mut r = Recording::default();
    let (images, weights) = (r.input(&[4, 12, 12, 6]), r.input(&[5, 5, 6, 16]));
    let made = r.output(&[4, 8, 8, 16]);
    for j in 0..8 {
        let (t, sum) = (r.temporary(&[4, 5, 5, 6, 16]), r.temporary(&[4, 16]));
        r.call("multiply", &[&window(&images, 3, j, 16), &weights], &t);
        r.fold("add", &[1, 2, 3], &t, &sum);
        let mut pixel = made.clone();
        pixel.view.offset += 3 * made.view.strides[1] + j * made.view.strides[2];
        pixel.view.shape = [4, 16].into_iter().collect();
        pixel.view.strides = [made.view.strides[0], made.view.strides[3]].into_iter().collect();
        let copied = Place { view: sum.view.clone(), ..sum };
        r.push(Op::Copy, vec![copied], &pixel);
    }
    let plan = r.plan();
    assert_eq!(plan.bundles.len(), 2);
    let sums = &plan.bundles[0];
    assert_eq!((sums.mode, sums.nest.folded), (Mode::Columns { from: 1, to: 4 }, 2));
    assert_eq!(&sums.nest.shape[..], [4, 5, 30, 16]);
    let stored = |storage: usize| plan.storages[storage] == 4 * 16 * 8;
    assert!(sums.allocate.iter().all(|&s| stored(s)), "no product is stored");
}

#[test]
fn a_large_write_over_its_own_neighbours_goes_to_new_memory() {
    let mut r = Recording::default();
    let u = r.input(&[1000, 1000]);
    let (up, down, mid) = (rows(&u, 0, 998), rows(&u, 2, 1000), rows(&u, 1, 999));
    let t = r.temporary(&[998, 1000]);
    r.call("add", &[&up, &down], &t);
    r.call("multiply", &[&t, &t], &mid);
    let plan = r.plan();
    assert_ne!(plan.renames[u.storage], u.storage);
    let work = &plan.bundles[0].body;
    assert!(work.operands.iter().all(|o| o.written || o.memory == Memory::Storage(u.storage)));
}

#[test]
fn a_loop_over_neighbours_has_two_versions_in_memory_at_once() {
    let mut r = Recording::default();
    let u = r.input(&[1000, 1000]);
    let (up, down, mid) = (rows(&u, 0, 998), rows(&u, 2, 1000), rows(&u, 1, 999));
    for _ in 0..6 {
        let t = r.temporary(&[998, 1000]);
        r.call("add", &[&up, &down], &t);
        r.call("multiply", &[&t, &t], &mid);
    }
    let (mut now, mut most) = (1, 0);
    for bundle in &r.plan().bundles {
        now += bundle.allocate.len();
        most = most.max(now);
        now -= bundle.release.len();
    }
    assert_eq!(most, 2);
}

#[test]
fn a_small_write_over_its_own_neighbours_waits_for_its_readers() {
    let mut r = Recording::default();
    let u = r.input(&[10, 10]);
    let (up, mid) = (rows(&u, 0, 8), rows(&u, 1, 9));
    let t = r.temporary(&[8, 10]);
    r.call("multiply", &[&up, &up], &t);
    r.call("add", &[&t, &t], &mid);
    let plan = r.plan();
    assert_eq!(plan.renames[u.storage], u.storage);
    assert_eq!(plan.bundles.len(), 2);
    assert_eq!(plan.bundles[1].cut, Cut::Overlap);
}

#[test]
fn a_small_array_written_whole_over_its_own_rows_takes_one_pass() {
    let mut r = Recording::default();
    let u = r.input(&[10, 10]);
    let mut row = u.clone();
    (row.view.offset, row.view.strides[0]) = (3 * 80, 0);
    let t = r.temporary(&[10, 10]);
    r.call("add", &[&u, &row], &t);
    r.push(Op::Copy, vec![t], &u);
    let plan = r.plan();
    assert_ne!(plan.renames[u.storage], u.storage);
    assert_eq!(plan.bundles.len(), 1);
}

#[test]
fn a_reversed_copy_onto_itself_reads_before_it_writes() {
    let mut r = Recording::default();
    let u = r.input(&[100]);
    let mut reversed = u.clone();
    reversed.view.offset = 99 * 8;
    reversed.view.strides[0] = -8;
    r.push(Op::Copy, vec![reversed], &u);
    let plan = r.plan();
    let in_place = |b: &stook_plan::Bundle| {
        let storages = b.body.operands.iter().filter(|o| o.memory == Memory::Storage(u.storage));
        storages.count() > 1
    };
    assert!(!plan.bundles.iter().any(in_place));
}

#[test]
fn disjoint_halves_of_a_storage_run_together() {
    let mut r = Recording::default();
    let u = r.input(&[100, 10]);
    let (low, high) = (rows(&u, 0, 50), rows(&u, 50, 100));
    r.call("add", &[&high, &high], &low);
    assert_eq!(r.plan().bundles.len(), 1);
}
