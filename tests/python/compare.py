"""Holds stook to NumPy: one program, run with each of them, must give the same."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy
import stook
from stook import _fallback


def outcome(program: Callable[[Any], Any], module: Any) -> tuple[Any, ...]:
    """Return what the program gives with `module` as its NumPy: a value, or an error."""
    try:
        return ("value", plain(program(module)))
    except Exception as error:
        return ("error", type(error), str(error))


def plain(value: Any) -> Any:
    """Return `value` with NumPy's arrays in place of ours."""
    if type(value) is stook.ndarray:
        return numpy.asarray(value)
    if isinstance(value, tuple | list):
        return type(value)(plain(item) for item in value)
    return value


def equal(a: Any, b: Any, rtol: float = 0) -> bool:
    """Return whether two results are the same in type, shape, dtype and every element.

    Floats may differ by `rtol` relatively.
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(equal(x, y, rtol) for x, y in zip(a, b, strict=True))
    if isinstance(a, numpy.ndarray | numpy.generic):
        same = a.dtype == b.dtype and a.shape == b.shape
        if same and rtol and a.dtype.kind in "fc":
            return numpy.allclose(a, b, rtol=rtol, atol=0, equal_nan=True)
        return same and numpy.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    return a == b or (a != a and b != b)


def check(program: Callable[[Any], Any], rtol: float = 0) -> None:
    """Fail unless the program gives the same with NumPy and with stook."""
    expected, got = outcome(program, numpy), outcome(program, stook)
    assert equal(expected, got, rtol), f"NumPy: {expected!r}\nstook: {got!r}"


def told(program: Callable[[Any], Any], module: Any) -> tuple[Any, ...]:
    """Return what the program gives, and of what it warns."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        result = outcome(program, module)
    return result, {(w.category, str(w.message)) for w in found}


def check_told(program: Callable[[Any], Any], rtol: float = 0) -> None:
    """Like `check`, and fail unless a program without errors warns alike."""
    (expected, warned), (got, warns) = told(program, numpy), told(program, stook)
    assert equal(expected, got, rtol), f"NumPy: {expected!r}\nstook: {got!r}"
    assert warned == warns or got[0] == "error", f"NumPy: {warned}\nstook: {warns}"


@contextmanager
def falling_back(*names: str, unchecked: bool = False) -> Iterator[None]:
    """Fail where a function other than `names` runs in NumPy within the context."""
    before = _fallback.calls.copy()
    yield
    fell = set(_fallback.calls - before)
    assert unchecked or fell <= set(names), f"in NumPy ran {fell}"
