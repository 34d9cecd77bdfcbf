"""Functions of small arrays over leading axes, and of numbers as ufuncs."""

import numpy as np
import pytest
import stook
from stook.compat import numba


@numba.guvectorize(["void(i8[:], i8[:], i8[:])", "void(f8[:], f8[:], f8[:])"], "(n),(n)->()")
def dot(a, b, out):
    total = a[0] * 0
    for k in range(a.size):
        total += a[k] * b[k]
    out[0] = total


@numba.guvectorize("void(f8[:, :], f8[:, :], f8[:, :])", "(m,n),(n,p)->(m,p)")
def product(a, b, out):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = 0.0
            for k in range(a.shape[1]):
                out[i, j] += a[i, k] * b[k, j]


@numba.guvectorize("(n),()->(n)")
def shifted(a, by, out):
    for k in range(a.size):
        out[k] = a[k] + by


def test_leading_axes_broadcast():
    rng = np.random.default_rng(1)
    a, b = rng.random((4, 1, 5)), rng.random((3, 5))
    assert np.allclose(dot(a, b), (a * b).sum(-1))
    assert dot(a, b).shape == (4, 3)
    assert np.allclose(dot(a[:, 0], b[0]), a[:, 0] @ b[0])
    found = dot(b[0], b[1])
    assert isinstance(found, np.float64) and np.isclose(found, b[0] @ b[1])
    assert np.allclose(dot(a.T, a.T), (a.T * a.T).sum(-1))
    assert dot(np.empty((0, 3, 5)), b).shape == (0, 3)


def test_signatures_are_chosen_by_safe_casts():
    assert dot(np.arange(3), np.arange(3)).dtype == np.int64
    assert dot(np.arange(3, dtype="i4"), np.arange(3)) == 5
    assert dot(np.arange(3), np.arange(3.0)).dtype == np.float64
    assert dot.types == ["ll->l", "dd->d"]
    with pytest.raises(TypeError, match="ufunc 'dot' not supported for the input types"):
        dot(np.ones(3, "c16"), np.ones(3))


def test_axes_of_the_layout_are_held_to_it():
    with pytest.raises(
        ValueError, match=r"Input operand 1 has a mismatch in its core dimension 0,"
    ):
        dot(np.ones(3), np.ones(4))
    with pytest.raises(ValueError, match=r"operand 0 does not have enough dimensions \(has 1, "):
        product(np.ones(3), np.ones((3, 2)))
    with pytest.raises(TypeError, match="takes from 2 to 3 positional arguments but 1 was given"):
        dot(np.ones(3))
    with pytest.raises(ValueError, match="is not like"):
        numba.guvectorize("void(f8[:])", "n->n")(lambda a: None)
    with pytest.raises(TypeError, match="gives it 2 axes"):
        numba.guvectorize("void(f8[:], f8[:])", "(n,n)->()")(lambda a, out: None)


def test_matrices_by_the_layout():
    rng = np.random.default_rng(2)
    a, b = rng.random((7, 2, 3)), rng.random((3, 4))
    assert np.allclose(product(a, b), a @ b)
    out = np.zeros((7, 4, 2)).swapaxes(1, 2)
    assert product(a, b, out) is out
    assert np.allclose(out, a @ b)
    assert np.allclose(product(a, b, out=np.empty((7, 2, 4), "f4")), a @ b)


def test_types_come_from_the_call_where_there_are_no_signatures():
    a, out = np.arange(6.0).reshape(2, 3), np.empty((2, 3))
    shifted(a, 2.0, out)
    assert np.array_equal(out, a + 2)
    shifted(a, np.array([1, 2]), out)
    assert np.array_equal(out, a + np.array([[1], [2]]))
    shifted(a, 1.0, a)
    assert np.array_equal(a, np.arange(1.0, 7).reshape(2, 3))
    with pytest.raises(TypeError, match="no signatures, so the types of its outputs"):
        shifted(a, 2.0)


def test_arrays_of_ours_and_large_ones():
    a = stook.arange(60000.0).reshape(20000, 3) * 1
    found = dot(a, a)
    assert isinstance(found, stook.ndarray)
    assert np.allclose(np.asarray(found), (np.asarray(a) ** 2).sum(-1))


def test_an_output_may_lie_in_an_operand():
    a = np.arange(6.0)
    numba.guvectorize("void(f8[:], f8[:])", "(n)->(n)")(reverse)(a, a)
    assert np.array_equal(a, np.arange(6.0)[::-1])


def reverse(a, out):
    for k in range(a.size):
        out[k] = a[a.size - 1 - k]


# -- ufuncs ---------------------------------------------------------------------------------------


@numba.vectorize(["f4(f4, f4)", "f8(f8, f8)"], identity=0)
def longer(a, b):
    return (a * a + b * b) ** 0.5


def test_signatures_of_ufuncs():
    a = np.arange(4, dtype="f4")
    assert longer(a, a).dtype == np.float32
    assert longer(a, np.arange(4)).dtype == np.float64
    assert longer(a, 2).dtype == np.float32
    assert longer.types == ["ff->f", "dd->d"]
    with pytest.raises(TypeError, match="ufunc 'longer' not supported"):
        longer(a, 1j * a)


def test_methods_of_ufuncs():
    @numba.vectorize
    def add(a, b):
        return a + b

    a = np.arange(24.0).reshape(2, 3, 4)
    for axis in (0, 1, -1, None):
        assert np.array_equal(add.reduce(a, axis), np.add.reduce(a, axis))
    assert np.array_equal(add.reduce(a, 1, keepdims=True), np.add.reduce(a, 1, keepdims=True))
    assert np.array_equal(add.accumulate(a, 1), np.add.accumulate(a, 1))
    assert np.array_equal(add.outer(a[0], a[1, 0]), np.add.outer(a[0], a[1, 0]))
    assert np.array_equal(longer.reduce(np.empty((0, 2))), [0, 0])
    with pytest.raises(ValueError, match="has no identity"):
        add.reduce(np.empty(0))


def test_ufuncs_walk_over_any_layout():
    a, b = np.arange(24.0).reshape(2, 3, 4), np.arange(4.0)
    expected = np.sqrt(a**2 + b**2)
    assert np.allclose(longer(a, b), expected)
    assert np.allclose(longer(a.T, b[:, None, None]), expected.T)
    assert np.allclose(longer(a[:, ::2, ::-1], b), np.sqrt(a[:, ::2, ::-1] ** 2 + b**2))
    c = np.arange(1.0, 7)
    assert np.allclose(longer(c[1:], 0.0, out=c[:-1]), np.arange(2.0, 7))
