//! The pool that array memory comes from.
//!
//! Sizes enter; aligned blocks leave, each used by one holder until it is released. A forked child
//! goes on with the pool as it stood. Nothing here knows what the bytes mean.

mod available;
mod large;
mod pages;
mod small;

pub(crate) use available::total;

use std::sync::Once;

/// What a block is aligned to.
pub(crate) const ALIGNMENT: usize = 64;

/// Memory from the pool: an address and which list it returns to.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) pointer: *mut u8,
    class: Class,
}

#[derive(Debug)]
enum Class {
    Small(u8),
    Large(u16),
}

/// A block of at least `bytes`, zeroed if asked, or `None` if there is not that much memory.
pub(crate) fn allocate(bytes: usize, zeroed: bool) -> Option<Block> {
    if bytes > small::LARGEST {
        return allocate_large(bytes, zeroed);
    }
    let class = small::class_of(bytes);
    let pointer = small::allocate(class).or_else(|| {
        trim();
        small::allocate(class)
    })?;
    if zeroed {
        // SAFETY: the block has at least `bytes` and is nobody else's.
        unsafe { pointer.write_bytes(0, bytes) };
    }
    Some(Block { pointer, class: Class::Small(class as u8) })
}

fn allocate_large(bytes: usize, zeroed: bool) -> Option<Block> {
    let block = large::allocate(bytes)?;
    if zeroed {
        large::zero(&block, bytes);
    }
    Some(Block { pointer: block.pointer, class: Class::Large(block.class as u16) })
}

/// Takes a block back.
///
/// # Safety
/// Nothing uses it any more, and it is released once.
pub(crate) unsafe fn release(block: &Block) {
    // SAFETY: the caller's promise.
    unsafe {
        match block.class {
            Class::Small(class) => small::release(block.pointer, class.into()),
            Class::Large(class) => large::release(block.pointer, class.into()),
        }
    }
}

/// A block of at least `bytes` as an address alone, for a holder that remembers the bytes.
pub fn take(bytes: usize) -> Option<*mut u8> {
    allocate(bytes, false).map(|block| block.pointer)
}

/// The block at an address that [`take`] gave for as many bytes.
pub(crate) fn block_at(pointer: *mut u8, bytes: usize) -> Block {
    let class = if bytes > small::LARGEST {
        let class = large::class_for(bytes).expect("a block of as many bytes was given");
        Class::Large(class as u16)
    } else {
        Class::Small(small::class_of(bytes) as u8)
    };
    Block { pointer, class }
}

/// Takes a block back that [`take`] gave.
///
/// # Safety
/// It was given for as many bytes, nothing uses it any more, and it is given back once.
pub unsafe fn give_back(pointer: *mut u8, bytes: usize) {
    // SAFETY: the caller's promise.
    unsafe { release(&block_at(pointer, bytes)) };
}

/// Bytes that the pool holds beyond the large arrays in use: large blocks kept for reuse, and all
/// pages that small blocks are cut from.
pub fn pool_bytes() -> usize {
    large::waiting() + small::mapped()
}

/// Gives all large blocks that are kept for reuse back to the system.
pub fn trim() {
    large::shrink(0);
}

/// Whether the system would give this much memory now.
pub fn is_there(bytes: usize) -> bool {
    let bytes = bytes.next_multiple_of(pages::PAGE);
    // SAFETY: pages that were just mapped, which nothing uses.
    pages::map(bytes, 0).map(|start| unsafe { pages::unmap(start, bytes) }).is_some()
}

/// Makes forks safe from here on, and finds out how much memory there is, once.
pub fn prepare() {
    available::prepare();
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handlers only take and give back this pool's locks, in a fixed order.
        unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(after_fork)) };
    });
}

extern "C" fn before_fork() {
    small::before_fork();
    large::before_fork();
}

extern "C" fn after_fork() {
    large::after_fork();
    small::after_fork();
}
