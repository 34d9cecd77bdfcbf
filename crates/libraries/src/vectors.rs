//! The processor's vectors, for what no loop becomes by itself: bits of comparisons, and elements
//! kept by bits.
//!
//! Work is written once, for any kind of vectors, and runs with the best that the processor has
//! ([`with_vectors`]). All kinds give the same results.

/// Elements that are handled at a time: one for each bit of a word.
pub(crate) const TOGETHER: usize = 64;

/// A kind of vectors. Each bit of a result stands for one element, the lowest for the first.
///
/// # Safety
/// The processor must have these vectors, and where elements are kept, as many can be read and
/// written as a word has bits.
pub(crate) trait Vectors: Copy {
    /// Which bytes are not 0.
    unsafe fn nonzero(self, bytes: &[u8; TOGETHER]) -> u64;

    /// Which numbers are less than a bound.
    unsafe fn less_u64(self, numbers: &[u64; TOGETHER], bound: u64) -> u64;

    /// Which numbers are less than a bound.
    unsafe fn less_u32(self, numbers: &[u32; TOGETHER], bound: u32) -> u64;

    /// Copies the elements whose bits are set to the beginning of `to`; what lies behind them there
    /// is written as well, and means nothing.
    unsafe fn keep_u64(self, from: *const u64, bits: u64, to: *mut u64);

    /// As [`Vectors::keep_u64`].
    unsafe fn keep_u32(self, from: *const u32, bits: u64, to: *mut u32);
}

/// What is done with vectors.
pub(crate) trait Work {
    /// What comes of it.
    type Made;

    /// Does it; inlined, so that it is compiled for these vectors.
    fn run<V: Vectors>(self, vectors: V) -> Self::Made;
}

/// A loop that becomes vectors by itself; what it calls is inlined, too.
pub(crate) struct Loop<F>(pub(crate) F);

// Not `FnOnce`: of a closure that could be called again the compiler makes another function then,
// which is not inlined and so becomes no vectors.
impl<R, F: FnMut() -> R> Work for Loop<F> {
    type Made = R;

    #[inline(always)]
    fn run<V: Vectors>(mut self, _: V) -> R {
        (self.0)()
    }
}

/// Does work with the best vectors of this processor.
pub(crate) fn with_vectors<W: Work>(work: W) -> W::Made {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx512f") && has!("avx512bw") && has!("avx512vl") && has!("popcnt") {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { x86::with_avx512(work) };
        }
        if has!("avx2") && has!("popcnt") {
            // SAFETY: as above.
            return unsafe { x86::with_avx2(work) };
        }
    }
    work.run(Plain)
}

/// No vectors at all.
#[derive(Clone, Copy)]
struct Plain;

fn bits<T: Copy>(elements: &[T; TOGETHER], holds: impl Fn(T) -> bool) -> u64 {
    elements.iter().rev().fold(0, |bits, &element| bits << 1 | u64::from(holds(element)))
}

/// # Safety
/// As for [`keep`].
unsafe fn keep_plain<T: Copy>(from: *const T, bits: u64, to: *mut T) {
    let mut kept = 0;
    for k in 0..TOGETHER {
        // SAFETY: no more elements are kept than have been read.
        unsafe { to.add(kept).write(from.add(k).read()) };
        kept += (bits >> k & 1) as usize;
    }
}

/// Which numbers, unsigned ones of any size, are less than a bound.
#[inline(always)]
pub(crate) fn less<V: Vectors, T: Copy + Ord>(
    vectors: V,
    numbers: &[T; TOGETHER],
    bound: T,
) -> u64 {
    let (all, one) = (std::ptr::from_ref(numbers), std::ptr::from_ref(&bound));
    // SAFETY: unsigned numbers of these sizes; whoever has vectors has a processor for them.
    unsafe {
        match size_of::<T>() {
            8 => vectors.less_u64(&*all.cast(), *one.cast()),
            4 => vectors.less_u32(&*all.cast(), *one.cast()),
            _ => bits(numbers, |number| number < bound),
        }
    }
}

/// Copies those of as many elements as a word has bits whose bits are set to the beginning of `to`;
/// what lies behind them there is written as well, and means nothing.
///
/// # Safety
/// All of the elements can be read, and as many written.
#[inline(always)]
pub(crate) unsafe fn keep<V: Vectors, T: Copy>(vectors: V, from: *const T, bits: u64, to: *mut T) {
    // SAFETY: the caller's promise, on elements of the same size.
    unsafe {
        match size_of::<T>() {
            8 => vectors.keep_u64(from.cast(), bits, to.cast()),
            4 => vectors.keep_u32(from.cast(), bits, to.cast()),
            _ => keep_plain(from, bits, to),
        }
    }
}

impl Vectors for Plain {
    unsafe fn nonzero(self, bytes: &[u8; TOGETHER]) -> u64 {
        bits(bytes, |byte| byte != 0)
    }

    unsafe fn less_u64(self, numbers: &[u64; TOGETHER], bound: u64) -> u64 {
        bits(numbers, |number| number < bound)
    }

    unsafe fn less_u32(self, numbers: &[u32; TOGETHER], bound: u32) -> u64 {
        bits(numbers, |number| number < bound)
    }

    unsafe fn keep_u64(self, from: *const u64, bits: u64, to: *mut u64) {
        // SAFETY: the caller's promise.
        unsafe { keep_plain(from, bits, to) };
    }

    unsafe fn keep_u32(self, from: *const u32, bits: u64, to: *mut u32) {
        // SAFETY: the caller's promise.
        unsafe { keep_plain(from, bits, to) };
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{TOGETHER, Vectors, Work};
    use std::arch::x86_64::*;

    #[derive(Clone, Copy)]
    pub(super) struct Avx2;
    #[derive(Clone, Copy)]
    pub(super) struct Avx512;

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
    pub(super) fn with_avx512<W: Work>(work: W) -> W::Made {
        work.run(Avx512)
    }

    #[target_feature(enable = "avx2,popcnt")]
    pub(super) fn with_avx2<W: Work>(work: W) -> W::Made {
        work.run(Avx2)
    }

    /// For each set of `N` lanes, the numbers of the halves, or wholes, of 32 bits that are kept.
    const fn orders<const SETS: usize>(lanes: usize) -> [[u32; 8]; SETS] {
        let (mut all, mut set, words) = ([[0; 8]; SETS], 0, 8 / lanes);
        while set < SETS {
            let (mut lane, mut kept) = (0, 0);
            while lane < lanes {
                if set >> lane & 1 == 1 {
                    let mut word = 0;
                    while word < words {
                        all[set][kept] = (lane * words + word) as u32;
                        (kept, word) = (kept + 1, word + 1);
                    }
                }
                lane += 1;
            }
            set += 1;
        }
        all
    }

    static OF_FOUR: [[u32; 8]; 16] = orders(4);
    static OF_EIGHT: [[u32; 8]; 256] = orders(8);

    impl Vectors for Avx512 {
        #[inline(always)]
        unsafe fn nonzero(self, bytes: &[u8; TOGETHER]) -> u64 {
            // SAFETY: 64 bytes, and the processor has AVX-512.
            unsafe {
                let all = _mm512_loadu_si512(bytes.as_ptr().cast());
                _mm512_test_epi8_mask(all, all)
            }
        }

        #[inline(always)]
        unsafe fn less_u64(self, numbers: &[u64; TOGETHER], bound: u64) -> u64 {
            let mut bits = 0;
            for part in 0..TOGETHER / 8 {
                // SAFETY: 8 of the numbers, and the processor has AVX-512.
                let less = unsafe {
                    let some = _mm512_loadu_si512(numbers.as_ptr().add(part * 8).cast());
                    _mm512_cmplt_epu64_mask(some, _mm512_set1_epi64(bound.cast_signed()))
                };
                bits |= u64::from(less) << (part * 8);
            }
            bits
        }

        #[inline(always)]
        unsafe fn less_u32(self, numbers: &[u32; TOGETHER], bound: u32) -> u64 {
            let mut bits = 0;
            for part in 0..TOGETHER / 16 {
                // SAFETY: 16 of the numbers, and the processor has AVX-512.
                let less = unsafe {
                    let some = _mm512_loadu_si512(numbers.as_ptr().add(part * 16).cast());
                    _mm512_cmplt_epu32_mask(some, _mm512_set1_epi32(bound.cast_signed()))
                };
                bits |= u64::from(less) << (part * 16);
            }
            bits
        }

        #[inline(always)]
        unsafe fn keep_u64(self, from: *const u64, bits: u64, to: *mut u64) {
            let mut kept = 0;
            for part in 0..TOGETHER / 8 {
                let set = (bits >> (part * 8)) as u8;
                // SAFETY: 8 elements are read; no more than as many come before those written.
                unsafe {
                    let some = _mm512_loadu_si512(from.add(part * 8).cast());
                    let packed = _mm512_maskz_compress_epi64(set, some);
                    _mm512_storeu_si512(to.add(kept).cast(), packed);
                }
                kept += set.count_ones() as usize;
            }
        }

        #[inline(always)]
        unsafe fn keep_u32(self, from: *const u32, bits: u64, to: *mut u32) {
            let mut kept = 0;
            for part in 0..TOGETHER / 16 {
                let set = (bits >> (part * 16)) as u16;
                // SAFETY: as for 8 elements.
                unsafe {
                    let some = _mm512_loadu_si512(from.add(part * 16).cast());
                    let packed = _mm512_maskz_compress_epi32(set, some);
                    _mm512_storeu_si512(to.add(kept).cast(), packed);
                }
                kept += set.count_ones() as usize;
            }
        }
    }

    impl Vectors for Avx2 {
        #[inline(always)]
        unsafe fn nonzero(self, bytes: &[u8; TOGETHER]) -> u64 {
            let zeros = |part: usize| {
                // SAFETY: 32 of the bytes, and the processor has AVX2.
                let bits = unsafe {
                    let some = _mm256_loadu_si256(bytes.as_ptr().add(part * 32).cast());
                    _mm256_movemask_epi8(_mm256_cmpeq_epi8(some, _mm256_setzero_si256()))
                };
                u64::from(bits.cast_unsigned())
            };
            !(zeros(0) | zeros(1) << 32)
        }

        #[inline(always)]
        unsafe fn less_u64(self, numbers: &[u64; TOGETHER], bound: u64) -> u64 {
            let mut bits = 0;
            for part in 0..TOGETHER / 4 {
                // SAFETY: 4 of the numbers, and the processor has AVX2, which compares with signs.
                let less = unsafe {
                    let some = _mm256_loadu_si256(numbers.as_ptr().add(part * 4).cast());
                    let top = _mm256_set1_epi64x(i64::MIN);
                    let bound = _mm256_set1_epi64x(bound.cast_signed() ^ i64::MIN);
                    let less = _mm256_cmpgt_epi64(bound, _mm256_xor_si256(some, top));
                    _mm256_movemask_pd(_mm256_castsi256_pd(less))
                };
                bits |= u64::from(less.cast_unsigned()) << (part * 4);
            }
            bits
        }

        #[inline(always)]
        unsafe fn less_u32(self, numbers: &[u32; TOGETHER], bound: u32) -> u64 {
            let mut bits = 0;
            for part in 0..TOGETHER / 8 {
                // SAFETY: 8 of the numbers, as above.
                let less = unsafe {
                    let some = _mm256_loadu_si256(numbers.as_ptr().add(part * 8).cast());
                    let top = _mm256_set1_epi32(i32::MIN);
                    let bound = _mm256_set1_epi32(bound.cast_signed() ^ i32::MIN);
                    let less = _mm256_cmpgt_epi32(bound, _mm256_xor_si256(some, top));
                    _mm256_movemask_ps(_mm256_castsi256_ps(less))
                };
                bits |= u64::from(less.cast_unsigned()) << (part * 8);
            }
            bits
        }

        #[inline(always)]
        unsafe fn keep_u64(self, from: *const u64, bits: u64, to: *mut u64) {
            let mut kept = 0;
            for part in 0..TOGETHER / 4 {
                let set = (bits >> (part * 4)) as usize % 16;
                // SAFETY: 4 elements are read; no more than as many come before those written.
                unsafe {
                    let some = _mm256_loadu_si256(from.add(part * 4).cast());
                    let order = _mm256_loadu_si256(OF_FOUR[set].as_ptr().cast());
                    let packed = _mm256_permutevar8x32_epi32(some, order);
                    _mm256_storeu_si256(to.add(kept).cast(), packed);
                }
                kept += set.count_ones() as usize;
            }
        }

        #[inline(always)]
        unsafe fn keep_u32(self, from: *const u32, bits: u64, to: *mut u32) {
            let mut kept = 0;
            for part in 0..TOGETHER / 8 {
                let set = (bits >> (part * 8)) as usize % 256;
                // SAFETY: as for 4 elements.
                unsafe {
                    let some = _mm256_loadu_si256(from.add(part * 8).cast());
                    let order = _mm256_loadu_si256(OF_EIGHT[set].as_ptr().cast());
                    let packed = _mm256_permutevar8x32_epi32(some, order);
                    _mm256_storeu_si256(to.add(kept).cast(), packed);
                }
                kept += set.count_ones() as usize;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees<V: Vectors>(vectors: V) {
        let numbers: [u64; TOGETHER] =
            std::array::from_fn(|k| (k as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let halves = numbers.map(|number| (number >> 32) as u32);
        let bytes = numbers.map(|number| if number % 3 == 0 { 0 } else { number as u8 });
        // SAFETY: whoever calls has asked for these vectors.
        unsafe {
            assert_eq!(vectors.nonzero(&bytes), Plain.nonzero(&bytes));
            for bound in [0, 1, numbers[7], numbers[8], u64::MAX] {
                let bits = vectors.less_u64(&numbers, bound);
                assert_eq!(bits, Plain.less_u64(&numbers, bound));
                let half = (bound >> 32) as u32;
                assert_eq!(vectors.less_u32(&halves, half), Plain.less_u32(&halves, half));
                let kept = bits.count_ones() as usize;
                let (mut whole, mut expected) = ([0; TOGETHER], [0; TOGETHER]);
                vectors.keep_u64(numbers.as_ptr(), bits, whole.as_mut_ptr());
                Plain.keep_u64(numbers.as_ptr(), bits, expected.as_mut_ptr());
                assert_eq!(whole[..kept], expected[..kept]);
                let (mut half, mut expected) = ([0; TOGETHER], [0; TOGETHER]);
                vectors.keep_u32(halves.as_ptr(), bits, half.as_mut_ptr());
                Plain.keep_u32(halves.as_ptr(), bits, expected.as_mut_ptr());
                assert_eq!(half[..kept], expected[..kept]);
            }
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn all_kinds_of_vectors_give_the_same() {
        if std::arch::is_x86_feature_detected!("avx2") {
            agrees(x86::Avx2);
        }
        if std::arch::is_x86_feature_detected!("avx512bw") {
            agrees(x86::Avx512);
        }
    }
}
