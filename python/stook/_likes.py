"""Calls that classes of other arrays answer, by their ``__array_function__`` (NEP 18 and 35).

A program's own class names functions of ours, another library's those of NumPy. So both are asked
for: of `like=` in creation functions ours first, of other functions NumPy's. NumPy says where
neither is known.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy

import stook
from stook import _fallback
from stook._stook import ndarray

__all__: list[str] = []


def made_like(name: str, like: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return what the class of `like` makes for ``name(*args, **options)``, None for our own.

    Parameters
    ----------
    name : str
        A creation function.
    like : object
        Given to it as `like`.
    args : tuple
        Its other arguments.
    options : dict
        Those that were given by name; what is None was not given.
    """
    kind = type(like)
    if kind in (ndarray, numpy.ndarray):
        return None
    given = {key: value for key, value in options.items() if value is not None}
    if not issubclass(kind, numpy.ndarray) and hasattr(kind, "__array_function__"):
        made = like.__array_function__(getattr(stook, name), (kind,), args, given)
        if made is not NotImplemented:
            return made
    return getattr(numpy, name)(*args, **given, like=like)


def answer(refusal: str, args: tuple[Any, ...], options: dict[str, Any] | None) -> Any:
    """Return what an argument's class answers to our function, where NumPy's is not known to it.

    Parameters
    ----------
    refusal : str
        NumPy's words: that there is no implementation for a function's quoted name.
    args, options : tuple, dict
        What it was called with.

    Returns
    -------
    object
        NotImplemented where no class knows our function either.
    """
    options = options or {}
    name = refusal.split("'")[1].removeprefix("numpy.")
    others = {type(value): value for value in _others((*args, *options.values()))}
    for value in others.values():
        function = operator.attrgetter(name)(stook)
        made = value.__array_function__(function, tuple(others), args, options)
        if made is not NotImplemented:
            return made
    return NotImplemented


def _others(values: Any) -> Iterator[Any]:
    """Yield values whose classes answer calls, but for our arrays and NumPy's; in lists too."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from _others(value)
        elif hasattr(type(value), "__array_function__") and not isinstance(value, ndarray):
            yield value


def _reader(name: str) -> Callable[..., Any]:
    """Return a function of NumPy's that reads an array, with `like` asked first."""
    read = _fallback.Fallback(name, getattr(numpy, name))

    @functools.wraps(read)
    def reader(*args: Any, like: Any = None, **options: Any) -> Any:
        made = None if like is None else made_like(name, like, args, options)
        return read(*args, **options) if made is None else made

    return reader


for _name in ("frombuffer", "fromfile", "fromstring", "genfromtxt", "loadtxt"):
    globals()[_name] = _reader(_name)
    _fallback.native(_name, globals()[_name])
    __all__.append(_name)
