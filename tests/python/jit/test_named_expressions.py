"""`:=` in compiled functions."""

import numpy as np
import pytest
from stook import jit, prange


def same(function, *args):
    assert jit(function)(*args) == function(*args)


def test_in_tests_of_loops_and_branches():
    def halved(n):
        steps = 0
        while (half := n // 2) > 0:
            n = half
            steps += 1
        if (last := n + steps) > 3 and (twice := 2 * last) > 9:
            return twice, steps, half
        return last, steps, half

    for n in (0, 1, 5, 1000):
        same(halved, n)


def test_in_comprehensions_it_is_the_functions():
    def found(a):
        kept = [y for x in a if (y := x * x) > 3]
        total = sum(last := x + 1 for x in a)
        return kept, y, total, last

    same(found, [1, 2, 3])


def test_what_was_read_before_stays():
    def numbers(x):
        a = x + (x := 10) + x
        b = (x, (x := x + 1), x)
        c = [x, x := 2, x]
        return a, b, c, x * (x := 3) - x

    def containers(items):
        pair = (items, len(items := [*(5, 6, 7)]), items)
        return pair[0][0], pair[1], pair[2], len(items) + len(items := [1]) + len(items)

    same(numbers, 1)
    same(containers, [1, 2])


def test_of_other_types_on_each_way():
    def typed(n):
        if (x := n) > 2:
            x = x + 0.5
        return x, (y := "a" + "b") + y

    for n in (1, 3):
        same(typed, n)


def test_what_may_be_none():
    def found(a, n):
        def first(limit):
            for k in range(a.size):
                if a[k] > limit:
                    return k
            return None

        if (k := first(n)) is not None:
            return k + 1
        return -1

    for n in (0, 2, 9):
        same(found, np.arange(5.0), n)


def test_a_name_without_a_value():
    def short(x):
        if x > 1 and (y := x) > 2:
            pass
        return y

    assert jit(short)(3) == 3
    with pytest.raises(UnboundLocalError):
        jit(short)(0)


def test_ways_that_give_it_values_and_ways_that_do_not():
    def ways(x):
        y, z = 0, "none"
        first = x > 1 and (y := x + 1) > 3
        second = (y := 10 * y) if x > 2 else -1
        third = 0 < x < (y := y + x) < 9
        fourth = x if x < 2 else len(z := "some")
        if (x > 0 and (y := y + 100) > 200) or (y := y + 1000) < 0:
            z = z + "more"
        return first, second, third, fourth, y, z

    for x in range(-1, 6):
        same(ways, x)

    def typed(x):
        y = 1
        both = x > 1 and (y := 2.5) > 1
        return both, y

    assert jit(typed)(2) == typed(2)
    assert jit(typed)(0) == typed(0)


def test_in_rounds_each_has_its_own():
    @jit(parallel=True)
    def squares(n):
        made = np.zeros(n)
        total = 0
        for k in prange(n):
            if (square := k * k) % 2 == 0:
                made[k] = square
                total += square
        return made, total

    made, total = squares(1000)
    expected = [k * k if k * k % 2 == 0 else 0 for k in range(1000)]
    assert (made == expected).all()
    assert total == sum(expected)


def test_in_lambdas_and_assertions():
    def own(x):
        f = lambda y: (z := y + 1) * z  # noqa: E731
        assert (w := f(x)) > 0  # noqa: RUF018
        return w

    same(own, 2)


def test_what_it_makes_is_let_go_of():
    @jit
    def lists(n):
        total = 0
        for k in range(n):
            if len(items := [k, k + 1]) == 2:
                total += items[1]
        return total

    assert lists(1000) == sum(range(1, 1001))
