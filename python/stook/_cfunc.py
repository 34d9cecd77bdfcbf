"""Compiled functions that C calls: what `stook.compat.numba.cfunc` is."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import numpy

from stook import _number_types
from stook._jit import compiled
from stook._number_types import Pointer, Type, none

__all__ = ["CFunc", "carray", "cfunc", "farray"]


def cfunc(
    signature: Any, *, boundscheck: bool = True, fastmath: bool = False, error_model: str = "numpy"
) -> Callable[[Callable[..., Any]], CFunc]:
    """Make a function that C calls, by its own convention.

    Parameters
    ----------
    signature : str, Signature or tuple of types
        Numbers and pointers, as ``"f8(f8, CPointer(f8))"``; `carray` makes arrays of pointers.
    boundscheck, fastmath, error_model
        As `jit` has them.

    Returns
    -------
    callable
        A decorator; what it makes has the function's ``address``, and ``ctypes`` for
        `scipy.LowLevelCallable`.

    Notes
    -----
    An exception cannot go through C: it is shown as ignored, and the function returns 0.

    Examples
    --------
    >>> from stook.compat.numba import cfunc
    >>> @cfunc("f8(f8, f8)")
    ... def distance(x, y):
    ...     return (x * x + y * y) ** 0.5
    >>> distance.ctypes(3.0, 4.0)
    5.0
    """
    (known,) = _number_types.signatures(signature)
    options: dict[str, Any] = {"boundscheck": boundscheck, "fastmath": bool(fastmath)}
    return lambda function: CFunc(function, known, options | {"error_model": error_model})


class CFunc:
    """A compiled function that C calls.

    Attributes
    ----------
    address : int
        Where it lies, while this object lives.
    """

    __name__: str

    def __init__(self, function: Any, signature: Any, options: dict[str, Any]) -> None:
        functools.update_wrapper(self, function)
        if signature.return_type is None:
            raise TypeError(f"the signature of {self.__name__}() does not say what it returns")
        self._function = compiled(function, [signature], eager=False, **options)
        self._native = self._function.native(signature.described[0])
        self._signature = signature
        self.address: int = self._native.address

    def __repr__(self) -> str:
        return f"<cfunc {self.__name__} {self._signature}>"

    def __call__(self, *args: Any) -> Any:
        """Return what the function makes of Python's numbers, not compiled."""
        return self.__wrapped__(*args)  # type: ignore[attr-defined]

    def __stook_meaning__(self) -> tuple[Any, ...]:
        return "elementwise", self._function

    @property
    def native_name(self) -> str:
        """The name that C's function has in listings."""
        return f"cfunc.{self.__qualname__}"  # type: ignore[attr-defined]

    @functools.cached_property
    def ctypes(self) -> Any:
        """The function for ctypes."""
        result = self._signature.return_type
        kinds = [_ctype(kind) for kind in self._signature.args]
        made = ctypes.CFUNCTYPE(_ctype(result), *kinds)(self.address)
        made._keeps = self  # type: ignore[attr-defined]
        return made

    def inspect_llvm(self) -> str:
        """Return what LLVM makes of the function."""
        return self._native.text("llvm")  # type: ignore[no-any-return]


def _ctype(kind: Type) -> Any:
    """Return what ctypes calls a type."""
    if kind == none:
        return None
    if isinstance(kind, Pointer):
        return ctypes.c_void_p if kind.dtype is None else ctypes.POINTER(_ctype(kind.dtype))
    return numpy.ctypeslib.as_ctypes_type(kind.dtype)  # type: ignore[attr-defined]


def carray(ptr: Any, shape: Any, dtype: Any = None) -> Any:
    """Return the array of a shape that a pointer leads to, its last axis fastest.

    Parameters
    ----------
    ptr : pointer
        One of ctypes, or a parameter of a compiled function.
    shape : int or tuple of int
        The shape.
    dtype : dtype, optional
        The type of the elements, where the pointer does not say it.
    """
    shape = (shape,) if isinstance(shape, int | numpy.integer) else tuple(shape)
    if dtype is not None:
        kind = numpy.ctypeslib.as_ctypes_type(numpy.dtype(dtype))
        ptr = ctypes.cast(ptr, ctypes.POINTER(kind))
    return numpy.ctypeslib.as_array(ptr, shape)


def farray(ptr: Any, shape: Any, dtype: Any = None) -> Any:
    """Return the array of a shape that a pointer leads to, its first axis fastest.

    Parameters
    ----------
    ptr, shape, dtype
        As `carray` has them.
    """
    shape = (shape,) if isinstance(shape, int | numpy.integer) else tuple(shape)
    return carray(ptr, shape[::-1], dtype).T
