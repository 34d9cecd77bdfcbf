"""Numba's types: `int64`, `float64`, `Array`, `UniTuple` and kin."""

from __future__ import annotations

from stook._number_types import NAMES, Signature, from_dtype

globals().update(NAMES)

__all__ = [*NAMES, "Signature", "from_dtype"]
