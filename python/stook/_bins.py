"""Edges of bins, and into which bin each element falls.

A bin of equal ones is found by arithmetic and put right by comparing with its edges, which costs
one pass over the elements and no search.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

from stook._composed import NotNative, ours
from stook._creation import arange
from stook._quantiles import percentile
from stook._selecting import take
from stook._sequences import linspace
from stook._stook import ufuncs

__all__ = ["Equal", "bin_edges", "equal_edges", "equal_places", "outer_edges"]

_where = ufuncs["where"]


class Equal(NamedTuple):
    """A number of equal bins between two edges."""

    first: Any
    last: Any
    bins: int


def outer_edges(a: Any, limits: Any) -> tuple[Any, Any]:
    """Return the first and the last edge of bins for all elements, or within limits."""
    if limits is not None:
        first, last = limits
        if first > last:
            raise ValueError("max must be larger than min in range parameter.")
    elif a.size == 0:
        first, last = 0, 1
    else:
        # Recorded before the first look, so that both are found in one pass.
        smallest = a.min(keepdims=True)
        last = a.max()
        first = smallest[(0,) * a.ndim]
    if not (numpy.isfinite(first) and numpy.isfinite(last)):
        raise ValueError("a range that is not finite")
    return (first - 0.5, last + 0.5) if first == last else (first, last)


def bin_edges(a: Any, bins: Any, limits: Any, weighted: bool) -> tuple[Any, Equal | None]:
    """Return the edges of bins, and what is known of equal ones."""
    if isinstance(bins, str):
        if bins not in _WIDTHS:
            raise NotNative
        if weighted:
            raise TypeError("the number of bins is not estimated by weight")
        equal = _estimated(a, _WIDTHS[bins], limits)
    elif numpy.ndim(bins) == 0:
        count = operator.index(bins)
        if count < 1:
            raise ValueError("`bins` must be positive, when an integer")
        equal = Equal(*outer_edges(a, limits), count)
    else:
        edges = ours(bins)
        if edges.ndim != 1 or (edges[:-1] > edges[1:]).any():
            raise ValueError("edges that do not increase")
        return edges, None
    dtype = numpy.result_type(equal.first, equal.last, a.dtype)
    return equal_edges(equal, dtype), equal


def equal_edges(equal: Equal, dtype: Any = None) -> Any:
    """Return the edges of equal bins, in a type of floats."""
    if dtype is not None and dtype.kind in "biu":
        dtype = numpy.result_type(dtype, float)
    edges = linspace(equal.first, equal.last, equal.bins + 1, endpoint=True, dtype=dtype)
    if dtype is not None and (edges[:-1] >= edges[1:]).any():
        raise ValueError("too many bins for the range")
    return edges


# -- places ---------------------------------------------------------------------------------------


def equal_places(a: Any, edges: Any, equal: Equal) -> Any:
    """Return the bin of each element; all of them lie between the outer edges."""
    edge = _edge(edges, equal)
    width = difference(equal.last, equal.first)
    a = a.astype(edges.dtype, copy=False)
    place = (difference(a, equal.first) / width * equal.bins).astype(numpy.intp)
    place = place - (place == equal.bins)
    place = place - (a < edge(place))
    return place + ((a >= edge(place + 1)) & (place != equal.bins - 1))


def _edge(edges: Any, equal: Equal) -> Callable[[Any], Any]:
    """Return a function from bins to their lower edges: arithmetic where it has the same bits."""
    start, stop = numpy.asarray(equal.first) * 1.0, numpy.asarray(equal.last) * 1.0
    dtype = numpy.result_type(start, stop, 1.0)
    step = (stop - start) / equal.bins

    def computed(place: Any) -> Any:
        return (place.astype(dtype) * step + start).astype(edges.dtype, copy=False)

    if (computed(arange(equal.bins)) == edges[:-1]).all():
        return computed
    return lambda place: take(edges, place)


def difference(a: Any, b: Any) -> Any:
    """Return `a` less `b`, which is no greater; unsigned where integers might overflow."""
    dtype = numpy.result_type(getattr(a, "dtype", a), getattr(b, "dtype", b))
    if dtype.kind != "i":
        return ufuncs["subtract"](a, b, dtype=dtype)
    unsigned = numpy.dtype(f"u{dtype.itemsize}")
    parts = [ours(value).astype(dtype).astype(unsigned) for value in (a, b)]
    return ufuncs["subtract"](*parts)


# -- numbers of bins ------------------------------------------------------------------------------


def _estimated(a: Any, width_of: Callable[[Any], Any], limits: Any) -> Equal:
    """Return bins whose width is estimated from the elements."""
    first, last = outer_edges(a, limits)
    if limits is not None:
        kept = (a >= first) & (a <= last)
        a = a if kept.all() else a[kept]
    width = width_of(a) if a.size else 0
    if not width:
        return Equal(first, last, 1)
    if a.dtype.kind in "iu" and width < 1:
        width = 1
    return Equal(first, last, int(numpy.ceil(difference(last, first) / width)))


def _spread(a: Any) -> Any:
    return difference(a.max(), a.min())


def _scott(a: Any) -> Any:
    return (24.0 * numpy.pi**0.5 / a.size) ** (1.0 / 3.0) * a.std()


def _doane(a: Any) -> Any:
    n, deviation = a.size, a.std()
    if n <= 2 or not deviation > 0.0:
        return 0.0
    expected = numpy.sqrt(6.0 * (n - 2) / ((n + 1.0) * (n + 3)))
    skewness = (((a - a.mean()) / deviation) ** 3).mean()
    return _spread(a) / (1.0 + numpy.log2(n) + numpy.log2(1.0 + abs(skewness) / expected))


def _freedman_diaconis(a: Any) -> Any:
    upper, lower = percentile(a, [75, 25])
    return 2.0 * (upper - lower) * a.size ** (-1.0 / 3.0)


def _sturges(a: Any) -> Any:
    return _spread(a) / (numpy.log2(a.size) + 1.0)


def _square_root(a: Any) -> Any:
    return _spread(a) / numpy.sqrt(a.size)


def _rice(a: Any) -> Any:
    return _spread(a) / (2.0 * a.size ** (1.0 / 3))


def _automatic(a: Any) -> Any:
    return min(max(_freedman_diaconis(a), _square_root(a) / 2), _sturges(a))


# Widths of bins, by the names of those who proposed them. NumPy alone searches for Stone's.
_WIDTHS: dict[str, Callable[[Any], Any]] = {
    "auto": _automatic,
    "doane": _doane,
    "fd": _freedman_diaconis,
    "rice": _rice,
    "scott": _scott,
    "sqrt": _square_root,
    "sturges": _sturges,
}
