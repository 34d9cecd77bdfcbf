"""The modules that programs take from `numba.core`."""

from __future__ import annotations

from stook.compat.numba import errors, types

__all__ = ["errors", "types"]
