"""Creation functions beyond those of the native module."""

from __future__ import annotations

import functools
from typing import Any

import numpy

from stook import _fallback
from stook._composed import NotNative, composed
from stook._likes import made_like
from stook._stook import (
    arange,
    array,
    asanyarray,
    asarray,
    ascontiguousarray,
    asfortranarray,
    empty,
    empty_in_order,
    empty_like,
    fromiter,
    full,
    made_by_numpy,
    ndarray,
    ones,
    ufuncs,
    zeros,
)
from stook._subclasses import is_derived, is_foreign

__all__ = [
    "arange",
    "array",
    "asanyarray",
    "asarray",
    "asarray_chkfinite",
    "ascontiguousarray",
    "asfortranarray",
    "copy",
    "empty",
    "empty_like",
    "eye",
    "fromiter",
    "full",
    "full_like",
    "identity",
    "ones",
    "ones_like",
    "require",
    "zeros",
    "zeros_like",
]


def copy(a: Any, order: Any = "K", subok: bool = False) -> Any:
    """Return a copy of `a`."""
    if subok and is_derived(a):
        return numpy.copy(a, order, subok=True)
    if type(a) is not ndarray and is_foreign(a):
        return _fallback.function("copy")(a, order, subok)
    return array(a, order=order, copy=True)


def eye(*args: Any, **kwargs: Any) -> Any:
    """Return ones on a diagonal and zeros elsewhere."""
    return made_by_numpy("eye", args, kwargs)


def identity(*args: Any, **kwargs: Any) -> Any:
    """Return the square matrix with ones on its diagonal."""
    return made_by_numpy("identity", args, kwargs)


@composed
def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    """Return `a` as an array; itself if it is one of this type and order.

    Raises
    ------
    ValueError
        It holds NaN or an infinity.

    Examples
    --------
    >>> import stook as np
    >>> np.asarray_chkfinite([1, 2.5])
    array([1. , 2.5])
    """
    made = asarray(a, dtype, order)
    if type(made) is not ndarray:
        raise NotNative
    if made.dtype.kind in "fc" and not ufuncs["isfinite"](made).all():
        raise ValueError("not finite")
    return made


_REQUIRED = {name: name for name in "CFAOWE"} | {
    "C_CONTIGUOUS": "C", "CONTIGUOUS": "C", "F_CONTIGUOUS": "F", "FORTRAN": "F", "ALIGNED": "A",
    "OWNDATA": "O", "WRITEABLE": "W", "ENSUREARRAY": "E",
}  # fmt: skip


def _require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Any:
    """Return `a` as an array that meets requirements; itself if it does.

    Parameters
    ----------
    a : array_like
    dtype : dtype, optional
    requirements : str or sequence of str
        Of ``C``, ``F`` (memory order), ``A`` (aligned), ``O`` (own memory), ``W`` (writeable) and
        ``E`` (no subclass), or their long names, such as ``WRITEABLE``.

    Raises
    ------
    KeyError
        A requirement has no such name.
    ValueError
        Both orders are asked for.

    Examples
    --------
    >>> import stook as np
    >>> np.require(np.ones((2, 3)).T, requirements="C").flags.c_contiguous
    True
    """
    if like is not None:
        options = {"dtype": dtype, "requirements": requirements}
        made = made_like("require", like, (a,), options)
        if made is not None:
            return made
    if not requirements:
        return asanyarray(a, dtype)
    asked = {_REQUIRED[name.upper()] for name in requirements} - {"E"}
    if asked >= {"C", "F"}:
        raise ValueError("both orders")
    order = "F" if "F" in asked else "C" if "C" in asked else "A"
    made = asarray(a, dtype, order)
    if type(made) is not ndarray:
        raise NotNative
    wanted = asked - {"C", "F"}
    return made if all(made.flags[flag] for flag in wanted) else made.copy(order)


_require.__name__ = _require.__qualname__ = "require"
_slow_require = composed(_require)


@functools.wraps(_require)
def require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Any:
    if type(a) is ndarray and dtype is None and not requirements and like is None:
        return a
    return _slow_require(a, dtype, requirements, like=like)


def _filled(value: Any, a: Any, dtype: Any, order: Any, shape: Any) -> Any:
    """Return an array like `a` in its own order of memory, where that is neither C nor Fortran.

    Another shape keeps the order as well, if it has as many axes.
    """
    if order != "K" or not isinstance(a, ndarray):
        return None
    in_order = a._c_contiguous if type(a) is ndarray else a.flags.c_contiguous
    if in_order or (shape is None and _turned(a)):
        return None
    like = a
    if type(a) is ndarray and shape is not None:
        lengths = tuple(shape) if hasattr(shape, "__len__") else (shape,)
        if len(lengths) != a.ndim:
            return None
        axes = sorted(range(a.ndim), key=lambda k: -abs(a.strides[k]))
        like = empty([lengths[k] for k in axes], a.dtype)
        like = like.transpose([axes.index(k) for k in range(a.ndim)])
    made = None
    if type(a) is ndarray:
        made = empty_in_order(like, a.dtype if dtype is None else dtype)
    if made is None:
        made = _fallback.function("empty_like")(a, dtype, order, True, shape)
    if value is not None:
        # An integer of Python's must fit; anything else is an array first, and cast then.
        made[...] = value if isinstance(value, int) else asarray(value)
    return made


def _turned(a: Any) -> bool:
    """Return whether an array lies in Fortran order, and not in C order as well."""
    return a._fnc if type(a) is ndarray else a.flags.fnc


def _axes(shape: Any, ndim: int) -> int:
    """Return how many axes a shape has, `ndim` if it is not given."""
    if shape is None:
        return ndim
    return len(shape) if hasattr(shape, "__len__") else 1


def _check_device(device: Any) -> None:
    """Raise where an array is to lie on anything but the processor."""
    if device is not None and device != "cpu":
        numpy.empty(0, device=device)


def _like(a: Any, dtype: Any, order: Any, shape: Any) -> tuple[Any, Any, str]:
    if not isinstance(a, ndarray):
        a = asarray(a)
    if order in "KA":
        order = "F" if _turned(a) and (order == "A" or _axes(shape, a.ndim) == a.ndim) else "C"
    return a.shape if shape is None else shape, a.dtype if dtype is None else dtype, order


def _empty_like(
    prototype: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """Do as `empty_like` with what has no native form."""
    _check_device(device)
    if subok and is_derived(prototype):
        return numpy.empty_like(prototype, dtype, order, subok, shape, device=device)
    made = _filled(None, prototype, dtype, order, shape)
    return empty(*_like(prototype, dtype, order, shape)) if made is None else made


def zeros_like(
    a: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """Return zeros in the shape and type of `a`."""
    _check_device(device)
    if subok and is_derived(a):
        return numpy.zeros_like(a, dtype, order, subok, shape, device=device)
    made = _filled(0, a, dtype, order, shape)
    return zeros(*_like(a, dtype, order, shape)) if made is None else made


def ones_like(
    a: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """Return ones in the shape and type of `a`."""
    _check_device(device)
    if subok and is_derived(a):
        return numpy.ones_like(a, dtype, order, subok, shape, device=device)
    made = _filled(1, a, dtype, order, shape)
    return ones(*_like(a, dtype, order, shape)) if made is None else made


def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """Return `fill_value` everywhere in the shape and type of `a`."""
    _check_device(device)
    if subok and is_derived(a):
        return numpy.full_like(a, fill_value, dtype, order, subok, shape, device=device)
    made = _filled(fill_value, a, dtype, order, shape)
    if made is not None:
        return made
    shape, dtype, order = _like(a, dtype, order, shape)
    return full(shape, fill_value, dtype, order)
