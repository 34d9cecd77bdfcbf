"""Polynomials as their coefficients, the highest power first.

NumPy's `poly1d` objects stay with NumPy.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy

from stook import _fallback
from stook._composed import NotNative, composed, ours
from stook._convolution import convolve
from stook._creation import arange, asarray, zeros_like
from stook._diagonals import diag
from stook._joining import atleast_1d, concatenate
from stook._selecting import nonzero
from stook._sequences import vander
from stook._stook import empty, ones, ufuncs, zeros

__all__ = [
    "poly",
    "polyadd",
    "polyder",
    "polydiv",
    "polyfit",
    "polyint",
    "polymul",
    "polysub",
    "polyval",
    "roots",
]

_eigvals = _fallback.function("linalg.eigvals")
_inv = _fallback.function("linalg.inv")
_lstsq = _fallback.function("linalg.lstsq")


def _coefficients(p: Any) -> Any:
    """Return coefficients along one axis."""
    if isinstance(p, numpy.poly1d):
        raise NotNative
    p = atleast_1d(ours(p))
    if p.ndim != 1 or p.dtype.kind not in "biufc":
        raise NotNative
    return p


# -- values ---------------------------------------------------------------------------------------


@composed
def polyval(p: Any, x: Any) -> Any:
    """Return values of a polynomial by Horner's rule.

    Parameters
    ----------
    p : array_like
        Coefficients along the first axis.
    x : array_like
        Where the polynomial is evaluated; of any shape.

    Returns
    -------
    array or scalar
        Of the shape of `x`.

    Examples
    --------
    >>> import stook as np
    >>> np.polyval([3, 0, 1], 5)
    np.int64(76)
    """
    if isinstance(p, numpy.poly1d) or isinstance(x, numpy.poly1d):
        raise NotNative
    p, x = ours(p), ours(x)
    if p.ndim == 0 or p.dtype.kind not in "biufc" or x.dtype.kind not in "biufc":
        raise NotNative
    y = zeros_like(x)  # whose order of memory NumPy's result has
    for k in range(p.shape[0]):
        y = y * x + p[k]
    return y


# -- arithmetic -----------------------------------------------------------------------------------


def _alike(a1: Any, a2: Any) -> tuple[Any, Any]:
    """Return the coefficients of two polynomials, the shorter ones behind zeros."""
    a, b = _coefficients(a1), _coefficients(a2)
    if a.size < b.size:
        return concatenate([zeros(b.size - a.size, a.dtype), a]), b
    if b.size < a.size:
        return a, concatenate([zeros(a.size - b.size, b.dtype), b])
    return a, b


@composed
def polyadd(a1: Any, a2: Any) -> Any:
    """Return the sum of two polynomials.

    Examples
    --------
    >>> import stook as np
    >>> np.polyadd([1, 2], [9, 5, 4])
    array([9, 6, 6])
    """
    return ufuncs["add"](*_alike(a1, a2))


@composed
def polysub(a1: Any, a2: Any) -> Any:
    """Return the difference of two polynomials.

    Examples
    --------
    >>> import stook as np
    >>> np.polysub([2, 10, -2], [3, 10, -4])
    array([-1,  0,  2])
    """
    return ufuncs["subtract"](*_alike(a1, a2))


@composed
def polymul(a1: Any, a2: Any) -> Any:
    """Return the product of two polynomials.

    Examples
    --------
    >>> import stook as np
    >>> np.polymul([1, 2], [1, 3])
    array([1, 5, 6])
    """
    return convolve(_trimmed(_coefficients(a1)), _trimmed(_coefficients(a2)))


def _trimmed(p: Any) -> Any:
    """Return coefficients without leading zeros, of which one stays."""
    places = nonzero(p)[0]
    return p[places.item(0) :] if places.size else zeros(1, p.dtype)


@composed
def polydiv(u: Any, v: Any) -> Any:
    """Return the quotient and the remainder of two polynomials.

    Examples
    --------
    >>> import stook as np
    >>> np.polydiv([3.0, 5.0, 2.0], [2.0, 1.0])
    (array([1.5 , 1.75]), array([0.25]))
    """
    u, v = _coefficients(u) + 0.0, _coefficients(v) + 0.0
    m, n = u.size - 1, v.size - 1
    dtype = (u[0] + v[0]).dtype
    scale = 1.0 / v[0]
    quotient, rest = zeros(max(m - n + 1, 1), dtype), u.astype(dtype)
    for k in range(m - n + 1):
        factor = scale * rest[k]
        quotient[k] = factor
        rest[k : k + n + 1] -= factor * v
    first = 0
    # A leading coefficient as small as this is what rounding left of zero.
    while first < rest.size - 1 and abs(rest[first]) <= 1e-8:
        first += 1
    return quotient, rest[first:]


# -- calculus -------------------------------------------------------------------------------------


@composed
def polyder(p: Any, m: Any = 1) -> Any:
    """Return the derivative of a polynomial, `m` times over.

    Examples
    --------
    >>> import stook as np
    >>> np.polyder([1, 1, 1, 1])
    array([3, 2, 1])
    """
    m = int(m)
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    if isinstance(p, numpy.poly1d):
        raise NotNative
    p = ours(p)
    if p.ndim != 1:
        raise NotNative
    for _ in range(m):
        p = p[:-1] * arange(p.size - 1, 0, -1)
    return p


@composed
def polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    """Return the integral of a polynomial, `m` times over, with constants `k` or zero.

    Examples
    --------
    >>> import stook as np
    >>> np.polyint([3, 2, 1], k=5)
    array([1., 1., 1., 5.])
    """
    m = int(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    if isinstance(p, numpy.poly1d):
        raise NotNative
    p = ours(p)
    constants = zeros(m, float) if k is None else atleast_1d(ours(k))
    if p.ndim != 1 or constants.ndim != 1:
        raise NotNative
    if constants.size < m and constants.size != 1:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    if constants.size == 1 and m > 1:
        constants = constants[0] * ones(m, float)
    for constant in range(m):
        p = concatenate([p / arange(p.size, 0, -1), constants[constant : constant + 1]])
    return p


# -- roots ----------------------------------------------------------------------------------------


@composed
def poly(seq_of_zeros: Any) -> Any:
    """Return the polynomial that has the given roots, or a matrix's eigenvalues as roots.

    Examples
    --------
    >>> import stook as np
    >>> np.poly([1, 2])
    array([ 1., -3.,  2.])
    """
    given = ours(seq_of_zeros)
    if given.ndim == 2 and given.shape[0] == given.shape[1] != 0:
        given = _eigvals(given)
    elif given.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    elif given.dtype.kind not in "biufc":
        raise NotNative
    elif given.dtype.char not in "fdFD":
        given = given.astype(float)
    n = given.size
    if n == 0:
        return 1.0
    p = zeros(n + 1, given.dtype)
    p[0] = 1
    for k in range(n):
        p[1 : k + 2] -= given[k] * p[: k + 1]
    if p.dtype.kind == "c" and _closed_under_conjugation(given):
        return p.real.copy()
    return p


def _closed_under_conjugation(a: Any) -> bool:
    a, conjugates = a.astype(complex), a.astype(complex).conj()
    a.sort()
    conjugates.sort()
    return bool((a == conjugates).all())


@composed
def roots(p: Any) -> Any:
    """Return the roots of a polynomial, as eigenvalues of its companion matrix.

    Parameters
    ----------
    p : (n,) array_like
        Coefficients.

    Returns
    -------
    array
        Roots in no particular order, complex where one of them is.

    Examples
    --------
    >>> import stook as np
    >>> np.roots([1, 0])
    array([0.])
    """
    p = ours(p)
    if p.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    places = nonzero(p)[0]
    if not places.size:
        return empty(0, float)
    behind = p.size - places.item(-1) - 1
    p = p[places.item(0) : p.size - behind]
    if p.dtype.kind not in "fc":
        p = p.astype(float)
    if p.size == 1:
        found = empty(0, float)
    else:
        companion = diag(ones(p.size - 2, p.dtype), -1)
        companion[0, :] = -p[1:] / p[0]
        found = asarray(_eigvals(companion))
    return concatenate([found, zeros(behind, found.dtype)])


# -- fitting --------------------------------------------------------------------------------------


@composed
def polyfit(
    x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    """Return the polynomial that lies nearest to points, in squares of distances along `y`.

    Parameters
    ----------
    x : (m,) array_like
        Where the points lie.
    y : (m,) or (m, k) array_like
        How high they lie; a column for each fit.
    deg : int
        The highest power.
    rcond : float, optional
        Singular values below this share of the greatest are taken for zero.
    full : bool
        Also return residuals, rank, singular values and `rcond`.
    w : (m,) array_like, optional
        What distances are multiplied by before they are squared.
    cov : bool or "unscaled"
        Also return the covariances of the coefficients.

    Returns
    -------
    array, or a tuple
        Coefficients, a column for each fit.

    Warns
    -----
    RankWarning
        The points do not settle all coefficients.

    Examples
    --------
    >>> import stook as np
    >>> np.polyfit([0, 1, 2], [1, 3, 5], 1).round(6)
    array([2., 1.])
    """
    order = int(deg) + 1
    x, y = ours(x) + 0.0, ours(y) + 0.0
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if x.ndim != 1 or not x.size or y.ndim not in (1, 2) or x.size != y.shape[0]:
        raise TypeError("expected a vector and as many points")
    if rcond is None:
        rcond = x.size * numpy.finfo(x.dtype).eps
    powers = vander(x, order)
    if w is not None:
        w = ours(w) + 0.0
        if w.ndim != 1 or w.size != y.shape[0]:
            raise TypeError("expected as many weights as points")
        powers = powers * w.reshape(-1, 1)
        y = y * (w.reshape(-1, 1) if y.ndim == 2 else w)
    scale = ufuncs["sqrt"]((powers * powers).sum(axis=0))
    powers = powers / scale
    found, residuals, rank, singular = _lstsq(powers, y, rcond)
    found = (found.T / scale).T
    if rank != order and not full:
        message = "Polyfit may be poorly conditioned"
        warnings.warn(message, numpy.exceptions.RankWarning, stacklevel=3)
    if full:
        return found, residuals, rank, singular, rcond
    if not cov:
        return found
    return found, _covariance(powers, scale, residuals, y.ndim, cov)


def _covariance(powers: Any, scale: Any, residuals: Any, ndim: int, kind: Any) -> Any:
    """Return the covariances of coefficients that were fitted."""
    n, order = powers.shape
    base = _inv(powers.T.dot(powers)) / (scale.reshape(-1, 1) * scale)
    if kind == "unscaled":
        factor = 1
    elif n <= order:
        raise ValueError("the number of data points must exceed order")
    else:
        factor = residuals / (n - order)
    return base * factor if ndim == 1 else base[:, :, None] * factor
