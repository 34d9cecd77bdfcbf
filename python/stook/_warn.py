"""Floating-point conditions, reported as `numpy.errstate` says."""

from __future__ import annotations

import sys
import warnings

import numpy

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
