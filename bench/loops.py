"""Cases as Numba users write them: explicit parallel loops, compiled on first use."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numba import njit, prange


@njit(parallel=True)
def multiply_add(a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    """One pass over five arrays."""
    out = np.empty_like(a)
    for i in prange(a.size):
        out[i] = a[i] * b[i] + c[i] * d[i] - e[i]
    return out


@njit(parallel=True)
def squared_distance(a: Any, b: Any) -> Any:
    """One pass and a sum."""
    total = 0.0
    for i in prange(a.size):
        total += (a[i] - b[i]) ** 2
    return total


@njit(parallel=True)
def softmax(x: Any) -> Any:
    """Each row in cache."""
    out = np.empty_like(x)
    for i in prange(x.shape[0]):
        top = x[i].max()
        total = np.float32(0.0)
        for j in range(x.shape[1]):
            out[i, j] = np.exp(x[i, j] - top)
            total += out[i, j]
        for j in range(x.shape[1]):
            out[i, j] /= total
    return out


@njit(parallel=True)
def pairwise(p: Any) -> Any:
    """No temporary of three dimensions."""
    out = np.empty((p.shape[0], p.shape[0]))
    for i in prange(p.shape[0]):
        for j in range(p.shape[0]):
            total = 0.0
            for k in range(p.shape[1]):
                total += (p[i, k] - p[j, k]) ** 2
            out[i, j] = sqrt(total)
    return out


@njit(parallel=True)
def step(u: Any, v: Any) -> None:
    """One step of the stencil."""
    for i in prange(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            v[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])


def two_arrays(u: Any, v: Any) -> Any:
    """Ten steps."""
    for _ in range(5):
        step(u, v)
        step(v, u)
    return u


@njit(parallel=True)
def where_count(a: Any, b: Any) -> Any:
    """Both results in one pass."""
    out, count = np.empty_like(a), 0
    for i in prange(a.size):
        if a[i] > b[i]:
            out[i] = a[i] * 2.0
            count += 1
        else:
            out[i] = b[i] + 1.0
    return out, count


@njit(parallel=True)
def gather(a: Any, index: Any) -> Any:
    """Random reads."""
    out = np.empty(index.size)
    for i in prange(index.size):
        out[i] = a[index[i]]
    return out


LOOPS = {
    "a*b+c*d-e 10M": multiply_add,
    "sum((a-b)**2) 10M": squared_distance,
    "softmax 4096x1024 f32": softmax,
    "pairwise distances 2000": pairwise,
    "stencil, two arrays 4096^2": two_arrays,
    "where + count_nonzero 10M": where_count,
    "gather 5M": gather,
}
