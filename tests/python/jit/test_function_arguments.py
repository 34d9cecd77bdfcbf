"""Functions as arguments of compiled functions."""

import gc
import math
import weakref

import numpy as np
import pytest
import stook


@stook.jit
def square(x):
    return x * x


@stook.jit
def shifted(x, by=1):
    return x + by


@stook.cfunc("f8(f8)")
def halved(x):
    return x / 2


@stook.vectorize
def plus_one(x):
    return x + 1


@stook.jit
def trapezoids(f, a, b, n):
    h = (b - a) / n
    total = (f(a) + f(b)) / 2
    for k in range(1, n):
        total += f(a + k * h)
    return total * h


@stook.jit
def composed(functions, x):
    for f in functions[::-1]:
        x = f(x)
    return x


@pytest.mark.parametrize("f", [square, shifted, halved, plus_one, math.exp, np.sin, abs, float])
def test_a_function_is_an_argument(f):
    plain = f.py_func if isinstance(f, type(square)) else f
    expected = trapezoids.py_func(plain, 0.0, 2.0, 100)
    assert trapezoids(f, 0.0, 2.0, 100) == pytest.approx(expected, rel=1e-12)


def test_functions_of_c_are_arguments():
    cbrt = stook.extern("libm.so.6", "cbrt", "f8(f8)")
    assert trapezoids(cbrt, 0.0, 1.0, 1000) == pytest.approx(0.75, abs=1e-3)


def test_tuples_have_functions():
    assert composed((shifted, square), 0.5) == 1.25
    assert composed((square, shifted, square, halved), 1.0) == 1.5625
    assert composed((shifted, np.negative, (math.floor)), 2.5) == -1


def test_a_function_is_passed_on():
    @stook.jit
    def twice(f, x):
        return composed((f, f), x)

    assert twice(square, 3) == 81
    assert twice(shifted, 3) == 5
    assert twice(square, 3.0) == 81.0


def test_each_function_has_a_version():
    @stook.jit
    def applied(f, x):
        return f(x)

    made = [stook.jit(lambda x, k=k: x + k) for k in range(4)]
    assert [applied(f, 10) for f in made] == [10, 11, 12, 13]
    assert [applied(f, 10) for f in made] == [10, 11, 12, 13]
    assert len(applied.versions()) == 4


def test_a_version_keeps_the_functions_that_its_types_name():
    @stook.jit
    def applied(f, x):
        return f(x)

    f = stook.jit(lambda x: x + 1)
    assert applied(f, 1) == 2
    alive = weakref.ref(f)
    del f
    gc.collect()
    assert alive() is not None
    del applied
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize(
    "f", [lambda x: x, (square, lambda x: x), type("Called", (), {"__call__": abs})()]
)
def test_functions_that_are_not_compiled_are_refused(f):
    @stook.jit
    def applied(f, x):
        return x

    with pytest.raises(
        TypeError, match=r"applied\(\): the argument 'f' .* decorate it with @stook.jit"
    ):
        applied(f, 1.0)


def test_lists_of_functions_are_refused():
    with pytest.raises(TypeError, match="the argument 'functions' is a list of other objects"):
        composed([square, shifted], 1.0)


def test_types_of_functions_are_told():
    trapezoids(square, 0.0, 1.0, 4)
    assert any("a compiled function" in types for types, *_ in trapezoids.versions())
