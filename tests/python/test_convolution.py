"""Convolution with short kernels, which stook does, and other, which NumPy does."""

import numpy
import pytest
import stook
from compare import check, falling_back
from stook import _convolution, _fallback

MODES = ["full", "same", "valid"]


@pytest.fixture
def native(monkeypatch):
    """Take short arrays too, and let nothing run in NumPy."""
    monkeypatch.setattr(_convolution, "_LONG", 1)
    with falling_back():
        yield


def values(np, n, dtype):
    a = numpy.arange(n) * 5 % 7 - (3 if dtype in "bhilfdFD" else 0)
    a = a + 1j * (numpy.arange(n) % 3) if dtype in "FD" else a
    return np.asarray((a / 2 if dtype in "fdFD" else a).astype(dtype))


@pytest.mark.usefixtures("tier", "native")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("types", ["dd", "ff", "ll", "bB", "ld", "fl", "DD", "dD", "FF"])
def test_sums_equal_numpys(types, mode):
    for n, m in [(9, 1), (9, 2), (9, 3), (9, 4), (9, 9), (40, 17), (1, 1)]:
        for name in ("convolve", "correlate"):

            def program(np, name=name, n=n, m=m):
                return getattr(np, name)(values(np, n, types[0]), values(np, m, types[1]), mode)

            check(program, 1e-5 if "f" in types else 1e-13)
        check(lambda np: np.convolve(values(np, 3, types[0]), values(np, 11, types[1]), mode), 1e-6)


@pytest.mark.usefixtures("native")
def test_elements_that_are_no_numbers_reach_as_far_as_in_numpy():
    a = numpy.arange(9.0)
    a[[0, 4]] = numpy.nan, numpy.inf
    for mode in MODES:
        check(lambda np, k=mode: np.convolve(np.asarray(a), [1.0, 0.0, 2.0], k))


@pytest.mark.usefixtures("native")
def test_views_and_lists():
    check(lambda np: np.convolve(np.arange(20.0)[::-2], [1, 2, 3]))
    check(lambda np: np.correlate([1, 2, 3, 4], [1, 2]))


def test_a_long_array_is_native():
    a, kernel = stook.arange(70_000.0), stook.asarray([1.0, 2.0, 1.0])
    with falling_back():
        expected = numpy.convolve(numpy.arange(70_000.0), [1, 2, 1])
        assert (stook.convolve(a, kernel) == stook.asarray(expected)).all()


def test_what_numpy_does_is_counted():
    before = _fallback.calls["convolve"]
    stook.convolve([1] * 30, [1] * 30)
    assert _fallback.calls["convolve"] == before + 1


def test_arguments_that_are_refused():
    for a, v, mode in [([], [1], "full"), ([1], [], "full"), ([[1]], [1], "full"),
                       ([1, 2], [1], "no"), ([1, 2], 3, "full"), (3, [1, 2], "full"),
                       ([True, False], [True], "full"), ([1, 2], [numpy.inf], "full"),
                       (numpy.ones(3, "e"), [1], "same")]:  # fmt: skip
        for name in ("convolve", "correlate"):
            check(lambda np, n=name, a=a, v=v, m=mode: getattr(np, n)(a, v, m))
            check(lambda np, n=name, a=a, v=v, m=mode: getattr(np, n)(np.asarray(a), v, m))
    check(lambda np: np.correlate([1, 2], [1, 2, 3], "full"))
