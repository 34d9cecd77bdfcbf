"""Numbers in steps, powers of numbers, and functions of coordinates."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy

from stook import _fallback
from stook._composed import composed, ours
from stook._creation import arange, empty
from stook._index_tricks import indices
from stook._shape import broadcast_to, expand_dims, moveaxis
from stook._statistics import cumprod
from stook._stook import ndarray, ufuncs

__all__ = ["fromfunction", "geomspace", "linspace", "logspace", "vander"]

_MANY = 1 << 15
_ROW = 1 << 10


def _number(value: Any) -> Any:
    """Return a number of NumPy's, or an array of ours with axes."""
    if isinstance(value, int | float | complex):
        return value
    if isinstance(value, numpy.generic):
        return value
    a = ours(value)
    return a if a.ndim else a[()]


def _type(value: Any) -> Any:
    return value.dtype if type(value) is ndarray else value


@composed
def linspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, retstep: bool = False,
    dtype: Any = None, axis: int = 0, *, device: Any = None,
) -> Any:  # fmt: skip
    """Return `num` evenly spaced values from `start` to `stop`.

    Parameters
    ----------
    start, stop : array_like
        Ends; they broadcast.
    num : int
        How many values.
    endpoint : bool
        Whether `stop` is the last of them, or the first that is left out.
    retstep : bool
        Return the step as well.
    dtype : dtype, optional
        Type of the values, by default the ends' and no integers; for integers they are floored.
    axis : int
        Where the new axis goes if the ends have axes.

    Returns
    -------
    array, or a tuple of array and step

    Raises
    ------
    ValueError
        `num` is negative.

    Examples
    --------
    >>> import stook as np
    >>> np.linspace(0, 1, 5)
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    num = operator.index(num)
    if num < 0 or device not in (None, "cpu"):
        raise ValueError("not a number of values")
    start, stop = _number(start), _number(stop)
    kind = numpy.result_type(_type(start), _type(stop), 0.0)
    made, step = _spaced(start, stop, num, num - 1 if endpoint else num, kind)
    if endpoint and num > 1:
        made[-1] = stop
    if axis != 0:
        made = moveaxis(made, 0, axis)
    if dtype is not None and numpy.dtype(dtype) != kind:
        made = ufuncs["floor"](made) if numpy.dtype(dtype).kind in "iu" else made
        made = made.astype(dtype)
    return (made, step) if retstep else made


def _typed(value: Any, kind: Any) -> Any:
    return value.astype(kind, copy=False) if type(value) is ndarray else kind.type(value)


def _spaced(start: Any, stop: Any, num: int, parts: int, kind: Any) -> tuple[Any, Any]:
    """Return `num` values from `start` on in steps of a part of the distance, and the step."""
    arrays = type(start) is ndarray or type(stop) is ndarray
    distance = _typed(stop, kind) - _typed(start, kind)
    step: Any = distance / parts if parts > 0 else numpy.nan
    lost = parts > 0 and ((step == 0).any() if arrays else step == 0)

    def after(places: Any) -> Any:
        if parts <= 0:
            made = places * distance
        else:
            # A step too small for its type is taken when it has been multiplied.
            made = places / parts * distance if lost else places * step
        made = made + (kind.type(start) if isinstance(start, int) else start)
        return made if made.dtype == kind else made.astype(kind)

    if arrays:
        return after(arange(num, dtype=kind).reshape((-1,) + (1,) * distance.ndim)), step
    if num < _MANY or kind != numpy.float64:
        return after(arange(num, dtype=kind)), step
    return _in_rows(num, kind, after), step


def _in_rows(num: int, kind: Any, function: Callable[[Any], Any]) -> Any:
    """Return what a function makes of 0 to `num`, whose counting is part of the same bundle."""
    made = empty(num, kind)
    whole = num - num % _ROW
    rows = arange(0, whole, _ROW, dtype=kind).reshape(-1, 1)
    made[:whole].reshape(-1, _ROW)[...] = function(rows + arange(_ROW, dtype=kind))
    if whole < num:
        made[whole:] = function(arange(whole, num, dtype=kind))
    return made


@composed
def logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, base: Any = 10.0,
    dtype: Any = None, axis: int = 0,
) -> Any:  # fmt: skip
    """Return powers of `base` whose exponents are evenly spaced from `start` to `stop`.

    Parameters
    ----------
    start, stop : array_like
        The first and the last exponent; they broadcast.
    num, endpoint, axis
        As for `linspace`.
    base : array_like
        What is raised; of an array, each element.
    dtype : dtype, optional
        Type of the values, by default of the power.

    Examples
    --------
    >>> import stook as np
    >>> np.logspace(0, 2, 3)
    array([  1.,  10., 100.])
    """
    if not isinstance(base, float | int) and numpy.ndim(base):
        start, stop, base = ours(start), ours(stop), ours(base)
        ndim = max(start.ndim, stop.ndim, base.ndim)
        start, stop, base = (
            a.reshape((1,) * (ndim - a.ndim) + a.shape) for a in (start, stop, base)
        )
        base = expand_dims(base, axis)
    made = ufuncs["power"](base, linspace(start, stop, num, endpoint, axis=axis))
    return made if dtype is None else made.astype(dtype, copy=False)


@composed
def geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """Return `num` values from `start` to `stop`, each the same multiple of the one before.

    Parameters
    ----------
    start, stop : array_like
        Ends, not zero; they broadcast.
    num, endpoint, axis
        As for `linspace`.
    dtype : dtype, optional
        Type of the values, by default the ends', float64 at least.

    Raises
    ------
    ValueError
        An end is zero.

    Examples
    --------
    >>> import stook as np
    >>> np.geomspace(1, 8, 4)
    array([1., 2., 4., 8.])
    """
    start, stop = ours(start), ours(stop)
    if (start == 0).any() or (stop == 0).any():
        raise ValueError("an end is zero")
    kind = numpy.result_type(start.dtype, stop.dtype, 1.0, numpy.dtype(dtype or float))
    start, stop = start.astype(kind), stop.astype(kind)
    sign = ufuncs["sign"](start)
    start, stop = start / sign, stop / sign
    log10 = ufuncs["log10"]
    made = logspace(log10(start), log10(stop), num, endpoint, dtype=kind)
    if num > 0:
        made[0] = start
    if num > 1 and endpoint:
        made[-1] = stop
    made = made * sign
    if axis != 0:
        made = moveaxis(made, 0, axis)
    return made if dtype is None else made.astype(dtype, copy=False)


@composed
def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    """Return the matrix whose columns are powers of `x`.

    Parameters
    ----------
    x : 1-D array_like
    N : int, optional
        How many columns; as many as `x` is long unless said.
    increasing : bool
        Let the powers grow from left to right rather than from right to left.

    Returns
    -------
    array of shape ``(len(x), N)``

    Raises
    ------
    ValueError
        `x` has not exactly one axis.

    Examples
    --------
    >>> import stook as np
    >>> np.vander([2, 3], 3)
    array([[4, 2, 1],
           [9, 3, 1]])
    """
    x = ours(x)
    if x.ndim != 1:
        raise ValueError("not one axis")
    n = x.size
    columns = n if N is None else N
    made = empty((n, columns), numpy.promote_types(x.dtype, int))
    powers = made if increasing else made[:, ::-1]
    powers[:, :1] = 1
    if columns > 1:
        each = broadcast_to(x.reshape(-1, 1), (n, columns - 1))
        powers[:, 1:] = cumprod(each, 1, made.dtype)
    return made


def fromfunction(
    function: Callable[..., Any], shape: Any, *, dtype: Any = float, like: Any = None, **kwargs: Any
) -> Any:
    """Return what a function makes of the coordinates of every element of a shape.

    Parameters
    ----------
    function : callable
        Called once, with one array of coordinates for each axis.
    shape : sequence of int
        The shape of the arrays of coordinates.
    dtype : dtype
        Their type.
    **kwargs
        Given to the function.

    Returns
    -------
    object
        What the function returns.

    Examples
    --------
    >>> import stook as np
    >>> np.fromfunction(lambda i, j: i * 10 + j, (2, 2), dtype=int)
    array([[ 0,  1],
           [10, 11]])
    """
    if like is not None:
        outside = _fallback.function("fromfunction")
        return outside(function, shape, dtype=dtype, like=like, **kwargs)
    return function(*indices(shape, dtype), **kwargs)
