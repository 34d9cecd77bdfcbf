"""Floating-point conditions, reported as `numpy.errstate` says, from the line that met them.

The native module watches for conditions and runs at once what must act at its call; it is told
here whenever NumPy's error state changes, or the filters of `warnings`. Before a change, what is
pending runs under the state it was recorded in. The state is followed per thread; absent on
purpose are the contexts of coroutines.
"""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy
from numpy._core import _ufunc_config

from stook._stook import mark, mark_errors, sync_possible

__all__ = ["unwatched", "watch"]

_BITS = {"divide": 1, "over": 2, "under": 4, "invalid": 8}


def report(mode: str, kind: str, what: str, name: str, place: Any) -> None:
    """Report that `what` (of `kind`) was encountered in the ufunc `name`.

    Parameters
    ----------
    mode, kind : str
        An action and a condition of `numpy.errstate`.
    what, name : str
        NumPy's words for the condition, and the ufunc.
    place : tuple or None
        File, line and namespace of the user's line.
    """
    text = f"{what} encountered in {name}"
    if mode == "raise":
        raise FloatingPointError(text)
    if mode == "warn":
        warn(text, place)
    elif mode == "print":
        print(f"Warning: {text}", file=sys.stderr)
    elif mode in ("call", "log"):
        handler: Any = numpy.geterrcall()
        if handler is None:
            raise NameError(f"python callback specified for {text} but no function found.")
        if mode == "call":
            handler(what, _BITS[kind])
        else:
            handler.write(f"Warning: {text}\n")


def warn(text: str, place: Any) -> None:
    """Warn from `place`, which is as in `report`."""
    if place is None:
        warnings.warn(text, RuntimeWarning, stacklevel=3)
        return
    file, line, scope = place
    registry = scope.setdefault("__warningregistry__", {})
    module = scope.get("__name__", "<string>")  # of a namespace without a name, as in C
    warnings.warn_explicit(text, RuntimeWarning, file, line, module, registry)


@contextmanager
def unwatched() -> Iterator[None]:
    """Make calls whose floating-point conditions nobody is told of.

    Unlike ``errstate`` it leaves pending what is pending.
    """
    mark(False, False)
    try:
        yield
    finally:
        _follow_errors()


def _follow_errors() -> None:
    """Tell the native module of the error state in force."""
    modes = {mode for kind, mode in numpy.geterr().items() if kind != "under"}
    mark(modes != {"ignore"}, bool(modes - {"ignore", "warn"}))


def _follow_filters() -> None:
    """Tell the native module whether some `RuntimeWarning` is an error."""
    mark_errors(any(f[0] == "error" and issubclass(RuntimeWarning, f[2]) for f in warnings.filters))


@contextmanager
def quiet() -> Iterator[None]:
    """Let NumPy itself ignore conditions, on this thread; what is pending stays pending."""
    config: Any = _ufunc_config
    variable = config._extobj_contextvar
    if isinstance(variable, _State):
        variable = variable.followed
    token = variable.set(config._make_extobj(all="ignore"))
    try:
        yield
    finally:
        variable.reset(token)


class _State:
    """NumPy's variable of the error state, which tells of its changes."""

    def __init__(self, variable: Any) -> None:
        self.followed = variable

    def __getattr__(self, name: str) -> Any:
        return getattr(self.followed, name)

    def set(self, value: Any) -> Any:
        """Set the state; what is pending runs first."""
        sync_possible()
        token = self.followed.set(value)
        _follow_errors()
        return token

    def reset(self, token: Any) -> None:
        """Return to an earlier state; what is pending runs first."""
        try:
            sync_possible()
        finally:
            self.followed.reset(token)
            _follow_errors()


def _follows(method: Callable[..., Any], first: Callable[[], None]) -> Callable[..., Any]:
    """Return a method that changes the filters, with `first` before it."""

    @functools.wraps(method)
    def changed(*args: Any, **kwargs: Any) -> Any:
        first()
        try:
            return method(*args, **kwargs)
        finally:
            _follow_filters()

    return changed


def _leave(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``catch_warnings.__exit__`` that first catches the warnings of pending work."""

    @functools.wraps(method)
    def leave(*args: Any) -> Any:
        try:
            sync_possible()
        finally:
            method(*args)
            _follow_filters()

    return leave


def watch() -> None:
    """Follow NumPy's error state and the filters of `warnings` from now on."""
    state: Any = _ufunc_config
    if not isinstance(state._extobj_contextvar, _State):
        state._extobj_contextvar = _State(state._extobj_contextvar)
        caught: Any = warnings.catch_warnings
        caught.__enter__ = _follows(caught.__enter__, sync_possible)
        caught.__exit__ = _leave(caught.__exit__)
        for name in ("simplefilter", "filterwarnings", "resetwarnings"):
            setattr(warnings, name, _follows(getattr(warnings, name), lambda: None))
    _follow_errors()
    _follow_filters()
