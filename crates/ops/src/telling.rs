//! Suspects that tell of others.
//!
//! Floats that a check looks at enter; those leave without which it would miss something. A sum is
//! finite only where its terms are, so of a chain of sums and products the end tells of all.

use crate::formula::{BinaryOp, Builder, Inst, UnaryOp, Val};

/// The suspects but floats that cannot be infinite or NaN where a later suspect is neither.
pub fn telling(f: &Builder, mut suspects: Vec<Val>) -> Vec<Val> {
    suspects.sort_unstable();
    suspects.dedup();
    let Some(&last) = suspects.last() else { return suspects };
    let mut told = vec![false; last.0 as usize + 1];
    for k in (0..=last.0).rev().map(Val) {
        if told[k.0 as usize] || suspects.binary_search(&k).is_ok() {
            tells(f, k, |v| told[v.0 as usize] = true);
        }
    }
    suspects.retain(|v| !told[v.0 as usize]);
    suspects
}

/// Shows the floats that are finite wherever the float `v` is.
fn tells(f: &Builder, v: Val, mut see: impl FnMut(Val)) {
    if !f.dtype(v).is_float() {
        return;
    }
    let mut float = |x: Val| {
        if f.dtype(x).is_float() {
            see(x);
        }
    };
    match *f.inst(v) {
        Inst::Unary(UnaryOp::PopCount | UnaryOp::Not, _) => {}
        // The quotient of a number by an infinite one is zero.
        Inst::Unary(_, x) | Inst::Convert(x) | Inst::Binary(BinaryOp::Div, x, _) => float(x),
        Inst::Binary(BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, x, y) => {
            float(x);
            float(y);
        }
        Inst::Fma(x, y, z) => {
            float(x);
            float(y);
            float(z);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::telling;
    use crate::formula::{Builder, Val};
    use stook_types::DType;

    fn floats() -> (Builder, Val, Val) {
        (Builder::new(&[DType::F64, DType::F64]), Val(0), Val(1))
    }

    #[test]
    fn the_end_of_a_chain_of_sums_and_products_tells_of_all() {
        let (mut f, x, y) = floats();
        let sum = f.add(x, y);
        let product = f.mul(sum, y);
        let narrow = f.convert(product, DType::F32);
        assert_eq!(telling(&f, vec![sum, product, narrow]), [narrow]);
        assert_eq!(telling(&f, vec![product, sum, product]), [product]);
    }

    #[test]
    fn divisors_and_selected_values_are_not_told_of() {
        let (mut f, x, y) = floats();
        let (upper, lower) = (f.add(x, y), f.mul(x, y));
        let quotient = f.div(upper, lower);
        assert_eq!(telling(&f, vec![upper, lower, quotient]), [lower, quotient]);
        let less = f.lt(x, y);
        let chosen = f.select(less, upper, lower);
        assert_eq!(telling(&f, vec![upper, lower, chosen]), [upper, lower, chosen]);
    }

    #[test]
    fn truth_values_are_kept() {
        let (mut f, x, y) = floats();
        let less = f.lt(x, y);
        let number = f.convert(less, DType::F64);
        let sum = f.add(number, x);
        assert_eq!(telling(&f, vec![less, sum]), [less, sum]);
    }

    #[test]
    fn values_between_suspects_pass_on_what_they_tell() {
        let (mut f, x, y) = floats();
        let sum = f.add(x, y);
        let root = f.sqrt(sum);
        let difference = f.sub(root, x);
        assert_eq!(telling(&f, vec![sum, difference]), [difference]);
    }
}
