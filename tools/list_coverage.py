"""Print the page of what is native: every public name of NumPy's, by where it comes from in stook.

The names are those of the NumPy that is installed, their origins those that `stook._coverage` reads
off the package. `check_generated` holds `docs/coverage.md` to it.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict

import numpy
from stook import _coverage
from stook._coverage import COMPOSED, COUNTED, OBJECT, OUTSIDE, RECORDED

INTRODUCTION = f"""\
# Coverage

Every public name of NumPy {{version}}, and where it comes from in stook. Written by
`tools/list_coverage.py`, which looks at the package itself; `make check-generated` keeps it fresh.

- **{RECORDED}**: an operation of the compiled module: a ufunc, or a method of its arrays;
- **{COMPOSED}**: a function in Python over those;
- **{COUNTED}**: runs in NumPy on our memory; `stook.report()` tells how often;
- **{OUTSIDE}**: files, text, settings, facts about types and addresses; not counted.

The first two are native. Not listed are classes, constants and modules: dtypes, scalars and
exceptions are NumPy's own objects. A native function, too, hands arrays of other types (text,
dates, objects) to NumPy, and counts it.

Of NumPy's {{total}} functions and ufuncs, {{native}} are native.
"""
ORIGINS = (RECORDED, COMPOSED, COUNTED, OUTSIDE)
Groups = dict[str, list[str]]


def groups(part: str) -> Groups:
    """Return the names of a part of NumPy, by origin."""
    found: Groups = defaultdict(list)
    for name in _coverage.names(part):
        kind = _coverage.origin(name)
        if kind != OBJECT:
            found[kind].append(name.removeprefix(f"{part}."))
    return found


def title(part: str) -> str:
    """Return what a part is called."""
    return f"`numpy.{part}`" if part else "`numpy`"


def table(parts: dict[str, Groups]) -> list[str]:
    """Return a table with the numbers of each part."""
    lines = [f"| part | {' | '.join(ORIGINS)} |", "|---" * (len(ORIGINS) + 1) + "|"]
    for part, found in parts.items():
        numbers = (str(len(found[kind])) for kind in ORIGINS)
        lines.append(f"| {title(part)} | {' | '.join(numbers)} |")
    return lines


def section(part: str, found: Groups) -> list[str]:
    """Return the lines that list the names of a part."""
    lines = ["", f"## {title(part)}"]
    for kind in ORIGINS:
        if found[kind]:
            text = f"**{kind}**: {' '.join(f'`{name}`' for name in found[kind])}"
            lines += ["", *textwrap.wrap(text, 100, break_on_hyphens=False)]
    return lines


def page() -> str:
    """Return the page."""
    parts = {part: groups(part) for part in _coverage.PARTS}
    top = parts[""]
    native = len(top[RECORDED]) + len(top[COMPOSED])
    total = sum(map(len, top.values()))
    head = INTRODUCTION.format(version=numpy.__version__, total=total, native=native)
    lines = [head, *table(parts)]
    for part, found in parts.items():
        lines += section(part, found)
    return "\n".join(lines)


if __name__ == "__main__":
    print(page())
