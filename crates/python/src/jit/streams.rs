//! The interpreter's own streams of random numbers, NumPy's global one and that of `random`, drawn
//! from without a call of Python's.
//!
//! Their states lie in objects of NumPy's and Python's, which are used while the calling thread has
//! the interpreter. The algorithms are those of NumPy's `RandomState`, which are frozen, and of
//! Python's `Random`, which are documented as reproducible; what is drawn is what a call would draw.

use pyo3::prelude::*;
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Where the streams are, as addresses; `stook._streams` gives them.
struct Places {
    /// What NumPy's bit generator is passed, and its functions for a double and for integers.
    state: AtomicUsize,
    double: AtomicUsize,
    uint32: AtomicUsize,
    uint64: AtomicUsize,
    /// Of NumPy's stream: whether a normal number is kept for the next call; it lies behind.
    kept: AtomicUsize,
    /// Of `random`: the index into a Mersenne Twister's words, which lie behind.
    twister: AtomicUsize,
}

static PLACES: Places = Places {
    state: AtomicUsize::new(0),
    double: AtomicUsize::new(0),
    uint32: AtomicUsize::new(0),
    uint64: AtomicUsize::new(0),
    kept: AtomicUsize::new(0),
    twister: AtomicUsize::new(0),
};

/// Says where NumPy's stream is: the bit generator's state and functions.
#[pyfunction]
pub(super) fn set_numpys_stream(state: usize, double: usize, uint32: usize, uint64: usize) {
    PLACES.state.store(state, Relaxed);
    PLACES.double.store(double, Relaxed);
    PLACES.uint32.store(uint32, Relaxed);
    PLACES.uint64.store(uint64, Relaxed);
}

/// Says where the stream of NumPy's keeps a normal number.
#[pyfunction]
pub(super) fn set_kept_normal(place: usize) {
    PLACES.kept.store(place, Relaxed);
}

/// Says where the Mersenne Twister of `random` is.
#[pyfunction]
pub(super) fn set_twister(place: usize) {
    PLACES.twister.store(place, Relaxed);
}

/// The addresses of what draws: NumPy's double, normal, and integer of a range; a double and bits
/// of `random`.
#[pyfunction]
pub(super) fn stream_functions() -> [usize; 5] {
    let (uniform, normal): (extern "C" fn() -> f64, extern "C" fn() -> f64) = (uniform, normal);
    let integer: extern "C" fn(i64, i64) -> i64 = integer;
    let (fraction, bits): (extern "C" fn() -> f64, extern "C" fn(i64) -> i64) = (fraction, bits);
    [uniform as usize, normal as usize, integer as usize, fraction as usize, bits as usize]
}

/// A number that NumPy's bit generator draws by one of its functions.
fn drawn<T>(function: &AtomicUsize) -> T {
    let state = std::ptr::with_exposed_provenance_mut(PLACES.state.load(Relaxed));
    // SAFETY: the addresses are those of a bit generator that `stook._streams` keeps, of functions
    // that take its state and return such a number.
    unsafe {
        let function =
            std::mem::transmute::<usize, extern "C" fn(*mut c_void) -> T>(function.load(Relaxed));
        function(state)
    }
}

extern "C" fn uniform() -> f64 {
    drawn(&PLACES.double)
}

/// A number of the normal distribution, by Marsaglia's polar method, which makes two at a time.
extern "C" fn normal() -> f64 {
    let kept = PLACES.kept.load(Relaxed);
    let kept: *mut i32 = std::ptr::with_exposed_provenance_mut(kept);
    // SAFETY: the address is that of a flag in a living object, with a number 8 bytes behind; the
    // thread has the interpreter.
    let (is_kept, number) = unsafe { (&mut *kept, &mut *kept.byte_add(8).cast::<f64>()) };
    if std::mem::take(is_kept) != 0 {
        return std::mem::take(number);
    }
    loop {
        let [x, y] = [(); 2].map(|()| 2.0 * uniform() - 1.0);
        let square = x * x + y * y;
        if square < 1.0 && square != 0.0 {
            let factor = (-2.0 * square.ln() / square).sqrt();
            (*is_kept, *number) = (1, factor * x);
            return factor * y;
        }
    }
}

/// An integer from one to another, both included, by rejection among as many bits as those take.
extern "C" fn integer(low: i64, high: i64) -> i64 {
    let range = high.wrapping_sub(low) as u64;
    let mask = u64::MAX.checked_shr(range.leading_zeros()).unwrap_or(0);
    let draw = || match u32::try_from(range) {
        Ok(0) => 0,
        Ok(_) => u64::from(drawn::<u32>(&PLACES.uint32)) & mask,
        Err(_) => drawn::<u64>(&PLACES.uint64) & mask,
    };
    let found = std::iter::repeat_with(draw).find(|&value| value <= range);
    low.wrapping_add(found.unwrap_or(0) as i64)
}

/// How many words a Mersenne Twister has, and how far apart two lie that meet.
const WORDS: usize = 624;
const APART: usize = 397;

/// The next word of the Mersenne Twister of `random` (Matsumoto and Nishimura 1998, MT19937).
fn word() -> u32 {
    let place: *mut u32 = std::ptr::with_exposed_provenance_mut(PLACES.twister.load(Relaxed));
    // SAFETY: the address is that of an index in a living object, with the words behind; the thread
    // has the interpreter.
    let (index, words) = unsafe { (&mut *place, &mut *place.add(1).cast::<[u32; WORDS]>()) };
    if *index as usize >= WORDS {
        for k in 0..WORDS {
            let joined = (words[k] & 0x8000_0000) | (words[(k + 1) % WORDS] & 0x7fff_ffff);
            let odd = if joined & 1 == 0 { 0 } else { 0x9908_b0df };
            words[k] = words[(k + APART) % WORDS] ^ (joined >> 1) ^ odd;
        }
        *index = 0;
    }
    let mut word = words[*index as usize];
    *index += 1;
    word ^= word >> 11;
    word ^= word << 7 & 0x9d2c_5680;
    word ^= word << 15 & 0xefc6_0000;
    word ^ word >> 18
}

/// A double of 53 bits below 1.
extern "C" fn fraction() -> f64 {
    let (high, low) = (word() >> 5, word() >> 6);
    (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
}

/// So many bits, at most 63, the first drawn lowest.
extern "C" fn bits(count: i64) -> i64 {
    if count <= 32 {
        return i64::from(word() >> (32 - count));
    }
    let low = u64::from(word());
    let high = u64::from(word() >> (64 - count));
    (high << 32 | low) as i64
}
