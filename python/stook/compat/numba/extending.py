"""What others add to compiled code: functions that stand for others, by Numba's names."""

from __future__ import annotations

from typing import Any

from stook._extern import get_cython_function_address
from stook._jit import jit
from stook._meanings import overload

__all__ = ["get_cython_function_address", "overload", "register_jitable"]


def register_jitable(function: Any = None, **options: Any) -> Any:
    """Let compiled functions call one that Python calls as it is.

    Parameters
    ----------
    function : callable
        The function.
    **options
        As `jit` has them.
    """
    if function is None:
        return lambda function: register_jitable(function, **options)
    compiled = jit(function, **options)
    overload(function)(lambda *types, **named: compiled)
    return function
