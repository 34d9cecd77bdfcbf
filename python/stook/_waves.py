"""Phases and the cardinal sine."""

from __future__ import annotations

from typing import Any

import numpy

from stook._composed import NotNative, composed, counted_axis, ours
from stook._differences import diff
from stook._stook import ufuncs

__all__ = ["sinc", "unwrap"]

_where, _absolute = ufuncs["where"], ufuncs["absolute"]


@composed
def sinc(x: Any) -> Any:
    """Return ``sin(pi * x) / (pi * x)``, which is one at zero.

    Parameters
    ----------
    x : array_like
        Numbers, of any shape.

    Returns
    -------
    array or scalar
        Floats, or complex numbers.

    Examples
    --------
    >>> import stook as np
    >>> np.sinc([0, 0.5]).round(4)
    array([1.    , 0.6366])
    """
    x = ours(x)
    if x.dtype.kind not in "biufc":
        raise NotNative
    x = numpy.pi * x
    # The sine of a number as small as this is the number itself.
    small = numpy.finfo(x.dtype).eps if x.dtype.kind == "f" else 1e-20
    x = _where(x != 0, x, small)
    return ufuncs["sin"](x) / x


@composed
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * numpy.pi) -> Any:
    """Return phases along an axis without the jumps by which whole periods were taken off.

    Parameters
    ----------
    p : array_like
        Phases.
    discont : float, optional
        Steps smaller than this are no jumps; half a period unless said.
    axis : int
        Along which axis phases follow each other.
    period : float
        What is added or taken off; for integers, an integer keeps their type.

    Returns
    -------
    array
        Of the shape of `p`.

    Examples
    --------
    >>> import stook as np
    >>> np.unwrap([0, 1, 2, -1, 0], period=4)
    array([0, 1, 2, 3, 4])
    """
    p = ours(p)
    if p.dtype.kind not in "if" or not isinstance(period, int | float):
        raise NotNative
    axis = counted_axis(axis, p.ndim)
    steps = diff(p, axis=axis)
    dtype = numpy.result_type(steps.dtype, period)
    discont = period / 2 if discont is None else discont
    if dtype.kind in "iu":
        half, odd = divmod(period, 2)
    else:
        half, odd = period / 2, 0
    short = ufuncs["remainder"](steps + half, period) - half
    if not odd:
        # A step of exactly half a period keeps its sign.
        short = _where((short == -half) & (steps > 0), half, short)
    correction = _where(_absolute(steps) < discont, 0, short - steps)
    made = p.astype(dtype)
    behind = (*[slice(None)] * axis, slice(1, None))
    made[behind] = p[behind] + correction.cumsum(axis)
    return made
