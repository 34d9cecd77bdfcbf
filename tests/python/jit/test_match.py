"""Statements of `match` in compiled functions, against the same functions in Python."""

import itertools
import math

import numpy as np
import pytest
from stook import CompileError, jit
from test_functions import check


def test_numbers_alternatives_and_what_is_left():
    def named(n):
        match n:
            case 0:
                return 10
            case 1 | 2 | -3:
                return 20
            case 4.5:
                return 30
            case _:
                return 40

    for n in (0, 1, 2, 3, -3, 4, 4.5, 0.0, -0.0, float("nan"), True):
        check(named, n)


def test_no_case_need_fit():
    def changed(n):
        found = 5
        match n:
            case 1:
                found = 6
            case 2:
                found += n
        return found

    for n in range(4):
        check(changed, n)


def test_the_subject_is_computed_once():
    def taken(values):
        left = [3, 1, 2]
        match left.pop():
            case 1:
                values[0] = 1.0
            case 2:
                values[0] = 2.0
            case 3:
                values[0] = 3.0
        return len(left)

    check(taken, np.zeros(2))


def test_captures_and_guards():
    def sign(x):
        match x:
            case y if y < 0:
                return -1, y
            case 0 as y:
                return 0, y
            case y if y > 10:
                return 2, y
            case (1 | 2) as y if x == 2:
                return 3, y
            case y:
                return 1, y

    for x in (-4, 0, 1, 2, 3, 10, 11):
        check(sign, x)


def test_a_guard_that_fails_leaves_what_was_captured():
    def kept(a, b):
        x = 0
        match a, b:
            case 1, x if x > 5:
                return -1
            case 1, _:
                return x
        return x + 100

    for a, b in itertools.product((1, 2), (3, 8)):
        check(kept, a, b)


def test_tuples_are_matched_item_by_item():
    def area(a, b, c):
        match a, (b, c):
            case 0, (0, 0):
                return 1
            case 0, (y, 0):
                return 2 * y
            case x, (0, z) if x < z:
                return 3 * x + z
            case [_, [_, _, _]]:
                return 4
            case 1 | 2, (y, *_):
                return 5 * y
            case pair if pair[0] == 3:
                return 6 + pair[1][0]
            case (*_, last):
                return last[1]

    for three in itertools.product(range(4), repeat=3):
        check(area, *three)


def test_constants_of_modules_are_compared():
    def which(n):
        match n:
            case math.pi:
                return 1
            case math.inf:
                return 2
        return 3

    for n in (math.pi, math.inf, -math.inf, 8.0):
        check(which, n)


def test_none_is_told_from_values():
    def added(n):
        found = None
        if n > 2:
            found = n
        match found:
            case None:
                return -1
            case k:
                return k + 1

    for n in range(5):
        check(added, n)


def test_loops_are_left_and_gone_on_with_from_cases():
    def walked(values):
        total = 0.0
        for value in values:
            match value:
                case 1.0:
                    continue
                case 3.0:
                    break
                case v if v > 4.0:
                    match v - 5.0:
                        case 0.0:
                            total += 100.0
                        case rest:
                            total += rest
                case _:
                    total += value
        return total

    check(walked, np.array([1.0, 2.0, 5.0, 7.5, 1.0, 3.0, 9.0]))


def _by_class(x):
    match x:
        case int():
            return 1
    return 2


def _by_truth(x):
    match x:
        case True:
            return 1
    return 2


def _by_key(x):
    match x:
        case {1: _}:
            return 1
    return 2


def _by_length(x):
    match x:
        case a, b:
            return a + b
    return 2


def _by_rest(x):
    match x, x:
        case a, *rest:
            return a + len(rest)
    return 2


def _by_either(x):
    match x, 1:
        case (2, y) | (y, 1):
            return y
    return 2


@pytest.mark.parametrize(
    ("function", "said", "below"),
    [
        (_by_class, "class or mapping", "^^^^^"),
        (_by_truth, "True or False", "^^^^"),
        (_by_key, "class or mapping", "^^^^^^"),
        (_by_length, "match a, b", "^^^^"),
        (_by_rest, "several items", "^^^^^"),
        (_by_either, "write a case for each", "^^^^^^"),
    ],
)
def test_other_patterns_are_refused_at_their_place(function, said, below):
    with pytest.raises(CompileError, match=said) as raised:
        jit(function)(3)
    lines = str(raised.value).splitlines()
    caret = next(line for line in lines if set(line.strip()) == {"^"})
    assert caret.strip() == below
    assert "case" in lines[lines.index(caret) - 1]
