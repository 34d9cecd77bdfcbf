"""Every ufunc and reduction on every type, as digests that tell results apart."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator
from typing import Any

import numpy
import stook
from fuzzing.oracle import contents, form, seen
from stook import _stook

TYPES = "?bBhHiIqQefdFD"
LENGTH = 1037
"""Elements of an array: no multiple of any vector's length."""
SHAPES = [(LENGTH,), (17, 61), (300, 129), (40, 3, 7)]
REDUCTIONS = """
    sum prod min max any all argmin argmax mean var cumsum cumprod count_nonzero
""".split()  # noqa: SIM905


def values(letter: str, shape: tuple[int, ...], seed: int) -> Any:
    """Return an array of ours: half of it any bits, half moderate numbers."""
    generator = numpy.random.default_rng(seed)
    dtype, n = numpy.dtype(letter), int(numpy.prod(shape))
    if letter == "?":
        return stook.asarray(generator.random(shape) < 0.5)
    wild = numpy.frombuffer(generator.bytes(n * dtype.itemsize), dtype)
    mild = (generator.normal(size=n) * 9).astype(dtype)
    return stook.asarray(numpy.where(generator.random(n) < 0.5, wild, mild).reshape(shape))


def digest(call: Any, *arrays: Any) -> int:
    """Return a number for what a call gives, or raises."""
    try:
        made = call(*arrays)
    except (TypeError, ValueError, OverflowError) as error:
        return zlib.crc32(type(error).__name__.encode())
    made = made if isinstance(made, tuple) else (made,)
    parts = [seen(part) for part in made]
    return zlib.crc32(repr([(form(part), contents(part)) for part in parts]).encode())


def calls() -> Iterator[tuple[str, int]]:
    """Yield the name and the digest of each call."""
    _stook.run_at_once(0)
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, function in stook.ufuncs.items():
            for letter in TYPES:
                arrays = [values(letter, (LENGTH,), seed) for seed in range(function.nin)]
                yield f"{name} {letter}", digest(function, *arrays)
        for name in REDUCTIONS:
            for letter in TYPES:
                for shape in SHAPES:
                    array = values(letter, shape, 0)
                    for axis in range(len(shape)):
                        call = getattr(stook, name)
                        label = f"{name} {letter} {shape} {axis}"
                        yield label, digest(lambda a, call=call, k=axis: call(a, axis=k), array)
