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

/// A factor as CBLAS takes it: a real number by value, a complex one by the address of a pair.
trait Factor: Copy {
    /// The function that adds the products of pairs of elements.
    type Dot: Copy + Sync;

    /// One, or zero.
    fn of(one: bool) -> Self;

    /// # Safety
    /// As for [`Routines::dot`]; the function has this signature.
    unsafe fn dot(function: Self::Dot, k: i64, left: Line, right: Line, result: *mut u8);
}

macro_rules! factors {
    ($($real:ty)*) => {
        $(
            impl Factor for $real {
                type Dot = Dot<$real>;

                fn of(one: bool) -> Self {
                    Self::from(u8::from(one))
                }

                unsafe fn dot(function: Self::Dot, k: i64, x: Line, y: Line, result: *mut u8) {
                    // SAFETY: the caller's promise.
                    unsafe { result.cast::<$real>().write(function(k, x.0, x.1, y.0, y.1)) };
                }
            }

            impl Factor for *const $real {
                type Dot = DotInto;

                fn of(one: bool) -> Self {
                    static ZERO_ONE: [[$real; 2]; 2] = [[0.0, 0.0], [1.0, 0.0]];
                    ZERO_ONE[usize::from(one)].as_ptr()
                }

                unsafe fn dot(function: Self::Dot, k: i64, x: Line, y: Line, result: *mut u8) {
                    // SAFETY: the caller's promise.
                    unsafe { function(k, x.0, x.1, y.0, y.1, result) };
                }
            }
        )*
    };
}

factors!(f32 f64);

/// The functions for elements whose factors are taken so.
struct Functions<F: Factor> {
    gemm: Gemm<F>,
    gemv: Gemv<F>,
    syrk: Syrk<F>,
    dot: F::Dot,
}

/// A matrix's rows and columns as they are in memory.
fn in_memory([m, k]: [i64; 2], stored: Stored) -> (i64, i64) {
    if stored.turned { (k, m) } else { (m, k) }
}

impl<F: Factor> Routines for Functions<F> {
    unsafe fn gemm(&self, [m, n, k]: [i64; 3], a: Stored, b: Stored, c: Place) {
        let (one, kept) = (F::of(true), F::of(c.added));
        let (left, right) = (a.flag(), b.flag());
        // SAFETY: the caller's promise; the function has this signature.
        unsafe {
            (self.gemm)(
                ROW_MAJOR, left, right, m, n, k, one, a.start, a.lead, b.start, b.lead, kept,
                c.start, c.lead,
            );
        }
    }

    unsafe fn syrk(&self, [m, k]: [i64; 2], a: Stored, c: Place) {
        let (one, kept, flag) = (F::of(true), F::of(c.added), a.flag());
        // SAFETY: the caller's promise; the function has this signature.
        unsafe {
            (self.syrk)(ROW_MAJOR, LOWER, flag, m, k, one, a.start, a.lead, kept, c.start, c.lead);
        }
    }

    unsafe fn gemv(&self, mk: [i64; 2], a: Stored, (x, by): Line, y: Place) {
        let (one, kept, flag) = (F::of(true), F::of(y.added), a.flag());
        let (rows, columns) = in_memory(mk, a);
        // SAFETY: the caller's promise; the function has this signature.
        unsafe {
            (self.gemv)(
                ROW_MAJOR, flag, rows, columns, one, a.start, a.lead, x, by, kept, y.start, y.lead,
            );
        }
    }

    unsafe fn dot(&self, k: i64, left: Line, right: Line, result: *mut u8) {
        // SAFETY: the caller's promise; the function was found under this signature's name.
        unsafe { F::dot(self.dot, k, left, right, result) };
    }
}

/// A BLAS library's functions.
pub struct Blas {
    single: Functions<f32>,
    double: Functions<f64>,
    single_complex: Functions<*const f32>,
    double_complex: Functions<*const f64>,
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

    /// The functions for a type that CBLAS names by this letter.
    ///
    /// # Safety
    /// `F` is how CBLAS takes factors of that type, and `dot` names its sum of products.
    unsafe fn functions<F: Factor>(&self, letter: char, dot: &str) -> Option<Functions<F>> {
        let name = |operation: &str| format!("cblas_{letter}{operation}");
        // SAFETY: these are the signatures of CBLAS, by the caller's promise of `F`.
        unsafe {
            Some(Functions {
                gemm: self.function(&name("gemm"))?,
                gemv: self.function(&name("gemv"))?,
                syrk: self.function(&name("syrk"))?,
                dot: self.function(&name(dot))?,
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
        // SAFETY: these are the signatures of OpenBLAS, and real factors are given by value, complex
        // ones by address.
        unsafe {
            Some(Self {
                single: library.functions('s', "dot")?,
                double: library.functions('d', "dot")?,
                single_complex: library.functions('c', "dotu_sub")?,
                double_complex: library.functions('z', "dotu_sub")?,
                threads: library.function("openblas_get_num_threads")?,
                set_threads: library.function("openblas_set_num_threads")?,
                held: Mutex::new(()),
            })
        }
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
