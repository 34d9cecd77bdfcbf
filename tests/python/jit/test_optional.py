"""Values that may be None in compiled functions, against the same functions in Python."""

import numpy as np
import pytest
from stook import CompileError, jit
from test_functions import check


def test_a_function_returns_none_on_one_way_and_a_value_on_another():
    def first(values, limit):
        for k in range(values.size):
            if values[k] > limit:
                return k, values[k]
        return None

    def falls_off(n):
        if n > 2:
            return n * 1.5

    for limit in (0.5, 9.0):
        check(first, np.arange(4.0), limit)
    for n in (1, 3):
        check(falls_off, n)


def test_arrays_may_be_none():
    def some(values, n):
        if n == 0:
            return None
        if n == 1:
            return values
        return np.copy(values[::2])

    for n in range(3):
        check(some, np.arange(5.0), n)


def test_a_variable_begins_as_none():
    def best(values):
        found = None
        for value in values:
            if found is None or value > found:
                found = value
        return found

    check(best, np.array([1.0, 3.0, 2.0]))
    check(best, np.zeros(0))


def test_a_test_for_none_tells_each_way_what_the_variable_is():
    @jit
    def maybe(n):
        return None if n < 0 else n

    def kinds(n):
        x = maybe(n)
        if x is None:
            return -1
        y = x + 1
        while y is not None:
            if y > 5:
                y = None
            else:
                y += x
        return x if y is None else y

    plain = maybe.py_func
    for n in (-1, 2, 7):
        x = plain(n)
        expected = -1 if x is None else x
        assert jit(kinds)(n) == jit(kinds).interpret(n) == expected


def test_a_way_that_needs_a_value_is_not_followed_while_the_variable_is_none():
    def nearest(values, x):
        found = None
        steps = 0
        for value in values:
            if found is not None and abs(value - x) >= abs(found - x):
                steps += 1
            elif not (found is None) or value > 0:  # noqa: E714
                found = value
        return found, steps

    check(nearest, np.array([-1.0, 4.0, 1.0, 2.0, 9.0]), 2.2)
    check(nearest, np.array([-1.0]), 2.2)


def test_truth_printing_and_choice(capsys):
    def told(n):
        x = None if n == 0 else n - 1
        print(x, (x, 2))
        return x or 10, not x, x is not None and x > 2

    for n in (0, 1, 4):
        expected = told(n)
        text = capsys.readouterr().out
        found = jit(told)(n)
        assert capsys.readouterr().out == text
        assert found == expected


def test_none_where_a_value_is_needed_raises_as_in_python():
    def add(n):
        x = None if n == 0 else n
        return x + 1

    check(add, 1)
    with pytest.raises(TypeError, match="None where int is expected"):
        jit(add)(0)


def test_optional_values_are_passed_and_handled():
    @jit
    def shown(x):
        return 0 if x is None else x * 2

    @jit
    def outer(n):
        x = None
        try:
            x = 10 // n
        except ZeroDivisionError:
            n = -1
        return shown(x), x

    assert outer(0) == outer.interpret(0) == (0, None)
    assert outer(5) == outer.interpret(5) == (4, 2)


def test_bools_are_one_or_the_other():
    @jit
    def f(a, b):
        return a is True, a is not True, a is b, a is not b, False is b, a is None

    for a in (True, False):
        for b in (True, False):
            assert f(a, b) == f.py_func(a, b)


@pytest.mark.parametrize("value", [3, 2.5, (1, 2), np.zeros(3), np.True_])
def test_whether_other_values_are_one_object_is_refused(value):
    with pytest.raises(CompileError, match="'is' compares with None"):
        jit(lambda a, b: a is b)(value, value)


def test_containers_may_be_none():
    @jit
    def order(n):
        made = []
        for k in range(n):
            made.append(k)
        return made if n > 2 else None

    def used(n):
        found = order(n)
        if found is None:
            return [], 0
        found.append(9)
        return found, len(found)

    assert [order(n) for n in (1, 4)] == [None, [0, 1, 2, 3]]
    assert [jit(used)(n) for n in (1, 3)] == [([], 0), ([0, 1, 2, 9], 4)]


@pytest.mark.parametrize("value", [1, 2.5, "text", (1, "a"), [1, 2]])
def test_a_missing_key_gives_none(value):
    def found(table, key):
        return table.get(key), table.get(key, None) is None

    def used(table, key):
        value = table.get(key)
        if value is None:
            table[key] = table["a"]
            return -1
        return value

    for key in ("a", "b"):
        assert jit(found)({"a": value}, key) == found({"a": value}, key)
    own, theirs = {"a": 1}, {"a": 1}
    assert [jit(used)(own, "b") for _ in range(2)] == [used(theirs, "b") for _ in range(2)]
    assert own == theirs


def test_none_in_a_dict_that_nothing_is_put_into():
    assert jit(lambda: {}.get(1))() is None
