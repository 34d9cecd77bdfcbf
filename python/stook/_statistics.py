"""Reductions as functions, and running sums and products.

A function takes what its method takes, of any object; other libraries' objects go to NumPy, which
asks their own methods.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from operator import index
from sys import getrefcount
from typing import Any

import numpy
from numpy._globals import _NoValue

from stook import _fallback
from stook._composed import asked, composed, dropped, stored
from stook._stook import asarray, count_few, ndarray, reduce, ufuncs
from stook._subclasses import is_derived, is_foreign
from stook._ufunc_methods import accumulate

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "max",
    "mean",
    "min",
    "prod",
    "ptp",
    "std",
    "sum",
    "var",
]

# References on an argument that only the function called with it holds: its own and the count's.
ONLY_HERE = 2
_NATIVE = ("sum", "prod", "min", "max", "any", "all", "argmin", "argmax")
_PLAIN = (list, tuple, bool, int, float, complex)


def _reduction(name: str) -> Callable[..., Any]:
    target = getattr(numpy, name)
    outside = _fallback.function(name)
    native = name in _NATIVE

    def function(a: Any, *args: Any, **kwargs: Any) -> Any:
        if native and type(a) is ndarray and not args and not kwargs:
            temporary = getrefcount(a) <= ONLY_HERE
            return reduce(a, name, temporary=temporary)
        if not isinstance(a, ndarray):
            if type(a) not in _PLAIN and not isinstance(a, numpy.generic):
                return outside(a, *args, **kwargs)
            a = asarray(a)
        elif type(a) is not ndarray and not is_derived(a):
            a = asarray(a)
        if type(a) is not ndarray:
            return outside(a, *args, **kwargs)
        if kwargs:
            kwargs = {key: value for key, value in kwargs.items() if value is not _NoValue}
        return getattr(a, name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = target.__doc__
    return function


def _with_correction(name: str) -> Callable[..., Any]:
    """Return the function of a variance, which takes `ddof` by another name too."""
    plain = _reduction(name)

    @functools.wraps(plain)
    def function(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        *args: Any,
        correction: Any = _NoValue,
        **kwargs: Any,
    ) -> Any:
        return plain(a, axis, dtype, out, corrected(ddof, correction), *args, **kwargs)

    return function


def corrected(ddof: Any, correction: Any) -> Any:
    """Return the one of two names' values that was given."""
    if correction is _NoValue:
        return ddof
    if ddof != 0:
        raise ValueError("ddof and correction can't be provided simultaneously.")
    return correction


def _running(name: str, row: str) -> Callable[..., Any]:
    @functools.partial(composed, method=name)
    def method(self: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        line = self.ravel() if axis is None or self.ndim == 0 else self
        along = 0 if axis is None else index(axis)
        result = accumulate(ufuncs[row], line, along, dtype, out)
        if result is None:
            raise ValueError("a call that NumPy refuses, or answers itself")
        return result

    method.__name__, method.__qualname__ = name, f"ndarray.{name}"
    method.__doc__ = getattr(numpy.ndarray, name).__doc__
    return method


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the number of elements that are not zero, over axes."""
    if axis is None and not keepdims:
        few = count_few(a)
        if few is not None:
            return few
    if type(a) is not ndarray and not is_foreign(a):
        a = asarray(a)
    if type(a) is not ndarray:
        return _fallback.function("count_nonzero")(a, axis, keepdims=keepdims)
    if axis is not None and (0 in a.strides or not a.size):
        a = a.astype(bool, copy=False)  # as NumPy does, so that results lie in memory as there
    temporary = getrefcount(a) <= ONLY_HERE
    return reduce(a, "count_nonzero", axis, None, keepdims, temporary)


@composed
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = _NoValue) -> Any:
    """Return the greatest less the smallest value of `a`, over axes."""
    a = asked(a, "ptp")
    keepdims = keepdims is not _NoValue and bool(keepdims)
    # Recorded before the first look, so that both are found in one pass.
    smallest = a.min(axis, None, True)
    largest = stored(a.max(axis, None, keepdims), out)
    smallest = smallest if keepdims else dropped(smallest, axis)
    return ufuncs["subtract"](largest, smallest, out=out)


ndarray.cumsum, ndarray.cumprod = _running("cumsum", "add"), _running("cumprod", "multiply")

mean, var, std = _reduction("mean"), _with_correction("var"), _with_correction("std")
cumsum, cumprod = _reduction("cumsum"), _reduction("cumprod")
sum, prod = _reduction("sum"), _reduction("prod")
min, max = _reduction("min"), _reduction("max")
any, all = _reduction("any"), _reduction("all")
argmin, argmax = _reduction("argmin"), _reduction("argmax")
amin, amax = min, max
