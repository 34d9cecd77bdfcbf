"""Arrays of classes derived from NumPy's: matrices, masked arrays, and those of programs.

Such a class says what its functions do, in NumPy's ways, so its arrays stay NumPy's: functions hand
them on unchanged. A class that a program derives from `stook.ndarray` is derived from NumPy's, and
views of our arrays as that class share our memory.
"""

from __future__ import annotations

from typing import Any

import numpy

from stook._stook import asarray, call_numpy, ndarray

__all__ = ["array_or_derived", "asks_method", "derive", "is_derived", "is_foreign", "make"]

_numpys_array = numpy.ndarray


def is_derived(a: Any) -> bool:
    """Return whether `a` is of a class derived from NumPy's array class."""
    return isinstance(a, _numpys_array) and type(a) is not _numpys_array


# Of these no object asks to be handled by anybody.
_PLAIN = frozenset((list, tuple, bool, int, float, complex, str, bytes, ndarray, _numpys_array))


def is_foreign(a: Any) -> bool:
    """Return whether `a` is another library's and handles NumPy's functions itself."""
    kind = type(a)
    return kind not in _PLAIN and hasattr(kind, "__array_function__") and not isinstance(a, ndarray)


def asks_method(a: Any, name: str) -> bool:
    """Return whether NumPy's function of this name leaves `a` to its own method or library."""
    if type(a) in _PLAIN or isinstance(a, ndarray | numpy.generic):
        return False
    return hasattr(type(a), "__array_function__") or getattr(a, name, None) is not None


def array_or_derived(a: Any) -> Any:
    """Return `a` itself if it is of a derived class, else as an array of ours."""
    return a if type(a) is ndarray or is_derived(a) else asarray(a)


def derive(name: str, bases: tuple[type, ...], members: dict[str, Any], **options: Any) -> type:
    """Return the class that a class statement with `stook.ndarray` among its bases makes."""
    bases = tuple(_numpys_array if base is ndarray else base for base in bases)
    if not any(issubclass(base, _numpys_array) and base is not _numpys_array for base in bases):
        members = {"view": _view, **members}
    return type(name, bases, members, **options)


def _view(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the same memory as another type or class; as the array class, NumPy's."""
    args = tuple(_numpys_array if arg is ndarray else arg for arg in args)
    if kwargs.get("type") is ndarray:
        kwargs["type"] = _numpys_array
    return _numpys_array.view(self, *args, **kwargs)


def make(cls: type, *args: Any, **kwargs: Any) -> Any:
    """Return a new array: ours, or of a derived class, whose ``__new__`` may call this by name."""
    if cls is ndarray:
        return call_numpy(_numpys_array, args, kwargs)
    return _numpys_array.__new__(cls, *args, **kwargs)
