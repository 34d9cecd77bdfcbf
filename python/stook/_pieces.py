"""Arrays with parts left out, put in, or trimmed."""

from __future__ import annotations

from typing import Any

import numpy

from stook import _stook
from stook._composed import composed, counted_axes, counted_axis, ours
from stook._creation import empty
from stook._shape import broadcast_to, moveaxis
from stook._stook import ndarray

__all__ = ["delete", "insert", "trim_zeros"]

_INTEGERS = (int, numpy.integer)


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
