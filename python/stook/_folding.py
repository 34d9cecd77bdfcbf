"""Functions of `functools`, `itertools` and `operator`, as compiled code takes them."""

from __future__ import annotations

import functools
import itertools
import operator
from typing import Any

from stook._jit import compiled

__all__ = ["FUNCTIONS"]


def reduce(function: Any, iterable: Any, *initial: Any) -> Any:
    """Return what a function makes of what it made before and the next item."""
    items = list(iterable)
    if len(initial) == 1:
        made = initial[0]
        for item in items:
            made = function(made, item)
        return made
    if len(items) == 0:
        raise TypeError("reduce() of empty iterable with no initial value")
    made = items[0]
    for k in range(1, len(items)):
        made = function(made, items[k])
    return made


def accumulate(iterable: Any, func: Any = None, *, initial: Any = None) -> Any:
    """Return a list of all that a function makes on the way, which is a sum without one."""
    items = list(iterable)
    made: list[Any] = []
    if initial is None:
        if len(items) == 0:
            return made
        last = items[0]
        first = 1
    else:
        last = initial
        first = 0
    made.append(last)
    for k in range(first, len(items)):
        last = last + items[k] if func is None else func(last, items[k])
        made.append(last)
    return made


_OPERATORS: dict[Any, Any] = {
    operator.add: lambda a, b: a + b,
    operator.sub: lambda a, b: a - b,
    operator.mul: lambda a, b: a * b,
    operator.truediv: lambda a, b: a / b,
    operator.floordiv: lambda a, b: a // b,
    operator.mod: lambda a, b: a % b,
    operator.pow: lambda a, b: a**b,
    operator.matmul: lambda a, b: a @ b,
    operator.and_: lambda a, b: a & b,
    operator.or_: lambda a, b: a | b,
    operator.xor: lambda a, b: a ^ b,
    operator.lshift: lambda a, b: a << b,
    operator.rshift: lambda a, b: a >> b,
    operator.eq: lambda a, b: a == b,
    operator.ne: lambda a, b: a != b,
    operator.lt: lambda a, b: a < b,
    operator.le: lambda a, b: a <= b,
    operator.gt: lambda a, b: a > b,
    operator.ge: lambda a, b: a >= b,
    operator.neg: lambda a: -a,
    operator.pos: lambda a: +a,
    operator.invert: lambda a: ~a,
    operator.not_: lambda a: not a,
    operator.truth: lambda a: bool(a),
    operator.abs: lambda a: abs(a),
    operator.getitem: lambda a, b: a[b],
    operator.contains: lambda a, b: b in a,
}

_WRITTEN: dict[Any, Any] = {
    functools.reduce: reduce,
    itertools.accumulate: accumulate,
    **_OPERATORS,
}

FUNCTIONS = {found: compiled(function, []) for found, function in _WRITTEN.items()}
"""What stands for each of these functions."""
