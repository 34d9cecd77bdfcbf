"""Diagonals and triangles."""

from __future__ import annotations

from typing import Any

import numpy

from stook._composed import NotNative, as_method, composed, ours
from stook._creation import arange, zeros
from stook._selecting import where
from stook._shape import diagonal
from stook._stook import ndarray

__all__ = ["diag", "diagflat", "trace", "tri", "tril", "triu"]


@composed
def diag(v: Any, k: int = 0) -> Any:
    """Return a diagonal of a matrix, or a matrix with this diagonal."""
    v = ours(v)
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    return _with_diagonal(v, k)


def _with_diagonal(v: Any, k: int) -> Any:
    n = v.size + abs(k)
    made = zeros((n, n), v.dtype)
    first = k if k >= 0 else -k * n
    made.reshape(-1)[first :: n + 1][: v.size] = v
    return made


@composed
def diagflat(v: Any, k: int = 0) -> Any:
    """Return the square matrix with the elements of `v`, flat, on a diagonal.

    Parameters
    ----------
    v : array_like
        Of any shape.
    k : int
        The diagonal: above the main one if positive, below if negative.

    Examples
    --------
    >>> import stook as np
    >>> np.diagflat([[1, 2]], 1)
    array([[0, 1, 0],
           [0, 0, 2],
           [0, 0, 0]])
    """
    return _with_diagonal(ours(v).ravel(), k)


@composed
def trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
) -> Any:
    """Return the sum of a diagonal, or of those of each matrix of a stack.

    Parameters
    ----------
    a : array_like of two axes at least
    offset : int
        The diagonal: above the main one if positive, below if negative.
    axis1, axis2 : int
        Axes of the matrices.
    dtype : dtype, optional
        Type in which it is summed; small integers are summed as the machine's.
    out : array, optional
        Where the result goes.

    Returns
    -------
    scalar, or array without the two axes

    Examples
    --------
    >>> import stook as np
    >>> np.trace([[1, 2], [3, 4]])
    np.int64(5)
    """
    line = ours(a).diagonal(offset, axis1, axis2)
    return line.sum(-1, dtype) if out is None else line.sum(-1, dtype, out)


def below(shape: tuple[int, ...], k: int) -> Any:
    """Return where the last two axes of a shape are at or below a diagonal."""
    rows, columns = shape[-2:]
    return arange(rows).reshape(-1, 1) >= arange(columns) - k


@composed
def tri(N: int, M: Any = None, k: int = 0, dtype: Any = float, *, like: Any = None) -> Any:
    """Return ones at and below a diagonal, and zeros above it."""
    if like is not None:
        raise NotNative
    return below((N, N if M is None else M), k).astype(dtype)


@composed
def tril(m: Any, k: int = 0) -> Any:
    """Return a matrix, or each of a stack, with zeros above a diagonal."""
    m = _matrices(m)
    return where(below(m.shape, k), m, numpy.zeros((), m.dtype)[()])


@composed
def triu(m: Any, k: int = 0) -> Any:
    """Return a matrix, or each of a stack, with zeros below a diagonal."""
    m = _matrices(m)
    return where(below(m.shape, k - 1), numpy.zeros((), m.dtype)[()], m)


def _matrices(m: Any) -> Any:
    m = ours(m)
    if m.ndim < 2:
        raise NotNative
    return m


ndarray.trace = as_method(trace)
