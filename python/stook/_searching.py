"""Places among elements in order, lines between points, and how often integers come."""

from __future__ import annotations

import operator
from typing import Any

import numpy

from stook import _stook
from stook._composed import NotNative, asked, composed, ours
from stook._creation import zeros
from stook._joining import concatenate
from stook._selecting import take
from stook._stook import ndarray

__all__ = ["bincount", "digitize", "interp", "searchsorted"]


@composed
def searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Any:
    """Return where values go among elements in order, so that they stay in order.

    Parameters
    ----------
    a : 1-D array_like
        Elements in ascending order, in that of `sort`; with `sorter`, as that puts them.
    v : array_like
        Values.
    side : {"left", "right"}
        Whether values go before or behind elements that equal them.
    sorter : 1-D array_like of int, optional
        Places that put `a` in order, such as `argsort` gives.

    Returns
    -------
    int or array of int
        Of the shape of `v`.

    Raises
    ------
    ValueError
        `a` has not exactly one axis, or a side is unknown.

    Examples
    --------
    >>> import stook as np
    >>> np.searchsorted([1, 3, 5], [3, 4])
    array([1, 2])
    """
    if side not in ("left", "right"):
        raise ValueError("no side")
    a = asked(a, "searchsorted")
    if sorter is not None:
        places = ours(sorter)
        if places.shape != a.shape or places.dtype.kind not in "iu":
            raise ValueError("no places of these elements")
        a = take(a, places)
        if places.size and places.min() < 0:
            raise ValueError("Sorter index out of range.")
    made = _stook.searched(a, v, side == "right")
    return _stook.searched(a, ours(v), side == "right") if made is None else made


@composed
def digitize(x: Any, bins: Any, right: Any = False) -> Any:
    """Return the bin of each value, by number from 1 on; 0 and one more for values outside.

    Parameters
    ----------
    x : array_like
        Real values.
    bins : 1-D array_like
        Edges, in ascending or descending order.
    right : bool
        Whether bins have their right edge, rather than the left one.

    Returns
    -------
    int or array of int
        Of the shape of `x`.

    Raises
    ------
    ValueError
        Edges are in no order.
    TypeError
        Values are complex.

    Examples
    --------
    >>> import stook as np
    >>> np.digitize([0.2, 2.5], [0, 1, 2])
    array([1, 3])
    """
    x, bins = ours(x), ours(bins)
    if "c" in (x.dtype.kind, bins.dtype.kind):
        raise TypeError("x may not be complex")
    order = _stook.monotonic(bins)
    if not order:
        raise ValueError("bins must be monotonically increasing or decreasing")
    if order > 0:
        return _stook.searched(bins, x, not right)
    return bins.size - _stook.searched(bins[::-1], x, not right)


@composed
def bincount(x: Any, /, weights: Any = None, minlength: Any = 0) -> Any:
    """Return how often each integer from 0 on comes.

    Parameters
    ----------
    x : 1-D array_like of int
        Integers, not negative.
    weights : 1-D array_like, optional
        How much each counts; they are added in float64, one after another.
    minlength : int
        How many integers are counted at least.

    Returns
    -------
    array of int, or of float64 with weights

    Raises
    ------
    ValueError
        An integer is negative, or there are as many weights as integers.
    TypeError
        `x` is not of integers.

    Examples
    --------
    >>> import stook as np
    >>> np.bincount([0, 2, 2])
    array([1, 0, 2])
    """
    a = ours(x)
    minlength = operator.index(minlength)
    if minlength < 0:
        raise ValueError("'minlength' must not be negative")
    if not a.size and a.ndim == 1 and type(x) in (list, tuple) and weights is None:
        return zeros(minlength, numpy.intp)
    if a.ndim != 1 or a.dtype.kind not in "biu":
        raise NotNative
    if weights is not None:
        weights = ours(weights)
        if weights.dtype.kind not in "biuf":
            raise TypeError("weights are real")
    return _stook.counted(a, weights, minlength)


@composed
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """Return the numbers at `x` on the straight lines between points.

    Parameters
    ----------
    x : array_like
        Where numbers are wanted.
    xp : 1-D array_like
        First coordinates of the points, ascending unless there is a period.
    fp : 1-D array_like
        Their second coordinates, real or complex.
    left, right : float or complex, optional
        What stands for values before the first point and behind the last, instead of those.
    period : float, optional
        The lines begin again at this distance; `left` and `right` count for nothing.

    Returns
    -------
    float or complex, or array of such
        Of the shape of `x`.

    Raises
    ------
    ValueError
        There are no points, coordinates of different lengths, or no distance to begin again at.

    Examples
    --------
    >>> import stook as np
    >>> np.interp([0.5, 3], [0, 1, 2], [0, 10, 20])
    array([ 5., 20.])
    """
    x, xp, fp = ours(x), ours(xp), ours(fp)
    if "c" in (x.dtype.kind, xp.dtype.kind):
        raise TypeError("first coordinates are real")
    if period is not None:
        if period == 0:
            raise ValueError("period must be a non-zero value")
        if xp.ndim != 1 or fp.ndim != 1 or xp.size != fp.size:
            raise ValueError("no points")
        x, xp, fp = _wound(x, xp, fp, abs(period))
        left = right = None
    return _stook.interpolated(x, xp, fp, _parts(left, fp), _parts(right, fp))


def _wound(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any]:
    """Return values and points within a period, with a point of the next on either side."""
    x, xp = ours(x.astype(float) % period), xp.astype(float) % period
    order = _stook.argsorted(xp, -1)
    xp, fp = xp[order], fp[order]
    xp = concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x, xp, concatenate([fp[-1:], fp, fp[:1]])


def _parts(value: Any, fp: Any) -> tuple[float, float] | None:
    """Return the parts of what stands for values outside."""
    if value is None:
        return None
    if fp.dtype.kind == "c":
        value = complex(value)
        return value.real, value.imag
    if isinstance(value, complex | numpy.complexfloating):
        raise TypeError("must be real number, not complex")
    return float(value), 0.0


def _searchsorted(self: Any, v: Any, side: Any = "left", sorter: Any = None) -> Any:
    """Return where values go among the elements, which are in order."""
    if side == "left" and sorter is None and self.ndim == 1:
        made = _stook.searched(self, v, False)
        if made is not None:
            return made
    return searchsorted(self, v, side, sorter)


ndarray.searchsorted = _searchsorted
