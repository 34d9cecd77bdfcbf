//! Objects and a table of their functions to a shared library, by the system's C compiler.

use super::library::{COUNT, FINGERPRINT, TABLE};
use crate::{Error, Result};
use std::ffi::CStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Only these can be seen from outside.
const EXPORTS: &str = "{ global: stook_*; local: *; };\n";

/// Links `file` in `folder`; false if the one that is there was linked from the same.
pub(super) fn link(
    folder: &Path,
    file: &str,
    fingerprint: &str,
    names: &[String],
    objects: &[Vec<u8>],
) -> Result<bool> {
    let table = table(fingerprint, names);
    let (library, stamp_file) = (folder.join(file), folder.join(format!("{file}.stamp")));
    let stamp = stamp(&table, objects);
    if library.exists() && std::fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(false);
    }
    let work = folder.join(format!("{file}.{}", std::process::id()));
    let linked = link_in(&work, &table, objects)
        .and_then(|made| std::fs::rename(made, &library).map_err(failed))
        .and_then(|()| std::fs::write(&stamp_file, stamp).map_err(failed));
    let _ = std::fs::remove_dir_all(work);
    linked.map(|()| true)
}

fn failed(error: std::io::Error) -> Error {
    Error::Shipped(format!("the library cannot be written: {error}"))
}

/// A hash of all that goes into the library.
fn stamp(table: &str, objects: &[Vec<u8>]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(table.as_bytes());
    for object in objects {
        hasher.update(blake3::hash(object).as_bytes());
    }
    hasher.finalize().to_string()
}

fn text(name: &CStr) -> &str {
    name.to_str().expect("the names are ASCII")
}

/// The table in C.
fn table(fingerprint: &str, names: &[String]) -> String {
    let mut source = String::new();
    let mut unique: Vec<&String> = names.iter().collect();
    unique.sort();
    unique.dedup();
    for name in unique {
        let _ = writeln!(source, "extern void {name}(void);");
    }
    let _ = writeln!(source, "const char {}[] = {fingerprint:?};", text(FINGERPRINT));
    let _ = writeln!(source, "const unsigned long {} = {};", text(COUNT), names.len());
    let _ = writeln!(source, "void (*const {}[])(void) = {{", text(TABLE));
    for name in names {
        let _ = writeln!(source, "    {name},");
    }
    source.push_str("    0\n};\n");
    source
}

/// Links in a folder of its own; the library's path in it.
fn link_in(work: &Path, table: &str, objects: &[Vec<u8>]) -> Result<PathBuf> {
    std::fs::create_dir_all(work).map_err(failed)?;
    let put = |name: &str, bytes: &[u8]| {
        let path = work.join(name);
        std::fs::write(&path, bytes).map_err(failed).map(|()| path)
    };
    let mut inputs = vec![put("table.c", table.as_bytes())?];
    for (k, object) in objects.iter().enumerate() {
        inputs.push(put(&format!("{k}.o"), object)?);
    }
    let (exports, made) = (put("exports", EXPORTS.as_bytes())?, work.join("library.so"));
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let output = Command::new(compiler)
        .args(["-shared", "-fPIC", "-O1", "-nostdlib", "-Wl,-s", "-Wl,-z,noexecstack"])
        .arg(format!("-Wl,--version-script={}", exports.display()))
        .arg("-o")
        .arg(&made)
        .args(inputs)
        .output()
        .map_err(failed)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Error::Shipped(format!("the library cannot be linked: {said}")));
    }
    Ok(made)
}
