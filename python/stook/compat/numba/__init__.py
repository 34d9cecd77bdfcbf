"""Numba's decorators, by way of `stook.jit`: change ``import numba`` to
``from stook.compat import numba`` and go on.

Options that have no meaning here (``nopython``, ``cache``, ``nogil``, ``inline`` ...) are taken
and make no difference: everything is compiled, and kept on disk. A signature is taken as well, and
types come from each call all the same. Absent are `guvectorize`, `stencil`, `cfunc`, `overload`,
typed containers, `jitclass` and `objmode`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from stook._jit import CompileError, prange
from stook._jit import jit as _jit
from stook._stook import get_num_threads, set_num_threads
from stook._vectorize import vectorize as _vectorize

__all__ = ["get_num_threads", "jit", "njit", "prange", "set_num_threads", "vectorize"]

TypingError = CompileError

_WITHOUT_MEANING = frozenset(
    "nopython cache nogil inline forceinline looplift locals pipeline_class target identity".split()  # noqa: SIM905
)


def _decorator(make: Callable[..., Any], known: frozenset[str]) -> Callable[..., Any]:
    """Return a decorator that takes what Numba's does, bare or called."""

    @functools.wraps(make)
    def decorate(first: Any = None, *rest: Any, **options: Any) -> Any:
        unknown = options.keys() - known - _WITHOUT_MEANING
        if unknown:
            raise TypeError(f"{make.__name__} has no option {min(unknown)!r}")
        chosen = {name: value for name, value in options.items() if name in known}
        if inspect.isfunction(first):
            return make(first, **chosen)
        return lambda function: make(function, **chosen)

    return decorate


def _with_numbas_defaults(function: Any, **options: Any) -> Any:
    """Compile a function; indices are checked unless that is declined."""
    options["fastmath"] = bool(options.get("fastmath"))
    options["boundscheck"] = options.get("boundscheck") is not False
    return _jit(function, **options)


_with_numbas_defaults.__name__ = "jit"

jit = _decorator(
    _with_numbas_defaults, frozenset(["boundscheck", "fastmath", "parallel", "error_model"])
)
njit = jit
vectorize = _decorator(_vectorize, frozenset(["fastmath"]))
