"""What the arguments of another library's function become before it looks at them.

What enters are arguments of a call; what leaves are the same with NumPy's array, over the same
memory, for each array of ours: alone, or in lists, tuples and dicts, which are then copies. A
caller's function that such a library calls gives NumPy's arrays in its results in the same way.
What has no array of ours in it stays itself.
"""

from __future__ import annotations

import functools
import itertools
import operator
import types
from typing import Any

import numpy

from stook._fallback import Fallback
from stook._first_steps import pass_through
from stook._libraries import LIBRARIES
from stook._stook import ndarray, ufunc

__all__ = ["prepend"]

_CONTAINERS = frozenset((list, tuple, dict))
_FUNCTIONS = frozenset(
    (
        types.FunctionType,
        types.MethodType,
        types.BuiltinFunctionType,
        functools.partial,
        Fallback,
        ufunc,
    )
)
_ARRAYS = _CONTAINERS | {ndarray}
_ARRAYS_AND_FUNCTIONS = _ARRAYS | _FUNCTIONS

_LIBRARIES_OWN = tuple(f"{row.module}." for row in LIBRARIES if row.calls_back)

_ANSWERS = "_answers_with_numpys_arrays"

_ITEMS = 100
"""So many items of a list, and of each list in it, tell whether it has arrays of ours in it."""


def prepend(value: Any, takes_functions: bool) -> None:
    """Give the function that lies in or behind an attribute of a class its first step."""
    if isinstance(value, property):
        value = value.fset
    while not isinstance(value, types.FunctionType):
        value = getattr(value, "__func__", None) or getattr(value, "__wrapped__", None)
        if value is None:
            return
    if takes_functions:
        pass_through(value, _ARRAYS_AND_FUNCTIONS, _taken_with_functions)
    else:
        pass_through(value, _ARRAYS, _taken)


def _taken(*values: Any) -> list[Any]:
    """Return arguments as a library takes them."""
    return [_converted(value, _ARRAYS) if type(value) in _ARRAYS else value for value in values]


def _taken_with_functions(*values: Any) -> list[Any]:
    """Return arguments as a library takes them that calls functions of its caller's."""
    watched = _ARRAYS_AND_FUNCTIONS
    if not _FUNCTIONS.isdisjoint(map(type, values)) and _names_numba(values):
        watched = _ARRAYS
    return [_converted(value, watched) if type(value) in watched else value for value in values]


def _names_numba(values: tuple[Any, ...]) -> bool:
    """Return whether Numba shall compile a function among these, which then stays as it is."""
    return any(type(value) is str and value == "numba" for value in values)


def _converted(value: Any, watched: frozenset[type], levels: int = 3) -> Any:
    """Return `value` with NumPy's arrays for ours; itself where it has none so many levels down."""
    kind = type(value)
    if kind is ndarray:
        return numpy.asarray(value)
    if kind not in _CONTAINERS:
        return _answering(value)
    if not _holds(value, watched, levels):
        return value
    items = value.values() if kind is dict else value
    made = [
        _converted(item, watched, levels - 1) if type(item) in watched else item for item in items
    ]
    if all(map(operator.is_, made, items)):
        return value
    return dict(zip(value, made, strict=True)) if kind is dict else kind(made)


def _holds(container: Any, watched: frozenset[type], levels: int) -> bool:
    """Return whether what shall be converted is among the first items, so many levels down."""
    items = container.values() if type(container) is dict else container
    first = items if len(items) <= _ITEMS else itertools.islice(items, _ITEMS)
    for item in first if levels else ():
        kind = type(item)
        if kind in watched and (kind not in _CONTAINERS or _holds(item, watched, levels - 1)):
            return True
    return False


def _answering(function: Any) -> Any:
    """Return a caller's function with NumPy's arrays for ours in its results."""
    if type(function) is ufunc:
        return getattr(numpy, function.__name__, function)
    if type(function) is functools.partial:
        return functools.partial(_answering(function.func), *function.args, **function.keywords)
    module = str(getattr(function, "__module__", None))
    built_in = type(function) is types.BuiltinFunctionType and not module.startswith("stook")
    if built_in or module.startswith(_LIBRARIES_OWN) or hasattr(function, _ANSWERS):
        return function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return _converted(result, _ARRAYS) if type(result) in _ARRAYS else result

    setattr(call, _ANSWERS, True)
    return call
