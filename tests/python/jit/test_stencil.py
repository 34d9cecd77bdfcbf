"""Kernels of neighbours on whole arrays."""

import numpy as np
import pytest
import stook
from stook import CompileError
from stook.compat import numba


def neighbours(kernel, a, reach, cval=0):
    """Apply a function of shifted views to what has all neighbours."""
    inside = tuple(slice(-lo, n - hi) for (lo, hi), n in zip(reach, a.shape, strict=True))
    out = np.full(a.shape, cval, np.result_type(a, "f8"))

    def at(*shift):
        return a[tuple(slice(s.start + k, s.stop + k) for s, k in zip(inside, shift, strict=True))]

    out[inside] = kernel(at)
    return out


def test_constant_indices_in_several_axes():
    @numba.stencil
    def cross(a):
        return 0.25 * (a[0, 1] + a[1, 0] + a[0, -1] + a[-1, 0])

    a = np.random.default_rng(0).random((7, 9))
    expected = neighbours(
        lambda at: 0.25 * (at(0, 1) + at(1, 0) + at(0, -1) + at(-1, 0)), a, [(-1, 1), (-1, 1)]
    )
    assert np.array_equal(cross(a), expected)
    assert np.array_equal(cross(a.T), expected.T) or np.allclose(cross(a.T), expected.T)
    assert cross.neighborhood == [(-1, 1), (-1, 1)]
    assert np.array_equal(cross(np.ones((2, 2))), np.zeros((2, 2)))


def test_one_sided_indices_and_values_at_the_border():
    @numba.stencil(cval=-1.0)
    def ahead(a):
        return a[2] - a[0]

    assert np.array_equal(ahead(np.arange(5.0) ** 2), [4, 8, 12, -1, -1])
    assert numba.stencil(lambda a: a[-1] + 1)(np.arange(3)).tolist() == [0, 1, 2]


def test_a_loop_over_a_given_neighborhood():
    @numba.stencil(neighborhood=((-3, 0),))
    def mean(a):
        total = 0.0
        for k in range(-3, 1):
            total += a[k]
        return total / 4

    a = np.arange(8.0)
    assert np.allclose(mean(a), [0, 0, 0, *(np.convolve(a, np.ones(4) / 4)[3:8])])


def test_branches_may_return_early():
    @numba.stencil
    def larger(a):
        if a[-1] > a[1]:
            return a[-1]
        return a[1]

    assert np.array_equal(larger(np.array([1.0, 5, 2, 0, 9])), [0, 2, 5, 9, 0])


def test_several_arrays_and_standard_indices():
    @numba.stencil(standard_indexing=("weights",))
    def blend(a, b, weights, scale):
        return (weights[0] * a[-1] + weights[1] * b[1]) * scale

    a, b, w = np.arange(5.0), np.arange(5.0, 11), np.array([1.0, 2.0])
    expected = np.zeros(5)
    expected[1:4] = (w[0] * a[:3] + w[1] * b[2:5]) * 3
    assert np.array_equal(blend(a, b, w, 3), expected)
    with pytest.raises(ValueError, match=r"'b' of shape \(3,\) is smaller"):
        blend(a, b[:3], w, 3)


def test_outputs():
    @numba.stencil
    def step(a):
        return a[-1] + a[1]

    a, out = np.arange(5.0), np.full(5, 7.0)
    assert step(a, out=out) is out
    assert out.tolist() == [7, 2, 4, 6, 7]
    step(a, out=a)
    assert a.tolist() == [0, 2, 4, 6, 4]
    with pytest.raises(ValueError, match="the output has shape"):
        step(a, out=np.ones(4))
    ours = step(stook.arange(5.0) * 1)
    assert isinstance(ours, stook.ndarray) and ours.tolist() == [0, 2, 4, 6, 0]
    assert step(np.arange(5, dtype="f4")).dtype == np.float32


def test_large_arrays_on_all_threads():
    @numba.stencil
    def second(a):
        return a[0, -1] - 2 * a[0, 0] + a[0, 1]

    a = np.random.default_rng(1).random((300, 200))
    expected = neighbours(lambda at: at(0, -1) - 2 * at(0, 0) + at(0, 1), a, [(0, 0), (-1, 1)])
    assert np.array_equal(second(a), expected)


def test_what_is_no_kernel_is_refused():
    with pytest.raises(ValueError, match="say by neighborhood="):
        numba.stencil(lambda a, k: a[k])
    with pytest.raises(ValueError, match="indexes no array"):
        numba.stencil(lambda a: 1.0)
    with pytest.raises(ValueError, match="one number of axes"):
        numba.stencil(lambda a: a[0] + a[0, 1])
    with pytest.raises(ValueError, match="the mode of a stencil is 'constant'"):
        numba.stencil("wrap")
    with pytest.raises(ValueError, match="names 'b', which is no parameter"):
        numba.stencil(standard_indexing=["b"])(lambda a: a[0])
    with pytest.raises(CompileError, match=r"(?s)oops.*a\[0\] \+ oops"):
        numba.stencil(lambda a: a[0] + oops)(np.ones(3))  # noqa: F821
