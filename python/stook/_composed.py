"""What functions composed from native ones share.

A composed function is written for arrays of ours and uses public names only. `composed` gives it
its place in NumPy's interface: operands that are not of our element types go to NumPy, counted, and
so does a call that fails, so that the exception is NumPy's own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy

from stook import _fallback
from stook._stook import asarray, call_numpy, ndarray

__all__ = ["NotNative", "composed", "counted_axis", "ours"]


class NotNative(Exception):
    """Raised where only NumPy knows what to do."""


def ours(a: Any, dtype: Any = None) -> Any:
    """Return `a` as an array of ours; raise `NotNative` where it cannot be one."""
    if type(a) is ndarray and dtype is None:
        return a
    if isinstance(a, numpy.ndarray) and type(a) is not numpy.ndarray:
        raise NotNative
    made = asarray(a, dtype)
    if type(made) is not ndarray:
        raise NotNative
    return made


def counted_axis(axis: Any, ndim: int) -> int:
    """Return `axis` counted from the front."""
    axis = axis.__index__()
    if not -ndim <= axis < ndim:
        raise numpy.exceptions.AxisError(axis, ndim)
    return axis % ndim


def composed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make `function` stand for NumPy's of the same name."""
    name = function.__name__

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except NotNative:
            pass
        except (TypeError, ValueError, IndexError):
            return _refused(name, args, kwargs)
        return _fallback.function(name)(*args, **kwargs)

    return call


def _refused(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Let NumPy say what is wrong with a call."""
    try:
        result = call_numpy(getattr(numpy, name), args, kwargs)
    except Exception as error:
        raise error from None
    _fallback.note(name)
    return result
