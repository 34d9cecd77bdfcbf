"""Floating-point conditions, reported as `numpy.errstate` says."""

from __future__ import annotations

import contextlib
import sys
import warnings
from typing import Any

import numpy

from stook._stook import mark, sync

_BITS = {"divide": 1, "over": 2, "under": 4, "invalid": 8}


def report(mode: str, kind: str, what: str, name: str) -> None:
    """Report that `what` (of `kind`) was encountered in the ufunc `name`."""
    text = f"{what} encountered in {name}"
    if mode == "raise":
        raise FloatingPointError(text)
    if mode == "warn":
        warnings.warn(text, RuntimeWarning, stacklevel=2)
    elif mode == "print":
        print(f"Warning: {text}", file=sys.stdout)
    elif mode == "call":
        handler = numpy.geterrcall()
        if handler is not None:
            handler(what, _BITS[kind])
    elif mode == "log":
        handler = numpy.geterrcall()
        if handler is not None:
            handler.write(f"Warning: {text}\n")


def _apply() -> None:
    """Make calls from now on follow the state in force."""
    modes = {mode for kind, mode in numpy.geterr().items() if kind != "under"}
    mark(modes != {"ignore"}, bool(modes - {"ignore", "warn"}))


class errstate(contextlib.ContextDecorator):
    """`numpy.errstate`: what is recorded inside is reported by the state inside."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        self._entered: list[numpy.errstate] = []

    def __enter__(self) -> None:
        sync()
        state = numpy.errstate(**self._settings)
        state.__enter__()
        self._entered.append(state)
        _apply()

    def __exit__(self, *error: Any) -> None:
        try:
            sync()
        finally:
            self._entered.pop().__exit__(*error)
            _apply()


def seterr(*args: Any, **settings: Any) -> dict[str, str]:
    """Set how floating-point conditions are reported; return how they were."""
    sync()
    before = numpy.seterr(*args, **settings)
    _apply()
    return before
