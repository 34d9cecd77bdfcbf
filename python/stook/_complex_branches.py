"""Elementary functions whose results are complex where no real ones are: `numpy.emath`.

Whether there are such places depends on the elements, so each call looks at them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from stook import _fallback
from stook._composed import below, ours
from stook._stook import ufuncs

__all__: list[str] = []

# Real numbers that single precision holds, by their types' letters.
_SINGLE = "bBhHf"


def _negative(a: Any) -> Any:
    return a < 0


def _beyond_one(a: Any) -> Any:
    return ufuncs["absolute"](a) > 1


def _widened(x: Any, outside: Callable[[Any], Any]) -> Any:
    """Return numbers as complex ones if a real one lies outside of where results are real."""
    a = ours(x)
    if a.dtype.kind == "c" or not outside(a).any():
        return a
    return a.astype(numpy.complex64 if a.dtype.char in _SINGLE else numpy.complex128)


def logn(n: Any, x: Any) -> Any:
    """Return logarithms to base `n`, complex ones if a number or a base is negative.

    Parameters
    ----------
    n, x : array_like
        Numbers; they broadcast.

    Returns
    -------
    array, or a number

    Examples
    --------
    >>> import stook as np
    >>> print(np.emath.logn(2, [4.0, 8.0]))
    [2. 3.]
    """
    log = ufuncs["log"]
    return log(_widened(x, _negative)) / log(_widened(n, _negative))


def power(x: Any, p: Any) -> Any:
    """Return powers of numbers, complex ones if a number is negative.

    Parameters
    ----------
    x, p : array_like
        Numbers and exponents; they broadcast. Integers may have negative exponents.

    Returns
    -------
    array, or a number

    Examples
    --------
    >>> import stook as np
    >>> print(np.emath.power([2, 4], -1))
    [0.5  0.25]
    """
    exponents = ours(p)
    if exponents.dtype.kind != "c" and (exponents < 0).any():
        exponents = exponents * 1.0
    # One exponent is known before the elements are read.
    return ufuncs["power"](_widened(x, _negative), exponents[()])


def _elementary(name: str, outside: Callable[[Any], Any], where: str) -> Callable[..., Any]:
    row = ufuncs[name]

    def function(x: Any) -> Any:
        return row(_widened(x, outside))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return `{name}` of numbers, complex if one is {where}."
    return function


def _named() -> None:
    """Give the functions their names in both modules that show them."""
    functions = [logn, power]
    functions += [_elementary(n, _negative, "negative") for n in ("sqrt", "log", "log2", "log10")]
    arcs = ("arccos", "arcsin", "arctanh")
    functions += [_elementary(name, _beyond_one, "beyond one") for name in arcs]
    for function in functions:
        # Where `pickle` finds it.
        call = below("emath")(function)
        call.__module__ = "stook.emath"
        _fallback.native(f"lib.scimath.{function.__name__}", call)


_named()
