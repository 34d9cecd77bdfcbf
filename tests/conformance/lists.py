"""Lists of tests in files: one name a line, and after two spaces and a `#` perhaps a reason.

A name without brackets stands for the test with all its parameters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

__all__ = [
    "ARRAY_API",
    "ENDS_THE_PROCESS",
    "KNOWN",
    "UNCOUNTED",
    "collapsed",
    "expanded",
    "read",
    "write",
]

UNCOUNTED = "uncounted.txt"
KNOWN = "known_failures.txt"
ARRAY_API = "array_api_failures.txt"
ENDS_THE_PROCESS = "ends the process"
"""The reason of a known failure that is not run."""

_HERE = Path(__file__).parent
_REASON = "  # "


def read(file: str) -> dict[str, str]:
    """Return the names in a list with their reasons."""
    lines = (_HERE / file).read_text().splitlines()
    entries = (line.partition(_REASON) for line in lines if line and not line.startswith("# "))
    return {name: reason for name, _, reason in entries}


def write(file: str, entries: dict[str, str]) -> None:
    """Write a list anew, in order of names, below its first line."""
    path = _HERE / file
    head, *_ = path.read_text().splitlines()
    lines = [name + (_REASON + reason if reason else "") for name, reason in entries.items()]
    path.write_text("\n".join([head, *sorted(lines)]) + "\n")


def _function(name: str) -> str:
    return name.partition("[")[0]


def expanded(entries: dict[str, str], collected: Collection[str]) -> dict[str, str]:
    """Return the collected tests that a list names, with their reasons."""
    named = {name: entries.get(name, entries.get(_function(name))) for name in collected}
    return {name: reason for name, reason in named.items() if reason is not None}


def collapsed(entries: dict[str, str], collected: Collection[str]) -> dict[str, str]:
    """Return a shorter list that names the same of the collected tests."""
    groups = defaultdict(list)
    for name in collected:
        groups[_function(name)].append(name)
    short = {}
    for function, names in groups.items():
        reasons = {entries.get(name) for name in names}
        if len(reasons) == 1 and None not in reasons:
            short[function] = entries[names[0]]
        else:
            short.update({name: entries[name] for name in names if name in entries})
    return short
