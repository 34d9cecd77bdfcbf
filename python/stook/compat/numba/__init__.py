"""Numba's decorators, by way of `stook.jit`: change ``import numba`` to
``from stook.compat import numba`` and go on.

Everything is compiled without Python's objects, and kept on disk, so ``nopython``, ``cache``,
``forceobj``, ``looplift``, ``inline`` and ``locals`` are taken and have no meaning.
``signatures``, ``boundscheck`` (on unless declined), ``fastmath``, ``parallel``, ``error_model``
and ``nogil`` have theirs.
"""

from __future__ import annotations

import functools
import sys
import types as types_of_python
from collections.abc import Callable
from typing import Any

from stook._cfunc import carray, farray
from stook._cfunc import cfunc as _cfunc
from stook._chunks import get_parallel_chunksize, parallel_chunksize, set_parallel_chunksize
from stook._guvectorize import guvectorize as _guvectorize
from stook._jit import _OFF, CompileError, prange
from stook._jit import jit as _jit
from stook._number_types import NAMES, from_dtype, typeof
from stook._objmode import objmode
from stook._stencil import stencil as _stencil
from stook._stook import get_num_threads, set_num_threads
from stook._vectorize import vectorize as _vectorize
from stook.compat.numba import core, errors, experimental, extending, typed, types
from stook.compat.numba.literals import literal_unroll, literally

_TYPES = {name: value for name, value in NAMES.items() if name[0].islower()}
globals().update(_TYPES)

__all__ = [
    "carray",
    "cfunc",
    "config",
    "core",
    "errors",
    "experimental",
    "extending",
    "farray",
    "from_dtype",
    "get_num_threads",
    "get_parallel_chunksize",
    "guvectorize",
    "jit",
    "jit_module",
    "literal_unroll",
    "literally",
    "njit",
    "objmode",
    "parallel_chunksize",
    "prange",
    "set_num_threads",
    "set_parallel_chunksize",
    "stencil",
    "threading_layer",
    "typed",
    "types",
    "typeof",
    "vectorize",
    *_TYPES,
]

TypingError = CompileError

_WITHOUT_MEANING = frozenset(
    "nopython cache inline forceinline forceobj looplift locals pipeline_class"  # noqa: SIM905
    " debug no_cpython_wrapper no_cfunc_wrapper no_rewrites writable_args".split()
)


def _decorator(make: Callable[..., Any], known: frozenset[str]) -> Callable[..., Any]:
    """Return a decorator that takes what Numba's does, bare or called."""

    @functools.wraps(make)
    def decorate(first: Any = None, *rest: Any, **options: Any) -> Any:
        unknown = options.keys() - known - _WITHOUT_MEANING
        if unknown:
            raise TypeError(f"{make.__name__} has no option {min(unknown)!r}")
        chosen = {name: value for name, value in options.items() if name in known}
        given = rest if first is None else (first, *rest)
        return make(*given, **chosen)

    return decorate


def _with_numbas_defaults(first: Any = None, **options: Any) -> Any:
    """Compile a function; indices are checked unless that is declined."""
    options["fastmath"] = bool(options.get("fastmath"))
    options["boundscheck"] = options.get("boundscheck") is not False
    given = options.pop("signature_or_function", None) if first is None else first
    return _jit(given, **options)


_with_numbas_defaults.__name__ = "jit"

jit = _decorator(
    _with_numbas_defaults,
    frozenset(
        "boundscheck fastmath parallel error_model nogil check signature_or_function".split()  # noqa: SIM905
    ),
)
njit = jit
vectorize = _decorator(_vectorize, frozenset(["fastmath", "identity", "target"]))
guvectorize = _decorator(_guvectorize, frozenset(["fastmath", "target"]))
cfunc = _decorator(_cfunc, frozenset(["boundscheck", "fastmath", "error_model"]))
stencil = _decorator(
    _stencil, frozenset(["cval", "neighborhood", "standard_indexing", "fastmath", "func_or_mode"])
)


def jit_module(**options: Any) -> None:
    """Compile the functions of the module that calls, each when it is called first.

    Parameters
    ----------
    **options
        As `jit` has them.

    Notes
    -----
    It takes functions that the module defines itself, and none that has been compiled before.
    """
    names = sys._getframe(1).f_globals
    for name, value in list(names.items()):
        if (
            isinstance(value, types_of_python.FunctionType)
            and value.__module__ == names["__name__"]
        ):
            names[name] = jit(value, **options)


class _Config:
    """Numba's settings: programs may write any, and read what they wrote."""

    DISABLE_JIT = _OFF
    THREADING_LAYER = "default"

    @property
    def NUMBA_NUM_THREADS(self) -> int:
        """The number of threads."""
        return get_num_threads()

    NUMBA_DEFAULT_NUM_THREADS = NUMBA_NUM_THREADS


config = _Config()


def threading_layer() -> str:
    """Return the name of what runs rounds at the same time: there is one."""
    return "stook"
