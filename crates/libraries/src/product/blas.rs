//! The BLAS that another library of the process brought along.
//!
//! The path of a shared library enters, an OpenBLAS with 64-bit integers and the names that NumPy's
//! wheels give it; a table of its functions leaves, one row for each element type. Nothing is
//! loaded here that is not in the process already.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Mutex;
use stook_types::DType;

type Gemm<F> = unsafe extern "C" fn(
    c_int,
    c_int,
    c_int,
    i64,
    i64,
    i64,
    F,
    *const u8,
    i64,
    *const u8,
    i64,
    F,
    *mut u8,
    i64,
);
type Gemv<F> = unsafe extern "C" fn(
    c_int,
    c_int,
    i64,
    i64,
    F,
    *const u8,
    i64,
    *const u8,
    i64,
    F,
    *mut u8,
    i64,
);
type Syrk<F> =
    unsafe extern "C" fn(c_int, c_int, c_int, i64, i64, F, *const u8, i64, F, *mut u8, i64);
type Dot<R> = unsafe extern "C" fn(i64, *const u8, i64, *const u8, i64) -> R;
type DotInto = unsafe extern "C" fn(i64, *const u8, i64, *const u8, i64, *mut u8);

const ROW_MAJOR: c_int = 101;
const LOWER: c_int = 122;

/// A matrix as BLAS takes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored {
    pub(crate) start: *const u8,
    /// Its rows are what the product calls columns.
    pub(crate) turned: bool,
    /// Elements from one row in memory to the next.
    pub(crate) lead: i64,
}

impl Stored {
    fn flag(self) -> c_int {
        if self.turned { 112 } else { 111 }
    }
}

/// A vector as BLAS takes it: its first element, and elements from one to the next.
pub(crate) type Line = (*const u8, i64);

/// Where a product goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) start: *mut u8,
    /// Elements from one row in memory to the next.
    pub(crate) lead: i64,
    /// It is added to what is there.
    pub(crate) added: bool,
}

/// The functions for one element type.
pub(crate) trait Routines: Sync {
    /// A product of matrices, `m` by `k` and `k` by `n`.
    ///
    /// # Safety
    /// The operands can be read, the result can be written and overlaps neither; where it is added
    /// to, it can be read.
    unsafe fn gemm(&self, mnk: [i64; 3], left: Stored, right: Stored, result: Place);

    /// A product of a matrix, `m` by `k`, and itself turned, on and below the diagonal.
    ///
    /// # Safety
    /// As for `gemm`.
    unsafe fn syrk(&self, mk: [i64; 2], left: Stored, result: Place);

    /// A product of a matrix, `m` by `k`, and a vector.
    ///
    /// # Safety
    /// As for `gemm`.
    unsafe fn gemv(&self, mk: [i64; 2], left: Stored, right: Line, result: Place);

    /// The sum of the products of `k` pairs of elements.
    ///
    /// # Safety
    /// As for `gemm`.
    unsafe fn dot(&self, k: i64, left: Line, right: Line, result: *mut u8);
}

/// Functions that take and return numbers by value.
struct Real<R> {
    gemm: Gemm<R>,
    gemv: Gemv<R>,
    syrk: Syrk<R>,
    dot: Dot<R>,
}

/// Functions that take pairs of numbers by address.
struct Complex<R> {
    gemm: Gemm<*const R>,
    gemv: Gemv<*const R>,
    syrk: Syrk<*const R>,
    dot: DotInto,
}

/// A matrix's rows and columns as they are in memory.
fn in_memory([m, k]: [i64; 2], stored: Stored) -> (i64, i64) {
    if stored.turned { (k, m) } else { (m, k) }
}

impl<R: From<u8> + Sync> Routines for Real<R> {
    unsafe fn gemm(&self, [m, n, k]: [i64; 3], a: Stored, b: Stored, c: Place) {
        let (one, kept) = (R::from(1), R::from(c.added.into()));
        let (ta, tb) = (a.flag(), b.flag());
        // SAFETY: the caller's promise; the function has this signature.
        unsafe {
            (self.gemm)(
                ROW_MAJOR, ta, tb, m, n, k, one, a.start, a.lead, b.start, b.lead, kept, c.start,
                c.lead,
            );
        }
    }

    unsafe fn syrk(&self, [m, k]: [i64; 2], a: Stored, c: Place) {
        let (one, kept) = (R::from(1), R::from(c.added.into()));
        // SAFETY: the caller's promise; the function has this signature.
        unsafe {
            (self.syrk)(
                ROW_MAJOR,
                LOWER,
                a.flag(),
                m,
                k,
                one,
                a.start,
                a.lead,
                kept,
                c.start,
                c.lead,
            );
        }
    }

    unsafe fn gemv(&self, mk: [i64; 2], a: Stored, (x, by): Line, y: Place) {
        let (rows, columns) = in_memory(mk, a);
        let (one, kept) = (R::from(1), R::from(y.added.into()));
        // SAFETY: the caller's promise; the function has this signature.
        unsafe {
            (self.gemv)(
                ROW_MAJOR,
                a.flag(),
                rows,
                columns,
                one,
                a.start,
                a.lead,
                x,
                by,
                kept,
                y.start,
                y.lead,
            );
        }
    }

    unsafe fn dot(&self, k: i64, (x, by): Line, (y, step): Line, result: *mut u8) {
        // SAFETY: the caller's promise; the function has this signature.
        unsafe { result.cast::<R>().write((self.dot)(k, x, by, y, step)) };
    }
}

impl<R: From<u8> + Sync> Routines for Complex<R> {
    unsafe fn gemm(&self, [m, n, k]: [i64; 3], a: Stored, b: Stored, c: Place) {
        let (one, kept) = ([R::from(1), R::from(0)], [R::from(c.added.into()), R::from(0)]);
        let (one, kept) = (one.as_ptr(), kept.as_ptr());
        let (ta, tb) = (a.flag(), b.flag());
        // SAFETY: the caller's promise; the function has this signature, and reads two pairs.
        unsafe {
            (self.gemm)(
                ROW_MAJOR, ta, tb, m, n, k, one, a.start, a.lead, b.start, b.lead, kept, c.start,
                c.lead,
            );
        }
    }

    unsafe fn syrk(&self, [m, k]: [i64; 2], a: Stored, c: Place) {
        let (one, kept) = ([R::from(1), R::from(0)], [R::from(c.added.into()), R::from(0)]);
        let (one, kept) = (one.as_ptr(), kept.as_ptr());
        // SAFETY: the caller's promise; the function has this signature, and reads two pairs.
        unsafe {
            (self.syrk)(
                ROW_MAJOR,
                LOWER,
                a.flag(),
                m,
                k,
                one,
                a.start,
                a.lead,
                kept,
                c.start,
                c.lead,
            );
        }
    }

    unsafe fn gemv(&self, mk: [i64; 2], a: Stored, (x, by): Line, y: Place) {
        let (rows, columns) = in_memory(mk, a);
        let (one, kept) = ([R::from(1), R::from(0)], [R::from(y.added.into()), R::from(0)]);
        let (one, kept) = (one.as_ptr(), kept.as_ptr());
        // SAFETY: the caller's promise; the function has this signature, and reads two pairs.
        unsafe {
            (self.gemv)(
                ROW_MAJOR,
                a.flag(),
                rows,
                columns,
                one,
                a.start,
                a.lead,
                x,
                by,
                kept,
                y.start,
                y.lead,
            );
        }
    }

    unsafe fn dot(&self, k: i64, (x, by): Line, (y, step): Line, result: *mut u8) {
        // SAFETY: the caller's promise; the function has this signature.
        unsafe { (self.dot)(k, x, by, y, step, result) };
    }
}

/// A BLAS library's functions.
pub struct Blas {
    single: Real<f32>,
    double: Real<f64>,
    single_complex: Complex<f32>,
    double_complex: Complex<f64>,
    threads: unsafe extern "C" fn() -> c_int,
    set_threads: unsafe extern "C" fn(c_int),
    /// Held while the number of threads is another than the one found.
    held: Mutex<()>,
}

impl std::fmt::Debug for Blas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Blas")
    }
}

/// A loaded library.
struct Library(*mut c_void);

impl Library {
    /// A function of the library, by the name that it has there.
    ///
    /// # Safety
    /// `T` is the type of a pointer to that function.
    unsafe fn function<T>(&self, name: &str) -> Option<T> {
        let name = format!("scipy_{name}64_\0");
        let name = CStr::from_bytes_with_nul(name.as_bytes()).ok()?;
        // SAFETY: an open library and a string that ends.
        let found = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        assert_eq!(size_of::<T>(), size_of_val(&found), "a function's type is a pointer");
        // SAFETY: a pointer to a function, by the caller's promise of this type.
        (!found.is_null()).then(|| unsafe { std::mem::transmute_copy(&found) })
    }

    fn real<R>(&self, letter: char) -> Option<Real<R>> {
        // SAFETY: these are the signatures of CBLAS for real elements.
        unsafe {
            Some(Real {
                gemm: self.function(&format!("cblas_{letter}gemm"))?,
                gemv: self.function(&format!("cblas_{letter}gemv"))?,
                syrk: self.function(&format!("cblas_{letter}syrk"))?,
                dot: self.function(&format!("cblas_{letter}dot"))?,
            })
        }
    }

    fn complex<R>(&self, letter: char) -> Option<Complex<R>> {
        // SAFETY: these are the signatures of CBLAS for complex elements.
        unsafe {
            Some(Complex {
                gemm: self.function(&format!("cblas_{letter}gemm"))?,
                gemv: self.function(&format!("cblas_{letter}gemv"))?,
                syrk: self.function(&format!("cblas_{letter}syrk"))?,
                dot: self.function(&format!("cblas_{letter}dotu_sub"))?,
            })
        }
    }
}

impl Blas {
    /// The functions of the library at a path, if it is loaded already and has all of them.
    pub fn loaded(path: &CStr) -> Option<Self> {
        let start: *const c_char = path.as_ptr();
        // SAFETY: a string that ends; the library is not loaded anew, so none of its code runs.
        let library = unsafe { libc::dlopen(start, libc::RTLD_NOW | libc::RTLD_NOLOAD) };
        if library.is_null() {
            return None;
        }
        // The library stays open, as its functions are called until the process ends.
        let library = Library(library);
        // SAFETY: these are the signatures of OpenBLAS.
        let (threads, set_threads) = unsafe {
            (
                library.function("openblas_get_num_threads")?,
                library.function("openblas_set_num_threads")?,
            )
        };
        Some(Self {
            single: library.real('s')?,
            double: library.real('d')?,
            single_complex: library.complex('c')?,
            double_complex: library.complex('z')?,
            threads,
            set_threads,
            held: Mutex::new(()),
        })
    }

    /// The functions for an element type, if there are any.
    pub(crate) fn routines(&self, dtype: DType) -> Option<&dyn Routines> {
        match dtype {
            DType::F32 => Some(&self.single),
            DType::F64 => Some(&self.double),
            DType::C64 => Some(&self.single_complex),
            DType::C128 => Some(&self.double_complex),
            _ => None,
        }
    }

    /// Does work whose calls stay on the threads that make them.
    pub(crate) fn alone<T>(&self, work: impl FnOnce() -> T) -> T {
        let _held = self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // SAFETY: the function takes nothing.
        let found = unsafe { (self.threads)() };
        let _threads = (found > 1).then(|| Threads::set(self, found));
        work()
    }
}

/// One thread for each call, until dropped.
struct Threads<'a>(&'a Blas, c_int);

impl<'a> Threads<'a> {
    fn set(blas: &'a Blas, found: c_int) -> Self {
        // SAFETY: any number from 1 is allowed.
        unsafe { (blas.set_threads)(1) };
        Self(blas, found)
    }
}

impl Drop for Threads<'_> {
    fn drop(&mut self) {
        // SAFETY: the number that was found.
        unsafe { (self.0.set_threads)(self.1) };
    }
}
