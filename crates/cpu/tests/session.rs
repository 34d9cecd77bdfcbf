//! Recorded programs, end to end, on every tier.

use std::sync::Arc;
use stook_cpu::{Compiler, Cpu, Error, Level, Shipped, Tier};
use stook_kernel::Kernel;
use stook_ops::{reduction, ufunc};
use stook_runtime::{Array, Input, Session};
use stook_types::{DType, Scalar, View};

fn session(tier: Tier) -> Session {
    let compiler = Compiler::global().expect("a compiler");
    Session::new(Box::new(Cpu::new(Arc::new(Shipped::on_demand(compiler)), compiler, tier)))
}

fn array(s: &Session, values: Vec<f64>, shape: &[usize]) -> Array {
    let mut values = values;
    let view = View::contiguous(shape, 8);
    let (p, n) = (values.as_mut_ptr().cast(), values.len() * 8);
    // SAFETY: the session keeps the vector as long as its memory.
    unsafe { s.adopt(p, n, view, DType::F64, Box::new(values)) }
}

fn two(s: &Session, name: &str, a: Input<'_>, b: Input<'_>) -> Array {
    let u = ufunc(name).expect("a row");
    let l = stook_ops::table()[u.0 as usize].resolve(&[DType::F64, DType::F64]).expect("a loop");
    s.call(u, l, &[a, b], &[], None).expect("a call").remove(0)
}

fn values(s: &Session, a: &Array) -> Vec<f64> {
    let c = s.cast(a, DType::F64).expect("a cast");
    let p = s.read(&c).expect("the values");
    // SAFETY: a cast is whole and in C order; the session has just finished it.
    unsafe { std::slice::from_raw_parts(p.cast::<f64>(), c.view.size()) }.to_vec()
}

fn sum(s: &Session, a: &Array, axes: &[usize]) -> Array {
    let r = reduction("add").expect("a row");
    let l = stook_ops::reductions()[r.0 as usize].resolve(DType::F64).expect("a loop");
    s.reduce(r, l, a, axes, false).expect("a fold")
}

fn f(x: f64) -> Input<'static> {
    Input::Scalar(Scalar::float(DType::F64, x))
}

fn program(s: Session, n: usize, m: usize) -> Vec<Vec<f64>> {
    let x = array(&s, (0..n * m).map(|k| ((k * 7919) % 1013) as f64 * 0.37).collect(), &[n, m]);
    let y = two(&s, "multiply", Input::Array(&x), f(2.0));
    let y = two(&s, "add", Input::Array(&y), f(1.0));
    let mut out = vec![values(&s, &y)];
    for axes in [&[0usize][..], &[1], &[0, 1]] {
        out.push(values(&s, &sum(&s, &y, axes)));
    }
    // Rows: x - sum(x, axis=1)
    let r = sum(&s, &x, &[1]);
    let mut view = r.view.clone();
    view.shape.push(1);
    view.strides.push(0);
    let r = Array { view, ..r.clone() };
    let d = two(&s, "subtract", Input::Array(&x), Input::Array(&r));
    let d2 = two(&s, "multiply", Input::Array(&d), Input::Array(&d));
    out.push(values(&s, &d2));
    out.push(values(&s, &sum(&s, &d2, &[1])));
    // In place: u[1:] += u[:-1]
    let u = s.cast(&x, DType::F64).expect("a cast");
    let part = |from: usize| {
        let mut v = u.view.clone();
        v.offset += from as isize * v.strides[0];
        v.shape[0] -= 1;
        Array { view: v, ..u.clone() }
    };
    let (lo, hi) = (part(0), part(1));
    let add = ufunc("add").expect("a row");
    let l = stook_ops::table()[add.0 as usize].resolve(&[DType::F64, DType::F64]).expect("a loop");
    if n > 1 {
        s.call(add, l, &[Input::Array(&hi), Input::Array(&lo)], &[Some(&hi)], None)
            .expect("a call");
    }
    out.push(values(&s, &u));
    out
}

#[test]
fn tiers_agree_exactly_and_are_right() {
    for (n, m) in
        [(1, 1), (3, 5), (5, 3), (70, 40), (300, 1000), (3, 40000), (2000, 3), (1, 200_000)]
    {
        let a = program(session(Tier::Compiled), n, m);
        let b = program(session(Tier::Shipped), n, m);
        let c = program(session(Tier::Adaptive), n, m);
        for (k, ((a, b), c)) in a.iter().zip(&b).zip(&c).enumerate() {
            assert!(
                a == b,
                "result {k} of {n} x {m}: {:?} {:?}",
                &a[..a.len().min(9)],
                &b[..b.len().min(9)]
            );
            assert!(a == c, "result {k} of {n} x {m}");
        }
        let x: Vec<f64> = (0..n * m).map(|k| ((k * 7919) % 1013) as f64 * 0.37).collect();
        let y: Vec<f64> = x.iter().map(|x| x * 2.0 + 1.0).collect();
        assert_eq!(a[0], y);
        let total: f64 = y.iter().sum();
        assert!((a[3][0] - total).abs() <= 1e-9 * total, "{} {total}", a[3][0]);
        for j in 0..m {
            let t: f64 = (0..n).map(|i| y[i * m + j]).sum();
            assert!((a[1][j] - t).abs() <= 1e-9 * t, "column {j} of {n} x {m}: {} {t}", a[1][j]);
        }
        for i in 0..n {
            let t: f64 = y[i * m..(i + 1) * m].iter().sum();
            assert!((a[2][i] - t).abs() <= 1e-9 * t);
            let r: f64 = x[i * m..(i + 1) * m].iter().sum();
            for j in 0..m {
                let d = (x[i * m + j] - r).powi(2);
                assert!((a[4][i * m + j] - d).abs() <= 1e-6 * (d + r * r * 1e-6));
            }
            if i > 0 {
                for j in 0..m {
                    assert_eq!(a[6][i * m + j], x[i * m + j] + x[(i - 1) * m + j]);
                }
            }
        }
    }
}

/// Sums over the axes of windows of an image, which no loop can walk as one, and what feeds them.
fn windows(s: &Session, (n, k): (usize, usize), axes: &[usize]) -> Vec<f64> {
    let image: Vec<f64> = (0..n * n * 3).map(|k| ((k * 7919) % 1013) as f64 * 0.37).collect();
    let image = array(s, image, &[n, n, 3]);
    let weights = (0..k * k * 3 * 20).map(|k| ((k * 104_729) % 997) as f64 - 300.0).collect();
    let weights = array(s, weights, &[k, k, 3, 20]);
    let strides = &image.view.strides;
    let view = View {
        offset: strides[0] + strides[1],
        shape: [k, k, 3, 20].into_iter().collect(),
        strides: [strides[0], strides[1], strides[2], 0].into_iter().collect(),
    };
    let window = image.with_view(view);
    let products = two(s, "multiply", Input::Array(&window), Input::Array(&weights));
    let sums = sum(s, &products, axes);
    let mut found = values(s, &sums);
    found.extend(values(s, &two(s, "multiply", Input::Array(&sums), f(0.5))));
    found.extend(values(s, &sum(s, &window, axes)));
    found
}

#[test]
fn rows_of_several_loops_have_the_same_bits_on_every_tier_and_at_once() {
    let sets: [&[usize]; 8] = [&[0], &[0, 1], &[0, 1, 2], &[1, 2], &[2], &[3], &[0, 3], &[1, 2, 3]];
    for (n, k) in [(4, 2), (5, 3), (9, 6), (15, 13)] {
        for axes in sets {
            let of = |tier, at_once: bool| {
                let s = session(tier);
                s.set_at_once(if at_once { stook_runtime::AT_ONCE } else { 0 });
                windows(&s, (n, k), axes)
            };
            let expected = of(Tier::Compiled, false);
            assert!(of(Tier::Shipped, false) == expected, "blocks, {k}, {axes:?}");
            assert!(of(Tier::Adaptive, true) == expected, "at once, {k}, {axes:?}");
        }
    }
}

#[test]
fn code_that_is_known_runs_the_first_time_and_runs_of_all_shapes_count() {
    let compiler =
        Compiler::new(Compiler::global().expect("a compiler").level(), stook_cpu::emit::one, None);
    let cpu = Cpu::new(
        Arc::new(Shipped::on_demand(Compiler::global().expect("a compiler"))),
        compiler,
        Tier::Adaptive,
    );
    let s = Session::new(Box::new(cpu));
    s.set_at_once(0);
    let mut compiled = Vec::new();
    for n in 3..8 {
        let x = array(&s, vec![1.0; n], &[n]);
        let sum = two(&s, "add", Input::Array(&x), f(1.0));
        let y = two(&s, "multiply", Input::Array(&sum), f(2.0));
        drop(sum);
        let before = s.counters().compiled;
        assert_eq!(s.read(&y).map(|p| p.is_null()).ok(), Some(false));
        compiled.push(s.counters().compiled - before);
        compiler.drain();
    }
    assert_eq!(compiled, [0, 0, 0, 1, 1]);
}

#[test]
fn kernels_that_do_not_compile_run_in_blocks_with_the_same_bits() {
    let global = Compiler::global().expect("a compiler");
    let fails = |_: &Kernel, _: Level| Err(Error::Compile("no more registers".to_owned()));
    let broken = Compiler::new(global.level(), fails, None);
    let expected = program(session(Tier::Shipped), 300, 400);
    for tier in [Tier::Adaptive, Tier::Compiled] {
        let cpu = Cpu::new(Arc::new(Shipped::on_demand(global)), broken, tier);
        let found = program(Session::new(Box::new(cpu)), 300, 400);
        assert_eq!(found, expected, "{tier:?}");
        broken.drain();
    }
    assert!(broken.counters().failures > 3);
    let reasons = broken.take_complaints();
    assert_eq!(reasons, ["a kernel did not compile: no more registers"]);
}

#[test]
fn what_is_pending_on_other_arrays_does_not_matter_to_a_read() {
    let s = session(Tier::Shipped);
    let ones = |n: usize| array(&s, vec![1.0; n], &[n]);
    let (apart, x) = (ones(3), ones(5000));
    assert!(s.settled(&apart).is_some() && s.settled(&x).is_some());
    let y = two(&s, "multiply", Input::Array(&x), f(2.0));
    assert!(s.settled(&apart).is_some());
    assert!(s.settled(&x).is_none() && s.settled(&y).is_none());
    assert!(!s.put(&x, 0, Scalar::float(DType::F64, 7.0)));
    assert!(s.put(&apart, 8, Scalar::float(DType::F64, 7.0)));
    assert_eq!(values(&s, &apart), [1.0, 7.0, 1.0]);
    assert_eq!(values(&s, &y), vec![2.0; 5000]);
    // Named by a run that is over, and again by a later recording.
    let z = two(&s, "add", Input::Array(&apart), Input::Array(&apart));
    let w = two(&s, "add", Input::Array(&y), Input::Array(&y));
    assert!(s.settled(&x).is_some() && s.settled(&y).is_none());
    assert_eq!((values(&s, &z)[1], values(&s, &w)[4999]), (14.0, 4.0));
}
