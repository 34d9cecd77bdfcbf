"""Python's `sum`, which from 3.12 on keeps what additions of floats round off."""

import math

import numpy as np
import pytest
import stook


def total(values):
    return sum(values)


def total_from(values, start):
    return sum(values, start)


def total_of_made(values):
    return sum(1.1 * x for x in values)


def total_of_five(x):
    return sum((x, 0.2, 0.3, 1, x))


def same(function, *args):
    """Hold a compiled function to Python, bits and type, by machine code and by its meaning."""
    expected = function(*args)
    for compiled in (stook.jit(function), stook.jit(function).interpret):
        found = compiled(*args)
        assert (type(found), repr(found)) == (type(expected), repr(expected))


FLOATS = [
    [0.1] * 10,
    [0.1, 1e100, 1.0, -1e100],
    [1e308, 1e308, -1e308],
    [math.inf, 1.0, -math.inf],
    [math.inf, 0.1, 0.1],
    [math.nan, 1.0],
    [-0.0, -0.0],
]


@pytest.mark.parametrize("values", FLOATS)
def test_sums_of_floats(values):
    same(total, values)
    same(total_of_made, values)
    same(total_from, values, 0.7)
    same(total_from, values, 1)


def test_sums_of_other_numbers():
    same(total, [1, 2, 3])
    same(total, [True, True])
    same(total_from, [1, 2, 3], 0.1)
    same(total_from, [0.1, 0.2, 0.3], 1 + 0.1j)
    same(total, [0.1 + 0.1j] * 10)
    same(total_of_five, 0.1)


def test_sums_of_numbers_of_numpys_add_plainly():
    expected = np.float64(0.0)
    for x in np.full(10, 0.1):
        expected += x
    assert stook.jit(total)(np.full(10, 0.1)) == expected == total(np.full(10, 0.1))


def test_lists_are_joined_by_a_sum():
    def joined(rows):
        made = sum(rows, [])  # noqa: RUF017
        return made, sum([[1], [2, 3]], [0])

    assert stook.jit(joined)([[1, 2], [], [3]]) == joined([[1, 2], [], [3]])
