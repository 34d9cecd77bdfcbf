"""Mean, variance and standard deviation, and averages by weight.

Definitions are NumPy's: a mean is a sum divided by a count, integers are averaged as float64 and
float16 through float32; a variance is the mean of squared distances from the mean, in two steps.
Counts are 64-bit integers, so quotients have the bits of those in double precision.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from sys import getrefcount
from typing import Any

import numpy
from numpy._globals import _NoValue

from stook._composed import (
    NotNative,
    added,
    composed,
    counted_axes,
    dropped,
    folded_type,
    mask_over,
    ours,
    stored,
)
from stook._shape import broadcast_to
from stook._statistics import ONLY_HERE, count_nonzero
from stook._stook import ndarray, reduce, remark, ufuncs

__all__ = ["average"]

_where, _square, _maximum = ufuncs["where"], ufuncs["square"], ufuncs["maximum"]
_DOUBLE, _SINGLE, _HALF = (numpy.dtype(letter) for letter in "dfe")
# Up to which counts a division in a narrow type has the bits of one in double precision.
_EXACT = {"e": 2**11, "f": 2**24, "F": 0}
_NUMBERS = (int, float, numpy.integer, numpy.floating)


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
        return _mean_by_mask(self, axis, dtype, out, keepdims, where=where)
    dtype, result = _types_of_mean(self.dtype, dtype)
    temporary = getrefcount(self) <= ONLY_HERE
    total = reduce(self, "sum", axis, dtype, bool(keepdims), temporary)
    count = _count(self.shape, axis)
    if count == 0:
        remark(True, "Mean of empty slice")
    return quotient(total, count, result)


@functools.partial(composed, method="mean")
def _mean_by_mask(
    a: Any, axis: Any, dtype: Any, out: Any, keepdims: Any, *, where: Any = True
) -> Any:
    dtype, result = _types_of_mean(a.dtype, dtype)
    mask, count = _counted(a.shape, axis, where)
    remark(count == 0, "Mean of empty slice")
    dtype = folded_type(dtype, a, out)
    total = added(_masked(a, mask).sum(axis, dtype, None, bool(keepdims)), out)
    count = count if keepdims else dropped(count, axis)
    return stored(quotient(total, count, result if out is None else total.dtype), out)


def _types_of_mean(dtype: Any, asked: Any) -> tuple[Any, Any]:
    """Return in which type elements are added, and that of the mean; None for their own."""
    if asked is not None:
        return asked, None
    if dtype.kind in "biu":
        return _DOUBLE, None
    return (_SINGLE, _HALF) if dtype == _HALF else (None, None)


def _count(shape: tuple[int, ...], axis: Any) -> int:
    """Return the number of elements that are reduced to one."""
    count = 1
    for k in counted_axes(axis, len(shape)):
        count *= shape[k]
    return count


def _counted(shape: tuple[int, ...], axis: Any, where: Any) -> tuple[Any, Any]:
    """Return the mask of a `where` argument and the counts by it; None and a number without."""
    if where is True:
        return None, _count(shape, axis)
    mask = mask_over(where, shape)
    return mask, count_nonzero(mask, axis, keepdims=True)


def _masked(a: Any, mask: Any) -> Any:
    """Return `a` with zeros where a mask does not hold."""
    return a if mask is None else _where(mask, a, 0)


def quotient(total: Any, count: Any, dtype: Any = None) -> Any:
    """Return a sum divided by a count, in the sum's type or in another."""
    own = total.dtype
    if type(total) is not ndarray:
        return in_type(total / _typed(count), dtype or own)
    if type(count) is not int or count > _EXACT.get(own.char, count):
        count = _typed(count)
    ratio = in_type(total / count, own)
    return ratio if dtype is None else in_type(ratio, dtype)


def _typed(count: Any) -> Any:
    """Return a count as NumPy has it, with 64 bits."""
    if type(count) is int:
        return numpy.intp(count)
    return numpy.float64(count) if type(count) is float else count


def in_type(ratio: Any, dtype: Any) -> Any:
    """Return a quotient in a type that may be narrower than its own."""
    if ratio.dtype == dtype:
        return ratio
    return ratio.astype(dtype) if type(ratio) is ndarray else dtype.type(ratio)


def squared(distance: Any, square: Callable[[Any], Any]) -> Any:
    """Return the squares of distances; of complex ones, of their sizes."""
    if distance.dtype.kind == "c":
        return square(distance.real) + square(distance.imag)
    return square(distance)


@functools.partial(composed, method="var")
def _var(
    self: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = None,
) -> Any:
    """Variance over axes, all unless said; divided by the count less `ddof`."""
    if not isinstance(ddof, _NUMBERS):
        raise NotNative
    mask, count = _counted(self.shape, axis, where)
    remark(count <= ddof, "Degrees of freedom <= 0 for slice")
    if dtype is None and self.dtype.kind in "biu":
        dtype = _DOUBLE
    if mean is None:
        mean = quotient(_masked(self, mask).sum(axis, dtype, None, True), count)
    dtype = folded_type(dtype, self.real, out)
    # No name holds the squares, so that the look at their sum need not store them.
    total = _masked(squared(self - mean, _square), mask).sum(axis, dtype, None, bool(keepdims))
    total = added(total, out)
    count = count if keepdims else dropped(count, axis)
    return stored(quotient(total, _not_negative(count - ddof)), out)


def _not_negative(freedom: Any) -> Any:
    """Return degrees of freedom, zero at least."""
    if type(freedom) in (int, float):
        return freedom if freedom > 0 else type(freedom)()
    return _maximum(freedom, 0)


@functools.partial(composed, method="std")
def _std(
    self: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = None,
) -> Any:
    """Square root of the variance, with the same arguments."""
    return root(self.var(axis, dtype, out, ddof, keepdims, where=where, mean=mean), out)


def root(variance: Any, out: Any) -> Any:
    """Return the square root of a variance in its type, in `out` if that is given."""
    deviation = ufuncs["sqrt"](variance)
    if type(variance) is not ndarray:
        return variance.dtype.type(deviation)
    if deviation.dtype != variance.dtype:
        raise TypeError("a root in integers")
    return stored(deviation, out)


@composed
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *,
    keepdims: Any = _NoValue,
) -> Any:  # fmt: skip
    """Return the average over axes, each element counted by its weight.

    Parameters
    ----------
    a : array_like
        What to average.
    axis : None, int or tuple of int
        Axes to average over, all unless said.
    weights : array_like
        Of the shape of `a`, or of its lengths along `axis`; 1 unless said.
    returned : bool
        Return the sums of weights too.
    keepdims : bool
        Keep the axes, with length one.

    Raises
    ------
    ZeroDivisionError
        Weights sum to zero. So their sums are looked at.
    """
    a = ours(a)
    axes = counted_axes(axis, a.ndim)
    keeps = keepdims is not _NoValue and bool(keepdims)
    if weights is None:
        result = a.mean(axes, keepdims=keeps)
        scale = result.dtype.type(a.size / result.size)
    else:
        weights = _spread(ours(weights), a.shape, axis, axes)
        result, scale = _weighted(a, weights, axes, keeps)
    if not returned:
        return result
    if scale.shape != result.shape:
        scale = broadcast_to(scale, result.shape).copy()
    return result, scale


def _spread(weights: Any, shape: tuple[int, ...], axis: Any, axes: tuple[int, ...]) -> Any:
    """Return weights along axes as they stand beside an array."""
    if weights.shape == shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    if weights.shape != tuple(shape[k] for k in axes):
        raise ValueError("Shape of weights must be consistent with shape of a along given axis.")
    ordered = weights.transpose(sorted(range(len(axes)), key=axes.__getitem__))
    return ordered.reshape([n if k in axes else 1 for k, n in enumerate(shape)])


def _weighted(a: Any, weights: Any, axes: tuple[int, ...], keepdims: bool) -> tuple[Any, Any]:
    """Return the weighted averages and the sums of weights."""
    dtype = numpy.result_type(a.dtype, weights.dtype)
    if a.dtype.kind in "biu":
        dtype = numpy.result_type(dtype, _DOUBLE)
    # Recorded before the first look, so that both sums are taken in one pass.
    scale = weights.sum(axes, dtype, None, True)
    total = ufuncs["multiply"](a, weights, dtype=dtype).sum(axes, None, None, keepdims)
    scale = scale if keepdims else dropped(scale, axes)
    if (scale == 0).any():
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    return total / scale, scale


_METHODS = {"mean": _mean, "var": _var, "std": _std}

for _name, _function in _METHODS.items():
    _function.__name__ = _name
    setattr(ndarray, _name, _function)
