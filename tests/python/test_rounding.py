"""Rounding to decimals: values, types, memory and errors of NumPy."""

import numpy
import pytest
import stook
from compare import check, check_told, falling_back
from stook import _fallback


def values(np, shape, dtype):
    n = int(numpy.prod(shape))
    a = (numpy.arange(n) * 37 % 101 - (50 if dtype in "bhilefdFD" else 0)) / 8
    a = a * 8 if dtype in "bBhil" else a
    a = a + 1j * a[::-1] if dtype in "FD" else a
    return np.asarray(a.astype(dtype).reshape(shape))


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "bBhlefdFD")
def test_elements_equal_numpys(dtype):
    with falling_back():
        for shape in [(3, 4), (5,), (0,), ()]:
            for decimals in (0, 1, 3, -1, -2):

                def program(np, shape=shape, decimals=decimals):
                    a = values(np, shape, dtype)
                    return np.round(a, decimals), np.around(a, decimals), a.round(decimals)

                check_told(program)


@pytest.mark.parametrize("dtype", "ldD")
def test_orders_of_memory(dtype):
    for view in (lambda a: a.T, lambda a: a[::2], lambda a: a[:, ::-1]):
        for decimals in (0, 1, -1):
            check(lambda np, v=view, k=decimals: np.round(v(values(np, (4, 5), dtype)), k).strides)


def test_integers_that_are_rounded_are_a_copy():
    a = stook.asarray([1, 2])
    stook.round(a)[0] = 5
    assert a.tolist() == [1, 2]


def test_numbers_and_lists():
    with falling_back():
        for a in (2.567, 25, numpy.float32(2.567), [1.25, 3.75], 1.26 + 2.34j):
            for decimals in (0, 1, -1):
                check(lambda np, a=a, k=decimals: np.round(a, k))


def test_an_output():
    for to in "dfl":
        for shape in ((3, 4), (4,)):

            def program(np, to=to, shape=shape):
                out = np.ones(shape, to)
                return np.round(values(np, (3, 4), "d"), 1, out=out) is out, out

            check(program)


def test_what_is_numpys():
    before = _fallback.calls["round"]
    check(lambda np: np.round(np.asarray([True, False])))
    check(lambda np: np.round([1.5], 1.5))
    check(lambda np: np.round(["a"]))
    assert _fallback.calls["round"] > before
