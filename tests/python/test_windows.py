"""Window functions, the Bessel function that one is made of, and sinc."""

import numpy
import pytest
import stook
from compare import check, check_told, plain
from held import order
from stook import _fallback

WINDOWS = ["bartlett", "blackman", "hamming", "hanning"]
POINTS = [-3, 0, 0.5, 1, 1.5, 2, 3, 4, 10, 51, 512, True, numpy.int8(7)]


@pytest.fixture(autouse=True)
def nothing_runs_in_numpy(request, monkeypatch):
    if "numpys" not in request.node.name:
        monkeypatch.setattr(_fallback.sites, "strict", True)


def close(expected, got, bound):
    """Fail unless results lie within `bound` of each other, are alike, and lie alike."""
    assert order(expected) == order(got)
    got = plain(got)
    assert type(expected) is type(got)
    assert expected.dtype == got.dtype and expected.shape == got.shape
    numpy.testing.assert_allclose(got, expected, rtol=bound, atol=bound)


@pytest.mark.parametrize("points", POINTS, ids=str)
@pytest.mark.filterwarnings("ignore")
def test_windows(points):
    for name in WINDOWS:
        close(getattr(numpy, name)(points), getattr(stook, name)(points), 5e-16)
    for beta in (0, 0.5, 5, 8.6, 14, 30, -3):
        close(numpy.kaiser(points, beta), stook.kaiser(points, beta), 2e-15)


def test_ends_of_windows_are_exact():
    for name in WINDOWS:
        expected, got = getattr(numpy, name)(9), plain(getattr(stook, name)(9))
        assert (expected[0], expected[-1]) == (got[0], got[-1])


def test_windows_beyond_their_bounds():
    check_told(lambda np: np.kaiser(2.5, 3), rtol=1e-14)


@pytest.mark.parametrize("dtype", "?bBiLefd")
def test_bessel_function(dtype):
    values = numpy.array([0, 1, 2, 5, 7.99, 8, 8.01, 20, 88, 100]).astype(dtype)
    for a in (values, values[::-2], values.reshape(2, 5).T, values[:0]):
        bound = {"e": 2e-2, "f": 2e-6}.get(dtype, 2e-14)
        with numpy.errstate(all="ignore"):
            expected, got = numpy.i0(a), stook.i0(stook.asarray(a))
            assert order(expected) == order(got)
            got = plain(got)
        assert expected.dtype == got.dtype and expected.shape == got.shape
        numpy.testing.assert_allclose(got, expected, rtol=bound)


def test_bessel_function_of_special_numbers():
    special = [0.0, -0.0, -3.5, 1e-300, numpy.nan, numpy.inf, -numpy.inf]
    with numpy.errstate(all="ignore"):
        check(lambda np: np.i0(special), rtol=1e-15)
    check_told(lambda np: np.i0([0.0, -8.0, 8.5]), rtol=1e-14)
    check_told(lambda np: np.i0([1.0, 800.0]), rtol=1e-14)
    check(lambda np: np.i0(2.5), rtol=1e-15)
    check(lambda np: np.i0(np.array(9)), rtol=1e-14)
    check(lambda np: np.i0([1j]))


@pytest.mark.parametrize("dtype", "?bBiLefdFD")
def test_sinc(dtype):
    values = numpy.array([0, 1, 2, -3, 0.5, -0.25, 7.75, 100.5]).astype(dtype)
    bound = {"e": 1e-3, "f": 1e-6, "F": 1e-6}.get(dtype, 1e-15)
    for a in (values, values[::-2], values.reshape(2, 4).T, values[:0]):
        close(numpy.sinc(a), stook.sinc(stook.asarray(a)), bound)
    check_told(lambda np: np.sinc(0.0))
    check_told(lambda np: np.sinc(0.5), rtol=1e-15)
    check_told(lambda np: np.sinc(np.array(0)))
    check_told(lambda np: np.sinc([0.0, numpy.nan, numpy.inf]))


def test_what_is_numpys():
    check(lambda np: np.hanning("a"))
    check(lambda np: np.kaiser(3, [1, 2]))
    check(lambda np: np.kaiser(3, 1j), rtol=1e-14)
    check(lambda np: np.bartlett([1, 2]))


def test_a_window_waits_with_what_it_weighs():
    a = stook.ones(100_000)
    stook.sync()
    before = stook.counters()["flushes"]
    made = a * stook.hanning(100_000)
    assert stook.counters()["flushes"] == before
    assert made[0] == 0
