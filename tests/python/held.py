"""Holds expressions to NumPy in value, type, shape and memory order, within stook."""

from __future__ import annotations

from typing import Any

import numpy
import stook
from compare import check_told
from stook import _fallback


def order(value: Any) -> Any:
    """Return how arrays lie in memory: in C order, in Fortran order, or neither."""
    if isinstance(value, tuple | list):
        return [order(item) for item in value]
    if type(value) not in (stook.ndarray, numpy.ndarray):
        return None
    return value.flags.c_contiguous, value.flags.f_contiguous


def within(expression: str, names: Any, rtol: float = 0, ordered: bool = True) -> None:
    """Fail unless `expression` gives the same with NumPy and with stook, without a fallback.

    `names` makes, from a module, the arrays that the expression names.
    """

    def program(np: Any) -> Any:
        value = eval(expression, {"np": np, **names(np)})
        return (value, order(value)) if ordered else value

    before = _fallback.calls.copy()
    check_told(program, rtol)
    counted = _fallback.calls - before
    assert not counted, f"ran in NumPy: {dict(counted)}"
