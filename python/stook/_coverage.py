"""Where each public name of NumPy's comes from in stook.

What enters is a name below ``numpy``; what leaves is its origin, read off the object that stands
there. Absent on purpose: any list of names kept by hand.
"""

from __future__ import annotations

import importlib
import types
from typing import Any

import numpy

import stook
from stook import _fallback, _stook

__all__ = ["COMPOSED", "COUNTED", "OBJECT", "OUTSIDE", "PARTS", "RECORDED", "names", "origin"]

RECORDED = "recorded"
"""An operation of the compiled module, or a function that is its array's method."""
COMPOSED = "composed"
"""A Python function over public names."""
COUNTED = "NumPy's own"
"""Runs in NumPy on our memory; every call is counted."""
OUTSIDE = "NumPy's by nature"
"""Files, text, settings, facts about types and addresses: NumPy's, not counted."""
OBJECT = "object"
"""A class, module, constant or index expression."""

PARTS = (
    "",
    "ndarray",
    "linalg",
    "fft",
    "random",
    "random.Generator",
    "lib.stride_tricks",
    "emath",
    "polynomial.polynomial",
    "polynomial.chebyshev",
    "polynomial.hermite",
    "polynomial.hermite_e",
    "polynomial.laguerre",
    "polynomial.legendre",
    "ma",
    "strings",
    "char",
    "rec",
)
"""Modules and classes below ``numpy`` whose names are looked at; the first is NumPy itself."""

_DESCRIPTORS = types.MethodDescriptorType | types.GetSetDescriptorType


def names(part: str) -> list[str]:
    """Return the public names of a part of NumPy, dotted below it."""
    owner = _below(numpy, part)
    # A submodule's other names are what its code happens to import.
    found = dir(owner) if not part else getattr(owner, "__all__", dir(owner))
    return [f"{part}.{name}".lstrip(".") for name in sorted(found) if not name.startswith("_")]


def origin(name: str) -> str:
    """Return where ``stook.<name>`` comes from."""
    value, numpys = _below(stook, name), _below(numpy, name)
    if value is numpys or isinstance(numpys, type):
        return OBJECT
    behind = getattr(value, "__wrapped__", None)
    if isinstance(behind, _fallback.Fallback):
        value = behind
    if isinstance(value, _fallback.Fallback):
        return OUTSIDE if value.outside else COUNTED
    if isinstance(value, stook.ufunc) and value.signature is not None:
        return COMPOSED
    if isinstance(value, stook.ufunc | types.BuiltinFunctionType | _DESCRIPTORS):
        return RECORDED
    if not isinstance(value, types.FunctionType | property):
        return OBJECT
    method = getattr(_stook.ndarray, name, None)
    return RECORDED if isinstance(method, _DESCRIPTORS) else COMPOSED


def _below(owner: Any, name: str) -> Any:
    if not name:
        return owner
    path, _, last = name.rpartition(".")
    try:
        return getattr(_below(owner, path), last)
    except AttributeError:
        return importlib.import_module(f"{owner.__name__}.{name}")
