"""The frequencies of a Fourier transform's results, and their order: parts of `numpy.fft`."""

from __future__ import annotations

import operator
from typing import Any

from stook._composed import NotNative, below, counted_axis, ours
from stook._creation import arange, empty
from stook._joining import roll

__all__: list[str] = []

_fourier = below("fft")


def _length(n: Any, device: Any) -> int:
    if device not in (None, "cpu"):
        raise ValueError("not a device")
    n = operator.index(n)
    if n < 1:
        raise ValueError("no samples")
    return n


@_fourier
def fftfreq(n: Any, d: Any = 1.0, device: Any = None) -> Any:
    """Return the frequencies of a Fourier transform's results, those below zero behind.

    Parameters
    ----------
    n : int
        How many samples are transformed.
    d : number
        The time between samples; frequencies are in cycles per its unit.
    device : None or "cpu"

    Returns
    -------
    array of n floats

    Examples
    --------
    >>> import stook as np
    >>> np.fft.fftfreq(5, 0.1)
    array([ 0.,  2.,  4., -4., -2.])
    """
    n = _length(n, device)
    above = (n - 1) // 2 + 1
    places = empty(n, int)
    places[:above] = arange(above)
    places[above:] = arange(-(n // 2), 0)
    return places * (1.0 / (n * d))


@_fourier
def rfftfreq(n: Any, d: Any = 1.0, device: Any = None) -> Any:
    """Return the frequencies of the results of a Fourier transform of real samples.

    Parameters
    ----------
    n : int
        How many samples are transformed.
    d : number
        The time between samples; frequencies are in cycles per its unit.
    device : None or "cpu"

    Returns
    -------
    array of n // 2 + 1 floats

    Examples
    --------
    >>> import stook as np
    >>> np.fft.rfftfreq(5, 0.1)
    array([0., 2., 4.])
    """
    n = _length(n, device)
    return arange(n // 2 + 1) * (1.0 / (n * d))


def _turned(x: Any, axes: Any, back: bool) -> Any:
    """Return an array whose halves along axes have changed places."""
    a = ours(x)
    if axes is None:
        axes = tuple(range(a.ndim))
    if not hasattr(axes, "__len__"):
        axes = (axes,)
    halves = [a.shape[counted_axis(k, a.ndim)] // 2 for k in axes]
    if not halves:
        raise NotNative
    return roll(a, [-n for n in halves] if back else halves, tuple(axes))


@_fourier
def fftshift(x: Any, axes: Any = None) -> Any:
    """Return a Fourier transform's results with frequency zero in the middle.

    Parameters
    ----------
    x : array_like
    axes : int or sequence of int, optional
        Along which halves change places; all unless given.

    Returns
    -------
    array

    Examples
    --------
    >>> import stook as np
    >>> np.fft.fftshift([0, 1, 2, -2, -1])
    array([-2, -1,  0,  1,  2])
    """
    return _turned(x, axes, False)


@_fourier
def ifftshift(x: Any, axes: Any = None) -> Any:
    """Return what `fftshift` was given.

    Parameters
    ----------
    x : array_like
    axes : int or sequence of int, optional
        Along which halves change places; all unless given.

    Returns
    -------
    array

    Examples
    --------
    >>> import stook as np
    >>> np.fft.ifftshift([-2, -1, 0, 1, 2])
    array([ 0,  1,  2, -2, -1])
    """
    return _turned(x, axes, True)
