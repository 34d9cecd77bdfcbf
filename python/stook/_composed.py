"""What functions composed from native ones share.

A composed function is written for arrays of ours and uses public names only. `composed` gives it
its place in NumPy's interface: operands that are not of our element types go to NumPy, counted, and
so does a call that fails, so that the exception is NumPy's own.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy
from numpy._globals import _NoValue

from stook import _fallback
from stook._shape import broadcast_to
from stook._stook import asarray, call_numpy, ndarray
from stook._subclasses import asks_method, is_derived, is_foreign
from stook._warn import unwatched

__all__ = [
    "NotNative",
    "added",
    "as_method",
    "asked",
    "below",
    "composed",
    "counted_axes",
    "counted_axis",
    "dropped",
    "folded_type",
    "given",
    "mask_over",
    "ours",
    "reduced_axes",
    "stored",
]


_Rest = Callable[[tuple[Any, ...], dict[str, Any]], Any]
"""What answers a call with these arguments."""


class NotNative(Exception):
    """Raised where only NumPy knows what to do."""


def ours(a: Any, dtype: Any = None) -> Any:
    """Return `a` as an array of ours; raise `NotNative` where it cannot be one."""
    if type(a) is ndarray and dtype is None:
        return a
    if is_derived(a) or is_foreign(a):
        raise NotNative
    made = asarray(a, dtype)
    if type(made) is not ndarray:
        raise NotNative
    return made


def asked(a: Any, name: str) -> Any:
    """Do as `ours`; raise `NotNative` where NumPy's function calls the method of that name."""
    if type(a) is ndarray:
        return a
    if asks_method(a, name):
        raise NotNative
    return ours(a)


def counted_axis(axis: Any, ndim: int) -> int:
    """Return `axis` counted from the front."""
    if isinstance(axis, bool):
        raise TypeError("an integer is required for the axis")
    axis = operator.index(axis)
    if not -ndim <= axis < ndim:
        raise numpy.exceptions.AxisError(axis, ndim)
    return axis % ndim


def counted_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return axes counted from the front, all for None."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(counted_axis(k, ndim) for k in axes)


def reduced_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return the axes that a reduction goes over; an array without axes allows the first."""
    return () if ndim == 0 and axis in (0, -1) else counted_axes(axis, ndim)


def dropped(a: Any, axis: Any) -> Any:
    """Return the result of a reduction without the axes that it kept; a scalar for all of them."""
    if type(a) is not ndarray:
        return a
    axes = reduced_axes(axis, a.ndim)
    return a.squeeze(axes) if len(axes) < a.ndim else a[(0,) * a.ndim]


def given(**options: Any) -> dict[str, Any]:
    """Return the options that a caller gave."""
    return {name: value for name, value in options.items() if value is not _NoValue}


def mask_over(where: Any, shape: tuple[int, ...]) -> Any:
    """Return the mask of a `where` argument, broadcast to a shape."""
    mask = ours(where)
    if mask.dtype != bool:
        raise TypeError("a mask is of bools")
    return broadcast_to(mask, shape)


def stored(value: Any, out: Any) -> Any:
    """Return `value`, written to `out` where that is given, with any cast as reductions do."""
    if out is None:
        return value
    if type(out) is not ndarray or (out.dtype.kind == "c") != (value.dtype.kind == "c"):
        raise NotNative
    if out.shape != value.shape:
        raise ValueError("an output of another shape")
    out[...] = asarray(value)
    return out


def added(value: Any, out: Any) -> Any:
    """Do as `stored` with a sum, of whose cast NumPy tells as of the sum: nothing is told here."""
    with unwatched():
        return stored(value, out)


def folded_type(dtype: Any, a: Any, out: Any) -> Any:
    """Return the type in which a fold of `a` into `out` computes; None for the default."""
    if dtype is None and out is not None:
        return numpy.promote_types(a.dtype, out.dtype)
    return dtype


def composed(function: Callable[..., Any], method: str = "") -> Callable[..., Any]:
    """Make `function` stand for NumPy's of the same name, or for a method of its arrays."""
    owner = numpy.ndarray if method else numpy
    outside = _fallback.method if method else _fallback.function
    name = method or function.__name__
    return _tried_first(
        function,
        lambda args, kwargs: outside(name)(*_with_lists(args), **kwargs),
        lambda args, kwargs: _refused(owner, name, _with_lists(args), kwargs),
    )


def _tried_first(
    function: Callable[..., Any], outside: _Rest, refused: _Rest
) -> Callable[..., Any]:
    """Call `function`; `outside` where it is not native, `refused` where something is wrong."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except NotNative:
            pass
        except (TypeError, ValueError, IndexError):
            return refused(args, kwargs)
        return outside(args, kwargs)

    return call


def as_method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a composed function of an array as the method of the same name."""
    return composed(function.__wrapped__, function.__name__)  # type: ignore[attr-defined]


def below(part: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what makes a function stand for that of the same name in a module of NumPy's."""
    module = getattr(numpy, part)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        name = f"{part}.{function.__name__}"
        original = getattr(module, function.__name__)
        outside = _fallback.Fallback(name, original)

        def refused(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            result = call_numpy(original, args, kwargs)  # NumPy says what is wrong
            _fallback.note(name)
            return result

        call = _tried_first(function, lambda args, kwargs: outside(*args, **kwargs), refused)
        # `help` shows NumPy's parameters.
        call.__wrapped__ = original  # type: ignore[attr-defined]
        _fallback.native(name, call)
        return call

    return decorate


def _with_lists(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return arguments with lists for other sequences of arrays of ours.

    Of what is no list, NumPy would find the arrays inside and ask them, which is us.
    """
    return tuple([list(value) if _holds_ours(value) else value for value in args])


def _holds_ours(value: Any) -> bool:
    if isinstance(value, (list, tuple, dict, str, bytes, ndarray)) or is_foreign(value):
        return False
    if not hasattr(value, "__getitem__") or not hasattr(value, "__len__"):
        return False
    return any(type(item) is ndarray for item in value)


def _refused(owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Let NumPy say what is wrong with a call."""
    try:
        result = call_numpy(getattr(owner, name), args, kwargs)
    except Exception as error:
        raise error from None
    _fallback.note(name if owner is numpy else f"ndarray.{name}")
    return result
