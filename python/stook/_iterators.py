"""`itertools` in compiled code, as generator functions that are written for so many arguments."""

from __future__ import annotations

import ast
import functools
from typing import Any

from stook._jit import Compiled, compiled

__all__ = ["generator"]

_WRITTEN = {
    "pairwise": "def pairwise(p): yield from ((p[k], p[k + 1]) for k in range(len(p) - 1))",
    "starmap": "def starmap(p, f):\n for x in p:\n  yield f(*x)",
    "takewhile": "def takewhile(p, f):\n for x in p:\n  if not f(x):\n   return\n  yield x",
    "dropwhile": (
        "def dropwhile(p, f):\n found = False\n for x in p:\n"
        "  if found or not f(x):\n   found = True\n   yield x"
    ),
    "filterfalse": "def filterfalse(p, f):\n for x in p:\n  if not f(x):\n   yield x",
    "repeat": "def repeat(x, times):\n for k in range(times):\n  yield x",
}
"""Those that have a fixed number of arguments, items first."""


@functools.cache
def generator(name: str, count: int) -> Compiled | None:
    """Return a generator function that does what one of `itertools` does.

    Parameters
    ----------
    name : str
        The function's name.
    count : int
        How many iterables it is given, or how many items each of its own items has.
    """
    text = _WRITTEN.get(name) or _written(name, count)
    if text is None:
        return None
    found: dict[str, Any] = {}
    exec(compile(text, f"<itertools.{name}>", "exec"), found)
    function = found[name]
    function.__stook_tree__ = ast.parse(text).body[0]
    return compiled(function, [])


def _written(name: str, count: int) -> str | None:
    """Return the text of a function that has loops within each other."""
    places = [f"k{k}" for k in range(count)]
    pools = [f"p{k}" for k in range(count)]
    if name == "chain":
        loops = [f" for x in {pool}:\n  yield x" for pool in pools]
        return "\n".join([f"def chain({', '.join(pools)}):", " yield from ()", *loops])
    if name == "product":
        loops = [f"for {k} in {pool}:" for k, pool in zip(places, pools, strict=True)]
        params, item = pools, places
    else:
        params, item = ["p"], [f"p[{k}]" for k in places]
        before: dict[str, Any] = {
            "combinations": lambda k: f"range({places[k - 1]} + 1, len(p))",
            "combinations_with_replacement": lambda k: f"range({places[k - 1]}, len(p))",
            "permutations": lambda k: "range(len(p))",
        }
        if name not in before:
            return None
        loops = []
        for k, place in enumerate(places):
            loops.append(f"for {place} in {before[name](k) if k else 'range(len(p))'}:")
            if name == "permutations" and k:
                tests = " and ".join(f"{place} != {other}" for other in places[:k])
                loops.append(f"if {tests}:")
    lines = [f"def {name}({', '.join(params)}):", *loops, f"yield ({', '.join(item)},)"]
    if not item:
        lines[-1] = "yield ()"
    return "\n".join(" " * depth + line for depth, line in enumerate(lines))
