"""The shortest program that still fails, as a script."""

from __future__ import annotations

from dataclasses import replace

from .oracle import Failure, check

TRIES = 300
SCRIPT = """\
# program {seed}, line {at}: {kind}: {text}
import sys; sys.path.insert(0, "tests/python")
import warnings; warnings.simplefilter({filter!r})
import numpy, stook
from fuzzing.values import data, places
stook._stook.run_at_once({threshold})
for np in (numpy, stook):
{lines}
    print(repr({target}))"""


def shrink(failure: Failure) -> Failure:
    """The same failure with as few lines as can be found."""
    k, tries = len(failure.program.lines) - 1, TRIES
    while k >= 0 and tries:
        tries -= 1
        lines = [line for j, line in enumerate(failure.program.lines) if j != k]
        found = check(replace(failure.program, lines=lines)) if lines else None
        if found is not None and found.kind == failure.kind:
            failure = found
            k = min(k, len(failure.program.lines))
        k -= 1
    return failure


def script(failure: Failure) -> str:
    """A program for Python that shows both results."""
    made = failure.program
    target = made.lines[min(failure.at, len(made.lines) - 1)].target
    return SCRIPT.format(
        seed=made.seed,
        at=failure.at,
        kind=failure.kind,
        text=failure.text,
        filter="always" if made.watched else "ignore",
        threshold="stook._stook.AT_ONCE" if made.at_once else 0,
        lines="\n".join(f"    {line.text}" for line in made.lines),
        target=target or "None",
    )
