"""`numpy.ndindex`, `numpy.ndenumerate` and `flat` in compiled functions."""

import itertools

import numpy as np
import pytest
import stook
from stook import jit


def indices(shape):
    found = []
    for place in np.ndindex(shape):
        found.append(place)
    return found


def test_places_come_in_order_the_last_axis_fastest():
    for ndim in (1, 2, 3):
        for shape in itertools.product(range(4), repeat=ndim):
            expected = list(np.ndindex(shape))
            if expected:
                assert jit(indices)(shape) == expected


def test_lengths_may_be_numbers():
    def total(n, m):
        s = 0
        for i, j in np.ndindex(n, m):
            s += 10 * i + j
        for (k,) in np.ndindex(n):
            s += k
        for _ in np.ndindex():
            s += 1
        return s

    for n, m in [(3, 4), (0, 4), (1, 1)]:
        assert jit(total)(n, m) == total(n, m)


def test_lengths_are_those_of_the_beginning():
    def changes(n):
        rounds = 0
        for i, j in np.ndindex(n, n):
            n = 1
            rounds += i + j
        return rounds

    assert jit(changes)(4) == changes(4)


def test_a_negative_length_is_refused():
    def rounds(n):
        k = 0
        for _ in np.ndindex(2, n):
            k += 1
        return k

    with pytest.raises(ValueError, match="negative dimensions are not allowed"):
        jit(rounds)(-1)


ARRAYS = [
    np.arange(24.0).reshape(2, 3, 4),
    np.arange(24.0).reshape(2, 3, 4)[:, ::-1, ::2],
    np.asfortranarray(np.arange(6).reshape(2, 3)),
    np.arange(5.0)[::-2],
    np.zeros((0, 3)),
    np.array(2.5),
    np.arange(6).astype("F").reshape(3, 2),
]


@pytest.mark.parametrize("a", ARRAYS, ids=[str(a.shape) for a in ARRAYS])
def test_elements_come_with_and_without_their_places(a):
    def weighed(a):
        s = 0.0 * a.sum()
        for place, x in np.ndenumerate(a):
            s += len(place) * x
            for k in place:
                s = 3 * s + k
        for x in a.flat:
            s = 5 * s - x
        return s

    assert jit(weighed)(a) == weighed(a)


def test_loops_are_left_early_and_go_on():
    def first(a, wanted):
        for place, x in np.ndenumerate(a):  # noqa: B007
            if x < 2:
                continue
            if x == wanted:
                break
        else:
            return (-1, -1), 0.0
        return place, x

    a = np.arange(12.0).reshape(3, 4)
    for wanted in (0.0, 7.0, 20.0):
        assert jit(first)(a, wanted) == first(a, wanted)


def test_what_the_body_writes_is_read():
    def smeared(a):
        for (i, j), x in np.ndenumerate(a):
            if j + 1 < a.shape[1]:
                a[i, j + 1] += x
        s = 0.0
        for x in a.flat:
            s = 2 * s + x
        return s

    a, b = np.ones((3, 4)), np.ones((3, 4))
    assert jit(smeared)(a) == smeared(b)
    assert np.array_equal(a, b)


def test_walks_stand_in_others():
    def beside(a, b):
        s = 0.0
        for k, (x, y) in enumerate(zip(a.flat, b.flat, strict=True)):
            s += k * x - y
        for (i, j), y in zip(np.ndindex(a.shape), b.flat):  # noqa: B905
            s += i * y - j
        return s + sum([x * x for x in a.flat]) + max([i + j for i, j in np.ndindex(a.shape)])

    a, b = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2)[::-1]
    assert jit(beside)(a, b) == beside(a, b)


def test_records_come_as_views():
    a = np.zeros((2, 2), [("x", "f8"), ("n", "i4")])

    def fills(a):
        for (i, j), r in np.ndenumerate(a):
            r["x"] = 10 * i + j
        return a["x"].sum()

    assert jit(fills)(a) == 22.0
    assert a["x"].tolist() == [[0.0, 1.0], [10.0, 11.0]]


def test_names_of_the_package_mean_the_same():
    def total(a):
        s = 0.0
        for i, j in stook.ndindex(a.shape):
            s += a[i, j] * j
        return s

    a = np.arange(6.0).reshape(2, 3)
    assert jit(total)(a) == total(a)


def test_from_its_end_nothing_is_walked_over():
    def back(a):
        s = 0.0
        for x in reversed(a.flat):
            s += x
        return s

    with pytest.raises(stook.CompileError, match="cannot be walked over from its end"):
        jit(back)(np.ones((2, 2)))
