"""Reductions that need whole lines of an array, and not one element after another.

A function that reduces one axis, or the flat array, is made to reduce several, which become one
line. NaN sort behind everything: a line in order whose last element is NaN has NaN as its result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from numpy._globals import _NoValue

from stook._composed import NotNative, counted_axes
from stook._selecting import copyto
from stook._stook import asarray, ndarray, ufuncs

__all__ = ["in_place", "nan_where", "over_axes", "reduced_as_one"]

_where, _isnan = ufuncs["where"], ufuncs["isnan"]


def reduced_as_one(a: Any, axes: tuple[int, ...]) -> Any:
    """Return `a` with several axes as one, the last."""
    kept = [k for k in range(a.ndim) if k not in axes]
    moved = a.transpose(kept + [k for k in range(a.ndim) if k in axes])
    return moved.reshape((*moved.shape[: len(kept)], -1))


def over_axes(
    function: Callable[..., Any], a: Any, axis: Any, out: Any, keepdims: Any, weights: Any = None
) -> Any:
    """Return ``function(a, axis, out, weights)`` over one axis, all, or several as one.

    The function's result has the axes that are left behind any of its own.
    """
    if out is not None and type(out) is not ndarray:
        raise NotNative
    keepdims = keepdims is not _NoValue and bool(keepdims)
    axes = counted_axes(tuple(axis) if isinstance(axis, list) else axis, a.ndim)
    if len(set(axes)) < len(axes):
        raise ValueError("repeated axis")
    into = out
    if keepdims and out is not None:
        into = out[(..., *[0 if k in axes else slice(None) for k in range(a.ndim)])]
    if axis is None:
        line = None
    elif len(axes) == 1:
        line = axes[0]
    else:
        ndim, line = a.ndim, -1
        a = reduced_as_one(a, axes)
        weights = weights if weights is None else reduced_as_one(weights, axes)
        made = function(a, line, into, weights)
        return _widened(made, axes, ndim, out, keepdims)
    return _widened(function(a, line, into, weights), axes, a.ndim, out, keepdims)


def _widened(made: Any, axes: tuple[int, ...], ndim: int, out: Any, keepdims: bool) -> Any:
    """Return a result with the axes that were reduced, of length one, if they are kept."""
    if out is not None:
        return out
    if not keepdims:
        return made
    return asarray(made)[(..., *[None if k in axes else slice(None) for k in range(ndim)])]


def in_place(a: Any, axis: Any, overwrite: bool, order: str = "C") -> Any:
    """Return memory that may be reordered along an axis: the array's own if it may be."""
    if axis is None:
        return a.ravel() if overwrite else a.flatten()
    return a if overwrite else a.copy(order)


def nan_where(last: Any, result: Any, out: Any) -> Any:
    """Return results, and NaN where the last elements in order are NaN."""
    if type(last) is not ndarray and type(result) is not ndarray:
        return last if last != last else result
    missing = _isnan(last)
    if out is None:
        return _where(missing, last, result)
    if numpy.can_cast(last.dtype, out.dtype, "same_kind"):
        copyto(out, asarray(last), where=asarray(missing))
    elif missing.any():
        raise TypeError("NaN in integers")
    return out
