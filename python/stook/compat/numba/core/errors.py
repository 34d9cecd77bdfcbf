"""Numba's exceptions: this name is `stook.compat.numba.errors`."""

from __future__ import annotations

import sys

from stook.compat.numba import errors

sys.modules[__name__] = errors
