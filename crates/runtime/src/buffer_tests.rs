//! What memory from the pool promises.

use super::Buffer;
use crate::memory::{pool_bytes, prepare, trim};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use stook_types::Error;

/// Tests that look at what waits for reuse take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn fill(buffer: &Buffer, value: u8) {
    // SAFETY: the buffer is this test's alone.
    unsafe { buffer.pointer().write_bytes(value, buffer.bytes()) };
}

fn all(buffer: &Buffer, value: u8) -> bool {
    // SAFETY: the buffer was written whole and is this test's alone.
    let bytes = unsafe { std::slice::from_raw_parts(buffer.pointer(), buffer.bytes()) };
    bytes.iter().all(|&byte| byte == value)
}

#[test]
fn every_size_is_aligned_and_holds_its_bytes() {
    let _turn = alone();
    let sizes = [0, 1, 63, 64, 65, 4_096, 8_000, 65_536, 65_537, 100_000, 2 << 20, 5_000_000];
    let buffers: Vec<_> = sizes.iter().map(|&bytes| Buffer::new(bytes).unwrap()).collect();
    for (k, buffer) in buffers.iter().enumerate() {
        assert!(!buffer.pointer().is_null() && buffer.pointer().addr().is_multiple_of(64));
        fill(buffer, k as u8 + 1);
    }
    for (k, buffer) in buffers.iter().enumerate() {
        assert!(all(buffer, k as u8 + 1), "{} bytes", sizes[k]);
    }
}

#[test]
fn a_released_block_is_used_again() {
    let _turn = alone();
    for bytes in [80, 40_000, 3_000_000] {
        let first = Buffer::new(bytes).unwrap().pointer();
        assert_eq!(Buffer::new(bytes).unwrap().pointer(), first);
    }
}

#[test]
fn zeroed_memory_is_zero_after_reuse() {
    let _turn = alone();
    for bytes in [100, 70_000, 3_000_000, 9_000_000] {
        fill(&Buffer::new(bytes).unwrap(), 7);
        assert!(all(&Buffer::zeroed(bytes).unwrap(), 0), "{bytes} bytes");
    }
}

#[test]
fn absurd_sizes_are_an_error() {
    for bytes in [usize::MAX, isize::MAX as usize, 1 << 46, 1 << 44] {
        assert_eq!(Buffer::new(bytes).unwrap_err(), Error::Memory(bytes));
        assert_eq!(Buffer::zeroed(bytes).unwrap_err(), Error::Memory(bytes));
    }
}

#[test]
fn more_than_the_machine_has_is_an_error_although_nothing_is_touched() {
    let _turn = alone();
    let mut held = Vec::new();
    let failed = (0..100_000).any(|_| match Buffer::new(1 << 30) {
        Ok(buffer) => {
            held.push(buffer);
            false
        }
        Err(error) => error == Error::Memory(1 << 30),
    });
    assert!(failed);
}

#[test]
fn trim_gives_back_what_waits() {
    let _turn = alone();
    trim();
    let before = pool_bytes();
    drop(Buffer::new(10 << 20).unwrap());
    assert!(pool_bytes() >= before + (10 << 20));
    trim();
    assert_eq!(pool_bytes(), before);
}

#[test]
fn an_owner_is_dropped_with_the_last_handle() {
    struct Owner(Arc<AtomicBool>, #[expect(dead_code)] Vec<u8>);
    impl Drop for Owner {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let dropped = Arc::new(AtomicBool::new(false));
    let mut memory = vec![1_u8; 10];
    let pointer = memory.as_mut_ptr();
    // SAFETY: the vector's memory stays until the owner is dropped.
    let buffer = unsafe { Buffer::adopt(pointer, 10, Box::new(Owner(dropped.clone(), memory))) };
    let other = buffer.clone();
    drop(buffer);
    assert!(!dropped.load(Ordering::Relaxed) && other.is_adopted() && all(&other, 1));
    drop(other);
    assert!(dropped.load(Ordering::Relaxed));
}

#[test]
fn threads_never_share_a_block() {
    let _turn = alone();
    let (sender, receiver) = std::sync::mpsc::channel::<Arc<Buffer>>();
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            let sender = sender.clone();
            scope.spawn(move || {
                for k in 0..3_000_usize {
                    let buffer = Buffer::new((k * 37) % 5_000 + (k % 50 / 49) * 80_000).unwrap();
                    fill(&buffer, thread);
                    assert!(all(&buffer, thread));
                    if k % 3 == 0 {
                        sender.send(buffer).unwrap();
                    }
                }
            });
        }
        drop(sender);
        scope.spawn(move || receiver.into_iter().for_each(drop));
    });
}

#[test]
fn a_forked_child_allocates_while_the_parent_is_busy() {
    let _turn = alone();
    // Forks are safe from here on; a child of an earlier one may find a lock that nobody gives back.
    prepare();
    let stop = AtomicBool::new(false);
    let statuses: Vec<_> = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let many: Vec<_> = (0..100).map(|_| Buffer::new(20_000).unwrap()).collect();
                drop(many);
                drop(Buffer::new(70_000).unwrap());
            }
        });
        // Judged once the thread has ended: a panic here would wait for it for ever.
        let statuses = (0..20).map(|_| status_of_child()).collect();
        stop.store(true, Ordering::Relaxed);
        statuses
    });
    assert_eq!(statuses, [0; 20]);
}

/// Forks; the child allocates every kind of block and exits.
fn status_of_child() -> i32 {
    // SAFETY: the child only uses the pool, whose locks the fork hands over, and exits at once.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::alarm(10);
            for k in 0..200 {
                let Some(block) = crate::memory::allocate(20_000 + k * 500, true) else {
                    libc::_exit(1);
                };
                crate::memory::release(&block);
            }
            libc::_exit(0);
        }
        let mut status = -1;
        libc::waitpid(child, &mut status, 0);
        status
    }
}
