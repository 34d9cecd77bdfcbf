"""Compiled loops around a function of elements or of small arrays, over broadcast operands.

What enters are NumPy's arrays that have been broadcast to one leading shape, and the number of axes
that the function itself takes of each; the loops write into those of them that are outputs. Axes
that lie one after another in all operands become one, so that most calls are one loop. Its rounds
run on all threads where there is enough to do.
"""

from __future__ import annotations

import linecache
import math
from typing import Any

import numpy
from numpy.lib.stride_tricks import as_strided

from stook._jit import jit, prange

__all__ = ["Loops", "broadcast", "overlap"]

PARALLEL = 1 << 14
"""Elements from which threads share the work."""


class Loops:
    """The loops around one function.

    Parameters
    ----------
    function : callable
        What `jit` made, or a function of Python's where that is off.
    returns : bool
        Whether it returns the element of the last operand, or writes into its own arguments.
    fastmath : bool
        As `jit` has it.
    parallel : bool or None
        Whether rounds run on all threads; None means where there is enough to do.
    """

    def __init__(
        self, function: Any, returns: bool, fastmath: bool = False, parallel: bool | None = None
    ) -> None:
        self._function = function
        self._returns = returns
        self._fastmath = fastmath
        self._parallel = parallel
        self._made: dict[Any, Any] = {}

    def run(self, shape: tuple[int, ...], operands: list[Any], cores: list[int]) -> None:
        """Call the function for each index into a leading shape.

        Parameters
        ----------
        shape : tuple of int
            The leading shape.
        operands : list
            Arrays of this shape and some axes more, and numbers.
        cores : list of int
            How many axes more.
        """
        if 0 in shape:
            return
        arrays = [isinstance(a, numpy.ndarray) for a in operands]
        views = [(a, core) for a, core in zip(operands, cores, strict=True)]
        views = [(a, core) for a, core in views if isinstance(a, numpy.ndarray)]
        strides = [a.strides[: a.ndim - core] for a, core in views]
        lengths, merged = _merged(shape, strides)
        steps = iter(merged)
        given, indexed = [], []
        for operand, core, is_array in zip(operands, cores, arrays, strict=True):
            own = next(steps) if is_array else []
            moves = any(own) or (self._returns and operand is operands[-1])
            indexed.append(moves)
            given.append(_view(operand, core, lengths, own, moves) if is_array else operand)
        elements = max((a.size for a in operands if isinstance(a, numpy.ndarray)), default=1)
        at_once = elements >= PARALLEL if self._parallel is None else self._parallel
        loop = self._loop(len(lengths), tuple(indexed), at_once and bool(lengths))
        loop(math.prod(lengths[:-1]), *lengths[1:], lengths[-1] if lengths else 1, *given)

    def _loop(self, axes: int, indexed: tuple[bool, ...], at_once: bool) -> Any:
        """Return the compiled loop over so many axes for operands of which some have them."""
        key = axes, indexed, at_once
        if key not in self._made:
            text = _text(max(axes, 1), indexed, self._returns)
            name = getattr(self._function, "__qualname__", "a function")
            file = f"<loops of {name}, {axes} {''.join(str(int(i)) for i in indexed)}>"
            linecache.cache[file] = (len(text), None, text.splitlines(True), file)
            space: dict[str, Any] = {"prange": prange, "function": self._function}
            exec(compile(text, file, "exec"), space)
            options: dict[str, Any] = {"boundscheck": False, "parallel": at_once}
            options |= {"fastmath": self._fastmath, "error_model": "numpy"}
            self._made[key] = jit(space["loop"], **options)
        return self._made[key]


def _text(axes: int, indexed: tuple[bool, ...], returns: bool) -> str:
    """Return the source of the loops."""
    operands = [f"a{k}" for k in range(len(indexed))]
    lengths = [f"n{k}" for k in range(1, axes)]
    names = [f"i{k}" for k in range(axes)]
    at = f"[{', '.join(names)}]"
    items = [name + at if has else name for name, has in zip(operands, indexed, strict=True)]
    call = f"function({', '.join(items[:-1] if returns else items)})"
    call = f"{items[-1]} = {call}" if returns else call
    lines = [f"def loop({', '.join(['outer', *lengths, 'inner', *operands])}):"]
    if axes == 1:
        lines += ["    for i0 in prange(inner):", f"        {call}"]
        return "\n".join(lines) + "\n"
    lines.append("    for row in prange(outer):")
    lines.append("        rest = row")
    for k in range(axes - 2, 0, -1):
        lines += [f"        i{k} = rest % n{k}", f"        rest = rest // n{k}"]
    lines += ["        i0 = rest", f"        for i{axes - 1} in range(inner):"]
    lines.append(f"            {call}")
    return "\n".join(lines) + "\n"


def _merged(
    shape: tuple[int, ...], strides: list[tuple[int, ...]]
) -> tuple[list[int], list[list[int]]]:
    """Return a shape and strides of the same elements with as few axes as they allow."""
    lengths: list[int] = []
    made: list[list[int]] = [[] for _ in strides]
    for axis, length in enumerate(shape):
        if length == 1:
            continue
        steps = [own[axis] for own in strides]
        if lengths and all(own[-1] == step * length for own, step in zip(made, steps, strict=True)):
            lengths[-1] *= length
            for own, step in zip(made, steps, strict=True):
                own[-1] = step
            continue
        lengths.append(length)
        for own, step in zip(made, steps, strict=True):
            own.append(step)
    return lengths, made


def _view(operand: Any, core: int, lengths: list[int], strides: list[int], moves: bool) -> Any:
    """Return an operand as the loops index it: whole, where it is the same in all rounds."""
    first = operand.ndim - core
    shape, steps = operand.shape[first:], operand.strides[first:]
    if moves:
        lengths = lengths or [1]
        strides = list(strides) or [operand.itemsize]
        shape, steps = (*lengths, *shape), (*strides, *steps)
    if not shape:
        return operand.reshape(-1)[0]
    if shape == operand.shape and steps == operand.strides:
        return operand
    return as_strided(operand, shape, steps, writeable=operand.flags.writeable)


def broadcast(operand: Any, shape: tuple[int, ...], core: int) -> Any:
    """Return an array with its leading axes broadcast to a shape; its last ones stay."""
    whole = (*shape, *operand.shape[operand.ndim - core :])
    return operand if operand.shape == whole else numpy.broadcast_to(operand, whole)


def overlap(out: Any, operands: list[Any]) -> bool:
    """Return whether an output lies in an operand's memory, other than element on element."""

    def same(a: Any) -> bool:
        start = a.__array_interface__["data"][0] == out.__array_interface__["data"][0]
        return start and (a.shape, a.strides, a.dtype) == (out.shape, out.strides, out.dtype)

    arrays = [a for a in operands if isinstance(a, numpy.ndarray)]
    return any(numpy.may_share_memory(a, out) and not same(a) for a in arrays)
