//! Storages of dropped arrays, kept with their memory for the next array of as many bytes.
//!
//! A program of small arrays makes and drops one for every call; so the next call finds storage,
//! buffer and memory as they were, without a counter to change or a lock to take. A thread keeps a
//! few of each size. Large arrays have the pool, and go there.

use crate::array::Storage;
use crate::buffer::Buffer;
use std::cell::RefCell;
use std::sync::Arc;
use stook_types::Result;

/// The largest storage kept, in bytes.
pub(crate) const LARGEST: usize = 16 << 10;
const CLASSES: usize = LARGEST.ilog2() as usize + 1;
/// The most storages kept of a size.
const MOST: usize = 8;

/// Storages by the power of two that their bytes reach, the last dropped last.
type Kept = [Vec<Arc<Storage>>; CLASSES];

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new([const { Vec::new() }; CLASSES]) };
}

/// A storage of `bytes` bytes with memory of arbitrary contents.
pub(crate) fn storage(bytes: usize) -> Result<Arc<Storage>> {
    if let Some(class) = class_of(bytes) {
        let kept = KEPT.try_with(|kept| {
            let list = &mut kept.borrow_mut()[class];
            list.pop_if(|storage| storage.bytes == bytes)
        });
        if let Ok(Some(storage)) = kept {
            return Ok(storage);
        }
    }
    Ok(Storage::new(bytes, Some(Buffer::new(bytes)?)))
}

/// Drops a handle; keeps the storage if it was the last one.
pub(crate) fn retire(mut storage: Arc<Storage>) {
    let Some(class) = class_of(storage.bytes) else {
        return;
    };
    // `get_mut` changes a count that threads share, and most storages that come here have other
    // owners.
    if Arc::strong_count(&storage) > 1 {
        return;
    }
    if !Arc::get_mut(&mut storage).is_some_and(Storage::is_reusable) {
        return;
    }
    // Without a place in a thread that ends, the storage is dropped with the closure.
    let _ = KEPT.try_with(|kept| {
        let list = &mut kept.borrow_mut()[class];
        if list.len() == MOST {
            // Of another size than this one, most likely, and so in its way.
            list.pop();
        }
        list.push(storage);
    });
}

fn class_of(bytes: usize) -> Option<usize> {
    (1..=LARGEST).contains(&bytes).then(|| bytes.ilog2() as usize)
}

#[cfg(test)]
mod tests {
    use super::{retire, storage};
    use std::sync::Arc;

    #[test]
    fn a_dropped_storage_serves_the_next_array_of_its_size() {
        let first = storage(4096).expect("memory");
        let (address, memory) = (Arc::as_ptr(&first), first.pointer());
        retire(first);
        let other = storage(4088).expect("memory");
        assert_ne!(Arc::as_ptr(&other), address);
        let again = storage(4096).expect("memory");
        assert_eq!((Arc::as_ptr(&again), again.pointer()), (address, memory));
    }

    #[test]
    fn a_storage_in_use_is_not_kept() {
        let held = storage(8000).expect("memory");
        retire(held.clone());
        assert_ne!(Arc::as_ptr(&storage(8000).expect("memory")), Arc::as_ptr(&held));
        let lent = storage(7000).expect("memory");
        lent.lend();
        let address = Arc::as_ptr(&lent);
        let buffer = lent.buffer();
        retire(lent);
        let next = storage(7000).expect("memory");
        assert!(Arc::as_ptr(&next) != address || next.pointer() != buffer.map(|b| b.pointer()));
    }
}
