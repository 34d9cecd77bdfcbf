"""Functions of numbers on arrays, and Numba's names for them."""

import numpy as np
import pytest
import stook
from stook import CompileError
from stook.compat import numba


@numba.vectorize
def relative(a, b):
    """Return a difference by size."""
    return 0.0 if a == b else (a - b) / max(abs(a), abs(b))


def expected(a, b):
    return np.vectorize(relative._scalar.py_func, otypes="d")(a, b)


def test_elements_of_arrays_and_numbers():
    a, b = np.arange(1.0, 7), np.full(6, 3.0)
    assert np.array_equal(relative(a, b), expected(a, b))
    assert np.array_equal(relative(a, 2.0), expected(a, 2.0))
    assert np.array_equal(relative(2, a), expected(2, a))
    assert relative(4.0, 2.0) == 0.5
    assert relative.__doc__ == "Return a difference by size."


def test_arrays_broadcast_and_lie_in_any_way():
    a, b = np.arange(12.0).reshape(3, 4), np.arange(1.0, 5)
    assert np.array_equal(relative(a, b), expected(a, b))
    assert np.array_equal(relative(a.T, b[:3]), expected(a.T, b[:3]))
    assert np.array_equal(relative(a[::2, ::-1], b), expected(a[::2, ::-1], b))
    with pytest.raises(ValueError, match="shape mismatch"):
        relative(a, b[:3])


def test_outputs():
    a = np.arange(1.0, 13).reshape(3, 4)
    out = np.zeros((4, 3)).T
    assert relative(a, 2.0, out=out) is out
    assert np.array_equal(out, expected(a, 2.0))
    with pytest.raises(ValueError, match="the output has shape"):
        relative(a, 2.0, out=np.zeros(3))


def test_types_of_results():
    @numba.vectorize(fastmath=True)
    def least(a, b):
        return a if a < b else b

    for letter in "bHilfd":
        a = np.arange(5).astype(letter)
        found = least(a, a[::-1])
        assert found.dtype == a.dtype
        assert np.array_equal(found, np.minimum(a, a[::-1]))


def test_arrays_of_ours():
    a = stook.arange(1.0, 7) * 1
    found = relative(a, a + 1)
    assert isinstance(found, stook.ndarray)
    assert np.array_equal(np.asarray(found), expected(np.arange(1.0, 7), np.arange(2.0, 8)))


def test_numbas_decorators_take_its_options():
    @numba.njit("f8(f8)", cache=True, nogil=True)
    def double(x):
        return 2 * x

    @numba.jit(nopython=True, parallel=True, fastmath=True)
    def total(a):
        s = 0.0
        for k in numba.prange(a.size):
            s += a[k]
        return s

    assert double(2.5) == 5.0
    assert total(np.ones(1000)) == 1000.0
    with pytest.raises(TypeError, match="has no option 'quick'"):
        numba.njit(quick=True)
    with pytest.raises(CompileError, match="not compiled"):
        numba.vectorize(lambda x: {x})(np.ones(3))
