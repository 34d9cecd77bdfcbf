"""Methods of numbers in compiled functions."""

import sys

import numpy as np
import pytest
from stook import CompileError, jit

INTS = [0, 1, -1, 2, 37, -37, 255, 256, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63)]
FLOATS = [0.0, -0.0, 1.5, -2.0, 1e300, 5e-324, 2.0**53, float("inf"), float("-inf"), float("nan")]


def same(function, value):
    made, expected = jit(function)(value), function(value)
    assert repr(made) == repr(expected), value
    assert type(made) is type(expected)


def test_bits_of_ints():
    for value in [*INTS, True, False]:
        same(lambda n: n.bit_length(), value)
        same(lambda n: n.bit_count(), value)
    for dtype in (np.int8, np.uint8, np.int32, np.int64, np.uint64):
        for value in (np.iinfo(dtype).min, np.iinfo(dtype).max, 5):
            same(lambda n: n.bit_count(), dtype(value))


def test_conjugates():
    for value in [1 + 2j, complex(0.0, -0.0), 3, True, 2.5, np.complex64(1 - 2j), np.float32(2)]:
        same(lambda z: z.conjugate(), value)


def test_whole_numbers():
    for value in [*FLOATS, *map(np.float32, FLOATS[:4]), np.float64(2.5), np.int8(3)]:
        same(lambda x: x.is_integer(), value)
    if sys.version_info >= (3, 12):
        same(lambda n: n.is_integer(), 3)
    else:
        with pytest.raises(CompileError, match="'is_integer' of int"):
            jit(lambda n: n.is_integer())(3)


def test_of_results_and_elements():
    def totals(a):
        bits = 0
        for k in range(a.size):
            bits += int(a[k]).bit_length() + (k + 1).bit_count()
            if (a[k] / 2).is_integer():
                bits += 100
        return bits

    a = np.arange(20)
    assert jit(totals)(a) == totals(a)


def test_others_are_refused():
    with pytest.raises(CompileError, match="the method 'hex' of float"):
        jit(lambda x: x.hex())(1.5)
    with pytest.raises(CompileError, match="the method 'bit_length' of float"):
        jit(lambda x: x.bit_length())(1.5)


def test_rounded_to_digits():
    for value in [2.567, -1234.5, 0.0, 15, np.float64(2.345), np.float32(2.5)]:
        for digits in (0, 1, -2, None):
            same(lambda x, digits=digits: round(x, digits), value)
