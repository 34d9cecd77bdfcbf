"""Places in arrays: grids, diagonals, triangles, flat places and coordinates."""

import numpy
import pytest
import stook
from compare import check
from held import within
from stook import _fallback

PLACES = """
np.ix_([0, 2], [1, 3])
np.ix_(i[:2], i[:3], [1])
np.ix_([True, False, True], i[:2])
np.ix_(a[0] > 2, [])
np.ix_([], np.empty(0))
np.ix_(v)
np.ix_()
a[np.ix_([0, 2], [1, 3])]
np.ix_(a)
np.ix_(3)
np.indices((2, 3))
np.indices([2, 3], dtype="f")
np.indices((2, 3, 1), sparse=True)
np.indices((0, 2))
np.indices(())
np.indices(3)
np.indices((2.5, 3))
np.indices((-1, 3))
np.diag_indices(3)
np.diag_indices(3, 3)
np.diag_indices(3.0)
np.diag_indices(3, 0)
np.diag_indices_from(c)
np.diag_indices_from(a)
np.diag_indices_from(v)
np.tril_indices(3)
np.tril_indices(3, 1, 5)
np.tril_indices(4, -1, m=2)
np.tril_indices(-2)
np.tril_indices(3.0, 1.5)
np.triu_indices(3)
np.triu_indices(3, -1, 5)
np.triu_indices(4, 1, m=2)
np.triu_indices(0)
np.tril_indices_from(a)
np.tril_indices_from(a.T, 1)
np.tril_indices_from(v)
np.triu_indices_from(a, k=-1)
np.triu_indices_from(c)
"""

FLAT = """
np.mask_indices(3, np.triu)
np.mask_indices(3, np.tril, -1)
np.mask_indices(2, lambda m, k: m - k, 1)
np.unravel_index(5, (2, 3))
np.unravel_index(np.int8(5), (2, 3), "F")
np.unravel_index(np.array(5), (2, 3))
np.unravel_index(np.argmax(a), a.shape)
np.unravel_index(True, [2, 3])
np.unravel_index(5, np.array([2, 3]))
np.unravel_index(5, 10)
np.unravel_index(0, ())
np.unravel_index([0, 0], ())
np.unravel_index([1, 5], (2, 3))
np.unravel_index(i, (2, 3), order="F")
np.unravel_index(i.reshape(3, 4).T, (2, 1, 3))
np.unravel_index(i.astype("B"), (5, 4))
np.unravel_index(i.astype("Q"), (5, 4))
np.unravel_index([True, False], (5, 4))
np.unravel_index(i[:0], (5, 4))
np.unravel_index(i[:0], (0, 4))
np.unravel_index([], (5, 4))
np.unravel_index(v, (5, 4))
np.unravel_index(6, (2, 3))
np.unravel_index([1, 6], (2, 3))
np.unravel_index(-1, (2, 3))
np.unravel_index(-i, (2, 3))
np.unravel_index(0, (0, 3))
np.unravel_index(1, (2.0, 3))
np.unravel_index(1, (2, -3))
np.unravel_index(1, (2**40, 2**40))
np.unravel_index(1, (2, 3), "X")
np.unravel_index(1.5, (2, 3))
np.ravel_multi_index((1, 2), (2, 3))
np.ravel_multi_index([1, 2], np.array([2, 3]), order="F")
np.ravel_multi_index(([1], 2), (2, 3))
np.ravel_multi_index(([0, 1], [1, 2], [1, 0]), (2, 3, 4))
np.ravel_multi_index(([0, 1], [1, 2], [1, 0]), (2, 3, 4), order="F")
np.ravel_multi_index(([[1], [0]], [0, 1]), (2, 3))
np.ravel_multi_index(np.array([[1, 0], [2, 2]]), (2, 3))
np.ravel_multi_index((i, i), (5, 6))
np.ravel_multi_index((i, -i), (5, 6))
np.ravel_multi_index((i, -i), (3, 2), mode="wrap")
np.ravel_multi_index((i, -i), (3, 2), mode="clip")
np.ravel_multi_index((7, -7), (3, 2), mode="clip")
np.ravel_multi_index((7, -7), (3, 2), mode=("clip", "wrap"))
np.ravel_multi_index((7, -7), (3, 2), ("wrap", "clip"), "F")
np.ravel_multi_index((7, -7), (3, 2), mode="no")
np.ravel_multi_index((7, -7), (3, 2), mode=("clip",))
np.ravel_multi_index((i, i.astype("B")), (5, 6))
np.ravel_multi_index((i[:0], i[:0]), (5, 6))
np.ravel_multi_index((i > 2, 1), (5, 6))
np.ravel_multi_index((i.reshape(3, 4).T, 0), (5, 6))
np.ravel_multi_index((1,), 2)
np.ravel_multi_index((), ())
np.ravel_multi_index((1,), (2, 3))
np.ravel_multi_index((1, 1.5), (2, 3))
np.ravel_multi_index((1, v), (2, 3))
np.ravel_multi_index((1, 3), (2, 3))
np.ravel_multi_index((1, -1), (2, 3))
np.ravel_multi_index((0, 0), (0, 3), mode="wrap")
np.ravel_multi_index((1, 1), (2**40, 2**40))
"""


def names(np):
    a = np.arange(12.0).reshape(3, 4) * 5 % 7
    return {"a": a, "v": np.arange(5.0), "i": np.arange(12) % 5, "c": np.ones((2, 2, 2))}


@pytest.mark.parametrize("expression", PLACES.strip().split("\n"))
def test_places(expression):
    within(expression, names)


@pytest.mark.parametrize("expression", FLAT.strip().split("\n"))
def test_flat_places(expression):
    # Some of NumPy's coordinates are columns of one array, which ours need not be.
    within(expression, names, ordered=False)


def test_places_of_many_shapes_are_numpys():
    for n in range(5):
        for m in (None, 0, 1, 3, 6):
            for k in range(-4, 5):
                check(lambda np, n=n, m=m, k=k: np.tril_indices(n, k, m))
                check(lambda np, n=n, m=m, k=k: np.triu_indices(n, k, m))


@pytest.mark.parametrize(("n", "m"), [(1030, 1024), (700, 1500), (1024, None), (1, 1 << 20)])
def test_places_of_large_triangles_are_numpys(n, m):
    for k in (-1500, -1024, -1, 0, 3, 1023, 1030, 1500):
        check(lambda np, k=k: np.tril_indices(n, k, m))
        check(lambda np, k=k: np.triu_indices(n, k, m))


DIAGONALS = [
    ((3, 3), "?bBilefdFD"), ((3, 5), "id"), ((7, 3), "id"), ((8, 3), "d"), ((9, 2), "d"),
    ((4, 1), "d"), ((2, 2, 2), "d"), ((3, 3, 3, 3), "l"), ((1, 1, 1), "d"), ((0, 0), "d"),
    ((0, 3), "d"), ((3, 0), "d"), ((0, 0, 0), "d"), ((2, 3, 3), "d"), ((3,), "d"), ((), "d"),
]  # fmt: skip
VALUES = [0, 1, True, 2.0, [5, 6], [1, 2, 3], [[1, 2], [3, 4]], range(9), numpy.float32(3), []]


@pytest.mark.parametrize(("shape", "dtypes"), DIAGONALS)
@pytest.mark.parametrize("value", VALUES, ids=str)
@pytest.mark.parametrize("wrap", [False, True])
def test_diagonals_are_filled_as_numpy_does(shape, dtypes, value, wrap):
    for dtype in dtypes:

        def program(np, dtype=dtype):
            a = np.ones(shape, dtype)
            try:
                return np.fill_diagonal(a, value, wrap), a
            except Exception as error:
                return type(error), str(error), a

        check(program)


@pytest.mark.parametrize("view", ["a.T", "a[::2]", "a[:, ::-1]", "a[1:, 1:]", "a[:3, :3].T"])
@pytest.mark.parametrize("wrap", [False, True])
def test_diagonals_of_views_are_filled(view, wrap):
    def program(np):
        a = np.zeros((9, 4))
        np.fill_diagonal(eval(view, {"a": a}), [1, 2, 3], wrap)
        return a

    check(program)


def test_read_only_arrays_are_not_filled():
    def program(np):
        np.fill_diagonal(np.broadcast_to(np.ones(3), (3, 3)), 1)

    check(program)


def test_an_array_of_numpys_is_filled_in_place():
    a = numpy.zeros((2, 2))
    stook.fill_diagonal(a, 1)
    assert a.tolist() == [[1, 0], [0, 1]]


def test_filling_stays_within_stook():
    before = _fallback.calls.copy()
    a = stook.zeros((4, 3))
    stook.fill_diagonal(a, 1)
    stook.fill_diagonal(a.T, [1, 2])
    stook.fill_diagonal(a, range(5), wrap=True)
    stook.fill_diagonal(a[:, :2], range(5), wrap=True)
    assert _fallback.calls == before


def test_filling_a_diagonal_is_seen_by_pending_work_in_order():
    def program(np):
        a = np.ones((300, 300))
        b = a + 1
        np.fill_diagonal(a, 5)
        return b.sum(), (a * b).sum(), a[7]

    check(program)


def test_a_function_of_a_mask_runs_once():
    calls = []

    def fails(matrix, k):
        calls.append(k)
        raise ValueError("of the user's")

    with pytest.raises(ValueError, match="of the user's"):
        stook.mask_indices(3, fails)
    assert calls == [0]


def test_elements_are_counted_and_places_walked():
    def program(np):
        a = np.arange(6).reshape(2, 3).T
        return list(np.ndenumerate(a)), list(np.ndindex(2, 2)), list(np.ndindex(a.shape))

    check(program)


def test_expressions_of_slices_stay_themselves():
    check(lambda np: (np.s_[1:2, ::3], np.index_exp[1], np.arange(9)[np.s_[2:5]]))


@pytest.mark.parametrize("last", [3, 4, -1])
@pytest.mark.parametrize("n", [3, 5000, 100_000])
def test_many_places_are_counted_as_few(n, last):
    def program(np):
        rows, columns = np.arange(n) % 3, np.arange(n) % 4
        columns[-1] = last
        return np.ravel_multi_index((rows, columns), (3, 4))

    check(program)
