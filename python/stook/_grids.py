"""Grids and joined pieces written as index expressions: `mgrid`, `ogrid`, `r_` and `c_`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy

from stook import _fallback
from stook._composed import NotNative, ours
from stook._creation import arange, empty
from stook._joining import concatenate
from stook._sequences import linspace
from stook._stook import call_numpy, ndarray

__all__ = ["c_", "mgrid", "ogrid", "r_"]

_COMPLEX: Any = (complex, numpy.complexfloating)
_SCALARS = frozenset(numpy.ScalarType)


class IndexExpression:
    """An object whose index expressions make arrays.

    Parameters
    ----------
    name : str
        The name in NumPy, which answers what is not native here, counted.
    make : callable
        Makes the result from what stands in the brackets.
    """

    def __init__(self, name: str, make: Callable[[Any], Any]) -> None:
        self._name = name
        self._make = make
        self.__doc__ = getattr(numpy, name).__doc__

    def __getitem__(self, key: Any) -> Any:
        try:
            return self._make(key)
        except NotNative:
            return _fallback.function(self._name)[key]
        except (TypeError, ValueError, IndexError, AttributeError):
            return self._refused(key)

    def _refused(self, key: Any) -> Any:
        """Let NumPy say what is wrong with an expression."""
        try:
            made = call_numpy(getattr(numpy, self._name).__getitem__, (key,), {})
        except Exception as error:
            raise error from None
        _fallback.note(self._name)
        return made

    def __len__(self) -> int:
        return 0


# -- grids ----------------------------------------------------------------------------------------


def _line(part: slice) -> tuple[int, Any, Any, list[Any]]:
    """Return length, start and step of an axis, and the numbers that its type comes from."""
    start = 0 if part.start is None else part.start
    step = 1 if part.step is None else part.step
    stop = part.stop
    if not isinstance(step, _COMPLEX):
        return math.ceil((stop - start) / step), start, step, [start, stop, step]
    size = abs(step)
    n = int(size)
    return n, start, (stop - start) / float(n - 1) if n != 1 else 1, [start, stop, size]


def _grid(sparse: bool, key: Any) -> Any:
    """Return coordinates on lines, for a single slice, or over the grid that they span."""
    if isinstance(key, slice):
        return _single(key)
    lines = [_line(part) for part in key]
    dtype = numpy.result_type(0, *[number for line in lines for number in line[3]])
    axes = []
    for k, (n, start, step, _) in enumerate(lines):
        places = arange(n, dtype=dtype)
        if start != 0 or step != 1 or sparse:
            places = places * step + start
        axes.append(places.reshape((1,) * k + (-1,) + (1,) * (len(lines) - k - 1)))
    if sparse:
        return tuple(axes)
    made = empty((len(lines), *[line[0] for line in lines]), dtype)
    for k, places in enumerate(axes):
        made[k] = places
    return made


def _single(part: slice) -> Any:
    """Return what a single slice of a grid stands for: the numbers of one line."""
    if not isinstance(part.step, _COMPLEX):
        return arange(0 if part.start is None else part.start, part.stop, part.step)
    n, start, step, numbers = _line(part)
    return arange(n, dtype=numpy.result_type(*numbers)) * step + start


# -- pieces ---------------------------------------------------------------------------------------


def _directive(text: str, axis: int, ndmin: int, place: int) -> tuple[int, int, int]:
    """Return the axis to join along, the least number of axes, and where given ones go."""
    numbers = [int(number) for number in text.split(",")]
    axis, ndmin, place = numbers + [axis, ndmin, place][len(numbers) :]
    return axis, ndmin, place


def _widened(a: Any, ndmin: int, place: int) -> Any:
    """Return an array with `ndmin` axes at least, its own first one at `place` among them."""
    more = ndmin - a.ndim
    if more <= 0:
        return a
    before = more if place == -1 else place + more + 1 if place < 0 else place
    if not 0 <= before <= more:
        raise NotNative
    return a.reshape((1,) * before + a.shape + (1,) * (more - before))


def _sequence(part: slice, ndmin: int, place: int) -> Any:
    """Return the numbers of a slice, counted in steps, or as many as an imaginary step says."""
    start = 0 if part.start is None else part.start
    step: Any = 1 if part.step is None else part.step
    if isinstance(step, _COMPLEX):
        made = linspace(start, part.stop, int(abs(step)))
    else:
        made = arange(start, part.stop, step)
    if ndmin <= 1:
        return made
    made = made.reshape((1,) * (ndmin - 1) + (-1,))
    return made if place == -1 else made.swapaxes(-1, place)


def _pieces(axis: int, ndmin: int, place: int, key: Any) -> Any:
    """Return slices, arrays and numbers, joined along an axis."""
    items = key if type(key) is tuple else (key,)
    if items and type(items[0]) is str:
        if type(key) is str:
            raise NotNative
        axis, ndmin, place = _directive(items[0], axis, ndmin, place)
        items = items[1:]
    parts: list[Any] = []
    types: list[Any] = []
    for item in items:
        if type(item) in _SCALARS:
            if isinstance(item, str | bytes):
                raise NotNative
            types.append(item)
            if ndmin == 1 and parts and type(parts[-1]) is list:
                parts[-1].append(item)
            else:
                parts.append([item])
            continue
        made = _sequence(item, ndmin, place) if isinstance(item, slice) else ours(item)
        parts.append(_widened(made, ndmin, place))
        types.append(made.dtype)
    dtype = numpy.result_type(*types)
    return concatenate([_typed(part, dtype, ndmin) for part in parts], axis)


def _typed(part: Any, dtype: Any, ndmin: int) -> Any:
    """Return an array, or a list of numbers, as an array of a type."""
    if type(part) is ndarray:
        return part if part.dtype == dtype else part.astype(dtype)
    return _widened(ours(part, dtype), ndmin, -1)


mgrid = IndexExpression("mgrid", functools.partial(_grid, False))
ogrid = IndexExpression("ogrid", functools.partial(_grid, True))
r_ = IndexExpression("r_", functools.partial(_pieces, 0, 1, -1))
c_ = IndexExpression("c_", functools.partial(_pieces, -1, 2, 0))
