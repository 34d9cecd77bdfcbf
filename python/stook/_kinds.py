"""What kind of numbers arrays hold, and where they are of a kind."""

from __future__ import annotations

from typing import Any

import numpy

from stook._composed import composed, ours
from stook._creation import ones, zeros
from stook._stook import asarray, ndarray, ufuncs

__all__ = [
    "common_type",
    "fix",
    "iscomplex",
    "iscomplexobj",
    "isfortran",
    "isneginf",
    "isposinf",
    "isreal",
    "isrealobj",
    "iterable",
]


# -- where ----------------------------------------------------------------------------------------


@composed
def isreal(x: Any) -> Any:
    """Return where numbers have no imaginary part.

    Parameters
    ----------
    x : array_like

    Returns
    -------
    array of bool, or a bool for a single number

    Examples
    --------
    >>> import stook as np
    >>> np.isreal([1, 2j])
    array([ True, False])
    """
    if isinstance(x, int | float | complex):
        return x.imag == 0
    a = ours(x)
    if a.dtype.kind == "c":
        return a.imag == 0
    return _whole(ones(a.shape, bool, "F" if isfortran(a) else "C"))


@composed
def iscomplex(x: Any) -> Any:
    """Return where numbers have an imaginary part.

    Parameters
    ----------
    x : array_like

    Returns
    -------
    array of bool, or a bool for a single number

    Examples
    --------
    >>> import stook as np
    >>> np.iscomplex([1, 2j])
    array([False,  True])
    """
    a = ours(x)
    return a.imag != 0 if a.dtype.kind == "c" else _whole(zeros(a.shape, bool))


def _whole(a: Any) -> Any:
    return a if a.ndim else a[()]


def _infinite(x: Any, out: Any, negative: bool) -> Any:
    """Return where numbers are the infinity of a sign."""
    a = ours(x)
    below = ufuncs["signbit"](a)
    found = ufuncs["isinf"](a), below if negative else ~below
    return ufuncs["logical_and"](*found) if out is None else ufuncs["logical_and"](*found, out)


@composed
def isposinf(x: Any, out: Any = None) -> Any:
    """Return where numbers are positive infinity.

    Parameters
    ----------
    x : array_like
        Real numbers.
    out : array, optional
        Where the result goes.

    Raises
    ------
    TypeError
        Numbers are complex.

    Examples
    --------
    >>> import stook as np
    >>> np.isposinf([1, np.inf, -np.inf])
    array([False,  True, False])
    """
    return _infinite(x, out, False)


@composed
def isneginf(x: Any, out: Any = None) -> Any:
    """Return where numbers are negative infinity.

    Parameters
    ----------
    x : array_like
        Real numbers.
    out : array, optional
        Where the result goes.

    Raises
    ------
    TypeError
        Numbers are complex.

    Examples
    --------
    >>> import stook as np
    >>> np.isneginf([1, np.inf, -np.inf])
    array([False, False,  True])
    """
    return _infinite(x, out, True)


@composed
def fix(x: Any, out: Any = None) -> Any:
    """Return numbers rounded towards zero.

    Parameters
    ----------
    x : array_like
        Real numbers.
    out : array, optional
        Where the result goes.

    Examples
    --------
    >>> import stook as np
    >>> np.fix([2.7, -2.7])
    array([ 2., -2.])
    """
    return ufuncs["trunc"](ours(x)) if out is None else ufuncs["trunc"](ours(x), out=out)


# -- of what kind ---------------------------------------------------------------------------------


def iscomplexobj(x: Any) -> bool:
    """Return whether a number, or an array by its type, is complex.

    Examples
    --------
    >>> import stook as np
    >>> np.iscomplexobj([1, 2 + 0j])
    True
    """
    dtype = x.dtype if hasattr(x, "dtype") else asarray(x).dtype
    return issubclass(dtype.type, numpy.complexfloating)


def isrealobj(x: Any) -> bool:
    """Return whether a number, or an array by its type, is not complex.

    Examples
    --------
    >>> import stook as np
    >>> np.isrealobj([1, 2 + 0j])
    False
    """
    return not iscomplexobj(x)


def isfortran(a: Any) -> bool:
    """Return whether an array lies in Fortran order, and not in C order as well.

    Examples
    --------
    >>> import stook as np
    >>> np.isfortran(np.ones((2, 3)).T)
    True
    """
    return a._fnc if type(a) is ndarray else a.flags.fnc


def iterable(y: Any) -> bool:
    """Return whether an object can be iterated over.

    Examples
    --------
    >>> import stook as np
    >>> np.iterable([1]), np.iterable(1)
    (True, False)
    """
    if type(y) is ndarray:
        return y.ndim > 0
    try:
        iter(y)
    except TypeError:
        return False
    return True


_REAL = (numpy.float16, numpy.float32, numpy.float64, numpy.longdouble)
_COMPLEX = (None, numpy.complex64, numpy.complex128, numpy.clongdouble)
_PLACE = {
    kind: (is_complex, precision)
    for is_complex, kinds in ((False, _REAL), (True, _COMPLEX))
    for precision, kind in enumerate(kinds)
}
"""Whether a type of numbers has an imaginary part, and its place among those like it."""


def common_type(*arrays: Any) -> Any:
    """Return the floating-point type that holds the numbers of all arrays.

    Parameters
    ----------
    *arrays : arrays
        Integers count as float64.

    Returns
    -------
    type

    Raises
    ------
    TypeError
        An array holds something else than numbers, or bools.

    Examples
    --------
    >>> import stook as np
    >>> np.common_type(np.ones(2, np.float32), np.ones(2, np.complex64))
    <class 'numpy.complex64'>
    """
    is_complex, precision = False, 0
    for a in arrays:
        kind = a.dtype.type
        found = _PLACE.get(kind)
        if found is None:
            if not issubclass(kind, numpy.integer):
                raise TypeError("can't get common type for non-numeric array")
            found = _PLACE[numpy.float64]
        is_complex = is_complex or found[0]
        precision = found[1] if found[1] > precision else precision
    return (_COMPLEX if is_complex else _REAL)[precision]
