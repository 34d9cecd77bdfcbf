"""The methods of ufuncs: `reduce` and its kin, with every option of NumPy's.

Where the order of elements does not matter, a mask puts the element that changes nothing in place
of what it leaves out, and an initial value is joined to the result by one more call of the ufunc:
all of it is recorded, and runs in one bundle with the reduction. Where it does matter, the elements
of each row that a mask leaves are joined as parts of an axis are. What NumPy refuses it refuses
itself: such a call goes there, and is counted only if NumPy answers it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy
from numpy._globals import _NoValue

from stook import _fallback
from stook._shape import broadcast_to
from stook._stook import asarray, call_numpy, empty, ndarray, normalized, ufunc, ufuncs
from stook._warn import unwatched

__all__: list[str] = []

# What a method that works in place returns: None says that NumPy must be asked.
_NOTHING = object()

MOST_AXES = 64
"""The most axes that NumPy's arrays have."""

_PLAIN = (list, tuple, bool, int, float, complex, numpy.ndarray)


def array_of(value: Any) -> Any:
    """Return `value` as an array of ours, or None where only NumPy knows what it is."""
    if type(value) is ndarray:
        return value
    if type(value) in _PLAIN or isinstance(value, numpy.generic) or ndarray in type(value).__mro__:
        made = asarray(value)
        return made if type(made) is ndarray else None
    return None


def fold(
    function: ufunc,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = _NoValue,
    where: Any = True,
) -> Any:
    """Return what `function.reduce` does for an array, None where NumPy must say.

    Parameters
    ----------
    function : ufunc
        What joins two elements.
    a : ndarray
        The elements.
    axis, dtype, out, keepdims, initial, where
        As in NumPy, but that all axes are reduced unless said.
    """
    out = _output(out)
    joined = None if out is _NoValue else function._joined(a, dtype, out)
    if joined is None or type(keepdims) not in (bool, int):
        return None
    keepdims = bool(keepdims)
    if initial is None and function.identity is None:
        initial = _NoValue
    if out is None and where is True and initial is _NoValue:
        made = function._fold(a, axis, joined, keepdims)
        if made is not None:
            return made
    axes = normalized(axis, a.ndim)
    if out is not None and out.shape != _left(a.shape, axes, keepdims):
        return None
    # NumPy tells of the cast of a sum as of the sum, and of other folds' as of a cast.
    told = function.__name__ not in ("add", "multiply")
    return _into(out, _folded(function, a, axes, joined, keepdims, initial, where), told)


def reduction(name: str, a: Any, **options: Any) -> Any:
    """Return what the reduction by the ufunc `name` does as a method, None where NumPy must say."""
    return fold(ufuncs[name], a, **options)


def _folded(
    function: ufunc,
    a: Any,
    axes: tuple[int, ...],
    dtype: Any,
    keepdims: bool,
    initial: Any,
    where: Any,
) -> Any:
    """Return the reduction of masked elements after an initial value."""
    mask = True if where is True else _mask(where, a.shape)
    begins = initial is not _NoValue and initial is not None
    unmasked = begins or (initial is _NoValue and function.identity is not None)
    if mask is None or not (mask is True or unmasked):
        return None
    if begins:
        initial = _element(initial, dtype)
    neutral = function._neutral(dtype)
    if neutral is None or initial is None:
        if len(axes) > 1 and neutral is None:
            return None
        result = _in_order(function, a, axes, dtype, initial if begins else _NoValue, mask)
        return None if result is None else result.reshape(_left(a.shape, axes, keepdims))[()]
    if begins and math.prod(a.shape[k] for k in axes) == 0:
        if not _left(a.shape, axes, keepdims):
            return initial
        result = ufuncs["add"]._fold(a, axes, dtype, keepdims)  # lies in memory as NumPy's
        result[...] = initial
        return result
    if mask is not True:
        a = ufuncs["where"](mask, a.astype(dtype, copy=False), neutral)
    if not begins:
        return function._fold(a, axes, dtype, keepdims)
    if function is ufuncs["add"] and _is_negative_zero(initial):
        return _after_negative_zero(a, axes, dtype, keepdims, initial, mask)
    # Halves are joined in single precision, and rounded once.
    wide = numpy.dtype(numpy.float32) if dtype == numpy.float16 else dtype
    result = function._fold(a, axes, wide, keepdims)
    with unwatched():
        result = asarray(function(wide.type(initial), result)).astype(dtype, copy=False)
    return result if result.ndim else result[()]


def _is_negative_zero(value: Any) -> bool:
    """Return whether a scalar, or a part of a complex one, is a negative zero."""
    parts = (value.real, value.imag) if value.dtype.kind == "c" else (value,)
    return value.dtype.kind in "fc" and any(part == 0 and numpy.signbit(part) for part in parts)


def _after_negative_zero(
    a: Any, axes: tuple[int, ...], dtype: Any, keepdims: bool, initial: Any, mask: Any
) -> Any:
    """Return a sum that is a negative zero where all elements are; others begin with zero."""
    total, copysign = asarray(ufuncs["add"]._fold(a, axes, dtype, keepdims)), ufuncs["copysign"]
    for name in ("real", "imag") if dtype.kind == "c" else ("real",):
        part, begins = getattr(a, name), getattr(initial, name)
        negative = (part == 0) & ufuncs["signbit"](part)
        negative = negative if mask is True else negative | ~mask
        all_negative = ufuncs["logical_and"]._fold(negative, axes, bool, keepdims)
        places = getattr(total, name)
        zero = ufuncs["where"](all_negative, copysign(places, begins), places + begins)
        places[...] = zero
    return total[()]


def _in_order(
    function: ufunc, a: Any, axes: tuple[int, ...], dtype: Any, initial: Any, mask: Any
) -> Any:
    """Return the reduction that takes elements one after another, an initial value first."""
    rows = _rows(a, axes)
    begins = initial is not _NoValue
    mask = mask if mask is True else _rows(mask, axes)
    others = rows[..., 1:] if not begins else rows if mask is True else rows[mask]
    if _may_refuse(function, others, dtype):
        return None
    if begins:
        return _picked(function, rows, dtype, initial, mask)
    n = rows.shape[-1]
    if n == 0:
        return None
    return function._segments(rows, rows.ndim - 1, asarray([0]), asarray([n]), dtype)


def _picked(function: ufunc, rows: Any, dtype: Any, initial: Any, mask: Any) -> Any:
    """Return the reduction of an initial value and what a mask leaves of each row."""
    *outer, n = rows.shape
    elements = empty((*outer, n + 1), dtype)
    elements[..., 0], elements[..., 1:] = initial, rows
    taken = empty(elements.shape, bool)
    taken[..., 0], taken[..., 1:] = True, mask
    counts = taken.sum(axis=-1, keepdims=True).ravel()
    ends = counts.cumsum()
    return function._segments(elements[taken], 0, ends - counts, ends, dtype)


def _rows(a: Any, axes: tuple[int, ...]) -> Any:
    """Return an array with the given axes as one, the last."""
    kept = tuple(k for k in range(a.ndim) if k not in axes)
    lengths = tuple(a.shape[k] for k in kept)
    return a.transpose(kept + axes).reshape((*lengths, math.prod(a.shape[k] for k in axes)))


def _output(out: Any) -> Any:
    """Return an output of ours or None, `_NoValue` where NumPy must say."""
    if isinstance(out, tuple) and len(out) == 1:
        out = out[0]
    return out if out is None or (type(out) is ndarray and out.flags.writeable) else _NoValue


def _into(out: Any, result: Any, told: bool = True) -> Any:
    """Return the result, in an output if there is one; what its cast meets is told of or not."""
    if out is None or result is None:
        return result
    if result.dtype.kind == "c" and out.dtype.kind != "c":
        return None
    # An array is cast as NumPy casts a result; a scalar would have to fit.
    with nullcontext() if told else unwatched():
        out[...] = asarray(result)
    return out


def _after_first(a: Any, axis: int) -> Any:
    """Return all elements along an axis but the first."""
    return a[(slice(None),) * axis + (slice(1, None),)]


def _may_refuse(function: ufunc, others: Any, dtype: Any, along: int | None = None) -> bool:
    """Return whether integers come to a negative power, which is an error.

    The powers are `others`, or all but the first of them along an axis.
    """
    if function is not ufuncs["power"] or dtype.kind != "i":
        return False
    powers = others if along is None else _after_first(others, along)
    return bool((powers < 0).any())


def _left(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    """Return the shape of a reduction's result."""
    lengths = ((1 if k in axes else n) for k, n in enumerate(shape) if keepdims or k not in axes)
    return tuple(lengths)


def _element(value: Any, dtype: Any) -> Any:
    """Return a value as NumPy's scalar of this type."""
    cell = numpy.empty((), dtype)
    cell[()] = value
    return cell[()]


def _converted(value: Any, dtype: type) -> Any:
    """Return an argument as an array that casts to this type safely, None where there is none."""
    if not isinstance(value, ndarray | numpy.generic):
        return array_of(asarray(value, dtype=dtype))
    made = array_of(value)
    return made if made is not None and numpy.can_cast(made.dtype, dtype) else None


def _mask(where: Any, shape: tuple[int, ...]) -> Any:
    """Return a mask over elements of this shape, None where NumPy refuses it."""
    mask = _converted(where, bool)
    if mask is None or mask.ndim > len(shape):
        return None
    fits = all(m in (1, n) for m, n in zip(mask.shape[::-1], shape[::-1], strict=False))
    return broadcast_to(mask, shape) if fits else None


def _reduce(
    function: ufunc,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = _NoValue,
    where: Any = True,
) -> Any:
    """Join all elements along axes into one."""
    a = array_of(array)
    return None if a is None else fold(function, a, axis, dtype, out, keepdims, initial, where)


def accumulate(function: ufunc, a: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
    """Return what `function.accumulate` does for an array, None where NumPy must say."""
    out = _output(out)
    joined = None if out is _NoValue else function._joined(a, dtype, out)
    if joined is None or a.ndim == 0:
        return None
    axes = normalized(axis, a.ndim)
    if len(axes) != 1 or (out is not None and out.shape != a.shape):
        return None
    if _may_refuse(function, a, joined, axes[0]):
        return None
    return _into(out, function._scan(a, axes[0], joined))


def _accumulate(
    function: ufunc, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None
) -> Any:
    """Join elements along an axis one after another, and return every result on the way."""
    a = array_of(array)
    return None if a is None else accumulate(function, a, axis, dtype, out)


def _reduceat(
    function: ufunc,
    array: Any,
    indices: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    """Join the elements from each index to the next; the one at an index that is not less."""
    a, indices, out = array_of(array), _converted(indices, int), _output(out)
    if a is None or indices is None or out is _NoValue or a.ndim == 0 or indices.ndim != 1:
        return None
    joined, axes = function._joined(a, dtype, out), normalized(axis, a.ndim)
    if joined is None or len(axes) != 1:
        return None
    shape = (*a.shape[: axes[0]], len(indices), *a.shape[axes[0] + 1 :])
    if _may_refuse(function, a, joined) or (out is not None and out.shape != shape):
        return None
    return _into(out, function._parts(a, axes[0], indices, joined))


def _outer(function: ufunc, *args: Any, **kwargs: Any) -> Any:
    """Apply the ufunc to every element of the one array with every element of the other."""
    if len(args) != 2 or function.nin != 2 or function.signature is not None:
        return None
    a, b = array_of(args[0]), array_of(args[1])
    if a is None or b is None or a.ndim + b.ndim > MOST_AXES:
        return None
    return function(a.reshape(a.shape + (1,) * b.ndim), b, **kwargs)


def _at(function: ufunc, a: Any, indices: Any, *values: Any) -> Any:
    """Replace elements by results, as often as their indices come."""
    if len(values) != function.nin - 1 or function.nout != 1 or type(a) is not ndarray:
        return None
    values = tuple(array_of(value) for value in values)
    for value in values:
        if value is None or _may_refuse(function, value, numpy.result_type(a.dtype, value.dtype)):
            return None
    done = a.flags.writeable and function._update(a, indices, *values)
    return _NOTHING if done else None


_NATIVE: dict[str, Callable[..., Any]] = {
    "reduce": _reduce,
    "accumulate": _accumulate,
    "reduceat": _reduceat,
    "outer": _outer,
    "at": _at,
}


def method(function: ufunc, name: str, args: Any, kwargs: Any) -> Any:
    """Return what the method `name` of a ufunc comes to."""
    kwargs = kwargs or {}
    try:
        made = _NATIVE[name](function, *args, **kwargs)
    except (TypeError, ValueError):
        # A wrong argument, of which NumPy speaks in its own words.
        made = None
    if made is not None:
        return None if made is _NOTHING else made
    numpys = getattr(numpy, function.__name__)
    made = call_numpy(getattr(numpy.ufunc, name), (numpys, *args), kwargs)
    _fallback.note(f"{function.__name__}.{name}")
    return made
