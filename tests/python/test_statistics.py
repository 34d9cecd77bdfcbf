"""Moments, averages, ranges and running totals, with every argument of theirs."""

import numpy
import pytest
import stook
from compare import check, check_told
from stook import _fallback

SHAPES = [(3, 4), (2, 3, 2), (5,), (0,), (2, 0), (0, 3), ()]
OPTIONS = [{}, {"axis": 0}, {"axis": -1}, {"axis": 5}, {"axis": (0, 1)}, {"axis": ()},
           {"axis": (0, 0)}, {"keepdims": True}, {"axis": 0, "keepdims": True}]  # fmt: skip
DEGREES = [{"ddof": 1}, {"axis": 0, "ddof": 9}, {"ddof": 1.5}, {"axis": 0, "mean": 1}]
RTOL = {"e": 2e-2, "f": 1e-5, "F": 1e-5}


@pytest.fixture(autouse=True)
def nothing_runs_in_numpy(monkeypatch):
    monkeypatch.setattr(_fallback.sites, "strict", True)


def values(np, shape, dtype):
    n = int(numpy.prod(shape))
    a = (numpy.arange(n) * 5 % 7 / 2).reshape(shape)
    a = a + 1j * numpy.arange(n).reshape(shape) if dtype in "FD" else a
    return np.asarray(a.astype(dtype))


# -- mean, variance, deviation --------------------------------------------------------------------


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "?bBlefdFD")
@pytest.mark.parametrize("name", ["mean", "var", "std"])
def test_moment_equals_numpy(name, dtype):
    for shape in SHAPES:
        for options in [*OPTIONS, *([] if name == "mean" else DEGREES)]:

            def program(np, shape=shape, options=options):
                a = values(np, shape, dtype)
                return getattr(np, name)(a, **options), getattr(a, name)(**options)

            check_told(program, RTOL.get(dtype, 1e-12))


MASKS = [
    numpy.arange(12).reshape(3, 4) % 3 > 0,
    [True, False, True, True],
    [[True], [False], [True]],
    False,
    True,
    [True, False],
    numpy.array([1, 0, 0, 1]),
]


@pytest.mark.parametrize("dtype", "?bedD")
@pytest.mark.parametrize("name", ["mean", "var", "std"])
def test_moment_by_a_mask(name, dtype):
    for mask in MASKS:
        for options in OPTIONS[:4] + OPTIONS[-2:]:

            def program(np, mask=mask, options=options):
                where = mask if mask is False else np.asarray(mask)
                return getattr(np, name)(values(np, (3, 4), dtype), where=where, **options)

            check_told(program, RTOL.get(dtype, 1e-12))


@pytest.mark.parametrize("to", "iefdD")
@pytest.mark.parametrize("name", ["mean", "var", "std"])
def test_moment_in_a_type(name, to):
    for dtype in "?befd":
        check_told(lambda np, t=dtype: getattr(np, name)(values(np, (3, 4), t), dtype=to), 2e-2)
        check_told(lambda np, t=dtype: getattr(np, name)(values(np, (3, 4), t), 1, dtype=to), 2e-2)


OUTPUTS = [
    ((), {}),
    ((4,), {"axis": 0}),
    ((3, 1), {"axis": 1, "keepdims": True}),
    ((4,), {"axis": 0, "where": [[True], [False], [True]]}),
    ((3,), {"axis": 0}),
]


@pytest.mark.parametrize("to", "befd")
@pytest.mark.parametrize("name", ["mean", "var", "std"])
def test_moment_into_an_output(name, to):
    def program(np, dtype, shape, options):
        out = np.ones(shape, to)
        return getattr(np, name)(values(np, (3, 4), dtype), out=out, **options) is out, out

    rtol = 1e-5 if to == "d" else 2e-2
    for dtype in "bfd":
        for shape, options in OUTPUTS:
            check_told(lambda np, t=dtype, s=shape, o=options: program(np, t, s, o), rtol)


def test_degrees_of_freedom_by_either_name():
    check(lambda np: np.var(values(np, (3, 4), "d"), correction=1))
    check(lambda np: np.std(values(np, (3, 4), "d"), 0, correction=2))
    check(lambda np: np.var(values(np, (3, 4), "d"), ddof=1, correction=1))
    check(lambda np: values(np, (3, 4), "d").var(correction=1), 0)


def test_half_precision_overflows_as_in_numpy():
    check(lambda np: np.var(np.asarray(numpy.array([300, -300], "e"))))
    check(lambda np: np.mean(np.asarray(numpy.full(1000, 60000, "e"))))


@pytest.mark.parametrize("name", ["mean", "var", "std"])
def test_moment_of_what_is_no_array(name):
    for a in ([1, 2, 4], 3, 2.5, numpy.float32(1), [[1.0, 2], [3, 5]], []):
        check_told(lambda np, a=a: getattr(np, name)(a), 1e-15)


# -- averages -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "?blefdD")
def test_average_equals_numpy(dtype):
    for shape in [(3, 4), (2, 3, 2), (5,), (2, 0), ()]:
        for options in [*OPTIONS, {"axis": (1, 0)}, {"returned": True},
                        {"axis": 0, "returned": True}]:  # fmt: skip

            def program(np, shape=shape, options=options):
                return np.average(values(np, shape, dtype), **options)

            check_told(program, RTOL.get(dtype, 1e-12))


@pytest.mark.parametrize("dtype", "?bfdD")
@pytest.mark.parametrize("kind", "?bfd")
def test_average_by_weights(dtype, kind):
    def program(np, lengths, options):
        weights = np.asarray((numpy.arange(int(numpy.prod(lengths))) + 1).reshape(lengths))
        weights = weights.astype(kind)
        return np.average(values(np, (2, 3, 4), dtype), weights=weights, **options)

    for lengths, options in [
        ((2, 3, 4), {}),
        ((2, 3, 4), {"axis": 1}),
        ((2, 3, 4), {"axis": (0, 2), "keepdims": True, "returned": True}),
        ((2, 3, 4), {"keepdims": True}),
        ((3,), {"axis": 1, "returned": True}),
        ((3,), {"axis": -2}),
        ((4, 2), {"axis": (2, 0), "returned": True}),
        ((3,), {}),
        ((3,), {"axis": 0}),
        ((2, 3), {"axis": (1, 0)}),
        ((2, 3, 4), {"axis": 7}),
    ]:
        check_told(lambda np, n=lengths, o=options: program(np, n, o), 1e-5)


def test_weights_that_sum_to_zero_raise_at_the_call():
    check(lambda np: np.average(values(np, (3, 4), "d"), weights=np.zeros((3, 4))))
    check(lambda np: np.average(values(np, (3, 4), "d"), axis=0, weights=[1, -1, 0]))


def test_average_of_lists():
    check(lambda np: np.average([1, 2, 4], weights=[3, 1, 0]))
    check(lambda np: np.average([[1, 2], [3, 4]], axis=1, weights=[1, 3], returned=True))


# -- ranges and running totals --------------------------------------------------------------------


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "bBlefdFD")
def test_range_equals_numpy(dtype):
    for shape in SHAPES:
        for options in OPTIONS:
            check_told(lambda np, s=shape, o=options: np.ptp(values(np, s, dtype), **o))
    check_told(lambda np: np.ptp(np.asarray(numpy.array([-100, 100], "b"))))


def test_range_into_an_output():
    for to, shape in [("d", (4,)), ("f", (4,)), ("d", (3,))]:

        def program(np, to=to, shape=shape):
            out = np.ones(shape, to)
            return np.ptp(values(np, (3, 4), "d"), axis=0, out=out) is out, out

        check_told(program)


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "?bBlefdFD")
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_running_total_has_the_bits_of_numpys(name, dtype):
    for shape in SHAPES:
        for axis in (None, 0, -1, 5):

            def program(np, shape=shape, axis=axis):
                a = values(np, shape, dtype) / np.asarray(3, dtype) if dtype in "efd" else (
                    values(np, shape, dtype))  # fmt: skip
                return getattr(np, name)(a, axis=axis), getattr(a, name)(axis)

            check(program)


@pytest.mark.parametrize("to", "bhilefd")
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_running_total_in_a_type(name, to):
    for dtype in "?blfd":
        check(lambda np, t=dtype: getattr(np, name)(values(np, (40,), t), dtype=to))


@pytest.mark.parametrize("to", "blfd")
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_running_total_into_an_output(name, to):
    def program(np, dtype, shape, axis):
        out = np.ones(shape, to)
        a = values(np, (3, 4), dtype) + np.asarray(0.1, dtype)
        return getattr(np, name)(a, axis, out=out) is out, out

    for dtype in "bfd":
        for shape, axis in [((12,), None), ((3, 4), 1), ((4, 3), 0)]:
            check(lambda np, t=dtype, s=shape, x=axis: program(np, t, s, x))


# -- types of plain sums --------------------------------------------------------------------------


@pytest.mark.parametrize("to", "bBhilefd")
@pytest.mark.parametrize("name", ["sum", "prod"])
def test_sum_in_a_type(name, to):
    for dtype in "?bl":
        check(lambda np, t=dtype: getattr(np, name)(values(np, (40,), t), dtype=to))
        check(lambda np, t=dtype: getattr(np, name)(values(np, (4, 10), t), axis=0, dtype=to))


def test_place_over_everything_keeps_the_axes():
    check(lambda np: np.argmax(values(np, (3, 4), "d"), keepdims=True))
    check(lambda np: values(np, (2, 3, 2), "d").argmin(keepdims=True))


# -- laziness -------------------------------------------------------------------------------------


def looks(program):
    stook.sync()
    before = stook.counters()["flushes"]
    kept = program()
    after = stook.counters()["flushes"]
    del kept
    return after - before


def test_statistics_over_an_axis_are_no_look():
    a = stook.arange(200_000.0).reshape(500, 400)
    assert looks(lambda: stook.mean(a, 1, where=a > 7)) == 0
    assert looks(lambda: stook.var(a, 0, where=a > 7)) == 0
    assert looks(lambda: stook.std(a, 0, ddof=1)) == 0
    assert looks(lambda: stook.ptp(a, axis=1)) == 0
    assert looks(lambda: stook.cumsum(a, axis=1)) == 0
    assert looks(lambda: stook.mean(a, 1, out=stook.zeros(500))) == 0


def test_full_statistics_are_one_look():
    a = stook.arange(200_000.0).reshape(500, 400)
    assert looks(lambda: stook.mean(a, where=a > 7)) == 1
    assert looks(lambda: stook.var(a, where=a > 7)) == 1
    assert looks(lambda: stook.std(a)) == 1
    assert looks(lambda: stook.ptp(a)) == 1
    assert looks(lambda: stook.average(a, weights=a)) == 1
