"""What compiled code does with `bytes`, written once: their bytes are arrays of uint8 here, which
nobody changes. The compiler calls these by name.
"""

from __future__ import annotations

from typing import Any

import numpy

from stook._jit import jit

__all__ = [
    "bytes_joined",
    "bytes_order",
    "bytes_part",
    "bytes_place",
    "has_byte",
    "store_trimmed",
    "trimmed",
]


@jit
def bytes_order(a: Any, b: Any) -> int:
    """Return a number below, at or above 0: which of two comes first."""
    for k in range(min(len(a), len(b))):
        if a[k] != b[k]:
            return -1 if a[k] < b[k] else 1
    return len(a) - len(b)


@jit
def bytes_place(a: Any, b: Any) -> int:
    """Return where one begins in another first, or -1."""
    for k in range(len(a) - len(b) + 1):
        n = 0
        while n < len(b) and a[k + n] == b[n]:
            n += 1
        if n == len(b):
            return k
    return -1


@jit
def has_byte(a: Any, n: int) -> bool:
    """Return whether a number is among them."""
    if n < 0 or n > 255:
        raise ValueError("byte must be in range(0, 256)")
    return any(byte == n for byte in a)


@jit
def trimmed(a: Any) -> int:
    """Return how many there are without the zeros at the end."""
    count = len(a)
    while count > 0 and a[count - 1] == 0:
        count -= 1
    return count


@jit
def store_trimmed(a: Any, b: Any) -> None:
    """Make the first the second, as far as there is room, with zeros behind it."""
    for k in range(len(a)):
        a[k] = b[k] if k < len(b) else 0


@jit
def bytes_joined(a: Any, b: Any) -> Any:
    """Return one after another."""
    made = numpy.empty(len(a) + len(b), dtype=numpy.uint8)
    made[: len(a)] = a
    made[len(a) :] = b
    return made


@jit
def bytes_part(a: Any, start: int, count: int, step: int) -> Any:
    """Return so many of them from one on, by steps."""
    made = numpy.empty(count, dtype=numpy.uint8)
    for k in range(count):
        made[k] = a[start + k * step]
    return made
