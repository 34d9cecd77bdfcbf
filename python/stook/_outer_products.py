"""Products of every element with every other, and of vectors in space."""

from __future__ import annotations

from typing import Any

import numpy

from stook._composed import NotNative, composed, counted_axis, ours
from stook._creation import empty
from stook._shape import moveaxis
from stook._stook import ufuncs

__all__ = ["cross", "kron", "outer"]

_multiply = ufuncs["multiply"]


@composed
def outer(a: Any, b: Any, out: Any = None) -> Any:
    """Return the products of each element of `a` with each of `b`.

    Parameters
    ----------
    a, b : array_like
        Taken as if they were flat.
    out : array of shape ``(a.size, b.size)``, optional
        Where the products go.

    Returns
    -------
    array of shape ``(a.size, b.size)``

    Examples
    --------
    >>> import stook as np
    >>> np.outer([1, 2], [3, 4])
    array([[3, 4],
           [6, 8]])
    """
    rows, columns = ours(a).reshape(-1, 1), ours(b).ravel()
    return _multiply(rows, columns) if out is None else _multiply(rows, columns, out)


@composed
def kron(a: Any, b: Any) -> Any:
    """Return `a` with each element replaced by its product with all of `b`.

    Parameters
    ----------
    a, b : array_like
        The one with fewer axes gets more in front.

    Returns
    -------
    array
        Along each axis as long as the product of both lengths.

    Examples
    --------
    >>> import stook as np
    >>> np.kron([1, 10], [1, 2])
    array([ 1,  2, 10, 20])
    """
    a, b = ours(a), ours(b)
    ndim = max(a.ndim, b.ndim)
    if b.ndim == 0 or ndim == 0:
        return _multiply(a, b)
    outer_shape = (1,) * (ndim - a.ndim) + a.shape
    inner_shape = (1,) * (ndim - b.ndim) + b.shape
    pairs = list(zip(outer_shape, inner_shape, strict=True))
    made = _multiply(
        a.reshape([k for n, _ in pairs for k in (n, 1)]),
        b.reshape([k for _, n in pairs for k in (1, n)]),
    )
    return made.reshape([n * m for n, m in pairs])


@composed
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None
) -> Any:
    """Return the products of vectors in space, which stand at right angles on both.

    Parameters
    ----------
    a, b : array_like
        Vectors along one axis, of length three; the other axes broadcast. Vectors in the plane are
        left to NumPy, which warns of them.
    axisa, axisb, axisc : int
        Axis of the vectors in `a`, in `b`, and in the result.
    axis : int, optional
        All three of them.

    Returns
    -------
    array of vectors

    Raises
    ------
    ValueError
        The vectors are of other lengths.

    Examples
    --------
    >>> import stook as np
    >>> np.cross([1, 0, 0], [0, 1, 0])
    array([0, 0, 1])
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = ours(a), ours(b)
    x, y = moveaxis(x, axisa, -1), moveaxis(y, axisb, -1)
    lengths = {x.shape[-1], y.shape[-1]}
    if lengths - {2, 3}:
        raise ValueError("vectors of neither two nor three numbers")
    if x.dtype == y.dtype == bool:
        raise TypeError("bools have no difference")
    if lengths != {3}:
        raise NotNative
    shape = (*numpy.broadcast_shapes(x.shape[:-1], y.shape[:-1]), 3)
    axisc = counted_axis(axisc, len(shape))
    made = empty(shape, numpy.promote_types(x.dtype, y.dtype))
    # Parts of length one, as numbers would warn where arrays do not.
    parts = [(x[..., k : k + 1], y[..., k : k + 1]) for k in range(3)]
    for k in range(3):
        (a1, b1), (a2, b2) = parts[(k + 1) % 3], parts[(k + 2) % 3]
        made[..., k : k + 1] = a1 * b2 - a2 * b1
    return made if axisc == len(shape) - 1 else moveaxis(made, -1, axisc)
