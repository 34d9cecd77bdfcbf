"""Functions of the caller's applied along axes or to parts, and choices by number."""

import numpy
import pytest
import stook
from compare import check, check_told
from held import within
from stook import _fallback

ALONG = """
np.apply_along_axis(np.sum, 0, a)
np.apply_along_axis(np.sum, 1, a)
np.apply_along_axis(np.cumsum, 0, a)
np.apply_along_axis(lambda row: row[::-1], 1, a)
np.apply_along_axis(lambda row: row[:2], -1, a.T)
np.apply_along_axis(np.diag, -1, a)
np.apply_along_axis(np.diag, 0, a)
np.apply_along_axis(lambda row: row * 2, 0, c)
np.apply_along_axis(lambda row: row[:1], 1, c)
np.apply_along_axis(lambda row: np.outer(row, row), 1, c)
np.apply_along_axis(lambda row: 3, 0, a)
np.apply_along_axis(lambda row: [1, 2.5], 0, a)
np.apply_along_axis(lambda row: len(row) > 3, 0, a)
np.apply_along_axis(lambda row, k, m=0: row.sum() * k + m, 1, a, 2, m=1)
np.apply_along_axis(np.sum, 0, v)
np.apply_along_axis(np.cumsum, 0, v)
np.apply_along_axis(lambda row: row.sum() if row[0] else int(row.sum()), 1, a)
np.apply_along_axis(lambda row: int(row[0]) if row[0] == 0 else row[0] + 0.5, 1, a)
np.apply_along_axis(np.sum, 0, [[1, 2], [3, 4]])
np.apply_along_axis(np.sum, 2, a)
np.apply_along_axis(np.sum, 0, a[:, :0])
np.apply_along_axis(np.sum, 0, a[:0])
np.apply_along_axis(np.sum, 0, 3)
np.apply_over_axes(np.sum, c, [0, 2])
np.apply_over_axes(np.sum, c, 0)
np.apply_over_axes(np.sum, c, -1)
np.apply_over_axes(np.sum, c, (0, -1))
np.apply_over_axes(np.cumsum, c, [0, 1])
np.apply_over_axes(np.sum, c, np.array([0, 2]))
np.apply_over_axes(lambda x, axis: x.sum(), c, [0, 1])
np.apply_over_axes(np.sum, c, [])
np.apply_over_axes(np.sum, c, 5)
"""

PIECES = """
np.piecewise(v, [v < 2, v >= 2], [-1, 1])
np.piecewise(v, [v < 2], [-1, 1])
np.piecewise(v, [v < 2], [-1])
np.piecewise(v, v < 2, [-1, 1])
np.piecewise(v, [v < 2, v > 3], [lambda x: -x, lambda x: x * 10])
np.piecewise(v, [v < 2, v > 3], [lambda x: -x, lambda x: x * 10, lambda x: x + 100])
np.piecewise(v, [v < 3, v > 1], [1, 2])
np.piecewise(i, [i < 2], [0.7, lambda x: x * 1.5])
np.piecewise(a, [a < 2, a > 4], [1, 2, 3])
np.piecewise(a.T, [a.T < 2], [lambda x: x + 1, 0])
np.piecewise(a, [[True, False, True]], [7])
np.piecewise(v, [[True, False, True, False, True]], [7, 8])
np.piecewise(v, [True, False, True, False, True], [7, 8])
np.piecewise(v, [v < 0], [lambda x: 1 / 0, 5])
np.piecewise(v, [v < 2], [lambda x, k, m=0: x * k + m, 0], 3, m=1)
np.piecewise(v, numpy.array([1, 0, 1, 0, 1]), [7, 8])
np.piecewise(v, np.stack([v < 2, v > 3]), [1, 2, 3])
np.piecewise([1.0, 2.0], [[True, False]], [9])
np.piecewise(v, [v < 2, v > 3], [1])
np.piecewise(v, [v < 2], [1, 2, 3])
np.piecewise(v[:0], [v[:0] < 2], [1, 2])
np.piecewise(3.0, [True], [lambda x: x * 2])
np.piecewise(3.0, True, [lambda x: x * 2])
np.piecewise(np.array(3.0), [False], [1, 2])
np.piecewise(3, [False, True], [1, lambda x: x.shape[0] * 10, 3])
np.piecewise(v * 1j, [v < 2], [1, 2j])
"""

CHOICES = """
np.choose([0, 1, 0], [[1, 2, 3], 9])
np.choose([0, 1, 2, 0], [v[:4], v[1:], 7])
np.choose(i % 3, [i, i * 10, i * 100])
np.choose(i % 3, [10, 20, 30])
np.choose(i % 3, [10, 20, 30.5])
np.choose(i % 3, np.array([10, 20, 30]))
np.choose(i.reshape(3, 4) % 2, a[None].repeat(2, 0))
np.choose([[0], [1]], [[1, 2], [3, 4]])
np.choose([0, 1], [v.reshape(5, 1), -v.reshape(5, 1)])
np.choose(0, [v, i[:5]])
np.choose(1, [2, 3])
np.choose(np.array(1), [2, 3.5])
np.choose(v > 2, [v, -v])
np.choose([0, 1], [np.ones(2, "f"), 2.5])
np.choose([0, 1], [numpy.int8(1), 300])
np.choose([0], [v])
np.choose([5, -1, 0], [1, 2], mode="wrap")
np.choose([5, -1, 0], [1, 2], mode="clip")
np.choose([5, -1, 0], [[1, 2, 3], 2], mode="clip")
np.choose([5], [1, 2])
np.choose([-1], [1, 2])
np.choose([0], [1, 2], mode="no")
np.choose(i[:0], [1, 2])
np.choose(i.astype("B") % 2, [1, 2])
np.choose(i.astype("Q") % 2, [1, 2])
np.choose([0, 1.0], [1, 2])
np.choose([], [1, 2])
np.choose([0], [])
np.choose([0, 1], [[1, 2, 3], 4])
np.choose([0, 1], [1, 2], out=np.zeros(2))
np.choose([0, 1], [1, 2], np.zeros(2, "h"))
np.choose((a.T > 3), [a.T, -a.T])
np.choose([0] * 9, range(63))
np.choose([0] * 9, range(64))
np.zeros((1,) * 32, int).choose([np.ones((1,) * 32)])
np.zeros((1,) * 33, int).choose([np.ones((1,) * 33)])
i.choose([v[0], 1, 2, 3, 4])
(v > 2).choose([v, -v])
(v > 2).choose([v, -v], out=np.empty(5))
(i % 7).choose([1, 2], mode="wrap")
"""


def names(np):
    a = np.arange(12.0).reshape(3, 4) * 5 % 7
    c = a.reshape(3, 2, 2)[:2]
    return {"a": a, "v": np.arange(5.0), "i": np.arange(12) % 5, "c": c, "numpy": numpy}


@pytest.mark.parametrize("expression", ALONG.strip().split("\n"))
def test_functions_along_axes(expression):
    within(expression, names)


@pytest.mark.parametrize("expression", PIECES.strip().split("\n"))
def test_functions_of_parts(expression):
    within(expression, names)


@pytest.mark.parametrize("expression", CHOICES.strip().split("\n"))
def test_choices(expression):
    within(expression, names)


@pytest.mark.parametrize("dtype", "?bBhHiIlLefdFD")
def test_every_type(dtype):
    def program(np):
        a = np.asarray(numpy.arange(6).reshape(2, 3).astype(dtype))
        return (
            np.choose([0, 1, 0], [a[0], a]), np.apply_along_axis(lambda row: row[:2], 1, a),
            np.piecewise(a, [a > 2], [1, lambda x: x]),
        )  # fmt: skip

    check_told(program)


def test_views_are_handed_to_the_function():
    def program(np):
        def clear(row):
            row[0] = 0
            return row.sum()

        a = np.ones((3, 4))
        return np.apply_along_axis(clear, 1, a), a

    check(program)


def failing(calls):
    def fails(*arguments):
        calls.append(len(arguments))
        raise ValueError("of the user's")

    return fails


def test_a_function_that_fails_runs_once():
    calls = []
    a = stook.ones((3, 4))
    for call in (
        lambda f: stook.apply_along_axis(f, 0, a),
        lambda f: stook.apply_over_axes(f, a, [0]),
        lambda f: stook.piecewise(a, [a > 0], [f]),
    ):
        with pytest.raises(ValueError, match="of the user's"):
            call(failing(calls))
    assert calls == [1, 2, 1]


def test_what_numpy_alone_knows():
    before = _fallback.calls.copy()
    check(lambda np: np.apply_along_axis(lambda row: row[0], 0, numpy.array([["a"], ["b"]])))
    check(lambda np: np.apply_along_axis(lambda row: "ab", 0, np.ones((2, 3))))
    check(lambda np: np.choose([0, 1], ["a", "b"]))
    assert _fallback.calls != before
    check(lambda np: np.piecewise(np.ones(3), [[True, False]], [1]))
    check(lambda np: np.piecewise(np.ones(3), [np.ones(3) < 2], [lambda x: [1, 2]]))
