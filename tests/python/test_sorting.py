"""Elements in order: values, dtypes, layouts and errors of NumPy, the same for any threads."""

import itertools

import numpy
import pytest
import stook
from compare import check, plain
from stook import _fallback

pytestmark = pytest.mark.usefixtures("nothing_runs_in_numpy")

NAN, INF = numpy.nan, numpy.inf
TYPES = "?bBhHiIlLefdFD"
# Below what tasks share, and above; few enough to be put in order one by one, or in registers.
SIZES = [0, 1, 2, 24, 25, 100, 129, 700, 33_000, 70_000]


def numbers(dtype, n, seed=0):
    """Return elements in no order: some alike, some special."""
    random = numpy.random.default_rng(seed)
    dtype = numpy.dtype(dtype)
    if dtype.kind == "b":
        return random.random(n) > 0.5
    if dtype.kind in "iu":
        limits = numpy.iinfo(dtype)
        wide = random.integers(limits.min, limits.max, n, dtype, endpoint=True)
        return numpy.where(random.random(n) < 0.3, dtype.type(7), wide)
    parts = [random.choice([NAN, -NAN, INF, -INF, 0.0, -0.0, 1.0, 5e-8, -3.0], n) for _ in "ab"]
    wide = random.standard_normal(n) * 10.0 ** random.integers(-4, 4, n)
    made = numpy.where(random.random(n) < 0.3, parts[0], wide)
    return (made + 1j * parts[1] if dtype.kind == "c" else made).astype(dtype)


def bits(a):
    a = numpy.ascontiguousarray(plain(a))
    return a.view(f"V{a.itemsize}") if a.dtype.kind in "fc" else a


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("size", SIZES)
def test_sorts_equal_numpys(dtype, size):
    a = numbers(dtype, size)
    check(lambda np: np.sort(np.asarray(a)))
    for kind in (None, "quicksort", "mergesort", "heapsort", "stable"):
        expected = numpy.argsort(a, kind="stable")
        got = stook.argsort(stook.asarray(a), kind=kind)
        assert got.dtype == expected.dtype
        assert numpy.array_equal(numpy.asarray(got), expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("size", [700, 70_000])
def test_a_stable_sort_moves_elements_with_all_their_bits(dtype, size):
    a = numbers(dtype, size)
    expected = a[numpy.argsort(a, kind="stable")]
    for got in (stook.sort(stook.asarray(a), kind="stable"), stook.sort(stook.asarray(a))):
        assert (bits(got) == bits(expected)).all()
    ours = stook.asarray(a)
    ours.sort(stable=True)
    assert (bits(ours) == bits(expected)).all()


@pytest.mark.parametrize("dtype", ["l", "d", "F"])
def test_orders_do_not_depend_on_threads(dtype):
    a = stook.asarray(numbers(dtype, 200_000))
    before = stook.get_num_threads()
    made = []
    for threads in (1, 2, 3):
        stook.set_num_threads(threads)
        inside = a.copy()
        inside.partition([5, 99_999])
        made.append([stook.sort(a), stook.argsort(a), stook.partition(a, [5, 99_999]),
                     stook.argpartition(a, 1000), inside])  # fmt: skip
    stook.set_num_threads(before)
    for others in made[1:]:
        for first, other in zip(made[0], others, strict=True):
            assert (bits(first) == bits(other)).all()


def test_long_lines_in_order_stay_and_one_fall_is_seen():
    ordered = numpy.repeat(numpy.arange(50_000.0), 2)
    check(lambda np: np.sort(np.asarray(ordered), kind="stable"))
    # Around where the parts of tasks and their steps meet.
    for place in (0, 4095, 4096, 33_332, 33_333, 50_001, 99_998):
        a = ordered.copy()
        a[place], a[place + 1] = a[place + 1] + 0.5, a[place]
        check(lambda np, a=a: np.sort(np.asarray(a)))


SHAPES = [(4, 6), (3, 2, 5), (2, 0, 3), (5,), (200, 300)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["h", "d", "D"])
def test_any_axis_and_layout(shape, dtype):
    a = numpy.arange(numpy.prod(shape, dtype=int)).reshape(shape) * 7919 % 997
    a = a.astype(dtype)
    for view in (a, a.T, a[::-1], a[..., ::2], numpy.asfortranarray(a)):
        for axis in (*range(-view.ndim, view.ndim), None):
            for function in ("sort", "argsort"):

                def program(np, v=view, k=axis, f=function):
                    made = getattr(np, f)(np.asarray(v), axis=k, kind="stable")
                    return made, made.strides

                check(program)


@pytest.mark.parametrize("dtype", ["h", "d", "D"])
def test_sorting_in_place(dtype):
    a = numpy.arange(3000).reshape(30, 10, 10) * 7919 % 997
    a = a.astype(dtype)

    def program(np, axis, view):
        ours = np.array(a)
        part = view(ours)
        assert part.sort(axis) is None
        return ours

    for axis in (-1, 0, 1, 2):
        for view in (lambda x: x, lambda x: x[::2, ::-1], lambda x: x.T, lambda x: x[:, 3:, 1:]):
            check(lambda np, k=axis, v=view: program(np, k, v))


def test_what_is_pending_is_sorted_and_what_follows_sees_it():
    def program(np):
        a = np.arange(5000)[::-1] * 2.0
        b = a + 1
        a.sort()
        c = a[:10] + b[:10]
        b.partition(7)
        return a, b[7], c, np.sort(a * -1)[:3]

    check(program)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("size", [1, 30, 5000, 70_000])
def test_partitions_have_the_right_elements_in_place(dtype, size):
    a = numbers(dtype, size)
    ordered = numpy.sort(a, kind="stable")
    for kth in (0, -1, size // 2, [size // 3, size // 2, -1], [0, 0]):
        inside = numpy.asarray(stook.partition(stook.asarray(a), kth))
        places = numpy.asarray(stook.argpartition(stook.asarray(a), kth))
        assert numpy.array_equal(numpy.sort(places), numpy.arange(size))
        equal_nan = a.dtype.kind in "fc"
        ours = stook.asarray(a)
        ours.partition(kth)
        for made in (inside, a[places], numpy.asarray(ours)):
            assert numpy.array_equal(numpy.sort(made, kind="stable"), ordered, equal_nan)
            for k in numpy.atleast_1d(kth):
                assert numpy.array_equal(made[k], ordered[k], equal_nan)
                k = k % size
                before = numpy.sort(made[: k + 1], kind="stable")
                assert numpy.array_equal(before, ordered[: k + 1], equal_nan)


def uneven(kind, size):
    """Return a line that a sample tells little of."""
    random = numpy.random.default_rng(3)
    if kind == "equal":
        return numpy.full(size, 2.5)
    if kind == "two values":
        return random.integers(0, 2, size).astype(float)
    if kind == "mostly NaN":
        return numpy.where(random.random(size) < 0.9, numpy.nan, random.random(size))
    if kind == "zeros of both signs":
        return numpy.where(random.random(size) < 0.5, 0.0, -0.0)
    if kind == "falling":
        return numpy.arange(size, 0.0, -1)
    # Some are far from all others, and many are one number.
    return numpy.where(random.random(size) < 0.6, 7.0, random.standard_cauchy(size))


KINDS = ["equal", "two values", "mostly NaN", "zeros of both signs", "falling", "far apart"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["d", "f"])
def test_long_lines_are_partitioned_whatever_they_hold(kind, dtype):
    size = 150_000
    a = uneven(kind, size).astype(dtype)
    ordered = numpy.sort(a)
    for kth in ([size // 2], [0, size - 1], [40, size // 4, size // 4 + 1, 3 * size // 4],
                list(range(0, size, size // 20))):  # fmt: skip
        inside, places = stook.partition(stook.asarray(a), kth), stook.asarray(a).argpartition(kth)
        ours = stook.asarray(a)
        ours.partition(kth)
        places = numpy.asarray(places)
        assert numpy.array_equal(numpy.sort(places), numpy.arange(size))
        for made in (numpy.asarray(inside), numpy.asarray(ours), a[places]):
            assert (numpy.sort(bits(made)) == numpy.sort(bits(a))).all()
            for first, last in itertools.pairwise([0, *kth, size]):
                part = numpy.sort(made[first:last])
                assert numpy.array_equal(part, ordered[first:last], equal_nan=True)
            assert numpy.array_equal(made[kth], ordered[kth], equal_nan=True)


def test_partitions_along_an_axis():
    a = numpy.arange(600).reshape(20, 30) * 7919 % 601
    for axis in (0, 1, -2):
        check(lambda np, k=axis: np.partition(np.asarray(a), 5, k).take(5, k))
        check(lambda np, k=axis: np.sort(np.partition(np.asarray(a), 5, k), k))
    check(lambda np: np.partition(np.asarray(a), 50, None)[50])
    check(lambda np: np.asarray(a).argpartition(3).shape)
    check(lambda np: np.partition(np.arange(5), []))


def test_lexsort():
    random = numpy.random.default_rng(0)
    last, first = random.integers(0, 5, (2, 40, 50))
    floats = numpy.round(random.standard_normal((40, 50)), 1)
    for axis in (-1, 0, 1):
        check(lambda np, k=axis: np.lexsort((np.asarray(first), np.asarray(last)), axis=k))
        check(lambda np, k=axis: np.lexsort((floats, first, last), k))
    check(lambda np: np.lexsort(np.asarray(first)))
    check(lambda np: np.lexsort([first[0]]))
    check(lambda np: np.lexsort(([3, 1, 2], [0.0, NAN, -0.0])))
    many = random.integers(0, 9, (2, 100_000))
    check(lambda np: np.lexsort((many[0], many[1])))


@pytest.mark.parametrize("dtype", TYPES)
def test_sort_complex(dtype):
    check(lambda np: np.sort_complex(np.array([3, 1, 0], dtype)))
    check(lambda np: np.sort_complex(np.array([[3, 1], [1, 0]], dtype)))


@pytest.mark.usefixtures("may_ask_numpy")
def test_what_numpy_refuses():
    for function in ("sort", "argsort", "partition", "argpartition"):
        more = (2,) if "partition" in function else ()

        def run(np, a, *args, name=function, first=more, **options):
            return getattr(np, name)(np.asarray(a), *first, *args, **options)

        for program in (
            lambda np, run=run: run(np, [3, 1, 2], 1),
            lambda np, run=run: run(np, [3, 1, 2], 1.5),
            lambda np, run=run: run(np, [3, 1, 2], kind="bubble"),
            lambda np, run=run: run(np, [3, 1, 2], order="x"),
            lambda np, run=run: run(np, 3),
            lambda np, run=run: getattr(np.array([3, 1, 2]), run.__kwdefaults__["name"])(axis=None)
            if "partition" not in run.__kwdefaults__["name"] else None,
        ):  # fmt: skip
            check(program)
    check(lambda np: np.sort(np.array([1, 2]), kind="stable", stable=True))
    check(lambda np: np.partition(np.array([3, 1, 2]), 3))
    check(lambda np: np.partition(np.array([3, 1, 2]), -4))
    check(lambda np: np.partition(np.array([3, 1, 2]), 1.0))
    check(lambda np: np.partition(np.array([3, 1, 2]), [[1]]))
    check(lambda np: np.argpartition(np.array([3, 1, 2]), True))
    check(lambda np: np.lexsort(([1, 2], [1, 2, 3])))
    check(lambda np: np.lexsort(()))
    check(lambda np: np.lexsort(([1, 2],), axis=3))
    check(lambda np: np.sort(np.array(["b", "a"])))
    check(lambda np: np.argsort(np.array(["b", "a"])))

    def written(np):
        a = np.array([3, 1, 2])
        a.flags.writeable = False
        a.sort()

    check(written)


def test_a_refusal_is_no_fallback():
    before = _fallback.calls.copy()
    with pytest.raises(ValueError, match="kind"):
        stook.sort(stook.arange(3), kind="x")
    assert _fallback.calls == before
