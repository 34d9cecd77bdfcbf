"""The kinds of lines, one family a file: functions from a writer to a line, and how often each."""

from __future__ import annotations

import warnings

import numpy

from ..program import Line, Program, compiled
from ..values import LARGEST
from ..writer import Writer
from . import calls, folds, functions, joins, making, products, reads, statements, writes

LINES = {}
for family in (making, calls, writes, folds, reads, joins, functions, products, statements):
    LINES |= family.LINES
KINDS, WEIGHTS = list(LINES), list(LINES.values())
HALFWAY = "Integers to negative integer powers"
"""What NumPy raises when it has written a part of its output."""
KEPT = 0.15
"""How many of the lines that raise an exception stay in a program."""


def program(seed: int) -> Program:
    """Return the program of this number."""
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return written(Writer(seed))


def written(w: Writer) -> Program:
    """Return the program that a writer chooses, after trying each line in NumPy."""
    for _ in range(w.random.randint(1, 3)):
        _add(w, making.create(w))
    length = w.random.randint(3, 14)
    while len(w.program.lines) < length:
        (kind,) = w.random.choices(KINDS, WEIGHTS)
        try:
            line = kind(w) if w.arrays() else making.create(w)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue  # an expression that raises where a value is needed to go on
        if line is not None:
            _add(w, line)
    return w.program


def _add(w: Writer, line: Line) -> None:
    line.warns = line.warns and _kept(w, line.target)
    known = set(w.space)
    try:
        exec(compiled(line.text), w.space)
    except (MemoryError, SyntaxError):
        return
    except Exception as error:
        if not w.chance(KEPT) or str(error).startswith(HALFWAY):
            for name in w.space.keys() - known:  # made before the line raised
                del w.space[name]
            return
    made = w.space.get(line.target)
    if isinstance(made, numpy.ndarray) and made.size > LARGEST:
        line = Line(f"del {line.target}")
        exec(line.text, w.space)
        return
    w.program.lines.append(line)


def _kept(w: Writer, target: str) -> bool:
    """Whether what is written lasts: what goes into a copy that nobody keeps is not computed in
    stook, and does not warn."""
    if not target or target.isidentifier():
        return True
    written = w.value(target)
    return any(numpy.may_share_memory(written, w.value(name)) for name in w.arrays())
