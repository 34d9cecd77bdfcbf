"""Slopes along axes: central differences within, one-sided ones at the ends.

The slope at a point is a sum of its value and two neighbours', with weights that make it exact for
parabolas (Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids",
Mathematics of Computation 51, 1988, pages 699-706).
"""

from __future__ import annotations

from typing import Any

import numpy

from stook._composed import NotNative, composed, counted_axes, ours
from stook._creation import empty_like
from stook._differences import diff

__all__ = ["gradient"]

_NUMBERS = (int, float, numpy.integer, numpy.floating)


@composed
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Return slopes along axes by central differences, one-sided at the ends.

    Parameters
    ----------
    f : array_like
        Values, at least ``edge_order + 1`` of them along each axis.
    *varargs : float or (n,) array_like
        One spacing for all axes, or for each axis its spacing or its coordinates; 1 unless said.
    axis : None, int or sequence of int
        Axes along which slopes are wanted, all unless said.
    edge_order : {1, 2}
        Take two or three values for a slope at an end.

    Returns
    -------
    array, or a tuple of one for each axis
        Of the shape and the type of `f`; integers have slopes in float64.

    Raises
    ------
    ValueError
        Too few values, or coordinates of another length.
    TypeError
        Neither one spacing nor one for each axis.

    Examples
    --------
    >>> import stook as np
    >>> np.gradient([1, 2, 4, 7])
    array([1. , 1.5, 2.5, 3. ])
    """
    f = ours(f)
    axes = counted_axes(tuple(axis) if isinstance(axis, list) else axis, f.ndim)
    if len(set(axes)) < len(axes) or edge_order not in (1, 2):
        raise ValueError("repeated axes, or another order")
    if f.dtype.kind not in "iufc":
        raise NotNative
    spacings = [_spacing(given, f, k) for given, k in _for_axes(varargs, axes)]
    if f.dtype.kind in "iu":
        f = f.astype(numpy.float64)
    if any(f.shape[k] < edge_order + 1 for k in axes):
        raise ValueError("too few elements")
    slopes = [_slope(f, h, k, edge_order) for h, k in zip(spacings, axes, strict=True)]
    return slopes[0] if len(axes) == 1 else tuple(slopes)


def _for_axes(spacings: tuple[Any, ...], axes: tuple[int, ...]) -> list[tuple[Any, int]]:
    """Return what is said of each axis's spacing, with the axis."""
    if not spacings:
        spacings = (1.0,) * len(axes)
    elif len(spacings) == 1 and numpy.ndim(spacings[0]) == 0:
        spacings = spacings * len(axes)
    if len(spacings) != len(axes):
        raise TypeError("invalid number of arguments")
    return list(zip(spacings, axes, strict=True))


def _spacing(given: Any, f: Any, axis: int) -> Any:
    """Return a spacing as a number where it is the same everywhere, else as distances."""
    if isinstance(given, _NUMBERS):
        return given
    places = ours(given)
    if places.ndim == 0 and places.dtype.kind in "iufc":
        return places[()]
    if places.ndim != 1 or places.dtype.kind not in "iufc":
        raise NotNative
    if places.size != f.shape[axis]:
        raise ValueError("as many coordinates as values")
    if places.dtype.kind in "iu":
        places = places.astype(numpy.float64)
    distances = diff(places)
    first = distances[0]
    return first if (distances == first).all() else distances


def _slope(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    made = empty_like(f)
    before = (slice(None),) * axis

    def part(start: Any, stop: Any) -> Any:
        return f[(*before, slice(start, stop))]

    uniform = numpy.ndim(h) == 0
    if uniform:
        inner = (part(2, None) - part(None, -2)) / (2.0 * h)
    else:
        weights = [w.reshape((-1,) + (1,) * (f.ndim - axis - 1)) for w in _central(h[:-1], h[1:])]
        inner = _weighted(weights, part(None, -2), part(1, -1), part(2, None))
    made[(*before, slice(1, -1))] = inner
    first, last = (h, h) if uniform else (h[0], h[-1])
    if edge_order == 1:
        start = (part(1, 2) - part(0, 1)) / first
        end = (part(-1, None) - part(-2, -1)) / last
    else:
        second, previous = (h, h) if uniform else (h[1], h[-2])
        weights = [-1.5 / h, 2.0 / h, -0.5 / h] if uniform else _leading(first, second)
        start = _weighted(weights, part(0, 1), part(1, 2), part(2, 3))
        weights = [0.5 / h, -2.0 / h, 1.5 / h] if uniform else _trailing(previous, last)
        end = _weighted(weights, part(-3, -2), part(-2, -1), part(-1, None))
    made[(*before, slice(0, 1))] = start
    made[(*before, slice(-1, None))] = end
    return made


def _weighted(weights: list[Any], first: Any, second: Any, third: Any) -> Any:
    return weights[0] * first + weights[1] * second + weights[2] * third


def _central(d: Any, e: Any) -> list[Any]:
    """Return weights for the slope at the second of points with distances `d` and `e`."""
    return [-e / (d * (d + e)), (e - d) / (d * e), d / (e * (d + e))]


def _leading(d: Any, e: Any) -> list[Any]:
    """Return weights for the slope at the first of points with distances `d` and `e`."""
    return [-(2.0 * d + e) / (d * (d + e)), (d + e) / (d * e), -d / (e * (d + e))]


def _trailing(d: Any, e: Any) -> list[Any]:
    """Return weights for the slope at the last of points with distances `d` and `e`."""
    return [e / (d * (d + e)), -(e + d) / (d * e), (2.0 * e + d) / (e * (d + e))]
