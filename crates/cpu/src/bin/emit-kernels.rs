//! Writes the libraries of shipped kernels: `emit-kernels FOLDER [v3] [v4]`.
//!
//! A build step. What has not changed since the last time is not compiled again.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;
use stook_cpu::{Level, emit, shipped};
use stook_kernel::Kernel;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((folder, names)) = arguments.split_first() else {
        eprintln!("usage: emit-kernels FOLDER [v3] [v4]");
        return ExitCode::FAILURE;
    };
    let is_named = |name: &str| names.is_empty() || names.iter().any(|other| other == name);
    let levels = [("v3", Level::V3), ("v4", Level::V4)].into_iter();
    let kernels: Vec<Kernel> =
        stook_plan::shipped::kernels().into_iter().map(|(_, kernel)| kernel).collect();
    for (_, level) in levels.filter(|(name, _)| is_named(name)) {
        if let Err(error) = emit_level(Path::new(folder), level, &kernels) {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn emit_level(folder: &Path, level: Level, kernels: &[Kernel]) -> stook_cpu::Result<()> {
    let (start, file) = (Instant::now(), shipped::file_name(level));
    let fingerprint = shipped::fingerprint(level);
    let written = shipped::write(folder, file, &fingerprint, kernels, level, emit::many)?;
    println!(
        "{file}: {} kernels, {} groups compiled, {} in {:.1} s",
        written.kernels,
        written.compiled,
        if written.linked { "linked" } else { "unchanged" },
        start.elapsed().as_secs_f64()
    );
    Ok(())
}
