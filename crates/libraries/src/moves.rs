//! Moving runs of bytes whose length is known when compiled, where it is that of an element.

/// Equal runs of bytes at a fixed distance from one another.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    /// The first byte of the first row.
    pub start: *mut u8,
    /// Bytes from one row to the next; 0 for the same row again and again.
    pub stride: isize,
    /// Bytes of a row.
    pub bytes: usize,
}

// SAFETY: an address and two numbers; who may read or write there is decided by the caller of the
// functions that take it.
unsafe impl Send for Rows {}
// SAFETY: as above.
unsafe impl Sync for Rows {}

impl Rows {
    /// The same rows, this many bytes further on.
    pub(crate) fn moved(self, bytes: isize) -> Self {
        let start = self.start.wrapping_offset(bytes);
        Self { start, ..self }
    }

    /// The address of row `k`.
    pub(crate) fn at(self, k: usize) -> *mut u8 {
        self.start.wrapping_offset(self.stride * k as isize)
    }
}

/// How one row is copied.
pub(crate) trait Move: Copy + Send + Sync {
    /// Bytes of a row.
    fn bytes(self) -> usize;

    /// Copies a row, which may be copied onto itself.
    ///
    /// # Safety
    /// `from` can be read, `to` written, and the two are the same or do not overlap.
    unsafe fn copy(self, from: *const u8, to: *mut u8);
}

/// Rows of `N` bytes.
#[derive(Clone, Copy)]
pub(crate) struct Fixed<const N: usize>;

impl<const N: usize> Move for Fixed<N> {
    #[inline(always)]
    fn bytes(self) -> usize {
        N
    }

    #[inline(always)]
    unsafe fn copy(self, from: *const u8, to: *mut u8) {
        // SAFETY: the caller's promise; the row is read whole before it is written.
        unsafe {
            to.cast::<[u8; N]>().write_unaligned(from.cast::<[u8; N]>().read_unaligned());
        };
    }
}

/// Rows of any length.
#[derive(Clone, Copy)]
pub(crate) struct Any(pub(crate) usize);

impl Move for Any {
    fn bytes(self) -> usize {
        self.0
    }

    unsafe fn copy(self, from: *const u8, to: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy(from, to, self.0) };
    }
}

/// Calls a function with the [`Move`] of rows of this many bytes.
///
/// `with_move!(8, |row| f(row))` is `match 8 { 1 => f(Fixed::<1>), ..., n => f(Any(n)) }`.
macro_rules! with_move {
    ($bytes:expr, |$row:ident| $call:expr) => {
        match $bytes {
            1 => {
                let $row = $crate::moves::Fixed::<1>;
                $call
            }
            2 => {
                let $row = $crate::moves::Fixed::<2>;
                $call
            }
            4 => {
                let $row = $crate::moves::Fixed::<4>;
                $call
            }
            8 => {
                let $row = $crate::moves::Fixed::<8>;
                $call
            }
            16 => {
                let $row = $crate::moves::Fixed::<16>;
                $call
            }
            bytes => {
                let $row = $crate::moves::Any(bytes);
                $call
            }
        }
    };
}
pub(crate) use with_move;
