"""Arrays with more elements around them."""

import itertools

import numpy
import pytest
import stook
from compare import check, check_told
from held import within

EXACT = ["constant", "edge", "maximum", "minimum", "reflect", "symmetric", "wrap", "linear_ramp"]
WIDTHS = [0, 1, 3, (2, 1), (0, 4), 9, (13, 0), (7, 22)]


@pytest.mark.parametrize("mode", EXACT)
@pytest.mark.parametrize("width", WIDTHS, ids=str)
def test_vectors(mode, width):
    for n, dtype in itertools.product([1, 2, 3, 5], "ldB"):
        names = {"n": n, "dtype": dtype, "width": width, "mode": mode}
        within("np.pad(np.arange(n).astype(dtype) ** 2, width, mode)", lambda _, n=names: n)


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
@pytest.mark.parametrize("width", WIDTHS, ids=str)
def test_mirrors_through_the_edge(mode, width):
    for n, dtype in itertools.product([1, 2, 3, 5], "ldb"):
        names = {"n": n, "dtype": dtype, "width": width, "mode": mode}
        call = "np.pad(np.arange(n).astype(dtype) ** 2, width, mode, reflect_type='odd')"
        within(call, lambda _, n=names: n)


@pytest.mark.parametrize("mode", [*EXACT, "mean"])
@pytest.mark.parametrize("array", ["a", "a.T", "a[::2, ::-1]", "c", "np.asfortranarray(c)", "x"])
def test_more_axes(mode, array):
    widths = {
        "a": [2, (1, 0), ((0, 1), (5, 2)), {0: 2}, {1: (1, 3)}],
        "c": [1, ((1, 2), (0, 0), (4, 3))],
    }
    for width in widths.get(array[0], [1]):
        within(f"np.pad({array}, {width}, {mode!r})", names, 1e-15)


CALLS = """
np.pad(v, 2)
np.pad(v, (2, 3))
np.pad(v, [[2, 3]])
np.pad(v, np.array([2, 3]))
np.pad(v, 2, constant_values=7)
np.pad(v, 2, "constant", constant_values=(1, 2))
np.pad(a, 1, constant_values=((1, 2), (3, 4)))
np.pad(a, ((1, 2),), constant_values=((1, 2),))
np.pad(a, ((1,), (2,)), constant_values=((1,), (2,)))
np.pad(i, 2, constant_values=2.7)
np.pad(i, 2, constant_values=numpy.nan)
np.pad(i.astype("b"), 2, constant_values=300)
np.pad(i.astype("b"), 2, constant_values=((300, 1),))
np.pad(v > 2, 1, constant_values=True)
np.pad(v * 1j, 1, constant_values=2j)
np.pad(v[:0], 2)
np.pad(v[:0], 2, "edge")
np.pad(v[:0], 0, "edge")
np.pad(a[:0], ((0, 0), (1, 1)), "edge")
np.pad(a[:, :0], 1, constant_values=3)
np.pad(3, ())
np.pad(3.0, 1)
np.pad([1, 2], 1)
np.pad([[1, 2], [3, 4.5]], 1, "edge")
np.pad(v, 2, "linear_ramp", end_values=9)
np.pad(a, 2, "linear_ramp", end_values=((1, 2), (3, 4)))
np.pad(i, 3, "linear_ramp", end_values=-7)
np.pad(v.astype("f"), 3, "linear_ramp", end_values=(1, 2))
np.pad(v, 2, "maximum", stat_length=2)
np.pad(v, 0, "maximum", stat_length=0)
np.pad(v, 0, "minimum", stat_length=(1, 0))
np.pad(v, 2, "minimum", stat_length=(2, 1))
np.pad(a, 2, "mean", stat_length=((2, 1), (1, 3)))
np.pad(i, 2, "mean", stat_length=2)
np.pad(i, 2, "mean", stat_length=(3, 99))
np.pad(v, 2, "maximum", stat_length=0)
np.pad(v, 2, "mean", stat_length=-1)
np.pad(v > 2, 2, "maximum")
np.pad(i + (2**62 + 1), 2, "maximum")
np.pad(v * 1j, 2, "mean")
np.pad(v, 2, "reflect", reflect_type="even")
np.pad(a, 2, "symmetric", reflect_type="odd")
np.pad(v, 2, "reflect", reflect_type="no")
np.pad(v, -1)
np.pad(v, (1, -1))
np.pad(v, 1.5)
np.pad(v, (1, 2, 3))
np.pad(a, ((1, 2), (3, 4), (5, 6)))
np.pad(v, 1, "no")
np.pad(v, 1, "edge", constant_values=2)
np.pad(v, 1, constant_value=2)
np.pad(v, {0: 1, 5: 2})
np.pad(v, {-1: (1, 2)})
np.pad(v, "a")
np.pad(v, True)
"""


def names(np):
    a = np.arange(12.0).reshape(3, 4) * 5 % 7
    c = np.arange(12.0).reshape(2, 2, 3)
    x = np.arange(24.0).reshape(1, 2, 3, 4)
    return {"a": a, "v": np.arange(5.0), "i": np.arange(12) % 5, "c": c, "x": x, "numpy": numpy}


@pytest.mark.parametrize("expression", CALLS.strip().split("\n"))
def test_arguments(expression):
    within(expression, names, 1e-15)


def test_empty_padding_leaves_the_inside():
    check(lambda np: np.pad(np.ones((2, 3)), 2, "empty")[2:-2, 2:-2])
    check(lambda np: np.pad(np.ones((2, 3)), 2, "empty").shape)


def test_what_numpy_alone_pads():
    def program(np):
        def write(vector, widths, axis, options):
            vector[: widths[0]] = options["value"]

        median = np.pad(np.arange(6.0), 2, "median", stat_length=3)
        return median, np.pad(np.ones((2, 2)), 1, write, value=7)

    check_told(program)
    check(lambda np: np.pad(numpy.array(["a", "b"]), 1, "edge"))


def test_padding_waits_with_what_uses_it():
    a = stook.ones((300, 300))
    stook.sync()
    before = stook.counters()["flushes"]
    made = stook.pad(a + 1, 1, "reflect")[1:-1] * 2
    assert stook.counters()["flushes"] == before
    assert numpy.asarray(made).shape == (300, 302)
