"""Lengths of vectors and matrices: `numpy.linalg.norm` and kin.

Those that need singular values are NumPy's, as they are.
"""

from __future__ import annotations

import operator
from math import inf
from typing import Any

import numpy

from stook._composed import NotNative, counted_axis, ours
from stook._linear import linear
from stook._stook import asarray, is_short_line, ufuncs

__all__: list[str] = []

_absolute, _square, _sqrt = ufuncs["absolute"], ufuncs["square"], ufuncs["sqrt"]
_OF_SINGULAR_VALUES = (2, -2, "nuc")


def _floating(x: Any) -> Any:
    """Return numbers in the type that norms are computed in."""
    a = ours(x)
    if a.dtype.char == "e":
        raise NotNative
    return a if a.dtype.kind in "fc" else a.astype(float)


def _squares(a: Any) -> Any:
    """Return the squares of absolute values."""
    return _square(a.real) + _square(a.imag) if a.dtype.kind == "c" else _square(a)


def _greatest(sizes: Any, axes: Any, keepdims: bool) -> Any:
    """Return the greatest of sizes, zero where there is none."""
    if sizes.size:
        return sizes.max(axes, keepdims=keepdims)
    return sizes.max(axes, keepdims=keepdims, initial=0)


def _of_line(a: Any, keepdims: bool) -> Any:
    """Return the length of all elements, whose squares BLAS adds as it does for NumPy."""
    line = a.ravel()
    length = _sqrt(line.dot(line))
    return asarray(length).reshape((1,) * a.ndim) if keepdims else length


def _of_vectors(a: Any, ord: Any, axes: Any, keepdims: bool) -> Any:
    """Return the norms of the vectors that lie along axes."""
    if ord is None or ord == 2:
        return _sqrt(_squares(a).sum(axes, keepdims=keepdims))
    if isinstance(ord, str):
        raise ValueError("a norm of matrices")
    if ord == 0:
        return (a != 0).astype(a.real.dtype).sum(axes, keepdims=keepdims)
    sizes = _absolute(a)
    if ord == inf:
        return _greatest(sizes, axes, keepdims)
    if ord == -inf:
        return sizes.min(axes, keepdims=keepdims)
    if ord == 1:
        return sizes.sum(axes, keepdims=keepdims)
    total = (sizes**ord).sum(axes, keepdims=keepdims)
    return total ** numpy.reciprocal(ord, dtype=total.dtype)


def _of_matrices(a: Any, ord: Any, rows: int, columns: int) -> Any:
    """Return the norms of the matrices that lie in the plane of two axes."""
    if rows == columns:
        raise ValueError("one axis twice")
    if ord is None or ord in ("fro", "f"):
        return _sqrt(_squares(a).sum((rows, columns)))
    if ord in _OF_SINGULAR_VALUES:
        raise NotNative
    if ord not in (1, -1, inf, -inf):
        raise ValueError("not a norm of matrices")
    added, left = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = _absolute(a).sum(added)
    left -= left > added
    return _greatest(sums, left, False) if ord > 0 else sums.min(left)


@linear
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    """Return the length of a vector or matrix, or those of many.

    Parameters
    ----------
    x : array_like
        Numbers.
    ord : number, inf, -inf, "fro" or "nuc", optional
        Which norm. For vectors: the root of the sum of squares unless given, the greatest or
        smallest size for an infinity, how many are not zero for 0, else the sum of powers of sizes
        to the inverse power. For matrices: the same root unless given, or "fro"; the greatest sum
        of sizes of a column for 1, of a row for infinity, the smallest for -1 and -infinity; the
        greatest singular value for 2, the smallest for -2, their sum for "nuc".
    axis : int or two ints, optional
        Along which vectors lie, or the plane of matrices. All elements unless given.
    keepdims : bool
        Whether these axes stay, of length one.

    Returns
    -------
    array of floats, or a number

    Raises
    ------
    ValueError
        There is no such norm for as many axes.

    Examples
    --------
    >>> import stook as np
    >>> print(np.linalg.norm([3.0, 4.0]))
    5.0
    >>> np.linalg.norm([[1.0, -2.0], [3.0, 4.0]], 1, axis=1)
    array([3., 7.])
    """
    a = _floating(x)
    if axis is None:
        whole = ord is None or (ord == 2 and a.ndim == 1)
        if whole or (a.ndim == 2 and ord in ("fro", "f")):
            if a.dtype.kind == "f" and is_short_line(a):
                return _of_line(a, bool(keepdims))
            return _of_vectors(a, 2, None, bool(keepdims))
        axes = tuple(range(a.ndim))
    else:
        given = axis if isinstance(axis, tuple) else (operator.index(axis),)
        axes = tuple(counted_axis(k, a.ndim) for k in given)
    if len(axes) == 1:
        return _of_vectors(a, ord, axes, bool(keepdims))
    if len(axes) != 2:
        raise ValueError("neither vectors nor matrices")
    made = _of_matrices(a, ord, *axes)
    if not keepdims:
        return made
    return ours(made).reshape([1 if k in axes else n for k, n in enumerate(a.shape)])


@linear
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    """Return the length of a vector, or those of many.

    Parameters
    ----------
    x : array_like
        Numbers.
    axis : int or tuple of ints, optional
        Over which elements of a vector lie; all unless given.
    keepdims : bool
        Whether these axes stay, of length one.
    ord : number, inf or -inf
        Which norm, as for `norm` of vectors.

    Returns
    -------
    array of floats, or a number

    Examples
    --------
    >>> import stook as np
    >>> np.linalg.vector_norm([[3.0, 4.0], [6.0, 8.0]], axis=1)
    array([ 5., 10.])
    """
    a = _floating(x)
    if axis is not None:
        given = axis if isinstance(axis, tuple) else (operator.index(axis),)
        axis = tuple(counted_axis(k, a.ndim) for k in given)
    return _of_vectors(a, ord, axis, bool(keepdims))


@linear
def matrix_norm(x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    """Return the norms of the matrices in the last two axes.

    Parameters
    ----------
    x : array_like
        Numbers.
    keepdims : bool
        Whether these axes stay, of length one.
    ord : 1, -1, 2, -2, inf, -inf, "fro" or "nuc"
        Which norm, as for `norm` of matrices.

    Returns
    -------
    array of floats, or a number

    Examples
    --------
    >>> import stook as np
    >>> print(np.linalg.matrix_norm([[1.0, -2.0], [3.0, 4.0]], ord=np.inf))
    7.0
    """
    return norm(x, ord, (-2, -1), keepdims)
