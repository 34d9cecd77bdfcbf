"""Arrays with more elements around them.

The result is allocated once. Its inner part is the array; then each axis in turn is filled before
and behind from what lies between, over the part that later axes do not fill themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy

import stook
from stook._composed import NotNative, composed, ours
from stook._creation import empty
from stook._sequences import linspace
from stook._shape import flip
from stook._stook import ufuncs

__all__ = ["pad"]

Pair = tuple[Any, Any]

_OPTIONS = {
    "constant": "constant_values",
    "edge": "",
    "empty": "",
    "linear_ramp": "end_values",
    "maximum": "stat_length",
    "mean": "stat_length",
    "median": "stat_length",
    "minimum": "stat_length",
    "reflect": "reflect_type",
    "symmetric": "reflect_type",
    "wrap": "",
}
_STATISTICS = {"maximum": "max", "minimum": "min", "mean": "mean", "median": "median"}


def _pairs(value: Any, ndim: int) -> list[Pair]:
    """Return what is given for before and behind each axis, from one value, a pair, or all."""
    given = numpy.array(value)
    if given.ndim < 3 and given.size <= 2 and given.size and given.shape != (2, 1):
        flat = given.ravel()
        return [(flat[0], flat[-1])] * ndim
    return [(before, behind) for before, behind in numpy.broadcast_to(given, (ndim, 2)).tolist()]


def _lengths(value: Any, ndim: int) -> list[Pair]:
    """Return widths as integers."""
    if type(value) is int and value >= 0:
        return [(value, value)] * ndim
    pairs = [(int(before), int(behind)) for before, behind in _pairs(value, ndim)]
    if any(length < 0 for pair in pairs for length in pair):
        raise ValueError("a negative length")
    return pairs


def _widths(value: Any, ndim: int) -> list[Pair]:
    if isinstance(value, dict):
        by_axis: list[Pair] = [(0, 0)] * ndim
        for axis, width in value.items():
            by_axis[axis] = width if isinstance(width, tuple) else (width, width)
        value = by_axis
    if type(value) is not int and numpy.asarray(value).dtype.kind != "i":
        raise TypeError("widths must be integers")
    return _lengths(value, ndim)


# -- what is filled -------------------------------------------------------------------------------


class Line:
    """One axis of a padded array.

    Attributes
    ----------
    part : array
        What this axis fills: the array but for what later axes fill.
    axis : int
    begin, end : int
        Where the inner part begins and ends on the axis.
    """

    def __init__(self, part: Any, axis: int, begin: int, end: int) -> None:
        self.part, self.axis, self.begin, self.end = part, axis, begin, end

    def __getitem__(self, places: slice) -> Any:
        return self.part[(*[slice(None)] * self.axis, places)]

    def __setitem__(self, places: slice, values: Any) -> None:
        self.part[(*[slice(None)] * self.axis, places)] = values

    @property
    def length(self) -> int:
        """Length of the whole axis."""
        return int(self.part.shape[self.axis])

    def surround(self, before: Any, behind: Any) -> None:
        """Write values before and behind the inner part."""
        if self.begin:
            self[: self.begin] = before
        if self.end < self.length:
            self[self.end :] = behind


def _constant(line: Line, values: Pair) -> None:
    line.surround(*values)


def _edge(line: Line, _: Any) -> None:
    line.surround(line[line.begin : line.begin + 1], line[line.end - 1 : line.end])


def _ramp(line: Line, values: Pair) -> None:
    """Write straight lines from given ends to the edges."""
    edges = line[line.begin : line.begin + 1], line[line.end - 1 : line.end]
    widths = line.begin, line.length - line.end
    before, behind = (
        linspace(end, edge.squeeze(line.axis), width, False, dtype=edge.dtype, axis=line.axis)
        for end, edge, width in zip(values, edges, widths, strict=True)
    )
    line.surround(before, flip(behind, line.axis))


def _statistic(name: str, line: Line, lengths: Pair) -> None:
    """Write a statistic of the elements next to each side."""
    inner = line.end - line.begin
    first, last = (inner if n is None else min(n, inner) for n in lengths)

    def over(places: slice) -> Any:
        made = getattr(stook, name)(line[places], axis=line.axis, keepdims=True)
        whole = line.part.dtype.kind in "iu" and made.dtype.kind == "f"
        return ufuncs["rint"](made) if whole else made

    before = over(slice(line.begin, line.begin + first))
    if first == last == inner:
        line.surround(before, before)
    else:
        line.surround(before, over(slice(line.end - last, line.end)))


# -- mirrors and repeats --------------------------------------------------------------------------


def _mirrors(line: Line, apart: int) -> Iterator[tuple[slice, slice, int]]:
    """Yield what to write, what it mirrors, and the edge, until the axis is full.

    `apart` is 1 if the edge itself is not repeated. Each step mirrors whole periods of what has
    been filled, so that long paddings take few steps.
    """
    low, high, end = line.begin, line.end, line.length
    period = high - low - apart
    while low > 0 or high < end:
        reach = (high - low - apart) // period * period
        before, behind = min(reach, low), min(reach, end - high)
        if before:
            first = low + apart
            yield slice(low - before, low), slice(first + before - 1, first - 1, -1), low
        if behind:
            last = high - 1 - apart
            stop = last - behind
            yield (
                slice(high, high + behind),
                slice(last, stop if stop >= 0 else None, -1),
                high - 1,
            )
        low, high = low - before, high + behind


def _mirror(apart: int, line: Line, kind: str) -> None:
    if line.end - line.begin == 1:
        _edge(line, None)
        return
    # NumPy takes whatever is not "odd" for "even".
    for target, source, edge in _mirrors(line, apart):
        values = line[source]
        if kind == "odd":
            values = 2 * line[edge : edge + 1] - values
        line[target] = values


def _wrap(line: Line, _: Any) -> None:
    """Write the inner part again and again."""
    period, low = line.end - line.begin, line.begin
    while low > 0:
        n = min(period, low)
        line[low - n : low] = line[line.end - n : line.end]
        low -= n
    for high in range(line.end, line.length, period):
        n = min(period, line.length - high)
        line[high : high + n] = line[line.begin : line.begin + n]


def _rule(mode: str, ndim: int, option: Any) -> tuple[Callable[[Line, Any], None], list[Any]]:
    """Return how one axis is filled, and what that needs to know for each."""
    if mode in _STATISTICS:
        known = [(None, None)] * ndim if option is None else _lengths(option, ndim)
        return lambda line, n: _statistic(_STATISTICS[mode], line, n), known
    if mode in ("reflect", "symmetric"):
        apart = int(mode == "reflect")
        return lambda line, kind: _mirror(apart, line, kind), [option or "even"] * ndim
    rule = {"constant": _constant, "edge": _edge, "linear_ramp": _ramp, "wrap": _wrap}[mode]
    ends = mode in ("constant", "linear_ramp")
    return rule, _pairs(0 if option is None else option, ndim) if ends else [None] * ndim


@composed
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """Return an array with more elements before and behind its own, along each axis.

    Parameters
    ----------
    array : array_like
    pad_width : int, pair of int, sequence of pairs, or dict from axis to int or pair
        How many elements go before and behind.
    mode : str or callable
        ``constant``, ``edge`` (the nearest element), ``linear_ramp``, ``maximum``, ``mean``,
        ``median``, ``minimum``, ``reflect`` (mirrored, without the edge), ``symmetric`` (with it),
        ``wrap`` (from the other end) or ``empty``. A function is called by NumPy.
    constant_values, end_values : scalar, pair, or sequence of pairs
        What is written, and what ramps lead to; 0 unless said.
    stat_length : int, pair, or sequence of pairs, optional
        How many elements at each edge a statistic is of; all unless said.
    reflect_type : {"even", "odd"}
        Whether mirrored values are taken from twice the edge.

    Returns
    -------
    array of the same dtype
        In Fortran order if the array is.

    Raises
    ------
    TypeError
        Widths are not integers.
    ValueError
        A width is negative, the mode unknown, or an axis without elements has to be continued.

    Examples
    --------
    >>> import stook as np
    >>> np.pad([1, 2, 3], (1, 2), "edge")
    array([1, 1, 2, 3, 3, 3])
    """
    a = ours(array)
    widths = _widths(pad_width, a.ndim)
    if callable(mode):
        raise NotNative
    if mode not in _OPTIONS or set(kwargs) - {_OPTIONS[mode]}:
        raise ValueError("no such mode, or no such option of it")
    shape = [before + n + behind for n, (before, behind) in zip(a.shape, widths, strict=True)]
    inner = tuple(slice(w[0], w[0] + n) for n, w in zip(a.shape, widths, strict=True))
    made = empty(shape, a.dtype, "F" if a._f_contiguous and not a._c_contiguous else "C")
    made[inner] = a
    if mode == "empty":
        return made
    if not a.size and mode != "constant":
        if any(n == 0 and any(pair) for n, pair in zip(a.shape, widths, strict=True)):
            raise ValueError("nothing to continue")
        return made
    rule, known = _rule(mode, a.ndim, kwargs.get(_OPTIONS[mode]))
    if mode in ("maximum", "minimum") and any(0 in pair for pair in known):
        raise ValueError("no element to take")
    for axis, (own, values) in enumerate(zip(inner, known, strict=True)):
        if own.start or own.stop < shape[axis]:
            part = made[(*[slice(None)] * (axis + 1), *inner[axis + 1 :])]
            rule(Line(part, axis, own.start, own.stop), values)
    return made
