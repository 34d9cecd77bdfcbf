"""Differences, running totals, rounding to decimals, and the integrals made of them."""

from __future__ import annotations

import operator
from typing import Any

import numpy
from numpy._globals import _NoValue

from stook._composed import NotNative, asked, composed, counted_axis, ours
from stook._creation import ascontiguousarray, empty_like, full
from stook._joining import concatenate
from stook._shape import broadcast_to
from stook._statistics import cumprod, cumsum
from stook._stook import ndarray, ufuncs

__all__ = [
    "around",
    "cumulative_prod",
    "cumulative_sum",
    "diff",
    "ediff1d",
    "round",
    "trapezoid",
    "unwrap",
]

_where = ufuncs["where"]


def _part(axis: int, start: Any, stop: Any) -> tuple[Any, ...]:
    return (*[slice(None)] * axis, slice(start, stop))


def _end(a: Any, more: Any, axis: int) -> Any:
    """Return what is put before or behind `a`: a single value as one more element."""
    more = ours(more)
    if more.ndim:
        return more
    return broadcast_to(more, [*a.shape[:axis], 1, *a.shape[axis + 1 :]])


@composed
def diff(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = _NoValue, append: Any = _NoValue
) -> Any:
    """Return each element less the one before it along an axis, `n` times over."""
    if n == 0:
        return a
    if n < 0:
        raise ValueError("order must be non-negative")
    a = ours(a)
    axis = counted_axis(axis, a.ndim)
    parts = [a]
    if prepend is not _NoValue:
        parts.insert(0, _end(a, prepend, axis))
    if append is not _NoValue:
        parts.append(_end(a, append, axis))
    if len(parts) > 1:
        a = concatenate(parts, axis)
    less = ufuncs["not_equal" if a.dtype == bool else "subtract"]
    for _ in range(n):
        a = less(a[_part(axis, 1, None)], a[_part(axis, None, -1)])
    return a


@composed
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Return the differences of neighbours in a flat array, between given ends."""
    a = ours(ary).ravel()
    inner = a[1:] - a[:-1]
    ends = [None if end is None else ours(end).ravel() for end in (to_begin, to_end)]
    if any(e is not None and not numpy.can_cast(e.dtype, a.dtype, "same_kind") for e in ends):
        raise TypeError("ends of another kind")
    parts = [part for part in (ends[0], inner, ends[1]) if part is not None]
    return concatenate(parts, dtype=a.dtype) if len(parts) > 1 else inner


def _running(
    x: Any, function: Any, start: int, axis: Any, dtype: Any, out: Any, initial: bool
) -> Any:
    a = ours(x)
    if axis is dtype is out is None and a.ndim == 1 and not initial:
        return function(a)
    a = a if a.ndim else a.reshape(1)
    if axis is None:
        if a.ndim > 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` is required.")
        axis = 0
    axis = counted_axis(axis, a.ndim)
    if not initial:
        return function(a, axis=axis, dtype=dtype, out=out)
    if out is not None:
        if type(out) is not ndarray or out.ndim != a.ndim:
            raise NotNative
        function(a, axis=axis, dtype=dtype, out=out[_part(axis, 1, None)])
        out[_part(axis, None, 1)] = start
        return out
    total = function(a, axis=axis, dtype=dtype)
    first = full([*a.shape[:axis], 1, *a.shape[axis + 1 :]], start, total.dtype)
    return concatenate([first, total], axis)


@composed
def cumulative_sum(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None,
    include_initial: bool = False,
) -> Any:  # fmt: skip
    """Return running sums along an axis, from 0 on if asked."""
    return _running(x, cumsum, 0, axis, dtype, out, include_initial)


@composed
def cumulative_prod(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None,
    include_initial: bool = False,
) -> Any:  # fmt: skip
    """Return running products along an axis, from 1 on if asked."""
    return _running(x, cumprod, 1, axis, dtype, out, include_initial)


@composed
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Return the integral of `y` along an axis by the trapezoidal rule."""
    y = ours(y)
    axis = counted_axis(axis, y.ndim)
    if x is not None:
        x = ours(x)
        dx = diff(x, axis=axis if x.ndim > 1 else -1)
        if x.ndim == 1:
            dx = dx.reshape([-1 if k == axis else 1 for k in range(y.ndim)])
    both = y[_part(axis, 1, None)] + y[_part(axis, None, -1)]
    return (dx * both / 2.0).sum(axis)


@composed
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * numpy.pi) -> Any:
    """Return values with jumps of more than half a period taken out by whole periods.

    Parameters
    ----------
    p : array_like
    discont : float, optional
        The least jump that is taken out; half a period unless said, and never less.
    axis : int
        Along which neighbours are compared.
    period : float or int
        Integers stay integers if the period is one.

    Returns
    -------
    array of the shape of `p`

    Examples
    --------
    >>> import stook as np
    >>> np.unwrap([0, 3, 1, 4], period=4)
    array([ 0, -1, -3, -4])
    """
    a = ours(p)
    axis = counted_axis(axis, a.ndim)
    steps = diff(a, axis=axis)
    dtype = numpy.result_type(steps.dtype, period)
    if dtype.kind in "iu":
        half, odd = divmod(period, 2)
    else:
        half, odd = period / 2, 0
    least = period / 2 if discont is None else discont
    low = -half
    short = ufuncs["remainder"](steps - low, period) + low
    if not odd:
        # A jump of just half a period keeps its direction.
        short = _where((short == low) & (steps > 0), short.dtype.type(half), short)
    zero = short.dtype.type(0)
    change = _where(ufuncs["absolute"](steps) < least, zero, short - steps)
    made = a.astype(dtype)
    later = _part(axis, 1, None)
    made[later] = a[later] + cumsum(change, axis)
    return made


@composed
def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Return elements rounded to a number of decimals, halves to even.

    Parameters
    ----------
    a : array_like
        Numbers.
    decimals : int
        Places behind the point; before it, if negative.
    out : array, optional
        Where the result is written.

    Examples
    --------
    >>> import stook as np
    >>> np.round([0.5, 1.5, 2.25], 1)
    array([0.5, 1.5, 2.2])
    """
    a = asked(a, "round")
    decimals = operator.index(decimals)
    if a.dtype.kind not in "iufc":
        raise NotNative
    made = _rounded(a, decimals)
    if out is not None:
        if type(out) is not ndarray or out.dtype != made.dtype or out.shape != made.shape:
            raise NotNative
        out[...] = made
        return out
    if type(made) is not ndarray or a.flags.forc:
        return made
    kind = a.dtype.kind
    kept = kind == "c" or (kind == "f" and decimals == 0) or (kind in "iu" and decimals >= 0)
    return made if kept else ascontiguousarray(made)


def _rounded(a: Any, decimals: int) -> Any:
    if a.dtype.kind == "c":
        made = empty_like(a)
        made.real[...], made.imag[...] = _rounded(a.real, decimals), _rounded(a.imag, decimals)
        return made if a.ndim else made[()]
    if a.dtype.kind in "iu":
        if decimals >= 0:
            return a.copy("K") if a.ndim else a[()]
        return _rounded(a.astype(float), decimals).astype(a.dtype)
    if decimals == 0:
        return ufuncs["rint"](a)
    scale = 10.0 ** abs(decimals)
    whole = ufuncs["rint"](a * scale if decimals > 0 else a / scale)
    return whole / scale if decimals > 0 else whole * scale


@composed
def around(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Return elements rounded to a number of decimals, halves to even."""
    return round(a, decimals, out)


def _round(self: Any, decimals: int = 0, out: Any = None) -> Any:
    """Return the elements rounded to a number of decimals, halves to even."""
    return round(self, decimals, out)


ndarray.round = _round
