//! A mask eight bytes at a time: where among them its true bytes are.
//!
//! Which bytes are true is found by arithmetic and a table, so that a mask without a pattern costs
//! no branch that the processor mistakes.

/// The true bytes among eight.
#[derive(Clone, Copy)]
pub(crate) struct Word {
    /// How many there are.
    pub(crate) count: usize,
    /// Where they are, in order; the last one again fills the rest.
    pub(crate) places: [usize; 8],
}

/// For each set of eight bits, where they are.
static WORDS: [Word; 256] = table();

const fn table() -> [Word; 256] {
    let mut all = [Word { count: 0, places: [0; 8] }; 256];
    let mut bits = 0;
    while bits < 256 {
        let (mut place, mut count, mut last) = (0, 0, 0);
        let mut places = [0; 8];
        while place < 8 {
            if bits >> place & 1 == 1 {
                (places[count], last, count) = (place, place, count + 1);
            }
            place += 1;
        }
        let mut free = count;
        while free < 8 {
            (places[free], free) = (last, free + 1);
        }
        all[bits] = Word { count, places };
        bits += 1;
    }
    all
}

/// Bytes for each true one, from which stretches without any are passed over.
const SPARSE: usize = 64;
/// Bytes of a stretch.
const STRETCH: usize = 64;

/// Shows a mask's words in order, each with the number of its first byte. Of a mask with few true
/// bytes, of which there are `total`, those without any are left out.
#[inline(always)]
pub(crate) fn each_word(mask: &[u8], total: usize, mut show: impl FnMut(usize, &'static Word)) {
    if total * SPARSE > mask.len() {
        words(mask).for_each(|(first, word)| show(first, word));
        return;
    }
    let (stretches, rest) = mask.as_chunks::<STRETCH>();
    let mut part = |k: usize, bytes: &[u8]| {
        for (first, word) in words(bytes).filter(|(_, word)| word.count > 0) {
            show(k * STRETCH + first, word);
        }
    };
    for (k, stretch) in stretches.iter().enumerate() {
        if stretch.iter().fold(0, |all, byte| all | byte) != 0 {
            part(k, stretch);
        }
    }
    part(stretches.len(), rest);
}

/// The words of a mask, in order, each with the number of its first byte.
pub(crate) fn words(mask: &[u8]) -> Words<'_> {
    Words { rest: mask, first: 0 }
}

/// See [`words`].
pub(crate) struct Words<'a> {
    rest: &'a [u8],
    first: usize,
}

impl Iterator for Words<'_> {
    type Item = (usize, &'static Word);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = [0; 8];
        match self.rest.split_first_chunk::<8>() {
            Some((whole, rest)) => (bytes, self.rest) = (*whole, rest),
            None if self.rest.is_empty() => return None,
            None => {
                bytes[..self.rest.len()].copy_from_slice(self.rest);
                self.rest = &[];
            }
        }
        let first = self.first;
        self.first += 8;
        Some((first, &WORDS[usize::from(bits(u64::from_le_bytes(bytes)))]))
    }
}

/// A bit for each byte that is not 0, the lowest byte's first.
#[inline(always)]
fn bits(word: u64) -> u8 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let ones = ((((word & LOW) + LOW) | word) & !LOW) >> 7;
    (ones.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_true_byte_is_named_once_and_in_order() {
        for n in [0, 1, 7, 8, 9, 2048, 2055] {
            let mask: Vec<u8> = (0..n).map(|k| ((k / 8) >> (k % 8) & 1) as u8 * 128).collect();
            let expected: Vec<usize> = (0..n).filter(|&k| mask[k] != 0).collect();
            // As in a mask with many, and as in one with few: all words, and those with true bytes.
            for total in [mask.len(), 0] {
                let mut found = Vec::new();
                each_word(&mask, total, |first, word| {
                    found.extend(word.places[..word.count].iter().map(|place| first + place));
                });
                assert_eq!(found, expected);
            }
        }
    }
}
