"""The same cases for numexpr and Numba; JAX runs the cases' own lines.

What enters is a case's name; what leaves is a function of its arguments, or nothing where the
peer has no natural way to say it. A library that is not installed has no functions.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

from cases import Case

Function = Callable[..., Any]

NUMEXPR: dict[str, str] = {
    "a*b+c*d-e 10M": "a*b + c*d - e",
    "sum((a-b)**2) 10M": "sum((a-b)**2)",
    "exp 1M": "exp(a)",
    "log 1M": "log(a)",
    "sin 1M": "sin(a)",
    "cos 1M": "cos(a)",
    "tanh 1M": "tanh(a)",
    "pow 1M": "a**b",
    "small a*b+c 10": "a*b + c",
    "small a*b+c 100": "a*b + c",
    "small a*b+c 1000": "a*b + c",
}


def functions(case: Case, wanted: set[str]) -> dict[str, Function]:
    """Return the peers that can run a case, by library."""
    makers = {"numexpr": by_numexpr, "numba": by_numba, "jax": by_jax}
    found = {}
    for library, maker in makers.items():
        if library in wanted and importlib.util.find_spec(library) is not None:
            function = maker(case)
            if function is not None:
                found[library] = function
    return found


def by_numexpr(case: Case) -> Function | None:
    """Return the case as one numexpr expression."""
    if case.name not in NUMEXPR:
        return None
    import numexpr

    text = NUMEXPR[case.name]
    return lambda *arrays: numexpr.evaluate(text, dict(zip("abcde", arrays, strict=False)))


def by_jax(case: Case) -> Function | None:
    """Return the case's own lines, compiled by JAX in double precision."""
    if not case.jax:
        return None
    import jax

    jax.config.update("jax_enable_x64", True)
    compiled = jax.jit(lambda *arrays: case.run(jax.numpy, *arrays))
    return lambda *arrays: jax.block_until_ready(compiled(*arrays))


def by_numba(case: Case) -> Function | None:
    """Return the case as Numba's parallel array expressions or loops."""
    import loops

    return loops.LOOPS.get(case.name)
