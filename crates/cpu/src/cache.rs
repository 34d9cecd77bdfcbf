//! Object code on disk, from one process to the next.
//!
//! An entry's file name and header are the [`Key`] of what it was made from; its payload is
//! covered by a hash. Only files of this user in a folder of this user, which nobody else can
//! write to, are read; whatever is damaged, foreign or out of place is as if it were not there.
//! Files appear whole or not at all. Failures to write are silent: the cache is a convenience.

use crate::key::Key;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const MAGIC: &[u8; 16] = b"stook object 1\r\n";
const HEADER: usize = 16 + 32 + 32;
/// No object comes near this.
const MOST: u64 = 64 << 20;
const DEFAULT_BOUND: u64 = 256 << 20;
/// Bits that let others write.
const OTHERS_WRITE: u32 = 0o022;

/// A folder of object code.
#[derive(Debug)]
pub struct DiskCache {
    folder: PathBuf,
    bound: u64,
    /// Bytes in the folder as far as known; unknown until the first entry is stored.
    bytes: AtomicU64,
}

const UNKNOWN: u64 = u64::MAX;

/// `STOOK_CACHE_DIR`, or `stook` in the user's cache folder.
pub fn default_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let below = |name: &str, rest: &str| {
        let root = PathBuf::from(set(name)?);
        root.is_absolute().then(|| root.join(rest))
    };
    set("STOOK_CACHE_DIR")
        .map(PathBuf::from)
        .or_else(|| below("XDG_CACHE_HOME", "stook"))
        .or_else(|| below("HOME", ".cache/stook"))
}

impl DiskCache {
    /// The user's cache, if there can be one.
    pub fn open_default() -> Option<Self> {
        Self::open(&default_folder()?, DEFAULT_BOUND)
    }

    /// A cache in a folder, which is made (for this user only) if need be; `None` if it cannot be,
    /// or belongs to somebody else, or others can write to it. Holds at most `bound` bytes.
    pub fn open(folder: &Path, bound: u64) -> Option<Self> {
        if !folder.exists() {
            let _ = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        }
        let is_ours = fs::metadata(folder).is_ok_and(|found| found.is_dir() && is_private(&found));
        let folder = fs::canonicalize(folder).ok().filter(|_| is_ours)?;
        Some(Self { folder, bound, bytes: AtomicU64::new(UNKNOWN) })
    }

    /// Where the entry of a key lies.
    pub fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.file_name())
    }

    /// The object code of a key, if it is there and whole.
    pub fn load(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(key);
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(&path).ok()?;
        let entry = read_private(file).and_then(|bytes| payload_of(bytes, key));
        if entry.is_none() {
            // Of no use to anybody; a new entry takes its place.
            let _ = fs::remove_file(&path);
        }
        entry
    }

    /// Keeps object code under a key; whether that worked.
    pub fn store(&self, key: &Key, object: &[u8]) -> bool {
        let bytes = entry(key, object);
        let stored = write_whole(&self.folder, &self.path(key), &bytes).is_ok();
        if stored {
            self.grow(bytes.len() as u64);
        }
        stored
    }

    /// Counts an entry, and makes room when there is too much.
    fn grow(&self, by: u64) {
        let known = self.bytes.load(Ordering::Relaxed);
        let bytes = if known == UNKNOWN { total(&self.entries()) } else { known + by };
        self.bytes.store(bytes, Ordering::Relaxed);
        if bytes > self.bound {
            self.bytes.store(self.evict(), Ordering::Relaxed);
        }
    }

    /// Removes the oldest entries until three quarters of the bound are left; how much that is.
    fn evict(&self) -> u64 {
        let mut entries = self.entries();
        let mut bytes = total(&entries);
        entries.sort_by_key(|(_, found)| (found.mtime(), found.mtime_nsec()));
        for (path, found) in entries {
            if bytes <= self.bound / 4 * 3 {
                break;
            }
            if fs::remove_file(path).is_ok() {
                bytes -= found.len();
            }
        }
        bytes
    }

    /// Files of the cache, half-written ones of processes that died included.
    fn entries(&self) -> Vec<(PathBuf, Metadata)> {
        let Ok(folder) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let is_entry = |path: &Path| path.extension().is_some_and(|e| e == "o" || e == "part");
        let files = folder.flatten().filter(|entry| is_entry(&entry.path()));
        files.filter_map(|entry| Some((entry.path(), entry.metadata().ok()?))).collect()
    }
}

fn total(entries: &[(PathBuf, Metadata)]) -> u64 {
    entries.iter().map(|(_, found)| found.len()).sum()
}

/// Whether something is this user's, and only this user can write to it.
fn is_private(found: &Metadata) -> bool {
    // SAFETY: the call has no conditions.
    let user = unsafe { libc::geteuid() };
    found.uid() == user && found.mode() & OTHERS_WRITE == 0
}

fn read_private(file: File) -> Option<Vec<u8>> {
    let found = file.metadata().ok()?;
    if !found.is_file() || !is_private(&found) {
        return None;
    }
    read_at_most(file)
}

/// What a file holds, unless it is too large for an entry.
pub(crate) fn read_at_most(mut file: File) -> Option<Vec<u8>> {
    let length = file.metadata().ok().map(|found| found.len()).filter(|&length| length <= MOST)?;
    let mut bytes = Vec::with_capacity(length as usize);
    file.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// What the file of an entry holds.
pub(crate) fn entry(key: &Key, object: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + object.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&key.0);
    bytes.extend_from_slice(blake3::hash(object).as_bytes());
    bytes.extend_from_slice(object);
    bytes
}

/// The object code in an entry, if it is whole and the key's.
pub(crate) fn payload_of(mut bytes: Vec<u8>, key: &Key) -> Option<Vec<u8>> {
    let (header, payload) = bytes.split_at_checked(HEADER)?;
    let is_good = header[..16] == *MAGIC
        && header[16..48] == key.0
        && header[48..] == *blake3::hash(payload).as_bytes();
    is_good.then(|| bytes.split_off(HEADER))
}

/// Writes a file under another name, then renames it.
fn write_whole(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let part = folder.join(format!("{}-{number}.part", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
