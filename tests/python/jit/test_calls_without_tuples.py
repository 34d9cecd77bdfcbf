"""Calls of compiled functions: by position, by name, from classes, in every form Python has."""

from __future__ import annotations

import functools
import gc
import types
import weakref
from typing import Any

import numpy
import pytest
import stook
from stook._jit import Compiled
from stook._stook import Dispatcher

VECTORCALL = 1 << 11


@stook.jit
def three(a: Any, b: Any, c: Any = 100) -> Any:
    """Three digits."""
    return a * 10000 + b * 100 + c


def test_the_class_says_that_its_objects_are_called_without_a_tuple() -> None:
    assert type(three).__flags__ & VECTORCALL


@pytest.mark.parametrize(
    "call",
    [
        lambda: three(1, 2, 3),
        lambda: three(1, 2, c=3),
        lambda: three(1, c=3, b=2),
        lambda: three(c=3, b=2, a=1),
        lambda: three(*(1, 2, 3)),
        lambda: three(1, *(2, 3)),
        lambda: three(1, *[2], **{"c": 3}),
        lambda: three(**{"a": 1, "b": 2, "c": 3}),
        lambda: functools.partial(three, 1, 2)(3),
        lambda: functools.partial(three, c=3)(1, 2),
        lambda: next(map(three, [1], [2], [3])),
        lambda: three.__call__(1, 2, 3),
        lambda: three.__call__(1, b=2, c=3),
        lambda: type(three).__call__(three, 1, 2, 3),
        lambda: Dispatcher.__call__(three, 1, 2, 3),
    ],
)
def test_every_form_of_a_call_gives_the_same(call: Any) -> None:
    assert call() == 10203


def test_defaults_are_taken_where_arguments_are_left_out() -> None:
    assert three(1, 2) == three(1, b=2) == three(*(1, 2)) == 10300


def test_a_function_without_parameters_is_called() -> None:
    @stook.jit
    def nothing() -> Any:
        return 7

    assert nothing() == nothing(*()) == nothing(**{}) == 7


@pytest.mark.parametrize(
    "call",
    [
        lambda f: f(1),
        lambda f: f(1, 2, 3, 4),
        lambda f: f(1, 2, d=3),
        lambda f: f(1, 2, a=3),
        lambda f: f(*(1,)),
    ],
)
def test_arguments_that_do_not_fit_are_python_s_error(call: Any) -> None:
    for function in (three, three.py_func):
        with pytest.raises(TypeError, match="argument"):
            call(function)


def test_exceptions_come_from_the_compiled_lines() -> None:
    @stook.jit
    def divided(a: Any, b: Any) -> Any:
        return a // b

    with pytest.raises(ZeroDivisionError) as raised:
        divided(1, 0)
    assert raised.traceback[-1].name == "divided"
    with pytest.raises(TypeError, match="the argument 'b'"):
        divided(1, object())


def test_it_is_a_method_of_objects_and_a_function_of_classes() -> None:
    class Thing:
        own = stook.jit(lambda self, x: x + 1)
        free = staticmethod(three)

    # What is bound is a method, as of functions; numbers stand for the object here.
    assert isinstance(Thing().own, types.MethodType)
    assert Thing.own(1, 2) == 3
    assert three.__get__(1)(2, 3) == 10203
    assert three.__get__(1)(2, c=3) == 10203
    assert Thing.free(1, 2, 3) == Thing().free(1, 2, 3) == 10203


def test_arguments_live_as_long_as_the_call() -> None:
    @stook.jit
    def first(a: Any) -> Any:
        return a[0]

    assert first(numpy.arange(3.0) + 1) == 1.0

    @stook.jit
    def same(a: Any) -> Any:
        return a

    made = same(numpy.arange(3.0))
    gc.collect()
    assert made.tolist() == [0.0, 1.0, 2.0]


def test_attributes_are_those_of_the_function_and_may_be_added() -> None:
    assert (three.__name__, three.__doc__, three.__module__) == ("three", "Three digits.", __name__)
    three.note = 5
    assert three.__dict__["note"] == 5
    del three.note
    assert three.py_func(1, 2, 3) == 10203
    assert isinstance(three, Compiled)
    assert isinstance(three, Dispatcher)
    assert repr(type(three)) == "<class 'stook._jit.Compiled'>"
    assert "compiled when it is called" in (type(three).__doc__ or "")


def test_it_is_collected_with_the_cycle_that_it_is_in() -> None:
    def make() -> Any:
        @stook.jit
        def alone(x: Any) -> Any:
            return x

        alone.itself = alone
        alone(1)
        return weakref.ref(alone)

    gone = make()
    gc.collect()
    assert gone() is None


def test_classes_that_derive_from_its_class_are_called() -> None:
    class Derived(type(three)):  # type: ignore[misc]
        pass

    made = Derived(three.py_func, ["a", "b", "c"], (3, False), [("c", 100)])
    assert made(1, 2, 3) == made(1, 2, c=3) == made(*(1, 2, 3)) == 10203


def test_another_class_is_refused() -> None:
    from stook._stook import without_tuples

    with pytest.raises(TypeError, match="compiled functions"):
        without_tuples(int)
