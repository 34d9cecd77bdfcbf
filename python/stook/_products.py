"""Products of matrices and vectors that are functions; those that are ufuncs are in `_cores.py`.

Every product is one call of the native `product`, which multiplies stacks of matrices where they
lie; what is done here is NumPy's many ways to say which axes are rows, columns and stacks. Results
are computed at the call. Sums of floats are bounded normwise, as NumPy's are, and do not depend on
the number of threads.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy

from stook._composed import NotNative, composed, ours
from stook._shape import moveaxis
from stook._stook import dotted, ndarray, product

__all__ = ["dot", "inner", "vdot"]


def multiplied(a: Any, b: Any, name: str, out: Any = None) -> Any:
    """Return the native product, to be warned of under a name; NumPy says why there is none."""
    made = product(a, b, name, out)
    if made is None:
        raise NotNative if _fits(a, b) else ValueError("the shapes do not fit")
    return made


def _fits(a: Any, b: Any) -> bool:
    return bool(a.ndim and b.ndim and a.shape[-1] == b.shape[-2 if b.ndim > 1 else -1])


def conjugated(a: Any) -> Any:
    return a.conj() if a.dtype.kind == "c" else a


def _acceptable(out: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Return `out` if `dot` may write there."""
    if type(out) is not ndarray:
        raise NotNative
    if out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
        raise ValueError("the output is not acceptable")
    return out


def _dot(a: Any, b: Any, out: Any = None) -> Any:
    """Return sums of products over the last axis of `a` and the last but one of `b`.

    Parameters
    ----------
    a : array_like, shape (..., k)
    b : array_like, shape (..., k, n) or (k,)
    out : ndarray, optional
        Of the very type and shape of the result, in C order.

    Returns
    -------
    ndarray
        Of shape ``a.shape[:-1] + b.shape[:-2] + b.shape[-1:]``; a scalar for two vectors. With an
        operand without axes, the product element by element.

    Raises
    ------
    ValueError
        The shapes do not fit, or `out` does not.

    Examples
    --------
    >>> import stook as np
    >>> np.dot([1, 2], [3, 4])
    np.int64(11)
    """
    a, b = ours(a), ours(b)
    if not a.ndim or not b.ndim:
        made = _scaled(a, b)
    elif a.ndim <= 2 and b.ndim <= 2:
        if out is not None:
            shape = (*a.shape[:-1], *b.shape[1:])
            _acceptable(out, shape, numpy.promote_types(a.dtype, b.dtype))
        return multiplied(a, b, "dot", out)
    else:
        if not _fits(a, b):
            raise ValueError("the shapes do not fit")
        right = b if b.ndim <= 2 else moveaxis(b, -2, 0).reshape((b.shape[-2], _count(b, -2)))
        made = multiplied(a.reshape((_count(a, -1), a.shape[-1])), right, "dot")
        made = made.reshape((*a.shape[:-1], *b.shape[:-2], *b.shape[-1:][: b.ndim - 1]))
    if out is None:
        return made
    _acceptable(out, made.shape, made.dtype)[...] = made
    return out


def _scaled(a: Any, b: Any) -> Any:
    """Return the product of arrays of which one has no axes; in C order where NumPy calls BLAS."""
    dtype = numpy.promote_types(a.dtype, b.dtype)
    made = a.astype(dtype, copy=False) * b.astype(dtype, copy=False)
    by_blas = dtype.char in "fdFD" and made.ndim <= 2
    return made.copy() if by_blas and made.ndim and not made.flags.c_contiguous else made


def _count(a: Any, axis: int) -> int:
    """Return the number of elements of an array along all axes but one."""
    count = 1
    for k, n in enumerate(a.shape):
        if k != axis % a.ndim:
            count *= n
    return count


_dot.__name__ = _dot.__qualname__ = "dot"
_slow_dot = composed(_dot)


@functools.wraps(_dot)
def dot(a: Any, b: Any, out: Any = None) -> Any:
    made = dotted(a, b) if out is None else None
    return _slow_dot(a, b, out) if made is None else made


def _inner(a: Any, b: Any, /) -> Any:
    """Return sums of products over the last axes of both: ``a.shape[:-1] + b.shape[:-1]``."""
    a, b = ours(a), ours(b)
    if not a.ndim or not b.ndim:
        return _scaled(a, b)
    if a.ndim <= 2 and b.ndim <= 2:
        return multiplied(a, b if b.ndim == 1 else b.T, "dot")
    k = b.shape[-1]
    right = b.reshape((_count(b, -1), k)).T
    made = multiplied(a.reshape((_count(a, -1), a.shape[-1])), right, "dot")
    return made.reshape((*a.shape[:-1], *b.shape[:-1]))


_inner.__name__ = _inner.__qualname__ = "inner"
_slow_inner = composed(_inner)


@functools.wraps(_inner)
def inner(a: Any, b: Any, /) -> Any:
    made = dotted(a, b.T) if type(b) is ndarray and b.ndim <= 2 else None
    return _slow_inner(a, b) if made is None else made


def _vdot(a: Any, b: Any, /) -> Any:
    """Return the sum of the products of all elements, those of `a` conjugated."""
    a, b = ours(a), ours(b)
    return multiplied(conjugated(a.ravel()), b.ravel(), "")


_vdot.__name__ = _vdot.__qualname__ = "vdot"
_slow_vdot = composed(_vdot)


@functools.wraps(_vdot)
def vdot(a: Any, b: Any, /) -> Any:
    if type(a) is type(b) is ndarray and a.ndim == b.ndim == 1 and a.dtype.kind != "c":
        made = product(a, b, "")
        if made is not None:
            return made
    return _slow_vdot(a, b)


# What the method of arrays does where it does not multiply two of them at once.
_slow_method = composed(_dot, "dot")
