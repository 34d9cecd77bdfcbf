//! Names of compiled code for `perf`.
//!
//! Pieces of code enter with what people call them; lines of `/tmp/perf-PID.map` leave: address,
//! size and name, which `perf report` reads by itself. Asked for by `STOOK_PERF=1`, or by [`ask`],
//! where Python does the same for its own functions; their lines share the file. A forked child
//! writes those of its parent anew. No line says that code is gone, so a later piece may lie where
//! an earlier one did; `perf` takes the last. Lines of source are absent: code has no table of them.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use stook_runtime::SpinLock;

static ASKED: AtomicBool = AtomicBool::new(false);
/// All lines of this process.
static TOLD: SpinLock<String> = SpinLock::new(String::new());

/// A function of compiled code.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) address: usize,
    pub(crate) bytes: usize,
    /// What people call it.
    pub(crate) name: String,
}

/// Asks for names from now on.
pub fn ask() {
    ASKED.store(true, Ordering::Relaxed);
}

/// Whether `STOOK_PERF` or [`ask`] asks for names.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed) || by_environment()
}

/// Whether `STOOK_PERF` does.
pub fn by_environment() -> bool {
    static ASKS: OnceLock<bool> = OnceLock::new();
    let asks = || std::env::var("STOOK_PERF").is_ok_and(|value| !matches!(&value[..], "" | "0"));
    *ASKS.get_or_init(asks)
}

/// Tells `perf` of code that was loaded.
pub(crate) fn tell(pieces: impl IntoIterator<Item = Piece>) {
    let mut lines = String::new();
    for Piece { address, bytes, name } in pieces {
        let _ = writeln!(lines, "{address:x} {bytes:x} stook::{}", name.replace('\n', " "));
    }
    let mut told = TOLD.lock();
    told.push_str(&lines);
    append(&lines);
}

/// Keeps [`tell`] out while the process forks.
pub(crate) fn pause() {
    TOLD.acquire();
}

/// Undoes [`pause`].
pub(crate) fn resume() {
    TOLD.release();
}

/// In a forked child, paused: its number, and so its file, is another.
pub(crate) fn repeat() {
    // SAFETY: the lock is held since before the fork.
    append(unsafe { TOLD.peek() });
}

/// Adds lines to the file in one go, as others may write to it. Names are a convenience: where they
/// cannot be written, nobody is told.
fn append(lines: &str) {
    if lines.is_empty() {
        return;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    let file = options.open(format!("/tmp/perf-{}.map", std::process::id()));
    let _ = file.and_then(|mut file| file.write_all(lines.as_bytes()));
}
