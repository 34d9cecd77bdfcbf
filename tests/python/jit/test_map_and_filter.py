"""`map` and `filter` in compiled functions: generators of what they say."""

# ruff: noqa: C417  (functions that are written out are what is tested)

import math

import numpy as np
import pytest
from stook import CompileError, jit


@jit
def twice(x):
    return 2 * x


def same(function, *args):
    assert jit(function)(*args) == function(*args)


def test_in_all_that_takes_iterables():
    def made(a):
        total = 0
        for x in map(lambda x: x * 2, a):
            total += x
        return (
            total,
            list(map(twice, a)),
            sum(map(twice, a)),
            max(map(twice, a)),
            sorted(map(lambda x: -x, a)),
            [x + 1 for x in map(twice, a) if x > 2],
            any(map(lambda x: x > 2, a)),
            len(set(map(lambda x: x % 2, a))),
        )

    same(made, [1, 2, 3])


def test_filters():
    def made(a, low):
        total = 0
        for k, x in enumerate(filter(lambda x: x > low, a)):
            total += k * x
        return (
            total,
            list(filter(None, a)),
            sum(filter(lambda x: x != low, a)),
            list(filter(lambda x: x > 99, a)),
        )

    same(made, [0, 3, 1, 2, 0], 1)


def test_several_iterables_and_each_other():
    def made(a, b):
        return (
            list(map(lambda x, y, k: x * y + k, a, b, range(9))),
            list(map(max, a, b)),
            list(map(twice, filter(lambda x: x > 1, a))),
            [x - y for x, y in zip(map(twice, a), filter(None, b), strict=True)],
        )

    same(made, [1, 2, 3], [4, 0, 5, 6])


def test_functions_of_all_kinds():
    def made(a, words):
        return (
            list(map(abs, a)),
            list(map(float, a)),
            list(map(str, a)),
            list(map(math.sqrt, map(abs, a))),
            list(map(len, words)),
            dict(zip(words, map(int, a), strict=True)),
        )

    same(made, [1, -2, 3], ["a", "bc", ""])


def test_over_arrays_ranges_and_strings():
    def made(a):
        return (
            list(map(twice, a)),
            sum(map(twice, range(5))),
            list(filter(lambda c: c != "b", "abc")),
        )

    same(made, np.arange(3.0))


def test_what_makes_the_function_runs_once_and_first():
    def made(log, a):
        def adds(k):
            log.append(k)
            return lambda x: x + k

        def items():
            log.append(99)
            return a

        return list(map(adds(3), items())), list(filter(adds(4), items()))

    own, theirs = [0], [0]
    assert jit(made)(own, [1, -4]) == made(theirs, [1, -4])
    assert own == theirs


def test_within_functions_within():
    def made(a):
        def inner(b):
            return sum(map(lambda x: x + len(a), b))

        return inner(a), [sum(map(lambda y, k=k: y * k, a)) for k in a]

    same(made, [1, 2, 3])


def test_names_of_the_programs_own():
    def parameter(map):
        return map(twice, 3)

    def variable(x):
        def filter(f, y):
            return f(y)

        return filter(twice, x)

    @jit
    def apply(f, x):
        return f(x) + 1

    assert jit(parameter)(apply) == 7
    same(variable, 4)


def test_exceptions_come_from_the_line():
    def made(a):
        return list(map(lambda x: 1 // x, a))

    with pytest.raises(ZeroDivisionError):
        jit(made)([1, 0])


def test_what_cannot_be_called_is_refused():
    with pytest.raises(CompileError, match="cannot be called"):
        jit(lambda a: list(map(3, a)))([1])
