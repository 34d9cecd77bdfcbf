"""Numba's typed containers: this name is `stook.typed`, by which compiled functions know them."""

from __future__ import annotations

import sys

from stook import typed

sys.modules[__name__] = typed
