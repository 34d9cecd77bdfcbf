"""Elements in order: sorted, partitioned, or the places that they have in order.

Every sort is stable, whatever kind is asked for, so that a result does not depend on threads.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy

from stook import _stook
from stook._composed import NotNative, asked, composed, ours
from stook._stook import ndarray

__all__ = ["argpartition", "argsort", "lexsort", "partition", "sort", "sort_complex"]

_KINDS = (None, "quicksort", "heapsort", "mergesort", "stable")


def _check(kind: Any, order: Any, stable: Any) -> None:
    """Leave to NumPy what is no way to sort numbers."""
    if isinstance(kind, str) and kind[:1].lower() in tuple("qhms"):
        pass  # NumPy looks at the first letter
    elif kind is not None:
        raise ValueError("not a kind of sort")
    if kind is not None and stable is not None:
        raise ValueError("a kind, or whether it is stable")
    if order is not None:
        raise ValueError("numbers have no fields")
    if stable is not None:
        bool(stable)


def _axis_of(a: Any, axis: Any) -> tuple[Any, int]:
    """Return the array and the axis to sort along, the flat array for None."""
    if axis is None:
        return a.ravel(), 0
    if not a.ndim:
        raise NotNative
    return a, operator.index(axis)


def _places(kth: Any, kind: Any, order: Any) -> list[int]:
    """Return the places of a partition."""
    if kind != "introselect" or order is not None:
        raise ValueError("not a way to partition numbers")
    if type(kth) is int:
        return [kth]
    places = ours(kth)
    if places.dtype.kind not in "iu" or places.ndim > 1:
        raise ValueError("no places")
    return places.reshape(-1).tolist()


@composed
def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """Return the elements of an array in order.

    Parameters
    ----------
    a : array_like
        Numbers. NaN come last; complex ones are in the order of their real, then imaginary parts.
    axis : int or None
        The axis to sort along, the last unless said; None for the flat array.
    kind : {None, "quicksort", "mergesort", "heapsort", "stable"}
        Whatever is asked for, equal elements stay in the order in which they were.
    order : None
        Fields to sort by, which numbers do not have.
    stable : bool, optional
        Another way to ask for a kind.

    Returns
    -------
    array
        Of the shape of `a`.

    Examples
    --------
    >>> import stook as np
    >>> np.sort([3, 1, 2])
    array([1, 2, 3])
    """
    if kind not in _KINDS or order is not None or stable is not None:
        _check(kind, order, stable)
    a, axis = _axis_of(ours(a), axis)
    return _stook.sorted(a, axis)


@composed
def argsort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Any:
    """Return the places of the elements of an array in order.

    Parameters
    ----------
    a : array_like
        Numbers, in the order of `sort`.
    axis : int or None
        The axis to sort along, the last unless said; None for the flat array.
    kind, order, stable
        As for `sort`: places of equal elements always grow.

    Returns
    -------
    array of int
        Of the shape of `a`.

    Examples
    --------
    >>> import stook as np
    >>> np.argsort([3, 1, 2])
    array([1, 2, 0])
    """
    if kind not in _KINDS or order is not None or stable is not None:
        _check(kind, order, stable)
    a, axis = _axis_of(asked(a, "argsort"), axis)
    return _stook.argsorted(a, axis)


@composed
def partition(
    a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Any:
    """Return the elements with those of some places in order, what is less before them.

    Parameters
    ----------
    a : array_like
        Numbers, in the order of `sort`.
    kth : int or sequence of int
        The places whose elements are to be those of the array in order.
    axis : int or None
        The axis to partition along, the last unless said; None for the flat array.
    kind : {"introselect"}
    order : None

    Returns
    -------
    array
        Of the shape of `a`. In which order the other elements are is not said.

    Raises
    ------
    ValueError
        A place is outside the axis.

    Examples
    --------
    >>> import stook as np
    >>> np.partition([3, 1, 2], 1)[1]
    np.int64(2)
    """
    places = _places(kth, kind, order)
    a, axis = _axis_of(ours(a), axis)
    return _stook.sorted(a, axis, places)


@composed
def argpartition(
    a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Any:
    """Return the places that the elements have in a partition.

    Parameters
    ----------
    a, kth, axis, kind, order
        As for `partition`.

    Returns
    -------
    array of int
        Of the shape of `a`.

    Examples
    --------
    >>> import stook as np
    >>> np.argpartition([3, 1, 2], 1)[1]
    np.int64(2)
    """
    places = _places(kth, kind, order)
    a, axis = _axis_of(asked(a, "argpartition"), axis)
    return _stook.argsorted(a, axis, places)


@composed
def lexsort(keys: Any, axis: Any = -1) -> Any:
    """Return the places of elements in the order of several keys, the last of them first.

    Parameters
    ----------
    keys : sequence of array_like, or array
        Arrays of one shape; of an array, its parts along the first axis. Where the last ones are
        equal, those before it decide.
    axis : int
        The axis to sort along, the last unless said.

    Returns
    -------
    array of int
        Of the shape of a key.

    Examples
    --------
    >>> import stook as np
    >>> np.lexsort(([3, 1, 2], [0, 1, 0]))
    array([2, 0, 1])
    """
    listed = [ours(key) for key in keys]
    if not listed or not listed[0].ndim:
        raise NotNative
    return _stook.lexsorted(listed, operator.index(axis))


@composed
def sort_complex(a: Any) -> Any:
    """Return the elements in order along the last axis, as complex numbers.

    Parameters
    ----------
    a : array_like
        Numbers.

    Returns
    -------
    array
        complex64 for integers of up to 16 bits, complex128 for other real numbers.

    Examples
    --------
    >>> import stook as np
    >>> np.sort_complex([2, 1])
    array([1.+0.j, 2.+0.j])
    """
    a = ours(a)
    if not a.ndim:
        raise NotNative
    made = _stook.sorted(a, -1)
    if made.dtype.kind == "c":
        return made
    return made.astype(numpy.complex64 if made.dtype.char in "bhBH" else numpy.complex128)


# -- methods --------------------------------------------------------------------------------------


def _sort(
    self: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> None:
    """Put the elements in order along an axis."""
    if kind not in _KINDS or order is not None or stable is not None:
        _check(kind, order, stable)
    if not self.ndim:
        raise NotNative
    _stook.sort_in_place(self, operator.index(axis))


def _partition(
    self: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> None:
    """Put the elements of some places in order, what is less before them."""
    places = _places(kth, kind, order)
    if not self.ndim:
        raise NotNative
    _stook.sort_in_place(self, operator.index(axis), places)


def _argsort(
    self: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Any:
    """Return the places of the elements in order."""
    if kind not in _KINDS or order is not None or stable is not None:
        _check(kind, order, stable)
    a, axis = _axis_of(self, axis)
    return _stook.argsorted(a, axis)


def _argpartition(
    self: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Any:
    """Return the places that the elements have in a partition."""
    places = _places(kth, kind, order)
    a, axis = _axis_of(self, axis)
    return _stook.argsorted(a, axis, places)


sort_in_place = composed(_sort, "sort")
ndarray.partition = composed(_partition, "partition")
places_in_order = composed(_argsort, "argsort")
ndarray.argpartition = composed(_argpartition, "argpartition")
