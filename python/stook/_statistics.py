"""Reductions as functions, and the statistics that NumPy composes from sums.

Definitions are NumPy's: a mean is a sum divided by a count, integers are averaged as float64 and
float16 through float32; a variance is the mean of squared distances from the mean, in two steps.
"""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from operator import index
from sys import getrefcount
from typing import Any

import numpy
from numpy._globals import _NoValue
from numpy.lib.array_utils import normalize_axis_index

from stook import _fallback
from stook._stook import asarray, call_numpy, ndarray, reduce, ufuncs
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
_ONLY_HERE = 2
_NATIVE = ("sum", "prod", "min", "max", "any", "all", "argmin", "argmax")
_PLAIN = (list, tuple, bool, int, float, complex)


def _reduction(name: str) -> Callable[..., Any]:
    target = getattr(numpy, name)
    outside = _fallback.function(name)
    native = name in _NATIVE

    def function(a: Any, *args: Any, **kwargs: Any) -> Any:
        if native and type(a) is ndarray and not args and not kwargs:
            temporary = getrefcount(a) <= _ONLY_HERE
            return reduce(a, name, temporary=temporary)
        if not isinstance(a, ndarray):
            if type(a) not in _PLAIN and not isinstance(a, numpy.generic):
                return outside(a, *args, **kwargs)
            a = asarray(a)
        elif type(a) is not ndarray:
            a = asarray(a)
        if type(a) is not ndarray:
            return outside(a, *args, **kwargs)
        if kwargs:
            kwargs = {key: value for key, value in kwargs.items() if value is not _NoValue}
        return getattr(a, name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = target.__doc__
    return function


def _counted(shape: tuple[int, ...], axis: Any) -> int:
    """Return the number of elements that are reduced to one."""
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    number = 1
    for k in axes:
        number *= shape[normalize_axis_index(k, len(shape))]
    return number


def _by_numpy(name: str, a: Any, kwargs: dict[str, Any]) -> Any:
    _fallback.note(name)
    given = {key: value for key, value in kwargs.items() if value is not _NoValue}
    return call_numpy(getattr(numpy, name), (a,), given)


def _mean(
    self: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    *,
    where: Any = True,
) -> Any:
    """Arithmetic mean over axes, all unless said."""
    if where is not True or out is not None:
        asked = {"axis": axis, "dtype": dtype, "out": out, "keepdims": keepdims, "where": where}
        return _by_numpy("mean", self, asked)
    half = False
    if dtype is None:
        kind = self.dtype.kind
        if kind in "biu":
            dtype = numpy.dtype("f8")
        elif self.dtype == numpy.float16:
            dtype, half = numpy.dtype("f4"), True
    temporary = getrefcount(self) <= _ONLY_HERE
    total = reduce(self, "sum", axis, dtype, keepdims, temporary)
    count = _counted(self.shape, axis)
    if count == 0:
        warnings.warn("Mean of empty slice.", RuntimeWarning, stacklevel=2)
    result = total / _like(total, count)
    return result.astype("f2") if half else result


def _like(total: Any, count: float) -> Any:
    """Return a count in the real type of what it divides."""
    return numpy.asarray(count, total.real.dtype)[()]


def _var(
    self: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = _NoValue,
    correction: Any = _NoValue,
) -> Any:
    """Variance over axes, all unless said; divided by the count less `ddof`."""
    if correction is not _NoValue:
        if ddof != 0:
            raise ValueError("ddof and correction can't be provided simultaneously.")
        ddof = correction
    if where is not True or out is not None:
        asked = {"axis": axis, "dtype": dtype, "out": out, "ddof": ddof, "keepdims": keepdims}
        return _by_numpy("var", self, {**asked, "where": where, "mean": mean})
    count = _counted(self.shape, axis)
    if ddof >= count:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=2)
    half = dtype is None and self.dtype == numpy.float16
    if dtype is None and self.dtype.kind in "biu":
        dtype = numpy.dtype("f8")
    elif half:
        dtype = numpy.dtype("f4")
    if mean is _NoValue:
        total = self.sum(axis, dtype, None, True)
        mean = total / _like(total, count)
    total = _squared_distance(self, mean).sum(axis, None, None, keepdims)
    result = total / _like(total, builtins.max(count - ddof, 0))
    return result.astype("f2") if half else result


def _squared_distance(a: Any, mean: Any) -> Any:
    """Return the square of each element's distance from the mean, in a real type."""
    distance = a - mean
    if distance.dtype.kind == "c":
        return distance.real * distance.real + distance.imag * distance.imag
    return distance * distance


def _std(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Square root of the variance, with the same arguments."""
    out = kwargs.get("out", args[2] if len(args) > 2 else None)
    if out is not None:
        _fallback.note("std")
        return call_numpy(numpy.std, (self, *args), kwargs)
    return ufuncs["sqrt"](self.var(*args, **kwargs))


def _ptp(self: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    """Greatest less smallest value, over axes."""
    result = self.max(axis, None, keepdims) - self.min(axis, None, keepdims)
    if out is None:
        return result
    out[...] = result
    return out


def _running(name: str, row: str) -> Callable[..., Any]:
    def method(self: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        line = self.ravel() if axis is None or self.ndim == 0 else self
        along = 0 if axis is None else index(axis)
        result = accumulate(ufuncs[row], line, along, dtype, out)
        if result is None:
            return _by_numpy(name, self, {"axis": axis, "dtype": dtype, "out": out})
        return result

    method.__name__ = method.__qualname__ = name
    method.__doc__ = getattr(numpy.ndarray, name).__doc__
    return method


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the number of elements that are not zero, over axes."""
    if type(a) is not ndarray:
        a = asarray(a)
    temporary = getrefcount(a) <= _ONLY_HERE
    return reduce(a, "count_nonzero", axis, None, keepdims, temporary)


_METHODS = {
    "mean": _mean,
    "var": _var,
    "std": _std,
    "ptp": _ptp,
    "cumsum": _running("cumsum", "add"),
    "cumprod": _running("cumprod", "multiply"),
}

for _name, _function in _METHODS.items():
    if _name != "ptp":
        setattr(ndarray, _name, _function)

mean, var, std = _reduction("mean"), _reduction("var"), _reduction("std")
cumsum, cumprod = _reduction("cumsum"), _reduction("cumprod")
sum, prod = _reduction("sum"), _reduction("prod")
min, max = _reduction("min"), _reduction("max")
any, all = _reduction("any"), _reduction("all")
argmin, argmax = _reduction("argmin"), _reduction("argmax")
amin, amax = min, max


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    """Return the greatest less the smallest value of `a`, over axes."""
    return _ptp(asarray(a), axis, out, keepdims is True)
