"""Arguments of random functions: numbers with the edges of their types, and arrays that lie in many
ways, the same for the same seed."""

from __future__ import annotations

import random
from typing import Any

import numpy

from .kinds import Array, Kind, sort

INTS = [0, 1, -1, 2, 3, -3, 5, 7, 10, 63, 64, 100, -128, 2**31, 2**53 + 1, 2**62, -(2**63)]
FLOATS = [0.0, -0.0, 1.0, -1.5, 0.5, 2.0, 3.25, -7.75, 100.0, 1e10, float("inf"), float("nan")]
FORMS = ["c", "c", "c", "step", "back", "fortran", "turned"]


def argument(rng: random.Random, kind: Kind, form: str) -> Any:
    """A value of a kind; an array's form says how it lies in the memory of its base."""
    if isinstance(kind, tuple):
        return tuple(argument(rng, item, form) for item in kind)
    if isinstance(kind, Array):
        return array(rng, kind, form)
    return number(rng, kind)


def number(rng: random.Random, kind: str) -> Any:
    """A number, mostly a mild one."""
    mild = rng.random() < 0.7
    if kind == "int":
        return rng.randint(-5, 12) if mild else rng.choice(INTS)
    if kind in ("bool", "?"):
        value = rng.random() < 0.5
        return value if kind == "bool" else numpy.bool_(value)
    if kind == "float":
        return real(rng, mild)
    if kind == "complex":
        return complex(real(rng, True), real(rng, True))
    dtype = numpy.dtype(kind)
    if sort(kind) in "iu":
        info = numpy.iinfo(dtype)
        least = -5 if sort(kind) == "i" else 0
        edges = [info.min, info.max, info.max - 1, 0, 1, 7]
        return dtype.type(rng.randint(least, 12) if mild else rng.choice(edges))
    with numpy.errstate(all="ignore"):
        value = real(rng, mild)
        return dtype.type(complex(value, real(rng, True)) if sort(kind) == "c" else value)


def real(rng: random.Random, mild: bool) -> float:
    """A float."""
    return round(rng.uniform(-8, 8), rng.choice([0, 1, 2, 9])) if mild else rng.choice(FLOATS)


def array(rng: random.Random, kind: Array, form: str) -> Any:
    """An array of few elements."""
    shape = [rng.choice([0, 1, 2, 3, 3, 4, 4, 5]) for _ in range(kind.ndim)]
    wide = [2 * n if form == "step" else n for n in shape]
    size = int(numpy.prod(wide))
    base = numpy.array([number(rng, kind.letter) for _ in range(size)], kind.letter)
    if form == "fortran":
        return base.reshape(wide, order="F")
    base = base.reshape(wide)
    if form == "turned":
        return base.T
    steps = {"step": 2, "back": -1}
    return base[(slice(None, None, steps.get(form, 1)),) * kind.ndim]
