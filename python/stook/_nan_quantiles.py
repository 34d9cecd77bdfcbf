"""Medians and quantiles of the elements that are not NaN.

Short lines are sorted all at once: NaN come last, and a line's number of others says which places
count. Of a long line, which is worth a call of its own, NaN are dropped first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from numpy._globals import _NoValue

from stook._composed import NotNative, composed, given, ours
from stook._joining import stack
from stook._lines import over_axes
from stook._medians import median, middle
from stook._nan_statistics import nanmean
from stook._quantiles import (
    METHODS,
    Request,
    found,
    neighbours,
    percentile,
    quantile,
    requested,
    spread_weights,
)
from stook._selecting import take_along_axis
from stook._shape import moveaxis
from stook._statistics import count_nonzero
from stook._stook import asarray, full, remark, ufuncs

__all__ = ["nanmedian", "nanpercentile", "nanquantile"]

_where, _isnan, _maximum = ufuncs["where"], ufuncs["isnan"], ufuncs["maximum"]
# From how many elements on NumPy's own selection in a line beats sorting them all.
_LONG = 4096
_WARNING = "All-NaN slice encountered"


def _present(line: Any) -> Any:
    """Return where a line has no NaN, after a warning if that is nowhere."""
    present = ~_isnan(line)
    if not present.any():
        remark(True, _WARNING)
        return None
    return present


def _each_line(function: Callable[..., Any], axis: int, *arrays: Any) -> Any:
    """Return what a function makes of each line along an axis, its own axes first."""
    moved = [moveaxis(a, axis, -1) for a in arrays]
    shape, n = moved[0].shape[:-1], moved[0].shape[-1]
    rows = zip(*[a.reshape((-1, n)) for a in moved], strict=True)
    parts = [asarray(function(*row)) for row in rows]
    made = _typed(stack(parts, -1), parts[0].dtype)
    return made.reshape(made.shape[:-1] + shape)


def _typed(result: Any, dtype: Any) -> Any:
    """Return a result in the type of its first line, which settles the others in NumPy."""
    return result.astype(dtype, copy=False)


def _written(result: Any, out: Any) -> Any:
    if out is None:
        return result
    out[...] = result
    return out


# -- median ---------------------------------------------------------------------------------------


@composed
def nanmedian(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    keepdims: Any = _NoValue,
) -> Any:  # fmt: skip
    """Return the middle over axes of the elements in order that are not NaN.

    Parameters, and the result, are those of `median`; NaN where nothing else is.

    Examples
    --------
    >>> import stook as np
    >>> np.nanmedian([3, np.nan, 4, 1])
    np.float64(3.0)
    """
    a = ours(a)
    if not a.size:
        return nanmean(a, axis, out=out, **given(keepdims=keepdims))
    if a.dtype.kind not in "fc":
        keeps = keepdims is not _NoValue and bool(keepdims)
        return median(a, axis, out, False, keeps)
    return over_axes(_nanmedian, a, axis, out, keepdims)


def _nanmedian(a: Any, axis: Any, out: Any, weights: Any) -> Any:
    if axis is None or a.ndim == 1:
        return _written(_median_of_line(a.ravel()), out)
    if a.shape[axis] > _LONG:
        return _written(_each_line(_median_of_line, axis, a), out)
    axis %= a.ndim
    a = a.copy()
    count = count_nonzero(~_isnan(a), axis, keepdims=True)
    a.sort(axis)
    low, high = _picked(a, (count - 1) // 2, axis), _picked(a, count // 2, axis)
    count = count.squeeze(axis)
    result = _where(count % 2 == 1, low, ((low + high) / 2).astype(a.dtype, copy=False))
    remark(count == 0, _WARNING)
    return _written(_where(count == 0, numpy.nan, result), out)


def _median_of_line(line: Any) -> Any:
    present = _present(line)
    return line[-1] if present is None else middle(line[present], None, None, True)


def _picked(a: Any, places: Any, axis: int) -> Any:
    """Return elements at a place of each line."""
    return take_along_axis(a, _maximum(places, 0), axis).squeeze(axis)


# -- quantiles ------------------------------------------------------------------------------------


_QUANTILE = """Return the elements below which {whole} of all that are not NaN lie, over axes.

    Parameters, and the result, are those of `{plain}`; NaN where nothing else is.

    Examples
    --------
    >>> import stook as np
    >>> np.{example}
    np.float64(3.0)
    """


def _function(plain: Callable[..., Any], scale: int, **words: str) -> Callable[..., Any]:
    def function(
        a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
        method: str = "linear", keepdims: Any = _NoValue, *, weights: Any = None,
    ) -> Any:  # fmt: skip
        a = ours(a)
        if numpy.ndim(q) > 1 and isinstance(axis, tuple | list) and len(axis) != 1:
            # NumPy puts the axes of `q` in another place where several axes are one.
            raise NotNative
        keeps = keepdims is not _NoValue and bool(keepdims)
        if a.size and a.dtype.kind != "f":
            return plain(a, q, axis, out, False, method, keeps, weights=weights)
        request = requested(a, q, scale, method, False)
        if weights is not None:
            if method != "inverted_cdf":
                raise ValueError("a method without weights")
            weights = spread_weights(weights, a, axis)
            if weights.shape != a.shape:
                raise NotNative
        if not a.size:
            return nanmean(a, axis, out=out, **given(keepdims=keepdims))

        def reduced(a: Any, axis: Any, out: Any, weights: Any) -> Any:
            return _nanquantile(a, request, axis, out, weights)

        return over_axes(reduced, a, axis, out, keepdims, weights)

    function.__name__ = function.__qualname__ = f"nan{plain.__name__}"
    function.__doc__ = _QUANTILE.format(plain=plain.__name__, **words)
    return composed(function)


nanquantile = _function(quantile, 1, whole="fractions", example="nanquantile([1, np.nan, 5], 0.5)")
nanpercentile = _function(
    percentile, 100, whole="percents", example="nanpercentile([1, np.nan, 5], 50)"
)


def _nanquantile(a: Any, request: Request, axis: Any, out: Any, weights: Any) -> Any:
    def of_line(line: Any, weights: Any = None) -> Any:
        return _quantiles_of_line(line, request, weights)

    arrays = [a] if weights is None else [a, weights]
    if axis is None or a.ndim == 1:
        return _written(of_line(*[one.ravel() for one in arrays]), out)
    if weights is not None or a.shape[axis] > _LONG:
        return _written(_each_line(of_line, axis, *arrays), out)
    axis %= a.ndim
    count = count_nonzero(~_isnan(a), axis)
    lines = moveaxis(a, axis, 0).copy()
    lines.sort(0)
    result = _at_places(lines, count, request)
    if result.dtype != a.dtype and not count.item(0):
        result = _typed(result, a.dtype)
    remark(count == 0, _WARNING)
    return _written(result, out)


def _quantiles_of_line(line: Any, request: Request, weights: Any) -> Any:
    present, q = _present(line), request.q
    if present is None:
        missing = full(q.shape, numpy.nan, line.dtype)
        return missing if q.ndim else missing[()]
    weights = weights if weights is None else weights[present]
    return found(line[present], request._replace(overwrite=True), None, None, weights)


def _at_places(lines: Any, count: Any, request: Request) -> Any:
    """Return quantiles of lines along the first axis whose elements in order end in NaN."""
    q, method = request.q, request.method
    if q.dtype.kind == "f":
        count = count.astype(q.dtype)
    q = asarray(q).reshape(q.shape + (1,) * count.ndim)
    place = method.place(count, q)
    if method.between is None or (method is METHODS["linear"] and place.dtype.kind in "iu"):
        return _taken(lines, place, count)
    first, second, fraction = neighbours(place, count, method)
    low, high = _taken(lines, first, count), _taken(lines, second, count)
    # Counted from the nearer end, so that an infinity at the other meets no other.
    nearer = fraction >= 0.5
    way = _where(nearer, fraction - 1, fraction)
    if request.weak:
        way = way.astype(lines.dtype)
    return _where(nearer, high, low) + (high - low) * way


def _taken(lines: Any, place: Any, count: Any) -> Any:
    """Return elements at places of each line, -1 being the last that is not NaN."""
    place = _maximum(_where(place < 0, count.astype(numpy.intp) - 1, place), 0)
    flat = take_along_axis(lines, place.reshape((-1, *lines.shape[1:])), 0)
    return flat.reshape(place.shape)
