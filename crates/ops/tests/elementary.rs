//! The elementary functions against correctly rounded references (CORE-MATH).
//!
//! A float32 is measured in real units of the last place, its reference being a float64. A float64
//! must be the correctly rounded value or a neighbour. Samples: special values, subnormals, huge
//! values, values near multiples of pi/2, and random bits of a fixed seed.

use core_math as reference;
use std::f64::consts::FRAC_PI_2;
use stook_ops::{Region, evaluate, table, ufunc};
use stook_types::DType::{self, F32, F64};

type One = (&'static str, fn(f64) -> f64);
type Two = (&'static str, fn(f64, f64) -> f64);

const ONE: &[One] = &[
    ("exp", reference::exp),
    ("exp2", reference::exp2),
    ("expm1", reference::expm1),
    ("log", reference::log),
    ("log2", reference::log2),
    ("log10", reference::log10),
    ("log1p", reference::log1p),
    ("sin", reference::sin),
    ("cos", reference::cos),
    ("tan", reference::tan),
    ("sinh", reference::sinh),
    ("cosh", reference::cosh),
    ("tanh", reference::tanh),
    ("arcsin", reference::asin),
    ("arccos", reference::acos),
    ("arctan", reference::atan),
    ("arcsinh", reference::asinh),
    ("arccosh", reference::acosh),
    ("arctanh", reference::atanh),
    ("cbrt", reference::cbrt),
];

const TWO: &[Two] =
    &[("power", reference::pow), ("arctan2", reference::atan2), ("hypot", reference::hypot)];

fn region(name: &str, dtype: DType) -> Region {
    let row = &table()[ufunc(name).expect("a row").0 as usize];
    let ins = vec![dtype; row.nin()];
    let index = row.resolve(&ins).expect("a loop");
    Region::build(&ins, |f, args| row.place(index, f, args))
}

/// Values at which functions change their ways.
fn special() -> Vec<f64> {
    let mut values = vec![0.0, 5e-324, 1e-310, f64::MIN_POSITIVE, 1e-45, 1.2e-38, 1e-20, 1e-8];
    values.extend([0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 10.0, 100.0, 65536.0, 1e22, 1e300]);
    values.extend([88.7, 88.8, 103.9, 104.1, 127.9, 128.0, 149.5, 150.5, 709.78, 709.79, 710.4]);
    values.extend([745.1, 745.2, 1023.9, 1024.0, 1074.5, 1075.5, f64::MAX, f64::INFINITY]);
    values.extend([f64::from(f32::MAX), 268_435_456.0, 268_435_455.0, 9_007_199_254_740_993.0]);
    let near_one = (1..30).flat_map(|k| [1.0 + 0.5f64.powi(k), 1.0 - 0.5f64.powi(k)]);
    let quarters = (1..60).map(|k| f64::from(k * k) * FRAC_PI_2);
    values.extend(near_one.chain(quarters));
    let negative: Vec<f64> = values.iter().map(|v| -v).collect();
    values.extend(negative);
    values.push(f64::NAN);
    values
}

/// A sequence of random words (G. Marsaglia, "Xorshift RNGs", 2003).
fn random(count: usize) -> Vec<u64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..count).map(step).collect()
}

/// Special values, random bits, and random values up to a few sizes.
fn samples() -> Vec<f64> {
    let mut values = special();
    values.extend(random(1500).into_iter().map(f64::from_bits));
    values.extend(random(1500).into_iter().map(|bits| f64::from(f32::from_bits(bits as u32))));
    for size in [1.0, 4.0, 40.0, 750.0, 1e6] {
        let unit = |bits: u64| bits as i64 as f64 / 2f64.powi(63);
        values.extend(random(1000).into_iter().map(|bits| unit(bits) * size));
    }
    values
}

/// Distance in units of the last place of the expected float32.
fn error_single(found: f32, expected: f64) -> f64 {
    let rounded = expected as f32;
    if found.is_nan() || expected.is_nan() {
        return if found.is_nan() && expected.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if found == rounded && (found != 0.0 || found.is_sign_negative() == expected.is_sign_negative())
    {
        return 0.0;
    }
    let exponent = ((expected.abs().to_bits() >> 52) as i32 - 1023).clamp(-126, 127);
    let found =
        if found.is_infinite() { 2f64.powi(128).copysign(found.into()) } else { found.into() };
    (found - expected).abs() / 2f64.powi(exponent - 23)
}

/// Number of floats between two.
fn steps_double(found: f64, expected: f64) -> u64 {
    if found.is_nan() || expected.is_nan() {
        return if found.is_nan() && expected.is_nan() { 0 } else { u64::MAX };
    }
    if found.is_sign_negative() != expected.is_sign_negative() {
        return u64::MAX;
    }
    found.to_bits().abs_diff(expected.to_bits())
}

#[test]
fn functions_of_one_float32_are_within_their_bound() {
    for &(name, exact) in ONE {
        let region = region(name, F32);
        let bound = table()[ufunc(name).expect("a row").0 as usize].ulp;
        for x in samples() {
            let x = x as f32;
            let found = f32::from_bits(evaluate(&region, &[x.to_bits().into()])[0] as u32);
            let error = error_single(found, exact(x.into()));
            assert!(error <= bound, "{name}({x:e}) is {found:e}, {error} ulp off");
        }
    }
}

#[test]
fn functions_of_one_float64_are_next_to_the_exact_value() {
    for &(name, exact) in ONE {
        let region = region(name, F64);
        for x in samples() {
            let found = f64::from_bits(evaluate(&region, &[x.to_bits()])[0]);
            let steps = steps_double(found, exact(x));
            assert!(steps <= 1, "{name}({x:e}) is {found:e}, {steps} steps off");
        }
    }
}

/// Every special value with every other, and random pairs.
fn pairs() -> Vec<(f64, f64)> {
    let special = special();
    let every =
        special.iter().step_by(2).flat_map(|&x| special.iter().step_by(3).map(move |&y| (x, y)));
    let mut shuffled = samples();
    let count = shuffled.len();
    shuffled.rotate_left(count / 3);
    every.chain(samples().into_iter().zip(shuffled)).collect()
}

#[test]
fn functions_of_two_floats_are_within_their_bound() {
    for &(name, exact) in TWO {
        let (single, double) = (region(name, F32), region(name, F64));
        let bound = table()[ufunc(name).expect("a row").0 as usize].ulp;
        for (x, y) in pairs() {
            let found = f64::from_bits(evaluate(&double, &[x.to_bits(), y.to_bits()])[0]);
            let steps = steps_double(found, exact(x, y));
            assert!(steps <= 1, "{name}({x:e}, {y:e}) is {found:e}, {steps} steps off");
            let (x, y) = (x as f32, y as f32);
            let bits = evaluate(&single, &[x.to_bits().into(), y.to_bits().into()])[0];
            let found = f32::from_bits(bits as u32);
            let error = error_single(found, exact(x.into(), y.into()));
            assert!(error <= bound, "{name}({x:e}, {y:e}) is {found:e}, {error} ulp off");
        }
    }
}
