//! The order in which states of a row meet, for every reader of a kernel.
//!
//! A row of `n` columns is cut into chunks of [`Fold::chunk`] columns, the last one shorter. Each
//! chunk gives one state; the states enter a [`Cascade`] in order, and one state leaves. The tree
//! of merges is fixed by the number of chunks alone:
//!
//! ```text
//! push chunk c:  while c's low bits are one, state = merge(top of the stack, state); push it
//! finish:        state = top; while the stack holds one, state = merge(top of the stack, state)
//!
//! chunks  tree                       on the stack before `finish`
//! 1       0                          0
//! 2       (0 1)                      (0 1)
//! 3       ((0 1) 2)                  (0 1), 2
//! 4       ((0 1) (2 3))              ((0 1) (2 3))
//! 5       (((0 1) (2 3)) 4)          ((0 1) (2 3)), 4
//! 7       (((0 1)(2 3)) ((4 5) 6))   ((0 1)(2 3)), (4 5), 6
//! ```
//!
//! The stack never holds more states than the count of chunks has one bits, so 64 slots are enough.
//!
//! Inside a chunk, element k enters lane `k % lanes` of [`Fold::lanes`] states, each beginning at
//! [`Fold::start`]; then [`merge_lanes`] halves them until one is left. Lanes that no element
//! entered take part: the start is neutral.
//!
//! **Splitting.** Cut a row after every [`piece_columns`]`(chunk, k)` columns, reduce each piece as
//! a row of its own, and merge the pieces' states by [`crate::Sink::Merge`]: the same tree, so the
//! same bits. It holds because a piece of 2^k chunks is one whole subtree, and pushing it is the
//! rest of the counter's work. Pieces of pieces are as good.

use stook_ops::Fold;

/// States on their way to one, merged pairwise in the order they came.
#[derive(Clone, Debug)]
pub struct Cascade<T> {
    stack: Vec<T>,
    pushed: u64,
}

impl<T> Default for Cascade<T> {
    fn default() -> Self {
        Self { stack: Vec::new(), pushed: 0 }
    }
}

impl<T> Cascade<T> {
    /// Adds the next chunk's state; `merge` takes the earlier state first.
    pub fn push(&mut self, mut state: T, mut merge: impl FnMut(T, T) -> T) {
        for _ in 0..self.pushed.trailing_ones() {
            let earlier = self.stack.pop().expect("a state for each one bit of the count");
            state = merge(earlier, state);
        }
        self.stack.push(state);
        self.pushed += 1;
    }

    /// The state of all chunks; none where there was none.
    pub fn finish(mut self, mut merge: impl FnMut(T, T) -> T) -> Option<T> {
        let mut state = self.stack.pop()?;
        while let Some(earlier) = self.stack.pop() {
            state = merge(earlier, state);
        }
        Some(state)
    }
}

/// One state from a chunk's lanes, a power of two of them: lane i with lane i + half, then again.
pub fn merge_lanes<T>(mut lanes: Vec<T>, mut merge: impl FnMut(T, T) -> T) -> Option<T> {
    while lanes.len() > 1 {
        let upper = lanes.split_off(lanes.len() / 2);
        lanes = lanes.into_iter().zip(upper).map(|(low, high)| merge(low, high)).collect();
    }
    lanes.pop()
}

/// Columns after which a row may be cut without changing a bit: 2^`doublings` chunks.
///
/// `chunk` is the longest [`Fold::chunk`] of the folds over the row; all are powers of two.
///
/// ```
/// // A sum of doubles has chunks of 512 elements: 2048 at a time is a good piece, 1536 is none.
/// assert_eq!(stook_kernel::piece_columns(512, 2), 2048);
/// ```
pub const fn piece_columns(chunk: usize, doublings: u32) -> usize {
    chunk << doublings
}

/// The shortest piece that cuts a row of `columns` into at most `pieces` for these folds.
///
/// It is the whole row, rounded up to a good piece, where `pieces` is 0 or 1.
///
/// ```
/// let sum = &stook_ops::reductions()[0].loops.last().expect("loops").fold;
/// let piece = stook_kernel::split_columns([sum], 1_000_000, 4);
/// assert_eq!(piece % sum.chunk(), 0);
/// assert!(1_000_000usize.div_ceil(piece) <= 4);
/// ```
pub fn split_columns<'a>(
    folds: impl IntoIterator<Item = &'a Fold>,
    columns: usize,
    pieces: usize,
) -> usize {
    let chunk = folds.into_iter().map(Fold::chunk).max().unwrap_or(1);
    let chunks = columns.div_ceil(chunk).div_ceil(pieces.max(1)).max(1);
    piece_columns(chunk, chunks.next_power_of_two().ilog2())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(a: String, b: String) -> String {
        format!("({a} {b})")
    }

    fn tree(leaves: impl IntoIterator<Item = String>) -> Option<String> {
        let mut cascade = Cascade::default();
        for leaf in leaves {
            cascade.push(leaf, join);
        }
        cascade.finish(join)
    }

    fn chunks(range: std::ops::Range<usize>) -> Option<String> {
        tree(range.map(|c| c.to_string()))
    }

    #[test]
    fn the_tree_is_that_of_a_binary_counter() {
        let expected = [
            None,
            Some("0"),
            Some("(0 1)"),
            Some("((0 1) 2)"),
            Some("((0 1) (2 3))"),
            Some("(((0 1) (2 3)) 4)"),
            Some("(((0 1) (2 3)) (4 5))"),
            Some("(((0 1) (2 3)) ((4 5) 6))"),
            Some("(((0 1) (2 3)) ((4 5) (6 7)))"),
        ];
        for (n, text) in expected.into_iter().enumerate() {
            assert_eq!(chunks(0..n).as_deref(), text);
        }
    }

    #[test]
    fn pieces_of_a_power_of_two_of_chunks_make_the_same_tree() {
        for n in 1..70 {
            for doublings in 0..5 {
                let step = piece_columns(1, doublings);
                let pieces = (0..n).step_by(step).filter_map(|c| chunks(c..n.min(c + step)));
                assert_eq!(tree(pieces), chunks(0..n), "{n} chunks in pieces of {step}");
            }
        }
    }

    #[test]
    fn other_pieces_make_another_tree() {
        let pieces = [0..3, 3..6].into_iter().filter_map(chunks);
        assert_ne!(tree(pieces), chunks(0..6));
    }

    #[test]
    fn lanes_meet_in_halves() {
        let lanes = (0..8).map(|k| k.to_string()).collect();
        let expected = "(((0 4) (2 6)) ((1 5) (3 7)))";
        assert_eq!(merge_lanes(lanes, join).as_deref(), Some(expected));
    }

    #[test]
    fn a_split_keeps_to_the_number_of_pieces() {
        let fold = &stook_ops::reductions()[0].loops[0].fold;
        for columns in [0, 1, 5000, 70_000] {
            for pieces in 0..9 {
                let piece = split_columns([fold], columns, pieces);
                assert!(columns.div_ceil(piece) <= pieces.max(1));
                assert!((piece / fold.chunk()).is_power_of_two());
            }
        }
    }
}
