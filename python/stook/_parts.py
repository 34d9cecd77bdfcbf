"""Parts and order of complex numbers, and finite numbers in place of others."""

from __future__ import annotations

from typing import Any

import numpy

from stook._composed import NotNative, composed, ours
from stook._creation import asanyarray, empty_like
from stook._stook import ufuncs

__all__ = ["angle", "imag", "nan_to_num", "real", "real_if_close", "sort_complex"]

_where = ufuncs["where"]
_NUMBERS = (bool, int, float, numpy.bool, numpy.integer, numpy.floating)


def real(val: Any) -> Any:
    """Return the real parts, as a view where they are parts of an array."""
    try:
        return val.real
    except AttributeError:
        return asanyarray(val).real


def imag(val: Any) -> Any:
    """Return the imaginary parts, as a view where they are parts of an array."""
    try:
        return val.imag
    except AttributeError:
        return asanyarray(val).imag


@composed
def angle(z: Any, deg: bool = False) -> Any:
    """Return the angles of complex numbers with the real axis, in radians or degrees."""
    z = ours(z)
    real, imag = (z.real, z.imag) if z.dtype.kind == "c" else (z, 0)
    radians = ufuncs["arctan2"](imag, real)
    return radians * (180 / numpy.pi) if deg else radians


@composed
def real_if_close(a: Any, tol: Any = 100) -> Any:
    """Return the real parts if all imaginary parts are smaller than `tol`, else `a`.

    A `tol` above 1 is in units of the type's epsilon.
    """
    a = ours(a)
    if a.dtype.kind != "c":
        return a
    if tol > 1:
        tol = numpy.finfo(a.dtype).eps * tol
    return a.real if (ufuncs["absolute"](a.imag) < tol).all() else a


@composed
def sort_complex(a: Any) -> Any:
    """Return numbers as complex ones, sorted along the last axis by real, then imaginary part.

    Parameters
    ----------
    a : array_like

    Returns
    -------
    array of the shape of `a`
        Of complex64 where integers of at most 16 bits are given, else complex128, unless `a` is
        complex.

    Examples
    --------
    >>> import stook as np
    >>> np.sort_complex([2, 1 + 1j, 1])
    array([1.+0.j, 1.+1.j, 2.+0.j])
    """
    made = ours(a).copy("K")
    made.sort()
    if made.dtype.kind == "c":
        return made
    return made.astype("F" if made.dtype.char in "bhBH" else "D")


@composed
def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Return finite numbers: NaN as `nan`, infinities as given or the largest of their sign."""
    a = ours(x)
    if not copy and a is not x:
        raise ValueError("no way around a copy")
    if a.dtype.kind not in "fc":
        made = a.copy("K") if copy else a
        return made if made.ndim else made[()]
    limits = numpy.finfo(a.dtype)
    instead = (
        nan,
        limits.max if posinf is None else posinf,
        limits.min if neginf is None else neginf,
    )
    if not all(isinstance(value, _NUMBERS) for value in instead):
        raise NotNative
    made = empty_like(a) if copy else a
    for to, part in [(made.real, a.real), (made.imag, a.imag)][: 1 + (a.dtype.kind == "c")]:
        to[...] = _finite(part, *instead)
    return made if made.ndim else made[()]


def _finite(a: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    """Return `a` with numbers in place of NaN and of infinities."""
    made = _where(ufuncs["isnan"](a), a.dtype.type(nan), a)
    made = _where(a == numpy.inf, a.dtype.type(posinf), made)
    return _where(a == -numpy.inf, a.dtype.type(neginf), made)
