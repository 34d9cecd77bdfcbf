"""Places among elements in order, lines between points, counts: results and errors of NumPy."""

import numpy
import pytest
import stook
from compare import check, check_told

pytestmark = pytest.mark.usefixtures("nothing_runs_in_numpy")

NAN, INF = numpy.nan, numpy.inf


def threads_agree(program):
    before = stook.get_num_threads()
    made = []
    for threads in (1, 2, 3):
        stook.set_num_threads(threads)
        made.append(numpy.asarray(program()))
    stook.set_num_threads(before)
    assert made[0].tobytes() == made[1].tobytes() == made[2].tobytes()


# -- places ---------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", "?bBhHiIlLefdFD")
def test_places_equal_numpys(dtype):
    random = numpy.random.default_rng(0)
    values = random.integers(0, 100, 3000)
    if dtype in "efdFD":
        values = random.choice([NAN, INF, -INF, -0.0, 0.0, 1.5, 2.5, -7.0, 1e-7], 3000)
    values = values.astype(dtype)
    for n in (0, 1, 2, 50, 3000):
        ordered = numpy.sort(values[::-1][:n])
        for side in ("left", "right"):
            for v in (values[:200], values, values[:12].reshape(3, 4), values[0], values[:0]):

                def program(np, a=ordered, v=v, s=side):
                    return np.searchsorted(np.asarray(a), v, s), np.asarray(a).searchsorted(v, s)

                check(program)


def test_places_of_other_types():
    check(lambda np: np.searchsorted(np.arange(10, dtype="i1"), [2.5, 3]))
    check(lambda np: np.searchsorted(np.arange(10.0), 4))
    check(lambda np: np.searchsorted([1, 3, 5], 4.5, side="right"))
    check(lambda np: np.searchsorted(np.array([0, 2**63], "u8"), [-1, 5]))
    check(lambda np: np.searchsorted(np.arange(10)[::2], np.arange(8).reshape(2, 4)[:, ::-1]))
    check(lambda np: np.searchsorted([1 + 1j, 2], [1, 1 + 2j]))


def test_places_by_a_sorter():
    a = numpy.array([5, 1, 3])
    for dtype in ("i8", "i4", "u2"):
        sorter = numpy.array([1, 2, 0], dtype)
        check(lambda np, s=sorter: np.searchsorted(np.asarray(a), [0, 3, 9], sorter=np.asarray(s)))
    check(lambda np: np.searchsorted([5, 1, 3], [0, 3, 9], "right", [1, 2, 0]))


@pytest.mark.usefixtures("may_ask_numpy")
def test_what_a_search_refuses():
    for program in (
        lambda np: np.searchsorted([[1, 2]], 1),
        lambda np: np.searchsorted(3, 1),
        lambda np: np.searchsorted([1, 2], 1, side="middle"),
        lambda np: np.searchsorted([1, 2], 1, side="l"),
        lambda np: np.searchsorted([1, 2], 1, sorter=[0]),
        lambda np: np.searchsorted([1, 2], 1, sorter=[0.0, 1.0]),
        lambda np: np.searchsorted([1, 2], 1, sorter=[0, 2]),
        lambda np: np.searchsorted([1, 2], 3, sorter=[0, -1]),
        lambda np: np.searchsorted(np.array(["a", "b"]), "b"),
    ):
        check(program)


def test_places_do_not_depend_on_threads():
    values = numpy.random.default_rng(0).random(100_000)
    ours, ordered = stook.asarray(values), stook.sort(stook.asarray(values))
    threads_agree(lambda: stook.searchsorted(ordered, ours))
    check(lambda np: np.searchsorted(np.sort(np.asarray(values)), values))


# -- bins -----------------------------------------------------------------------------------------


def test_bins_of_values():
    x = numpy.array([[0.2, 6.4, 3.0], [NAN, -1.0, 10.0]])
    for bins in ([0.0, 1.0, 2.5, 4.0, 10.0], [10, 4, 3, 1], [3], [], [2, 2, 2], [1, 1, 3, 3],
                 [3, 3, 1]):  # fmt: skip
        for right in (False, True):
            check(lambda np, b=bins, r=right: np.digitize(np.asarray(x), b, r))
            check(lambda np, b=bins, r=right: np.digitize(3, np.asarray(b), right=r))
    check(lambda np: np.digitize(np.arange(20, dtype="u1"), np.array([3, 9], "i2")))


@pytest.mark.usefixtures("may_ask_numpy")
def test_what_bins_refuse():
    for program in (
        lambda np: np.digitize([1], [1, 3, 2]),
        lambda np: np.digitize([1], [3, 1, 2]),
        lambda np: np.digitize([1j], [1, 2]),
        lambda np: np.digitize([1], [1j]),
        lambda np: np.digitize([1], [[1, 2]]),
        lambda np: np.digitize([1], 3),
    ):
        check(program)


# -- counts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", "?bBhHiIlL")
def test_counts_equal_numpys(dtype):
    for data in ([], [0], [3, 1, 3, 0], [1] * 50):
        a = numpy.array(data).astype(dtype)
        for least in (0, 3, 10, numpy.int8(4)):
            check(lambda np, a=a, n=least: np.bincount(np.asarray(a), minlength=n))
        check(lambda np, a=a: np.bincount(np.asarray(a), np.linspace(0, 1, a.size)))
    check(lambda np: np.bincount([], minlength=2))
    check(lambda np: np.bincount((1, 2, 2), weights=[1, 2, 3]))
    check(lambda np: np.bincount(np.arange(9)[::2], np.arange(9, dtype="f4")[::-2], 3))


def test_many_counts_and_weights():
    random = numpy.random.default_rng(0)
    for top in (10, 5000, 300_000):
        a, weights = random.integers(0, top, 400_000), random.standard_normal(400_000)
        ours, ours_weights = stook.asarray(a), stook.asarray(weights)
        check(lambda np, a=a: np.bincount(np.asarray(a)))
        expected = numpy.bincount(a, weights)
        got = numpy.asarray(stook.bincount(ours, ours_weights))
        assert got.tobytes() == expected.tobytes()
        threads_agree(lambda ours=ours: stook.bincount(ours))
        threads_agree(lambda ours=ours, w=ours_weights: stook.bincount(ours, w))


@pytest.mark.usefixtures("may_ask_numpy")
def test_what_counts_refuse():
    for program in (
        lambda np: np.bincount([1, -1]),
        lambda np: np.bincount([[1]]),
        lambda np: np.bincount(1),
        lambda np: np.bincount(np.array([1.0])),
        lambda np: np.bincount(np.array([])),
        lambda np: np.bincount([1], [1, 2]),
        lambda np: np.bincount([1], [1j]),
        lambda np: np.bincount([1], minlength=-1),
        lambda np: np.bincount([1], minlength=None),
        lambda np: np.bincount([1], minlength=1.5),
        lambda np: np.bincount(["a"]),
        lambda np: np.bincount(np.array([2**64 - 1], "u8")),
    ):
        check_told(program)


# -- lines between points -------------------------------------------------------------------------

XP = numpy.array([-1.0, 0.0, 0.0, 2.0, 5.0])
FP = numpy.array([3.0, -INF, 4.0, INF, NAN])
X = numpy.array([-2.0, -1.0, -0.5, 0.0, 0.1, 1.0, 2.0, 3.0, 5.0, 6.0, NAN, INF, -INF])


@pytest.mark.parametrize("fp", [FP, FP + 1j * FP[::-1], numpy.arange(5), numpy.arange(5) * 1j])
def test_lines_equal_numpys(fp):
    for x in (X, X[:3], X[:12].reshape(3, 4), X[4], 1, numpy.arange(-2, 7), X[:0]):
        for n in (1, 2, 5):
            for left, right in ((None, None), (7, -8.5), (numpy.float32(1), None)):

                def program(np, x=x, n=n, a=left, b=right):
                    return np.interp(np.asarray(x), XP[:n], np.asarray(fp[:n]), a, b)

                check(program)
    check(lambda np: np.interp(X, XP, fp, period=3))
    check(lambda np: np.interp(1.5, [5.0, 1.0, 3.5], [1, 2, 3], left=4, period=-2.5))


def test_lines_between_points_that_are_nan():
    for xp in ([NAN], [NAN, 1], [0, NAN], [NAN, NAN], [0, NAN, 2, 3, 4, 5]):
        for fp in ([0, 10], [0, 10j], [NAN, 5]):
            fp = (fp * 3)[: len(xp)]
            check(lambda np, a=xp, b=fp: np.interp([0.5], a, b))


@pytest.mark.parametrize("complex_part", [0, 1j])
def test_many_lines_have_numpys_bits(complex_part):
    random = numpy.random.default_rng(0)
    for points, count in ((1000, 50_000), (50_000, 1000), (3, 70_000)):
        xp, x = numpy.sort(random.random(points)), random.random(count) * 1.2 - 0.1
        fp = random.standard_normal(points)
        fp = fp + complex_part * fp[::-1] if complex_part else fp
        expected = numpy.interp(x, xp, fp)
        got = stook.interp(stook.asarray(x), stook.asarray(xp), stook.asarray(fp))
        assert numpy.asarray(got).tobytes() == expected.tobytes()
    threads_agree(lambda: stook.interp(stook.asarray(x), xp, fp))


@pytest.mark.usefixtures("may_ask_numpy")
def test_what_lines_refuse():
    for program in (
        lambda np: np.interp([1], [], []),
        lambda np: np.interp([1], [1, 2], [1]),
        lambda np: np.interp([1], [[1, 2]], [1, 2]),
        lambda np: np.interp([1j], [1, 2], [1, 2]),
        lambda np: np.interp([1], [1j, 2], [1, 2]),
        lambda np: np.interp([1], [1, 2], [1, 2], left=1j),
        lambda np: np.interp([1], [1, 2], [1, 2], period=0),
        lambda np: np.interp([1], [1, 2], [1], period=1),
        lambda np: np.interp([1], [1, 2], [1, 2], left="a"),
    ):
        check(program)
