"""Whether arrays are equal, exactly or up to rounding."""

from __future__ import annotations

from typing import Any

import numpy

from stook._composed import NotNative, composed, ours
from stook._stook import ufuncs
from stook._subclasses import is_foreign

__all__ = ["allclose", "array_equal", "array_equiv", "isclose"]

_isfinite, _isnan, _where = ufuncs["isfinite"], ufuncs["isnan"], ufuncs["where"]


def _operand(a: Any) -> Any:
    """Return a number of Python's as it is, anything else as an array of ours."""
    return a if type(a) in (bool, int, float, complex) else ours(a)


@composed
def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Return where `a` lies within ``atol + rtol * |b|`` of `b`, infinities being equal.

    Parameters
    ----------
    a, b : array_like
        What to compare; they broadcast.
    rtol, atol : array_like
        Tolerance relative to `b`, and absolute.
    equal_nan : bool
        Let NaN be close to NaN.

    Returns
    -------
    array of bool, or a scalar
        True where the elements are close.
    """
    x: Any
    y: Any
    x, y, rtol, atol = (_operand(value) for value in (a, b, rtol, atol))
    if not (_isfinite(rtol).all() and _isfinite(atol).all()):
        raise NotNative
    y = float(y) if isinstance(y, int) else y
    if hasattr(y, "dtype"):
        y = y.astype(numpy.result_type(y.dtype, 1.0), copy=False)
    finite = _isfinite(y)
    kinds = [getattr(value, "dtype", numpy.dtype(type(value))).kind for value in (x, y)]
    if "c" in kinds:  # of whose parts one may be infinite
        with numpy.errstate(invalid="ignore"):
            close = _within(x, y, rtol, atol)
    else:  # infinities less infinities would be invalid, and leaving `errstate` runs what pends
        close = _within(x, _where(finite, y, 0), rtol, atol)
    close = close & finite | ufuncs["equal"](x, y)
    if equal_nan:
        close |= _isnan(x) & _isnan(y)  # lies in memory as it did
    return close


def _within(x: Any, y: Any, rtol: Any, atol: Any) -> Any:
    """Return where `x` lies within ``atol + rtol * |y|`` of `y`."""
    distance = ufuncs["absolute"](ufuncs["subtract"](x, y))
    bound = ufuncs["add"](atol, ufuncs["multiply"](rtol, ufuncs["absolute"](y)))
    return ufuncs["less_equal"](distance, bound)


@composed
def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> bool:
    """Return whether all elements are close, as `isclose` tells."""
    if is_foreign(a) or is_foreign(b):
        raise NotNative
    return bool(isclose(a, b, rtol, atol, equal_nan).all())


@composed
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    """Return whether two arrays have the same shape and equal elements."""
    x, y = ours(a1), ours(a2)
    if x.shape != y.shape:
        return False
    return bool(_same(x, y, equal_nan).all())


def _same(x: Any, y: Any, equal_nan: bool) -> Any:
    """Return where elements are equal, or both NaN if asked."""
    same = ufuncs["equal"](x, y)
    return same | _isnan(x) & _isnan(y) if equal_nan else same


@composed
def array_equiv(a1: Any, a2: Any) -> bool:
    """Return whether two arrays are equal when broadcast to each other."""
    x, y = ours(a1), ours(a2)
    try:
        numpy.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return False
    return bool(ufuncs["equal"](x, y).all())
