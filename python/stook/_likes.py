"""New arrays of other libraries' kinds: `like=` in creation functions (NEP 35).

The class of what is given as `like` makes the array, by its ``__array_function__``. It is asked for
our function first, as a program's own class names functions of ours, then for NumPy's, as another
library's does; NumPy says where neither is known.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy

import stook
from stook import _fallback
from stook._stook import ndarray

__all__ = ["made_like"]


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
