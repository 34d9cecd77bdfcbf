"""Indices in loops: checked before a loop or in it, they read, wrap and raise as in Python."""

import numpy as np
import pytest
from stook import jit

N = 7
RANGES = ["n", "1, n", "n - 1, -1, -1", "n - 1, 0, -1", "-n, n", "0, n, 3", "n - 1, -1, -2", "2, 2"]
INDICES = ["k", "k - 1", "k + 1", "1 + k", "n - 1 - k", "k - n", "m", "m - k", "k + m - 3", "-k"]


def made(text):
    """Return the function that a text defines, its source where it can be read."""
    import linecache

    name = f"<bounds {abs(hash(text))}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    found = {"np": np}
    exec(compile(text, name, "exec"), found)
    return found["f"]


def outcome(function, *args):
    """Return what a function returns, or the words of what it raises."""
    try:
        return function(*args)
    except IndexError as error:
        return str(error)


@pytest.mark.parametrize("numbers", RANGES)
@pytest.mark.parametrize("index", INDICES)
def test_a_loop_writes_until_the_round_that_raises(numbers, index):
    function = made(
        "def f(a, out, n, m):\n"
        f"    for k in range({numbers}):\n"
        "        out[0] += 1\n"
        f"        out[1] += a[{index}]\n"
    )
    compiled = jit(function)
    for n in (0, 1, N - 1, N, N + 1):
        for m in (-N - 1, -1, 0, N - 1, N):
            ours, theirs = np.zeros(2), np.zeros(2)
            args = np.arange(1.0, N + 1), n, m
            expected = outcome(function, args[0], theirs, *args[1:])
            assert outcome(compiled, args[0], ours, *args[1:]) == expected
            assert np.array_equal(ours, theirs)


def test_a_step_that_is_not_known_goes_either_way():
    function = made(
        "def f(a, start, stop, step):\n"
        "    s = 0.0\n"
        "    for k in range(start, stop, step):\n"
        "        s += a[k]\n"
        "    return s\n"
    )
    compiled = jit(function)
    a = np.arange(1.0, N + 1)
    for start in (-8, -1, 0, 3, 6, 7):
        for stop in (-9, -8, 0, 6, 7, 8):
            for step in (-3, -1, 1, 2):
                args = a, start, stop, step
                assert outcome(compiled, *args) == outcome(function, *args)


def test_a_variable_that_the_loop_changes_is_checked_in_each_round():
    def f(a, n):
        j = 0
        for k in range(n):
            a[j] += 1
            j = j + 2
            k = k * 2
            a[k] += 10
        return j

    compiled = jit(f)
    for n in range(6):
        ours, theirs = np.zeros(N), np.zeros(N)
        assert outcome(compiled, ours, n) == outcome(f, theirs, n)
        assert np.array_equal(ours, theirs)


def test_an_array_that_the_loop_changes_is_checked_in_each_round():
    def f(a, b, n):
        for k in range(n):
            a[k] += 1
            a, b = b, a

    compiled = jit(f)
    for n in (2, 3, 4, 5):
        ours, theirs = (np.zeros(3), np.zeros(5)), (np.zeros(3), np.zeros(5))
        assert outcome(compiled, *ours, n) == outcome(f, *theirs, n)
        assert all(np.array_equal(x, y) for x, y in zip(ours, theirs, strict=True))


def test_ends_that_are_close_to_the_largest_number():
    def f(a, start, stop, offset):
        s = 0
        for k in range(start, stop):
            s += a[k - offset]
        return s

    top = 2**63 - 1
    compiled, a = jit(f), np.arange(5)
    assert compiled(a, top - 5, top, top - 5) == 10
    assert compiled(a, -(2**63), -(2**63) + 5, -(2**63)) == 10
    with pytest.raises(IndexError, match="index 5 is out of bounds"):
        compiled(a, top - 6, top, top - 6)
    with pytest.raises(IndexError, match="out of bounds"):
        compiled(a, -(2**63), top, 0)


def test_the_end_of_a_range_is_taken_once():
    def f(n):
        count = 0
        for _ in range(n):
            n = 1
            count += 1
        for _ in range(count, -1, -1):
            count = 0
            n += 1
        return count, n

    assert jit(f)(5) == f(5)


def test_without_bounds_what_is_counted_from_the_end_is_found():
    @jit(boundscheck=False)
    def f(a):
        s = 0.0
        for k in range(-3, 3):
            s = 10 * s + a[k]
        return s

    assert f(np.arange(1.0, 6)) == 345123.0
