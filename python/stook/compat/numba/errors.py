"""Numba's exceptions, as far as they are raised here."""

from __future__ import annotations

from stook._jit import CompileError

__all__ = [
    "LoweringError",
    "NumbaDeprecationWarning",
    "NumbaError",
    "NumbaPendingDeprecationWarning",
    "NumbaPerformanceWarning",
    "NumbaWarning",
    "TypingError",
    "UnsupportedError",
]

NumbaError = TypingError = UnsupportedError = LoweringError = CompileError


class NumbaWarning(Warning):
    """What programs filter; nothing here gives it."""


class NumbaPerformanceWarning(NumbaWarning):
    """What programs filter; nothing here gives it."""


class NumbaDeprecationWarning(NumbaWarning, DeprecationWarning):
    """What programs filter; nothing here gives it."""


class NumbaPendingDeprecationWarning(NumbaWarning, PendingDeprecationWarning):
    """What programs filter; nothing here gives it."""
