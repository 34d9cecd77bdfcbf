"""What operators write into arrays, and what they refuse, against NumPy."""

import numpy as np
import pytest
from stook import CompileError, jit
from test_functions import check


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64"])
def test_what_an_array_cannot_hold_is_refused_in_the_line(dtype):
    def halved(a):
        a /= 2

    def part(a):
        a[:2] += 1.5

    def masked(a):
        a[a > 0] *= 2.5

    for function in (halved, part, masked):
        with pytest.raises(TypeError) as theirs:
            function(np.ones(3, dtype))
        with pytest.raises(CompileError) as ours:
            jit(function)(np.ones(3, dtype))
        assert str(theirs.value) in str(ours.value)
        assert "make a new array" in str(ours.value)


def test_casts_within_a_kind_are_made():
    def added(a, b):
        a += b
        a[::2] *= b[::2]
        a[a > 1] -= b[0]
        return a

    check(added, np.arange(4, dtype=np.float32), np.arange(4.0))
    check(added, np.arange(4, dtype=np.int16), np.arange(4))
    check(added, np.arange(4.0), np.arange(4, dtype=np.uint8))


def test_elements_are_cast():
    def one(a):
        a[0] += 1.7
        return a

    check(one, np.arange(3))


@pytest.mark.parametrize("exponent", [-1, np.int8(-2), np.array([1, -1])])
def test_integers_to_negative_powers_raise(exponent):
    def power(a, k):
        return a**k

    def in_place(a, k):
        a **= k

    for function in (power, in_place):
        with pytest.raises(ValueError, match="Integers to negative integer powers"):
            jit(function)(np.array([2, 3]), exponent)
    check(power, np.array([2, 3]), 2)
    check(power, np.array([2.0, 4.0]), -1)
    check(power, np.array([2, 3], np.uint8), np.array([1, 2], np.uint8))


def test_messages_of_shapes_are_numpys():
    def added(a, b):
        return a + b

    def assigned(a, b):
        a[:] = b

    for function in (added, assigned):
        args = np.zeros((2, 3)), np.zeros(2)
        with pytest.raises(ValueError) as theirs:
            function(*args)
        with pytest.raises(ValueError) as ours:
            jit(function)(*args)
        assert str(theirs.value) == str(ours.value)


def test_lists_and_tuples_are_assigned_to_parts():
    def assigned(a, row):
        a[0] = [7, 8]
        a[1:] = [[1, 2], [3, 4]]
        a[:, 1] = row
        a[2, :] = (5, 6)
        return a

    check(assigned, np.zeros((3, 2)), [0.5, 1.5, 2.5])


def test_arrays_are_unpacked():
    def unpacked(points):
        total = 0.0
        for x, y in points:
            total += x * y
        first, second, third = points
        (a, b), *_ = [(1, 2)]
        return total, first, second[0] + third[1], a + b

    check(unpacked, np.arange(6.0).reshape(3, 2))
    with pytest.raises(ValueError, match="not enough values to unpack"):
        jit(unpacked)(np.zeros((3, 1)))


@pytest.mark.parametrize("name", ["/", "//", "%"])
@pytest.mark.parametrize("number", [0, 0.0, False])
def test_messages_of_divisions_by_zero_are_pythons(name, number):
    divided = {"/": lambda a, b: a / b, "//": lambda a, b: a // b, "%": lambda a, b: a % b}[name]
    with pytest.raises(ZeroDivisionError) as theirs:
        divided(1, number)
    with pytest.raises(ZeroDivisionError) as ours:
        jit(divided)(1, number)
    assert str(theirs.value) == str(ours.value)
