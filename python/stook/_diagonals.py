"""Diagonals and triangles."""

from __future__ import annotations

from typing import Any

import numpy

from stook._composed import NotNative, composed, ours
from stook._creation import arange, zeros
from stook._selecting import where
from stook._shape import diagonal

__all__ = ["diag", "tri", "tril", "triu"]


@composed
def diag(v: Any, k: int = 0) -> Any:
    """Return a diagonal of a matrix, or a matrix with this diagonal."""
    v = ours(v)
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    n = v.size + abs(k)
    made = zeros((n, n), v.dtype)
    first = k if k >= 0 else -k * n
    made.reshape(-1)[first :: n + 1][: v.size] = v
    return made


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
