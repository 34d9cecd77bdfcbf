"""`reshape` in compiled functions, and calls of NumPy's with numbers that stand in the source."""

import numpy as np
import pytest
from stook import jit
from test_functions import check


def test_shapes_are_numbers_tuples_and_lists():
    def shaped(a, n, shape):
        return (
            a.reshape(4, 3),
            a.reshape((2, 6)),
            a.reshape(n, -1),
            a.reshape(-1),
            a.reshape(shape),
            a.reshape([12]),
            np.reshape(a, (1, 12)),
            np.reshape(a, -1),
        )

    for array in (np.arange(12.0), np.arange(12).reshape(3, 4), np.arange(24)[::2]):
        check(shaped, array, 3, (6, 2))
        check(shaped, array.T, 3, (6, 2))


def test_a_view_writes_into_the_array():
    def written(a):
        b = a.reshape(2, 3)
        b[1] = 9
        return b

    check(written, np.zeros(6))
    check(written, np.zeros(12)[::2])


@pytest.mark.parametrize("shape", [(5,), (2, 2), (4, -1), (-1, -1), (0, -1), (-1, 3)])
def test_errors_are_numpys(shape):
    def shaped(a, shape):
        return a.reshape(shape)

    for length in (0, 6):
        found = []
        for function in (shaped, jit(shaped)):
            try:
                found.append(function(np.zeros(length), shape).shape)
            except ValueError as error:
                found.append(str(error)[:33])
        assert found[0] == found[1]


def test_numbers_in_the_source_may_be_places_that_small_arrays_lack():
    def calls(a):
        return (
            np.delete(a, 7),
            np.take(a, 9),
            np.partition(a, 8)[8],
            np.sum(a.reshape(2, 5), axis=(0, 1)),
            np.max(a.reshape(2, 5, 1), axis=(0, 2)),
            np.cross(a[:3], a[3:6]),
        )

    check(calls, np.arange(10.0)[::-1].copy())


@pytest.mark.parametrize("shape", [(2**62 + 1, 4), (2**32, 2**32), (2**62, -1), (0, 2**62)])
@pytest.mark.parametrize("size", [0, 4])
def test_lengths_whose_product_wraps_are_refused(shape, size):
    @jit
    def shaped(a, n, m):
        return a.reshape(n, m).shape

    with pytest.raises(ValueError):
        np.empty(size).reshape(shape)
    with pytest.raises(ValueError):
        shaped(np.empty(size), *shape)
