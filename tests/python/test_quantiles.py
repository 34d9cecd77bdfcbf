"""Medians and quantiles: values, types, memory, warnings and errors of NumPy."""

import numpy
import pytest
import stook
from compare import check, check_told, told
from stook._quantiles import METHODS

pytestmark = pytest.mark.usefixtures("nothing_runs_in_numpy")

SHAPES = [(3, 4), (2, 3, 2), (5,), (1,), (2, 0), (0, 3)]
OPTIONS = [{}, {"axis": 0}, {"axis": -1}, {"axis": 5}, {"axis": (0, -1)}, {"axis": ()},
           {"axis": (0, 0)}, {"keepdims": True}, {"axis": 0, "keepdims": True},
           {"axis": (0, -1), "keepdims": True}, {"axis": 0, "overwrite_input": True}]  # fmt: skip
FRACTIONS = [0.3, 0, 1, 0.5, [0.25, 0.9], [[0.0, 0.5], [0.6, 1.0]], [0, 1], [], numpy.float32(0.4),
             numpy.array(0.7), numpy.array([0.1, 0.2], "f"), 1.5, [-0.1]]  # fmt: skip
RTOL = {"e": 1e-2, "f": 1e-5}


def values(np, shape, dtype, nan=False):
    n = int(numpy.prod(shape))
    a = (numpy.arange(n) * 5 % 7 / 2).astype(dtype)
    a = a + 1j * numpy.arange(n).astype(dtype) if dtype in "FD" else a
    if nan:
        a[n // 2 :: 5] = numpy.nan
    return np.asarray(a.reshape(shape))


def laid(result):
    """Return a result with the order of its memory."""
    return result, result.strides if getattr(result, "size", 0) else None


def given(np, q):
    return np.asarray(q) if isinstance(q, numpy.ndarray) else q


# -- median ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("nan", [False, True])
@pytest.mark.parametrize("dtype", "?bBlefdFD")
def test_median_equals_numpy(dtype, nan):
    if nan and dtype in "?bBl":
        return
    for shape in [*SHAPES, (), (0,)]:
        for options in OPTIONS:

            def program(np, shape=shape, options=options):
                return laid(np.median(values(np, shape, dtype, nan), **options))

            check_told(program)


@pytest.mark.parametrize("dtype", "bfd")
def test_median_of_other_orders_of_memory(dtype):
    for options in OPTIONS:
        for view in ("T", "[::2]", "[:, ::-1]", ".transpose(1, 0)"):
            check(
                lambda np, o=options, v=view: laid(
                    np.median(
                        eval(f"a{'.' if v == 'T' else ''}{v}", {"a": values(np, (5, 4), dtype)}),
                        **o,
                    )
                )
            )


@pytest.mark.parametrize("to", "lfd")
def test_median_into_an_output(to):
    for nan in (False, True):
        for shape, options in [
            ((), {}),
            ((4,), {"axis": 0}),
            ((1, 1), {"keepdims": True}),
            ((3, 1), {"axis": 1, "keepdims": True}),
            ((3,), {"axis": 0}),
        ]:

            def program(np, shape=shape, options=options, nan=nan):
                out = np.ones(shape, to)
                return np.median(values(np, (3, 4), "d", nan), out=out, **options) is out, out

            check_told(program)


def test_median_of_what_is_no_array():
    for a in ([1, 2, 4], 3, 2.5, [[1.0, 2], [3, 5]], [numpy.inf, 1], [True, False]):
        check_told(lambda np, a=a: np.median(a))
    check(lambda np: np.median(np.asarray(numpy.array([0.0, -0.0, 0.0]))))
    check(lambda np: np.median([1, 2, 3], [0]))


def test_what_may_be_overwritten_keeps_its_elements():
    a = stook.asarray(numpy.random.default_rng(0).random(1000))
    total = numpy.sort(numpy.asarray(a))
    stook.median(a, overwrite_input=True)
    assert numpy.array_equal(numpy.sort(numpy.asarray(a)), total)


# -- quantiles ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("nan", [False, True])
@pytest.mark.parametrize("dtype", "?bBlefdD")
def test_quantile_equals_numpy(dtype, nan):
    if nan and dtype in "?bBlD":
        return
    for shape in SHAPES[:4]:
        for options in OPTIONS:
            for q in (0.3, [0.25, 0.9], 0):

                def program(np, shape=shape, options=options, q=q):
                    return laid(np.quantile(values(np, shape, dtype, nan), q, **options))

                check_told(program, RTOL.get(dtype, 0))


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("method", [*METHODS, "no"])
def test_every_method(method):
    for dtype in "Blfd":
        for q in FRACTIONS:
            for options in ({}, {"axis": 0}):

                def program(np, dtype=dtype, q=q, options=options):
                    a = values(np, (7, 4), dtype)
                    return laid(np.quantile(a, given(np, q), method=method, **options))

                expected, got = told(program, numpy)[0], told(program, stook)[0]
                if expected[0] == "value":
                    check_told(program, RTOL.get(dtype, 0))
                else:
                    assert got[:2] == expected[:2]


@pytest.mark.parametrize("method", METHODS)
def test_places_at_and_between_elements(method):
    for n in (1, 2, 3, 10, 11):
        for q in numpy.linspace(0, 1, 23):
            check(lambda np, n=n, q=q: np.quantile(values(np, (n,), "d"), float(q), method=method))


@pytest.mark.usefixtures("tier")
def test_infinite_elements():
    for data in ([-numpy.inf, 1, 2, numpy.inf], [numpy.inf, numpy.inf], [1, numpy.inf]):
        for q in (0.1, 0.5, 0.9, [0.0, 0.4, 1.0]):
            check_told(lambda np, d=data, q=q: np.quantile(np.asarray(d), q))


def test_quantiles_of_empty_lines():
    for options in ({"axis": 0}, {"axis": 1}, {}):
        check(lambda np, o=options: laid(np.quantile(np.ones((0, 3)), 0.3, **o)))
        check(lambda np, o=options: laid(np.median(np.ones((0, 3), int), **o)))


@pytest.mark.usefixtures("may_ask_numpy")
@pytest.mark.parametrize("to", "lfd")
def test_quantile_into_an_output(to):
    for nan in (False, True):
        for q, shape, options in [
            (0.3, (), {}),
            (0.7, (4,), {"axis": 0}),
            ([0.3, 0.8], (2, 4), {"axis": 0}),
            ([0.3, 0.8], (2, 3, 1), {"axis": 1, "keepdims": True}),
            (0.3, (3,), {"axis": 0}),
            (0.3, (4,), {"axis": 0, "method": "lower"}),
        ]:

            def program(np, q=q, shape=shape, options=options, nan=nan):
                out = np.ones(shape, to)
                return np.quantile(values(np, (3, 4), "d", nan), q, out=out, **options) is out, out

            check_told(program)


def test_percents():
    for q in (30, 0, 100, [25, 90.5], numpy.float32(40), numpy.array(3), 100.5, [-1]):
        for options in OPTIONS:
            for dtype in "lfd":
                check(
                    lambda np, q=q, o=options, t=dtype: laid(
                        np.percentile(values(np, (3, 4), t), given(np, q), **o)
                    ),
                    RTOL.get(dtype, 0),
                )


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "lfd")
def test_quantile_by_weights(dtype):
    def program(np, lengths, q, options):
        weights = np.asarray((numpy.arange(int(numpy.prod(lengths))) % 4).reshape(lengths))
        a = values(np, (2, 3, 4), dtype, options.get("nan", False))
        rest = {key: value for key, value in options.items() if key != "nan"}
        return np.quantile(a, q, weights=weights, method="inverted_cdf", **rest)

    for lengths, options in [
        ((2, 3, 4), {}),
        ((2, 3, 4), {"axis": 1}),
        ((2, 3, 4), {"axis": (0, 2), "keepdims": True}),
        ((2, 3, 4), {"axis": 1, "nan": dtype != "l"}),
        ((2, 3, 4), {"nan": dtype != "l"}),
        ((4,), {"axis": 2}),
        ((4, 2), {"axis": (2, 0)}),
        ((4,), {}),
        ((4,), {"axis": 0}),
    ]:
        for q in (0.3, 0, 1, [0.0, 0.5, 1.0], []):
            check_told(lambda np, n=lengths, q=q, o=options: program(np, n, q, o))


@pytest.mark.filterwarnings("ignore")
def test_weights_that_no_quantile_has():
    for weights in ([-1, 1, 1], [0, 0, 0], [1, numpy.nan, 1], [1, 1]):
        check(lambda np, w=weights: np.quantile([1, 2, 3], 0.5, weights=w, method="inverted_cdf"))
    check(lambda np: np.quantile([1, 2, 3], 0.5, weights=[1, 1, 1]))


@pytest.mark.usefixtures("may_ask_numpy")
def test_other_arguments_that_are_refused():
    check(lambda np: np.quantile([1j, 2], 0.5))
    check(lambda np: np.quantile([1, 2], 0.5, method="no"))
    check(lambda np: np.quantile([1, 2], [[[0.5]]]))
    check(lambda np: np.quantile([], 0.5))
    check(lambda np: np.quantile([1, 2], "a"))
    check(lambda np: np.quantile([1, 2], None))
    check(lambda np: np.quantile(numpy.array([1, 2], object), 0.5))
    check(lambda np: np.quantile([1, 2]))
