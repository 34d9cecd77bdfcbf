"""What `inspect.signature` and `help` show: a call that passes its arguments on shows NumPy's."""

from __future__ import annotations

import types
from collections.abc import Mapping
from inspect import CO_VARARGS
from typing import Any

import numpy

from stook._stook import ndarray, ufunc

__all__ = ["show_numpys"]


def _is_ours(value: Any) -> bool:
    return isinstance(value, types.FunctionType) and value.__module__.startswith("stook.")


def show_numpys(functions: Mapping[str, Any]) -> None:
    """Let functions and methods show NumPy's parameters: names and defaults, no types.

    Methods refer to NumPy's of the same name and bear it, and functions that take any arguments
    refer to NumPy's. Called once, when all of them are there.
    """
    _refer(functions, numpy)
    _refer(vars(ndarray), numpy.ndarray, every=True)


def _refer(values: Mapping[str, Any], numpys: Any, every: bool = False) -> None:
    for name, value in values.items():
        if not _is_ours(value) or not hasattr(numpys, name):
            continue
        like = getattr(numpys, name)
        for text in ("__signature__", "__text_signature__"):
            if hasattr(like, text):
                setattr(value, text, getattr(like, text))
        if every:
            # A function may stand behind a method; that shows its own parameters.
            value.__name__, value.__qualname__ = name, f"ndarray.{name}"
            value.__annotations__, value.__wrapped__ = {}, like
            continue
        while hasattr(value, "__wrapped__"):
            value = value.__wrapped__
        value.__annotations__ = {}
        if value.__code__.co_flags & CO_VARARGS:
            value.__wrapped__ = like


def _of_ufunc(self: Any) -> Any:
    """The signature of NumPy's ufunc of the same name."""
    return getattr(numpy, self.__name__).__signature__


ufunc.__signature__ = property(_of_ufunc)
