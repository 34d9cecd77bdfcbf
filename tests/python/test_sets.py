"""Arrays as sets: elements, places, counts, types and errors of NumPy."""

import numpy
import pytest
import stook
from compare import check
from stook import _sets

pytestmark = pytest.mark.usefixtures("nothing_runs_in_numpy")

NAN = numpy.nan
DATA = [
    [],
    [1],
    [3, 1, 3, 2, 2, 0],
    [[1, 0], [1, 1], [0, 0]],
    list(range(40)) * 2,
    [100, 5, 100, 120, 5],
]
FLOATS = [[1.5, NAN, 0.0, 1.5, NAN], [NAN, NAN], [-0.0, 0.0, 1.0], [numpy.inf, NAN, -numpy.inf]]


def arrays(dtype):
    kinds = DATA + (FLOATS if dtype in "efdFD" else [])
    return [numpy.array(data).astype(dtype) for data in kinds]


# -- distinct elements ----------------------------------------------------------------------------


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", "?bBlLefdFD")
def test_unique_equals_numpy(dtype):
    for a in arrays(dtype):
        for options in ({}, {"equal_nan": False}, {"sorted": True}):
            for asked in ((), (True,), (False, True), (False, False, True), (True, True, True),
                          (True, False, True)):  # fmt: skip
                check(lambda np, a=a, o=options, k=asked: np.unique(np.asarray(a), *k, **o))


@pytest.mark.parametrize("dtype", "bBlL")
def test_unique_by_a_table(dtype, monkeypatch):
    monkeypatch.setattr(_sets, "_MANY", 1)
    limits = numpy.iinfo(dtype)
    for a in [
        *arrays(dtype)[1:],
        numpy.array([limits.max, limits.max - 2, limits.max], dtype),
        numpy.array([limits.min, limits.min + 2, limits.min], dtype),
        numpy.array([limits.min, limits.max, 0], dtype),
        numpy.arange(12).reshape(3, 4).T.astype(dtype) % 5,
    ]:
        for asked in ((), (False, True), (False, False, True), (False, True, True), (True,)):
            check(lambda np, a=a, k=asked: np.unique(np.asarray(a), *k))


def test_unique_of_complex_nan():
    a = numpy.array([1 + 1j, complex(NAN, 1), complex(1, NAN), complex(NAN, NAN), 1 + 1j])
    for asked in ((), (True, True, True)):
        check(lambda np, k=asked: np.unique(np.asarray(a), *k))


def test_unique_along_the_only_axis():
    for axis in (0, -1, 1):
        check(lambda np, k=axis: np.unique([3, 1, 3], axis=k, return_inverse=True))


def test_unique_of_views_and_scalars():
    check(lambda np: np.unique(np.arange(12.0).reshape(3, 4).T[::2] % 5, return_inverse=True))
    check(lambda np: np.unique(3, True, True, True))
    check(lambda np: np.unique([True, False]))


@pytest.mark.parametrize("name", ["unique_all", "unique_counts", "unique_inverse"])
@pytest.mark.parametrize("dtype", "?bld")
def test_variants(name, dtype):
    for a in arrays(dtype):
        check(lambda np, a=a: tuple(getattr(np, name)(np.asarray(a))))
    assert type(getattr(stook, name)([1])) is type(getattr(numpy, name)([1]))


@pytest.mark.parametrize("dtype", "?bld")
def test_values_in_any_order(dtype):
    for a in arrays(dtype):
        check(lambda np, a=a: numpy.sort(numpy.asarray(np.unique_values(np.asarray(a)))))
        check(lambda np, a=a: numpy.sort(numpy.asarray(np.unique(np.asarray(a), sorted=False))))


def test_what_is_given_is_not_sorted():
    a = stook.asarray([3.0, 1.0, 2.0])
    stook.unique(a), stook.setdiff1d(a, a, True), stook.intersect1d(a, a, True)
    assert a.tolist() == [3.0, 1.0, 2.0]


@pytest.mark.usefixtures("may_ask_numpy")
def test_unique_that_is_numpys():
    check(lambda np: np.unique(np.asarray([[1, 2], [1, 2]]), axis=0))
    check(lambda np: np.unique(["b", "a", "b"]))
    check(lambda np: np.unique([1, 2], axis=1))
    check(lambda np: np.unique(numpy.array([2, 1], object)))


# -- two arrays -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("types", ["ll", "dd", "bl", "ld", "??", "BL", "fd", "lL"])
def test_sets_of_two(types):
    for a in arrays(types[0]):
        for b in arrays(types[1]):
            for name in ("union1d", "setdiff1d", "setxor1d", "intersect1d"):

                def program(np, name=name, a=a, b=b, **options):
                    return getattr(np, name)(np.asarray(a), np.asarray(b), **options)

                check(program)
            check(lambda np, f=program: f(np, return_indices=True))


def test_sets_that_are_distinct_already():
    a, b = [5, 1, 7, 9], [9, 2, 5]
    for name in ("setdiff1d", "setxor1d", "intersect1d"):
        check(lambda np, n=name: getattr(np, n)(a, b, assume_unique=True))
        check(lambda np, n=name: getattr(np, n)(np.asarray(a) / 2, np.asarray(b) / 2, True))
    check(lambda np: np.intersect1d(a, b, True, True))


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("types", ["ll", "dd", "bl", "lb", "ld", "??", "?l", "BL", "Lb", "lL"])
def test_membership(types):
    for a in arrays(types[0]):
        for b in arrays(types[1]):
            for options in ({}, {"invert": True}, {"kind": "sort"}, {"kind": "sort", "invert": 1}):
                check(lambda np, a=a, b=b, o=options: np.isin(np.asarray(a), np.asarray(b), **o))


def test_membership_by_each_way():
    wide = numpy.arange(50) * 10**6
    edges = numpy.iinfo("l")
    high = numpy.array([2**63, 2**64 - 1, 2**63 + 5, 0], "L")
    for a, b in [
        (wide, wide[::3]),
        (wide / 2, wide[::3] / 2),
        (numpy.array([edges.min, 0, edges.max]), numpy.array([edges.max, edges.max - 3])),
        (numpy.array([edges.min, 0, edges.max]), numpy.array([edges.min, edges.min + 9])),
        (numpy.array([edges.min, 0, edges.max]), numpy.array([edges.min, edges.max])),
        (high, high[:2][:1]),
        (numpy.array([-1, 5, -(2**63)]), high[:1]),
        (high, numpy.array([-5, 3])),
    ]:
        for kind in (None, "sort"):
            for invert in (False, True):
                check(
                    lambda np, a=a, b=b, k=kind, i=invert: np.isin(
                        np.asarray(a), b, invert=i, kind=k
                    )
                )
    check(lambda np: np.isin(numpy.arange(5), [3, 900_000], kind="table"))
    check(lambda np: np.isin(wide / 2, wide[::-3] / 2, assume_unique=True))
    check(lambda np: np.isin(3, [1, 3]))
    check(lambda np: np.isin(np.float32(0.1), [0.1]))


@pytest.mark.usefixtures("may_ask_numpy")
def test_arguments_that_are_refused():
    check(lambda np: np.isin([1], [2], kind="no"))
    check(lambda np: np.isin([1.0], [2], kind="table"))
    check(lambda np: np.isin(["a"], ["a", "b"]))
    check(lambda np: np.isin(np.asarray([1]), numpy.array([-(2**63), 2**63 - 1]), kind="table"))
    check(lambda np: np.union1d(["a"], ["b"]))
