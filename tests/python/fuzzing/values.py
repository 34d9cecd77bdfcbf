"""The data of random programs: for each type a pool of mild values, and one with its edges.

Numbers enter that stand in a program's text; arrays of NumPy's leave, always the same for the same
numbers. Programs call `data` and `places` by name.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy

DTYPES = list("?bBhHiIlLefdFD")
WEIGHTS = [2, 2, 2, 1, 1, 3, 1, 4, 2, 3, 5, 9, 2, 3]
"""How often each type is chosen."""
LARGEST = 300_000
"""Elements of the largest array that a program keeps."""

_PERIOD = 2039
_READY = 100_000 + _PERIOD


def data(start: int, letter: str, shape: tuple[int, ...], order: str = "C", wild: int = 0) -> Any:
    """Return elements of a pool from `start` on."""
    values = _elements(letter, wild, start, math.prod(shape))
    if order == "F":
        return numpy.asfortranarray(values.reshape(shape[::-1]).T)
    return values.reshape(shape)


def places(start: int, length: int, shape: tuple[int, ...], letter: str = "l") -> Any:
    """Return indices into an axis, those of unsigned types from the front only."""
    numbers = _elements("l", 1, start, math.prod(shape)).reshape(shape)
    if letter in "BHIL":
        return (numbers % length).astype(letter)
    return (numbers % (2 * length) - length).astype(letter)


def names(module: Any) -> dict[str, Any]:
    """Return what a program's lines see, with `module` as `np`."""
    return {"np": module, "numpy": numpy, "data": data, "places": places}


def _elements(letter: str, wild: int, start: int, size: int) -> Any:
    ready, start = _ready(letter, wild), start % _PERIOD
    if start + size <= _READY:
        return ready[start : start + size].copy()
    return numpy.resize(ready[start : start + _PERIOD], size)


@cache
def _ready(letter: str, wild: int) -> Any:
    with numpy.errstate(all="ignore"):
        return numpy.resize(_pool(letter)[wild], _READY)


def _pool(letter: str) -> tuple[Any, Any]:
    """Return mild values of a type, and values with the type's edges among them."""
    rng = numpy.random.default_rng(ord(letter))
    n, dtype = _PERIOD, numpy.dtype(letter)
    if dtype.kind == "b":
        mild = wild = rng.integers(0, 2, n).astype(bool)
    elif dtype.kind in "iu":
        info = numpy.iinfo(dtype)
        mild = rng.integers(-9 if dtype.kind == "i" else 0, 20, n).astype(dtype)
        wild = numpy.frombuffer(rng.bytes(n * dtype.itemsize), dtype).copy()
        edges = [0, 1, info.min, info.max, info.max - 1, info.max // 2, 7]
        wild[::3] = numpy.resize(numpy.array(edges, dtype), wild[::3].shape)
    elif dtype.kind == "f":
        info = numpy.finfo(dtype)
        mild = (rng.normal(size=n) * 4).round(2).astype(dtype)
        wild = (rng.normal(size=n) * numpy.exp(rng.normal(size=n) * 3)).astype(dtype)
        edges = [0, -0.0, numpy.inf, -numpy.inf, numpy.nan, info.max, -info.max, info.tiny]
        edges += [info.smallest_subnormal, -info.smallest_subnormal, info.eps, 1, -1, 0.5, 2, 1.5]
        wild[::3] = numpy.resize(numpy.array(edges, dtype), wild[::3].shape)
    else:
        part = _pool("f" if letter == "F" else "d")
        mild, wild = (p.astype(letter) + 0 for p in part)
        for whole, p in zip((mild, wild), part, strict=True):
            whole.imag = numpy.roll(p, 5)
    return mild, wild
