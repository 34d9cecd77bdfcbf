"""Static types of random functions: what an expression is, and what two ways make of a variable.

A kind is a name of Python's numbers (`int float bool complex`), a letter of NumPy's, an `Array`, or
a tuple of kinds. The rule of joins is written here a second time, so that the compiler's is tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy

PYTHONS = ("int", "float", "bool", "complex")
LETTERS = "?bBhHiIlLefdFD"
SAMPLES: dict[str, Any] = {"int": 1, "float": 1.5, "bool": True, "complex": 1.5 + 1j}
SAMPLES |= {letter: numpy.dtype(letter).type(1) for letter in LETTERS}


@dataclass(frozen=True)
class Array:
    """An array of a type of elements and a number of axes."""

    letter: str
    ndim: int


Kind = str | Array | tuple


def is_number(kind: Kind) -> bool:
    """Whether it is a number."""
    return isinstance(kind, str)


def is_int(kind: Kind) -> bool:
    """Whether it is an int of Python's."""
    return kind == "int"


def sort(kind: str) -> str:
    """The kind of a number's type, one of `biufc`."""
    return numpy.dtype(kind).kind if kind in LETTERS else {"int": "i"}.get(kind, kind[0])


def of(value: Any) -> Kind | None:
    """The kind of an object."""
    if isinstance(value, tuple):
        return tuple(of(item) for item in value)
    if isinstance(value, numpy.generic):
        return value.dtype.char if value.dtype.char in LETTERS else None
    name = type(value).__name__
    return name if name in PYTHONS else None


@cache
def result(text: str, *kinds: str) -> Kind | None:
    """The kind of an expression over numbers `a`, `b`, ...; None where there is none."""
    import math

    space = {"np": numpy, "math": math}
    space |= {name: SAMPLES[kind] for name, kind in zip("abcd", kinds, strict=False)}
    try:
        with numpy.errstate(all="ignore"):
            return of(eval(text, space))
    except (TypeError, ValueError, OverflowError, AttributeError):
        return None


def join(a: Kind, b: Kind) -> Kind | None:
    """The kind of a variable that is `a` on one way and `b` on another."""
    if a == b:
        return a
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        items = tuple(join(x, y) for x, y in zip(a, b, strict=True))
        return None if None in items else items
    if not (is_number(a) and is_number(b)):
        return None
    if a in PYTHONS and b in PYTHONS:
        return max(a, b, key=["bool", "int", "float", "complex"].index)
    both = {a, b}
    if "int" in both and "L" in both:
        return "L"
    types = {"int": "l", "float": "d", "bool": "?", "complex": "D"}
    return numpy.promote_types(types.get(a, a), types.get(b, b)).char


def as_kind(value: Any, kind: Kind) -> Any:
    """A value as one of a kind that it has been joined to."""
    if isinstance(kind, tuple):
        return tuple(as_kind(item, own) for item, own in zip(value, kind, strict=True))
    if not is_number(kind) or of(value) == kind:
        return value
    if kind in PYTHONS:
        return {"int": int, "float": float, "complex": complex}[kind](value)
    if type(value) is int and kind == "L":
        value %= 2**64
    return numpy.array(value).astype(kind)[()]
