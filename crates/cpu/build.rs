//! Names this build's code generator by a hash of its sources.
//!
//! Shipped kernels are only used by a build that would generate the same, so they carry these
//! names: `STOOK_EMITTER` of what turns kernels into code, which their object files bear, and
//! `STOOK_KERNELS` of that and of what they are made from, which their library bears.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

const EMITTER: &[&str] = &[
    "kernel/src",
    "llvm/src",
    "ops/src/formula.rs",
    "ops/src/reduction.rs",
    "types/src",
    "../Cargo.lock",
];
const KERNELS: &[&str] = &[
    "kernel/src",
    "llvm/src",
    "ops/src",
    "plan/src",
    "types/src",
    "cpu/src/shipped",
    "../Cargo.lock",
];

fn main() {
    println!("cargo::rustc-env=STOOK_EMITTER={:016x}", hash_of(EMITTER));
    println!("cargo::rustc-env=STOOK_KERNELS={:016x}", hash_of(KERNELS));
}

fn hash_of(parts: &[&str]) -> u64 {
    // Of the run, not of the build: a checkout may be moved with what it has built.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder");
    let crates = Path::new(&here).join("..");
    let mut files = Vec::new();
    for part in parts {
        println!("cargo::rerun-if-changed=../{part}");
        let path = crates.join(part);
        if path.is_file() {
            files.push(path);
        } else {
            collect(&path, &mut files);
        }
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        let name = file.strip_prefix(&crates).expect("the file lies in the crates' folder");
        hasher.write(name.as_os_str().as_encoded_bytes());
        hasher.write(&std::fs::read(&file).expect("a source file can be read"));
    }
    hasher.finish()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|name| name == "rs") {
            files.push(path);
        }
    }
}
