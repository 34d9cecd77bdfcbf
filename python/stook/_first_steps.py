"""Gives functions of other packages a first step: their arguments pass through ours.

What enters is a Python function, a set of types and a function `take`; what leaves is the same
function object, whose code now begins with

    if type(a) in types or type(b) in types: a, b = take(a, b)

All else stays, but that a debugger meets the step on the function's first line: identity, name,
signature, pickling, docs and other names of the function stay, no frame is between it and its
caller, and no reference is held. So code that counts references, looks up the stack or tells of a
line of the caller's finds what it did. A wrapper would be plainer and breaks all of these. No
instruction is written here: a template that the interpreter's own compiler made is copied behind
the one that starts the function.
"""

from __future__ import annotations

import dis
import functools
import inspect
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

__all__ = ["pass_through"]

_IS_KNOWN = sys.implementation.name == "cpython" and sys.version_info < (3, 15)
"""Whether code has a format that this file was tried on; else functions stay as they are."""
_LOAD_CONST = dis.opmap["LOAD_CONST"]
_RESUME = dis.opmap["RESUME"]
_GENERATORS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_UNIT = 2
"""Bytes of one unit of code; tables count in units."""
_NARROW = 256
"""How many constants one unit can tell apart; a function with more is left as it is."""


def pass_through(
    function: types.FunctionType, watched: frozenset[type], take: Callable[..., Any]
) -> None:
    """Let the arguments of `function` pass through `take` where one is of a type in `watched`.

    The object or class of a method is none of them.
    """
    code = function.__code__
    if _IS_KNOWN and not code.co_flags & _GENERATORS and take not in code.co_consts:
        function.__code__ = _with_first_step(code, watched, take)


def _with_first_step(
    code: types.CodeType, watched: frozenset[type], take: Callable[..., Any]
) -> types.CodeType:
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    begin = int(code.co_varnames[:1] in (("self",), ("cls",)))
    if count <= begin or len(code.co_consts) + 3 > _NARROW:
        return code
    captured = tuple(k for k in range(count) if code.co_varnames[k] in code.co_cellvars)
    step, constants, stack = _template(begin, count, captured)
    filled = bytearray(step)
    for at, number in constants:
        filled[at + 1] = len(code.co_consts) + number
    at, units = _start(code.co_code), len(step) // _UNIT
    return code.replace(
        co_code=code.co_code[:at] + bytes(filled) + code.co_code[at:],
        co_consts=(*code.co_consts, type, watched, take),
        co_stacksize=max(code.co_stacksize, stack),
        co_linetable=_at_first_line(units) + code.co_linetable,
        co_exceptiontable=_shifted(code.co_exceptiontable, units),
    )


def _start(code: bytes) -> int:
    """Return where a function's own work begins: behind its first RESUME."""
    for at in range(0, len(code), _UNIT):
        if code[at] == _RESUME:
            return at + _UNIT
    raise ValueError("a function without a start")


@functools.cache
def _template(
    begin: int, count: int, captured: tuple[int, ...]
) -> tuple[bytes, tuple[tuple[int, int], ...], int]:
    """Return the code of a first step for `count` arguments, and the stack that it needs.

    Functions within the function see some arguments (`captured`); a method's object, the first, is
    not looked at (`begin`). With the code come the places of its constants, each with its number:
    0 for `type`, 1 for the set, 2 for `take`.
    """
    names = [f"a{k}" for k in range(count)]
    test = " or ".join(f"'0'({name}) in '1'" for name in names[begin:])
    every = ", ".join(names[begin:])
    source = (
        f"def f({', '.join(names)}):\n"
        f" if {test}: {every}, = '2'({every})\n"
        f" return lambda: ({''.join(f'a{k}, ' for k in captured)})"
    )
    scope: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # texts stand where functions will
        exec(source, scope)
    made = scope["f"].__code__
    own = [unit for unit, place in enumerate(made.co_positions()) if place[0] == 2]
    step = made.co_code[own[0] * _UNIT : (own[-1] + 1) * _UNIT]
    constants = tuple(
        (at, int(made.co_consts[step[at + 1]]))
        for at in range(0, len(step), _UNIT)
        if step[at] == _LOAD_CONST
    )
    return step, constants, made.co_stacksize


def _at_first_line(units: int) -> bytes:
    """Return entries of a table of lines for so many units on the function's first line.

    In the format of 3.11 and later an entry has no columns (13), a length of up to eight units, and
    how many lines follow (0). They stand before those of the units that start the function, which
    are of the same line and hold for the end of the first step; every unit behind has what it had.
    """
    full, rest = divmod(units, 8)
    lengths = [8] * full + [rest] * bool(rest)
    return b"".join(bytes((0x80 | 13 << 3 | length - 1, 0)) for length in lengths)


def _shifted(table: bytes, units: int) -> bytes:
    """Return a table of exceptions for code that has moved by some units.

    Its entries are four numbers: start, length and handler, and the depth of the stack.
    """
    numbers = _numbers(table)
    moved = [number + units if k % 4 in (0, 2) else number for k, number in enumerate(numbers)]
    return b"".join(_written(number, first=k % 4 == 0) for k, number in enumerate(moved))


def _numbers(table: bytes) -> list[int]:
    """Return numbers of six bits a byte, the highest first; 64 says that more follow."""
    numbers, value = [], 0
    for byte in table:
        value = value << 6 | byte & 63
        if not byte & 64:
            numbers.append(value)
            value = 0
    return numbers


def _written(number: int, first: bool) -> bytes:
    """Return what `_numbers` reads; 128 marks the first byte of an entry."""
    parts = [number & 63]
    while number > 63:
        number >>= 6
        parts.append(number & 63 | 64)
    parts[-1] |= 128 * first
    return bytes(reversed(parts))
