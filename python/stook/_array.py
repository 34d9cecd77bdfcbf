"""What the array class takes from Python: methods that NumPy answers, and how it dispatches.

The class comes from the native module; importing this module completes it.
"""

from __future__ import annotations

from typing import Any

import numpy

import stook
from stook import _fallback, _stook
from stook._stook import call_numpy, ndarray, set_metaclass, ufuncs
from stook._subclasses import derive, make

__all__: list[str] = []

# Methods of `numpy.ndarray` that have no native form yet.
_METHODS = [
    "byteswap",
    "getfield",
    "setfield",
    "tofile",
]


class _ArrayType(type):
    """The class of `stook.ndarray`: arrays that libraries return are instances of it as well."""

    def __new__(cls, name: str, bases: Any, members: Any, **options: Any) -> type:
        """Return a class derived from NumPy's, whose arrays NumPy's functions keep."""
        return derive(name, bases, members, **options)

    def __instancecheck__(cls, instance: Any) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        return cls is ndarray and isinstance(instance, numpy.ndarray)

    def __subclasscheck__(cls, subclass: type) -> bool:
        if type.__subclasscheck__(cls, subclass):
            return True
        return cls is ndarray and issubclass(subclass, numpy.ndarray)


def _resize(self: Any, shape: Any, refcheck: Any = True) -> None:
    """Do as the method `resize`, given all its arguments but one as a tuple."""
    if not isinstance(refcheck, int):
        raise TypeError(f"'{type(refcheck).__name__}' object cannot be interpreted as an integer")
    if shape in ((), (None,)):
        return
    shape = shape[0] if len(shape) == 1 else shape
    held = numpy.array(call_numpy(numpy.array, (self,), {}))
    held.resize(shape, refcheck=False)
    self._replace(stook.asarray(held))


def _array_ufunc(ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Do as `__array_ufunc__`, where the call is not plain or not of elements."""
    if isinstance(ufunc, _stook.ufunc):
        ufunc = getattr(numpy, ufunc.__name__)
    if not isinstance(ufunc, numpy.ufunc) and not hasattr(ufunc, "signature"):
        raise TypeError("__array_ufunc__ needs a ufunc, the name of its method, and inputs")
    out = kwargs.get("out", ())
    if any(_refuses(value) for value in (*inputs, *out)):
        return NotImplemented
    if len(out) == 1:
        kwargs["out"] = out[0]
    name = ufunc.__name__
    numpys = getattr(numpy, name, None) is ufunc  # another library's may have the same name
    ours = ufuncs.get(name) if numpys else None
    if ours is None and numpys and ufunc.signature is not None and method == "__call__":
        return getattr(stook, name)(*inputs, **kwargs)
    if ours is None or not all(isinstance(value, ndarray) for value in out if value is not None):
        _fallback.note(name)
        return call_numpy(getattr(ufunc, method), inputs, kwargs)
    return getattr(ours, method)(*inputs, **kwargs)


def _refuses(value: Any) -> bool:
    """Whether another library's object wants to handle the ufunc itself."""
    handler = getattr(type(value), "__array_ufunc__", None)
    known = (ndarray.__array_ufunc__, numpy.ndarray.__array_ufunc__)
    has_own = handler is not None and handler not in known
    return has_own and not isinstance(value, numpy.generic | numpy.ndarray)


def _array_function(
    self: Any, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """`func` is a function of NumPy's that was called with an array of ours."""
    if not all(issubclass(kind, ndarray) for kind in types):
        return NotImplemented
    name = func.__name__
    if getattr(numpy, name, None) is func:
        return getattr(stook, name)(*args, **kwargs)
    _fallback.note(f"{func.__module__}.{name}")
    return call_numpy(func, args, kwargs)


def _class_getitem(cls: type, item: Any) -> Any:
    return numpy.ndarray.__class_getitem__(item)


def _complete() -> None:
    for name in _METHODS:
        setattr(ndarray, name, _fallback.method(name))
    ndarray.__new__ = staticmethod(make)
    ndarray.__array_finalize__ = numpy.ndarray.__array_finalize__
    ndarray.__array_function__ = _array_function
    ndarray.__class_getitem__ = classmethod(_class_getitem)
    set_metaclass(_ArrayType)


_complete()
