"""What a random program is: lines of text over `np`, `data`, `places` and variables v1, v2
... (arrays of NumPy's that share memory with ours: s1, s2 ...)

Plain data, which the writer makes and the oracle reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any


@dataclass
class Line:
    """One statement: its text, what it writes, and how exactly that is compared."""

    text: str
    target: str = ""
    """An expression for what the line writes."""
    near: str = ""
    """A call of a function in `bounds` that says how far NumPy and stook may lie apart, over the
    variables as they were before the line; "" where both have the same bits."""
    warns: bool = True
    """Warnings are compared: not where NumPy's are those of its C library."""


@dataclass
class Program:
    """Lines, and the settings under which they run."""

    seed: int
    lines: list[Line] = field(default_factory=list)
    at_once: bool = True
    """Small calls run within the call; else every call is recorded."""
    watched: bool = False
    """Floating-point conditions warn, and warnings are compared; else they are ignored."""


@lru_cache(1024)
def compiled(text: str, mode: str = "exec") -> Any:
    """A line as code; an expression in the mode "eval"."""
    return compile(text, "<program>", mode)
