"""Statistics of the elements that are not NaN.

A sum takes zeros for NaN and a product ones; extremes ignore NaN; a mean divides by the number of
elements that it added. NumPy warns of slices without elements: such a warning waits until the
result is computed (`remark`), so that a statistic over an axis is no look. NumPy's exceptions
cannot wait: `nanargmin` and `nanargmax` look.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from numpy._globals import _NoValue

from stook import _statistics as plain
from stook._composed import (
    added,
    composed,
    dropped,
    folded_type,
    given,
    mask_over,
    ours,
    stored,
)
from stook._moments import in_type, root, squared
from stook._stook import ndarray, reduce, remark, ufuncs
from stook._warn import unwatched

__all__ = [
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]

_where, _isnan = ufuncs["where"], ufuncs["isnan"]


def _has_nan(a: Any) -> bool:
    """Return whether the type of `a` can hold NaN."""
    return a.dtype.kind in "fc"


def _chosen(a: Any, where: Any, instead: Any) -> Any:
    """Return `a` with a value where a mask does not hold."""
    return a if where is _NoValue else _where(mask_over(where, a.shape), a, instead)


def _filled(a: Any, value: Any) -> Any:
    """Return `a` with a value in place of NaN."""
    return _where(_isnan(a), value, a) if _has_nan(a) else a


def _spread(a: Any) -> Any:
    """Return `a`, or its copy where NumPy, which orders results by that, finds another order."""
    repeats = any(n > 1 and step == 0 for n, step in zip(a.shape, a.strides, strict=True))
    return a.copy("K") if (repeats or not a.size) and _has_nan(a) else a


def _named(function: Callable[..., Any], name: str, doc: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return composed(function)


# -- sums, extremes, places -----------------------------------------------------------------------


def _total(name: str, total: Callable[..., Any], neutral: int, doc: str) -> Callable[..., Any]:
    def function(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = _NoValue,
        initial: Any = _NoValue, where: Any = _NoValue,
    ) -> Any:  # fmt: skip
        a = _chosen(_spread(ours(a)), where, neutral)
        options = given(keepdims=keepdims, initial=initial)
        if dtype is None and out is None and initial is _NoValue:
            return reduce(a, name, axis, **options)
        return total(_filled(a, neutral), axis, dtype, out, **options)

    return _named(function, name, doc)


def _running(name: str, running: Callable[..., Any], neutral: int, doc: str) -> Callable[..., Any]:
    def function(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        return running(_filled(_spread(ours(a)), neutral), axis, dtype, out)

    return _named(function, name, doc)


def _extreme(name: str, row: str, doc: str) -> Callable[..., Any]:
    def function(
        a: Any, axis: Any = None, out: Any = None, keepdims: Any = _NoValue,
        initial: Any = _NoValue, where: Any = _NoValue,
    ) -> Any:  # fmt: skip
        # NumPy says it in other words where it makes the array itself.
        what = "slice" if isinstance(a, ndarray) else "axis"
        a = ours(a)
        options = given(keepdims=keepdims, initial=initial, where=where)
        if options.keys() <= {"keepdims"} and (out is None or out.dtype == a.dtype):
            result = stored(reduce(a, row, axis, **options), out)
        else:
            result = ufuncs[row].reduce(a, axis=axis, out=out, **options)
        if _has_nan(a):
            remark(_isnan(result), f"All-NaN {what} encountered")
        return result

    return _named(function, name, doc)


def _place(name: str, place: Callable[..., Any], worst: float, doc: str) -> Callable[..., Any]:
    def function(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = _NoValue) -> Any:
        a = ours(a)
        # Recorded before the look, so that one pass does for both.
        result = place(_filled(a, worst), axis, out, **given(keepdims=keepdims))
        if _has_nan(a) and a.size and _isnan(a).all(axis).any():
            raise ValueError("All-NaN slice encountered")
        return result

    return _named(function, name, doc)


nansum = _total("nansum", plain.sum, 0, "Return the sum over axes, NaN counted as zero.")
nanprod = _total("nanprod", plain.prod, 1, "Return the product over axes, NaN counted as one.")
nancumsum = _running(
    "nancumsum", plain.cumsum, 0, "Return running sums along an axis, NaN counted as zero."
)
nancumprod = _running(
    "nancumprod", plain.cumprod, 1, "Return running products along an axis, NaN counted as one."
)
nanmin = _extreme("nanmin", "fmin", "Return the smallest elements over axes that are not NaN.")
nanmax = _extreme("nanmax", "fmax", "Return the largest elements over axes that are not NaN.")
nanargmin = _place(
    "nanargmin",
    plain.argmin,
    numpy.inf,
    "Return the places along an axis of the smallest elements that are not NaN.",
)
nanargmax = _place(
    "nanargmax",
    plain.argmax,
    -numpy.inf,
    "Return the places along an axis of the largest elements that are not NaN.",
)


# -- moments --------------------------------------------------------------------------------------


def _check_types(dtype: Any, out: Any) -> None:
    """Raise unless a moment of floats goes to floats."""
    if dtype is not None and numpy.dtype(dtype).kind not in "fc":
        raise TypeError("If a is inexact, then dtype must be inexact")
    if out is not None and out.dtype.kind not in "fc":
        raise TypeError("If a is inexact, then out must be inexact")


def _quiet_quotient(total: Any, count: Any) -> Any:
    """Return a sum divided by a count that may be zero."""
    with unwatched():
        return in_type(ufuncs["divide"](total, count), total.dtype)


@composed
def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = _NoValue, *,
    where: Any = _NoValue,
) -> Any:  # fmt: skip
    """Return the mean over axes of the elements that are not NaN; NaN where there are none."""
    a = ours(a)
    if not _has_nan(a):
        return plain.mean(a, axis, dtype, out, **given(keepdims=keepdims, where=where))
    _check_types(dtype, out)
    keeps = keepdims is not _NoValue and bool(keepdims)
    a = _chosen(_spread(a), where, numpy.nan)
    # Recorded before the first look, so that both are found in one pass.
    count = plain.count_nonzero(~_isnan(a), axis, keepdims=True)
    total = added(reduce(a, "nansum", axis, folded_type(dtype, a, out), keeps), out)
    count = count if keeps else dropped(count, axis)
    result = stored(_quiet_quotient(total, count), out)
    remark(count == 0, "Mean of empty slice")
    return result


@composed
def nanvar(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = _NoValue, *, where: Any = _NoValue, mean: Any = _NoValue,
    correction: Any = _NoValue,
) -> Any:  # fmt: skip
    """Return the variance over axes of the elements that are not NaN.

    The sum of squared distances from the mean is divided by the number of elements less `ddof`, or
    `correction`; NaN where nothing is left of it.
    """
    a = ours(a)
    ddof = plain.corrected(ddof, correction)
    if not _has_nan(a):
        options = given(keepdims=keepdims, where=where, mean=mean)
        return plain.var(a, axis, dtype, out, ddof, **options)
    _check_types(dtype, out)
    keeps = keepdims is not _NoValue and bool(keepdims)
    a = _chosen(_spread(a), where, numpy.nan)
    count = plain.count_nonzero(~_isnan(a), axis, keepdims=True)
    if mean is _NoValue:
        mean = _quiet_quotient(reduce(a, "nansum", axis, dtype, True), count)
    total = _squares(a, mean).sum(axis, folded_type(dtype, a.real, out), None, keeps)
    total = added(total, out)
    freedom = (count if keeps else dropped(count, axis)) - ddof
    missing = freedom <= 0
    variance = _where(missing, numpy.nan, _quiet_quotient(total, freedom))
    remark(missing, "Degrees of freedom <= 0 for slice.")
    return stored(variance if variance.ndim else variance[()], out)


def _squares(a: Any, mean: Any) -> Any:
    """Return the squares of distances from the mean, zero in place of NaN."""
    distance = (a - mean).astype(a.dtype, copy=False)
    return _where(_isnan(a), 0, squared(distance, lambda part: part * part))


@composed
def nanstd(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = _NoValue, *, where: Any = _NoValue, mean: Any = _NoValue,
    correction: Any = _NoValue,
) -> Any:  # fmt: skip
    """Return the standard deviation over axes of the elements that are not NaN.

    It is the square root of `nanvar`, and takes its arguments.
    """
    options = given(keepdims=keepdims, where=where, mean=mean, correction=correction)
    return root(nanvar(ours(a), axis, dtype, out, ddof, **options), out)
