"""How many elements, or how much weight, falls into bins."""

from __future__ import annotations

import operator
from typing import Any

import numpy

from stook._bins import Equal, bin_edges, equal_edges, equal_places, outer_edges
from stook._composed import NotNative, composed, ours
from stook._differences import diff
from stook._joining import atleast_2d, concatenate
from stook._searching import bincount
from stook._stook import ndarray, remark, ufuncs, zeros

__all__ = ["histogram", "histogram2d", "histogram_bin_edges", "histogramdd"]

_where = ufuncs["where"]
# Elements that are sorted at once for bins that are not equal; they stay in a core's cache.
_BLOCK = 65536
# Elements among which a search for each costs less than the arithmetic's calls.
_FEW = 2048
# Bins beyond which their places might not be counted in 64 bits.
_MOST = 2**48


def _flat(a: Any, weights: Any) -> tuple[Any, Any]:
    """Return elements and weights along one axis."""
    a = ours(a)
    if a.dtype.kind not in "biuf":
        raise NotNative
    if weights is not None:
        weights = ours(weights)
        if weights.shape != a.shape:
            raise ValueError("weights should have the same shape as a.")
        weights = weights.ravel()
    if a.dtype == bool:
        kind = numpy.uint8
        remark(True, f"Converting input from {a.dtype} to {kind} for compatibility.")
        a = a.astype(kind)
    return a.ravel(), weights


@composed
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """Return the edges of the bins that `histogram` would use.

    Parameters
    ----------
    a, bins, range, weights
        As for `histogram`.

    Returns
    -------
    array
        One edge more than bins.

    Examples
    --------
    >>> import stook as np
    >>> np.histogram_bin_edges([0, 4], bins=2)
    array([0., 2., 4.])
    """
    a, weights = _flat(a, weights)
    return bin_edges(a, bins, range, weights is not None)[0]


@composed
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Return how many elements fall into bins, and the edges of the bins.

    Parameters
    ----------
    a : array_like
        Real numbers, of any shape.
    bins : int, sequence or str
        The number of equal bins, or all edges in order, or the name of an estimate.
    range : (float, float), optional
        The first and the last edge; the least and the greatest element unless said.
    density : bool
        Divide by the width of each bin and by the number of all that were counted.
    weights : array_like, optional
        How much each element counts; of the shape of `a`.

    Returns
    -------
    counts : array
        Integers, or of the type of the weights; float64 for a density.
    edges : array
        One more than bins. The last bin has its upper edge, the others do not.

    Raises
    ------
    ValueError
        Edges that do not increase, limits that are not finite, no bins.

    Examples
    --------
    >>> import stook as np
    >>> np.histogram([1, 2, 1, 4], bins=[1, 2, 3, 4])
    (array([2, 1, 1]), array([1, 2, 3, 4]))
    """
    a, weights = _flat(a, weights)
    edges, equal = bin_edges(a, bins, range, weights is not None)
    if equal is None or not _addable(weights):
        counts = diff(_counted_below(a, edges, weights))
    else:
        counts = _counted(a, edges, equal, range is not None, weights)
    if density:
        return counts / diff(edges).astype(float) / counts.sum(), edges
    return counts, edges


def _addable(weights: Any) -> bool:
    """Return whether weights can be added up as doubles."""
    return weights is None or weights.dtype.kind in "biufc"


def _counted(a: Any, edges: Any, equal: Equal, limited: bool, weights: Any) -> Any:
    """Return what falls into equal bins. Elements beyond their limits get a bin of their own."""
    count = equal.bins
    if limited:
        inside = (a >= equal.first) & (a <= equal.last)
        place = _where(inside, equal_places(_where(inside, a, edges[0]), edges, equal), count)
    else:
        place = equal_places(a, edges, equal)
    return _added(place, weights, count + limited)[:count]


def _added(place: Any, weights: Any, count: int) -> Any:
    """Return how much weight falls on each place."""
    if weights is None:
        return bincount(place, minlength=count)
    if weights.dtype.kind != "c":
        return bincount(place, weights, count).astype(weights.dtype, copy=False)
    made = zeros(count, weights.dtype)
    made.real[...] = bincount(place, weights.real, count)
    made.imag[...] = bincount(place, weights.imag, count)
    return made


def _counted_below(a: Any, edges: Any, weights: Any) -> Any:
    """Return what lies below each edge, or upon the last."""
    total = zeros(edges.shape, numpy.intp if weights is None else weights.dtype)
    for start in range(0, a.size, _BLOCK):
        block = a[start : start + _BLOCK]
        if weights is None:
            block = block.copy()
            block.sort()
        else:
            order = block.argsort()
            block, weight = block[order], weights[start : start + _BLOCK][order]
        below = concatenate(
            [block.searchsorted(edges[:-1], "left"), block.searchsorted(edges[-1:], "right")]
        )
        if weights is not None:
            below = concatenate([zeros(1, weights.dtype), weight.cumsum()])[below]
        total += below
    return total


# -- several axes ---------------------------------------------------------------------------------


@composed
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Return how many points fall into boxes, and the edges of the boxes along each axis.

    Parameters
    ----------
    sample : (n, d) array, or a sequence of d arrays
        Coordinates of n points.
    bins : int, or a sequence of d of int or of edges
        The number of equal bins along the axes, or all their edges in order.
    range : sequence of d of (float, float) or None, optional
        The first and the last edge along each axis.
    density : bool
        Divide by the volume of each box and by the number of all that were counted.
    weights : (n,) array_like, optional
        How much each point counts.

    Returns
    -------
    counts : array of float64
        One axis for each coordinate.
    edges : list of arrays
        One more along each axis than bins.

    Examples
    --------
    >>> import stook as np
    >>> counts, edges = np.histogramdd([[0, 1, 1], [0, 1, 1]], bins=2)
    >>> counts
    array([[1., 0.],
           [0., 2.]])
    """
    columns = _columns(sample)
    axes = len(columns)
    bins = list(bins) if hasattr(bins, "__len__") else [bins] * axes
    limits = [None] * axes if range is None else list(range)
    if len(bins) != axes or len(limits) != axes:
        raise ValueError("as many bins and limits as coordinates")
    parts = [_placed(*column) for column in zip(columns, bins, limits, strict=True)]
    lengths = [edges.size - 1 for edges, _, _ in parts]
    total = int(numpy.prod(lengths, dtype=object))
    if not 0 < total < _MOST:
        raise NotNative
    place, inside = parts[0][1:]
    for (_, more, within), n in zip(parts[1:], lengths[1:], strict=True):
        place, inside = place * n + more, inside & within
    counts = _weighed(_where(inside, place, total), weights, total + 1)[:total].reshape(lengths)
    edges = [part[0] for part in parts]
    return _density(counts, edges) if density else counts, edges


def _weighed(place: Any, weights: Any, count: int) -> Any:
    weights = weights if weights is None else ours(weights)
    return bincount(place, weights, count).astype(float)


def _columns(sample: Any) -> list[Any]:
    """Return the coordinates of points, one array for each axis."""
    if isinstance(sample, list | tuple) and all(type(one) is ndarray for one in sample):
        dtype = numpy.result_type(*[one.dtype for one in sample])
        columns = [one.astype(dtype, copy=False) for one in sample]
        if any(one.ndim != 1 or one.size != columns[0].size for one in columns):
            raise NotNative
    else:
        points = ours(sample)
        if points.ndim != 2 or not hasattr(sample, "shape"):
            points = atleast_2d(points).T
        if points.ndim != 2 or points.shape[1] == 0:
            raise NotNative
        columns = [points[:, k] for k in range(points.shape[1])]
    if columns[0].dtype.kind not in "iuf":
        raise NotNative
    return columns


def _placed(x: Any, bins: Any, limits: Any) -> tuple[Any, Any, Any]:
    """Return edges along an axis, the bin of each coordinate, and whether it is in one."""
    if numpy.ndim(bins) == 0:
        count = operator.index(bins)
        if count < 1:
            raise ValueError("no bins")
        edges = equal_edges(Equal(*outer_edges(x, limits), count))
        if x.size > _FEW:
            first, last = edges[0], edges[-1]
            inside = (x >= first) & (x <= last)
            equal = Equal(first, last, count)
            return edges, equal_places(_where(inside, x, first), edges, equal), inside
    else:
        edges = ours(bins)
        if edges.ndim != 1 or (edges[:-1] > edges[1:]).any():
            raise ValueError("edges that do not increase")
    place = edges.searchsorted(x, "right") - 1 - (x == edges[-1])
    return edges, place, (place >= 0) & (place < edges.size - 1)


def _density(counts: Any, edges: list[Any]) -> Any:
    total = counts.sum()
    for k, edge in enumerate(edges):
        counts = counts / diff(edge).reshape([-1 if j == k else 1 for j in range(len(edges))])
    return counts / total


@composed
def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Return how many points of a plane fall into boxes, and the edges along both axes.

    Parameters
    ----------
    x, y : (n,) array_like
        Coordinates of points.
    bins : int, edges, or two of these
        The number of equal bins along both axes, or their edges in order.
    range, density, weights
        As for `histogramdd`.

    Returns
    -------
    counts : array of float64
        Along its first axis `x` grows.
    x_edges, y_edges : array
        One more than bins.

    Examples
    --------
    >>> import stook as np
    >>> np.histogram2d([0, 1, 1], [0, 1, 1], bins=2)[0]
    array([[1., 0.],
           [0., 2.]])
    """
    points = [ours(x), ours(y)]
    if any(a.ndim != 1 for a in points):
        raise NotNative
    if points[0].size != points[1].size:
        raise ValueError("x and y must have the same length.")
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):
        edges = ours(bins)
        bins = [edges, edges]
    counts, edges = histogramdd(points, bins, range, density, weights)
    return counts, edges[0], edges[1]
