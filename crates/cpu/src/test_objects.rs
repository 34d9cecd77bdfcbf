//! Object files for tests.

use std::io::Write;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder of one test's own, removed with the value.
pub(crate) struct Folder(PathBuf);

/// A new, empty folder.
pub(crate) fn folder() -> Folder {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("stook-test-{}-{number}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    Folder(path)
}

impl Deref for Folder {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the C compiler makes of a source text.
pub(crate) fn object_from_c(source: &str) -> Vec<u8> {
    let folder = folder();
    let path = folder.join("test.o");
    let mut compiler = Command::new("cc")
        .args(["-O2", "-fPIC", "-fno-stack-protector", "-ffreestanding", "-w"])
        .args(["-x", "c", "-c", "-", "-o"])
        .arg(&path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    compiler.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    assert!(compiler.wait().unwrap().success());
    std::fs::read(&path).unwrap()
}
