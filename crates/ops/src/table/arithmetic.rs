//! Sums, products and their kin.

use super::rows::{COMPLEX, REAL};
use crate::formula::Complex;
use crate::ufunc::{Formula, Ufunc};
use stook_types::DType;

pub(super) fn rows() -> Vec<Ufunc> {
    vec![
        Ufunc::two("add", &[DType::Bool], |f, x, y| f.or(x, y))
            .also(REAL, Formula::Two(|f, x, y| f.add(x, y)))
            .complex_two(|f, x, y| Complex { re: f.add(x.re, y.re), im: f.add(x.im, y.im) })
            .identity(0.0)
            .commutative()
            .watched()
            .doc("x + y, element by element."),
        Ufunc::two("multiply", &[DType::Bool], |f, x, y| f.and(x, y))
            .also(REAL, Formula::Two(|f, x, y| f.mul(x, y)))
            .identity(1.0)
            .commutative()
            .watched()
            .doc("x * y, element by element."),
        Ufunc::two("subtract", REAL, |f, x, y| f.sub(x, y))
            .also(
                COMPLEX,
                Formula::TwoComplex(|f, x, y| Complex {
                    re: f.sub(x.re, y.re),
                    im: f.sub(x.im, y.im),
                }),
            )
            .watched()
            .doc("x - y, element by element."),
    ]
}
