"""Sums of products of an array and a short kernel that moves along it.

An array and a short kernel make one pass of multiplications and additions, a long array on all
cores. Long kernels go to NumPy, whose dot products suit them.
"""

from __future__ import annotations

from typing import Any

from stook._composed import NotNative, composed, ours
from stook._joining import concatenate
from stook._stook import correlated, empty, ufuncs, zeros

__all__ = ["convolve", "correlate"]

# Kernels up to this length are short, arrays from this length on long.
_SHORT, _LONG = 20, 65536
_MODES = ("valid", "same", "full")


@composed
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """Return the sums of products of an array and another, reversed, at each offset.

    Parameters
    ----------
    a, v : (n,) and (m,) array_like
        Numbers, in any order.
    mode : {"full", "same", "valid"}
        All offsets at which they overlap, as many as elements of the longer, or those at which
        they overlap wholly.

    Returns
    -------
    array
        Of the type in which both are multiplied.

    Examples
    --------
    >>> import stook as np
    >>> np.convolve([1, 2, 3], [0, 1, 0.5])
    array([0. , 1. , 2.5, 4. , 1.5])
    """
    a, v = ours(a), ours(v)
    if a.ndim == 1 and v.ndim == 1 and a.size < v.size:
        a, v = v, a
    return _moved_along(a, v, mode, True)


@composed
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """Return the sums of products of an array and another's conjugate, at each offset.

    Parameters
    ----------
    a, v : (n,) and (m,) array_like
        Numbers.
    mode : {"valid", "same", "full"}
        As for `convolve`.

    Returns
    -------
    array
        Of the type in which both are multiplied.

    Examples
    --------
    >>> import stook as np
    >>> np.correlate([1, 2, 3], [0, 1, 0.5])
    array([3.5])
    """
    return _moved_along(ours(a), ours(v), mode, False)


def _moved_along(a: Any, v: Any, mode: Any, turned: bool) -> Any:
    """Return the sums of products of a kernel, turned or conjugated, and the parts of an array."""
    n, m = a.size, v.size
    if n < _LONG and m <= _SHORT:
        made = correlated(a, v, mode, turned)
        if made is not None:
            return made
    kernel = v.conj() if not turned else v[::-1] if v.ndim else v
    native = a.ndim == 1 == kernel.ndim and 0 < m <= _SHORT and n >= max(m, _LONG)
    if not native or mode not in _MODES or a.dtype.char in "?e" or kernel.dtype.char in "?e":
        raise NotNative
    kernel = kernel.astype((a[:1] * kernel[:1]).dtype)
    a = a.astype(kernel.dtype, copy=False)
    whole = _products(a, kernel)
    if mode == "valid" or m == 1:
        return whole
    # Zeros beyond an array may meet finite numbers only.
    if not ufuncs["isfinite"](kernel).all():
        raise NotNative
    before, behind = (m - 1, m - 1) if mode == "full" else (m // 2, m - 1 - m // 2)
    made = empty(before + whole.size + behind, a.dtype)
    made[before : before + whole.size] = whole
    made[:before] = _products(concatenate([zeros(before, a.dtype), a[: m - 1]]), kernel)
    if behind:
        end = concatenate([a[n - m + 1 :], zeros(behind, a.dtype)])
        made[before + whole.size :] = _products(end, kernel)
    return made


def _products(a: Any, kernel: Any) -> Any:
    """Return the sums of products where a kernel lies wholly on an array."""
    m = kernel.size
    length = a.size - m + 1
    total = a[:length] * kernel[0]
    for k in range(1, m):
        total = total + a[k : k + length] * kernel[k]
    return total
