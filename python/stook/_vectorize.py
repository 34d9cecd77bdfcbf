"""A function of numbers, on whole arrays: what `stook.compat.numba.vectorize` is.

The function is compiled, and so is a loop around it, which calls it for each element on all
threads.
"""

from __future__ import annotations

import functools
import linecache
from collections.abc import Callable
from typing import Any

import numpy

from stook._jit import jit, prange
from stook._stook import Dispatcher, ndarray, sync_possible

__all__ = ["vectorize"]

_KINDS = {"int": "int64", "float": "float64", "complex": "complex128", "numpy.bool": "bool"}


def vectorize(function: Callable[..., Any] | None = None, *, fastmath: bool = False) -> Any:
    """Make a function of numbers one of arrays: it is compiled, and called for each element.

    Parameters
    ----------
    function : callable
        A function of numbers that returns a number, such as `jit` compiles.
    fastmath : bool
        As `jit` has it.

    Returns
    -------
    callable
        A function of arrays and numbers that broadcast; ``out=`` takes the result. Of numbers it
        makes a number.

    Raises
    ------
    CompileError
        At the call, where something in the function cannot be compiled.

    Examples
    --------
    >>> import numpy
    >>> from stook.compat.numba import vectorize
    >>> @vectorize
    ... def relative(a, b):
    ...     return 0.0 if a == b else (a - b) / max(abs(a), abs(b))
    >>> relative(numpy.array([1.0, 2.0, 4.0]), 2.0)
    array([-0.5,  0. ,  0.5])
    """
    if function is None:
        return functools.partial(vectorize, fastmath=fastmath)
    return _Vectorized(function, fastmath)


class _Vectorized:
    """A function of numbers that takes arrays."""

    def __init__(self, function: Callable[..., Any], fastmath: bool) -> None:
        self._scalar = jit(function, fastmath=fastmath, error_model="numpy")
        self._fastmath = fastmath
        self._loops: dict[tuple[bool, ...], Any] = {}
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, out: Any = None) -> Any:
        """Return what the function makes of each element."""
        operands = [a if isinstance(a, numpy.ndarray | ndarray) else _number(a) for a in args]
        arrays = [a for a in operands if isinstance(a, numpy.ndarray | ndarray)]
        if not arrays and out is None:
            return self._scalar(*operands)
        shape = numpy.broadcast_shapes(*(a.shape for a in arrays))
        made = _empty(shape, self._dtype(operands), arrays) if out is None else out
        if made.shape != shape:
            raise ValueError(f"the output has shape {made.shape}, the operands {shape}")
        if isinstance(self._scalar, Dispatcher):
            self._fill(made, operands)
        else:
            made[...] = numpy.vectorize(self._scalar)(*operands)
        return made

    def _dtype(self, operands: list[Any]) -> numpy.dtype[Any]:
        """Return the type that the function makes of elements of these operands."""
        samples = [a.dtype.type(1) if hasattr(a, "dtype") else a for a in operands]
        if not isinstance(self._scalar, Dispatcher):
            return numpy.asarray(self._scalar(*samples)).dtype
        name = self._scalar.result_of(*samples)
        return numpy.dtype(_KINDS.get(name, name))

    def _fill(self, out: Any, operands: list[Any]) -> None:
        """Call the function for each element of an output."""
        lines = [_line(a, out.shape) for a in operands]
        flat = out.reshape(-1)
        written = (
            flat if numpy.may_share_memory(_look(flat), _look(out)) else numpy.empty_like(flat)
        )
        self._loop(tuple(getattr(a, "ndim", 0) > 0 for a in lines))(written, *lines)
        if written is not flat:
            out[...] = written.reshape(out.shape)

    def _loop(self, indexed: tuple[bool, ...]) -> Any:
        """Return the compiled loop for operands of which some have elements."""
        if indexed not in self._loops:
            names = [f"a{k}" for k in range(len(indexed))]
            items = [f"{n}[k]" if has else n for n, has in zip(names, indexed, strict=True)]
            text = (
                f"def loop({', '.join(['out', *names])}):\n"
                "    for k in prange(out.size):\n"
                f"        out[k] = function({', '.join(items)})\n"
            )
            file = f"<loop of {self._scalar.__qualname__}>"
            linecache.cache[file] = (len(text), None, text.splitlines(True), file)
            space: dict[str, Any] = {"prange": prange, "function": self._scalar}
            exec(compile(text, file, "exec"), space)
            options: dict[str, Any] = {"boundscheck": False, "parallel": True}
            options |= {"fastmath": self._fastmath, "error_model": "numpy"}
            self._loops[indexed] = jit(space["loop"], **options)
        return self._loops[indexed]


def _number(value: Any) -> Any:
    """Return a number as it is, anything else as an array."""
    if isinstance(value, bool | int | float | complex | numpy.generic):
        return value
    return numpy.asarray(value)


def _empty(shape: tuple[int, ...], dtype: numpy.dtype[Any], arrays: list[Any]) -> Any:
    """Return a new array of the class that the operands have."""
    if any(isinstance(a, ndarray) for a in arrays):
        import stook

        return stook.empty(shape, dtype)
    return numpy.empty(shape, dtype)


def _look(array: Any) -> Any:
    """Return an array as one of NumPy's, on the same memory."""
    return numpy.asarray(array)


def _line(operand: Any, shape: tuple[int, ...]) -> Any:
    """Return an operand's elements for an output of a shape, along one axis."""
    if not isinstance(operand, numpy.ndarray | ndarray):
        return operand
    if operand.shape != shape:
        sync_possible()
        operand = numpy.broadcast_to(_look(operand), shape)
    return operand.reshape(-1)
