"""`isinstance` in compiled functions: known by types, so that only one branch is compiled."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from stook import CompileError, jit


class Pair(NamedTuple):
    """A named tuple."""

    a: int
    b: float


@dataclass
class Shape:
    """A class that others are derived from."""

    size: float


@dataclass
class Disk(Shape):
    """One of them."""

    radius: float


NUMBERS = (int, float)


def asks(kind):
    """Return a function that says whether something is of a class."""
    return lambda x: isinstance(x, kind)


KINDS = [int, float, complex, bool, str, bytes, list, dict, set, tuple, object, Pair, Shape, Disk]
KINDS += [np.ndarray, np.int8, np.int64, np.float64, np.bool_, np.integer, np.signedinteger]
KINDS += [np.unsignedinteger, np.floating, np.inexact, np.complexfloating, np.number, np.generic]

CLASSES = {f"{kind.__module__}.{kind.__name__}": asks(kind) for kind in KINDS}
CLASSES["several"] = lambda x: isinstance(x, (str, np.ndarray))
CLASSES["named outside"] = lambda x: isinstance(x, NUMBERS)
CLASSES["within others"] = lambda x: isinstance(x, (NUMBERS, (complex, list)))
CLASSES["a union"] = lambda x: isinstance(x, int | str | None)

VALUES = [1, True, 1.5, 2j, "a", b"a", None, [1], {1: 2}, {1}, (1, 2), (), Pair(1, 2.0)]
VALUES += [Shape(1.0), Disk(1.0, 2.0), np.zeros(2), np.zeros((2, 2), np.int8)]
VALUES += [dtype(1) for dtype in (np.int8, np.int64, np.uint8, np.float32, np.float64)]
VALUES += [np.complex64(1), np.complex128(1), np.bool_(True)]


@pytest.mark.parametrize("name", CLASSES)
def test_values_are_of_the_classes_that_python_says(name):
    function = CLASSES[name]
    compiled = jit(function)
    for value in VALUES:
        assert compiled(value) is function(value), value


def test_the_branch_not_taken_is_not_compiled():
    def length(x):
        if isinstance(x, (str, list)):
            return len(x)
        elif isinstance(x, np.ndarray):
            return int(x.sum())
        else:
            return x + 1

    for value in ["abc", [1, 2], np.arange(4), 7]:
        assert jit(length)(value) == length(value)


def test_it_settles_expressions_and_loops():
    def expression(x):
        kind = "text" if isinstance(x, str) else "other"
        both = not isinstance(x, str) and x > 1
        either = isinstance(x, str) or x > 1
        while isinstance(x, str):
            return kind, both, either, len(x)
        assert not isinstance(x, str)
        return kind, both, either, x + 1

    for value in ["ab", 1, 2.5]:
        assert jit(expression)(value) == expression(value)


def test_items_of_tuples_by_their_classes():
    def total(items):
        numbers, letters = 0, 0
        for item in items:
            if isinstance(item, str):
                letters += len(item)
            else:
                numbers += item
        return numbers, letters

    for items in [(1, "ab", 2.5), ("a", "bc"), ()]:
        assert jit(total)(items) == total(items)


def test_what_may_be_none():
    def asked(n):
        x = None if n < 0 else n
        return (
            isinstance(x, int),
            isinstance(x, str),
            isinstance(x, int | None),
            not isinstance(x, int),
        )

    for n in (-1, 1):
        assert jit(asked)(n) == asked(n)


def test_an_assertion_that_fails_ends_the_way():
    def checked(x):
        assert isinstance(x, float), "a float"
        return x.is_integer()

    assert jit(checked)(2.0) is True
    with pytest.raises(AssertionError, match="a float"):
        jit(checked)("text")


def test_a_name_of_the_programs_own():
    def isinstance(x, what):
        return x + what

    def own(x):
        return isinstance(x, 2)

    def outside(x):
        def isinstance(y, what):
            return y * what

        return isinstance(x, 2)

    isinstance = jit(isinstance)
    assert jit(own)(3) == 5
    assert jit(outside)(3) == 6


def test_classes_that_are_not_known_are_refused():
    with pytest.raises(CompileError, match="isinstance with"):
        jit(lambda x: isinstance(x, frozenset))(1)


@pytest.mark.parametrize("value", [1, 2.5, True, "text", (1, 2), [1], {1: 2}, {1}, np.float32(1)])
def test_the_class_of_a_value_is_known_while_compiling(value):
    def told(value):
        if type(value) is str or type(value) is list:
            return value, "a string or a list"
        if type(value) is int or type(value) is float:
            return value + 1, "a number"
        return value, type(value) is bool, type(value) is np.float32

    assert jit(told)(value) == told(value)


def test_functions_and_classes_are_told_apart():
    def told(f, x):
        if f is abs:
            return -1
        return f(x) if f is not max and type(x)(2) == 2 else 0

    assert jit(told)(abs, -3) == told(abs, -3)
    assert jit(told)(len, "x") == told(len, "x")
