"""Medians and quantiles without NaN: values, types, warnings and errors of NumPy."""

import warnings

import numpy
import pytest
import stook
from compare import check_told, equal, told
from stook import _nan_quantiles
from stook._quantiles import METHODS

pytestmark = pytest.mark.usefixtures("nothing_runs_in_numpy")

PATTERNS = {
    "none": [],
    "some": slice(1, None, 3),
    "lines": slice(5),
    "all": slice(None),
}
SHAPES = [(3, 4), (2, 3, 2), (5,), (1,), ()]
OPTIONS = [{}, {"axis": 0}, {"axis": -1}, {"axis": 5}, {"axis": (0, -1)}, {"axis": (0, 0)},
           {"keepdims": True}, {"axis": 0, "keepdims": True},
           {"axis": (0, -1), "keepdims": True}]  # fmt: skip
RTOL = {"e": 1e-2, "f": 1e-6}


@pytest.fixture(params=[False, True], ids=["sorted", "by line"])
def long(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(_nan_quantiles, "_LONG", 0)


def values(np, shape, dtype, pattern="some"):
    n = int(numpy.prod(shape))
    a = (numpy.arange(n) * 5 % 7 / 2).astype(dtype)
    a = a + 1j * numpy.arange(n).astype(dtype) if dtype in "FD" else a
    if dtype in "efdFD":
        a[PATTERNS[pattern]] = numpy.nan
    return np.asarray(a.reshape(shape))


@pytest.mark.usefixtures("tier", "long")
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("dtype", "?befdD")
def test_median_equals_numpy(dtype, pattern):
    for shape in SHAPES:
        for options in OPTIONS:
            check_told(
                lambda np, s=shape, o=options: np.nanmedian(values(np, s, dtype, pattern), **o),
                RTOL.get(dtype, 1e-14),
            )


@pytest.mark.usefixtures("tier", "long")
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("dtype", "befd")
def test_quantile_equals_numpy(dtype, pattern):
    for shape in SHAPES:
        for options in OPTIONS:
            for q in (0.3, [0.25, 0.9], 0, numpy.float64(0.6)):
                check_told(
                    lambda np, s=shape, o=options, q=q: np.nanquantile(
                        values(np, s, dtype, pattern), q, **o
                    ),
                    RTOL.get(dtype, 1e-14),
                )


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("method", METHODS)
def test_every_method(method):
    for dtype in "fd":
        for q in (0.3, 0, 1, 0.5, [0.0, 0.25, 0.9, 1.0], numpy.float32(0.4)):
            for options in ({}, {"axis": 0}, {"axis": 1}):
                check_told(
                    lambda np, t=dtype, q=q, o=options: np.nanquantile(
                        values(np, (7, 4), t), q, method=method, **o
                    ),
                    RTOL.get(dtype, 1e-14),
                )


@pytest.mark.usefixtures("long")
def test_percents():
    for q in (30, [25, 90.5], numpy.array(3)):
        for options in OPTIONS:
            check_told(
                lambda np, q=q, o=options: np.nanpercentile(
                    values(np, (3, 4), "d"), np.asarray(q) if hasattr(q, "ndim") else q, **o
                ),
                1e-14,
            )


def test_no_elements():
    for name, rest in (("nanmedian", ()), ("nanquantile", (0.3,))):
        for shape, options in [((0,), {}), ((0, 3), {"axis": 0}), ((0, 3), {"axis": 1}),
                               ((2, 0), {"keepdims": True})]:  # fmt: skip

            def program(np, name=name, rest=rest, shape=shape, options=options):
                return getattr(np, name)(np.ones(shape), *rest, **options)

            check_told(program)


@pytest.mark.parametrize("to", "fd")
def test_results_into_an_output(to):
    for shape, options in [((), {}), ((4,), {"axis": 0}), ((3, 1), {"axis": 1, "keepdims": True})]:

        def program(np, shape=shape, options=options):
            out, other = np.ones(shape, to), np.ones(shape, to)
            a = values(np, (3, 4), "d", "lines")
            same = np.nanmedian(a, out=out, **options) is out
            return same, np.nanquantile(a, 0.3, out=other, **options) is other, out, other

        check_told(program, 1e-6)


def test_weights():
    def program(np, shape, q, options):
        a = values(np, (3, 4), "d", "lines")
        weights = np.asarray(numpy.arange(12.0).reshape(3, 4) % 5)
        return np.nanquantile(a, q, weights=weights, method="inverted_cdf", **options)

    for options in ({}, {"axis": 0}, {"axis": (0, 1)}, {"axis": 1, "keepdims": True}):
        for q in (0.3, [0.0, 0.5, 1.0]):
            check_told(lambda np, q=q, o=options: program(np, (3, 4), q, o))


def test_what_may_be_overwritten_may_be_left():
    a = stook.asarray([[3.0, numpy.nan, 1.0, 2.0]] * 2)
    assert (stook.nanmedian(a, 1, overwrite_input=True) == [2.0, 2.0]).all()


@pytest.mark.usefixtures("may_ask_numpy")
def test_arguments_that_are_refused():
    a = [[1.0, numpy.nan], [2.0, 3.0]]
    for program in (
        lambda np: np.nanquantile(a, 1.5),
        lambda np: np.nanquantile(a, 0.5, method="no"),
        lambda np: np.nanquantile([1j], 0.5),
        lambda np: np.nanquantile(a, 0.5, weights=[1, 1]),
        lambda np: np.nanquantile(a, 0.5, 1, method="inverted_cdf", weights=[-1, 1]),
        lambda np: np.nanmedian(numpy.array([1, None], object)),
        lambda np: np.nanmedian(),
        lambda np: np.nanquantile(a, [[0.5, 1.0]], ()),
        lambda np: np.nanquantile([[1, 2]], [[0.5, 1.0]], ()),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected, got = told(program, numpy)[0], told(program, stook)[0]
        assert equal(expected, got)
