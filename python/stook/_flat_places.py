"""Places that are counted as if an array were flat, and their coordinates."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy

from stook._composed import composed, ours
from stook._selecting import clip
from stook._stook import ndarray, ravel_few, unravel_few

__all__ = ["ravel_multi_index", "unravel_index"]

_INTEGERS = (int, numpy.integer)
_INTP, _UNSIGNED = numpy.dtype(numpy.intp), numpy.dtype(numpy.uintp)
_LARGEST = numpy.iinfo(numpy.intp).max


def _lengths(dimensions: Any, order: str) -> tuple[int, ...]:
    """Return the lengths of axes from the slowest to the fastest."""
    if order not in ("C", "F"):
        raise ValueError("not an order")
    lengths = dimensions if hasattr(dimensions, "__len__") else (dimensions,)
    lengths = tuple(map(operator.index, lengths))
    if min(lengths, default=0) < 0 or math.prod(lengths) > _LARGEST:
        raise ValueError("not a shape")
    return lengths if order == "C" else lengths[::-1]


def _integers(places: Any) -> Any:
    """Return places as integers: one of Python's if it is one, else an array."""
    if type(places) is not ndarray:
        if isinstance(places, _INTEGERS):
            return int(places)
        places = ours(places)
    if places.dtype is not _INTP:
        if places.dtype.kind not in "biu":
            raise TypeError("not integers")
        places = places.astype(numpy.intp, copy=False)
    return places if places.ndim else int(places)


def _lies_within(places: Any, length: int) -> bool:
    if type(places) is int:
        return 0 <= places < length
    # Seen without a sign, negative ones are the largest.
    return not places.size or bool(places.view(_UNSIGNED).max() < length)


@composed
def unravel_index(indices: Any, shape: Any, order: str = "C") -> Any:
    """Return the coordinates of places that are counted as if an array were flat.

    Parameters
    ----------
    indices : array_like of int
        Flat places, of any shape.
    shape : int or sequence of int
        The shape of the array.
    order : {"C", "F"}
        Whether the last or the first axis runs fastest.

    Returns
    -------
    tuple of arrays, or of integers for a single place
        One for each axis.

    Raises
    ------
    TypeError
        Places are not integers.
    ValueError
        A place lies outside the array.

    Examples
    --------
    >>> import stook as np
    >>> np.unravel_index([1, 5], (2, 3))
    (array([0, 1]), array([1, 2]))
    """
    made = unravel_few(indices, shape) if order == "C" else None
    if made is not None:
        return made
    lengths = _lengths(shape, order)
    rest = _integers(indices)
    single = type(rest) is int
    if not _lies_within(rest, math.prod(lengths)) or not (lengths or single):
        raise ValueError("a place beyond the end")
    found = []
    for n in lengths[:0:-1]:
        outer = rest // n
        found.append(rest - outer * n)
        rest = outer
    found += [rest] * min(len(lengths), 1)
    if order == "C":
        found.reverse()
    return tuple([numpy.intp(k) for k in found] if single else found)


_INTO_RANGE = {
    "wrap": lambda places, n: places % n,
    "clip": lambda places, n: (
        min(max(places, 0), n - 1) if type(places) is int else clip(places, 0, n - 1)
    ),
}


@composed
def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: str = "C") -> Any:
    """Return the flat places of coordinates.

    Parameters
    ----------
    multi_index : sequence of array_like of int
        Coordinates on each axis; they broadcast.
    dims : int or sequence of int
        The shape of the array.
    mode : {"raise", "wrap", "clip"}, or a tuple of one for each axis
        What becomes of coordinates outside it.
    order : {"C", "F"}
        Whether the last or the first axis runs fastest.

    Returns
    -------
    array of int, or an integer for single coordinates

    Raises
    ------
    TypeError
        Coordinates are not integers.
    ValueError
        Coordinates lie outside the array, or are not as many as axes.

    Examples
    --------
    >>> import stook as np
    >>> np.ravel_multi_index(([0, 1], [1, 2]), (2, 3))
    array([1, 5])
    """
    made = ravel_few(multi_index, dims) if mode == "raise" and order == "C" else None
    if made is not None:
        return made
    lengths = _lengths(dims, order)
    modes = mode if isinstance(mode, tuple) else (mode,) * len(lengths)
    given = list(multi_index)
    if not len(given) == len(modes) == len(lengths) or 0 in lengths:
        raise ValueError("not one for each axis")
    if order == "F":
        given, modes = given[::-1], modes[::-1]
    total: Any = None
    for places, n, mode in zip(given, lengths, modes, strict=True):
        places = _integers(places)
        if mode in _INTO_RANGE:
            places = _INTO_RANGE[mode](places, n)
        elif mode != "raise" or not _lies_within(places, n):
            raise ValueError("coordinates outside the array")
        total = places if total is None else total * n + places
    return total if type(total) is ndarray else numpy.intp(total or 0)
