"""Functions that nobody has compiled, called by those that are."""

import functools
import gc
import weakref

import pytest
from stook import CompileError, jit

SCALE = 3


def scaled(x, by=2, *, more=0):
    return SCALE * x * by + more


def steps(n):
    return 0 if n == 1 else 1 + steps(n // 2 if n % 2 == 0 else 3 * n + 1)


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def with_a_class(x):
    return object()


@functools.lru_cache
def cached(n):
    return n


def test_they_are_compiled_with_their_caller():
    def called(x):
        return scaled(x), scaled(x, 5), scaled(x, more=1.5), steps(27), is_even(7)

    assert jit(called)(2) == called(2)


def test_what_they_name_may_change(monkeypatch):
    compiled = jit(lambda x: scaled(x))
    assert compiled(1) == 6
    monkeypatch.setitem(globals(), "SCALE", 10)
    assert compiled(1) == 20
    monkeypatch.setitem(globals(), "scaled", lambda x: -x)
    assert compiled(1) == -1


def test_what_they_cannot_do_is_told_in_their_line():
    with pytest.raises(CompileError, match=r"in with_a_class\n.*return object\(\)"):
        jit(lambda x: with_a_class(x))(1)


def test_a_wrapper_is_not_what_it_wraps():
    with pytest.raises(
        CompileError, match=r"_lru_cache_wrapper cannot be used here\n(.*\n)*.*dict"
    ):
        jit(lambda x: cached(x))(1)


def test_one_lives_no_longer_than_its_callers():
    def made():
        def inner(x):
            return x + 1

        alive = weakref.ref(inner)
        assert jit(lambda x: inner(x))(1) == 2
        return alive

    alive = made()
    gc.collect()
    assert alive() is None
