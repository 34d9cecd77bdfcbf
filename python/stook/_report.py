"""What ran in NumPy, as text: for `stook.report`, and printed at exit under ``--report``."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Mapping
from typing import Any

from . import _fallback, _plain, _stook


def at_exit(*, fallbacks: bool, plans: bool) -> None:
    """Watch the session from now on, and print what was asked for to stderr at exit.

    Parameters
    ----------
    fallbacks : bool
        Print what ran in NumPy: function, calls, source line and time.
    plans : bool
        Print what `stook.explain` says of the bundles.
    """
    from ._explain import Explanation

    _fallback.sites.wanted = _fallback.sites.wanted or fallbacks
    explanation = Explanation().__enter__() if plans else None
    atexit.register(_print, fallbacks, explanation)


def report() -> str:
    """Return what ran in NumPy so far because stook has no code for it yet.

    Source lines and times are known from the moment they were asked for: under ``--report``, or
    after the first call of this function. Before that there are counts alone.

    Returns
    -------
    str
        A table of function, calls, time and line.

    Examples
    --------
    >>> import stook
    >>> print(stook.report().splitlines()[0])
    stook report
    """
    entries = dict(_fallback.sites.entries)
    for name, count in _fallback.calls.items():
        known = sum(calls for (other, *_), (calls, _) in entries.items() if other == name)
        if count > known:
            entries[name, "?", 0] = (count - known, 0.0)
    _fallback.sites.wanted = True
    return text(entries, _counters())


def _counters() -> Mapping[str, int]:
    return _stook.counters()


def _print(fallbacks: bool, explanation: Any) -> None:
    if explanation is not None:
        explanation.__exit__()
        print(explanation, file=sys.stderr)
    if fallbacks:
        print(text(_fallback.sites.entries, _counters()), file=sys.stderr)


def text(
    entries: Mapping[tuple[str, str, int], tuple[int, float]], counters: Mapping[str, int]
) -> str:
    """Return the report.

    Parameters
    ----------
    entries : mapping
        Calls and seconds of each function at each file and line.
    counters : mapping
        What `stook.counters` returned; may be empty.

    Returns
    -------
    str
        A head line, then a table with the most expensive lines first.
    """
    lines = ["stook report"]
    why = _plain.reason()
    if why is not None:
        return "\n".join([*lines, f"  everything ran in NumPy: {why}"])
    if counters:
        said = (f"{name.replace('_', ' ')} {value:,}" for name, value in counters.items())
        lines.append("  " + ", ".join(said))
    if not entries:
        return "\n".join([*lines, "  nothing ran in NumPy"])
    calls = sum(count for count, _ in entries.values())
    seconds = sum(time for _, time in entries.values())
    lines.append(f"  ran in NumPy: {calls:,} calls, {seconds * 1e3:.1f} ms")
    return "\n".join([*lines, *_table(entries)])


def _table(entries: Mapping[tuple[str, str, int], tuple[int, float]]) -> list[str]:
    ranked = sorted(entries.items(), key=lambda item: (-item[1][1], item[0]))
    rows = [("function", "calls", "ms", "line")]
    for (name, path, number), (count, seconds) in ranked:
        place = f"{_short(path)}:{number}" if number else path
        rows.append((name, f"{count:,}", f"{seconds * 1e3:.2f}", place))
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        f"  {row[0]:<{wide[0]}}  {row[1]:>{wide[1]}}  {row[2]:>{wide[2]}}  {row[3]}" for row in rows
    ]


def _short(path: str) -> str:
    """Return a path below the working directory without that part."""
    here = os.getcwd() + os.sep
    return path.removeprefix(here)
