"""What objects mean in compiled code that are no functions of Python's to be compiled.

The native module asks `meaning` about each object that a compiled function names, and `overloaded`
about calls of those that others stand for. A class says what its objects mean by a method
``__stook_meaning__``, which returns a tuple of a kind and what belongs to it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from stook import _extern
from stook._fallback import Fallback
from stook._jit import jit
from stook._number_types import from_described

__all__ = ["meaning", "overload", "overloaded"]

_choosers: dict[int, tuple[Any, list[Callable[..., Any]]]] = {}
"""Functions that choose what stands for another, by its identity."""

_chosen: dict[Any, Any] = {}
"""What was chosen, by chooser and types."""


def overload(function: Any, **_options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Let another function stand for one in compiled code.

    Parameters
    ----------
    function : callable
        The one that compiled code calls.
    **_options
        Numba's options, such as ``inline``; they have no meaning.

    Returns
    -------
    callable
        A decorator for a function of the arguments' types, which returns the function to compile
        in place of `function`, or None where it has none for these.

    Examples
    --------
    >>> from stook import jit
    >>> from stook.compat.numba import types
    >>> from stook.compat.numba.extending import overload
    >>> def size_of(x): ...
    >>> @overload(size_of)
    ... def choose(x):
    ...     if isinstance(x, types.Array):
    ...         return lambda x: x.size
    ...     return lambda x: 1
    >>> jit(lambda x: size_of(x))(3.0)
    1
    """

    def decorated(chooser: Callable[..., Any]) -> Callable[..., Any]:
        _choosers.setdefault(id(function), (function, []))[1].append(chooser)
        return chooser

    return decorated


_STANDARD = {
    "_bisect": "_bisection",
    "_functools": "_folding",
    "_heapq": "_heaps",
    "_operator": "_folding",
    "heapq": "_heaps",
    "itertools": "_folding",
}
"""Modules of ours that have what stands for functions of the standard library, by these's."""

_WITH_STREAMS = ("RandomState", "Random")
"""Classes whose methods draw random numbers, which `stook._streams` knows."""


def _numpys(object: Any) -> Any:
    """Return NumPy's own function where one of ours hands calls to it."""
    return object._target if isinstance(object, Fallback) else object


def meaning(object: Any) -> tuple[Any, ...] | None:
    """Return what an object means in compiled code; None where its name says it."""
    standard = _STANDARD.get(getattr(object, "__module__", None) or "")
    if standard is not None:
        found = importlib.import_module(f"stook.{standard}").FUNCTIONS.get(object)
        return None if found is None else ("function", found)
    own = getattr(type(object), "__stook_meaning__", None)
    if own is not None:
        return own(object)  # type: ignore[no-any-return]
    if type(getattr(object, "__self__", None)).__name__ in _WITH_STREAMS:
        importlib.import_module("stook._streams")
    if id(_numpys(object)) in _choosers:
        return ("overloaded",)
    if _extern.is_foreign(object):
        return _extern.extern(object).__stook_meaning__()
    return None


def overloaded(object: Any, args: tuple[Any, ...], keywords: dict[str, tuple[Any, ...]]) -> Any:
    """Return the compiled function that stands for an object; None where there is none.

    Parameters
    ----------
    object : callable
        What is called.
    args : tuple
        The types of the arguments, as the native module describes them.
    keywords : dict
        Those of arguments by name.
    """
    types = [from_described(item) for item in args]
    named = {name: from_described(item) for name, item in keywords.items()}
    if hasattr(object, "_implementation"):
        return object._implementation(types, named)
    for chooser in reversed(_choosers[id(_numpys(object))][1]):
        key = chooser, args, tuple(sorted(keywords.items()))
        if key not in _chosen:
            found = chooser(*types, **named)
            _chosen[key] = None if found is None else jit(found)
        if _chosen[key] is not None:
            return _chosen[key]
    return None
