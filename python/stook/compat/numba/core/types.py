"""Numba's types: this name is `stook.compat.numba.types`."""

from __future__ import annotations

import sys

from stook.compat.numba import types

sys.modules[__name__] = types
