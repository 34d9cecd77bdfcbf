"""Functions that view an array in another shape."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from numpy import broadcast_to as numpy_broadcast_to
from numpy import matrix
from numpy.exceptions import AxisError

from stook._fallback import function
from stook._stook import asarray, ndarray
from stook._subclasses import array_or_derived, asks_method, is_derived, is_foreign

__all__ = [
    "broadcast_to",
    "diagonal",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "matrix_transpose",
    "moveaxis",
    "ndim",
    "permute_dims",
    "ravel",
    "reshape",
    "rollaxis",
    "shape",
    "size",
    "squeeze",
    "swapaxes",
    "transpose",
]

_BACKWARDS = slice(None, None, -1)


def _axes(axis: Any, ndim: int, name: str | None = None) -> list[int]:
    """Return axes counted from the front, distinct, from an int or a sequence of them."""
    if type(axis) is int and -ndim <= axis < ndim:
        return [axis % ndim]
    try:
        given = [operator.index(axis)]
    except TypeError:
        given = [operator.index(one) for one in axis]
    for one in given:
        if not -ndim <= one < ndim:
            raise AxisError(one, ndim, name)
    counted = [one % ndim for one in given]
    if len(set(counted)) < len(counted):
        raise ValueError(f"repeated axis in `{name}` argument" if name else "repeated axis")
    return counted


def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """Return the elements of `a` in another shape; a view where it can be."""
    if type(a) is not ndarray:
        if asks_method(a, "reshape"):
            return function("reshape")(a, shape, order, **({} if copy is None else {"copy": copy}))
        a = array_or_derived(a)
    return a.reshape(shape, order=order, copy=copy)


def ravel(a: Any, order: str = "C") -> Any:
    """Return the elements of `a` along one axis; a view where it can be."""
    if type(a) is not ndarray:
        if is_foreign(a):
            return function("ravel")(a, order)
        a = asarray(a) if isinstance(a, matrix) else array_or_derived(a)
    return a.ravel(order)


def transpose(a: Any, axes: Any = None) -> Any:
    """Return `a` with its axes in another order, reversed unless said."""
    if type(a) is not ndarray:
        if asks_method(a, "transpose"):
            return function("transpose")(a, axes)
        a = array_or_derived(a)
    return a.transpose(axes)


permute_dims = transpose


def matrix_transpose(x: Any, /) -> Any:
    """Return `x` with its last two axes exchanged."""
    if type(x) is not ndarray:
        if is_foreign(x):
            return function("matrix_transpose")(x)
        x = array_or_derived(x)
    if x.ndim < 2:
        raise ValueError(f"Input array must be at least 2-dimensional, but it is {x.ndim}")
    return x.swapaxes(-1, -2)


def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Return `a` with two axes exchanged."""
    if type(a) is not ndarray:
        if asks_method(a, "swapaxes"):
            return function("swapaxes")(a, axis1, axis2)
        a = array_or_derived(a)
    return a.swapaxes(axis1, axis2)


def squeeze(a: Any, axis: Any = None) -> Any:
    """Return `a` without axes of length one."""
    if type(a) is not ndarray:
        if asks_method(a, "squeeze"):
            return function("squeeze")(a, axis)
        a = array_or_derived(a)
    return a.squeeze() if axis is None else a.squeeze(axis)


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return the elements `a[k, k + offset]`, a view that may not be written."""
    if type(a) is not ndarray:
        if is_foreign(a):
            return function("diagonal")(a, offset, axis1, axis2)
        a = asarray(a) if isinstance(a, matrix) else array_or_derived(a)
    return a.diagonal(offset, axis1, axis2)


def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """Return `array` as if repeated to `shape`, a view that may not be written."""
    if type(array) is not ndarray and is_foreign(array):
        return function("broadcast_to")(array, shape, subok)
    if subok and is_derived(array):
        return numpy_broadcast_to(array, shape, subok=True)
    array = asarray(array)
    if type(array) is not ndarray:
        return numpy_broadcast_to(array, shape)
    return array._broadcast_to(shape)


def expand_dims(a: Any, axis: int | Sequence[int]) -> Any:
    """Return `a` with new axes of length one, at `axis` of the result."""
    if type(a) is not ndarray:
        if is_foreign(a):
            return function("expand_dims")(a, axis)
        a = asarray(a) if isinstance(a, matrix) else array_or_derived(a)
    lengths = list(a.shape)
    if type(axis) is int:
        places = _axes(axis, len(lengths) + 1)
    else:
        given = axis if isinstance(axis, tuple | list) else (axis,)
        places = sorted(_axes(given, len(lengths) + len(given)))
    for k in places:
        lengths.insert(k, 1)
    return a.reshape(lengths)


def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Return `a` with axes moved to other places, the others in order."""
    if type(a) is not ndarray:
        if is_foreign(a):
            return function("moveaxis")(a, source, destination)
        a = array_or_derived(a)
    start, end = _axes(source, a.ndim, "source"), _axes(destination, a.ndim, "destination")
    if len(start) != len(end):
        raise ValueError(
            "`source` and `destination` arguments must have the same number of elements"
        )
    order = [k for k in range(a.ndim) if k not in start]
    for to, place in sorted(zip(end, start, strict=True)):
        order.insert(to, place)
    return a.transpose(order)


def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Return `a` with `axis` moved back until it lies before `start`."""
    if type(a) is not ndarray:
        if is_foreign(a):
            return function("rollaxis")(a, axis, start)
        a = array_or_derived(a)
    ndim = a.ndim
    (axis,) = _axes(operator.index(axis), ndim)
    start = start + ndim if start < 0 else start
    if not 0 <= start <= ndim:
        text = f"'start' arg requires {-ndim} <= start < {ndim + 1}, but {start} was passed in"
        raise AxisError(text)
    order = list(range(ndim))
    del order[axis]
    order.insert(start - (axis < start), axis)
    return a.transpose(order)


def flip(m: Any, axis: Any = None) -> Any:
    """Return `m` with the order of elements reversed along axes, all unless said."""
    if type(m) is not ndarray:
        if is_foreign(m):
            return function("flip")(m, axis)
        m = array_or_derived(m)
    if axis is None:
        return m[(_BACKWARDS,) * m.ndim]
    chosen = _axes(axis, m.ndim)
    return m[tuple(slice(None, None, -1 if k in chosen else 1) for k in range(m.ndim))]


def flipud(m: Any) -> Any:
    """Return `m` with its first axis reversed."""
    if type(m) is not ndarray:
        if is_foreign(m):
            return function("flipud")(m)
        m = array_or_derived(m)
    if m.ndim < 1:
        raise ValueError("Input must be >= 1-d.")
    return m[::-1]


def fliplr(m: Any) -> Any:
    """Return `m` with its second axis reversed."""
    if type(m) is not ndarray:
        if is_foreign(m):
            return function("fliplr")(m)
        m = array_or_derived(m)
    if m.ndim < 2:
        raise ValueError("Input must be >= 2-d.")
    return m[:, ::-1]


def shape(a: Any) -> tuple[int, ...]:
    """Return the lengths of the axes of `a`."""
    if type(a) is not ndarray and is_foreign(a):
        return function("shape")(a)
    return a.shape if hasattr(a, "shape") else asarray(a).shape


def ndim(a: Any) -> int:
    """Return the number of axes of `a`."""
    if type(a) is not ndarray and is_foreign(a):
        return function("ndim")(a)
    return a.ndim if hasattr(a, "ndim") else asarray(a).ndim


def size(a: Any, axis: Any = None) -> int:
    """Return the number of elements of `a`, or those along axes."""
    if type(a) is not ndarray and is_foreign(a):
        return function("size")(a, axis)
    if axis is None:
        return a.size if hasattr(a, "size") else asarray(a).size
    lengths = shape(a)
    number = 1
    for k in _axes(axis, len(lengths)):
        number *= lengths[k]
    return number
