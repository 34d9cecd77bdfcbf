"""Arrays with parts left out, put in, put together, or repeated until they fill a shape."""

from __future__ import annotations

import math
import operator
import warnings
from typing import Any

import numpy

from stook import _stook
from stook._composed import composed, counted_axes, counted_axis, ours
from stook._creation import empty, zeros_like
from stook._joining import concatenate, vstack, write_in_turn
from stook._shape import broadcast_to, moveaxis
from stook._stook import ndarray

__all__ = [
    "astype",
    "block",
    "broadcast_shapes",
    "delete",
    "insert",
    "resize",
    "row_stack",
    "trim_zeros",
]

_INTEGERS = (int, numpy.integer)
_LARGE = 2 * 512 * 512
"""From how many elements, times lists around them, NumPy joins blocks at once, not list by list."""


def _along(axis: int, part: Any) -> tuple[Any, ...]:
    return (*[slice(None)] * axis, part)


def _order(a: Any) -> str:
    return "F" if a._f_contiguous and not a._c_contiguous else "C"


def _like(a: Any, axis: int, length: int) -> Any:
    """Return a new array like `a`, of another length on one axis."""
    return empty([*a.shape[:axis], length, *a.shape[axis + 1 :]], a.dtype, _order(a))


def _line(arr: Any, axis: Any) -> tuple[Any, int]:
    """Return an array and one of its axes; the array is flat if none is given."""
    a = ours(arr)
    if axis is None:
        return a.ravel(), 0
    return a, counted_axis(axis, a.ndim)


def _places(obj: Any) -> Any:
    """Return places of the caller's as an array of NumPy's, which may be changed."""
    if type(obj) is ndarray:
        return _stook.look(obj).copy()
    made = numpy.array(obj)
    return made.astype(numpy.intp) if not made.size and type(obj) is not numpy.ndarray else made


# -- left out and put in --------------------------------------------------------------------------


@composed
def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    """Return an array without some parts along an axis, or without some elements.

    Parameters
    ----------
    arr : array_like
    obj : int, slice, or array_like of integers or bools
        What is left out.
    axis : int, optional
        Without one, the array is taken as if it were flat.

    Returns
    -------
    array
        A copy, with `axis` shorter.

    Raises
    ------
    IndexError
        A place lies outside the array.
    ValueError
        Bools are not one for each part.

    Examples
    --------
    >>> import stook as np
    >>> np.delete([1, 2, 3, 4], [0, 2])
    array([2, 4])
    """
    a, axis = _line(arr, axis)
    n = a.shape[axis]
    if isinstance(obj, slice):
        gone = range(*obj.indices(n))
        if len(gone) == 0:
            return a.copy(_order(a))
        gone = gone if gone.step > 0 else gone[::-1]
        if gone.step == 1 or len(gone) == 1:
            return _without(a, axis, gone[0], gone[-1] + 1)
        kept = numpy.ones(n, bool)
        kept[gone.start : gone.stop : gone.step] = False
        made = _like(a, axis, n - len(gone))
        made[...] = a[_along(axis, kept)]
        return made
    if not isinstance(obj, _INTEGERS) or isinstance(obj, bool):
        obj = _places(obj)
        if obj.size != 1 or obj.dtype.kind not in "iu":
            return a[_along(axis, _kept(obj, n))]
        obj = obj.item()
    if not -n <= obj < n:
        raise IndexError("a place outside the array")
    place = int(obj) % n
    return _without(a, axis, place, place + 1)


def _kept(gone: Any, n: int) -> Any:
    """Return of places, or of bools for each, which of `n` parts are left."""
    if gone.dtype == bool:
        if gone.shape != (n,):
            raise ValueError("not one bool for each part")
        return ~gone
    kept = numpy.ones(n, bool)
    kept[gone,] = False
    return kept


def _without(a: Any, axis: int, begin: int, end: int) -> Any:
    """Return an array without the parts between two places."""
    made = _like(a, axis, a.shape[axis] - (end - begin))
    if begin:
        made[_along(axis, slice(begin))] = a[_along(axis, slice(begin))]
    if end < a.shape[axis]:
        made[_along(axis, slice(begin, None))] = a[_along(axis, slice(end, None))]
    return made


@composed
def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """Return an array with values put in before some parts along an axis, or before elements.

    Parameters
    ----------
    arr : array_like
    obj : int, slice, or array_like of integers or bools
        Before which parts of `arr`.
    values : array_like
        What is put in, cast to the type of `arr`.
    axis : int, optional
        Without one, the array is taken as if it were flat.

    Returns
    -------
    array
        A copy, with `axis` longer.

    Raises
    ------
    IndexError
        A place lies outside the array.
    ValueError
        Places have more than one axis, or values do not fit.

    Examples
    --------
    >>> import stook as np
    >>> np.insert([1, 2, 3], 1, [8, 9])
    array([1, 8, 9, 2, 3])
    """
    a, axis = _line(arr, axis)
    n = a.shape[axis]
    places = obj
    if type(obj) is not int:
        places = numpy.arange(n)[obj] if isinstance(obj, slice) else _places(obj)
        if places.dtype == bool:
            places = numpy.flatnonzero(places) if places.ndim == 1 else places.astype(str)
        if places.ndim > 1 or places.dtype.kind not in "iu":
            raise ValueError("places must be integers along one axis")
    if type(places) is int or places.size == 1:
        single = type(places) is int or places.ndim == 0
        return _put_in(a, axis, int(places if single else places[0]), values, single)
    places = places.astype(numpy.intp)
    places[places < 0] += n
    places[numpy.argsort(places, kind="stable")] += numpy.arange(places.size)
    if not places.size:
        broadcast_to(ours(_fitting(values, a.dtype)), (*a.shape[:axis], 0, *a.shape[axis + 1 :]))
        return a.copy(_order(a))
    made = empty([*a.shape[:axis], n + places.size, *a.shape[axis + 1 :]], a.dtype)
    old = numpy.ones(n + places.size, bool)
    old[places] = False
    made[_along(axis, places)] = _fitting(values, a.dtype)
    made[_along(axis, old)] = a
    return made if _order(a) == "C" else made.copy("F")


def _fitting(values: Any, dtype: Any) -> Any:
    """Return arrays as they are, and Python's numbers as a type that must hold them."""
    return values if hasattr(values, "dtype") else ours(values, dtype)


def _put_in(a: Any, axis: int, place: int, values: Any, single: bool) -> Any:
    """Return an array with values before one place; those of a single one are parts."""
    n = a.shape[axis]
    if not -n <= place <= n:
        raise IndexError("a place outside the array")
    place += n if place < 0 else 0
    put = ours(_fitting(values, a.dtype))
    put = put.reshape((1,) * (a.ndim - put.ndim) + put.shape)
    if single and axis:
        put = moveaxis(put, 0, axis)
    more = put.shape[axis]
    made = _like(a, axis, n + more)
    if place:
        made[_along(axis, slice(place))] = a[_along(axis, slice(place))]
    made[_along(axis, slice(place, place + more))] = put
    if place < n:
        made[_along(axis, slice(place + more, None))] = a[_along(axis, slice(place, None))]
    return made


@composed
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """Return the part of an array that is left without zeros at its ends.

    Parameters
    ----------
    filt : array_like
    trim : str
        ``f`` for the front, ``b`` for the back, or both.
    axis : int or tuple of int, optional
        Axes to trim; all unless said.

    Returns
    -------
    array or sequence
        A view, or part of a sequence of the same kind.

    Examples
    --------
    >>> import stook as np
    >>> np.trim_zeros([0, 0, 1, 2, 0])
    [1, 2]
    """
    a = ours(filt)
    sides = trim.lower()
    if sides not in ("fb", "bf", "f", "b"):
        raise ValueError("no such end")
    axes = counted_axes(axis, a.ndim)
    if len(set(axes)) < len(axes):
        raise ValueError("repeated axis")
    if not axes:
        return filt
    found = _stook.nonzero(a)
    parts = [slice(None)] * a.ndim
    for k in axes:
        if not found[k].size:
            parts[k] = slice(0, 0)
            continue
        first = int(found[k].min()) if "f" in sides else None
        parts[k] = slice(first, int(found[k].max()) + 1 if "b" in sides else None)
    return filt[parts[0]] if len(parts) == 1 else filt[tuple(parts)]


# -- put together ---------------------------------------------------------------------------------


def _depth(arrays: Any) -> int:
    """Return how deep lists of arrays are nested, everywhere alike."""
    if isinstance(arrays, tuple):
        raise TypeError("a tuple arranges nothing")
    if not isinstance(arrays, list):
        return 0
    depths = {_depth(part) for part in arrays}
    if len(depths) != 1:
        raise ValueError("lists are empty, or of unequal depth")
    return 1 + depths.pop()


def _leaves(arrays: Any) -> list[Any]:
    if not isinstance(arrays, list):
        return [ours(arrays)]
    return [leaf for part in arrays for leaf in _leaves(part)]


Piece = tuple[tuple[slice, ...], Any]


def _arranged(arrays: Any, axis: int, leaves: Any) -> tuple[tuple[int, ...], list[Piece]]:
    """Return the shape of nested lists, and each array with its place along axes from `axis`."""
    if not isinstance(arrays, list):
        a = next(leaves)
        return a.shape, [((), a)]
    shape, pieces, begin = None, [], 0
    for part in arrays:
        own, inner = _arranged(part, axis + 1, leaves)
        shape = shape or own
        if own[:axis] != shape[:axis] or own[axis + 1 :] != shape[axis + 1 :]:
            raise ValueError("shapes do not fit")
        end = begin + own[axis]
        pieces += [((slice(begin, end), *places), a) for places, a in inner]
        begin = end
    assert shape is not None
    return (*shape[:axis], begin, *shape[axis + 1 :]), pieces


def _joined(arrays: Any, axis: int, leaves: Any) -> Any:
    """Return nested lists joined list by list, the outermost along `axis`."""
    if not isinstance(arrays, list):
        return next(leaves)
    return concatenate([_joined(part, axis + 1, leaves) for part in arrays], axis)


@composed
def block(arrays: Any) -> Any:
    """Return an array put together from blocks.

    Parameters
    ----------
    arrays : array_like, or nested list of them
        The innermost lists are joined along the last axis, those around them along the one before,
        and so on.

    Returns
    -------
    array
        A copy, of the common type.

    Raises
    ------
    TypeError
        Tuples are used as lists.
    ValueError
        A list is empty, lists are nested unequally, or blocks do not fit.

    Examples
    --------
    >>> import stook as np
    >>> np.block([[np.eye(2), np.ones((2, 1))]])
    array([[1., 0., 1.],
           [0., 1., 1.]])
    """
    depth = _depth(arrays)
    leaves = _leaves(arrays)
    if depth == 0:
        return leaves[0].copy()
    ndim = max(depth, *[a.ndim for a in leaves])
    leaves = [a.reshape((1,) * (ndim - a.ndim) + a.shape) for a in leaves]
    if depth * sum(a.size for a in leaves) <= _LARGE:
        return _joined(arrays, ndim - depth, iter(leaves))
    shape, pieces = _arranged(arrays, ndim - depth, iter(leaves))
    turned = all(a._f_contiguous for a in leaves) and not all(a._c_contiguous for a in leaves)
    made = empty(shape, numpy.result_type(*[a.dtype for a in leaves]), "F" if turned else "C")
    for places, a in pieces:
        made[(..., *places)] = a
    return made


def row_stack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Return arrays below one another, as `vstack` does, and warn that this name will go."""
    warnings.warn(
        "`row_stack` alias is deprecated. Use `np.vstack` directly.",
        DeprecationWarning,
        stacklevel=2,
    )
    return vstack(tup, dtype=dtype, casting=casting)


# -- shapes and types -----------------------------------------------------------------------------


@composed
def resize(a: Any, new_shape: Any) -> Any:
    """Return the elements of `a`, again and again, in a new shape.

    Parameters
    ----------
    a : array_like
    new_shape : int or tuple of int

    Returns
    -------
    array
        A copy; zeros where `a` has no elements.

    Raises
    ------
    ValueError
        A length is negative.

    Examples
    --------
    >>> import stook as np
    >>> np.resize([1, 2, 3], (2, 2))
    array([[1, 2],
           [3, 1]])
    """
    shape = (new_shape,) if isinstance(new_shape, _INTEGERS) else tuple(new_shape)
    if min(shape, default=0) < 0:
        raise ValueError("a negative length")
    flat = ours(a).ravel()
    size = math.prod(shape)
    if not flat.size or not size:
        return zeros_like(flat, shape=shape)
    made = empty(size, flat.dtype)
    write_in_turn(made, flat)
    return made.reshape(shape)


@composed
def broadcast_shapes(*args: Any) -> Any:
    """Return the shape that arrays of these shapes have once they are broadcast.

    Parameters
    ----------
    *args : int or tuple of int

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import stook as np
    >>> np.broadcast_shapes((3, 1), 4)
    (3, 4)
    """
    shapes = [tuple(map(operator.index, s)) if hasattr(s, "__len__") else (operator.index(s),)
              for s in args]  # fmt: skip
    ndim = max(map(len, shapes), default=0)
    made = [1] * ndim
    for shape in shapes:
        for k, n in enumerate(shape, ndim - len(shape)):
            if n < 0 or (n != 1 and made[k] not in (1, n)):
                raise ValueError("shapes do not fit")
            made[k] = n if n != 1 else made[k]
    return tuple(made)


@composed
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """Return an array, or a scalar of NumPy's, as another type; itself if it is, unless copied.

    Examples
    --------
    >>> import stook as np
    >>> np.astype(np.array([1.5, 2.5]), int)
    array([1, 2])
    """
    if device not in (None, "cpu") or not isinstance(x, ndarray | numpy.generic):
        raise ValueError("not an array, or not a device")
    if isinstance(x, numpy.ndarray):
        x = ours(x)
    return x.astype(dtype, copy=copy)
