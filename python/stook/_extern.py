"""Functions of other languages, by C's convention: `stook.extern`.

A function's address and the types of its parameters enter; what leaves is called directly by
compiled code, and is a ufunc over whole arrays where all its parameters are numbers.
"""

from __future__ import annotations

import ctypes
import importlib
import linecache
import re
from typing import Any

from stook import _number_types
from stook._jit import compiled
from stook._number_types import NAMES, Pointer, Type, none, voidptr

__all__ = ["extern"]


def extern(library: Any, name: Any = None, signature: Any = None) -> Extern:
    """Take a function of C's, or of another language with C's convention.

    Parameters
    ----------
    library : str, ctypes.CDLL, int, or a function
        The file of a shared library, the library, or the function's address (`name` is then the
        signature). A function of ctypes (with ``argtypes`` and ``restype``) or of cffi, and a
        capsule of Cython's ``__pyx_capi__``, bring name and signature themselves.
    name : str
        The function's name in the library.
    signature : str, Signature or tuple of types
        The types of its parameters and of its result, as ``"f8(f8)"``; a pointer is ``f8*`` or
        ``CPointer(float64)``, without a type ``voidptr``.

    Returns
    -------
    Extern
        The function: compiled functions call it directly. Called from Python it takes arrays where
        its parameters are numbers, as ufuncs do, and arrays for its pointers.

    Notes
    -----
    The function must be what the signature says, leave no exceptions of C++, and allow calls from
    several threads at once where it meets large arrays or `prange`.

    Examples
    --------
    >>> import numpy
    >>> import stook
    >>> cbrt = stook.extern("libm.so.6", "cbrt", "f8(f8)")
    >>> cbrt(numpy.array([1.0, 8.0, 27.0]))
    array([1., 2., 3.])
    >>> stook.jit(lambda x: 1 + cbrt(x))(8.0)
    3.0
    """
    if isinstance(library, Extern):
        return library
    if is_foreign(library):
        return _foreign(library)
    if isinstance(library, int):
        known, address, keeper = name, library, None
        name = f"function at {address:#x}"
    else:
        keeper = library if isinstance(library, ctypes.CDLL) else ctypes.CDLL(library)
        known, address = signature, _address(getattr(keeper, name))
    (found,) = _number_types.signatures(known)
    return Extern(str(name), address, found.args, found.return_type or none, keeper)


class Extern:
    """A function of C's.

    Attributes
    ----------
    address : int
        Where it lies.
    args : tuple of types
        The types of its parameters.
    return_type : type
        The type of its result.
    """

    def __init__(
        self, name: str, address: int, args: tuple[Type, ...], result: Type, keeper: Any
    ) -> None:
        for kind in (*args, result):
            if not isinstance(kind, _number_types.Number | Pointer | _number_types.NoneType):
                raise TypeError(f"{name}(): C's functions take numbers and pointers, not {kind}")
            if isinstance(kind, _number_types.Complex):
                raise TypeError(f"{name}(): pass complex numbers by pointers")
        self.__name__ = self.__qualname__ = name
        self.address, self.args, self.return_type = address, args, result
        self._keeper = keeper
        self._called: Any = None

    def __repr__(self) -> str:
        return f"<extern {self.__name__}{self.args!r} -> {self.return_type}>"

    def __stook_meaning__(self) -> tuple[Any, ...]:
        args = [kind.described for kind in self.args]
        return "native", self.__name__, args, self.return_type.described, self.address

    def __call__(self, *args: Any, out: Any = None) -> Any:
        """Return what the function makes of numbers, of each element of arrays, or of pointers."""
        if self._called is None:
            self._called = self._made()
        return self._called(*args) if out is None else self._called(*args, out=out)

    def _made(self) -> Any:
        from stook._vectorize import Vectorized

        names = ", ".join(f"a{k}" for k in range(len(self.args)))
        text = f"def called({names}):\n    return native({names})\n"
        file = f"<call of {self.__name__} at {self.address:#x}>"
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        space: dict[str, Any] = {"native": self}
        exec(compile(text, file, "exec"), space)
        function = space["called"]
        function.__name__ = self.__name__
        numbers = all(isinstance(kind, _number_types.Number) for kind in self.args)
        if numbers and self.args and self.return_type != none:
            known = [_number_types.Signature(self.return_type, self.args)]
            return Vectorized(compiled(function, known, eager=False), known)
        return compiled(function, [])


def _address(function: Any) -> int:
    address = ctypes.cast(function, ctypes.c_void_p).value
    if address is None:
        raise ValueError("the function has no address")
    return address


# -- functions that say what they are -------------------------------------------------------------


def is_foreign(function: Any) -> bool:
    """Return whether an object is a function of ctypes or cffi, or a capsule."""
    kind = type(function)
    if kind.__name__ == "PyCapsule":
        return True
    if kind.__module__ == "_cffi_backend":
        typeof = importlib.import_module("_cffi_backend").typeof
        return kind.__name__ == "_CDataBase" and typeof(function).kind == "function"
    return isinstance(function, ctypes._CFuncPtr)  # type: ignore[attr-defined]


def _foreign(function: Any) -> Extern:
    if type(function).__name__ == "PyCapsule":
        return _of_capsule(function)
    if type(function).__module__ == "_cffi_backend":
        return _of_cffi(function)
    name = getattr(function, "__name__", "function")
    if function.argtypes is None:
        raise TypeError(f"{name}(): its argtypes are not set, so how to call it is not known")
    if function._flags_ & 4:
        raise TypeError(f"{name}() is a function of Python's own, which needs its lock")
    args = tuple(_of_ctype(kind) for kind in function.argtypes)
    return Extern(name, _address(function), args, _of_ctype(function.restype), function)


def _of_ctype(kind: Any) -> Type:
    if kind is None:
        return none
    if kind in (ctypes.c_void_p, ctypes.c_char_p):
        return voidptr
    if hasattr(kind, "_dtype_"):
        return Pointer(kind._dtype_ and _number_types.from_dtype(kind._dtype_))
    if issubclass(kind, ctypes._Pointer):
        return Pointer(_of_ctype(kind._type_))
    try:
        return _number_types.from_dtype(kind)
    except TypeError as error:
        raise TypeError(f"C's functions take no {kind.__name__} here") from error


_C_NAMES = {
    "char": "i1",
    "signed char": "i1",
    "unsigned char": "u1",
    "short": "i2",
    "unsigned short": "u2",
    "int": "i4",
    "unsigned int": "u4",
    "long": "i8",
    "unsigned long": "u8",
    "long long": "i8",
    "unsigned long long": "u8",
    "float": "f4",
    "double": "f8",
    "_Bool": "b1",
    "bool": "b1",
    "size_t": "u8",
    "ssize_t": "i8",
    "Py_ssize_t": "i8",
    "intptr_t": "i8",
    "void": "none",
}
for _bits in (8, 16, 32, 64):
    _C_NAMES |= {f"int{_bits}_t": f"i{_bits // 8}", f"uint{_bits}_t": f"u{_bits // 8}"}


def _of_c(text: str) -> Type:
    """Return the type that a declaration of C's names."""
    words = re.sub(r"\b(const|volatile|restrict|struct)\b", "", text)
    if "*" in words:
        inner = _C_NAMES.get(" ".join(words.split("*")[0].split()))
        is_plain = inner not in (None, "none") and words.count("*") == 1
        return Pointer(NAMES[inner]) if is_plain and inner else voidptr
    found = _C_NAMES.get(" ".join(words.split()))
    if found is None:
        raise TypeError(f"C's functions take no {text.strip()!r} here")
    return NAMES[found]  # type: ignore[no-any-return]


def _of_cffi(function: Any) -> Extern:
    backend = importlib.import_module("_cffi_backend")
    kind = backend.typeof(function)
    pointer = backend.cast(backend.new_pointer_type(backend.new_void_type()), function)
    address = int(backend.cast(backend.new_primitive_type("uintptr_t"), pointer))
    args = tuple(_of_c(item.cname) for item in kind.args)
    return Extern(kind.cname, address, args, _of_c(kind.result.cname), function)


def _of_capsule(capsule: Any) -> Extern:
    api = ctypes.pythonapi
    name_of = ctypes.PYFUNCTYPE(ctypes.c_char_p, ctypes.py_object)(("PyCapsule_GetName", api))
    address_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
        ("PyCapsule_GetPointer", api)
    )
    name = name_of(capsule)
    declared = re.fullmatch(r"(.*?)\s*\((.*)\)", (name or b"").decode())
    if declared is None:
        raise TypeError(f"{capsule!r} does not say the types of its function")
    params = [text.strip() for text in declared[2].split(",")]
    params = [text for text in params if text not in ("", "void")]
    kept = [_named(text) for text in params if "__pyx_skip_dispatch" not in text]
    args = tuple(_of_c(text) for text in kept)
    address = address_of(capsule, name)
    return Extern("capsule", address, args, _of_c(declared[1]), capsule)


def _named(param: str) -> str:
    """Return a parameter's type without its name."""
    words = param.split()
    return param if " ".join(words) in _C_NAMES or len(words) < 2 else " ".join(words[:-1])


def get_cython_function_address(module: str, name: str) -> int:
    """Return the address of a function of Cython's.

    Parameters
    ----------
    module : str
        The module's full name.
    name : str
        The function's name in it.
    """
    return extern(importlib.import_module(module).__pyx_capi__[name]).address
