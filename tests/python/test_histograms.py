"""Histograms: counts, edges, types, warnings and errors of NumPy."""

import numpy
import pytest
from compare import check, check_told
from stook import _histograms

pytestmark = pytest.mark.usefixtures("nothing_runs_in_numpy")

BINS = [10, 1, 3, numpy.int8(4), [0, 1, 2.5], [0.0, 0.5, 0.5, 9], [-1, 1], [3, 4], "auto", "fd",
        "scott", "doane", "rice", "sqrt", "sturges"]  # fmt: skip
RANGES = [None, (0, 3), (-1.5, 1.25), (5, 9), (1, 1), (numpy.float32(0), numpy.float32(2))]


def values(np, n, dtype):
    a = numpy.arange(n) * 5 % 17 / 4 - (1.5 if dtype in "bhilefd" else 0)
    return np.asarray(a.astype(dtype))


# -- one axis -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "?bBhlLefd")
def test_histogram_equals_numpy(dtype):
    for bins in BINS:
        for limits in RANGES:
            if bins == "fd" and dtype == "?":
                continue
            check_told(
                lambda np, b=bins, r=limits: np.histogram(values(np, 40, dtype), b, r),
                1e-6 if dtype in "ef" else 1e-14,
            )


@pytest.mark.parametrize("dtype", "bBlefd")
def test_edges_equal_numpys(dtype):
    for bins in BINS:
        check(lambda np, b=bins: np.histogram_bin_edges(values(np, 40, dtype), b), 1e-14)
        check(lambda np, b=bins: np.histogram_bin_edges(values(np, 40, dtype), b, (0, 2)), 1e-14)


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("kind", "?blefdFD")
def test_weights(kind):
    weights = (numpy.arange(40) % 5 / 2).astype(kind)
    for bins in (4, [0, 1, 2.5]):
        for limits in (None, (0, 1.5)):
            for density in (False, True):
                check_told(
                    lambda np, b=bins, r=limits, d=density: np.histogram(
                        values(np, 40, "d"), b, r, d, np.asarray(weights)
                    ),
                    1e-3 if kind in "efF" else 1e-14,
                )


@pytest.mark.usefixtures("tier")
def test_elements_on_edges():
    for count in (1, 3, 7, 10, 49, 100, 1000):
        for first, last in ((0, 1), (0.1, 0.7), (-3, 11), (1e-8, 1e8)):
            for dtype in "fd":
                edges = numpy.linspace(first, last, count + 1).astype(dtype)
                near = [numpy.nextafter(edges, edges - 1), edges, numpy.nextafter(edges, edges + 1)]
                a = numpy.concatenate(near)
                check(lambda np, a=a, n=count, r=(first, last): np.histogram(np.asarray(a), n, r))
                check(lambda np, a=a, n=count: np.histogram(np.asarray(a), n))


def test_many_elements():
    a = numpy.random.default_rng(0).normal(size=200_000)
    weights = numpy.random.default_rng(1).random(200_000)
    for bins, limits in [(100, None), (100, (-1, 2)), (numpy.linspace(-2, 2, 30), None)]:
        check(lambda np, b=bins, r=limits: np.histogram(np.asarray(a), b, r))
        check(lambda np, b=bins, r=limits: np.histogram(np.asarray(a, "f"), b, r))
        check(
            lambda np, b=bins, r=limits: np.histogram(
                np.asarray(a), b, r, True, np.asarray(weights)
            ),
            1e-12,
        )


def test_shapes_and_lists():
    check(lambda np: np.histogram([1, 2, 1]))
    check(lambda np: np.histogram([]))
    check(lambda np: np.histogram(3))
    check(lambda np: np.histogram(np.ones((2, 3)), weights=np.ones((2, 3))))
    check(lambda np: np.histogram(np.arange(12.0).reshape(3, 4).T, 3))
    check(lambda np: np.histogram([1, 2], bins=np.asarray([1, 2, 3])))
    check(lambda np: np.histogram(np.asarray(numpy.array([-128, 127], "b")), 2))
    check(lambda np: np.histogram(np.asarray(numpy.array([-(2**63), 2**63 - 1])), 4))


def test_blocks_of_edges_add_up(monkeypatch):
    monkeypatch.setattr(_histograms, "_BLOCK", 7)
    for weights in (None, numpy.arange(40.0)):
        check(lambda np, w=weights: np.histogram(values(np, 40, "d"), [0, 1, 2.5], weights=w))


@pytest.mark.usefixtures("may_ask_numpy")
@pytest.mark.filterwarnings("ignore")
def test_arguments_that_are_refused():
    for options in ({"bins": 0}, {"bins": 2.5}, {"bins": [1, 0]}, {"bins": "no"}, {"range": (3, 1)},
                    {"bins": [[1, 2]]}, {"range": (0, numpy.inf)}, {"weights": [1, 2]},
                    {"bins": "auto", "weights": numpy.ones(40)}, {"bins": "stone"},
                    {"range": (0, 5e-324)}):  # fmt: skip
        check(lambda np, o=options: np.histogram(values(np, 40, "d"), **o))
    check(lambda np: np.histogram(np.asarray([1, numpy.nan])))
    check(lambda np: np.histogram(np.asarray([1, 2j])))
    check(lambda np: np.histogram([1, 2], weights=numpy.array([1, 2], object)))


# -- several axes ---------------------------------------------------------------------------------


@pytest.fixture(params=[0, 2048], ids=["by arithmetic", "by search"])
def few(request, monkeypatch):
    monkeypatch.setattr(_histograms, "_FEW", request.param)


@pytest.mark.usefixtures("tier", "few")
@pytest.mark.parametrize("dtype", "bBlfd")
def test_boxes_equal_numpys(dtype):
    for bins in (3, [2, 5], [[0, 1, 2], 4], [[0, 1, 2], [0, 0.5, 3]]):
        for limits in (None, [(0, 2), (-1, 3)], [None, (0, 1)]):
            for density in (False, True):

                def program(np, bins=bins, limits=limits, density=density):
                    points = values(np, 60, dtype).reshape(30, 2)
                    return np.histogramdd(points, bins, limits, density)

                check_told(program, 1e-6 if dtype == "f" else 1e-14)


@pytest.mark.usefixtures("few")
def test_boxes_of_columns_and_weights():
    def columns(np):
        return [values(np, 30, "d"), values(np, 60, "l")[::2], values(np, 90, "f")[::3]]

    weights = numpy.arange(30.0)
    check(lambda np: np.histogramdd(columns(np), 3), 1e-14)
    check(lambda np: np.histogramdd(columns(np), 3, weights=weights), 1e-14)
    check(lambda np: np.histogramdd([[1, 2, 3], [0, 1, 5]], 3))
    check(lambda np: np.histogramdd(np.asarray([1, 2, 3]), 3))
    check(lambda np: np.histogramdd([numpy.arange(3), numpy.arange(3)], 2))
    check(lambda np: np.histogramdd(np.asarray([[0.5, numpy.nan], [1, 2]]), [[0, 1], [0, 2, 3]]))


@pytest.mark.usefixtures("few")
def test_planes():
    def program(np, bins=10, **options):
        return np.histogram2d(values(np, 30, "d"), values(np, 30, "l"), bins, **options)

    for bins in (10, [3, 4], [0, 1, 2, 3], [[0, 1, 2], [1, 2, 3, 4]], [3, [0, 1, 2]]):
        check(lambda np, b=bins: program(np, b), 1e-14)
    check(lambda np: program(np, density=True), 1e-14)
    check(lambda np: program(np, range=[(0, 2), (0, 3)], weights=numpy.arange(30)), 1e-14)
    check(lambda np: np.histogram2d([1, 2, 2], [0, 1, 1], 2))


@pytest.mark.usefixtures("may_ask_numpy")
def test_boxes_that_are_refused():
    for options in ({"bins": [3]}, {"bins": 0}, {"bins": [[1, 0], 2]}, {"range": [(0, 1)]},
                    {"bins": 2.5}, {"bins": [[[1]], 2]}, {"weights": [1, 2]}):  # fmt: skip
        check(lambda np, o=options: np.histogramdd(values(np, 60, "d").reshape(30, 2), **o))
    check(lambda np: np.histogram2d([1, 2], [1, 2, 3]))
    check(lambda np: np.histogramdd(np.asarray([[1, numpy.nan]])))


# -- one bin for each element ---------------------------------------------------------------------


def test_bins_of_elements():
    for right in (False, True):
        for edges in ([0, 1, 2], [2, 1, 0], [1], [], [1, 1, 1], [0.5, 0.5, 2]):
            for dtype in "bBld":
                check(
                    lambda np, r=right, e=edges, t=dtype: np.digitize(
                        values(np, 12, t).reshape(3, 4), np.asarray(e), r
                    )
                )
            check(lambda np, r=right, e=edges: np.digitize(1, e, r))


@pytest.mark.usefixtures("may_ask_numpy")
def test_bins_of_elements_that_are_refused():
    check(lambda np: np.digitize([1, 2], [0, 2, 1]))
    check(lambda np: np.digitize([1j], [0, 2]))
    check(lambda np: np.digitize([1], [[0, 2]]))
    check(lambda np: np.digitize([1], 2))
