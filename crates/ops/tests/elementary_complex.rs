//! The complex elementary functions: C99's special values, and inverses that give back z.

use stook_ops::{Region, evaluate, table, ufunc};
use stook_types::DType::{C128, F64};

const ENDLESS: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

type Case = (&'static str, (f64, f64), (f64, f64));

fn apply(name: &str, args: &[(f64, f64)]) -> (f64, f64) {
    let row = &table()[ufunc(name).expect("a row").0 as usize];
    let index = row.resolve(&vec![C128; row.nin()]).expect("a loop");
    let region = Region::build(&vec![F64; 2 * row.nin()], |f, a| row.place(index, f, a));
    let bits: Vec<u64> = args.iter().flat_map(|z| [z.0.to_bits(), z.1.to_bits()]).collect();
    let out = evaluate(&region, &bits);
    (f64::from_bits(out[0]), f64::from_bits(out[1]))
}

fn same(x: f64, y: f64) -> bool {
    (x.is_nan() && y.is_nan()) || x.to_bits() == y.to_bits()
}

#[test]
fn special_values_are_those_of_annex_g() {
    let cases: &[Case] = &[
        ("exp", (0.0, -0.0), (1.0, -0.0)),
        ("exp", (-ENDLESS, -ENDLESS), (0.0, -0.0)),
        ("exp", (ENDLESS, NAN), (ENDLESS, NAN)),
        ("exp", (ENDLESS, 0.0), (ENDLESS, 0.0)),
        ("exp", (NAN, 0.0), (NAN, 0.0)),
        ("log", (-0.0, 0.0), (-ENDLESS, std::f64::consts::PI)),
        ("log", (0.0, -0.0), (-ENDLESS, -0.0)),
        ("log", (NAN, -ENDLESS), (ENDLESS, NAN)),
        ("sqrt", (-4.0, -0.0), (0.0, -2.0)),
        ("sqrt", (NAN, ENDLESS), (ENDLESS, ENDLESS)),
        ("sqrt", (-ENDLESS, -1.0), (0.0, -ENDLESS)),
        ("sinh", (0.0, ENDLESS), (0.0, NAN)),
        ("cosh", (ENDLESS, 0.0), (ENDLESS, 0.0)),
        ("tanh", (ENDLESS, 1.0), (1.0, 0.0)),
        ("arcsinh", (NAN, 0.0), (NAN, 0.0)),
        ("arccosh", (-ENDLESS, 1.0), (ENDLESS, std::f64::consts::PI)),
        ("arctanh", (1.0, 0.0), (ENDLESS, 0.0)),
        ("sin", (NAN, -ENDLESS), (NAN, ENDLESS)),
        ("tanh", (-ENDLESS, -ENDLESS), (-1.0, -0.0)),
        ("exp2", (10.0, -0.0), (1024.0, -0.0)),
    ];
    for &(name, z, expected) in cases {
        let found = apply(name, &[z]);
        let right = same(found.0, expected.0) && same(found.1, expected.1);
        assert!(right, "{name}{z:?} is {found:?}, not {expected:?}");
    }
}

#[test]
fn functions_undo_their_inverses() {
    let pairs = [
        ("exp", "log"),
        ("sin", "arcsin"),
        ("cos", "arccos"),
        ("tan", "arctan"),
        ("sinh", "arcsinh"),
        ("cosh", "arccosh"),
        ("tanh", "arctanh"),
        ("square", "sqrt"),
    ];
    for (function, inverse) in pairs {
        for k in 0..200 {
            let (size, angle) = (f64::from(k % 14) / 4.0 + 0.1, f64::from(k) * 0.61);
            let z = (size * angle.cos(), size * angle.sin());
            let back = apply(function, &[apply(inverse, &[z])]);
            let error = (back.0 - z.0).hypot(back.1 - z.1) / size.max(1.0).powi(2);
            assert!(error < 4e-15, "{function}({inverse}({z:?})) is {back:?}");
        }
    }
}

#[test]
fn the_greatest_numbers_have_finite_inverses() {
    use std::f64::consts::{FRAC_PI_4, LN_2};
    let z = (f64::MAX, -f64::MAX);
    let size = f64::MAX.ln() + 1.5 * LN_2;
    let expected = [
        ("arcsinh", (size, -FRAC_PI_4)),
        ("arccosh", (size, -FRAC_PI_4)),
        ("arcsin", (FRAC_PI_4, -size)),
        ("arccos", (FRAC_PI_4, size)),
    ];
    for (name, (re, im)) in expected {
        let found = apply(name, &[z]);
        assert!((found.0 - re).abs() < 1e-12 && (found.1 - im).abs() < 1e-12, "{name}: {found:?}");
    }
}

#[test]
fn whole_powers_are_products() {
    assert_eq!(apply("power", &[(0.0, 1.0), (2.0, 0.0)]), (-1.0, 0.0));
    assert_eq!(apply("power", &[(1.0, 2.0), (3.0, 0.0)]), (-11.0, -2.0));
    assert_eq!(apply("power", &[(1.0, 1.0), (99.0, 0.0)]), (-(2f64.powi(49)), 2f64.powi(49)));
    assert_eq!(apply("power", &[(0.0, 2.0), (-4.0, 0.0)]), (0.0625, 0.0));
    assert_eq!(apply("power", &[(0.0, 0.0), (0.0, 0.0)]), (1.0, 0.0));
}
