"""Products of matrices and vectors.

Every product is one call of the native `product`, which multiplies stacks of matrices where they
lie; what is done here is NumPy's many ways to say which axes are rows, columns and stacks. Results
are computed at the call. Sums of floats are bounded normwise, as NumPy's are, and do not depend on
the number of threads.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy
from numpy._globals import _NoValue

from stook._composed import NotNative, composed, counted_axis, ours
from stook._shape import moveaxis
from stook._stook import dotted, ndarray, product, vecdotted

__all__ = ["dot", "inner", "matmul", "matvec", "vdot", "vecdot", "vecmat"]


def multiplied(a: Any, b: Any, name: str, out: Any = None) -> Any:
    """Return the native product, to be warned of under a name; NumPy says why there is none."""
    made = product(a, b, name, out)
    if made is None:
        raise NotNative if _fits(a, b) else ValueError("the shapes do not fit")
    return made


def _fits(a: Any, b: Any) -> bool:
    return bool(a.ndim and b.ndim and a.shape[-1] == b.shape[-2 if b.ndim > 1 else -1])


# -- generalised ufuncs ---------------------------------------------------------------------------

_Cores = tuple[int, int, int]
"""How many axes of each operand, and of the result, are multiplied."""


def _generalised(
    cores: _Cores,
    multiply: Callable[[Any, Any, Any], Any],
    operands: tuple[Any, Any],
    out: Any,
    axes: Any,
    axis: Any,
    keepdims: Any,
    casting: Any,
    order: str,
    dtype: Any,
    signature: Any,
) -> Any:
    """Call a product as a generalised ufunc is called."""
    if signature is not None:
        raise NotNative
    a, b = _operands(operands, casting, dtype)
    result_axes: tuple[int, ...] = ()
    if axis is not _NoValue and (cores != (1, 1, 0) or axes is not _NoValue):
        raise TypeError("an axis for one core axis alone")
    if axis is not _NoValue and not (type(axis) is int and axis == -1):
        axes = [(axis,), (axis,), (axis,) if keepdims else ()]
    if axes is not _NoValue:
        first, second, result_axes = _split(axes, (a, b), cores, keepdims)
        a, b = _to_end(a, first), _to_end(b, second)
    elif keepdims and cores[2] == 0:
        result_axes = (-1,)
    elif keepdims:
        raise TypeError("axes can be kept where the result has none")
    target = _only(out)
    if target is None or result_axes or casting != "same_kind":
        return _stored(_placed(multiply(a, b, None), result_axes, cores), target, casting, order)
    return multiply(a, b, target)


def _operands(operands: tuple[Any, Any], casting: Any, dtype: Any) -> tuple[Any, Any]:
    a, b = (ours(operand) for operand in operands)
    if dtype is None:
        return a, b
    dtype = numpy.dtype(dtype)
    if not all(numpy.can_cast(operand.dtype, dtype, casting) for operand in (a, b)):
        raise TypeError("cannot cast")
    return ours(a.astype(dtype, copy=False)), ours(b.astype(dtype, copy=False))


def _split(axes: Any, operands: tuple[Any, Any], cores: _Cores, keepdims: Any) -> list[Any]:
    """Return the axes of each operand and of the result as tuples."""
    entries = [entry if isinstance(entry, tuple) else (entry,) for entry in axes]
    counts = [min(core, operand.ndim) for core, operand in zip(cores, operands, strict=False)]
    lost = sum(cores[:2]) - sum(counts)
    if cores == (1, 1, 0):
        counts.append(1 if keepdims else 0)
    else:
        counts.append(cores[2] - lost)
    if len(entries) == 2 and counts[2] == 0:
        entries.append(())
    if [len(entry) for entry in entries] != counts:
        raise NotNative
    return entries


def _to_end(a: Any, axes: tuple[int, ...]) -> Any:
    return moveaxis(a, axes, tuple(range(-len(axes), 0)))


def _placed(result: Any, axes: tuple[int, ...], cores: _Cores) -> Any:
    """Return a result whose last axes are moved to where they are wanted."""
    if not axes:
        return result
    if cores[2] == 0:
        result = ours(result)
        place = counted_axis(axes[0], result.ndim + 1)
        return result.reshape((*result.shape[:place], 1, *result.shape[place:]))
    return moveaxis(result, tuple(range(-len(axes), 0)), axes)


def _only(out: Any) -> Any:
    """Return the output of a call; None where a new one is wanted."""
    if isinstance(out, tuple):
        if len(out) != 1:
            raise ValueError("one output")
        out = out[0]
    if out is not None and type(out) is not ndarray:
        raise NotNative
    return out


def _stored(result: Any, out: Any, casting: Any, order: str) -> Any:
    if out is None:
        if order in "KC" or type(result) is not ndarray:
            return result
        return result.copy(order="F") if order == "F" else result
    if out.shape != result.shape or not numpy.can_cast(result.dtype, out.dtype, casting):
        raise NotNative
    out[...] = result
    return out


def _matmul(
    x1: Any,
    x2: Any,
    /,
    out: Any = None,
    *,
    axes: Any = _NoValue,
    axis: Any = _NoValue,
    keepdims: Any = False,
    casting: Any = "same_kind",
    order: str = "K",
    dtype: Any = None,
    subok: Any = True,
    signature: Any = None,
) -> Any:
    """Return the products of two matrices, or of two stacks of matrices.

    Parameters
    ----------
    x1 : array_like, shape (..., m, k) or (k,)
        A vector is a row, whose axis the result does not have.
    x2 : array_like, shape (..., k, n) or (k,)
        A vector is a column, whose axis the result does not have.
    out : ndarray, optional
        Where the result is stored.

    Returns
    -------
    ndarray, shape (..., m, n)
        Of the operands' common type; a scalar for two vectors.

    Raises
    ------
    ValueError
        The shapes do not fit, or an operand has no axes.

    Examples
    --------
    >>> import stook as np
    >>> np.matmul(np.ones((2, 3)), np.ones(3))
    array([3., 3.])
    """
    return _generalised(
        (2, 2, 2),
        lambda a, b, out: multiplied(a, b, "matmul", out),
        (x1, x2),
        out,
        axes,
        axis,
        keepdims,
        casting,
        order,
        dtype,
        signature,
    )


_matmul.__name__ = _matmul.__qualname__ = "matmul"
_slow_matmul = composed(_matmul)


@functools.wraps(_matmul)
def matmul(x1: Any, x2: Any, /, *args: Any, **options: Any) -> Any:
    if not args and not options:
        made = product(x1, x2, "matmul")
        if made is not None:
            return made
    return _slow_matmul(x1, x2, *args, **options)


def _conjugate(a: Any) -> Any:
    return a.conj() if a.dtype.kind == "c" else a


def _generalised_ufunc(
    cores: _Cores, documentation: str, multiply: Callable[[Any, Any, Any], Any]
) -> Callable[..., Any]:
    def call(
        x1: Any,
        x2: Any,
        /,
        out: Any = None,
        *,
        axes: Any = _NoValue,
        axis: Any = _NoValue,
        keepdims: Any = False,
        casting: Any = "same_kind",
        order: str = "K",
        dtype: Any = None,
        subok: Any = True,
        signature: Any = None,
    ) -> Any:
        return _generalised(
            cores,
            multiply,
            (x1, x2),
            out,
            axes,
            axis,
            keepdims,
            casting,
            order,
            dtype,
            signature,
        )

    call.__name__ = call.__qualname__ = multiply.__name__.strip("_")
    call.__doc__ = documentation
    with_options = composed(call)

    @functools.wraps(with_options)
    def plain(x1: Any, x2: Any, /, *args: Any, **options: Any) -> Any:
        if not args and not options and type(x1) is type(x2) is ndarray:
            try:
                return multiply(x1, x2, None)
            except (NotNative, ValueError):
                pass
        return with_options(x1, x2, *args, **options)

    return plain


def _without(result: Any, axis: int, out: Any) -> Any:
    """Return a product without an axis of length one; `out` itself if it was written."""
    if out is not None:
        return out
    result = result.squeeze(axis)
    return result if result.ndim else result[()]


def _vecdot(a: Any, b: Any, out: Any) -> Any:
    if out is None:
        made = vecdotted(a, b)
        if made is not None:
            return made
    a = _conjugate(a)
    if a.ndim == b.ndim == 1:
        return multiplied(a, b, "vecdot", out)
    if not a.ndim or not b.ndim or a.shape[-1] != b.shape[-1]:
        raise ValueError("the shapes do not fit")
    target = None if out is None else out[..., None, None]
    made = multiplied(a[..., None, :], b[..., :, None], "vecdot", target)
    return out if out is not None else made.squeeze((-2, -1))


def _matvec(a: Any, b: Any, out: Any) -> Any:
    if a.ndim < 2 or not b.ndim:
        raise ValueError("the shapes do not fit")
    target = None if out is None else out[..., None]
    return _without(multiplied(a, b[..., None], "matvec", target), -1, out)


def _vecmat(a: Any, b: Any, out: Any) -> Any:
    if not a.ndim or b.ndim < 2:
        raise ValueError("the shapes do not fit")
    target = None if out is None else out[..., None, :]
    return _without(multiplied(_conjugate(a)[..., None, :], b, "vecmat", target), -2, out)


vecdot = _generalised_ufunc(
    (1, 1, 0), "Return sums of products along the last axes, the first conjugated.", _vecdot
)
matvec = _generalised_ufunc((2, 1, 1), "Return products of matrices and vectors.", _matvec)
vecmat = _generalised_ufunc((1, 2, 1), "Return products of vectors and matrices.", _vecmat)


# -- functions ------------------------------------------------------------------------------------


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
    return multiplied(_conjugate(a.ravel()), b.ravel(), "")


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
