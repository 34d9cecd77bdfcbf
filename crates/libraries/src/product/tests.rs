//! Products without a BLAS, and what fits one.

use super::{Matrix, Product, Sizes, Stacked};
use crate::parallel::Alone;
use stook_types::DType;

/// The product of two matrices of integers in C order, and what it should be.
fn integers(sizes: Sizes, turned: bool) -> (Vec<i32>, Vec<i32>) {
    let Sizes { m, n, k } = sizes;
    let value = |i: usize| (i * 2_654_435_761 % 4_294_967_291) as u32 as i32;
    let mut left: Vec<i32> = (0..m * k).map(value).collect();
    let mut right: Vec<i32> = (0..k * n).map(|i| value(i + 7)).collect();
    let mut result = vec![1; m * n];
    let matrix = |data: &mut [i32], rows: usize, columns: usize| Matrix {
        start: data.as_mut_ptr().cast(),
        rows: 4 * rows as isize,
        columns: 4 * columns as isize,
    };
    let strides = if turned { (1, k) } else { (n, 1) };
    let expected = (0..m * n).map(|at| {
        let products = (0..k)
            .map(|p| left[at / n * k + p].wrapping_mul(right[p * strides.0 + at % n * strides.1]));
        products.fold(0_i32, i32::wrapping_add)
    });
    let expected = expected.collect();
    let product = Product {
        dtype: DType::I32,
        sizes,
        left: matrix(&mut left, k, 1),
        right: matrix(&mut right, strides.0, strides.1),
        result: matrix(&mut result, n, 1),
        stack: &[],
    };
    // SAFETY: three arrays of these sizes.
    unsafe { product.run(None, &Alone) }.expect("a product of integers");
    (result, expected)
}

#[test]
fn integers_wrap_around() {
    for (m, n, k) in [(1, 1, 1), (3, 5, 4), (2, 1, 70), (1, 9, 3), (300, 600, 130)] {
        for turned in [false, true] {
            let (result, expected) = integers(Sizes { m, n, k }, turned);
            assert_eq!(result, expected, "{m} {n} {k} {turned}");
        }
    }
}

#[test]
fn truth_values_are_joined_by_or_and_and() {
    let (mut left, mut right, mut result) = ([1_u8, 1, 0, 0], [0_u8, 1, 1, 1], [9_u8; 4]);
    let matrix = |data: &mut [u8; 4]| Matrix { start: data.as_mut_ptr(), rows: 2, columns: 1 };
    let (left, right) = (matrix(&mut left), matrix(&mut right));
    let (sizes, stack) = (Sizes { m: 2, n: 2, k: 2 }, &[]);
    let place = matrix(&mut result);
    let product = Product { dtype: DType::Bool, sizes, left, right, result: place, stack };
    // SAFETY: three arrays of these sizes.
    unsafe { product.run(None, &Alone) }.expect("a product of truth values");
    assert_eq!(result, [1, 1, 0, 0]);
}

#[test]
fn a_stack_is_multiplied_place_by_place() {
    let (mut left, mut right, mut result) = ([1_u64, 2, 3, 4, 5, 6], [10_u64, 100], [0_u64; 6]);
    let matrix = |start: *mut u64| Matrix { start: start.cast(), rows: 8, columns: 8 };
    let stack: [Stacked; 2] = [(2, [24, 8, 24]), (3, [8, 0, 8])];
    let product = Product {
        dtype: DType::U64,
        sizes: Sizes { m: 1, n: 1, k: 1 },
        left: matrix(left.as_mut_ptr()),
        right: matrix(right.as_mut_ptr()),
        result: matrix(result.as_mut_ptr()),
        stack: &stack,
    };
    // SAFETY: the strides reach the elements of three arrays.
    unsafe { product.run(None, &Alone) }.expect("a product of integers");
    assert_eq!(result, [10, 20, 30, 400, 500, 600]);
}

#[test]
fn a_block_has_columns_and_few_multiplications() {
    for width in (1..9000).step_by(7).chain([64, 256, 8192]) {
        for each in [1, 1 << 20, 3 << 20, (1 << 22) + 1, 1 << 25] {
            let blocks = super::blocks(width, each, super::LONGEST);
            let columns = width.div_ceil(blocks).next_multiple_of(32);
            assert!((blocks - 1) * columns < width && width <= blocks * columns);
            assert!(columns <= super::NARROWEST || columns * each <= super::LONGEST);
        }
    }
}

#[test]
fn floats_without_a_blas_are_an_error() {
    let mut one = [1.0_f64];
    let place = Matrix { start: one.as_mut_ptr().cast(), rows: 8, columns: 8 };
    let (sizes, stack) = (Sizes { m: 1, n: 1, k: 1 }, &[]);
    let product =
        Product { dtype: DType::F64, sizes, left: place, right: place, result: place, stack };
    // SAFETY: nothing is read or written.
    assert!(unsafe { product.run(None, &Alone) }.is_err());
}

#[test]
fn a_matrix_fits_where_one_stride_is_an_element_and_the_other_covers_it() {
    let fits = |rows, columns, strides| Matrix::fits(rows, columns, strides, 8);
    assert!(fits(3, 4, [32, 8]));
    assert!(fits(3, 4, [8, 24]));
    assert!(fits(3, 4, [80, 8]));
    assert!(fits(1, 4, [0, 16]));
    assert!(fits(4, 1, [16, 0]));
    assert!(!fits(3, 4, [24, 8]));
    assert!(!fits(3, 4, [64, 16]));
    assert!(!fits(3, 4, [0, 8]));
    assert!(!fits(3, 4, [-32, 8]));
    assert!(!fits(3, 4, [36, 8]));
    let is_line = |length, stride| Matrix::is_line(length, stride, 8);
    assert!(is_line(4, 8) && is_line(4, -16) && is_line(1, 0));
    assert!(!is_line(4, 0) && !is_line(4, -12) && !is_line(5000, -8));
}
