"""What `bisect` does with what is sorted, for compiled code."""

from __future__ import annotations

import bisect
from typing import Any

from stook._jit import compiled

__all__ = ["FUNCTIONS"]


def bisect_left(a: Any, x: Any, lo: int = 0, hi: Any = None, *, key: Any = None) -> int:
    """Return the first place at which an item could be put in."""
    if lo < 0:
        raise ValueError("lo must be non-negative")
    end = len(a) if hi is None or hi == -1 else hi
    while lo < end:
        middle = (lo + end) // 2
        if (a[middle] if key is None else key(a[middle])) < x:
            lo = middle + 1
        else:
            end = middle
    return lo


def bisect_right(a: Any, x: Any, lo: int = 0, hi: Any = None, *, key: Any = None) -> int:
    """Return the last place at which an item could be put in."""
    if lo < 0:
        raise ValueError("lo must be non-negative")
    end = len(a) if hi is None or hi == -1 else hi
    while lo < end:
        middle = (lo + end) // 2
        if x < (a[middle] if key is None else key(a[middle])):
            end = middle
        else:
            lo = middle + 1
    return lo


def insort_left(a: Any, x: Any, lo: int = 0, hi: Any = None, *, key: Any = None) -> None:
    """Put an item in before those that equal it."""
    a.insert(bisect_left(a, x if key is None else key(x), lo, hi, key=key), x)


def insort_right(a: Any, x: Any, lo: int = 0, hi: Any = None, *, key: Any = None) -> None:
    """Put an item in behind those that equal it."""
    a.insert(bisect_right(a, x if key is None else key(x), lo, hi, key=key), x)


FUNCTIONS = {
    getattr(bisect, function.__name__): compiled(function, [])
    for function in (bisect_left, bisect_right, insort_left, insort_right)
}
"""What stands for each of `bisect`'s functions; `bisect` and `insort` are second names."""
