//! What the rows of reductions say of themselves.

use stook_ops::{ReductionLoop, evaluate, reductions};
use stook_types::{DType, Scalar};

/// Elements of a type, with its special values.
fn elements(dtype: DType) -> Vec<Vec<u64>> {
    let real = dtype.real();
    let numbers: Vec<u64> = if real.is_float() {
        let values = [0.0, 1.5, -2.25, f64::INFINITY, f64::NEG_INFINITY];
        values.map(|v| Scalar::float(real, v).bits as u64).to_vec()
    } else {
        let values = [0, 1, -3, i128::from(i64::MAX), i128::from(i64::MIN)];
        let truth = |bits: u64| if real == DType::Bool { bits & 1 } else { bits };
        values.map(|v| truth(Scalar::integer(real, v).bits as u64)).to_vec()
    };
    if dtype.parts() == 1 {
        return numbers.into_iter().map(|bits| vec![bits]).collect();
    }
    numbers.iter().flat_map(|&re| numbers.iter().map(move |&im| vec![re, im])).collect()
}

fn of_one(signature: &ReductionLoop, element: &[u64]) -> Vec<u64> {
    let fold = &signature.fold;
    evaluate(&signature.finish, &evaluate(&fold.step, &[&fold.start[..], element].concat()))
}

#[test]
fn a_fold_that_begins_with_the_first_element_leaves_a_single_one_as_it_is() {
    for row in reductions().iter().filter(|row| !row.name.starts_with("nan")) {
        for signature in row.loops.iter().filter(|l| l.from_first) {
            for element in elements(signature.input) {
                let found = of_one(signature, &element);
                assert_eq!(found, element, "{} of {}", row.name, signature.input);
            }
        }
    }
}

#[test]
fn a_neutral_element_leaves_results_as_they_are() {
    // A complex infinity times one has a part that is no number.
    let known = |l: &&ReductionLoop| l.input == l.output && !l.input.is_complex();
    for row in reductions().iter().filter(|row| !row.loops[0].fold.indexed) {
        for signature in row.loops.iter().filter(known) {
            let (fold, neutral) = (&signature.fold, signature.neutral().bits as u64);
            for element in elements(signature.input) {
                let one = evaluate(&fold.step, &[&fold.start[..], &element].concat());
                let two = evaluate(&fold.step, &[&one[..], &[neutral]].concat());
                let [one, two] = [one, two].map(|state| evaluate(&signature.finish, &state));
                assert_eq!(one, two, "{} of {}", row.name, signature.input);
            }
        }
    }
}
