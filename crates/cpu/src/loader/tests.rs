//! What the loader accepts and refuses; the objects come from the C compiler.

use super::*;
use crate::test_objects::object_from_c;

fn load(source: &str) -> Result<Arc<Code>> {
    Code::load(&object_from_c(source))
}

fn call(code: &Code, name: &str, argument: i64) -> i64 {
    let address = code.address(name).unwrap();
    // SAFETY: every function of these tests has this type.
    let function: extern "C" fn(i64) -> i64 = unsafe { std::mem::transmute(address) };
    function(argument)
}

#[test]
fn functions_constants_and_tables_are_relocated() {
    let code = load(
        "static const long table[4] = {10, 20, 30, 40};
         static const char *const names[2] = {\"ab\", \"cd\"};
         extern long next(long);
         long look(long k) { return table[k & 3] + names[k & 1][0]; }
         long twice(long k) { return next(next(k)); }
         long next(long k) { return k + 1; }
         double half(double x) { return x * 0.5; }",
    )
    .unwrap();
    assert_eq!(call(&code, "look", 2), 30 + i64::from(b'a'));
    assert_eq!(call(&code, "twice", 5), 7);
    assert!(code.address("half").is_some() && code.address("table").is_none());
    assert!(code.address("missing").is_none());
}

#[test]
fn memory_functions_can_be_called() {
    let code = load(
        "typedef unsigned long size_t;
         void *memset(void *, int, size_t);
         void *memcpy(void *, const void *, size_t);
         long fill(long k) { char a[100], b[100]; memset(a, (int)k, 100);
            void *(*volatile copy)(void *, const void *, size_t) = memcpy;
            copy(b, a, 100); return b[99]; }",
    )
    .unwrap();
    assert_eq!(call(&code, "fill", 9), 9);
}

#[test]
fn anything_else_outside_is_refused() {
    let error = load("extern long other(long); long f(long k) { return other(k); }").unwrap_err();
    assert!(error.to_string().contains("other"), "{error}");
}

#[test]
fn writable_data_is_refused() {
    for source in ["static long n; long f(long k) { return n += k; }", "long n = 3;"] {
        assert!(load(source).unwrap_err().to_string().contains("written"));
    }
}

#[test]
fn code_cannot_be_written() {
    let code = load("long f(long k) { return k; }").unwrap();
    let address = code.address("f").unwrap().addr();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let line = maps.lines().find(|line| {
        let (range, _) = line.split_once(' ').unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let number = |text| usize::from_str_radix(text, 16).unwrap();
        (number(from)..number(to)).contains(&address)
    });
    assert!(line.unwrap().contains("r-xp"), "{line:?}");
}

#[test]
fn the_wrong_kind_of_file_is_refused() {
    assert!(Code::load(b"").is_err());
    assert!(Code::load(b"\x7fELF and then nothing of the kind").is_err());
    let program = std::fs::read("/proc/self/exe").unwrap();
    assert!(Code::load(&program).is_err());
}

#[test]
fn damaged_files_are_errors_or_load_but_never_crash() {
    let good = object_from_c(
        "static const long table[4] = {10, 20, 30, 40};
         extern long next(long);
         long look(long k) { return table[k & 3] + next(k); }
         long next(long k) { return k + 1; }",
    );
    for length in 0..good.len() {
        let _ = Code::load(&good[..length]);
    }
    for place in 0..good.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[place] = value;
            let _ = Code::load(&bad);
        }
    }
}
