//! What the library of shipped kernels promises; its code generator here is the C compiler.

use super::*;
use crate::test_objects::{folder, object_from_c};
use std::sync::atomic::AtomicI64;
use stook_kernel::Kernel;

fn kernels(numbers: impl IntoIterator<Item = usize>) -> Vec<Kernel> {
    numbers.into_iter().map(|flags| Kernel { flags, ..Kernel::default() }).collect()
}

/// Functions that write 100 plus the kernel's number to their first pointer.
fn from_c(kernels: &[(&str, &Kernel)], _: Level) -> Result<Vec<u8>> {
    let functions = kernels.iter().map(|(name, kernel)| {
        format!("void {name}(long r, long c, long **p) {{ *p[0] = 100 + {}; }}\n", kernel.flags)
    });
    Ok(object_from_c(&functions.collect::<String>()))
}

fn call(function: KernelFn) -> i64 {
    let value = AtomicI64::new(0);
    let pointers = [value.as_ptr().cast::<u8>()];
    let none = std::ptr::null();
    // SAFETY: the code writes one integer to the first pointer and reads nothing else.
    unsafe { function(1, 1, pointers.as_ptr(), none, none, std::ptr::null_mut(), 0) };
    value.into_inner()
}

fn written(folder: &Path, numbers: &[usize]) -> Written {
    let kernels = kernels(numbers.iter().copied());
    write(folder, "k.so", "me", &kernels, Level::V3, from_c).unwrap()
}

#[test]
fn functions_come_in_the_order_they_were_written_in() {
    let folder = folder();
    let numbers = [5, 3, 8, 3, 1];
    assert_eq!(written(&folder, &numbers).kernels, 4);
    let library = Library::open(&folder.join("k.so"), "me").unwrap();
    let values: Vec<i64> = library.functions().iter().map(|&function| call(function)).collect();
    assert_eq!(values, [105, 103, 108, 103, 101]);
}

#[test]
fn nothing_is_compiled_twice() {
    let folder = folder();
    let numbers: Vec<usize> = (0..6).collect();
    assert!(written(&folder, &numbers).linked);
    let again = written(&folder, &numbers);
    assert_eq!(again, Written { kernels: 6, compiled: 0, linked: false });
    let reversed: Vec<usize> = (0..6).rev().collect();
    assert_eq!(written(&folder, &reversed), Written { kernels: 6, compiled: 0, linked: true });
    let more: Vec<usize> = (0..7).collect();
    assert_eq!(written(&folder, &more), Written { kernels: 7, compiled: 1, linked: true });
}

#[test]
fn a_library_of_another_build_is_refused_with_both_names() {
    let folder = folder();
    written(&folder, &[1]);
    let error = Library::open(&folder.join("k.so"), "somebody else").unwrap_err().to_string();
    assert!(error.contains("\"me\"") && error.contains("\"somebody else\""), "{error}");
}

#[test]
fn a_missing_or_damaged_library_is_an_error() {
    let folder = folder();
    assert!(Library::open(&folder.join("none.so"), "me").is_err());
    std::fs::write(folder.join("bad.so"), b"\x7fELF").unwrap();
    assert!(Library::open(&folder.join("bad.so"), "me").is_err());
    assert!(Shipped::open(&folder, Level::V3).is_err());
}

#[test]
fn a_kernel_that_does_not_compile_is_named_as_the_reason() {
    let refuse: EmitMany = |_, _| Err(Error::Compile("no".to_owned()));
    let folder = folder();
    let result = write(&folder, "k.so", "me", &kernels([1]), Level::V3, refuse);
    assert_eq!(result, Err(Error::Compile("no".to_owned())));
}
