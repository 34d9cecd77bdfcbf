"""The iterator over all elements of an array."""

import numpy
import pytest
import stook
from compare import check, plain

LAYOUTS = [
    lambda np: np.arange(12.0),
    lambda np: np.arange(12).reshape(3, 4),
    lambda np: np.arange(12).reshape(3, 4).T,
    lambda np: np.arange(24, dtype="f4").reshape(4, 6)[::2, ::-2],
    lambda np: np.array(5),
    lambda np: np.zeros((0, 3)),
]
KEYS = [
    0, -1, 3, 100, slice(None), slice(1, 5), slice(None, None, -2), [0, 2], [], ..., (), None,
    (1, 2), 1.5, "x", True, numpy.int8(1),
]  # fmt: skip
ARRAY_KEYS = [
    lambda np: np.array([0, 2, -1]),
    lambda np: np.array([[0, 1], [2, 0]]),
    lambda np: np.arange(12) % 2 == 0,
    lambda np: np.array([], dtype=int),
    lambda np: np.array([0.5]),
    lambda np: np.array([True]),
    lambda np: np.array(1),
]


@pytest.mark.parametrize("layout", LAYOUTS[:-1])
def test_elements_are_read(layout):
    for key in KEYS:
        check(lambda np, key=key: layout(np).flat[key])
    for make in ARRAY_KEYS:
        check(lambda np, make=make: layout(np).flat[make(np)])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("value", [7, [1, 2, 3], 2.5])
def test_elements_are_written(layout, value):
    def program(np, key):
        a = layout(np)
        a.flat[key(np) if callable(key) else key] = value
        return a

    for key in KEYS + ARRAY_KEYS:
        check(lambda np, key=key: program(np, key))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_are_walked(layout):
    check(lambda np: list(layout(np).flat))
    check(lambda np: len(layout(np).flat))
    check(lambda np: layout(np).flat.copy())
    check(lambda np: np.array(layout(np).flat))
    check(lambda np: [layout(np).flat == layout(np), layout(np).flat < layout(np).flat])


def test_the_place_of_the_next_element_is_known():
    def program(np):
        flat = np.arange(6).reshape(2, 3).flat
        first = [next(flat) for _ in range(4)]
        return first, flat.index, flat.coords, list(flat)

    check(program)


def test_values_may_be_arrays():
    def program(np):
        a = np.zeros((2, 3))
        a.flat[:3] = np.arange(3) + 1
        a.flat[np.array([4, 5])] = np.array([7.0, 8.0])
        a.flat = a + np.ones(3)
        return a

    check(program)


def test_pending_work_is_seen_both_ways():
    a = stook.arange(4.0)
    flat = a.flat
    a += 1
    assert flat[0] == 1
    flat[0] = 9
    assert plain(a + 1).tolist() == [10, 3, 4, 5]
    assert flat.base is a


def test_iterators_are_of_one_class_that_nobody_else_makes():
    assert isinstance(stook.ones(3).flat, stook.flatiter)
    check(lambda np: np.flatiter())


def test_more_axes_than_an_iterator_takes_are_refused_at_once():
    check(lambda np: np.empty((1,) * 33).flat)
