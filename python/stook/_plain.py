"""A processor without kernels: the package steps aside, and says so once.

Kernels need AVX2 and fused multiply-add. Without them every name of NumPy's in the package is
NumPy's own, arrays and submodules included, ``import numpy`` stays as it is, and nothing of
NumPy's or Python's is patched. A strict session refuses to begin.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy

from . import _fallback
from ._stook import level

__all__ = ["reason", "refuse", "take_over"]


def reason() -> str | None:
    """Return why everything runs in NumPy, or None where there are kernels."""
    if level() is not None:
        return None
    if os.environ.get("STOOK_LEVEL") == "none":
        return "STOOK_LEVEL is none"
    return "this processor lacks AVX2 or FMA"


def refuse() -> None:
    """Raise in a strict session where everything would run in NumPy."""
    why = reason()
    if why is not None and _fallback.sites.strict:
        raise _fallback.FallbackError(f"{why}, so everything would run in NumPy")


def take_over(scope: dict[str, Any]) -> None:
    """Give the package's namespace NumPy's own values for NumPy's names, with one warning.

    Parameters
    ----------
    scope : dict
        The namespace of `stook`, in the middle of its import.

    Raises
    ------
    FallbackError
        The session is strict.
    """
    refuse()
    public = [name for name in scope if not name.startswith("_") and hasattr(numpy, name)]
    scope.update((name, getattr(numpy, name)) for name in public)
    scope["ufuncs"] = {name: getattr(numpy, name) for name in scope["ufuncs"]}
    warnings.warn(f"stook: {reason()}, so everything runs in NumPy", RuntimeWarning, stacklevel=3)
