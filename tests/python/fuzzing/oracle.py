"""Random programs held to NumPy, and to stook itself.

Each program runs three times. Under NumPy and under stook line by line, every array looked at after
every line: equal bits, or within the bound that the line names (then NumPy's array takes stook's
values, so that no difference is carried on); the same exception; the same warnings. Then under
stook as it stands, with calls pending until the program looks: bit for bit what the second run had.
"""

from __future__ import annotations

import contextlib
import random
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy
import stook
from stook import _stook

from . import bounds
from .program import Line, Program, compiled
from .values import names

BOUNDS = {name: value for name, value in vars(bounds).items() if callable(value)}
REDUCING = ("encountered in reduce", "encountered in accumulate", "encountered in reduceat")


@dataclass
class Failure:
    """The program, the line after which it went wrong, and how."""

    program: Program
    at: int
    kind: str
    text: str


# -- comparing ----------------------------------------------------------------------------------


def seen(value: Any) -> Any:
    """An array of ours as NumPy's, over the same memory; anything else as it is."""
    return _stook.look(value) if type(value) is stook.ndarray else value


def form(value: Any) -> tuple[Any, ...]:
    """What must be equal but for values: class, type, shape, steps between elements."""
    if isinstance(value, numpy.generic):
        return (type(value).__name__, value.dtype.char)
    if not isinstance(value, numpy.ndarray):
        return (type(value).__name__, repr(value))
    lengths = zip(value.strides, value.shape, strict=True)
    steps = tuple(step for step, n in lengths if n > 1 and value.size)
    return ("array", value.dtype.char, value.shape, steps)


def same_form(a: Any, b: Any) -> bool:
    """Whether two values have the same form; in short where they are arrays."""
    if type(a) is numpy.ndarray is type(b) and a.strides == b.strides:
        return a.shape == b.shape and a.dtype.char == b.dtype.char
    return form(a) == form(b)


def contents(value: Any) -> bytes:
    """The bits of values; every NaN has the same."""
    if not isinstance(value, numpy.generic | numpy.ndarray):
        return b""
    if value.dtype.kind in "fc":
        parts = numpy.array(value, order="C").reshape(-1).view(value.real.dtype)
        parts[parts != parts] = numpy.nan
        return parts.tobytes()
    return value.tobytes()


def same_bits(a: Any, b: Any) -> bool:
    """Whether values have the same bits, their form being the same."""
    if not isinstance(a, numpy.generic | numpy.ndarray):
        return True
    return a.tobytes() == b.tobytes() or (a.dtype.kind in "fc" and contents(a) == contents(b))


def difference(theirs: Any, ours: Any, allowed: Any = None) -> tuple[str, str]:
    """Kind and words for how two values differ; two empty strings if they may."""
    theirs, ours = seen(theirs), seen(ours)
    if not same_form(theirs, ours):
        return "type", f"{form(theirs)} in NumPy, {form(ours)} in stook"
    if same_bits(theirs, ours):
        return "", ""
    x, y = numpy.asarray(theirs), numpy.asarray(ours)
    right = (x == y) | ((x != x) & (y != y)) if allowed is None else allowed.right(x, y)
    if numpy.all(right):
        return ("", "") if allowed else ("values", "signs of zero, or parts that are NaN")
    place = tuple(int(k) for k in numpy.argwhere(~numpy.broadcast_to(right, x.shape))[0])
    many = f"{int((~numpy.asarray(right)).sum())} of {x.size} differ"
    return "values", f"{many}; at {place} {x[place]} in NumPy, {y[place]} in stook"


# -- running ------------------------------------------------------------------------------------


def run(line: Line, space: dict[str, Any]) -> str:
    """Executes a line; the exception it raises, or nothing."""
    try:
        exec(compiled(line.text), space)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def variables(space: dict[str, Any]) -> dict[str, Any]:
    """What a program has named."""
    return {k: value for k, value in space.items() if k[:1] in "vs" and k[1:].isdigit()}


@contextlib.contextmanager
def settings(program: Program) -> Iterator[list[Any]]:
    """Runs a program as it says; the warnings so far."""
    _stook.run_at_once(_stook.AT_ONCE if program.at_once else 0)
    conditions = "warn" if program.watched else "ignore"
    with (
        warnings.catch_warnings(record=True) as caught,
        numpy.errstate(all=conditions, under="ignore"),
    ):
        warnings.simplefilter("always" if program.watched else "ignore")
        yield caught
    _stook.run_at_once(_stook.AT_ONCE)


def check(program: Program) -> Failure | None:
    """Runs a program; what is wrong with it, if anything."""
    theirs, ours = names(numpy), names(stook)
    with settings(program) as caught:
        for k, line in enumerate(program.lines):
            kind, text = step(line, theirs, ours, caught)
            if kind:
                return Failure(program, k, kind, text)
    return pending(program, variables(ours))


def step(
    line: Line, theirs: dict[str, Any], ours: dict[str, Any], caught: list[Any]
) -> tuple[str, str]:
    """Runs a line on both sides; kind and text of a difference, or two empty strings."""
    before = _before(line, theirs)
    raised = run(line, theirs)
    warned = _messages(caught)
    found = run(line, ours)
    _stook.sync()  # warnings come when what is pending has run
    if raised.split(":")[0] != found.split(":")[0]:
        return "exception", f"{raised or 'none'} in NumPy, {found or 'none'} in stook"
    if line.target and not raised:
        kind, text = _target(line, before, theirs, ours)
        if kind:
            return kind, text
    for name, value in variables(theirs).items():
        kind, text = difference(value, ours[name])
        if kind:
            return f"other {kind}", f"{name}: {text}"
    known = _messages(caught)
    # A call that raises drops what was computed for it, which stook then does not compute.
    if not line.warns or raised or _agree(warned, known):
        return "", ""
    if not _dropped(line, theirs) and not _bound(line, before).unwarned:
        return "warnings", f"{sorted(warned)} in NumPy, {sorted(known)} in stook"
    return "", ""


def _dropped(line: Line, space: dict[str, Any]) -> bool:
    """Whether the line ends in no elements: what was computed on the way is dropped, and what is
    dropped is not computed by stook."""
    return bool(line.target) and numpy.size(eval(line.target, space)) == 0


def _before(line: Line, space: dict[str, Any]) -> dict[str, Any]:
    """What the line's bound sees: the variables as they are before a line that may write them."""
    if not line.near:
        return {}
    if line.text.startswith(f"{line.target} = "):
        return dict(space)
    return {k: v.copy("K") if isinstance(v, numpy.ndarray) else v for k, v in space.items()}


def _bound(line: Line, before: dict[str, Any]) -> Any:
    """The bound that a line names; one without room where it names none."""
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return eval(line.near, {**before, **BOUNDS}) if line.near else bounds.Bound(None)


def _target(
    line: Line, before: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any]
) -> tuple[str, str]:
    """Compares what a line wrote, and takes stook's values into NumPy's where they may differ."""
    target = compiled(line.target, "eval")
    a, b = seen(eval(target, theirs)), seen(eval(target, ours))
    if same_form(a, b) and same_bits(a, b):
        return "", ""
    allowed = _bound(line, before) if line.near else None
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        kind, text = difference(a, b, allowed)
        if kind:
            return kind, text
        if isinstance(a, numpy.ndarray):
            a[...] = b
        else:
            theirs[line.target] = ours[line.target]
    return "", ""


def _messages(caught: list[Any]) -> set[str]:
    """The warnings since the last time, but those of reductions, which stook has not."""
    found = {f"{w.category.__name__}: {w.message}" for w in caught}
    caught.clear()
    return {text for text in found if not text.endswith(REDUCING)}


def _agree(theirs: set[str], ours: set[str]) -> bool:
    """Whether warnings are the same; a cast within a call goes by either name in NumPy."""
    if any(text.endswith("in cast") for text in theirs | ours):
        theirs, ours = ({text.split(" in ")[0] for text in side} for side in (theirs, ours))
    return theirs == ours


def pending(program: Program, stepwise: dict[str, Any]) -> Failure | None:
    """Runs a program without looking, and compares the end with the run that looked."""
    lazy, _ = leave(program)
    last = len(program.lines) - 1
    for name, value in lazy.items():
        kind, _ = difference(stepwise[name], value) if name in stepwise else ("", "")
        if kind:
            return Failure(program, last, "pending", f"{name} differs from the run line by line")
    return None


def leave(program: Program) -> tuple[dict[str, Any], list[str]]:
    """Variables and exceptions of a run under stook, nothing looked at but by the program."""
    space = names(stook)
    with settings(program):
        raised = [run(line, space) for line in program.lines]
        made = list(variables(space).items())
        random.Random(program.seed).shuffle(made)
        return {name: seen(value) for name, value in made}, raised


def fingerprint(program: Program) -> int:
    """A number that tells results apart, for comparing settings of stook's."""
    made, raised = leave(program)
    parts = [(name, form(value), contents(value)) for name, value in made.items()]
    return zlib.crc32(repr((parts, [text.split(":")[0] for text in raised])).encode())
