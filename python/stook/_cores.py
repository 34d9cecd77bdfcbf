"""Ufuncs of whole vectors and matrices: their products, over stacks of them.

Operands and options of a call enter; the native product of arrays whose last axes are joined leaves
(`_products.py`). A call of two arrays and nothing else goes the shortest way. Which types a
signature means is NumPy's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from numpy._globals import _NoValue

from stook._composed import NotNative, composed, counted_axis, ours
from stook._products import conjugated, multiplied
from stook._shape import moveaxis
from stook._stook import generalized, ndarray, product, vecdotted

__all__ = ["matmul", "matvec", "vecdot", "vecmat"]

_Cores = tuple[int, int, int]
"""How many axes of each operand, and of the result, are joined."""

_Multiply = Callable[[Any, Any, Any], Any]
"""The product of two arrays along their last axes, written to the third if that is not None."""


def _matmul(a: Any, b: Any, out: Any) -> Any:
    """Return the products of two matrices, or of two stacks of matrices.

    Parameters
    ----------
    x1 : array_like, shape (..., m, k) or (k,)
        A vector is a row, whose axis the result does not have.
    x2 : array_like, shape (..., k, n) or (k,)
        A vector is a column, whose axis the result does not have.
    out : ndarray, optional
        Where the result is stored.
    **kwargs
        `dtype`, `casting`, `axes` and the other options of a ufunc.

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
    return multiplied(a, b, "matmul", out)


def _vecdot(a: Any, b: Any, out: Any) -> Any:
    """Return sums of products along the last axes, the first conjugated."""
    if out is None:
        made = vecdotted(a, b)
        if made is not None:
            return made
    a = conjugated(a)
    if a.ndim == b.ndim == 1:
        return multiplied(a, b, "vecdot", out)
    if not a.ndim or not b.ndim or a.shape[-1] != b.shape[-1]:
        raise ValueError("the shapes do not fit")
    target = None if out is None else out[..., None, None]
    made = multiplied(a[..., None, :], b[..., :, None], "vecdot", target)
    return out if out is not None else made.squeeze((-2, -1))


def _matvec(a: Any, b: Any, out: Any) -> Any:
    """Return products of matrices and vectors."""
    if a.ndim < 2 or not b.ndim:
        raise ValueError("the shapes do not fit")
    target = None if out is None else out[..., None]
    return _without(multiplied(a, b[..., None], "matvec", target), -1, out)


def _vecmat(a: Any, b: Any, out: Any) -> Any:
    """Return products of vectors, which are conjugated, and matrices."""
    if not a.ndim or b.ndim < 2:
        raise ValueError("the shapes do not fit")
    target = None if out is None else out[..., None, :]
    return _without(multiplied(conjugated(a)[..., None, :], b, "vecmat", target), -2, out)


def _without(result: Any, axis: int, out: Any) -> Any:
    """Return a product without an axis of length one; `out` itself if it was written."""
    if out is not None:
        return out
    result = result.squeeze(axis)
    return result if result.ndim else result[()]


# -- calls with options ---------------------------------------------------------------------------


def _ufunc(multiply: _Multiply, cores: _Cores, plain: Callable[[Any, Any], Any]) -> Any:
    """Return the ufunc of a product, of NumPy's name.

    Parameters
    ----------
    multiply : callable
        Its name and text are the ufunc's.
    cores : tuple of int
    plain : callable
        Called first with two operands that have no options; None where it does not know them.
    """
    name = multiply.__name__.removeprefix("_")
    numpys = getattr(numpy, name)

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
        sig: Any = None,
    ) -> Any:
        operands = _operands(numpys, (x1, x2), casting, dtype, signature, sig)
        target = _only(out)
        (a, b), result_axes = _joined_last(cores, operands, axes, axis, keepdims)
        if target is None or result_axes or casting != "same_kind":
            made = _placed(multiply(a, b, None), result_axes, cores)
            return _stored(made, target, casting, order)
        return multiply(a, b, target)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = multiply.__doc__
    return generalized(composed(call), plain)


def _operands(
    numpys: Any, operands: tuple[Any, Any], casting: Any, dtype: Any, *signatures: Any
) -> tuple[Any, Any]:
    """Return arrays of ours, of the types that a call asks for."""
    a, b = (ours(operand) for operand in operands)
    asked = [signature for signature in signatures if signature is not None]
    if dtype is not None:
        asked.append((None, None, numpy.dtype(dtype)))
    if len(asked) > 1:
        raise TypeError("either a type or a signature")
    if not asked:
        return a, b
    types = numpys.resolve_dtypes((a.dtype, b.dtype, None), signature=asked[0], casting=casting)
    return ours(a.astype(types[0], copy=False)), ours(b.astype(types[1], copy=False))


def _joined_last(
    cores: _Cores, operands: tuple[Any, Any], axes: Any, axis: Any, keepdims: Any
) -> tuple[tuple[Any, Any], tuple[int, ...]]:
    """Return the operands with joined axes last, and where the result's are wanted if not there."""
    a, b = operands
    if axis is not _NoValue and (cores != (1, 1, 0) or axes is not _NoValue):
        raise TypeError("an axis for one core axis alone")
    if axis is not _NoValue and not (type(axis) is int and axis == -1):
        axes = [(axis,), (axis,), (axis,) if keepdims else ()]
    if axes is not _NoValue:
        first, second, result = _split(axes, operands, cores, keepdims)
        return (_to_end(a, first), _to_end(b, second)), result
    if keepdims and cores[2]:
        raise TypeError("axes can be kept where the result has none")
    return operands, (-1,) if keepdims else ()


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


# -- the ufuncs -----------------------------------------------------------------------------------


def _plain(multiply: _Multiply) -> Callable[[Any, Any], Any]:
    """Return what multiplies two arrays of ours, and gives None where it cannot."""

    def plain(a: Any, b: Any) -> Any:
        if type(a) is not ndarray or type(b) is not ndarray:
            return None
        try:
            return multiply(a, b, None)
        except (NotNative, ValueError):
            return None

    return plain


matmul = _ufunc(_matmul, (2, 2, 2), product)
vecdot = _ufunc(_vecdot, (1, 1, 0), _plain(_vecdot))
matvec = _ufunc(_matvec, (2, 1, 1), _plain(_matvec))
vecmat = _ufunc(_vecmat, (1, 2, 1), _plain(_vecmat))
