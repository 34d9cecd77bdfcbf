"""Arrays put together from blocks, or repeated until they fill a shape; shapes and types."""

from __future__ import annotations

import functools
import math
import operator
import warnings
from typing import Any

import numpy

from stook._composed import composed, ours
from stook._creation import empty, zeros_like
from stook._joining import concatenate, vstack, write_in_turn
from stook._stook import common_lengths, ndarray

__all__ = ["astype", "block", "broadcast_shapes", "resize", "row_stack"]

_INTEGERS = (int, numpy.integer)
_LARGE = 2 * 512 * 512
"""From how many elements, times lists around them, NumPy joins blocks at once, not list by list."""


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


def _broadcast_shapes(*args: Any) -> Any:
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


_broadcast_shapes.__name__ = _broadcast_shapes.__qualname__ = "broadcast_shapes"
_slow_broadcast_shapes = composed(_broadcast_shapes)


@functools.wraps(_broadcast_shapes)
def broadcast_shapes(*args: Any) -> Any:
    made = common_lengths(*args)
    return _slow_broadcast_shapes(*args) if made is None else made


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
