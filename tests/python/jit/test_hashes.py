"""`hash` in compiled functions: Python's numbers."""

from typing import NamedTuple

import numpy as np
import pytest
import stook

hashed = stook.jit(lambda x: hash(x))

INTS = [0, 1, -1, -2, 7, 2**31, 2**61 - 2, 2**61 - 1, 2**61, -(2**61), 2**63 - 1, -(2**63)]
FLOATS = [0.0, -0.0, 0.5, -0.5, 1.5, -1.0, 1e300, -1e300, 5e-324, 2.0**61, 2.0**62, 1e18]
FLOATS += [float("inf"), float("-inf"), 0.1, 2.0**-61, 1 / 3, -1.7976931348623157e308]


class Pair(NamedTuple):
    """A named tuple."""

    a: int
    b: float


@pytest.mark.parametrize("n", INTS)
def test_integers(n):
    assert hashed(n) == hash(n)
    assert hashed(np.int64(n)) == hash(n)


def test_numbers_of_other_types():
    for value in [True, False, np.int8(-1), np.uint64(2**64 - 1), np.float32(0.1), np.uint8(200)]:
        assert hashed(value) == hash(value)
    for value in [1j, 1.5 - 2j, complex(-1, 0), np.complex64(0.1 + 1j)]:
        assert hashed(value) == hash(value)


@pytest.mark.parametrize("x", FLOATS)
def test_floats(x):
    assert hashed(x) == hash(x)


def test_random_floats():
    bits = np.random.default_rng(0).integers(0, 2**63, 2000)
    for x in bits.view("f8")[np.isfinite(bits.view("f8"))].tolist():
        assert hashed(x) == hash(x)
        assert hashed(-x) == hash(-x)


def test_tuples():
    tuples = [(), (1,), (1, 2), (-1, 0.5), (1, (2, 3.5)), (True, 1j, -(2**63)), Pair(3, 0.25)]
    for value in tuples:
        assert hashed(value) == hash(value)


def test_strings():
    assert hashed("text") == hash("text")
    assert hashed(("text", 1)) == hash(("text", 1))
    assert stook.jit(lambda: hash("known"))() == hash("known")


def test_what_has_none():
    with pytest.raises(TypeError, match="unhashable type"):
        hashed([1, 2])
