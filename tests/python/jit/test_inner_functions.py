"""Functions within compiled functions, against the same functions in Python."""

import numpy as np
import pytest
from stook import CompileError, jit
from test_functions import check


@jit
def twice(function, x):
    return function(function(x))


@jit
def bisect(function, low, high):
    for _ in range(60):
        middle = (low + high) / 2
        if function(low) * function(middle) <= 0:
            high = middle
        else:
            low = middle
    return low


def test_a_function_within_a_function_is_called():
    def outer(a, b):
        def norm(x, y):
            return (x * x + y * y) ** 0.5

        return norm(a, b) + norm(b, y=1)

    check(outer, 3, 4)
    check(outer, 3.0, np.float32(4))


def test_variables_around_have_the_values_of_the_call():
    def outer(n):
        scale = 1

        def scaled(x):
            return scale * x

        first = scaled(n)
        scale = 2.5
        return first, scaled(n), n

    check(outer, 7)


def test_arrays_around_are_read_and_written():
    def outer(values):
        own = np.zeros(3)

        def put(k, x):
            own[k] = x
            values[k] += x

        for k in range(3):
            put(k, k + 0.5)
        return own

    check(outer, np.arange(3.0))


def test_lambdas_and_defaults():
    def outer(n):
        k = 3
        cube = lambda x, power=k: x**power  # noqa: E731
        k = 1
        return cube(n) + cube(n, 2) + (lambda: k)()

    check(outer, 5)


def test_functions_are_passed_to_compiled_functions():
    def outer(a):
        offset = a * 1.0
        return twice(lambda x: x * 2 + offset, 1.0), bisect(lambda x: x * x - a, 0.0, 2.0)

    found = jit(outer)(2)
    assert found == (1.0 * 4 + 6.0, pytest.approx(2**0.5))


def test_functions_are_returned_to_compiled_functions_and_kept_in_tuples():
    @jit
    def adder(n):
        def add(x):
            return x + n

        return add

    @jit
    def outer(n):
        add = adder(n)
        both = (add, lambda x: add(x) * 10)
        return both[0](1), both[1](1), twice(add, 0)

    assert outer(3) == (4, 40, 6)


def test_a_function_within_a_function_calls_itself():
    def outer(n):
        base = 1

        def factorial(k):
            if k <= 1:
                return base
            return k * factorial(k - 1)

        return factorial(n)

    check(outer, 10)


def test_nonlocal_variables_change():
    def outer(n):
        count = 0
        last = 0.0

        def visit(x):
            nonlocal count, last
            count += 1
            last = x
            return count * 10

        total = 0
        for k in range(n):
            total += visit(k + 0.5)
        return total, count, last

    for n in (0, 1, 4):
        check(outer, n)


def test_functions_within_functions_within_functions():
    def outer(n):
        a = 2

        def middle(x):
            b = x + a

            def inner(y):
                return y * a + b

            return inner(x) + inner(1)

        return middle(n) + a

    check(outer, 5)


def test_one_function_of_the_same_source_for_several_types():
    def outer(n):
        def double(x):
            return x + x

        return double(n), double(1.5), double(np.int8(3)), double(True)

    check(outer, 4)


def test_what_is_not_compiled_says_what_to_do():
    @jit
    def passed(n):
        count = 0

        def visit(x):
            nonlocal count
            count += 1
            return x

        return twice(visit, n) + count

    with pytest.raises(CompileError, match="changes variables around it cannot be passed on"):
        passed(1)

    @jit
    def each_other(n):
        def even(k):
            return True if k == 0 else odd(k - 1)

        def odd(k):
            return False if k == 0 else even(k - 1)

        return even(n)

    with pytest.raises(CompileError, match="call each other"):
        each_other(3)

    @jit
    def returned(n):
        return lambda x: x + n

    with pytest.raises(CompileError, match="a function within a function"):
        returned(3)


def test_a_name_that_is_given_a_value_later_has_none_yet():
    @jit
    def early(n):
        def read():
            return later

        found = read()
        later = n
        return found + later

    with pytest.raises(CompileError, match="'later' has no value here"):
        early(1)


def test_exceptions_of_functions_within_functions_are_handled():
    def outer(n):
        def inverse(x):
            return 1.0 / x

        try:
            return inverse(n)
        except ZeroDivisionError:
            return -1.0

    check(outer, 0)
    check(outer, 2)
