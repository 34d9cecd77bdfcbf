"""What a statement reads first is read first, whatever its later parts change."""

import dataclasses

import numpy as np
import pytest
import stook
from stook import jit


@jit
def changed(xs):
    xs[0] = 99
    return 5, 6


@jit
def total(a, b, c):
    return 100 * a + 10 * b + c


def test_elements_are_read_before_what_changes_them():
    def display(xs):
        return (xs[0], *changed(xs), xs[0])

    def call(xs):
        return total(xs[0], *changed(xs))

    def popped(xs):
        return (xs[-1], *(xs.pop(), xs.pop()), xs[-1])

    for function in (display, call, popped):
        assert jit(function)([1, 2, 3, 4]) == function([1, 2, 3, 4])


@dataclasses.dataclass
class Point:
    """A place on a line."""

    x: int


@jit
def moved(p):
    p.x += 1
    return (p.x, p.x)


def test_fields_are_read_before_what_changes_them():
    def display(p):
        return (p.x, *moved(p), p.x)

    assert jit(display)(Point(1)) == display(Point(1))


def test_functions_of_modules_stay_what_they_are():
    def applied(x):
        parts = (x, 2.0)
        return np.hypot(*parts), np.maximum(np.float64(x), *parts[1:])

    assert jit(applied)(3.0) == applied(3.0)


def test_a_shape_is_unpacked_for_ndindex():
    def places(a):
        s = 0
        for i, j in np.ndindex(*a.shape):
            s = 3 * s + i - j
        return s

    assert jit(places)(np.ones((2, 3))) == places(np.ones((2, 3)))


def test_arguments_are_given_once():
    @jit
    def scaled(a, b=2):
        return a * b

    def twice(x):
        return scaled(x, a=2)

    with pytest.raises(stook.CompileError, match="got multiple values for argument 'a'"):
        jit(twice)(1)


def test_a_key_that_changes_the_list_is_refused():
    @jit
    def shrinks(a, n):
        def key(k):
            if k == n:
                while len(a) > 1:
                    a.pop()
            return -k

        a.sort(key=key)
        return a

    with pytest.raises(ValueError, match="list modified during sort"):
        shrinks(list(range(200)), 199)
    assert shrinks([3, 1, 2], 7) == [3, 2, 1]


@dataclasses.dataclass
class Steps:
    """Numbers, and a place among them."""

    numbers: np.ndarray
    at: int


@jit
def step(s):
    s.at += 1
    return 10.0


@jit
def renewed(s):
    s.numbers = np.full(3, 7.0)
    return 1.0


def test_a_target_is_found_before_what_is_added_to_it():
    def moved(s):
        s.numbers[s.at] += step(s)
        return s.numbers

    def replaced(s):
        before = s.numbers
        s.numbers[0] += renewed(s)
        return before, s.numbers

    for function in (moved, replaced):
        ours, theirs = (function_(Steps(np.zeros(3), 0)) for function_ in (jit(function), function))
        assert np.array_equal(ours, theirs)


def test_a_target_by_names_that_its_value_changes():
    def element(a, i):
        a[i] += (i := 1)
        return a, i

    def entry(d, k):
        d[k] += (k := 2)
        return d, k

    def other(a):
        b = a
        a[0] += (a := [7, 8, 9])[1]
        return a, b

    assert jit(element)([10, 20, 30], 0) == element([10, 20, 30], 0)
    assert jit(entry)({1: 1, 2: 2}, 1) == entry({1: 1, 2: 2}, 1)
    assert jit(other)([1, 2]) == other([1, 2])
