"""The first difference of a run from NumPy.

A trace enters: a run's operations, and its memory before and after. Two things are held to it. Each
operation, run alone on the memory that the ones before it left, gives what NumPy gives, as near as
`_reference` demands; the next one starts from ours, so that rounding does not add up. And the run
left, bit for bit, what its operations leave one at a time. Where it did not, it is run again in
ever longer parts until one goes wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from stook._reference import Answer, Memory, Operation, Place, answers, same
from stook._verify import VerifyError

__all__ = ["difference"]


def difference(trace: Any) -> VerifyError | None:
    """Return the first difference of a run from NumPy, if there is one."""
    memory = Memory(trace.before())
    written = []
    for operation, expected in _steps(trace, memory):
        for answer in expected:
            got = memory.array(answer.place)
            unequal = answer.unequal(got)
            if unequal.any():
                return _error(operation, unequal, answer.values, got)
            written.append((operation, answer.place))
    after = Memory(trace.after())
    if _agree(memory, after, [place for _, place in written]):
        return None
    return _first_bundled(trace) or _first_left(memory, after, written)


def _steps(trace: Any, memory: Memory) -> Iterator[tuple[Operation, list[Answer]]]:
    """Run operations one at a time on `memory`; yield each with NumPy's answers for it."""
    for number, entry in enumerate(trace.operations):
        operation = Operation.of(entry)
        expected = answers(operation, memory)
        trace.step(number, memory.parts)
        yield operation, expected


def _agree(memory: Memory, after: Memory, written: list[Place]) -> bool:
    """Return whether storages that live on hold what `memory` holds, the bits of NaN aside."""
    known = [k for k, part in enumerate(after.parts) if part is not None]
    if all(numpy.array_equal(after.parts[k], memory.parts[k]) for k in known):
        return True
    for place in written:
        if place.storage in known:
            here, there = memory.array(place), after.array(place)
            if not same(here, there).all():
                return False
            here[...] = there
    return all(numpy.array_equal(after.parts[k], memory.parts[k]) for k in known)


def _first_bundled(trace: Any) -> VerifyError | None:
    """Return the first operation that differs when it is bundled with those before it."""
    memory = Memory(trace.before())
    for number, (operation, expected) in enumerate(_steps(trace, memory)):
        together = Memory(trace.bundled(number + 1))
        for answer in expected:
            got = together.array(answer.place)
            unequal = ~same(memory.array(answer.place), got)
            if unequal.any():
                return _error(operation, unequal, answer.values, got, bundled=number)
    return None


def _first_left(
    memory: Memory, after: Memory, written: list[tuple[Operation, Place]]
) -> VerifyError:
    """Return the first operation whose result the whole run left otherwise.

    Where all are right, the run wrote what no operation does: the last one is named, with bytes.
    """
    last = written[-1][0]
    sizes = [0 if part is None else part.size for part in after.parts]
    strays = [(last, Place(k, 0, (size,), (1,), "B")) for k, size in enumerate(sizes)]
    for operation, place in written + strays:
        if sizes[place.storage]:
            want, got = memory.array(place), after.array(place)
            unequal = ~same(want, got)
            if unequal.any():
                return _error(operation, unequal, want, got, bundled=len(written) - 1)
    raise AssertionError("some storage is unlike")


def _error(
    operation: Operation, unequal: Any, expected: Any, got: Any, bundled: int = 0
) -> VerifyError:
    """Return the error for the first element that differs."""
    index = tuple(int(k) for k in numpy.argwhere(unequal)[0])
    name, file, line = operation.title, operation.file, operation.line
    with_others = f", bundled with {bundled:,} others," if bundled else ""
    where = f"element {list(index)}" if index else "its one element"
    values = f"{expected[index]} in NumPy, {got[index]} in stook"
    error = VerifyError(
        f"{name}{with_others} differs from NumPy at {file or '?'}:{line}: "
        f"{got.dtype} of shape {got.shape}, {where}: {values}"
    )
    error.operation, error.file, error.line = name, file, line
    error.dtype, error.shape, error.index = got.dtype, got.shape, index
    error.expected, error.got = expected[index], got[index]
    return error
