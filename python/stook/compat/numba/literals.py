"""Numba's hints about values that are known where a function is compiled.

A loop over a tuple is unrolled, and a constant is known, wherever that can be seen: both functions
return what they are given.
"""

from __future__ import annotations

from typing import Any

__all__ = ["literal_unroll", "literally"]


def literally(value: Any) -> Any:
    """Return a value.

    Parameters
    ----------
    value : object
        What Numba would compile the function anew for.
    """
    return value


def literal_unroll(items: Any) -> Any:
    """Return a tuple to loop over, whose items may have several types.

    Parameters
    ----------
    items : tuple
        The items.
    """
    return items
