"""Arrays with parts left out, put in, put together, or repeated until they fill a shape."""

import numpy
import pytest
import stook
from compare import check, check_told
from held import within

LEFT_OUT = """
np.delete(v, 1)
np.delete(v, -1)
np.delete(v, numpy.int8(2))
np.delete(v, [0, 2])
np.delete(v, [0, 0, -1])
np.delete(v, [3])
np.delete(v, [[3, 1], [0, 0]])
np.delete(v, np.array([1, 3]))
np.delete(v, np.array([1, 3], "B"))
np.delete(v, numpy.array([1, 3]))
np.delete(v, np.array(3))
np.delete(v, v > 2)
np.delete(v, [True, False, True, False, False])
np.delete(v, [True, False])
np.delete(v, True)
np.delete(v, [])
np.delete(v, ())
np.delete(v, np.array([]))
np.delete(v, numpy.array([]))
np.delete(v, slice(1, 3))
np.delete(v, slice(None, None, 2))
np.delete(v, slice(None, None, -2))
np.delete(v, slice(3, 1, -1))
np.delete(v, slice(3, 1))
np.delete(v, slice(None))
np.delete(v, 5)
np.delete(v, -6)
np.delete(v, [5])
np.delete(v, 1.0)
np.delete(v, [1.0])
np.delete(v, None)
np.delete(a, 1)
np.delete(a, 1, 0)
np.delete(a, 1, 1)
np.delete(a, -1, -1)
np.delete(a, [0, 2], 1)
np.delete(a, slice(0, 3, 2), 1)
np.delete(a, slice(0, 2), 0)
np.delete(a.T, 1, 0)
np.delete(a.T, 1, 1)
np.delete(a.T, [0, 2], 0)
np.delete(a.T, slice(0, 3, 2), 0)
np.delete(a.T, slice(2, 2), 0)
np.delete(a[::2, ::-1], 1, 1)
np.delete(c, 1, 2)
np.delete(c, [0, 1], 1)
np.delete(a, 1, 2)
np.delete(3, 0)
np.delete([1, 2, 3], 1)
np.delete(i > 2, 1)
"""

PUT_IN = """
np.insert(v, 1, 9)
np.insert(v, -1, 9)
np.insert(v, 5, 9)
np.insert(v, 1, [8, 9])
np.insert(v, [1], [8, 9])
np.insert(v, [1, 3], 9)
np.insert(v, [1, 3], [8, 9])
np.insert(v, [3, 1], [8, 9])
np.insert(v, [1, 1, -1], [7, 8, 9])
np.insert(v, np.array([1, 3]), np.array([8, 9]))
np.insert(v, np.array(2), 9)
np.insert(v, v > 2, 9)
np.insert(v, numpy.array([False, False, True, False, False]), 9)
np.insert(v, slice(1, 4), 9)
np.insert(v, slice(None, None, 2), [7, 8, 9])
np.insert(v, slice(1, 2), [7])
np.insert(v, [], [])
np.insert(v, [], 9)
np.insert(v, 6, 9)
np.insert(v, -7, 9)
np.insert(v, [1, 9], 9)
np.insert(v, 1.0, 9)
np.insert(v, [1.0, 2.0], 9)
np.insert(v, [[1, 2]], 9)
np.insert(i, 1, 2.7)
np.insert(i, [1, 2], [2.7, 3.9])
np.insert(i.astype("b"), 1, 100)
np.insert(a, 1, 9)
np.insert(a, 1, 9, 0)
np.insert(a, 1, 9, axis=1)
np.insert(a, 1, [7, 8, 9], axis=1)
np.insert(a, [1], [7, 8, 9], axis=1)
np.insert(a, [1], [[7], [8], [9]], axis=1)
np.insert(a, 1, [[7, 8, 9]], axis=1)
np.insert(a, 1, [[7, 8, 9], [1, 2, 3]], axis=1)
np.insert(a, 1, [6, 7, 8, 9], 0)
np.insert(a, [0, 2], 9, 1)
np.insert(a, [0, 2], [[1, 2]], 1)
np.insert(a, slice(0, 2), 9, 0)
np.insert(a.T, 1, 9, 0)
np.insert(a.T, [0, 2], 9, 0)
np.insert(a.T, 1, [7, 8, 9], 0)
np.insert(c, 1, [[1, 2], [3, 4]], 1)
np.insert(c, 1, [[1, 2], [3, 4]], 2)
np.insert(c, [0, 1], 5, 2)
np.insert(a, 1, [7, 8], 1)
np.insert(a, 1, 9, 2)
np.insert([1, 2], 1, 5)
np.insert(3, 0, 4)
np.insert(v, 1, 1j)
np.insert(v > 2, 1, 5)
"""

TRIMMED = """
np.trim_zeros([0, 0, 1, 2, 0])
np.trim_zeros((0, 0, 1, 2, 0), "f")
np.trim_zeros(z)
np.trim_zeros(z, "f")
np.trim_zeros(z, "B")
np.trim_zeros(z, "bf")
np.trim_zeros(z, "x")
np.trim_zeros(z, "")
np.trim_zeros(z * 0)
np.trim_zeros(z[:0])
np.trim_zeros(z * 0, "f")
np.trim_zeros(y)
np.trim_zeros(y, "f")
np.trim_zeros(y, axis=0)
np.trim_zeros(y, axis=-1)
np.trim_zeros(y, "b", axis=(0, 1))
np.trim_zeros(y, axis=(0, 0))
np.trim_zeros(y, axis=2)
np.trim_zeros(y * 0, axis=1)
np.trim_zeros(y.T)
np.trim_zeros(y > 0)
np.trim_zeros(np.array(3))
np.trim_zeros(z, axis=())
"""

TOGETHER = """
np.block([v, v])
np.block([[a, a], [a, a]])
np.block([[a], [v[:4]]])
np.block([[np.eye(2), np.zeros((2, 3))], [np.ones((3, 2)), np.eye(3)]])
np.block([[np.eye(2), 0 * np.ones((2, 1))], [[1, 2], 3]])
np.block([1, 2, 3])
np.block([i, v])
np.block([[[c, c], [c, c]], [[c, c], [c, c]]])
np.block([[c, c]])
np.block([[[v, v]]])
np.block(a)
np.block(a.T)
np.block(3)
np.block([[1]])
np.block([[a.T, a.T]])
np.block([[a.T], [a.T]])
np.block([[a.T, a[:, :3].T.copy()]])
np.block([[a, a.T]])
np.block([[a, a], [a]])
np.block([[a, a], a])
np.block([])
np.block([[]])
np.block([[a], []])
np.block((a, a))
np.block([(a, a)])
np.block([a[:0], a])
np.block([True, 2])
np.vstack([v, v])
np.resize(v, (2, 4))
np.resize(v, (2, 2))
np.resize(v, 12)
np.resize(v, 5)
np.resize(v, numpy.int8(3))
np.resize(a, (5, 3))
np.resize(a.T, (5, 3))
np.resize(a.T, [4, 3])
np.resize(v, (0, 3))
np.resize(v, ())
np.resize(v[:0], (2, 3))
np.resize(3, (2, 2))
np.resize([1, 2, 3], (2, -1))
np.resize(v, (-2, -3))
np.resize(v, 2.5)
np.resize(i > 2, 30)
np.broadcast_shapes((3, 1), (1, 4))
np.broadcast_shapes((3, 1), 4)
np.broadcast_shapes()
np.broadcast_shapes((), (2,))
np.broadcast_shapes((0,), (1,))
np.broadcast_shapes((2, 1), (0,))
np.broadcast_shapes([2, 1], numpy.int8(3))
np.broadcast_shapes((0,), (2,))
np.broadcast_shapes((3,), (4,))
np.broadcast_shapes((-1,), (4,))
np.broadcast_shapes((1.5,), (4,))
np.broadcast_shapes(*[(1, 2)] * 70, (3, 1))
np.astype(v, int)
np.astype(a.T, "f")
np.astype(v, float) is v
np.astype(v, float, copy=False) is v
np.astype(numpy.float64(3.7), int)
np.astype(v, int, device="cpu")
np.astype(v, int, device="gpu")
np.astype([1, 2], int)
np.astype(v, "no")
"""

UNWRAPPED = """
np.unwrap(w)
np.unwrap(w * 3)
np.unwrap(-w)
np.unwrap([0, 3, 1, 4], period=4)
np.unwrap([0, 3, 1, 4], period=4.0)
np.unwrap([0, 3, 6, 2, 5], period=7)
np.unwrap([2, 3, 4, 5, 2, 3, 4, 5], period=4)
np.unwrap([1, 2, 3, 4, 5, 6, 1, 2, 3], period=6)
np.unwrap(w, 4)
np.unwrap(w, 1)
np.unwrap(w, discont=numpy.float64(5))
np.unwrap(w.reshape(3, 4))
np.unwrap(w.reshape(3, 4), axis=0)
np.unwrap(w.reshape(3, 4).T, axis=0)
np.unwrap(w.astype("f"))
np.unwrap(i)
np.unwrap(i.astype("b"), period=3)
np.unwrap(i > 2)
np.unwrap(w[:1])
np.unwrap(w[:0])
np.unwrap(3.0)
np.unwrap(w, axis=1)
np.unwrap([0.0, numpy.nan, 7.0, 14])
np.unwrap([0, numpy.pi, 0, -numpy.pi, 0])
"""


def names(np):
    a = np.arange(12.0).reshape(3, 4) * 5 % 7
    z = np.array([0.0, 0, 3, 0, 4, 0])
    y = np.zeros((4, 5))
    y[1, 2] = y[2, 1] = 1
    return {
        "a": a, "v": np.arange(5.0), "i": np.arange(12) % 5, "c": a.reshape(3, 2, 2)[:2],
        "z": z, "y": y, "w": np.arange(12.0) * 17 % 7, "numpy": numpy,
    }  # fmt: skip


@pytest.mark.parametrize(
    "expression",
    [line for text in (LEFT_OUT, PUT_IN, TRIMMED, TOGETHER) for line in text.strip().split("\n")],
)
def test_values(expression):
    within(expression, names)


@pytest.mark.parametrize("expression", UNWRAPPED.strip().split("\n"))
def test_phases(expression):
    within(expression, names, 1e-6 if '"f"' in expression else 1e-13)


@pytest.mark.parametrize("dtype", "?bBhHiIlLefdFD")
def test_every_type(dtype):
    def program(np):
        a = numpy.arange(6).reshape(2, 3).astype(dtype)
        a = np.asarray(a)
        return (
            np.delete(a, 1, 1), np.insert(a, 1, 1, 0), np.insert(a, [0, 2], 2, 1), np.resize(a, 8),
            np.block([[a, a]]), np.trim_zeros(a), np.delete(a, [0], 0), np.astype(a, "d"),
        )  # fmt: skip

    check_told(program)


def test_large_blocks_lie_as_numpys():
    def program(np):
        a = np.ones((600, 500)).T
        made = np.block([[a, a], [a, a]])
        return made.flags.f_contiguous, made.flags.c_contiguous, made.sum()

    check(program)


def test_blocks_take_their_type_list_by_list():
    def program(np):
        a = np.ones((1, 1), "B")
        return np.block([[a, a.astype("b")], [a.astype("e"), a.astype("b")]])

    check(program)


def test_values_that_do_not_fit_are_refused():
    check(lambda np: np.insert(np.ones(3, "B"), [0, 1], -5))
    check(lambda np: np.insert(np.ones(3, "B"), 0, 300))
    check(lambda np: np.insert(np.ones(3, "B"), [0, 1], [300, 1]))
    check(lambda np: np.insert(np.ones((2, 1, 2)), [], [3, 4], 0))
    check_told(lambda np: np.insert(np.ones(3), 1, np.ones(2) * 1j))


def test_many_places_at_once():
    def program(np):
        places = numpy.random.default_rng(5).integers(0, 3000, 2000)
        a = np.arange(3000.0)
        return np.delete(a, places), np.insert(a, places, -np.arange(2000.0))

    check(program)


def test_an_old_name_warns():
    with pytest.warns(DeprecationWarning, match="row_stack") as told:
        made = stook.row_stack([[1], [2]])
    assert told[0].filename == __file__
    assert numpy.array_equal(made, [[1], [2]])


def test_parts_are_copies():
    def program(np):
        a = np.arange(6.0)
        made = np.delete(a, []), np.delete(a, slice(2, 2)), np.resize(a, 6), np.block(a)
        for part in made:
            part[0] = 9
        return a, made

    check(program)


def test_what_numpy_alone_knows():
    check(lambda np: np.delete(numpy.array(["a", "b"]), 0))
    check(lambda np: np.block([numpy.array(["a"]), numpy.array(["b"])]))
    check(lambda np: np.insert(numpy.array([1, None]), 0, 3))
    check(lambda np: np.insert(np.ones(3), [1, 2], [7, 8, 9]))
    check(lambda np: np.insert(np.ones(3), [], [7, 8, 9]))
    check(lambda np: np.unwrap(np.ones(3) * 1j))
    check(lambda np: np.unwrap(np.ones(3, "B"), period=4))


@pytest.mark.parametrize("dtype", ["?", "f2", "i4", "f8", "c16"])
@pytest.mark.parametrize("times", [0, 1, 3, -1, 2.5])
def test_few_elements_repeated_taken_and_put(dtype, times):
    """By method and by function; strided, of two axes, and with places out of bounds."""
    values, places = numpy.arange(20).astype(dtype), numpy.array([3, -1, 3])

    def run(np):
        a, index, given = np.array(values), np.array(places), np.array(values[:3])
        a[::2].put(index, given)
        np.put(a, index, given)
        b = a.reshape(4, 5)
        mask = np.array(values[::-1] > 7)
        return (
            a, a.repeat(times), b.repeat(times), np.repeat(b, times, 0), a[::2].take(index),
            b.take(index), a.compress(mask),
        )  # fmt: skip

    check(run)
    check(lambda np: np.array(values).put(np.array([50]), np.array(values[:1])))
    check(lambda np: np.array(values).take(np.array([2, 50])))
