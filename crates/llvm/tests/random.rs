//! Random kernels on random launches, compiled, against the interpreter.
//!
//! `STOOK_RANDOM=5000` runs that many; a failure names the seed.

mod support;

use stook_kernel::testing::{Case, random_case};
use stook_llvm::Effort;
use support::Compiled;

const BATCH: u64 = 25;

#[test]
fn random_kernels_equal_the_interpreter() {
    let count = std::env::var("STOOK_RANDOM").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    for start in (0..count).step_by(BATCH as usize) {
        let cases: Vec<(String, Case)> = (start..start + BATCH)
            .map(|seed| (format!("seed_{seed}"), random_case(seed)))
            .collect();
        let named: Vec<_> = cases.iter().map(|(name, c)| (name.as_str(), &c.kernel)).collect();
        let compiled = Compiled::new(&named, Effort::Quick);
        for (name, case) in &cases {
            let kernel = compiled.get(name);
            let found = case.run(|rows, columns, pointers, row, column, flags, first| {
                // SAFETY: the case has memory for every element that the launch reaches.
                unsafe { kernel(rows, columns, pointers, row, column, flags, first) }
            });
            if let Some(text) = case.difference(&case.interpreted(), &found) {
                panic!("{name}: {text}\n{:#?}", case.kernel);
            }
        }
    }
}
