"""Window functions, the Bessel function `i0` that one is made of, and `sinc`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from stook._composed import NotNative, composed, ours
from stook._creation import arange, empty, ones
from stook._stook import asarray, ufuncs

__all__ = ["bartlett", "blackman", "hamming", "hanning", "i0", "kaiser", "sinc"]

_cos, _exp, _where = ufuncs["cos"], ufuncs["exp"], ufuncs["where"]

_NEAR = (
    -4.4153416464793395e-18,
    3.3307945188222384e-17,
    -2.431279846547955e-16,
    1.715391285555133e-15,
    -1.1685332877993451e-14,
    7.676185498604936e-14,
    -4.856446783111929e-13,
    2.95505266312964e-12,
    -1.726826291441556e-11,
    9.675809035373237e-11,
    -5.189795601635263e-10,
    2.6598237246823866e-09,
    -1.300025009986248e-08,
    6.046995022541919e-08,
    -2.670793853940612e-07,
    1.1173875391201037e-06,
    -4.4167383584587505e-06,
    1.6448448070728896e-05,
    -5.754195010082104e-05,
    0.00018850288509584165,
    -0.0005763755745385824,
    0.0016394756169413357,
    -0.004324309995050576,
    0.010546460394594998,
    -0.02373741480589947,
    0.04930528423967071,
    -0.09490109704804764,
    0.17162090152220877,
    -0.3046826723431984,
    0.6767952744094761,
)
"""Chebyshev coefficients of exp(-x) I0(x) on [0, 8], highest first (Cephes, i0.c)."""

_FAR = (
    -7.233180487874754e-18,
    -4.830504485944182e-18,
    4.46562142029676e-17,
    3.461222867697461e-17,
    -2.8276239805165836e-16,
    -3.425485619677219e-16,
    1.7725601330565263e-15,
    3.8116806693526224e-15,
    -9.554846698828307e-15,
    -4.150569347287222e-14,
    1.54008621752141e-14,
    3.8527783827421426e-13,
    7.180124451383666e-13,
    -1.7941785315068062e-12,
    -1.3215811840447713e-11,
    -3.1499165279632416e-11,
    1.1889147107846439e-11,
    4.94060238822497e-10,
    3.3962320257083865e-09,
    2.266668990498178e-08,
    2.0489185894690638e-07,
    2.8913705208347567e-06,
    6.889758346916825e-05,
    0.0033691164782556943,
    0.8044904110141088,
)
"""Those of exp(-x) sqrt(x) I0(x) from 8 on, as a function of 32 / x - 2 (Cephes, i0.c)."""


# -- functions ------------------------------------------------------------------------------------


def _series(x: Any, coefficients: Sequence[float]) -> Any:
    """Return the sum of a Chebyshev series on [-2, 2], by Clenshaw's recurrence."""
    now: Any = coefficients[0]
    before: Any = 0.0
    last: Any = 0.0
    for coefficient in coefficients[1:]:
        now, before, last = x * now - before + coefficient, now, before
    return 0.5 * (now - last)


@composed
def i0(x: Any) -> Any:
    """Return the modified Bessel function of the first kind, of order 0.

    Parameters
    ----------
    x : array_like
        Real numbers.

    Returns
    -------
    array of the shape of `x`
        Of the type of `x` if that is of floats, else float64.

    Raises
    ------
    TypeError
        Numbers are complex.

    References
    ----------
    C. W. Clenshaw, "Chebyshev series for mathematical functions", National Physical Laboratory
    Mathematical Tables 5 (1962), with the coefficients of Cephes.

    Examples
    --------
    >>> import stook as np
    >>> np.i0([0.0, 1.0])
    array([1.        , 1.26606588])
    """
    a = ours(x)
    if a.dtype.kind == "c":
        raise TypeError("not for complex numbers")
    a = ufuncs["absolute"](a if a.dtype.kind == "f" else a.astype(float))
    limit = a.dtype.type(8)
    low, high = ufuncs["minimum"](a, limit), ufuncs["maximum"](a, limit)
    growth = _exp(a)
    near = growth * _series(low / 2.0 - 2, _NEAR)
    far = growth * _series(32.0 / high - 2.0, _FAR) / ufuncs["sqrt"](high)
    return asarray(_where(a <= limit, near, far))


def _bessel(x: float) -> Any:
    """Return what `i0` gives for one number."""
    x = abs(x)
    if x <= 8:
        return _exp(x) * _series(x / 2.0 - 2, _NEAR)
    return _exp(x) * _series(32.0 / x - 2.0, _FAR) / ufuncs["sqrt"](x)


@composed
def sinc(x: Any) -> Any:
    """Return ``sin(pi x) / (pi x)``, and 1 at 0.

    Parameters
    ----------
    x : array_like

    Returns
    -------
    array of the shape of `x`, or a scalar

    Examples
    --------
    >>> import stook as np
    >>> np.sinc([0.0, 0.5])
    array([1.        , 0.63661977])
    """
    angle = numpy.pi * ours(x)
    kind = angle.dtype.kind
    small = angle.dtype.type(numpy.finfo(angle.dtype).eps if kind == "f" else 1e-20)
    angle = _where(angle != 0, angle, small)
    return ufuncs["sin"](angle) / angle


# -- windows --------------------------------------------------------------------------------------


def _length(M: Any) -> float:
    """Return the number of points of a window."""
    values = numpy.array([0.0, M])
    if values.dtype != numpy.float64:
        raise NotNative
    return float(values[1])


def _window(M: Any, shape: Any) -> Any:
    """Return a window whose shape is a function of places, from -1 to 1, times the last place."""
    m = _length(M)
    if m <= 1:
        return empty(0) if m < 1 else ones(1)
    return shape(arange(1 - m, m, 2), m - 1)


@composed
def bartlett(M: Any) -> Any:
    """Return the Bartlett window of `M` points: a triangle from 0 up to 1 and down to 0.

    Examples
    --------
    >>> import stook as np
    >>> np.bartlett(5)
    array([0. , 0.5, 1. , 0.5, 0. ])
    """
    return _window(M, lambda n, last: _where(n <= 0, 1 + n / last, 1 - n / last))


@composed
def blackman(M: Any) -> Any:
    """Return the Blackman window of `M` points: three terms of cosines, with low leakage.

    Examples
    --------
    >>> import stook as np
    >>> np.blackman(3).round(2)
    array([-0.,  1., -0.])
    """
    return _window(
        M,
        lambda n, last: (
            0.42 + 0.5 * _cos(numpy.pi * n / last) + 0.08 * _cos(2.0 * numpy.pi * n / last)
        ),
    )


@composed
def hanning(M: Any) -> Any:
    """Return the Hann window of `M` points: a raised cosine from 0 to 0.

    Examples
    --------
    >>> import stook as np
    >>> np.hanning(5)
    array([0. , 0.5, 1. , 0.5, 0. ])
    """
    return _window(M, lambda n, last: 0.5 + 0.5 * _cos(numpy.pi * n / last))


@composed
def hamming(M: Any) -> Any:
    """Return the Hamming window of `M` points: a raised cosine from 0.08 to 0.08.

    Examples
    --------
    >>> import stook as np
    >>> np.hamming(3)
    array([0.08, 1.  , 0.08])
    """
    return _window(M, lambda n, last: 0.54 + 0.46 * _cos(numpy.pi * n / last))


@composed
def kaiser(M: Any, beta: Any) -> Any:
    """Return the Kaiser window of `M` points, made of Bessel functions.

    Parameters
    ----------
    M : int
        Number of points; none below 1.
    beta : float
        How narrow the window is: 0 is a rectangle, 14 close to the best.

    Examples
    --------
    >>> import stook as np
    >>> np.kaiser(3, 0)
    array([1., 1., 1.])
    """
    values = numpy.array([0.0, M, beta])
    if values.dtype != numpy.float64:
        raise NotNative
    m, width = values[1:].tolist()
    if m == 1:
        return ones(1)
    half = (m - 1) / 2.0
    places = (arange(0, m) - half) / half
    return i0(width * ufuncs["sqrt"](1 - ufuncs["square"](places))) / _bessel(width)
