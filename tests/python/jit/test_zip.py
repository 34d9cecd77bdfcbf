"""`zip` in compiled functions: as many rounds as the shortest has items, and `strict`."""

import itertools

import numpy as np
import pytest
import stook
from stook import jit


def outcome(function, *args):
    """Return what a call gives, or what it raises."""
    try:
        return function(*args)
    except (ValueError, ZeroDivisionError) as error:
        return type(error), str(error)


def three(a, b, n, strict):
    total = 0.0
    for x, y, k in zip(a, b, range(n), strict=strict):
        total += x * y + k
    return total


@pytest.mark.parametrize("strict", [True, False])
def test_walks_of_any_lengths(strict):
    compiled = jit(three)
    for lengths in itertools.product(range(4), repeat=3):
        args = np.arange(lengths[0] + 0.0), np.ones(lengths[1]), lengths[2], strict
        assert outcome(compiled, *args) == outcome(three, *args), lengths


def test_a_strict_loop_that_is_left_early_asks_for_nothing():
    def found(a, b, wanted):
        for x, y in zip(a, b, strict=True):
            if x == wanted:
                return y
        return -1.0

    args = np.arange(3.0), np.arange(5.0)
    for wanted in (2.0, 7.0):
        assert outcome(jit(found), *args, wanted) == outcome(found, *args, wanted)


def test_strict_beside_numbers_in_lists_and_in_reductions():
    def counted(a, b):
        seen = 0
        for k, (x, y) in enumerate(zip(a, b, strict=True), 2):
            seen += k * int(x - y)
        return seen

    def listed(a, b):
        return len(list(zip(a, b, strict=True))) + sum([x * y for x, y in zip(a, b, strict=True)])

    for function in (counted, listed):
        for n in (3, 4, 5):
            args = np.arange(4.0), np.ones(n)
            assert outcome(jit(function), *args) == outcome(function, *args)


def test_a_list_that_grows_in_the_body():
    def grows(n):
        a, b, seen = [1, 2, 3], [1], 0
        for x, y in zip(a, b, strict=True):
            if len(b) < n:
                b.append(x)
            seen += x + y
        return seen

    for n in (1, 2, 3, 4):
        assert outcome(jit(grows), n) == outcome(grows, n)


def test_the_body_ran_before_the_error():
    def writes(a, b):
        for k, (x, y) in enumerate(zip(a, b, strict=True)):
            a[k] = x + y

    ours, theirs = np.arange(3.0), np.arange(3.0)
    assert outcome(jit(writes), ours, np.ones(2)) == outcome(writes, theirs, np.ones(2))
    assert np.array_equal(ours, theirs)


def test_a_strict_zip_within_zip_is_refused():
    def nested(a):
        total = 0.0
        for (x, y), z in zip(zip(a, a, strict=True), a, strict=False):
            total += x * y * z
        return total

    with pytest.raises(stook.CompileError, match=r"zip\(strict=...\) cannot stand within zip"):
        jit(nested)(np.ones(3))
