//! What the compiler promises; the code generator of these tests is the C compiler.

use super::*;
use crate::test_objects::{folder, object_from_c};
use std::sync::atomic::AtomicI64;

/// A kernel told from others by its number of flags.
fn kernel(number: usize) -> Arc<Kernel> {
    Arc::new(Kernel { flags: number, ..Kernel::default() })
}

/// Code that writes 100 plus the kernel's number to its first pointer.
fn from_c(kernel: &Kernel, _: Level) -> Result<Vec<u8>> {
    match kernel.flags {
        12 | 13 => Err(Error::Compile("thirteen".to_owned())),
        14 => panic!("fourteen"),
        15 => Ok(b"not an object".to_vec()),
        number => Ok(object_from_c(&format!(
            "void kernel(long r, long c, long **p) {{ *p[0] = 100 + {number}; }}"
        ))),
    }
}

fn call(compiled: &Compiled) -> i64 {
    let value = AtomicI64::new(0);
    let pointers = [value.as_ptr().cast::<u8>()];
    let none = std::ptr::null();
    // SAFETY: the code writes one integer to the first pointer and reads nothing else.
    unsafe { (compiled.function)(1, 1, pointers.as_ptr(), none, none, std::ptr::null_mut(), 0) };
    value.into_inner()
}

fn without_disk() -> &'static Compiler {
    Compiler::new(Level::V3, from_c, None)
}

#[test]
fn a_request_returns_at_once_and_is_ready_later() {
    let compiler = without_disk();
    let slot = compiler.request(&kernel(1));
    assert!(compiler.known(&kernel(2)).is_none());
    while matches!(slot.state(), State::Pending) {
        std::thread::yield_now();
    }
    assert_eq!(call(slot.ready().unwrap()), 101);
    assert_eq!(call(&compiler.known(&kernel(1)).unwrap()), 101);
    let expected = Counters { compilations: 1, ..Counters::default() };
    assert_eq!(compiler.counters(), expected);
}

#[test]
fn equal_kernels_share_a_slot_and_are_compiled_once() {
    let compiler = without_disk();
    let first = compiler.request(&kernel(1));
    assert!(Arc::ptr_eq(&first, &compiler.request(&kernel(1))));
    assert!(Arc::ptr_eq(&first, &compiler.wait(&kernel(1))));
    compiler.drain();
    assert_eq!(compiler.counters().compilations, 1);
}

#[test]
fn what_is_missed_most_comes_first() {
    let compiler = without_disk();
    let slots = compiler.gate.pass_urgently(|| {
        let slots = [21, 22, 23].map(|number| compiler.request(&kernel(number)));
        slots[1].miss(1000);
        slots[2].miss(10);
        // The thread that serves the queue waits for the gate.
        let order: Vec<_> = std::iter::from_fn(|| compiler.next()).collect();
        assert!(Arc::ptr_eq(&order[0], &slots[1]));
        assert!(Arc::ptr_eq(&order[1], &slots[2]));
        assert!(Arc::ptr_eq(&order[2], &slots[0]));
        slots
    });
    assert!(slots.iter().all(|slot| slot.outcome.get().is_none()));
}

#[test]
fn waiting_compiles_what_nobody_asked_for() {
    let compiler = without_disk();
    assert_eq!(call(compiler.wait(&kernel(5)).ready().unwrap()), 105);
}

#[test]
fn a_failure_is_kept_and_complained_about_once() {
    let compiler = without_disk();
    for number in [13, 14, 15] {
        let slot = compiler.request(&kernel(number));
        compiler.drain();
        compiler.wait(&kernel(number));
        assert!(matches!(slot.state(), State::Failed), "{number}");
        assert_eq!(compiler.take_complaints().len(), 1, "{number}");
        assert!(compiler.take_complaints().is_empty());
    }
    compiler.wait(&kernel(12));
    assert!(compiler.take_complaints().is_empty(), "the reason of kernel 13 again");
    assert_eq!(compiler.counters(), Counters { failures: 4, ..Counters::default() });
    assert_eq!(call(compiler.wait(&kernel(1)).ready().unwrap()), 101);
}

#[test]
fn the_next_process_finds_the_code_on_disk() {
    let folder = folder();
    let disk = || DiskCache::open(&folder, 1 << 20);
    Compiler::new(Level::V3, from_c, disk()).wait(&kernel(7));
    let fails: Emit = |_, _| Err(Error::Compile("not again".to_owned()));
    let next = Compiler::new(Level::V3, fails, disk());
    assert_eq!(call(next.request(&kernel(7)).ready().unwrap()), 107);
    assert_eq!(next.counters(), Counters { disk_hits: 1, ..Counters::default() });
    let other = Compiler::new(Level::V4, fails, disk());
    assert!(other.known(&kernel(7)).is_none());
}

#[test]
fn code_of_another_build_is_not_used() {
    let folder = folder();
    let disk = || DiskCache::open(&folder, 1 << 20);
    Compiler::of_build(b"old", Level::V3, from_c, disk()).wait(&kernel(7));
    for (build, disk_hits) in [(b"new", 0), (b"old", 1)] {
        let next = Compiler::of_build(build, Level::V3, from_c, disk());
        assert_eq!(next.known(&kernel(7)).is_some(), disk_hits == 1);
        assert_eq!(next.counters().disk_hits, disk_hits);
    }
}

#[test]
fn damaged_code_on_disk_is_compiled_again() {
    let folder = folder();
    let disk = || DiskCache::open(&folder, 1 << 20);
    let first = Compiler::new(Level::V3, from_c, disk());
    first.wait(&kernel(7));
    let path = std::fs::read_dir(&*folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let next = Compiler::new(Level::V3, from_c, disk());
    assert_eq!(call(next.wait(&kernel(7)).ready().unwrap()), 107);
    assert_eq!(next.counters(), Counters { compilations: 1, ..Counters::default() });
}

#[test]
fn a_forked_child_compiles_what_is_left() {
    let slow: Emit = |kernel, level| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        from_c(kernel, level)
    };
    let compiler = Compiler::new(Level::V3, slow, None);
    let slots: Vec<_> = (1..4).map(|k| compiler.request(&kernel(k))).collect();
    // SAFETY: the child only asks the compiler and exits at once.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::alarm(20);
            while slots.iter().any(|slot| slot.ready().is_none()) {
                std::thread::yield_now();
            }
            let more = compiler.wait(&kernel(9)).ready().is_some();
            libc::_exit(i32::from(!more));
        }
        let mut status = -1;
        libc::waitpid(child, &mut status, 0);
        assert_eq!(status, 0);
    }
    compiler.drain();
    assert_eq!(compiler.counters().compilations, 3);
}
