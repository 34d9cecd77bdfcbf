"""Compiled functions as Python's profilers see them: functions of a name and a line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

__all__ = ["frame", "watched"]


def watched() -> bool:
    """Return whether a profiler watches what this thread calls."""
    monitoring = getattr(sys, "monitoring", None)
    by_monitoring = monitoring is not None and monitoring.get_tool(monitoring.PROFILER_ID)
    return sys.getprofile() is not None or bool(by_monitoring)


def frame(function: Any) -> Callable[..., Any]:
    """Return a function of the name and place of another that calls its first argument.

    Parameters
    ----------
    function : function
        The other.

    Returns
    -------
    function
        It gives the rest of its arguments to the first.
    """

    def call(compiled: Any, /, *args: Any, **keywords: Any) -> Any:
        return compiled(*args, **keywords)

    own = function.__code__
    call.__code__ = call.__code__.replace(
        co_name=own.co_name,
        co_qualname=own.co_qualname,
        co_filename=own.co_filename,
        co_firstlineno=own.co_firstlineno,
    )
    return call
