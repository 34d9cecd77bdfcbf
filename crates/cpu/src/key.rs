//! Names of object code by what it was made from.

use crate::features::Level;
use std::fmt;
use std::hash::{Hash, Hasher};
use stook_kernel::{Kernel, Unit};

/// A hash of all that object code depends on: the kernel, the processor, and this build's code
/// generator. Equal keys mean equal code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub [u8; 32]);

/// The bytes that a value hashes, one after another: many small pieces, hashed at once.
struct Content(Vec<u8>);

impl Hasher for Content {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Not used: the content hash is longer.
    fn finish(&self) -> u64 {
        0
    }
}

impl Key {
    /// The key of these kernels' code for a processor; `purpose` tells apart code that the same
    /// kernels are compiled to in different ways, or by different builds.
    pub fn of(kernels: &[&Kernel], level: Level, purpose: &str) -> Self {
        Self::of_content(&kernels, level, purpose)
    }

    /// The key of a unit's code.
    pub fn of_unit(unit: &Unit, level: Level, purpose: &str) -> Self {
        Self::of_content(unit, level, purpose)
    }

    /// The name of an entry's file.
    pub(crate) fn file_name(&self) -> String {
        format!("{self}.o")
    }

    fn of_content(made_from: &impl Hash, level: Level, purpose: &str) -> Self {
        let mut content = Content(Vec::with_capacity(16 << 10));
        (env!("CARGO_PKG_VERSION"), env!("STOOK_EMITTER"), level, purpose).hash(&mut content);
        made_from.hash(&mut content);
        Self(*blake3::hash(&content.0).as_bytes())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_kernels_processors_and_purposes_apart() {
        let (plain, flagged) = (Kernel::default(), Kernel { flags: 1, ..Kernel::default() });
        let key = Key::of(&[&plain], Level::V3, "");
        assert_eq!(key, Key::of(&[&plain.clone()], Level::V3, ""));
        assert_ne!(key, Key::of(&[&flagged], Level::V3, ""));
        assert_ne!(key, Key::of(&[&plain], Level::V4, ""));
        assert_ne!(key, Key::of(&[&plain], Level::V3, "full"));
        assert_ne!(key, Key::of(&[&plain, &plain], Level::V3, ""));
    }
}
